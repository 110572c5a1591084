/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a ledger file can suffer: wrong places, wrong content, other programs, full disks, crashes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge.h"
#include "store/record.h"
#include "store_fixture.h"

/* ---- Helpers ---------------------------------------------------------------------------------------------------- */

/* Runs SQL on the file with a connection of its own. */
static void sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
    sqlite3_close(db);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat found;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &found), 0);
    uint8_t *bytes = malloc((size_t)found.st_size + 1);
    assert_non_null(bytes);
    assert_int_equal(read(fd, bytes, (size_t)found.st_size), found.st_size);
    close(fd);
    *size = (size_t)found.st_size;
    return bytes;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

/* Opening must fail so, and say something about it. */
static void refuse_path(struct store_fixture *fixture, const char *path, int32_t code)
{
    struct store *store = NULL;
    memset(&fixture->error, 0, sizeof(fixture->error));
    const int32_t status = fixture->table->open(path, &store, &fixture->error);
    if (status != code)
        fail_msg("%s: %d (%s) instead of %d", path, status, fixture->error.message, code);
    assert_null(store);
    assert_int_equal(fixture->error.code, code);
    assert_true(fixture->error.message[0] != '\0');
}

static void make_path(const struct store_fixture *fixture, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", fixture->directory, name);
}

/* The exit status of a child that ran `body`; it must not use asserts. */
static int in_child(struct store_fixture *fixture, int (*body)(struct store_fixture *fixture))
{
    int status = 0;
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body(fixture));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static size_t count_all(struct store_fixture *fixture)
{
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_find(fixture, &all), KC_OK);
    return fixture->count;
}

/* ---- Life of a file --------------------------------------------------------------------------------------------- */

static void survives_reopening(void **state)
{
    struct store_fixture *fixture = *state;
    struct stat found;
    struct record record = fixture_record(1);
    record.guest = "O'Neil";
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    for (int i = 0; i < 3; i++) {
        fixture_close(fixture);
        fixture_open(fixture);
        assert_same_record(fixture_get(fixture, &record), &record);
    }
    assert_int_equal(stat(fixture->path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
}

static int open_in_directory(struct store_fixture *fixture)
{
    struct store *store = NULL;
    struct stat found;
    if (chdir(fixture->directory) < 0)
        return 1;
    static const char *const names[] = {":memory:", "file:x?mode=memory", "plain.db", " "};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (fixture->table->open(names[i], &store, &fixture->error) != KC_OK)
            return 2;
        if (stat(names[i], &found) < 0 || !S_ISREG(found.st_mode) || (found.st_mode & 0777) != 0600)
            return 3;
        fixture->table->close(store);
    }
    return 0;
}

static void every_path_is_a_file_name(void **state)
{
    fixture_close(*state);
    assert_int_equal(in_child(*state, open_in_directory), 0);
}

static void refuses_what_is_no_regular_file(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];
    char target[128];
    refuse_path(fixture, "", KC_ERROR_LEDGER);
    refuse_path(fixture, NULL, KC_ERROR_LEDGER);
    refuse_path(fixture, fixture->directory, KC_ERROR_LEDGER);
    refuse_path(fixture, "/dev/null", KC_ERROR_LEDGER);
    refuse_path(fixture, "/proc/self/status/ledger.db", KC_ERROR_LEDGER);
    make_path(fixture, "missing/ledger.db", path);
    refuse_path(fixture, path, KC_ERROR_LEDGER);
    assert_non_null(strstr(fixture->error.message, "directory does not exist"));
    make_path(fixture, "fifo", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse_path(fixture, path, KC_ERROR_LEDGER);
    make_path(fixture, "link", path);
    make_path(fixture, "nowhere", target);
    assert_int_equal(symlink(target, path), 0);
    refuse_path(fixture, path, KC_ERROR_LEDGER);
    assert_int_equal(access(target, F_OK), -1);
}

static void refuses_what_is_no_ledger(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];
    char text[5000];
    memset(text, 'x', sizeof(text));
    make_path(fixture, "text", path);
    write_file(path, text, sizeof(text));
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    write_file(path, text, 10);
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    make_path(fixture, "other.db", path);
    sql(path, "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE t (x)");
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    make_path(fixture, "plain.db", path);
    sql(path, "CREATE TABLE t (x)");
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    make_path(fixture, "half.db", path);
    sql(path, "PRAGMA application_id = 1262701617; PRAGMA user_version = 1; CREATE TABLE name (id INTEGER)");
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    make_path(fixture, "zero.db", path);
    sql(path, "PRAGMA application_id = 1262701617; CREATE TABLE name (id INTEGER)");
    refuse_path(fixture, path, KC_ERROR_LEDGER_DAMAGED);
}

