/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking records up in the SQLite ledger. Every index is named, so that a lookup never turns into a scan of the whole
 * table because SQLite guesses wrong. What an index cannot tell apart is compared here. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

enum { VARIANT_SITE = 1, VARIANT_ACTIVE = 2, VARIANT_AFTER = 4 };

enum { PARAMETER_VALUE = 1, PARAMETER_SITE, PARAMETER_FLAGS, PARAMETER_AFTER, PARAMETER_INDEXED };

/* ---- Statements ------------------------------------------------------------------------------------------------- */

/* What follows FROM, and the column in whose order the answers come. */
struct lookup {
    const char *from, *order;
};

static struct lookup lookup_of(const struct record_query *query)
{
    switch (query->find) {
    case RECORD_BY_ID:
        return (struct lookup){"operation_high AS h CROSS JOIN operation AS o ON o.id = h.operation WHERE h.high = ?1",
                               "h.operation"};
    case RECORD_BY_IDEMPOTENCY:
    case RECORD_BY_BOOKING:
        return (struct lookup){"lookup AS l CROSS JOIN operation AS o ON o.id = l.operation WHERE l.hash = ?1",
                               "l.operation"};
    case RECORD_BY_ROOM:
        return (struct lookup){query->active_only
                                   ? "operation_room AS r INDEXED BY operation_room_active CROSS JOIN operation AS o "
                                     "ON o.id = r.operation WHERE r.hash = ?1 AND r.active = 1"
                                   : "operation_room AS r NOT INDEXED CROSS JOIN operation AS o "
                                     "ON o.id = r.operation WHERE r.hash = ?1",
                               "r.operation"};
    case RECORD_OPEN:
    case RECORD_UNCONFIRMED:
        return (struct lookup){query->site ? "unsettled AS u CROSS JOIN operation AS o ON o.id = u.operation "
                                             "WHERE u.site = ?2"
                                           : "unsettled AS u CROSS JOIN operation AS o ON o.id = u.operation WHERE 1",
                               "u.operation"};
    case RECORD_ALL:
    case RECORD_WITH_GUEST_DATA:
        break;
    }
    if (!query->site)
        return (struct lookup){"operation AS o NOT INDEXED WHERE 1", "o.id"};
    return (struct lookup){
        query->find == RECORD_ALL
            ? "site_block AS b NOT INDEXED CROSS JOIN operation AS o NOT INDEXED ON "
              "o.id BETWEEN b.block << 7 AND (b.block << 7) + 127 WHERE b.site = ?2 AND o.id <= ?5"
            : "site_block AS b INDEXED BY site_block_salted CROSS JOIN operation AS o NOT INDEXED ON "
              "o.id BETWEEN b.block << 7 AND (b.block << 7) + 127 WHERE b.site = ?2 AND b.salted = 1 AND o.id <= ?5",
        "b.block DESC, o.id"};
}

/* The statement for such a query, prepared at its first use. */
static int32_t find_statement(struct sqlite_store *store, const struct record_query *query, sqlite3_stmt **out,
                              struct kc_error *error)
{
    const size_t variant = (query->site ? VARIANT_SITE : 0u) | (query->active_only ? VARIANT_ACTIVE : 0u) |
                           (uuid_is_nil(&query->after) ? 0u : VARIANT_AFTER);
    const struct lookup lookup = lookup_of(query);
    sqlite3_stmt **slot = &store->finds[query->find][variant];
    int32_t status = KC_OK;
    if (!*slot) {
        struct buf sql = {0};
        buf_append_format(
            &sql, "SELECT " SQLITE_COLUMNS " FROM %s AND (o.flags & ?3) = ?3%s%s%s ORDER BY %s DESC", lookup.from,
            query->site ? " AND o.site = ?2" : "", variant & VARIANT_AFTER ? " AND o.id < ?4" : "",
            variant & VARIANT_AFTER && lookup.order[0] == 'b' ? " AND b.block <= ?4 >> 7" : "", lookup.order);
        const char *text = buf_text(&sql);
        status = sql.failed ? sqlite_no_memory(error) : sqlite_prepare(store, text, slot, error);
        buf_free(&sql);
    }
    *out = *slot;
    return status;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static int32_t read_names(struct sqlite_store *store, struct packed *packed, struct sqlite_names *names,
                          struct arena *arena, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_NAMES; i++) {
        const char *name = "";
        status = sqlite_name(store, packed->names[i], names, arena, &name, error);
        record_set_text(&packed->record, i, name);
    }
    return status;
}

