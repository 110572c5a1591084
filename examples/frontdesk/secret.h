/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random tokens and passwords. */
#ifndef FRONTDESK_SECRET_H
#define FRONTDESK_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_SIZE = 65 }; /* 256 random bits as hex digits, and NUL */

bool secret_token(char token[TOKEN_SIZE]);
/* Takes as long for equal texts as for different ones. */
bool secret_equal(const char *one, const char *other);
/* Whether a password fits a hash of crypt(5). */
bool secret_password_fits(const char *password, const char *hash);
/* Reads a password from standard input and prints its hash; the exit status. */
int secret_print_hash(void);

#endif
