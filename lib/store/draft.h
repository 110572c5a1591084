/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intents that a store has inserted and that have no outcome yet, as they stand in its tables: so an outcome can be
 * written, and its entry in the journal made, without reading the row again. A draft that is not there any more, or
 * that another program may have changed (the store's epoch tells), costs that reading and nothing else. */
#ifndef KEYCARD_STORE_DRAFT_H
#define KEYCARD_STORE_DRAFT_H

#include "store/hash.h"
#include "store/seal.h"

struct draft {
    struct hash_node node;
    struct arena arena;
    uint64_t epoch;
    int64_t row; /* the number of the operation in the tables */
    struct record record;
    struct seal seal;
};

struct drafts {
    struct hash hash;
    bool ready;
};

/* Keeps an intent that was just inserted; other records are not kept. */
void drafts_keep(struct drafts *drafts, uint64_t epoch, int64_t row, const struct record *record,
                 const struct seal *seal);
/* Hands one out, which is the caller's then; NULL if there is none that still holds. */
struct draft *drafts_take(struct drafts *drafts, uint64_t epoch, const struct uuid *id);
/* It is not as it was inserted any more, or nothing is. */
void drafts_drop(struct drafts *drafts, const struct uuid *id);
void drafts_drop_all(struct drafts *drafts);
/* Puts an outcome into the record of a draft, as the tables will have it. `salt` is taken if it is the first guest
 * data. KC_OK or KC_ERROR_NO_MEMORY. */
int32_t draft_finish(struct draft *draft, const struct record *outcome, const uint8_t salt[SEAL_SALT_SIZE],
                     struct kc_error *error);
void draft_free(struct draft *draft);
/* The end: all memory is given back. */
void drafts_free(struct drafts *drafts);

#endif
