/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver: options, what is refused, every command, and what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Options --------------------------------------------------------------------------------------------------- */

static bool value_fits(const char *values, const char *value)
{
    const char *dots = strstr(values, "..");
    if (dots) {
        long number = strtol(value, NULL, 10);
        return number >= strtol(values, NULL, 10) && number <= strtol(dots + 2, NULL, 10);
    }
    if (strcmp(values, "text") == 0 || strcmp(values, "secret") == 0)
        return true;
    for (const char *at = values; *at;) {
        size_t length = strcspn(at, ",");
        if (length == strlen(value) && strncmp(at, value, length) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

static void test_option_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < driver_salto.option_count; i++) {
        const struct driver_option *option = &driver_salto.options[i];
        assert_true(option->name && option->default_value && option->values && option->help);
        if (!value_fits(option->values, option->default_value))
            fail_msg("%s cannot be %s", option->name, option->default_value);
        assert_int_equal(option->help[strlen(option->help) - 1], '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(option->name, driver_salto.options[j].name);
    }
}

static bool has(const struct fake_core *core, int32_t capability)
{
    return core->profile.capabilities & DRIVER_CAN(capability);
}

static void test_profile(void **state)
{
    (void)state;
    struct fake_core core;
    fake_core_open(&core, &driver_salto);
    const struct driver_limits *limits = &core.profile.limits;
    assert_int_equal(limits->rooms, 4);
    assert_int_equal(limits->room_length, 24);
    assert_int_equal(limits->areas, 62);
    assert_int_equal(limits->guest_length, 0);
    assert_int_equal(limits->operator_length, 24);
    assert_int_equal(limits->text_lines, 3);
    assert_int_equal(limits->copies, 7);
    assert_int_equal(limits->minutes, 1);
    assert_int_equal(limits->message_length, 0);
    assert_int_equal(limits->charset, TEXT_ASCII);
    assert_int_equal(core.profile.in_flight, 1);
    assert_true(has(&core, KC_CAPABILITY_ORIGINAL) && has(&core, KC_CAPABILITY_DUPLICATE));
    assert_true(has(&core, KC_CAPABILITY_ONE_SHOT) && has(&core, KC_CAPABILITY_READ));
    assert_true(has(&core, KC_CAPABILITY_CHECK_OUT) && has(&core, KC_CAPABILITY_CARD_SERIAL));
    assert_false(has(&core, KC_CAPABILITY_MOBILE) || has(&core, KC_CAPABILITY_PHONE));
    assert_false(has(&core, KC_CAPABILITY_MODIFY_STAY) || has(&core, KC_CAPABILITY_CANCEL_KEY));
    assert_false(has(&core, KC_CAPABILITY_KEY_IMAGE) || has(&core, KC_CAPABILITY_EMAIL));
    /* what can be switched on is known of the driver itself */
    assert_true(driver_salto.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_MOBILE));

    static const char *const options[][2] = {{"mobile", "on"},
                                             {"mobile-image", "on"},
                                             {"modify-stay", "on"},
                                             {"cancel-key", "on"},
                                             {"one-shot", "off"},
                                             {"serial-numbers", "omit"},
                                             {"date", "8"},
                                             {"code-page", "latin1"},
                                             {"print-lines", "off"},
                                             {"requests-in-flight", "per-encoder"},
                                             {"rooms-at-most", "3"},
                                             {"areas-at-most", "0"},
                                             {"copies-at-most", "9"},
                                             {"room-length", "10"},
                                             {"operator-length", "12"},
                                             {"accept-check-constant", "no"}};
    for (size_t i = 0; i < COUNT_OF(options); i++)
        fake_core_option(&core, options[i][0], options[i][1]);
    assert_true(has(&core, KC_CAPABILITY_MOBILE) && has(&core, KC_CAPABILITY_PHONE));
    assert_true(has(&core, KC_CAPABILITY_MODIFY_STAY) && has(&core, KC_CAPABILITY_CANCEL_KEY));
    assert_true(has(&core, KC_CAPABILITY_KEY_IMAGE));
    assert_false(has(&core, KC_CAPABILITY_ONE_SHOT) || has(&core, KC_CAPABILITY_CARD_SERIAL));
    assert_false(has(&core, KC_CAPABILITY_DENY_AREAS) || has(&core, KC_CAPABILITY_EMAIL));
    assert_int_equal(limits->minutes, 60);
    assert_int_equal(limits->charset, TEXT_LATIN1);
    assert_int_equal(limits->text_lines, 0);
    assert_int_equal(limits->message_length, 256);
    assert_int_equal(limits->rooms, 3);
    assert_int_equal(limits->copies, 9);
    assert_int_equal(core.profile.in_flight, 0);
    fake_core_close(&core);
}

/* ---- Commands -------------------------------------------------------------------------------------------------- */

static void test_original(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Online Encoder 1");
    fake_op_room(op, "102");
    fake_op_area(op, "1");
    fake_op_area(op, "62");
    fake_op_area(op, "13");
    fake_op_denied(op, "9");
    fake_op_text(op, "Welcome");
    fake_op_text(op, "");
    fake_op_text(op, "Bye");
    fake_core_begin(&core, op);
    assert_true(op->committed);
    assert_int_equal(op->deadline, 5000);
    assert_int_equal(op->prompts_seen, 0);
    assert_sent(&core, "|CN|Online Encoder 1|E|101|102|||1d}|9|1500150626|1100180626|Ann|Welcome||Bye|1|");
    talk_ack(&core);
    assert_int_equal(op->deadline, 60000);
    assert_int_equal(op->prompts_seen, 1);
    assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
    assert_int_equal(op->prompt_card, 1);
    assert_int_equal(op->prompt_count, 1);
    assert_false(op->done);
    talk_answer(&core, "|CN|Online Encoder 1|2F45A2C3|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(op->reached);
    assert_int_equal(op->serial_count, 1);
    assert_string_equal(op->serials[0], "2F45A2C3");
    assert_int_equal(op->committed_count, 1);
    assert_sent(&core, "");
    fake_core_close(&core);
}

/* One row: options, what the request looks like, what is sent, what is answered. */
static void assert_command(const char *option, const char *value, int32_t verb, int32_t copies, const char *sent,
                           const char *answer)
{
    struct fake_core core;
    talk_open(&core, option, value, NULL);
    struct fake_op *op = talk_op(&core, verb, "Desk 1");
    op->request.copies = copies;
    fake_core_begin(&core, op);
    assert_sent(&core, sent);
    talk_ack(&core);
    if (op->prompts_seen > 0)
        assert_int_equal(op->prompt_count, copies);
    else
        assert_int_equal(op->encoding_count, 1);
    talk_answer(&core, answer);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(core.failing || core.down_count);
    fake_core_close(&core);
}

static void test_cards(void **state)
{
    (void)state;
    static const char *const stay = "serial-numbers"; /* without serial numbers the frames end with the operator */
    assert_command(stay, "omit", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann|",
                   "|CN|Desk 1|");
    assert_command(stay, "none", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann||||0|",
                   "|CN1|Desk 1|");
    assert_command(stay, "all", KC_VERB_REISSUE, 3, "|CN3|Desk 1|E|101||||||1500150626|1100180626|Ann||||2|",
                   "|CN3|Desk 1|A1|A2|A3|");
    assert_command(stay, "omit", KC_VERB_REISSUE, 3, "|CN3|Desk 1|E|101||||||1500150626|1100180626|Ann|",
                   "|CN|Desk 1|");
    assert_command(stay, "omit", KC_VERB_ISSUE_DUPLICATE, 1, "|CC|Desk 1|E|101||||||1500150626|1100180626|Ann|",
                   "|CC|Desk 1|");
    assert_command(stay, "omit", KC_VERB_ISSUE_DUPLICATE, 7, "|CC7|Desk 1|E|101||||||1500150626|1100180626|Ann|",
                   "|CC|Desk 1|");
    assert_command(stay, "omit", KC_VERB_ISSUE_ONE_SHOT, 1, "|CA|Desk 1|E|101||||||||Ann|", "|CA|Desk 1|");
    assert_command("one-shot-dates", "send", KC_VERB_ISSUE_ONE_SHOT, 1,
                   "|CA|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|", "|CA|Desk 1|");
    assert_command("copies-digit", "extra", KC_VERB_ISSUE_ORIGINAL, 3,
                   "|CN2|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|", "|CN2|Desk 1|");
    assert_command("copies-digit", "extra", KC_VERB_ISSUE_ORIGINAL, 1,
                   "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|", "|CN|Desk 1|");
    assert_command("single-digit", "send", KC_VERB_ISSUE_ORIGINAL, 1,
                   "|CN1|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|", "|CN|Desk 1|");
    assert_command("after-write", "R", KC_VERB_ISSUE_ORIGINAL, 1,
                   "|CN|Desk 1|R|101||||||1500150626|1100180626|Ann||||1|", "|CN|Desk 1|");
    assert_command("date", "8", KC_VERB_ISSUE_ORIGINAL, 1, "|CN|Desk 1|E|101||||||15150626|11180626|Ann||||1|",
                   "|CN|Desk 1|");
    assert_command("check-byte", "constant", KC_VERB_ISSUE_ORIGINAL, 1,
                   "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|0D", "|CN|Desk 1|");
}

static void test_rooms_only(void **state)
{
    (void)state;
    assert_command("enquiry", "never", KC_VERB_CHECK_OUT, 1, "|CO|0|101|", "|CO|0|101|");
    assert_command("enquiry", "never", KC_VERB_CHECK_OUT, 1, "|CO|0|101|", "|CO|");
    assert_command("checkout-encoder", "real", KC_VERB_CHECK_OUT, 1, "|CO|Desk 1|101|", "|CO|Desk 1|");
    assert_command("cancel-key", "on", KC_VERB_CANCEL_KEY, 1, "|CP|Desk 1|101|", "|CP|Desk 1|");
    assert_command("trailing-fields", "keep", KC_VERB_MODIFY_STAY, 1, "|MC|101||1100180626||", "|MC|101|");
    assert_command("auth-code", "secret", KC_VERB_MODIFY_STAY, 1, "|MC|101||1100180626|secret|", "|MC|");
}

static void test_move(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "modify-stay", "on", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_MODIFY_STAY, "");
    op->request.room_before = "99";
    fake_core_begin(&core, op);
    assert_sent(&core, "|MC|99|101|1100180626|");
    talk_ack(&core);
    talk_answer(&core, "|MC|99|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(op->reached);
    fake_core_close(&core);
}

static void test_check_out_of_several_rooms_warns(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_CHECK_OUT, "");
    fake_op_room(op, "102");
    fake_core_start(&core, op);
    assert_sent(&core, "|CO|0|101|");
    talk_ack(&core);
    talk_answer(&core, "|CO|0|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->warning_count, 1);
    fake_core_close(&core);
}

static void test_mobile(void **state)
{
    (void)state;
    static const struct {
        const char *form, *given, *sent, *answered;
        bool further;
    } rows[] = {
        {"plus", "+359888123456", "|CNM|+359888123456|101||||||1500150626|1100180626|Ann||||Hi\nyou|",
         "|CNM|+359888123456|", false},
        {"plus", "00359888123456", "|CCM|+359888123456|101||||||1500150626|1100180626|Ann||||Hi\nyou|",
         "|CCM|00359888123456|", true},
        {"zeros", "+359888123456", "|CNM|00359888123456|101||||||1500150626|1100180626|Ann||||Hi\nyou|",
         "|CNM|+359888123456|", false},
        {"as-given", "00359888123456", "|CNM|00359888123456|101||||||1500150626|1100180626|Ann||||Hi\nyou|", "|CNM|",
         false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "mobile", "on", "phone-form", rows[i].form, NULL);
        struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
        op->request.phone = rows[i].given;
        op->request.message = "Hi\nyou";
        op->request.further = rows[i].further;
        fake_core_begin(&core, op);
        assert_sent(&core, rows[i].sent);
        talk_ack(&core);
        assert_int_equal(op->encoding_count, 1);
        assert_int_equal(op->prompts_seen, 0);
        talk_answer(&core, rows[i].answered);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_false(op->reached);
        fake_core_close(&core);
    }
}

static void test_latin1(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "code-page", "latin1", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Theke f\xC3\xBCr G\xC3\xA4ste");
    op->request.operator_name = "Zo\xC3\xAB";
    fake_core_begin(&core, op);
    assert_sent(&core, "|CN|Theke f\xFCr G\xE4ste|E|101||||||1500150626|1100180626|Zo\xEB||||1|");
    talk_ack(&core);
    talk_answer(&core, "|CN|Theke f\xFCr G\xE4ste|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static struct fake_op *read_card(struct fake_core *core, const char *answer)
{
    struct fake_op *op = talk_start(core, KC_VERB_READ_CARD, "Desk 1");
    assert_sent(core, "|LT|Desk 1|E|");
    assert_false(op->committed);
    talk_ack(core);
    assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
    talk_answer(core, answer);
    assert_true(op->done && op->reached && !op->committed);
    return op;
}

static void test_read_guest_card(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = read_card(&core, "|LT|Desk 1|101|102|||CI|0|1d}|1455051114|14201114|Zo\xEB|");
    assert_int_equal(op->error.code, KC_OK);
    assert_true(op->has_card);
    assert_int_equal(op->card.kind, KC_KIND_ORIGINAL);
    assert_int_equal(op->card.key_state, KC_KEY_ACTIVE);
    assert_int_equal(op->card.rooms.count, 2);
    assert_string_equal(op->card.rooms.items[1], "102");
    assert_int_equal(op->card.areas.count, 3);
    assert_string_equal(op->card.areas.items[0], "1");
    assert_string_equal(op->card.areas.items[1], "13");
    assert_string_equal(op->card.areas.items[2], "62");
    assert_int_equal(op->card.from.year, 2014);
    assert_int_equal(op->card.from.minute, 55);
    assert_int_equal(op->card.until.day, 20);
    assert_int_equal(op->card.until.hour, 14);
    assert_string_equal(op->card.operator_name, "Zo\xC3\xAB");
    assert_int_equal(op->warning_count, 0);

    static const struct {
        const char *answer;
        int32_t kind, key_state;
        size_t warnings;
    } rows[] = {
        {"|LT|Desk 1|101||||CO|1||1455051114|14201114|", KC_KIND_DUPLICATE, KC_KEY_CHECKED_OUT, 0},
        {"|LT|Desk 1|101||||CI|2||1455051114|14201114|", KC_KIND_DUPLICATE, KC_KEY_ACTIVE, 0},
        {"|LT|Desk 1|101||||CI|I||1455051114|14201114|", KC_KIND_DUPLICATE, KC_KEY_ACTIVE, 0},
        {"|LT|Desk 1|101||||CI|A||1455051114|14201114|", KC_KIND_ONE_SHOT, KC_KEY_ACTIVE, 0},
        {"|LT|Desk 1|101||||CI|?||1455051114|14201114|", KC_KIND_UNKNOWN, KC_KEY_ACTIVE, 1},
        {"|LT|Desk 1|101||||CI|0|A|1455051114|14201114|", KC_KIND_ORIGINAL, KC_KEY_ACTIVE, 1},
        {"|LT|Desk 1|LM|", KC_KIND_STAFF, KC_KEY_ACTIVE, 0},
        {"|LT|Desk 1|LR|", KC_KIND_SPARE, KC_KEY_ACTIVE, 0},
        {"|LT|Desk 1|LC|", KC_KIND_UNKNOWN, KC_KEY_VOIDED, 0},
        {"|LT|Desk 1|LD|", KC_KIND_UNKNOWN, KC_KEY_VOIDED, 0},
        {"|LT|Desk 1|LS|", KC_KIND_DIAGNOSTIC, KC_KEY_ACTIVE, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        op = read_card(&core, rows[i].answer);
        assert_int_equal(op->error.code, KC_OK);
        assert_int_equal(op->card.kind, rows[i].kind);
        assert_int_equal(op->card.key_state, rows[i].key_state);
        assert_int_equal(op->warning_count, rows[i].warnings);
    }
    op = read_card(&core, "|LT|Desk 1|101||||XX|0||1455051114|14201114|");
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN);
    assert_false(op->has_card);
    fake_core_close(&core);
}

/* ---- What is refused before anything is sent ------------------------------------------------------------------- */

static void test_areas_are_numbers(void **state)
{
    (void)state;
    struct fake_core core;
    static const char *const bad[] = {"", "0", "63", "-1", "+1", " 1", "1 ", "01", "1a", "spa", "4294967297", "1|2"};
    talk_open(&core, NULL);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        for (int denied = 0; denied < 2; denied++) {
            struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
            (denied ? fake_op_denied : fake_op_area)(op, bad[i]);
            assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
            assert_string_equal(core.error.field, "areas");
            assert_non_null(strstr(core.error.message, bad[i]));
            op->used = false;
        }
    }
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_op_area(op, "7");
    fake_op_denied(op, "7");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_core_option(&core, "areas-at-most", "20");
    op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_op_area(op, "20");
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    fake_op_area(op, "21");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_core_close(&core);
}

static void test_texts_that_break_frames(void **state)
{
    (void)state;
    static const char *const bad[] = {"10\xC2\xB3", "a\rb", "a\nb", "a\x02", "a\x1F", "\xC4\x8C", "\xC3"};
    for (int latin1 = 0; latin1 < 2; latin1++) {
        struct fake_core core;
        talk_open(&core, "code-page", latin1 ? "latin1" : "ascii", "mobile", "on", NULL);
        for (size_t i = 0; i < COUNT_OF(bad); i++) {
            for (int field = 0; field < 5; field++) {
                struct fake_op *op = talk_op(&core, field == 4 ? KC_VERB_SEND_MOBILE : KC_VERB_ISSUE_ORIGINAL,
                                             "Desk 1");
                static const char *const names[] = {"rooms", "encoder", "operator", "text", "message"};
                op->request.phone = "+359888123456";
                if (field == 0)
                    fake_op_room(op, bad[i]);
                else if (field == 1)
                    op->request.encoder = bad[i];
                else if (field == 2)
                    op->request.operator_name = bad[i];
                else if (field == 3)
                    fake_op_text(op, bad[i]);
                else
                    op->request.message = bad[i];
                if (field == 4 && strcmp(bad[i], "a\nb") == 0) {
                    assert_int_equal(fake_core_check(&core, op), KC_OK);
                } else {
                    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
                    assert_string_equal(core.error.field, names[field]);
                }
                /* even if the core did not ask: nothing dirty leaves */
                fake_core_start(&core, op);
                if (core.sent.length > 0) {
                    for (size_t at = 1; at + 2 < core.sent.length; at++)
                        assert_true(core.sent.data[at] >= 0x20 || (core.sent.data[at] == 0x0A && field == 4));
                    talk_sent(&core);
                    talk_ack(&core);
                    talk_answer(&core, "|ES|");
                } else {
                    assert_done(op, KC_ERROR_INVALID_ARGUMENT, KC_OUTCOME_NOT_WRITTEN);
                }
            }
        }
        fake_core_close(&core);
    }
}

static void test_phones(void **state)
{
    (void)state;
    struct fake_core core;
    static const char *const bad[] = {
        "0888123456", "+0888123456", "000888123456", "+1234567", "+1234567890123456", "+35988812345x", "359888123456",
        "+",          "00"};
    talk_open(&core, "mobile", "on", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        op->request.phone = bad[i];
        assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, "phone");
        if (strlen(bad[i]) > 3)
            assert_null(strstr(core.error.message, bad[i]));
    }
    op->request.phone = "";
    op->request.email = "a@example.org";
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_CONTACT);
    op->request.phone = "+35988812";
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    op->request.return_image = true;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NOT_OFFERED);
    fake_core_close(&core);
}

