/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys of cards that the caller writes himself. */
#include "desk.h"

#include <stdio.h>
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

static kc_request *image_request(struct desk *desk, const uint8_t *bytes, size_t size)
{
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_image(request, bytes, size));
    return request;
}

static void test_bytes_are_written_and_make_no_key(void **state)
{
    struct desk *desk = *state;
    static const uint8_t bytes[] = {0, 1, 2, 255};
    size_t size = 0;
    desk_use_file(desk);
    desk_open_virtual(desk, "hand=20");
    kc_op *original = image_of(desk, kc_issue_original, "4711", "101", "04A1B2C3");
    assert_made(original);
    const uint8_t *image = kc_key_get_image(kc_op_get_key(original, 0), &size);
    kc_request *request = image_request(desk, image, size);
    assert_ok(kc_request_set_card_serial(request, "04A1B2C3"));
    kc_op *written = desk_run(desk, kc_write_image, request);
    assert_ended(written, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_op_get_verb(written), KC_VERB_WRITE_IMAGE);
    assert_string_equal(kc_verb_name(kc_op_get_verb(written)), "write-image");
    assert_string_equal(kc_op_get_encoder_name(written), "Desk 1");
    assert_int_equal(desk_count_events(desk, written, KC_EVENT_PROMPT), 1);
    assert_int_equal(kc_op_get_key_count(written), 0);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    desk_restart(desk);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(list), 1);
    assert_int_equal(kc_key_get_state(kc_op_get_key(list, 0)), KC_KEY_ACTIVE);
    request = desk_request(desk, NULL, NULL); /* neither booking nor room are needed */
    assert_ok(kc_request_set_image(request, bytes, sizeof(bytes)));
    assert_ended(desk_run(desk, kc_write_image, request), KC_OK, KC_OUTCOME_WRITTEN);
}

static void test_bytes_can_be_written_again_while_they_are_there(void **state)
{
    struct desk *desk = *state;
    static const uint8_t bytes[] = {7, 8};
    desk_use_file(desk);
    desk_open_virtual(desk, "script=error:lock-system@1,drop-after@3");
    kc_op *failed = desk_run(desk, kc_write_image, image_request(desk, bytes, sizeof(bytes)));
    assert_ended(failed, KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_NOT_WRITTEN);
    char id[40];
    snprintf(id, sizeof(id), "%s", kc_op_get_id(failed));
    assert_ended(desk_retry(desk, failed), KC_OK, KC_OUTCOME_WRITTEN);
    kc_op *open = desk_run(desk, kc_write_image, image_request(desk, bytes, sizeof(bytes)));
    assert_int_equal(kc_op_get_outcome(open), KC_OUTCOME_UNKNOWN);
    kc_op *resolve = NULL;
    assert_ok(kc_op_resolve(open, KC_RESOLVE_READ_CARD, NULL, &resolve));
    desk_finish(desk, desk_watch(desk, resolve));
    assert_refused(resolve, KC_ERROR_NOT_OFFERED, "how");
    assert_ended(desk_run(desk, kc_write_image, image_request(desk, bytes, sizeof(bytes))), KC_OK, KC_OUTCOME_WRITTEN);
    assert_ended(desk_original(desk, "4712", "102"), KC_OK, KC_OUTCOME_WRITTEN); /* an open one bars no key */
    desk_restart(desk);
    assert_refused(desk_retry(desk, desk_find(desk, id)), KC_ERROR_INVALID_ARGUMENT, "image");
}

static void test_bytes_that_make_no_sense_are_refused(void **state)
{
    struct desk *desk = *state;
    static const uint8_t bytes[65537];
    desk_open_virtual(desk, "write-image=off");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_int_equal(kc_request_set_image(request, NULL, 1), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "image");
    assert_int_equal(kc_request_set_image(request, bytes, sizeof(bytes)), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "image");
    assert_refused(desk_run(desk, kc_write_image, request), KC_ERROR_INVALID_ARGUMENT, "image");
    assert_ok(kc_request_set_image(request, bytes, sizeof(bytes) - 1));
    assert_refused(desk_run(desk, kc_write_image, request), KC_ERROR_NOT_OFFERED, "system");
    assert_refused(desk_run(desk, kc_issue_original, request), KC_ERROR_INVALID_ARGUMENT, "image");
    assert_ok(kc_request_set_copies(request, 2));
    assert_refused(desk_run(desk, kc_write_image, request), KC_ERROR_INVALID_ARGUMENT, "copies");
    assert_ok(kc_request_set_copies(request, 1));
    for (size_t i = 0; i < 100; i++) /* replaced ones do not pile up without end, and the other fields stay */
        assert_ok(kc_request_set_image(request, bytes, sizeof(bytes) - 1 - i));
    assert_ok(kc_request_set_image(request, NULL, 0));
    assert_made(desk_run(desk, kc_issue_original, request));
    assert_int_equal(desk_requests_seen(desk), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_the_key_comes_back_as_bytes_and_no_encoder_takes_part),
        DESK_TEST(test_invariant_05_the_last_used_encoder_stays),
        DESK_TEST(test_a_duplicate_needs_no_last_encoder_for_it),
        DESK_TEST(test_bytes_are_written_and_make_no_key),
        DESK_TEST(test_bytes_can_be_written_again_while_they_are_there),
        DESK_TEST(test_bytes_that_make_no_sense_are_refused),
        DESK_TEST(test_a_retry_is_for_the_same_card_also_after_a_restart),
        DESK_TEST(test_refused_where_it_is_not_offered_or_makes_no_sense),
        DESK_TEST(test_serial_numbers_are_checked_on_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
