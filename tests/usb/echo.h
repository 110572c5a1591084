/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device that sends back what it gets, for tests of the transport. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_USB_ECHO_H
#define KEYCARD_TESTS_USB_ECHO_H

#include "usb_rig.h"

#define ECHO_MAX 64

struct echo {
    struct {
        uint8_t endpoint, bytes[1024];
        size_t count;
    } queue[ECHO_MAX];
    size_t first, last;
    size_t received;  /* bytes in all */
    int messages;     /* OUT transfers */
    int zero_packets; /* that ended with an empty packet */
    uint8_t setup[8]; /* of the last control transfer */
    bool silent;      /* takes everything and answers nothing */
};

extern const struct usb_device_model echo_model;
/* Queues a message by the device itself; then usb_rig_kick(). Under the lock of the rig. */
void echo_say(struct echo *echo, uint8_t endpoint, const void *bytes, size_t count);

/* An MSR605X and an ACR122U as far as descriptors go. */
extern const struct usb_rig_description echo_hid, echo_ccid;

#endif
