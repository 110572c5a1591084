/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Saflok IRS driver on lines that acknowledge: ENQ, ACK and NAK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "saflok_irs_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void test_handshake(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"serial", "auto"}, {"tcp", "enq"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, rows[i][0], "handshake", rows[i][1], NULL);
        struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 2);
        assert_sent(&core, "<ENQ>");
        assert_false(op->committed);
        ack(&core);
        assert_true(op->committed);
        assert_sent(&core, NEW);
        assert_int_equal(op->prompts_seen, 0);
        ack(&core);
        assert_int_equal(op->prompts_seen, 1);
        talk_answer(&core, DONE, 0);
        assert_sent(&core, "<ACK><ENQ>");
        ack(&core);
        assert_sent(&core, COPY);
        fake_core_receive(&core, "\x06\x02" DONE "\x03\x06", 18); /* in one piece */
        assert_sent(&core, "<ACK>");
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "serial", "handshake", "none", NULL);
    talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_sent(&core, NEW);
    fake_core_close(&core);
}

static void test_handshake_refused(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "serial", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    for (int i = 0; i < 3; i++) { /* not ready, each time */
        assert_sent(&core, "<ENQ>");
        nak(&core);
        fake_core_advance(&core, 200);
    }
    assert_done(op, KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(op->committed_count, 0);

    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    ack(&core);
    talk_sent(&core);
    nak(&core); /* a NAK says that it was not taken: again */
    assert_sent(&core, NEW);
    nak(&core);
    assert_sent(&core, NEW);
    assert_int_equal(op->released_count, 2);
    nak(&core);
    assert_done(op, KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN);
    assert_sent(&core, "");
    assert_true(core.up);

    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 2); /* the same after a card was made */
    ack(&core);
    ack(&core);
    talk_answer(&core, DONE, 0);
    ack(&core);
    nak(&core), nak(&core), nak(&core);
    assert_done(op, KC_ERROR_SYNTAX, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->released_count, 0);
    fake_core_close(&core);
}

static void test_handshake_silent(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "serial", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_advance(&core, 3000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    assert_false(core.up); /* the ACK may still come */
    fake_core_up(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    ack(&core);
    fake_core_advance(&core, 3000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_false(core.up);
    fake_core_up(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_cancel(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_false(core.up);
    fake_core_up(&core);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    ack(&core);
    ack(&core);
    nak(&core); /* taken and refused */
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* No key may come of looking for encoders. */
static void test_discovery_sends_no_request(void **state)
{
    (void)state;
    static const char *const answers[] = {"\x06", "\x15"};
    struct fake_core core;
    talk_open(&core, "tcp", NULL);
    struct fake_op *op = fake_core_op(&core, KC_VERB_DISCOVER);
    fake_core_start(&core, op);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, "");
    fake_core_close(&core);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        talk_open(&core, "serial", NULL);
        op = fake_core_op(&core, KC_VERB_DISCOVER);
        fake_core_start(&core, op);
        assert_sent(&core, "<ENQ>");
        fake_core_receive(&core, answers[i], 1);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_sent(&core, "");
        assert_int_equal(op->committed_count, 0);
        fake_core_close(&core);
    }
    talk_open(&core, "serial", NULL);
    op = fake_core_op(&core, KC_VERB_DISCOVER);
    fake_core_start(&core, op);
    fake_core_advance(&core, 3000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_damaged_answer_is_asked_for_again(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "serial", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    ack(&core), ack(&core);
    talk_sent(&core);
    talk_answer(&core, DONE, 0x40);
    assert_sent(&core, "<NAK>");
    talk_answer(&core, DONE, 0x40);
    assert_sent(&core, "<NAK>");
    talk_answer(&core, DONE, 0);
    assert_sent(&core, "<ACK>");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    ack(&core), ack(&core);
    for (int i = 0; i < 3; i++)
        talk_answer(&core, DONE, 0x40);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* A serial line brings late answers even after it was opened anew. */
static void test_stale_answers_do_not_count(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "serial", NULL);
    struct fake_op *op = talk_start_op(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    talk_answer(&core, DONE, 0); /* before the ACK to ENQ: of the past */
    assert_false(op->done);
    fake_core_receive(&core, "\x06\x02" DONE "\x03\x06", 18); /* behind it, but before the request left */
    assert_false(op->done);
    talk_answer(&core, DONE, 0); /* nobody took the request yet */
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_handshake_refused),
        cmocka_unit_test(test_handshake_silent),
        cmocka_unit_test(test_discovery_sends_no_request),
        cmocka_unit_test(test_damaged_answer_is_asked_for_again),
        cmocka_unit_test(test_stale_answers_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
