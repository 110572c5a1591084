/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a context in each phase of its operations, handles in many threads, and the loop surface: wait, wake-up,
 * the descriptor, and that nothing blocks. */
#include "desk.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "far_end.h"
#include "faulty_store.h"
#include "op.h"

/* ---- A context that is closed in the middle ------------------------------------------------------------------------
 */

struct wanted_phase {
    const kc_op *op;
    enum op_phase phase;
};

static bool is_in_phase(struct desk *desk, const void *what)
{
    const struct wanted_phase *wanted = what;
    (void)desk;
    return wanted->op->phase == wanted->phase;
}

static void wait_phase(struct desk *desk, const kc_op *op, enum op_phase phase)
{
    desk_wait_for(desk, is_in_phase, &(struct wanted_phase){op, phase});
}

static kc_op *start_original(struct desk *desk, const char *booking, const char *room)
{
    return desk_start(desk, kc_issue_original, desk_request(desk, booking, room));
}

/* Ends the context and looks what the next one finds of the operation. */
static kc_op *end_and_find(struct desk *desk, const kc_op *op)
{
    char id[64];
    snprintf(id, sizeof(id), "%s", kc_op_get_id(op));
    desk_end_now(desk);
    desk_restart(desk);
    kc_op *found = desk_find(desk, id);
    assert_int_not_equal(kc_op_get_outcome(found), KC_OUTCOME_PENDING);
    if (kc_op_get_status(found) == KC_ERROR_NOT_FOUND) {
        assert_int_equal(desk_key_state(desk, id), 0);
        return found;
    }
    int32_t outcome = kc_op_get_outcome(found);
    assert_string_equal(kc_op_get_id(found), id);
    assert_key_state(desk, found,
                     outcome == KC_OUTCOME_WRITTEN   ? KC_KEY_ACTIVE
                     : outcome == KC_OUTCOME_UNKNOWN ? KC_KEY_UNRESOLVED
                                                     : KC_KEY_NOT_MADE);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), outcome == KC_OUTCOME_UNKNOWN);
    return found;
}

static void open_with_hand(struct desk *desk, int64_t hand_ms)
{
    struct simulator_options options = {.driver = "salto", .hand_ms = hand_ms};
    desk_use_file(desk);
    desk_open_salto_with(desk, &options, "back-off=0");
}

static void test_closed_while_looking_into_the_ledger(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 0);
    kc_op *op = start_original(desk, "4711", "101");
    wait_phase(desk, op, OP_LOOKUP);
    assert_int_equal(kc_op_get_status(end_and_find(desk, op)), KC_ERROR_NOT_FOUND);
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_closed_while_asking(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 0);
    assert_ok(kc_site_set_policy(desk->site, "second-original", "confirm"));
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *op = start_original(desk, "4711", "101");
    wait_phase(desk, op, OP_CONFIRM);
    assert_int_equal(kc_op_get_status(end_and_find(desk, op)), KC_ERROR_NOT_FOUND);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_02_closed_while_queued(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 600000);
    kc_op *first = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, first, KC_PROMPT_PRESENT_CARD);
    kc_op *op = start_original(desk, NULL, "102");
    wait_phase(desk, op, OP_QUEUED);
    char id[64];
    snprintf(id, sizeof(id), "%s", kc_op_get_id(op));
    kc_op *found = end_and_find(desk, first);
    assert_int_equal(kc_op_get_outcome(found), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_find(desk, id), KC_ERROR_CANCELLED, NULL);
    assert_int_equal(desk_key_state(desk, id), KC_KEY_NOT_MADE);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_02_closed_while_connecting(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    char id[64];
    far_end_open(&end);
    far_end_block(&end);
    desk_use_file(desk);
    desk_open_far_end(desk, &end, "connect-timeout=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_state(desk, op, KC_STATE_CONNECTING);
    snprintf(id, sizeof(id), "%s", kc_op_get_id(op));
    desk_end_now(desk);
    desk_restart(desk);
    assert_refused(desk_find(desk, id), KC_ERROR_CANCELLED, NULL);
    far_end_close(&end);
}

static void test_invariant_02_closed_while_the_intent_is_recorded(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 0);
    kc_op *op = start_original(desk, "4711", "101");
    wait_phase(desk, op, OP_INTENT);
    assert_refused(end_and_find(desk, op), KC_ERROR_CANCELLED, NULL);
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_invariant_02_closed_after_the_request_left(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 600000);
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    kc_op *found = end_and_find(desk, op);
    assert_ended(found, KC_ERROR_CANCELLED, KC_OUTCOME_UNKNOWN);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_made(desk_resolve(desk, found, KC_RESOLVE_OPENS));
}

