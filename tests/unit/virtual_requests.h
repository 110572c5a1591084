/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to a `virtual:` link on the stand-in for the core, and what is expected of them. Needs cmocka's headers
 * before it. */
#ifndef KEYCARD_TESTS_VIRTUAL_REQUESTS_H
#define KEYCARD_TESTS_VIRTUAL_REQUESTS_H

#include <stdio.h>

#include "fake_core.h"
#include "virtual.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
/* Sets options "name=value". Returns what configure said of the first that it refused. */
#define WITH(...) with(core, (const char *const[]){__VA_ARGS__, NULL})

static const char *const room_101[] = {"101"};

static inline int set_up(void **state)
{
    static struct fake_core core; /* cmocka runs the tests one after the other */
    fake_core_open(&core, &driver_virtual);
    *state = &core;
    return 0;
}

static inline int tear_down(void **state)
{
    fake_core_close(*state);
    return 0;
}

static inline int32_t with(struct fake_core *core, const char *const *settings)
{
    int32_t status = KC_OK;
    for (; status == KC_OK && *settings; settings++) {
        const size_t length = strcspn(*settings, "=");
        char name[40];
        (void)snprintf(name, sizeof name, "%.*s", (int)length, *settings);
        status = fake_core_try_option(core, name, *settings + length + 1);
    }
    return status;
}

/* Prepares a request for room 101. */
static inline struct fake_op *request(struct fake_core *core, int32_t verb, const char *encoder)
{
    struct fake_op *op = fake_core_op(core, verb);
    op->request.encoder = encoder;
    op->request.rooms = (struct strings){room_101, 1};
    op->request.until = (struct moment){1781773200, {2026, 6, 18, 11, 0}};
    op->request.operator_name = "desk";
    return op;
}

/* Connects first where there is no connection, as the core does. */
static inline void start(struct fake_core *core, struct fake_op *op)
{
    if (!core->up)
        fake_core_up(core);
    fake_core_begin(core, op);
}

static inline struct fake_op *run(struct fake_core *core, int32_t verb)
{
    struct fake_op *op = request(core, verb, "Desk 1");
    start(core, op);
    return op;
}

static inline void assert_refused(const struct fake_op *op, int32_t status)
{
    assert_done(op, status, KC_OUTCOME_NOT_WRITTEN);
    assert_true(op->error.message[0] != '\0');
}

static inline void assert_good(const struct fake_op *op)
{
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
