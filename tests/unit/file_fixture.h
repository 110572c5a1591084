/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger in a file, from outside: its bytes, SQL behind the library's back, other processes. */
#ifndef KEYCARD_TESTS_FILE_FIXTURE_H
#define KEYCARD_TESTS_FILE_FIXTURE_H

#include "store_fixture.h"

/* Runs SQL on the file with a connection of its own. */
void file_sql(const char *path, const char *text);
uint8_t *file_read(const char *path, size_t *size);
void file_write(const char *path, const void *bytes, size_t size);
/* Opening must fail so, and say something about it. */
void file_refuse(struct store_fixture *fixture, const char *path, int32_t code);
void file_name(const struct store_fixture *fixture, const char *name, char path[128]);
/* The exit status of a child that ran `body`; it must not use asserts. */
int file_in_child(struct store_fixture *fixture, int (*body)(struct store_fixture *fixture));
size_t file_count(struct store_fixture *fixture);

/* What is found; the status. */
int32_t file_find_value(struct store_fixture *fixture, enum record_find find, const char *site, const char *value);
int32_t file_find_id(struct store_fixture *fixture, uint32_t number);
/* Three operations, each with a booking, room and key of its own, that stand in no index yet. */
void file_insert_three(struct store_fixture *fixture);

#define FILE_TEST(test)                                                                                                \
    {                                                                                                                  \
#test, test, fixture_setup, fixture_teardown, (void *)(uintptr_t) "sqlite"                                     \
    }

#endif
