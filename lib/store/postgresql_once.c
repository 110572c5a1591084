/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transaction of the PostgreSQL ledger as one statement, which is how a single operation is written: one round trip
 * without BEGIN and COMMIT, and one plan. The server executes what stands in its WITH after the statement itself, which
 * takes the ledger's lock and ends everything with an error if the head is not what it was taken for, or if a row would
 * not be written as it should. */
#include <stdio.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define COLUMNS     "id, high, room, site, idempotency, booking, flags, packed"
#define VALUES      "@1::bigint, @2::bigint, @3::bigint, @4::integer, @5::integer, @6::integer, @7::smallint, @8::bytea"
#define THIS_ONE    PG_IS("id", "@1::bigint")
#define THIS_INTENT "place = " PG_PLACE("@1::bigint") " AND id = @1::bigint"
/* The other half of the identifier, and the key, as they stand in the packed record. */
static const char is_new[] =
    " AND NOT EXISTS (SELECT FROM operation WHERE high = @2::bigint AND position(int8send(@9::bigint) IN packed) > "
    "0) "
    "AND NOT EXISTS (SELECT FROM operation WHERE idempotency = @5::integer AND site = @4::integer AND "
    "position(@10::bytea IN packed) > 0) "
    "AND NOT EXISTS (SELECT FROM intent WHERE place >= 0 AND ((high = @2::bigint AND position(int8send(@9::bigint) "
    "IN packed) > "
    "0) OR (idempotency = @5::integer AND site = @4::integer AND position(@10::bytea IN packed) > 0))) "
    "AND NOT EXISTS (SELECT FROM " PG_BATCHED " AND (many.highest >= @2::bigint OR @5::integer = ANY "
    "(many.idempotencies)) AND ((one.high = @2::bigint AND position(int8send(@9::bigint) IN one.packed) > 0) OR "
    "(one.idempotency = @5::integer AND one.site = @4::integer AND position(@10::bytea IN one.packed) > 0)))";

/* What is written of each kind, if that is one statement. "@1" is the first column of its row; of the kinds in
 * `many`, of all its rows. Whether an intent stands there is not asked: it was seen or inserted under the head that the
 * statement finds again. */
static const struct {
    const char *sql;
    const char *condition;
    bool many;
} parts[PG_ROWS_KINDS] = {
    [PG_ROWS_NAME] = {"INSERT INTO name (id, name) SELECT * FROM unnest(@1::integer[], @2::text[])", "", true},
    [PG_ROWS_OPERATION] = {"INSERT INTO operation (" COLUMNS ") VALUES (" VALUES ")", is_new, false},
    [PG_ROWS_INTENT] = {"INSERT INTO intent (place, " COLUMNS ") VALUES (" PG_PLACE("@1::bigint") ", " VALUES ")",
                        is_new, false},
    [PG_ROWS_SETTLED] = {"INSERT INTO operation (" COLUMNS ") VALUES (" VALUES ")", "", false},
    [PG_ROWS_NOT_INTENT] = {"DELETE FROM intent WHERE " THIS_INTENT, "", false},
    [PG_ROWS_ROOM] = {"INSERT INTO operation_room (room) SELECT unnest(@1::bigint[])", "", true},
    [PG_ROWS_ACTIVE] = {"INSERT INTO active_room (room) SELECT unnest(@1::bigint[])", "", true},
    [PG_ROWS_WAITING] = {"INSERT INTO waiting (id, site, kind) VALUES (@1::bigint, @2::integer, @3::smallint)", "",
                         false},
    [PG_ROWS_BLOCK] = {"INSERT INTO site_block (site, block, salted) VALUES (@1::integer, @2::bigint, @3::boolean) ON "
                       "CONFLICT (site, block) DO UPDATE SET salted = true WHERE excluded.salted AND NOT "
                       "site_block.salted",
                       "", false},
    [PG_ROWS_CHANGED] = {"UPDATE operation SET flags = @2::smallint, packed = @3::bytea WHERE " THIS_ONE,
                         " AND EXISTS (SELECT FROM operation WHERE " THIS_ONE ")", false},
    [PG_ROWS_NOT_ACTIVE] = {"DELETE FROM active_room WHERE room = ANY (@1::bigint[])", "", true},
    [PG_ROWS_NOT_WAITING] = {"DELETE FROM waiting WHERE id = @1::bigint AND site = @2::integer AND kind = @3::smallint",
                             "", false},
    [PG_ROWS_STATION] = {"INSERT INTO station (site, station, system, encoder) VALUES (@1::text, @2::text, @3::text, "
                         "@4::text) ON CONFLICT (site, station) DO UPDATE SET system = excluded.system, encoder = "
                         "excluded.encoder",
                         "", false},
    [PG_ROWS_ENCODER] = {"INSERT INTO encoder (site, system, encoder, state, contact_ms) VALUES (@1::text, @2::text, "
                         "@3::text, @4::integer, @5::bigint) ON CONFLICT (site, system, encoder) DO UPDATE SET state = "
                         "excluded.state, contact_ms = excluded.contact_ms",
                         "", false},
};

/* The parameters that are always there. */
enum { OLD_ENTRIES = 1, OLD_HEAD, VERSION, NOTE, NEW_ENTRIES, NEW_HEAD, JOURNAL };
_Static_assert(JOURNAL == 7, "the statement says so");

/* Those that touch the same row need an order. */
static bool may_meet(const struct postgresql_store *store, enum pg_rows_kind first, enum pg_rows_kind second)
{
    return store->rows[first].count > 0 && store->rows[second].count > 0;
}

