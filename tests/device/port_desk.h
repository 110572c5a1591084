/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of devices on serial ports share: a context that watches a tree of devices of the test's own, encoders
 * at the far ends, and its events as text. */
#ifndef KEYCARD_TESTS_DEVICE_PORT_DESK_H
#define KEYCARD_TESTS_DEVICE_PORT_DESK_H

#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "../unit/pty_shim.h"
#include "../unit/tty_rig.h"
#include "tester.h"

enum { WAIT_ROUNDS = 6000 }; /* of 10 ms: only reached when something is broken */

/* encoder_again: the first one in another socket, where the kernel calls it another name */
extern const struct tty_plug encoder, encoder_again, modem, unknown, own;

extern const char *denied;  /* the file that may not be opened; root may open everything otherwise */
extern bool no_descriptors; /* folders cannot be listed */

struct desk {
    struct tty_rig *ports;
    struct tester testers[4];
    size_t tester_count;
    kc_context *context;
    kc_site *site;
    char events[4000]; /* those of devices: "ttyUSB0 present, " */
    int event_count;
};

int open_desk(void **state);
int close_desk(void **state);
/* Skips the test where there is no tree of devices. */
struct desk *desk_of(void **state);
struct tester *plug(struct desk *desk, const struct tty_plug *what, enum tester_manner manner);
void unplug(struct desk *desk, const struct tty_plug *what, struct tester *tester);
void take_events(struct desk *desk);
/* A round: of the far ends, and of the library. */
void turn(struct desk *desk);
/* Until the events begin so; then they are forgotten. */
void until_events(struct desk *desk, const char *wanted);
/* The device that is listed at this node. */
kc_device *find(struct desk *desk, const char *node);
void until_state(struct desk *desk, kc_device *device, int32_t state);
void watch(struct desk *desk, int32_t how);
/* The error has this text in it. */
void says(const kc_error *error, const char *text);
kc_system *add_system(struct desk *desk, const char *name, const char *uri);

#endif
