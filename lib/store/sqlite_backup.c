/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy of a SQLite ledger while it is used. A connection of its own holds one read transaction for all of it, so that
 * the copy is the ledger of one moment and others that write never make it start again; they only keep the write-ahead
 * log from being emptied meanwhile. The copy gets its name when it is whole and has been held against its journal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"
#include "store/tables.h"

#define STEP_PAGES 256 /* of one call: 1 MB */

struct store_backup {
    char *path, *part; /* what it will be called, and until then */
    sqlite3 *from, *to;
    sqlite3_backup *pages;
    struct store *copy; /* being checked */
};

static int32_t file_failed(const char *path, int reason, struct kc_error *error)
{
    struct error_quoted quoted;
    char text[100];
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    if (reason == EEXIST)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "path", "%s is there already; name a new file",
                         error_quote(&quoted, path));
    return error_set(error, full ? KC_ERROR_LEDGER_FULL : KC_ERROR_LEDGER, "path",
                     "the backup %s cannot be written: %s", error_quote(&quoted, path),
                     strerror_r(reason, text, sizeof(text)));
}

static int32_t database_failed(const struct store_backup *backup, int result, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, (result & 0xFF) == SQLITE_FULL ? KC_ERROR_LEDGER_FULL : KC_ERROR_LEDGER, "path",
                     "the backup %s cannot be made: %s (SQLite %d)", error_quote(&quoted, backup->path),
                     sqlite3_errstr(result), result);
}

/* What SQLite and the library put beside a ledger. */
static void remove_beside(const char *part, bool itself)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal", "-live"};
    for (size_t i = itself ? 0 : 1; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char *path = NULL;
        if (asprintf(&path, "%s%s", part, endings[i]) >= 0) {
            unlink(path);
            free(path);
        }
    }
}

static void close_databases(struct store_backup *backup)
{
    sqlite3_backup_finish(backup->pages);
    sqlite3_close(backup->from);
    sqlite3_close(backup->to);
    backup->pages = NULL;
    backup->from = backup->to = NULL;
}

void sqlite_backup_drop(struct store_backup *backup)
{
    if (!backup)
        return;
    close_databases(backup);
    if (backup->copy)
        store_close(backup->copy);
    if (backup->part)
        remove_beside(backup->part, true);
    free(backup->part);
    free(backup->path);
    free(backup);
}

/* ---- Beginning -------------------------------------------------------------------------------------------------- */

static int32_t make_part(struct store_backup *backup, const char *path, struct kc_error *error)
{
    struct stat found;
    char *part = NULL;
    if (path[0] == '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "path", "a backup needs the name of a new file");
    if (asprintf(&backup->path, "%s%s", path[0] == '/' ? "" : "./", path) < 0) {
        backup->path = NULL;
        return sqlite_no_memory(error);
    }
    if (lstat(backup->path, &found) == 0)
        return file_failed(backup->path, EEXIST, error);
    if (asprintf(&part, "%s.part-XXXXXX", backup->path) < 0)
        return sqlite_no_memory(error);
    const int fd = mkostemp(part, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        const int reason = errno;
        free(part);
        return file_failed(backup->path, reason, error);
    }
    close(fd);
    backup->part = part;
    return KC_OK;
}

static int open_databases(struct store_backup *backup, const char *from)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int result = sqlite3_open_v2(from, &backup->from, flags, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_open_v2(backup->part, &backup->to, flags, NULL);
    if (result != SQLITE_OK)
        return result;
    sqlite3_busy_timeout(backup->from, SQLITE_STORE_WAIT_MS);
    /* The copy is made durable once, at its end. */
    result = sqlite3_exec(backup->to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (result == SQLITE_OK) /* the transaction begins with the first look */
        result = sqlite3_exec(backup->from, "PRAGMA mmap_size = 0; BEGIN; SELECT count(*) FROM chain", NULL, NULL,
                              NULL);
    if (result == SQLITE_OK && !(backup->pages = sqlite3_backup_init(backup->to, "main", backup->from, "main")))
        result = sqlite3_extended_errcode(backup->to);
    return result;
}

static int32_t begin(const struct sqlite_store *store, const char *path, struct store_backup **out,
                     struct kc_error *error)
{
    struct store_backup *backup = calloc(1, sizeof(*backup));
    if (!backup)
        return sqlite_no_memory(error);
    int32_t status = make_part(backup, path, error);
    const int result = status == KC_OK ? open_databases(backup, store->path) : SQLITE_OK;
    if (result != SQLITE_OK)
        status = database_failed(backup, result, error);
    if (status == KC_OK)
        *out = backup;
    else
        sqlite_backup_drop(backup);
    return status;
}

/* ---- Going on --------------------------------------------------------------------------------------------------- */

static int32_t copy_pages(struct store_backup *backup, struct kc_error *error)
{
    const int result = sqlite3_backup_step(backup->pages, STEP_PAGES);
    if (result == SQLITE_OK || (result & 0xFF) == SQLITE_BUSY || (result & 0xFF) == SQLITE_LOCKED)
        return KC_OK;
    if (result != SQLITE_DONE)
        return database_failed(backup, result, error);
    close_databases(backup);
    return sqlite_table.open(backup->part, &backup->copy, error);
}

static int32_t sync_path(const char *path, const char *shown, struct kc_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int failed = fd < 0 || fsync(fd) < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return failed ? file_failed(shown, failed, error) : KC_OK;
}

/* Nothing that took the name meanwhile is overwritten. */
static int32_t give_name(struct store_backup *backup, struct kc_error *error)
{
    int32_t status = sync_path(backup->part, backup->path, error);
    if (status != KC_OK)
        return status;
    if (link(backup->part, backup->path) < 0)
        return file_failed(backup->path, errno, error);
    unlink(backup->part);
    char *folder = strdup(backup->path);
    if (!folder)
        return sqlite_no_memory(error);
    char *slash = strrchr(folder, '/');
    slash[slash == folder ? 1 : 0] = '\0';
    status = sync_path(folder, backup->path, error);
    free(folder);
    return status;
}

static int32_t check_copy(struct store_backup *backup, struct store_check *check, bool *over, struct kc_error *error)
{
    struct error_quoted quoted;
    int32_t status = backup->copy->table->begin(backup->copy, false, error);
    if (status == KC_OK) {
        status = sqlite_check(backup->copy, check, error);
        backup->copy->table->rollback(backup->copy);
    }
    if (status == KC_OK && check->fault)
        status = error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                           "the backup %s does not fit its journal, at entry %lld: %s; verify the ledger",
                           error_quote(&quoted, backup->path), (long long)check->entry, check->fault);
    if (status != KC_OK || !check->done)
        return status;
    store_close(backup->copy);
    backup->copy = NULL;
    remove_beside(backup->part, false);
    *over = true;
    return give_name(backup, error);
}

int32_t sqlite_backup(struct store *base, const char *path, struct store_backup **backup, struct store_check *check,
                      struct kc_error *error)
{
    bool over = false;
    int32_t status;
    if (!*backup)
        return begin((struct sqlite_store *)base, path, backup, error);
    if ((*backup)->pages)
        status = copy_pages(*backup, error);
    else
        status = check_copy(*backup, check, &over, error);
    if (status != KC_OK || over) {
        sqlite_backup_drop(*backup);
        *backup = NULL;
    }
    return status;
}
