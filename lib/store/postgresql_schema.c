/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schema of the PostgreSQL ledger and the ladder of its versions. Everything stands in a schema of its own,
 * `keycard`, so that the ledger may share a database with others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

/* Stations that make or migrate the ledger at the same moment wait for each other ("KCLG"). */
#define MIGRATION_LOCK "1262701639"

/* As in the SQLite ledger (lib/store/sqlite_schema.c), with these differences, since a row has 28 bytes of its own
 * here:
 * - The one row of `ledger` is the lock that writing transactions take first, and the head of the journal.
 * - The journal has 32 entries in a row. Until it has them they stand in the row of `ledger`, which each commit writes
 *   anyway. (Before version 6 the last row of the journal grew.)
 * - `operation.packed` begins with what is the column `last` there.
 * - The hashes stand in columns of the operation, and so does its first room, with its number (postgresql.h), so that
 * no other row tells of it; `operation_room` has the other rooms. The indexes of numbers
 * and of first rooms know only in which step of numbers it is (PG_STEP, PG_ROOM_STEP): the server keeps entries that
 * are the same as one, which takes half as much. That numbers differ is the journal's, under the ledger's lock.
 * - An intent stands in a table of its own until it has an outcome, and only then in the large one, with its indexes,
 * and is written there once. Intents are few: all are looked at. Their index begins with the last eight bits of their
 *   number, so that its pages are used again and again, whether VACUUM comes or not. Many that are recorded together
 *   share a row of `intent_batch` (postgresql_intents.c). (Intents of version 3 may stand in `operation`.)
 * - What changes with the state of an operation stands in small tables (`waiting`: 1 open, 2 unconfirmed), which hold
 *   what is so now. So no index of the large table changes with an outcome, and the server finds room for the new row
 *   on the old one's page.
 * - Texts compare by their bytes; an index must not depend on the server's version of a language. */
static const char *const ladder[] = {
    "CREATE TABLE ledger ("
    " one boolean PRIMARY KEY DEFAULT true CHECK (one),"
    " version integer NOT NULL,"
    " entries bigint NOT NULL,"
    " head bytea NOT NULL,"
    " note text COLLATE \"C\") WITH (fillfactor = 10);" /* what the ledger is; see vault.h */
    "INSERT INTO ledger (version, entries, head) VALUES (1, 0, decode(repeat('00', 32), 'hex'));"
    "CREATE TABLE name ("
    " id integer PRIMARY KEY,"
    " name text COLLATE \"C\" NOT NULL UNIQUE);"
    "CREATE TABLE operation ("
    " id bigint PRIMARY KEY,"
    " high bigint NOT NULL,"
    " room bigint,"
    " site integer NOT NULL,"
    " idempotency integer,"
    " booking integer,"
    " flags smallint NOT NULL,"
    " packed bytea NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.02);"
    "CREATE INDEX operation_high ON operation (high);"
    "CREATE INDEX operation_idempotency ON operation (idempotency) WHERE idempotency IS NOT NULL;"
    "CREATE INDEX operation_booking ON operation (booking) WHERE booking IS NOT NULL;"
    "CREATE INDEX operation_first_room ON operation (room) WHERE room IS NOT NULL;"
    "CREATE TABLE operation_room (room bigint PRIMARY KEY);"
    "CREATE TABLE active_room (room bigint PRIMARY KEY);"
    "CREATE TABLE waiting ("
    " id bigint NOT NULL,"
    " site integer NOT NULL,"
    " kind smallint NOT NULL,"
    " PRIMARY KEY (kind, site, id));"
    "CREATE TABLE site_block ("
    " block bigint NOT NULL,"
    " site integer NOT NULL,"
    " salted boolean NOT NULL,"
    " PRIMARY KEY (site, block));"
    "CREATE INDEX site_block_salted ON site_block (site, block) WHERE salted;"
    "CREATE TABLE station ("
    " site text COLLATE \"C\" NOT NULL,"
    " station text COLLATE \"C\" NOT NULL,"
    " system text COLLATE \"C\","
    " encoder text COLLATE \"C\","
    " PRIMARY KEY (site, station));"
    "CREATE TABLE encoder ("
    " site text COLLATE \"C\" NOT NULL,"
    " system text COLLATE \"C\" NOT NULL,"
    " encoder text COLLATE \"C\" NOT NULL,"
    " state integer NOT NULL,"
    " contact_ms bigint NOT NULL,"
    " PRIMARY KEY (site, system, encoder));"
    "CREATE TABLE journal ("
    " block bigint PRIMARY KEY,"
    " packed bytea NOT NULL);",

    "CREATE TABLE intent ("
    " place smallint NOT NULL,"
    " id bigint NOT NULL,"
    " high bigint NOT NULL,"
    " room bigint,"
    " site integer NOT NULL,"
    " idempotency integer,"
    " booking integer,"
    " flags smallint NOT NULL,"
    " packed bytea NOT NULL,"
    " PRIMARY KEY (place, id)) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);",

    "CREATE TABLE intent_batch ("
    " first bigint PRIMARY KEY,"
    " last bigint NOT NULL,"
    " count integer NOT NULL,"
    " highest bigint NOT NULL," /* of highs */
    " ids bigint[] NOT NULL,"
    " highs bigint[] NOT NULL,"
    " rooms bigint[] NOT NULL,"
    " sites integer[] NOT NULL,"
    " idempotencies integer[] NOT NULL,"
    " bookings integer[] NOT NULL,"
    " flags smallint[] NOT NULL,"
    " packed bytea[] NOT NULL,"
    " gone bigint[] NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);"
    /* They live for moments: to compress them is not worth it. */
    "ALTER TABLE intent_batch ALTER ids SET STORAGE EXTERNAL, ALTER highs SET STORAGE EXTERNAL, "
    "ALTER rooms SET STORAGE EXTERNAL, ALTER sites SET STORAGE EXTERNAL, ALTER idempotencies SET STORAGE EXTERNAL, "
    "ALTER bookings SET STORAGE EXTERNAL, ALTER flags SET STORAGE EXTERNAL, ALTER packed SET STORAGE EXTERNAL, "
    "ALTER gone SET STORAGE EXTERNAL;",

    "ALTER TABLE ledger ADD tail bytea NOT NULL DEFAULT '';"
    "ALTER TABLE ledger SET (fillfactor = 50);"
    "WITH last AS (DELETE FROM journal USING ledger WHERE block = entries / 32 RETURNING journal.packed) UPDATE ledger "
    "SET tail = last.packed FROM last;",

    /* Each number had an entry of its own, and so had each key of a room, on pages that are half empty, since new
     * ones come in the middle. */
    "DROP INDEX operation_first_room;"
    "ALTER TABLE operation DROP CONSTRAINT operation_pkey;"
    "CREATE INDEX operation_step ON operation ((id >> 5));"
    "CREATE INDEX operation_room_step ON operation ((room & -4096)) WHERE room IS NOT NULL;",
};
/* Versions that were never released. */
#define VERSIONS_BEFORE 2
#define SCHEMA_VERSION  (VERSIONS_BEFORE + (int64_t)(sizeof(ladder) / sizeof(ladder[0])))

