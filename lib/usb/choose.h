/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which device a URI means, and which of its interfaces and endpoints are used. */
#ifndef KEYCARD_USB_CHOOSE_H
#define KEYCARD_USB_CHOOSE_H

#include "usb/bus.h"
#include "util/uri.h"
#include "util/usb.h"

/* What stands after the colon: nothing, "0801:0003", "0801:0003/SERIAL" or "0801:0003@1-4.2". */
struct usb_choice {
    bool by_id;
    uint16_t vendor, product;
    char serial[USB_TEXT_SIZE]; /* "" = any */
    char port[USB_PORT_SIZE];   /* "" = any */
};

int32_t usb_choice_read(const struct uri *uri, struct usb_choice *choice, struct kc_error *error);
/* The device that is meant. NULL: none or several, and the error says what to do. `absent`: only other devices coming
 * or leaving would help. */
struct usb_device *usb_choose(const struct usb_bus *bus, const struct usb_choice *choice, const struct driver_usb *usb,
                              bool *absent, struct kc_error *error);

/* How a device is talked to. */
struct usb_endpoint {
    uint8_t address; /* 0: there is none */
    uint16_t packet; /* the longest that it sends or takes at once */
};

struct usb_layout {
    uint8_t interface_number;
    struct usb_endpoint in, out, interrupt; /* `in`: interrupt for reports, else bulk; `out`: bulk */
    uint8_t *descriptor;                    /* what stands behind the interface's own */
    size_t descriptor_size;
};

/* Fills a zeroed layout. An error says what the device lacks: it is something else than its id says. */
int32_t usb_layout_read(const struct usb_device *device, const struct driver_usb *usb, const char *title,
                        struct usb_layout *layout, struct kc_error *error);
void usb_layout_free(struct usb_layout *layout);

#endif
