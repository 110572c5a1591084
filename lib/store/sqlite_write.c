/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing records to the SQLite ledger: a row is read, changed here and written back, with what it is looked up by and
 * its entry in the journal. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/forget.h"
#include "store/record.h"
#include "store/sqlite.h"

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

/* Names become numbers, where these are not known from reading. */
static int32_t find_names(struct sqlite_store *store, struct packed *packed, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_NAMES; i++) {
        const char *name = record_text(&packed->record, i);
        if (packed->names[i] == 0 && (i == 0 || name[0] != '\0'))
            status = sqlite_name_find(store, name, true, &packed->names[i], error);
    }
    return status;
}

int32_t sqlite_write_row(struct sqlite_store *store, enum sqlite_statement statement, struct packed_row *row,
                         struct kc_error *error)
{
    int32_t status = find_names(store, &row->packed, error);
    row->flags = pack_flags(&row->packed.record, &row->packed.seal);
    if (status == KC_OK)
        status = sqlite_rows_add(store, statement, row, error);
    if (status == KC_OK && pack_id(&row->packed.record.id) > store->known.highest)
        store->known.highest = pack_id(&row->packed.record.id);
    return status;
}

/* ---- What a row is looked up by --------------------------------------------------------------------------------- */

static int32_t add_lookup(struct sqlite_store *store, const struct packed_row *row, enum pack_lookup kind,
                          const char *value, struct kc_error *error)
{
    sqlite3_stmt *add = store->statements[STATEMENT_LOOKUP_ADD];
    if (value[0] == '\0')
        return KC_OK;
    sqlite3_bind_int64(add, 1, pack_hash(kind, row->packed.record.site, value));
    sqlite3_bind_int64(add, 2, row->id);
    return sqlite_run(store, add, error);
}

/* One statement for each room. */
static int32_t for_rooms(struct sqlite_store *store, enum sqlite_statement statement, const struct strings *rooms,
                         const struct packed_row *row, struct kc_error *error)
{
    sqlite3_stmt *run = store->statements[statement];
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < rooms->count; i++) {
        sqlite3_bind_int64(run, 1, pack_hash(PACK_ROOM, row->packed.record.site, rooms->items[i]));
        sqlite3_bind_int64(run, 2, row->id);
        sqlite3_bind_int(run, 3, row->flags & PACK_ACTIVE ? 1 : 0);
        status = sqlite_run(store, run, error);
    }
    return status;
}

/* The block of a row has operations of its site, and perhaps something to forget. */
static int32_t set_block(struct sqlite_store *store, int64_t id, int64_t site, int64_t flags, struct kc_error *error)
{
    sqlite3_stmt *set = store->statements[STATEMENT_BLOCK_SET];
    const int64_t block = id >> SQLITE_BLOCK_BITS;
    const bool salted = flags & PACK_SALTED;
    struct sqlite_known_block *known = &store->known.blocks[((uint64_t)site + (uint64_t)block) % SQLITE_KNOWN_BLOCKS];
    uint64_t epoch = 0;
    int32_t status = sqlite_epoch(&store->store, &epoch, error);
    const bool holds = known->epoch == epoch && known->site == site && known->block == block;
    if (status != KC_OK || (holds && (known->salted || !salted)))
        return status;
    sqlite3_bind_int64(set, 1, site);
    sqlite3_bind_int64(set, 2, block);
    sqlite3_bind_int(set, 3, salted ? 1 : 0);
    status = sqlite_run(store, set, error);
    if (status == KC_OK)
        *known = (struct sqlite_known_block){epoch, site, block, salted};
    return status;
}

/* The row has nothing to forget any more; its block may have other rows that do. */
static int32_t clear_block(struct sqlite_store *store, const struct packed_row *row, struct kc_error *error)
{
    sqlite3_stmt *clear = store->statements[STATEMENT_BLOCK_CLEAR];
    memset(store->known.blocks, 0, sizeof(store->known.blocks));
    const int32_t status = sqlite_rows_flush(store, error);
    if (status != KC_OK)
        return status;
    sqlite3_bind_int64(clear, 1, row->packed.names[0]);
    sqlite3_bind_int64(clear, 2, row->id >> SQLITE_BLOCK_BITS);
    return sqlite_run(store, clear, error);
}

