/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words in texts: lists in options, names in faults, and what must not be shown. Knows nothing of the protocol. */
#ifndef LENS_WORDS_H
#define LENS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

/* One NAME=VALUE of a list; not NUL-terminated. */
struct pair {
    const char *name, *value;
    size_t name_length, value_length;
};

/* Moves `at` behind the next entry of a list that ';' separates; false at the end. An entry without '=' or with an
 * empty side has no name. */
bool lens_next_pair(const char **at, struct pair *pair);
void lens_trim(const char **text, size_t *length);
/* Whether the word stands in the text by itself, without regard to the case of ASCII letters. Nothing is in nothing. */
bool lens_has_word(const char *text, const char *word, size_t length);
/* Appends the text with each occurrence of the secrets, and of their words of three letters or more, as "***". */
void lens_mask(const char *text, const char *const *secrets, size_t count, struct buf *out);

#endif
