/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unknown outcomes, and what the ledger holds before and after an effect. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "faulty_store.h"

static void add_fault(struct desk *desk, const char *fault)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    if (!simulator_add_fault(desk->simulator, fault, message))
        fail_msg("%s", message);
}

/* However the answer is lost, the operation is unknown and nothing is sent again, also not over the next connection. */
static void lose_answer(struct desk *desk, const char *fault, size_t effects)
{
    const bool silent = strncmp(fault, "silent", strlen("silent")) == 0; /* nothing else is to end by a time-out */
    desk_open_salto(desk, silent ? "answer-timeout=1000&acknowledge-timeout=1000&back-off=1" : "back-off=1");
    add_fault(desk, fault);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_int_not_equal(kc_op_get_status(op), KC_OK);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_RESOLVE);
    assert_key_state(desk, op, KC_KEY_UNRESOLVED);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 1);
    desk_wait_count(desk, SIMULATOR_CONNECTIONS, 2);
    assert_made(desk_original(desk, "4712", "102"));
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_int_equal(desk_effects(desk), effects + 1);
}

static void test_invariant_01_connection_lost_before_acknowledgement_is_unknown(void **state)
{
    lose_answer(*state, "drop-after-request@1", 0);
}

static void test_invariant_01_connection_lost_after_acknowledgement_is_unknown(void **state)
{
    lose_answer(*state, "drop-after-ack@1", 1);
}

static void test_invariant_01_no_acknowledgement_in_time_is_unknown(void **state)
{
    lose_answer(*state, "silent-before-ack@1", 1);
}

static void test_invariant_01_no_answer_in_time_is_unknown(void **state)
{
    lose_answer(*state, "silent-after-ack@1", 1);
}

static void test_invariant_01_damaged_answer_is_unknown(void **state)
{
    lose_answer(*state, "bad-check@1", 1);
}

static void test_invariant_01_refused_by_nak_is_the_only_thing_sent_again(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "pause-after-nak=1");
    add_fault(desk, "nak:2@1");
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REFUSALS), 2);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_invariant_06_resolved_by_reading_the_card(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "back-off=1");
    add_fault(desk, "drop-after-ack@1");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    kc_op *resolution = desk_resolve(desk, op, KC_RESOLVE_READ_CARD);
    assert_made(resolution);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    assert_key_state(desk, op, KC_KEY_ACTIVE);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 0);
    assert_made(desk_duplicate(desk, "4711"));
}

static void test_invariant_06_another_card_settles_nothing(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "back-off=1");
    kc_op *other = desk_original(desk, "4710", "100");
    assert_made(other);
    const char *serial = kc_key_get_serial(kc_op_get_key(other, 0), 0);
    assert_string_not_equal(serial, "");
    add_fault(desk, "drop-after-request@2");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_true(simulator_present(desk->simulator, "Desk 1", serial));
    kc_op *resolution = desk_resolve(desk, op, KC_RESOLVE_READ_CARD);
    assert_refused(resolution, KC_ERROR_UNRESOLVED, "card");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_key_state(desk, op, KC_KEY_UNRESOLVED);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, op, 99)), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, other, KC_RESOLVE_OPENS)), KC_ERROR_STATE);
}

static void test_invariant_06_clerks_word_after_a_restart(void **state)
{
    struct desk *desk = *state;
    char id[64];
    desk_use_file(desk);
    desk_open_salto(desk, "back-off=1");
    add_fault(desk, "drop-after-ack@1");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    strncpy(id, kc_op_get_id(op), sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    desk_restart(desk);
    kc_op *found = desk_find(desk, id);
    assert_int_equal(kc_op_get_outcome(found), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_retry(desk, found), KC_ERROR_UNRESOLVED, "operation");
    assert_made(desk_resolve(desk, found, KC_RESOLVE_OPENS));
    assert_key_state(desk, found, KC_KEY_ACTIVE);
    assert_int_equal(desk_requests_seen(desk), 1);
}

/* The last guest's key was recorded earlier, though by a station whose clock is ahead: it voids nothing. */
static void test_invariant_01_settled_key_is_not_voided_by_a_clock_that_was_ahead(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_salto(desk, "back-off=1");
    add_fault(desk, "drop-after-ack@3");
    desk_set_now(desk, DESK_TODAY + 600);
    assert_made(desk_original(desk, "4711", "101"));
    assert_ended(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)), KC_OK, KC_OUTCOME_WRITTEN);
    desk_restart(desk);
    desk_set_now(desk, DESK_TODAY);
    kc_op *op = desk_original(desk, "4712", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_made(desk_resolve(desk, op, KC_RESOLVE_OPENS));
    assert_key_state(desk, op, KC_KEY_ACTIVE);
}

/* ---- Intent before effect ------------------------------------------------------------------------------------------
 */

static bool is_holding(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->holding);
}

