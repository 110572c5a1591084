/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors say three things: what happened to the card, what to do next, and the vendor's own code and text. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

struct vendor_error {
    const char *code;
    int32_t status, advice;
};

/* SALTO PMS Industry Standard, error codes: each means that the request was refused. */
static const struct vendor_error salto_errors[] = {
    {"ES", KC_ERROR_SYNTAX, KC_ADVICE_CALL_VENDOR},
    {"NC", KC_ERROR_ENCODER_OFFLINE, KC_ADVICE_OTHER_ENCODER},
    {"NF", KC_ERROR_LOCK_SYSTEM, KC_ADVICE_CALL_VENDOR},
    {"OV", KC_ERROR_ENCODER_BUSY, KC_ADVICE_RETRY},
    {"EP", KC_ERROR_CARD, KC_ADVICE_NEW_CARD},
    {"EF", KC_ERROR_CARD_FORMAT, KC_ADVICE_NEW_CARD},
    {"EN", KC_ERROR_CARD, KC_ADVICE_NEW_CARD},
    {"ET", KC_ERROR_ENCODER_FAULT, KC_ADVICE_OTHER_ENCODER},
    {"TD", KC_ERROR_UNKNOWN_ROOM, KC_ADVICE_CHECK_CONFIGURATION},
    {"ED", KC_ERROR_NO_CARD, KC_ADVICE_RETRY},
    {"EA", KC_ERROR_NOT_CHECKED_IN, KC_ADVICE_ISSUE_ORIGINAL},
    {"OS", KC_ERROR_ROOM_UNAVAILABLE, KC_ADVICE_CHECK_CONFIGURATION},
    {"EO", KC_ERROR_ROOM_BUSY, KC_ADVICE_RETRY},
    {"EV", KC_ERROR_CARD_REFUSED, KC_ADVICE_NEW_CARD},
    {"EG", KC_ERROR_VENDOR, KC_ADVICE_CALL_VENDOR},
};

static void assert_three_things(const kc_op *op, const struct vendor_error *expected)
{
    const kc_error *error = kc_op_get_error(op);
    assert_non_null(error);
    assert_int_equal(kc_op_get_status(op), expected->status);
    assert_int_equal(kc_error_get_code(error), expected->status);
    assert_int_equal(kc_error_get_card_state(error), kc_op_get_outcome(op));
    assert_int_equal(kc_error_get_advice(error), expected->advice);
    assert_string_not_equal(kc_error_get_advice_text(error), "");
    assert_string_not_equal(kc_error_get_message(error), "");
    assert_string_equal(kc_error_get_vendor_code(error), expected->code);
    assert_string_not_equal(kc_error_get_vendor_text(error), "");
}

static void test_invariant_12_errors_say_three_things(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE], fault[40];
    desk_open_salto(desk, "");
    for (size_t i = 0; i < sizeof(salto_errors) / sizeof(salto_errors[0]); i++) {
        snprintf(fault, sizeof(fault), "error:%s", salto_errors[i].code);
        simulator_clear_faults(desk->simulator);
        assert_true(simulator_add_fault(desk->simulator, fault, message));
        kc_op *op = desk_original(desk, "4711", "101");
        assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
        assert_three_things(op, &salto_errors[i]);
        kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711"); /* failures are kept too */
        assert_int_equal(kc_op_get_key_count(keys), (int32_t)i + 1);
        assert_string_equal(kc_key_get_vendor_code(kc_op_get_key(keys, 0)), salto_errors[i].code);
        assert_int_equal(kc_key_get_status(kc_op_get_key(keys, 0)), salto_errors[i].status);
    }
    assert_int_equal(desk_effects(desk), 0);
}

static void test_invariant_12_a_code_that_nobody_documented_leaves_the_card_unknown(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    desk_open_salto(desk, "");
    assert_true(simulator_add_fault(desk->simulator, "error:QQ", message));
    kc_op *op = desk_original(desk, "4711", "101");
    assert_ended(op, KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_RESOLVE);
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(op)), "QQ"); /* there is no text for it */
}

static void test_invariant_12_unknown_outcomes_advise_to_settle_them(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop@1");
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_error_get_card_state(kc_op_get_error(op)), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_RESOLVE);
}

/* Who ends or changes a stay that the lock system does not have wants no key for it: room or booking are wrong. */
static void test_what_makes_no_key_is_not_advised_to_make_one(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    static const desk_verb verbs[] = {kc_check_out, kc_modify_stay, kc_block_stay, kc_unblock_stay};
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        kc_op *op = desk_run(desk, verbs[i], desk_request(desk, "4711", "101"));
        assert_ended(op, KC_ERROR_NOT_CHECKED_IN, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CORRECT_REQUEST);
        assert_string_equal(kc_error_get_field(kc_op_get_error(op)), "rooms");
        kc_op *found = desk_find(desk, kc_op_get_id(op)); /* as the ledger tells it later */
        assert_int_equal(kc_error_get_advice(kc_op_get_error(found)), KC_ADVICE_CORRECT_REQUEST);
    }
}

/* Each status that exists can be given by a lock system and comes out with its name, text and advice. */
static void test_every_status_has_name_text_and_advice(void **state)
{
    (void)state;
    size_t known = 0;
    for (int32_t status = 0; status > -100; status--) {
        if (strcmp(kc_status_name(status), "unknown") == 0)
            continue;
        known++;
        assert_string_not_equal(kc_status_text(status), "");
        for (int32_t other = 0; other > status; other--)
            assert_string_not_equal(kc_status_name(other), kc_status_name(status));
    }
    assert_int_equal(known, 54);
    assert_string_equal(kc_status_name(1), "unknown");
    assert_string_equal(kc_status_name(INT32_MIN), "unknown");
    assert_string_not_equal(kc_status_text(-99), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_12_errors_say_three_things),
        DESK_TEST(test_invariant_12_a_code_that_nobody_documented_leaves_the_card_unknown),
        DESK_TEST(test_invariant_12_unknown_outcomes_advise_to_settle_them),
        DESK_TEST(test_what_makes_no_key_is_not_advised_to_make_one),
        cmocka_unit_test(test_every_status_has_name_text_and_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
