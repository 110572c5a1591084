/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A web server that means harm, through the public API: whatever it answers, one request is one effect at most, the
 * outcome is what can be known, the error says what was wrong and nothing of the guest, the next operation works, and
 * memory stays bounded. */
#include "hostile_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_FREED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS_FREED_MEMORY 1
#endif
#endif
#ifndef KEEPS_FREED_MEMORY
#define KEEPS_FREED_MEMORY (getenv("VALGRIND") != NULL) /* set it to anything under valgrind */
#endif

#define GROWTH_MAX ((size_t)48 << 20) /* of a process that was sent 100 MB again and again */

static void test_answers(void)
{
    struct hostile_server *server = hostile_start(NULL, NULL), *elsewhere = hostile_start(NULL, NULL);
    struct rig rig;
    hostile_answers_elsewhere(hostile_port(elsewhere));
    desk_open(&rig, server, "saflok+http", NULL);
    desk_check_next(&rig, server);
    size_t memory = desk_peak_memory();
    for (size_t i = 0; i < hostile_answer_count; i++) {
        const struct hostile_answer *answer = &hostile_answers[i];
        rig_case("%s", answer->name);
        size_t before = hostile_requests(server);
        hostile_set(server, answer->play, answer);
        desk_original(&rig, &answer->end, NULL);
        CHECK(hostile_requests(server) == before + 1, "%zu requests", hostile_requests(server) - before);
        desk_check_next(&rig, server);
    }
    CHECK(hostile_connections(elsewhere) == 0, "somebody went elsewhere");
    size_t growth = desk_peak_memory() - memory;
    CHECK(growth < GROWTH_MAX || KEEPS_FREED_MEMORY, "the process grew by %zu bytes", growth);
    desk_close(&rig);
    hostile_stop(server);
    hostile_stop(elsewhere);
}

/* ---- Connections that end ---------------------------------------------------------------------------------------- */

/* A good answer of which only so many bytes come. */
static bool cut_answer(const struct hostile_call *call, const void *what)
{
    const size_t count = *(const size_t *)what; /* read before anything is sent: then the test goes on */
    char *body = hostile_success(call), *text = NULL;
    int length = asprintf(&text, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(body), body);
    CHECK(length > 0, "no memory");
    hostile_send(call, text, count < (size_t)length ? count : (size_t)length);
    free(text);
    free(body);
    return count > (size_t)length; /* as long as that: whole */
}

static void test_drop_at_each_byte(void)
{
    static const struct hostile_end lost = {KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, "was lost"};
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    desk_open(&rig, server, "saflok+http", NULL);
    size_t step = 1, ends = 0;
    for (size_t count = 0; ends < 2; count += step) {
        rig_case("dropped after %zu bytes", count);
        size_t before = hostile_requests(server);
        hostile_set(server, cut_answer, &count);
        kc_op *op = NULL;
        kc_request *request = desk_request(&rig);
        CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
        kc_request_unref(request);
        rig_finish(&rig, op);
        bool whole = kc_op_get_status(op) == KC_OK;
        CHECK(!whole || count > 400, "success of %zu bytes", count);
        desk_check(op, whole ? &made : &lost);
        kc_op_unref(op);
        ends += whole;
        CHECK(hostile_requests(server) == before + 1, "asked %zu times", hostile_requests(server) - before);
    }
    desk_check_next(&rig, server);
    desk_close(&rig);
    hostile_stop(server);
}

/* The request was read; the kept connection is reset. */
static bool reset(const struct hostile_call *call, const void *what)
{
    (void)what;
    hostile_cut_all(call->server);
    return false;
}

static void test_kept_connection_dies(void)
{
    static const struct hostile_end lost = {KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, "was lost"};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    rig_case("kept connections");
    desk_open(&rig, server, "saflok+http", NULL);
    for (size_t i = 0; i < 20; i++) {
        desk_check_next(&rig, server);
        if (i % 3 == 0) { /* between two operations */
            hostile_cut_all(server);
            desk_check_next(&rig, server);
        }
        size_t before = hostile_requests(server);
        hostile_set(server, reset, NULL);
        desk_original(&rig, &lost, NULL);
        CHECK(hostile_requests(server) == before + 1, "asked %zu times", hostile_requests(server) - before);
    }
    desk_check_next(&rig, server);
    desk_close(&rig);
    hostile_stop(server);
}

/* ---- Slow answers ------------------------------------------------------------------------------------------------ */

/* `what`: the text, a byte now and then for ever. */
static bool drip(const struct hostile_call *call, const void *what)
{
    const char *const *parts = what;
    hostile_say(call, parts[0]);
    while (hostile_pause(call, 5) && hostile_say(call, parts[1]))
        continue;
    return false;
}

