/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames, and the decoder that finds them in a stream of bytes. */
#include "codec.h"

#include <string.h>

uint8_t irs_check(const uint8_t *bytes, size_t count)
{
    uint8_t check = 0;
    for (size_t i = 0; i < count; i++)
        check ^= bytes[i];
    return check;
}

bool irs_is_clean(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7E)
            return false;
    return true;
}

int irs_frame_encode(const uint8_t *body, size_t length, bool with_check, struct buf *out)
{
    if (length == 0 || length > IRS_BODY_BOUND || !irs_is_clean(body, length))
        return -1;
    buf_append_byte(out, IRS_STX);
    buf_append(out, body, length);
    buf_append_byte(out, IRS_ETX);
    if (with_check)
        buf_append_byte(out, irs_check(body, length) ^ IRS_ETX);
    return 0;
}

void irs_decoder_init(struct irs_decoder *decoder)
{
    memset(decoder, 0, sizeof(*decoder));
    buf_init(&decoder->body);
}

void irs_decoder_free(struct irs_decoder *decoder)
{
    buf_free(&decoder->body);
    irs_decoder_init(decoder);
}

void irs_decoder_reset(struct irs_decoder *decoder)
{
    buf_clear(&decoder->body);
    decoder->where = IRS_OUTSIDE;
    decoder->given = false;
}

bool irs_decoder_is_behind(const struct irs_decoder *decoder)
{
    return decoder->where == IRS_BEHIND;
}

static enum irs_event give(struct irs_decoder *decoder, enum irs_check_state check)
{
    decoder->check = check;
    decoder->given = true;
    decoder->where = IRS_OUTSIDE;
    return IRS_FRAME;
}

bool irs_decoder_expire(struct irs_decoder *decoder)
{
    if (decoder->where != IRS_BEHIND)
        return false;
    give(decoder, IRS_CHECK_MISSING);
    return true;
}

static enum irs_event outside(struct irs_decoder *decoder, uint8_t byte)
{
    switch (byte) {
    case IRS_STX:
        decoder->where = IRS_INSIDE;
        return IRS_NOTHING;
    case IRS_ENQ:
        return IRS_ENQUIRY;
    case IRS_ACK:
        return IRS_ACCEPTED;
    case IRS_NAK:
        return IRS_REFUSED;
    default:
        return IRS_NOTHING;
    }
}

static enum irs_event inside(struct irs_decoder *decoder, uint8_t byte)
{
    if (byte == IRS_STX) {
        irs_decoder_reset(decoder);
        decoder->where = IRS_INSIDE;
    } else if (byte == IRS_ETX) {
        decoder->where = IRS_BEHIND;
    } else if (decoder->body.length == IRS_BODY_BOUND) {
        irs_decoder_reset(decoder);
        decoder->where = IRS_SKIPPING;
        return IRS_TOO_LONG;
    } else {
        buf_append_byte(&decoder->body, byte);
    }
    return IRS_NOTHING;
}

static enum irs_event skipping(struct irs_decoder *decoder, uint8_t byte)
{
    if (byte == IRS_STX)
        decoder->where = IRS_INSIDE;
    else if (byte == IRS_ETX)
        decoder->where = IRS_OUTSIDE;
    return IRS_NOTHING;
}

static uint8_t check_of(const struct irs_decoder *decoder)
{
    return irs_check(decoder->body.data, decoder->body.length) ^ IRS_ETX;
}

size_t irs_decode(struct irs_decoder *decoder, const uint8_t *bytes, size_t count, enum irs_event *event)
{
    size_t taken = 0;
    *event = IRS_NOTHING;
    if (decoder->given)
        irs_decoder_reset(decoder);
    while (taken < count && *event == IRS_NOTHING) {
        uint8_t byte = bytes[taken];
        bool behind = decoder->where == IRS_BEHIND, right = behind && byte == check_of(decoder);
        if (behind && byte == IRS_STX && !right) {
            *event = give(decoder, IRS_CHECK_MISSING); /* the byte belongs to the next frame */
            return taken;
        }
        taken++;
        if (behind)
            *event = give(decoder, right ? IRS_CHECK_RIGHT : IRS_CHECK_WRONG);
        else if (decoder->where == IRS_INSIDE)
            *event = inside(decoder, byte);
        else if (decoder->where == IRS_SKIPPING)
            *event = skipping(decoder, byte);
        else
            *event = outside(decoder, byte);
    }
    return taken;
}
