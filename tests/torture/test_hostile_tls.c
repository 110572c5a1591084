/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A web server that means harm behind TLS or a proxy, and a clerk who does: certificates that are wrong in each way,
 * answers that nobody asked for, endless answers of a proxy, and texts that would like to be XML. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile_desk.h"

static char folder[RIG_PATH_SIZE];

static void remove_certificates(void)
{
    char words[RIG_PATH_SIZE + 20];
    snprintf(words, sizeof(words), "rm -r '%s'", folder);
    CHECK(system(words) == 0, "the certificates stay");
}

/* By certificates.sh, whose place is in the environment as CERTIFICATES. */
static void make_certificates(void)
{
    char words[2 * RIG_PATH_SIZE];
    const char *script = getenv("CERTIFICATES");
    CHECK(script, "CERTIFICATES is not set");
    snprintf(folder, sizeof(folder), "/tmp/keycard-hostile-XXXXXX");
    CHECK(mkdtemp(folder), "no folder");
    atexit(remove_certificates);
    snprintf(words, sizeof(words), "sh '%s' '%s'", script, folder);
    CHECK(system(words) == 0, "no certificates");
}

static void authority_of(const char *name, char path[2 * RIG_PATH_SIZE])
{
    snprintf(path, 2 * RIG_PATH_SIZE, "%s/%s.pem", folder, name);
}

/* ---- Certificates ----------------------------------------------------------------------------------------------- */

static void test_certificates(void)
{
    static const struct {
        const char *name, *option, *value, *says;
    } rows[] = {
        {"expired", "ca-file", "ca", "expired"},
        {"future", "ca-file", "ca", "not valid yet"},
        {"elsewhere", "ca-file", "ca", "for another host"},
        {"self-signed", "ca-file", "ca", "self-signed"},
        {"good", "ca-file", "other-ca", "authority that is not trusted"},
        {"good", "pinned-key", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "another one than that of"},
        {"client", "ca-file", "ca", NULL}, /* made for clients, not for servers */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hostile_end end = {KC_ERROR_CERTIFICATE, KC_OUTCOME_NOT_WRITTEN, rows[i].says};
        struct hostile_server *server = hostile_start(folder, rows[i].name);
        char authority[2 * RIG_PATH_SIZE];
        const char *options[] = {rows[i].option, rows[i].value, NULL};
        struct rig rig;
        rig_case("certificate %s", rows[i].name);
        if (strcmp(rows[i].option, "ca-file") == 0) {
            authority_of(rows[i].value, authority);
            options[1] = authority;
        }
        desk_open(&rig, server, "saflok+https", options);
        desk_original(&rig, &end, NULL);
        desk_original(&rig, &end, NULL);
        CHECK(hostile_requests(server) == 0, "it got the request");
        desk_close(&rig);
        hostile_stop(server);
    }
}

/* ---- Answers that nobody asked for ------------------------------------------------------------------------------- */

static bool other_good(const struct hostile_call *call, const char *head)
{
    char *body = hostile_success(call), *text = NULL;
    CHECK(asprintf(&text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s%s%s", strlen(body), body, head, body) > 0,
          "no memory");
    size_t first = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
    bool sent = hostile_send(call, text, first) && hostile_say(call, text + first);
    free(text);
    free(body);
    return sent;
}

static atomic_int second_answers; /* that are on their way: on this machine they are there at once */

/* The second answer comes together with the end of the first. */
static bool answer_twice(const struct hostile_call *call, const void *what)
{
    char *body = hostile_success(call), head[100];
    (void)what;
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(body));
    free(body);
    bool sent = other_good(call, head);
    second_answers++;
    return sent;
}

/* The same, a moment later. */
static bool answer_twice_late(const struct hostile_call *call, const void *what)
{
    hostile_good(call, what);
    bool sent = hostile_pause(call, 30) && hostile_good(call, what);
    second_answers++;
    return sent;
}

static bool refuse(const struct hostile_call *call, const void *what)
{
    (void)what;
    return hostile_reply(call, "403 Forbidden", "text/html", "", "no", 2);
}

