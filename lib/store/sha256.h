/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 of libcrypto for many short digests, one after the other.
 *
 * By its functions for SHA-256 alone, deprecated since 3.0, and not by EVP: there libcrypto 3.0 allocates and wipes a
 * state for each digest, 650 instructions more, and an operation makes six. A libcrypto without deprecated functions is
 * used by EVP. */
#ifndef KEYCARD_STORE_SHA256_H
#define KEYCARD_STORE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256;

/* NULL: no memory, or libcrypto has no SHA-256. */
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *sha256);
/* Begins a digest; the one before need not have ended. False, here and below: see libcrypto. */
bool sha256_start(struct sha256 *sha256);
bool sha256_add(struct sha256 *sha256, const void *bytes, size_t count);
bool sha256_end(struct sha256 *sha256, uint8_t digest[32]);

#endif
