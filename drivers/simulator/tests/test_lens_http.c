/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP round the simulated LENS service: what is refused before it is a call, each fault of the script, HTTPS, the end
 * with calls pending. */
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "lens_client.h"

extern char **environ;

static struct simulator *start_with(const char *fault)
{
    struct simulator_options options = {.faults = (const char *const[]){fault, NULL}};
    return lens_start(&options);
}

/* Sends a good booking, or what the question changes of it. */
static void ask(struct simulator *simulator, struct lens_question question, struct lens_reply *reply)
{
    char *body = lens_envelope("CreateNewBooking", lens_booking("R1", "1", "101"), "pms", "secret");
    if (question.body == NULL && question.method == NULL) {
        question.body = body;
    }
    lens_ask(simulator, &question, "CreateNewBooking", reply);
    free(body);
}

/* ---- What is refused ----------------------------------------------------------------------------------------------
 */

static void strict_calls(void **state)
{
    static const struct {
        struct lens_question question;
        long status;
        const char *text;
    } cases[] = {
        {{.path = "/other.asmx"}, 404, "<html"},
        {{.path = "/"}, 404, "<html"},
        {{.path = "/messengerpmsws.asmx"}, 200, "bSuccess"},
        {{.method = "PUT", .body = "x"}, 405, "<html"},
        {{.method = "DELETE"}, 405, "<html"},
        {{.method = "GET"}, 200, "<html"},
        {{.type = "Content-Type: application/soap+xml"}, 415, "<html"},
        {{.type = "Content-Type: text/xml; charset=iso-8859-1"}, 415, "<html"},
        {{.type = "Content-Type: text/xmlx"}, 415, "<html"},
        {{.type = "Content-Type:"}, 415, "<html"},
        {{.type = "Content-Type: text/xml"}, 200, "bSuccess"},
        {{.type = "Content-Type: text/xml;charset=\"UTF-8\""}, 200, "bSuccess"},
        {{.action = ""}, 500, "Client"},
        {{.action = "SOAPAction: \"\""}, 500, "Client"},
        {{.action = "SOAPAction: http://tempuri.org/CreateNewBooking"}, 200, "bSuccess"},
        {{.action = "SOAPAction: \"http://tempuri.org/MakeDuplicateKey\""}, 500, "SOAPAction"},
        {{.action = "SOAPAction: \"http://tempuri.orgCreateNewBooking\""}, 500, "SOAPAction"},
        {{.body = ""}, 400, "<html"},
        {{.body = "<?xml version=\"1.0\"?><a>"}, 500, "unable to read"},
        {{.body = "CN|2|R|101"}, 500, "unable to read"},
        {{.body = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"}, 500, "Client"},
    };
    (void)state;
    struct simulator_options options = {0};
    struct simulator *simulator = lens_start(&options);
    size_t good = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lens_reply reply;
        ask(simulator, cases[i].question, &reply);
        if (reply.curl != CURLE_OK || reply.status != cases[i].status || !lens_has(&reply, cases[i].text)) {
            fail_msg("case %zu: curl %d, status %ld: %s", i, reply.curl, reply.status, reply.text);
        }
        good += lens_has(&reply, "bSuccess") ? 1 : 0;
        lens_reply_free(&reply);
    }
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), good);
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), good);
    assert_int_equal(lens_journal_count(simulator, "\"event\":\"request\""), good);
    simulator_stop(simulator);
}

static void too_long_a_body(void **state)
{
    const size_t size = 2u << 20;
    struct lens_reply reply;
    (void)state;
    struct simulator_options options = {0};
    struct simulator *simulator = lens_start(&options);
    char *body = malloc(size + 1);
    assert_non_null(body);
    memset(body, ' ', size);
    body[size] = '\0';
    ask(simulator, (struct lens_question){.body = body}, &reply);
    assert_int_equal(reply.status, 413);
    free(body);
    lens_reply_free(&reply);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    simulator_stop(simulator);
}

