/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CCID, revision 1.1: messages (6), the functional descriptor (5.1), slot changes (6.3.1); and the frame in which
 * readers of the ACR122S family carry the same messages over a serial line. */
#include <string.h>

#include "codec.h"

enum { STX = 0x02, ETX = 0x03, SLOT_CHANGE = 0x50, FRAME_END = 2 };

const uint8_t ccid_frame_ack[CCID_FRAME_ACK_SIZE] = {STX, 0x00, 0x00, ETX};

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* ---- Messages -------------------------------------------------------------------------------------------------- */

int ccid_encode(const struct ccid_message *message, struct buf *out)
{
    if (message->count > CCID_DATA_MOST)
        return -1;
    buf_append_byte(out, message->type);
    buf_append_byte(out, (uint8_t)message->count);
    buf_append_byte(out, (uint8_t)(message->count >> 8));
    buf_append(out, "\0\0", 2);
    buf_append_byte(out, message->slot);
    buf_append_byte(out, message->sequence);
    buf_append(out, message->three, sizeof(message->three));
    if (message->count > 0)
        buf_append(out, message->data, message->count);
    return 0;
}

static void read_message(const uint8_t *bytes, struct ccid_message *out)
{
    out->type = bytes[0];
    out->count = number_at(bytes + 1);
    out->slot = bytes[5];
    out->sequence = bytes[6];
    memcpy(out->three, bytes + 7, sizeof(out->three));
    out->data = bytes + CCID_HEADER;
}

void ccid_decoder_reset(struct ccid_decoder *decoder)
{
    memset(decoder, 0, sizeof(*decoder));
}

size_t ccid_decode(struct ccid_decoder *decoder, const uint8_t *bytes, size_t count, enum ccid_event *event)
{
    *event = CCID_NOTHING;
    for (size_t taken = 0; taken < count;) {
        decoder->bytes[decoder->length++] = bytes[taken++];
        if (decoder->length < CCID_HEADER)
            continue;
        if (number_at(decoder->bytes + 1) > CCID_DATA_MOST) {
            decoder->length = 0;
            *event = CCID_TOO_LONG;
            return count;
        }
        if (decoder->length < CCID_HEADER + number_at(decoder->bytes + 1))
            continue;
        read_message(decoder->bytes, &decoder->message);
        decoder->length = 0;
        *event = CCID_MESSAGE;
        return taken;
    }
    return count;
}

bool ccid_answers(uint8_t request, uint8_t answer)
{
    switch (request) {
    case CCID_POWER_ON:
    case CCID_TRANSFER:
        return answer == CCID_DATA_BLOCK;
    case CCID_POWER_OFF:
    case CCID_SLOT_STATUS:
    case CCID_ABORT:
        return answer == CCID_STATUS;
    case CCID_ESCAPE:
        return answer == CCID_ESCAPE_DATA;
    default:
        return false;
    }
}

enum ccid_icc ccid_icc(const struct ccid_message *answer)
{
    return (enum ccid_icc)(answer->three[0] & 3);
}

enum ccid_result ccid_result(const struct ccid_message *answer)
{
    return (enum ccid_result)(answer->three[0] >> 6);
}

const char *ccid_error_text(uint8_t error)
{
    switch (error) {
    case 0xFF:
        return "aborted";
    case CCID_ERROR_MUTE:
        return "the card does not answer";
    case 0xFD:
        return "parity error";
    case 0xFC:
        return "overrun";
    case 0xFB:
        return "hardware error";
    case 0xE0:
        return "the slot is busy";
    default:
        return error < 0x80 ? "the reader does not take the message" : "unknown error";
    }
}

int ccid_slot_change_parse(const uint8_t *bytes, size_t count, uint8_t slot, bool *present)
{
    size_t at = 1 + (size_t)slot / 4;
    if (count < 2 || bytes[0] != SLOT_CHANGE || at >= count)
        return -1;
    *present = bytes[at] >> slot % 4 * 2 & 1;
    return 0;
}

/* ---- The functional descriptor --------------------------------------------------------------------------------- */

