/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames, and the decoder that finds them in a stream of bytes. */
#include "codec.h"

#include <string.h>

/* FIAS, section "serial connection": all bytes behind STX up to ETX in exclusive or; the caller adds ETX. */
uint8_t fias_check(const uint8_t *bytes, size_t count)
{
    uint8_t check = 0;
    for (size_t i = 0; i < count; i++)
        check ^= bytes[i];
    return check;
}

static bool may_stand_in_record(uint8_t byte)
{
    return (byte >= 0x20 && byte != 0x7F) || byte == '\r' || byte == '\n';
}

int fias_frame_encode(const uint8_t *record, size_t length, bool with_check, struct buf *out)
{
    if (length == 0 || length > FIAS_RECORD_BOUND)
        return -1;
    for (size_t i = 0; i < length; i++)
        if (!may_stand_in_record(record[i]))
            return -1;
    buf_append_byte(out, FIAS_STX);
    buf_append(out, record, length);
    buf_append_byte(out, FIAS_ETX);
    if (with_check)
        buf_append_byte(out, fias_check(record, length) ^ FIAS_ETX);
    return 0;
}

void fias_decoder_init(struct fias_decoder *decoder, bool with_check)
{
    memset(decoder, 0, sizeof(*decoder));
    buf_init(&decoder->body);
    decoder->with_check = with_check;
}

void fias_decoder_free(struct fias_decoder *decoder)
{
    buf_free(&decoder->body);
    fias_decoder_reset(decoder);
}

void fias_decoder_reset(struct fias_decoder *decoder)
{
    buf_clear(&decoder->body);
    decoder->where = FIAS_OUTSIDE;
    decoder->given = decoder->good = false;
}

bool fias_decoder_is_inside(const struct fias_decoder *decoder)
{
    return decoder->where != FIAS_OUTSIDE;
}

static enum fias_event outside(struct fias_decoder *decoder, uint8_t byte)
{
    switch (byte) {
    case FIAS_STX:
        decoder->where = FIAS_INSIDE;
        return FIAS_NOTHING;
    case FIAS_ENQ:
        return FIAS_ENQUIRY;
    case FIAS_ACK:
        return FIAS_ACCEPTED;
    case FIAS_NAK:
        return FIAS_REFUSED;
    default:
        return FIAS_NOISE;
    }
}

static enum fias_event end_frame(struct fias_decoder *decoder, bool good)
{
    decoder->where = FIAS_OUTSIDE;
    decoder->given = true;
    decoder->good = good;
    return FIAS_FRAME;
}

/* Its sender asks for an answer to what it takes for sent; part of it was lost. */
static enum fias_event broken_off(struct fias_decoder *decoder)
{
    buf_clear(&decoder->body);
    decoder->where = FIAS_OUTSIDE;
    return FIAS_ENQUIRY;
}

static enum fias_event inside(struct fias_decoder *decoder, uint8_t byte)
{
    if (byte == FIAS_STX) {
        buf_clear(&decoder->body);
    } else if (byte == FIAS_ENQ && decoder->handshake) {
        return broken_off(decoder);
    } else if (byte == FIAS_ETX) {
        if (!decoder->with_check)
            return end_frame(decoder, true);
        decoder->where = FIAS_BEHIND;
    } else if (decoder->body.length == FIAS_RECORD_BOUND) {
        buf_clear(&decoder->body);
        decoder->where = FIAS_SKIPPING;
    } else {
        buf_append_byte(&decoder->body, byte);
    }
    return FIAS_NOTHING;
}

/* To the end of a record that is too long, which is told only there: its sender waits for an answer then. */
static enum fias_event skipping(struct fias_decoder *decoder, uint8_t byte)
{
    if (decoder->where == FIAS_SKIPPING && byte == FIAS_STX) {
        decoder->where = FIAS_INSIDE;
        return FIAS_NOTHING;
    }
    if (decoder->where == FIAS_SKIPPING && byte == FIAS_ENQ && decoder->handshake)
        return broken_off(decoder);
    if (decoder->where == FIAS_SKIPPING && byte != FIAS_ETX)
        return FIAS_NOTHING;
    if (decoder->where == FIAS_SKIPPING && decoder->with_check) {
        decoder->where = FIAS_SKIPPED; /* the check byte still comes */
        return FIAS_NOTHING;
    }
    decoder->where = FIAS_OUTSIDE;
    return FIAS_TOO_LONG;
}

size_t fias_decode(struct fias_decoder *decoder, const uint8_t *bytes, size_t count, enum fias_event *event)
{
    size_t taken = 0;
    *event = FIAS_NOTHING;
    if (decoder->given)
        fias_decoder_reset(decoder);
    while (taken < count && *event == FIAS_NOTHING) {
        uint8_t byte = bytes[taken++];
        switch (decoder->where) {
        case FIAS_OUTSIDE:
            *event = outside(decoder, byte);
            break;
        case FIAS_INSIDE:
            *event = inside(decoder, byte);
            break;
        case FIAS_BEHIND:
            *event = end_frame(decoder,
                               byte == (uint8_t)(fias_check(decoder->body.data, decoder->body.length) ^ FIAS_ETX));
            break;
        case FIAS_SKIPPING:
        case FIAS_SKIPPED:
            *event = skipping(decoder, byte);
            break;
        }
    }
    return taken;
}
