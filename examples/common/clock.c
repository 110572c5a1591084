/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Milliseconds of the clock that nobody sets. */
#include "clock.h"

#include <time.h>

int64_t clock_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
