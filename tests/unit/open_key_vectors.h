/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vectors that open_key_vectors.py made. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_OPEN_KEY_VECTORS_H
#define KEYCARD_TESTS_OPEN_KEY_VECTORS_H

#include "open_key/open_key.h"

enum { VECTORS_MOST = 16 };

struct vector {
    bool is_card;
    struct open_key_site site;
    char site_key[2 * OPEN_KEY_SITE_KEY_SIZE + 1];
    struct open_key key;
    uint8_t uid[OPEN_KEY_UID_MOST];
    size_t uid_size;
    uint8_t message[OPEN_KEY_MESSAGE_MOST]; /* of a card */
    size_t message_size;
    char digits[OPEN_KEY_STRIPE_LENGTH + 1]; /* of a stripe */
};

/* From the file that the environment names. */
size_t vectors_read(struct vector vectors[VECTORS_MOST]);
/* The first card, and the first stripe. */
const struct vector *vector_of(const struct vector vectors[VECTORS_MOST], bool is_card);
/* Same values in both. */
void assert_same_key(const struct open_key *a, const struct open_key *b);

#endif
