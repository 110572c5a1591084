/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program without the library would do for one key: startup.py runs it in turns with the command-line tool.
 *
 *     bench_startup_bare           nothing
 *     bench_startup_bare FILE      in a SQLite database, a new one or its own: one row inserted, then updated, each a
 *                                  transaction of its own that is durable when it returns */
#include <sqlite3.h>
#include <stddef.h>

int main(int argc, char **argv)
{
    static const char *const statements[] = {
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE IF NOT EXISTS operation (id INTEGER PRIMARY KEY, outcome INTEGER, text TEXT)",
        "INSERT INTO operation (outcome, text) VALUES (0, '6f1d3c9e-0b7a-7c55-9d0e-2f6f3a1b8c4d|desk|4711|101')",
        "UPDATE operation SET outcome = 2 WHERE id = last_insert_rowid()",
    };
    sqlite3 *database = NULL;
    if (argc < 2)
        return 0;
    int status = sqlite3_open(argv[1], &database);
    for (size_t i = 0; status == SQLITE_OK && i < sizeof statements / sizeof *statements; i++)
        status = sqlite3_exec(database, statements[i], NULL, NULL, NULL);
    const int closed = sqlite3_close(database);
    return status == SQLITE_OK && closed == SQLITE_OK ? 0 : 1;
}
