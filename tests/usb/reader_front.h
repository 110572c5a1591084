/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An ACR122U on the rig with the simulated reader of simulator.h inside: the messages of its bulk endpoints are those
 * of an ACR122S at a serial line, without the frame round them. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_USB_READER_FRONT_H
#define KEYCARD_TESTS_USB_READER_FRONT_H

#include "contactless/codec.h"
#include "relay.h"

struct reader_front {
    struct relay relay;
    struct ccid_decoder from_host;
    struct ccid_frame_decoder from_reader;
    struct buf lengths; /* of the messages in relay.input, as size_t each: two messages are two transfers */
};

/* The simulator has a profile of an ACR122S and listens at this port of the loopback. */
void reader_front_plug(struct reader_front *front, struct usb_rig *rig, const char *port, uint16_t simulator);

#endif
