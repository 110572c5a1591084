/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random tokens and passwords, by the system's own generator and crypt(3). */
#include "secret.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../common/program.h"

bool secret_token(char token[TOKEN_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(TOKEN_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        token[2 * i] = digits[bytes[i] >> 4];
        token[2 * i + 1] = digits[bytes[i] & 15];
    }
    token[TOKEN_SIZE - 1] = '\0';
    return true;
}

bool secret_equal(const char *one, const char *other)
{
    const size_t length = strlen(one), other_length = strlen(other);
    unsigned difference = length != other_length;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)one[i] ^ (unsigned char)other[other_length > 0 ? i % other_length : 0];
    return difference == 0;
}

bool secret_password_fits(const char *password, const char *hash)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *found = data != NULL ? crypt_r(password, hash, data) : NULL;
    const bool fits = found != NULL && found[0] != '*' && secret_equal(found, hash);
    if (data != NULL)
        explicit_bzero(data, sizeof *data);
    free(data);
    return fits;
}

int secret_print_hash(void)
{
    char password[256], setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *hash = NULL;
    if (data != NULL && fgets(password, sizeof password, stdin) != NULL) {
        password[strcspn(password, "\n")] = '\0';
        if (password[0] != '\0' && crypt_gensalt_rn(NULL, 0, NULL, 0, setting, sizeof setting) != NULL)
            hash = crypt_r(password, setting, data);
    }
    explicit_bzero(password, sizeof password);
    if (hash != NULL && hash[0] != '*')
        puts(hash);
    else
        fputs("frontdesk: a password is needed on standard input, up to 254 bytes\n", stderr);
    free(data);
    return hash != NULL && hash[0] != '*' ? program_printed("frontdesk") : EXIT_FAILURE;
}
