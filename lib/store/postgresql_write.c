/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing records to the PostgreSQL ledger, each change with its entry in the journal. No statement here fails by a
 * rule of the ledger: a failed statement would take the whole transaction with it. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

/* Two operations of one millisecond whose identifiers begin alike are told apart by the next free number. */
#define ID_TRIES 1000

/* created_ms, then the first random bits of a UUID of version 7, so that the order is that of (created_ms, id). */
static int64_t id_of(const struct record *record)
{
    const uint8_t *bytes = record->id.bytes;
    const uint32_t random = (uint32_t)(bytes[6] & 0x0F) << 17 | (uint32_t)bytes[7] << 9 |
                            (uint32_t)(bytes[8] & 0x3F) << 3 | (uint32_t)bytes[9] >> 5;
    return (int64_t)((uint64_t)record->created_ms << PG_ID_SHIFT | random);
}

/* The next number of the same millisecond, round and round. */
static int64_t next_id(int64_t id)
{
    const int64_t low = (INT64_C(1) << PG_ID_SHIFT) - 1;
    return (id & ~low) | ((id + 1) & low);
}

/* ---- The journal ------------------------------------------------------------------------------------------------ */

static int32_t journal(struct postgresql_store *store, int64_t id, const struct record *record, const struct seal *seal,
                       struct kc_error *error)
{
    struct seal_entry entry;
    struct pg_values values = {0};
    const int32_t status = seal_append(&store->head, record, seal, &entry, error);
    if (status != KC_OK)
        return status;
    pg_add_number(&values, entry.number);
    pg_add_number(&values, id);
    pg_add_bytes(&values, entry.content, sizeof(entry.content));
    pg_add_bytes(&values, entry.link, sizeof(entry.link));
    return pg_queue_statement(store, PG_JOURNAL_ADD, &values, error);
}

/* ---- Inserting -------------------------------------------------------------------------------------------------- */

static int32_t remember_intent(struct postgresql_store *store, const struct record *record, struct kc_error *error)
{
    if (record->outcome != KC_OUTCOME_PENDING)
        return KC_OK;
    if (store->intent_count == store->intent_capacity) {
        const size_t capacity = store->intent_capacity * 2 + 16;
        struct uuid *more = reallocarray(store->intents, capacity, sizeof(*more));
        if (!more)
            return error_no_memory(error);
        store->intents = more;
        store->intent_capacity = capacity;
    }
    store->intents[store->intent_count++] = record->id;
    return KC_OK;
}

void pg_add_record(struct pg_values *values, const struct record *record, const char *const lists[],
                   const struct seal *seal, int64_t id, int64_t entry)
{
    pg_add_number(values, id);
    pg_add_uuid(values, &record->id);
    pg_add_number(values, (int64_t)record->instance);
    pg_add_number(values, record->verb);
    pg_add_optional_number(values, record->kind);
    pg_add_number(values, record->outcome);
    pg_add_number(values, record->status);
    pg_add_optional_number(values, record->key_state);
    pg_add_number(values, record->unconfirmed);
    pg_add_number(values, record->forgotten);
    pg_add_number(values, (int64_t)record->fingerprint);
    pg_add_optional_uuid(values, &record->retry_of);
    pg_add_optional_uuid(values, &record->target);
    pg_add_optional_number(values, record->finished_ms);
    pg_add_optional_number(values, record->from_utc);
    pg_add_optional_number(values, record->until_utc);
    pg_add_number(values, record->copies);
    pg_add_number(values, record->return_image);
    pg_add_text(values, record->site);
    for (size_t i = 1; i < RECORD_TEXTS; i++)
        pg_add_optional(values, record_text(record, i));
    for (size_t i = 0; i < RECORD_LISTS; i++)
        pg_add_optional(values, lists[i]);
    pg_add_bytes(values, seal->has_salt ? seal->salt : NULL, SEAL_SALT_SIZE);
    pg_add_bytes(values, seal->has_sealed ? seal->sealed : NULL, SEAL_SIZE);
    pg_add_number(values, entry);
}

/* Why nothing was inserted. KC_OK: only the number is taken, which `next` tells. */
static int32_t insert_conflict(struct postgresql_store *store, const struct record *record, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    int32_t status = KC_OK;
    if (record->idempotency_key[0] != '\0')
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_key(record, error);
    query = (struct record_query){.find = RECORD_BY_ID, .id = record->id, .limit = 1};
    if (status == KC_OK)
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_id(record, error);
    arena_free(&arena);
    return status;
}

