/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocations that fail in the thread of the test alone: threads of libraries and of the far end have memory. The
 * linker puts these functions before those of the system (see meson.build). */
#ifndef KEYCARD_TESTS_FAILING_THREAD_H
#define KEYCARD_TESTS_FAILING_THREAD_H

#include <stdbool.h>
#include <stddef.h>

/* Allocations of this thread that still succeed before one fails; negative: all do. */
extern _Thread_local int allocations_left;
extern _Thread_local bool allocation_failed;

/* For libraries that are given their allocator. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);

#endif
