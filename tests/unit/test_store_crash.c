/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Full disks and crashes: what was committed stays, nothing else does, and who crashed is no longer there. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_fixture.h"
#include "store/record.h"

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
    assert_int_equal(file_in_child(fixture, full_disk_child), 0);
    fixture_open(fixture);
    assert_true(file_count(fixture) > 1);
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
    assert_int_equal(file_in_child(fixture, full_disk_in_job_child), 0);
    fixture_open(fixture);
    assert_int_equal(file_count(fixture), 0);
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
        const size_t count = file_count(fixture);
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
    file_refuse(fixture, fixture->path, KC_ERROR_LEDGER);
    assert_int_equal(unlink(side), 0);
    assert_int_equal(symlink("/dev/null", side), 0);
    file_refuse(fixture, fixture->path, KC_ERROR_LEDGER);
    assert_int_equal(unlink(side), 0);
    fixture_open(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_full_disk_loses_nothing),
        FILE_TEST(a_full_disk_takes_back_the_batch),
        FILE_TEST(commits_survive_a_kill),
        FILE_TEST(a_crash_ends_the_registration),
        FILE_TEST(contexts_of_one_process_see_each_other),
        FILE_TEST(a_side_file_that_cannot_be_used_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