/* Without names. */
static int32_t read_columns(struct sqlite_store *store, sqlite3_stmt *statement, struct arena *arena,
                            struct packed_row *row, struct kc_error *error)
{
    const char *what = NULL;
    int64_t high = 0;
    int64_t site = 0;
    int32_t status = sqlite_number_column(store, statement, COLUMN_ID, 1, INT64_MAX, &row->id, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, statement, COLUMN_HIGH, INT64_MIN, INT64_MAX, &high, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, statement, COLUMN_SITE, 1, INT64_MAX, &site, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, statement, COLUMN_FLAGS, 0, PACK_FLAGS_LAST, &row->flags, error);
    if (status == KC_OK)
        status = sqlite_number_column(store, statement, COLUMN_LAST, 0, INT64_MAX - row->id, &row->last, error);
    if (status != KC_OK)
        return status;
    const bool is_blob = sqlite3_column_type(statement, COLUMN_PACKED) == SQLITE_BLOB;
    const uint8_t *bytes = is_blob ? sqlite3_column_blob(statement, COLUMN_PACKED) : NULL;
    const int count = bytes ? sqlite3_column_bytes(statement, COLUMN_PACKED) : 0;
    status = unpack_record(high, bytes, (size_t)count, arena, &row->packed, &what);
    row->packed.names[0] = site;
    if (status == KC_ERROR_NO_MEMORY)
        return sqlite_no_memory(error);
    return status == KC_OK ? KC_OK : sqlite_damaged(store, what, error);
}

int32_t sqlite_read_row(struct sqlite_store *store, sqlite3_stmt *statement, struct sqlite_names *names,
                        struct arena *arena, struct packed_row *row, struct kc_error *error)
{
    const int32_t status = read_columns(store, statement, arena, row, error);
    return status == KC_OK ? read_names(store, &row->packed, names, arena, error) : status;
}

int32_t sqlite_read_lookups(struct sqlite_store *store, sqlite3_stmt *statement, struct sqlite_names *names,
                            struct arena *names_arena, struct arena *arena, struct packed_row *row,
                            struct kc_error *error)
{
    int32_t status = read_columns(store, statement, arena, row, error);
    if (status == KC_OK)
        status = sqlite_name(store, row->packed.names[0], names, names_arena, &row->packed.record.site, error);
    return status;
}

