/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys: records of the ledger as the host sees them. */
#include "key.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "op.h"
#include "site.h"

void record_init_texts(struct record *record)
{
    record->site = record->system = record->encoder = record->station = record->operator_name = "";
    record->booking = record->idempotency_key = record->guest = record->phone = record->email = record->message = "";
    record->error_message = record->vendor_code = record->vendor_text = "";
}

void record_init(struct record *record)
{
    *record = (struct record){0};
    record_init_texts(record);
}

static bool has_expired(const struct kc_key *key, const struct kc_site *site)
{
    return key->record->until_utc && key->record->until_utc * 1000 <= loop_wall_ms(site->context->loop);
}

static const char *tell_time(const struct kc_site *site, int64_t utc, char out[MOMENT_TEXT_SIZE])
{
    out[0] = '\0';
    if (utc)
        site_format(site, utc, out);
    return out;
}

static const char *tell_moment(const struct kc_site *site, const struct moment *moment, char out[MOMENT_TEXT_SIZE])
{
    out[0] = '\0';
    if (moment->utc)
        site_format_known(site, moment, out);
    return out;
}

/* What is worked out from the record, but for the validity. */
static void tell_rest(struct kc_key *key, struct kc_site *site)
{
    tell_time(site, key->record->created_ms / 1000, key->created);
    key->expired = has_expired(key, site);
}

struct kc_key *key_of_op(struct kc_op *op)
{
    struct kc_key *key = &op->key;
    const struct plan *plan = op->plan;
    const char *system = plan ? plan->system_name : arena_text(&op->arena, op->record.system);
    const char *encoder = plan ? plan->encoder_name : arena_text(&op->arena, op->record.encoder);
    if (!system || !encoder)
        return NULL;
    /* The texts of the record live as long as the operation's memory, but for these. */
    op->record.system = system;
    op->record.encoder = encoder;
    atomic_init(&key->refs, 1);
    key->home = op;
    key->record = &op->record;
    key->id = op->id;
    key->image = NULL;
    key->image_size = 0;
    key->installation = "";
    key->from = plan ? plan->from : tell_moment(op->site, &op->driver.request->from, key->times[0]);
    key->until = plan ? plan->until : tell_moment(op->site, &op->driver.request->until, key->times[1]);
    tell_rest(key, op->site);
    return key;
}

/* In the key's arena. */
static int copy_record(struct kc_key *key, const struct record *record)
{
    struct record *copy = arena_alloc(&key->arena, sizeof(*copy));
    char *id = arena_alloc(&key->arena, UUID_TEXT_SIZE);
    if (!copy || !id || record_copy(&key->arena, record, copy) != 0)
        return -1;
    if (!uuid_is_nil(&record->id))
        uuid_format(&record->id, id);
    key->record = copy;
    key->id = id;
    return 0;
}

struct kc_key *key_new(struct kc_site *site, const struct record *record)
{
    struct arena arena;
    arena_init(&arena);
    struct kc_key *key = arena_alloc(&arena, sizeof(*key));
    if (!key)
        return NULL;
    key->arena = arena;
    key->installation = "";
    atomic_init(&key->refs, 1);
    if (copy_record(key, record) != 0) {
        kc_key_unref(key);
        return NULL;
    }
    key->from = tell_time(site, record->from_utc, key->times[0]);
    key->until = tell_time(site, record->until_utc, key->times[1]);
    tell_rest(key, site);
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
        struct arena arena = key->arena; /* the key is in it */
        free(key->image);
        if (key->home)
            op_free_memory(key->home);
        else
            arena_free(&arena);
    }
    return NULL;
}

const char *kc_key_get_id(const kc_key *key)
{
    return key ? key->id : "";
}

int32_t kc_key_get_kind(const kc_key *key)
{
    return key ? key->record->kind : 0;
}

int32_t kc_key_get_state(const kc_key *key)
{
    return key ? key->record->key_state : 0;
}

int32_t kc_key_is_unconfirmed(const kc_key *key)
{
    return key && key->record->unconfirmed;
}

int32_t kc_key_is_expired(const kc_key *key)
{
    return key && key->expired;
}

int32_t kc_key_get_status(const kc_key *key)
{
    return key ? key->record->status : KC_OK;
}

int32_t kc_key_get_copies(const kc_key *key)
{
    return key ? key->record->copies : 0;
}

#define TEXT_GETTER(function, field)                                                                                   \
    const char *function(const kc_key *key)                                                                            \
    {                                                                                                                  \
        return key ? key->field : "";                                                                                  \
    }

TEXT_GETTER(kc_key_get_vendor_code, record->vendor_code)
TEXT_GETTER(kc_key_get_booking, record->booking)
TEXT_GETTER(kc_key_get_guest, record->guest)
TEXT_GETTER(kc_key_get_from, from)
TEXT_GETTER(kc_key_get_until, until)
TEXT_GETTER(kc_key_get_created, created)
TEXT_GETTER(kc_key_get_station, record->station)
TEXT_GETTER(kc_key_get_encoder, record->encoder)
TEXT_GETTER(kc_key_get_system, record->system)
TEXT_GETTER(kc_key_get_operator, record->operator_name)
TEXT_GETTER(kc_key_get_phone, record->phone)
TEXT_GETTER(kc_key_get_email, record->email)
TEXT_GETTER(kc_key_get_installation, installation)

#define LIST_GETTER(count_function, item_function, list)                                                               \
    int32_t count_function(const kc_key *key)                                                                          \
    {                                                                                                                  \
        return key ? (int32_t)key->record->list.count : 0;                                                             \
    }                                                                                                                  \
    const char *item_function(const kc_key *key, int32_t index)                                                        \
    {                                                                                                                  \
        return key && index >= 0 && (size_t)index < key->record->list.count ? key->record->list.items[index] : "";     \
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
