/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the memory store share: its items, their indexes, its places, and the list of changes that can be
 * taken back. */
#ifndef KEYCARD_STORE_MEMORY_H
#define KEYCARD_STORE_MEMORY_H

#include <stdatomic.h>

#include "store.h"
#include "store/hash.h"

enum { MEMORY_SERIAL_SIZE = 24 }; /* of a card: ten bytes at most, in hexadecimal digits */

/* ---- Texts: memory_texts.c ------------------------------------------------------------------------------------- */

/* Texts and lists of a record in one block, shared with what was found; overwritten when nobody has it any more. */
struct memory_texts {
    atomic_uint holders;
    bool has_serial;    /* the place of the serial number is taken, once and for all */
    size_t size;        /* of what stands in `items` */
    const char *serial; /* the list of one serial number, which an outcome brings */
    char serial_text[MEMORY_SERIAL_SIZE];
    const char *items[]; /* of the lists, and behind them the texts */
};

/* Fields of a record: bits by their places in record_texts and record_lists. */
struct memory_fields {
    uint32_t texts, lists;
};
extern const struct memory_fields memory_all_fields;
/* Those that finish() changes. */
struct memory_fields memory_outcome_fields(void);

/* The first of the fields, which is taken out. */
static inline size_t memory_take_field(uint32_t *fields)
{
    const size_t field = (size_t)__builtin_ctz(*fields);
    *fields &= *fields - 1;
    return field;
}

/* Checks these fields of a record, copies them into a block, and lets those of `to` point there; all other fields of
 * `to` stay as they are. The block is NULL if there is nothing in them. */
int32_t memory_texts_new(const struct record *record, struct memory_fields fields, struct record *to,
                         struct memory_texts **out, struct kc_error *error);
/* The list of the one serial number that `serials` has, in the place that the block has for it: what was found before
 * is not touched. False if there is another one, or it does not fit. */
bool memory_texts_take_serial(struct memory_texts *texts, const struct strings *serials, struct strings *out);
struct memory_texts *memory_texts_hold(struct memory_texts *texts);
/* Any thread; takes NULL. */
void memory_texts_drop(void *texts);

/* ---- Records: memory_index.c ----------------------------------------------------------------------------------- */

/* Of one of the rooms of a record: the next record with that code. */
struct memory_room {
    uint32_t code, next;
};

/* What of a record can change, and be taken back. */
struct memory_version {
    struct record record;                 /* with texts in the blocks */
    struct memory_texts *texts, *outcome; /* what an outcome added stands apart; NULL: nothing */
    struct memory_room room, *more;       /* the first, and the others if there are any */
    size_t room_count;                    /* each code once */
};

/* A record in its place: records are numbered from 1 on as they are recorded, and never go. */
struct memory_item {
    struct memory_version now;
    uint64_t recorded, written; /* by the store's clock: at first, and last */
    uint32_t number;
    uint32_t next_by_id, next_by_idempotency, next_by_booking; /* of the same code; 0: none */
    uint32_t idempotency_code, booking_code;
    uint32_t open_at, unconfirmed_at; /* place in the list, counted from 1; 0: not in it */
};

/* From codes to the number of the newest record that has it: open addressing, so that a look costs one line of the
 * cache and growing does not touch the records. A code without records keeps its slot until the map grows. */
struct memory_slot {
    uint32_t code, first; /* code 0: free */
};
struct memory_map {
    struct memory_slot *slots;
    size_t capacity, used, limit; /* from which on it grows */
};
enum memory_chain { CHAIN_ID, CHAIN_IDEMPOTENCY, CHAIN_BOOKING, CHAIN_ROOM, CHAIN_ACTIVE_ROOM, CHAIN_COUNT };

struct memory_list {
    uint32_t *numbers;
    size_t count, capacity;
};

enum { MEMORY_SLAB = 64 }; /* items that are allocated together */

/* ---- Places: memory_places.c ----------------------------------------------------------------------------------- */

/* A ring with a head, of what is embedded in its owners. */
struct link {
    struct link *next, *previous;
    void *owner;
};

