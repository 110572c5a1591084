/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys of cards that the caller writes himself. */
#include "desk.h"

#include <string.h>

static kc_op *image_of(struct desk *desk, desk_verb verb, const char *booking, const char *room, const char *serial)
{
    kc_request *request = desk_request(desk, booking, room);
    assert_ok(kc_request_set_card_serial(request, serial));
    return desk_run(desk, verb, request);
}

static void test_the_key_comes_back_as_bytes_and_no_encoder_takes_part(void **state)
{
    struct desk *desk = *state;
    size_t size = 0;
    desk_open_virtual(desk, "hand=20");
    kc_op *op = image_of(desk, kc_issue_original, "4711", "101", "04:a1:b2:c3:d4:e5:80");
    assert_made(op);
    kc_key *key = kc_op_get_key(op, 0);
    assert_non_null(kc_key_get_image(key, &size));
    assert_true(size > 0);
    assert_string_equal(kc_op_get_encoder_name(op), "");
    assert_int_equal(kc_key_get_serial_count(key), 1);
    assert_string_equal(kc_key_get_serial(key, 0), "04A1B2C3D4E580");
    assert_int_equal(desk_count_events(desk, op, KC_EVENT_PROMPT), 0);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711"); /* the content of a card is not kept */
    assert_null(kc_key_get_image(kc_op_get_key(list, 0), &size));
    assert_string_equal(kc_key_get_serial(kc_op_get_key(list, 0), 0), "04A1B2C3D4E580");
}

static void test_invariant_05_the_last_used_encoder_stays(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_run_at(desk, kc_issue_original, "4711", "101", "desk-1", "Desk 2"));
    assert_made(image_of(desk, kc_issue_duplicate, "4711", NULL, "04A1B2C3"));
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_made(copy);
    assert_string_equal(kc_op_get_encoder_name(copy), "Desk 2");
}

static void test_a_duplicate_needs_no_last_encoder_for_it(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = image_of(desk, kc_issue_original, "4711", "101", "04A1B2C3");
    assert_made(original);
    kc_op *copy = image_of(desk, kc_issue_duplicate, "4711", NULL, "04A1B2C4");
    assert_made(copy);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_LAST_ENCODER, "station");
}

static void test_a_retry_is_for_the_same_card_also_after_a_restart(void **state)
{
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_virtual(desk, "script=error:lock-system@1");
    kc_op *failed = image_of(desk, kc_issue_original, "4711", "101", "04A1B2C3");
    assert_ended(failed, KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    char id[40];
    strncpy(id, kc_op_get_id(failed), sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    desk_restart(desk);
    kc_op *found = desk_find(desk, id);
    assert_ok(kc_system_set_option(desk->system, "script", ""));
    kc_op *again = desk_retry(desk, found);
    assert_made(again);
    assert_string_equal(kc_key_get_serial(kc_op_get_key(again, 0), 0), "04A1B2C3");
    assert_string_equal(kc_op_get_encoder_name(again), "");
}

static void test_refused_where_it_is_not_offered_or_makes_no_sense(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "card-image=off");
    assert_refused(image_of(desk, kc_issue_original, "4711", "101", "04A1B2C3"), KC_ERROR_NOT_OFFERED, "system");
    assert_ok(kc_system_set_option(desk->system, "card-image", "on"));
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_card_serial(request, "04A1B2C3"));
    assert_ok(kc_request_set_copies(request, 2));
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_INVALID_ARGUMENT, "copies");
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_serial_numbers_are_checked_on_entry(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    static const char *const wrong[] = {
        "04A1B2", "04A1B2C", "04A1B2CG", "00000000", "04A1B2C304A1B2C304A1B2C304A1B2C304", "04A1\nB2", "04A1B2C3<"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(kc_request_set_card_serial(request, wrong[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "card-serial");
    }
    assert_ok(kc_request_set_card_serial(request, "04 a1-b2:c3"));
    assert_ok(kc_request_set_card_serial(request, NULL));
    assert_made(desk_run(desk, kc_issue_original, request));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_the_key_comes_back_as_bytes_and_no_encoder_takes_part),
        DESK_TEST(test_invariant_05_the_last_used_encoder_stays),
        DESK_TEST(test_a_duplicate_needs_no_last_encoder_for_it),
        DESK_TEST(test_a_retry_is_for_the_same_card_also_after_a_restart),
        DESK_TEST(test_refused_where_it_is_not_offered_or_makes_no_sense),
        DESK_TEST(test_serial_numbers_are_checked_on_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
