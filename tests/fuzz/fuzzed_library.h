/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library that is fuzzed asks its target for in place of the operating system. */
#ifndef FUZZED_LIBRARY_H
#define FUZZED_LIBRARY_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

int fuzz_clock_gettime(clockid_t clock, struct timespec *out);
ssize_t fuzz_getrandom(void *out, size_t count, unsigned flags);

#endif
