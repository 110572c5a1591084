/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SQLite ledger: opening and closing the file, transactions, and what SQLite's results mean. */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <keycard/keycard.h>

#include "store/forget.h"
#include "store/tables.h"
#include "util/shortage.h"

static const char *const statement_sql[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_JOB_BEGIN] = "SAVEPOINT job",
    [STATEMENT_JOB_KEEP] = "RELEASE job",
    [STATEMENT_JOB_UNDO] = "ROLLBACK TO job",
    [STATEMENT_NAME_FIND] = "SELECT id FROM name WHERE name = ?1",
    [STATEMENT_NAME_ADD] = "INSERT INTO name (name) VALUES (?1)",
    [STATEMENT_NAME_GET] = "SELECT name FROM name WHERE id = ?1",
    [STATEMENT_INSERT] = "INSERT INTO operation (id, high, site, flags, last, packed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_UPDATE] = "UPDATE operation SET flags = ?4, last = ?5, packed = ?6 WHERE id = ?1",
    [STATEMENT_INSERT_GIVEN] = "INSERT OR FAIL INTO operation (id, high, site, flags, last, packed) "
                               "SELECT n1, n2, n3, n4, n5, bytes FROM given",
    [STATEMENT_UPDATE_GIVEN] = "INSERT OR REPLACE INTO operation (id, high, site, flags, last, packed) "
                               "SELECT n1, n2, n3, n4, n5, bytes FROM given",
    [STATEMENT_PUT] = "INSERT OR REPLACE INTO operation (id, high, site, flags, last, packed) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_GET] = "SELECT " SQLITE_COLUMNS " FROM operation AS o WHERE o.id = ?1",
    [STATEMENT_GET_BY_ID] =
        "SELECT " SQLITE_COLUMNS
        " FROM operation_high AS h CROSS JOIN operation AS o ON o.id = h.operation WHERE h.high = ?1",
    [STATEMENT_HIGHEST] = "SELECT high FROM operation_high ORDER BY high DESC LIMIT 1",
    [STATEMENT_HIGH_ADD] = "INSERT OR IGNORE INTO operation_high (high, operation) VALUES (?1, ?2)",
    [STATEMENT_HIGH_ADD_GIVEN] = "INSERT OR IGNORE INTO operation_high (high, operation) SELECT n1, n2 FROM given",
    [STATEMENT_HIGH_HAS] = "SELECT 1 FROM operation_high WHERE high = ?1 AND operation = ?2",
    [STATEMENT_UNSETTLED_ADD] = "INSERT OR IGNORE INTO unsettled (site, operation) VALUES (?1, ?2)",
    [STATEMENT_UNSETTLED_DROP] = "DELETE FROM unsettled WHERE site = ?1 AND operation = ?2",
    [STATEMENT_UNSETTLED_HAS] = "SELECT 1 FROM unsettled WHERE site = ?1 AND operation = ?2",
    [STATEMENT_INDEXED_GET] = "SELECT indexed FROM chain",
    [STATEMENT_INDEXED_SET] = "UPDATE chain SET indexed = ?1",
    [STATEMENT_UNREADABLE_ADD] = "INSERT OR IGNORE INTO unreadable (operation) VALUES (?1)",
    [STATEMENT_UNREADABLE_DROP] = "DELETE FROM unreadable WHERE operation = ?1",
    [STATEMENT_UNREADABLE_HAS] = "SELECT 1 FROM unreadable WHERE operation = ?1",
    [STATEMENT_TAIL_UNREADABLE] = "SELECT " SQLITE_COLUMNS " FROM unreadable AS u CROSS JOIN operation AS o "
                                  "ON o.id = u.operation WHERE u.operation <= ?1 ORDER BY u.operation",
    [STATEMENT_TAIL_ALL] = "SELECT " SQLITE_COLUMNS " FROM operation AS o WHERE o.id > ?1 ORDER BY o.id",
    [STATEMENT_TAIL_CHANGED] = "SELECT " SQLITE_COLUMNS " FROM given AS g CROSS JOIN operation AS o ON o.id = g.n1",
    [STATEMENT_LOOKUP_ADD] = "INSERT OR IGNORE INTO lookup (hash, operation) VALUES (?1, ?2)",
    [STATEMENT_LOOKUP_ADD_GIVEN] = "INSERT OR IGNORE INTO lookup (hash, operation) SELECT n1, n2 FROM given",
    [STATEMENT_LOOKUP_GIVEN] = "SELECT g.n2 FROM given AS g CROSS JOIN lookup AS l ON l.hash = g.n1",
    [STATEMENT_LOOKUP_HAS] = "SELECT 1 FROM lookup WHERE hash = ?1 AND operation = ?2",
    [STATEMENT_ROOM_ADD_GIVEN] =
        "INSERT OR IGNORE INTO operation_room (hash, operation, active) SELECT n1, n2, n3 FROM given",
    [STATEMENT_ROOM_GIVEN] = "SELECT g.n2 FROM given AS g CROSS JOIN operation_room AS r INDEXED BY "
                             "operation_room_active ON r.hash = g.n1 AND r.active = 1",
    [STATEMENT_ROOM_SET] = "INSERT INTO operation_room (hash, operation, active) VALUES (?1, ?2, ?3) "
                           "ON CONFLICT DO UPDATE SET active = excluded.active WHERE active <> excluded.active",
    [STATEMENT_ROOM_LEAVE] = "DELETE FROM operation_room WHERE hash = ?1 AND operation = ?2",
    [STATEMENT_ROOM_HAS] = "SELECT active FROM operation_room WHERE hash = ?1 AND operation = ?2",
    [STATEMENT_BLOCK_SET] = "INSERT INTO site_block (site, block, salted) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT DO UPDATE SET salted = 1 WHERE excluded.salted > salted",
    [STATEMENT_BLOCK_CLEAR] =
        "UPDATE site_block SET salted = 0 WHERE site = ?1 AND block = ?2 AND NOT EXISTS (SELECT 1 "
        "FROM operation WHERE id BETWEEN ?2 << 7 AND (?2 << 7) + 127 AND site = ?1 AND flags & 8)",
    [STATEMENT_BLOCK_HAS] = "SELECT salted FROM site_block WHERE site = ?1 AND block = ?2",
    [STATEMENT_NOTE_GET] = "SELECT note FROM chain",
    [STATEMENT_NOTE_SET] = "UPDATE chain SET note = ?1",
    [STATEMENT_STATION_ALL] = "SELECT site, station, system, encoder FROM station",
    [STATEMENT_ENCODER_ALL] = "SELECT system, encoder, state, contact_ms, site FROM encoder",
    [STATEMENT_HEAD_GET] = "SELECT " SQLITE_ENTRIES_COLUMNS " FROM journal ORDER BY entry DESC LIMIT 1",
    [STATEMENT_HEAD_SET] = "UPDATE journal SET packed = CAST(packed || ?2 AS BLOB) WHERE entry = ?1",
    [STATEMENT_HEAD_LEAVE] = "UPDATE journal SET packed = substr(packed, 1, ?2) WHERE entry = ?1",
    [STATEMENT_JOURNAL_ADD] = "INSERT INTO journal (entry, back, packed) VALUES (?1, ?2, ?3)",
    [STATEMENT_JOURNAL_FROM] = "SELECT " SQLITE_ENTRIES_COLUMNS " FROM journal WHERE entry >= ?1 ORDER BY entry",
    [STATEMENT_CHECK_OPERATIONS] = "SELECT " SQLITE_COLUMNS
                                   " FROM operation AS o WHERE o.id > ?1 ORDER BY o.id LIMIT ?2",
    [STATEMENT_DATA_VERSION] = "PRAGMA data_version",
    [STATEMENT_STATION_GET] = "SELECT system, encoder FROM station WHERE site = ?1 AND station = ?2",
    [STATEMENT_STATION_SET] = "INSERT INTO station (site, station, system, encoder) VALUES (?1, ?2, ?3, ?4) "
                              "ON CONFLICT DO UPDATE SET system = excluded.system, encoder = excluded.encoder "
                              "WHERE system IS NOT excluded.system OR encoder IS NOT excluded.encoder",
    [STATEMENT_ENCODER_LIST] = "SELECT system, encoder, state, contact_ms FROM encoder WHERE site = ?1",
    [STATEMENT_ENCODER_FIND] = "SELECT id FROM encoder WHERE site = ?1 AND system = ?2 AND encoder = ?3",
    [STATEMENT_ENCODER_SET] = "UPDATE encoder SET state = ?2, contact_ms = ?3 WHERE id = ?1",
    [STATEMENT_ENCODER_ADD] = "INSERT INTO encoder (site, system, encoder, state, contact_ms) "
                              "VALUES (?1, ?2, ?3, ?4, ?5)",
};

