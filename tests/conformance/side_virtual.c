/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's side of "virtual:", which has its lock system in the process: virtual.h, reached through the link
 * of the system. The only file here that looks behind the public header. */
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "system.h"
#include "virtual.h"

const struct fault_case virtual_faults[] = {
    {"busy", NOT_WRITTEN, false},
    {"offline", NOT_WRITTEN, false},
    {"no-card", NOT_WRITTEN | WRITTEN, false}, /* WRITTEN: it does nothing to requests without a card */
    {"card", NOT_WRITTEN | WRITTEN, false},
    {"drop", UNKNOWN, false},
    {"drop-after", UNKNOWN, false},
    {"late:30", WRITTEN, false},
    {"silent", UNKNOWN, true},
    {"silent-after", UNKNOWN, true},
    {"late:1200", UNKNOWN, true},
    {0},
};

static void start(struct hotel *hotel, char address[NAME_SIZE])
{
    (void)hotel;
    *address = '\0';
}

static void prepare(struct hotel *hotel)
{
    char text[400] = "";
    size_t length = 0;
    for (const char *const *encoder = hotel->driver->encoders; *encoder; encoder++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", length ? ";" : "", *encoder);
    EXPECT_OK(kc_system_set_option(hotel->system, "encoders", text));
    snprintf(text, sizeof(text), "%lld", (long long)hotel->opening.hand_ms);
    EXPECT_OK(kc_system_set_option(hotel->system, "hand", text));
    EXPECT(kc_system_set_option(hotel->system, "script", hotel->opening.fault) == KC_OK, "%s: %s", hotel->opening.fault,
           kc_error_get_message(kc_system_get_error(hotel->system)));
}

static void stop(struct hotel *hotel)
{
    (void)hotel;
}

static size_t requests(struct hotel *hotel)
{
    return virtual_request_count(&hotel->system->link);
}

static size_t effects(struct hotel *hotel)
{
    return virtual_effect_count(&hotel->system->link);
}

static const char *kind_of(int32_t verb)
{
    switch (verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_REISSUE:
        return "original";
    case KC_VERB_ISSUE_DUPLICATE:
        return "duplicate";
    case KC_VERB_ISSUE_ONE_SHOT:
        return "one-shot";
    case KC_VERB_SEND_MOBILE:
        return "mobile";
    case KC_VERB_CHECK_OUT:
        return "check-out";
    case KC_VERB_MODIFY_STAY:
        return "modify";
    case KC_VERB_CANCEL_KEY:
        return "void";
    default:
        return kc_verb_name(verb);
    }
}

static void last_effect(struct hotel *hotel, struct effect *effect)
{
    const struct virtual_effect *seen = virtual_effect_get(&hotel->system->link, effects(hotel) - 1);
    memset(effect, 0, sizeof(*effect));
    if (!seen)
        return;
    snprintf(effect->kind, sizeof(effect->kind), "%s", kind_of(seen->verb));
    snprintf(effect->room, sizeof(effect->room), "%s", seen->room);
    effect->keys = seen->card_count;
}

static bool opens(struct hotel *hotel, const char *serial, const char *room)
{
    const struct driver_link *link = &hotel->system->link;
    for (size_t i = 0; i < virtual_card_count(link); i++)
        if (strcmp(virtual_card_serial(link, i), serial) == 0 && virtual_card_opens(link, i, room))
            return true;
    return false;
}

static size_t keys_for(struct hotel *hotel, const char *room)
{
    const struct driver_link *link = &hotel->system->link;
    size_t count = 0;
    for (size_t i = 0; i < virtual_card_count(link); i++)
        count += virtual_card_opens(link, i, room);
    return count;
}

static bool occupied(struct hotel *hotel, const char *room)
{
    return virtual_room_occupied(&hotel->system->link, room);
}

const struct side side_virtual = {
    .start = start,
    .prepare = prepare,
    .stop = stop,
    .settle = stop,
    .requests = requests,
    .effects = effects,
    .last_effect = last_effect,
    .opens = opens,
    .keys_for = keys_for,
    .occupied = occupied,
};
