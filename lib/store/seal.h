/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes a durable ledger evident of tampering: a journal with one entry for each time that a record was written.
 * An entry has the digest of the record's content, and each is chained to the one before.
 *
 * Guest data enter a content only as a digest with a salt of the record. Forgetting a guest erases data and salt and
 * keeps that digest, so that the chain stays whole and nothing can be guessed from it any more. */
#ifndef KEYCARD_STORE_SEAL_H
#define KEYCARD_STORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

#define SEAL_SIZE      STORE_DIGEST_SIZE /* SHA-256 */
#define SEAL_SALT_SIZE 16
/* So much of the digest of a content stands in its entry: nobody finds another record that has the same. */
#define SEAL_CONTENT_SIZE 20
/* So much of the running chain stands in each entry, to tell where it breaks; the head is kept whole. */
#define SEAL_LINK_SIZE 4

/* What a store keeps beside a record. */
struct seal {
    bool has_salt; /* the record has guest data */
    uint8_t salt[SEAL_SALT_SIZE];
    bool has_sealed; /* it had, until they were forgotten */
    uint8_t sealed[SEAL_SIZE];
    bool has_digest; /* the digest of guest data and salt was made; whoever changes these takes it back */
    uint8_t digest[SEAL_SIZE];
};

/* How long the journal is, and its last running digest. An empty one: all-zero. */
struct seal_head {
    int64_t entries;
    uint8_t chain[SEAL_SIZE];
};

struct seal_entry {
    int64_t number; /* 1, 2, 3 ... */
    uint8_t content[SEAL_CONTENT_SIZE];
    uint8_t link[SEAL_LINK_SIZE];
};

bool seal_has_guest_data(const struct record *record);
/* What these functions keep in a store from one call to the next (store->sealer), which makes it theirs alone
 * meanwhile. All return KC_OK, KC_ERROR_SYSTEM or KC_ERROR_NO_MEMORY. */
void seal_free(struct sealer *sealer);
int32_t seal_make_salt(struct store *store, uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error);
/* Of a new record: with a salt if it has guest data; else one can be had for its outcome. */
int32_t seal_begin(struct store *store, const struct record *record, struct seal *seal, struct kc_error *error);
/* The digest of the guest data that stays when they are forgotten. */
int32_t seal_guest_data(struct store *store, const struct record *record, const uint8_t salt[SEAL_SALT_SIZE],
                        uint8_t sealed[SEAL_SIZE], struct kc_error *error);
/* record_apply_outcome() of a record that has that seal. */
int32_t seal_apply_outcome(struct store *store, struct record *record, struct seal *seal, const struct record *outcome,
                           struct kc_error *error);
/* Adds an entry for the record to the journal that ends with `head`, and moves that on. */
int32_t seal_append(struct store *store, struct seal_head *head, const struct record *record, struct seal *seal,
                    struct seal_entry *entry, struct kc_error *error);
/* Moves the head over an entry that was read back. */
int32_t seal_follow(struct store *store, struct seal_head *head, const struct uuid *id,
                    const uint8_t content[SEAL_CONTENT_SIZE], struct kc_error *error);

/* One entry as it was read back. */
struct seal_found {
    struct seal_entry entry;
    int64_t row; /* the number of its operation in the tables */
    bool has_operation;
    bool is_last; /* of its operation, as that says */
    bool is_readable;
    struct record record;
    struct seal seal;
};
/* Holds the next entry against the check. */
int32_t seal_check(struct store *store, struct store_check *check, const struct seal_found *found,
                   struct kc_error *error);
/* All entries were read: is this the head of the journal? */
void seal_check_head(struct store_check *check, const struct seal_head *head);

#endif
