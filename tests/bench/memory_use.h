/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process has of memory. */
#ifndef KEYCARD_BENCH_MEMORY_USE_H
#define KEYCARD_BENCH_MEMORY_USE_H

#include <stddef.h>

/* Taken from the heap and not given back. */
size_t heap_bytes(void);
size_t resident_bytes(void);

#endif
