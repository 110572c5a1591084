/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256, by the way of libcrypto that it has. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "store/sha256.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#ifndef OPENSSL_NO_DEPRECATED_3_0

struct sha256 {
    SHA256_CTX state;
};

struct sha256 *sha256_new(void)
{
    return calloc(1, sizeof(struct sha256));
}

void sha256_free(struct sha256 *sha256)
{
    if (!sha256)
        return;
    explicit_bzero(sha256, sizeof(*sha256));
    free(sha256);
}

bool sha256_start(struct sha256 *sha256)
{
    return SHA256_Init(&sha256->state) == 1;
}

bool sha256_add(struct sha256 *sha256, const void *bytes, size_t count)
{
    return SHA256_Update(&sha256->state, bytes, count) == 1;
}

bool sha256_end(struct sha256 *sha256, uint8_t digest[32])
{
    return SHA256_Final(digest, &sha256->state) == 1;
}

#else

struct sha256 {
    EVP_MD *digest;
    EVP_MD_CTX *state;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *sha256 = calloc(1, sizeof(*sha256));
    if (!sha256)
        return NULL;
    sha256->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha256->state = EVP_MD_CTX_new();
    if (sha256->digest && sha256->state)
        return sha256;
    sha256_free(sha256);
    return NULL;
}

void sha256_free(struct sha256 *sha256)
{
    if (!sha256)
        return;
    EVP_MD_CTX_free(sha256->state);
    EVP_MD_free(sha256->digest);
    free(sha256);
}

bool sha256_start(struct sha256 *sha256)
{
    return EVP_DigestInit_ex2(sha256->state, sha256->digest, NULL) == 1;
}

bool sha256_add(struct sha256 *sha256, const void *bytes, size_t count)
{
    return EVP_DigestUpdate(sha256->state, bytes, count) == 1;
}

bool sha256_end(struct sha256 *sha256, uint8_t digest[32])
{
    return EVP_DigestFinal_ex(sha256->state, digest, NULL) == 1;
}

#endif
