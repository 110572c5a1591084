/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing records to the SQLite ledger. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

/* Two operations of one millisecond whose identifiers begin alike are told apart by the next free number. */
#define ID_TRIES 1000

/* ---- Inserting -------------------------------------------------------------------------------------------------- */

/* created_ms, then the first random bits of a UUID of version 7, so that the order is that of (created_ms, id). */
static int64_t id_of(const struct record *record)
{
    const uint8_t *bytes = record->id.bytes;
    const uint32_t random = (uint32_t)(bytes[6] & 0x0F) << 17 | (uint32_t)bytes[7] << 9 |
                            (uint32_t)(bytes[8] & 0x3F) << 3 | (uint32_t)bytes[9] >> 5;
    return (int64_t)((uint64_t)record->created_ms << SQLITE_ID_SHIFT | random);
}

/* The next number of the same millisecond, round and round. */
static int64_t next_id(int64_t id)
{
    const int64_t low = (INT64_C(1) << SQLITE_ID_SHIFT) - 1;
    return (id & ~low) | ((id + 1) & low);
}

static void bind_number(sqlite3_stmt *insert, int column, int64_t number, bool optional)
{
    if (optional && number == 0)
        sqlite3_bind_null(insert, column + 1);
    else
        sqlite3_bind_int64(insert, column + 1, number);
}

static void bind_uuid(sqlite3_stmt *insert, int column, const struct uuid *uuid)
{
    if (column != COLUMN_UUID && uuid_is_nil(uuid))
        sqlite3_bind_null(insert, column + 1);
    else
        sqlite3_bind_blob(insert, column + 1, uuid->bytes, sizeof(uuid->bytes), SQLITE_STATIC);
}

static void bind_plain(sqlite3_stmt *insert, const struct record *record)
{
    bind_uuid(insert, COLUMN_UUID, &record->id);
    bind_uuid(insert, COLUMN_RETRY_OF, &record->retry_of);
    bind_uuid(insert, COLUMN_TARGET, &record->target);
    bind_number(insert, COLUMN_INSTANCE, (int64_t)record->instance, false);
    bind_number(insert, COLUMN_VERB, record->verb, false);
    bind_number(insert, COLUMN_KIND, record->kind, true);
    bind_number(insert, COLUMN_OUTCOME, record->outcome, false);
    bind_number(insert, COLUMN_STATUS, record->status, false);
    bind_number(insert, COLUMN_KEY_STATE, record->key_state, true);
    bind_number(insert, COLUMN_UNCONFIRMED, record->unconfirmed, false);
    bind_number(insert, COLUMN_FORGOTTEN, record->forgotten, false);
    bind_number(insert, COLUMN_FINGERPRINT, (int64_t)record->fingerprint, false);
    bind_number(insert, COLUMN_FINISHED, record->finished_ms, true);
    bind_number(insert, COLUMN_FROM, record->from_utc, true);
    bind_number(insert, COLUMN_UNTIL, record->until_utc, true);
    bind_number(insert, COLUMN_COPIES, record->copies, false);
    bind_number(insert, COLUMN_RETURN_IMAGE, record->return_image, false);
    for (size_t i = RECORD_NAMES; i < RECORD_TEXTS; i++)
        sqlite_bind_optional(insert, COLUMN_TEXTS + (int)(i - RECORD_NAMES) + 1, record_text(record, i));
}

/* Names become numbers, lists one text each; `arena` must live until the statement is done. */
static int32_t bind_translated(struct sqlite_store *store, sqlite3_stmt *insert, const struct record *record,
                               struct arena *arena, int64_t *site, struct kc_error *error)
{
    for (size_t i = 0; i < RECORD_NAMES; i++) {
        const char *name = record_text(record, i);
        int64_t id = 0;
        if (i > 0 && name[0] == '\0')
            continue;
        const int32_t status = sqlite_name_find(store, name, true, &id, error);
        if (status != KC_OK)
            return status;
        sqlite3_bind_int64(insert, COLUMN_NAMES + (int)i + 1, id);
        if (i == 0)
            *site = id;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        const char *joined = arena_join(arena, record_list(record, i));
        if (!joined)
            return sqlite_no_memory(error);
        sqlite_bind_optional(insert, COLUMN_LISTS + (int)i + 1, joined);
    }
    return KC_OK;
}

