/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* EX: a cancelled card, and an encoder that is emptied first. Whatever happens, "not written" is said only when sure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "salto_talk.h"

/* The lock system took the request, then the operation was cancelled. */
static struct fake_op *cancel_original(struct fake_core *core)
{
    talk_open_onity(core, NULL);
    struct fake_op *op = talk_start(core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_ack(core);
    talk_sent(core);
    fake_core_cancel(core, op);
    return op;
}

static void test_cancel_while_a_card_is_awaited(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    assert_sent(&core, "|EX|1|");
    assert_false(op->done);
    talk_ack(&core);
    talk_answer(&core, "|ED|1|");
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_code, "ED");
    talk_answer(&core, "|EX|1|"); /* nobody waits for it, and it harms nobody */
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_ack(&core);
    talk_answer(&core, "|CN|1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(core.down_count, 0);
    fake_core_close(&core);
}

static void test_cancel_that_comes_too_late(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    talk_ack(&core);
    talk_answer(&core, "|EX|1|");
    assert_false(op->done);
    talk_answer(&core, "|CN|1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_cancel_before_the_acknowledgement_waits_for_it(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_sent(&core);
    fake_core_cancel(&core, op);
    assert_sent(&core, "");
    talk_ack(&core);
    assert_sent(&core, "|EX|1|");
    talk_ack(&core);
    talk_answer(&core, "|ED|1|");
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);

    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_sent(&core);
    fake_core_cancel(&core, op);
    talk_nak(&core); /* not taken, and not sent again */
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_sent(&core, "");
    fake_core_close(&core);
}

static void test_an_error_that_may_be_for_ex_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    talk_ack(&core);
    talk_answer(&core, "|ES|1|");
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

static void test_an_error_after_the_answer_to_ex_is_for_the_request(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    talk_ack(&core);
    talk_answer(&core, "|EX|1|");
    talk_answer(&core, "|EP|1|");
    assert_done(op, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_refused_ex_changes_nothing(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    talk_nak(&core);
    assert_false(op->done);
    talk_answer(&core, "|TD|1|"); /* no answer to EX is due, so this is the request's */
    assert_done(op, KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_silence_after_ex_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = cancel_original(&core);
    talk_ack(&core);
    talk_answer(&core, "|EX|1|");
    fake_core_advance(&core, 5001);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static void test_cancelled_read_empties_the_encoder(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_READ_CARD, "1");
    talk_ack(&core);
    talk_sent(&core);
    fake_core_cancel(&core, op);
    assert_true(op->done);
    assert_int_equal(op->outcome, KC_OUTCOME_NOT_WRITTEN);
    assert_sent(&core, "|EX|1|");
    fake_core_close(&core);
}

static void test_no_ex_unless_wanted_or_sent(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, "eject", "off", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_sent(&core);
    talk_ack(&core);
    fake_core_cancel(&core, op);
    assert_sent(&core, "");
    fake_core_close(&core);
    talk_open_onity(&core, NULL);
    op = talk_start(&core, KC_VERB_CHECK_OUT, "1"); /* no card, nothing to eject */
    talk_sent(&core);
    talk_ack(&core);
    fake_core_cancel(&core, op);
    assert_sent(&core, "");
    fake_core_close(&core);
}

static void test_ex_of_one_encoder_while_another_works(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, "requests-in-flight", "per-encoder", NULL);
    struct fake_op *first = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_ack(&core);
    struct fake_op *second = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "2");
    talk_sent(&core);
    fake_core_cancel(&core, first);
    assert_sent(&core, ""); /* the next ACK is for the second request */
    talk_ack(&core);
    assert_sent(&core, "|EX|1|");
    talk_ack(&core);
    talk_answer(&core, "|CN|2|");
    assert_done(second, KC_OK, KC_OUTCOME_WRITTEN);
    talk_answer(&core, "|EX|1|");
    talk_answer(&core, "|ED|1|");
    assert_done(first, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(core.down_count, 0);
    fake_core_close(&core);
}

static void test_ex_ahead_of_each_card(void **state)
{
    (void)state;
    static const char *const answers[] = {"|EX|1|", "|EP|1|", NULL};
    for (size_t i = 0; i < 3; i++) {
        struct fake_core core;
        talk_open_onity(&core, "eject-before", "yes", NULL);
        struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
        assert_sent(&core, "|EX|1|");
        assert_false(op->committed);
        talk_ack(&core);
        assert_sent(&core, "");
        if (answers[i])
            talk_answer(&core, answers[i]);
        else
            fake_core_advance(&core, 5000);
        assert_sent(&core, "|CN|1|E|101||||||15150626|11180626|Ann|||");
        assert_true(op->committed);
        talk_ack(&core);
        talk_answer(&core, answers[i] ? "|TD|1|" : "|CN|1|");
        assert_done(op, answers[i] ? KC_ERROR_UNKNOWN_ROOM : KC_OK,
                    answers[i] ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_WRITTEN);
        fake_core_close(&core);
    }
}

static void test_refused_or_silent_ex_ahead_of_a_card(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open_onity(&core, "eject-before", "yes", NULL);
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    talk_sent(&core);
    talk_nak(&core);
    assert_sent(&core, "|CN|1|E|101||||||15150626|11180626|Ann|||");
    talk_ack(&core);
    talk_answer(&core, "|CN|1|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "1");
    fake_core_advance(&core, 5000);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel_while_a_card_is_awaited),
        cmocka_unit_test(test_cancel_that_comes_too_late),
        cmocka_unit_test(test_cancel_before_the_acknowledgement_waits_for_it),
        cmocka_unit_test(test_an_error_that_may_be_for_ex_leaves_the_outcome_unknown),
        cmocka_unit_test(test_an_error_after_the_answer_to_ex_is_for_the_request),
        cmocka_unit_test(test_refused_ex_changes_nothing),
        cmocka_unit_test(test_silence_after_ex_leaves_the_outcome_unknown),
        cmocka_unit_test(test_cancelled_read_empties_the_encoder),
        cmocka_unit_test(test_no_ex_unless_wanted_or_sent),
        cmocka_unit_test(test_ex_of_one_encoder_while_another_works),
        cmocka_unit_test(test_ex_ahead_of_each_card),
        cmocka_unit_test(test_refused_or_silent_ex_ahead_of_a_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
