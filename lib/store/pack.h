/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A record as bytes. The durable stores keep in columns only what they look records up by; everything else of a record
 * stands packed in one column, so that a ledger of many years stays small. What is empty takes no space. */
#ifndef KEYCARD_STORE_PACK_H
#define KEYCARD_STORE_PACK_H

#include "store/record.h"
#include "store/seal.h"
#include "util/buf.h"

/* What a store finds records by without unpacking them. */
enum {
    PACK_OPEN = 1,        /* record_is_open() */
    PACK_UNCONFIRMED = 2, /* unconfirmed */
    PACK_ACTIVE = 4,      /* record_is_active() */
    PACK_SALTED = 8,      /* it has something to forget */
    PACK_KEY = 16         /* kind not 0 */
};
#define PACK_FLAGS_LAST 31

/* A record, and what a store keeps beside it. Names (record_texts up to RECORD_NAMES) are the store's numbers; that of
 * the site stands in a column. 0: no name, or not known. */
struct packed {
    struct record record; /* unpacked: without names */
    struct seal seal;
    int64_t names[RECORD_NAMES];
    bool has_lookups; /* unpacked: booking, idempotency key and rooms, even if the rest is damaged */
};

/* One operation as it stands in a table. */
struct packed_row {
    int64_t id;     /* the number of its first entry in the journal */
    int64_t flags;  /* PACK_... */
    int64_t last;   /* its last entry, counted from the first */
    bool is_intent; /* it stands in a table of intents, where a store has one */
    int64_t batch;  /* 0, or it stands there in one row with others, the first of which has this number */
    struct packed packed;
};

int32_t pack_flags(const struct record *record, const struct seal *seal);
/* Those that every answer to the query has. */
int32_t pack_flags_wanted(const struct record_query *query);
/* The first eight bytes of an identifier, which stand in a column: they hold the time. */
int64_t pack_id(const struct uuid *id);
/* The others, which stand in the packed record, the highest byte first. */
int64_t pack_id_rest(const struct uuid *id);

/* By what an idempotency key or a booking of a site is found: 32 bits of a hash. The records that have it must still
 * be compared. */
enum pack_lookup { PACK_IDEMPOTENCY = 'i', PACK_BOOKING = 'b', PACK_ROOM = 'r' };
int64_t pack_hash(enum pack_lookup kind, const char *site, const char *value);

void pack_record(const struct packed *packed, struct buf *out);
/* An idempotency key as it stands in a packed record. */
void pack_key(const char *key, struct buf *out);
/* KC_OK, KC_ERROR_NO_MEMORY, or KC_ERROR_LEDGER_DAMAGED for bytes that no record gives; then `what` names the first
 * field that is wrong, and what else can be read was.
 * `id` is that of the column. Texts live in the arena. */
int32_t unpack_record(int64_t id, const uint8_t *bytes, size_t count, struct arena *arena, struct packed *packed,
                      const char **what);

/* Numbers, seven bits at a time. */
void pack_number(struct buf *out, uint64_t number);
/* False if there is none; moves on. */
bool unpack_number(const uint8_t **at, size_t *left, uint64_t *number);

#endif
