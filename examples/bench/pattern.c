/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of names, written short; see pattern.h. */
#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct names *names, const char *before, int before_length, int digits, unsigned long number,
                const char *after)
{
    char *name = NULL;
    if (names->count == names->room) {
        const size_t room = names->room != 0 ? 2 * names->room : 16;
        char **items = reallocarray(names->items, room, sizeof *items);
        if (items == NULL)
            return false;
        names->items = items;
        names->room = room;
    }
    const int length = digits >= 0 ? asprintf(&name, "%.*s%0*lu%s", before_length, before, digits, number, after)
                                   : asprintf(&name, "%s", before);
    if (length < 0)
        return false;
    names->items[names->count++] = name;
    return true;
}

/* "{FROM-TO}" at `text`: its length, or 0. */
static size_t read_range(const char *text, int *digits, unsigned long *from, unsigned long *to)
{
    const size_t first = strspn(text + 1, "0123456789");
    if (first == 0 || first > 9 || text[1 + first] != '-')
        return 0;
    const char *second = text + 2 + first;
    const size_t last = strspn(second, "0123456789");
    if (last == 0 || last > 9 || second[last] != '}')
        return 0;
    *digits = text[1] == '0' && first > 1 ? (int)first : 0;
    *from = strtoul(text + 1, NULL, 10);
    *to = strtoul(second, NULL, 10);
    return first + last + 3;
}

bool names_add(struct names *names, const char *pattern, char *fault, size_t size)
{
    const char *brace = strchr(pattern, '{');
    int digits = -1;
    unsigned long from = 0, to = 0;
    size_t length = 0;
    if (brace != NULL && (length = read_range(brace, &digits, &from, &to)) == 0) {
        (void)snprintf(fault, size, "\"%.100s\": in braces stands {FROM-TO}, such as {1-50}", pattern);
        return false;
    }
    if (from > to || to - from >= NAMES_MOST - names->count) {
        (void)snprintf(fault, size, "\"%.100s\": from the lower to the higher number, and at most %d in all", pattern,
                       NAMES_MOST);
        return false;
    }
    for (unsigned long number = from; number <= to; number++) {
        if (!add(names, pattern, (int)(brace != NULL ? brace - pattern : 0), digits, number,
                 brace != NULL ? brace + length : "")) {
            (void)snprintf(fault, size, "memory is used up");
            return false;
        }
    }
    return true;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct names){NULL, 0, 0};
}
