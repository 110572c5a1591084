/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing the rows of all jobs of a transaction at once: they are gathered and sent with a few statements, however many
 * jobs there are. What the server refuses then ends the transaction, and the jobs are run one by one. Of many rows the
 * first are sent while the next are gathered, so that the server has something to do meanwhile. */
#include <stdio.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

enum { SEND_AT = 64 };  /* rows of a kind */
enum { BATCH_AT = 16 }; /* intents */

/* The columns of each kind: enum pg_type. */
static const char *const types[PG_ROWS_KINDS] = {
    [PG_ROWS_NAME] = "it",
    [PG_ROWS_OPERATION] = "llliiisxlx",
    [PG_ROWS_INTENT] = "llliiisxlx",
    [PG_ROWS_SETTLED] = "llliiisx",
    [PG_ROWS_NOT_INTENT] = "l",
    [PG_ROWS_NOT_BATCHED] = "ll",
    [PG_ROWS_ROOM] = "l",
    [PG_ROWS_ACTIVE] = "l",
    [PG_ROWS_WAITING] = "lis",
    [PG_ROWS_BLOCK] = "ilb",
    [PG_ROWS_CHANGED] = "lsx",
    [PG_ROWS_NOT_ACTIVE] = "l",
    [PG_ROWS_NOT_WAITING] = "lis",
    [PG_ROWS_STATION] = "tttt",
    [PG_ROWS_ENCODER] = "tttil",
};

#define COLUMNS "id, high, room, site, idempotency, booking, flags, packed"
/* All arrays have one length. In the list of a SELECT they are walked through together, without keeping all rows. */
#define ROWS                                                                                                           \
    "unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::integer[]), unnest($5::integer[]), " \
    "unnest($6::integer[]), unnest($7::smallint[]), unnest($8::bytea[])"
/* Their other half of the identifier, and their key, as they stand in a packed record. */
#define NEW_ROWS                                                                                                       \
    "unnest($2::bigint[], $9::bigint[], $4::integer[], $5::integer[], $10::bytea[]) AS new (high, low, site, hash, "   \
    "key)"
/* Whether one of them is there already, by a column that has few with a value. */
#define IS_THERE(column, mine, all, is_same)                                                                           \
    "(EXISTS (SELECT FROM " NEW_ROWS " JOIN operation AS o ON o." column " = new." mine " WHERE " is_same ") OR "      \
    "EXISTS (SELECT FROM (SELECT * FROM " PG_INTENTS " AS i WHERE i." column " = ANY (" all                            \
    ") OFFSET 0) AS o JOIN " NEW_ROWS " ON o." column " = new." mine " WHERE " is_same "))"
/* None if there may be one with an idempotency key or an identifier already, in the tables or among these: that is
 * looked at more closely when the jobs are run one by one. Identifiers are mostly later than all that there are. */
#define IF_NEW                                                                                                         \
    " WHERE 1 / ("                                                                                                     \
    "((SELECT min(i) FROM unnest($2::bigint[]) AS i) > greatest((SELECT max(high) FROM operation), (SELECT max(high) " \
    "FROM intent WHERE place >= 0), (SELECT max(highest) FROM intent_batch WHERE first >= 0)) OR NOT " IS_THERE(       \
        "high", "high", "$2::bigint[]",                                                                                \
        "position(int8send(new.low) IN o.packed) > 0") ") AND "                                                        \
                                                       "(SELECT count(*) = count(DISTINCT i) FROM "                    \
                                                       "unnest($9::bigint[]) AS i)"
#define IF_NEW_KEYS                                                                                                    \
    " AND NOT " IS_THERE("idempotency", "hash", "$5::integer[]",                                                       \
                         "o.site = new.site AND position(new.key IN o.packed) > 0") " AND (SELECT count(i) = "         \
                                                                                    "count(DISTINCT i) FROM "          \
                                                                                    "unnest($5::integer[]) AS i)"
#define END_IF_NEW ")::integer = 1"

