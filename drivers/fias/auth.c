/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What needs libcrypto: base64, and the proof by which a lock system shows that it knows the link's key. FIAS, section
 * "link authentication": AES-128 in CBC mode over date and time of the last LS. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "state.h"

enum { BLOCK = 16, DECODED = FIAS_CRYPTOGRAM_PART / 4 * 3 };

/* 24 characters of base64 that end in "==" are 16 bytes. */
static bool decode(const char *text, uint8_t out[BLOCK])
{
    uint8_t decoded[DECODED + 1];
    bool good = strlen(text) == FIAS_CRYPTOGRAM_PART && strcmp(text + FIAS_CRYPTOGRAM_PART - 2, "==") == 0 &&
                !strchr(text, ' ') && EVP_DecodeBlock(decoded, (const uint8_t *)text, FIAS_CRYPTOGRAM_PART) == DECODED;
    if (good)
        memcpy(out, decoded, BLOCK);
    OPENSSL_cleanse(decoded, sizeof(decoded));
    return good;
}

bool fias_read_base64(const struct fias_field *field, struct buf *out)
{
    uint8_t decoded[3];
    bool ended = false;
    if (field->length == 0 || field->length % 4 != 0)
        return false;
    for (size_t i = 0; i < field->length && !ended; i += 4) {
        const char *four = field->value + i;
        size_t padding = four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
        ended = padding > 0 && i + 4 == field->length;
        if ((padding > 0 && !ended) || memchr(four, '=', 4 - padding) || memchr(four, ' ', 4) ||
            EVP_DecodeBlock(decoded, (const uint8_t *)four, 4) != 3)
            return false;
        buf_append(out, decoded, 3 - padding);
    }
    return true;
}

static bool read_key(const char *text, uint8_t out[BLOCK])
{
    static const char mark[] = "FidCrypt0S|";
    if (strncmp(text, mark, sizeof(mark) - 1) == 0)
        text += sizeof(mark) - 1;
    return decode(text, out);
}

bool fias_is_key(const char *text)
{
    uint8_t key[BLOCK];
    bool good = read_key(text, key);
    OPENSSL_cleanse(key, sizeof(key));
    return good;
}

static bool decrypt(const uint8_t key[BLOCK], const uint8_t vector[BLOCK], const uint8_t cipher[BLOCK],
                    uint8_t out[2 * BLOCK], int *length)
{
    int rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context && EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, vector) == 1 &&
                EVP_DecryptUpdate(context, out, length, cipher, BLOCK) == 1 &&
                EVP_DecryptFinal_ex(context, out + *length, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    *length += rest;
    return good;
}

int fias_prove(const char *key_text, const struct fias_field *cryptogram, const char *expected)
{
    char vector_text[FIAS_CRYPTOGRAM_PART + 1], cipher_text[FIAS_CRYPTOGRAM_PART + 1];
    uint8_t key[BLOCK] = {0}, vector[BLOCK], cipher[BLOCK], plain[2 * BLOCK] = {0};
    int length = 0;
    size_t wanted = strlen(expected);
    bool good = wanted > 0 && wanted < BLOCK && read_key(key_text, key) &&
                fias_cryptogram_parts(cryptogram, vector_text, cipher_text) == 0 && decode(vector_text, vector) &&
                decode(cipher_text, cipher) && decrypt(key, vector, cipher, plain, &length) && length == (int)wanted &&
                CRYPTO_memcmp(plain, expected, wanted) == 0;
    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(plain, sizeof(plain));
    return good ? 0 : -1;
}
