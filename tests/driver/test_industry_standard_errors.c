/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error codes of both dialects of the Industry Standard: what each means, what it says of the card, and what is
 * told of it; and an answer that says that a copy became an original. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct code {
    const char *code;
    int32_t status;
    bool documented; /* it comes with a text that says what it means */
    bool reached;    /* the encoder */
    int32_t outcome, outcome_of_several;
};

/* Appends text that must fit. */
static void append(char *out, size_t size, const char *text)
{
    size_t length = strlen(out), more = strlen(text);
    assert_true(length + more < size);
    memcpy(out + length, text, more + 1);
}

/* The answer to a request for one card, then for two, with and without what follows the code. */
static void assert_code(void (*open)(struct fake_core *core, ...), int32_t verb, const struct code *row)
{
    for (int32_t copies = 1; copies <= 2; copies++) {
        struct fake_core core;
        char answer[32] = "|";
        open(&core, NULL);
        struct fake_op *op = talk_op(&core, verb, "Desk 1");
        op->request.copies = copies;
        fake_core_start(&core, op);
        talk_ack(&core);
        append(answer, sizeof(answer), row->code);
        append(answer, sizeof(answer), copies == 1 ? "|Desk 1|" : "|");
        talk_answer(&core, answer);
        assert_done(op, row->status, copies == 1 ? row->outcome : row->outcome_of_several);
        assert_string_equal(op->error.vendor_code, row->code);
        assert_int_equal(op->reached, row->reached);
        assert_int_equal(op->error.vendor_text[0] != '\0', row->documented);
        assert_non_null(strstr(op->error.message, row->code));
        assert_true(core.up);
        fake_core_close(&core);
    }
}

static void test_every_error_code(void **state)
{
    (void)state;
    static const struct code rows[] = {
        {"ES", KC_ERROR_SYNTAX, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"NC", KC_ERROR_ENCODER_OFFLINE, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"NF", KC_ERROR_LOCK_SYSTEM, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"OV", KC_ERROR_ENCODER_BUSY, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"EP", KC_ERROR_CARD, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"EF", KC_ERROR_CARD_FORMAT, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"EN", KC_ERROR_CARD, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"ET", KC_ERROR_ENCODER_FAULT, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"TD", KC_ERROR_UNKNOWN_ROOM, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"ED", KC_ERROR_NO_CARD, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"OS", KC_ERROR_ROOM_UNAVAILABLE, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"EO", KC_ERROR_ROOM_BUSY, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"EV", KC_ERROR_CARD_REFUSED, true, true, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"EG", KC_ERROR_VENDOR, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"ER", KC_ERROR_VENDOR, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"ZZ", KC_ERROR_VENDOR, false, false, KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN},
        {"E7", KC_ERROR_VENDOR, false, false, KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_code(talk_open, KC_VERB_ISSUE_DUPLICATE, &rows[i]);
        assert_code(talk_open_onity, KC_VERB_ISSUE_ORIGINAL, &rows[i]);
    }
}

static void test_codes_that_differ(void **state)
{
    (void)state;
    static const struct code salto[] = {
        {"EA", KC_ERROR_NOT_CHECKED_IN, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_NOT_WRITTEN},
        {"WE", KC_ERROR_VENDOR, true, false, KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN},
        {"WO", KC_ERROR_VENDOR, true, false, KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN},
    };
    static const struct code onity[] = {
        {"EA", KC_ERROR_ONE_SHOT_LIMIT, true, false, KC_OUTCOME_NOT_WRITTEN, KC_OUTCOME_UNKNOWN},
        {"WE", KC_ERROR_VENDOR, false, false, KC_OUTCOME_UNKNOWN, KC_OUTCOME_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT_OF(salto); i++)
        assert_code(talk_open, KC_VERB_ISSUE_DUPLICATE, &salto[i]);
    for (size_t i = 0; i < COUNT_OF(onity); i++)
        assert_code(talk_open_onity, KC_VERB_ISSUE_ORIGINAL, &onity[i]);
}

static void test_meaning_of_ea(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, "code-ea", "checked-out", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_DUPLICATE, "1");
    talk_ack(&core);
    talk_answer(&core, "|EA|1|");
    assert_done(op, KC_ERROR_NOT_CHECKED_IN, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_original_for_a_copy_onity(void **state)
{
    (void)state;
    static const char *const values[] = {"accept", "unknown"};
    for (size_t i = 0; i < 2; i++) {
        struct fake_core core;
        talk_open_onity(&core, "original-for-copy", values[i], NULL);
        struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_DUPLICATE, "1");
        talk_ack(&core);
        talk_answer(&core, "|CN|1|");
        assert_done(op, i == 0 ? KC_OK : KC_ERROR_PROTOCOL, i == 0 ? KC_OUTCOME_WRITTEN : KC_OUTCOME_UNKNOWN);
        assert_int_equal(op->warning_count, i == 0 ? 1 : 0);
        fake_core_close(&core);
    }
}

static void test_error_text_of_the_lock_system(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "mobile", "on", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    talk_ack(&core);
    talk_answer(&core, "|EG|Desk 1|T\xFCr \x05\x1B[31m zu|");
    assert_done(op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "T\xC3\xBCr ??[31m zu");
    assert_null(strstr(op->error.message, "zu"));

    op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.phone = "+359888123456";
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|EG|+359888123456|no app on 00359888123456|");
    assert_done(op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "no app on 00************");

    /* a version without mobile keys */
    op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.phone = "+359888123456";
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|ES|+359888123456|");
    assert_done(op, KC_ERROR_MOBILE, KC_OUTCOME_NOT_WRITTEN);
    assert_null(strstr(op->error.message, "359888"));
    fake_core_close(&core);
}

static void test_original_for_a_copy_salto(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_DUPLICATE, "Desk 1");
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|2F45A2C3|");
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_true(op->reached);
    assert_true(core.up);
    fake_core_close(&core);

    talk_open(&core, "original-for-copy", "accept", NULL);
    op = talk_start(&core, KC_VERB_ISSUE_DUPLICATE, "Desk 1");
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|2F45A2C3|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->warning_count, 1);
    assert_int_equal(op->serial_count, 1);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_code),
        cmocka_unit_test(test_codes_that_differ),
        cmocka_unit_test(test_meaning_of_ea),
        cmocka_unit_test(test_error_text_of_the_lock_system),
        cmocka_unit_test(test_original_for_a_copy_salto),
        cmocka_unit_test(test_original_for_a_copy_onity),
    };
    return cmocka_run_group_tests_name("industry standard errors", tests, NULL, NULL);
}
