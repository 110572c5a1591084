/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mobile keys on their way to the phone: accepted is not delivered. */
#include "desk.h"

#include <stdio.h>

static kc_op *send(struct desk *desk)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    return desk_run(desk, kc_send_mobile, request);
}

static kc_op *check(struct desk *desk, const char *id)
{
    kc_op *op = NULL;
    assert_ok(kc_check_mobile(desk_request(desk, NULL, NULL), id, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static size_t not_confirmed(struct desk *desk)
{
    return (size_t)kc_op_get_key_count(desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL));
}

static void test_invariant_13_a_mobile_key_is_unconfirmed_until_it_arrived(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "arrival=later");
    kc_op *mobile = send(desk);
    assert_made(mobile);
    assert_int_equal(kc_key_is_unconfirmed(kc_op_get_key(mobile, 0)), 1);
    assert_int_equal(not_confirmed(desk), 1);
    char id[40];
    snprintf(id, sizeof(id), "%s", kc_op_get_id(mobile));
    desk_restart(desk); /* the night audit is another program */
    assert_int_equal(not_confirmed(desk), 1);
    kc_op *asked = check(desk, id);
    assert_int_equal(kc_op_get_status(asked), KC_OK);
    assert_int_equal(kc_op_get_outcome(asked), KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(kc_op_get_target(asked), id);
    assert_int_equal(kc_op_get_key_count(asked), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_key(asked, 0)), id);
    assert_int_equal(kc_key_is_unconfirmed(kc_op_get_key(asked, 0)), 0);
    assert_int_equal(kc_key_get_state(kc_op_get_key(asked, 0)), KC_KEY_ACTIVE);
    assert_int_equal(not_confirmed(desk), 0);
}

static kc_op *of_booking(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **))
{
    return desk_run(desk, verb, desk_request(desk, "4711", NULL));
}

static void test_invariant_13_blocking_does_not_settle_a_delivery(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=never");
    assert_made(send(desk));
    assert_ended(of_booking(desk, kc_block_stay), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(not_confirmed(desk), 1);
    assert_ended(of_booking(desk, kc_unblock_stay), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(not_confirmed(desk), 1);
}

static void test_invariant_13_a_delivery_does_not_settle_a_check_out(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=later&script=drop@2");
    kc_op *mobile = send(desk);
    assert_made(mobile);
    assert_ended(of_booking(desk, kc_check_out), KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(mobile))), KC_OK);
    assert_int_equal(not_confirmed(desk), 1);
    assert_ended(of_booking(desk, kc_check_out), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(not_confirmed(desk), 0);
}

static void test_invariant_13_blocking_does_not_settle_the_delivery_of_a_further_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=never");
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *further = send(desk);
    assert_made(further);
    assert_int_equal(kc_key_get_kind(kc_op_get_key(further, 0)), KC_KIND_MOBILE_DUPLICATE);
    assert_int_equal(not_confirmed(desk), 1);
    assert_ended(of_booking(desk, kc_block_stay), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(not_confirmed(desk), 1);
    assert_ended(of_booking(desk, kc_unblock_stay), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(not_confirmed(desk), 1);
}

/* What was wanted of the stay before the key was made was not wanted of it. */
static void test_a_delivery_is_not_kept_open_by_what_failed_before_it(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=later&script=error:lock-system@2");
    assert_made(desk_original(desk, "4711", "101"));
    assert_ended(of_booking(desk, kc_check_out), KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *mobile = send(desk);
    assert_made(mobile);
    assert_int_equal(not_confirmed(desk), 1);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(mobile))), KC_OK);
    assert_int_equal(not_confirmed(desk), 0);
}

static kc_op *cancel(struct desk *desk, const kc_op *key)
{
    kc_op *op = NULL;
    assert_ok(kc_cancel_key(desk_request(desk, NULL, NULL), kc_op_get_id(key), &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

/* Nor by what was wanted of another key, and that one's is not settled by what is done to it. */
static void test_a_delivery_is_not_kept_open_by_another_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=later&script=error:lock-system@3");
    kc_op *one = send(desk), *other = send(desk);
    assert_ended(cancel(desk, one), KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(not_confirmed(desk), 2);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(other))), KC_OK);
    assert_int_equal(not_confirmed(desk), 1);
    assert_ended(cancel(desk, other), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(one))), KC_OK);
    assert_int_equal(not_confirmed(desk), 1);
}