/* A station, which never changes (a new one replaces it), or an encoder, whose state changes in its place. */
struct memory_place {
    struct hash_node key;
    struct link all;
    bool is_station;
    uint32_t number;           /* of an encoder: from 1 on; none is given twice */
    struct memory_place *tied; /* an encoder and a station that used it last, both in the ledger; NULL: not known */
    const char *names[3];      /* site, station; or site, system, encoder */
    struct station_record station;
    struct encoder_record encoder;
    char text[];
};

/* ---- Changes: memory_changes.c --------------------------------------------------------------------------------- */

enum memory_change_kind { CHANGE_NEW, CHANGE_RECORD, CHANGE_PLACE, CHANGE_CONTACT };
struct memory_change {
    enum memory_change_kind kind;
    bool new_texts, new_outcome, new_rooms; /* this change brought them */
    bool moves;                             /* to other chains of rooms */
    struct memory_item *item;
    struct memory_version before;
    struct memory_place *added, *removed; /* `removed` may be NULL; one and the same if it changed in its place */
    struct encoder_record contact;        /* before */
};

struct memory_store {
    struct store store;
    struct memory_item **slabs;
    size_t slab_count, slab_capacity;
    uint32_t last_number; /* of a record */
    uint32_t last_found;  /* by its identifier, for an outcome asks twice; 0: none */
    uint64_t clock;       /* moves with everything that is written */
    struct memory_map maps[CHAIN_COUNT];
    struct memory_list open, unconfirmed;
    struct memory_fields outcome_fields;
    struct hash stations, encoders;
    struct link all_encoders;
    struct memory_place **numbered; /* encoders; NULL: it was taken back */
    size_t numbered_count, numbered_capacity;
    struct memory_change *changes;
    size_t change_count, change_capacity;
    size_t job_mark; /* changes when the job began */
    atomic_bool entered;
    _Atomic uint64_t instance;
};

/* Room for one more change; 0, or -1 when memory is used up. */
int memory_reserve_change(struct memory_store *store);
struct memory_change *memory_remember(struct memory_store *store, enum memory_change_kind kind);
/* Takes back all changes but the first `keep`. */
void memory_undo(struct memory_store *store, size_t keep);
/* The changes stay. */
void memory_keep(struct memory_store *store);

void memory_records_free(struct memory_store *store);
struct memory_item *memory_item(const struct memory_store *store, uint32_t number);
struct memory_item *memory_record(struct memory_store *store, const struct uuid *id);
/* The newest record in a chain, and the one after; NULL at the end. The caller compares the values. */
struct memory_item *memory_first(const struct memory_store *store, enum memory_chain chain, uint32_t code);
struct memory_item *memory_next(const struct memory_store *store, enum memory_chain chain, uint32_t code,
                                struct memory_item *item);
/* Of a booking, a room or an idempotency key: thousands of sites have a room 101. */
uint32_t memory_code(const char *site, const char *value);

/* Checks a record and puts it behind all others. */
int32_t memory_add(struct memory_store *store, const struct record *record, struct kc_error *error);
/* Gives an item other values. `texts_too`: also the texts and lists of the record, which are checked and copied; else
 * it has the item's own. */
int32_t memory_change(struct memory_store *store, struct memory_item *item, const struct record *record, bool texts_too,
                      struct kc_error *error);
/* What an outcome brings, see store_table.finish; its numbers were checked. */
int32_t memory_change_outcome(struct memory_store *store, struct memory_item *item, const struct record *outcome,
                              struct kc_error *error);
/* For memory_changes.c: takes an item out of all indexes, or puts it there; gives the last one back. */
void memory_detach(struct memory_store *store, struct memory_item *item);
void memory_attach(struct memory_store *store, struct memory_item *item);
void memory_item_drop_last(struct memory_store *store);

int memory_places_init(struct memory_store *store);
void memory_places_free(struct memory_store *store);
void memory_place_attach(struct memory_store *store, struct memory_place *place);
void memory_place_detach(struct memory_store *store, struct memory_place *place);
/* The slots of the table. */
int32_t memory_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error);
int32_t memory_set_station(struct store *base, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error);
int32_t memory_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                             size_t *count, struct kc_error *error);
int32_t memory_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                           struct kc_error *error);
int32_t memory_set_contact(struct store *base, const char *site, const char *station,
                           const struct encoder_record *record, uint32_t *place, struct kc_error *error);

#endif