/* By its number. */
static int32_t get_row(struct sqlite_store *store, int64_t id, struct sqlite_names *names, struct arena *arena,
                       struct packed_row *row, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    int32_t status = sqlite_rows_flush(store, error);
    if (status != KC_OK)
        return status;
    row->id = id;
    sqlite3_bind_int64(get, 1, id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW)
        status = sqlite_read_row(store, get, names, arena, row, error);
    else
        status = result == SQLITE_DONE ? sqlite_damaged(store, "an operation", error)
                                       : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

/* The same as sqlite_get_by_id(), of the tail. */
static int32_t get_from_tail(struct sqlite_store *store, const struct uuid *id, struct sqlite_names *names,
                             struct arena *arena, struct packed_row *row, bool *found, struct kc_error *error)
{
    const struct record_query query = {.find = RECORD_BY_ID, .id = *id};
    struct sqlite_tail_cursor cursor = {.value = sqlite_query_value(&query)};
    int64_t number;
    int32_t status = sqlite_tail_need(store, error);
    while (status == KC_OK && !*found && (number = sqlite_tail_next(store, &query, &cursor)) != 0) {
        status = get_row(store, number, names, arena, row, error);
        *found = status == KC_OK && uuid_equal(&row->packed.record.id, id);
    }
    return status;
}

int32_t sqlite_get_by_id(struct sqlite_store *store, const struct uuid *id, struct arena *arena, struct packed_row *row,
                         struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET_BY_ID];
    struct sqlite_names names = {0};
    bool found = false;
    int result = SQLITE_DONE;
    int32_t status = sqlite_rows_settle(store, error);
    if (status == KC_OK)
        status = get_from_tail(store, id, &names, arena, row, &found, error);
    sqlite3_bind_int64(get, 1, pack_id(id));
    while (status == KC_OK && !found && (result = sqlite3_step(get)) == SQLITE_ROW) {
        status = sqlite_read_row(store, get, &names, arena, row, error);
        found = status == KC_OK && uuid_equal(&row->packed.record.id, id);
    }
    if (status == KC_OK && !found)
        status = result == SQLITE_DONE ? record_unknown_id(id, error) : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

/* ---- Queries ---------------------------------------------------------------------------------------------------- */

/* An array that grows in the arena; what it leaves behind goes with the arena. */
struct result {
    struct record *records;
    size_t count, capacity;
};

static bool add_record(struct result *result, struct arena *arena, const struct record *record)
{
    if (result->count == result->capacity) {
        const size_t capacity = result->capacity * 2 + 4;
        struct record *more = arena_alloc(arena, capacity * sizeof(*more));
        if (!more)
            return false;
        if (result->count > 0)
            memcpy(more, result->records, result->count * sizeof(*more));
        result->records = more;
        result->capacity = capacity;
    }
    result->records[result->count++] = *record;
    return true;
}

int64_t sqlite_query_value(const struct record_query *query)
{
    const char *value = query->value ? query->value : "";
    switch (query->find) {
    case RECORD_BY_ID:
        return pack_id(&query->id);
    case RECORD_BY_IDEMPOTENCY:
        return pack_hash(PACK_IDEMPOTENCY, query->site, value);
    case RECORD_BY_BOOKING:
        return pack_hash(PACK_BOOKING, query->site, value);
    case RECORD_BY_ROOM:
        return pack_hash(PACK_ROOM, query->site, value);
    default:
        return 0;
    }
}

/* What to ask the tables for, if there is a statement that does, and where to begin in the tail. */
static int32_t bind_query(struct sqlite_store *store, sqlite3_stmt *statement, const struct record_query *query,
                          struct sqlite_tail_cursor *cursor, struct kc_error *error)
{
    struct arena arena = {0};
    struct packed_row after = {0};
    int64_t site = 0;
    int32_t status = query->site ? sqlite_name_find(store, query->site, false, &site, error) : KC_OK;
    if (status == KC_OK && !uuid_is_nil(&query->after)) {
        status = sqlite_get_by_id(store, &query->after, &arena, &after, error);
        if (statement)
            sqlite3_bind_int64(statement, PARAMETER_AFTER, status == KC_OK ? after.id : 0);
        arena_free(&arena);
    }
    cursor->before = after.id;
    cursor->site = query->site && site == 0 ? -1 : site;
    if (!statement)
        return status;
    sqlite3_bind_int64(statement, PARAMETER_VALUE, cursor->value);
    sqlite3_bind_int64(statement, PARAMETER_SITE, site);
    sqlite3_bind_int(statement, PARAMETER_FLAGS, pack_flags_wanted(query));
    sqlite3_bind_int64(statement, PARAMETER_INDEXED, store->tail.indexed);
    return status;
}

/* ---- What many will ask for ------------------------------------------------------------------------------------- */

/* Fewer are not worth the two statements. */
enum { FORESEEN_LEAST = 8, FORESEEN_AHEAD = 16 };

/* Asks one table for all, whose hashes stand in the first column and whose places in the second. */
static int32_t ask_table(struct sqlite_store *store, enum sqlite_statement statement,
                         const struct sqlite_given_row *rows, size_t count, struct kc_error *error)
{
    sqlite3_stmt *ask = store->statements[statement];
    int32_t status = KC_OK;
    for (size_t done = 0; status == KC_OK && done < count; done += store->given.count) {
        const size_t left = count - done;
        int result;
        store->given = (struct sqlite_given){rows + done, left < SQLITE_GIVEN_MOST ? left : SQLITE_GIVEN_MOST, NULL,
                                             false};
        while ((result = sqlite3_step(ask)) == SQLITE_ROW && store->given.used)
            store->foreseen[sqlite3_column_int64(ask, 0)].may_be_there = true;
        if (result == SQLITE_ROW || result == SQLITE_DONE)
            status = sqlite_given_check(store, error);
        else
            status = sqlite_failed(store, result, error);
        sqlite_done(ask);
    }
    store->given = (struct sqlite_given){0};
    return status;
}

static void foresee_question(struct sqlite_store *store, const struct store_question *question,
                             struct sqlite_given_row *row)
{
    const struct record_query query = {.find = question->find, .site = question->site, .value = question->value};
    const int64_t hash = sqlite_query_value(&query);
    store->foreseen[store->foreseen_count] = (struct sqlite_foreseen){question->find, (int32_t)hash, false};
    *row = (struct sqlite_given_row){.numbers = {hash, (int64_t)store->foreseen_count}};
    store->foreseen_count++;
}

int32_t sqlite_foresee(struct store *base, const struct store_question *questions, size_t count, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    size_t lookups = 0;
    size_t rooms = 0;
    store->foreseen_count = store->foreseen_next = 0;
    if (count < FORESEEN_LEAST || store->writing) /* what is written meanwhile is not in the answers */
        return KC_OK;
    struct sqlite_given_row *rows = malloc(count * sizeof(*rows));
    void *more = realloc(store->foreseen, count * sizeof(*store->foreseen));
    store->foreseen = more ? more : store->foreseen;
    for (size_t i = 0; rows && more && i < count; i++) {
        if (!questions[i].station) /* those for rooms are put behind the others, from the end */
            foresee_question(store, &questions[i],
                             questions[i].find == RECORD_BY_ROOM ? &rows[count - ++rooms] : &rows[lookups++]);
    }
    int32_t status = rows && more ? KC_OK : sqlite_no_memory(error);
    if (status == KC_OK)
        status = ask_table(store, STATEMENT_LOOKUP_GIVEN, rows, lookups, error);
    if (status == KC_OK)
        status = ask_table(store, STATEMENT_ROOM_GIVEN, rows ? rows + count - rooms : NULL, rooms, error);
    if (status != KC_OK)
        store->foreseen_count = 0;
    free(rows);
    return status;
}

/* Whether it is known that no table has an answer. Mostly it is asked in the order in which it was foreseen. */
static bool is_known_none(struct sqlite_store *store, const struct record_query *query, int64_t hash)
{
    if (store->foreseen_count == 0 || (query->find == RECORD_BY_ROOM && !query->active_only))
        return false;
    for (size_t i = 0; i < FORESEEN_AHEAD; i++) {
        const size_t at = (store->foreseen_next + i) % store->foreseen_count;
        const struct sqlite_foreseen *foreseen = &store->foreseen[at];
        if (foreseen->find == query->find && foreseen->hash == hash) {
            store->foreseen_next = at;
            return !foreseen->may_be_there;
        }
    }
    return false;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

/* A statement without condition brings the tail, too. */
static bool finds_all(const struct record_query *query)
{
    return (query->find == RECORD_ALL || query->find == RECORD_WITH_GUEST_DATA) && !query->site;
}

/* What a search stands at. A row of the tables that comes after one of the tail waits in the statement. */
struct search {
    const struct record_query *query;
    sqlite3_stmt *statement; /* NULL: the tables have none */
    struct sqlite_tail_cursor cursor;
    struct sqlite_names *names;
    int64_t in_tail;   /* the next one of the tail; 0: there is none */
    bool tail_waits;   /* it was not taken yet */
    bool table_waits;  /* the statement stands at a row that was not taken yet */
    bool tables_ended; /* it has no more */
};

/* Goes to the next row of the tables, but for those that the tail has as well. */
static int32_t next_in_tables(struct sqlite_store *store, struct search *search, struct kc_error *error)
{
    int result = SQLITE_DONE;
    search->tables_ended = search->tables_ended || !search->statement;
    if (search->table_waits || search->tables_ended)
        return KC_OK;
    while ((result = sqlite3_step(search->statement)) == SQLITE_ROW) {
        if (finds_all(search->query) || !sqlite_tail_has(store, sqlite3_column_int64(search->statement, COLUMN_ID))) {
            search->table_waits = true;
            return KC_OK;
        }
    }
    search->tables_ended = true;
    return result == SQLITE_DONE ? KC_OK : sqlite_failed(store, result, error);
}

/* The next row that may answer. Those of the tail are newer than the tables, but for those that were put right since
 * others behind them went there. KC_ERROR_NOT_FOUND after the last one. */
static int32_t next_row(struct sqlite_store *store, struct search *search, struct arena *arena, struct packed_row *row,
                        struct kc_error *error)
{
    if (!search->tail_waits && !finds_all(search->query))
        search->in_tail = sqlite_tail_next(store, search->query, &search->cursor);
    search->tail_waits = search->in_tail != 0;
    int32_t status = KC_OK;
    if (!search->tail_waits || search->cursor.among_tables)
        status = next_in_tables(store, search, error);
    if (status != KC_OK)
        return status;
    const int64_t in_table = search->table_waits ? sqlite3_column_int64(search->statement, COLUMN_ID) : 0;
    if (search->tail_waits && (!search->cursor.among_tables || search->in_tail > in_table)) {
        search->tail_waits = false;
        return get_row(store, search->in_tail, search->names, arena, row, error);
    }
    if (!search->table_waits)
        return KC_ERROR_NOT_FOUND;
    search->table_waits = false;
    return sqlite_read_row(store, search->statement, search->names, arena, row, error);
}

/* A damaged row that the query does not mind. `*more`: the rows behind it can be read. */
static bool leave_out(const struct record_query *query, int32_t status, const struct packed_row *row, bool *more)
{
    if (status != KC_ERROR_LEDGER_DAMAGED || !query->unreadable)
        return false;
    ++*query->unreadable;
    *more = row->id > 0;
    return true;
}

int32_t sqlite_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                    size_t *count, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sqlite_names names;
    struct search search = {.query = query, .names = &names};
    struct result found = {0};
    struct packed_row row;
    bool more = true;
    sqlite_names_start(&names);
    int32_t status = record_check_query(query, error);
    if (status == KC_OK)
        status = finds_all(query) ? sqlite_rows_flush(store, error) : sqlite_rows_settle(store, error);
    search.cursor.value = status == KC_OK ? sqlite_query_value(query) : 0;
    if (status == KC_OK && !is_known_none(store, query, search.cursor.value))
        status = find_statement(store, query, &search.statement, error);
    if (status == KC_OK && !finds_all(query))
        status = sqlite_tail_need(store, error);
    if (status == KC_OK)
        status = bind_query(store, search.statement, query, &search.cursor, error);
    while (status == KC_OK && (query->limit == 0 || found.count < query->limit)) {
        row.id = 0;
        status = next_row(store, &search, arena, &row, error);
        more = status != KC_ERROR_NOT_FOUND;
        const bool left_out = leave_out(query, status, &row, &more);
        if (!more)
            break;
        if (left_out) {
            status = KC_OK;
            continue;
        }
        if (status == KC_OK && record_answers(&row.packed.record, query) &&
            !add_record(&found, arena, &row.packed.record))
            status = sqlite_no_memory(error);
    }
    if (search.statement)
        sqlite_done(search.statement);
    if (!more || status == KC_OK) {
        status = KC_OK;
        *records = found.records;
        *count = found.count;
    }
    return status;
}
