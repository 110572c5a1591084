/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a mistyped name may have meant. */
#include "nearest.h"

#include <string.h>

/* How many letters must be changed, put in or left out. Names longer than the row are never near. */
static size_t distance(const char *from, const char *to)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];
    const size_t width = strlen(to);
    if (width > LONGEST || strlen(from) > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (size_t line = 1; *from != '\0'; from++, line++) {
        size_t diagonal = row[0];
        row[0] = line;
        for (size_t i = 1; i <= width; i++) {
            const size_t above = row[i];
            size_t best = diagonal + (*from != to[i - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[i - 1] + 1 < best)
                best = row[i - 1] + 1;
            row[i] = best;
            diagonal = above;
        }
    }
    return row[width];
}

const char *nearest_name(const char *name, const char *const *names)
{
    const char *nearest = NULL;
    size_t best = strlen(name) / 3 + 2;
    for (; *names != NULL; names++) {
        const size_t apart = distance(name, *names);
        if (apart < best) {
            best = apart;
            nearest = *names;
        }
    }
    return nearest;
}