static void test_invariant_02_intent_is_durable_before_the_first_byte_and_outcome_after(void **state)
{
    struct desk *desk = *state;
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_salto(desk, "");
    atomic_store(&watch.hold, true);
    kc_op *op = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_for(desk, is_holding, &watch);
    for (int i = 0; i < 50; i++)
        desk_pump(desk, 1);
    assert_int_equal(desk_requests_seen(desk), 0); /* it waits for the ledger */
    simulator_set_hand_ms(desk->simulator, 600000);
    atomic_store(&watch.hold, false);
    desk_wait_count(desk, SIMULATOR_WAITING, 1);
    assert_true(atomic_load(&watch.inserts) >= 1);
    assert_int_equal(atomic_load(&watch.finishes), 0);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711"); /* the intent, while the card is awaited */
    assert_int_equal(kc_key_get_state(kc_op_get_key(list, 0)), KC_KEY_PENDING);
    simulator_drop_connections(desk->simulator);
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_int_equal(atomic_load(&watch.finishes), 1);
    desk_close(desk);
}

static void nothing_sent_if(struct desk *desk, size_t offset, int32_t status)
{
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_salto(desk, "");
    assert_made(desk_original(desk, "4710", "100"));
    atomic_int *fault = (atomic_int *)(void *)((char *)&watch + offset);
    atomic_store(fault, status);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_refused(op, status, NULL);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)),
                     status == KC_ERROR_LEDGER_BUSY ? KC_ADVICE_RETRY : KC_ADVICE_CHECK_LEDGER);
    assert_refused(desk_duplicate(desk, "4710"), status, NULL);
    assert_int_equal(desk_requests_seen(desk), 1);
    atomic_store(fault, 0);
    assert_made(desk_original(desk, "4711", "101"));
    desk_close(desk);
}

static void test_invariant_02_nothing_sent_when_the_disk_is_full(void **state)
{
    nothing_sent_if(*state, offsetof(struct store_watch, commit_fails), KC_ERROR_LEDGER_FULL);
}

static void test_invariant_02_nothing_sent_when_the_ledger_is_locked(void **state)
{
    nothing_sent_if(*state, offsetof(struct store_watch, insert_fails), KC_ERROR_LEDGER_BUSY);
}

static void test_invariant_02_nothing_sent_when_the_ledger_is_read_only(void **state)
{
    nothing_sent_if(*state, offsetof(struct store_watch, insert_fails), KC_ERROR_LEDGER_READ_ONLY);
}

static void test_invariant_02_nothing_sent_when_the_ledger_cannot_be_read(void **state)
{
    nothing_sent_if(*state, offsetof(struct store_watch, find_fails), KC_ERROR_LEDGER_DAMAGED);
}

static void test_invariant_02_nothing_sent_when_the_ledger_was_removed(void **state)
{
    struct desk *desk = *state;
    char away[160];
    desk_use_file(desk);
    desk_open_salto(desk, "");
    const char *path = strchr(desk->ledger, ':') + 1;
    assert_made(desk_original(desk, "4710", "100"));
    snprintf(away, sizeof(away), "%s-away", path);
    assert_int_equal(rename(path, away), 0);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_refused(op, KC_ERROR_LEDGER, "ledger");
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CHECK_LEDGER);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_int_equal(rename(away, path), 0);
    assert_made(desk_original(desk, "4711", "101"));
    desk_close(desk);
}

static void test_invariant_02_outcome_that_cannot_be_recorded_is_told_and_stays_open(void **state)
{
    struct desk *desk = *state;
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_salto(desk, "");
    atomic_store(&watch.finish_fails, KC_ERROR_LEDGER_FULL);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_made(op); /* what happened to the card is true whatever the ledger says */
    assert_int_not_equal(desk_find_warning(op, "ledger"), -1);
    atomic_store(&watch.finish_fails, 0);
    assert_int_not_equal(desk_key_state(desk, kc_op_get_id(op)), KC_KEY_ACTIVE);
    assert_int_equal(desk_effects(desk), 1);
    desk_close(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_01_connection_lost_before_acknowledgement_is_unknown),
        DESK_TEST(test_invariant_01_connection_lost_after_acknowledgement_is_unknown),
        DESK_TEST(test_invariant_01_no_acknowledgement_in_time_is_unknown),
        DESK_TEST(test_invariant_01_no_answer_in_time_is_unknown),
        DESK_TEST(test_invariant_01_damaged_answer_is_unknown),
        DESK_TEST(test_invariant_01_refused_by_nak_is_the_only_thing_sent_again),
        DESK_TEST(test_invariant_06_resolved_by_reading_the_card),
        DESK_TEST(test_invariant_06_another_card_settles_nothing),
        DESK_TEST(test_invariant_06_clerks_word_after_a_restart),
        DESK_TEST(test_invariant_02_intent_is_durable_before_the_first_byte_and_outcome_after),
        DESK_TEST(test_invariant_02_nothing_sent_when_the_disk_is_full),
        DESK_TEST(test_invariant_02_nothing_sent_when_the_ledger_is_locked),
        DESK_TEST(test_invariant_02_nothing_sent_when_the_ledger_was_removed),
        DESK_TEST(test_invariant_01_settled_key_is_not_voided_by_a_clock_that_was_ahead),
        DESK_TEST(test_invariant_02_nothing_sent_when_the_ledger_is_read_only),
        DESK_TEST(test_invariant_02_nothing_sent_when_the_ledger_cannot_be_read),
        DESK_TEST(test_invariant_02_outcome_that_cannot_be_recorded_is_told_and_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
