/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling in every state: the operation ends with DONE and says what happened to the card. */
#include "desk.h"

#include <pthread.h>
#include <unistd.h>

#include "far_end.h"
#include "faulty_store.h"
#include "system.h"
#include "virtual.h"

/* Nothing was sent, and the error says so. */
static void assert_cancelled(struct desk *desk, kc_op *op)
{
    desk_finish(desk, op);
    assert_refused(op, KC_ERROR_CANCELLED, NULL);
    assert_int_equal(desk_count_events(desk, op, KC_EVENT_DONE), 1);
}

static kc_op *start_original(struct desk *desk, const char *booking, const char *room)
{
    return desk_start(desk, kc_issue_original, desk_request(desk, booking, room));
}

static void test_while_it_looks_into_the_ledger(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = start_original(desk, "4711", "101");
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_int_equal(kc_op_get_status(desk_find(desk, kc_op_get_id(op))), KC_ERROR_NOT_FOUND);
}

static void test_invariant_11_while_it_asks_for_confirmation(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_policy(desk->site, "second-original", "confirm"));
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_CONFIRM);
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    assert_int_equal(kc_op_answer(op, KC_ANSWER_YES), KC_ERROR_STATE);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
}

static void test_while_it_waits_for_its_encoder(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *first = start_original(desk, "4711", "101");
    kc_request *request = desk_request(desk, "4712", "102");
    assert_ok(kc_request_set_idempotency_key(request, "k-4712"));
    kc_op *second = desk_start(desk, kc_issue_original, request);
    kc_op *third = start_original(desk, "4713", "103");
    desk_wait_prompt(desk, first, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(second));
    assert_cancelled(desk, second);
    assert_int_equal(kc_op_get_state(first), KC_STATE_WAITING);
    kc_op *again = desk_start(desk, kc_issue_original, request); /* the idempotency key is not used up */
    assert_ptr_not_equal(again, second);
    assert_ok(kc_op_cancel(first));
    desk_wait_prompt(desk, third, KC_PROMPT_PRESENT_CARD); /* nothing stands between them any more */
    assert_ok(kc_op_cancel(third));
    desk_wait_prompt(desk, again, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(again));
    assert_cancelled(desk, again);
    assert_int_equal(desk_effects(desk), 0);
}

static void test_while_the_link_is_being_connected(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    far_end_open(&end);
    far_end_block(&end);
    desk_open_far_end(desk, &end, "connect-timeout=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_state(desk, op, KC_STATE_CONNECTING);
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_CONNECTING);
    far_end_close(&end);
}

static bool is_holding(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->holding);
}

static void test_invariant_02_while_the_intent_is_recorded(void **state)
{
    struct desk *desk = *state;
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_virtual(desk, "");
    atomic_store(&watch.hold, true);
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_for(desk, is_holding, &watch);
    assert_ok(kc_op_cancel(op));
    for (int i = 0; i < 10; i++)
        desk_pump(desk, 1);
    assert_int_not_equal(kc_op_get_state(op), KC_STATE_DONE); /* the record comes first */
    atomic_store(&watch.hold, false);
    assert_cancelled(desk, op);
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_key_state(desk, op, KC_KEY_NOT_MADE);
    desk_close(desk);
}

static void test_invariant_11_while_the_card_is_awaited(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    assert_int_equal(kc_op_get_state(op), KC_STATE_WAITING);
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    assert_int_equal(desk_effects(desk), 0);
    assert_key_state(desk, op, KC_KEY_NOT_MADE);
    assert_int_equal(kc_error_get_card_state(kc_op_get_error(op)), KC_OUTCOME_NOT_WRITTEN);
}

static void test_invariant_01_cancel_after_it_left_may_end_written(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 100};
    desk_open_salto_with(desk, &options, "");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(op)); /* SALTO has no message for it */
    desk_finish(desk, op);
    assert_made(op);
    assert_key_state(desk, op, KC_KEY_ACTIVE);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 1);
}

static void test_after_the_first_of_two_cards(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=30");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_copies(request, 2));
    kc_op *op = desk_start(desk, kc_issue_original, request);
    while (desk_count_prompts(desk, op, KC_PROMPT_PRESENT_CARD) < 2)
        desk_pump(desk, 20);
    assert_ok(kc_op_cancel(op));
    desk_finish(desk, op);
    assert_made(op);
    assert_int_equal(virtual_card_count(&desk->system->link), 2);
}

static void test_while_the_answer_is_late(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=late:50");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_state(desk, op, KC_STATE_ENCODING);
    assert_ok(kc_op_cancel(op));
    desk_finish(desk, op);
    assert_made(op);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_twice_and_after_the_end(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(op));
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    assert_ok(kc_op_cancel(op));
    desk_pump(desk, 10);
    assert_cancelled(desk, op);
    assert_int_equal(kc_op_cancel(NULL), KC_ERROR_INVALID_ARGUMENT);
}

static void test_made_key_stays_made(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_ok(kc_op_cancel(op));
    desk_pump(desk, 10);
    assert_made(op);
    assert_key_state(desk, op, KC_KEY_ACTIVE);
}