/* ---- Results of SQLite ------------------------------------------------------------------------------------------ */

/* A limit of the disk that SQLite does not call so (a quota, a limit of the process). What SQLite keeps of the system's
 * errors is not set when a commit fails, so errno itself counts too. */
static bool out_of_space(const struct sqlite_store *store, int result, int last_errno)
{
    const int reasons[] = {last_errno, sqlite3_system_errno(store->db)};
    if (result != SQLITE_IOERR_WRITE && result != SQLITE_IOERR_FSYNC && result != SQLITE_IOERR_SHMSIZE)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (reasons[i] == ENOSPC || reasons[i] == EFBIG || reasons[i] == EDQUOT)
            return true;
    }
    return false;
}

/* Which error it is, and what to do about it. */
static int32_t meaning(int result, bool full, const char **advice)
{
    switch (result & 0xFF) {
    case SQLITE_FULL:
        *advice = "free space on the disk";
        return KC_ERROR_LEDGER_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        *advice = "another program holds it locked; end that program or wait";
        return KC_ERROR_LEDGER_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
        *advice = "it is damaged or is not a ledger; restore a backup or name another file";
        return KC_ERROR_LEDGER_DAMAGED;
    case SQLITE_READONLY:
        *advice = "give write permission to the file and to its directory";
        return result == SQLITE_READONLY_DBMOVED ? KC_ERROR_LEDGER : KC_ERROR_LEDGER_READ_ONLY;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        *advice = "give read and write permission to the file and to its directory";
        return KC_ERROR_LEDGER;
    case SQLITE_NOMEM:
        *advice = "memory is used up";
        return KC_ERROR_NO_MEMORY;
    case SQLITE_IOERR:
        if (result == SQLITE_IOERR_NOMEM) {
            *advice = "memory is used up";
            return KC_ERROR_NO_MEMORY;
        }
        if (full) {
            *advice = "free space on the disk, or raise the quota";
            return KC_ERROR_LEDGER_FULL;
        }
        *advice = "check the disk";
        return KC_ERROR_LEDGER;
    default:
        *advice = "check the file";
        return KC_ERROR_LEDGER;
    }
}

