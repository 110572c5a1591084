/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packets in which an MSR605X takes and gives the commands of its family on USB: one byte of header (first, last,
 * number of bytes), then up to 63 bytes. */
#include <string.h>

#include "codec.h"

enum { FIRST = 0x80, LAST = 0x40, COUNT = 0x3F };

void msr_put_packets(struct buf *out, const uint8_t *message, size_t count, bool padded)
{
    size_t at = 0;
    do {
        uint8_t packet[MSR_PACKET] = {0};
        size_t piece = count - at < MSR_PACKET_MOST ? count - at : MSR_PACKET_MOST;
        packet[0] = (uint8_t)((at == 0 ? FIRST : 0) | (at + piece == count ? LAST : 0) | (padded ? COUNT : (int)piece));
        if (piece > 0)
            memcpy(packet + 1, message + at, piece);
        buf_append(out, packet, sizeof(packet));
        at += piece;
    } while (at < count);
}

void msr_assembly_reset(struct msr_assembly *assembly)
{
    memset(assembly, 0, sizeof(*assembly));
}

static void throw_away(struct msr_assembly *assembly)
{
    assembly->open = false;
    assembly->count = 0;
    assembly->damaged++;
}

bool msr_take_packet(struct msr_assembly *assembly, const uint8_t *packet, size_t count)
{
    if (count == 0)
        return false;
    size_t length = packet[0] & COUNT;
    bool first = (packet[0] & FIRST) != 0;
    if (first) {
        if (assembly->open)
            throw_away(assembly);
        assembly->count = 0;
        assembly->open = true;
    }
    if (!assembly->open) {
        assembly->damaged++;
        return false;
    }
    if (length > count - 1 || length > sizeof(assembly->message) - assembly->count) {
        throw_away(assembly);
        return false;
    }
    memcpy(assembly->message + assembly->count, packet + 1, length);
    assembly->count += length;
    if (!(packet[0] & LAST))
        return false;
    assembly->open = false;
    return true;
}
