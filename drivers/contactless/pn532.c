/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PN532 over UART: frames (user manual 6.2.1) and what is in them (7). */
#include <string.h>

#include "codec.h"

const uint8_t pn532_ack[PN532_SHORT_SIZE] = {0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00};
const uint8_t pn532_nack[PN532_SHORT_SIZE] = {0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00};
const uint8_t pn532_wake[PN532_WAKE_SIZE] = {0x55, 0x55};

enum { ERROR_CODE = 0x7F, NORMAL_HEADER = 2, EXTENDED_HEADER = 5 };

/* ---- Frames ---------------------------------------------------------------------------------------------------- */

int pn532_frame_encode(uint8_t direction, const uint8_t *data, size_t count, struct buf *out)
{
    const size_t length = count + 1;
    uint8_t sum = direction;
    if (count == 0 || count > PN532_DATA_MOST)
        return -1;
    buf_append(out, "\x00\x00\xFF", 3);
    if (count <= PN532_NORMAL_MOST) {
        buf_append_byte(out, (uint8_t)length);
        buf_append_byte(out, (uint8_t)(0x100 - length));
    } else {
        buf_append(out, "\xFF\xFF", 2);
        buf_append_byte(out, (uint8_t)(length >> 8));
        buf_append_byte(out, (uint8_t)length);
        buf_append_byte(out, (uint8_t)(0x100 - ((length >> 8) + (length & 0xFF)) % 0x100));
    }
    buf_append_byte(out, direction);
    buf_append(out, data, count);
    for (size_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + data[i]);
    buf_append_byte(out, (uint8_t)(0x100 - sum));
    buf_append_byte(out, 0);
    return 0;
}

void pn532_decoder_reset(struct pn532_decoder *decoder)
{
    memset(decoder, 0, sizeof(*decoder));
}

static void search(struct pn532_decoder *decoder, uint8_t byte)
{
    if (decoder->where == PN532_ZERO && byte == 0xFF) {
        decoder->where = PN532_HEADER;
        decoder->header_length = 0;
    } else {
        decoder->where = byte == 0 ? PN532_ZERO : PN532_SEARCH;
    }
}

/* A header that makes no sense may hide the beginning of a right one. */
static enum pn532_event give_up_header(struct pn532_decoder *decoder)
{
    uint8_t bytes[sizeof(decoder->header)];
    size_t count = decoder->header_length;
    memcpy(bytes, decoder->header, count);
    decoder->where = PN532_SEARCH;
    for (size_t i = 0; i < count && decoder->where != PN532_HEADER; i++)
        search(decoder, bytes[i]);
    return PN532_DAMAGED;
}

static enum pn532_event end_short(struct pn532_decoder *decoder, enum pn532_event event)
{
    decoder->where = PN532_SEARCH;
    return event;
}

static enum pn532_event begin_body(struct pn532_decoder *decoder, size_t length)
{
    if (length == 0 || length > 1 + PN532_DATA_MOST)
        return give_up_header(decoder);
    decoder->expected = length + 1;
    decoder->body_length = 0;
    decoder->where = PN532_BODY;
    return PN532_NOTHING;
}

static enum pn532_event take_header(struct pn532_decoder *decoder, uint8_t byte)
{
    uint8_t *header = decoder->header;
    header[decoder->header_length++] = byte;
    if (decoder->header_length < NORMAL_HEADER)
        return PN532_NOTHING;
    bool extended = header[0] == 0xFF && header[1] == 0xFF;
    if (!extended && header[0] == 0x00 && header[1] == 0xFF)
        return end_short(decoder, PN532_ACK);
    if (!extended && header[0] == 0xFF && header[1] == 0x00)
        return end_short(decoder, PN532_NACK);
    if (!extended)
        return (uint8_t)(header[0] + header[1]) == 0 ? begin_body(decoder, header[0]) : give_up_header(decoder);
    if (decoder->header_length < EXTENDED_HEADER)
        return PN532_NOTHING;
    if ((uint8_t)(header[2] + header[3] + header[4]) != 0)
        return give_up_header(decoder);
    return begin_body(decoder, (size_t)header[2] << 8 | header[3]);
}