/* The system's error number is that of this failure only after these. */
static bool is_open_failure(int result)
{
    return (result & 0xFF) == SQLITE_CANTOPEN || (result & 0xFF) == SQLITE_IOERR;
}

int32_t sqlite_failed(const struct sqlite_store *store, int result, struct kc_error *error)
{
    struct error_quoted quoted;
    char shortage[SHORTAGE_SIZE];
    const int number = sqlite3_system_errno(store->db);
    const bool full = out_of_space(store, result, errno);
    const char *advice = "";
    if (is_open_failure(result) && (number == EMFILE || number == ENFILE))
        return error_set(error, KC_ERROR_SYSTEM, "ledger", "ledger %s: a file of it cannot be opened: %s",
                         error_quote(&quoted, store->path), shortage_text(number, shortage));
    const int32_t code = meaning(result, full, &advice);
    return error_set(error, code, "ledger", "ledger %s: %s (SQLite %d); %s", error_quote(&quoted, store->path),
                     sqlite3_errstr(result), result, advice);
}

int32_t sqlite_damaged(const struct sqlite_store *store, const char *what, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_LEDGER_DAMAGED, "ledger",
                     "ledger %s is damaged: a value of %s that no ledger has; restore a backup",
                     error_quote(&quoted, store->path), what);
}

