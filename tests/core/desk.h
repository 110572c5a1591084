/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front desk that the tests of the core work at: a context, a site, a lock system (virtual, or a simulated SALTO
 * server), and a recorder that takes every event. Each operation that is seen must end with exactly one DONE, as its
 * last event: desk_close() checks that for all of them.
 *
 *     static void test_it(void **state)
 *     {
 *         struct desk *desk = *state;
 *         desk_open_virtual(desk, "");
 *         struct kc_op *op = desk_original(desk, "4711", "101");
 *         assert_made(op);
 *     }
 *     ... DESK_TEST(test_it) ...
 *
 * At every desk it is Monday, 15 June 2026, 08:00 UTC when it opens. Handles that come from the desk are borrowed. */
#ifndef KEYCARD_TESTS_DESK_H
#define KEYCARD_TESTS_DESK_H

#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "simulator.h"
#include "store.h"

#define DESK_PATIENCE_MS 60000
#define DESK_TODAY       INT64_C(1781510400) /* 2026-06-15T08:00:00Z */

/* An operation that was started here or named in an event; with a reference until the desk closes. */
struct desk_watched {
    kc_op *op;
    size_t done;
    bool event_after_done;
};

struct desk_event {
    kc_op *op; /* NULL: of an encoder or system */
    int32_t type, state, prompt, card_number, card_count;
    char text[300];
};

struct desk {
    kc_context *context;
    kc_site *site;
    kc_system *system;
    struct simulator *simulator; /* NULL: virtual */
    char uri[600];
    char directory[64]; /* of the ledger's file, "" if there is none */
    char ledger[120];
    int64_t now; /* what the context takes for now when it opens; seconds */
    struct desk_watched *watched;
    size_t watched_count;
    struct desk_event *events;
    size_t event_count;
    kc_request **requests;
    size_t request_count;
    char *log;
    size_t log_length;
    const uint8_t *key;  /* of the ledger, 32 bytes; or NULL */
    struct store *store; /* instead of `ledger`, for the next opening; taken over */
};

int desk_setup(void **state);
int desk_teardown(void **state);
#define DESK_TEST(function) cmocka_unit_test_setup_teardown(function, desk_setup, desk_teardown)

/* The system "locks" of the site "Grand Hotel": "virtual:?QUERY". */
void desk_open_virtual(struct desk *desk, const char *query);
/* The same with a simulated SALTO server behind "salto+tcp:"; `query` are options of the system. */
void desk_open_salto(struct desk *desk, const char *query);
void desk_open_salto_with(struct desk *desk, const struct simulator_options *options, const char *query);
/* With any simulator; ADDRESS in the URI stands for its address. */
void desk_open_simulated(struct desk *desk, const struct simulator_options *options, const char *uri);
/* Before opening: the ledger is a SQLite file in a directory of its own. */
void desk_use_file(struct desk *desk);
/* Closes the context as a program that ends, and opens another one with the same ledger and lock system. */
void desk_restart(struct desk *desk);
/* Ends the context, and checks what was recorded. */
void desk_close(struct desk *desk);
/* Gives all handles back, whatever runs; nothing is checked. */
void desk_end_now(struct desk *desk);
/* Sets the wall clock of the context. */
void desk_set_now(struct desk *desk, int64_t utc);

/* A request with station "desk-1", encoder "Desk 1", from now until three days later; booking and room may be NULL. */
kc_request *desk_request(struct desk *desk, const char *booking, const char *room);
typedef int32_t (*desk_verb)(kc_request *request, kc_op **op);
/* Takes the reference over. */
kc_op *desk_watch(struct desk *desk, kc_op *op);
kc_op *desk_start(struct desk *desk, desk_verb verb, kc_request *request);
/* Starts, and waits for the end. */
kc_op *desk_run(struct desk *desk, desk_verb verb, kc_request *request);
kc_op *desk_original(struct desk *desk, const char *booking, const char *room);
kc_op *desk_duplicate(struct desk *desk, const char *booking);
/* The same at another station and encoder. */
kc_op *desk_run_at(struct desk *desk, desk_verb verb, const char *booking, const char *room, const char *station,
                   const char *encoder);
kc_op *desk_retry(struct desk *desk, kc_op *op);
kc_op *desk_resolve(struct desk *desk, kc_op *op, int32_t how);
kc_op *desk_find(struct desk *desk, const char *id);
kc_op *desk_keys(struct desk *desk, int32_t filter, const char *value);
kc_op *desk_ops(struct desk *desk, int32_t filter, const char *value);
/* The state of a key in the ledger, 0 if it is not there. */
int32_t desk_key_state(struct desk *desk, const char *id);

void desk_take_events(struct desk *desk);
/* One round: waits at most so long, dispatches, takes all events. */
void desk_pump(struct desk *desk, int32_t timeout_ms);
void desk_finish(struct desk *desk, kc_op *op);
void desk_wait_state(struct desk *desk, const kc_op *op, int32_t state);
void desk_wait_prompt(struct desk *desk, const kc_op *op, int32_t prompt);
/* Until the simulator counts so much, while the context goes on. */
void desk_wait_count(struct desk *desk, enum simulator_counter counter, size_t count);
void desk_wait_link(struct desk *desk, int32_t state);
/* Until `over` says so; fails the test after DESK_PATIENCE_MS. */
void desk_wait_for(struct desk *desk, bool (*over)(struct desk *desk, const void *what), const void *what);

/* Events of an operation (NULL: of any) of a type. */
size_t desk_count_events(const struct desk *desk, const kc_op *op, int32_t type);
size_t desk_count_prompts(const struct desk *desk, const kc_op *op, int32_t prompt);
/* The first warning about a field, or -1. */
int32_t desk_find_warning(const kc_op *op, const char *field);
/* What the lock system was asked and did. */
size_t desk_requests_seen(const struct desk *desk);
size_t desk_effects(const struct desk *desk);

void assert_made_at(const kc_op *op, const char *file, int line);
void assert_refused_at(const kc_op *op, int32_t status, const char *field, const char *file, int line);
void assert_ended_at(const kc_op *op, int32_t status, int32_t outcome, const char *file, int line);
#define assert_made(op)                   assert_made_at(op, __FILE__, __LINE__)
#define assert_refused(op, status, field) assert_refused_at(op, status, field, __FILE__, __LINE__)
#define assert_ended(op, status, outcome) assert_ended_at(op, status, outcome, __FILE__, __LINE__)
#define assert_ok(call)                   assert_int_equal(call, KC_OK)
#define assert_key_state(desk, op, state) assert_int_equal(desk_key_state(desk, kc_op_get_id(op)), state)

#endif
