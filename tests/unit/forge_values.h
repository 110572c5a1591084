/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that no ledger writes, for forge(). */
#ifndef KEYCARD_TESTS_FORGE_VALUES_H
#define KEYCARD_TESTS_FORGE_VALUES_H

#include "forge.h"

/* All of them. */
extern const forge_change forge_values[];
extern const size_t forge_value_count;

/* Some, which leave what the record is looked up by as it is. */
void forge_bad_guest(struct packed *packed, const struct packed *other);
void forge_half_a_pair(struct packed *packed, const struct packed *other);
void forge_too_long(struct packed *packed, const struct packed *other);
void forge_too_many_areas(struct packed *packed, const struct packed *other);
void forge_too_many_copies(struct packed *packed, const struct packed *other);
void forge_low_status(struct packed *packed, const struct packed *other);

#endif