static void test_invariant_02_closed_while_the_outcome_is_recorded(void **state)
{
    struct desk *desk = *state;
    open_with_hand(desk, 0);
    kc_op *op = start_original(desk, "4711", "101");
    wait_phase(desk, op, OP_OUTCOME);
    assert_made(end_and_find(desk, op));
    assert_int_equal(desk_effects(desk), 1);
}

static void test_invariant_02_closed_before_the_events_were_taken(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    open_with_hand(desk, 0);
    assert_ok(kc_issue_original(desk_request(desk, "4711", "101"), &op));
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    desk_watch(desk, op);
    assert_made(end_and_find(desk, op));
}

static void test_invariant_06_closed_while_a_card_is_read_to_settle(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_op *resolution = NULL, *discovery = NULL;
    open_with_hand(desk, 0);
    assert_true(simulator_add_fault(desk->simulator, "drop-after-ack@1", message));
    kc_op *op = desk_original(desk, "4711", "101");
    simulator_set_hand_ms(desk->simulator, 600000);
    assert_ok(kc_op_resolve(op, KC_RESOLVE_READ_CARD, NULL, &resolution));
    desk_watch(desk, resolution);
    desk_wait_prompt(desk, resolution, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_site_discover(desk->site, &discovery)); /* waits behind the card */
    desk_watch(desk, discovery);
    wait_phase(desk, discovery, OP_CHILD);
    assert_int_equal(kc_op_get_outcome(end_and_find(desk, op)), KC_OUTCOME_UNKNOWN);
}

static bool has_follow_up(struct desk *desk, const void *op)
{
    (void)desk;
    return kc_op_get_follow_up(op) != NULL;
}

static void test_invariant_02_closed_between_card_and_mobile_key(void **state)
{
    struct desk *desk = *state;
    char id[64];
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359 2 1234567"));
    kc_op *op = desk_start(desk, kc_issue_original, request);
    desk_wait_for(desk, has_follow_up, op);
    snprintf(id, sizeof(id), "%s", kc_op_get_id(kc_op_get_follow_up(op)));
    assert_made(end_and_find(desk, op));
    kc_op *mobile = desk_find(desk, id); /* it was not begun, or its record tells how far it came */
    assert_int_not_equal(kc_op_get_outcome(mobile), KC_OUTCOME_PENDING);
}

/* ---- Handles in other threads --------------------------------------------------------------------------------------
 */

enum { THREADS = 4, HANDLES = 400 };

struct handles {
    kc_event *events[HANDLES];
    kc_op *ops[HANDLES];
    size_t event_count, op_count;
};

static void *give_back(void *argument)
{
    struct handles *handles = argument;
    for (size_t i = 0; i < handles->event_count; i++) {
        kc_event *event = handles->events[i];
        if (kc_event_get_type(event) == KC_EVENT_DONE && kc_op_get_status(kc_event_get_op(event)) != KC_OK)
            return argument;
        kc_event_unref(event);
    }
    for (size_t i = 0; i < handles->op_count; i++)
        kc_op_unref(handles->ops[i]);
    return NULL;
}

/* Shares the events that are there among the threads; a reference for each. */
static void take_events(kc_context *context, struct handles *shares)
{
    size_t next = 0;
    for (kc_event *event = kc_context_next_event(context); event; event = kc_context_next_event(context)) {
        for (size_t i = 0; i < THREADS; i++) {
            assert_true(shares[i].event_count < HANDLES);
            shares[i].events[shares[i].event_count++] = i == next ? event : kc_event_ref(event);
        }
        next = (next + 1) % THREADS;
    }
}

static void join_all(pthread_t *threads)
{
    for (size_t i = 0; i < THREADS; i++) {
        void *fault = threads;
        assert_int_equal(pthread_join(threads[i], &fault), 0);
        assert_null(fault);
    }
}

