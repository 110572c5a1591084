/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger in memory ("memory:"): the rules of the SQLite ledger without a file. */
#include "store/memory.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/seal.h"
#include "store/tables.h"

static int32_t no_memory(struct kc_error *error)
{
    return error_set(error, KC_ERROR_NO_MEMORY, "", "out of memory");
}

/* ---- Life and transactions -------------------------------------------------------------------------------------- */

static void memory_close(struct store *base)
{
    struct memory_store *store = (struct memory_store *)base;
    memory_index_free(store);
    free(store);
}

static int32_t memory_open(const char *path, struct store **out, struct kc_error *error)
{
    if (path && path[0] != '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "ledger", "nothing may follow \"memory:\"");
    struct memory_store *store = calloc(1, sizeof(*store));
    if (!store)
        return no_memory(error);
    store->store.table = &memory_table;
    if (memory_index_init(store) < 0) {
        memory_close(&store->store);
        return no_memory(error);
    }
    *out = &store->store;
    return KC_OK;
}

static int32_t memory_begin(struct store *base, bool writes, struct kc_error *error)
{
    (void)base, (void)writes, (void)error;
    return KC_OK;
}

static int32_t memory_commit(struct store *base, struct kc_error *error)
{
    (void)error;
    memory_keep((struct memory_store *)base);
    return KC_OK;
}

static void memory_rollback(struct store *base)
{
    memory_undo((struct memory_store *)base, 0);
}

/* Nobody else can write. */
static int32_t memory_epoch(struct store *base, uint64_t *epoch, struct kc_error *error)
{
    (void)base, (void)error;
    *epoch = 1;
    return KC_OK;
}

static int32_t memory_job_begin(struct store *base, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    (void)error;
    store->job_mark = store->change_count;
    return KC_OK;
}

static int32_t memory_job_end(struct store *base, bool keep, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    (void)error;
    if (!keep)
        memory_undo(store, store->job_mark);
    return KC_OK;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

/* What was found, before it is sorted and copied. */
struct matches {
    struct item **items;
    size_t count, capacity;
    const struct item *after; /* NULL: all */
    bool failed;
};

static int newest_first(const void *a, const void *b);

/* Items of equal hash code may still differ. */
static bool fits(const struct record *record, const struct record_query *query)
{
    return record_answers(record, query) && (query->find != RECORD_WITH_GUEST_DATA || seal_has_guest_data(record));
}

static void match(struct matches *matches, struct item *item, const struct record_query *query)
{
    if (matches->failed || !fits(&item->record, query))
        return;
    if (matches->after && newest_first(&item, &matches->after) <= 0)
        return;
    if (matches->count == matches->capacity) {
        const size_t capacity = matches->capacity * 2 + 16;
        struct item **more = reallocarray(matches->items, capacity, sizeof(struct item *));
        if (!more) {
            matches->failed = true;
            return;
        }
        matches->items = more;
        matches->capacity = capacity;
    }
    matches->items[matches->count++] = item;
}

static void match_ring(struct matches *matches, const struct link *head, const struct record_query *query)
{
    for (const struct link *link = head->next; link != head; link = link->next)
        match(matches, link->owner, query);
}

static void match_hash(struct matches *matches, const struct memory_store *store, const struct hash *hash,
                       const struct record_query *query)
{
    if (!query->value || query->value[0] == '\0')
        return;
    if (!query->site) { /* of any */
        match_ring(matches, &store->all, query);
        return;
    }
    const uint64_t code = memory_code(query->site, query->value);
    for (struct hash_node *node = hash_first(hash, code); node; node = hash_next(node)) {
        struct item *item = node->owner;
        /* Two rooms of one record with one code would bring it twice. */
        const bool twice = matches->count > 0 && matches->items[matches->count - 1] == item;
        if (!twice)
            match(matches, item, query);
    }
}

static int32_t match_all(const struct memory_store *store, const struct record_query *query, struct matches *matches,
                         struct kc_error *error)
{
    struct item *item;
    if (!uuid_is_nil(&query->after) && !(matches->after = memory_record(store, &query->after)))
        return record_unknown_id(&query->after, error);
    switch (query->find) {
    case RECORD_ALL:
    case RECORD_WITH_GUEST_DATA:
        match_ring(matches, &store->all, query);
        break;
    case RECORD_BY_ID:
        item = memory_record(store, &query->id);
        if (item)
            match(matches, item, query);
        break;
    case RECORD_BY_IDEMPOTENCY:
        match_hash(matches, store, &store->idempotency, query);
        break;
    case RECORD_BY_BOOKING:
        match_hash(matches, store, &store->bookings, query);
        break;
    case RECORD_BY_ROOM:
        match_hash(matches, store, &store->active_rooms, query);
        if (!query->active_only && query->site)
            match_hash(matches, store, &store->rooms, query);
        break;
    case RECORD_OPEN:
        match_ring(matches, &store->open, query);
        break;
    case RECORD_UNCONFIRMED:
        match_ring(matches, &store->unconfirmed, query);
        break;
    default:
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "query", "no such kind of query: %d", (int)query->find);
    }
    return matches->failed ? no_memory(error) : KC_OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct item *left = *(struct item *const *)a;
    const struct item *right = *(struct item *const *)b;
    return (left->number < right->number) - (left->number > right->number);
}

static int32_t memory_find(struct store *base, const struct record_query *query, struct arena *arena,
                           struct record **records, size_t *count, struct kc_error *error)
{
    struct matches matches = {0};
    struct record *copies = NULL;
    size_t length = 0;
    int32_t status = record_check_query(query, error);
    if (status == KC_OK)
        status = match_all((struct memory_store *)base, query, &matches, error);
    if (status != KC_OK)
        goto out;
    if (matches.count > 0) {
        qsort(matches.items, matches.count, sizeof(struct item *), newest_first);
        length = query->limit > 0 && query->limit < matches.count ? query->limit : matches.count;
        copies = arena_alloc(arena, length * sizeof(*copies));
        if (!copies)
            status = no_memory(error);
    }
    for (size_t i = 0; status == KC_OK && i < length; i++) {
        if (memory_lend(matches.items[i], arena, &copies[i]) < 0)
            status = no_memory(error);
    }
    if (status == KC_OK) {
        *records = copies;
        *count = length;
    }
out:
    free(matches.items);
    return status;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* Puts the record in the place of `old` (NULL: a new one). */
static int32_t put(struct memory_store *store, const struct record *record, struct item *old, struct kc_error *error)
{
    struct item *item = memory_record_new(record, old);
    if (item)
        item->number = old ? old->number : ++store->last_number;
    if (!item || memory_replace(store, item, old) < 0)
        return no_memory(error);
    return KC_OK;
}

static int32_t memory_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    struct matches same_key = {0};
    const struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key};
    int32_t status = record_check(record, error);
    if (status != KC_OK)
        return status;
    status = match_all(store, &query, &same_key, error);
    if (status == KC_OK && same_key.count > 0)
        status = record_known_key(record, error);
    else if (status == KC_OK && memory_record(store, &record->id))
        status = record_known_id(record, error);
    free(same_key.items);
    struct record kept = *record;
    record_settle(&kept);
    return status == KC_OK ? put(store, &kept, NULL, error) : status;
}

