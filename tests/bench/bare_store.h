/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program without the library would have to keep of an operation: one row inserted before it, and updated after
 * it, each a transaction of its own that is durable when it returns. In SQLite or PostgreSQL. */
#ifndef KEYCARD_BENCH_BARE_STORE_H
#define KEYCARD_BENCH_BARE_STORE_H

#include <sqlite3.h>
#include <stdint.h>

#ifdef KEYCARD_POSTGRESQL
#include <libpq-fe.h>
#endif

struct bare_store {
    sqlite3 *database;
    sqlite3_stmt *insert, *update;
#ifdef KEYCARD_POSTGRESQL
    PGconn *connection;
#endif
    int64_t rows;
};

/* A new database: the path of a file, or postgresql://... */
void bare_store_open(struct bare_store *store, const char *where);
void bare_store_insert(struct bare_store *store);
/* The row that was inserted last. */
void bare_store_update(struct bare_store *store);
void bare_store_close(struct bare_store *store);

#endif