static void test_invariant_14_events_outlive_the_context_handle_in_many_threads(void **state)
{
    struct desk *desk = *state;
    pthread_t threads[THREADS];
    struct handles *shares = calloc(THREADS, sizeof(*shares));
    assert_non_null(shares);
    desk_open_virtual(desk, "");
    for (int i = 0; i < 4; i++) {
        kc_op *op = NULL;
        assert_ok(kc_issue_original(desk_request(desk, "4711", "101"), &op));
        assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
        kc_op_unref(op);
    }
    take_events(desk->context, shares);
    assert_true(shares[0].event_count >= 8); /* also those of link and encoder */
    desk_end_now(desk);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, give_back, &shares[i]), 0);
    join_all(threads); /* one of them ended the context */
    free(shares);
}

static void test_invariant_14_handles_given_back_in_threads_while_the_context_works(void **state)
{
    struct desk *desk = *state;
    pthread_t threads[THREADS];
    kc_op *last = NULL;
    struct handles *shares = calloc(THREADS, sizeof(*shares));
    assert_non_null(shares);
    desk_open_virtual(desk, "");
    for (size_t i = 0; i < 40; i++) {
        kc_op *op = NULL;
        assert_ok(kc_issue_original(desk_request(desk, NULL, "101"), &op));
        for (size_t t = 0; t < THREADS; t++)
            shares[t].ops[shares[t].op_count++] = t ? kc_op_ref(op) : op;
        last = desk_watch(desk, kc_op_ref(op));
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, give_back, &shares[i]), 0);
    desk_finish(desk, last);
    join_all(threads);
    assert_int_equal(desk_effects(desk), 40);
    free(shares);
}

/* ---- The loop surface ----------------------------------------------------------------------------------------------
 */

static void *wait_for_work(void *context)
{
    return kc_context_wait(context, -1) == 1 ? NULL : context;
}

static void settle(struct desk *desk)
{
    while (kc_context_wait(desk->context, 0) == 1)
        desk_pump(desk, 0);
}

static void test_invariant_14_wakeup_lets_all_waiting_threads_return(void **state)
{
    struct desk *desk = *state;
    pthread_t threads[THREADS];
    desk_open_virtual(desk, "");
    settle(desk);
    assert_int_equal(kc_context_wait(desk->context, 0), 0);
    assert_int_equal(kc_context_wait(desk->context, 1), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_work, desk->context), 0);
    assert_ok(kc_context_wakeup(desk->context));
    join_all(threads);
    settle(desk); /* a wake-up is used up by the next dispatch */
    assert_int_equal(kc_context_wait(desk->context, 0), 0);
    assert_int_equal(kc_context_wakeup(NULL), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_context_wait(NULL, 0), KC_ERROR_INVALID_ARGUMENT);
}

static void *wake_often(void *context)
{
    for (int i = 0; i < 1000; i++)
        if (kc_context_wakeup(context) != KC_OK)
            return context;
    return NULL;
}

static void test_invariant_14_wakeups_from_threads_disturb_no_operation(void **state)
{
    struct desk *desk = *state;
    pthread_t threads[THREADS];
    kc_op *op = NULL;
    desk_open_virtual(desk, "hand=5");
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, desk->context), 0);
    for (int i = 0; i < 10; i++)
        assert_made(desk_original(desk, "4711", "101"));
    join_all(threads);
    assert_ok(kc_issue_original(desk_request(desk, "4712", "102"), &op));
    desk_watch(desk, op);
    assert_int_equal(kc_op_wait(op, 0), KC_ERROR_TIMED_OUT);
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    assert_made(op);
}

/* What a host with an event loop of its own sees. */
static bool is_readable(struct desk *desk, int timeout_ms)
{
    struct pollfd watched = {.fd = kc_context_get_fd(desk->context), .events = POLLIN};
    int count = poll(&watched, 1, timeout_ms);
    assert_true(count >= 0);
    return count == 1;
}

static void follow_by_descriptor(struct desk *desk, const kc_op *op)
{
    while (!desk_count_events(desk, op, KC_EVENT_DONE)) {
        assert_true(is_readable(desk, DESK_PATIENCE_MS)); /* else this host would sleep for ever */
        desk_pump(desk, 0);
    }
}

static void test_descriptor_tells_all_that_is_to_do(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=5");
    assert_ok(kc_site_set_policy(desk->site, "second-original", "confirm"));
    settle(desk);
    assert_false(is_readable(desk, 0));
    kc_op *op = start_original(desk, "4711", "101");
    follow_by_descriptor(desk, op); /* ledger, timers, driver */
    assert_made(op);
    kc_op *refused = start_original(desk, "4712", NULL); /* ends before any dispatch */
    follow_by_descriptor(desk, refused);
    kc_op *asking = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, asking, KC_PROMPT_CONFIRM);
    settle(desk);
    assert_ok(kc_op_answer(asking, KC_ANSWER_NO));
    follow_by_descriptor(desk, asking);
    kc_op *cancelled = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, cancelled, KC_PROMPT_CONFIRM);
    settle(desk);
    assert_ok(kc_op_cancel(cancelled));
    follow_by_descriptor(desk, cancelled);
    settle(desk);
    assert_false(is_readable(desk, 0));
    assert_int_equal(kc_context_get_fd(NULL), -1);
}

