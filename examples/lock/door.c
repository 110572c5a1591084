/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision of a lock. */
#include "door.h"

#include <string.h>

enum { NAMES_MOST = LOCK_NAMES + 1 };

/* Under which names the numbers of a key count at this door: those of its rooms that the lock has; at the door of an
 * area the main room, so that a former guest's key ends there too once the next guest has used the door. */
struct names {
    const char *items[NAMES_MOST];
    size_t count;
};

static void find_names(const struct state *state, const kc_open_key *key, struct names *names)
{
    names->count = 0;
    for (int32_t i = 0; i < kc_open_key_get_room_count(key); i++)
        for (size_t k = 0; k < state->name_count; k++)
            if (strcmp(kc_open_key_get_room(key, i), state->names[k]) == 0 && names->count < LOCK_NAMES)
                names->items[names->count++] = state->names[k];
    for (int32_t area = 1; area <= 64 && names->count == 0; area++)
        if ((state->areas >> (area - 1) & 1) != 0 && kc_open_key_has_area(key, area))
            names->items[names->count++] = kc_open_key_get_room(key, 0);
}

/* Leaves those under which no later original has opened. */
static void drop_voided(const struct state *state, int64_t sequence, struct names *names)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++)
        if (sequence >= state_highest(state, names->items[i]))
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static enum verdict use_once(struct state *state, const kc_open_key *key)
{
    struct used used = {.sequence = kc_open_key_get_sequence(key), .until = kc_open_key_get_until(key)};
    const char *room = kc_open_key_get_room(key, 0);
    if (state_is_used(state, room, used.sequence))
        return DOOR_USED;
    if (!state_is_name(room))
        return DOOR_FAULT;
    memcpy(used.room, room, strlen(room) + 1);
    return state_use(state, &used) ? DOOR_OPENS : DOOR_FULL;
}

enum verdict door_decide(struct state *state, const kc_open_key *key, int64_t now)
{
    struct names names;
    const int64_t sequence = kc_open_key_get_sequence(key);
    if (now > state->clock)
        state->clock = now;
    find_names(state, key, &names);
    if (names.count == 0)
        return DOOR_OTHER_DOOR;
    if (state->clock < kc_open_key_get_from(key))
        return DOOR_NOT_YET;
    if (state->clock >= kc_open_key_get_until(key))
        return DOOR_EXPIRED;
    drop_voided(state, sequence, &names);
    if (names.count == 0)
        return DOOR_VOIDED;
    if (kc_open_key_get_kind(key) == KC_KIND_ONE_SHOT)
        return use_once(state, key);
    for (size_t i = 0; i < names.count; i++)
        if (!state_raise(state, names.items[i], sequence))
            return DOOR_FULL;
    return DOOR_OPENS;
}

enum verdict door_read(const struct state *state, const struct card *card, kc_open_key **key)
{
    int32_t status = card->is_stripe
                         ? kc_open_key_check_stripe(state->site_number, state->site_key, sizeof state->site_key,
                                                    card->tracks[1], key)
                         : kc_open_key_check_card(state->site_number, state->site_key, sizeof state->site_key,
                                                  card->uid, card->uid_size, card->message, card->message_size, key);
    switch (status) {
    case KC_OK:
        return DOOR_OPENS;
    case KC_ERROR_CARD_FORMAT:
        return DOOR_NO_KEY;
    case KC_ERROR_OTHER_SITE:
        return DOOR_OTHER_SITE;
    case KC_ERROR_NOT_AUTHENTIC:
        return DOOR_NOT_AUTHENTIC;
    default:
        return DOOR_FAULT;
    }
}

static const struct {
    const char *word, *sentence;
} verdicts[DOOR_VERDICTS] = {
    [DOOR_OPENS] = {"open", "the door opens"},
    [DOOR_NO_KEY] = {"no-key", "there is no open key on the card that this lock knows"},
    [DOOR_OTHER_SITE] = {"other-site", "the key is that of another property"},
    [DOOR_NOT_AUTHENTIC] = {"not-authentic", "the key is copied, changed, or not made with this site's key"},
    [DOOR_OTHER_DOOR] = {"other-door", "the key is for other doors"},
    [DOOR_NOT_YET] = {"not-yet", "the key is not valid yet"},
    [DOOR_EXPIRED] = {"expired", "the key is not valid any more"},
    [DOOR_VOIDED] = {"voided", "a later original has opened this door"},
    [DOOR_USED] = {"used", "the key opens once, and has"},
    [DOOR_FULL] = {"full", "the lock cannot remember any more keys"},
    [DOOR_FAULT] = {"fault", "the key could not be read"},
};

const char *door_word(enum verdict verdict)
{
    return verdicts[verdict].word;
}

const char *door_sentence(enum verdict verdict)
{
    return verdicts[verdict].sentence;
}
