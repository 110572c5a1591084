/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of an open key: from options and requests, and their limits. */
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

/* ---- The site --------------------------------------------------------------------------------------------------- */

/* A whole number from 1, without sign or leading zeros; 0 if it is none, or higher than `highest`. */
static uint32_t read_number(const char *text, uint32_t highest)
{
    uint32_t value = 0;
    if (text[0] < '1' || text[0] > '9')
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > highest)
            return 0;
    }
    return value;
}

static int hex_value(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

int32_t open_key_site_read(const char *number, const char *key, struct open_key_site *site, struct kc_error *error)
{
    struct error_quoted quoted;
    struct open_key_site read = {.number = read_number(number, OPEN_KEY_SITE_HIGHEST)};
    bool good = strlen(key) == 2 * sizeof(read.key);
    if (!read.number)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "site-number",
                         "The number of the site is 1 to %d, not \"%s\".", OPEN_KEY_SITE_HIGHEST,
                         error_quote(&quoted, number));
    for (size_t i = 0; good && i < sizeof(read.key); i++) {
        int high = hex_value(key[2 * i]), low = hex_value(key[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good)
            read.key[i] = (uint8_t)(high << 4 | low);
    }
    if (good)
        *site = read;
    open_key_site_wipe(&read);
    return good ? KC_OK
                : error_set(error, KC_ERROR_INVALID_ARGUMENT, "site-key",
                            "The key of the site is %d hexadecimal digits, which this is not.",
                            2 * OPEN_KEY_SITE_KEY_SIZE);
}

/* ---- Limits ------------------------------------------------------------------------------------------------------ */

static bool is_lock_name(const char *name)
{
    size_t length = strnlen(name, OPEN_KEY_ROOM_LENGTH + 1);
    for (size_t i = 0; i < length; i++)
        if (name[i] < 0x20 || name[i] > 0x7E)
            return false;
    return length >= 1 && length <= OPEN_KEY_ROOM_LENGTH;
}

static int32_t check_rooms(const struct open_key *key, struct kc_error *error)
{
    struct error_quoted quoted;
    size_t bytes = 0;
    if (!key->room_count)
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "No room is allocated: no room, no key.");
    if (key->room_count > OPEN_KEY_ROOMS)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "%zu rooms are more than the %d that a key has room for.",
                         key->room_count, OPEN_KEY_ROOMS);
    for (size_t i = 0; i < key->room_count; i++) {
        if (!is_lock_name(key->rooms[i]))
            return error_set(error, KC_ERROR_LIMIT, "rooms",
                             "\"%s\" is no name of a lock: 1 to %d letters and digits of ASCII. Map the room to one.",
                             error_quote(&quoted, key->rooms[i]), OPEN_KEY_ROOM_LENGTH);
        for (size_t k = 0; k < i; k++)
            if (strcmp(key->rooms[i], key->rooms[k]) == 0)
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, "rooms", "The lock \"%s\" is there twice.",
                                 error_quote(&quoted, key->rooms[i]));
        bytes += strlen(key->rooms[i]) + 1;
    }
    if (bytes > OPEN_KEY_ROOM_BYTES)
        return error_set(
            error, KC_ERROR_LIMIT, "rooms",
            "The names of the %zu locks need %zu bytes, and a key has room for %d. Name fewer, or map them "
            "to shorter names.",
            key->room_count, bytes, OPEN_KEY_ROOM_BYTES);
    return KC_OK;
}

static bool in_range(int64_t utc)
{
    return utc > OPEN_KEY_EPOCH && utc <= OPEN_KEY_LATEST;
}

int32_t open_key_check_values(const struct open_key *key, struct kc_error *error)
{
    if (key->kind != KC_KIND_ORIGINAL && key->kind != KC_KIND_DUPLICATE && key->kind != KC_KIND_ONE_SHOT)
        return error_set(error, KC_ERROR_NOT_OFFERED, "kind", "There is no open key of this kind.");
    if (!in_range(key->sequence))
        return error_set(error, KC_ERROR_SYSTEM, "", "The clock of this computer is far off.");
    if (!in_range(key->until_utc))
        return error_set(error, key->until_utc ? KC_ERROR_LIMIT : KC_ERROR_INVALID_ARGUMENT, "until",
                         key->until_utc ? "A key ends in the years 2020 to %d." : "The end of validity is missing.",
                         OPEN_KEY_LAST_YEAR);
    if (key->from_utc && (!in_range(key->from_utc) || key->from_utc >= key->until_utc))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "from",
                         "A key starts in the years 2020 to %d, and before it ends.", OPEN_KEY_LAST_YEAR);
    if (key->until_utc % 60 || key->from_utc % 60)
        return error_set(error, KC_ERROR_LIMIT, key->until_utc % 60 ? "until" : "from",
                         "A key starts and ends with a whole minute.");
    return check_rooms(key, error);
}

int32_t open_key_not_one(struct kc_error *error, const char *why)
{
    return error_set(error, KC_ERROR_CARD_FORMAT, "card", "There is no open key on the card: %s.", why);
}