static void description(void **state)
{
    struct lens_reply reply;
    char address[300];
    (void)state;
    struct simulator_options options = {.path = "/LGS/Service.asmx", .driver = "ambiance"};
    struct simulator *simulator = lens_start(&options);
    ask(simulator, (struct lens_question){.method = "GET", .path = "/LGS/Service.asmx?WSDL"}, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(lens_has(&reply, "CreateNewBooking") && lens_has(&reply, "http://tempuri.org/MakeDuplicateKey"));
    snprintf(address, sizeof address, "http://%s/LGS/Service.asmx\"", simulator_address(simulator));
    assert_true(lens_has(&reply, address));
    lens_reply_free(&reply);
    ask(simulator, (struct lens_question){.method = "GET", .path = "/MessengerPMSWS.asmx?wsdl"}, &reply);
    assert_int_equal(reply.status, 404);
    lens_reply_free(&reply);
    simulator_stop(simulator);
}

static void credentials(void **state)
{
    static const struct {
        const char *user, *password, *text;
    } cases[] = {{"", "", ">UserCredentialsNotProvided<"},
                 {"pms", "wrong", ">PasswordInvalid<"},
                 {"Pms", "secret", ">PasswordInvalid<"},
                 {"pms", "secret", ">true<"}};
    (void)state;
    struct simulator_options options = {.user = "pms", .password = "secret"};
    struct simulator *simulator = lens_start(&options);
    for (size_t i = 0; i < 4; i++) {
        struct lens_reply reply;
        char *body = lens_envelope("CreateNewBooking", lens_booking("R1", "1", "101"), cases[i].user,
                                   cases[i].password);
        ask(simulator, (struct lens_question){.body = body}, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(lens_has(&reply, cases[i].text));
        lens_reply_free(&reply);
        free(body);
    }
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 1);
    simulator_stop(simulator);
}

/* ---- Faults -------------------------------------------------------------------------------------------------------
 */

static void expect_effects(struct simulator *simulator, size_t count)
{
    assert_true(simulator_wait_idle(simulator, LENS_PATIENCE_MS));
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), count);
    simulator_clear_faults(simulator);
    lens_must(simulator, "CreateNewBooking", lens_booking("R7", "1", "107"));
    simulator_stop(simulator);
}

/* What one request with the fault gets, and whether it was done. */
static void each_fault(void **state)
{
    static const struct {
        const char *fault;
        int curl;
        long status;
        const char *text, *not_text;
        size_t effects;
    } cases[] = {
        {"nak", CURLE_OK, 503, "<html", "Envelope", 0},
        {"busy", CURLE_OK, 200, ">BusyProcessingPreviousRequest<", "bSuccess", 0},
        {"silent-before-ack", CURLE_OPERATION_TIMEDOUT, 0, "", "<", 1},
        {"silent-after-ack", CURLE_OPERATION_TIMEDOUT, 0, "", "<", 1},
        {"drop-after-request", CURLE_GOT_NOTHING, 0, "", "<", 0},
        {"drop-after-ack", CURLE_GOT_NOTHING, 0, "", "<", 1},
        {"drop-at:0", CURLE_PARTIAL_FILE, 200, "", "<", 1},
        {"drop-at:100", CURLE_PARTIAL_FILE, 200, "<?xml", "Envelope>", 1},
        {"drop-at:1000000", CURLE_OK, 200, ">true<", "html", 1},
        {"late:30", CURLE_OK, 200, ">true<", "html", 1},
        {"twice", CURLE_OK, 200, "Envelope><?xml", "html", 1},
        {"bad-check", CURLE_OK, 200, "<?xml", "Envelope>", 1},
        {"garbage:5", CURLE_OK, 200, "<?xml", "html", 1},
        {"split:0", CURLE_OK, 200, ">true<", "html", 1},
        {"split:1", CURLE_OK, 200, ">true<", "html", 1},
        {"glue", CURLE_OK, 200, ">true<", "html", 1},
        {"error:KeyJammed", CURLE_OK, 200, ">EncoderMsg<", "bSuccess", 0},
        {"error:RoomOFFLine", CURLE_OK, 200, ">RoomOFFLine<", "bSuccess", 0},
        {"error:Surprise", CURLE_OK, 200, ">Surprise<", "bSuccess", 0},
        {"http-status:404", CURLE_OK, 404, "<html", "Envelope", 0},
        {"http-status:503", CURLE_OK, 503, "<html", "Envelope", 0},
        {"http-status:502", CURLE_OK, 502, "<html", "Envelope", 1},
        {"http-status:302", CURLE_OK, 302, "<html", "Envelope", 0},
        {"html", CURLE_OK, 200, "<html", "Envelope", 1},
        {"soap-fault", CURLE_OK, 500, "Server", "bSuccess", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lens_reply reply;
        char fault[64];
        snprintf(fault, sizeof fault, "%s@1", cases[i].fault);
        struct simulator *simulator = start_with(fault);
        ask(simulator,
            (struct lens_question){.timeout_ms = cases[i].curl == CURLE_OPERATION_TIMEDOUT ? LENS_IMPATIENCE_MS
                                                                                           : LENS_PATIENCE_MS},
            &reply);
        if (reply.curl != cases[i].curl || reply.status != cases[i].status || !lens_has(&reply, cases[i].text) ||
            lens_has(&reply, cases[i].not_text)) {
            fail_msg("%s: curl %d, status %ld, %zu bytes: %s", fault, reply.curl, reply.status, reply.size, reply.text);
        }
        if (strcmp(cases[i].fault, "drop-at:100") == 0) {
            assert_int_equal(reply.size, 100);
        }
        if (strcmp(cases[i].fault, "garbage:5") == 0) {
            assert_int_equal(strstr(reply.text, "<?xml") - reply.text, 5);
        }
        lens_reply_free(&reply);
        assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), strcmp(cases[i].fault, "nak") == 0 ? 0 : 1);
        expect_effects(simulator, cases[i].effects);
    }
}

