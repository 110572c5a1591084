/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One character of UTF-8 at a time: the steps that the text and error functions share. */
#ifndef KEYCARD_UTIL_UTF8_H
#define KEYCARD_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that one character takes. */
#define UTF8_BYTES_MAX 4

/* Reads the character at `text`, which ends with a NUL. Returns how many bytes it takes (1 for the NUL itself), or 0 if
 * it is not UTF-8: stray or missing continuation bytes, overlong forms, surrogates, past U+10FFFF. */
static inline size_t utf8_read(const char *text, uint32_t *character)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t first = bytes[0];
    if (first < 0x80) {
        *character = first;
        return 1;
    }
    /* 0xC0 and 0xC1 could only begin overlong forms, 0xF5 and above only what is past U+10FFFF. */
    if (first < 0xC2 || first > 0xF4)
        return 0;
    size_t count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code = first & (0x7Fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xC0u) != 0x80)
            return 0; /* also the NUL: never reads past it */
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    if ((count == 3 && code < 0x800) || (count == 4 && code < 0x10000) || code > 0x10FFFF)
        return 0;
    if (code >= 0xD800 && code <= 0xDFFF)
        return 0;
    *character = code;
    return count;
}

/* Writes a character that is a Unicode scalar value. Returns how many bytes it took. */
static inline size_t utf8_write(uint32_t character, uint8_t out[UTF8_BYTES_MAX])
{
    if (character < 0x80) {
        out[0] = (uint8_t)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (uint8_t)(0xC0u | character >> 6);
        out[1] = (uint8_t)(0x80u | (character & 0x3Fu));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (uint8_t)(0xE0u | character >> 12);
        out[1] = (uint8_t)(0x80u | (character >> 6 & 0x3Fu));
        out[2] = (uint8_t)(0x80u | (character & 0x3Fu));
        return 3;
    }
    out[0] = (uint8_t)(0xF0u | character >> 18);
    out[1] = (uint8_t)(0x80u | (character >> 12 & 0x3Fu));
    out[2] = (uint8_t)(0x80u | (character >> 6 & 0x3Fu));
    out[3] = (uint8_t)(0x80u | (character & 0x3Fu));
    return 4;
}

/* Characters that change how other text is shown or read, and never are part of a name: C0 and C1 controls, line and
 * paragraph separators, bidirectional controls, noncharacters. */
static inline bool utf8_is_control(uint32_t character)
{
    if (character < 0x20 || (character >= 0x7F && character <= 0x9F))
        return true;
    if (character < 0x2028)
        return false;
    if (character <= 0x202E || (character >= 0x2066 && character <= 0x2069)) /* 2028, 2029, 202A to 202E */
        return true;
    return (character >= 0xFDD0 && character <= 0xFDEF) || (character & 0xFFFEu) == 0xFFFE;
}

/* Drops a character at the end of which bytes were cut off. */
static inline void utf8_drop_cut(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < UTF8_BYTES_MAX) {
        start--;
        if (((uint8_t)text[start] & 0xC0u) != 0x80)
            break;
    }
    uint32_t character;
    if (start < length && utf8_read(text + start, &character) != length - start)
        text[start] = '\0';
}

#endif
