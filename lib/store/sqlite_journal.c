/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of the SQLite ledger: writing it, and holding the records against it. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

#define STEP 2000 /* operations or entries in one job */

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* The last entry. `*whole`: it has the chain, as the last one must. `*size`: of its row without that. */
static int32_t read_last(struct sqlite_store *store, struct seal_head *head, bool *whole, size_t *size,
                         struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_HEAD_GET];
    const int result = sqlite3_step(get);
    struct sqlite_journal_row row;
    int32_t status = KC_OK;
    *head = (struct seal_head){0};
    *whole = true;
    *size = 0;
    if (result == SQLITE_ROW) {
        status = sqlite_number_column(store, get, 0, 1, INT64_MAX - 1, &head->entries, error);
        sqlite_unpack_entries(get, &row);
        *whole = row.has_chain;
        *size = row.size;
        if (*whole)
            memcpy(head->chain, row.chain, SEAL_SIZE);
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

static int32_t read_head(struct sqlite_store *store, struct seal_head *head, size_t *size, struct kc_error *error)
{
    bool whole = false;
    int32_t status = check_note(store, error);
    if (status == KC_OK)
        status = read_last(store, head, &whole, size, error);
    return status == KC_OK && !whole ? sqlite_damaged(store, "the head of the journal", error) : status;
}

int32_t sqlite_journal_head(struct sqlite_store *store, struct seal_head *head, struct kc_error *error)
{
    size_t size;
    return read_head(store, head, &size, error);
}

int32_t sqlite_need_head(struct sqlite_store *store, struct kc_error *error)
{
    uint64_t epoch = 0;
    if (store->head_read)
        return KC_OK;
    int32_t status = sqlite_epoch(&store->store, &epoch, error);
    if (status == KC_OK && store->known.head_epoch == epoch) {
        store->head = store->known.head;
        store->first_size = store->known.head_size;
    } else if (status == KC_OK) {
        status = read_head(store, &store->head, &store->first_size, error);
    }
    store->first_entry = store->head.entries;
    store->row_size = store->first_size;
    store->head_read = status == KC_OK;
    return status;
}

int32_t sqlite_journal_flush(struct sqlite_store *store, struct kc_error *error)
{
    const int32_t status = sqlite_rows_flush(store, error);
    return status == KC_OK ? sqlite_entries_flush(store, error) : status;
}

int32_t sqlite_journal(struct sqlite_store *store, struct packed_row *row, struct kc_error *error)
{
    struct seal_entry entry;
    int32_t status = sqlite_need_head(store, error);
    if (status == KC_OK)
        status = seal_append(&store->store, &store->head, &row->packed.record, &row->packed.seal, &entry, error);
    return status == KC_OK ? sqlite_add_entry(store, row->id, &entry, error) : status;
}

int32_t sqlite_journal_end(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *leave = store->statements[STATEMENT_HEAD_LEAVE];
    if (!store->head_read || store->head.entries == store->first_entry)
        return KC_OK;
    sqlite3_bind_int64(leave, 1, store->first_entry);
    sqlite3_bind_int64(leave, 2, (int64_t)store->first_size);
    int32_t status = store->first_entry > 0 ? sqlite_run(store, leave, error) : KC_OK;
    if (status == KC_OK)
        status = sqlite_rows_flush(store, error);
    return status == KC_OK ? sqlite_entries_end(store, error) : status;
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

int32_t sqlite_read_entry(struct sqlite_store *store, const struct sqlite_entry *entry, struct sqlite_names *names,
                          struct arena *arena, struct seal_found *found, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    struct packed_row operation = {0};
    int32_t status = KC_OK;
    *found = (struct seal_found){.entry = entry->entry};
    sqlite3_bind_int64(get, 1, entry->id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW) {
        status = sqlite_read_row(store, get, names, arena, &operation, error);
        found->has_operation = true;
        found->is_readable = status == KC_OK;
        found->row = operation.id;
        found->is_last = sqlite3_column_int64(get, COLUMN_LAST) == entry->entry.number - entry->id;
        found->record = operation.packed.record;
        found->seal = operation.packed.seal;
    } else if (result != SQLITE_DONE) {
        status = sqlite_failed(store, result, error);
    }
    sqlite_done(get);
    return status == KC_ERROR_LEDGER_DAMAGED && result == SQLITE_ROW ? KC_OK : status;
}

static int32_t check_entry(struct sqlite_store *store, const struct sqlite_entry *entry, struct store_check *check,
                           struct kc_error *error)
{
    struct sqlite_names names = {0};
    struct seal_found found;
    struct arena arena = {0};
    int32_t status = sqlite_read_entry(store, entry, &names, &arena, &found, error);
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

/* Whether an entry of the journal is of that operation. The row that was read last is mostly the one that has it. */
static int32_t has_entry(struct sqlite_store *store, struct sqlite_journal_row *row, int64_t number, int64_t id,
                         bool *has, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_JOURNAL_FROM];
    int32_t status = KC_OK;
    if (row->count == 0 || number < row->first || number - row->first >= (int64_t)row->count) {
        row->count = 0;
        sqlite3_bind_int64(get, 1, number);
        const int result = sqlite3_step(get);
        if (result == SQLITE_ROW)
            sqlite_unpack_entries(get, row);
        else if (result != SQLITE_DONE)
            status = sqlite_failed(store, result, error);
        sqlite_done(get);
    }
    *has = row->count > 0 && number >= row->first && number - row->first < (int64_t)row->count &&
           row->entries[number - row->first].id == id;
    return status;
}

static int32_t check_operation(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_journal_row *journal,
                               struct store_check *check, struct kc_error *error)
{
    struct sqlite_names names = {0};
    struct packed_row operation = {0};
    struct arena arena = {0};
    bool has = false;
    check->last_operation = sqlite3_column_int64(row, COLUMN_ID);
    const int32_t readable = sqlite_read_row(store, row, &names, &arena, &operation, error);
    int32_t status = readable == KC_ERROR_LEDGER_DAMAGED ? KC_OK : readable;
    if (status == KC_OK)
        status = has_entry(store, journal, check->last_operation + sqlite3_column_int64(row, COLUMN_LAST),
                           check->last_operation, &has, error);
    if (status == KC_OK) {
        if (!has)
            check->fault = "it has no entry in the journal";
        else if (readable != KC_OK)
            check->fault = "it has values that no ledger has";
        else if (!is_found(store, &operation))
            check->fault = "it is not found by what it is looked up by";
        check->id = check->fault ? operation.packed.record.id : check->id;
        check->done = check->fault != NULL;
    }
    arena_free(&arena);
    return status;
}

/* So many operations from a place on; `count` were seen. */
static int32_t check_operations(struct sqlite_store *store, struct store_check *check, int *count,
                                struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[STATEMENT_CHECK_OPERATIONS];
    struct sqlite_journal_row journal = {.count = 0};
    int32_t status = KC_OK;
    int result;
    *count = 0;
    sqlite3_bind_int64(rows, 1, check->last_operation);
    sqlite3_bind_int(rows, 2, STEP);
    while (status == KC_OK && !check->done && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        status = result == SQLITE_ROW ? check_operation(store, rows, &journal, check, error)
                                      : sqlite_failed(store, result, error);
        ++*count;
    }
    sqlite_done(rows);
    return status;
}

/* So many entries and the rest of their row; `*last`: there are no more. */
static int32_t check_entries(struct sqlite_store *store, struct store_check *check, bool *last, struct kc_error *error)
{
    struct sqlite_entries entries;
    const struct sqlite_entry *entry = NULL;
    int32_t status = KC_OK;
    sqlite_entries_open(store, &entries, check->entries + 1);
    for (int count = 0; status == KC_OK && !check->done && (count < STEP || entries.at < entries.row.count); count++) {
        status = sqlite_entries_next(store, &entries, &entry, error);
        if (status == KC_OK && !entry)
            break;
        if (status == KC_OK)
            status = check_entry(store, entry, check, error);
    }
    sqlite_entries_close(&entries);
    *last = !entry;
    return status;
}

int32_t sqlite_check(struct store *base, struct store_check *check, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct seal_head head = {0};
    bool last = false;
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
        status = check_operations(store, check, &count, error);
        if (status == KC_OK && count < STEP)
            check->done = true;
        return status;
    }
    status = check_entries(store, check, &last, error);
    if (status == KC_OK && !check->done && last) {
        /* what this transaction wrote before stands in the journal, but its head is written with the commit */
        bool whole = true;
        size_t size;
        if (store->head_read)
            head = store->head;
        else
            status = read_last(store, &head, &whole, &size, error);
        if (!whole)
            head.entries++; /* one that came after it is missing */
        if (status == KC_OK)
            seal_check_head(check, &head);
    }
    return status;
}
