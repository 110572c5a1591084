/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A map from names to values, as a sorted array. */
#include "util/name_map.h"

#include <stdlib.h>
#include <string.h>

static size_t position(const struct name_map *map, const char *name, int *found)
{
    size_t low = 0, high = map->count;
    *found = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(map->entries[middle].name, name);
        if (order == 0) {
            *found = 1;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void *name_map_find(const struct name_map *map, const char *name)
{
    int found;
    size_t at = position(map, name, &found);
    return found ? map->entries[at].value : NULL;
}

int name_map_set(struct name_map *map, const char *name, void *value, void **old)
{
    int found;
    size_t at = position(map, name, &found);
    if (old)
        *old = found ? map->entries[at].value : NULL;
    if (found) {
        map->entries[at].value = value;
        return 0;
    }
    if (map->count == map->capacity) {
        size_t capacity = map->capacity ? map->capacity * 2 : 1;
        struct name_entry *grown = realloc(map->entries, capacity * sizeof(*grown));
        if (!grown)
            return -1;
        map->entries = grown;
        map->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy)
        return -1;
    memmove(map->entries + at + 1, map->entries + at, (map->count - at) * sizeof(*map->entries));
    map->entries[at] = (struct name_entry){copy, value};
    map->count++;
    return 0;
}

void name_map_free(struct name_map *map, void (*free_value)(void *value))
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->entries[i].name);
        if (free_value)
            free_value(map->entries[i].value);
    }
    free(map->entries);
    *map = (struct name_map){0};
}
