/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers to the SALTO driver that are damaged, wrong, glued, split, repeated or late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Damaged and wrong answers --------------------------------------------------------------------------------- */

static void test_wrong_answers(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *bytes; /* '|' for the separator, without STX, ETX and check byte */
    } rows[] = {
        {NULL, NULL, "|CN|Desk 2|"},         /* another encoder */
        {NULL, NULL, "|CC|Desk 1|"},         /* another command */
        {NULL, NULL, "|CN3|Desk 1|"},        /* another number of cards */
        {NULL, NULL, "|LT|Desk 1|101|"},     /* another command */
        {NULL, NULL, "|CNM|Desk 1|"},        /* another command */
        {NULL, NULL, "|TDX|Desk 1|"},        /* no code */
        {NULL, NULL, "|td|Desk 1|"},         /* no code */
        {NULL, NULL, "|T|Desk 1|"},          /* no code */
        {NULL, NULL, "||Desk 1|"},           /* no frame */
        {NULL, NULL, "CN|Desk 1|"},          /* no frame */
        {NULL, NULL, ""},                    /* no frame */
        {"answer-encoder", "ignore", "|CC|"} /* another command */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, rows[i].option, rows[i].value, NULL);
        struct fake_op *op = talk_issue(&core);
        talk_ack(&core);
        talk_answer(&core, rows[i].bytes);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        assert_int_equal(core.down_count, 1);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "answer-encoder", "ignore", NULL);
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    talk_answer(&core, "|CN|1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* An error that names another encoder of the lock system says nothing of this request; a name that nobody knows may be
 * another way to write it, or a text. */
static void test_error_of_another_encoder(void **state)
{
    (void)state;
    static const char *const answers[] = {"|TD|Desk 2|", "|ED|Desk 2|", "|NC|Desk 2|out of order|"};
    for (size_t i = 0; i < COUNT_OF(answers) * 3; i++) {
        struct fake_core core;
        const bool known = i % 3 != 0, ignored = i % 3 == 2;
        talk_open(&core, ignored ? "answer-encoder" : NULL, "ignore", NULL);
        core.known_encoder = known ? "Desk 2" : "Desk 20";
        struct fake_op *op = talk_issue(&core);
        talk_ack(&core);
        talk_answer(&core, answers[i / 3]);
        assert_true(op->done);
        assert_int_equal(op->outcome, known && !ignored ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(core.down_count, known && !ignored);
        fake_core_close(&core);
    }
}

static void test_wrong_check_byte(void **state)
{
    (void)state;
    struct fake_core core;
    struct buf bytes;
    buf_init(&bytes);
    talk_frame(&bytes, "|CN|Desk 1|");
    bytes.data[bytes.length - 1] ^= 0x40;
    talk_open(&core, NULL);
    fake_core_receive(&core, bytes.data, bytes.length); /* while idle: nobody's loss */
    assert_true(core.up);
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    fake_core_receive(&core, bytes.data, bytes.length);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);

    bytes.data[bytes.length - 1] = 0x0D;
    for (int accepted = 0; accepted < 2; accepted++) {
        talk_open(&core, "accept-check-constant", accepted ? "yes" : "no", NULL);
        op = talk_issue(&core);
        talk_ack(&core);
        fake_core_receive(&core, bytes.data, bytes.length);
        assert_int_equal(op->outcome, accepted ? KC_OUTCOME_WRITTEN : KC_OUTCOME_UNKNOWN);
        fake_core_close(&core);
    }
    buf_free(&bytes);
}

static void test_answer_too_long(void **state)
{
    (void)state;
    struct fake_core core;
    uint8_t block[512];
    memset(block, 'x', sizeof(block));
    talk_open(&core, "frame-at-most", "1024", NULL);
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    fake_core_receive(&core, "\x02\xB3", 2);
    for (int i = 0; i < 3; i++)
        fake_core_receive(&core, block, sizeof(block));
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static void test_nak_after_ack(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    talk_nak(&core);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

/* ---- Glued, split, twice, late --------------------------------------------------------------------------------- */

static void test_glued_and_split(void **state)
{
    (void)state;
    struct buf bytes;
    buf_init(&bytes);
    buf_append_text(&bytes, "\x11\x13"); /* garbage before */
    buf_append_byte(&bytes, 0x06);
    talk_frame(&bytes, "|CN|Desk 1|2F45A2C3|");
    for (size_t split = 0; split <= bytes.length; split++) {
        struct fake_core core;
        talk_open(&core, NULL);
        struct fake_op *op = talk_issue(&core);
        fake_core_receive(&core, bytes.data, split);
        fake_core_receive(&core, bytes.data + split, bytes.length - split);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_string_equal(op->serials[0], "2F45A2C3");
        fake_core_advance(&core, 100000);
        assert_true(core.up);
        fake_core_close(&core);
    }
    buf_free(&bytes);
}

/* The second of two equal answers must not be taken for that of the next request, which starts at once. */
static void test_answered_twice(void **state)
{
    (void)state;
    for (int glued = 0; glued < 2; glued++) {
        struct fake_core core;
        struct buf bytes;
        talk_open(&core, NULL);
        struct fake_op *first = talk_issue(&core);
        struct fake_op *second = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        core.next_on_done = second;
        buf_init(&bytes);
        talk_frame(&bytes, "|CN|Desk 1|");
        size_t one = bytes.length;
        talk_frame(&bytes, "|CN|Desk 1|");
        talk_ack(&core);
        if (glued) {
            fake_core_receive(&core, bytes.data, bytes.length);
        } else {
            fake_core_receive(&core, bytes.data, one);
            fake_core_receive(&core, bytes.data, one);
        }
        assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
        assert_false(second->done);
        assert_sent(&core, CN_DESK_1);
        talk_ack(&core);
        talk_answer(&core, "|TD|Desk 1|");
        assert_done(second, KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN);
        buf_free(&bytes);
        fake_core_close(&core);
    }
}

/* ... also when the next request is for another encoder and was acknowledged before. */
static void test_answered_twice_to_another_encoder(void **state)
{
    (void)state;
    static const char *const answers[] = {"|CN|Desk 1|", "|TD|Desk 1|"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct fake_core core;
        talk_open(&core, NULL);
        talk_issue(&core);
        talk_ack(&core);
        talk_answer(&core, answers[i]);
        struct fake_op *second = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
        talk_ack(&core);
        talk_answer(&core, answers[i]);
        assert_false(second->done);
        talk_answer(&core, "|CN|Desk 2|");
        assert_done(second, KC_OK, KC_OUTCOME_WRITTEN);
        fake_core_close(&core);
    }
}

static void test_nobody_waits(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    talk_answer(&core, "|CN|Desk 1|");
    talk_answer(&core, "|TD|");
    talk_answer(&core, "garbage");
    talk_ack(&core);
    talk_nak(&core);
    fake_core_receive(&core, "\x05\xFF\x00\x03\r", 5);
    assert_true(core.up && core.ready);
    struct fake_op *op = talk_issue(&core);
    fake_core_receive(&core, "\x05", 1);
    talk_ack(&core);
    talk_ack(&core); /* once too often */
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_answer_without_acknowledgement(void **state)
{
    (void)state;
    struct fake_core core;
    /* a lock system that never sends ACK */
    talk_open(&core, NULL);
    for (int i = 0; i < 2; i++) {
        struct fake_op *op = talk_issue(&core);
        talk_answer(&core, "|CN|Desk 1|");
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    }
    /* once it has sent one, it always does */
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|");
    op = talk_issue(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_false(op->done);
    fake_core_advance(&core, 5000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);

    talk_open(&core, "require-acknowledge", "yes", NULL);
    op = talk_issue(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_false(op->done);
    fake_core_close(&core);
}

/* What comes first on a new connection may be the answer to what was asked on the one before. */
static void test_answer_of_the_last_connection(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_issue(&core);
    talk_ack(&core);
    fake_core_drop(&core);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = talk_issue(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_false(op->done);
    talk_ack(&core);
    talk_answer(&core, "|ES|Desk 1|");
    assert_done(op, KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_error_of_another_encoder),
        cmocka_unit_test(test_wrong_check_byte),
        cmocka_unit_test(test_answer_too_long),
        cmocka_unit_test(test_nak_after_ack),
        cmocka_unit_test(test_glued_and_split),
        cmocka_unit_test(test_answered_twice),
        cmocka_unit_test(test_answered_twice_to_another_encoder),
        cmocka_unit_test(test_nobody_waits),
        cmocka_unit_test(test_answer_without_acknowledgement),
        cmocka_unit_test(test_answer_of_the_last_connection),
    };
    return cmocka_run_group_tests_name("salto answers", tests, NULL, NULL);
}