static enum ccid_level level_of(uint32_t features)
{
    if (features & 0x00040000)
        return CCID_LEVEL_EXTENDED_APDU;
    if (features & 0x00020000)
        return CCID_LEVEL_SHORT_APDU;
    return features & 0x00010000 ? CCID_LEVEL_TPDU : CCID_LEVEL_CHARACTER;
}

int ccid_descriptor_parse(const uint8_t *bytes, size_t count, struct ccid_descriptor *out)
{
    while (count >= 2) {
        size_t length = bytes[0];
        if (length < 2 || length > count)
            return -1;
        if (bytes[1] == CCID_DESCRIPTOR_TYPE && length >= CCID_DESCRIPTOR_SIZE) {
            out->highest_slot = bytes[4];
            out->protocols = number_at(bytes + 6);
            out->features = number_at(bytes + 40);
            out->longest_message = number_at(bytes + 44);
            out->level = level_of(out->features);
            return out->longest_message > CCID_HEADER ? 0 : -1;
        }
        bytes += length;
        count -= length;
    }
    return -1;
}

/* ---- Over a serial line ---------------------------------------------------------------------------------------- */

static uint8_t check_of(const uint8_t *bytes, size_t count)
{
    uint8_t check = 0;
    for (size_t i = 0; i < count; i++)
        check ^= bytes[i];
    return check;
}

int ccid_frame_encode(const struct ccid_message *message, struct buf *out)
{
    const size_t start = out->length + 1;
    buf_append_byte(out, STX);
    if (ccid_encode(message, out) != 0)
        return -1;
    buf_append_byte(out, out->failed ? 0 : check_of(out->data + start, out->length - start));
    buf_append_byte(out, ETX);
    return 0;
}

void ccid_frame_decoder_reset(struct ccid_frame_decoder *decoder)
{
    memset(decoder, 0, sizeof(*decoder));
}

/* What begins with 02 and is no message: three more bytes. */
static bool is_short(const struct ccid_frame_decoder *decoder, bool from_reader)
{
    return from_reader && decoder->length > 1 && (decoder->bytes[1] < 0x80 || decoder->bytes[1] > 0x83);
}

static enum ccid_frame_event end_short(struct ccid_frame_decoder *decoder)
{
    const uint8_t *bytes = decoder->bytes;
    decoder->length = 0;
    if (bytes[1] != bytes[2] || bytes[3] != ETX)
        return CCID_FRAME_DAMAGED;
    return bytes[1] == 0 ? CCID_FRAME_ACK : CCID_FRAME_REFUSED;
}

static enum ccid_frame_event end_message(struct ccid_frame_decoder *decoder, size_t length)
{
    const uint8_t *bytes = decoder->bytes;
    decoder->length = 0;
    if (check_of(bytes + 1, length + 1) != 0 || bytes[length + FRAME_END] != ETX)
        return CCID_FRAME_DAMAGED;
    read_message(bytes + 1, &decoder->message);
    return CCID_FRAME_MESSAGE;
}

static enum ccid_frame_event take_byte(struct ccid_frame_decoder *decoder, bool from_reader, uint8_t byte)
{
    if (decoder->length == 0 && byte != STX)
        return CCID_FRAME_NOTHING;
    decoder->bytes[decoder->length++] = byte;
    if (is_short(decoder, from_reader))
        return decoder->length < CCID_FRAME_ACK_SIZE ? CCID_FRAME_NOTHING : end_short(decoder);
    if (decoder->length < 1 + CCID_HEADER)
        return CCID_FRAME_NOTHING;
    uint32_t count = number_at(decoder->bytes + 2);
    if (count > CCID_DATA_MOST) {
        decoder->length = 0;
        return CCID_FRAME_DAMAGED;
    }
    size_t length = CCID_HEADER + count;
    return decoder->length < 1 + length + FRAME_END ? CCID_FRAME_NOTHING : end_message(decoder, length);
}

size_t ccid_frame_decode(struct ccid_frame_decoder *decoder, bool from_reader, const uint8_t *bytes, size_t count,
                         enum ccid_frame_event *event)
{
    size_t taken = 0;
    *event = CCID_FRAME_NOTHING;
    while (taken < count && *event == CCID_FRAME_NOTHING)
        *event = take_byte(decoder, from_reader, bytes[taken++]);
    return taken;
}
