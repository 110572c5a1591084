/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocations that fail when a test says so, and the counting of blocks. The linker sends malloc() and so on of the
 * library here (see meson.build); what other libraries take is not touched. */
#ifndef KEYCARD_TORTURE_FAILING_MEMORY_H
#define KEYCARD_TORTURE_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The allocation number `which` (from 0), in whatever thread, fails; with `onward`, so does every one after it. */
void memory_fail(long which, bool onward);
void memory_fail_no_more(void);
/* From now on only allocations of this thread fail and are numbered: the model of a device lives in another one. */
void memory_fail_only_here(void);
/* Whether one has failed since memory_fail(). */
bool memory_has_failed(void);
/* Blocks that were taken and not given back. */
long memory_blocks(void);

#endif