int32_t sqlite_no_memory(struct kc_error *error)
{
    return error_set(error, KC_ERROR_NO_MEMORY, "", "out of memory");
}

int32_t sqlite_prepare(struct sqlite_store *store, const char *sql, sqlite3_stmt **statement, struct kc_error *error)
{
    const int result = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return result == SQLITE_OK ? KC_OK : sqlite_failed(store, result, error);
}

/* All statements that are not prepared yet. */
static int32_t prepare_all(struct sqlite_store *store, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < STATEMENT_COUNT; i++) {
        if (!store->statements[i])
            status = sqlite_prepare(store, statement_sql[i], &store->statements[i], error);
    }
    return status;
}

void sqlite_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int32_t sqlite_run(struct sqlite_store *store, sqlite3_stmt *statement, struct kc_error *error)
{
    const int result = sqlite3_step(statement);
    const int32_t status = result == SQLITE_DONE ? KC_OK : sqlite_failed(store, result, error);
    sqlite_done(statement);
    return status;
}

int sqlite_bind_optional(sqlite3_stmt *statement, int parameter, const char *text)
{
    if (!text || text[0] == '\0')
        return sqlite3_bind_null(statement, parameter);
    return sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC);
}

/* ---- Opening and closing ---------------------------------------------------------------------------------------- */

static int32_t path_refused(const char *path, const char *fault, struct kc_error *error)
{
    struct error_quoted quoted;
    return error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: %s", error_quote(&quoted, path), fault);
}

static int32_t path_failed(const char *path, int reason, struct kc_error *error)
{
    char text[100];
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
        return path_refused(path, "its directory does not exist; make it, or name another", error);
    case EACCES:
    case EPERM:
        return path_refused(path, "no permission; give write permission to the directory", error);
    case EROFS: {
        struct error_quoted quoted;
        return error_set(error, KC_ERROR_LEDGER_READ_ONLY, "ledger",
                         "ledger %s: the file system is mounted read-only; name another place",
                         error_quote(&quoted, path));
    }
    case ENOSPC:
    case EDQUOT: {
        struct error_quoted quoted;
        return error_set(error, KC_ERROR_LEDGER_FULL, "ledger", "ledger %s: the disk is full; free space",
                         error_quote(&quoted, path));
    }
    default:
        return path_refused(path, strerror_r(reason, text, sizeof(text)), error);
    }
}

/* Makes sure that there is a regular file. A new one is made before SQLite sees it, so that it never has a wider mode,
 * and without a descriptor: closing one would drop the locks that another context of this process has on the file. */
