/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a ledger file can suffer while its bytes are good: wrong places, other programs, permissions, files that go
 * away; and what must not stay in it. What else it can suffer is in test_store_damage.c and test_store_crash.c. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_fixture.h"
#include "store/record.h"

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
    assert_int_equal(file_in_child(*state, open_in_directory), 0);
}

static void refuses_what_is_no_regular_file(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];
    char target[128];
    file_refuse(fixture, "", KC_ERROR_LEDGER);
    file_refuse(fixture, NULL, KC_ERROR_LEDGER);
    file_refuse(fixture, fixture->directory, KC_ERROR_LEDGER);
    file_refuse(fixture, "/dev/null", KC_ERROR_LEDGER);
    file_refuse(fixture, "/proc/self/status/ledger.db", KC_ERROR_LEDGER);
    file_name(fixture, "missing/ledger.db", path);
    file_refuse(fixture, path, KC_ERROR_LEDGER);
    assert_non_null(strstr(fixture->error.message, "directory does not exist"));
    file_name(fixture, "fifo", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    file_refuse(fixture, path, KC_ERROR_LEDGER);
    file_name(fixture, "link", path);
    file_name(fixture, "nowhere", target);
    assert_int_equal(symlink(target, path), 0);
    file_refuse(fixture, path, KC_ERROR_LEDGER);
    assert_int_equal(access(target, F_OK), -1);
}

static void refuses_what_is_no_ledger(void **state)
{
    struct store_fixture *fixture = *state;
    char path[128];
    char text[5000];
    memset(text, 'x', sizeof(text));
    file_name(fixture, "text", path);
    file_write(path, text, sizeof(text));
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    file_write(path, text, 10);
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    file_name(fixture, "other.db", path);
    file_sql(path, "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE t (x)");
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    file_name(fixture, "plain.db", path);
    file_sql(path, "CREATE TABLE t (x)");
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    file_name(fixture, "half.db", path);
    file_sql(path, "PRAGMA application_id = 1262701617; PRAGMA user_version = 1; CREATE TABLE name (id INTEGER)");
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
    file_name(fixture, "zero.db", path);
    file_sql(path, "PRAGMA application_id = 1262701617; CREATE TABLE name (id INTEGER)");
    file_refuse(fixture, path, KC_ERROR_LEDGER_DAMAGED);
}

static void empty_files_become_ledgers(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_record(1);
    fixture_close(fixture);
    file_name(fixture, "zero-bytes", fixture->path);
    file_write(fixture->path, "", 0);
    fixture_open(fixture);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_close(fixture);
    file_name(fixture, "version-0.db", fixture->path);
    file_sql(fixture->path, "CREATE TABLE t (x); DROP TABLE t; VACUUM");
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
    file_sql(fixture->path, "PRAGMA user_version = 4");
    uint8_t *before = file_read(fixture->path, &size_before);
    file_refuse(fixture, fixture->path, KC_ERROR_LEDGER_NEWER);
    uint8_t *after = file_read(fixture->path, &size_after);
    assert_int_equal(size_after, size_before);
    assert_memory_equal(after, before, size_before);
    free(before);
    free(after);
    file_sql(fixture->path, "PRAGMA user_version = 3");
    fixture_open(fixture);
    assert_same_record(fixture_get(fixture, &record), &record);
}

static void assert_whole(struct store_fixture *fixture, int64_t entries)
{
    struct store_check check = {0};
    while (!check.done) {
        assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->check(fixture->store, &check, &fixture->error), KC_OK);
        fixture->table->rollback(fixture->store);
    }
    assert_null(check.fault);
    assert_int_equal(check.entries, entries);
}