static void faults_together(void **state)
{
    struct lens_reply reply;
    (void)state;
    struct simulator_options options = {
        .faults = (const char *const[]){"nak:2@1", "late:20", "split:0", "drop-at:300@1", NULL}, .hand_ms = 10};
    struct simulator *simulator = lens_start(&options);
    for (int i = 0; i < 2; i++) {
        ask(simulator, (struct lens_question){0}, &reply);
        assert_int_equal(reply.status, 503);
        lens_reply_free(&reply);
    }
    ask(simulator, (struct lens_question){0}, &reply);
    assert_int_equal(reply.curl, CURLE_PARTIAL_FILE);
    assert_int_equal(reply.size, 300);
    lens_reply_free(&reply);
    assert_int_equal(simulator_count(simulator, SIMULATOR_REFUSALS), 2);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    assert_int_equal(simulator_keys_for(simulator, "101"), 2);
    simulator_stop(simulator);
}

static void faults_of_http_are_for_http(void **state)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    (void)state;
    struct simulator_options options = {0};
    struct simulator *simulator = lens_start(&options);
    assert_true(simulator_add_fault(simulator, "html", message));
    assert_false(simulator_add_fault(simulator, "htmk", message));
    assert_non_null(strstr(message, "did you mean \"html\"?"));
    simulator_stop(simulator);
    options.pseudo_terminal = true;
    assert_null(simulator_start(&options, message));
    assert_non_null(strstr(message, "has no serial line"));
}

/* ---- Connections --------------------------------------------------------------------------------------------------
 */

