/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing a booking with the key that its guest holds. */
#include "outdated.h"

#include <stdlib.h>
#include <string.h>

/* The newest active key that began the stay. Lists have the newest first. */
static const kc_key *find_original(const kc_op *keys)
{
    for (int32_t i = 0; i < kc_op_get_key_count(keys); i++) {
        const kc_key *key = kc_op_get_key(keys, i);
        const int32_t kind = kc_key_get_kind(key);
        if (kc_key_get_state(key) == KC_KEY_ACTIVE && (kind == KC_KIND_ORIGINAL || kind == KC_KIND_MOBILE))
            return key;
    }
    return NULL;
}

static int32_t count_cards(const kc_op *keys)
{
    int32_t cards = 0;
    for (int32_t i = 0; i < kc_op_get_key_count(keys); i++) {
        const kc_key *key = kc_op_get_key(keys, i);
        const int32_t kind = kc_key_get_kind(key);
        if (kc_key_get_state(key) == KC_KEY_ACTIVE && (kind == KC_KIND_ORIGINAL || kind == KC_KIND_DUPLICATE))
            cards += kc_key_get_copies(key);
    }
    return cards > 0 ? cards : 1;
}

static const kc_system *find_system(const struct desk *desk, const char *name)
{
    for (size_t i = 0; i < desk->system_count; i++) {
        if (strcmp(kc_system_get_name(desk->systems[i]), name) == 0)
            return desk->systems[i];
    }
    return NULL;
}

/* Equal as far as the lock system knows times: 13 characters are a date and an hour, 16 also minutes. */
static bool same_moment(const kc_system *system, const char *on_card, const char *wanted)
{
    const bool hours = system != NULL && kc_system_get_limit(system, KC_LIMIT_MINUTES) >= 60;
    return strncmp(on_card, wanted, hours ? 13 : 16) == 0;
}

static bool same_areas(const json_t *wanted, const kc_key *key)
{
    const int32_t count = kc_key_get_area_count(key);
    if ((size_t)count != json_array_size(wanted))
        return false;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const char *area = json_string_value(json_array_get(wanted, i));
        int32_t k = 0;
        while (k < count && strcmp(kc_key_get_area(key, k), area != NULL ? area : "") != 0)
            k++;
        if (k == count)
            return false;
    }
    return true;
}

json_t *outdated_describe(const struct desk *desk, const json_t *booking, const kc_op *keys)
{
    const kc_key *key = find_original(keys);
    if (key == NULL)
        return json_null();
    const kc_system *system = find_system(desk, kc_key_get_system(key));
    /* Where no start is transmitted, what stands in the ledger is not what was wanted. */
    const bool starts = system == NULL || kc_system_get_limit(system, KC_LIMIT_START) == 1;
    const char *from = kc_key_get_from(key);
    json_t *fields = json_array();
    if (strcmp(kc_key_get_room(key, 0), booking_text(booking, "room")) != 0)
        (void)json_array_append_new(fields, json_string("room"));
    if (starts && from[0] != '\0' && !same_moment(system, from, booking_text(booking, "arrival")))
        (void)json_array_append_new(fields, json_string("from"));
    if (!same_moment(system, kc_key_get_until(key), booking_text(booking, "departure")))
        (void)json_array_append_new(fields, json_string("until"));
    if (!same_areas(json_object_get(booking, "areas"), key))
        (void)json_array_append_new(fields, json_string("areas"));
    if (json_array_size(fields) == 0) {
        json_decref(fields);
        return json_null();
    }
    return json_pack("{so si ss}", "fields", fields, "cards", (int)count_cards(keys), "until", kc_key_get_until(key));
}
