/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stays that are blocked and unblocked. */
#include "desk.h"

#include <string.h>

#include "op.h"
#include "virtual.h"

static kc_op *block(struct desk *desk, const char *booking)
{
    return desk_run(desk, kc_block_stay, desk_request(desk, booking, NULL));
}

static kc_op *unblock(struct desk *desk, const char *booking)
{
    return desk_run(desk, kc_unblock_stay, desk_request(desk, booking, NULL));
}

static bool first_card_opens(const struct desk *desk, const char *room)
{
    return virtual_card_opens(&((struct kc_system *)desk->system)->link, 0, room);
}

static void test_block_keeps_every_key_of_the_stay_from_opening(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    kc_op *neighbour = desk_original(desk, "4712", "102");
    kc_op *op = block(desk, "4711");
    assert_ended(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_BLOCKED);
    assert_key_state(desk, copy, KC_KEY_BLOCKED);
    assert_key_state(desk, neighbour, KC_KEY_ACTIVE);
    assert_false(first_card_opens(desk, "101"));
    assert_ended(unblock(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    assert_key_state(desk, copy, KC_KEY_ACTIVE);
    assert_true(first_card_opens(desk, "101"));
}

static void test_invariant_04_nothing_is_added_to_a_blocked_stay(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_ended(block(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_STATE, "booking");
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_STATE, "booking");
    kc_request *sharer = desk_request(desk, "4799", "101");
    assert_refused(desk_run(desk, kc_issue_duplicate, sharer), KC_ERROR_STATE, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_a_new_original_voids_blocked_keys_and_unblocking_does_not_bring_them_back(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    assert_ended(block(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    kc_op *second = desk_original(desk, "4711", "101");
    assert_made(second);
    assert_int_equal(kc_op_get_voided_key_count(second), 1);
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_ended(unblock(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_key_state(desk, second, KC_KEY_ACTIVE);
}

/* Nor is it known of one that perhaps was not made, only because the others open again. */
static void test_unblocking_does_not_settle_a_key_in_doubt(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *original = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_ended(copy, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_ended(block(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_BLOCKED);
    assert_key_state(desk, copy, KC_KEY_UNRESOLVED);
    assert_ended(unblock(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    assert_key_state(desk, copy, KC_KEY_UNRESOLVED);
}

static void test_a_blocked_stay_is_checked_out(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = desk_original(desk, "4711", "101");
    assert_ended(block(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_ended(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_CHECKED_OUT);
}

static void test_invariant_13_a_block_that_failed_stays_visible_until_it_is_done(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@2");
    kc_op *original = desk_original(desk, "4711", "101");
    kc_op *lost = block(desk, "4711");
    assert_ended(lost, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    kc_op *list = desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL);
    assert_int_equal(kc_op_get_key_count(list), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_key(list, 0)), kc_op_get_id(original));
    assert_ended(block(desk, "4711"), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_op_get_key_count(desk_keys(desk, KC_FILTER_NOT_CONFIRMED, NULL)), 0);
    assert_key_state(desk, original, KC_KEY_BLOCKED);
}

static void test_a_lost_block_is_settled_by_the_clerk(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *original = desk_original(desk, "4711", "101");
    kc_op *lost = block(desk, "4711");
    assert_ended(lost, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_int_equal(kc_op_get_status(desk_resolve(desk, lost, KC_RESOLVE_OPENS)), KC_OK);
    assert_key_state(desk, original, KC_KEY_BLOCKED);
    desk_restart(desk);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_key_get_state(kc_op_get_key(list, 0)), KC_KEY_BLOCKED);
}

static void test_a_room_is_enough_to_block_and_to_unblock(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = desk_original(desk, "4711", "101");
    assert_ended(desk_run(desk, kc_block_stay, desk_request(desk, NULL, "101")), KC_OK, KC_OUTCOME_WRITTEN);
    assert_key_state(desk, original, KC_KEY_BLOCKED);
    kc_op *unblocked = desk_run(desk, kc_unblock_stay, desk_request(desk, NULL, "101"));
    assert_ended(unblocked, KC_OK, KC_OUTCOME_WRITTEN);
    assert_string_equal(kc_op_get_booking(unblocked), "4711");
    assert_key_state(desk, original, KC_KEY_ACTIVE);
}

static void test_a_stay_without_room_is_told_so(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = block(desk, "4799");
    assert_refused(op, KC_ERROR_NO_ROOM, "rooms");
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "name the room"));
}

static void test_block_is_refused_where_it_is_not_offered(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "block-stay=off");
    assert_made(desk_original(desk, "4711", "101"));
    assert_refused(block(desk, "4711"), KC_ERROR_NOT_OFFERED, "system");
    assert_refused(unblock(desk, "4711"), KC_ERROR_NOT_OFFERED, "system");
    assert_int_equal(desk_requests_seen(desk), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_block_keeps_every_key_of_the_stay_from_opening),
        DESK_TEST(test_invariant_04_nothing_is_added_to_a_blocked_stay),
        DESK_TEST(test_a_new_original_voids_blocked_keys_and_unblocking_does_not_bring_them_back),
        DESK_TEST(test_unblocking_does_not_settle_a_key_in_doubt),
        DESK_TEST(test_a_blocked_stay_is_checked_out),
        DESK_TEST(test_invariant_13_a_block_that_failed_stays_visible_until_it_is_done),
        DESK_TEST(test_a_lost_block_is_settled_by_the_clerk),
        DESK_TEST(test_a_room_is_enough_to_block_and_to_unblock),
        DESK_TEST(test_a_stay_without_room_is_told_so),
        DESK_TEST(test_block_is_refused_where_it_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
