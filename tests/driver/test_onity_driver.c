/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Onity driver: options, what is refused, every command, and what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool has(const struct fake_core *core, int32_t capability)
{
    return core->profile.capabilities & DRIVER_CAN(capability);
}

static void test_option_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < driver_onity.option_count; i++) {
        const struct driver_option *option = &driver_onity.options[i];
        assert_non_null(option->name);
        assert_true(option->default_value && option->values && option->help);
        assert_int_equal(option->help[strlen(option->help) - 1], '.');
        if (!strstr(option->values, "..")) /* the default is the first of the words */
            assert_int_equal(strncmp(option->values, option->default_value, strlen(option->default_value)) == 0 ||
                                 strcmp(option->name, "enquiry") == 0,
                             true);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(option->name, driver_onity.options[j].name);
    }
}

static void test_profile(void **state)
{
    (void)state;
    struct fake_core core;
    fake_core_open(&core, &driver_onity);
    const struct driver_limits *limits = &core.profile.limits;
    assert_int_equal(limits->rooms, 3);
    assert_int_equal(limits->room_length, 24);
    assert_int_equal(limits->areas, 8);
    assert_int_equal(limits->operator_length, 24);
    assert_int_equal(limits->text_lines, 2);
    assert_int_equal(limits->text_length, 76);
    assert_int_equal(limits->message_length, 0);
    assert_int_equal(limits->copies, 9);
    assert_int_equal(limits->minutes, 60);
    assert_int_equal(limits->charset, TEXT_ASCII);
    assert_int_equal(core.profile.in_flight, 1);
    assert_true(has(&core, KC_CAPABILITY_ORIGINAL) && has(&core, KC_CAPABILITY_DUPLICATE));
    assert_true(has(&core, KC_CAPABILITY_READ) && has(&core, KC_CAPABILITY_CHECK_OUT));
    assert_true(has(&core, KC_CAPABILITY_CARD_SERIAL) && has(&core, KC_CAPABILITY_DENY_AREAS));
    assert_false(has(&core, KC_CAPABILITY_ONE_SHOT) || has(&core, KC_CAPABILITY_MOBILE));
    assert_false(has(&core, KC_CAPABILITY_PHONE) || has(&core, KC_CAPABILITY_EMAIL));
    assert_true(driver_onity.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_EMAIL));
    fake_core_option(&core, "mobile-encoder", "90");
    fake_core_option(&core, "one-shot", "on");
    fake_core_option(&core, "date", "10");
    fake_core_option(&core, "track-texts", "off");
    fake_core_option(&core, "areas-at-most", "0");
    assert_true(has(&core, KC_CAPABILITY_MOBILE) && has(&core, KC_CAPABILITY_ONE_SHOT));
    assert_true(has(&core, KC_CAPABILITY_PHONE) && has(&core, KC_CAPABILITY_EMAIL));
    assert_false(has(&core, KC_CAPABILITY_KEY_IMAGE) || has(&core, KC_CAPABILITY_DENY_AREAS));
    assert_int_equal(limits->minutes, 1);
    assert_int_equal(limits->text_lines, 0);
    fake_core_close(&core);
}

/* The examples of the document, byte for byte. */
static void assert_bytes(int32_t verb, const char *transport, const uint8_t *bytes, size_t count, bool constant)
{
    struct fake_core core;
    fake_core_open(&core, &driver_onity);
    fake_core_transport(&core, transport);
    fake_core_up(&core);
    struct fake_op *op = talk_op(&core, verb, verb == KC_VERB_CHECK_OUT ? "" : "1");
    op->request.operator_name = "Reception";
    fake_core_begin(&core, op);
    assert_int_equal(core.sent.length, count);
    assert_memory_equal(core.sent.data, bytes, count - 1);
    assert_int_equal(core.sent.data[count - 1], constant ? 0x0D : bytes[count - 1]);
    fake_core_close(&core);
}

static void test_examples(void **state)
{
    (void)state;
    static const uint8_t original[] = {0x02, 0xB3, 0x43, 0x4E, 0xB3, 0x31, 0xB3, 0x45, 0xB3, 0x31, 0x30, 0x31, 0xB3,
                                       0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0x31, 0x35, 0x31, 0x35, 0x30, 0x36, 0x32, 0x36,
                                       0xB3, 0x31, 0x31, 0x31, 0x38, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x52, 0x65, 0x63,
                                       0x65, 0x70, 0x74, 0x69, 0x6F, 0x6E, 0xB3, 0xB3, 0xB3, 0x03, 0xAD};
    static const uint8_t check_out[] = {0x02, 0xB3, 0x43, 0x4F, 0xB3, 0x31, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0x03, 0x0E};
    static const char *const transports[] = {"tcp", "fd", "serial"};
    for (size_t i = 0; i < COUNT_OF(transports); i++) {
        assert_bytes(KC_VERB_ISSUE_ORIGINAL, transports[i], original, sizeof(original), i == 2);
        assert_bytes(KC_VERB_CHECK_OUT, transports[i], check_out, sizeof(check_out), i == 2);
    }
}

