/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of NAME = VALUE. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

static void free_pair(const struct pair *pair)
{
    free(pair->section);
    free(pair->name);
    free(pair->value);
}

bool pairs_add(struct pairs *pairs, const char *section, const char *name, const char *value)
{
    struct pair *items = reallocarray(pairs->items, pairs->count + 1, sizeof *items);
    const struct pair pair = {strdup(section), strdup(name), strdup(value)};
    if (items != NULL)
        pairs->items = items;
    if (items == NULL || pair.section == NULL || pair.name == NULL || pair.value == NULL) {
        free_pair(&pair);
        return false;
    }
    items[pairs->count++] = pair;
    return true;
}

const char *pairs_find(const struct pairs *pairs, const char *section, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->items[i].section, section) == 0 && strcmp(pairs->items[i].name, name) == 0)
            return pairs->items[i].value;
    }
    return NULL;
}

void pairs_free(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        free_pair(&pairs->items[i]);
    free(pairs->items);
    *pairs = (struct pairs){NULL, 0};
}