static void test_a_mobile_key_that_is_still_on_its_way_stays_unconfirmed(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=never");
    kc_op *mobile = send(desk);
    kc_op *asked = check(desk, kc_op_get_id(mobile));
    assert_int_equal(kc_op_get_status(asked), KC_OK);
    assert_int_equal(kc_key_is_unconfirmed(kc_op_get_key(asked, 0)), 1);
    assert_int_equal(not_confirmed(desk), 1);
}

static void test_a_delivery_that_failed_is_no_key_that_was_not_made(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=failed");
    kc_op *mobile = send(desk);
    assert_ended(mobile, KC_ERROR_MOBILE, KC_OUTCOME_WRITTEN); /* it started the stay all the same */
    assert_key_state(desk, mobile, KC_KEY_ACTIVE);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(mobile)), KC_ADVICE_NONE);
    assert_int_equal(not_confirmed(desk), 1);
    kc_op *asked = check(desk, kc_op_get_id(mobile));
    assert_int_equal(kc_op_get_status(asked), KC_ERROR_MOBILE);
    assert_int_equal(kc_key_get_status(kc_op_get_key(asked, 0)), KC_ERROR_MOBILE);
    assert_int_equal(kc_key_is_unconfirmed(kc_op_get_key(asked, 0)), 1);
}

static void test_a_question_that_failed_says_nothing_about_the_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "arrival=later&script=drop@2,error:lock-system@3");
    kc_op *mobile = send(desk);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(mobile))), KC_ERROR_CONNECTION_LOST);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(mobile))), KC_ERROR_LOCK_SYSTEM);
    assert_int_equal(not_confirmed(desk), 1);
    assert_key_state(desk, mobile, KC_KEY_ACTIVE);
    assert_int_equal(kc_op_get_status(check(desk, kc_op_get_id(mobile))), KC_OK);
    assert_int_equal(not_confirmed(desk), 0);
}

static void test_only_mobile_keys_that_were_made_can_be_asked_after(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=error:mobile@2");
    kc_op *card = desk_original(desk, "4711", "101");
    assert_refused(check(desk, kc_op_get_id(card)), KC_ERROR_STATE, "key");
    kc_op *failed = send(desk);
    assert_ended(failed, KC_ERROR_MOBILE, KC_OUTCOME_NOT_WRITTEN);
    assert_refused(check(desk, kc_op_get_id(failed)), KC_ERROR_STATE, "key");
    assert_refused(check(desk, "no-uuid"), KC_ERROR_INVALID_ARGUMENT, "key");
    assert_refused(check(desk, "00000000-0000-7000-8000-000000000000"), KC_ERROR_NOT_FOUND, "key");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_asking_is_refused_where_it_is_not_offered(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "delivery=off");
    kc_op *mobile = send(desk);
    assert_made(mobile);
    assert_refused(check(desk, kc_op_get_id(mobile)), KC_ERROR_NOT_OFFERED, "system");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_13_a_mobile_key_is_unconfirmed_until_it_arrived),
        DESK_TEST(test_invariant_13_blocking_does_not_settle_a_delivery),
        DESK_TEST(test_invariant_13_a_delivery_does_not_settle_a_check_out),
        DESK_TEST(test_invariant_13_blocking_does_not_settle_the_delivery_of_a_further_key),
        DESK_TEST(test_a_delivery_is_not_kept_open_by_what_failed_before_it),
        DESK_TEST(test_a_delivery_is_not_kept_open_by_another_key),
        DESK_TEST(test_a_mobile_key_that_is_still_on_its_way_stays_unconfirmed),
        DESK_TEST(test_a_delivery_that_failed_is_no_key_that_was_not_made),
        DESK_TEST(test_a_question_that_failed_says_nothing_about_the_key),
        DESK_TEST(test_only_mobile_keys_that_were_made_can_be_asked_after),
        DESK_TEST(test_asking_is_refused_where_it_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
