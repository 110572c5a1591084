/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Idempotency keys: one request, one effect, however often it is asked. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

static kc_request *keyed(struct desk *desk, const char *booking, const char *room, const char *key)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_idempotency_key(request, key));
    return request;
}

static void assert_same_validity(const kc_op *one, const kc_op *other)
{
    const kc_key *key = kc_op_get_key(one, 0), *again = kc_op_get_key(other, 0);
    assert_string_equal(kc_key_get_from(key), kc_key_get_from(again));
    assert_string_equal(kc_key_get_until(key), kc_key_get_until(again));
}

static void test_invariant_03_same_key_after_the_end_answers_with_the_first(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    kc_op *again = desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    assert_made(first);
    assert_made(again);
    assert_int_equal(kc_op_is_replay(first), 0);
    assert_int_equal(kc_op_is_replay(again), 1);
    assert_string_equal(kc_op_get_id(again), kc_op_get_id(first));
    assert_int_equal(kc_op_get_key_count(again), 1);
    assert_same_validity(again, first);
    assert_same_validity(desk_find(desk, kc_op_get_id(first)), first);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ALL, NULL)), 1);
}

static void test_invariant_03_same_key_while_it_runs_follows_the_first(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=100");
    kc_op *first = desk_start(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    kc_op *again = desk_start(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    assert_ptr_equal(first, again);
    desk_wait_prompt(desk, first, KC_PROMPT_PRESENT_CARD);
    assert_ptr_equal(desk_start(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1")), first);
    assert_refused(desk_run(desk, kc_issue_original, keyed(desk, "4711", "102", "k-1")), KC_ERROR_IDEMPOTENCY,
                   "idempotency-key");
    desk_finish(desk, first);
    assert_made(first);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_invariant_03_key_of_a_different_request_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1")));
    assert_refused(desk_run(desk, kc_issue_original, keyed(desk, "4711", "102", "k-1")), KC_ERROR_IDEMPOTENCY,
                   "idempotency-key");
    assert_refused(desk_run(desk, kc_reissue, keyed(desk, "4711", "101", "k-1")), KC_ERROR_IDEMPOTENCY,
                   "idempotency-key");
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_03_same_key_after_a_restart(void **state)
{
    struct desk *desk = *state;
    char id[64];
    desk_use_file(desk);
    desk_open_salto(desk, "");
    snprintf(id, sizeof(id), "%s", kc_op_get_id(desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"))));
    desk_restart(desk);
    kc_op *again = desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    assert_made(again);
    assert_string_equal(kc_op_get_id(again), id);
    assert_int_equal(kc_op_is_replay(again), 1);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 1);
}

static void test_invariant_03_failed_and_unknown_ones_are_answered_too(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=no-card@1,drop@2");
    assert_ended(desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1")), KC_ERROR_NO_CARD,
                 KC_OUTCOME_NOT_WRITTEN);
    kc_op *again = desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    assert_ended(again, KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(kc_op_is_replay(again), 1);
    kc_op *lost = desk_run(desk, kc_issue_original, keyed(desk, "4712", "102", "k-2"));
    assert_int_equal(kc_op_get_outcome(lost), KC_OUTCOME_UNKNOWN);
    again = desk_run(desk, kc_issue_original, keyed(desk, "4712", "102", "k-2"));
    assert_int_equal(kc_op_get_outcome(again), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_op_is_replay(again), 1);
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_int_equal(desk_effects(desk), 0);
    /* What was never sent may be tried again with the word of the clerk, under a new key. */
    kc_op *retry = desk_retry(desk, desk_find(desk, kc_op_get_id(lost)));
    assert_refused(retry, KC_ERROR_UNRESOLVED, "operation");
}

static void test_invariant_03_refused_request_does_not_use_up_its_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_refused(desk_run(desk, kc_issue_original, keyed(desk, "4711", NULL, "k-1")), KC_ERROR_NO_ROOM, "rooms");
    assert_refused(desk_run(desk, kc_issue_duplicate, keyed(desk, "4711", NULL, "k-1")), KC_ERROR_NO_ORIGINAL,
                   "booking");
    kc_op *op = desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1"));
    assert_made(op);
    assert_int_equal(kc_op_is_replay(op), 0);
}

static void test_invariant_03_mobile_key_that_follows_is_sent_once(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    for (int i = 0; i < 3; i++) {
        kc_request *request = keyed(desk, "4711", "101", "k-1");
        assert_ok(kc_request_set_phone(request, "+359888123456"));
        kc_op *op = desk_run(desk, kc_issue_original, request);
        assert_made(op);
        kc_op *mobile = kc_op_get_follow_up(op);
        assert_non_null(mobile);
        desk_finish(desk, mobile);
        assert_made(mobile);
        assert_int_equal(kc_op_is_replay(mobile), i > 0);
    }
    assert_int_equal(desk_effects(desk), 2); /* the card and one message */
}

static void test_invariant_03_no_promise_without_a_ledger(void **state)
{
    struct desk *desk = *state;
    strcpy(desk->ledger, "none:");
    desk_open_virtual(desk, "");
    assert_refused(desk_run(desk, kc_issue_original, keyed(desk, "4711", "101", "k-1")), KC_ERROR_LEDGER,
                   "idempotency-key");
    assert_int_equal(desk_requests_seen(desk), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_03_same_key_after_the_end_answers_with_the_first),
        DESK_TEST(test_invariant_03_same_key_while_it_runs_follows_the_first),
        DESK_TEST(test_invariant_03_key_of_a_different_request_is_refused),
        DESK_TEST(test_invariant_03_same_key_after_a_restart),
        DESK_TEST(test_invariant_03_failed_and_unknown_ones_are_answered_too),
        DESK_TEST(test_invariant_03_refused_request_does_not_use_up_its_key),
        DESK_TEST(test_invariant_03_mobile_key_that_follows_is_sent_once),
        DESK_TEST(test_invariant_03_no_promise_without_a_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
