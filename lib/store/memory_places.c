/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stations and encoders in the memory store. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/memory.h"
#include "store/record.h"

/* ---- Rings ------------------------------------------------------------------------------------------------------ */

static void link_add(struct link *head, struct link *link, void *owner)
{
    link->owner = owner;
    link->next = head->next;
    link->previous = head;
    head->next->previous = link;
    head->next = link;
}

static void link_remove(struct link *link)
{
    if (!link->next)
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = NULL;
    link->previous = NULL;
}

/* ---- Places ----------------------------------------------------------------------------------------------------- */

static uint64_t code_of_names(const char *const *names, size_t count)
{
    uint64_t code = HASH_START;
    for (size_t i = 0; i < count; i++)
        code = hash_quick_text(code, names[i]);
    return code;
}

static size_t count_of_names(const struct memory_place *place)
{
    return place->is_station ? 2 : 3;
}

static const char *put_text(char **at, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

/* An encoder, or a station with its last encoder. NULL when memory is used up. */
static struct memory_place *place_new(const char *const *names, const struct station_record *station)
{
    const size_t count = station ? 2 : 3;
    size_t size = station ? strlen(station->system) + strlen(station->encoder) + 2 : 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(names[i]) + 1;
    struct memory_place *place = calloc(1, sizeof(*place) + size);
    if (!place)
        return NULL;
    char *at = place->text;
    place->is_station = station != NULL;
    for (size_t i = 0; i < count; i++)
        place->names[i] = put_text(&at, names[i]);
    if (station) {
        place->station.system = put_text(&at, station->system);
        place->station.encoder = put_text(&at, station->encoder);
    }
    return place;
}

static struct memory_place *find(const struct hash *hash, const char *const *names, size_t count)
{
    for (struct hash_node *node = hash_first(hash, code_of_names(names, count)); node; node = hash_next(node)) {
        struct memory_place *place = node->owner;
        bool same = true;
        for (size_t i = 0; same && i < count; i++)
            same = strcmp(place->names[i], names[i]) == 0;
        if (same)
            return place;
    }
    return NULL;
}

void memory_place_attach(struct memory_store *store, struct memory_place *place)
{
    hash_add(place->is_station ? &store->stations : &store->encoders, &place->key,
             code_of_names(place->names, count_of_names(place)), place);
    if (!place->is_station)
        link_add(&store->all_encoders, &place->all, place);
}

static void untie(struct memory_place *place)
{
    if (place->tied)
        place->tied->tied = NULL;
    place->tied = NULL;
}

/* A station and the encoder that it used last. */
static void tie(struct memory_place *station, struct memory_place *encoder)
{
    untie(station);
    untie(encoder);
    station->tied = encoder;
    encoder->tied = station;
}

void memory_place_detach(struct memory_store *store, struct memory_place *place)
{
    untie(place);
    if (place->number != 0)
        store->numbered[place->number - 1] = NULL;
    hash_remove(place->is_station ? &store->stations : &store->encoders, &place->key);
    link_remove(&place->all);
}

/* Takes over `added`. */
static int32_t replace(struct memory_store *store, struct memory_place *added, struct memory_place *removed,
                       struct kc_error *error)
{
    if (!added || memory_reserve_change(store) < 0) {
        free(added);
        return error_no_memory(error);
    }
    struct memory_change *change = memory_remember(store, CHANGE_PLACE);
    change->added = added;
    change->removed = removed;
    if (removed)
        memory_place_detach(store, removed);
    memory_place_attach(store, added);
    return KC_OK;
}

int memory_places_init(struct memory_store *store)
{
    store->all_encoders.next = store->all_encoders.previous = &store->all_encoders;
    return hash_init(&store->stations) == 0 && hash_init(&store->encoders) == 0 ? 0 : -1;
}

/* Room for the number of one more encoder; 0, or -1 when memory is used up. */
static int reserve_number(struct memory_store *store)
{
    if (store->numbered_count < store->numbered_capacity)
        return 0;
    const size_t capacity = store->numbered_capacity * 2 + 16;
    struct memory_place **more = reallocarray(store->numbered, capacity, sizeof(struct memory_place *));
    if (!more)
        return -1;
    store->numbered = more;
    store->numbered_capacity = capacity;
    return 0;
}

static void free_places(struct hash *places)
{
    for (size_t i = 0; places->buckets && i < places->bucket_count; i++) {
        struct hash_node *next;
        for (struct hash_node *node = places->buckets[i]; node; node = next) {
            next = node->next;
            free(node->owner);
        }
    }
    hash_free(places);
}

void memory_places_free(struct memory_store *store)
{
    free_places(&store->stations);
    free_places(&store->encoders);
    free(store->numbered);
}

/* ---- The slots -------------------------------------------------------------------------------------------------- */

int32_t memory_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error)
{
    const char *const names[] = {site, station};
    const struct memory_place *place = find(&((struct memory_store *)base)->stations, names, 2);
    struct error_quoted quoted;
    if (!place)
        return error_set(error, KC_ERROR_NOT_FOUND, "station", "the ledger does not know the station %s",
                         error_quote(&quoted, station));
    const struct station_record found = {arena_text(arena, place->station.system),
                                         arena_text(arena, place->station.encoder)};
    if (!found.system || !found.encoder)
        return error_no_memory(error);
    *out = found;
    return KC_OK;
}

