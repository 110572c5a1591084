/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Duplicates: where they are made, and when they are refused. */
#include "desk.h"

#include <string.h>

#include "system.h"
#include "virtual.h"

static void test_invariant_05_duplicate_goes_to_last_encoder_whatever_is_named(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_run_at(desk, kc_issue_original, "4712", "102", "desk-1", "Desk 2"));
    kc_op *copy = desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "desk-1", "Desk 1");
    assert_made(copy);
    assert_string_equal(kc_op_get_encoder_name(copy), "Desk 2");
    assert_string_equal(kc_key_get_encoder(kc_op_get_key(copy, 0)), "Desk 2");
}

static void test_invariant_05_memory_is_per_station(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "desk-1", "Desk 1"));
    assert_made(desk_run_at(desk, kc_issue_original, "4712", "102", "desk-2", "Desk 2"));
    kc_op *one = desk_run_at(desk, kc_issue_duplicate, "4712", NULL, "desk-1", "Desk 2");
    kc_op *two = desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "desk-2", "Desk 1");
    assert_made(one);
    assert_made(two);
    assert_string_equal(kc_op_get_encoder_name(one), "Desk 1");
    assert_string_equal(kc_op_get_encoder_name(two), "Desk 2");
}

static void test_invariant_05_memory_survives_a_restart(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_salto(desk, "");
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "kiosk", "Desk 7"));
    desk_restart(desk);
    kc_op *copy = desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "kiosk", "Desk 1");
    assert_made(copy);
    assert_string_equal(kc_op_get_encoder_name(copy), "Desk 7");
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 2);
}

static void test_invariant_05_no_last_encoder_is_said(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *copy = desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "bar", "Desk 1");
    assert_refused(copy, KC_ERROR_NO_LAST_ENCODER, "station");
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(copy)), "bar"));
    assert_int_equal(kc_error_get_advice(kc_op_get_error(copy)), KC_ADVICE_READ_CARD);
    assert_refused(desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "", "Desk 1"), KC_ERROR_NO_LAST_ENCODER,
                   "station");
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_ended(desk_run_at(desk, kc_read_card, "", NULL, "bar", "Desk 1"), KC_OK, KC_OUTCOME_NOT_WRITTEN);
    assert_made(desk_run_at(desk, kc_issue_duplicate, "4711", NULL, "bar", ""));
}

static void test_invariant_05_failed_operation_that_reached_the_encoder_moves_the_memory(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=no-card@2,offline@3");
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "desk-1", "Desk 1"));
    assert_ended(desk_run_at(desk, kc_issue_original, "4712", "102", "desk-1", "Desk 2"), KC_ERROR_NO_CARD,
                 KC_OUTCOME_NOT_WRITTEN);
    /* not reached: does not move it */
    assert_ended(desk_run_at(desk, kc_issue_original, "4712", "102", "desk-1", "Desk 1"), KC_ERROR_ENCODER_OFFLINE,
                 KC_OUTCOME_NOT_WRITTEN);
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_made(copy);
    assert_string_equal(kc_op_get_encoder_name(copy), "Desk 2");
}

static void test_invariant_04_duplicate_never_voids_key_window_companions_stay(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    for (int i = 0; i < 4; i++)
        assert_made(desk_duplicate(desk, "4711"));
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 5);
    assert_key_state(desk, first, KC_KEY_ACTIVE);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(list), 5);
    for (int32_t i = 0; i < 4; i++) {
        assert_int_equal(kc_key_get_kind(kc_op_get_key(list, i)), KC_KIND_DUPLICATE);
        assert_int_equal(kc_key_get_state(kc_op_get_key(list, i)), KC_KEY_ACTIVE);
    }
}