static int32_t memory_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    int32_t status = record_check_outcome(record, error);
    if (status != KC_OK)
        return status;
    struct item *old = memory_record(store, &record->id);
    if (!old)
        return record_unknown_id(&record->id, error);
    struct record changed = old->record;
    record_apply_outcome(&changed, record);
    return put(store, &changed, old, error);
}

static int32_t memory_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                                    struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const int32_t status = record_check_key_state(key_state, error);
    if (status != KC_OK)
        return status;
    struct item *old = memory_record(store, id);
    if (!old)
        return record_unknown_id(id, error);
    struct record changed = old->record;
    changed.key_state = key_state;
    changed.unconfirmed = unconfirmed;
    return put(store, &changed, old, error);
}

static int32_t memory_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms,
                               int64_t until_utc, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const int32_t status = record_check_rooms(rooms, error);
    if (status != KC_OK)
        return status;
    struct item *old = memory_record(store, id);
    if (!old)
        return record_unknown_id(id, error);
    struct record changed = old->record;
    if (rooms->count > 0)
        changed.rooms = *rooms;
    if (until_utc != 0)
        changed.until_utc = until_utc;
    return put(store, &changed, old, error);
}

static int32_t forget_item(struct memory_store *store, struct item *item, struct kc_error *error)
{
    struct record changed = item->record;
    record_erase_guest(&changed);
    return put(store, &changed, item, error);
}

static int32_t memory_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    struct item *item = memory_record(store, id);
    return item ? forget_item(store, item, error) : record_unknown_id(id, error);
}

static int32_t memory_forget(struct store *base, const char *site, const char *booking, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    struct matches found = {0};
    const struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking};
    int32_t status = match_all(store, &query, &found, error);
    for (size_t i = 0; status == KC_OK && i < found.count; i++)
        status = forget_item(store, found.items[i], error);
    free(found.items);
    return status;
}