static void empty_files_become_ledgers(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_record(1);
    fixture_close(fixture);
    make_path(fixture, "zero-bytes", fixture->path);
    write_file(fixture->path, "", 0);
    fixture_open(fixture);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_close(fixture);
    make_path(fixture, "version-0.db", fixture->path);
    sql(fixture->path, "CREATE TABLE t (x); DROP TABLE t; VACUUM");
    fixture_open(fixture);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
}

static void newer_ledgers_are_not_touched(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_record(1);
    size_t size_before = 0;
    size_t size_after = 0;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_close(fixture);
    sql(fixture->path, "PRAGMA user_version = 2");
    uint8_t *before = read_file(fixture->path, &size_before);
    refuse_path(fixture, fixture->path, KC_ERROR_LEDGER_NEWER);
    uint8_t *after = read_file(fixture->path, &size_after);
    assert_int_equal(size_after, size_before);
    assert_memory_equal(after, before, size_before);
    free(before);
    free(after);
    sql(fixture->path, "PRAGMA user_version = 1");
    fixture_open(fixture);
    assert_same_record(fixture_get(fixture, &record), &record);
}

/* ---- Damage ----------------------------------------------------------------------------------------------------- */

/* Looks at everything. The first error, or KC_OK; nothing but damage may be the matter. */
static int32_t look_at_everything(struct store_fixture *fixture)
{
    static const char *const values[] = {"B1", "101", "k1"};
    struct store *store = NULL;
    int32_t first = fixture->table->open(fixture->path, &store, &fixture->error);
    struct store_fixture here = *fixture;
    here.store = store;
    here.arena = (struct arena){0};
    for (unsigned int i = 0; store && i <= RECORD_FIND_LAST; i++) {
        for (size_t k = 0; k < 3; k++) {
            const struct record_query query = {.find = (enum record_find)i,
                                               .site = "Hotel",
                                               .value = values[k],
                                               .id = fixture_id(FIXTURE_TIME + 1, 1)};
            const int32_t status = fixture_find(&here, &query);
            if (first == KC_OK && status != KC_OK)
                fixture->error = here.error;
            first = first == KC_OK ? status : first;
        }
    }
    if (store)
        fixture->table->close(store);
    arena_free(&here.arena);
    return first;
}

static void fill(struct store_fixture *fixture, uint32_t count)
{
    char key[20];
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    for (uint32_t i = 1; i <= count; i++) {
        struct record record = fixture_record(i);
        snprintf(key, sizeof(key), "k%u", i);
        record.idempotency_key = key;
        record.guest = "some guest with a long name to fill the pages of the file";
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
    }
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
}

static void truncated_files_are_damaged(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    fill(fixture, 300);
    fixture_close(fixture);
    uint8_t *bytes = read_file(fixture->path, &size);
    static const size_t parts[] = {1, 2, 3, 5, 10, 20};
    for (size_t i = 0; i < 6; i++) {
        write_file(fixture->path, bytes, size / 20 * parts[i] - (parts[i] == 20 ? 5000 : 0));
        assert_int_equal(look_at_everything(fixture), KC_ERROR_LEDGER_DAMAGED);
    }
    free(bytes);
}

static void overwritten_pages_are_damaged(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    size_t noticed = 0;
    fill(fixture, 300);
    fixture_close(fixture);
    uint8_t *bytes = read_file(fixture->path, &size);
    uint8_t *changed = malloc(size);
    assert_non_null(changed);
    for (size_t page = 0; page < size / 4096; page++) {
        memcpy(changed, bytes, size);
        memset(changed + page * 4096, 0xA5, 4096);
        write_file(fixture->path, changed, size);
        const int32_t status = look_at_everything(fixture);
        assert_true(status == KC_OK || status == KC_ERROR_LEDGER_DAMAGED);
        noticed += status != KC_OK;
    }
    /* Pages that none of these lookups reads (stations, free pages) may go unnoticed. */
    assert_true(noticed * 2 > size / 4096);
    free(changed);
    free(bytes);
}

/* What the journal vouches for is right: holds the ledger against it, then the records against `good`. True if all of
 * that can be read. */