static void test_invariant_04_refused_without_original(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_refused(desk_duplicate(desk, "4712"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(kc_error_get_advice(kc_op_get_error(desk_duplicate(desk, "4712"))), KC_ADVICE_ISSUE_ORIGINAL);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_04_refused_after_check_out(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    assert_key_state(desk, first, KC_KEY_CHECKED_OUT);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_invariant_04_refused_after_expiry(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    desk_set_now(desk, DESK_TODAY + 4 * 86400);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_04_refused_while_the_original_is_unresolved(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    assert_made(desk_original(desk, "4710", "100")); /* the station has an encoder */
    kc_op *doubtful = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_made(desk_resolve(desk, doubtful, KC_RESOLVE_OPENS));
    assert_made(desk_duplicate(desk, "4711"));
}

static void test_invariant_04_refused_when_a_newer_original_of_the_stay_is_unresolved(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@2");
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *doubtful = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_int_equal(kc_op_get_status(desk_resolve(desk, doubtful, KC_RESOLVE_DOES_NOT_OPEN)), KC_OK);
    assert_made(desk_duplicate(desk, "4711"));
}

static void test_invariant_04_refused_for_another_main_room(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_refused(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4711", "102")), KC_ERROR_INVALID_ARGUMENT,
                   "rooms");
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_invariant_04_refused_without_a_ledger(void **state)
{
    struct desk *desk = *state;
    strcpy(desk->ledger, "none:");
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_int_equal(kc_op_get_status(desk_duplicate(desk, "4711")), KC_ERROR_NO_ORIGINAL);
    assert_int_equal(desk_requests_seen(desk), 1);
}

static void test_sharer_with_a_booking_of_their_own_gets_a_duplicate(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *first = desk_original(desk, "4711", "101");
    kc_op *sharer = desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "101"));
    assert_made(sharer);
    assert_string_equal(kc_key_get_booking(kc_op_get_key(sharer, 0)), "4712");
    assert_key_state(desk, first, KC_KEY_ACTIVE);
}

static void test_duplicate_takes_dates_rooms_and_areas_from_the_original(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_add_room(request, "102"));
    assert_ok(kc_request_add_area(request, "7"));
    assert_ok(kc_request_set_validity(request, "2026-06-15", "2026-06-20T13:45"));
    assert_made(desk_run(desk, kc_issue_original, request));
    kc_request *open = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_validity(open, NULL, NULL));
    kc_op *copy = desk_run(desk, kc_issue_duplicate, open);
    assert_made(copy);
    kc_key *key = kc_op_get_key(copy, 0);
    assert_int_equal(kc_key_get_room_count(key), 2);
    assert_string_equal(kc_key_get_room(key, 1), "102");
    assert_string_equal(kc_key_get_area(key, 0), "7");
    assert_string_equal(kc_key_get_until(key), "2026-06-20T13:45+00:00");
}

/* Whether the one with whom he shares the room has left is not known. */
static void test_refused_while_the_host_is_in_doubt(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@3");
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "101")));
    kc_op *out = desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL));
    assert_int_equal(kc_op_get_outcome(out), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "101")), KC_ERROR_UNRESOLVED, NULL);
    assert_int_equal(desk_requests_seen(desk), 3);
}

/* A key that was not made has moved nobody. */
static void test_rooms_are_those_of_the_last_key_that_was_made(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=card@2");
    assert_made(desk_original(desk, "4711", "101"));
    assert_ended(desk_original(desk, "4711", "102"), KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_made(copy);
    assert_string_equal(kc_key_get_room(kc_op_get_key(copy, 0), 0), "101");
    assert_true(virtual_room_occupied(&desk->system->link, "101"));
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    assert_false(virtual_room_occupied(&desk->system->link, "101"));
}

/* Nor has it given him another room, once he was checked out. */
static void test_reissue_is_for_the_room_of_the_last_key_that_was_made(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=card@3");
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    assert_ended(desk_original(desk, "4711", "102"), KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    kc_op *again = desk_run(desk, kc_reissue, desk_request(desk, "4711", NULL));
    assert_made(again);
    assert_string_equal(kc_key_get_room(kc_op_get_key(again, 0), 0), "101");
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    assert_made(desk_original(desk, "4712", "101"));
    assert_refused(desk_run(desk, kc_reissue, desk_request(desk, "4711", NULL)), KC_ERROR_STATE, "booking");
}

/* Whoever has a suite is not the host of its second room. */
static void test_main_room_alone_has_a_host(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *suite = desk_request(desk, "4711", "101");
    assert_ok(kc_request_add_room(suite, "102"));
    assert_made(desk_run(desk, kc_issue_original, suite));
    assert_refused(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "102")), KC_ERROR_NO_ORIGINAL, NULL);
    assert_int_equal(desk_requests_seen(desk), 1);
    assert_made(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "101")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_05_duplicate_goes_to_last_encoder_whatever_is_named),
        DESK_TEST(test_invariant_05_memory_is_per_station),
        DESK_TEST(test_invariant_05_memory_survives_a_restart),
        DESK_TEST(test_invariant_05_no_last_encoder_is_said),
        DESK_TEST(test_invariant_05_failed_operation_that_reached_the_encoder_moves_the_memory),
        DESK_TEST(test_invariant_04_duplicate_never_voids_key_window_companions_stay),
        DESK_TEST(test_invariant_04_refused_without_original),
        DESK_TEST(test_invariant_04_refused_after_check_out),
        DESK_TEST(test_invariant_04_refused_after_expiry),
        DESK_TEST(test_invariant_04_refused_while_the_original_is_unresolved),
        DESK_TEST(test_invariant_04_refused_when_a_newer_original_of_the_stay_is_unresolved),
        DESK_TEST(test_invariant_04_refused_for_another_main_room),
        DESK_TEST(test_invariant_04_refused_without_a_ledger),
        DESK_TEST(test_sharer_with_a_booking_of_their_own_gets_a_duplicate),
        DESK_TEST(test_duplicate_takes_dates_rooms_and_areas_from_the_original),
        DESK_TEST(test_refused_while_the_host_is_in_doubt),
        DESK_TEST(test_rooms_are_those_of_the_last_key_that_was_made),
        DESK_TEST(test_reissue_is_for_the_room_of_the_last_key_that_was_made),
        DESK_TEST(test_main_room_alone_has_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
