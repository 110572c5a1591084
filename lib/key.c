/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys: records of the ledger as the host sees them. */
#include "key.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "site.h"

void record_init(struct record *record)
{
    *record = (struct record){.site = "",
                              .system = "",
                              .encoder = "",
                              .station = "",
                              .operator_name = "",
                              .booking = "",
                              .idempotency_key = "",
                              .guest = "",
                              .phone = "",
                              .email = "",
                              .message = "",
                              .error_message = "",
                              .vendor_code = "",
                              .vendor_text = ""};
}

int record_copy(struct arena *arena, const struct record *from, struct record *to)
{
    *to = *from;
    const char **const texts[] = {
        &to->site,  &to->system, &to->encoder, &to->station, &to->operator_name, &to->booking,     &to->idempotency_key,
        &to->guest, &to->phone,  &to->email,   &to->message, &to->error_message, &to->vendor_code, &to->vendor_text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!(*texts[i] = **texts[i] ? arena_text(arena, *texts[i]) : ""))
            return -1;
    struct strings *const lists[] = {&to->rooms, &to->areas, &to->denied, &to->texts, &to->serials};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct strings copy = {0};
        if (lists[i]->count && arena_strings(arena, lists[i], &copy) != 0)
            return -1;
        *lists[i] = copy;
    }
    return 0;
}

struct kc_key *key_new(struct kc_site *site, const struct record *record)
{
    struct kc_key *key = malloc(sizeof(*key));
    if (!key)
        return NULL;
    *key = (struct kc_key){.installation = ""};
    atomic_init(&key->refs, 1);
    if (record_copy(&key->arena, record, &key->record) != 0) {
        kc_key_unref(key);
        return NULL;
    }
    if (!uuid_is_nil(&record->id))
        uuid_format(&record->id, key->id);
    if (record->from_utc)
        moment_format(site->zone, record->from_utc, key->from);
    if (record->until_utc)
        moment_format(site->zone, record->until_utc, key->until);
    if (record->created_ms)
        moment_format(site->zone, record->created_ms / 1000, key->created);
    key->expired = record->until_utc && record->until_utc <= context_now_utc(site->context);
    return key;
}

kc_key *kc_key_ref(kc_key *key)
{
    if (key)
        atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

kc_key *kc_key_unref(kc_key *key)
{
    if (key && atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) == 1) {
        arena_free(&key->arena);
        free(key->image);
        free(key);
    }
    return NULL;
}

const char *kc_key_get_id(const kc_key *key)
{
    return key ? key->id : "";
}

int32_t kc_key_get_kind(const kc_key *key)
{
    return key ? key->record.kind : 0;
}

int32_t kc_key_get_state(const kc_key *key)
{
    return key ? key->record.key_state : 0;
}

int32_t kc_key_is_unconfirmed(const kc_key *key)
{
    return key && key->record.unconfirmed;
}

int32_t kc_key_is_expired(const kc_key *key)
{
    return key && key->expired;
}

int32_t kc_key_get_status(const kc_key *key)
{
    return key ? key->record.status : KC_OK;
}

int32_t kc_key_get_copies(const kc_key *key)
{
    return key ? key->record.copies : 0;
}

#define TEXT_GETTER(function, field)                                                                                   \
    const char *function(const kc_key *key)                                                                            \
    {                                                                                                                  \
        return key ? key->field : "";                                                                                  \
    }

TEXT_GETTER(kc_key_get_vendor_code, record.vendor_code)
TEXT_GETTER(kc_key_get_booking, record.booking)
TEXT_GETTER(kc_key_get_guest, record.guest)
TEXT_GETTER(kc_key_get_from, from)
TEXT_GETTER(kc_key_get_until, until)
TEXT_GETTER(kc_key_get_created, created)
TEXT_GETTER(kc_key_get_station, record.station)
TEXT_GETTER(kc_key_get_encoder, record.encoder)
TEXT_GETTER(kc_key_get_system, record.system)
TEXT_GETTER(kc_key_get_operator, record.operator_name)
TEXT_GETTER(kc_key_get_phone, record.phone)
TEXT_GETTER(kc_key_get_email, record.email)
TEXT_GETTER(kc_key_get_installation, installation)

#define LIST_GETTER(count_function, item_function, list)                                                               \
    int32_t count_function(const kc_key *key)                                                                          \
    {                                                                                                                  \
        return key ? (int32_t)key->record.list.count : 0;                                                              \
    }                                                                                                                  \
    const char *item_function(const kc_key *key, int32_t index)                                                        \
    {                                                                                                                  \
        return key && index >= 0 && (size_t)index < key->record.list.count ? key->record.list.items[index] : "";       \
    }

LIST_GETTER(kc_key_get_room_count, kc_key_get_room, rooms)
LIST_GETTER(kc_key_get_area_count, kc_key_get_area, areas)
LIST_GETTER(kc_key_get_serial_count, kc_key_get_serial, serials)

const uint8_t *kc_key_get_image(const kc_key *key, size_t *size)
{
    if (size)
        *size = key ? key->image_size : 0;
    return key ? key->image : NULL;
}