static void dropped_while_pending(void **state)
{
    struct lens_pending pending;
    (void)state;
    struct simulator_options options = {.hand_ms = 1000};
    struct simulator *simulator = lens_start(&options);
    lens_begin(&pending, simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    assert_true(simulator_wait_for(simulator, SIMULATOR_WAITING, 1, LENS_PATIENCE_MS));
    simulator_drop_connections(simulator);
    lens_end(&pending);
    assert_int_not_equal(pending.reply.curl, CURLE_OK);
    lens_reply_free(&pending.reply);
    assert_true(simulator_wait_idle(simulator, LENS_PATIENCE_MS)); /* the card is made all the same */
    assert_int_equal(simulator_keys_for(simulator, "101"), 1);
    simulator_set_hand_ms(simulator, 0);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    simulator_stop(simulator);
}

static void gone_while_silent(void **state)
{
    struct lens_reply reply;
    (void)state;
    struct simulator *simulator = start_with("silent-after-ack");
    for (int i = 0; i < 3; i++) {
        ask(simulator, (struct lens_question){.timeout_ms = LENS_IMPATIENCE_MS}, &reply);
        assert_int_equal(reply.curl, CURLE_OPERATION_TIMEDOUT);
        lens_reply_free(&reply);
    }
    assert_int_equal(simulator_count(simulator, SIMULATOR_CONNECTIONS), 3);
    for (int i = 0; simulator_count(simulator, SIMULATOR_OPEN_CONNECTIONS) > 0; i++) {
        assert_true(i < LENS_PATIENCE_MS); /* the simulator finds out that they are gone */
        usleep(1000);
    }
    simulator_clear_faults(simulator);
    lens_must(simulator, "MakeDuplicateKey", lens_copy("R1", "DESK1", "1"));
    simulator_stop(simulator);
}

static int send_half(const struct simulator *simulator)
{
    static const char half[] = "POST /MessengerPMSWS.asmx HTTP/1.1\r\nHost: lens.example\r\n"
                               "Content-Type: text/xml\r\nSOAPAction: \"http://tempuri.org/CreateNewBooking\"\r\n"
                               "Content-Length: 5000\r\n\r\n<?xml version=\"1.0\"?><s:Envelope ";
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(simulator_port(simulator))};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    for (size_t i = 0; i < sizeof half - 1; i++) { /* byte by byte, as slow lines do */
        assert_int_equal(send(fd, half + i, 1, MSG_NOSIGNAL), 1);
    }
    return fd;
}

static void half_a_call(void **state)
{
    (void)state;
    struct simulator_options options = {0};
    struct simulator *simulator = lens_start(&options);
    const int gone = send_half(simulator);
    assert_true(simulator_wait_for(simulator, SIMULATOR_CONNECTIONS, 1, LENS_PATIENCE_MS));
    close(gone);
    for (int i = 0; simulator_count(simulator, SIMULATOR_OPEN_CONNECTIONS) > 0; i++) {
        assert_true(i < LENS_PATIENCE_MS);
        usleep(1000);
    }
    assert_int_equal(simulator_count(simulator, SIMULATOR_REQUESTS), 0);
    const int stays = send_half(simulator);
    lens_must(simulator, "CreateNewBooking", lens_booking("R1", "1", "101"));
    simulator_stop(simulator);
    close(stays);
}

static void many_at_once_and_stopped(void **state)
{
    enum { COUNT = 12 };
    struct lens_pending *pending = calloc(COUNT, sizeof *pending);
    (void)state;
    assert_non_null(pending);
    struct simulator_options options = {.faults = (const char *const[]){"late:3600000", "split:60000@3", NULL}};
    struct simulator *first = lens_start(&options), *second = lens_start(&options);
    for (size_t i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "%zu", i + 1);
        lens_begin(&pending[i], i % 2 == 0 ? first : second, "CreateNewBooking", lens_booking(name, name, name));
    }
    assert_true(simulator_wait_for(first, SIMULATOR_WAITING, COUNT / 2, LENS_PATIENCE_MS));
    assert_true(simulator_wait_for(second, SIMULATOR_WAITING, COUNT / 2, LENS_PATIENCE_MS));
    assert_int_equal(simulator_count(first, SIMULATOR_EFFECTS), COUNT / 2);
    simulator_stop(first);
    simulator_stop(second);
    for (size_t i = 0; i < COUNT; i++) {
        lens_end(&pending[i]);
        assert_int_not_equal(pending[i].reply.curl, CURLE_OK);
        lens_reply_free(&pending[i].reply);
    }
    free(pending);
}

/* ---- HTTPS --------------------------------------------------------------------------------------------------------
 */

struct certificate {
    char directory[64], certificate[96], key[96];
};

