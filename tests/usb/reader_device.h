/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A CCID reader on the rig: the models of reader and cards behind its bulk endpoints. Needs cmocka's headers before
 * it. */
#ifndef KEYCARD_TESTS_USB_READER_DEVICE_H
#define KEYCARD_TESTS_USB_READER_DEVICE_H

#include "contactless/simulator_reader.h"
#include "usb_rig.h"

struct reader_device {
    struct usb_rig_device *device;
    struct simulated_field field;
    struct simulated_ccid reader;
    struct simulated_card card;
    struct ccid_decoder decoder;
    struct buf answers; /* one */
    uint8_t change;     /* what the interrupt endpoint says next; 0: nothing */
};

/* An ACR122U. */
extern const struct usb_rig_description reader_description;
extern const uint8_t reader_card_uid[7];

/* A zeroed one: an NTAG215 lies on it. */
void reader_init(struct reader_device *reader);
/* Plugs it in, also again; its card is as it was. */
void reader_plug(struct reader_device *reader, struct usb_rig *rig, const char *port,
                 const struct usb_rig_description *description);
/* After usb_rig_free(). */
void reader_close(struct reader_device *reader);

#endif
