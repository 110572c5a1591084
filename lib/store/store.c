/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of compiled-in stores. */
#include "store.h"

#include <string.h>

#include "store/tables.h"

const struct store_table *store_find(const char *scheme)
{
    static const struct store_table *const tables[] = {
        &sqlite_table,
        &memory_table,
        &none_table,
#ifdef KEYCARD_POSTGRESQL
        &postgresql_table,
#endif
    };
    for (size_t i = 0; scheme && i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i]->scheme, scheme) == 0)
            return tables[i];
    }
    return NULL;
}
