/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A map from names to values: room and area names, encoders. Sorted array; look-up costs log2(n) comparisons. */
#ifndef KEYCARD_UTIL_NAME_MAP_H
#define KEYCARD_UTIL_NAME_MAP_H

#include <stddef.h>

struct name_entry {
    char *name;
    void *value;
};

struct name_map {
    struct name_entry *entries;
    size_t count, capacity;
};

/* The value, or NULL. */
void *name_map_find(const struct name_map *map, const char *name);
/* Sets or replaces; the name is copied, the value is not. Returns the value that was replaced through `old` (may be
 * NULL). 0, or -1 when memory is used up. */
int name_map_set(struct name_map *map, const char *name, void *value, void **old);
/* Frees names and the array, and each value with `free_value` if that is given. */
void name_map_free(struct name_map *map, void (*free_value)(void *value));

#endif
