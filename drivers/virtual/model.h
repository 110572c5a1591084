/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock server behind `virtual:`: rooms with their stays, the cards that were made, what was done. It knows no
 * encoder, time or fault; it does at once what it is told, whole or not at all. */
#ifndef KEYCARD_DRIVERS_VIRTUAL_MODEL_H
#define KEYCARD_DRIVERS_VIRTUAL_MODEL_H

#include "virtual.h"

struct model_room {
    struct model_room *next;
    uint64_t stay; /* goes up with each original: cards of an earlier stay are void */
    bool occupied, blocked;
    char name[];
};

struct model_door {
    struct model_room *room;
    uint64_t stay; /* the stay of the room that the card belongs to */
};

struct model_card { /* one block of memory with all that it points to, but the rooms */
    int32_t kind;
    bool cancelled;
    struct model_door *doors;
    const char **room_names; /* of the doors */
    size_t door_count;
    struct strings areas;
    struct wall_time from, until;
    const char *operator_name, *text, *contact; /* contact: phone number or e-mail address of a mobile key */
    char serial[40];                            /* "" for a mobile key */
};

/* An all-zero struct is an empty hotel. */
struct model {
    struct model_room **rooms; /* lists by hash, at least one for two rooms */
    size_t bucket_count, room_count;
    struct model_card **cards; /* the newest VIRTUAL_KEPT, by number modulo that */
    size_t card_count;
    uint64_t serial_count;
    struct virtual_effect *effects; /* likewise */
    size_t effect_count;
};

void model_free(struct model *model);

/* Whether the lock server would do it now; changes nothing. KC_OK or the reason. */
int32_t model_check(const struct model *model, const struct driver_request *request, struct kc_error *error);
/* Does it: makes the first card of a request that makes cards. KC_OK, the reason, or KC_ERROR_NO_MEMORY, with nothing
 * done. */
int32_t model_act(struct model *model, const struct driver_request *request, uint64_t number, struct kc_error *error);
/* Makes a further card of the request whose card is the newest one or `last`: with the same stay, as a duplicate if
 * that is an original. */
int32_t model_copy(struct model *model, size_t last, size_t effect, struct kc_error *error);

/* NULL if there is none (any more). */
const struct model_card *model_card(const struct model *model, size_t card);
const struct model_room *model_room(const struct model *model, const char *name);
/* KC_KEY_ACTIVE, KC_KEY_VOIDED or KC_KEY_CHECKED_OUT. */
int32_t model_card_state(const struct model_card *card);
bool model_card_opens(const struct model_card *card, const char *room);

#endif
