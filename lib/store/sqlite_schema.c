/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schema of the SQLite ledger and the ladder of its versions. */
#include <stdio.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"

#define APPLICATION_ID 0x4B434C31 /* "KCL1" */

/* Why it is as it is: a ledger keeps everything for years, so each byte of a row counts.
 * - `operation.id` is the number of the operation's first entry in the journal. So it is short, newest first is the
 *   order of the table and of every index (whose entries end with it), and the first entry need not name its operation.
 * - Everything of a record stands in `packed` (pack.h) but what it is looked up by. `high` is the first half of its
 *   identifier, which begins with the time: `operation_high` grows at the end only. `flags` are those of pack.h.
 * - The tables behind it are written later than the operation, for many at once: `chain.indexed` is the last operation
 *   that stands in them. What comes after that one is found as sqlite_tail.c says.
 * - `unreadable` has those before `chain.indexed` that do not, since what they are looked up by could not be read.
 * - `lookup` finds idempotency keys and bookings by 32 bits of a hash; what is found is compared.
 * - `operation_room` finds operations by room, in the same way; its partial index holds the few rooms with active keys,
 *   so that looking for them does not get slower with the years.
 * - `unsettled` has those that are open or unconfirmed.
 * - `site_block` tells in which blocks of 128 entries a site has operations, and in which of these there are guest data
 *   to forget: instead of an index of all operations by site.
 * - `journal` has up to 64 entries in a row, which has the number of the last of them. `packed` are for each one how
 * far the first entry of its operation is before it, its content and its link (seal.h); `back` is how many there are,
 *   negative. Where there is one only, as in all rows of earlier versions, `back` is how far the first entry is before
 *   it. In the last row the rest of the chain follows the link: so the head of the journal is on a page that is written
 *   anyway.
 * - Names that repeat in each row are numbers. Constants 0 and 1 take no space in a row. */
static const char *const ladder[] = {
    "CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE operation ("
    " id INTEGER PRIMARY KEY,"
    " high INTEGER NOT NULL,"
    " site INTEGER NOT NULL,"
    " flags INTEGER NOT NULL,"
    " last INTEGER NOT NULL," /* the operation's last entry, counted from its first */
    " packed BLOB NOT NULL) STRICT;"
    "CREATE TABLE operation_high ("
    " high INTEGER NOT NULL,"
    " operation INTEGER NOT NULL,"
    " PRIMARY KEY (high, operation)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE unsettled ("
    " site INTEGER NOT NULL,"
    " operation INTEGER NOT NULL,"
    " PRIMARY KEY (site, operation)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE lookup ("
    " hash INTEGER NOT NULL,"
    " operation INTEGER NOT NULL,"
    " PRIMARY KEY (hash, operation)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE operation_room ("
    " hash INTEGER NOT NULL,"
    " operation INTEGER NOT NULL,"
    " active INTEGER NOT NULL,"
    " PRIMARY KEY (hash, operation)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX operation_room_active ON operation_room(hash) WHERE active = 1;"
    "CREATE TABLE site_block ("
    " site INTEGER NOT NULL,"
    " block INTEGER NOT NULL,"
    " salted INTEGER NOT NULL,"
    " PRIMARY KEY (site, block)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX site_block_salted ON site_block(site) WHERE salted = 1;"
    "CREATE TABLE station ("
    " site INTEGER NOT NULL,"
    " station INTEGER NOT NULL,"
    " system INTEGER,"
    " encoder INTEGER,"
    " PRIMARY KEY (site, station)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE encoder ("
    " id INTEGER PRIMARY KEY,"
    " site INTEGER NOT NULL,"
    " system INTEGER NOT NULL,"
    " encoder INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " contact_ms INTEGER NOT NULL,"
    " UNIQUE (site, system, encoder)) STRICT;"
    "CREATE TABLE journal ("
    " entry INTEGER PRIMARY KEY,"
    " back INTEGER NOT NULL,"
    " packed BLOB NOT NULL) STRICT;"
    /* `note`: what the ledger is; see vault.h. */
    "CREATE TABLE chain ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " indexed INTEGER NOT NULL DEFAULT 0,"
    " note TEXT) STRICT;"
    "INSERT INTO chain (one) VALUES (1);",
    "CREATE TABLE unreadable (operation INTEGER PRIMARY KEY) STRICT;",
    /* Rows with many entries. The other name keeps programs with an earlier library, which have the file open, from
     * reading on: they would overlook operations. */
    "ALTER TABLE journal RENAME COLUMN digest TO packed;",
};
#define SCHEMA_VERSION ((int64_t)(sizeof(ladder) / sizeof(ladder[0])))
#define RENAMING       2 /* the rung that a new file passes over: it has the new name from the start */