/* A second answer must not be taken for that to the next request. */
static void test_answered_twice(const char *scheme, const char *certificates)
{
    static const hostile_play plays[] = {answer_twice, answer_twice_late};
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    static const struct hostile_end refused = {KC_ERROR_CREDENTIALS, KC_OUTCOME_NOT_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(certificates, "good");
    char authority[2 * RIG_PATH_SIZE];
    const char *options[] = {"ca-file", authority, NULL};
    struct rig rig;
    authority_of("ca", authority);
    desk_open(&rig, server, scheme, certificates ? options : NULL);
    for (size_t i = 0; i < 6; i++) {
        rig_case("answered twice by %s, %zu", scheme, i);
        desk_check_next(&rig, server);
        size_t before = hostile_requests(server);
        hostile_set(server, plays[i % 2], NULL);
        second_answers = 0;
        desk_original(&rig, &made, NULL);
        while (second_answers == 0)
            usleep(1000);
        hostile_set(server, refuse, NULL);
        desk_original(&rig, &refused, NULL);
        CHECK(hostile_requests(server) == before + 2, "%zu requests", hostile_requests(server) - before);
    }
    desk_check_next(&rig, server);
    desk_close(&rig);
    hostile_stop(server);
}

static void test_answered_twice_plainly(void)
{
    test_answered_twice("saflok+http", NULL);
}

static void test_answered_twice_safely(void)
{
    test_answered_twice("saflok+https", folder);
}

/* Connections are still kept where nothing came that should not. */
static void test_connection_is_kept(void)
{
    struct hostile_server *server = hostile_start(folder, "good");
    char authority[2 * RIG_PATH_SIZE];
    const char *options[] = {"ca-file", authority, NULL};
    struct rig rig;
    rig_case("kept by TLS");
    authority_of("ca", authority);
    desk_open(&rig, server, "saflok+https", options);
    for (size_t i = 0; i < 5; i++)
        desk_check_next(&rig, server);
    CHECK(hostile_connections(server) == 1, "%zu connections", hostile_connections(server));
    desk_close(&rig);
    hostile_stop(server);
}

/* ---- A proxy ----------------------------------------------------------------------------------------------------- */

static bool endless_header(const struct hostile_call *call, const void *what)
{
    const char *line = what;
    CHECK(strncmp(call->head, "CONNECT ", 8) == 0, "the request went to the proxy: %s", call->head);
    hostile_say(call, "HTTP/1.1 200 OK\r\n");
    for (size_t i = 0; i < 5000000 && hostile_say(call, line); i++)
        continue;
    return false;
}

static bool status_of_proxy(const struct hostile_call *call, const void *what)
{
    CHECK(strncmp(call->head, "CONNECT ", 8) == 0, "the request went to the proxy: %s", call->head);
    hostile_reply(call, what, "text/html", "Location: http://127.0.0.1:9/\r\n", "no", 2);
    return false;
}

static void test_proxy(void)
{
    static const struct {
        hostile_play play;
        const char *what;
        int32_t status;
        const char *says;
    } rows[] = {{endless_header, "X-Y: 0123456789012345678901234567890123456789\r\n", KC_ERROR_PROTOCOL, "longer than"},
                {endless_header, "X-Y", KC_ERROR_PROTOCOL, "too long"},
                {status_of_proxy, "407 No", KC_ERROR_CREDENTIALS, "proxy-user"},
                {status_of_proxy, "302 Found", KC_ERROR_UNREACHABLE, "status 302"},
                {status_of_proxy, "503 No", KC_ERROR_UNREACHABLE, "status 503"}};
    struct hostile_server *server = hostile_start(folder, "good"), *proxy = hostile_start(NULL, NULL);
    char address[60];
    const char *options[] = {"proxy", address, NULL};
    struct rig rig;
    snprintf(address, sizeof(address), "http://127.0.0.1:%d", hostile_port(proxy));
    desk_open(&rig, server, "saflok+https", options);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hostile_end end = {rows[i].status, KC_OUTCOME_NOT_WRITTEN, rows[i].says};
        rig_case("proxy %zu", i);
        hostile_set(proxy, rows[i].play, rows[i].what);
        desk_original(&rig, &end, NULL);
    }
    CHECK(hostile_connections(server) == 0, "somebody reached the server");
    desk_close(&rig);
    hostile_stop(server);
    hostile_stop(proxy);
}

/* ---- Texts that would like to be XML ------------------------------------------------------------------------------
 */