/* ---- What changes nothing ------------------------------------------------------------------------------------------
 */

static void test_reading_on_a_link_of_its_own_closes_it(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 600000};
    desk_open_salto_with(desk, &options, "back-off=0");
    kc_op *op = desk_start(desk, kc_read_card, desk_request(desk, NULL, NULL));
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(op));
    assert_cancelled(desk, op);
    desk_wait_link(desk, KC_LINK_DOWN); /* its late answer is nobody's */
    simulator_set_hand_ms(desk->simulator, 0);
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "desk-1", "Desk 2"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 2);
}

static void test_reading_beside_another_operation_does_not_disturb_it(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto", .hand_ms = 500};
    desk_open_salto_with(desk, &options, "requests-in-flight=per-encoder");
    kc_op *writing = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, writing, KC_PROMPT_PRESENT_CARD);
    simulator_set_hand_ms(desk->simulator, 600000);
    kc_request *request = desk_request(desk, NULL, NULL);
    assert_ok(kc_request_set_encoder(request, "Desk 2"));
    kc_op *reading = desk_start(desk, kc_read_card, request);
    assert_ok(kc_op_cancel(reading));
    assert_cancelled(desk, reading);
    desk_finish(desk, writing);
    assert_made(writing);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
}

static void test_discovery(void **state)
{
    struct desk *desk = *state;
    struct far_end end;
    kc_op *op = NULL;
    far_end_open(&end);
    far_end_block(&end);
    desk_open_far_end(desk, &end, "connect-timeout=600000");
    assert_ok(kc_site_discover(desk->site, &op));
    desk_watch(desk, op);
    desk_wait_link(desk, KC_LINK_CONNECTING);
    assert_ok(kc_op_cancel(op));
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_CANCELLED);
    far_end_close(&end);
}

static void test_invariant_06_resolution_that_is_cancelled_settles_nothing(void **state)
{
    struct desk *desk = *state;
    struct simulator_options options = {.driver = "salto"};
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_op *resolution = NULL;
    desk_open_salto_with(desk, &options, "back-off=0");
    assert_true(simulator_add_fault(desk->simulator, "drop-after-ack@1", message));
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    simulator_set_hand_ms(desk->simulator, 600000);
    assert_ok(kc_op_resolve(op, KC_RESOLVE_READ_CARD, NULL, &resolution));
    desk_watch(desk, resolution);
    desk_wait_prompt(desk, resolution, KC_PROMPT_PRESENT_CARD);
    assert_ok(kc_op_cancel(resolution));
    assert_cancelled(desk, resolution);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_key_state(desk, op, KC_KEY_UNRESOLVED);
}

/* ---- Other threads -------------------------------------------------------------------------------------------------
 */

static void *cancel_it(void *op)
{
    return kc_op_cancel(op) == KC_OK ? NULL : op;
}

static void test_invariant_14_from_another_thread(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    pthread_t thread;
    void *fault = op;
    assert_int_equal(pthread_create(&thread, NULL, cancel_it, op), 0);
    assert_cancelled(desk, op); /* this thread waits meanwhile */
    assert_int_equal(pthread_join(thread, &fault), 0);
    assert_null(fault);
}

#define THREADS 4
#define WAITING 40

struct cancels {
    kc_op *ops[WAITING];
};

static void *cancel_all(void *argument)
{
    const struct cancels *cancels = argument;
    for (size_t i = 0; i < WAITING; i++)
        if (kc_op_cancel(cancels->ops[i]) != KC_OK)
            return argument;
    return NULL;
}

static void test_invariant_14_from_many_threads_in_any_state(void **state)
{
    struct desk *desk = *state;
    struct cancels cancels;
    pthread_t threads[THREADS];
    desk_open_virtual(desk, "hand=1");
    for (size_t i = 0; i < WAITING; i++)
        cancels.ops[i] = start_original(desk, NULL, "101");
    desk_wait_prompt(desk, cancels.ops[0], KC_PROMPT_PRESENT_CARD);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, cancel_all, &cancels), 0);
    size_t made = 0;
    for (size_t i = 0; i < WAITING; i++)
        desk_finish(desk, cancels.ops[i]);
    for (size_t i = 0; i < THREADS; i++) {
        void *fault = &cancels;
        assert_int_equal(pthread_join(threads[i], &fault), 0);
        assert_null(fault);
    }
    for (size_t i = 0; i < WAITING; i++) {
        bool written = kc_op_get_outcome(cancels.ops[i]) == KC_OUTCOME_WRITTEN;
        assert_ended(cancels.ops[i], written ? KC_OK : KC_ERROR_CANCELLED,
                     written ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN);
        made += written;
    }
    assert_int_equal(desk_effects(desk), made);
}

/* ---- Waiting and doing in one call --------------------------------------------------------------------------------
 */

static void *wake_it(void *context)
{
    return kc_context_wakeup(context) == KC_OK ? NULL : context;
}

static bool is_told(struct desk *desk, const kc_op *op)
{
    desk_take_events(desk);
    return desk_count_events(desk, op, KC_EVENT_DONE) == 1;
}