int64_t pg_schema_version(void)
{
    return SCHEMA_VERSION;
}

/* The one number of a query. */
static int32_t query_number(struct postgresql_store *store, const char *sql, int64_t *number, struct kc_error *error)
{
    PGresult *result = NULL;
    int32_t status = pg_run(store, sql, &result, error);
    if (status == KC_OK && PQntuples(result) != 1)
        status = pg_damaged(store, "the table ledger", error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 0, 0, INT32_MAX, number, error);
    PQclear(result);
    return status;
}

/* What stands in the schema. In one statement: another station may be making the ledger. */
static int32_t look_around(struct postgresql_store *store, int64_t *tables, int64_t *ledgers, struct kc_error *error)
{
    PGresult *result = NULL;
    int32_t status = pg_run(store,
                            "SELECT count(*), count(*) FILTER (WHERE relname = 'ledger' AND relkind = 'r') "
                            "FROM pg_class WHERE relnamespace = to_regnamespace('keycard')",
                            &result, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 0, 0, INT64_MAX, tables, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 1, 0, INT64_MAX, ledgers, error);
    PQclear(result);
    return status;
}

/* Which rung of the ladder the ledger stands on; 0 if there is none. */
static int32_t read_version(struct postgresql_store *store, int64_t *version, struct kc_error *error)
{
    int64_t tables = 0;
    int64_t ledgers = 0;
    *version = 0;
    int32_t status = look_around(store, &tables, &ledgers, error);
    if (status == KC_OK && ledgers == 0)
        return tables == 0 ? KC_OK
                           : error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                                       "ledger %s: the schema keycard is there, but is not a ledger; name another "
                                       "database",
                                       store->name);
    if (status == KC_OK)
        status = query_number(store, "SELECT version FROM keycard.ledger", version, error);
    if (status == KC_OK && *version > SCHEMA_VERSION)
        status = error_set(error, KC_ERROR_LEDGER_NEWER, "ledger",
                           "ledger %s has schema version %lld, this library knows up to %lld; use the newer library",
                           store->name, (long long)*version, (long long)SCHEMA_VERSION);
    if (status == KC_OK && *version <= VERSIONS_BEFORE)
        status = error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                           "ledger %s: the schema keycard is of a version that was never released; name another "
                           "database",
                           store->name);
    return status;
}

static int32_t climb(struct postgresql_store *store, struct kc_error *error)
{
    int64_t version = 0;
    int64_t there = 0;
    char sql[64];
    int32_t status = pg_run(store, "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")", NULL, error);
    if (status == KC_OK)
        status = read_version(store, &version, error);
    if (status == KC_OK)
        status = query_number(store, "SELECT count(to_regnamespace('keycard'))", &there, error);
    if (status == KC_OK && !there) /* IF NOT EXISTS would ask for the right to make one even if it is there */
        status = pg_run(store, "CREATE SCHEMA keycard", NULL, error);
    for (int64_t step = version > 0 ? version : VERSIONS_BEFORE; status == KC_OK && step < SCHEMA_VERSION; step++)
        status = pg_run(store, ladder[step - VERSIONS_BEFORE], NULL, error);
    snprintf(sql, sizeof(sql), "UPDATE ledger SET version = %d", (int)SCHEMA_VERSION);
    if (status == KC_OK && version < SCHEMA_VERSION)
        status = pg_run(store, sql, NULL, error);
    return status;
}

int32_t pg_schema(struct postgresql_store *store, struct kc_error *error)
{
    int64_t version = 0;
    int32_t status = read_version(store, &version, error);
    if (status != KC_OK || version == SCHEMA_VERSION)
        return status;
    status = pg_run(store, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", NULL, error);
    if (status == KC_OK)
        status = climb(store, error);
    if (status == KC_OK)
        return pg_run(store, "COMMIT", NULL, error);
    if (pg_is_connected(store))
        pg_run(store, "ROLLBACK", NULL, NULL);
    return status;
}
