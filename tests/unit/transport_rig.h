/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of transports share: a recorder in the place of the core. */
#ifndef KEYCARD_TESTS_TRANSPORT_RIG_H
#define KEYCARD_TESTS_TRANSPORT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport.h"
#include "util/buf.h"

#define RIG_WAIT_MS 60000 /* "for ever": only reached when something is broken */

enum rig_slot { RIG_NEVER, RIG_CONNECTED, RIG_RECEIVED, RIG_INTERRUPT, RIG_CLOSED };

/* Notes what a transport calls, and that it does so from the loop and in the right order. */
struct rig {
    struct loop *loop;
    struct transport *transport; /* NULL: none or closed */
    enum rig_slot close_in;      /* closes the transport inside this callback */
    int slow_ms;                 /* how long it takes to take bytes */
    bool dispatching;
    int connected, closed, packets, rounds;
    struct buf received, interrupt;
    struct kc_error error; /* of closed */
};

/* Those of a rig, for who opens a transport himself: rig_begin() before. */
extern const struct transport_events rig_events;

void rig_init(struct rig *rig);
/* Forgets what was noted of the transport before. */
void rig_begin(struct rig *rig);
/* Closes and frees everything. */
void rig_free(struct rig *rig);
/* Opens by URI, with what parsing and open() return. */
int32_t rig_open(struct rig *rig, const char *uri, int fd, struct kc_error *error);
/* check() of the transport that the URI names. */
int32_t rig_check(const char *uri, struct kc_error *error);
void rig_close(struct rig *rig);
int32_t rig_send(struct rig *rig, const void *bytes, size_t count);
/* One round; waits for something to do. */
void rig_turn(struct rig *rig);
void rig_until_connected(struct rig *rig);
void rig_until_closed(struct rig *rig);
/* Until so many bytes came in all. */
void rig_until_received(struct rig *rig, size_t count);
/* Rounds without waiting, to see that nothing more is called. */
void rig_settle(struct rig *rig);

#endif
