/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the event loop share: a loop, and a round of it. */
#ifndef KEYCARD_TESTS_LOOP_RIG_H
#define KEYCARD_TESTS_LOOP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop/loop_private.h"

#define LOOP_WAIT_MS 60000 /* "for ever": only reached when something is broken */

static inline int loop_setup(void **state)
{
    struct loop *loop = NULL;
    struct kc_error error;

    if (loop_new(&loop, &error) != KC_OK)
        return -1;
    *state = loop;
    return 0;
}

static inline int loop_teardown(void **state)
{
    loop_free(*state);
    return 0;
}

static inline void loop_turn(struct loop *loop)
{
    assert_int_equal(loop_wait(loop, LOOP_WAIT_MS), 1);
    assert_int_equal(loop_dispatch(loop), KC_OK);
}

#endif
