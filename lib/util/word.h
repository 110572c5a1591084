/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short texts in one word, so that all their bytes are looked at together; and words as bytes. */
#ifndef KEYCARD_UTIL_WORD_H
#define KEYCARD_UTIL_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All of 1 to 8 bytes and no others, some of them more than once. The same bytes give the same word, and of one count
 * others give another. */
static inline uint64_t word_of(const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    uint64_t word = 0;
    uint32_t first = 0, last = 0;
    if (count == sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        return word;
    }
    if (count >= sizeof(first)) {
        memcpy(&first, at, sizeof(first));
        memcpy(&last, at + count - sizeof(last), sizeof(last));
    } else {
        first = last = (uint32_t)at[0] << 16 | (uint32_t)at[count / 2] << 8 | at[count - 1] * UINT32_C(0x01000001);
    }
    return (uint64_t)first << 32 | last;
}

/* From this computer's order of bytes to the one with the highest first, and back. */
static inline uint64_t word_big_endian(uint64_t number)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(number);
#else
    return number;
#endif
}

#endif
