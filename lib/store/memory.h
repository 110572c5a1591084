/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the memory store share: its items, their indexes, and the list of changes that can be taken back.
 */
#ifndef KEYCARD_STORE_MEMORY_H
#define KEYCARD_STORE_MEMORY_H

#include <stdatomic.h>

#include "store.h"
#include "store/hash.h"

/* A ring with a head, of items that are embedded in their owners. */
struct link {
    struct link *next, *previous;
    void *owner;
};

/* The texts of a record, which its versions share as long as they stay the same, and with what was found. */
struct memory_texts {
    atomic_uint holders;
    struct memory_texts *before; /* whose texts are also these, held; here are only those that an outcome added */
    struct arena arena;
    struct record record;                        /* with these texts */
    max_align_t room[320 / sizeof(max_align_t)]; /* where the arena begins: enough for most */
};

enum item_type { ITEM_RECORD, ITEM_STATION, ITEM_ENCODER };

/* One version of a record, a station or an encoder. It never changes: a new version replaces it, and it is kept until
 * the transaction is over. Only the state of an encoder, which every operation tells, changes in its place. */
struct item {
    enum item_type type;
    struct arena arena; /* of a station's or an encoder's texts, and of many rooms */
    struct hash_node key;
    struct link all;

    /* ITEM_RECORD */
    struct record record; /* with the texts below */
    struct memory_texts *texts;
    uint64_t number; /* in the order of recording */
    struct hash_node idempotency, booking;
    struct hash_node *rooms; /* one for each room that is not named twice; most records have one */
    struct hash_node only_room;
    size_t room_count;
    struct link open, unconfirmed;

    /* ITEM_STATION: site, name. ITEM_ENCODER: site, system, encoder. */
    const char *names[3];
    struct station_record station;
    struct encoder_record encoder;
};

struct change {
    struct item *added, *removed; /* either may be NULL */
    struct encoder_record before; /* what it was, if both are the same encoder */
};

struct memory_store {
    struct store store;
    struct hash records, idempotency, bookings, stations, encoders;
    struct hash rooms, active_rooms; /* of keys that are not active any more, and of those that are: one or the other */
    struct link all, open, unconfirmed, all_encoders;
    struct change *changes;
    size_t change_count, change_capacity;
    uint64_t last_number; /* of a record */
    size_t job_mark;      /* changes when the job began */
    atomic_bool entered;
    _Atomic uint64_t instance;
};

/* Returns 0, or -1 when memory is used up. */
int memory_index_init(struct memory_store *store);
void memory_index_free(struct memory_store *store);

/* A new version of a record, in no index yet; NULL when memory is used up. `old`: the one before, or NULL. */
struct item *memory_record_new(const struct record *record, const struct item *old);
/* The record as it is now, for as long as the arena lives. Returns 0, or -1 when memory is used up. */
int memory_lend(const struct item *item, struct arena *arena, struct record *out);
/* A new version of a station (`count` 2) or encoder (3 names). */
struct item *memory_place_new(enum item_type type, const char *const *names, size_t count);
void memory_item_free(struct item *item);

/* Puts `added` into the indexes instead of `removed` and remembers that. Returns 0, or -1 when memory is used up (then
 * `added` is freed). */
int memory_replace(struct memory_store *store, struct item *added, struct item *removed);
/* Gives an encoder another state and contact. Returns 0, or -1 when memory is used up. */
int memory_update_encoder(struct memory_store *store, struct item *item, const struct encoder_record *record);
/* Takes back all changes but the first `keep`. */
void memory_undo(struct memory_store *store, size_t keep);
/* The changes stay. */
void memory_keep(struct memory_store *store);

struct item *memory_record(const struct memory_store *store, const struct uuid *id);
struct item *memory_place(const struct memory_store *store, enum item_type type, const char *const *names,
                          size_t count);

/* Of a booking, a room or an idempotency key: thousands of sites have a room 101. */
uint64_t memory_code(const char *site, const char *value);

#endif
