/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The USB devices that are plugged in, and those that come and go: one libusb context for each loop, made by the first
 * who wants it and ended when nobody does. It wakes only when something happens. All calls are for the thread of the
 * loop. */
#ifndef KEYCARD_USB_BUS_H
#define KEYCARD_USB_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "util/error.h"

struct usb_bus;

#define USB_TEXT_SIZE 128 /* of a text that the device gave, with its NUL */
#define USB_PORT_SIZE 32
#define USB_NAME_SIZE 224

struct usb_interface {
    uint8_t number, class_code, subclass, protocol;
};

/* A device that is plugged in (hubs are left out). Everything that it says of itself is only a claim. */
struct usb_device {
    uint16_t vendor, product, release; /* release: bcdDevice */
    char port[USB_PORT_SIZE];          /* "1-4.2": bus number and ports on the way; the same after re-plugging there */
    /* Valid UTF-8 without control characters, cut if need be; "" if there is none. */
    char manufacturer[USB_TEXT_SIZE], product_name[USB_TEXT_SIZE], serial[USB_TEXT_SIZE];

    /* For lib/usb alone. */
    void *handle; /* struct libusb_device */
    bool announced, gone;
    int holds;
    int troubles;                 /* connections in a row that ended because it misbehaved */
    struct usb_channel *channels; /* the one that has it, then those that wait until it is given back */
    struct usb_device *next;
};

/* Is told of devices that come and go, from the loop. Embedded in its owner, zeroed before first use. */
struct usb_watch {
    void (*arrived)(struct usb_watch *watch, struct usb_device *device); /* NULL: not of interest; same below */
    void (*left)(struct usb_watch *watch, struct usb_device *device);    /* its last use: it is freed afterwards */
    struct usb_watch *next;
    bool added;
};

/* The bus of the loop; each hold needs its drop. The error says why USB cannot be used; a computer without any USB is
 * none, it has no devices. */
int32_t usb_bus_hold(struct loop *loop, struct usb_bus **bus, struct kc_error *error);
void usb_bus_drop(struct usb_bus *bus);
struct loop *usb_bus_loop(const struct usb_bus *bus);

/* The devices that are there now: first with NULL, then each after the last; NULL at the end. */
struct usb_device *usb_bus_next(const struct usb_bus *bus, const struct usb_device *last);
/* Watches may be added and removed in a callback. Adding one tells nothing of what is there already. */
void usb_bus_watch(struct usb_bus *bus, struct usb_watch *watch);
void usb_bus_unwatch(struct usb_bus *bus, struct usb_watch *watch); /* harmless if not added */

/* The name by which the device is found again, also after re-plugging and restarts, as it stands in a URI:
 * "0801:0003/K42" with its serial number, or "072f:2200@1-4.2" by its port, if it has none that tells it apart from the
 * others that are there. Returns `out`. */
const char *usb_device_name(const struct usb_bus *bus, const struct usb_device *device, char out[USB_NAME_SIZE]);
/* The interfaces of its present configuration, at most `size` of them; returns how many there are. */
size_t usb_device_interfaces(const struct usb_device *device, struct usb_interface *out, size_t size);
/* Whether this program may open it, as far as the permissions of its file tell now. */
bool usb_device_allowed(const struct usb_device *device);
/* Its file has gone; that it has is told a little later. */
bool usb_device_leaves(const struct usb_device *device);
/* "the USB device 072f:2200@1-4.2 (ACR122U)". Returns `out`. */
#define USB_TITLE_SIZE (USB_NAME_SIZE + USB_TEXT_SIZE + 24)
const char *usb_device_title(const struct usb_bus *bus, const struct usb_device *device, char out[USB_TITLE_SIZE]);

#endif
