/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists in options: NAME=VALUE separated by ';', such as names of encoders and meanings of a lock system's answers. */
#ifndef KEYCARD_UTIL_PAIRS_H
#define KEYCARD_UTIL_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry, without the blanks around its sides; not NUL-terminated. */
struct pair {
    const char *name, *value;
    size_t name_length, value_length;
};

/* Moves `at` behind the next entry; false at the end. An entry without '=' or with an empty side has no name. */
bool pair_next(const char **at, struct pair *pair);
bool pair_is_named(const struct pair *pair, const char *name);
/* The error that the value names, as kc_status_name() does, if it is one that a lock system can answer with; else
 * KC_OK. */
int32_t pair_error(const struct pair *pair);
/* Takes blanks off both ends. */
void pair_trim(const char **text, size_t *length);

#endif
