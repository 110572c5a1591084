/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request wants: copies of it, and the fingerprint by which a repetition is told from another request. */
#include "want.h"

#include <string.h>

#include "site.h"

void want_init(struct want *want)
{
    *want = (struct want){.booking = "",
                          .guest = "",
                          .station = "",
                          .encoder = "",
                          .system = "",
                          .operator_name = "",
                          .phone = "",
                          .email = "",
                          .message = "",
                          .idempotency_key = "",
                          .card_serial = "",
                          .copies = 1};
}

/* The text fields of a want, so that what is done to each is written once. */
static const size_t text_fields[] = {
    offsetof(struct want, booking),         offsetof(struct want, guest),       offsetof(struct want, station),
    offsetof(struct want, encoder),         offsetof(struct want, system),      offsetof(struct want, operator_name),
    offsetof(struct want, phone),           offsetof(struct want, email),       offsetof(struct want, message),
    offsetof(struct want, idempotency_key), offsetof(struct want, card_serial),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct strings *want_list(struct want *want, enum want_list which)
{
    struct strings *const lists[WANT_LISTS] = {&want->rooms, &want->areas, &want->denied, &want->texts};
    return lists[which];
}

int want_copy(struct arena *arena, const struct want *from, struct want *to)
{
    *to = *from;
    for (size_t i = 0; i < COUNT(text_fields); i++) {
        const char **text = want_text(to, text_fields[i]);
        if (**text && !(*text = arena_text(arena, *text)))
            return -1;
    }
    for (int which = 0; which < WANT_LISTS; which++) {
        struct strings *list = want_list(to, (enum want_list)which);
        struct strings copy = {0};
        if (list->count && arena_strings(arena, list, &copy) != 0)
            return -1;
        *list = copy;
    }
    return want_set_image(arena, to, from->image, from->image_size);
}

int want_set_image(struct arena *arena, struct want *want, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = size ? arena_alloc(arena, size) : NULL;
    if (size && !copy)
        return -1;
    if (size)
        memcpy(copy, bytes, size);
    want->image = copy;
    want->image_size = size;
    return 0;
}

int want_from_record(struct arena *arena, struct kc_site *site, const struct record *record, struct want *to)
{
    struct want want;
    want_init(&want);
    want.booking = record->booking;
    want.guest = record->guest;
    want.station = record->station;
    want.encoder = record->encoder;
    want.system = record->system;
    want.operator_name = record->operator_name;
    want.phone = record->phone;
    want.email = record->email;
    want.message = record->message;
    want.rooms = record->rooms;
    want.areas = record->areas;
    want.denied = record->denied;
    want.texts = record->texts;
    want.copies = record->copies > 0 ? record->copies : 1;
    want.return_image = record->return_image;
    bool card = record->kind && record->verb != KC_VERB_SEND_MOBILE;
    if (card && !*record->encoder && record->serials.count == 1)
        want.card_serial = record->serials.items[0]; /* of a card that the caller writes; see fill_record() */
    if (record->from_utc && moment_from_utc(site->zone, record->from_utc, &want.from) != KC_OK)
        want.from.utc = 0;
    if (record->until_utc && moment_from_utc(site->zone, record->until_utc, &want.until) != KC_OK)
        want.until.utc = 0;
    return want_copy(arena, &want, to);
}

#define FINGERPRINT_START UINT64_C(0xcbf29ce484222325)

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t mix_list(uint64_t hash, const struct strings *list)
{
    hash = mix(hash, &list->count, sizeof(list->count));
    for (size_t i = 0; i < list->count; i++)
        hash = mix(hash, list->items[i], strlen(list->items[i]) + 1);
    return hash;
}

static uint32_t fold(uint64_t hash)
{
    return (uint32_t)(hash >> 32 ^ hash);
}

static uint32_t guest_fingerprint(const struct want *want)
{
    const char *const texts[] = {want->guest, want->phone, want->email, want->message, want->card_serial};
    uint64_t hash = FINGERPRINT_START;
    bool any = want->texts.count > 0;
    for (size_t i = 0; i < COUNT(texts); i++) {
        hash = mix(hash, texts[i], strlen(texts[i]) + 1);
        any = any || *texts[i];
    }
    return any ? fold(mix_list(hash, &want->texts)) : 0;
}

uint64_t want_fingerprint(const struct want *want, int32_t verb)
{
    uint64_t hash = mix(FINGERPRINT_START, &verb, sizeof(verb));
    hash = mix(hash, want->booking, strlen(want->booking) + 1);
    hash = mix(hash, want->system, strlen(want->system) + 1);
    hash = mix_list(hash, &want->rooms);
    hash = mix_list(hash, &want->areas);
    hash = mix_list(hash, &want->denied);
    hash = mix(hash, &want->from.utc, sizeof(want->from.utc));
    hash = mix(hash, &want->until.utc, sizeof(want->until.utc));
    hash = mix(hash, &want->copies, sizeof(want->copies));
    hash = mix(hash, &want->return_image, sizeof(want->return_image));
    hash = mix(hash, want->image, want->image_size);
    return (uint64_t)fold(hash) << 32 | guest_fingerprint(want);
}

uint64_t fingerprint_about(uint64_t fingerprint, const struct uuid *key)
{
    const uint64_t kept = fingerprint & RECORD_FINGERPRINT_KEPT;
    return (uint64_t)fold(mix(kept, key, sizeof(*key))) << 32 | (uint32_t)fingerprint;
}

uint64_t fingerprint_of_follow_up(uint64_t fingerprint)
{
    return fingerprint ^ RECORD_FINGERPRINT_KEPT;
}

bool fingerprint_fits(const struct record *record, uint64_t fingerprint)
{
    const uint64_t compared = record->forgotten ? RECORD_FINGERPRINT_KEPT : ~UINT64_C(0);
    return ((record->fingerprint ^ fingerprint) & compared) == 0;
}
