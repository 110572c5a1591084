/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls with libcurl, and what comes back. */
#include "lens_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>

struct simulator *lens_start(struct simulator_options *options)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    if (options->driver == NULL) {
        options->driver = "saflok-lens";
    }
    struct simulator *simulator = simulator_start(options, message);
    if (simulator == NULL) {
        fail_msg("no simulator: %s", message);
    }
    return simulator;
}

char *lens_envelope(const char *operation, const char *fields, const char *user, const char *password)
{
    static const char addressing[] = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    static const char stamp[] = "<Created>2026-05-04T13:05:00Z</Created>";
    char *text = NULL;
    assert_true(asprintf(&text,
                         "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                         "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>"
                         "<AuthHeader xmlns=\"http://tempuri.org\"><Action xmlns=\"%s\">http://lens.example/%s</Action>"
                         "<From xmlns=\"%s\">urn:KABA</From>"
                         "<MessageID xmlns=\"%s\">4f0c1d7e-52b0-4c1b-9a43-6d0e8a1b7c01</MessageID>"
                         "<ReplyTo xmlns=\"%s/role/anonymous\"/><To xmlns=\"%s\">http://lens.example/</To><Security>"
                         "<Timestamp xmlns=\"" WSSE "\"><Id>7b1d9a52-0c3e-4a86-8f5d-2e6c71b0d4a1</Id>%s"
                         "<Expires>2026-05-04T13:15:00Z</Expires></Timestamp><UsernameToken xmlns=\"" WSSE "\">"
                         "<Id>c2a4e6f8-1b3d-4f57-9a6c-8e0d2b4f6a13</Id><Username>%s</Username><Password>%s</Password>"
                         "<Nonce/>%s</UsernameToken></Security></AuthHeader></s:Header>\n"
                         "<s:Body><%s xmlns=\"http://tempuri.org\">%s</%s></s:Body></s:Envelope>\n",
                         addressing, operation, addressing, addressing, addressing, addressing, stamp, user, password,
                         stamp, operation, fields, operation) > 0);
    return text;
}

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct lens_reply *reply = user;
    char *text = realloc(reply->text, reply->size + size * count + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text + reply->size, bytes, size * count);
    reply->text = text;
    reply->size += size * count;
    text[reply->size] = '\0';
    return size * count;
}

static struct curl_slist *make_header(const struct lens_question *question, const char *operation)
{
    char action[128];
    struct curl_slist *header = NULL;
    snprintf(action, sizeof action, "SOAPAction: \"http://tempuri.org/%s\"", operation);
    const char *lines[] = {question->type != NULL ? question->type : "Content-Type: text/xml; charset=utf-8",
                           question->action != NULL ? question->action : action};
    for (size_t i = 0; i < 2; i++) {
        if (lines[i][0] != '\0') {
            header = curl_slist_append(header, lines[i]);
            assert_non_null(header);
        }
    }
    return header;
}

void lens_ask(const struct simulator *simulator, const struct lens_question *question, const char *operation,
              struct lens_reply *reply)
{
    char url[400];
    const char *type = NULL;
    memset(reply, 0, sizeof *reply);
    reply->text = strdup("");
    assert_non_null(reply->text);
    snprintf(url, sizeof url, "%s://%s%s", question->scheme != NULL ? question->scheme : "http",
             simulator_address(simulator), question->path != NULL ? question->path : "/MessengerPMSWS.asmx");
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    struct curl_slist *header = make_header(question, operation);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, question->timeout_ms != 0 ? question->timeout_ms : LENS_PATIENCE_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, header);
    if (question->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(question->body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, question->body);
    }
    if (question->method != NULL) {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, question->method);
    }
    if (question->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, question->ca_file);
    }
    reply->curl = (int)curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    snprintf(reply->type, sizeof reply->type, "%s", type != NULL ? type : "");
    curl_slist_free_all(header);
    curl_easy_cleanup(curl);
}

void lens_reply_free(struct lens_reply *reply)
{
    free(reply->text);
    reply->text = NULL;
}

void lens_tell(const struct simulator *simulator, const char *operation, const char *fields, struct lens_reply *reply)
{
    char *body = lens_envelope(operation, fields, "pms", "secret");
    const struct lens_question question = {.body = body};
    lens_ask(simulator, &question, operation, reply);
    free(body);
}

bool lens_has(const struct lens_reply *reply, const char *text)
{
    return strstr(reply->text, text) != NULL;
}

static void expect_answer(const struct lens_reply *reply, const char *operation)
{
    char name[80];
    snprintf(name, sizeof name, "%sResponse", operation);
    if (reply->curl != CURLE_OK || reply->status != 200 || !lens_has(reply, name)) {
        fail_msg("%s: curl %d, status %ld: %s", operation, reply->curl, reply->status, reply->text);
    }
    assert_string_equal(reply->type, "text/xml; charset=utf-8");
}

void lens_must(const struct simulator *simulator, const char *operation, const char *fields)
{
    struct lens_reply reply;
    lens_tell(simulator, operation, fields, &reply);
    expect_answer(&reply, operation);
    if (!lens_has(&reply, "bSuccess") || !lens_has(&reply, ">true<")) {
        fail_msg("%s: %s", operation, reply.text);
    }
    lens_reply_free(&reply);
}

