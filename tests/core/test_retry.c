/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Retry: an operation of its own, on demand only. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

static void test_invariant_06_retry_is_a_new_operation_linked_to_the_failed_one(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=no-card@1");
    kc_op *failed = desk_original(desk, "4711", "101");
    assert_ended(failed, KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    for (int i = 0; i < 20; i++)
        desk_pump(desk, 1);
    assert_int_equal(desk_requests_seen(desk), 1); /* never by itself */
    kc_op *retry = desk_retry(desk, failed);
    assert_made(retry);
    assert_string_equal(kc_op_get_retry_of(retry), kc_op_get_id(failed));
    assert_string_not_equal(kc_op_get_id(retry), kc_op_get_id(failed));
    assert_key_state(desk, failed, KC_KEY_NOT_MADE);
    assert_key_state(desk, retry, KC_KEY_ACTIVE);
    assert_string_equal(kc_op_get_retry_of(desk_find(desk, kc_op_get_id(retry))), kc_op_get_id(failed));
}

static void test_invariant_06_retry_refused_while_unknown_and_possible_once_settled(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@1");
    kc_op *doubtful = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(doubtful)), KC_ADVICE_RESOLVE);
    assert_refused(desk_retry(desk, doubtful), KC_ERROR_UNRESOLVED, "operation");
    assert_int_equal(desk_requests_seen(desk), 1);
    kc_op *resolution = desk_resolve(desk, doubtful, KC_RESOLVE_DOES_NOT_OPEN);
    assert_int_equal(kc_op_get_status(resolution), KC_OK);
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_NOT_WRITTEN);
    kc_op *retry = desk_retry(desk, doubtful);
    assert_made(retry);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_invariant_06_retry_refused_when_written(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    assert_refused(desk_retry(desk, desk_original(desk, "4711", "101")), KC_ERROR_STATE, "operation");
    kc_op *doubtful = desk_original(desk, "4712", "102");
    assert_made(desk_resolve(desk, doubtful, KC_RESOLVE_OPENS));
    assert_refused(desk_retry(desk, doubtful), KC_ERROR_STATE, "operation");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_invariant_06_retry_after_a_restart(void **state)
{
    struct desk *desk = *state;
    char id[64];
    desk_use_file(desk);
    desk_open_salto(desk, "");
    char message[SIMULATOR_MESSAGE_SIZE];
    assert_true(simulator_add_fault(desk->simulator, "error:EP@1", message));
    kc_op *failed = desk_original(desk, "4711", "101");
    assert_ended(failed, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(failed)), "EP");
    snprintf(id, sizeof(id), "%s", kc_op_get_id(failed));
    desk_restart(desk);
    kc_op *found = desk_find(desk, id);
    assert_string_equal(kc_op_get_id(found), id);
    assert_ended(found, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(found)), "EP");
    kc_op *retry = desk_retry(desk, found);
    assert_made(retry);
    assert_string_equal(kc_op_get_retry_of(retry), id);
    assert_string_equal(kc_op_get_encoder_name(retry), "Desk 1");
    assert_int_equal(desk_effects(desk), 1);
    assert_true(simulator_occupied(desk->simulator, "101"));
}

static void test_invariant_06_two_handles_of_one_operation_agree_with_the_ledger(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@1");
    kc_op *doubtful = desk_original(desk, "4711", "101");
    kc_op *other = desk_find(desk, kc_op_get_id(doubtful));
    assert_made(desk_resolve(desk, other, KC_RESOLVE_OPENS));
    /* `doubtful` still shows what it was: the ledger decides. */
    assert_int_not_equal(kc_op_get_status(desk_retry(desk, doubtful)), KC_OK);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, doubtful, KC_RESOLVE_DOES_NOT_OPEN)), KC_ERROR_STATE);
    assert_key_state(desk, doubtful, KC_KEY_ACTIVE);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_retry_of_a_running_operation_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=200");
    kc_op *running = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    assert_refused(desk_retry(desk, running), KC_ERROR_STATE, "operation");
    desk_finish(desk, running);
    assert_made(running);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_finding_what_is_not_there(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_int_equal(kc_op_get_status(desk_find(desk, "01899999-0000-7000-8000-000000000000")), KC_ERROR_NOT_FOUND);
    assert_int_equal(kc_op_get_status(desk_find(desk, "no-uuid")), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_op_get_status(desk_find(desk, NULL)), KC_ERROR_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_06_retry_is_a_new_operation_linked_to_the_failed_one),
        DESK_TEST(test_invariant_06_retry_refused_while_unknown_and_possible_once_settled),
        DESK_TEST(test_invariant_06_retry_refused_when_written),
        DESK_TEST(test_invariant_06_retry_after_a_restart),
        DESK_TEST(test_invariant_06_two_handles_of_one_operation_agree_with_the_ledger),
        DESK_TEST(test_retry_of_a_running_operation_is_refused),
        DESK_TEST(test_finding_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
