/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reader_front.h"

enum { OUT = 0x02, IN = 0x82, PACKET = 64 };

static const struct usb_rig_description description = {
    .vendor = 0x072f, .product = 0x2200, .name = "ACR122U", .interfaces = &usb_rig_ccid, .interface_count = 1};

static ssize_t on_out(void *model, uint8_t endpoint, const uint8_t *bytes, size_t count, bool zero)
{
    struct relay *relay = model;
    struct reader_front *front = relay->owner;
    enum ccid_event event;
    if (endpoint != OUT || zero != (count % PACKET == 0)) {
        relay->refused++;
        return USB_RIG_STALL;
    }
    for (size_t at = 0; at < count;) {
        struct buf frame = {0};
        at += ccid_decode(&front->from_host, bytes + at, count - at, &event);
        if (event == CCID_MESSAGE && ccid_frame_encode(&front->from_host.message, &frame) == 0)
            (void)relay_say(relay, frame.data, frame.length); /* or nobody hears it */
        buf_free(&frame);
    }
    return (ssize_t)count;
}

static ssize_t next_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct relay *relay = model;
    struct reader_front *front = relay->owner;
    size_t length = 0;
    if (endpoint != IN)
        return USB_RIG_WAIT;
    if (front->lengths.length < sizeof(length))
        return relay_idle(relay);
    memcpy(&length, front->lengths.data, sizeof(length));
    if (length > size)
        return USB_RIG_STALL;
    memcpy(bytes, relay->input.data, length);
    buf_consume(&relay->input, length);
    buf_consume(&front->lengths, sizeof(length));
    return (ssize_t)length;
}

/* A frame that came damaged never gets as far as the bus. */
static void heard(struct relay *relay, const uint8_t *bytes, size_t count)
{
    struct reader_front *front = relay->owner;
    enum ccid_frame_event event;
    for (size_t at = 0; at < count;) {
        at += ccid_frame_decode(&front->from_reader, true, bytes + at, count - at, &event);
        const size_t before = relay->input.length;
        if (event == CCID_FRAME_MESSAGE && ccid_encode(&front->from_reader.message, &relay->input) == 0) {
            const size_t length = relay->input.length - before;
            buf_append(&front->lengths, &length, sizeof(length));
        }
    }
}

static void begun(struct relay *relay)
{
    struct reader_front *front = relay->owner;
    ccid_decoder_reset(&front->from_host);
    ccid_frame_decoder_reset(&front->from_reader);
    buf_free(&front->lengths);
}

static const struct relay_form form = {
    .description = &description, .table = {.on_out = on_out, .next_in = next_in}, .heard = heard, .begun = begun};

void reader_front_plug(struct reader_front *front, struct usb_rig *rig, const char *port, uint16_t simulator)
{
    buf_free(&front->lengths);
    memset(front, 0, sizeof(*front));
    relay_plug(&front->relay, &form, front, rig, port, simulator);
}
