/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames: fields to bytes, bytes to events, frames to fields. */
#include "codec.h"

#include <string.h>

/* ---- Fields ---------------------------------------------------------------------------------------------------- */

struct industry_field industry_field_of(const char *text)
{
    struct industry_field field = {(const uint8_t *)text, text && *text ? strlen(text) : 0};
    return field;
}

bool industry_field_equal(struct industry_field a, struct industry_field b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool industry_field_is(struct industry_field field, const char *text)
{
    return industry_field_equal(field, industry_field_of(text));
}

/* All but control bytes and the separator. */
static const bool is_clean[256] = {
    [0x20 ... 0x7E] = true,
    [0x80 ... INDUSTRY_SEPARATOR - 1] = true,
    [INDUSTRY_SEPARATOR + 1 ... 0xFF] = true,
};

bool industry_field_is_clean(struct industry_field field, bool line_feeds)
{
    for (size_t i = 0; i < field.length; i++)
        if (!is_clean[field.bytes[i]] && (field.bytes[i] != INDUSTRY_LINE_FEED || !line_feeds))
            return false;
    return true;
}

/* Copies a field to where there is room for it: a short one as two words, perhaps with some bytes in both. */
static void copy_field(uint8_t *to, struct industry_field field)
{
    uint64_t first, last;
    uint32_t four[2];
    if (field.length >= sizeof(first) && field.length <= 2 * sizeof(first)) {
        const size_t end = field.length - sizeof(last);
        memcpy(&first, field.bytes, sizeof(first));
        memcpy(&last, field.bytes + end, sizeof(last));
        memcpy(to, &first, sizeof(first));
        memcpy(to + end, &last, sizeof(last));
    } else if (field.length > sizeof(first)) {
        memcpy(to, field.bytes, field.length);
    } else if (field.length >= sizeof(four[0])) {
        const size_t end = field.length - sizeof(four[1]);
        memcpy(&four[0], field.bytes, sizeof(four[0]));
        memcpy(&four[1], field.bytes + end, sizeof(four[1]));
        memcpy(to, &four[0], sizeof(four[0]));
        memcpy(to + end, &four[1], sizeof(four[1]));
    } else {
        for (size_t i = 0; i < field.length; i++)
            to[i] = field.bytes[i];
    }
}

/* ---- Encoder --------------------------------------------------------------------------------------------------- */

/* Eight bytes at a time: what they come to is the same in any order. */
uint8_t industry_check(const uint8_t *bytes, size_t count)
{
    uint64_t all = 0, eight;
    uint32_t four;
    uint16_t two;
    for (; count >= sizeof(eight); bytes += sizeof(eight), count -= sizeof(eight)) {
        memcpy(&eight, bytes, sizeof(eight));
        all ^= eight;
    }
    if (count & sizeof(four)) {
        memcpy(&four, bytes, sizeof(four));
        all ^= four;
        bytes += sizeof(four);
    }
    if (count & sizeof(two)) {
        memcpy(&two, bytes, sizeof(two));
        all ^= two;
        bytes += sizeof(two);
    }
    all ^= all >> 32;
    all ^= all >> 16;
    all ^= all >> 8;
    return (uint8_t)(count & 1 ? all ^ *bytes : all);
}

/* Only the text message of a mobile key has lines. */
static bool takes_line_feeds(struct industry_field command, size_t index)
{
    return index == 14 && command.length == 3 &&
           (industry_field_is(command, "CNM") || industry_field_is(command, "CCM"));
}

static bool are_all_clean(const struct industry_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!industry_field_is_clean(fields[i], takes_line_feeds(fields[0], i)))
            return false;
    return true;
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Looks at the fields of a frame with all separators, sixteen bytes at a time: whether there are as many separators as
 * that, and no control bytes. False also if there are too many bytes to say so. `check`: all bytes in exclusive or.
 * Behind them is room for sixteen. */
static bool survey(uint8_t *bytes, size_t count, size_t separators, uint8_t *check)
{
    const sixteen none = {0}, blanks = none + ' ';
    sixteen all = none, found = none, control = none, some;
    uint64_t halves[6];
    memcpy(bytes + count, &blanks, sizeof(blanks));
    for (size_t at = 0; at < count; at += sizeof(some)) {
        memcpy(&some, bytes + at, sizeof(some));
        all ^= some;
        found -= (sixteen)(some == INDUSTRY_SEPARATOR);
        control |= (sixteen)(some < ' ') | (sixteen)(some == 0x7F);
    }
    memcpy(halves, &all, sizeof(all));
    memcpy(halves + 2, &found, sizeof(found));
    memcpy(halves + 4, &control, sizeof(control));
    uint64_t word = halves[0] ^ halves[1];
    word ^= word >> 32;
    word ^= word >> 16;
    word ^= word >> 8;
    *check = (uint8_t)(count & 1 ? word ^ ' ' : word); /* the blanks behind an odd number of bytes are odd, too */
    const uint64_t lanes = UINT64_C(0x00FF00FF00FF00FF), sum = halves[2] + halves[3];
    const uint64_t total = ((sum & lanes) + (sum >> 8 & lanes)) * UINT64_C(0x0001000100010001) >> 48;
    return count <= sizeof(some) * INT8_MAX && total == separators && (halves[4] | halves[5]) == 0;
}

int industry_encode(const struct industry_field *fields, size_t count, const struct industry_style *style,
                    struct buf *out)
{
    if (!style->keep_trailing)
        while (count > 1 && fields[count - 1].length == 0)
            count--;
    if (count == 0 || count > INDUSTRY_FIELDS_AT_MOST || fields[0].length == 0)
        return -1;
    size_t size = 4 + count; /* STX, separators, ETX, check byte */
    for (size_t i = 0; i < count; i++)
        size += fields[i].length;
    uint8_t *frame = buf_extend(out, size + sizeof(sixteen)), *at = frame, check;
    if (!frame)
        return 0;
    out->length -= sizeof(sixteen); /* room for survey() */
    *at++ = INDUSTRY_STX;
    *at++ = INDUSTRY_SEPARATOR;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].length > 0)
            copy_field(at, fields[i]);
        at += fields[i].length;
        *at++ = INDUSTRY_SEPARATOR;
    }
    if (!survey(frame + 1, size - 3, count + 1, &check) && !are_all_clean(fields, count)) {
        out->length -= size;
        return -1;
    }
    *at++ = INDUSTRY_ETX;
    *at = style->constant_check ? INDUSTRY_CHECK_CONSTANT : check ^ INDUSTRY_ETX;
    return 0;
}