/* A row of an array that is not there is an error, which must not go unseen. */
static const char *const statements[PG_ROWS_KINDS] = {
    [PG_ROWS_NAME] = "INSERT INTO name (id, name) SELECT * FROM unnest($1::integer[], $2::text[])",
    [PG_ROWS_OPERATION] = "INSERT INTO operation (" COLUMNS ") SELECT " ROWS,
    [PG_ROWS_INTENT] = "INSERT INTO intent (place, " COLUMNS ") SELECT " PG_PLACE("unnest($1::bigint[])") ", " ROWS,
    [PG_ROWS_SETTLED] = "INSERT INTO operation (" COLUMNS ") SELECT " ROWS,
    [PG_ROWS_NOT_INTENT] =
        "WITH gone AS (DELETE FROM intent USING unnest($1::bigint[]) AS row (id) WHERE place = " PG_PLACE(
            "row.id") " AND intent.id = row.id RETURNING 1) "
                      "SELECT 1 / (count(*) = cardinality($1::bigint[]))::int FROM gone",
    [PG_ROWS_NOT_BATCHED] = pg_batches_leave,
    [PG_ROWS_ROOM] = "INSERT INTO operation_room (room) SELECT unnest($1::bigint[])",
    [PG_ROWS_ACTIVE] = "INSERT INTO active_room (room) SELECT unnest($1::bigint[])",
    [PG_ROWS_WAITING] =
        "INSERT INTO waiting (id, site, kind) SELECT * FROM unnest($1::bigint[], $2::integer[], $3::smallint[])",
    [PG_ROWS_BLOCK] = "INSERT INTO site_block (site, block, salted) SELECT site, block, bool_or(salted) FROM "
                      "unnest($1::integer[], $2::bigint[], $3::boolean[]) AS row (site, block, salted) GROUP BY site, "
                      "block ON CONFLICT (site, block) DO UPDATE SET salted = true WHERE excluded.salted AND NOT "
                      "site_block.salted",
    [PG_ROWS_CHANGED] = "WITH done AS (UPDATE operation SET flags = row.flags, packed = row.packed FROM "
                        "unnest($1::bigint[], $2::smallint[], $3::bytea[]) AS row (id, flags, packed) "
                        "WHERE " PG_IS("operation.id",
                                       "row.id") " RETURNING 1) "
                                                 "SELECT 1 / (count(*) = cardinality($1::bigint[]))::int FROM done",
    [PG_ROWS_NOT_ACTIVE] = "DELETE FROM active_room WHERE room = ANY ($1::bigint[])",
    [PG_ROWS_NOT_WAITING] = "DELETE FROM waiting USING unnest($1::bigint[], $2::integer[], $3::smallint[]) AS row (id, "
                            "site, kind) WHERE waiting.id = row.id AND waiting.site = row.site AND "
                            "waiting.kind = row.kind",
    /* Of several values for one place the last one counts. */
    [PG_ROWS_STATION] =
        "INSERT INTO station (site, station, system, encoder) SELECT DISTINCT ON (site, station) site, station, "
        "system, encoder FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS row (site, "
        "station, system, encoder, number) ORDER BY site, station, number DESC ON CONFLICT (site, station) DO UPDATE "
        "SET system = excluded.system, encoder = excluded.encoder WHERE (station.system, station.encoder) IS "
        "DISTINCT FROM (excluded.system, excluded.encoder)",
    [PG_ROWS_ENCODER] =
        "INSERT INTO encoder (site, system, encoder, state, contact_ms) SELECT DISTINCT ON (site, system, encoder) "
        "site, system, encoder, state, contact_ms FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], "
        "$5::bigint[]) WITH ORDINALITY AS row (site, system, encoder, state, contact_ms, number) ORDER BY site, "
        "system, encoder, number DESC ON CONFLICT (site, system, encoder) DO UPDATE SET state = excluded.state, "
        "contact_ms = excluded.contact_ms WHERE (encoder.state, encoder.contact_ms) IS DISTINCT FROM (excluded.state, "
        "excluded.contact_ms)",
};