bool pg_fits_once(const struct postgresql_store *store)
{
    for (size_t i = 0; i < PG_ROWS_KINDS; i++) {
        const size_t count = store->rows[i].count;
        if (store->rows[i].failed || (count > 1 && !parts[i].many) || (count > 0 && !parts[i].sql))
            return false;
    }
    /* The statement does not see what it writes itself: two that must be new may be the same. */
    if (store->rows[PG_ROWS_OPERATION].unproven && may_meet(store, PG_ROWS_OPERATION, PG_ROWS_INTENT))
        return false;
    return pg_journal_is_one_row(store) && !may_meet(store, PG_ROWS_OPERATION, PG_ROWS_CHANGED) &&
           !may_meet(store, PG_ROWS_SETTLED, PG_ROWS_CHANGED) && !may_meet(store, PG_ROWS_INTENT, PG_ROWS_NOT_INTENT) &&
           !may_meet(store, PG_ROWS_ACTIVE, PG_ROWS_NOT_ACTIVE) &&
           !may_meet(store, PG_ROWS_WAITING, PG_ROWS_NOT_WAITING);
}

/* The first parameter of each kind stands before those of its columns that are needed. */
static void append_statement(const struct postgresql_store *store, bool fills_row, struct buf *sql)
{
    struct buf conditions = {0};
    int parameters = JOURNAL;
    const char *between = "WITH ";
    if (fills_row) {
        buf_append_format(
            sql,
            "WITH journal AS (INSERT INTO journal (block, packed) SELECT ($%d::text::bigint - 1) / 32, tail || "
            "$%d::bytea FROM ledger)",
            NEW_ENTRIES, JOURNAL);
        between = ", ";
    }
    for (size_t i = 0; i < PG_ROWS_KINDS; i++) {
        if (store->rows[i].count == 0)
            continue;
        buf_append_format(sql, "%spart%zu AS (", between, i);
        between = ", ";
        pg_append_numbered(sql, parts[i].sql, parameters);
        buf_append_text(sql, ")");
        if (parts[i].condition != is_new || store->rows[i].unproven)
            pg_append_numbered(&conditions, parts[i].condition, parameters);
        parameters += pg_rows_needed(store, (enum pg_rows_kind)i);
    }
    /* The number is a text until it is written: each conversion, and each operator, costs more to set up than to do. */
    buf_append_format(
        sql,
        " UPDATE ledger SET head = $%d::bytea, tail = %s, entries = (CASE WHEN (entries = $%d::bigint AND "
        "head = $%d::bytea AND version <= $%d::integer AND ($%d::text IS NULL OR coalesce(note, '') = "
        "$%d::text)%s) THEN $%d::text ELSE '" PG_WHY_REFUSED "' END)::bigint RETURNING "
        "pg_notify('" PG_CHANNEL "', $%d::text)",
        NEW_HEAD, fills_row ? "''::bytea" : "tail || $7::bytea", OLD_ENTRIES, OLD_HEAD, VERSION, NOTE, NOTE,
        buf_text(&conditions), NEW_ENTRIES, NEW_ENTRIES);
    sql->failed = sql->failed || conditions.failed;
    buf_free(&conditions);
}

static void add_values(struct postgresql_store *store, struct buf *journal, struct pg_values *values)
{
    pg_journal_row(store, journal);
    pg_add_head(values, &store->known_head);
    pg_add_number(values, pg_schema_version());
    /* An open transaction has asked for the note with the lock, and may have written another one since. */
    pg_add_text(values, store->opened ? NULL : store->store.note);
    pg_add_head(values, &store->head);
    pg_add_blob(values, journal);
    for (size_t i = 0; i < PG_ROWS_KINDS; i++) {
        struct pg_rows *rows = &store->rows[i];
        for (int column = 0; rows->count > 0 && column < pg_rows_needed(store, (enum pg_rows_kind)i); column++) {
            if (parts[i].many)
                pg_rows_array(rows, column, values);
            else
                pg_rows_value(rows, column, values);
        }
    }
}

int32_t pg_write_once(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf journal = {0};
    struct buf sql = {0};
    PGresult *result = NULL;
    unsigned kinds = 0;
    char name[16];
    const bool asks = store->rows[PG_ROWS_OPERATION].unproven || store->rows[PG_ROWS_INTENT].unproven;
    store->rows[PG_ROWS_OPERATION].unproven = store->rows[PG_ROWS_INTENT].unproven = asks;
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        kinds |= store->rows[i].count > 0 ? 1u << i : 0;
    const bool fills_row = pg_journal_fills_row(store);
    snprintf(name, sizeof(name), "once%x%s%s", kinds, asks ? "n" : "", fills_row ? "j" : "");
    bool *prepared = &store->once_prepared[asks][fills_row][kinds];
    add_values(store, &journal, &values);
    if (!*prepared)
        append_statement(store, fills_row, &sql);
    const char *text = buf_text(&sql);
    int32_t status = sql.failed ? error_no_memory(error) : KC_OK;
    if (status == KC_OK && store->opened)
        status = pg_queue_prepared(store, name, text, prepared, &values, error);
    else if (status == KC_OK)
        status = pg_run_prepared(store, name, text, prepared, &values, &result, error);
    if (status == KC_OK && result && PQntuples(result) != 1)
        status = pg_damaged(store, "the table ledger", error);
    PQclear(result);
    buf_free(&sql);
    buf_free(&journal);
    pg_forget_rows(store);
    return status;
}