/* ---- Fields of a frame ----------------------------------------------------------------------------------------- */

int industry_split(const uint8_t *body, size_t length, struct industry_frame *frame)
{
    frame->count = 0;
    if (length < 2 || body[0] != INDUSTRY_SEPARATOR || body[1] == INDUSTRY_SEPARATOR)
        return -1;
    for (size_t at = 1; at < length;) {
        if (frame->count == INDUSTRY_FIELDS_AT_MOST)
            return -1;
        const uint8_t *end = memchr(body + at, INDUSTRY_SEPARATOR, length - at);
        size_t size = end ? (size_t)(end - (body + at)) : length - at;
        frame->fields[frame->count++] = (struct industry_field){body + at, size};
        at += size + 1;
    }
    if (frame->count < INDUSTRY_FIELDS_KNOWN)
        memset(frame->fields + frame->count, 0, (INDUSTRY_FIELDS_KNOWN - frame->count) * sizeof(frame->fields[0]));
    frame->has_command = industry_command_parse(frame->fields[0], &frame->command, &frame->digit) == 0;
    return 0;
}

/* ---- Decoder --------------------------------------------------------------------------------------------------- */

enum { OUTSIDE, INSIDE, AT_CHECK, SKIPPING, SKIPPING_CHECK };

void industry_decoder_init(struct industry_decoder *decoder, size_t bound, bool accept_constant)
{
    memset(decoder, 0, sizeof(*decoder));
    buf_init(&decoder->body);
    decoder->bound = bound > 0 ? bound : INDUSTRY_FRAME_BOUND;
    decoder->accept_constant = accept_constant;
    decoder->state = OUTSIDE;
}

void industry_decoder_free(struct industry_decoder *decoder)
{
    buf_free(&decoder->body);
    industry_decoder_reset(decoder);
}

void industry_decoder_reset(struct industry_decoder *decoder)
{
    buf_clear(&decoder->body);
    decoder->frame = (struct industry_field){0};
    decoder->check = 0;
    decoder->state = OUTSIDE;
    decoder->ignored = 0;
}

bool industry_decoder_is_inside(const struct industry_decoder *decoder)
{
    return decoder->state != OUTSIDE;
}

