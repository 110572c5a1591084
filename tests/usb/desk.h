/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the USB transport share: a rig with devices, and the one of transports at it. */
#ifndef KEYCARD_TESTS_USB_DESK_H
#define KEYCARD_TESTS_USB_DESK_H

#include "../unit/transport_rig.h"
#include "echo.h"

extern const struct driver_usb desk_hid, desk_ccid;

struct desk {
    struct usb_rig *rig;
    struct rig line;
    struct transport_wait *wait;
    int possible;
};

int desk_set_up(void **state);
int desk_tear_down(void **state);
/* Opens by URI; connected or closed will follow. */
void desk_open(struct desk *desk, const char *uri, const struct driver_usb *usb);
/* The same with a URI that was read before; it may fail. */
int32_t desk_try_open(struct desk *desk, const struct uri *uri, const struct driver_usb *usb, struct kc_error *error);
void desk_await(struct desk *desk, const char *uri, const struct driver_usb *usb, bool needed);
/* Until it is closed, and that the error has this text in it. */
void desk_until_closed(struct desk *desk, int32_t code, const char *text);
/* Rounds until nothing more is to be done for a while. */
void desk_settle(struct desk *desk);
void desk_open_well(struct desk *desk, const char *uri, const struct driver_usb *usb);

#endif
