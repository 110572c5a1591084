/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values of the LENS codec, for its own files only: their lexical forms, escaping, base64. */
#ifndef LENS_VALUES_H
#define LENS_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tables.h"

/* How many bytes from the first on are ASCII that stands for itself in XML: nearly always all. */
size_t lens_plain_length(const char *text);
/* UTF-8 without control characters and without what XML cannot carry. */
bool lens_text_is_clean(const char *text);
/* Appends a clean text so that it is nothing but text, in an element or in an attribute in double quotes. */
void lens_append_escaped(struct buf *out, const char *text);
/* Whether a text is a value of the type as it stands, blanks round it not allowed; lists and the like never are. */
bool lens_value_is(enum lens_type type, const char *text);
/* 8-4-4-4-12 hexadecimal digits, no braces. */
bool lens_is_uuid(const char *text);
/* A decimal number with an optional sign. */
bool lens_read_number(const char *text, int64_t *number);
/* Strict: padded, no stray bits; blanks of XML between the characters do not matter. -1 if it is not base64. `out` has
 * room for strlen(text) bytes, or is NULL to count only. */
int lens_base64_read(const char *text, uint8_t *out, size_t *size);
void lens_base64_write(const uint8_t *bytes, size_t count, struct buf *out);

#endif
