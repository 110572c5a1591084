/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the compiled-in stores. */
#ifndef KEYCARD_STORE_TABLES_H
#define KEYCARD_STORE_TABLES_H

#include "store.h"

extern const struct store_table sqlite_table;
extern const struct store_table memory_table;
extern const struct store_table none_table;
extern const struct store_table postgresql_table; /* if the build has it */

#endif
