/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision of a lock: doc/open-key.md, "What a lock does". */
#ifndef EXAMPLES_LOCK_DOOR_H
#define EXAMPLES_LOCK_DOOR_H

#include <keycard/keycard.h>

#include "card.h"
#include "state.h"

enum verdict {
    DOOR_OPENS,
    DOOR_NO_KEY,
    DOOR_OTHER_SITE,
    DOOR_NOT_AUTHENTIC,
    DOOR_OTHER_DOOR,
    DOOR_NOT_YET,
    DOOR_EXPIRED,
    DOOR_VOIDED,
    DOOR_USED,
    DOOR_FULL,
    DOOR_FAULT, /* of this program */
    DOOR_VERDICTS
};

/* Reads the key of a card; DOOR_OPENS with `key`, or why there is none. */
enum verdict door_read(const struct state *state, const struct card *card, kc_open_key **key);
/* Whether an authentic key opens, and what the lock remembers then: the state must be durable before the door opens,
 * and is to be dropped if it does not. `now` counts only if it is later than what the lock remembers. */
enum verdict door_decide(struct state *state, const kc_open_key *key, int64_t now);
/* A word such as "voided", and a sentence. */
const char *door_word(enum verdict verdict);
const char *door_sentence(enum verdict verdict);

#endif
