/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remembers which stays, rooms and idempotency keys this program has written to lately, so that what was looked up
 * before need not be looked up again: it is still true if nobody else has written since (the store's epoch tells) and
 * this program has written nothing that the lookup would find. In doubt the answer is that it may have changed.
 *
 * Used by the jobs of a ledger only, one at a time. */
#ifndef KEYCARD_STORE_MARKS_H
#define KEYCARD_STORE_MARKS_H

#include "store.h"

struct marks;

/* When something was looked up. All-zero: nobody knows. */
struct marks_stamp {
    uint64_t epoch, clock;
};

/* Inside of a transaction: now, or all-zero if the store does not tell what others write. KC_OK or what the store
 * failed with. */
int32_t marks_now(struct store *store, struct marks_stamp *now, struct kc_error *error);
/* The record was written, or is about to be. */
void marks_add(struct store *store, const struct record *record);
/* Anything may have been written. */
void marks_add_all(struct store *store);
/* Nothing with the booking, a room or the idempotency key of the record has been written since, by anybody. */
bool marks_unchanged(struct store *store, const struct marks_stamp *since, const struct marks_stamp *now,
                     const struct record *record);
void marks_free(struct marks *marks);

#endif
