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

/* As in the SQLite ledger (lib/store/sqlite_schema.c), with these differences:
 * - The one row of `ledger` is the lock that writing transactions take first, and the head of the journal.
 * - Names stand as text in each row: to find their numbers would cost a station more round trips than the bytes are
 *   worth.
 * - Texts compare by their bytes; an index must not depend on the server's version of a language. */
static const char *const ladder[] = {
    "CREATE TABLE ledger ("
    " one boolean PRIMARY KEY DEFAULT true CHECK (one),"
    " version integer NOT NULL,"
    " entries bigint NOT NULL,"
    " head bytea NOT NULL) WITH (fillfactor = 10);"
    "INSERT INTO ledger (version, entries, head) VALUES (1, 0, decode(repeat('00', 32), 'hex'));"
    "CREATE TABLE operation ("
    " id bigint PRIMARY KEY,"
    " uuid uuid NOT NULL,"
    " instance bigint NOT NULL,"
    " entry bigint NOT NULL," /* of the journal: what was written last of this record */
    " fingerprint bigint NOT NULL,"
    " finished_ms bigint,"
    " valid_from bigint,"
    " valid_until bigint,"
    " status integer NOT NULL,"
    " copies integer NOT NULL,"
    " verb smallint NOT NULL,"
    " kind smallint,"
    " outcome smallint NOT NULL,"
    " key_state smallint,"
    " unconfirmed smallint NOT NULL,"
    " forgotten smallint NOT NULL,"
    " return_image smallint NOT NULL,"
    " retry_of uuid,"
    " target uuid,"
    " site text COLLATE \"C\" NOT NULL,"
    " system text COLLATE \"C\","
    " encoder text COLLATE \"C\","
    " station text COLLATE \"C\","
    " operator text COLLATE \"C\","
    " booking text COLLATE \"C\","
    " idempotency text COLLATE \"C\","
    " guest text COLLATE \"C\","
    " phone text COLLATE \"C\","
    " email text COLLATE \"C\","
    " message text COLLATE \"C\","
    " error_message text COLLATE \"C\","
    " vendor_code text COLLATE \"C\","
    " vendor_text text COLLATE \"C\","
    " rooms text COLLATE \"C\","
    " areas text COLLATE \"C\","
    " denied text COLLATE \"C\","
    " texts text COLLATE \"C\","
    " serials text COLLATE \"C\","
    " salt bytea,"
    " sealed bytea);"
    "CREATE UNIQUE INDEX operation_uuid ON operation (uuid);"
    "CREATE INDEX operation_site ON operation (site, id);"
    "CREATE UNIQUE INDEX operation_idempotency ON operation (idempotency, site) WHERE idempotency IS NOT NULL;"
    "CREATE INDEX operation_booking ON operation (booking, site, id) WHERE booking IS NOT NULL;"
    "CREATE INDEX operation_open ON operation (site, id) WHERE outcome IN (0, 3);"
    "CREATE INDEX operation_unconfirmed ON operation (site, id) WHERE unconfirmed = 1;"
    "CREATE TABLE operation_room ("
    " operation bigint NOT NULL REFERENCES operation (id),"
    " active smallint NOT NULL,"
    " room text COLLATE \"C\" NOT NULL,"
    " site text COLLATE \"C\" NOT NULL,"
    " PRIMARY KEY (room, site, operation));"
    "CREATE INDEX operation_room_active ON operation_room (room, site, operation) WHERE active = 1;"
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
    " entry bigint PRIMARY KEY,"
    " operation bigint NOT NULL,"
    " content bytea NOT NULL,"
    " link bytea NOT NULL);",
    /* 2: what the ledger is (see vault.h), and the records that have something to forget. */
    "ALTER TABLE ledger ADD COLUMN note text COLLATE \"C\";"
    "CREATE INDEX operation_guest ON operation (site, id) WHERE salt IS NOT NULL;",
};
#define SCHEMA_VERSION ((int64_t)(sizeof(ladder) / sizeof(ladder[0])))

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
    if (status == KC_OK && *version < 1)
        status = pg_damaged(store, "schema version", error);
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
    for (int64_t step = version; status == KC_OK && step < SCHEMA_VERSION; step++)
        status = pg_run(store, ladder[step], NULL, error);
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