static void test_other_refusals(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "modify-stay", "on", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "");
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(core.error.field, "encoder");
    op->request.encoder = "Desk 1";
    op->request.copies = 10;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_LIMIT);
    op->request.copies = 9;
    op->request.until.utc = 0;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(core.error.field, "until");
    op->request.verb = KC_VERB_ISSUE_ONE_SHOT;
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    op->request.verb = KC_VERB_MODIFY_STAY;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    op->request.room_before = "7";
    assert_int_equal(fake_core_check(&core, op), KC_OK);
    op->request.rooms.count = 0;
    op->request.room_before = "";
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NO_ROOM);
    op->request.verb = KC_VERB_CHECK_OUT;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NO_ROOM);
    fake_core_option(&core, "encoder-form", "number");
    op->request.verb = KC_VERB_READ_CARD;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
    op->request.encoder = "12";
    assert_int_equal(fake_core_check(&core, op), KC_OK);

    struct fake_op *dated = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "12");
    fake_core_option(&core, "date", "8");
    assert_int_equal(fake_core_check(&core, dated), KC_OK);
    dated->request.from.wall.minute = 30;
    assert_int_equal(fake_core_check(&core, dated), KC_ERROR_LIMIT);
    assert_string_equal(core.error.field, "from");
    dated->request.from.utc = 0;
    assert_int_equal(fake_core_check(&core, dated), KC_OK);
    fake_core_option(&core, "start", "always");
    assert_int_equal(fake_core_check(&core, dated), KC_ERROR_INVALID_ARGUMENT);
    fake_core_close(&core);
}

