/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reader_device.h"

const uint8_t reader_card_uid[7] = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80};

static ssize_t on_out(void *model, uint8_t endpoint, const uint8_t *bytes, size_t count, bool zero)
{
    struct reader_device *reader = model;
    struct ccid_message answer;
    uint8_t data[CCID_DATA_MOST];
    enum ccid_event event;
    if (endpoint != 0x02 || zero != (count % 64 == 0))
        return USB_RIG_STALL;
    for (size_t at = 0; at < count;) {
        at += ccid_decode(&reader->decoder, bytes + at, count - at, &event);
        if (event == CCID_MESSAGE) {
            simulated_ccid_do(&reader->reader, &reader->decoder.message, &answer, data);
            if (ccid_encode(&answer, &reader->answers) != 0)
                return USB_RIG_STALL;
        }
    }
    return (ssize_t)count;
}

static ssize_t next_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct reader_device *reader = model;
    if (endpoint == 0x81 && reader->change) {
        const uint8_t packet[] = {0x50, reader->change};
        memcpy(bytes, packet, sizeof(packet));
        reader->change = 0;
        return sizeof(packet);
    }
    if (endpoint != 0x82 || reader->answers.length == 0 || reader->answers.length > size)
        return USB_RIG_WAIT;
    ssize_t length = (ssize_t)reader->answers.length;
    memcpy(bytes, reader->answers.data, reader->answers.length);
    buf_clear(&reader->answers);
    return length;
}

static const struct usb_device_model reader_model = {.on_out = on_out, .next_in = next_in};
const struct usb_rig_description reader_description = {
    .vendor = 0x072f, .product = 0x2200, .name = "ACR122U", .interfaces = &usb_rig_ccid, .interface_count = 1};

void reader_init(struct reader_device *reader)
{
    reader->field = (struct simulated_field){.owner = reader, .commands_left = -1};
    simulated_card_make(&reader->card, SIMULATED_NTAG215, reader_card_uid, sizeof(reader_card_uid));
    reader->field.cards[0] = &reader->card;
}

void reader_plug(struct reader_device *reader, struct usb_rig *rig, const char *port,
                 const struct usb_rig_description *description)
{
    ccid_decoder_reset(&reader->decoder);
    buf_clear(&reader->answers);
    simulated_ccid_reset(&reader->reader, &reader->field);
    reader->device = usb_rig_plug(rig, port, description, &reader_model, reader);
}

void reader_close(struct reader_device *reader)
{
    buf_free(&reader->answers);
}
