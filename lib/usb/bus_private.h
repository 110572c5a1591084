/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of lib/usb share beside bus.h. */
#ifndef KEYCARD_USB_BUS_PRIVATE_H
#define KEYCARD_USB_BUS_PRIVATE_H

#include "external/usb_calls.h"
#include "usb/bus.h"
#include "usb/chore.h"

/* bus.c: whether all descriptors of libusb that were added since the last question are watched. */
bool usb_bus_hears(struct usb_bus *bus);
/* bus.c: work that libusb does not allow in its callbacks; done at once, or when it has returned. Embedded in its
 * owner.
 */
struct usb_later {
    void (*run)(struct usb_later *later);
    struct usb_later *next;
};
void usb_bus_later(struct usb_bus *bus, struct usb_later *later);

struct usb_chores *usb_bus_chores(const struct usb_bus *bus);

/* bus.c: so many connections are open or closing; the bus ends after them. */
void usb_bus_opened(struct usb_bus *bus);
void usb_bus_closed(struct usb_bus *bus);

/* bus.c: it does not answer any more, so it has left, although nobody has said so yet. Watches are told from the loop.
 */
void usb_bus_lost(struct usb_bus *bus, struct usb_device *device);

/* device.c: of a device that has arrived; NULL if it is a hub. False: memory is used up. */
bool usb_device_new(libusb_device *handle, struct usb_device **device);
/* It lives as long as somebody holds it, the first time by making it. */
struct usb_device *usb_device_hold(struct usb_device *device);
void usb_device_drop(struct usb_device *device);

#endif