/* One byte that belongs to no frame. */
static enum industry_event decode_outside(struct industry_decoder *decoder, uint8_t byte)
{
    switch (byte) {
    case INDUSTRY_STX:
        buf_clear(&decoder->body);
        decoder->check = 0;
        decoder->state = INSIDE;
        return INDUSTRY_NOTHING;
    case INDUSTRY_ENQ:
        return INDUSTRY_ENQUIRY;
    case INDUSTRY_ACK:
        return INDUSTRY_ACCEPTED;
    case INDUSTRY_NAK:
        return INDUSTRY_REFUSED;
    default:
        decoder->ignored++;
        return INDUSTRY_NOTHING;
    }
}

/* Takes as many bytes of the body as there are in one go. */
static size_t decode_inside(struct industry_decoder *decoder, const uint8_t *bytes, size_t count,
                            enum industry_event *event)
{
    const uint8_t *end = memchr(bytes, INDUSTRY_ETX, count);
    size_t run = end ? (size_t)(end - bytes) : count;
    const uint8_t *anew = memchr(bytes, INDUSTRY_STX, run);
    if (anew)
        run = (size_t)(anew - bytes);
    size_t room = decoder->bound - decoder->body.length;
    if (run > room) {
        buf_clear(&decoder->body);
        decoder->state = SKIPPING;
        *event = INDUSTRY_TOO_LONG;
        return room + 1;
    }
    if (run > 0)
        buf_append(&decoder->body, bytes, run);
    decoder->check ^= industry_check(bytes, run);
    if (run == count)
        return run;
    if (bytes[run] == INDUSTRY_STX) {
        decoder->ignored += decoder->body.length;
        buf_clear(&decoder->body);
        decoder->check = 0;
    } else {
        decoder->check ^= INDUSTRY_ETX;
        decoder->state = AT_CHECK;
    }
    return run + 1;
}

static enum industry_event check_event(const struct industry_decoder *decoder, uint8_t byte)
{
    if (byte == decoder->check || (byte == INDUSTRY_CHECK_CONSTANT && decoder->accept_constant))
        return INDUSTRY_FRAME;
    return INDUSTRY_BAD_CHECK;
}

/* The byte after ETX is always the check byte, also if it looks like a control byte. */
static enum industry_event decode_check(struct industry_decoder *decoder, uint8_t byte)
{
    decoder->state = OUTSIDE;
    if (decoder->body.failed) {
        buf_clear(&decoder->body);
        return INDUSTRY_NO_MEMORY;
    }
    decoder->frame = (struct industry_field){decoder->body.data, decoder->body.length};
    return check_event(decoder, byte);
}

/* A frame that is whole in the bytes is not copied. Returns how many bytes it has, or 0 if it is to be read bit by bit.
 */
static size_t decode_whole(struct industry_decoder *decoder, const uint8_t *bytes, size_t count,
                           enum industry_event *event)
{
    const uint8_t *body = bytes + 1, *end = memchr(body, INDUSTRY_ETX, count - 1);
    size_t length = end ? (size_t)(end - body) : 0;
    if (!end || length > decoder->bound || end + 1 == bytes + count || memchr(body, INDUSTRY_STX, length))
        return 0;
    decoder->frame = (struct industry_field){body, length};
    decoder->check = industry_check(body, length + 1);
    *event = check_event(decoder, end[1]);
    return length + 3;
}

size_t industry_decode(struct industry_decoder *decoder, const uint8_t *bytes, size_t count, enum industry_event *event)
{
    size_t at = 0, whole;
    *event = INDUSTRY_NOTHING;
    while (at < count && *event == INDUSTRY_NOTHING) {
        switch (decoder->state) {
        case INSIDE:
            at += decode_inside(decoder, bytes + at, count - at, event);
            break;
        case AT_CHECK:
            *event = decode_check(decoder, bytes[at++]);
            break;
        case SKIPPING:
            if (bytes[at++] == INDUSTRY_ETX)
                decoder->state = SKIPPING_CHECK;
            break;
        case SKIPPING_CHECK:
            at++;
            decoder->state = OUTSIDE;
            break;
        default:
            if (bytes[at] == INDUSTRY_STX && (whole = decode_whole(decoder, bytes + at, count - at, event)) > 0)
                return at + whole;
            *event = decode_outside(decoder, bytes[at++]);
            break;
        }
    }
    return at;
}