static void test_slow(void)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"", "H"},
                                          {"HTTP/1.1 200 OK\r\n", "X: y\r\n"},
                                          {"HTTP/1.1 200 OK\r\nX: ", "y"},
                                          {"", "HTTP/1.1 100 Continue\r\n\r\n"},
                                          {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "<"},
                                          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n<\r\n"}};
    static const char *const options[] = {"reply-timeout", "600", "encode-timeout", "600", NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    desk_open(&rig, server, "saflok+http", options);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_case("slow answer %zu", i);
        size_t before = hostile_requests(server);
        hostile_set(server, drip, rows[i]);
        kc_request *request = desk_request(&rig);
        kc_op *op = NULL;
        CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
        kc_request_unref(request);
        rig_finish(&rig, op);
        /* a byte that is no HTTP may show before the time is over */
        CHECK(kc_op_get_status(op) == KC_ERROR_TIMED_OUT || (i == 1 && kc_op_get_status(op) == KC_ERROR_PROTOCOL), "%s",
              kc_error_get_message(kc_op_get_error(op)));
        CHECK(kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN, "outcome %s", kc_outcome_name(kc_op_get_outcome(op)));
        hostile_wait_requests(server, before + 1); /* a server that got no processor hears of it after the end */
        CHECK(hostile_requests(server) == before + 1, "asked %zu times", hostile_requests(server) - before);
        kc_op_unref(op);
    }
    desk_close(&rig);
    hostile_stop(server);
}

/* An interim answer does not begin the reply: the card may take its time after it. */
static bool interim_then_late(const struct hostile_call *call, const void *what)
{
    (void)what;
    hostile_say(call, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!hostile_pause(call, 300))
        return false;
    return hostile_good(call, NULL);
}

static void test_interim_answer_is_no_beginning(void)
{
    static const char *const options[] = {"reply-timeout", "100", NULL};
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    rig_case("interim answer");
    desk_open(&rig, server, "saflok+http", options);
    hostile_set(server, interim_then_late, NULL);
    desk_original(&rig, &made, NULL);
    desk_close(&rig);
    hostile_stop(server);
}

/* ---- Many at once ------------------------------------------------------------------------------------------------ */

enum { TOGETHER = 12 };

/* By the room: good, another operation's answer, a refusal, nothing, or a reset of everybody. */
static bool mixed(const struct hostile_call *call, const void *what)
{
    const char *room = strstr(call->body, "<MainRoomNo>2");
    int number = room ? atoi(room + strlen("<MainRoomNo>")) % 4 : 0;
    struct hostile_call other = *call;
    hostile_wait_requests(call->server, *(const size_t *)what); /* all are there */
    snprintf(other.operation, sizeof(other.operation), "CheckOutGuest");
    if (number == 1)
        return hostile_good(&other, NULL);
    if (number == 2)
        return hostile_reply(call, "403 Forbidden", "text/html", "", "no", 2);
    return number == 3 ? false : hostile_good(call, NULL);
}

static void test_many_at_once(void)
{
    static const struct hostile_end ends[] = {{KC_OK, KC_OUTCOME_WRITTEN, NULL},
                                              {KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, "not the answer"},
                                              {KC_ERROR_CREDENTIALS, KC_OUTCOME_NOT_WRITTEN, NULL},
                                              {KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, NULL}};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    kc_op *ops[TOGETHER];
    size_t all = TOGETHER;
    rig_case("many at once");
    desk_open(&rig, server, "saflok+http", NULL);
    hostile_set(server, mixed, &all);
    for (int i = 0; i < TOGETHER; i++) {
        char room[20], name[20];
        kc_request *request = desk_request(&rig);
        snprintf(room, sizeof(room), "%d", 200 + i);
        snprintf(name, sizeof(name), "%d", i + 1);
        kc_request_clear_rooms(request);
        CHECK(kc_request_add_room(request, room) == KC_OK && kc_request_set_booking(request, room) == KC_OK &&
                  kc_request_set_encoder(request, name) == KC_OK && kc_request_set_station(request, room) == KC_OK &&
                  kc_issue_original(request, &ops[i]) == KC_OK,
              "no operation");
        kc_request_unref(request);
    }
    rig.started = TOGETHER;
    for (size_t i = 0; i < TOGETHER; i++) {
        CHECK(kc_op_wait(ops[i], RIG_WAIT_MS) == KC_OK, "operation %zu hangs", i);
        desk_check(ops[i], &ends[i % 4]);
        kc_op_unref(ops[i]);
    }
    rig_drain(&rig);
    CHECK(hostile_requests(server) == TOGETHER, "%zu requests", hostile_requests(server));
    desk_check_next(&rig, server);
    desk_close(&rig);
    hostile_stop(server);
}

