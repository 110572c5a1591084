/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Someone who knows how records are packed, and changes one behind the library's back: no entry in the journal, and
 * nothing else, tells of it. */
#ifndef KEYCARD_TESTS_FORGE_H
#define KEYCARD_TESTS_FORGE_H

#include "store/pack.h"

/* `other` is the newest record of the other booking, NULL if none was named. */
typedef void (*forge_change)(struct packed *packed, const struct packed *other);

/* Changes each record of a booking in a SQLite or PostgreSQL ledger (a path as its store takes it). Fails the test if
 * there is none. */
void forge(const struct store_table *table, const char *path, const char *site, const char *booking,
           const char *other_booking, forge_change change);

#endif
