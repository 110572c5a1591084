/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a protocol that can be simulated; the list is generated from the drivers' folders. */
#include "protocol.h"

#include <string.h>

extern const struct protocol *const protocol_table[];
extern const size_t protocol_table_count;

const struct protocol *protocol_at(size_t index)
{
    return index < protocol_table_count ? protocol_table[index] : NULL;
}

const struct protocol *protocol_find(const char *name)
{
    for (size_t i = 0; i < protocol_table_count; i++)
        if (strcmp(protocol_table[i]->name, name) == 0)
            return protocol_table[i];
    return NULL;
}