/* What is older gets what it has not, once. Its journal has rows with one entry, behind which come rows with many. */
static void older_ledgers_are_brought_up_to_date(void **state)
{
    enum { FIRST = 3, MANY = 100 };
    static const char *const aging[] = {
        "ALTER TABLE journal RENAME COLUMN packed TO digest; DROP TABLE unreadable; PRAGMA user_version = 1",
        "ALTER TABLE journal RENAME COLUMN packed TO digest; PRAGMA user_version = 2",
    };
    struct store_fixture *fixture = *state;
    for (size_t version = 0; version < 2; version++) {
        fixture_close(fixture);
        snprintf(fixture->path, sizeof(fixture->path), "%s/older-%zu.db", fixture->directory, version);
        fixture_open(fixture);
        for (uint32_t i = 0; i < FIRST; i++) {
            const struct record record = fixture_record(i);
            assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        }
        fixture_close(fixture);
        file_sql(fixture->path, aging[version]);
        fixture_open(fixture);
        assert_whole(fixture, FIRST);
        fixture_begin(fixture);
        for (uint32_t i = FIRST; i < FIRST + MANY; i++) {
            const struct record record = fixture_record(i);
            assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
        }
        assert_int_equal(fixture_end(fixture, KC_OK), KC_OK);
        fixture_close(fixture);
        file_sql(fixture->path, "INSERT INTO chain (one) SELECT 1 FROM pragma_user_version WHERE user_version <> 3");
        file_sql(fixture->path, "INSERT INTO chain (one) SELECT 1 FROM journal WHERE back < -64 OR entry <= 3 AND "
                                "back < 0 UNION ALL SELECT 1 WHERE (SELECT count(*) FROM journal) <> 5");
        fixture_open(fixture);
        assert_whole(fixture, FIRST + MANY);
        for (uint32_t i = 0; i < FIRST + MANY; i++) {
            const struct record record = fixture_record(i);
            assert_same_record(fixture_get(fixture, &record), &record);
        }
    }
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
    assert_int_equal(file_count(&other), 1);
    assert_int_equal(other.table->begin(other.store, true, &other.error), KC_ERROR_LEDGER_BUSY);
    assert_int_equal(other.error.code, KC_ERROR_LEDGER_BUSY);
    assert_int_equal(fixture->table->commit(fixture->store, error), KC_OK);
    assert_int_equal(file_count(&other), 2);
    assert_int_equal(fixture_set_key_state(&other, &second.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(fixture_get(fixture, &second)->key_state, KC_KEY_VOIDED);
    other.table->close(other.store);
    arena_free(&other.arena);
    assert_int_equal(file_count(fixture), 2);
}

static void a_locked_file_is_busy(void **state)
{
    struct store_fixture *fixture = *state;
    sqlite3 *db = NULL;
    fixture_close(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    file_refuse(fixture, fixture->path, KC_ERROR_LEDGER_BUSY);
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
    file_name(fixture, "new.db", fixture->path);
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
    assert_int_equal(file_count(fixture), CHILDREN);
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
    assert_int_equal(file_in_child(fixture, as_nobody), -KC_OK);
    give_away(fixture, 0400, 0700);
    assert_int_equal(file_in_child(fixture, as_nobody), -KC_ERROR_LEDGER_READ_ONLY);
    give_away(fixture, 0000, 0700);
    assert_int_equal(file_in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    give_away(fixture, 0600, 0500);
    const int status = file_in_child(fixture, as_nobody);
    assert_true(status == -KC_ERROR_LEDGER || status == -KC_ERROR_LEDGER_READ_ONLY);
    give_away(fixture, 0600, 0000);
    assert_int_equal(file_in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    give_away(fixture, 0600, 0500);
    file_name(fixture, "new.db", fixture->path);
    assert_int_equal(file_in_child(fixture, as_nobody), -KC_ERROR_LEDGER);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
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
        uint8_t *bytes = file_read(away, &size);
        file_write(path, bytes, size);
        free(bytes);
        assert_int_equal(write_one(fixture, 3), KC_ERROR_LEDGER);
        assert_non_null(strstr(fixture->error.message, "replaced"));
        assert_int_equal(rename(away, path), 0); /* as it was: on it goes */
        assert_int_equal(write_one(fixture, 4), KC_OK);
        assert_int_equal(file_count(fixture), 2);
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
    assert_int_equal(file_in_child(*state, change_directory), 0);
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------- */

static bool file_contains(const char *path, const char *text)
{
    size_t size = 0;
    if (access(path, F_OK) < 0)
        return false;
    uint8_t *bytes = file_read(path, &size);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(survives_reopening),
        FILE_TEST(every_path_is_a_file_name),
        FILE_TEST(refuses_what_is_no_regular_file),
        FILE_TEST(refuses_what_is_no_ledger),
        FILE_TEST(empty_files_become_ledgers),
        FILE_TEST(newer_ledgers_are_not_touched),
        FILE_TEST(older_ledgers_are_brought_up_to_date),
        FILE_TEST(two_connections_share_a_file),
        FILE_TEST(a_locked_file_is_busy),
        FILE_TEST(a_file_is_made_once),
        FILE_TEST(permissions_are_needed),
        FILE_TEST(files_that_are_removed_or_replaced_are_noticed),
        FILE_TEST(files_that_are_removed_later_are_noticed),
        FILE_TEST(files_that_go_during_a_transaction_are_noticed),
        FILE_TEST(another_working_directory_is_no_matter),
        FILE_TEST(forgotten_guests_leave_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
