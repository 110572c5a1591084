/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a load test stays on this computer. A test makes keys that open doors if it reaches a lock system that has
 * doors, so everything is refused that is not known to be a simulation's address. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdbool.h>
#include <stddef.h>

enum { TARGET_NAME = 256 };

/* What was found out about a URI, an option or a ledger. */
struct target {
    bool is_here;
    char name[TARGET_NAME]; /* of what is not here: a host, a device; this is what the user must name */
    char reason[200];
};

/* A lock system: "virtual:" is here; a host if all of its addresses are of the loopback; a terminal if it is a
 * pseudo-terminal. Any proxy in the query counts, too. */
struct target target_of_system(const char *uri);
/* An option given apart from the URI: only a proxy leads away. */
struct target target_of_option(const char *name, const char *value);
/* A ledger: in memory, a file that is not there yet, or a PostgreSQL server on the loopback. */
struct target target_of_ledger(const char *uri);

#endif
