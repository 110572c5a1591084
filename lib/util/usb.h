/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver says of the USB devices that it can talk to, as drivers, core and transport hand it on. */
#ifndef KEYCARD_UTIL_USB_H
#define KEYCARD_UTIL_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_CLASS_HID  0x03
#define USB_CLASS_CCID 0x0B

struct driver_usb_id {
    uint16_t vendor, product;
};

struct driver_usb {
    const struct driver_usb_id *ids; /* devices that are known to speak it; others only when the user names them */
    size_t id_count;
    uint8_t interface_class; /* the first interface of this class is claimed; a kernel driver that has it gives it up
                              * for as long, and gets it back */
    bool any_of_class;       /* every device with such an interface is meant, not only those of `ids` */
    bool reports; /* each driver_send() is one SET_REPORT control transfer (feature report, id 0) and what comes
                   * in are packets of the interrupt endpoint; false: bulk transfers both ways */
};

#endif