/* ---- Trace ----------------------------------------------------------------------------------------------------- */

static void test_trace_masks(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "mobile", "on", "mobile-image", "on", "auth-code", "hush", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_op_text(op, "Mr Smith");
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|2F45A2C3|");
    assert_string_equal(talk_traced(&core), "-> |CN|Desk 1|E|101||||||1500150626|1100180626|***|***|||1|\n"
                                            "<- ACK\n"
                                            "<- |CN|Desk 1|2F45A2C3|\n");
    op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.phone = "+359888123456";
    op->request.message = "Dear Mr Smith";
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|EG|+359888123456|Mr Smith has no app|");
    assert_string_equal(talk_traced(&core), "-> |CNM|***|101||||||1500150626|1100180626|***||||***|***|\n"
                                            "<- ACK\n"
                                            "<- |EG|***|***|\n");
    op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.return_image = true;
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|CNMB||0102|inst|");
    assert_string_equal(talk_traced(&core), "-> |CNMB||101||||||1500150626|1100180626|***||||***|***|\n"
                                            "<- ACK\n"
                                            "<- |CNMB||***|***|\n");
    talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
    talk_ack(&core);
    talk_answer(&core, "|LT|Desk 1|1\x1B"
                       "01||||CI|0||1455051114|14201114|Ann|");
    assert_string_equal(talk_traced(&core), "-> |LT|Desk 1|E|\n"
                                            "<- ACK\n"
                                            "<- |LT|Desk 1|1\\x1B01||||CI|0||1455051114|14201114|***|\n");
    core.tracing = false;
    talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
    assert_string_equal(talk_traced(&core), "");
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_table),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_original),
        cmocka_unit_test(test_cards),
        cmocka_unit_test(test_rooms_only),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_check_out_of_several_rooms_warns),
        cmocka_unit_test(test_mobile),
        cmocka_unit_test(test_latin1),
        cmocka_unit_test(test_read_guest_card),
        cmocka_unit_test(test_areas_are_numbers),
        cmocka_unit_test(test_texts_that_break_frames),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_other_refusals),
        cmocka_unit_test(test_trace_masks),
    };
    return cmocka_run_group_tests_name("salto driver", tests, NULL, NULL);
}