static const char batch_of_intents[] =
    "INSERT INTO intent_batch (first, last, count, highest, ids, highs, rooms, sites, idempotencies, bookings, flags, "
    "packed, gone) SELECT ($1::bigint[])[1], ($1::bigint[])[cardinality($1::bigint[])], cardinality($1::bigint[]), "
    "(SELECT max(i) FROM unnest($2::bigint[]) AS i), $1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], "
    "$5::integer[], $6::integer[], $7::smallint[], $8::bytea[], '{}'";

/* The last columns of rows that must be new are for asking whether they are. */
int pg_rows_needed(const struct postgresql_store *store, enum pg_rows_kind kind)
{
    const struct pg_rows *rows = &store->rows[kind];
    const bool must_be_new = kind == PG_ROWS_OPERATION || kind == PG_ROWS_INTENT;
    return must_be_new && !rows->unproven ? PG_ROWS_NEEDED : rows->width;
}

bool pg_gathers(const struct postgresql_store *store)
{
    return store->writing && !store->in_job;
}

void pg_forget_rows(struct postgresql_store *store)
{
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        pg_rows_clear(&store->rows[i]);
}

void pg_free_rows(struct postgresql_store *store)
{
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        pg_rows_free(&store->rows[i]);
}

/* What is asked of rows before they are written. */
enum { ASK_NOTHING, ASK_IDENTIFIERS, ASK_KEYS_TOO };

static int32_t queue_rows(struct postgresql_store *store, enum pg_rows_kind kind, struct pg_values *values,
                          struct kc_error *error)
{
    const struct pg_rows *rows = &store->rows[kind];
    const size_t asked = !rows->unproven ? ASK_NOTHING : rows->keyed ? ASK_KEYS_TOO : ASK_IDENTIFIERS;
    const bool batch = kind == PG_ROWS_INTENT && rows->count >= BATCH_AT;
    bool *prepared = &store->rows_prepared[kind][asked][batch];
    const char name[] = {batch ? 'b' : 'r', (char)('a' + (int)kind), (char)('0' + (int)asked), '\0'};
    struct buf sql = {0};
    if (!*prepared)
        buf_append_format(&sql, "%s%s%s%s", batch ? batch_of_intents : statements[kind],
                          asked == ASK_NOTHING ? "" : IF_NEW, asked == ASK_KEYS_TOO ? IF_NEW_KEYS : "",
                          asked == ASK_NOTHING ? "" : END_IF_NEW);
    const char *text = buf_text(&sql);
    const int32_t status = sql.failed ? error_no_memory(error)
                                      : pg_queue_prepared(store, name, text, prepared, values, error);
    if (status == KC_OK && batch)
        pg_batch_add(store, store->gathered_intents[0], store->gathered_intents[1]);
    buf_free(&sql);
    return status;
}

int32_t pg_send_rows(struct postgresql_store *store, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < PG_ROWS_KINDS; i++) {
        if (store->rows[i].count > 0)
            status = pg_open_transaction(store, error);
    }
    for (size_t i = 0; i < PG_ROWS_KINDS; i++) {
        struct pg_rows *rows = &store->rows[i];
        struct pg_values values;
        if (rows->count == 0 && !rows->failed)
            continue;
        pg_no_values(&values);
        if (status == KC_OK)
            status = pg_rows_values(rows, pg_rows_needed(store, (enum pg_rows_kind)i), &values, error);
        if (status == KC_OK)
            status = queue_rows(store, (enum pg_rows_kind)i, &values, error);
        pg_rows_clear(rows);
    }
    return status;
}

int32_t pg_send_many(struct postgresql_store *store, struct kc_error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        most = store->rows[i].count > most ? store->rows[i].count : most;
    if (most < SEND_AT)
        return KC_OK;
    const int32_t status = pg_send_rows(store, error);
    if (status == KC_OK)
        PQflush(store->connection); /* what does not go now goes later */
    return status;
}

int32_t pg_gather(struct postgresql_store *store, enum pg_rows_kind kind, const struct pg_values *values,
                  struct kc_error *error)
{
    struct pg_rows *rows = &store->rows[kind];
    pg_rows_add(rows, types[kind], values);
    return rows->failed ? error_no_memory(error) : KC_OK;
}