static void test_descriptor_tells_of_events_that_stayed_after_op_wait(void **state)
{
    struct desk *desk = *state;
    kc_op *op = NULL;
    desk_open_virtual(desk, "");
    assert_ok(kc_issue_original(desk_request(desk, "4711", "101"), &op));
    desk_watch(desk, op);
    assert_ok(kc_op_wait(op, DESK_PATIENCE_MS));
    follow_by_descriptor(desk, op);
}

static void test_descriptor_tells_of_links(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "back-off=1");
    kc_op *op = start_original(desk, "4711", "101");
    follow_by_descriptor(desk, op);
    assert_made(op);
    simulator_drop_connections(desk->simulator);
    while (simulator_count(desk->simulator, SIMULATOR_CONNECTIONS) < 2) { /* the loss, and the back-off */
        assert_true(is_readable(desk, DESK_PATIENCE_MS));
        desk_pump(desk, 0);
    }
}

/* ---- Nothing blocks ------------------------------------------------------------------------------------------------
 */

static bool is_holding(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->holding);
}

/* If a dispatch waited for the ledger, this would wait for ever: only this thread lets the ledger go on. */
static void test_invariant_14_dispatch_does_not_wait_for_the_ledger(void **state)
{
    struct desk *desk = *state;
    static struct store_watch watch;
    struct simulator_options options = {.driver = "salto", .hand_ms = 1500}; /* comes when the ledger is held */
    desk->store = faulty_store_new(&watch);
    desk_open_salto_with(desk, &options, "requests-in-flight=per-encoder");
    kc_op *writing = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, writing, KC_PROMPT_PRESENT_CARD);
    atomic_store(&watch.hold, true);
    kc_request *request = desk_request(desk, "4712", "102");
    assert_ok(kc_request_set_encoder(request, "Desk 2"));
    kc_op *waiting = desk_start(desk, kc_issue_original, request);
    desk_wait_for(desk, is_holding, &watch);
    wait_phase(desk, writing, OP_OUTCOME); /* the lock system's answer is taken meanwhile */
    for (int i = 0; i < 200; i++)
        desk_pump(desk, 0);
    assert_int_equal(kc_op_wait(waiting, 5), KC_ERROR_TIMED_OUT);
    assert_true(atomic_load(&watch.holding));
    assert_int_equal(desk_requests_seen(desk), 1);
    atomic_store(&watch.hold, false);
    desk_finish(desk, writing);
    desk_finish(desk, waiting);
    assert_made(writing);
    assert_made(waiting);
    desk_close(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_closed_while_looking_into_the_ledger),
        DESK_TEST(test_closed_while_asking),
        DESK_TEST(test_invariant_02_closed_while_queued),
        DESK_TEST(test_invariant_02_closed_while_connecting),
        DESK_TEST(test_invariant_02_closed_while_the_intent_is_recorded),
        DESK_TEST(test_invariant_02_closed_after_the_request_left),
        DESK_TEST(test_invariant_02_closed_while_the_outcome_is_recorded),
        DESK_TEST(test_invariant_02_closed_before_the_events_were_taken),
        DESK_TEST(test_invariant_06_closed_while_a_card_is_read_to_settle),
        DESK_TEST(test_invariant_02_closed_between_card_and_mobile_key),
        DESK_TEST(test_invariant_14_events_outlive_the_context_handle_in_many_threads),
        DESK_TEST(test_invariant_14_handles_given_back_in_threads_while_the_context_works),
        DESK_TEST(test_invariant_14_wakeup_lets_all_waiting_threads_return),
        DESK_TEST(test_invariant_14_wakeups_from_threads_disturb_no_operation),
        DESK_TEST(test_descriptor_tells_all_that_is_to_do),
        DESK_TEST(test_descriptor_tells_of_events_that_stayed_after_op_wait),
        DESK_TEST(test_descriptor_tells_of_links),
        DESK_TEST(test_invariant_14_dispatch_does_not_wait_for_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
