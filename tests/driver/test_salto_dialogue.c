/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver's dialogue under every fault of the lock system and the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CN_DESK_1       "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|"

static struct fake_op *issue(struct fake_core *core)
{
    struct fake_op *op = talk_start(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_sent(core, CN_DESK_1);
    return op;
}

/* ---- ENQ and NAK ----------------------------------------------------------------------------------------------- */

static void test_nak_then_enquiry_then_again(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = issue(&core);
    talk_nak(&core);
    assert_false(op->committed); /* it said that it did nothing */
    assert_sent(&core, "");
    fake_core_advance(&core, 199);
    assert_sent(&core, "");
    fake_core_advance(&core, 1);
    assert_sent(&core, "ENQ");
    talk_nak(&core);
    fake_core_advance(&core, 200);
    assert_sent(&core, "ENQ");
    assert_false(op->committed);
    talk_ack(&core);
    assert_sent(&core, CN_DESK_1);
    assert_true(op->committed);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->committed_count, 2);
    assert_int_equal(op->released_count, 1);
    fake_core_close(&core);
}

static void test_nak_each_time(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = issue(&core);
    talk_nak(&core);
    for (int tries = 2; tries <= 3; tries++) {
        fake_core_advance(&core, 200);
        assert_sent(&core, "ENQ");
        talk_ack(&core);
        assert_sent(&core, CN_DESK_1);
        talk_nak(&core);
    }
    assert_done(op, KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN);
    fake_core_advance(&core, 100000);
    assert_sent(&core, "");
    assert_true(core.up && core.ready);
    fake_core_close(&core);
}

static void test_enquiry_refused_each_time(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "enquiry", "always", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    for (int tries = 1; tries <= 3; tries++) {
        assert_sent(&core, "ENQ");
        assert_false(op->done);
        talk_nak(&core);
        fake_core_advance(&core, 200);
    }
    assert_done(op, KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(op->committed_count, 0);
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_sent(&core, "ENQ");
    talk_ack(&core);
    assert_sent(&core, CN_DESK_1);
    fake_core_close(&core);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
}

static void test_without_enquiry(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "enquiry", "never", "nak-tries", "2", "pause-after-nak", "0", NULL);
    struct fake_op *op = issue(&core);
    talk_nak(&core);
    fake_core_advance(&core, 0);
    assert_sent(&core, CN_DESK_1);
    talk_nak(&core);
    assert_done(op, KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_code, "NAK");
    fake_core_close(&core);
}

/* What was refused was taken after all: it must not end as "not written", and it must not be sent again. */
static void test_a_sign_of_life_of_a_refused_request(void **state)
{
    (void)state;
    static const char *const signs[] = {"ACK", "|CN|Desk 1|", "|TD|Desk 1|"};
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        for (int enquired = 0; enquired < 2; enquired++) {
            struct fake_core core;
            talk_open(&core, NULL);
            struct fake_op *op = issue(&core);
            talk_nak(&core);
            if (enquired)
                fake_core_advance(&core, 200);
            if (i == 0)
                talk_ack(&core); /* after ENQ it is the answer to that, and the request goes out again */
            if (i != 0 || enquired)
                talk_answer(&core, i == 0 ? "|CN|Desk 1|" : signs[i]);
            assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
            assert_int_equal(core.down_count, 1);
            fake_core_close(&core);
        }
    }
}

/* ---- Silence and loss ------------------------------------------------------------------------------------------ */

