/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Originals: what they void, what they need, and the policies about them. */
#include "desk.h"

#include <string.h>

static void test_invariant_04_original_voids_earlier_keys_of_booking_and_room(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    kc_op *neighbour = desk_original(desk, "4712", "102");
    assert_made(first);
    assert_made(copy);
    kc_op *moved = desk_original(desk, "4711", "103"); /* same booking, other room */
    assert_made(moved);
    assert_int_equal(kc_op_get_voided_key_count(moved), 2);
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_key_state(desk, copy, KC_KEY_VOIDED);
    assert_key_state(desk, neighbour, KC_KEY_ACTIVE);
    kc_op *next_guest = desk_original(desk, "4713", "102"); /* other booking, same room */
    assert_made(next_guest);
    assert_key_state(desk, neighbour, KC_KEY_VOIDED);
    assert_key_state(desk, moved, KC_KEY_ACTIVE);
    assert_key_state(desk, next_guest, KC_KEY_ACTIVE);
}

static void test_failed_original_voids_nothing(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=card@2");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *failed = desk_original(desk, "4711", "101");
    assert_ended(failed, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
    assert_key_state(desk, failed, KC_KEY_NOT_MADE);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_key_window_second_original_warns_by_default(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    desk_original(desk, "4711", "101");
    kc_op *second = desk_original(desk, "4711", "101");
    assert_made(second);
    assert_int_not_equal(desk_find_warning(second, "booking"), -1);
    assert_int_equal(desk_count_events(desk, second, KC_EVENT_WARNING), 1);
}

static void test_second_original_refused_by_policy(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_policy(desk->site, "second-original", "refuse"));
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    assert_refused(desk_original(desk, "4711", "101"), KC_ERROR_POLICY, "booking");
    assert_refused(desk_original(desk, "4799", "101"), KC_ERROR_POLICY, "booking");
    assert_made(desk_original(desk, "4800", "102"));
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
}

static void test_invariant_11_confirmation_is_an_event_that_is_answered(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_policy(desk->site, "second-original", "confirm"));
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    assert_int_equal(kc_op_answer(first, KC_ANSWER_YES), KC_ERROR_STATE);

    kc_op *declined = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_prompt(desk, declined, KC_PROMPT_CONFIRM);
    assert_int_equal(kc_op_get_state(declined), KC_STATE_QUEUED);
    assert_int_equal(kc_op_get_voided_key_count(declined), 1);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_ok(kc_op_answer(declined, KC_ANSWER_NO));
    desk_finish(desk, declined);
    assert_refused(declined, KC_ERROR_DECLINED, NULL);
    assert_int_equal(kc_op_answer(declined, KC_ANSWER_YES), KC_ERROR_STATE);
    assert_key_state(desk, first, KC_KEY_ACTIVE);

    kc_op *agreed = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_prompt(desk, agreed, KC_PROMPT_CONFIRM);
    assert_ok(kc_op_answer(agreed, KC_ANSWER_YES));
    desk_finish(desk, agreed);
    assert_made(agreed);
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_int_equal(desk_effects(desk), 2);
}

static void test_invariant_07_no_room_no_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_refused(desk_original(desk, "4711", NULL), KC_ERROR_NO_ROOM, "rooms");
    assert_refused(desk_run(desk, kc_issue_one_shot, desk_request(desk, "4711", NULL)), KC_ERROR_NO_ROOM, "rooms");
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_NO_ROOM, "rooms");
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_ALL, NULL)), 0);
}

static void test_invariant_07_early_issue_is_made_unless_forbidden(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, "2026-06-16", "2026-06-18"));
    assert_made(desk_run(desk, kc_issue_original, request));
    assert_ok(kc_site_set_policy(desk->site, "early-issue", "refuse"));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_POLICY, "from");
    static const char *const stays[][2] = {{"2026-07-01", "2026-07-03"}, {"2027-01-02", "2027-01-04"}};
    for (size_t i = 0; i < 2; i++) { /* next month, next year */
        kc_request *later = desk_request(desk, "4712", "102");
        assert_ok(kc_request_set_validity(later, stays[i][0], stays[i][1]));
        assert_refused(desk_run(desk, kc_issue_original, later), KC_ERROR_POLICY, "from");
    }
    assert_int_equal(desk_requests_seen(desk), 1);
    desk_set_now(desk, DESK_TODAY + 86400); /* on the arrival day, hours before check-in */
    assert_made(desk_run(desk, kc_issue_original, request));
}

