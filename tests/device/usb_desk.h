/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of USB devices in the list share: a context that watches a rig, and its events as text. Needs cmocka's
 * headers before it. */
#ifndef KEYCARD_TESTS_DEVICE_USB_DESK_H
#define KEYCARD_TESTS_DEVICE_USB_DESK_H

#include <keycard/keycard.h>

#include "reader_device.h"
#include "stripe_device.h"

enum { WAIT_MS = 60000 }; /* only reached when something is broken */

struct desk {
    struct usb_rig *rig;
    kc_context *context;
    kc_site *site;
    char events[2000]; /* those of devices: "1-1 present, " */
    struct reader_device reader;
    struct stripe_device stripe;
    bool has_stripe;
};

/* Set-up and tear-down of a test. */
int open_desk(void **state);
int close_desk(void **state);
void plug_stripe(struct desk *desk, const char *port);
void watch(struct desk *desk, int32_t how);
void take_events(struct desk *desk);
/* Until there are as many events as in `wanted`, which are those; then they are forgotten. */
void until_events(struct desk *desk, const char *wanted);
/* The device that is listed at this port. */
kc_device *find(struct desk *desk, const char *port);
/* Nobody has opened it. */
void assert_untouched(struct usb_rig_device *device);
/* Its error has this text in it. */
void says(const kc_device *device, const char *text);

#endif
