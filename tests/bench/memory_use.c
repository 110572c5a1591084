/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process has of memory. */
#include "memory_use.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "lock_side.h"

size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

size_t resident_bytes(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    NEED(file && fscanf(file, "%*s %zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}