void lens_must_not(const struct simulator *simulator, const char *operation, const char *fields, const char *fault)
{
    char element[100];
    struct lens_reply reply;
    lens_tell(simulator, operation, fields, &reply);
    expect_answer(&reply, operation);
    snprintf(element, sizeof element, ">%s<", fault);
    if (lens_has(&reply, "bSuccess") || !lens_has(&reply, "faultcode") || !lens_has(&reply, element)) {
        fail_msg("%s, expected %s: %s", operation, fault, reply.text);
    }
    lens_reply_free(&reply);
}

/* ---- Fields ------------------------------------------------------------------------------------------------------ */

static const char *turn(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *turn(const char *format, ...)
{
    static _Thread_local char buffers[4][4096];
    static _Thread_local unsigned next;
    char *out = buffers[next++ % 4];
    va_list values;
    va_start(values, format);
    assert_true(vsnprintf(out, sizeof buffers[0], format, values) < (int)sizeof buffers[0]);
    va_end(values);
    return out;
}

#define TIMES     "<CheckIn>2026-05-04T15:00:00</CheckIn><CheckOut>2026-05-07T12:00:00</CheckOut>"
#define GUEST     "<GuestName xmlns=\"" WSSE "\">Lee</GuestName>"
#define TAIL(uid) "<TrackIIFolioNo/><TrackIGuestNo/><KeyCount>1</KeyCount><KeySize>0</KeySize><UID>" uid "</UID>"

const char *lens_booking(const char *reservation, const char *encoder, const char *room)
{
    return turn("<ReservationID>%s</ReservationID><SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID>"
                "<EncoderID>%s</EncoderID>" TIMES GUEST "<MainRoomNo>%s</MainRoomNo>"
                "<bGrantAccessPredefinedSuiteDoors>false</bGrantAccessPredefinedSuiteDoors><VariableRoomList/>"
                "<CommonAreaList><CCommonAreas><PassLevelNo>1</PassLevelNo><eMode>DefaultConfiguredAccess</eMode>"
                "</CCommonAreas><CCommonAreas><PassLevelNo>3</PassLevelNo><eMode>GrantAccess</eMode></CCommonAreas>"
                "</CommonAreaList>" TAIL(""),
                reservation, encoder, room);
}

const char *lens_share(const char *reservation, const char *encoder, const char *room)
{
    return turn("<ReservationID>%s</ReservationID><SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID>"
                "<EncoderID>%s</EncoderID>" TIMES GUEST "<MainRoomNo>%s</MainRoomNo><VariableRoomList/>"
                "<CommonAreaList/>" TAIL(""),
                reservation, encoder, room);
}

const char *lens_copy(const char *reservation, const char *terminal, const char *encoder)
{
    return turn("<ReservationID>%s</ReservationID><SiteName>Main</SiteName><PMSTerminalID>%s</PMSTerminalID>"
                "<EncoderID>%s</EncoderID><KeyCount>1</KeyCount><KeySize>0</KeySize><UID/><GuestName>Lee</GuestName>",
                reservation, terminal, encoder);
}

const char *lens_change(const char *reservation, const char *encoder, const char *rooms, const char *areas)
{
    return turn("<ReservationID>%s</ReservationID><SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID>"
                "<EncoderID>%s</EncoderID>" TIMES GUEST "<VariableRoomList>%s</VariableRoomList>"
                "<CommonAreaList>%s</CommonAreaList>" TAIL(""),
                reservation, encoder, rooms, areas);
}

const char *lens_reservation(const char *reservation)
{
    return turn("<ReservationID>%s</ReservationID><SiteName>Main</SiteName><PMSTerminalID>DESK1</PMSTerminalID>",
                reservation);
}

/* ---- Threads and the journal --------------------------------------------------------------------------------------
 */

static void *tell(void *user)
{
    struct lens_pending *pending = user;
    lens_tell(pending->simulator, pending->operation, pending->fields, &pending->reply);
    return NULL;
}

void lens_begin(struct lens_pending *pending, const struct simulator *simulator, const char *operation,
                const char *fields)
{
    pending->simulator = simulator;
    pending->operation = operation;
    snprintf(pending->fields, sizeof pending->fields, "%s", fields);
    assert_int_equal(pthread_create(&pending->thread, NULL, tell, pending), 0);
}

void lens_end(struct lens_pending *pending)
{
    assert_int_equal(pthread_join(pending->thread, NULL), 0);
}

size_t lens_journal_count(struct simulator *simulator, const char *text)
{
    size_t count = 0;
    char *journal = simulator_journal(simulator);
    assert_non_null(journal);
    for (const char *at = journal; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    free(journal);
    return count;
}

void lens_key(struct simulator *simulator, size_t index, char out[32])
{
    char *journal = simulator_journal(simulator);
    char *rest = journal;
    out[0] = '\0';
    for (char *line = strsep(&rest, "\n"); line != NULL && line[0] != '\0'; line = strsep(&rest, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        const char *event = json_string_value(json_object_get(object, "event"));
        if (strcmp(event, "effect") == 0 && index-- == 0) {
            const char *key = json_string_value(json_object_get(object, "key"));
            assert_non_null(key);
            snprintf(out, 32, "%s", key);
        }
        json_decref(object);
    }
    free(journal);
    assert_true(out[0] != '\0');
}