/* ---- The end in every phase ---------------------------------------------------------------------------------------
 */

/* Bytes of an answer, and then silence until the server stops. */
static bool stall(const struct hostile_call *call, const void *what)
{
    const char *text = what;
    hostile_say(call, text);
    hostile_pause(call, RIG_WAIT_MS);
    return false;
}

static const char *const phases[] = {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nX: y\r\n",
                                     "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<a>"};

/* What was sent goes on after a cancellation, and ends by the time. */
static void test_cancel(void)
{
    static const char *const options[] = {"reply-timeout", "300", "encode-timeout", "300", NULL};
    static const struct hostile_end late = {KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, NULL};
    static const struct hostile_end before = {KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    desk_open(&rig, server, "saflok+http", options);
    for (size_t i = 0; i <= sizeof(phases) / sizeof(phases[0]); i++) {
        bool sent = i > 0;
        size_t requests = hostile_requests(server);
        rig_case("cancel in phase %zu", i);
        hostile_set(server, stall, phases[sent ? i - 1 : 0]);
        kc_request *request = desk_request(&rig);
        kc_op *op = NULL;
        CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
        kc_request_unref(request);
        while (sent && hostile_requests(server) == requests) /* a server that got no processor hears of it at the end */
            (void)kc_op_wait(op, 5);
        CHECK(kc_op_cancel(op) == KC_OK, "no cancellation");
        rig_finish(&rig, op);
        desk_check(op, sent ? &late : &before);
        CHECK(hostile_requests(server) == requests + sent, "%zu requests", hostile_requests(server) - requests);
        kc_op_unref(op);
    }
    desk_close(&rig);
    hostile_stop(server);
}

/* Everything is given back while the server is in the middle of its answer; the ledger of a file knows what is open. */
static void test_context_ends(void)
{
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
        for (int removed = 0; removed < 2; removed++) {
            struct hostile_server *server = hostile_start(NULL, NULL);
            struct rig rig;
            rig_case("the context ends in phase %zu", i);
            desk_open(&rig, server, "saflok+http", NULL);
            hostile_set(server, stall, phases[i]);
            kc_request *request = desk_request(&rig);
            kc_op *op = NULL;
            CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
            kc_request_unref(request);
            while (hostile_requests(server) == 0)
                CHECK(kc_op_wait(op, 5) == KC_ERROR_TIMED_OUT, "it ended");
            if (removed)
                CHECK(kc_system_remove(rig.system) == KC_OK, "not removed");
            kc_system_unref(rig.system);
            kc_site_unref(rig.site);
            kc_context_unref(rig.context);
            kc_op_unref(op);
            hostile_stop(server);
        }
}

/* The system is taken away while its request runs: the operation ends as it would. */
static bool good_soon(const struct hostile_call *call, const void *what)
{
    (void)what;
    return hostile_pause(call, 50) && hostile_good(call, NULL);
}

static void test_system_removed(void)
{
    static const struct hostile_end made = {KC_OK, KC_OUTCOME_WRITTEN, NULL};
    struct hostile_server *server = hostile_start(NULL, NULL);
    struct rig rig;
    rig_case("the system is removed");
    desk_open(&rig, server, "saflok+http", NULL);
    hostile_set(server, good_soon, NULL);
    kc_request *request = desk_request(&rig);
    kc_op *op = NULL;
    CHECK(kc_issue_original(request, &op) == KC_OK, "no operation");
    kc_request_unref(request);
    while (hostile_requests(server) == 0)
        (void)kc_op_wait(op, 5);
    CHECK(kc_system_remove(rig.system) == KC_OK, "not removed");
    rig.system = kc_system_unref(rig.system);
    rig_finish(&rig, op);
    desk_check(op, &made);
    kc_op_unref(op);
    desk_close(&rig);
    hostile_stop(server);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"answers", test_answers},
    {"drop-at-each-byte", test_drop_at_each_byte},
    {"kept-connection-dies", test_kept_connection_dies},
    {"slow", test_slow},
    {"interim-answer", test_interim_answer_is_no_beginning},
    {"many-at-once", test_many_at_once},
    {"cancel", test_cancel},
    {"context-ends", test_context_ends},
    {"system-removed", test_system_removed},
};

int main(int count, char **words)
{
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (count < 2 || strcmp(words[1], tests[i].name) == 0)
            tests[i].run();
    return 0;
}