static void assert_command(const char *option, const char *value, int32_t verb, int32_t copies, const char *sent,
                           const char *answer)
{
    struct fake_core core;
    talk_open_onity(&core, option, value, NULL);
    struct fake_op *op = talk_op(&core, verb, "2");
    op->request.copies = copies;
    fake_core_begin(&core, op);
    assert_sent(&core, sent);
    talk_ack(&core);
    talk_answer(&core, answer);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(core.failing || core.down_count);
    fake_core_close(&core);
}

static void test_commands(void **state)
{
    (void)state;
    const char *stay = "|CN|2|E|101||||||15150626|11180626|Ann|||";
    assert_command("enquiry", "never", KC_VERB_ISSUE_ORIGINAL, 1, stay, "|CN|2|");
    assert_command("enquiry", "never", KC_VERB_REISSUE, 1, stay, "|CN1|2|04A1B2C3|");
    assert_command("enquiry", "never", KC_VERB_ISSUE_ORIGINAL, 9, "|CN9|2|E|101||||||15150626|11180626|Ann|||",
                   "|CN|2|");
    assert_command("enquiry", "never", KC_VERB_ISSUE_DUPLICATE, 2, "|CC2|2|E|101||||||15150626|11180626|Ann|||",
                   "|CC2|2|");
    assert_command("one-shot", "on", KC_VERB_ISSUE_ONE_SHOT, 1, "|CA|2|E|101||||||15150626|11180626|Ann|||", "|CA|2|");
    assert_command("one-shot-dates", "empty", KC_VERB_ISSUE_ONE_SHOT, 1, "|CA|2|E|101||||||||Ann|||", "|CA|2|");
    assert_command("copies-digit", "extra", KC_VERB_ISSUE_ORIGINAL, 3, "|CN2|2|E|101||||||15150626|11180626|Ann|||",
                   "|CN|2|");
    assert_command("single-digit", "send", KC_VERB_ISSUE_ORIGINAL, 1, "|CN1|2|E|101||||||15150626|11180626|Ann|||",
                   "|CN|2|");
    assert_command("trailing-fields", "trim", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|2|E|101||||||15150626|11180626|Ann|",
                   "|CN|2|");
    assert_command("check-byte", "constant", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|2|E|101||||||15150626|11180626|Ann|||0D",
                   "|CN|2|");
    assert_command("check-byte", "computed", KC_VERB_ISSUE_ORIGINAL, 1, stay, "|CN|2|");
    assert_command("date", "10", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|2|E|101||||||1500150626|1100180626|Ann|||", "|CN|2|");
    assert_command("after-write", "T", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|2|T|101||||||15150626|11180626|Ann|||",
                   "|CN|2|");
    /* the computed check byte of this one happens to be 0D */
    assert_command("enquiry", "never", KC_VERB_CHECK_OUT, 1, "|CO|2|101|0D", "|CO|2|");
    assert_command("checkout-encoder", "zero", KC_VERB_CHECK_OUT, 1, "|CO|0|101|", "|CO|0|");
}

static void test_check_out_without_encoder(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, "checkout-number", "7", NULL);
    fake_core_start(&core, talk_op(&core, KC_VERB_CHECK_OUT, ""));
    assert_sent(&core, "|CO|7|101|");
    fake_core_close(&core);
}

static void test_rooms_areas_tracks_and_uid(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "12");
    fake_op_room(op, "102");
    fake_op_room(op, "103");
    fake_op_area(op, "8");
    fake_op_area(op, "1");
    fake_op_denied(op, "3");
    fake_op_text(op, "ONE");
    fake_op_text(op, "2");
    fake_core_begin(&core, op);
    assert_sent(&core, "|CN|12|E|101|102|103||18|3|15150626|11180626|Ann|ONE|2|");
    assert_null(strstr(talk_traced(&core), "ONE"));
    talk_ack(&core);
    talk_answer(&core, "|CN|12|04A1B2C3D4E5F6|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->serial_count, 1);
    assert_string_equal(op->serials[0], "04A1B2C3D4E5F6");
    fake_core_close(&core);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const encoders[] = {"0", "100", "01", "Desk 1", "1a", "-1", "99999999999999999999", ""};
    struct fake_core core;
    talk_open_onity(&core, NULL);
    for (size_t i = 0; i < COUNT_OF(encoders); i++) {
        struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, encoders[i]);
        assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, "encoder");
        op->done = true;
    }
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "99");
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    op->request.until.wall.minute = 30;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_LIMIT);
    op->request.until.wall.minute = 0;
    fake_op_area(op, "9");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    op->request.areas.count = 0;
    op->request.copies = 10;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_LIMIT);
    op->request.copies = 1;
    fake_op_text(op, "a");
    fake_op_text(op, "b");
    fake_op_text(op, "c");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_LIMIT);
    fake_core_option(&core, "encoder-form", "name");
    op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    fake_core_close(&core);
}

/* ---- Mobile keys ----------------------------------------------------------------------------------------------- */