static void make_certificate(struct certificate *made)
{
    pid_t pid;
    int status;
    snprintf(made->directory, sizeof made->directory, "/tmp/keycard-sim-tls-XXXXXX");
    assert_non_null(mkdtemp(made->directory));
    snprintf(made->certificate, sizeof made->certificate, "%s/certificate.pem", made->directory);
    snprintf(made->key, sizeof made->key, "%s/key.pem", made->directory);
    const char *const words[] = {"openssl",
                                 "req",
                                 "-x509",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:prime256v1",
                                 "-nodes",
                                 "-keyout",
                                 made->key,
                                 "-out",
                                 made->certificate,
                                 "-days",
                                 "2",
                                 "-subj",
                                 "/CN=simulated lock system",
                                 "-addext",
                                 "subjectAltName=IP:127.0.0.1",
                                 NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&pid, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void forget_certificate(const struct certificate *made)
{
    assert_int_equal(unlink(made->certificate), 0);
    assert_int_equal(unlink(made->key), 0);
    assert_int_equal(rmdir(made->directory), 0);
}

static void https(void **state)
{
    static const char *const faults[] = {"split:0@2", "drop-at:200@3", "drop-after-ack@4", NULL};
    struct certificate made;
    struct lens_reply reply;
    char address[300];
    (void)state;
    make_certificate(&made);
    struct simulator_options options = {
        .tls_certificate = made.certificate, .tls_key = made.key, .faults = faults, .hand_ms = 10};
    struct simulator *simulator = lens_start(&options);
    struct lens_question question = {.scheme = "https", .ca_file = made.certificate};
    for (size_t i = 0; i < 2; i++) {
        ask(simulator, question, &reply);
        assert_int_equal(reply.curl, CURLE_OK);
        assert_true(lens_has(&reply, ">true<"));
        lens_reply_free(&reply);
    }
    for (size_t i = 0; i < 2; i++) {
        ask(simulator, question, &reply);
        assert_int_not_equal(reply.curl, CURLE_OK);
        assert_false(lens_has(&reply, ">true<"));
        lens_reply_free(&reply);
    }
    question.method = "GET";
    question.path = "/MessengerPMSWS.asmx?WSDL";
    ask(simulator, question, &reply);
    snprintf(address, sizeof address, "https://%s/MessengerPMSWS.asmx\"", simulator_address(simulator));
    assert_true(lens_has(&reply, address));
    lens_reply_free(&reply);
    /* Nobody who does not know the certificate, and nobody in the clear. */
    ask(simulator, (struct lens_question){.scheme = "https"}, &reply);
    assert_int_equal(reply.curl, CURLE_PEER_FAILED_VERIFICATION);
    lens_reply_free(&reply);
    ask(simulator, (struct lens_question){0}, &reply);
    assert_int_not_equal(reply.curl, CURLE_OK);
    lens_reply_free(&reply);
    assert_true(simulator_wait_idle(simulator, LENS_PATIENCE_MS));
    assert_int_equal(simulator_count(simulator, SIMULATOR_EFFECTS), 4);
    simulator_stop(simulator);
    forget_certificate(&made);
}

static void bad_options(void **state)
{
    static const char *const bad_fault[] = {"http-status:99", NULL};
    static const struct {
        struct simulator_options options;
        const char *message;
    } cases[] = {
        {{.driver = "saflok-lens", .tls_certificate = "/nonexistent", .tls_key = "/nonexistent"}, "cannot read"},
        {{.driver = "saflok-lens", .tls_certificate = "/dev/null"}, "needs both"},
        {{.driver = "saflok-lens", .tls_key = "/dev/null"}, "needs both"},
        {{.driver = "saflok-lens", .tls_certificate = "/dev/null", .tls_key = "/dev/null"}, "both PEM?"},
        {{.driver = "saflok-lens", .path = "service"}, "does not begin with a slash"},
        {{.driver = "saflok-lens", .faults = bad_fault}, "from 200 to 599"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[SIMULATOR_MESSAGE_SIZE] = "";
        assert_null(simulator_start(&cases[i].options, message));
        if (strstr(message, cases[i].message) == NULL) {
            fail_msg("case %zu: %s", i, message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_calls),
        cmocka_unit_test(too_long_a_body),
        cmocka_unit_test(description),
        cmocka_unit_test(credentials),
        cmocka_unit_test(each_fault),
        cmocka_unit_test(faults_together),
        cmocka_unit_test(faults_of_http_are_for_http),
        cmocka_unit_test(dropped_while_pending),
        cmocka_unit_test(gone_while_silent),
        cmocka_unit_test(half_a_call),
        cmocka_unit_test(many_at_once_and_stopped),
        cmocka_unit_test(https),
        cmocka_unit_test(bad_options),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
