/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NAME = VALUE of sections whose names are free, in the order of the file. */
#ifndef EXAMPLES_PAIRS_H
#define EXAMPLES_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

struct pair {
    char *section; /* such as the name of a system; "" where it does not matter */
    char *name, *value;
};
struct pairs {
    struct pair *items;
    size_t count;
};

/* False if memory is used up. */
bool pairs_add(struct pairs *pairs, const char *section, const char *name, const char *value);
/* The first value of this name in the section, or NULL. */
const char *pairs_find(const struct pairs *pairs, const char *section, const char *name);
void pairs_free(struct pairs *pairs);

#endif
