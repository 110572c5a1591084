/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random tokens and their digests, by OpenSSL. */
#include "token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/program.h"

enum { TOKEN_BYTES = 32, DIGEST_BYTES = 32, LONGEST_TOKEN = 200 };

static void write_hex(const unsigned char *bytes, size_t count, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * count] = '\0';
}

static bool digest(const char *token, char text[2 * DIGEST_BYTES + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (EVP_Digest(token, strlen(token), bytes, &count, EVP_sha256(), NULL) != 1 || count != DIGEST_BYTES)
        return false;
    write_hex(bytes, count, text);
    return true;
}

bool token_find(const struct settings *settings, const char *authorization, struct token_holder *holder)
{
    static const char scheme[] = "Bearer ";
    char text[2 * DIGEST_BYTES + 1];
    bool found = false;
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0 ||
        strlen(authorization) > LONGEST_TOKEN || !digest(authorization + sizeof scheme - 1, text))
        return false;
    for (size_t i = 0; i < settings->tokens.count; i++) {
        const struct pair *pair = &settings->tokens.items[i];
        if (strcmp(pair->name, "sha256") != 0 || CRYPTO_memcmp(pair->value, text, sizeof text) != 0)
            continue;
        const char *may = pairs_find(&settings->tokens, pair->section, "may");
        *holder = (struct token_holder){pair->section, may != NULL && strcmp(may, "read") == 0};
        found = true;
    }
    return found;
}

int token_print_new(void)
{
    unsigned char bytes[TOKEN_BYTES];
    char token[2 * TOKEN_BYTES + 1], text[2 * DIGEST_BYTES + 1];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return EXIT_FAILURE;
    write_hex(bytes, sizeof bytes, token);
    if (!digest(token, text))
        return EXIT_FAILURE;
    (void)printf("token:  %s\nsha256: %s\n", token, text);
    return program_printed("keycard-httpd");
}
