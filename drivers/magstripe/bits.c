/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Characters as bits on the stripe ("RAW data", worked example of the manual), and streams of bits compared. */
#include <string.h>

#include "codec.h"

enum { LONGEST = 107 }; /* characters of track 3 with sentinels and LRC */

static size_t bits_of_character(size_t track)
{
    return track == 0 ? 7 : 5;
}

static uint8_t base_of(size_t track)
{
    return track == 0 ? 0x20 : 0x30;
}

/* Odd parity in the bit above the value. */
static uint8_t with_parity(uint8_t value, size_t bits)
{
    unsigned ones = 0;
    for (size_t i = 0; i + 1 < bits; i++)
        ones += (unsigned)value >> i & 1u;
    return (uint8_t)(value | (ones % 2 == 0 ? 1u << (bits - 1) : 0u));
}

static void put_character(uint8_t *out, size_t *at, uint8_t character, size_t bits)
{
    for (size_t i = 0; i < bits; i++, ++*at)
        out[*at / 8] = (uint8_t)(out[*at / 8] | ((unsigned)character >> i & 1u) << (*at % 8));
}

size_t msr_bits_of(size_t track, const char *text, uint8_t out[MSR_TRACK_MOST])
{
    struct msr_track checked;
    size_t bits = bits_of_character(track), at = 0, wrong;
    uint8_t lrc = 0, values[LONGEST], count = 0;
    if (!msr_track_set(track, text, &checked, &wrong) || checked.length == 0)
        return 0;
    values[count++] = (uint8_t)((track == 0 ? '%' : ';') - base_of(track));
    for (size_t i = 0; i < checked.length; i++)
        values[count++] = (uint8_t)(checked.bytes[i] - base_of(track));
    values[count++] = (uint8_t)(MSR_END - base_of(track));
    memset(out, 0, MSR_TRACK_MOST);
    for (size_t i = 0; i < count; i++) {
        lrc ^= values[i];
        put_character(out, &at, with_parity(values[i], bits), bits);
    }
    put_character(out, &at, with_parity(lrc, bits), bits);
    return (at + 7) / 8;
}

static uint8_t get_character(const uint8_t *bytes, size_t at, size_t bits)
{
    unsigned value = 0;
    for (size_t i = 0; i < bits; i++, at++)
        value |= (unsigned)(bytes[at / 8] >> (at % 8) & 1) << i;
    return (uint8_t)value;
}

bool msr_text_of(size_t track, const uint8_t *bytes, size_t count, char out[MSR_TRACK_MOST + 1])
{
    size_t bits = bits_of_character(track), end = count * 8, at = 0, length = 0;
    uint8_t lrc = 0, mask = (uint8_t)((1u << (bits - 1)) - 1);
    while (at < end && !(bytes[at / 8] >> (at % 8) & 1))
        at++;
    for (bool ended = false; at + bits <= end; at += bits) {
        uint8_t character = get_character(bytes, at, bits), value = character & mask;
        if (with_parity(value, bits) != character)
            return false;
        lrc ^= value;
        if (ended)
            return lrc == 0;
        if (length >= MSR_TRACK_MOST || (length == 0) != (value + base_of(track) == (track == 0 ? '%' : ';')))
            return false;
        out[length++] = (char)(value + base_of(track));
        out[length] = '\0';
        ended = value + base_of(track) == MSR_END;
    }
    return false;
}

uint8_t msr_reverse(uint8_t byte)
{
    unsigned result = 0;
    for (unsigned i = 0; i < 8; i++)
        result |= (unsigned)(byte >> i & 1) << (7 - i);
    return (uint8_t)result;
}

/* From the first 1 to the last. */
struct stretch {
    size_t first, end;
};

static bool written_bit(const uint8_t *bytes, size_t at)
{
    return bytes[at / 8] >> (at % 8) & 1;
}

static bool read_bit(const uint8_t *bytes, size_t at)
{
    return bytes[at / 8] >> (7 - at % 8) & 1;
}

static struct stretch find_stretch(const uint8_t *bytes, size_t count, bool (*bit)(const uint8_t *bytes, size_t at))
{
    struct stretch found = {0, count * 8};
    while (found.first < found.end && !bit(bytes, found.first))
        found.first++;
    while (found.end > found.first && !bit(bytes, found.end - 1))
        found.end--;
    return found;
}

bool msr_same_stream(const uint8_t *written, size_t written_count, const uint8_t *read, size_t read_count)
{
    struct stretch wanted = find_stretch(written, written_count, written_bit);
    struct stretch got = find_stretch(read, read_count, read_bit);
    size_t length = wanted.end - wanted.first;
    if (got.end - got.first != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (written_bit(written, wanted.first + i) != read_bit(read, got.first + i))
            return false;
    return true;
}
