/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identifiers of operations and keys: UUID version 7 (RFC 9562, section 5.7). */
#ifndef KEYCARD_UTIL_UUID_H
#define KEYCARD_UTIL_UUID_H

#include <stdbool.h>
#include <stdint.h>

struct uuid {
    uint8_t bytes[16];
};
#define UUID_TEXT_SIZE 37

/* From the wall clock in milliseconds and ten random bytes. */
struct uuid uuid_make(int64_t unix_ms, const uint8_t random[10]);
/* The same, but later than `last` in its first eight bytes, unless the clock was set back by more than a second. */
struct uuid uuid_make_after(const struct uuid *last, int64_t unix_ms, const uint8_t random[10]);
void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE]);
/* Any version; either case. Returns 0, or -1 if it is no UUID. */
int uuid_parse(const char *text, struct uuid *out);
bool uuid_is_nil(const struct uuid *uuid);
bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
