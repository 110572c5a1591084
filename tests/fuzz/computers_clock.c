/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time and random bytes of this computer, for targets that need no others. */
#include "fuzzed_library.h"

#include <sys/random.h>

int fuzz_clock_gettime(clockid_t clock, struct timespec *out)
{
    return clock_gettime(clock, out);
}

ssize_t fuzz_getrandom(void *out, size_t count, unsigned flags)
{
    return getrandom(out, count, flags);
}
