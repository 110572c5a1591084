/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request came to: where it goes, and what the driver is told, checked. For the next operation with it. */
#ifndef KEYCARD_PLAN_H
#define KEYCARD_PLAN_H

#include "driver.h"

struct kc_encoder;
struct kc_op;
struct kc_system;

/* In the memory of `asked`; never changed once it is made, but for what the driver keeps. A setter of the request, a
 * change of site or system, and the clock end it. */
struct plan {
    uint64_t setup;        /* kc_context.setup that it was made with */
    int64_t since, before; /* seconds since 1970 between which the clock changes nothing in it */
    int32_t verb;
    struct kc_system *system;
    struct kc_encoder *encoder;
    const char *system_name, *encoder_name; /* these outlive the system */
    struct driver_request request;
    char from[MOMENT_TEXT_SIZE], until[MOMENT_TEXT_SIZE]; /* as a key shows them; "" = not given */
    const void *kept;                                     /* by the driver; NULL: nothing */
    size_t kept_size;
};

/* Follows the plan of the request: chooses system and encoder and fills op->request as op_choose_target() and
 * preflight() would. False: there is none that holds. */
bool plan_follow(struct kc_op *op);
/* After op_choose_target() and preflight(): makes a plan if the request comes again, and if it may hold the next time.
 * Without memory there is none. */
void plan_make(struct kc_op *op);

#endif
