/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver and what came before a request: it is heard before the request leaves, and never taken for its ACK.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* An ACK or NAK that lay in the connection before the request is not that of the request. */
static void test_what_came_before_a_request(void **state)
{
    (void)state;
    for (int accepted = 0; accepted < 2; accepted++) {
        struct fake_core core;
        talk_open(&core, NULL);
        core.unread = true;
        struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        assert_sent(&core, "");
        assert_false(op->committed);
        core.unread = false;
        if (accepted)
            talk_ack(&core);
        else
            talk_nak(&core);
        assert_sent(&core, CN_DESK_1);
        talk_nak(&core);
        assert_false(op->committed || op->done);
        fake_core_advance(&core, 200);
        assert_sent(&core, "ENQ");
        talk_ack(&core);
        assert_sent(&core, CN_DESK_1);
        talk_ack(&core);
        talk_answer(&core, "|CN|Desk 1|");
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        fake_core_close(&core);
    }
}

/* The lock system took after all what it had refused: that is heard before anything else is sent. */
static void test_what_came_during_a_pause(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    struct fake_op *op = talk_issue(&core);
    talk_nak(&core);
    core.unread = true;
    fake_core_advance(&core, 200);
    assert_sent(&core, "");
    core.unread = false;
    talk_ack(&core);
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

/* The connection ends before the request could leave. */
static void test_lost_before_a_request(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, NULL);
    core.unread = true;
    struct fake_op *op = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    fake_core_drop(&core);
    assert_sent(&core, "");
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

/* The next request starts inside the answer to the first, but leaves only when all that came with that was heard. */
static void test_acknowledgement_behind_an_answer(void **state)
{
    (void)state;
    struct fake_core core;
    struct buf bytes;
    talk_open(&core, NULL);
    struct fake_op *first = talk_issue(&core);
    struct fake_op *second = talk_op(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    core.next_on_done = second;
    buf_init(&bytes);
    buf_append_byte(&bytes, 0x06);
    talk_frame(&bytes, "|CN|Desk 1|");
    buf_append_byte(&bytes, 0x06);
    fake_core_receive(&core, bytes.data, bytes.length);
    assert_done(first, KC_OK, KC_OUTCOME_WRITTEN);
    assert_sent(&core, CN_DESK_1);
    talk_nak(&core);
    assert_false(second->committed || second->done);
    assert_true(core.up);
    buf_free(&bytes);
    fake_core_close(&core);
}

/* A byte may wait only where an answer follows ACK at once, and no time-out can be over before it is looked at. */
static void test_where_a_byte_may_wait(void **state)
{
    (void)state;
    static const char *const never[][2] = {
        {"enquiry", "always"}, {"acknowledge-timeout", "99"}, {"answer-timeout", "99"}, {"byte-timeout", "99"}};
    for (size_t i = 0; i <= COUNT_OF(never); i++) {
        struct fake_core core;
        const bool patient = i == COUNT_OF(never);
        talk_open(&core, patient ? NULL : never[i][0], patient ? NULL : never[i][1], NULL);
        talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        assert_int_equal(core.looks, patient ? 1 : 0);
        fake_core_close(&core);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_came_before_a_request), cmocka_unit_test(test_what_came_during_a_pause),
        cmocka_unit_test(test_lost_before_a_request),      cmocka_unit_test(test_acknowledgement_behind_an_answer),
        cmocka_unit_test(test_where_a_byte_may_wait),
    };
    return cmocka_run_group_tests_name("salto-strays", tests, NULL, NULL);
}
