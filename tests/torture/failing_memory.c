/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocations that fail when a test says so. */
#include "failing_memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
char *__real_realpath(const char *path, char *resolved);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
char *__wrap_realpath(const char *path, char *resolved);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void __wrap_free(void *memory);

static atomic_long allocations, blocks, first_failure = -1;
static atomic_bool goes_on, has_failed, only_marked;
static _Thread_local bool marked;

void memory_fail(long which, bool onward)
{
    atomic_store(&allocations, 0);
    atomic_store(&goes_on, onward);
    atomic_store(&has_failed, false);
    atomic_store(&first_failure, which);
}

void memory_fail_no_more(void)
{
    atomic_store(&first_failure, -1);
}

void memory_fail_only_here(void)
{
    marked = true;
    atomic_store(&only_marked, true);
}

bool memory_has_failed(void)
{
    return atomic_load(&has_failed);
}

long memory_blocks(void)
{
    return atomic_load(&blocks);
}

static bool fails(void)
{
    if (atomic_load(&only_marked) && !marked)
        return false;
    long first = atomic_load(&first_failure), number = atomic_fetch_add(&allocations, 1);
    if (first < 0 || number < first || (number > first && !atomic_load(&goes_on)))
        return false;
    atomic_store(&has_failed, true);
    return true;
}

static void *counted(void *memory)
{
    if (memory)
        atomic_fetch_add(&blocks, 1);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (fails())
        return NULL;
    void *grown = __real_realloc(memory, size);
    return memory ? grown : counted(grown);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return size && count > SIZE_MAX / size ? NULL : __wrap_realloc(memory, count * size);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *__wrap_strndup(const char *text, size_t most)
{
    size_t length = strnlen(text, most);
    char *copy = __wrap_malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *__wrap_realpath(const char *path, char *resolved)
{
    if (resolved)
        return __real_realpath(path, resolved);
    return fails() ? NULL : counted(__real_realpath(path, NULL));
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    *out = length < 0 ? NULL : __wrap_malloc((size_t)length + 1);
    if (!*out)
        return -1;
    va_start(arguments, format);
    length = vsnprintf(*out, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return length;
}

void __wrap_free(void *memory)
{
    if (memory)
        atomic_fetch_sub(&blocks, 1);
    __real_free(memory);
}
