/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory runs out during the making of a key, from kc_context_new() to the last unref: each allocation fails once in
 * turn, and then also all after it.
 *
 *     test_memory_exhausted SYSTEM LEDGER END     SYSTEM: virtual, salto or fias; LEDGER: memory or sqlite;
 *                                                 END: wait, or abandon (everything is given back while it runs), or
 *                                                 again (a second original follows, which the desk must confirm),
 *                                                 or read (a key that was made is read from the ledger)
 *
 * No crash, no leak; a call fails with an error status, or its operation ends with one DONE; and the lock system does
 * nothing that the ledger does not know. The lock system of salto and fias is a process of its own. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing_memory.h"
#include "rig.h"
#include "simulator.h"

enum { NUMBERS_MOST = 20000 };

struct attempt {
    const char *ledger, *uri, *journal; /* journal: "" for virtual */
    bool remote, abandon, again;
    bool mobile;     /* takes mobile keys and areas */
    unsigned number; /* of the booking; another one each time */
};

/* ---- The lock system in a process of its own -------------------------------------------------------------------- */

static pid_t lock_system;

static void end_lock_system(void)
{
    if (lock_system > 0) {
        kill(lock_system, SIGKILL);
        waitpid(lock_system, NULL, 0);
    }
}

static void start_lock_system(const char *driver, const char *journal, char *address, size_t size)
{
    int pipes[2];
    CHECK(pipe(pipes) == 0, "no pipe");
    lock_system = fork();
    CHECK(lock_system >= 0, "no process");
    if (lock_system == 0) {
        char message[SIMULATOR_MESSAGE_SIZE];
        struct simulator_options options = {.driver = driver, .journal = journal};
        if (strcmp(driver, "fias") == 0)
            options.profile = "resync"; /* asks for all guests besides */
        struct simulator *simulator = simulator_start(&options, message);
        const char *text = simulator ? simulator_address(simulator) : "";
        ssize_t written = write(pipes[1], text, strlen(text) + 1);
        while (written > 0 && getppid() != 1) /* until it is killed, or forgotten */
            poll(NULL, 0, 200);
        _exit(0);
    }
    atexit(end_lock_system);
    close(pipes[1]);
    ssize_t length = read(pipes[0], address, size);
    close(pipes[0]);
    CHECK(length > 1, "the simulator did not start");
}

static size_t effects_in_journal(const char *path, unsigned number)
{
    char line[2000], room[40];
    size_t effects = 0;
    FILE *file = fopen(path, "r");
    snprintf(room, sizeof(room), "\"rooms\":[\"%u\"]", number);
    while (file && fgets(line, sizeof(line), file))
        effects += strstr(line, "\"event\":\"effect\"") && strstr(line, room);
    if (file)
        fclose(file);
    return effects;
}

/* ---- One attempt, with memory running out ----------------------------------------------------------------------- */

/* What came of it. */
struct result {
    int32_t outcome, status;
    bool began, ended;
};

static bool good(int32_t status)
{
    CHECK(status == KC_OK || (status == KC_ERROR_NO_MEMORY && memory_has_failed()), "a call gave %s",
          kc_status_name(status));
    return status == KC_OK;
}

static kc_request *new_request(const struct attempt *attempt, kc_site *site)
{
    char room[24], booking[24];
    kc_request *request = NULL;
    snprintf(room, sizeof(room), "%u", attempt->number);
    snprintf(booking, sizeof(booking), "b-%u", attempt->number);
    bool whole = good(kc_request_new(site, &request)) && good(kc_request_set_booking(request, booking)) &&
                 good(kc_request_add_room(request, room)) && good(kc_request_set_guest(request, "Guest")) &&
                 good(kc_request_set_station(request, "desk")) && good(kc_request_set_encoder(request, "Desk 1")) &&
                 (!attempt->mobile || good(kc_request_add_area(request, "7"))) &&
                 good(kc_request_set_text(request, 1, "Willkommen")) &&
                 (!attempt->mobile || good(kc_request_set_phone(request, "+359881234567"))) &&
                 good(kc_request_set_validity(request, NULL, "2059-12-31T11:00"));
    return whole ? request : kc_request_unref(request);
}