static bool vouched_data_are_right(struct store_fixture *fixture, const struct record *good, size_t count)
{
    struct store *store = NULL;
    struct store_check check = {0};
    struct arena arena = {0};
    struct record *records = NULL;
    size_t found = 0;
    const struct record_query all = {.find = RECORD_ALL};
    int32_t status = fixture->table->open(fixture->path, &store, &fixture->error);
    while (status == KC_OK && !check.done)
        status = fixture->table->check(store, &check, &fixture->error);
    const bool whole = status == KC_OK && !check.fault;
    if (whole)
        status = fixture->table->find(store, &all, &arena, &records, &found, &fixture->error);
    for (size_t i = 0; whole && status == KC_OK && i < count; i++) {
        const char *difference = found == count ? record_difference(&records[i], &good[i]) : "number";
        if (difference)
            fail_msg("the journal fits, but not the records: %s", difference);
    }
    if (store)
        fixture->table->close(store);
    arena_free(&arena);
    return whole && status == KC_OK;
}

/* Single bytes anywhere: no crash, no hang, and no error but damage; and what is read and verified is right. */
static void flipped_bytes_do_no_harm(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    size_t whole = 0;
    uint64_t seed = 12345;
    fill(fixture, 60);
    assert_int_equal(count_all(fixture), 60);
    struct arena kept = fixture->arena; /* of the records as they were written */
    const struct record *good = fixture->records;
    fixture->arena = (struct arena){0};
    fixture_close(fixture);
    uint8_t *bytes = read_file(fixture->path, &size);
    const int flips = getenv("VALGRIND") != NULL ? 40 : 400; /* each is slow there */
    for (int i = 0; i < flips; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        /* Every fourth one in the first page, where the header and the schema are. */
        const size_t at = (size_t)(seed >> 20) % (i % 4 == 0 ? 4096 : size);
        const uint8_t before = bytes[at];
        bytes[at] = (uint8_t)(before ^ (seed >> 50 | 1));
        write_file(fixture->path, bytes, size);
        const int32_t status = look_at_everything(fixture);
        if (status != KC_OK && status != KC_ERROR_LEDGER_DAMAGED && status != KC_ERROR_LEDGER_NEWER &&
            status != KC_ERROR_LEDGER_READ_ONLY && status != KC_ERROR_LEDGER)
            fail_msg("byte %zu: %d %s", at, status, fixture->error.message);
        if (status != KC_OK && fixture->error.message[0] == '\0')
            fail_msg("byte %zu: %d, and no word about it", at, status);
        whole += vouched_data_are_right(fixture, good, 60);
        bytes[at] = before;
    }
    assert_in_range(whole, 1, (uintmax_t)flips - 1);
    arena_free(&kept);
    free(bytes);
}

/* Someone with another program wrote what no ledger has. */
static const char *const forgeries[] = {
    "UPDATE operation SET packed = x''",
    "UPDATE operation SET packed = zeroblob(40)",
    "UPDATE operation SET packed = zeroblob(900000)",
    "UPDATE operation SET packed = zeroblob(2000000)",
    "UPDATE operation SET packed = CAST(packed || x'00' AS BLOB)",                       /* more than a record */
    "UPDATE operation SET packed = CAST(substr(packed, 1, length(packed) - 1) AS BLOB)", /* less */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) AS BLOB)",
    "UPDATE operation SET packed = CAST(x'63' || substr(packed, 2) AS BLOB)", /* verb */
    "UPDATE operation SET packed = CAST(x'00' || substr(packed, 2) AS BLOB)",
    "UPDATE operation SET packed = CAST(substr(packed, 1, 1) || x'0F' || substr(packed, 3) AS BLOB)", /* kind */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 1) || x'41' || substr(packed, 3) AS BLOB)", /* outcome */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 2) || x'0F' || substr(packed, 4) AS BLOB)", /* key state */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 2) || x'81' || substr(packed, 4) AS BLOB)",
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) || x'FFFFFFFFFFFFFFFFFFFF' AS BLOB)", /* fields */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) || x'FFFFFFFF7F' || substr(packed, 6) AS BLOB)",
    "UPDATE operation SET id = -1",
    "UPDATE operation SET high = -1",
    "UPDATE operation SET site = 999",
    "UPDATE operation SET flags = 99",
    "UPDATE operation SET last = -1",
    "UPDATE operation SET last = 9223372036854775807",
    "UPDATE name SET name = CAST(x'07' AS TEXT)",
    "DELETE FROM name",
};

static void bad_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "\xFF";
}

static void control_in_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "\x02";
}

static void hidden_direction(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.booking = "\xE2\x80\xAE";
}

static void half_a_pair(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.vendor_text = "\xED\xA0\x80";
}

static void too_long(struct packed *packed, const struct packed *other)
{
    static char text[4002];
    (void)other;
    memset(text, 'x', sizeof(text) - 1);
    packed->record.error_message = text;
}

