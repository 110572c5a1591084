/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forgetting a guest: the data go, the record stays. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "files.h"

static kc_request *guest_request(struct desk *desk, const char *booking, const char *room)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_ok(kc_request_set_phone(request, "+359881234567"));
    assert_ok(kc_request_set_text(request, 1, "Welcome Zebulon"));
    return request;
}

static kc_op *forget(struct desk *desk, const char *booking)
{
    kc_op *op;
    assert_ok(kc_forget_guest(desk->site, booking, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static void test_guest_data_go_and_the_record_stays(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "");
    kc_op *made = desk_run(desk, kc_issue_original, guest_request(desk, "4711", "101"));
    assert_made(made);
    desk_finish(desk, kc_op_get_follow_up(made));
    assert_made(kc_op_get_follow_up(made));
    assert_true(files_contain(desk->directory, "Quartermain"));
    assert_int_equal(kc_op_get_status(forget(desk, "4711")), KC_OK);
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(keys), 2);
    for (int32_t i = 0; i < 2; i++) {
        kc_key *key = kc_op_get_key(keys, i);
        assert_string_equal(kc_key_get_guest(key), "");
        assert_string_equal(kc_key_get_phone(key), "");
        assert_int_equal(kc_key_get_serial_count(key), 0);
        assert_string_equal(kc_key_get_booking(key), "4711");
        assert_string_equal(kc_key_get_room(key, 0), "101");
        assert_int_equal(kc_key_get_state(key), KC_KEY_ACTIVE);
    }
    desk_restart(desk);
    assert_false(files_contain(desk->directory, "Quartermain"));
    assert_false(files_contain(desk->directory, "359881234567"));
    assert_false(files_contain(desk->directory, "Welcome Zebulon"));
}

static void test_invariant_03_idempotency_outlives_forgetting(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_ok(kc_request_set_idempotency_key(request, "click-1"));
    kc_op *made = desk_run(desk, kc_issue_original, request);
    assert_int_equal(kc_op_get_status(forget(desk, "4711")), KC_OK);
    kc_op *again = desk_run(desk, kc_issue_original, request);
    assert_true(kc_op_is_replay(again));
    assert_string_equal(kc_op_get_id(again), kc_op_get_id(made));
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_only_that_booking_is_forgotten(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *other = desk_request(desk, "4712", "102");
    assert_ok(kc_request_set_guest(other, "Ann Other"));
    assert_made(desk_run(desk, kc_issue_original, other));
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(kc_op_get_status(forget(desk, "4711")), KC_OK);
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4712");
    assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, 0)), "Ann Other");
}

static void test_refused_while_something_is_open(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=60000&script=drop@2");
    kc_op *running = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_prompt(desk, running, KC_PROMPT_PRESENT_CARD);
    assert_refused(forget(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_ok(kc_op_cancel(running));
    desk_finish(desk, running);
    assert_int_equal(kc_op_get_status(forget(desk, "4711")), KC_OK);
    assert_refused(forget(desk, "nobody"), KC_ERROR_NOT_FOUND, "booking");
    assert_refused(forget(desk, ""), KC_ERROR_INVALID_ARGUMENT, "booking");
    assert_refused(forget(desk, "a\nb"), KC_ERROR_INVALID_ARGUMENT, "booking");
}

static void test_refused_while_an_outcome_is_unknown(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@1");
    kc_op *lost = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(lost), KC_OUTCOME_UNKNOWN);
    assert_refused(forget(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    desk_resolve(desk, lost, KC_RESOLVE_DOES_NOT_OPEN);
    assert_int_equal(kc_op_get_status(forget(desk, "4711")), KC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_guest_data_go_and_the_record_stays),
        DESK_TEST(test_invariant_03_idempotency_outlives_forgetting),
        DESK_TEST(test_only_that_booking_is_forgotten),
        DESK_TEST(test_refused_while_something_is_open),
        DESK_TEST(test_refused_while_an_outcome_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