/* ---- Stations and encoders -------------------------------------------------------------------------------------- */

static int32_t memory_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                                  struct station_record *out, struct kc_error *error)
{
    const char *const names[] = {site, station};
    const struct item *item = memory_place((struct memory_store *)base, ITEM_STATION, names, 2);
    struct error_quoted quoted;
    if (!item)
        return error_set(error, KC_ERROR_NOT_FOUND, "station", "the ledger does not know the station %s",
                         error_quote(&quoted, station));
    const struct station_record found = {arena_text(arena, item->station.system),
                                         arena_text(arena, item->station.encoder)};
    if (!found.system || !found.encoder)
        return no_memory(error);
    *out = found;
    return KC_OK;
}

static int32_t memory_set_station(struct store *base, const char *site, const char *station,
                                  const struct station_record *record, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const char *const names[] = {site, station};
    const int32_t status = record_check_station(site, station, record, error);
    if (status != KC_OK)
        return status;
    struct item *old = memory_place(store, ITEM_STATION, names, 2);
    if (old && strcmp(old->station.system, record->system) == 0 && strcmp(old->station.encoder, record->encoder) == 0)
        return KC_OK;
    struct item *item = memory_place_new(ITEM_STATION, names, 2);
    if (!item)
        return no_memory(error);
    item->station.system = arena_text(&item->arena, record->system);
    item->station.encoder = arena_text(&item->arena, record->encoder);
    if (!item->station.system || !item->station.encoder) {
        memory_item_free(item);
        return no_memory(error);
    }
    return memory_replace(store, item, old) < 0 ? no_memory(error) : KC_OK;
}

static int32_t memory_list_encoders(struct store *base, const char *site, struct arena *arena,
                                    struct encoder_record **records, size_t *count, struct kc_error *error)
{
    const struct memory_store *store = (struct memory_store *)base;
    struct encoder_record *found = NULL;
    size_t length = 0;
    if (store->encoders.count > 0 && !(found = arena_alloc(arena, store->encoders.count * sizeof(*found))))
        return no_memory(error);
    for (const struct link *link = store->all_encoders.next; link != &store->all_encoders; link = link->next) {
        const struct item *item = link->owner;
        if (strcmp(item->names[0], site) != 0)
            continue;
        found[length] = item->encoder;
        found[length].system = arena_text(arena, item->encoder.system);
        found[length].encoder = arena_text(arena, item->encoder.encoder);
        if (!found[length].system || !found[length].encoder)
            return no_memory(error);
        length++;
    }
    *records = found;
    *count = length;
    return KC_OK;
}

static int32_t memory_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                                  struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const char *const names[] = {site, record->system, record->encoder};
    const int32_t status = record_check_encoder(site, record, error);
    if (status != KC_OK)
        return status;
    struct item *item = memory_place(store, ITEM_ENCODER, names, 3);
    if (item)
        return memory_update_encoder(store, item, record) < 0 ? no_memory(error) : KC_OK;
    if (!(item = memory_place_new(ITEM_ENCODER, names, 3)))
        return no_memory(error);
    item->encoder = *record;
    item->encoder.system = item->names[1];
    item->encoder.encoder = item->names[2];
    return memory_replace(store, item, NULL) < 0 ? no_memory(error) : KC_OK;
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static int32_t memory_instance_enter(struct store *base, uint64_t instance, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    (void)error;
    atomic_store(&store->instance, instance);
    atomic_store(&store->entered, true);
    return KC_OK;
}

static bool memory_instance_alive(struct store *base, uint64_t instance)
{
    struct memory_store *store = (struct memory_store *)base;
    return atomic_load(&store->entered) && atomic_load(&store->instance) == instance;
}

const struct store_table memory_table = {
    .scheme = "memory",
    .inline_jobs = true,
    .open = memory_open,
    .close = memory_close,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .epoch = memory_epoch,
    .job_begin = memory_job_begin,
    .job_end = memory_job_end,
    .find = memory_find,
    .insert = memory_insert,
    .finish = memory_finish,
    .set_key_state = memory_set_key_state,
    .set_stay = memory_set_stay,
    .get_station = memory_get_station,
    .set_station = memory_set_station,
    .list_encoders = memory_list_encoders,
    .set_encoder = memory_set_encoder,
    .forget = memory_forget,
    .forget_record = memory_forget_record,
    .instance_enter = memory_instance_enter,
    .instance_alive = memory_instance_alive,
};