static int32_t set_station(struct memory_store *store, const char *site, const char *station,
                           const struct station_record *record, struct memory_place **out, struct kc_error *error)
{
    const char *const names[] = {site, station};
    struct memory_place *old = find(&store->stations, names, 2);
    *out = old;
    if (old && strcmp(old->station.system, record->system) == 0 && strcmp(old->station.encoder, record->encoder) == 0)
        return KC_OK;
    int32_t status = record_check_station(site, station, record, error);
    if (status != KC_OK)
        return status;
    *out = place_new(names, record);
    return replace(store, *out, old, error);
}

int32_t memory_set_station(struct store *base, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error)
{
    struct memory_place *place;
    return set_station((struct memory_store *)base, site, station, record, &place, error);
}

int32_t memory_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                             size_t *count, struct kc_error *error)
{
    const struct memory_store *store = (struct memory_store *)base;
    struct encoder_record *found = NULL;
    size_t length = 0;
    if (store->encoders.count > 0 && !(found = arena_alloc(arena, store->encoders.count * sizeof(*found))))
        return error_no_memory(error);
    for (const struct link *link = store->all_encoders.next; link != &store->all_encoders; link = link->next) {
        const struct memory_place *place = link->owner;
        if (strcmp(place->names[0], site) != 0)
            continue;
        found[length] = place->encoder;
        found[length].system = arena_text(arena, place->encoder.system);
        found[length].encoder = arena_text(arena, place->encoder.encoder);
        if (!found[length].system || !found[length].encoder)
            return error_no_memory(error);
        length++;
    }
    *records = found;
    *count = length;
    return KC_OK;
}

static int32_t add_encoder(struct memory_store *store, const char *const *names, const struct encoder_record *record,
                           struct memory_place **out, struct kc_error *error)
{
    struct memory_place *place = reserve_number(store) == 0 ? place_new(names, NULL) : NULL;
    if (place)
        place->encoder = (struct encoder_record){place->names[1], place->names[2], record->state, record->contact_ms};
    const int32_t status = replace(store, place, NULL, error);
    if (status != KC_OK)
        return status;
    store->numbered[store->numbered_count++] = place;
    place->number = (uint32_t)store->numbered_count;
    *out = place;
    return KC_OK;
}

/* `place`: where the encoder is, if that is known; then where it is in any case. */
static int32_t set_encoder(struct memory_store *store, const char *site, const struct encoder_record *record,
                           struct memory_place **place, struct kc_error *error)
{
    const char *const names[] = {site, record->system, record->encoder};
    struct memory_place *known = *place ? *place : find(&store->encoders, names, 3);
    const int32_t status = known ? record_check_contact(record, error) : record_check_encoder(site, record, error);
    if (status != KC_OK)
        return status;
    if (!known)
        return add_encoder(store, names, record, place, error);
    *place = known;
    if (known->encoder.state == record->state && known->encoder.contact_ms == record->contact_ms)
        return KC_OK;
    if (memory_reserve_change(store) < 0)
        return error_no_memory(error);
    struct memory_change *change = memory_remember(store, CHANGE_CONTACT);
    change->added = change->removed = known;
    change->contact = known->encoder;
    known->encoder.state = record->state;
    known->encoder.contact_ms = record->contact_ms;
    return KC_OK;
}

int32_t memory_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                           struct kc_error *error)
{
    struct memory_place *place = NULL;
    return set_encoder((struct memory_store *)base, site, record, &place, error);
}

int32_t memory_set_contact(struct store *base, const char *site, const char *station,
                           const struct encoder_record *record, uint32_t *place, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const struct station_record last = {record->system, record->encoder};
    struct memory_place *encoder = *place != 0 ? store->numbered[*place - 1] : NULL, *user = NULL;
    int32_t status = set_encoder(store, site, record, &encoder, error);
    if (status != KC_OK)
        return status;
    *place = encoder->number;
    if (station[0] == '\0' || (encoder->tied && strcmp(encoder->tied->names[1], station) == 0))
        return KC_OK;
    status = set_station(store, site, station, &last, &user, error);
    if (status == KC_OK)
        tie(user, encoder);
    return status;
}
