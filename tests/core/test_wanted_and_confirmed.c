/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wanted and confirmed are two things: what the lock system refused stays visible. */
#include "desk.h"

#include <string.h>

#include "faulty_store.h"

static void test_invariant_13_refused_check_out_stays_visible_until_confirmed(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=error:lock-system@2");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *out = desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL));
    assert_ended(out, KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    kc_op *open = desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL);
    assert_int_equal(kc_op_get_op_count(open), 2); /* the check-out, and the key that it was to end */
    assert_string_equal(kc_op_get_id(kc_op_get_op(open, 0)), kc_op_get_id(out));
    kc_op *keys = desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL);
    assert_int_equal(kc_op_get_key_count(keys), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_key(keys, 0)), kc_op_get_id(first));
    assert_int_equal(kc_key_get_state(kc_op_get_key(keys, 0)), KC_KEY_ACTIVE);
    assert_true(kc_key_is_unconfirmed(kc_op_get_key(keys, 0)));

    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    assert_key_state(desk, first, KC_KEY_CHECKED_OUT);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
}

static void test_invariant_13_check_out_of_unknown_outcome_is_not_confirmed(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *out = desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL));
    assert_int_equal(kc_op_get_outcome(out), KC_OUTCOME_UNKNOWN);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 1);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 2);
    kc_op *settled = desk_resolve(desk, out, KC_RESOLVE_OPENS);
    assert_int_equal(kc_op_get_status(settled), KC_OK);
    assert_string_equal(kc_op_get_target(settled), kc_op_get_id(out));
    assert_key_state(desk, first, KC_KEY_CHECKED_OUT);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 0);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
}

static kc_op *cancel(struct desk *desk, const kc_op *made)
{
    kc_op *op;
    assert_ok(kc_cancel_key(desk_request(desk, NULL, NULL), kc_op_get_id(made), &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static void test_invariant_13_cancelled_key_is_void_only_when_confirmed(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=error:lock-system@3");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_ended(cancel(desk, copy), KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    assert_key_state(desk, copy, KC_KEY_ACTIVE);
    kc_op *keys = desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL);
    assert_int_equal(kc_op_get_key_count(keys), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_key(keys, 0)), kc_op_get_id(copy));
    assert_made(cancel(desk, copy));
    assert_key_state(desk, copy, KC_KEY_VOIDED);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
    assert_refused(cancel(desk, copy), KC_ERROR_STATE, "key");
}

static void test_modified_stay_takes_its_keys_along(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_request *request = desk_request(desk, "4711", "205");
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-25T12:00"));
    assert_made(desk_run(desk, kc_modify_stay, request));
    kc_op *keys = desk_keys(desk, KC_FILTER_ROOM, "205");
    assert_int_equal(kc_op_get_key_count(keys), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_key(keys, 0)), kc_op_get_id(first));
    assert_string_equal(kc_key_get_until(kc_op_get_key(keys, 0)), "2026-06-25T12:00+00:00");
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ROOM, "101")), 0);
    /* the next guest of the old room does not touch the one who moved */
    assert_made(desk_original(desk, "4712", "101"));
    assert_key_state(desk, first, KC_KEY_ACTIVE);
}

static const char *until_of(struct desk *desk, const kc_op *made)
{
    kc_op *keys = desk_keys(desk, KC_FILTER_ROOM, "205");
    for (int32_t i = 0; i < kc_op_get_key_count(keys); i++)
        if (strcmp(kc_key_get_id(kc_op_get_key(keys, i)), kc_op_get_id(made)) == 0)
            return kc_key_get_until(kc_op_get_key(keys, i));
    return "";
}

/* Also those that open again later: because the stay is unblocked, or because it shows that they were made. */
static void test_modified_stay_takes_blocked_and_doubtful_keys_along(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_int_equal(kc_op_get_outcome(copy), KC_OUTCOME_UNKNOWN);
    assert_made(desk_run(desk, kc_block_stay, desk_request(desk, "4711", NULL)));
    kc_request *request = desk_request(desk, "4711", "205");
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-25T12:00"));
    assert_made(desk_run(desk, kc_modify_stay, request));
    assert_key_state(desk, first, KC_KEY_BLOCKED);
    assert_key_state(desk, copy, KC_KEY_UNRESOLVED);
    assert_string_equal(until_of(desk, first), "2026-06-25T12:00+00:00");
    assert_string_equal(until_of(desk, copy), "2026-06-25T12:00+00:00");
    assert_made(desk_original(desk, "4712", "101")); /* the next guest of the old room */
    assert_key_state(desk, first, KC_KEY_BLOCKED);
    assert_made(desk_run(desk, kc_unblock_stay, desk_request(desk, "4711", NULL)));
    assert_made(desk_resolve(desk, copy, KC_RESOLVE_OPENS));
    desk_set_now(desk, DESK_TODAY + 5 * 86400); /* after the end that it had before */
    kc_request *further = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_validity(further, NULL, NULL));
    assert_made(desk_run(desk, kc_issue_duplicate, further));
    assert_key_state(desk, copy, KC_KEY_ACTIVE);
}

static bool is_holding(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->holding);
}

/* What was never asked of the lock system leaves nothing to confirm. */
static void test_check_out_that_was_cancelled_in_time_leaves_no_trace(void **state)
{
    struct desk *desk = *state;
    static struct store_watch watch;
    desk->store = faulty_store_new(&watch);
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    atomic_store(&watch.hold, true);
    kc_op *out = desk_start(desk, kc_check_out, desk_request(desk, "4711", NULL));
    desk_wait_for(desk, is_holding, &watch); /* its intent is being recorded */
    assert_ok(kc_op_cancel(out));
    desk_pump(desk, 0);
    atomic_store(&watch.hold, false);
    desk_finish(desk, out);
    assert_ended(out, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_modify_is_not_offered_without_the_option(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_refused(desk_run(desk, kc_modify_stay, desk_request(desk, "4711", "205")), KC_ERROR_NOT_OFFERED, "system");
    assert_int_equal(desk_requests_seen(desk), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_13_refused_check_out_stays_visible_until_confirmed),
        DESK_TEST(test_invariant_13_check_out_of_unknown_outcome_is_not_confirmed),
        DESK_TEST(test_invariant_13_cancelled_key_is_void_only_when_confirmed),
        DESK_TEST(test_modified_stay_takes_its_keys_along),
        DESK_TEST(test_modified_stay_takes_blocked_and_doubtful_keys_along),
        DESK_TEST(test_check_out_that_was_cancelled_in_time_leaves_no_trace),
        DESK_TEST(test_modify_is_not_offered_without_the_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
