/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verifier of open keys that keycard.h offers: what a lock needs to know of a card. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "open_key.h"

struct kc_open_key {
    atomic_uint refs;
    struct open_key key;
    char issue[UUID_TEXT_SIZE];
};

/* False: no such site. */
static bool take_site(int32_t number, const uint8_t *key, size_t size, struct open_key_site *site)
{
    if (number < 1 || number > OPEN_KEY_SITE_HIGHEST || !key || size != OPEN_KEY_SITE_KEY_SIZE)
        return false;
    site->number = (uint32_t)number;
    memcpy(site->key, key, size);
    return true;
}

static int32_t give(const struct open_key *read, kc_open_key **out)
{
    struct kc_open_key *key = calloc(1, sizeof(*key));
    if (!key)
        return KC_ERROR_NO_MEMORY;
    atomic_init(&key->refs, 1);
    key->key = *read;
    if (!uuid_is_nil(&read->issue))
        uuid_format(&read->issue, key->issue);
    *out = key;
    return KC_OK;
}

int32_t kc_open_key_check_card(int32_t site_number, const uint8_t *site_key, size_t site_key_size, const uint8_t *uid,
                               size_t uid_size, const uint8_t *message, size_t message_size, kc_open_key **key)
{
    struct open_key_site site;
    struct open_key read;
    if (!uid || !message || !key || !take_site(site_number, site_key, site_key_size, &site))
        return KC_ERROR_INVALID_ARGUMENT;
    int32_t status = open_key_read_card(&site, message, message_size, uid, uid_size, &read, NULL);
    open_key_site_wipe(&site);
    return status == KC_OK ? give(&read, key) : status;
}

int32_t kc_open_key_check_stripe(int32_t site_number, const uint8_t *site_key, size_t site_key_size, const char *track,
                                 kc_open_key **key)
{
    struct open_key_site site;
    struct open_key read;
    if (!track || !key || !take_site(site_number, site_key, site_key_size, &site))
        return KC_ERROR_INVALID_ARGUMENT;
    int32_t status = open_key_read_stripe(&site, track, &read, NULL);
    open_key_site_wipe(&site);
    return status == KC_OK ? give(&read, key) : status;
}

kc_open_key *kc_open_key_ref(kc_open_key *key)
{
    if (key)
        atomic_fetch_add(&key->refs, 1);
    return key;
}

kc_open_key *kc_open_key_unref(kc_open_key *key)
{
    if (key && atomic_fetch_sub(&key->refs, 1) == 1)
        free(key);
    return NULL;
}

int32_t kc_open_key_get_kind(const kc_open_key *key)
{
    return key ? key->key.kind : 0;
}

int64_t kc_open_key_get_sequence(const kc_open_key *key)
{
    return key ? key->key.sequence : 0;
}

const char *kc_open_key_get_issue(const kc_open_key *key)
{
    return key ? key->issue : "";
}

int64_t kc_open_key_get_from(const kc_open_key *key)
{
    return key ? key->key.from_utc : 0;
}

int64_t kc_open_key_get_until(const kc_open_key *key)
{
    return key ? key->key.until_utc : 0;
}

int32_t kc_open_key_get_room_count(const kc_open_key *key)
{
    return key ? (int32_t)key->key.room_count : 0;
}

const char *kc_open_key_get_room(const kc_open_key *key, int32_t index)
{
    return key && index >= 0 && (size_t)index < key->key.room_count ? key->key.rooms[index] : "";
}

int32_t kc_open_key_has_area(const kc_open_key *key, int32_t area)
{
    return key && area >= 1 && area <= OPEN_KEY_AREAS && (key->key.areas >> (area - 1) & 1) ? 1 : 0;
}
