/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger in memory ("memory:"): the rules of the SQLite ledger without a file. */
#include "store/memory.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/seal.h"
#include "store/tables.h"

/* ---- Life and transactions -------------------------------------------------------------------------------------- */

static void memory_close(struct store *base)
{
    struct memory_store *store = (struct memory_store *)base;
    memory_undo(store, 0);
    memory_records_free(store);
    memory_places_free(store);
    free(store->changes);
    free(store);
}

static int32_t memory_open(const char *path, struct store **out, struct kc_error *error)
{
    if (path && path[0] != '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "ledger", "nothing may follow \"memory:\"");
    struct memory_store *store = calloc(1, sizeof(*store));
    if (!store)
        return error_no_memory(error);
    store->store.table = &memory_table;
    store->outcome_fields = memory_outcome_fields();
    if (memory_places_init(store) < 0) {
        memory_close(&store->store);
        return error_no_memory(error);
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
    struct memory_item *few[16], **items;
    size_t count, capacity;
    const struct memory_item *after; /* NULL: all */
    bool failed;
};

static void matches_init(struct matches *matches)
{
    matches->items = matches->few;
    matches->capacity = sizeof(matches->few) / sizeof(matches->few[0]);
    matches->count = 0;
    matches->after = NULL;
    matches->failed = false;
}

static void matches_free(struct matches *matches)
{
    if (matches->items != matches->few)
        free(matches->items);
}

static void matches_grow(struct matches *matches)
{
    const size_t capacity = matches->capacity * 2;
    struct memory_item **more = calloc(capacity, sizeof(struct memory_item *));
    if (!more) {
        matches->failed = true;
        return;
    }
    memcpy(more, matches->items, matches->count * sizeof(struct memory_item *));
    matches_free(matches);
    matches->items = more;
    matches->capacity = capacity;
}

/* Items of equal hash code may still differ. */
static bool fits(const struct record *record, const struct record_query *query)
{
    return record_answers(record, query) && (query->find != RECORD_WITH_GUEST_DATA || seal_has_guest_data(record));
}

static void match(struct matches *matches, struct memory_item *item, const struct record_query *query)
{
    if (matches->failed || (matches->after && item->number >= matches->after->number) ||
        !fits(&item->now.record, query))
        return;
    if (matches->count == matches->capacity)
        matches_grow(matches);
    if (!matches->failed)
        matches->items[matches->count++] = item;
}

/* The newest first, so that no more are looked at than are wanted. */
static void match_all(const struct memory_store *store, const struct record_query *query, struct matches *matches)
{
    uint32_t number = matches->after ? matches->after->number - 1 : store->last_number;
    for (; number > 0 && !matches->failed && (query->limit == 0 || matches->count < query->limit); number--)
        match(matches, memory_item(store, number), query);
}

static void match_list(const struct memory_store *store, const struct memory_list *list,
                       const struct record_query *query, struct matches *matches)
{
    for (size_t i = 0; i < list->count; i++)
        match(matches, memory_item(store, list->numbers[i]), query);
}

static void match_chain(const struct memory_store *store, enum memory_chain chain, const struct record_query *query,
                        struct matches *matches)
{
    if (!query->value || query->value[0] == '\0')
        return;
    const uint32_t code = memory_code(query->site, query->value);
    for (struct memory_item *item = memory_first(store, chain, code); item;
         item = memory_next(store, chain, code, item))
        match(matches, item, query);
}

static int32_t look(struct memory_store *store, const struct record_query *query, struct matches *matches,
                    struct kc_error *error)
{
    struct memory_item *item;
    matches_init(matches);
    if (!uuid_is_nil(&query->after) && !(matches->after = memory_record(store, &query->after)))
        return record_unknown_id(&query->after, error);
    switch (query->find) {
    case RECORD_ALL:
    case RECORD_WITH_GUEST_DATA:
        match_all(store, query, matches);
        break;
    case RECORD_BY_ID:
        item = memory_record(store, &query->id);
        if (item)
            match(matches, item, query);
        break;
    case RECORD_BY_IDEMPOTENCY:
        match_chain(store, CHAIN_IDEMPOTENCY, query, matches);
        break;
    case RECORD_BY_BOOKING:
        match_chain(store, CHAIN_BOOKING, query, matches);
        break;
    case RECORD_BY_ROOM:
        match_chain(store, CHAIN_ACTIVE_ROOM, query, matches);
        if (!query->active_only)
            match_chain(store, CHAIN_ROOM, query, matches);
        break;
    case RECORD_OPEN:
        match_list(store, &store->open, query, matches);
        break;
    case RECORD_UNCONFIRMED:
        match_list(store, &store->unconfirmed, query, matches);
        break;
    default:
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "query", "no such kind of query: %d", (int)query->find);
    }
    return matches->failed ? error_no_memory(error) : KC_OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct memory_item *left = *(struct memory_item *const *)a;
    const struct memory_item *right = *(struct memory_item *const *)b;
    return (left->number < right->number) - (left->number > right->number);
}

static int hold_texts(struct memory_texts *texts, struct arena *arena)
{
    if (!texts)
        return 0;
    if (arena_hold(arena, memory_texts_drop, texts) < 0)
        return -1;
    memory_texts_hold(texts);
    return 0;
}

/* The records as they are now, for as long as the arena lives. */
static int32_t lend(const struct matches *matches, size_t count, struct arena *arena, struct record **out,
                    struct kc_error *error)
{
    struct record *records = arena_alloc(arena, count * sizeof(*records));
    for (size_t i = 0; records && i < count; i++) {
        const struct memory_version *version = &matches->items[i]->now;
        if (hold_texts(version->texts, arena) < 0 || hold_texts(version->outcome, arena) < 0)
            return error_no_memory(error);
        records[i] = version->record;
    }
    *out = records;
    return records ? KC_OK : error_no_memory(error);
}

static int32_t memory_find(struct store *base, const struct record_query *query, struct arena *arena,
                           struct record **records, size_t *count, struct kc_error *error)
{
    struct matches matches;
    struct record *found = NULL;
    size_t length = 0;
    int32_t status = record_check_query(query, error);
    if (status != KC_OK)
        return status;
    status = look((struct memory_store *)base, query, &matches, error);
    if (status == KC_OK && matches.count > 0) {
        if (matches.count > 1)
            qsort(matches.items, matches.count, sizeof(struct memory_item *), newest_first);
        length = query->limit > 0 && query->limit < matches.count ? query->limit : matches.count;
        status = lend(&matches, length, arena, &found, error);
    }
    if (status == KC_OK) {
        *records = found;
        *count = length;
    }
    matches_free(&matches);
    return status;
}

/* Others in a chain: was one of them written after the item was recorded, is there one at all. */
static void look_at_others(const struct memory_store *store, enum memory_chain chain, uint32_t code,
                           const struct memory_item *item, bool *untouched, bool *alone)
{
    enum { MOST = 32 }; /* to look at more costs as much as to ask for them */
    size_t count = 0;
    for (struct memory_item *other = memory_first(store, chain, code); other && count <= MOST;
         other = memory_next(store, chain, code, other)) {
        if (other == item)
            continue;
        *untouched = *untouched && other->written <= item->recorded && ++count <= MOST;
        *alone = false;
    }
}

static bool memory_is_untouched(struct store *base, const struct record *record, bool *alone)
{
    struct memory_store *store = (struct memory_store *)base;
    const struct memory_item *item = memory_record(store, &record->id);
    bool untouched = item && item->written == item->recorded;
    *alone = untouched;
    if (untouched && item->booking_code != 0)
        look_at_others(store, CHAIN_BOOKING, item->booking_code, item, &untouched, alone);
    for (size_t i = 0; untouched && i < item->now.room_count; i++) {
        const uint32_t code = i == 0 ? item->now.room.code : item->now.more[i - 1].code;
        look_at_others(store, CHAIN_ACTIVE_ROOM, code, item, &untouched, alone);
        /* who became inactive last comes first */
        const struct memory_item *former = memory_first(store, CHAIN_ROOM, code);
        untouched = untouched && (!former || former->written <= item->recorded);
    }
    return untouched;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static int32_t memory_insert(struct store *base, const struct record *record, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    int32_t status = record_check_numbers(record, error);
    if (status == KC_OK && record->idempotency_key[0] != '\0') {
        struct matches same_key;
        const struct record_query query = {
            .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key};
        status = look(store, &query, &same_key, error);
        if (status == KC_OK && same_key.count > 0)
            status = record_known_key(record, error);
        matches_free(&same_key);
    }
    if (status == KC_OK && memory_record(store, &record->id))
        status = record_known_id(record, error);
    return status == KC_OK ? memory_add(store, record, error) : status;
}

static int32_t memory_finish(struct store *base, const struct record *record, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const int32_t status = record_check_outcome_numbers(record, error);
    if (status != KC_OK)
        return status;
    struct memory_item *item = memory_record(store, &record->id);
    return item ? memory_change_outcome(store, item, record, error) : record_unknown_id(&record->id, error);
}

static int32_t memory_set_key_state(struct store *base, const struct uuid *id, int32_t key_state, bool unconfirmed,
                                    struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const int32_t status = record_check_key_state(key_state, error);
    if (status != KC_OK)
        return status;
    struct memory_item *item = memory_record(store, id);
    if (!item)
        return record_unknown_id(id, error);
    struct record changed = item->now.record;
    changed.key_state = key_state;
    changed.unconfirmed = unconfirmed;
    return memory_change(store, item, &changed, false, error);
}

static int32_t memory_set_stay(struct store *base, const struct uuid *id, const struct strings *rooms,
                               int64_t until_utc, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    const int32_t status = record_check_rooms(rooms, error);
    if (status != KC_OK)
        return status;
    struct memory_item *item = memory_record(store, id);
    if (!item)
        return record_unknown_id(id, error);
    struct record changed = item->now.record;
    if (rooms->count > 0)
        changed.rooms = *rooms;
    if (until_utc != 0)
        changed.until_utc = until_utc;
    return memory_change(store, item, &changed, rooms->count > 0, error);
}

static int32_t forget_item(struct memory_store *store, struct memory_item *item, struct kc_error *error)
{
    struct record changed = item->now.record;
    record_erase_guest(&changed);
    return memory_change(store, item, &changed, true, error);
}

static int32_t memory_forget_record(struct store *base, const struct uuid *id, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    struct memory_item *item = memory_record(store, id);
    return item ? forget_item(store, item, error) : record_unknown_id(id, error);
}

static int32_t memory_forget(struct store *base, const char *site, const char *booking, struct kc_error *error)
{
    struct memory_store *store = (struct memory_store *)base;
    struct matches found;
    const struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking};
    int32_t status = look(store, &query, &found, error);
    for (size_t i = 0; status == KC_OK && i < found.count; i++)
        status = forget_item(store, found.items[i], error);
    matches_free(&found);
    return status;
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
    .job_begin = memory_job_begin,
    .job_end = memory_job_end,
    .find = memory_find,
    .is_untouched = memory_is_untouched,
    .insert = memory_insert,
    .finish = memory_finish,
    .set_key_state = memory_set_key_state,
    .set_stay = memory_set_stay,
    .get_station = memory_get_station,
    .set_station = memory_set_station,
    .list_encoders = memory_list_encoders,
    .set_encoder = memory_set_encoder,
    .set_contact = memory_set_contact,
    .forget = memory_forget,
    .forget_record = memory_forget_record,
    .instance_enter = memory_instance_enter,
    .instance_alive = memory_instance_alive,
};
