/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies a ledger into another store, in steps, whatever the two stores are. What was copied is durable after each
 * step, and the target's journal says how far it came: after a crash at any moment the same copy goes on there. */
#ifndef KEYCARD_STORE_COPY_H
#define KEYCARD_STORE_COPY_H

#include "store.h"
#include "store/vault.h"

enum store_copy_step {
    COPY_OPEN,
    COPY_ENTRIES, /* in the order of the journal, each operation with its last entry */
    COPY_AGAIN,   /* another key: what was encrypted anew gets entries that say so */
    COPY_CHECK,   /* the target against its journal */
    COPY_DONE
};

/* Starts all-zero but for `uri`, the key and `page`. */
struct store_copy {
    const char *uri; /* of the target */
    bool has_key;    /* false: as the source is, with the same key */
    size_t page;     /* so many entries or records in a step; 0: as many as are good */
    uint8_t key[VAULT_KEY_SIZE];
    enum store_copy_step step;
    struct store *to;
    struct vault *vault;        /* of the target, if it gets a key of its own */
    char note[VAULT_NOTE_SIZE]; /* what the target will be */
    struct store_check copied;  /* the source, as far as it was copied */
    struct uuid again;          /* of COPY_AGAIN: as far as it came */
    struct store_check result;  /* the target, at the end */
};

/* Goes on, in a transaction of `from` that reads. KC_OK also when it is not done yet. */
int32_t store_copy_run(struct store_copy *copy, struct store *from, struct kc_error *error);
/* Closes the target and forgets the key; harmless if it was called before. */
void store_copy_end(struct store_copy *copy);

#endif
