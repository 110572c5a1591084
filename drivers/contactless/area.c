/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an NDEF message lies in the memory of a card: in a TLV (NFC Forum, Type 2 Tag, 2.3), or in a file with its length
 * before it (Type 4 Tag). */
#include <string.h>

#include "codec.h"

enum { TLV_NULL = 0x00, TLV_LOCK = 0x01, TLV_MEMORY = 0x02, TLV_NDEF = 0x03, TLV_END = 0xFE, LONG_LENGTH = 0xFF };

struct tlv {
    uint8_t type;
    size_t start, length_at, value, length, next;
};

/* The TLV at a place; -1 if it leads beyond the end. */
static int read_tlv(const uint8_t *bytes, size_t count, size_t at, struct tlv *tlv)
{
    *tlv = (struct tlv){.type = bytes[at], .start = at, .value = at + 1, .next = at + 1};
    if (tlv->type == TLV_NULL || tlv->type == TLV_END)
        return 0;
    if (count - at < 2)
        return -1;
    tlv->length_at = at + 1;
    tlv->length = bytes[at + 1];
    tlv->value = at + 2;
    if (tlv->length == LONG_LENGTH) {
        if (count - at < 4)
            return -1;
        tlv->length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        tlv->value = at + 4;
    }
    if (tlv->length > count - tlv->value)
        return -1;
    tlv->next = tlv->value + tlv->length;
    return 0;
}

int area_parse(const uint8_t *bytes, size_t count, struct area *out)
{
    struct tlv tlv;
    memset(out, 0, sizeof(*out));
    for (size_t at = 0; at < count; at = tlv.next) {
        if (read_tlv(bytes, count, at, &tlv) != 0)
            return -1;
        if (tlv.type == TLV_END)
            return 0;
        if (tlv.type != TLV_NDEF)
            continue;
        out->marker = tlv.length_at;
        out->marker_length = 1;
        out->message = tlv.value;
        out->message_length = tlv.length;
        return 0;
    }
    return 0;
}

/* How many bytes at the beginning are TLVs about reserved memory, which stay. Damaged ones do not. */
static size_t kept_prefix(const uint8_t *bytes, size_t count)
{
    struct tlv tlv;
    size_t kept = 0;
    for (size_t at = 0; at < count; at = tlv.next) {
        if (read_tlv(bytes, count, at, &tlv) != 0)
            break;
        bool reserved = (tlv.type == TLV_LOCK || tlv.type == TLV_MEMORY) && tlv.length == 3;
        if (!reserved && tlv.type != TLV_NULL)
            break;
        if (reserved)
            kept = tlv.next;
    }
    return kept;
}

static int add(struct area *area, const void *bytes, size_t count)
{
    if (count > AREA_MOST - area->length)
        return -1;
    if (count > 0)
        memcpy(area->bytes + area->length, bytes, count);
    area->length += count;
    return 0;
}

int area_compose(const uint8_t *present, size_t count, const uint8_t *message, size_t message_length, struct area *out)
{
    const uint8_t short_head[] = {TLV_NDEF, (uint8_t)message_length}, end = TLV_END;
    const uint8_t long_head[] = {TLV_NDEF, LONG_LENGTH, (uint8_t)(message_length >> 8), (uint8_t)message_length};
    const bool is_long = message_length >= LONG_LENGTH;
    memset(out, 0, sizeof(*out));
    if (message_length == 0 || message_length > AREA_MOST || add(out, present, kept_prefix(present, count)) != 0)
        return -1;
    out->marker = out->length + 1;
    out->marker_length = 1;
    if (add(out, is_long ? long_head : short_head, is_long ? sizeof(long_head) : sizeof(short_head)) != 0)
        return -1;
    out->message = out->length;
    out->message_length = message_length;
    return add(out, message, message_length) != 0 ? -1 : add(out, &end, 1);
}

int area_compose_file(const uint8_t *message, size_t message_length, struct area *out)
{
    const uint8_t head[] = {(uint8_t)(message_length >> 8), (uint8_t)message_length};
    memset(out, 0, sizeof(*out));
    if (message_length == 0 || message_length > AREA_MOST - sizeof(head))
        return -1;
    out->marker_length = sizeof(head);
    out->message = sizeof(head);
    out->message_length = message_length;
    return add(out, head, sizeof(head)) != 0 ? -1 : add(out, message, message_length);
}

int area_parse_file(const uint8_t *bytes, size_t count, struct area *out)
{
    memset(out, 0, sizeof(*out));
    if (count < 2)
        return -1;
    out->marker_length = 2;
    out->message = 2;
    out->message_length = (size_t)bytes[0] << 8 | bytes[1];
    return out->message_length <= count - 2 ? 0 : -1;
}

int area_compose_raw(const uint8_t *bytes, size_t count, size_t marker_length, struct area *out)
{
    memset(out, 0, sizeof(*out));
    out->marker_length = marker_length < count ? marker_length : count;
    out->message_length = count;
    return count == 0 ? -1 : add(out, bytes, count);
}