/* The row is open or unconfirmed, or not any more. */
static int32_t set_unsettled(struct sqlite_store *store, int64_t id, int64_t site, int64_t flags,
                             struct kc_error *error)
{
    sqlite3_stmt *set =
        store->statements[flags & (PACK_OPEN | PACK_UNCONFIRMED) ? STATEMENT_UNSETTLED_ADD : STATEMENT_UNSETTLED_DROP];
    sqlite3_bind_int64(set, 1, site);
    sqlite3_bind_int64(set, 2, id);
    return sqlite_run(store, set, error);
}

int32_t sqlite_index_flags(struct sqlite_store *store, int64_t id, int64_t site, int64_t flags, struct kc_error *error)
{
    int32_t status = KC_OK;
    if (flags & (PACK_OPEN | PACK_UNCONFIRMED))
        status = set_unsettled(store, id, site, flags, error);
    return status == KC_OK ? set_block(store, id, site, flags, error) : status;
}

static int32_t add_high(struct sqlite_store *store, const struct packed_row *row, struct kc_error *error)
{
    sqlite3_stmt *add = store->statements[STATEMENT_HIGH_ADD];
    sqlite3_bind_int64(add, 1, pack_id(&row->packed.record.id));
    sqlite3_bind_int64(add, 2, row->id);
    return sqlite_run(store, add, error);
}

/* A row that may stand in the tables already. */
static int32_t index_again(struct sqlite_store *store, const struct packed_row *row, struct kc_error *error)
{
    const struct record *record = &row->packed.record;
    const int64_t site = row->packed.names[0];
    int32_t status = add_lookup(store, row, PACK_IDEMPOTENCY, record->idempotency_key, error);
    if (status == KC_OK)
        status = add_lookup(store, row, PACK_BOOKING, record->booking, error);
    if (status == KC_OK)
        status = for_rooms(store, STATEMENT_ROOM_SET, &record->rooms, row, error);
    if (status == KC_OK)
        status = set_unsettled(store, row->id, site, row->flags, error);
    if (status == KC_OK)
        status = add_high(store, row, error);
    return status == KC_OK ? sqlite_index_flags(store, row->id, site, row->flags, error) : status;
}

/* ---- Inserting -------------------------------------------------------------------------------------------------- */

/* An identifier that is later than all others, as they are where the clocks agree, is not there yet. */
static int32_t is_latest(struct sqlite_store *store, const struct uuid *id, bool *latest, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_HIGHEST];
    struct sqlite_known *known = &store->known;
    uint64_t epoch = 0;
    int32_t status = sqlite_epoch(&store->store, &epoch, error);
    if (status == KC_OK && known->highest_epoch != epoch) {
        const int result = sqlite3_step(get);
        known->highest = result == SQLITE_ROW ? sqlite3_column_int64(get, 0) : INT64_MIN;
        for (size_t i = 0; i < store->tail.count; i++)
            known->highest = store->tail.entries[i].high > known->highest ? store->tail.entries[i].high
                                                                          : known->highest;
        status = result == SQLITE_ROW || result == SQLITE_DONE ? KC_OK : sqlite_failed(store, result, error);
        sqlite_done(get);
        known->highest_epoch = status == KC_OK ? epoch : 0;
    }
    *latest = status == KC_OK && pack_id(id) > known->highest;
    return status;
}

