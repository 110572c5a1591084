/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of files, for tests of what a ledger leaves on the disk. Failures fail the test. */
#ifndef KEYCARD_TESTS_FILES_H
#define KEYCARD_TESTS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole file; the caller's to free. */
uint8_t *file_read(const char *path, size_t *size);
/* Asserts that the file has exactly these bytes. */
void file_is(const char *path, const uint8_t *bytes, size_t size);
bool file_contains(const char *path, const char *text);
/* Whether a text stands in any file of a folder. */
bool files_contain(const char *folder, const char *text);
/* How many of its files have such a name, with * and ? as in the shell. */
size_t files_named(const char *folder, const char *pattern);

#endif