static void test_key_window_reissue_makes_original_and_duplicates_anew(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, "2026-06-15", "2026-06-16"));
    assert_ok(kc_request_add_area(request, "5"));
    kc_op *first = desk_run(desk, kc_issue_original, request);
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_made(first);
    assert_made(copy);
    kc_request *longer = desk_request(desk, "4711", NULL); /* two more nights, a late check-out */
    assert_ok(kc_request_set_validity(longer, NULL, "2026-06-18T14:00"));
    kc_op *again = desk_run(desk, kc_reissue, longer);
    assert_made(again);
    kc_key *key = kc_op_get_key(again, 0);
    assert_int_equal(kc_key_get_kind(key), KC_KIND_ORIGINAL);
    assert_string_equal(kc_key_get_room(key, 0), "101");
    assert_string_equal(kc_key_get_area(key, 0), "5");
    assert_string_equal(kc_key_get_until(key), "2026-06-18T14:00+00:00");
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_key_state(desk, copy, KC_KEY_VOIDED);
    assert_made(desk_duplicate(desk, "4711"));
    assert_made(desk_duplicate(desk, "4711"));
    assert_key_state(desk, again, KC_KEY_ACTIVE);
    assert_refused(desk_run(desk, kc_reissue, desk_request(desk, "never", NULL)), KC_ERROR_NO_ORIGINAL, "booking");
}

static void test_key_window_areas_added_later_come_with_a_reissue(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_system_map_area(desk->system, "spa", "12"));
    assert_made(desk_original(desk, "4711", "101"));
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_add_area(request, "spa"));
    kc_op *again = desk_run(desk, kc_reissue, request);
    assert_made(again);
    assert_int_equal(kc_key_get_area_count(kc_op_get_key(again, 0)), 1);
    assert_string_equal(kc_key_get_area(kc_op_get_key(again, 0), 0), "spa");
}

static void test_key_window_default_times_complete_a_date(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_ok(kc_site_set_time_zone(desk->site, "Europe/Sofia"));
    assert_ok(kc_site_set_default_times(desk->site, "14:00", "12:00"));
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, "2026-06-15", "2026-06-18"));
    kc_op *op = desk_run(desk, kc_issue_original, request);
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-06-15T14:00+03:00");
    assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), "2026-06-18T12:00+03:00");
    assert_ok(kc_request_set_validity(request, "2026-06-15T10:30", "2026-06-18T16:15")); /* changed by the clerk */
    op = desk_run(desk, kc_issue_original, request);
    assert_made(op);
    assert_string_equal(kc_key_get_from(kc_op_get_key(op, 0)), "2026-06-15T10:30+03:00");
    assert_string_equal(kc_key_get_until(kc_op_get_key(op, 0)), "2026-06-18T16:15+03:00");
}

static void test_key_window_encoder_asks_for_each_card(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=5");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_copies(request, 3));
    kc_op *op = desk_run(desk, kc_issue_original, request);
    assert_made(op);
    assert_int_equal(desk_count_prompts(desk, op, KC_PROMPT_PRESENT_CARD), 3);
    assert_int_equal(kc_key_get_copies(kc_op_get_key(op, 0)), 3);
    assert_int_equal(desk_effects(desk), 1);
}

static void test_key_window_list_of_issued_keys_newest_first(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, "Elena Petrova"));
    assert_ok(kc_request_set_operator(request, "Ivan"));
    kc_op *first = desk_run(desk, kc_issue_original, request);
    kc_op *copy = desk_duplicate(desk, "4711");
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(list), 2);
    assert_string_equal(kc_key_get_id(kc_op_get_key(list, 0)), kc_op_get_id(copy));
    assert_string_equal(kc_key_get_id(kc_op_get_key(list, 1)), kc_op_get_id(first));
    kc_key *key = kc_op_get_key(list, 1);
    assert_string_equal(kc_key_get_guest(key), "Elena Petrova");
    assert_string_equal(kc_key_get_operator(key), "Ivan");
    assert_string_equal(kc_key_get_station(key), "desk-1");
    assert_string_equal(kc_key_get_encoder(key), "Desk 1");
    assert_string_equal(kc_key_get_system(key), "locks");
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ROOM, "101")), 2);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_ROOM, "102")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_04_original_voids_earlier_keys_of_booking_and_room),
        DESK_TEST(test_failed_original_voids_nothing),
        DESK_TEST(test_key_window_second_original_warns_by_default),
        DESK_TEST(test_second_original_refused_by_policy),
        DESK_TEST(test_invariant_11_confirmation_is_an_event_that_is_answered),
        DESK_TEST(test_invariant_07_no_room_no_key),
        DESK_TEST(test_invariant_07_early_issue_is_made_unless_forbidden),
        DESK_TEST(test_key_window_reissue_makes_original_and_duplicates_anew),
        DESK_TEST(test_key_window_areas_added_later_come_with_a_reissue),
        DESK_TEST(test_key_window_default_times_complete_a_date),
        DESK_TEST(test_key_window_encoder_asks_for_each_card),
        DESK_TEST(test_key_window_list_of_issued_keys_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
