/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intents that a store has inserted and that have no outcome yet, as they stand in its tables: so an outcome can be
 * written, and its entry in the journal made, without reading the row again. A draft that is not there any more, or
 * that another program may have changed (the store's epoch tells), costs that reading and nothing else. */
#ifndef KEYCARD_STORE_DRAFT_H
#define KEYCARD_STORE_DRAFT_H

#include "store/hash.h"
#include "store/pack.h"

struct draft {
    struct hash_node node;
    uint64_t epoch;
    struct packed_row row;
};

struct drafts {
    struct hash hash;
    bool ready;
};

/* Keeps an intent that was just inserted; other records are not kept. */
void drafts_keep(struct drafts *drafts, uint64_t epoch, const struct packed_row *row);
/* Hands one out, which is the caller's then; NULL if there is none that still holds. */
struct draft *drafts_take(struct drafts *drafts, uint64_t epoch, const struct uuid *id);
/* It is not as it was inserted any more, or nothing is. */
void drafts_drop(struct drafts *drafts, const struct uuid *id);
void drafts_drop_all(struct drafts *drafts);
void draft_free(struct draft *draft);
/* The end: all memory is given back. */
void drafts_free(struct drafts *drafts);

#endif