/* No time-out would be long enough if it were not woken. */
static void run_until_told(struct desk *desk, const kc_op *op)
{
    while (!is_told(desk, op))
        assert_ok(kc_context_run(desk->context, -1));
}

static void test_waiting_and_doing_in_one_call(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=20");
    for (int i = 0; i < 3; i++) {
        kc_op *op = start_original(desk, i == 1 ? "4712" : "4711", i == 1 ? "102" : "101");
        run_until_told(desk, op);
        assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
    }
    assert_ok(kc_context_run(desk->context, 0)); /* with nothing to do it is back at once */
    assert_ok(kc_context_run(desk->context, 1));
    assert_null(kc_context_next_event(desk->context));
}

static void test_running_does_not_wait_for_events_that_are_there(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = start_original(desk, "4711", "101");
    assert_ok(kc_op_wait(op, -1));
    assert_ok(kc_context_run(desk->context, -1));
    assert_true(is_told(desk, op));
}

/* Who runs the context for a while loses nothing of it when he watches its descriptor again. */
static void test_descriptor_after_running(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    run_until_told(desk, start_original(desk, "4711", "101"));
    kc_op *op = start_original(desk, "4712", "102");
    while (!is_told(desk, op)) {
        assert_int_equal(kc_context_wait(desk->context, DESK_PATIENCE_MS), 1);
        assert_ok(kc_context_dispatch(desk->context));
    }
    while (kc_context_wait(desk->context, 0) == 1) /* what was left there ends */
        assert_ok(kc_context_dispatch(desk->context));
}

static void test_invariant_14_running_is_woken_from_another_thread(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=600000");
    kc_op *op = start_original(desk, "4711", "101");
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    static void *(*const wakers[])(void *) = {wake_it, cancel_it};
    for (size_t i = 0; i < 2; i++) {
        pthread_t thread;
        void *about = i == 0 ? (void *)desk->context : (void *)op, *fault = about;
        assert_int_equal(pthread_create(&thread, NULL, wakers[i], about), 0);
        if (i == 0)
            assert_ok(kc_context_run(desk->context, -1));
        else
            run_until_told(desk, op);
        assert_int_equal(pthread_join(thread, &fault), 0);
        assert_null(fault);
    }
    assert_int_equal(kc_op_get_status(op), KC_ERROR_CANCELLED);
}

struct nested {
    struct desk *desk;
    kc_op *op;
    bool running; /* the context: the log function is called from inside */
    size_t count;
};

static void run_inside(void *user, int32_t level, const char *domain, const char *message)
{
    struct nested *nested = user;
    (void)level, (void)domain, (void)message;
    if (!nested->running)
        return;
    nested->count++;
    assert_int_equal(kc_context_run(nested->desk->context, -1), KC_ERROR_STATE);
    assert_int_equal(kc_context_dispatch(nested->desk->context), KC_ERROR_STATE);
    assert_int_equal(kc_op_wait(nested->op, -1), KC_ERROR_STATE);
}

/* Called by the log function, what dispatches refuses, and the round that runs goes on. */
static void test_running_inside_itself(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    struct nested nested = {.desk = desk};
    nested.op = start_original(desk, "4711", "101");
    assert_ok(kc_context_set_log(desk->context, run_inside, &nested, KC_LOG_DEBUG));
    while (!is_told(desk, nested.op)) {
        nested.running = true;
        assert_ok(kc_context_run(desk->context, -1));
        nested.running = false;
    }
    assert_ok(kc_context_set_log(desk->context, NULL, NULL, 0));
    assert_true(nested.count > 0);
    assert_int_equal(kc_op_get_outcome(nested.op), KC_OUTCOME_WRITTEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_while_it_looks_into_the_ledger),
        DESK_TEST(test_invariant_11_while_it_asks_for_confirmation),
        DESK_TEST(test_while_it_waits_for_its_encoder),
        DESK_TEST(test_while_the_link_is_being_connected),
        DESK_TEST(test_invariant_02_while_the_intent_is_recorded),
        DESK_TEST(test_invariant_11_while_the_card_is_awaited),
        DESK_TEST(test_invariant_01_cancel_after_it_left_may_end_written),
        DESK_TEST(test_after_the_first_of_two_cards),
        DESK_TEST(test_while_the_answer_is_late),
        DESK_TEST(test_twice_and_after_the_end),
        DESK_TEST(test_made_key_stays_made),
        DESK_TEST(test_reading_on_a_link_of_its_own_closes_it),
        DESK_TEST(test_reading_beside_another_operation_does_not_disturb_it),
        DESK_TEST(test_discovery),
        DESK_TEST(test_invariant_06_resolution_that_is_cancelled_settles_nothing),
        DESK_TEST(test_invariant_14_from_another_thread),
        DESK_TEST(test_invariant_14_from_many_threads_in_any_state),
        DESK_TEST(test_waiting_and_doing_in_one_call),
        DESK_TEST(test_running_does_not_wait_for_events_that_are_there),
        DESK_TEST(test_descriptor_after_running),
        DESK_TEST(test_invariant_14_running_is_woken_from_another_thread),
        DESK_TEST(test_running_inside_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