static enum pn532_event take_body(struct pn532_decoder *decoder, uint8_t byte)
{
    uint8_t sum = 0;
    decoder->body[decoder->body_length++] = byte;
    if (decoder->body_length < decoder->expected)
        return PN532_NOTHING;
    decoder->where = PN532_SEARCH;
    for (size_t i = 0; i < decoder->expected; i++)
        sum = (uint8_t)(sum + decoder->body[i]);
    if (sum != 0)
        return PN532_DAMAGED;
    if (decoder->expected == 2 && decoder->body[0] == ERROR_CODE)
        return PN532_ERROR;
    if (decoder->expected < 3)
        return PN532_DAMAGED;
    decoder->direction = decoder->body[0];
    decoder->data = decoder->body + 1;
    decoder->length = decoder->expected - 2;
    return PN532_FRAME;
}

size_t pn532_decode(struct pn532_decoder *decoder, const uint8_t *bytes, size_t count, enum pn532_event *event)
{
    size_t taken = 0;
    *event = PN532_NOTHING;
    while (taken < count && *event == PN532_NOTHING) {
        uint8_t byte = bytes[taken++];
        if (decoder->where == PN532_HEADER)
            *event = take_header(decoder, byte);
        else if (decoder->where == PN532_BODY)
            *event = take_body(decoder, byte);
        else
            search(decoder, byte);
    }
    return taken;
}

/* ---- Targets (7.3.5) ------------------------------------------------------------------------------------------- */

static bool is_uid_size(size_t size)
{
    return size == 4 || size == 7 || size == 10;
}

static int parse_target(const uint8_t *data, size_t count, struct card_target *target, size_t *taken)
{
    size_t at = 5;
    memset(target, 0, sizeof(*target));
    if (count < at)
        return -1;
    target->number = data[0];
    target->atqa = (uint16_t)(data[1] << 8 | data[2]);
    target->sak = data[3];
    target->uid_size = data[4];
    if (!is_uid_size(target->uid_size) || count - at < target->uid_size)
        return -1;
    memcpy(target->uid, data + at, target->uid_size);
    at += target->uid_size;
    if (target->sak & 0x20 && at < count) { /* an ATS follows, which counts its own length */
        size_t size = data[at];
        if (size == 0 || size > CARD_ATS_MOST || count - at < size)
            return -1;
        memcpy(target->ats, data + at, size);
        target->ats_size = size;
        at += size;
    }
    *taken = at;
    return 0;
}

int pn532_targets_parse(const uint8_t *data, size_t count, struct card_target targets[PN532_TARGETS], size_t *found)
{
    size_t at = 1;
    if (count < 1 || data[0] > PN532_TARGETS)
        return -1;
    for (size_t i = 0; i < data[0]; i++) {
        size_t taken = 0;
        if (parse_target(data + at, count - at, &targets[i], &taken) != 0)
            return -1;
        at += taken;
    }
    *found = data[0];
    return at == count || data[0] == 0 ? 0 : -1;
}

int pn532_targets_write(const struct card_target *targets, size_t count, struct buf *out)
{
    if (count > PN532_TARGETS)
        return -1;
    buf_append_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct card_target *target = &targets[i];
        if (!is_uid_size(target->uid_size) || target->ats_size > CARD_ATS_MOST)
            return -1;
        buf_append_byte(out, target->number);
        buf_append_byte(out, (uint8_t)(target->atqa >> 8));
        buf_append_byte(out, (uint8_t)target->atqa);
        buf_append_byte(out, target->sak);
        buf_append_byte(out, (uint8_t)target->uid_size);
        buf_append(out, target->uid, target->uid_size);
        if (target->sak & 0x20)
            buf_append(out, target->ats, target->ats_size);
    }
    return 0;
}

/* ---- Status (7.1) ---------------------------------------------------------------------------------------------- */

const char *pn532_status_text(uint8_t status)
{
    static const struct {
        uint8_t code;
        const char *text;
    } texts[] = {
        {0x00, "good"},
        {0x01, "time-out"},
        {0x02, "wrong CRC"},
        {0x03, "wrong parity"},
        {0x05, "framing error"},
        {0x06, "collision"},
        {0x07, "buffer too small"},
        {0x09, "overflow"},
        {0x0A, "field not switched on in time"},
        {0x0B, "protocol error"},
        {0x0D, "too hot"},
        {0x10, "wrong parameter"},
        {PN532_STATUS_AUTHENTICATION, "authentication failed"},
        {0x23, "wrong check byte of the serial number"},
        {PN532_STATUS_CONTEXT, "not possible in this state"},
        {0x29, "released by the card"},
        {PN532_STATUS_CARD_GONE, "the card is gone"},
        {0x2D, "over-current"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].code == PN532_STATUS(status))
            return texts[i].text;
    return "unknown status";
}