static int32_t make_file(const char *path, struct kc_error *error)
{
    struct stat found;
    if (stat(path, &found) < 0) {
        if (errno != ENOENT)
            return path_failed(path, errno, error);
        if (mknod(path, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
            return path_failed(path, errno, error);
        if (stat(path, &found) < 0)
            return path_refused(path, "it is a link to nothing; remove it", error);
    }
    if (S_ISDIR(found.st_mode))
        return path_refused(path, "this is a directory; name a file in it", error);
    if (!S_ISREG(found.st_mode))
        return path_refused(path, "this is not a regular file; name another", error);
    return KC_OK;
}

static int32_t connect_to(struct sqlite_store *store, bool *migrated, struct kc_error *error)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    const int result = sqlite3_open_v2(store->path, &store->db, flags, NULL);
    if (!store->db)
        return sqlite_no_memory(error);
    if (result != SQLITE_OK)
        return sqlite_failed(store, result, error);
    /* The file is not trusted: no code of its own, no rows of absurd size. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(store->db, SQLITE_STORE_WAIT_MS);
    if (sqlite3_db_readonly(store->db, "main") == 1)
        return sqlite_failed(store, SQLITE_READONLY, error);
    return sqlite_schema(store, migrated, error);
}

/* A connection that has changed a table has a temporary database, which each of its transactions would look after, too.
 */
static int32_t open_database(struct sqlite_store *store, struct kc_error *error)
{
    bool migrated = false;
    const int32_t status = connect_to(store, &migrated, error);
    if (status != KC_OK || !migrated)
        return status;
    sqlite3_close(store->db);
    store->db = NULL;
    return connect_to(store, &migrated, error);
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    for (size_t i = 0; i <= RECORD_FIND_LAST; i++) {
        for (size_t k = 0; k < SQLITE_FIND_VARIANTS; k++)
            sqlite3_finalize(store->finds[i][k]);
    }
    sqlite3_close(store->db);
    seal_free(store->store.sealer);
    drafts_free(&store->drafts);
    sqlite_forget_names(store);
    sqlite_files_free(store);
    sqlite_tail_free(store);
    sqlite_rows_drop(store);
    buf_free(&store->packed);
    buf_free(&store->entry_bytes);
    free(store->foreseen);
    liveness_close(&store->liveness);
    feed_stop(&store->feed);
    free(store->place);
    free(store->path);
    free(store);
}

static int32_t sqlite_open(const char *path, struct store **out, struct kc_error *error)
{
    if (!path || path[0] == '\0')
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "\"sqlite:\" needs the path of a file behind it, such as sqlite:keys.db");
    struct sqlite_store *store = calloc(1, sizeof(*store));
    if (!store)
        return sqlite_no_memory(error);
    store->store.table = &sqlite_table;
    store->liveness.fd = -1;
    /* With "./" no relative path can mean anything special to SQLite (":memory:", "file:..."). */
    if (asprintf(&store->path, "%s%s", path[0] == '/' ? "" : "./", path) < 0) {
        store->path = NULL;
        sqlite_close(&store->store);
        return sqlite_no_memory(error);
    }
    int32_t status = sqlite_files_name(store, error);
    if (status == KC_OK)
        status = make_file(store->path, error);
    if (status == KC_OK)
        status = open_database(store, error);
    if (status == KC_OK)
        status = liveness_open(&store->liveness, store->path, error);
    if (status == KC_OK)
        status = sqlite_given_open(store, error);
    if (status == KC_OK)
        status = prepare_all(store, error);
    if (status == KC_OK)
        status = sqlite_files_remember(store, error);
    if (status != KC_OK) {
        sqlite_close(&store->store);
        return status;
    }
    *out = &store->store;
    return KC_OK;
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

void sqlite_taken_back(struct sqlite_store *store)
{
    drafts_drop_all(&store->drafts);
    sqlite_forget_names(store);
    sqlite_tail_drop(store);
    store->known = (struct sqlite_known){0};
}

static void sqlite_rollback(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite_rows_drop(store);
    if (store->writing)
        sqlite_taken_back(store);
    /* After some failures (full disk) SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(store->db))
        sqlite_run(store, store->statements[STATEMENT_ROLLBACK], NULL);
}

static int32_t sqlite_begin(struct store *base, bool writes, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    store->head_read = false;
    store->epoch = 0;
    sqlite_entries_drop(store);
    store->foreseen_count = 0;
    store->writing = writes;
    store->gathers = base->together;
    sqlite_rows_drop(store);
    int32_t status = sqlite_run(store, store->statements[writes ? STATEMENT_BEGIN_WRITE : STATEMENT_BEGIN_READ], error);
    if (status == KC_OK && writes && (status = sqlite_files_check(store, error)) != KC_OK)
        sqlite_rollback(base);
    return status;
}

/* The pages as they were before an erasure stand in the write-ahead log until it is emptied. Not waited for long: if
 * others read just now, the next commit tries again, and the last one to close the file does it in any case. */
static void empty_log(struct sqlite_store *store)
{
    sqlite3_busy_timeout(store->db, 100);
    if (sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        store->erased = false;
    sqlite3_busy_timeout(store->db, SQLITE_STORE_WAIT_MS);
}

/* What was committed is what the next transaction finds, unless another program writes. */
static void keep_head(struct sqlite_store *store)
{
    feed_own(&store->feed, store->first_entry + 1, store->head.entries, store->head.chain);
    store->known.head_epoch = store->epoch;
    store->known.head = store->head;
    store->known.head_size = store->row_size;
    store->wrote = true;
}

static int32_t sqlite_commit(struct store *base, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    const bool journaled = store->head_read;
    int32_t status = sqlite_tail_shorten(store, error);
    if (status == KC_OK)
        status = sqlite_journal_end(store, error);
    if (status != KC_OK && store->gathers)
        base->retry = STORE_RETRY_SINGLY;
    if (status == KC_OK)
        status = sqlite_run(store, store->statements[STATEMENT_COMMIT], error);
    if (status == KC_OK && journaled)
        keep_head(store);
    if (status != KC_OK)
        sqlite_rollback(base);
    else if (store->writing) /* what was written to a file without a name is not durable */
        status = sqlite_files_check(store, error);
    if (status == KC_OK && store->erased)
        empty_log(store);
    return status;
}

static int32_t sqlite_job_begin(struct store *base, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    const int32_t status = sqlite_journal_flush(store, error);
    if (status != KC_OK)
        return status;
    store->job_head = store->head;
    store->job_row_size = store->row_size;
    store->job_head_read = store->head_read;
    return sqlite_run(store, store->statements[STATEMENT_JOB_BEGIN], error);
}

static int32_t sqlite_job_end(struct store *base, bool keep, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct error_quoted quoted;
    if (sqlite3_get_autocommit(store->db))
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "ledger %s: a failure took back everything that was about to be written; try again",
                         error_quote(&quoted, store->path));
    if (!keep) {
        store->head = store->job_head;
        store->row_size = store->job_row_size;
        store->head_read = store->job_head_read;
        sqlite_entries_drop(store);
        sqlite_taken_back(store);
        const int32_t status = sqlite_run(store, store->statements[STATEMENT_JOB_UNDO], error);
        if (status != KC_OK)
            return status;
    }
    return sqlite_run(store, store->statements[STATEMENT_JOB_KEEP], error);
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static int32_t sqlite_instance_enter(struct store *base, uint64_t instance, struct kc_error *error)
{
    return liveness_enter(&((struct sqlite_store *)base)->liveness, instance, error);
}

static bool sqlite_instance_alive(struct store *base, uint64_t instance)
{
    return liveness_alive(&((struct sqlite_store *)base)->liveness, instance);
}

const struct store_table sqlite_table = {
    .scheme = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .epoch = sqlite_epoch,
    .job_begin = sqlite_job_begin,
    .job_end = sqlite_job_end,
    .foresee = sqlite_foresee,
    .find = sqlite_find,
    .insert = sqlite_insert,
    .finish = sqlite_finish,
    .set_key_state = sqlite_set_key_state,
    .set_stay = sqlite_set_stay,
    .get_station = sqlite_get_station,
    .set_station = sqlite_set_station,
    .list_encoders = sqlite_list_encoders,
    .set_encoder = sqlite_set_encoder,
    .forget = forget_booking,
    .forget_record = sqlite_forget_record,
    .check = sqlite_check,
    .get_note = sqlite_get_note,
    .set_note = sqlite_set_note,
    .get_head = sqlite_get_head,
    .read_entries = sqlite_read_entries,
    .write_entries = sqlite_write_entries,
    .enter_again = sqlite_enter_again,
    .list_places = sqlite_list_places,
    .backup = sqlite_backup,
    .backup_drop = sqlite_backup_drop,
    .watch = sqlite_watch,
    .watch_fd = sqlite_watch_fd,
    .changes = sqlite_changes,
    .tidy = sqlite_tidy,
    .instance_enter = sqlite_instance_enter,
    .instance_alive = sqlite_instance_alive,
};