/* No other operation may have its idempotency key or its identifier. */
static int32_t check_new(struct sqlite_store *store, const struct record *record, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query same_key = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    const struct record_query same_id = {.find = RECORD_BY_ID, .id = record->id, .limit = 1};
    bool latest = false;
    int32_t status = KC_OK;
    if (record->idempotency_key[0] != '\0')
        status = sqlite_find(&store->store, &same_key, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_key(record, error);
    if (status == KC_OK)
        status = is_latest(store, &record->id, &latest, error);
    if (status == KC_OK && !latest)
        status = sqlite_find(&store->store, &same_id, &arena, &records, &count, error);
    if (status == KC_OK && !latest && count > 0)
        status = record_known_id(record, error);
    arena_free(&arena);
    return status;
}

int32_t sqlite_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct packed_row row = {.packed.record = *record};
    uint64_t epoch = 0;
    int32_t status = record_check(record, error);
    if (status == KC_OK)
        status = sqlite_epoch(base, &epoch, error);
    if (status == KC_OK)
        status = sqlite_tail_need(store, error);
    if (status == KC_OK)
        status = check_new(store, record, error);
    if (status == KC_OK)
        status = sqlite_need_head(store, error);
    record_settle(&row.packed.record);
    if (status == KC_OK)
        status = seal_begin(base, record, &row.packed.seal, error);
    row.id = store->head.entries + 1;
    if (status == KC_OK)
        status = sqlite_write_row(store, STATEMENT_INSERT, &row, error);
    if (status == KC_OK)
        status = sqlite_tail_put(store, &row, error);
    if (status == KC_OK)
        status = sqlite_journal(store, &row, error);
    if (status == KC_OK)
        drafts_keep(&store->drafts, epoch, &row);
    return status;
}

int32_t sqlite_put(struct sqlite_store *store, struct packed_row *row, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    struct sqlite_names names = {0};
    struct arena arena = {0};
    struct packed_row old;
    int32_t status = record_check(&row->packed.record, error);
    drafts_drop_all(&store->drafts);
    if (status == KC_OK)
        status = sqlite_tail_need(store, error);
    if (status == KC_OK)
        status = sqlite_rows_flush(store, error);
    if (status != KC_OK)
        return status;
    const bool indexed = row->id <= store->tail.indexed;
    sqlite3_bind_int64(get, 1, row->id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW)
        status = sqlite_read_row(store, get, &names, &arena, &old, error);
    else if (result != SQLITE_DONE)
        status = sqlite_failed(store, result, error);
    sqlite_done(get);
    if (status == KC_OK && result == SQLITE_ROW && indexed)
        status = for_rooms(store, STATEMENT_ROOM_LEAVE, &old.packed.record.rooms, &old, error);
    if (status == KC_OK)
        status = sqlite_write_row(store, STATEMENT_PUT, row, error);
    if (status == KC_OK)
        status = indexed ? index_again(store, row, error) : KC_OK;
    if (status == KC_OK && (!indexed || sqlite_tail_has(store, row->id)))
        status = sqlite_tail_put(store, row, error);
    if (status == KC_OK && result == SQLITE_ROW && !(row->flags & PACK_SALTED))
        status = clear_block(store, row, error);
    arena_free(&arena);
    return status;
}

/* ---- Updating --------------------------------------------------------------------------------------------------- */

/* The row's flags have changed: so must the tables that it stands in. */
static int32_t index_flags(struct sqlite_store *store, const struct packed_row *row, int64_t changed,
                           struct kc_error *error)
{
    const int64_t site = row->packed.names[0];
    int32_t status = KC_OK;
    if (changed & PACK_ACTIVE)
        status = for_rooms(store, STATEMENT_ROOM_SET, &row->packed.record.rooms, row, error);
    if (status == KC_OK && changed & (PACK_OPEN | PACK_UNCONFIRMED))
        status = set_unsettled(store, row->id, site, row->flags, error);
    if (status == KC_OK && changed & PACK_SALTED && row->flags & PACK_SALTED)
        status = set_block(store, row->id, site, row->flags, error);
    return status;
}

