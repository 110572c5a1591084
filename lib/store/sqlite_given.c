/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many rows for one statement of the SQLite ledger. To run a statement costs several times what it does to one row, so
 * the rows of a batch are gathered, and one statement takes them all out of the virtual table `given`. It has no name
 * in the file. A forged file may have a table of that name, which a statement would read instead: this is noticed,
 * since the rows were not asked for then. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"

/* ---- The table -------------------------------------------------------------------------------------------------- */

struct given_table {
    sqlite3_vtab base;
    struct sqlite_given *given;
};

struct given_cursor {
    sqlite3_vtab_cursor base;
    struct sqlite_given *given;
    size_t at;
};

static int given_connect(sqlite3 *db, void *given, int count, const char *const *arguments, sqlite3_vtab **out,
                         char **message)
{
    (void)count, (void)arguments, (void)message;
    const int result = sqlite3_declare_vtab(
        db, "CREATE TABLE given (n1 INTEGER, n2 INTEGER, n3 INTEGER, n4 INTEGER, n5 INTEGER, bytes BLOB)");
    struct given_table *table = result == SQLITE_OK ? calloc(1, sizeof(*table)) : NULL;
    if (!table)
        return result == SQLITE_OK ? SQLITE_NOMEM : result;
    table->given = given;
    *out = &table->base;
    return SQLITE_OK;
}

static int given_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int given_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = SQLITE_GIVEN_MOST;
    info->estimatedRows = SQLITE_GIVEN_MOST;
    return SQLITE_OK;
}

static int given_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    struct given_cursor *cursor = calloc(1, sizeof(*cursor));
    if (!cursor)
        return SQLITE_NOMEM;
    cursor->given = ((struct given_table *)table)->given;
    *out = &cursor->base;
    return SQLITE_OK;
}

static int given_close(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int given_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int count, sqlite3_value **values)
{
    (void)number, (void)text, (void)count, (void)values;
    ((struct given_cursor *)cursor)->at = 0;
    ((struct given_cursor *)cursor)->given->used = true;
    return SQLITE_OK;
}

static int given_next(sqlite3_vtab_cursor *cursor)
{
    ((struct given_cursor *)cursor)->at++;
    return SQLITE_OK;
}

static int given_eof(sqlite3_vtab_cursor *base)
{
    const struct given_cursor *cursor = (const struct given_cursor *)base;
    return cursor->at >= cursor->given->count;
}

static int given_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct given_cursor *cursor = (const struct given_cursor *)base;
    const struct sqlite_given_row *row = &cursor->given->rows[cursor->at];
    if (column < SQLITE_GIVEN_NUMBERS)
        sqlite3_result_int64(context, row->numbers[column]);
    else
        sqlite3_result_blob(context, cursor->given->bytes + row->at, (int)row->size, SQLITE_STATIC);
    return SQLITE_OK;
}

static int given_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
    *rowid = (sqlite3_int64)((const struct given_cursor *)cursor)->at;
    return SQLITE_OK;
}

static const sqlite3_module given_module = {
    .xConnect = given_connect,
    .xBestIndex = given_best_index,
    .xDisconnect = given_disconnect,
    .xOpen = given_open,
    .xClose = given_close,
    .xFilter = given_filter,
    .xNext = given_next,
    .xEof = given_eof,
    .xColumn = given_column,
    .xRowid = given_rowid,
};

int32_t sqlite_given_open(struct sqlite_store *store, struct kc_error *error)
{
    const int result = sqlite3_create_module(store->db, "given", &given_module, &store->given);
    return result == SQLITE_OK ? KC_OK : sqlite_failed(store, result, error);
}

int32_t sqlite_given_check(const struct sqlite_store *store, struct kc_error *error)
{
    return store->given.used ? KC_OK : sqlite_damaged(store, "a table that is not the ledger's", error);
}

int32_t sqlite_run_given(struct sqlite_store *store, enum sqlite_statement statement,
                         const struct sqlite_given_row *rows, size_t count, const void *bytes, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t done = 0; status == KC_OK && done < count; done += store->given.count) {
        const size_t left = count - done;
        store->given = (struct sqlite_given){rows + done, left < SQLITE_GIVEN_MOST ? left : SQLITE_GIVEN_MOST, bytes,
                                             false};
        status = sqlite_run(store, store->statements[statement], error);
        if (status == KC_OK)
            status = sqlite_given_check(store, error);
    }
    store->given = (struct sqlite_given){0};
    return status;
}

/* ---- Rows that are written together ----------------------------------------------------------------------------- */

/* One row, as any statement gets it. */
static int32_t write_one(struct sqlite_store *store, enum sqlite_statement statement,
                         const struct sqlite_given_row *row, const uint8_t *bytes, struct kc_error *error)
{
    sqlite3_stmt *write = store->statements[statement];
    for (int i = 0; i < SQLITE_GIVEN_NUMBERS; i++)
        sqlite3_bind_int64(write, i + 1, row->numbers[i]);
    sqlite3_bind_blob(write, SQLITE_GIVEN_NUMBERS + 1, bytes + row->at, (int)row->size, SQLITE_STATIC);
    return sqlite_run(store, write, error);
}

/* They may have salts and guest data. */
static void forget_bytes(struct sqlite_store *store)
{
    if (store->packed.data)
        explicit_bzero(store->packed.data, store->packed.length);
    buf_clear(&store->packed);
}

void sqlite_rows_drop(struct sqlite_store *store)
{
    store->row_count = 0;
    forget_bytes(store);
}

int32_t sqlite_rows_flush(struct sqlite_store *store, struct kc_error *error)
{
    const size_t count = store->row_count;
    const bool inserts = store->rows_statement == STATEMENT_INSERT;
    int32_t status = KC_OK;
    if (count == 1)
        status = write_one(store, store->rows_statement, store->rows, store->packed.data, error);
    else if (count > 1)
        status = sqlite_run_given(store, inserts ? STATEMENT_INSERT_GIVEN : STATEMENT_UPDATE_GIVEN, store->rows, count,
                                  store->packed.data, error);
    if (count > 0)
        sqlite_rows_drop(store);
    return status;
}

int32_t sqlite_rows_settle(struct sqlite_store *store, struct kc_error *error)
{
    return store->row_count > 0 && store->rows_statement != STATEMENT_INSERT ? sqlite_rows_flush(store, error) : KC_OK;
}

int32_t sqlite_rows_add(struct sqlite_store *store, enum sqlite_statement statement, const struct packed_row *row,
                        struct kc_error *error)
{
    const bool gathers = store->gathers && (statement == STATEMENT_INSERT || statement == STATEMENT_UPDATE);
    int32_t status = KC_OK;
    if (!gathers || statement != store->rows_statement || store->row_count == SQLITE_GIVEN_MOST)
        status = sqlite_rows_flush(store, error);
    if (status != KC_OK)
        return status;
    const size_t start = store->packed.length;
    pack_record(&row->packed, &store->packed);
    const size_t size = store->packed.length - start;
    if (store->packed.failed || size > INT32_MAX) {
        forget_bytes(store);
        store->row_count = 0;
        return sqlite_no_memory(error);
    }
    store->rows[store->row_count] = (struct sqlite_given_row){
        .numbers = {row->id, pack_id(&row->packed.record.id), row->packed.names[0], row->flags, row->last},
        .at = start,
        .size = size,
    };
    store->row_count++;
    store->rows_statement = statement;
    return gathers ? KC_OK : sqlite_rows_flush(store, error);
}
