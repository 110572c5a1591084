/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UUIDs: made, written and read. */
#include "util/uuid.h"

#include <stddef.h>
#include <string.h>

#include "util/word.h"

#define UUID_MS_MAX INT64_C(0xFFFFFFFFFFFF)

struct uuid uuid_make(int64_t unix_ms, const uint8_t random[10])
{
    struct uuid uuid;
    /* A clock before 1970 or past the year 10889 still gives a valid identifier: the random part tells them apart. */
    uint64_t ms = unix_ms < 0 ? 0 : unix_ms > UUID_MS_MAX ? (uint64_t)UUID_MS_MAX : (uint64_t)unix_ms;
    ms = word_big_endian(ms << 16);
    memcpy(uuid.bytes, &ms, 6);
    memcpy(uuid.bytes + 6, random, 10);
    uuid.bytes[6] = (uint8_t)(0x70u | (uuid.bytes[6] & 0x0Fu)); /* version 7 */
    uuid.bytes[8] = (uint8_t)(0x80u | (uuid.bytes[8] & 0x3Fu)); /* variant of RFC 9562 */
    return uuid;
}

static uint64_t first_half(const struct uuid *uuid)
{
    uint64_t number;
    memcpy(&number, uuid->bytes, sizeof number);
    return word_big_endian(number);
}

struct uuid uuid_make_after(const struct uuid *last, int64_t unix_ms, const uint8_t random[10])
{
    const uint64_t second_ms = UINT64_C(1000) << 16;
    struct uuid uuid = uuid_make(unix_ms, random);
    uint64_t half = first_half(last);
    if (first_half(&uuid) > half || half - first_half(&uuid) > second_ms)
        return uuid;
    /* Sixteen bits of it are the version and a counter of twelve; the time stands above. */
    half = (half & 0xFFFu) < 0xFFFu ? half + 1 : ((half >> 16) + 1) << 16 | 0x7000u;
    half = word_big_endian(half);
    memcpy(uuid.bytes, &half, sizeof half);
    return uuid;
}

/* A hyphen stands before the bytes 4, 6, 8 and 10. */
static bool hyphen_before(size_t index)
{
    return index == 4 || index == 6 || index == 8 || index == 10;
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

static sixteen as_digits(sixteen halves)
{
    const sixteen letters = (sixteen)(halves > 9);
    return halves + '0' + (letters & ('a' - '0' - 10));
}

/* Sixteen bytes as 32 digits, all at once. */
static void put_digits(const uint8_t bytes[16], char out[32])
{
    sixteen all;
    memcpy(&all, bytes, sizeof all);
    const sixteen high = as_digits(all >> 4), low = as_digits(all & 0x0F);
    const sixteen first = __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const sixteen last = __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                                 31);
    memcpy(out, &first, sizeof first);
    memcpy(out + sizeof first, &last, sizeof last);
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE])
{
    char digits[2 * sizeof uuid->bytes];
    put_digits(uuid->bytes, digits);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
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
