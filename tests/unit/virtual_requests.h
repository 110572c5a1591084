/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to a `virtual:` link on a small core, and what is expected of them. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_VIRTUAL_REQUESTS_H
#define KEYCARD_TESTS_VIRTUAL_REQUESTS_H

#include "small_core.h"
#include "virtual.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WITH(...)       small_core_configure(core, ##__VA_ARGS__, NULL)

static const char *const room_101[] = {"101"};

static inline int set_up(void **state)
{
    static struct small_core core; /* cmocka runs the tests one after the other */
    small_core_open(&core, &driver_virtual);
    *state = &core;
    return 0;
}

static inline int tear_down(void **state)
{
    small_core_close(*state);
    return 0;
}

/* Prepares a request for room 101. */
static inline struct small_op *request(struct small_core *core, size_t index, int32_t verb, const char *encoder)
{
    struct small_op *op = small_core_op(core, index, verb, encoder);
    op->request.rooms = (struct strings){room_101, 1};
    op->request.until = (struct moment){1781773200, {2026, 6, 18, 11, 0}};
    op->request.operator_name = "desk";
    return op;
}

static inline struct small_op *run(struct small_core *core, int32_t verb)
{
    struct small_op *op = request(core, 0, verb, "Desk 1");
    small_core_start(core, op);
    return op;
}

static inline void assert_refused(const struct small_op *op, int32_t status)
{
    assert_true(op->done);
    assert_int_equal(op->status, status);
    assert_int_equal(op->error.card_state, KC_OUTCOME_NOT_WRITTEN);
    assert_true(op->error.message[0] != '\0');
}

static inline void assert_good(const struct small_op *op)
{
    assert_true(op->done);
    assert_int_equal(op->status, KC_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