int32_t open_key_not_authentic(struct kc_error *error, const char *more)
{
    return error_set(error, KC_ERROR_NOT_AUTHENTIC, "card",
                     "The key on the card is not authentic: it was made with another site key, or changed%s.", more);
}

/* ---- Requests ---------------------------------------------------------------------------------------------------- */

static int32_t take_areas(const struct strings *areas, uint64_t *bits, struct kc_error *error)
{
    struct error_quoted quoted;
    for (size_t i = 0; i < areas->count; i++) {
        uint32_t area = read_number(areas->items[i], OPEN_KEY_AREAS);
        if (!area)
            return error_set(error, KC_ERROR_UNKNOWN_AREA, "areas",
                             "An area is a number from 1 to %d for these locks, not \"%s\". Map it to one.",
                             OPEN_KEY_AREAS, error_quote(&quoted, areas->items[i]));
        *bits |= UINT64_C(1) << (area - 1);
    }
    return KC_OK;
}

static int32_t take_rooms(const struct strings *rooms, struct open_key *key, struct kc_error *error)
{
    struct error_quoted quoted;
    if (rooms->count > OPEN_KEY_ROOMS)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "%zu rooms are more than the %d that a key has room for.",
                         rooms->count, OPEN_KEY_ROOMS);
    for (size_t i = 0; i < rooms->count; i++) {
        if (strlen(rooms->items[i]) > OPEN_KEY_ROOM_LENGTH)
            return error_set(error, KC_ERROR_LIMIT, "rooms", "\"%s\" is longer than the %d bytes of a lock's name.",
                             error_quote(&quoted, rooms->items[i]), OPEN_KEY_ROOM_LENGTH);
        memcpy(key->rooms[i], rooms->items[i], strlen(rooms->items[i]) + 1);
    }
    key->room_count = rooms->count;
    return KC_OK;
}

static int32_t kind_of(int32_t verb)
{
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_REISSUE ? KC_KIND_ORIGINAL
           : verb == KC_VERB_ISSUE_DUPLICATE                         ? KC_KIND_DUPLICATE
           : verb == KC_VERB_ISSUE_ONE_SHOT                          ? KC_KIND_ONE_SHOT
                                                                     : 0;
}

static int32_t take_request(const struct driver_request *request, struct open_key *key, struct kc_error *error)
{
    *key = (struct open_key){.kind = kind_of(request->verb),
                             .sequence = request->sequence,
                             .from_utc = request->from.utc - request->from.utc % 60,
                             .until_utc = request->until.utc};
    int32_t status = take_rooms(&request->rooms, key, error);
    return status == KC_OK ? take_areas(&request->areas, &key->areas, error) : status;
}

int32_t open_key_from_request(const struct driver_request *request, struct open_key *key, struct kc_error *error)
{
    struct open_key taken;
    int32_t status = take_request(request, &taken, error);
    if (status == KC_OK && uuid_parse(request->operation, &taken.issue) != 0)
        status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "operation", "The operation has no identifier.");
    if (status == KC_OK)
        status = open_key_check_values(&taken, error);
    if (status == KC_OK)
        *key = taken;
    return status;
}

/* As if it were issued at the end of its validity, which is a good time whenever the key is good. */
static int32_t take_for_check(const struct driver_request *request, struct open_key *key, struct kc_error *error)
{
    int32_t status = take_request(request, key, error);
    key->sequence = OPEN_KEY_EPOCH + 1;
    return status;
}

int32_t open_key_check_card(const struct driver_request *request, struct kc_error *error)
{
    struct open_key key;
    int32_t status = take_for_check(request, &key, error);
    return status == KC_OK ? open_key_check_values(&key, error) : status;
}

int32_t open_key_check_stripe(const struct driver_request *request, struct kc_error *error)
{
    const struct open_key_site nobody = {.number = 1};
    char digits[OPEN_KEY_STRIPE_LENGTH + 1];
    struct open_key key;
    int32_t status = take_for_check(request, &key, error);
    return status == KC_OK ? open_key_write_stripe(&nobody, &key, digits, error) : status;
}

int open_key_lists(const struct open_key *key, struct arena *arena, struct strings *rooms, struct strings *areas)
{
    const char **room_items = arena_alloc(arena, (key->room_count + 1) * sizeof(*room_items));
    const char **area_items = arena_alloc(arena, OPEN_KEY_AREAS * sizeof(*area_items));
    size_t area_count = 0;
    if (!room_items || !area_items)
        return -1;
    for (size_t i = 0; i < key->room_count; i++)
        if (!(room_items[i] = arena_text(arena, key->rooms[i])))
            return -1;
    for (unsigned area = 1; area <= OPEN_KEY_AREAS; area++) {
        char text[4];
        if (!(key->areas >> (area - 1) & 1))
            continue;
        snprintf(text, sizeof(text), "%u", area);
        if (!(area_items[area_count++] = arena_text(arena, text)))
            return -1;
    }
    *rooms = (struct strings){room_items, key->room_count};
    *areas = (struct strings){area_items, area_count};
    return 0;
}
