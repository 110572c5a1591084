/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the USB transport share: a recorder in the place of the core, and a rig with devices. Needs
 * cmocka's headers before it. */
#ifndef KEYCARD_TESTS_USB_DESK_H
#define KEYCARD_TESTS_USB_DESK_H

#include "echo.h"
#include "transport.h"
#include "util/buf.h"

extern const struct driver_usb desk_hid, desk_ccid;

enum desk_slot { DESK_NEVER, DESK_CONNECTED, DESK_RECEIVED, DESK_INTERRUPT, DESK_CLOSED };

struct desk {
    struct usb_rig *rig;
    struct loop *loop;
    struct transport *transport; /* NULL: none or closed */
    struct transport_wait *wait;
    enum desk_slot close_in; /* closes the transport inside this callback */
    bool dispatching;
    int connected, closed, possible, packets, rounds;
    struct buf received, interrupt;
    struct kc_error error; /* of closed */
};

int desk_set_up(void **state);
int desk_tear_down(void **state);
/* Opens by URI; connected or closed will follow. */
void desk_open(struct desk *desk, const char *uri, const struct driver_usb *usb);
/* The same with a URI that was read before; it may fail. */
int32_t desk_try_open(struct desk *desk, const struct uri *uri, const struct driver_usb *usb, struct kc_error *error);
void desk_close(struct desk *desk);
void desk_await(struct desk *desk, const char *uri, const struct driver_usb *usb, bool needed);
int32_t desk_send(struct desk *desk, const void *bytes, size_t count);
/* One round; waits for something to do. */
void desk_turn(struct desk *desk);
void desk_until_connected(struct desk *desk);
/* Until it is closed, and that the error has this text in it. */
void desk_until_closed(struct desk *desk, int32_t code, const char *text);
void desk_until_received(struct desk *desk, size_t count);
/* Rounds until nothing more is to be done for a while. */
void desk_settle(struct desk *desk);
void desk_open_well(struct desk *desk, const char *uri, const struct driver_usb *usb);

#endif
