/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text between the PMS's code page and UTF-8, by iconv. */
#ifndef KEYCARD_GATEWAY_WORDS_H
#define KEYCARD_GATEWAY_WORDS_H

#include <iconv.h>

#include "fias/codec.h"

struct words {
    iconv_t in, out;
};

/* False: iconv knows no such code page. */
bool words_open(struct words *words, const char *code_page);
void words_close(struct words *words);
/* A value as UTF-8; "" for NULL. False: it does not fit, or has bytes that are no characters of the code page. */
bool words_in(const struct words *words, const struct fias_field *field, char *out, size_t size);
/* UTF-8 as a value of a field, transliterated, without what must not stand there, at most `longest` characters. `out`
 * has longest + 1 bytes. */
void words_out(const struct words *words, const char *text, char *out, size_t longest);

#endif
