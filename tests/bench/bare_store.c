/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two commits without the library; see bare_store.h. */
#include "bare_store.h"

#include <stdio.h>
#include <string.h>

#include "lock_side.h"

static const char text_of_row[] =
    "6f1d3c9e-0b7a-7c55-9d0e-2f6f3a1b8c4d|desk-1|Online Encoder 1|4711|101|Guest|2059-12-31";

/* ---- SQLite ----------------------------------------------------------------------------------------------------- */

/* A write-ahead log that has been emptied once is written over from its start, which is cheaper than a file that grows:
 * so it is for all of the life of a program that works for days, and so it is measured on both sides. */
static void settle_sqlite(struct bare_store *store)
{
    NEED(sqlite3_exec(store->database,
                      "CREATE TABLE filling (bytes BLOB);"
                      "INSERT INTO filling VALUES (zeroblob(5000000));"
                      "DROP TABLE filling;"
                      "PRAGMA wal_checkpoint(RESTART)",
                      NULL, NULL, NULL) == SQLITE_OK);
}

static void open_sqlite(struct bare_store *store, const char *path)
{
    NEED(sqlite3_open(path, &store->database) == SQLITE_OK);
    NEED(sqlite3_exec(store->database,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "CREATE TABLE operation (id INTEGER PRIMARY KEY, outcome INTEGER, text TEXT)",
                      NULL, NULL, NULL) == SQLITE_OK);
    settle_sqlite(store);
    NEED(sqlite3_prepare_v2(store->database, "INSERT INTO operation (outcome, text) VALUES (0, ?1)", -1, &store->insert,
                            NULL) == SQLITE_OK);
    NEED(sqlite3_prepare_v2(store->database, "UPDATE operation SET outcome = 2 WHERE id = ?1", -1, &store->update,
                            NULL) == SQLITE_OK);
}

/* ---- PostgreSQL ------------------------------------------------------------------------------------------------- */

#ifdef KEYCARD_POSTGRESQL
static void finish(PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted)
        fprintf(stderr, "%s", PQresultErrorMessage(result));
    NEED(PQresultStatus(result) == wanted);
    PQclear(result);
}

static void open_postgresql(struct bare_store *store, const char *uri)
{
    store->connection = PQconnectdb(uri);
    finish(PQexec(store->connection, "CREATE TABLE public.bare (id bigint PRIMARY KEY, outcome integer, text text)"),
           PGRES_COMMAND_OK);
    finish(PQprepare(store->connection, "insert", "INSERT INTO public.bare VALUES ($1, 0, $2)", 0, NULL),
           PGRES_COMMAND_OK);
    finish(PQprepare(store->connection, "update", "UPDATE public.bare SET outcome = 2 WHERE id = $1", 0, NULL),
           PGRES_COMMAND_OK);
}

static void run_postgresql(struct bare_store *store, const char *statement, int values_count)
{
    char id[24];
    const char *const values[] = {id, text_of_row};
    snprintf(id, sizeof(id), "%lld", (long long)store->rows);
    finish(PQexecPrepared(store->connection, statement, values_count, values, NULL, NULL, 0), PGRES_COMMAND_OK);
}
#endif

/* ---- Either ----------------------------------------------------------------------------------------------------- */

void bare_store_open(struct bare_store *store, const char *where)
{
    *store = (struct bare_store){.database = NULL};
#ifdef KEYCARD_POSTGRESQL
    if (strncmp(where, "postgresql:", 11) == 0) {
        open_postgresql(store, where);
        return;
    }
#endif
    open_sqlite(store, where);
}

void bare_store_insert(struct bare_store *store)
{
    store->rows++;
#ifdef KEYCARD_POSTGRESQL
    if (store->connection) {
        run_postgresql(store, "insert", 2);
        return;
    }
#endif
    sqlite3_bind_text(store->insert, 1, text_of_row, -1, SQLITE_STATIC);
    NEED(sqlite3_step(store->insert) == SQLITE_DONE && sqlite3_reset(store->insert) == SQLITE_OK);
}

void bare_store_update(struct bare_store *store)
{
#ifdef KEYCARD_POSTGRESQL
    if (store->connection) {
        run_postgresql(store, "update", 1);
        return;
    }
#endif
    sqlite3_bind_int64(store->update, 1, sqlite3_last_insert_rowid(store->database));
    NEED(sqlite3_step(store->update) == SQLITE_DONE && sqlite3_reset(store->update) == SQLITE_OK);
}

void bare_store_close(struct bare_store *store)
{
#ifdef KEYCARD_POSTGRESQL
    PQfinish(store->connection);
#endif
    sqlite3_finalize(store->insert);
    sqlite3_finalize(store->update);
    sqlite3_close(store->database);
}