/* The row, its rooms and its entry in the journal, in one statement. */
static int32_t insert_row(struct postgresql_store *store, const struct record *record,
                          const char *const lists[RECORD_LISTS], const struct seal *seal, struct kc_error *error)
{
    int64_t id = id_of(record);
    struct seal_head head = store->head;
    struct seal_entry entry;
    int32_t status = seal_append(&head, record, seal, &entry, error);
    for (int tries = 0; status == KC_OK && tries < ID_TRIES; tries++) {
        struct pg_values values = {0};
        PGresult *result = NULL;
        pg_add_record(&values, record, lists, seal, id, entry.number);
        pg_add_bytes(&values, entry.content, sizeof(entry.content));
        pg_add_bytes(&values, entry.link, sizeof(entry.link));
        pg_add_number(&values, record_is_active(record->key_state));
        status = pg_statement(store, PG_INSERT, &values, &result, error);
        const bool inserted = status == KC_OK && PQntuples(result) == 1;
        PQclear(result);
        if (inserted) {
            store->head = head;
            return KC_OK;
        }
        if (status == KC_OK)
            status = insert_conflict(store, record, error);
        id = next_id(id);
    }
    return status != KC_OK
               ? status
               : error_set(error, KC_ERROR_LEDGER, "ledger", "too many operations at one moment; try again");
}

/* Puts an operation into the rooms of a list. */
int32_t pg_add_rooms(struct postgresql_store *store, const struct strings *rooms, const char *site, int64_t id,
                     bool active, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < rooms->count; i++) {
        struct pg_values values = {0};
        pg_add_text(&values, rooms->items[i]);
        pg_add_text(&values, site);
        pg_add_number(&values, id);
        pg_add_number(&values, active);
        status = pg_queue_statement(store, PG_INSERT_ROOM, &values, error);
    }
    return status;
}

int32_t pg_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    const char *lists[RECORD_LISTS] = {NULL};
    struct arena arena = {0};
    struct seal seal = {.has_salt = seal_has_guest_data(record)};
    int32_t status = record_check(record, error);
    pg_forget_answers(store);
    if (status == KC_OK && seal.has_salt)
        status = seal_make_salt(seal.salt, error);
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++) {
        if (!(lists[i] = arena_join(&arena, record_list(record, i))))
            status = error_no_memory(error);
    }
    if (status == KC_OK && pg_gathers(store))
        status = pg_gather_insert(store, record, lists, &seal, id_of(record), error);
    else if (status == KC_OK)
        status = insert_row(store, record, lists, &seal, error);
    if (status == KC_OK)
        status = remember_intent(store, record, error);
    arena_free(&arena);
    return status;
}

/* ---- Updating --------------------------------------------------------------------------------------------------- */

/* A record as an update left it. */
struct changed {
    int64_t id;
    struct record record;
    struct seal seal;
};

static int32_t read_changed(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                            struct changed *changed, struct kc_error *error)
{
    *changed = (struct changed){0};
    const int32_t status = pg_read_record(store, result, row, arena, &changed->record, &changed->seal, error);
    return status == KC_OK ? pg_read_number(store, result, row, PG_ID, 0, INT64_MAX, &changed->id, error) : status;
}

/* Runs an update that returns its row, and writes it into the journal. */
static int32_t update(struct postgresql_store *store, enum postgresql_statement statement,
                      const struct pg_values *values, const struct uuid *uuid, struct arena *arena,
                      struct changed *changed, struct kc_error *error)
{
    PGresult *result = NULL;
    int32_t status = pg_statement(store, statement, values, &result, error);
    if (status == KC_OK && PQntuples(result) == 0)
        status = record_unknown_id(uuid, error);
    else if (status == KC_OK)
        status = read_changed(store, result, 0, arena, changed, error);
    PQclear(result);
    return status == KC_OK ? journal(store, changed->id, &changed->record, &changed->seal, error) : status;
}

static void add_id(struct pg_values *values, const struct postgresql_store *store, const struct uuid *id)
{
    pg_add_uuid(values, id);
    pg_add_number(values, store->head.entries + 1);
}

static int32_t finish_row(struct postgresql_store *store, const struct record *record,
                          const uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error)
{
    struct pg_values values = {0};
    struct changed changed = {0};
    struct arena arena = {0};
    const char *serials = arena_join(&arena, &record->serials);
    add_id(&values, store, &record->id);
    pg_add_number(&values, record->outcome);
    pg_add_number(&values, record->status);
    pg_add_optional_number(&values, record->key_state);
    pg_add_number(&values, record->unconfirmed);
    pg_add_optional(&values, record->encoder);
    pg_add_optional_number(&values, record->finished_ms);
    pg_add_optional(&values, record->error_message);
    pg_add_optional(&values, record->vendor_code);
    pg_add_optional(&values, record->vendor_text);
    pg_add_optional(&values, serials);
    pg_add_bytes(&values, salt, SEAL_SALT_SIZE);
    const int32_t status = serials ? update(store, PG_FINISH, &values, &record->id, &arena, &changed, error)
                                   : error_no_memory(error);
    arena_free(&arena);
    return status;
}

int32_t pg_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    uint8_t salt[SEAL_SALT_SIZE] = {0};
    int32_t status = record_check_outcome(record, error);
    pg_forget_answers(store);
    if (status == KC_OK && record->serials.count > 0)
        status = seal_make_salt(salt, error);
    if (status != KC_OK)
        return status;
    struct draft *draft = drafts_take(&store->drafts, store->seen ? store->epoch : 0, &record->id);
    status = draft && pg_gathers(store) ? pg_gather_finish(store, draft, record, salt, error)
                                        : finish_row(store, record, salt, error);
    draft_free(draft);
    return status;
}

