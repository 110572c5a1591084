/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of the SQLite ledger: writing it, and holding the records against it. */
#include <stddef.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

#define STEP 2000 /* rows in one job */

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* The last entry. `*whole`: it has the chain, as the last one must. */
static int32_t read_last(struct sqlite_store *store, struct seal_head *head, bool *whole, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_HEAD_GET];
    const int result = sqlite3_step(get);
    int32_t status = KC_OK;
    *head = (struct seal_head){0};
    *whole = true;
    if (result == SQLITE_ROW) {
        status = sqlite_number_column(store, get, 0, 1, INT64_MAX - 1, &head->entries, error);
        *whole = sqlite3_column_bytes(get, 1) == SQLITE_HEAD_SIZE;
        if (*whole)
            memcpy(head->chain, (const uint8_t *)sqlite3_column_blob(get, 1) + SEAL_CONTENT_SIZE, SEAL_SIZE);
    } else if (result != SQLITE_DONE) {
        status = sqlite_failed(store, result, error);
    }
    sqlite_done(get);
    return status;
}

static int32_t check_note(struct sqlite_store *store, struct kc_error *error)
{
    struct arena arena = {0};
    const char *note = "";
    int32_t status = sqlite_get_note(&store->store, &arena, &note, error);
    if (status == KC_OK)
        status = store_check_note(&store->store, note, error);
    arena_free(&arena);
    return status;
}

int32_t sqlite_journal_head(struct sqlite_store *store, struct seal_head *head, struct kc_error *error)
{
    bool whole = false;
    int32_t status = check_note(store, error);
    if (status == KC_OK)
        status = read_last(store, head, &whole, error);
    return status == KC_OK && !whole ? sqlite_damaged(store, "the head of the journal", error) : status;
}

int32_t sqlite_need_head(struct sqlite_store *store, struct kc_error *error)
{
    uint64_t epoch = 0;
    if (store->head_read)
        return KC_OK;
    int32_t status = sqlite_epoch(&store->store, &epoch, error);
    if (status == KC_OK && store->known.head_epoch == epoch)
        store->head = store->known.head;
    else if (status == KC_OK)
        status = sqlite_journal_head(store, &store->head, error);
    store->first_entry = store->head.entries;
    store->head_read = status == KC_OK;
    return status;
}

int32_t sqlite_journal_flush(struct sqlite_store *store, struct kc_error *error)
{
    struct sqlite_given_row rows[SQLITE_ENTRIES];
    sqlite3_stmt *add = store->statements[STATEMENT_JOURNAL_ADD];
    const size_t count = store->entry_count;
    const int32_t status = sqlite_rows_flush(store, error);
    store->entry_count = 0;
    if (status != KC_OK)
        return status;
    if (count == 1) {
        sqlite3_bind_int64(add, 1, store->entries[0].number);
        sqlite3_bind_int64(add, 2, store->entries[0].back);
        sqlite3_bind_blob(add, 3, store->entries[0].digest, store->entries[0].size, SQLITE_STATIC);
        return sqlite_run(store, add, error);
    }
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct sqlite_given_row){
            .numbers = {store->entries[i].number, store->entries[i].back},
            .at = i * sizeof(store->entries[i]) + offsetof(struct sqlite_entry, digest),
            .size = (size_t)store->entries[i].size,
        };
    return sqlite_run_given(store, STATEMENT_JOURNAL_ADD_GIVEN, rows, count, store->entries, error);
}

int32_t sqlite_add_entry(struct sqlite_store *store, int64_t id, const struct seal_entry *entry, struct kc_error *error)
{
    int32_t status = KC_OK;
    if (store->entry_count == SQLITE_ENTRIES)
        status = sqlite_journal_flush(store, error);
    struct sqlite_entry *added = &store->entries[store->entry_count++];
    added->number = entry->number;
    added->size = SQLITE_DIGEST_SIZE;
    added->back = entry->number - id;
    memcpy(added->digest, entry->content, SEAL_CONTENT_SIZE);
    memcpy(added->digest + SEAL_CONTENT_SIZE, entry->link, SEAL_LINK_SIZE);
    if (store->tail.epoch == store->epoch)
        store->tail.seen = entry->number;
    return status;
}

int32_t sqlite_journal(struct sqlite_store *store, struct packed_row *row, struct kc_error *error)
{
    struct seal_entry entry;
    int32_t status = sqlite_need_head(store, error);
    if (status == KC_OK)
        status = seal_append(&store->store, &store->head, &row->packed.record, &row->packed.seal, &entry, error);
    return status == KC_OK ? sqlite_add_entry(store, row->id, &entry, error) : status;
}

