/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for people: safe on a terminal, joined lists, tables. */
#ifndef KEYCARD_TOOL_TABLE_H
#define KEYCARD_TOOL_TABLE_H

#include <keycard/keycard.h>

#include <stddef.h>
#include <stdio.h>

/* Writes text of any origin: control characters, what turns the direction of writing, and invalid bytes become '?'.
 * Line feeds stay. */
void text_write(FILE *stream, const char *text);
/* A list of a key as "101, 102"; owned by the caller; NULL if memory is used up. */
char *text_join(const char *(*get)(const kc_key *, int32_t), int32_t (*count)(const kc_key *), const kc_key *key);

/* A table whose columns are as wide as what stands in them. All functions take NULL, for want of memory. */
struct table;
struct table *table_new(size_t columns, const char *const *titles);
void table_add(struct table *table, const char *const *cells);
/* Shows it, unless it has no line, and frees it. */
void table_show(struct table *table, FILE *stream);

#endif
