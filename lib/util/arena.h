/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is given back all at once: records, copies of requests. Not thread-safe. */
#ifndef KEYCARD_UTIL_ARENA_H
#define KEYCARD_UTIL_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena_hold;
struct arena {
    struct arena_block *blocks; /* newest first */
    struct arena_hold *holds;
};

/* A list of strings, all in one arena. */
struct strings {
    const char *const *items;
    size_t count;
};

/* An arena may also be started as an all-zero struct. */
void arena_init(struct arena *arena);
/* The same in memory of the caller's, aligned for any type and of ARENA_LENT_LEAST bytes or more; it is used up before
 * anything is allocated, and not freed. */
#define ARENA_LENT_LEAST 64
void arena_init_in(struct arena *arena, void *memory, size_t size);
void arena_free(struct arena *arena);
/* Bytes that the arena holds, used or not. Looks at each of its blocks. */
size_t arena_size(const struct arena *arena);
/* What the arena's memory points to, and is given back with it: `release` is called for the object by arena_free(), in
 * the thread that calls that. Returns 0, or -1 when memory is used up (then it is not called). */
int arena_hold(struct arena *arena, void (*release)(void *object), void *object);
/* Zeroed, aligned for any type; NULL when memory is used up. */
void *arena_alloc(struct arena *arena, size_t size);
/* Copies; NULL text gives "". NULL only when memory is used up. */
const char *arena_text(struct arena *arena, const char *text);
const char *arena_text_n(struct arena *arena, const char *text, size_t length);
/* Copies a list. Returns 0, or -1 when memory is used up. */
int arena_strings(struct arena *arena, const struct strings *from, struct strings *to);
/* The items of one text that has 0x1F (unit separator, never part of a value) between them; "" gives an empty list.
 * Returns 0, or -1 when memory is used up. */
int arena_split(struct arena *arena, const char *joined, struct strings *list);

#endif
