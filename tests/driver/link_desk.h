/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front desk of the tests of drivers end to end: the public functions alone, one system "locks", a simulated lock
 * system at a socket or at a pseudo-terminal that looks like a UART, and one request that is made again and again. */
#ifndef KEYCARD_TESTS_LINK_DESK_H
#define KEYCARD_TESTS_LINK_DESK_H

#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "pty_shim.h"
#include "simulator.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DESK_WAIT_MS    60000

struct desk {
    struct simulator *simulator; /* NULL: none; stopped when the desk closes */
    char folder[64];             /* of the line, and of the card's file */
    char line[96], card[96];
    char where[64]; /* where the library listens, once it does: its log says so, for the system chose the port */
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request;
};

/* Fails the test if it cannot. */
struct simulator *desk_simulate(const struct simulator_options *options);
/* Nothing but its folder. */
struct desk *desk_new(void);
/* The system, without a lock system. */
void desk_open(struct desk *desk, const char *uri);
/* The lock system first; ADDRESS in the URI stands for where it is. */
void desk_open_simulated(struct desk *desk, const struct simulator_options *options, const char *uri);
void desk_close(struct desk *desk);
/* The same for cmocka. */
int desk_teardown(void **state);

void desk_set(struct desk *desk, const char *option, const char *value);
/* The desk's request anew, of station "desk-1". */
void desk_request(struct desk *desk, const char *booking, const char *room, const char *encoder, const char *until);
/* Waits for the end; the caller gives the operation back, as desk_expect() does. */
kc_op *desk_run(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **));
#define desk_expect(op, status, outcome) desk_expect_at(op, status, outcome, __FILE__, __LINE__)
void desk_expect_at(kc_op *op, int32_t status, int32_t outcome, const char *file, int line);

/* A fault of the simulator's script, and how an original ends that it strikes. */
struct desk_fault {
    const char *fault;
    int32_t status, outcome;
    size_t effects;
};
/* Each of them at a desk of its own, that `prepare` makes ready for it. The outcome may be "unknown", but never wrong:
 * what is "written" is, and what is "not written" is not. */
void desk_strike_each(struct desk *(*open)(void), void (*prepare)(struct desk *desk, const struct desk_fault *fault),
                      const struct desk_fault *faults, size_t count);

/* A test: the answer never comes. */
void desk_line_goes_dead(void **state);

#endif
