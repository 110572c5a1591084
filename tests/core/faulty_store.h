/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ledger in memory that fails or hesitates when a test says so; it works in a thread of its own, as SQLite does. */
#ifndef KEYCARD_TESTS_FAULTY_STORE_H
#define KEYCARD_TESTS_FAULTY_STORE_H

#include <stdatomic.h>

#include "store.h"

/* Freed with the context that takes it over; `watch` is the test's and lives longer. */
struct store_watch {
    atomic_int insert_fails, finish_fails, commit_fails, find_fails; /* KC_ERROR_LEDGER... from now on; 0: works */
    atomic_bool hold;                                                /* commits of a write wait until it is false */
    atomic_bool holding;                                             /* one does */
    atomic_size_t inserts, finishes, commits;                        /* that succeeded */
};

struct store *faulty_store_new(struct store_watch *watch);

#endif