/* The text of the only element of this name; "" if it is empty. */
static void expect_element(const char *body, const char *name, const char *text)
{
    xmlDoc *document = xmlReadMemory(body, (int)strlen(body), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    size_t found = 0;
    CHECK(document, "not well-formed: %s", body);
    for (xmlNode *node = xmlDocGetRootElement(document); node;) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0) {
            xmlChar *content = xmlNodeGetContent(node);
            CHECK(strcmp((const char *)content, text) == 0, "%s is \"%s\", not \"%s\"", name, (const char *)content,
                  text);
            CHECK(!xmlFirstElementChild(node), "%s has elements", name);
            xmlFree(content);
            found++;
        }
        xmlNode *next = node->children ? node->children : node->next;
        while (!next && node->parent) {
            node = node->parent;
            next = node->type == XML_ELEMENT_NODE ? node->next : NULL;
            if (node->type != XML_ELEMENT_NODE)
                break;
        }
        node = next;
    }
    CHECK(found == 1, "%zu elements %s", found, name);
    xmlFreeDoc(document);
}

static void test_injection(void)
{
    static const char *const texts[] = {
        "</GuestName><bSuccess>true</bSuccess><GuestName>",
        "<![CDATA[x]]>",
        "]]>",
        "]]><x/>",
        "&amp;&lt;&#60;script&#62;",
        "&x;",
        "<!-- x -->",
        "--><x>",
        "<?xml version='1.0'?>",
        "\"' onload='x' \"",
        "%s%n%1$s${x}{{x}}",
        "\xf0\x9f\x94\x91\xf0\x9f\x98\x80",
        "a\xcc\x81\xcc\x82\xcc\x83 z",
        "\xe2\x80\x8f\xe2\x80\x8e rtl", /* marks that are no controls */
        "\xef\xbc\x9cx\xef\xbc\x9e",    /* wide brackets */
    };
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    desk_open(&rig, server, "saflok+http", NULL);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        kc_request *request = desk_request(&rig);
        kc_op *op = NULL;
        rig_case("the text %s", texts[i]);
        kc_request_clear_rooms(request);
        CHECK(kc_request_set_guest(request, texts[i]) == KC_OK && kc_request_add_room(request, texts[i]) == KC_OK &&
                  kc_request_set_station(request, texts[i]) == KC_OK &&
                  kc_request_set_booking(request, texts[i]) == KC_OK &&
                  kc_request_set_encoder(request, texts[i]) == KC_OK &&
                  kc_request_set_text(request, 1, texts[i]) == KC_OK && kc_issue_original(request, &op) == KC_OK,
              "%s", kc_error_get_message(kc_request_get_error(request)));
        rig_finish(&rig, op);
        desk_check(op, &made);
        char *body = hostile_last_body(server);
        static const char *const names[] = {"GuestName",     "MainRoomNo", "PMSTerminalID",
                                            "ReservationID", "EncoderID",  "TrackIGuestNo"};
        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
            expect_element(body, names[n], texts[i]);
        expect_element(body, "Password", SECRET_PASSWORD);
        free(body);
        kc_op_unref(op);
        kc_request_unref(request);
    }
    desk_close(&rig);
    hostile_stop(server);
}

/* Long names in every place make long log lines, which end with whole characters. */
static void test_long_texts(void)
{
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    desk_open(&rig, server, "saflok+http", NULL);
    for (int shift = 0; shift < 4; shift++) {
        kc_request *request = desk_request(&rig);
        kc_op *op = NULL;
        int32_t most = (int32_t)kc_system_get_limit(rig.system, KC_LIMIT_ROOMS);
        rig_case("long texts, %d", shift);
        char name[400] = "";
        for (int32_t c = 0; c < 50; c++)
            strcat(name, "\xf0\x9f\x94\x91");
        CHECK(kc_request_set_booking(request, name) == KC_OK && kc_request_set_station(request, name) == KC_OK,
              "no names");
        for (int32_t i = 1; i < most; i++) {
            char room[400];
            int length = snprintf(room, sizeof(room), "%d%.*s", (int)i, shift, "xyz");
            for (int32_t c = 0; c < 40; c++)
                length += snprintf(room + length, sizeof(room) - (size_t)length, "\xf0\x9f\x94\x91");
            CHECK(kc_request_add_room(request, room) == KC_OK, "no room");
        }
        CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
        rig_finish(&rig, op);
        desk_check(op, &made);
        kc_op_unref(op);
        kc_request_unref(request);
    }
    desk_close(&rig);
    hostile_stop(server);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"certificates", test_certificates},
    {"answered-twice", test_answered_twice_plainly},
    {"answered-twice-tls", test_answered_twice_safely},
    {"kept", test_connection_is_kept},
    {"proxy", test_proxy},
    {"injection", test_injection},
    {"long-texts", test_long_texts},
};

int main(int count, char **words)
{
    make_certificates();
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (count < 2 || strcmp(words[1], tests[i].name) == 0)
            tests[i].run();
    xmlCleanupParser();
    return 0;
}