/* Runs SQL; waits for locks also where SQLite itself would not (a change of the journal mode). */
static int execute(sqlite3 *db, const char *sql)
{
    const int step_ms = 20;
    int result = SQLITE_BUSY;
    sqlite3_busy_timeout(db, 0); /* the waiting is done here */
    for (int waited = 0; (result & 0xFF) == SQLITE_BUSY && waited <= SQLITE_STORE_WAIT_MS; waited += step_ms) {
        if (waited > 0)
            sqlite3_sleep(step_ms);
        result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    sqlite3_busy_timeout(db, SQLITE_STORE_WAIT_MS);
    return result;
}

/* The one number that a query gives. */
static int32_t query_number(struct sqlite_store *store, const char *sql, int64_t *number, struct kc_error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? KC_OK : sqlite_failed(store, result, error);
}

/* Which rung of the ladder the file stands on; 0 for an empty one. Inside a transaction, so that the answers fit
 * together while another program is making the ledger. */
static int32_t read_version(struct sqlite_store *store, int64_t *version, struct kc_error *error)
{
    struct error_quoted quoted;
    int64_t application = 0;
    int64_t objects = 0;
    int32_t status = query_number(store, "PRAGMA application_id", &application, error);
    if (status == KC_OK)
        status = query_number(store, "PRAGMA user_version", version, error);
    if (status == KC_OK)
        status = query_number(store, "SELECT count(*) FROM sqlite_schema", &objects, error);
    if (status != KC_OK)
        return status;
    if (application == 0 && *version == 0 && objects == 0)
        return KC_OK;
    if (application != APPLICATION_ID)
        return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                         "%s is a database, but not a ledger; name another file", error_quote(&quoted, store->path));
    if (*version > SCHEMA_VERSION)
        return error_set(error, KC_ERROR_LEDGER_NEWER, "ledger",
                         "%s has schema version %lld, this library knows up to %lld; use the newer library",
                         error_quote(&quoted, store->path), (long long)*version, (long long)SCHEMA_VERSION);
    if (*version < 0 || (*version == 0 && objects != 0))
        return sqlite_damaged(store, "schema version", error);
    return KC_OK;
}

static int32_t look_at_version(struct sqlite_store *store, int64_t *version, struct kc_error *error)
{
    const int result = execute(store->db, "BEGIN");
    if (result != SQLITE_OK)
        return sqlite_failed(store, result, error);
    const int32_t status = read_version(store, version, error);
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static int32_t configure(struct sqlite_store *store, struct kc_error *error)
{
    /* No memory map of the file, which would turn a truncated file into a signal; no temporary files with guest data.
     */
    static const char *const settings[] = {
        "PRAGMA synchronous = FULL",
        "PRAGMA secure_delete = ON",
        "PRAGMA mmap_size = 0",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA cell_size_check = ON",
        "PRAGMA trusted_schema = OFF",
        "PRAGMA journal_size_limit = 20000000",
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const int result = execute(store->db, settings[i]);
        if (result != SQLITE_OK)
            return sqlite_failed(store, result, error);
    }
    sqlite3_wal_autocheckpoint(store->db, SQLITE_LOG_PAGES);
    return KC_OK;
}

static int32_t enter_wal(struct sqlite_store *store, struct kc_error *error)
{
    struct error_quoted quoted;
    sqlite3_stmt *statement = NULL;
    const int changed = execute(store->db, "PRAGMA journal_mode = WAL");
    if (changed != SQLITE_OK)
        return sqlite_failed(store, changed, error);
    int result = sqlite3_prepare_v2(store->db, "PRAGMA journal_mode", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    const char *mode = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    const bool good = mode && strcmp(mode, "wal") == 0;
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW)
        return sqlite_failed(store, result, error);
    return good ? KC_OK
                : error_set(error, KC_ERROR_LEDGER, "ledger",
                            "%s cannot have a write-ahead log; keep it on a local file system",
                            error_quote(&quoted, store->path));
}

/* Climbs in one transaction: another program that opens the file sees the old version or the new one. */
static int32_t migrate(struct sqlite_store *store, struct kc_error *error)
{
    int64_t version = 0;
    char sql[64];
    int result = execute(store->db, "BEGIN IMMEDIATE");
    if (result != SQLITE_OK)
        return sqlite_failed(store, result, error);
    int32_t status = read_version(store, &version, error);
    for (int64_t step = version; status == KC_OK && step < SCHEMA_VERSION; step++) {
        if (version == 0 && step == RENAMING)
            continue;
        result = sqlite3_exec(store->db, ladder[step], NULL, NULL, NULL);
        if (result != SQLITE_OK)
            status = sqlite_failed(store, result, error);
    }
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
             (int)SCHEMA_VERSION);
    if (status == KC_OK && (result = sqlite3_exec(store->db, sql, NULL, NULL, NULL)) != SQLITE_OK)
        status = sqlite_failed(store, result, error);
    if (status == KC_OK && (result = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL)) != SQLITE_OK)
        status = sqlite_failed(store, result, error);
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

int32_t sqlite_schema(struct sqlite_store *store, bool *migrated, struct kc_error *error)
{
    int64_t version = 0;
    int32_t status = look_at_version(store, &version, error);
    if (status == KC_OK)
        status = configure(store, error);
    if (status == KC_OK)
        status = enter_wal(store, error);
    *migrated = version > 0 && version < SCHEMA_VERSION;
    if (status == KC_OK && version < SCHEMA_VERSION)
        status = migrate(store, error);
    return status;
}