/* Answers what is asked. */
static void take_events(kc_context *context, kc_op *op, size_t *done)
{
    for (kc_event *event = kc_context_next_event(context); event; event = kc_context_next_event(context)) {
        if (kc_event_get_op(event) == op) {
            CHECK(*done == 0, "an event after DONE");
            *done += kc_event_get_type(event) == KC_EVENT_DONE;
        }
        if (kc_event_get_prompt(event) == KC_PROMPT_CONFIRM)
            CHECK(kc_op_answer(op, KC_ANSWER_YES) == KC_OK, "the answer was not wanted");
        kc_event_unref(event);
    }
}

/* Waits for DONE; or, to abandon it, until the request has left. */
static size_t await(kc_context *context, kc_op *op, bool abandon)
{
    size_t done = 0;
    while (kc_op_get_state(op) != KC_STATE_DONE && !(abandon && kc_op_get_state(op) > KC_STATE_CONNECTING)) {
        CHECK(kc_context_wait(context, RIG_WAIT_MS) == 1, "the operation hangs in state %s",
              kc_state_name(kc_op_get_state(op)));
        CHECK(kc_context_dispatch(context) == KC_OK, "dispatch");
        take_events(context, op, &done);
    }
    take_events(context, op, &done);
    return done;
}

static void follow(kc_context *context, kc_op *op, struct result *result)
{
    size_t done = await(context, op, false);
    CHECK(done == 1, "%zu DONE", done);
    kc_op *mobile = kc_op_get_follow_up(op);
    CHECK(!mobile || await(context, mobile, false) <= 1, "the mobile key ended twice");
    result->ended = true;
    result->outcome = kc_op_get_outcome(op);
    result->status = kc_op_get_status(op);
    CHECK((result->status == KC_OK) == (result->outcome == KC_OUTCOME_WRITTEN), "status %s, outcome %s",
          kc_status_name(result->status), kc_outcome_name(result->outcome));
    CHECK(result->status == KC_OK || memory_has_failed(), "failed by itself: %s",
          kc_error_get_message(kc_op_get_error(op)));
    CHECK((result->status == KC_OK) == (kc_op_get_error(op) == NULL), "a failure needs its error");
}

/* A second original of the same stay. */
static void make_another(kc_context *context, kc_request *request)
{
    kc_op *op = NULL;
    struct result result;
    if (!good(kc_issue_original(request, &op)))
        return;
    follow(context, op, &result);
    kc_op_unref(op);
}

static void make_key(const struct attempt *attempt, struct result *result)
{
    kc_context *context = NULL;
    kc_site *site = NULL;
    kc_system *system = NULL;
    kc_op *op = NULL;
    memset(result, 0, sizeof(*result));
    bool ready = good(kc_context_new(&context)) && good(kc_context_set_ledger(context, attempt->ledger)) &&
                 good(kc_site_new(context, "Torture", &site)) && good(kc_site_set_time_zone(site, "Europe/Sofia")) &&
                 good(kc_site_set_policy(site, "second-original", "confirm")) &&
                 good(kc_system_new(site, "Locks", attempt->uri, &system)) &&
                 good(kc_system_add_encoder(system, "Desk 1")) && good(kc_system_map_area(system, "spa", "7"));
    kc_request *request = ready ? new_request(attempt, site) : NULL;
    if (request && good(kc_issue_original(request, &op))) {
        result->began = true;
        if (attempt->abandon)
            await(context, op, true);
        else
            follow(context, op, result);
        if (attempt->again)
            make_another(context, request);
    }
    kc_request_unref(request);
    kc_op_unref(op);
    kc_system_unref(system);
    kc_site_unref(site);
    kc_context_unref(context);
}

/* ---- What the ledger knows afterwards, with memory -------------------------------------------------------------- */

