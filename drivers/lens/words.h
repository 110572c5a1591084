/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words in texts: names in faults, and what must not be shown. Knows nothing of the protocol. */
#ifndef LENS_WORDS_H
#define LENS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* Whether the word stands in the text by itself, without regard to the case of ASCII letters. Nothing is in nothing. */
bool lens_has_word(const char *text, const char *word, size_t length);
/* Appends the text with each occurrence of the secrets, and of their words of three letters or more, as "***". */
void lens_mask(const char *text, const char *const *secrets, size_t count, struct buf *out);

#endif
