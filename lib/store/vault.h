/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vault encrypts guest data with a key of the host before a store sees them, and decrypts them after. It stands
 * above the tables of all stores: what looks at records for the host or by the rules of the ledger calls vault_find(),
 * vault_insert() and vault_finish() instead of the slots of those names.
 *
 * Encrypted are the texts and lists that forget() erases, each value by itself with AES-256-GCM and a fresh nonce,
 * bound to its record, its field and its place in a list; and the part of the fingerprint that comes from them. Seals
 * and journal are over what stands in the store, so they are checked without the key. The ledger's note says that it
 * is encrypted: a ledger is so from its first entry on, or not at all. */
#ifndef KEYCARD_STORE_VAULT_H
#define KEYCARD_STORE_VAULT_H

#include "store.h"

#define VAULT_KEY_SIZE  32
#define VAULT_NOTE_SIZE 128
/* What a note begins with while the ledger is the target of a copy that has not ended. */
#define VAULT_NOTE_COPYING "copying "

struct vault;

/* A vault for a new ledger, and the note by which its key is known again. */
int32_t vault_new(const uint8_t key[VAULT_KEY_SIZE], struct vault **vault, char note[VAULT_NOTE_SIZE],
                  struct kc_error *error);
/* That of a ledger with this note; KC_ERROR_LEDGER_KEY if it has another key. */
int32_t vault_open(const uint8_t key[VAULT_KEY_SIZE], const char *note, struct vault **vault, struct kc_error *error);
void vault_free(struct vault *vault);
/* Overwrites a secret for certain. */
void vault_wipe(void *bytes, size_t count);

/* After a store was opened, before anything else: holds the key (or NULL) against the ledger's note. An empty ledger
 * takes the key over; any other must have been made with it. KC_ERROR_LEDGER_KEY if they do not fit; nothing was
 * touched then. Stores without a journal ("memory:", "none:") need no key: they keep nothing on a disk. */
int32_t vault_attach(struct store *store, const uint8_t *key, struct kc_error *error);

/* A copy of a record with its guest data encrypted, or in clear. Texts live in the arena. */
int32_t vault_close_record(const struct vault *vault, const struct record *record, struct arena *arena,
                           struct record *out, struct kc_error *error);
int32_t vault_open_record(const struct vault *vault, struct record *record, struct arena *arena,
                          struct kc_error *error);

/* For what only shows: guest data that cannot be decrypted are left out. */
void vault_show_record(const struct vault *vault, struct record *record, struct arena *arena);

/* The slots of the table, with guest data in clear. A record that cannot be decrypted is as one that cannot be read. */
int32_t vault_find(struct store *store, const struct record_query *query, struct arena *arena, struct record **records,
                   size_t *count, struct kc_error *error);
int32_t vault_insert(struct store *store, const struct record *record, struct kc_error *error);
int32_t vault_finish(struct store *store, const struct record *record, struct kc_error *error);

#endif