static void test_silence(void **state)
{
    (void)state;
    struct fake_core core;
    /* no answer to ENQ */
    talk_open(&core, "enquiry", "always", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_core_advance(&core, 1999);
    assert_false(op->done);
    fake_core_advance(&core, 1);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
    /* no ACK */
    talk_open(&core, NULL);
    op = issue(&core);
    fake_core_advance(&core, 4999);
    assert_false(op->done);
    fake_core_advance(&core, 1);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
    /* no answer: the time is for each card */
    talk_open(&core, NULL);
    op = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    op->request.copies = 3;
    fake_core_start(&core, op);
    talk_ack(&core);
    fake_core_advance(&core, 179999);
    assert_false(op->done);
    fake_core_advance(&core, 1);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

/* Reading changes nothing, but its late answer must not meet the next request either. */
static void test_silent_read_closes(void **state)
{
    (void)state;
    for (int acknowledged = 0; acknowledged < 2; acknowledged++) {
        struct fake_core core;
        talk_open(&core, NULL);
        struct fake_op *op = talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
        if (acknowledged)
            talk_ack(&core);
        fake_core_advance(&core, acknowledged ? 60000 : 5000);
        assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(core.down_count, 1);
        fake_core_close(&core);
    }
}

static void test_lost_connection(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = issue(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = issue(&core);
    talk_ack(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = issue(&core);
    talk_nak(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN);
    /* half an answer of the old connection does not meet the new one */
    fake_core_up(&core);
    op = issue(&core);
    talk_ack(&core);
    fake_core_receive(&core, "\x02\xB3TD\xB3", 5);
    fake_core_drop(&core);
    fake_core_up(&core);
    op = issue(&core);
    talk_ack(&core);
    assert_int_equal(op->prompts_seen, 1); /* ACK was heard */
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_half_an_answer(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = issue(&core);
    talk_ack(&core);
    fake_core_receive(&core,
                      "\x02\xB3"
                      "CN",
                      4);
    fake_core_advance(&core, 1999);
    fake_core_receive(&core, "\xB3", 1); /* it goes on */
    fake_core_advance(&core, 1999);
    assert_false(op->done);
    fake_core_advance(&core, 1);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

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
        struct fake_op *op = issue(&core);
        talk_ack(&core);
        talk_answer(&core, rows[i].bytes);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        assert_int_equal(core.down_count, 1);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "answer-encoder", "ignore", NULL);
    struct fake_op *op = issue(&core);
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
        struct fake_op *op = issue(&core);
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
    struct fake_op *op = issue(&core);
    talk_ack(&core);
    fake_core_receive(&core, bytes.data, bytes.length);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);

    bytes.data[bytes.length - 1] = 0x0D;
    for (int accepted = 0; accepted < 2; accepted++) {
        talk_open(&core, "accept-check-constant", accepted ? "yes" : "no", NULL);
        op = issue(&core);
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
    struct fake_op *op = issue(&core);
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
    struct fake_op *op = issue(&core);
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
        struct fake_op *op = issue(&core);
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
        struct fake_op *first = issue(&core);
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
        issue(&core);
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
    struct fake_op *op = issue(&core);
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
        struct fake_op *op = issue(&core);
        talk_answer(&core, "|CN|Desk 1|");
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    }
    /* once it has sent one, it always does */
    struct fake_op *op = issue(&core);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|");
    op = issue(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_false(op->done);
    fake_core_advance(&core, 5000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);

    talk_open(&core, "require-acknowledge", "yes", NULL);
    op = issue(&core);
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
    struct fake_op *op = issue(&core);
    talk_ack(&core);
    fake_core_drop(&core);
    assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = issue(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_false(op->done);
    talk_ack(&core);
    talk_answer(&core, "|ES|Desk 1|");
    assert_done(op, KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

/* ---- Cancelling ------------------------------------------------------------------------------------------------ */

static void test_cancel(void **state)
{
    (void)state;
    struct fake_core core;
    /* sent: it goes on */
    talk_open(&core, NULL);
    struct fake_op *op = issue(&core);
    fake_core_cancel(&core, op);
    talk_ack(&core);
    fake_core_cancel(&core, op);
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    /* refused and waiting: it ends, and the next one comes */
    op = issue(&core);
    talk_nak(&core);
    fake_core_cancel(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    fake_core_advance(&core, 0);
    op = issue(&core);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(core.down_count, 0);
    /* a read under way: its answer may not meet the next request, so the connection closes */
    op = talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
    talk_ack(&core);
    fake_core_cancel(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

/* The ACK of the ENQ that was cancelled is not that of the next request. */
static void test_cancel_enquiry(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "enquiry", "always", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_sent(&core, "ENQ");
    fake_core_cancel(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_sent(&core, "");
    talk_ack(&core);
    assert_sent(&core, "ENQ");
    talk_ack(&core);
    assert_sent(&core, CN_DESK_1);
    talk_ack(&core);
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    /* and if that ACK never comes, the line is dead */
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_core_cancel(&core, op);
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_core_advance(&core, 5000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

/* ---- Discovery and keep-alive ---------------------------------------------------------------------------------- */

static void test_discover(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "enquiry", "never", NULL);
    for (int busy = 0; busy < 2; busy++) {
        struct fake_op *op = talk_start(&core, KC_VERB_DISCOVER, "");
        assert_sent(&core, "ENQ");
        talk_answer(&core, "|CN|Desk 1|");
        assert_false(op->done);
        if (busy)
            talk_nak(&core);
        else
            talk_ack(&core);
        assert_true(op->done);
        assert_int_equal(op->error.code, KC_OK);
        assert_int_equal(op->committed_count, 0);
    }
    struct fake_op *op = talk_start(&core, KC_VERB_DISCOVER, "");
    fake_core_advance(&core, 2000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

static void test_keep_alive(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    fake_core_keep_alive(&core);
    assert_sent(&core, "ENQ");
    assert_false(core.ready);
    talk_ack(&core);
    assert_true(core.ready);
    fake_core_keep_alive(&core);
    talk_nak(&core);
    assert_true(core.ready);
    fake_core_advance(&core, 100000);
    assert_true(core.up);
    fake_core_keep_alive(&core);
    fake_core_receive(&core, "\x02\xB3", 2); /* no sign of life, and no time gained */
    fake_core_advance(&core, 1999);
    assert_true(core.up);
    fake_core_advance(&core, 1);
    assert_false(core.up);
    assert_int_equal(core.fail_status, KC_ERROR_TIMED_OUT);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nak_then_enquiry_then_again),
        cmocka_unit_test(test_nak_each_time),
        cmocka_unit_test(test_enquiry_refused_each_time),
        cmocka_unit_test(test_without_enquiry),
        cmocka_unit_test(test_a_sign_of_life_of_a_refused_request),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_silent_read_closes),
        cmocka_unit_test(test_lost_connection),
        cmocka_unit_test(test_half_an_answer),
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
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_enquiry),
        cmocka_unit_test(test_discover),
        cmocka_unit_test(test_keep_alive),
    };
    return cmocka_run_group_tests_name("salto dialogue", tests, NULL, NULL);
}