/* Why a unique index refused: the idempotency key or the identifier. */
static int32_t insert_conflict(struct sqlite_store *store, const struct record *record, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    int32_t status = KC_OK;
    if (record->idempotency_key[0] != '\0')
        status = sqlite_find(&store->store, &query, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_key(record, error);
    else if (status == KC_OK)
        status = record_known_id(record, error);
    arena_free(&arena);
    return status;
}

static int32_t insert_row(struct sqlite_store *store, const struct record *record, sqlite3_stmt *insert, int64_t *id,
                          struct kc_error *error)
{
    int result = SQLITE_CONSTRAINT_PRIMARYKEY;
    for (int tries = 0; result == SQLITE_CONSTRAINT_PRIMARYKEY && tries < ID_TRIES; tries++) {
        *id = tries == 0 ? id_of(record) : next_id(*id);
        sqlite3_bind_int64(insert, COLUMN_ID + 1, *id);
        result = sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite_done(insert);
    if (result == SQLITE_DONE)
        return KC_OK;
    if (result == SQLITE_CONSTRAINT_UNIQUE)
        return insert_conflict(store, record, error);
    return sqlite_failed(store, result, error);
}

static int32_t insert_rooms(struct sqlite_store *store, const struct record *record, int64_t site, int64_t id,
                            struct kc_error *error)
{
    sqlite3_stmt *room = store->statements[STATEMENT_INSERT_ROOM];
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < record->rooms.count; i++) {
        sqlite3_bind_text(room, 1, record->rooms.items[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(room, 2, site);
        sqlite3_bind_int64(room, 3, id);
        sqlite3_bind_int(room, 4, record_is_active(record->key_state) ? 1 : 0);
        status = sqlite_run(store, room, error);
    }
    return status;
}

/* `id`: the number of the row, or 0 for the next free one of its moment. `entry`: its last one in the journal, 0 if
 * that comes later. */
static int32_t insert_sealed(struct sqlite_store *store, const struct record *record, const struct seal *seal,
                             int64_t entry, int64_t *id, struct kc_error *error)
{
    sqlite3_stmt *insert = store->statements[STATEMENT_INSERT];
    struct arena arena = {0};
    int64_t site = 0;
    bind_plain(insert, record);
    bind_number(insert, COLUMN_COUNT, entry, true);
    if (seal->has_salt)
        sqlite3_bind_blob(insert, COLUMN_SALT + 1, seal->salt, SEAL_SALT_SIZE, SQLITE_STATIC);
    if (seal->has_sealed)
        sqlite3_bind_blob(insert, COLUMN_SEALED + 1, seal->sealed, SEAL_SIZE, SQLITE_STATIC);
    int32_t status = bind_translated(store, insert, record, &arena, &site, error);
    if (status == KC_OK && *id != 0) {
        sqlite3_bind_int64(insert, COLUMN_ID + 1, *id);
        status = sqlite_run(store, insert, error);
    } else if (status == KC_OK) {
        status = insert_row(store, record, insert, id, error);
    }
    sqlite_done(insert);
    arena_free(&arena);
    return status == KC_OK ? insert_rooms(store, record, site, *id, error) : status;
}

/* The row, and its entry in the journal. */
static int32_t insert_with_entry(struct sqlite_store *store, const struct record *record, const struct seal *seal,
                                 int64_t *id, struct kc_error *error)
{
    struct seal_head head = store->head;
    struct seal_entry entry;
    int32_t status = seal_append(&head, record, seal, &entry, error);
    if (status == KC_OK)
        status = insert_sealed(store, record, seal, entry.number, id, error);
    if (status == KC_OK)
        status = sqlite_add_entry(store, *id, &entry, false, error);
    if (status == KC_OK)
        store->head = head;
    return status;
}

int32_t sqlite_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct seal seal = {.has_salt = seal_has_guest_data(record)};
    struct record stored = *record;
    struct arena arena = {0};
    uint64_t epoch = 0;
    int64_t id = 0;
    int32_t status = record_check(record, error);
    if (status == KC_OK && record_stored_lists(&arena, record, &stored) != 0)
        status = sqlite_no_memory(error);
    if (status == KC_OK && seal.has_salt)
        status = seal_make_salt(seal.salt, error);
    if (status == KC_OK)
        status = sqlite_need_head(store, error);
    if (status == KC_OK)
        status = sqlite_epoch(base, &epoch, error);
    if (status == KC_OK)
        status = insert_with_entry(store, &stored, &seal, &id, error);
    if (status == KC_OK)
        drafts_keep(&store->drafts, epoch, id, &stored, &seal);
    arena_free(&arena);
    return status;
}

/* ---- Updating --------------------------------------------------------------------------------------------------- */

/* The rooms of a changed operation, as an update returned them. */
struct changed {
    int64_t id, site;
    const char *rooms; /* joined */
};

/* Runs an update that returns its row. */
static int32_t update(struct sqlite_store *store, sqlite3_stmt *statement, const struct uuid *uuid, struct arena *arena,
                      struct changed *changed, struct kc_error *error)
{
    sqlite3_bind_blob(statement, 1, uuid->bytes, sizeof(uuid->bytes), SQLITE_STATIC);
    int32_t status = KC_OK;
    int result = sqlite3_step(statement);
    if (result == SQLITE_DONE) {
        status = record_unknown_id(uuid, error);
    } else if (result == SQLITE_ROW) {
        changed->id = sqlite3_column_int64(statement, 0);
        changed->site = sqlite3_column_int64(statement, 1);
        status = sqlite_text_column(store, statement, 2, RECORD_FOREIGN, arena, &changed->rooms, error);
        result = sqlite3_step(statement);
        if (status == KC_OK && result != SQLITE_DONE)
            status = sqlite_failed(store, result, error);
    } else {
        status = sqlite_failed(store, result, error);
    }
    sqlite_done(statement);
    return status;
}

/* Site and rooms of a record, as an update would return them. */
static int32_t name_site(struct sqlite_store *store, const struct record *record, struct changed *changed,
                         struct arena *arena, struct kc_error *error)
{
    if (!(changed->rooms = arena_join(arena, &record->rooms)))
        return sqlite_no_memory(error);
    return sqlite_name_find(store, record->site, false, &changed->site, error);
}

static int32_t mark_rooms(struct sqlite_store *store, const struct changed *changed, bool active, struct arena *arena,
                          struct kc_error *error)
{
    sqlite3_stmt *mark = store->statements[STATEMENT_ROOM_ACTIVE];
    struct strings rooms = {0};
    if (arena_split(arena, changed->rooms, &rooms) < 0)
        return sqlite_no_memory(error);
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < rooms.count; i++) {
        sqlite3_bind_text(mark, 1, rooms.items[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(mark, 2, changed->site);
        sqlite3_bind_int64(mark, 3, changed->id);
        sqlite3_bind_int(mark, 4, active ? 1 : 0);
        status = sqlite_run(store, mark, error);
    }
    return status;
}

static int32_t bind_outcome(struct sqlite_store *store, sqlite3_stmt *finish, const struct record *record,
                            struct arena *arena, struct kc_error *error)
{
    int64_t encoder = 0;
    int32_t status = KC_OK;
    const char *serials = arena_join(arena, &record->serials);
    if (!serials)
        return sqlite_no_memory(error);
    if (record->encoder[0] != '\0')
        status = sqlite_name_find(store, record->encoder, true, &encoder, error);
    sqlite3_bind_int(finish, 2, record->outcome);
    sqlite3_bind_int(finish, 3, record->status);
    if (record->key_state != 0)
        sqlite3_bind_int(finish, 4, record->key_state);
    sqlite3_bind_int(finish, 5, record->unconfirmed ? 1 : 0);
    if (encoder != 0)
        sqlite3_bind_int64(finish, 6, encoder);
    if (record->finished_ms != 0)
        sqlite3_bind_int64(finish, 7, record->finished_ms);
    sqlite_bind_optional(finish, 8, record->error_message);
    sqlite_bind_optional(finish, 9, record->vendor_code);
    sqlite_bind_optional(finish, 10, record->vendor_text);
    sqlite_bind_optional(finish, 11, serials);
    return status;
}

/* The outcome of an intent that stands in the tables as this program has inserted it. */
static int32_t finish_draft(struct sqlite_store *store, struct draft *draft, const struct record *record,
                            const uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error)
{
    sqlite3_stmt *finish = store->statements[STATEMENT_FINISH_DRAFT];
    const bool was_active = record_is_active(draft->record.key_state);
    const bool is_active = record_is_active(record->key_state);
    struct changed changed = {.id = draft->row};
    struct arena arena = {0};
    struct seal_entry entry;
    int32_t status = draft_finish(draft, record, salt, error);
    if (status == KC_OK)
        status = sqlite_need_head(store, error);
    if (status == KC_OK)
        status = seal_append(&store->head, &draft->record, &draft->seal, &entry, error);
    if (status == KC_OK)
        status = bind_outcome(store, finish, record, &arena, error);
    if (status == KC_OK) {
        sqlite3_bind_int64(finish, 1, draft->row);
        if (draft->seal.has_salt)
            sqlite3_bind_blob(finish, 12, draft->seal.salt, SEAL_SALT_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(finish, 13, entry.number);
        status = sqlite_run(store, finish, error);
    }
    sqlite_done(finish);
    if (status == KC_OK && was_active != is_active)
        status = name_site(store, &draft->record, &changed, &arena, error);
    if (status == KC_OK && was_active != is_active)
        status = mark_rooms(store, &changed, is_active, &arena, error);
    if (status == KC_OK)
        status = sqlite_add_entry(store, draft->row, &entry, false, error);
    arena_free(&arena);
    return status;
}

/* The row is not known: it is read again for its entry. */
static int32_t finish_row(struct sqlite_store *store, const struct record *record, const uint8_t salt[SEAL_SALT_SIZE],
                          struct kc_error *error)
{
    sqlite3_stmt *finish = store->statements[STATEMENT_FINISH];
    struct arena arena = {0};
    struct changed changed = {0};
    sqlite3_bind_blob(finish, 12, salt, SEAL_SALT_SIZE, SQLITE_STATIC);
    int32_t status = bind_outcome(store, finish, record, &arena, error);
    if (status == KC_OK)
        status = update(store, finish, &record->id, &arena, &changed, error);
    sqlite_done(finish);
    if (status == KC_OK)
        status = mark_rooms(store, &changed, record_is_active(record->key_state), &arena, error);
    if (status == KC_OK)
        status = sqlite_journal(store, changed.id, error);
    arena_free(&arena);
    return status;
}

int32_t sqlite_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    uint8_t salt[SEAL_SALT_SIZE] = {0};
    uint64_t epoch = 0;
    int32_t status = record_check_outcome(record, error);
    if (status == KC_OK)
        status = sqlite_epoch(base, &epoch, error);
    if (status == KC_OK && record->serials.count > 0)
        status = seal_make_salt(salt, error);
    if (status != KC_OK)
        return status;
    struct draft *draft = drafts_take(&store->drafts, epoch, &record->id);
    status = draft ? finish_draft(store, draft, record, salt, error) : finish_row(store, record, salt, error);
    draft_free(draft);
    return status;
}

int32_t sqlite_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                             struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *set = store->statements[STATEMENT_SET_KEY_STATE];
    struct arena arena = {0};
    struct changed changed = {0};
    int32_t status = record_check_key_state(key_state, error);
    if (status != KC_OK)
        return status;
    drafts_drop(&store->drafts, id);
    if (key_state != 0)
        sqlite3_bind_int(set, 2, key_state);
    sqlite3_bind_int(set, 3, unconfirmed ? 1 : 0);
    status = update(store, set, id, &arena, &changed, error);
    if (status == KC_OK)
        status = mark_rooms(store, &changed, record_is_active(key_state), &arena, error);
    if (status == KC_OK)
        status = sqlite_journal(store, changed.id, error);
    arena_free(&arena);
    return status;
}

/* One statement for each room: room, site, operation. */
static int32_t for_rooms(struct sqlite_store *store, enum sqlite_statement statement, const struct strings *rooms,
                         const struct changed *changed, struct kc_error *error)
{
    sqlite3_stmt *run = store->statements[statement];
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < rooms->count; i++) {
        sqlite3_bind_text(run, 1, rooms->items[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(run, 2, changed->site);
        sqlite3_bind_int64(run, 3, changed->id);
        status = sqlite_run(store, run, error);
    }
    return status;
}

int32_t sqlite_put(struct sqlite_store *store, int64_t id, const struct record *record, const struct seal *seal,
                   struct kc_error *error)
{
    sqlite3_stmt *delete = store->statements[STATEMENT_DELETE];
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    struct arena arena = {0};
    struct strings rooms = {0};
    struct changed old = {.id = id, .rooms = ""};
    int32_t status = record_check(record, error);
    drafts_drop_all(&store->drafts);
    if (status != KC_OK)
        return status;
    sqlite3_bind_int64(get, 1, id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW) {
        old.site = sqlite3_column_int64(get, COLUMN_NAMES);
        status = sqlite_text_column(store, get, COLUMN_LISTS, RECORD_FOREIGN, &arena, &old.rooms, error);
    } else if (result != SQLITE_DONE) {
        status = sqlite_failed(store, result, error);
    }
    sqlite_done(get);
    if (status == KC_OK && arena_split(&arena, old.rooms, &rooms) < 0)
        status = sqlite_no_memory(error);
    if (status == KC_OK)
        status = for_rooms(store, STATEMENT_ROOM_LEAVE, &rooms, &old, error);
    if (status == KC_OK) {
        sqlite3_bind_int64(delete, 1, id);
        status = sqlite_run(store, delete, error);
    }
    arena_free(&arena);
    return status == KC_OK ? insert_sealed(store, record, seal, 0, &id, error) : status;
}

static int32_t move(struct sqlite_store *store, const struct changed *changed, const struct strings *rooms,
                    struct arena *arena, struct kc_error *error)
{
    sqlite3_stmt *set = store->statements[STATEMENT_SET_ROOMS];
    struct strings old = {0};
    const char *joined = arena_join(arena, rooms);
    if (!joined || arena_split(arena, changed->rooms, &old) < 0)
        return sqlite_no_memory(error);
    int32_t status = for_rooms(store, STATEMENT_ROOM_LEAVE, &old, changed, error);
    if (status == KC_OK) {
        sqlite3_bind_int64(set, 1, changed->id);
        sqlite_bind_optional(set, 2, joined);
        status = sqlite_run(store, set, error);
    }
    return status == KC_OK ? for_rooms(store, STATEMENT_ROOM_MOVE, rooms, changed, error) : status;
}

int32_t sqlite_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                        struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *set = store->statements[STATEMENT_SET_UNTIL];
    struct arena arena = {0};
    struct changed changed = {0};
    int32_t status = record_check_rooms(rooms, error);
    if (status != KC_OK)
        return status;
    drafts_drop(&store->drafts, id);
    if (until_utc != 0)
        sqlite3_bind_int64(set, 2, until_utc);
    status = update(store, set, id, &arena, &changed, error);
    if (status == KC_OK && rooms->count > 0)
        status = move(store, &changed, rooms, &arena, error);
    if (status == KC_OK)
        status = sqlite_journal(store, changed.id, error);
    arena_free(&arena);
    return status;
}

/* The next record of the booking that has something to forget; 0 if there is none. */
static int32_t next_to_forget(struct sqlite_store *store, const char *booking, int64_t site, int64_t *id,
                              struct kc_error *error)
{
    sqlite3_stmt *find = store->statements[STATEMENT_FORGET_FIND];
    sqlite_bind_optional(find, 1, booking);
    sqlite3_bind_int64(find, 2, site);
    sqlite3_bind_int64(find, 3, *id);
    const int result = sqlite3_step(find);
    *id = result == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    sqlite_done(find);
    return result == SQLITE_ROW || result == SQLITE_DONE ? KC_OK : sqlite_failed(store, result, error);
}

/* The digest of the guest data stays, they and their salt go. */
static int32_t forget_one(struct sqlite_store *store, int64_t id, struct kc_error *error)
{
    sqlite3_stmt *forget = store->statements[STATEMENT_FORGET];
    struct arena arena = {0};
    struct record record = {0};
    struct seal seal = {0};
    int32_t status = sqlite_get(store, id, &arena, &record, &seal, error);
    drafts_drop_all(&store->drafts);
    if (status == KC_OK && seal.has_salt) {
        status = seal_guest_data(&record, seal.salt, seal.sealed, error);
        seal.has_sealed = true;
    }
    arena_free(&arena);
    if (status != KC_OK)
        return status;
    sqlite3_bind_int64(forget, 1, id);
    if (seal.has_sealed)
        sqlite3_bind_blob(forget, 2, seal.sealed, SEAL_SIZE, SQLITE_STATIC);
    status = sqlite_run(store, forget, error);
    return status == KC_OK ? sqlite_journal(store, id, error) : status;
}

int32_t sqlite_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    int64_t number = 0;
    const int32_t status = sqlite_find_id(store, id, &number, error);
    store->erased = true;
    return status == KC_OK ? forget_one(store, number, error) : status;
}

int32_t sqlite_forget(struct store *base, const char *site, const char *booking, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    int64_t site_id = 0;
    int64_t id = 0;
    int32_t status = sqlite_name_find(store, site, false, &site_id, error);
    if (status == KC_OK)
        status = next_to_forget(store, booking, site_id, &id, error);
    while (status == KC_OK && id != 0) {
        status = forget_one(store, id, error);
        store->erased = true;
        if (status == KC_OK)
            status = next_to_forget(store, booking, site_id, &id, error);
    }
    return status;
}
