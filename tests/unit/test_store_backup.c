/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backups of a SQLite ledger, step by step, while another process writes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_pair.h"

static void write_until_killed(const char *uri)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    if (store_open(uri, &store, &error) != KC_OK)
        _exit(1);
    for (uint32_t i = 10000;; i++) {
        char texts[4][40];
        struct record record = pair_record(i, texts);
        if (store->table->begin(store, true, &error) != KC_OK ||
            store->table->insert(store, &record, &error) != KC_OK || store->table->commit(store, &error) != KC_OK)
            _exit(1);
    }
}

static void backups_fit_while_another_process_writes(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error = {0};
    struct store *from = pair_open(pair->from_uri, NULL);
    int64_t entries = 0;
    pair_write(from, 0, 2000);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(pair->from_uri);
    for (int i = 0; i < 6; i++) {
        char path[160];
        char uri[200];
        struct store_backup *backup = NULL;
        struct store_check check = {0};
        int steps = 0;
        snprintf(path, sizeof(path), "%s/backup-%d", pair->from->directory, i);
        do {
            if (from->table->backup(from, path, &backup, &check, &error) != KC_OK)
                fail_msg("%d %s", error.code, error.message);
            steps++;
        } while (backup);
        assert_true(steps > 3);
        snprintf(uri, sizeof(uri), "sqlite:%s", path);
        struct store *copy = pair_open(uri, NULL);
        const struct store_check found = pair_check(copy);
        assert_same_chain(&found, &check);
        assert_true(found.entries >= entries);
        entries = found.entries;
        store_close(copy);
    }
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it wrote all the time */
    store_close(from);
}

static void backups_that_are_given_up_leave_nothing(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error = {0};
    struct store *from = pair_open(pair->from_uri, NULL);
    char path[160];
    pair_write(from, 0, 2000);
    snprintf(path, sizeof(path), "%s/backup", pair->from->directory);
    for (int steps = 1; steps < 6; steps++) {
        struct store_backup *backup = NULL;
        struct store_check check = {0};
        for (int i = 0; i < steps; i++)
            assert_int_equal(from->table->backup(from, path, &backup, &check, &error), KC_OK);
        assert_non_null(backup);
        from->table->backup_drop(backup);
        char command[300];
        snprintf(command, sizeof(command), "test -z \"$(ls -d '%s'* 2>/dev/null)\"", path);
        assert_int_equal(system(command), 0);
    }
    store_close(from);
}

int main(void)
{
    static const char *const sqlite[] = {"sqlite", "sqlite"};
    const struct CMUnitTest tests[] = {
        PAIR_TEST(backups_fit_while_another_process_writes, sqlite),
        PAIR_TEST(backups_that_are_given_up_leave_nothing, sqlite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
