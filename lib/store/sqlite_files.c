/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the files of an open SQLite ledger still stand where they were opened. The system lets a program go on
 * writing to a file that was deleted: what is written then is gone when the program ends. And when one of the files
 * beside the ledger is deleted, the next program makes a new one, and the two no longer know of each other's writes. So
 * nothing is told to be durable unless all of them are in their places. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"

#define LOG 1

/* The ledger, its write-ahead log, the index of that, and who lives. */
static const char *const endings[SQLITE_FILES] = {"", "-wal", "-shm", "-live"};

int32_t sqlite_files_name(struct sqlite_store *store, struct kc_error *error)
{
    char text[100];
    const bool whole = store->path[0] == '/';
    char *folder = whole ? strdup("") : getcwd(NULL, 0);
    if (!folder && !whole && errno != ENOMEM)
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "the working directory is not known: %s; name the ledger by its whole path",
                         strerror_r(errno, text, sizeof(text)));
    const bool named = folder && asprintf(&store->place, "%s%s%s", folder, folder[0] ? "/" : "", store->path) >= 0;
    free(folder);
    if (named)
        return KC_OK;
    store->place = NULL;
    return sqlite_no_memory(error);
}

static char *path_of(const struct sqlite_store *store, size_t file)
{
    char *path = NULL;
    return asprintf(&path, "%s%s", store->place, endings[file]) < 0 ? NULL : path;
}

static int32_t gone(const struct sqlite_store *store, size_t file, const char *what, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_LEDGER, "ledger",
                     "ledger %s: the file %s%s was %s while the ledger was in use; nothing more is recorded. Put it "
                     "back, or end all programs that use the ledger and start them again",
                     error_quote(&quoted, store->path), file == 0 ? "itself" : "PATH", endings[file], what);
}

static int32_t check(const struct sqlite_store *store, size_t file, struct stat *found, struct kc_error *error)
{
    const struct sqlite_file *known = &store->files[file];
    if (stat(known->path, found) < 0)
        return gone(store, file, errno == ENOENT || errno == ENOTDIR ? "removed" : "made unreachable", error);
    if (found->st_dev != known->device || found->st_ino != known->number)
        return gone(store, file, "replaced", error);
    return KC_OK;
}

/* A name that is given to another file, or to none, changes the folder. What changes within a step of the file system's
 * clock cannot be told apart, so that only a folder counts that was left alone for longer than the longest one, FAT's.
 * How late it is tells the log, which is written all the time. */
#define FOLDER_SETTLED_S 3

static bool same_folder(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int32_t sqlite_files_check(struct sqlite_store *store, struct kc_error *error)
{
    struct stat folder;
    struct stat found;
    bool settled = false;
    int32_t status = KC_OK;
    const bool seen = store->folder && stat(store->folder, &folder) == 0; /* before the files are looked at */
    if (seen && store->has_settled && same_folder(&folder, &store->settled))
        return KC_OK;
    for (size_t i = 0; status == KC_OK && i < SQLITE_FILES; i++) {
        if (!store->files[i].watched)
            continue;
        status = check(store, i, &found, error);
        if (status == KC_OK && i == LOG && seen)
            settled = found.st_mtim.tv_sec - folder.st_ctim.tv_sec > FOLDER_SETTLED_S;
    }
    store->has_settled = status == KC_OK && settled;
    if (store->has_settled)
        store->settled = folder;
    return status;
}

/* The folder of all files; NULL if one of them is a link to somewhere else. */
static char *folder_of(const struct sqlite_store *store)
{
    const char *slash = strrchr(store->place, '/');
    struct stat found;
    for (size_t i = 0; i < SQLITE_FILES; i++)
        if (store->files[i].watched && (lstat(store->files[i].path, &found) < 0 || !S_ISREG(found.st_mode)))
            return NULL;
    return slash ? strndup(store->place, (size_t)(slash - store->place) + 1) : NULL;
}

/* What SQLite itself has open must be what was found under the name. */
static int32_t check_opened(struct sqlite_store *store, struct kc_error *error)
{
    struct stat live;
    int moved = 0;
    sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved)
        return gone(store, 0, "replaced", error);
    if (fstat(store->liveness.fd, &live) < 0 || live.st_dev != store->files[SQLITE_FILES - 1].device ||
        live.st_ino != store->files[SQLITE_FILES - 1].number)
        return gone(store, SQLITE_FILES - 1, "replaced", error);
    return KC_OK;
}

int32_t sqlite_files_remember(struct sqlite_store *store, struct kc_error *error)
{
    struct stat found;
    for (size_t i = 0; i < SQLITE_FILES; i++) {
        char *path = path_of(store, i);
        if (!path)
            return sqlite_no_memory(error);
        store->files[i].path = path;
        /* A VFS of the host's may have no log or no index of it as a file. */
        if (stat(path, &found) == 0)
            store->files[i] = (struct sqlite_file){true, path, found.st_dev, found.st_ino};
    }
    store->folder = folder_of(store);
    return check_opened(store, error);
}

void sqlite_files_free(struct sqlite_store *store)
{
    for (size_t i = 0; i < SQLITE_FILES; i++)
        free(store->files[i].path);
    free(store->folder);
}
