/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mobile keys: who may be written to, and which key it becomes. Names, numbers and secrets stay out of the log. */
#include "desk.h"

#include <string.h>

static void test_invariant_09_phone_only_vendor_refuses_email_at_once(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "mobile=on");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_email(request, "elena.petrova@example.org"));
    kc_op *op = desk_run(desk, kc_issue_original, request);
    assert_refused(op, KC_ERROR_CONTACT, "email");
    assert_null(strstr(kc_error_get_message(kc_op_get_error(op)), "petrova"));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_CONTACT, "email");
    assert_ok(kc_request_set_phone(request, "+359888123456")); /* both: still no message that never arrives */
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_CONTACT, "email");
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 0);
}

static void test_invariant_09_phone_where_no_mobile_keys_are_offered(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    kc_op *op = desk_run(desk, kc_issue_original, request);
    assert_refused(op, KC_ERROR_CONTACT, "phone");
    assert_null(strstr(kc_error_get_message(kc_op_get_error(op)), "888123456"));
    assert_int_equal(desk_requests_seen(desk), 0);
}

static void test_invariant_09_both_kinds_where_both_are_taken(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_email(request, "elena@example.org"));
    assert_made(desk_run(desk, kc_send_mobile, request));
    assert_ok(kc_request_set_phone(request, "00359 888 123-456"));
    kc_op *both = desk_run(desk, kc_send_mobile, request);
    assert_made(both);
    assert_string_equal(kc_key_get_email(kc_op_get_key(both, 0)), "elena@example.org");
    assert_non_null(strstr(kc_key_get_phone(kc_op_get_key(both, 0)), "359888123456"));
}

static void test_key_window_original_with_a_contact_sends_the_mobile_key_too(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "mobile=on");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    kc_op *card = desk_run(desk, kc_issue_original, request);
    assert_made(card);
    kc_op *mobile = kc_op_get_follow_up(card);
    assert_non_null(mobile);
    desk_finish(desk, mobile);
    assert_made(mobile);
    assert_int_equal(kc_key_get_kind(kc_op_get_key(mobile, 0)), KC_KIND_MOBILE_DUPLICATE);
    assert_string_equal(kc_key_get_phone(kc_op_get_key(mobile, 0)), "+359888123456");
    assert_key_state(desk, card, KC_KEY_ACTIVE); /* the mobile key voided nothing */
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 2);
    assert_null(strstr(desk->log, "888123456"));
}

static void test_key_window_no_mobile_key_when_the_card_failed(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=card@1,drop@2");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_null(kc_op_get_follow_up(desk_run(desk, kc_issue_original, request)));
    assert_null(kc_op_get_follow_up(desk_run(desk, kc_issue_original, request)));
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_key_window_send_to_mobile_after_the_card_is_a_further_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *card = desk_original(desk, "4711", "101");
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    kc_op *mobile = desk_run(desk, kc_send_mobile, request);
    assert_made(mobile);
    assert_int_equal(kc_key_get_kind(kc_op_get_key(mobile, 0)), KC_KIND_MOBILE_DUPLICATE);
    assert_string_equal(kc_key_get_room(kc_op_get_key(mobile, 0), 0), "101");
    assert_key_state(desk, card, KC_KEY_ACTIVE);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(list), 2);
    assert_string_equal(kc_key_get_phone(kc_op_get_key(list, 0)), "+359888123456");
}

static void test_mobile_key_without_a_card_starts_the_stay(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_INVALID_ARGUMENT, "phone");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    kc_op *mobile = desk_run(desk, kc_send_mobile, request);
    assert_made(mobile);
    assert_int_equal(kc_key_get_kind(kc_op_get_key(mobile, 0)), KC_KIND_MOBILE);
}

