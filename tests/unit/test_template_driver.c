/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The template of a driver, so that what driver authors copy is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fake_core.h"

extern const struct driver driver_template;

static const char *const rooms[] = {"101"};

static struct fake_op *prepare(struct fake_core *core)
{
    struct fake_op *op = fake_core_op(core, KC_VERB_ISSUE_ORIGINAL);
    op->request.encoder = "Desk1";
    op->request.rooms = (struct strings){rooms, 1};
    op->request.until.wall = (struct wall_time){2026, 6, 18, 9, 5};
    return op;
}

static struct fake_op *start(struct fake_core *core)
{
    fake_core_open(core, &driver_template);
    fake_core_up(core);
    assert_int_equal(core->ready_count, 1);
    struct fake_op *op = prepare(core);
    fake_core_begin(core, op);
    return op;
}

static void test_key_is_made(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = start(&core);
    assert_string_equal(buf_text(&core.sent), "KEY Desk1 101 2026-06-18T09:05\n");
    assert_true(op->committed);
    assert_int_equal(op->prompts_seen, 1);
    fake_core_receive(&core, "O", 1);
    assert_false(op->done);
    fake_core_receive(&core, "K\n", 2);
    assert_true(op->done && op->reached);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_refusal_says_nothing_was_written(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = start(&core);
    fake_core_receive(&core, "ERR no card\n", 12);
    assert_done(op, KC_ERROR_VENDOR, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_text, "no card");
    fake_core_close(&core);
}

static void test_silence_leaves_the_outcome_unknown(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = start(&core);
    fake_core_advance(&core, 59999);
    assert_false(op->done);
    fake_core_advance(&core, 1);
    assert_done(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
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
        struct fake_core core;
        struct fake_op *op = start(&core);
        fake_core_receive(&core, broken[i].bytes, broken[i].count);
        assert_true(op->done);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        fake_core_close(&core);
    }
}

static void test_late_answer_is_not_taken_for_that_of_another(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = start(&core);
    struct fake_op *next = prepare(&core);
    core.next_on_done = next; /* starts as soon as the first is done */
    fake_core_receive(&core, "OK\n", 3);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(next->running);
    fake_core_receive(&core, "OK\nOK\n", 6);
    assert_done(next, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(core.down_count, 1);
    fake_core_up(&core);
    fake_core_receive(&core, "OK\n", 3); /* nobody asked */
    assert_int_equal(core.down_count, 2);
    assert_int_equal(core.fail_status, KC_ERROR_PROTOCOL);
    fake_core_close(&core);
}

static void test_half_a_line_does_not_survive_the_connection(void **state)
{
    (void)state;
    struct fake_core core;
    struct fake_op *op = start(&core);
    fake_core_receive(&core, "ERR half", 8);
    fake_core_drop(&core);
    assert_done(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    fake_core_up(&core);
    struct fake_op *next = prepare(&core);
    fake_core_begin(&core, next);
    fake_core_receive(&core, "OK\n", 3);
    assert_done(next, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

static void test_names_never_become_protocol(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "10 1", "101\nKEY", "1\x01", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fake_core core;
        fake_core_open(&core, &driver_template);
        struct fake_op *op = prepare(&core);
        op->request.rooms = (struct strings){&bad[i], 1};
        assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, "rooms");
        op = prepare(&core);
        op->request.encoder = bad[i];
        assert_int_equal(fake_core_check(&core, op), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, "encoder");
        assert_int_equal(core.sent.length, 0);
        fake_core_close(&core);
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
