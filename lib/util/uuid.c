/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs: made, written and read. */
#include "util/uuid.h"

#include <stddef.h>
#include <string.h>

#define UUID_MS_MAX INT64_C(0xFFFFFFFFFFFF)

struct uuid uuid_make(int64_t unix_ms, const uint8_t random[10])
{
    struct uuid uuid;
    /* A clock before 1970 or past the year 10889 still gives a valid identifier: the random part tells them apart. */
    uint64_t ms = unix_ms < 0 ? 0 : unix_ms > UUID_MS_MAX ? (uint64_t)UUID_MS_MAX : (uint64_t)unix_ms;
    for (size_t i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(uuid.bytes + 6, random, 10);
    uuid.bytes[6] = (uint8_t)(0x70u | (uuid.bytes[6] & 0x0Fu)); /* version 7 */
    uuid.bytes[8] = (uint8_t)(0x80u | (uuid.bytes[8] & 0x3Fu)); /* variant of RFC 9562 */
    return uuid;
}

/* A hyphen stands before the bytes 4, 6, 8 and 10. */
static bool hyphen_before(size_t index)
{
    return index == 4 || index == 6 || index == 8 || index == 10;
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    static const uint8_t places[] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        out[places[i]] = digits[uuid->bytes[i] >> 4];
        out[places[i] + 1] = digits[uuid->bytes[i] & 0x0F];
    }
    out[8] = out[13] = out[18] = out[23] = '-';
    out[UUID_TEXT_SIZE - 1] = '\0';
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

int uuid_parse(const char *text, struct uuid *out)
{
    if (text == NULL || strnlen(text, UUID_TEXT_SIZE) != UUID_TEXT_SIZE - 1)
        return -1;
    struct uuid uuid;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (hyphen_before(i) && *text++ != '-')
            return -1;
        int high = digit_value(text[0]);
        int low = digit_value(text[1]);
        if (high < 0 || low < 0)
            return -1;
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    *out = uuid;
    return 0;
}

bool uuid_is_nil(const struct uuid *uuid)
{
    static const struct uuid nil;
    return uuid_equal(uuid, &nil);
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
