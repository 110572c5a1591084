/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver's dialogue: refused, unanswered, lost, cancelled. What is wrong with the answers themselves is in
 * test_salto_answers.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- ENQ and NAK ----------------------------------------------------------------------------------------------- */

static void test_nak_then_enquiry_then_again(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_issue(&core);
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
    struct fake_op *op = talk_issue(&core);
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
    struct fake_op *op = talk_issue(&core);
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
            struct fake_op *op = talk_issue(&core);
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
    op = talk_issue(&core);
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
    struct fake_op *op = talk_issue(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = talk_issue(&core);
    talk_ack(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    op = talk_issue(&core);
    talk_nak(&core);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN);
    /* half an answer of the old connection does not meet the new one */
    fake_core_up(&core);
    op = talk_issue(&core);
    talk_ack(&core);
    fake_core_receive(&core, "\x02\xB3TD\xB3", 5);
    fake_core_drop(&core);
    fake_core_up(&core);
    op = talk_issue(&core);
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
    struct fake_op *op = talk_issue(&core);
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

/* ---- Cancelling ------------------------------------------------------------------------------------------------ */

static void test_cancel(void **state)
{
    (void)state;
    struct fake_core core;
    /* sent: it goes on */
    talk_open(&core, NULL);
    struct fake_op *op = talk_issue(&core);
    fake_core_cancel(&core, op);
    talk_ack(&core);
    fake_core_cancel(&core, op);
    talk_answer(&core, "|CN|Desk 1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    /* refused and waiting: it ends, and the next one comes */
    op = talk_issue(&core);
    talk_nak(&core);
    fake_core_cancel(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    fake_core_advance(&core, 0);
    op = talk_issue(&core);
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
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_enquiry),
        cmocka_unit_test(test_discover),
        cmocka_unit_test(test_keep_alive),
    };
    return cmocka_run_group_tests_name("salto dialogue", tests, NULL, NULL);
}
