/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template of a driver, so that what driver authors copy is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "small_core.h"

extern const struct driver driver_template;

static const char *const rooms[] = {"101"};

static struct small_op *prepare(struct small_core *core, size_t index)
{
    struct small_op *op = small_core_op(core, index, KC_VERB_ISSUE_ORIGINAL, "Desk1");
    op->request.rooms = (struct strings){rooms, 1};
    op->request.until.wall = (struct wall_time){2026, 6, 18, 9, 5};
    return op;
}

static struct small_op *start(struct small_core *core)
{
    small_core_open(core, &driver_template);
    small_core_up(core);
    assert_int_equal(core->ready_count, 1);
    struct small_op *op = prepare(core, 0);
    small_core_start(core, op);
    return op;
}

static void test_key_is_made(void **state)
{
    (void)state;
    struct small_core core;
    struct small_op *op = start(&core);
    assert_string_equal(core.sent, "KEY Desk1 101 2026-06-18T09:05\n");
    assert_true(op->committed);
    assert_int_equal(op->prompt_count, 1);
    small_core_receive(&core, "O", 1);
    assert_false(op->done);
    small_core_receive(&core, "K\n", 2);
    assert_true(op->done && op->reached);
    assert_int_equal(op->status, KC_OK);
    small_core_close(&core);
}

static void test_refusal_says_nothing_was_written(void **state)
{
    (void)state;
    struct small_core core;
    struct small_op *op = start(&core);
    small_core_receive(&core, "ERR no card\n", 12);
    assert_int_equal(op->status, KC_ERROR_VENDOR);
    assert_int_equal(op->error.card_state, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "no card");
    small_core_close(&core);
}

static void test_silence_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    struct small_core core;
    struct small_op *op = start(&core);
    small_core_advance(&core, 59999);
    assert_false(op->done);
    small_core_advance(&core, 1);
    assert_int_equal(op->status, KC_ERROR_TIMED_OUT);
    assert_int_equal(op->error.card_state, KC_OUTCOME_UNKNOWN);
    small_core_close(&core);
}

static void test_bytes_that_break_the_protocol_close_the_link(void **state)
{
    (void)state;
    char long_line[200];
    memset(long_line, 'x', sizeof long_line);
    const struct {
        const char *bytes;
        size_t count;
    } broken[] = {{"MAYBE\n", 6}, {"OK\0\n", 4}, {"\n", 1}, {"OK\nOK\n", 6}, {long_line, sizeof long_line}};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct small_core core;
        struct small_op *op = start(&core);
        small_core_receive(&core, broken[i].bytes, broken[i].count);
        assert_true(op->done);
        assert_int_equal(op->status, KC_ERROR_PROTOCOL);
        assert_int_equal(op->error.card_state, KC_OUTCOME_UNKNOWN);
        small_core_close(&core);
    }
}

static void test_late_answer_is_not_taken_for_that_of_another(void **state)
{
    (void)state;
    struct small_core core;
    struct small_op *op = start(&core);
    struct small_op *next = prepare(&core, 1);
    core.next = next; /* starts as soon as the first is done */
    small_core_receive(&core, "OK\n", 3);
    assert_int_equal(op->status, KC_OK);
    assert_true(next->used);
    assert_false(next->done);
    small_core_receive(&core, "OK\nOK\n", 6);
    assert_int_equal(next->status, KC_ERROR_PROTOCOL);
    core.fail_status = 0;
    small_core_receive(&core, "OK\n", 3); /* nobody asked */
    assert_int_equal(core.fail_status, KC_ERROR_PROTOCOL);
    small_core_close(&core);
}

static void test_half_a_line_does_not_survive_the_connection(void **state)
{
    (void)state;
    struct small_core core;
    struct small_op *op = start(&core);
    small_core_receive(&core, "ERR half", 8);
    driver_link_fail(&core.link, KC_ERROR_CONNECTION_LOST, "test");
    small_core_receive(&core, "", 0);
    assert_int_equal(op->status, KC_ERROR_CONNECTION_LOST);
    struct small_op *next = prepare(&core, 1);
    small_core_start(&core, next);
    small_core_receive(&core, "OK\n", 3);
    assert_int_equal(next->status, KC_OK);
    small_core_close(&core);
}

static void test_names_never_become_protocol(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "10 1", "101\nKEY", "1\x01", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct small_core core;
        small_core_open(&core, &driver_template);
        struct small_op *op = prepare(&core, 0);
        op->request.rooms = (struct strings){&bad[i], 1};
        small_core_start(&core, op);
        assert_int_equal(op->status, KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(op->error.field, "rooms");
        op = prepare(&core, 1);
        op->request.encoder = bad[i];
        small_core_start(&core, op);
        assert_int_equal(op->status, KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(op->error.field, "encoder");
        assert_int_equal(core.sent_length, 0);
        small_core_close(&core);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_is_made),
        cmocka_unit_test(test_refusal_says_nothing_was_written),
        cmocka_unit_test(test_silence_leaves_the_outcome_unknown),
        cmocka_unit_test(test_bytes_that_break_the_protocol_close_the_link),
        cmocka_unit_test(test_late_answer_is_not_taken_for_that_of_another),
        cmocka_unit_test(test_half_a_line_does_not_survive_the_connection),
        cmocka_unit_test(test_names_never_become_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