/* The last entry of the transaction gets the chain: before it is written, or where it stands already. */
static int32_t write_head(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *set = store->statements[STATEMENT_HEAD_SET];
    if (store->entry_count == 0) {
        sqlite3_bind_int64(set, 1, store->head.entries);
        sqlite3_bind_blob(set, 2, store->head.chain, SEAL_SIZE, SQLITE_STATIC);
        return sqlite_run(store, set, error);
    }
    struct sqlite_entry *last = &store->entries[store->entry_count - 1];
    memcpy(last->digest + SEAL_CONTENT_SIZE, store->head.chain, SEAL_SIZE);
    last->size = SQLITE_HEAD_SIZE;
    return sqlite_journal_flush(store, error);
}

int32_t sqlite_journal_end(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *leave = store->statements[STATEMENT_HEAD_LEAVE];
    if (!store->head_read || store->head.entries == store->first_entry)
        return KC_OK;
    sqlite3_bind_int64(leave, 1, store->first_entry);
    int32_t status = store->first_entry > 0 ? sqlite_run(store, leave, error) : KC_OK;
    if (status == KC_OK)
        status = sqlite_rows_flush(store, error);
    return status == KC_OK ? write_head(store, error) : status;
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

enum { ENTRY = COLUMN_COUNT, BACK, DIGEST };

void sqlite_entry_column(sqlite3_stmt *statement, int column, struct seal_entry *entry)
{
    const uint8_t *digest = sqlite3_column_blob(statement, column);
    const int size = sqlite3_column_bytes(statement, column);
    if (!digest || (size != SQLITE_DIGEST_SIZE && size != SQLITE_HEAD_SIZE))
        return;
    memcpy(entry->content, digest, SEAL_CONTENT_SIZE);
    memcpy(entry->link, digest + SEAL_CONTENT_SIZE, SEAL_LINK_SIZE);
}

int32_t sqlite_read_entry(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_names *names,
                          struct arena *arena, struct seal_found *found, struct kc_error *error)
{
    struct packed_row operation = {0};
    *found = (struct seal_found){.entry.number = sqlite3_column_int64(row, ENTRY)};
    sqlite_entry_column(row, DIGEST, &found->entry);
    found->has_operation = sqlite3_column_type(row, COLUMN_ID) != SQLITE_NULL;
    if (!found->has_operation)
        return KC_OK;
    const int32_t status = sqlite_read_row(store, row, names, arena, &operation, error);
    found->is_readable = status == KC_OK;
    found->row = operation.id;
    found->is_last = sqlite3_column_int64(row, COLUMN_LAST) == sqlite3_column_int64(row, BACK);
    found->record = operation.packed.record;
    found->seal = operation.packed.seal;
    return status == KC_ERROR_LEDGER_DAMAGED ? KC_OK : status;
}

static int32_t check_entry(struct sqlite_store *store, sqlite3_stmt *row, struct store_check *check,
                           struct kc_error *error)
{
    struct sqlite_names names = {0};
    struct seal_found found;
    struct arena arena = {0};
    int32_t status = sqlite_read_entry(store, row, &names, &arena, &found, error);
    if (status == KC_OK)
        status = seal_check(&store->store, check, &found, error);
    arena_free(&arena);
    return status;
}

/* Whether a statement brings a row whose first column is such a number. */
static bool brings(sqlite3_stmt *statement, int64_t number)
{
    const bool there = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int64(statement, 0) == number;
    sqlite_done(statement);
    return there;
}

/* Whether a statement that asks for two numbers brings a one. */
static bool has_pair(struct sqlite_store *store, enum sqlite_statement statement, int64_t first, int64_t second)
{
    sqlite3_stmt *has = store->statements[statement];
    sqlite3_bind_int64(has, 1, first);
    sqlite3_bind_int64(has, 2, second);
    return brings(has, 1);
}

static bool has_lookup(struct sqlite_store *store, const struct packed_row *row, enum pack_lookup kind,
                       const char *value)
{
    return value[0] == '\0' ||
           has_pair(store, STATEMENT_LOOKUP_HAS, pack_hash(kind, row->packed.record.site, value), row->id);
}

/* Whether it could not be read when it was to be written into the tables. */
static bool is_listed(struct sqlite_store *store, int64_t id)
{
    sqlite3_stmt *has = store->statements[STATEMENT_UNREADABLE_HAS];
    sqlite3_bind_int64(has, 1, id);
    return brings(has, 1);
}

/* Whether the operation is found by everything that it is looked up by. */
static bool is_found(struct sqlite_store *store, const struct packed_row *row)
{
    const struct record *record = &row->packed.record;
    sqlite3_stmt *room = store->statements[STATEMENT_ROOM_HAS];
    sqlite3_stmt *block = store->statements[STATEMENT_BLOCK_HAS];
    const bool unsettled = row->flags & (PACK_OPEN | PACK_UNCONFIRMED);
    if (row->flags != pack_flags(record, &row->packed.seal))
        return false;
    if (row->id > store->tail.indexed)
        return true; /* everything is asked for by its flags and values themselves */
    bool found = has_pair(store, STATEMENT_HIGH_HAS, pack_id(&record->id), row->id) &&
                 has_pair(store, STATEMENT_UNSETTLED_HAS, row->packed.names[0], row->id) == unsettled &&
                 has_lookup(store, row, PACK_IDEMPOTENCY, record->idempotency_key) &&
                 has_lookup(store, row, PACK_BOOKING, record->booking);
    for (size_t i = 0; found && i < record->rooms.count; i++) {
        sqlite3_bind_int64(room, 1, pack_hash(PACK_ROOM, record->site, record->rooms.items[i]));
        sqlite3_bind_int64(room, 2, row->id);
        found = brings(room, row->flags & PACK_ACTIVE ? 1 : 0);
    }
    sqlite3_bind_int64(block, 1, row->packed.names[0]);
    sqlite3_bind_int64(block, 2, row->id >> SQLITE_BLOCK_BITS);
    /* A block may have other operations with guest data. */
    if (found && sqlite3_step(block) == SQLITE_ROW)
        found = !(row->flags & PACK_SALTED) || sqlite3_column_int64(block, 0) == 1;
    else
        found = false;
    sqlite_done(block);
    return found || is_listed(store, row->id);
}

static int32_t check_operation(struct sqlite_store *store, sqlite3_stmt *row, struct store_check *check,
                               struct kc_error *error)
{
    struct sqlite_names names = {0};
    struct packed_row operation = {0};
    struct arena arena = {0};
    check->last_operation = sqlite3_column_int64(row, COLUMN_ID);
    int32_t status = sqlite_read_row(store, row, &names, &arena, &operation, error);
    if (status == KC_OK || status == KC_ERROR_LEDGER_DAMAGED) {
        if (sqlite3_column_type(row, COLUMN_COUNT) == SQLITE_NULL ||
            sqlite3_column_int64(row, COLUMN_COUNT) != sqlite3_column_int64(row, COLUMN_LAST))
            check->fault = "it has no entry in the journal";
        else if (status != KC_OK)
            check->fault = "it has values that no ledger has";
        else if (!is_found(store, &operation))
            check->fault = "it is not found by what it is looked up by";
        check->id = check->fault ? operation.packed.record.id : check->id;
        check->done = check->fault != NULL;
        status = KC_OK;
    }
    arena_free(&arena);
    return status;
}

/* Runs one of the two statements from a place on; `count` rows were seen. */
static int32_t check_rows(struct sqlite_store *store, enum sqlite_statement which, int64_t after,
                          struct store_check *check, int *count, struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[which];
    int32_t status = KC_OK;
    int result;
    *count = 0;
    sqlite3_bind_int64(rows, 1, after);
    sqlite3_bind_int(rows, 2, STEP);
    while (status == KC_OK && !check->done && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        if (result != SQLITE_ROW)
            status = sqlite_failed(store, result, error);
        else
            status = which == STATEMENT_CHECK_ENTRIES ? check_entry(store, rows, check, error)
                                                      : check_operation(store, rows, check, error);
        ++*count;
    }
    sqlite_done(rows);
    return status;
}

int32_t sqlite_check(struct store *base, struct store_check *check, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct seal_head head = {0};
    int count = 0;
    int32_t status;
    sqlite_forget_names(store); /* what the tables hold is what counts */
    status = sqlite_journal_flush(store, error);
    if (status != KC_OK)
        return status;
    if (check->journal_read) {
        status = sqlite_tail_bound(store, error);
        if (status != KC_OK)
            return status;
        status = check_rows(store, STATEMENT_CHECK_OPERATIONS, check->last_operation, check, &count, error);
        if (status == KC_OK && count < STEP)
            check->done = true;
        return status;
    }
    status = check_rows(store, STATEMENT_CHECK_ENTRIES, check->entries, check, &count, error);
    if (status == KC_OK && !check->done && count < STEP) {
        /* what this transaction wrote before stands in the journal, but its head is written with the commit */
        bool whole = true;
        if (store->head_read)
            head = store->head;
        else
            status = read_last(store, &head, &whole, error);
        if (!whole)
            head.entries++; /* one that came after it is missing */
        if (status == KC_OK)
            seal_check_head(check, &head);
    }
    return status;
}