static void check_ledger(const struct attempt *attempt, const struct result *result)
{
    struct rig rig;
    char booking[24];
    size_t originals = 0, mobiles = 0, written = 0, not_written = 0;
    size_t effects = attempt->remote ? effects_in_journal(attempt->journal, attempt->number) : 0;
    CHECK(result->began || effects == 0, "an effect without operation");
    if (strncmp(attempt->ledger, "sqlite:", 7) != 0)
        return;
    rig_open(&rig, attempt->ledger, attempt->uri, NULL);
    snprintf(booking, sizeof(booking), "b-%u", attempt->number);
    kc_op *list = rig_list_ops(&rig, KC_FILTER_BOOKING, booking);
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++) {
        const kc_op *op = kc_op_get_op(list, i);
        originals += kc_op_get_verb(op) == KC_VERB_ISSUE_ORIGINAL;
        mobiles += kc_op_get_verb(op) == KC_VERB_SEND_MOBILE;
        written += kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN;
        not_written += kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN;
        bool mine = kc_op_get_verb(op) == KC_VERB_ISSUE_ORIGINAL && result->ended;
        CHECK(attempt->again || !mine || kc_op_get_outcome(op) == result->outcome ||
                  kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN,
              "the operation ended %s, the ledger says %s", kc_outcome_name(result->outcome),
              kc_outcome_name(kc_op_get_outcome(op)));
    }
    size_t most = attempt->again ? 2 : 1;
    CHECK(originals <= most && mobiles <= most, "%zu originals, %zu mobile keys", originals, mobiles);
    CHECK(effects <= originals + mobiles - not_written,
          "%zu effects, in the ledger %zu + %zu operations, %zu of them not written", effects, originals, mobiles,
          not_written);
    CHECK(!attempt->remote || effects >= written, "%zu written, %zu effects", written, effects);
    CHECK(result->outcome != KC_OUTCOME_WRITTEN || originals >= 1, "written, but not in the ledger");
    CHECK(result->outcome != KC_OUTCOME_UNKNOWN || originals >= 1, "perhaps written, but not in the ledger");
    kc_op_unref(list);
    rig_close(&rig);
}

static void exhaust(struct attempt *attempt, bool onward)
{
    struct result result;
    size_t written = 0, failed_calls = 0, unknown = 0;
    for (long which = 0;; which++) {
        CHECK(which < NUMBERS_MOST, "it never succeeds");
        attempt->number++;
        rig_case("allocation %ld fails%s, number %u", which, onward ? ", and all after it" : "", attempt->number);
        long before = memory_blocks();
        memory_fail(which, onward);
        make_key(attempt, &result);
        memory_fail_no_more();
        CHECK(memory_blocks() == before, "%ld blocks leaked", memory_blocks() - before);
        check_ledger(attempt, &result);
        written += result.outcome == KC_OUTCOME_WRITTEN;
        unknown += result.outcome == KC_OUTCOME_UNKNOWN;
        failed_calls += !result.began;
        if (!memory_has_failed()) {
            CHECK(attempt->abandon || result.outcome == KC_OUTCOME_WRITTEN, "not even with memory");
            printf("%ld allocations%s: %zu written, %zu unknown, %zu failed before\n", which,
                   onward ? ", failing onward" : "", written, unknown, failed_calls);
            CHECK(which > 30, "too few");
            return;
        }
    }
}

/* ---- What was made is read -------------------------------------------------------------------------------------- */

#define LONG_LINE                                                                                                      \
    "Breakfast is from seven to half past ten in the garden room on the ground floor; the pool is open until nine."

/* Either all of it, or none. */
static void check_whole(const kc_op *op)
{
    const kc_key *key = kc_op_get_key(op, 0);
    CHECK(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN && kc_op_get_error(op) == NULL, "outcome %s",
          kc_outcome_name(kc_op_get_outcome(op)));
    CHECK(key, "no key");
    CHECK(strcmp(kc_key_get_until(key), "2059-12-31T11:00+02:00") == 0, "until \"%s\"", kc_key_get_until(key));
    CHECK(strcmp(kc_key_get_guest(key), "Guest") == 0 && *kc_key_get_from(key), "guest or beginning is missing");
    CHECK(kc_key_get_room_count(key) == 1 && strcmp(kc_key_get_booking(key), "b-101") == 0,
          "room or booking is missing");
}

