/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open key as the 37 digits of track 2: doc/open-key.md, "On a stripe". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum { QUARTER = 15 * 60 };

/* The fields in order; each is a number with leading zeros. */
enum { FORM, SEQUENCE, UNTIL, DURATION, ROOM, AREAS, TAG, FIELDS };
static const int width[FIELDS] = {1, 9, 6, 5, 5, 2, 9};
enum { SIGNED_DIGITS = 28 }; /* all but the tag */
#define SEQUENCE_BOUND INT64_C(1000000000)
#define UNTIL_BOUND    INT64_C(1000000)
#define DURATION_BOUND INT64_C(100000)
#define TAG_BOUND      UINT64_C(1000000000)

/* The digit of the version and kind. Version 1 has three; the others are those of later versions. */
static const int32_t kinds[] = {KC_KIND_ORIGINAL, KC_KIND_DUPLICATE, KC_KIND_ONE_SHOT};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool make_tag(const struct open_key_site *site, const char *digits, uint64_t *tag)
{
    uint8_t mac[OPEN_KEY_MAC];
    uint64_t number = 0;
    if (!open_key_mac(site, NULL, 0, (const uint8_t *)digits, SIGNED_DIGITS, mac))
        return false;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | mac[i];
    *tag = number % TAG_BOUND;
    return true;
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static int32_t take_times(const struct open_key *key, uint64_t fields[FIELDS], struct kc_error *error)
{
    int64_t until = (key->until_utc - OPEN_KEY_EPOCH) / QUARTER, sequence = key->sequence - OPEN_KEY_EPOCH;
    int64_t duration = key->from_utc ? (key->until_utc - key->from_utc) / QUARTER : 0;
    if (key->until_utc % QUARTER || key->from_utc % QUARTER)
        return error_set(error, KC_ERROR_LIMIT, key->until_utc % QUARTER ? "until" : "from",
                         "On a stripe a key starts and ends with a whole quarter of an hour.");
    if (sequence >= SEQUENCE_BOUND)
        return error_set(error, KC_ERROR_LIMIT, "", "A stripe has room for keys that are made before September 2051.");
    if (until >= UNTIL_BOUND)
        return error_set(error, KC_ERROR_LIMIT, "until", "A stripe has room for an end until the year %d.",
                         OPEN_KEY_STRIPE_LAST_YEAR);
    if (duration >= DURATION_BOUND)
        return error_set(error, KC_ERROR_LIMIT, "until", "A stripe has room for a stay of %d days.",
                         (int)(DURATION_BOUND / 96));
    fields[SEQUENCE] = (uint64_t)sequence;
    fields[UNTIL] = (uint64_t)until;
    fields[DURATION] = (uint64_t)duration;
    return KC_OK;
}

static int32_t take_places(const struct open_key *key, uint64_t fields[FIELDS], struct kc_error *error)
{
    struct error_quoted quoted;
    const char *room = key->rooms[0];
    if (key->room_count != 1)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "%zu rooms are more than the one that a stripe has room for.",
                         key->room_count);
    if (strlen(room) > OPEN_KEY_STRIPE_ROOM_LENGTH || strspn(room, "0123456789") != strlen(room) || room[0] == '0')
        return error_set(error, KC_ERROR_LIMIT, "rooms",
                         "On a stripe a lock is a number from 1 to %d, not \"%s\". Map the room to one.",
                         OPEN_KEY_STRIPE_ROOM_HIGHEST, error_quote(&quoted, room));
    if (key->areas >> OPEN_KEY_STRIPE_AREAS)
        return error_set(error, KC_ERROR_LIMIT, "areas", "A stripe has room for the areas 1 to %d only.",
                         OPEN_KEY_STRIPE_AREAS);
    fields[ROOM] = strtoul(room, NULL, 10);
    fields[AREAS] = key->areas;
    return KC_OK;
}

static void write_fields(const uint64_t fields[FIELDS], int first, int last, char *out)
{
    for (int i = first; i <= last; out += width[i++])
        snprintf(out, (size_t)width[i] + 1, "%0*llu", width[i], (unsigned long long)fields[i]);
}

int32_t open_key_write_stripe(const struct open_key_site *site, const struct open_key *key,
                              char digits[OPEN_KEY_STRIPE_LENGTH + 1], struct kc_error *error)
{
    uint64_t fields[FIELDS] = {0};
    char out[OPEN_KEY_STRIPE_LENGTH + 1];
    int32_t status = open_key_check_values(key, error);
    if (status == KC_OK)
        status = take_times(key, fields, error);
    if (status == KC_OK)
        status = take_places(key, fields, error);
    if (status != KC_OK)
        return status;
    while (kinds[fields[FORM]] != key->kind)
        fields[FORM]++;
    fields[FORM]++;
    write_fields(fields, FORM, AREAS, out);
    if (!make_tag(site, out, &fields[TAG]))
        return open_key_mac_failed(error);
    write_fields(fields, TAG, TAG, out + SIGNED_DIGITS);
    memcpy(digits, out, sizeof(out));
    return KC_OK;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static void read_fields(const char *digits, uint64_t fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = 0;
        for (int k = 0; k < width[i]; k++)
            fields[i] = 10 * fields[i] + (uint64_t)(*digits++ - '0');
    }
}

static void show_fields(const uint64_t fields[FIELDS], struct open_key *key)
{
    *key = (struct open_key){.kind = kinds[fields[FORM] - 1],
                             .sequence = OPEN_KEY_EPOCH + (int64_t)fields[SEQUENCE],
                             .until_utc = OPEN_KEY_EPOCH + (int64_t)fields[UNTIL] * QUARTER,
                             .room_count = 1,
                             .areas = fields[AREAS]};
    if (fields[DURATION])
        key->from_utc = key->until_utc - (int64_t)fields[DURATION] * QUARTER;
    snprintf(key->rooms[0], sizeof(key->rooms[0]), "%u", (unsigned)fields[ROOM]);
}

int32_t open_key_read_stripe(const struct open_key_site *site, const char *digits, struct open_key *key,
                             struct kc_error *error)
{
    uint64_t fields[FIELDS], tag;
    struct open_key shown;
    if (strnlen(digits, OPEN_KEY_STRIPE_LENGTH + 1) != OPEN_KEY_STRIPE_LENGTH ||
        strspn(digits, "0123456789") != OPEN_KEY_STRIPE_LENGTH)
        return open_key_not_one(error, "track 2 is not 37 digits");
    read_fields(digits, fields);
    if (fields[FORM] < 1 || fields[FORM] > KINDS)
        return open_key_not_one(error, "it is of a version that is not known here");
    if (!make_tag(site, digits, &tag))
        return open_key_mac_failed(error);
    if (tag != fields[TAG])
        return open_key_not_authentic(error, "");
    show_fields(fields, &shown);
    if (!fields[ROOM] || fields[AREAS] >> OPEN_KEY_STRIPE_AREAS || open_key_check_values(&shown, NULL) != KC_OK)
        return open_key_not_one(error, "a value is out of range");
    *key = shown;
    return KC_OK;
}