static void test_mobile(void **state)
{
    (void)state;
    static const struct {
        const char *contact, *phone, *email, *sent, *answer;
        bool further;
        size_t warnings;
    } rows[] = {
        {"track-1", "+359888123456", "", "|CN|90|E|101||||||15150626|11180626|Ann|+359888123456||", "|CN|90|", false,
         0},
        {"track-1", "", "a@b.example", "|CC|90|E|101||||||15150626|11180626|Ann|a@b.example||", "|CC|90|", true, 0},
        {"track-2", "", "a@b.example", "|CN|90|E|101||||||15150626|11180626|Ann||a@b.example|", "|CN|90|", false, 0},
        {"operator", "00359888123456", "", "|CN|90|E|101||||||15150626|11180626|00359888123456|||", "|CN|90|", false,
         1},
        {"track-1", "+359888123456", "", "|CC|90|E|101||||||15150626|11180626|Ann|+359888123456||", "|CN|90|", true, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_onity(&core, "mobile-encoder", "90", "mobile-contact", rows[i].contact, NULL);
        struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
        op->request.phone = rows[i].phone;
        op->request.email = rows[i].email;
        op->request.further = rows[i].further;
        fake_core_begin(&core, op);
        assert_sent(&core, rows[i].sent);
        talk_ack(&core);
        assert_int_equal(op->encoding_count, 1);
        assert_int_equal(op->prompts_seen, 0);
        talk_answer(&core, rows[i].answer);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(op->warning_count, rows[i].warnings);
        assert_false(op->reached);
        const char *traced = talk_traced(&core);
        assert_true(!strstr(traced, "888123456") && !strstr(traced, "a@b"));
        fake_core_close(&core);
    }
}

static void test_mobile_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *phone, *email, *text;
        int32_t status;
    } rows[] = {
        {"mobile-encoder", "0", "+359888123456", "", "", KC_ERROR_NOT_OFFERED},
        {"mobile-encoder", "90", "", "", "", KC_ERROR_CONTACT},
        {"mobile-encoder", "90", "+359888123456", "a@b.example", "", KC_ERROR_CONTACT},
        {"mobile-encoder", "90", "+359888123456", "", "Welcome", KC_ERROR_INVALID_ARGUMENT},
        {"mobile-encoder", "90", "", "\xC3\xA4@b.example", "", KC_ERROR_INVALID_ARGUMENT},
        {"mobile-encoder", "90", "", "a\xC2\xB3@b.example", "", KC_ERROR_INVALID_ARGUMENT},
        {"track-length", "10", "", "a@b.example", "", KC_ERROR_LIMIT},
        {"track-length", "11", "", "a@b.example", "", KC_OK},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open_onity(&core, "mobile-encoder", "90", rows[i].option, rows[i].value, NULL);
        struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
        op->request.phone = rows[i].phone;
        op->request.email = rows[i].email;
        if (*rows[i].text)
            fake_op_text(op, rows[i].text);
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        assert_null(strstr(core.error.message, "a@b"));
        fake_core_close(&core);
    }
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int32_t kind, key_state;
    } rows[] = {
        {"|LT|1|101|102|||CI|0|18|15150626|11180626|Ann|04A1B2|", KC_KIND_ORIGINAL, KC_KEY_ACTIVE},
        {"|LT|1|101||||CO|4||1500150626|11180626|", KC_KIND_DUPLICATE, KC_KEY_CHECKED_OUT},
        {"|LT|1|101||||CI|I||15150626|11180626|", KC_KIND_DUPLICATE, KC_KEY_ACTIVE},
        {"|LT|1|101||||CI|A||15150626|11180626|", KC_KIND_ONE_SHOT, KC_KEY_ACTIVE},
        {"|LT|1|LM|chambermaid|", KC_KIND_STAFF, KC_KEY_ACTIVE},
        {"|LT|1|LR|", KC_KIND_SPARE, KC_KEY_ACTIVE},
        {"|LT|1|LC|", KC_KIND_UNKNOWN, KC_KEY_VOIDED},
        {"|LT|1|LD|", KC_KIND_UNKNOWN, KC_KEY_VOIDED},
        {"|LT|1|LS|", KC_KIND_DIAGNOSTIC, KC_KEY_ACTIVE},
        {"|LT|1|LS||||CI|0||15150626|11180626|", KC_KIND_ORIGINAL, KC_KEY_ACTIVE}, /* a room called LS */
    };
    struct fake_core core;
    talk_open_onity(&core, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_op *op = talk_start(&core, KC_VERB_READ_CARD, "1");
        assert_sent(&core, "|LT|1|E|");
        talk_ack(&core);
        talk_answer(&core, rows[i].answer);
        assert_int_equal(op->error.code, KC_OK);
        assert_true(op->has_card);
        assert_int_equal(op->card.kind, rows[i].kind);
        assert_int_equal(op->card.key_state, rows[i].key_state);
        assert_string_equal(op->card.serial, i == 0 ? "04A1B2" : "");
        if (i == 0) {
            assert_int_equal(op->card.areas.count, 2);
            assert_int_equal(op->card.until.hour, 11);
            assert_int_equal(op->card.until.minute, 0);
        }
    }
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_table),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_check_out_without_encoder),
        cmocka_unit_test(test_rooms_areas_tracks_and_uid),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_mobile),
        cmocka_unit_test(test_mobile_refusals),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
