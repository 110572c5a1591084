/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library that is loaded when it is first needed: who never needs it neither waits for it nor has it in memory.
 *
 * lib/external/NAME.list says which functions of it are called. Of that the build makes the header
 * external/NAME_calls.h, in which their names lead to a table of pointers, and a source with the table. Whoever opens
 * something that leads to such a call asks for the library first, by NAME_need(); after that a call costs what it costs
 * through the linker's own table. A build that links its libraries directly (the meson option load_on_use) has the same
 * NAME_need(), which always succeeds. */
#ifndef KEYCARD_UTIL_EXTERNAL_H
#define KEYCARD_UTIL_EXTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

/* As the table of the dynamic linker it belongs to the process, and is written once: whoever comes first fills it in,
 * with what any other would have found. */
struct external {
    const char *file;         /* libcurl.so.4 */
    const char *purpose;      /* what needs it, for the error */
    const char *const *names; /* of functions and variables; `count` of them */
    void *functions;          /* as many pointers */
    size_t count;
    size_t needed; /* the others are NULL where the library does not have them */
    atomic_bool loaded;
};

/* Loads it unless it is there. KC_OK, or KC_ERROR_SYSTEM with the reason and what to do; the next call tries again. Any
 * thread; what was read before the first success in another thread must have been handed over as all else is. */
int32_t external_need(struct external *external, struct kc_error *error);

#endif