/* Takes the operation over. */
static void check_read(struct rig *rig, int32_t status, kc_op *op, bool is_list)
{
    if (!good(status))
        return;
    struct result result;
    size_t done = await(rig->context, op, false);
    result.status = kc_op_get_status(op);
    CHECK(done == 1, "%zu DONE", done);
    if (good(result.status)) {
        CHECK(!is_list || kc_op_get_op_count(op) == 1, "%d operations", (int)kc_op_get_op_count(op));
        check_whole(is_list ? kc_op_get_op(op, 0) : op);
    } else {
        CHECK(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN && kc_op_get_key_count(op) == 0, "half of it was read");
    }
    kc_op_unref(op);
}

/* Found, listed, and asked for once more. */
static void read_once(struct rig *rig, kc_request *request, const char *id)
{
    kc_op *op = NULL;
    int32_t status = kc_find_op(rig->site, id, &op);
    check_read(rig, status, op, false);
    status = kc_list_ops(rig->site, KC_FILTER_BOOKING, "b-101", 9, &op);
    check_read(rig, status, op, true);
    status = kc_issue_original(request, &op);
    check_read(rig, status, op, false);
}

static void exhaust_reading(struct attempt *attempt)
{
    struct rig rig;
    kc_op *op = NULL;
    attempt->number++;
    rig_open(&rig, attempt->ledger, attempt->uri, NULL);
    CHECK(kc_site_set_time_zone(rig.site, "Europe/Sofia") == KC_OK, "the time zone");
    kc_request *request = new_request(attempt, rig.site);
    CHECK(request && kc_request_set_idempotency_key(request, "read-again") == KC_OK, "the request");
    CHECK(kc_request_set_phone(request, "") == KC_OK, "a mobile key would be a second operation");
    for (int32_t line = 1; line <= 6; line++) /* more than an operation has room for in itself */
        CHECK(kc_request_set_text(request, line, LONG_LINE) == KC_OK, "line %d", (int)line);
    CHECK(kc_issue_original(request, &op) == KC_OK, "the key");
    rig_finish(&rig, op);
    for (long which = 0; which == 0 || memory_has_failed(); which++) {
        rig_case("allocation %ld fails", which);
        memory_fail(which, false);
        read_once(&rig, request, kc_op_get_id(op));
        memory_fail_no_more();
        CHECK(which < NUMBERS_MOST && (which > 5 || memory_has_failed()), "it never fails, or never succeeds");
    }
    kc_op_unref(op);
    kc_request_unref(request);
    kc_system_unref(rig.system);
    kc_site_unref(rig.site);
    kc_context_unref(rig.context);
}

int main(int count, char **arguments)
{
    char journal[RIG_PATH_SIZE] = "", path[RIG_PATH_SIZE], ledger[RIG_PATH_SIZE + 8], address[100] = "", uri[240];
    struct attempt attempt = {.number = 100};
    if (count != 4) {
        fprintf(stderr, "usage: test_memory_exhausted virtual|salto|fias memory|sqlite wait|again|abandon|read\n");
        return 2;
    }
    rig_path(path, "ledger");
    rig_path(journal, "journal");
    bool fias = strcmp(arguments[1], "fias") == 0;
    attempt.remote = fias || strcmp(arguments[1], "salto") == 0;
    attempt.mobile = !fias;
    attempt.abandon = strcmp(arguments[3], "abandon") == 0;
    attempt.again = strcmp(arguments[3], "again") == 0;
    if (attempt.remote)
        start_lock_system(arguments[1], journal, address, sizeof(address));
    snprintf(uri, sizeof(uri), "%s%s%s",
             fias             ? "fias+tcp://"
             : attempt.remote ? "salto+tcp://"
                              : "virtual:",
             address,
             fias             ? "?encoders=Desk%201%3D1&back-off=0&answer-timeout=3000&late-answer=0"
             : attempt.remote ? "?mobile=on&back-off=0"
                              : "");
    if (strcmp(arguments[2], "sqlite") == 0)
        snprintf(ledger, sizeof(ledger), "sqlite:%s", path);
    else
        snprintf(ledger, sizeof(ledger), "memory:");
    attempt.ledger = ledger;
    attempt.uri = uri;
    attempt.journal = journal;
    if (strcmp(arguments[3], "read") == 0) {
        exhaust_reading(&attempt);
        return 0;
    }
    exhaust(&attempt, false);
    exhaust(&attempt, true);
    return 0;
}
