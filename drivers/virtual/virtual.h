/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a test may ask the lock system behind a `virtual:` link: what it was asked, what it did, what opens. Internal:
 * in the library but not exported. Cards and effects are counted from 0 since the system was made. */
#ifndef KEYCARD_DRIVERS_VIRTUAL_H
#define KEYCARD_DRIVERS_VIRTUAL_H

#include "driver.h"

extern const struct driver driver_virtual;

/* Something that the lock system did: a key made (with all its copies), a check-out, a move, a key cancelled. An answer
 * that was lost makes no difference here. */
struct virtual_effect {
    int32_t verb;      /* KC_VERB_... */
    const char *room;  /* the main room; lives as long as the link */
    uint64_t request;  /* the number of the request, as in the script */
    size_t first_card; /* the first card or mobile key that was made */
    size_t card_count; /* how many; 0 for effects that make none. Further copies have higher numbers */
};

/* Cards and effects that can still be asked for; older ones are only counted. */
#define VIRTUAL_KEPT 4096

/* Requests that arrived, discoveries not counted. */
size_t virtual_request_count(const struct driver_link *link);
size_t virtual_effect_count(const struct driver_link *link);
/* NULL if there is no such effect (any more). Until the next effect. */
const struct virtual_effect *virtual_effect_get(const struct driver_link *link, size_t index);
/* Cards and mobile keys that were made. */
size_t virtual_card_count(const struct driver_link *link);
/* Whether the card opens the room now. Times are not looked at: a driver has no clock. Asking does not use up a
 * one-shot key. */
bool virtual_card_opens(const struct driver_link *link, size_t card, const char *room);
/* KC_KIND_..., 0 if there is no such card (any more). */
int32_t virtual_card_kind(const struct driver_link *link, size_t card);
/* The serial number of a card, "" for a mobile key. */
const char *virtual_card_serial(const struct driver_link *link, size_t card);
/* Whether a stay is checked in in the room. */
bool virtual_room_occupied(const struct driver_link *link, const char *room);

#endif