static void line_in_room(struct packed *packed, const struct packed *other)
{
    static const char *const rooms[] = {"101\n"};
    (void)other;
    packed->record.rooms = (struct strings){rooms, 1};
}

static void too_many_areas(struct packed *packed, const struct packed *other)
{
    static const char *areas[RECORD_LIST_MAX + 1];
    (void)other;
    for (size_t i = 0; i < RECORD_LIST_MAX + 1; i++)
        areas[i] = "1";
    packed->record.areas = (struct strings){areas, RECORD_LIST_MAX + 1};
}

static void too_many_copies(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.copies = -1;
}

static void good_status(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.status = 1;
}

static void low_status(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.status = INT32_MIN;
}

static void late_date(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.created_ms = RECORD_CREATED_MAX + 1;
}

static const forge_change changes[] = {bad_guest,   control_in_guest, hidden_direction, half_a_pair,
                                       too_long,    line_in_room,     too_many_areas,   too_many_copies,
                                       good_status, low_status,       late_date};

static void assert_damaged(struct store_fixture *fixture, const char *what)
{
    const struct record_query all = {.find = RECORD_ALL};
    fixture_open(fixture);
    const int32_t status = fixture_find(fixture, &all);
    /* Over SQLite's own limit it is SQLite that refuses. */
    if (status != KC_ERROR_LEDGER_DAMAGED && !(status == KC_ERROR_LEDGER && strstr(what, "2000000")))
        fail_msg("%s: %d", what, status);
    fixture_close(fixture);
}

static void forged_values_are_damage(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    size_t size = 0;
    record.finished_ms = record.created_ms + 5;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_close(fixture);
    uint8_t *good = read_file(fixture->path, &size);
    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        write_file(fixture->path, good, size);
        sql(fixture->path, forgeries[i]);
        assert_damaged(fixture, forgeries[i]);
    }
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        char what[40];
        snprintf(what, sizeof(what), "change %zu", i);
        write_file(fixture->path, good, size);
        forge(fixture->table, fixture->path, "Hotel", "B1", NULL, changes[i]);
        assert_damaged(fixture, what);
    }
    free(good);
}

static void triggers_of_a_forged_schema_do_not_run(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    fixture_close(fixture);
    sql(fixture->path, "CREATE TRIGGER t AFTER INSERT ON operation BEGIN DELETE FROM operation; END");
    fixture_open(fixture);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
}

/* ---- Other programs --------------------------------------------------------------------------------------------- */

