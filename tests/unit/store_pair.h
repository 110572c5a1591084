/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ledgers, of which one becomes a copy of the other, and what is written into the first. */
#ifndef KEYCARD_TESTS_STORE_PAIR_H
#define KEYCARD_TESTS_STORE_PAIR_H

#include "store_fixture.h"

struct pair {
    struct store_fixture *from, *to;
    char from_uri[200], to_uri[200];
    int kills; /* so many programs that copy are killed */
};

/* The initial state is the schemes of both. They are closed. */
int pair_setup(void **state);
int pair_teardown(void **state);
#define PAIR_TEST(test, schemes)                                                                                       \
    {                                                                                                                  \
#test, test, pair_setup, pair_teardown, (void *)(uintptr_t)(schemes)                                           \
    }

/* Fails the test if it cannot be opened with the key. */
struct store *pair_open(const char *uri, const uint8_t *key);
/* An intent with a guest, booking and key by its number, in `texts`, and a text for a room. */
struct record pair_record(uint32_t number, char texts[4][40]);
/* Intents and outcomes, changes of states and of stays, guests who were forgotten, places. */
void pair_write(struct store *store, uint32_t first, uint32_t count);
/* Of the whole journal, which must fit. */
struct store_check pair_check(struct store *store);
void assert_same_chain(const struct store_check *a, const struct store_check *b);

#endif