/* Writes a row back that was `flags` before, with its entry. Rooms are as they were. */
static int32_t update(struct sqlite_store *store, struct packed_row *row, struct kc_error *error)
{
    const int64_t before = row->flags;
    int32_t status = sqlite_tail_need(store, error);
    if (status == KC_OK)
        status = sqlite_need_head(store, error);
    drafts_drop(&store->drafts, &row->packed.record.id);
    row->last = store->head.entries + 1 - row->id;
    if (status == KC_OK)
        status = sqlite_write_row(store, STATEMENT_UPDATE, row, error);
    const int64_t changed = before ^ row->flags;
    if (status == KC_OK)
        sqlite_tail_set_flags(store, row->id, row->flags);
    if (status == KC_OK && row->id <= store->tail.indexed)
        status = index_flags(store, row, changed, error);
    if (status == KC_OK && changed & PACK_SALTED && !(row->flags & PACK_SALTED))
        status = clear_block(store, row, error);
    return status == KC_OK ? sqlite_journal(store, row, error) : status;
}

/* The row of an intent: as this program has inserted it, or out of the tables. `draft` is the caller's to free. */
static int32_t get_intent(struct sqlite_store *store, const struct uuid *id, struct arena *arena, struct draft **draft,
                          struct packed_row *row, struct kc_error *error)
{
    uint64_t epoch = 0;
    const int32_t status = sqlite_epoch(&store->store, &epoch, error);
    *draft = status == KC_OK ? drafts_take(&store->drafts, epoch, id) : NULL;
    if (!*draft)
        return status == KC_OK ? sqlite_get_by_id(store, id, arena, row, error) : status;
    *row = (*draft)->row;
    return KC_OK;
}

int32_t sqlite_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct draft *draft = NULL;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = record_check_outcome(record, error);
    if (status == KC_OK)
        status = get_intent(store, &record->id, &arena, &draft, &row, error);
    if (status == KC_OK) {
        row.packed.names[RECORD_NAME_ENCODER] = 0; /* it may be another one */
        status = seal_apply_outcome(base, &row.packed.record, &row.packed.seal, record, error);
    }
    if (status == KC_OK)
        status = update(store, &row, error);
    draft_free(draft);
    arena_free(&arena);
    return status;
}

int32_t sqlite_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                             struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = record_check_key_state(key_state, error);
    if (status == KC_OK)
        status = sqlite_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK) {
        row.packed.record.key_state = key_state;
        row.packed.record.unconfirmed = unconfirmed;
        status = update(store, &row, error);
    }
    arena_free(&arena);
    return status;
}

int32_t sqlite_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                        struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = record_check_rooms(rooms, error);
    if (status == KC_OK)
        status = sqlite_get_by_id(store, id, &arena, &row, error);
    const bool indexed = status == KC_OK && row.id <= store->tail.indexed;
    if (status == KC_OK && rooms->count > 0) {
        if (indexed)
            status = for_rooms(store, STATEMENT_ROOM_LEAVE, &row.packed.record.rooms, &row, error);
        row.packed.record.rooms = *rooms;
        if (status == KC_OK && indexed)
            status = for_rooms(store, STATEMENT_ROOM_SET, rooms, &row, error);
    }
    if (status == KC_OK && until_utc != 0)
        row.packed.record.until_utc = until_utc;
    if (status == KC_OK)
        status = update(store, &row, error);
    if (status == KC_OK && (!indexed || sqlite_tail_has(store, row.id)))
        status = sqlite_tail_put(store, &row, error);
    arena_free(&arena);
    return status;
}

int32_t sqlite_enter_again(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = sqlite_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK)
        status = update(store, &row, error);
    arena_free(&arena);
    return status;
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

int32_t sqlite_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct arena arena = {0};
    struct packed_row row;
    int32_t status = sqlite_get_by_id(store, id, &arena, &row, error);
    if (status == KC_OK)
        status = forget_guest(base, &row.packed.record, &row.packed.seal, error);
    store->erased = true;
    if (status == KC_OK)
        status = update(store, &row, error);
    arena_free(&arena);
    return status;
}
