/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial ports that come and go, in a tree of /sys and /dev of the test's own (umockdev). Put pty_shim.c into the
 * test's executable, so that they can be opened. */
#ifndef KEYCARD_TESTS_TTY_RIG_H
#define KEYCARD_TESTS_TTY_RIG_H

#include <stdbool.h>

struct tty_rig;

struct tty_plug {
    const char *place;                           /* "1-4.2"; NULL: no device on USB */
    const char *ids;                             /* "067b:2303" */
    const char *serial, *manufacturer, *product; /* may be NULL */
    int interface;
    int port;         /* of several at one interface */
    const char *node; /* "ttyUSB0" */
    const char *type; /* of a port without USB: "4"; "0" is a place without a chip */
};

/* NULL: it cannot run here; the test is to be skipped. */
struct tty_rig *tty_rig_new(void);
/* In the testbed of another rig, a UMockdevTestbed. */
struct tty_rig *tty_rig_in(void *testbed);
void tty_rig_free(struct tty_rig *rig);
void tty_rig_plug(struct tty_rig *rig, const struct tty_plug *plug);
/* The far end of its cable. */
int tty_rig_far_end(struct tty_rig *rig, const char *node);
/* The port goes and its far end closes. With `device` the device on USB goes with it. */
void tty_rig_unplug(struct tty_rig *rig, const struct tty_plug *plug, bool device);
/* What the device on USB says of itself, as bytes: "manufacturer", "product", "serial". */
void tty_rig_say(struct tty_rig *rig, const struct tty_plug *plug, const char *what, const char *text);
/* A link in /dev, such as "serial/by-id/usb-x" to "../../ttyUSB0". */
void tty_rig_link(struct tty_rig *rig, const char *name, const char *target);
/* The real place of a file of the mocked /dev. Valid until the next call. */
const char *tty_rig_path(struct tty_rig *rig, const char *file);

#endif
