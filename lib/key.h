/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A key: a record of the ledger as the host sees it. */
#ifndef KEYCARD_KEY_H
#define KEYCARD_KEY_H

#include <keycard/keycard.h>
#include <stdatomic.h>

#include "store.h"
#include "util/moment.h"

struct kc_key {
    atomic_uint refs;
    struct kc_op *home; /* the operation of whose memory it is part, NULL: none */
    struct arena arena; /* unless it has a home; the key itself is in it */
    /* Of its home, or in the arena. The site's name is not for the key, which may live longer. */
    const struct record *record;
    const char *id, *from, *until;
    char created[MOMENT_TEXT_SIZE];
    char times[2][MOMENT_TEXT_SIZE]; /* `from` and `until`, if they were worked out for this key */
    bool expired;
    uint8_t *image;
    size_t image_size;
    const char *installation;
};

/* Copies a record. NULL when memory is used up. */
struct kc_key *key_new(struct kc_site *site, const struct record *record);
/* The one that an operation made, in the operation's memory. NULL when memory is used up. */
struct kc_key *key_of_op(struct kc_op *op);
/* All texts "". The second does it in memory that is zero. */
void record_init(struct record *record);
void record_init_texts(struct record *record);

#endif