static void test_bad_contacts_are_refused_by_the_setter_with_the_field(void **state)
{
    static const char *const phones[] = {
        "12345678",       "+1234567", "+1234567890123456", "+35988a123456", "0888123456",
        "me@example.org", "+",        "++359888123456"};
    static const char *const emails[] = {"elena",           "@example.org",    "elena@",        "elena@example",
                                         "a b@example.org", "a@b@example.org", "elena@example."};
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
        assert_int_equal(kc_request_set_phone(request, phones[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "phone");
    }
    for (size_t i = 0; i < sizeof(emails) / sizeof(emails[0]); i++) {
        assert_int_equal(kc_request_set_email(request, emails[i]), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(kc_error_get_field(kc_request_get_error(request)), "email");
    }
}

static void test_invariant_09_switched_off_mobile_keys_say_so(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "mobile=off");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    kc_op *sent = desk_run(desk, kc_send_mobile, request);
    assert_refused(sent, KC_ERROR_NOT_OFFERED, NULL);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(sent)), "options"));
    kc_op *card = desk_run(desk, kc_issue_original, request);
    assert_refused(card, KC_ERROR_CONTACT, "phone");
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(card)), "present options"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 0);
}

static void test_invariant_03_replay_sends_the_mobile_key_once(void **state)
{
    static const desk_verb verbs[] = {kc_issue_original, kc_reissue};
    struct desk *desk = *state;
    desk_use_file(desk);
    desk_open_salto(desk, "mobile=on");
    size_t effects = 0;
    for (size_t i = 0; i < 2; i++) {
        for (int round = 0; round < 3; round++) {
            kc_request *request = desk_request(desk, "4711", i ? NULL : "101");
            assert_ok(kc_request_set_validity(request, NULL, "2026-06-25"));
            assert_ok(kc_request_set_phone(request, "+359888123456"));
            assert_ok(kc_request_set_idempotency_key(request, i ? "change" : "arrival"));
            kc_op *op = desk_run(desk, verbs[i], request);
            assert_made(op);
            assert_int_equal(kc_op_is_replay(op), round > 0);
            kc_op *mobile = kc_op_get_follow_up(op);
            assert_non_null(mobile);
            desk_finish(desk, mobile);
            assert_made(mobile);
            assert_int_equal(kc_op_is_replay(mobile), round > 0);
            effects += round ? 0 : 2;
            assert_int_equal(desk_effects(desk), effects);
            if (round == 1)
                desk_restart(desk);
        }
    }
    assert_int_equal(desk_effects(desk), 4); /* two cards, two mobile keys */
}

static void test_mobile_key_comes_back_as_bytes(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "mobile-image=on");
    assert_made(desk_original(desk, "4711", "101"));
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_return_image(request, 1));
    kc_op *op = desk_run(desk, kc_send_mobile, request);
    assert_made(op);
    size_t size = 0;
    assert_non_null(kc_key_get_image(kc_op_get_key(op, 0), &size));
    assert_true(size > 0);
    assert_string_not_equal(kc_key_get_installation(kc_op_get_key(op, 0)), "");
    assert_int_equal(kc_key_get_kind(kc_op_get_key(op, 0)), KC_KIND_MOBILE_DUPLICATE);
    kc_op *list = desk_keys(desk, KC_FILTER_BOOKING, "4711"); /* opens doors, so it is not kept */
    assert_null(kc_key_get_image(kc_op_get_key(list, 0), &size));
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 2);
}

static void test_key_image_where_it_is_not_offered(void **state)
{
    struct desk *desk = *state;
    desk_open_salto(desk, "mobile=on");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_ok(kc_request_set_return_image(request, 1));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_NOT_OFFERED, NULL);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_09_phone_only_vendor_refuses_email_at_once),
        DESK_TEST(test_invariant_09_phone_where_no_mobile_keys_are_offered),
        DESK_TEST(test_invariant_09_both_kinds_where_both_are_taken),
        DESK_TEST(test_key_window_original_with_a_contact_sends_the_mobile_key_too),
        DESK_TEST(test_key_window_no_mobile_key_when_the_card_failed),
        DESK_TEST(test_key_window_send_to_mobile_after_the_card_is_a_further_key),
        DESK_TEST(test_mobile_key_without_a_card_starts_the_stay),
        DESK_TEST(test_bad_contacts_are_refused_by_the_setter_with_the_field),
        DESK_TEST(test_invariant_09_switched_off_mobile_keys_say_so),
        DESK_TEST(test_invariant_03_replay_sends_the_mobile_key_once),
        DESK_TEST(test_mobile_key_comes_back_as_bytes),
        DESK_TEST(test_key_image_where_it_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
