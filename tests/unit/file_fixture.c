/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger in a file, from outside. */
#include "file_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void file_sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
    sqlite3_close(db);
}

uint8_t *file_read(const char *path, size_t *size)
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

void file_write(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

void file_refuse(struct store_fixture *fixture, const char *path, int32_t code)
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

void file_name(const struct store_fixture *fixture, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", fixture->directory, name);
}

int file_in_child(struct store_fixture *fixture, int (*body)(struct store_fixture *fixture))
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

size_t file_count(struct store_fixture *fixture)
{
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_find(fixture, &all), KC_OK);
    return fixture->count;
}

int32_t file_find_value(struct store_fixture *fixture, enum record_find find, const char *site, const char *value)
{
    const struct record_query query = {.find = find, .site = site, .value = value};
    return fixture_find(fixture, &query);
}

int32_t file_find_id(struct store_fixture *fixture, uint32_t number)
{
    const struct record record = fixture_record(number);
    const struct record_query query = {.find = RECORD_BY_ID, .id = record.id};
    return fixture_find(fixture, &query);
}

void file_insert_three(struct store_fixture *fixture)
{
    static const char *const bookings[] = {"B1", "B2", "B3"};
    static const char *const keys[] = {"k1", "k2", "k3"};
    static const char *const rooms[] = {"101", "102", "103"};
    for (uint32_t i = 0; i < 3; i++) {
        struct record record = fixture_record(i + 1);
        record.booking = bookings[i];
        record.idempotency_key = keys[i];
        record.rooms = (struct strings){&rooms[i], 1};
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    }
}
