/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See files.h. */
#include "files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
/* after the four above */
#include <cmocka.h>

uint8_t *file_read(const char *path, size_t *size)
{
    struct stat found;
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s cannot be opened", path);
    assert_int_equal(fstat(fileno(file), &found), 0);
    uint8_t *bytes = malloc((size_t)found.st_size + 1);
    assert_non_null(bytes);
    *size = fread(bytes, 1, (size_t)found.st_size, file);
    assert_int_equal(*size, found.st_size);
    fclose(file);
    return bytes;
}

void file_is(const char *path, const uint8_t *bytes, size_t size)
{
    size_t now = 0;
    uint8_t *found = file_read(path, &now);
    assert_int_equal(now, size);
    assert_memory_equal(found, bytes, size);
    free(found);
}

bool file_contains(const char *path, const char *text)
{
    size_t size = 0;
    uint8_t *bytes = file_read(path, &size);
    const bool found = memmem(bytes, size, text, strlen(text)) != NULL;
    free(bytes);
    return found;
}

static size_t look(const char *folder, const char *pattern, const char *text)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[600];
        if (entry->d_name[0] == '.' || fnmatch(pattern, entry->d_name, 0) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        count += !text || file_contains(path, text);
    }
    closedir(directory);
    return count;
}

bool files_contain(const char *folder, const char *text)
{
    return look(folder, "*", text) > 0;
}

size_t files_named(const char *folder, const char *pattern)
{
    return look(folder, pattern, NULL);
}
