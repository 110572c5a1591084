/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records and stores for the tests of lib/store. */
#ifndef KEYCARD_TESTS_STORE_FIXTURE_H
#define KEYCARD_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <keycard/keycard.h>

#include "store.h"

#define FIXTURE_TIME INT64_C(1781000000000) /* some day in June 2026 */

struct store_fixture {
    const struct store_table *table;
    bool tidies; /* after each transaction: everything stands in its tables then */
    struct store *store;
    char directory[64];
    char path[128];    /* "" for stores without a place */
    char database[64]; /* "" if it is not in PostgreSQL */
    struct arena arena;
    struct record *records; /* of the last fixture_find() */
    size_t count;
    struct kc_error error;
};

/* Stores in PostgreSQL need a server: the environment variable KEYCARD_POSTGRESQL is what follows the "?" of its URIs
 * (tests/postgresql.py sets it). Each fixture has a database of its own there. */

/* A directory of its own, and an open store in it. The initial state is the scheme, or "sqlite, tidied". */
int fixture_setup(void **state);
int fixture_teardown(void **state);
#ifdef KEYCARD_POSTGRESQL
/* Runs SQL in a database of the server. */
void fixture_sql(const char *database, const char *sql);
#endif
/* Changes the tables behind the library's back. */
void fixture_tamper(struct store_fixture *fixture, const char *sql);
void fixture_open(struct store_fixture *fixture);
void fixture_close(struct store_fixture *fixture);
/* Opens the file a second time; the status of the opening. */
int32_t fixture_open_another(struct store_fixture *fixture, struct store **store);

struct uuid fixture_id(int64_t created_ms, uint32_t number);
/* An intent for an original of room 101, booking "B1", site "Hotel". */
struct record fixture_record(uint32_t number);
/* Every field with a value of its own. */
struct record fixture_full_record(void);
/* Puts the text into every text and every list. */
struct record fixture_filled_record(uint32_t number, const char *text, const char *const list[2]);
struct strings fixture_strings(const char *const *items);
/* Lives as long as the block it stands in. */
#define STRINGS(...) fixture_strings((const char *const[]){__VA_ARGS__, NULL})

/* Each in a transaction and a job of its own, which are kept if it succeeds. */
int32_t fixture_insert(struct store_fixture *fixture, const struct record *record);
int32_t fixture_finish(struct store_fixture *fixture, const struct record *record);
int32_t fixture_set_key_state(struct store_fixture *fixture, const struct uuid *id, int32_t key_state,
                              bool unconfirmed);
int32_t fixture_set_stay(struct store_fixture *fixture, const struct uuid *id, const struct strings *rooms,
                         int64_t until_utc);
int32_t fixture_forget(struct store_fixture *fixture, const char *site, const char *booking);
void fixture_begin(struct store_fixture *fixture);
int32_t fixture_end(struct store_fixture *fixture, int32_t status);
/* All that the store does later is done. */
void fixture_tidy(struct store_fixture *fixture);
int32_t fixture_find(struct store_fixture *fixture, const struct record_query *query);
/* How many records a query finds. */
size_t fixture_count(struct store_fixture *fixture, struct record_query query);
/* Expects exactly one, and gives it. */
const struct record *fixture_one(struct store_fixture *fixture, const struct record_query *query);
const struct record *fixture_get(struct store_fixture *fixture, const struct record *record);

/* NULL if both are the same, else the field that differs. */
const char *record_difference(const struct record *a, const struct record *b);
void assert_same_record(const struct record *a, const struct record *b);
/* How many keys are found in a room: all of them, and the active ones. */
void assert_in_room(struct store_fixture *fixture, const char *room, size_t all, size_t active);

/* A test with a store of the scheme, as fixture_setup() takes it. */
#define WITH(test, scheme)                                                                                             \
    {                                                                                                                  \
#test " (" scheme ")", test, fixture_setup, fixture_teardown, (void *)(uintptr_t)scheme                        \
    }

#endif