static void two_connections_share_a_file(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_fixture other = *fixture;
    struct kc_error *error = &fixture->error;
    const struct record first = fixture_record(1);
    const struct record second = fixture_record(2);
    other.arena = (struct arena){0};
    assert_int_equal(fixture_open_another(fixture, &other.store), KC_OK);
    assert_int_equal(fixture_insert(fixture, &first), KC_OK);
    assert_same_record(fixture_get(&other, &first), &first);
    /* One writes, the other reads what was before, and may not write for as long as it takes. */
    assert_int_equal(fixture->table->begin(fixture->store, true, error), KC_OK);
    assert_int_equal(fixture->table->insert(fixture->store, &second, error), KC_OK);
    assert_int_equal(count_all(&other), 1);
    assert_int_equal(other.table->begin(other.store, true, &other.error), KC_ERROR_LEDGER_BUSY);
    assert_int_equal(other.error.code, KC_ERROR_LEDGER_BUSY);
    assert_int_equal(fixture->table->commit(fixture->store, error), KC_OK);
    assert_int_equal(count_all(&other), 2);
    assert_int_equal(fixture_set_key_state(&other, &second.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(fixture_get(fixture, &second)->key_state, KC_KEY_VOIDED);
    other.table->close(other.store);
    arena_free(&other.arena);
    assert_int_equal(count_all(fixture), 2);
}

static void a_locked_file_is_busy(void **state)
{
    struct store_fixture *fixture = *state;
    sqlite3 *db = NULL;
    fixture_close(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    refuse_path(fixture, fixture->path, KC_ERROR_LEDGER_BUSY);
    sqlite3_close(db);
    fixture_open(fixture);
}

static int open_new_file(struct store_fixture *fixture)
{
    struct store *store = NULL;
    const struct record record = fixture_record((uint32_t)getpid());
    if (fixture->table->open(fixture->path, &store, &fixture->error) != KC_OK)
        return 1;
    fixture->store = store;
    if (fixture->table->begin(store, true, &fixture->error) != KC_OK)
        return 2;
    if (fixture->table->insert(store, &record, &fixture->error) != KC_OK)
        return 3;
    if (fixture->table->commit(store, &fixture->error) != KC_OK)
        return 4;
    fixture->table->close(store);
    return 0;
}

/* Many programs start at once on a file that none has made yet. */
static void a_file_is_made_once(void **state)
{
    struct store_fixture *fixture = *state;
    enum { CHILDREN = 6 };
    pid_t children[CHILDREN];
    fixture_close(fixture);
    make_path(fixture, "new.db", fixture->path);
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(open_new_file(fixture));
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    fixture_open(fixture);
    assert_int_equal(count_all(fixture), CHILDREN);
}

/* ---- Permissions ------------------------------------------------------------------------------------------------ */

/* Root may write anything: become someone else, to whom the files were given. */
static int as_nobody(struct store_fixture *fixture)
{
    struct store *store = NULL;
    if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
        return 100;
    const int32_t status = fixture->table->open(fixture->path, &store, &fixture->error);
    if (store)
        fixture->table->close(store);
    return -status;
}

static void give_away(struct store_fixture *fixture, mode_t file, mode_t directory)
{
    char side[160];
    snprintf(side, sizeof(side), "%s-live", fixture->path);
    if (geteuid() == 0) {
        assert_int_equal(chown(fixture->directory, 65534, 65534), 0);
        assert_int_equal(chown(fixture->path, 65534, 65534), 0);
        assert_int_equal(chown(side, 65534, 65534), 0);
    }
    assert_int_equal(chmod(fixture->path, file), 0);
    assert_int_equal(chmod(fixture->directory, directory), 0);
}

static void permissions_are_needed(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_close(fixture);
    give_away(fixture, 0600, 0700);
    assert_int_equal(in_child(fixture, as_nobody), -KC_OK);
    give_away(fixture, 0400, 0700);
    assert_int_equal(in_child(fixture, as_nobody), -KC_ERROR_LEDGER_READ_ONLY);
    give_away(fixture, 0000, 0700);
    assert_int_equal(in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    give_away(fixture, 0600, 0500);
    const int status = in_child(fixture, as_nobody);
    assert_true(status == -KC_ERROR_LEDGER || status == -KC_ERROR_LEDGER_READ_ONLY);
    give_away(fixture, 0600, 0000);
    assert_int_equal(in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    give_away(fixture, 0600, 0500);
    make_path(fixture, "new.db", fixture->path);
    assert_int_equal(in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

/* ---- Full disk -------------------------------------------------------------------------------------------------- */

/* Inserts until the disk is full. The number of records that were kept, or a negative number. */
static int fill_disk(struct store_fixture *fixture)
{
    char guest[3000];
    memset(guest, 'g', sizeof(guest) - 1);
    guest[sizeof(guest) - 1] = '\0';
    for (uint32_t i = 1; i < 10000; i++) {
        struct record record = fixture_record(i);
        record.guest = guest;
        int32_t status = fixture->table->begin(fixture->store, true, &fixture->error);
        if (status == KC_OK)
            status = fixture->table->insert(fixture->store, &record, &fixture->error);
        if (status == KC_OK)
            status = fixture->table->commit(fixture->store, &fixture->error);
        else
            fixture->table->rollback(fixture->store);
        if (status == KC_ERROR_LEDGER_FULL)
            return (int)i - 1;
        if (status != KC_OK)
            return -1;
    }
    return -2;
}

static int full_disk(struct store_fixture *fixture)
{
    const struct record_query all = {.find = RECORD_ALL};
    struct rlimit limit;
    struct record more = fixture_record(20000);
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 1;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 300000;
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 2;
    const int kept = fill_disk(fixture);
    if (kept <= 0)
        return 3;
    /* What was committed is there, and can be read while the disk is full. */
    if (fixture_find(fixture, &all) != KC_OK || fixture->count != (size_t)kept)
        return 4;
    if (fixture->table->begin(fixture->store, true, &fixture->error) == KC_OK) {
        more.guest = fixture->records[0].guest;
        int32_t status = fixture->table->insert(fixture->store, &more, &fixture->error);
        if (status == KC_OK)
            status = fixture->table->commit(fixture->store, &fixture->error);
        else
            fixture->table->rollback(fixture->store);
        if (status != KC_ERROR_LEDGER_FULL)
            return 5;
    }
    /* When there is space again, all goes on. */
    limit.rlim_cur = before;
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 6;
    if (fixture->table->begin(fixture->store, true, &fixture->error) != KC_OK ||
        fixture->table->insert(fixture->store, &more, &fixture->error) != KC_OK ||
        fixture->table->commit(fixture->store, &fixture->error) != KC_OK)
        return 7;
    if (fixture_find(fixture, &all) != KC_OK || fixture->count != (size_t)kept + 1)
        return 8;
    fixture->table->close(fixture->store);
    return 0;
}

static int full_disk_child(struct store_fixture *fixture)
{
    fixture_open(fixture);
    return full_disk(fixture);
}

static void a_full_disk_loses_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_close(fixture);
    assert_int_equal(in_child(fixture, full_disk_child), 0);
    fixture_open(fixture);
    assert_true(count_all(fixture) > 1);
}

/* A job that meets the full disk inside a batch: the store says so, and that the transaction is gone or not. */
static int full_disk_in_job_child(struct store_fixture *fixture)
{
    static char guest[4000];
    struct rlimit limit;
    struct kc_error error = {0};
    memset(guest, 'g', sizeof(guest) - 1);
    fixture_open(fixture);
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 1;
    limit.rlim_cur = 200000;
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 2;
    if (fixture->table->begin(fixture->store, true, &error) != KC_OK)
        return 3;
    int32_t status = KC_OK;
    int32_t end = KC_OK;
    /* More than the page cache, so that pages spill into the log before the commit. */
    for (uint32_t i = 1; status == KC_OK && end == KC_OK && i < 5000; i++) {
        struct record record = fixture_record(i);
        record.guest = guest;
        status = fixture->table->job_begin(fixture->store, &error);
        if (status == KC_OK)
            status = fixture->table->insert(fixture->store, &record, &error);
        end = fixture->table->job_end(fixture->store, status == KC_OK, &error);
    }
    if (status == KC_OK && end == KC_OK)
        status = fixture->table->commit(fixture->store, &error);
    else
        fixture->table->rollback(fixture->store);
    if (status != KC_ERROR_LEDGER_FULL && end != KC_ERROR_LEDGER_FULL)
        return 4;
    const struct record_query all = {.find = RECORD_ALL};
    if (fixture_find(fixture, &all) != KC_OK || fixture->count != 0)
        return 5;
    fixture->table->close(fixture->store);
    return 0;
}

static void a_full_disk_takes_back_the_batch(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_close(fixture);
    assert_int_equal(in_child(fixture, full_disk_in_job_child), 0);
    fixture_open(fixture);
    assert_int_equal(count_all(fixture), 0);
}

/* ---- Crashes ---------------------------------------------------------------------------------------------------- */

/* A child that does `body` with a pipe to tell of it, until it is killed. */
static pid_t start_child(struct store_fixture *fixture, void (*body)(struct store_fixture *fixture, int out), int *in)
{
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipes[0]);
        body(fixture, pipes[1]);
        _exit(1);
    }
    close(pipes[1]);
    *in = pipes[0];
    return child;
}

static void kill_child(pid_t child)
{
    int status = 0;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void write_forever(struct store_fixture *fixture, int out)
{
    fixture_open(fixture);
    for (uint32_t i = 1;; i++) {
        const struct record record = fixture_record(i);
        if (fixture->table->begin(fixture->store, true, &fixture->error) != KC_OK ||
            fixture->table->insert(fixture->store, &record, &fixture->error) != KC_OK ||
            fixture->table->commit(fixture->store, &fixture->error) != KC_OK || write(out, &i, sizeof(i)) != sizeof(i))
            _exit(2);
    }
}

/* Invariant 2 rests on this: what was committed is there after a crash at any instruction. */
static void commits_survive_a_kill(void **state)
{
    struct store_fixture *fixture = *state;
    for (uint32_t round = 0; round < 8; round++) {
        int in = -1;
        uint32_t number = 0;
        fixture_close(fixture);
        snprintf(fixture->path, sizeof(fixture->path), "%s/round-%u.db", fixture->directory, round);
        const pid_t child = start_child(fixture, write_forever, &in);
        while (number < 3 + round * 7)
            assert_int_equal(read(in, &number, sizeof(number)), sizeof(number));
        kill_child(child);
        for (uint32_t more; read(in, &more, sizeof(more)) == sizeof(more);)
            number = more;
        close(in);
        fixture_open(fixture);
        const size_t count = count_all(fixture);
        assert_true(count == number || count == number + 1);
        for (uint32_t i = 1; i <= number; i++) {
            const struct record record = fixture_record(i);
            assert_same_record(fixture_get(fixture, &record), &record);
        }
    }
}

static void enter_and_wait(struct store_fixture *fixture, int out)
{
    fixture_open(fixture);
    if (fixture->table->instance_enter(fixture->store, UINT64_C(0xFFFFFFFFFFFFFFF5), &fixture->error) != KC_OK)
        _exit(2);
    if (write(out, "x", 1) != 1)
        _exit(3);
    for (;;)
        pause();
}

static void a_crash_ends_the_registration(void **state)
{
    struct store_fixture *fixture = *state;
    const uint64_t instance = UINT64_C(0xFFFFFFFFFFFFFFF5);
    char byte = 0;
    int in = -1;
    struct store_fixture copy = *fixture;
    assert_false(fixture->table->instance_alive(fixture->store, instance));
    const pid_t child = start_child(&copy, enter_and_wait, &in);
    assert_int_equal(read(in, &byte, 1), 1);
    assert_true(fixture->table->instance_alive(fixture->store, instance));
    assert_false(fixture->table->instance_alive(fixture->store, instance - 1));
    kill_child(child);
    close(in);
    assert_false(fixture->table->instance_alive(fixture->store, instance));
}

static void contexts_of_one_process_see_each_other(void **state)
{
    struct store_fixture *fixture = *state;
    struct store *other = NULL;
    assert_int_equal(fixture_open_another(fixture, &other), KC_OK);
    assert_int_equal(fixture->table->instance_enter(fixture->store, 1, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->instance_enter(other, 2, &fixture->error), KC_OK);
    assert_true(fixture->table->instance_alive(fixture->store, 1));
    assert_true(fixture->table->instance_alive(fixture->store, 2));
    assert_true(fixture->table->instance_alive(other, 1));
    assert_false(fixture->table->instance_alive(other, 3));
    fixture->table->close(other);
    assert_false(fixture->table->instance_alive(fixture->store, 2));
    assert_true(fixture->table->instance_alive(fixture->store, 1));
}

static void a_side_file_that_cannot_be_used_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    char side[160];
    fixture_close(fixture);
    snprintf(side, sizeof(side), "%s-live", fixture->path);
    assert_int_equal(unlink(side), 0);
    assert_int_equal(mkfifo(side, 0600), 0);
    refuse_path(fixture, fixture->path, KC_ERROR_LEDGER);
    assert_int_equal(unlink(side), 0);
    assert_int_equal(symlink("/dev/null", side), 0);
    refuse_path(fixture, fixture->path, KC_ERROR_LEDGER);
    assert_int_equal(unlink(side), 0);
    fixture_open(fixture);
}

/* ---- Files that go away ----------------------------------------------------------------------------------------- */

static int32_t write_one(struct store_fixture *fixture, uint32_t number)
{
    const struct record record = fixture_record(number);
    memset(&fixture->error, 0, sizeof(fixture->error));
    int32_t status = fixture->table->begin(fixture->store, true, &fixture->error);
    if (status != KC_OK)
        return status;
    status = fixture->table->insert(fixture->store, &record, &fixture->error);
    if (status == KC_OK)
        return fixture->table->commit(fixture->store, &fixture->error);
    fixture->table->rollback(fixture->store);
    return status;
}

/* Writing to a file that has no name any more, or beside programs that see another one, is not durable. */
static void files_that_are_removed_or_replaced_are_noticed(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *const endings[] = {"", "-wal", "-shm", "-live"};
    for (size_t i = 0; i < 4; i++) {
        char path[160];
        char away[170];
        size_t size = 0;
        fixture_close(fixture);
        snprintf(fixture->path, sizeof(fixture->path), "%s/gone-%zu.db", fixture->directory, i);
        fixture_open(fixture);
        assert_int_equal(write_one(fixture, 1), KC_OK);
        snprintf(path, sizeof(path), "%s%s", fixture->path, endings[i]);
        snprintf(away, sizeof(away), "%s-away", path);
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(write_one(fixture, 2), KC_ERROR_LEDGER);
        assert_non_null(strstr(fixture->error.message, "removed"));
        uint8_t *bytes = read_file(away, &size);
        write_file(path, bytes, size);
        free(bytes);
        assert_int_equal(write_one(fixture, 3), KC_ERROR_LEDGER);
        assert_non_null(strstr(fixture->error.message, "replaced"));
        assert_int_equal(rename(away, path), 0); /* as it was: on it goes */
        assert_int_equal(write_one(fixture, 4), KC_OK);
        assert_int_equal(count_all(fixture), 2);
    }
}

/* A folder in which nothing has changed for a while tells by itself that they are all there. */
static void files_that_are_removed_later_are_noticed(void **state)
{
    struct store_fixture *fixture = *state;
    char path[160];
    snprintf(path, sizeof(path), "%s-wal", fixture->path);
    assert_int_equal(write_one(fixture, 1), KC_OK);
    sleep(5);
    assert_int_equal(write_one(fixture, 2), KC_OK);
    assert_int_equal(write_one(fixture, 3), KC_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(write_one(fixture, 4), KC_ERROR_LEDGER);
    assert_non_null(strstr(fixture->error.message, "removed"));
    assert_int_equal(write_one(fixture, 5), KC_ERROR_LEDGER);
}

static void files_that_go_during_a_transaction_are_noticed(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_record(1);
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_ERROR_LEDGER);
    assert_int_equal(write_one(fixture, 2), KC_ERROR_LEDGER);
}

static int change_directory(struct store_fixture *fixture)
{
    if (chdir(fixture->directory) < 0 || fixture->table->open("here.db", &fixture->store, &fixture->error) != KC_OK)
        return 1;
    if (chdir("/") < 0)
        return 2;
    const int32_t status = write_one(fixture, 1);
    fixture->table->close(fixture->store);
    return status == KC_OK ? 0 : 3;
}

static void another_working_directory_is_no_matter(void **state)
{
    fixture_close(*state);
    assert_int_equal(in_child(*state, change_directory), 0);
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

static bool file_contains(const char *path, const char *text)
{
    size_t size = 0;
    if (access(path, F_OK) < 0)
        return false;
    uint8_t *bytes = read_file(path, &size);
    const bool found = memmem(bytes, size, text, strlen(text)) != NULL;
    free(bytes);
    return found;
}

/* Not only the rows: the bytes. */
static void forgotten_guests_leave_the_files(void **state)
{
    struct store_fixture *fixture = *state;
    char log[160];
    snprintf(log, sizeof(log), "%s-wal", fixture->path);
    for (uint32_t i = 0; i < 200; i++) {
        struct record record = fixture_record(i);
        record.booking = i % 2 == 0 ? "B1" : "B2";
        record.guest = i % 2 == 0 ? "Forgotten Guest" : "Remembered Guest";
        record.serials = STRINGS("04SERIAL");
        record.serials.count = i % 2 == 0;
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        record.outcome = KC_OUTCOME_WRITTEN;
        assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    }
    assert_true(file_contains(fixture->path, "Forgotten Guest") || file_contains(log, "Forgotten Guest"));
    assert_int_equal(fixture_forget(fixture, "Hotel", "B1"), KC_OK);
    assert_false(file_contains(fixture->path, "Forgotten Guest"));
    assert_false(file_contains(log, "Forgotten Guest"));
    assert_false(file_contains(fixture->path, "04SERIAL"));
    assert_true(file_contains(fixture->path, "Remembered Guest"));
}

#define FILE_TEST(test)                                                                                                \
    {                                                                                                                  \
#test, test, fixture_setup, fixture_teardown, (void *)(uintptr_t) "sqlite"                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(survives_reopening),
        FILE_TEST(every_path_is_a_file_name),
        FILE_TEST(refuses_what_is_no_regular_file),
        FILE_TEST(refuses_what_is_no_ledger),
        FILE_TEST(empty_files_become_ledgers),
        FILE_TEST(newer_ledgers_are_not_touched),
        FILE_TEST(truncated_files_are_damaged),
        FILE_TEST(overwritten_pages_are_damaged),
        FILE_TEST(flipped_bytes_do_no_harm),
        FILE_TEST(forged_values_are_damage),
        FILE_TEST(triggers_of_a_forged_schema_do_not_run),
        FILE_TEST(two_connections_share_a_file),
        FILE_TEST(a_locked_file_is_busy),
        FILE_TEST(a_file_is_made_once),
        FILE_TEST(permissions_are_needed),
        FILE_TEST(a_full_disk_loses_nothing),
        FILE_TEST(a_full_disk_takes_back_the_batch),
        FILE_TEST(commits_survive_a_kill),
        FILE_TEST(a_crash_ends_the_registration),
        FILE_TEST(contexts_of_one_process_see_each_other),
        FILE_TEST(a_side_file_that_cannot_be_used_is_refused),
        FILE_TEST(files_that_are_removed_or_replaced_are_noticed),
        FILE_TEST(files_that_are_removed_later_are_noticed),
        FILE_TEST(files_that_go_during_a_transaction_are_noticed),
        FILE_TEST(another_working_directory_is_no_matter),
        FILE_TEST(forgotten_guests_leave_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