int32_t pg_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                         struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    struct changed changed = {0};
    struct arena arena = {0};
    int32_t status = record_check_key_state(key_state, error);
    if (status != KC_OK)
        return status;
    drafts_drop(&store->drafts, id);
    pg_forget_answers(store);
    add_id(&values, store, id);
    pg_add_optional_number(&values, key_state);
    pg_add_number(&values, unconfirmed);
    status = update(store, PG_SET_KEY_STATE, &values, id, &arena, &changed, error);
    arena_free(&arena);
    return status;
}

int32_t pg_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                    struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    struct pg_values leave = {0};
    struct changed changed = {0};
    struct arena arena = {0};
    int32_t status = record_check_rooms(rooms, error);
    if (status != KC_OK)
        return status;
    const char *joined = arena_join(&arena, rooms);
    drafts_drop(&store->drafts, id);
    pg_forget_answers(store);
    add_id(&values, store, id);
    pg_add_optional_number(&values, until_utc);
    pg_add_optional(&values, joined);
    pg_add_number(&values, rooms->count > 0);
    pg_add_uuid(&leave, id);
    if (!joined)
        status = error_no_memory(error);
    else if (rooms->count > 0)
        status = pg_statement(store, PG_ROOM_LEAVE, &leave, NULL, error);
    if (status == KC_OK)
        status = update(store, PG_SET_STAY, &values, id, &arena, &changed, error);
    if (status == KC_OK && rooms->count > 0)
        status = pg_add_rooms(store, rooms, changed.record.site, changed.id, record_is_active(changed.record.key_state),
                              error);
    arena_free(&arena);
    return status;
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

/* One record: the digest of its guest data stays, they and their salt go. */
static int32_t forget_one(struct postgresql_store *store, const struct changed *old, struct kc_error *error)
{
    struct pg_values values = {0};
    struct changed now = {0};
    struct arena arena = {0};
    struct seal sealed = old->seal;
    int32_t status = KC_OK;
    drafts_drop(&store->drafts, &old->record.id);
    pg_forget_answers(store);
    if (old->record.forgotten && !old->seal.has_salt)
        return KC_OK; /* as it is */
    if (old->seal.has_salt) {
        status = seal_guest_data(&old->record, old->seal.salt, sealed.sealed, error);
        sealed.has_sealed = true;
    }
    add_id(&values, store, &old->record.id);
    pg_add_bytes(&values, sealed.has_sealed ? sealed.sealed : NULL, SEAL_SIZE);
    if (status == KC_OK)
        status = update(store, PG_FORGET, &values, &old->record.id, &arena, &now, error);
    arena_free(&arena);
    return status;
}

int32_t pg_forget(struct store *base, const char *site, const char *booking, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    PGresult *result = NULL;
    if (!record_text_valid(site, RECORD_FOREIGN) || (booking && !record_text_valid(booking, RECORD_FOREIGN)))
        return KC_OK; /* there is no such booking */
    pg_add_optional(&values, booking);
    pg_add_text(&values, site);
    int32_t status = pg_statement(store, PG_FORGET_FIND, &values, &result, error);
    for (int i = 0; status == KC_OK && i < PQntuples(result); i++) {
        struct arena arena = {0};
        struct changed old;
        status = read_changed(store, result, i, &arena, &old, error);
        if (status == KC_OK)
            status = forget_one(store, &old, error);
        arena_free(&arena);
    }
    PQclear(result);
    return status;
}

/* Reads one record to write it again. */
static int32_t get(struct postgresql_store *store, const struct uuid *id, struct arena *arena, struct changed *found,
                   struct kc_error *error)
{
    struct pg_values values = {0};
    PGresult *result = NULL;
    pg_add_uuid(&values, id);
    int32_t status = pg_statement(store, PG_GET, &values, &result, error);
    if (status == KC_OK && PQntuples(result) == 0)
        status = record_unknown_id(id, error);
    else if (status == KC_OK)
        status = read_changed(store, result, 0, arena, found, error);
    PQclear(result);
    return status;
}

int32_t pg_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct changed found = {0};
    int32_t status = get(store, id, &arena, &found, error);
    if (status == KC_OK)
        status = forget_one(store, &found, error);
    arena_free(&arena);
    return status;
}

int32_t pg_enter_again(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct arena arena = {0};
    struct changed found = {0};
    struct pg_values values = {0};
    int32_t status = get(store, id, &arena, &found, error);
    pg_add_number(&values, found.id);
    pg_add_number(&values, store->head.entries + 1);
    if (status == KC_OK)
        status = pg_statement(store, PG_ENTRY_SET, &values, NULL, error);
    if (status == KC_OK)
        status = journal(store, found.id, &found.record, &found.seal, error);
    arena_free(&arena);
    return status;
}
