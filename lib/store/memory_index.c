/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records of the memory store: where they stand, by what they are found, and how they change. */
#include <stdlib.h>
#include <string.h>

#include "store/memory.h"
#include "store/record.h"

/* ---- Codes ------------------------------------------------------------------------------------------------------ */

static uint32_t fold(uint64_t code)
{
    const uint32_t folded = (uint32_t)(code ^ code >> 32);
    return folded != 0 ? folded : 1; /* 0 is no code */
}

static uint32_t code_of_id(const struct uuid *id)
{
    return fold(hash_quick(HASH_START, id->bytes, sizeof(id->bytes)));
}

static uint32_t code_at(uint64_t site, const char *value)
{
    return fold(hash_quick_text(site, value));
}

uint32_t memory_code(const char *site, const char *value)
{
    return code_at(hash_quick_text(HASH_START, site), value);
}

/* ---- Maps ------------------------------------------------------------------------------------------------------- */

/* The slot of a code, or the free one where it belongs; there is always one that is free. */
static struct memory_slot *slot_of(const struct memory_map *map, uint32_t code)
{
    size_t place = code & (map->capacity - 1);
    while (map->slots[place].code != code && map->slots[place].code != 0)
        place = (place + 1) & (map->capacity - 1);
    return &map->slots[place];
}

static int map_grow(struct memory_map *map)
{
    enum { FIRST = 1024, SMALL = 65536 };
    struct memory_map grown = {.capacity = map->capacity == 0      ? FIRST
                                           : map->capacity < SMALL ? map->capacity * 4
                                                                   : map->capacity * 2};
    grown.limit = grown.capacity / 4 * 3;
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return -1;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].first == 0)
            continue;
        *slot_of(&grown, map->slots[i].code) = map->slots[i];
        grown.used++;
    }
    free(map->slots);
    *map = grown;
    return 0;
}

/* Room for so many codes more, with a quarter left free if there is memory for that. */
static int map_extend(struct memory_map *map, size_t count)
{
    while (map->used + count > map->limit) {
        if (map_grow(map) < 0)
            return map->used + count < map->capacity ? 0 : -1;
    }
    return 0;
}

static inline int map_reserve(struct memory_map *map, size_t count)
{
    return map->used + count <= map->limit ? 0 : map_extend(map, count);
}

static int list_extend(struct memory_list *list)
{
    const size_t capacity = list->capacity * 2 + 64;
    uint32_t *more = reallocarray(list->numbers, capacity, sizeof(*more));
    if (!more)
        return -1;
    list->numbers = more;
    list->capacity = capacity;
    return 0;
}

static inline int list_reserve(struct memory_list *list)
{
    return list->count < list->capacity ? 0 : list_extend(list);
}

/* ---- Items ------------------------------------------------------------------------------------------------------ */

struct memory_item *memory_item(const struct memory_store *store, uint32_t number)
{
    return number == 0 ? NULL : &store->slabs[(number - 1) / MEMORY_SLAB][(number - 1) % MEMORY_SLAB];
}

/* The place behind the last item, with whatever stands there; NULL when memory is used up. */
static struct memory_item *next_place(struct memory_store *store)
{
    if (store->last_number == UINT32_MAX)
        return NULL;
    if (store->slab_count == store->slab_capacity) {
        const size_t capacity = store->slab_capacity * 2 + 16;
        struct memory_item **more = reallocarray(store->slabs, capacity, sizeof(struct memory_item *));
        if (!more)
            return NULL;
        store->slabs = more;
        store->slab_capacity = capacity;
    }
    if (store->last_number == store->slab_count * MEMORY_SLAB) {
        struct memory_item *slab = reallocarray(NULL, MEMORY_SLAB, sizeof(*slab));
        if (!slab)
            return NULL;
        store->slabs[store->slab_count++] = slab;
    }
    return memory_item(store, store->last_number + 1);
}

static void free_version(struct memory_version *version)
{
    memory_texts_drop(version->texts);
    memory_texts_drop(version->outcome);
    free(version->more);
}

void memory_item_drop_last(struct memory_store *store)
{
    struct memory_item *item = memory_item(store, store->last_number--);
    store->last_found = 0;
    free_version(&item->now);
}

void memory_records_free(struct memory_store *store)
{
    for (uint32_t number = 1; number <= store->last_number; number++)
        free_version(&memory_item(store, number)->now);
    for (size_t i = 0; i < store->slab_count; i++)
        free(store->slabs[i]);
    for (size_t i = 0; i < CHAIN_COUNT; i++)
        free(store->maps[i].slots);
    free(store->slabs);
    free(store->open.numbers);
    free(store->unconfirmed.numbers);
}

/* ---- Chains ----------------------------------------------------------------------------------------------------- */

static struct memory_room *room_at(struct memory_item *item, size_t index)
{
    return index == 0 ? &item->now.room : &item->now.more[index - 1];
}

static uint32_t *next_in(struct memory_item *item, enum memory_chain chain, uint32_t code)
{
    size_t room = 0;
    switch (chain) {
    case CHAIN_ID:
        return &item->next_by_id;
    case CHAIN_IDEMPOTENCY:
        return &item->next_by_idempotency;
    case CHAIN_BOOKING:
        return &item->next_by_booking;
    default:
        while (room + 1 < item->now.room_count && room_at(item, room)->code != code)
            room++;
        return &room_at(item, room)->next;
    }
}

struct memory_item *memory_first(const struct memory_store *store, enum memory_chain chain, uint32_t code)
{
    const struct memory_map *map = &store->maps[chain];
    return map->capacity == 0 ? NULL : memory_item(store, slot_of(map, code)->first);
}

struct memory_item *memory_next(const struct memory_store *store, enum memory_chain chain, uint32_t code,
                                struct memory_item *item)
{
    return memory_item(store, *next_in(item, chain, code));
}

static void chain_add(struct memory_store *store, enum memory_chain chain, uint32_t code, struct memory_item *item)
{
    struct memory_map *map = &store->maps[chain];
    struct memory_slot *slot = slot_of(map, code);
    map->used += slot->code == 0;
    slot->code = code;
    *next_in(item, chain, code) = slot->first;
    slot->first = item->number;
}

static void chain_remove(struct memory_store *store, enum memory_chain chain, uint32_t code, struct memory_item *item)
{
    uint32_t *place = &slot_of(&store->maps[chain], code)->first;
    while (*place != item->number)
        place = next_in(memory_item(store, *place), chain, code);
    *place = *next_in(item, chain, code);
}

/* A room has few active keys, and many that it had. */
static enum memory_chain room_chain(const struct record *record)
{
    return record_is_active(record->key_state) ? CHAIN_ACTIVE_ROOM : CHAIN_ROOM;
}

static void attach_rooms(struct memory_store *store, struct memory_item *item)
{
    for (size_t i = 0; i < item->now.room_count; i++)
        chain_add(store, room_chain(&item->now.record), room_at(item, i)->code, item);
}

static void detach_rooms(struct memory_store *store, struct memory_item *item)
{
    for (size_t i = 0; i < item->now.room_count; i++)
        chain_remove(store, room_chain(&item->now.record), room_at(item, i)->code, item);
}

/* ---- Lists of what is open and what is not confirmed ------------------------------------------------------------ */

static uint32_t *place_in(struct memory_store *store, const struct memory_list *list, struct memory_item *item)
{
    return list == &store->open ? &item->open_at : &item->unconfirmed_at;
}

static void list_set(struct memory_store *store, struct memory_list *list, struct memory_item *item, bool listed)
{
    uint32_t *place = place_in(store, list, item);
    if (listed == (*place != 0))
        return;
    if (listed) {
        list->numbers[list->count++] = item->number;
        *place = (uint32_t)list->count;
        return;
    }
    const uint32_t last = list->numbers[--list->count];
    list->numbers[*place - 1] = last;
    *place_in(store, list, memory_item(store, last)) = *place;
    *place = 0;
}

static void set_lists(struct memory_store *store, struct memory_item *item)
{
    list_set(store, &store->open, item, record_is_open(item->now.record.outcome));
    list_set(store, &store->unconfirmed, item, item->now.record.unconfirmed);
}

/* ---- All indexes of an item ------------------------------------------------------------------------------------- */

void memory_attach(struct memory_store *store, struct memory_item *item)
{
    chain_add(store, CHAIN_ID, code_of_id(&item->now.record.id), item);
    if (item->idempotency_code != 0)
        chain_add(store, CHAIN_IDEMPOTENCY, item->idempotency_code, item);
    if (item->booking_code != 0)
        chain_add(store, CHAIN_BOOKING, item->booking_code, item);
    attach_rooms(store, item);
    set_lists(store, item);
    item->written = ++store->clock;
}

void memory_detach(struct memory_store *store, struct memory_item *item)
{
    chain_remove(store, CHAIN_ID, code_of_id(&item->now.record.id), item);
    if (item->idempotency_code != 0)
        chain_remove(store, CHAIN_IDEMPOTENCY, item->idempotency_code, item);
    if (item->booking_code != 0)
        chain_remove(store, CHAIN_BOOKING, item->booking_code, item);
    detach_rooms(store, item);
    list_set(store, &store->open, item, false);
    list_set(store, &store->unconfirmed, item, false);
}

/* So that nothing can fail half-way: for a record that is to be as `record`, in so many rooms. */
static int reserve(struct memory_store *store, const struct record *record, size_t room_count, bool is_new)
{
    bool good = memory_reserve_change(store) == 0 && list_reserve(&store->open) == 0 &&
                list_reserve(&store->unconfirmed) == 0 &&
                map_reserve(&store->maps[room_chain(record)], room_count) == 0;
    if (good && is_new)
        good = map_reserve(&store->maps[CHAIN_ID], 1) == 0 && map_reserve(&store->maps[CHAIN_IDEMPOTENCY], 1) == 0 &&
               map_reserve(&store->maps[CHAIN_BOOKING], 1) == 0;
    return good ? 0 : -1;
}

struct memory_item *memory_record(struct memory_store *store, const struct uuid *id)
{
    struct memory_item *last = memory_item(store, store->last_found);
    if (last && uuid_equal(&last->now.record.id, id))
        return last;
    const uint32_t code = code_of_id(id);
    struct memory_item *item = memory_first(store, CHAIN_ID, code);
    while (item && !uuid_equal(&item->now.record.id, id))
        item = memory_next(store, CHAIN_ID, code, item);
    store->last_found = item ? item->number : 0;
    return item;
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static bool has_code(const struct memory_version *version, uint32_t code)
{
    bool found = version->room_count > 0 && version->room.code == code;
    for (size_t i = 1; !found && i < version->room_count; i++)
        found = version->more[i - 1].code == code;
    return found;
}

/* By what the rooms of the record are found. Returns 0, or -1 when memory is used up. */
static int set_rooms(struct memory_version *version, uint64_t site)
{
    const struct record *record = &version->record;
    const struct strings *rooms = &record->rooms;
    version->room_count = 0;
    version->more = rooms->count > 1 ? calloc(rooms->count - 1, sizeof(*version->more)) : NULL;
    if (rooms->count > 1 && !version->more)
        return -1;
    for (size_t i = 0; i < rooms->count; i++) {
        const uint32_t code = code_at(site, rooms->items[i]);
        if (has_code(version, code))
            continue;
        struct memory_room *room = version->room_count == 0 ? &version->room : &version->more[version->room_count - 1];
        room->code = code;
        version->room_count++;
    }
    return 0;
}

int32_t memory_add(struct memory_store *store, const struct record *record, struct kc_error *error)
{
    struct memory_item *item = next_place(store);
    if (!item)
        return error_no_memory(error);
    struct memory_version *version = &item->now;
    *item = (struct memory_item){.number = store->last_number + 1};
    version->record = *record;
    record_settle(&version->record);
    int32_t status = memory_texts_new(record, memory_all_fields, &version->record, &version->texts, error);
    const uint64_t site = hash_quick_text(HASH_START, record->site);
    if (status == KC_OK &&
        (set_rooms(version, site) < 0 || reserve(store, &version->record, version->room_count, true) < 0))
        status = error_no_memory(error);
    if (status != KC_OK) {
        free_version(version);
        return status;
    }
    store->last_found = ++store->last_number; /* an outcome asks for it next */
    if (record->idempotency_key[0] != '\0')
        item->idempotency_code = code_at(site, record->idempotency_key);
    if (record->booking[0] != '\0')
        item->booking_code = code_at(site, record->booking);
    memory_remember(store, CHANGE_NEW)->item = item;
    memory_attach(store, item);
    item->recorded = item->written;
    return KC_OK;
}

/* Before an item gets another version, of which `next` is the record and `parts` says what is new. */
static struct memory_change *begin_change(struct memory_store *store, struct memory_item *item,
                                          const struct record *next, const struct memory_change *parts)
{
    struct memory_change *change = memory_remember(store, CHANGE_RECORD);
    change->new_texts = parts->new_texts;
    change->new_outcome = parts->new_outcome;
    change->new_rooms = parts->new_rooms;
    change->moves = parts->new_rooms || room_chain(next) != room_chain(&item->now.record);
    change->item = item;
    change->before = item->now;
    if (change->moves)
        detach_rooms(store, item);
    return change;
}

static void end_change(struct memory_store *store, const struct memory_change *change)
{
    if (change->moves)
        attach_rooms(store, change->item);
    set_lists(store, change->item);
    change->item->written = ++store->clock;
}

/* The record has the item's own texts but for these fields, which get a block of their own if `apart`. */
static int32_t renew(struct memory_store *store, struct memory_item *item, const struct record *record,
                     struct memory_fields fields, bool apart, struct kc_error *error)
{
    struct memory_version version = item->now;
    const bool any = fields.texts != 0 || fields.lists != 0;
    const struct memory_change parts = {.new_texts = any && !apart, .new_outcome = any, .new_rooms = any && !apart};
    struct memory_texts *texts = NULL;
    version.record = *record;
    int32_t status = any ? memory_texts_new(record, fields, &version.record, &texts, error) : KC_OK;
    if (status != KC_OK)
        return status;
    if (parts.new_texts)
        version.texts = texts;
    if (any)
        version.outcome = apart ? texts : NULL;
    if ((parts.new_rooms && set_rooms(&version, hash_quick_text(HASH_START, record->site)) < 0) ||
        reserve(store, &version.record, version.room_count, false) < 0) {
        memory_texts_drop(texts);
        if (parts.new_rooms)
            free(version.more);
        return error_no_memory(error);
    }
    const struct memory_change *change = begin_change(store, item, &version.record, &parts);
    item->now = version;
    end_change(store, change);
    return KC_OK;
}

int32_t memory_change(struct memory_store *store, struct memory_item *item, const struct record *record, bool texts_too,
                      struct kc_error *error)
{
    return renew(store, item, record, texts_too ? memory_all_fields : (struct memory_fields){0}, false, error);
}

static bool stands_in(const struct memory_texts *texts, const void *text)
{
    const uintptr_t start = (uintptr_t)texts, place = (uintptr_t)text;
    return texts && place > start && place < start + sizeof(*texts) + texts->size;
}

/* What becomes of a field: it is the same, or another one. */
struct outcome_fields {
    struct memory_fields fields; /* that are to be in the outcome's block */
    bool any;                    /* one differs */
    bool lost;                   /* what is replaced stands among the other texts, and is not to stay there */
};

static bool keep_field(struct outcome_fields *found, const struct memory_version *now, bool same, const void *was)
{
    found->any = found->any || !same;
    found->lost = found->lost || (!same && stands_in(now->texts, was));
    return same && !stands_in(now->outcome, was);
}

/* Whether an outcome leaves all texts as they are, and all lists but that of the serial numbers. */
static bool keeps_fields(struct memory_fields fields, const struct record *now, const struct record *outcome)
{
    bool same = true;
    while (same && fields.texts != 0) {
        const size_t i = memory_take_field(&fields.texts);
        const char *was = record_text(now, i), *is = record_text(outcome, i);
        same = was == is || (was[0] == is[0] && strcmp(was, is) == 0);
    }
    while (same && fields.lists != 0) {
        const size_t i = memory_take_field(&fields.lists);
        same = record_list(now, i) == &now->serials || same_list(record_list(now, i), record_list(outcome, i));
    }
    return same;
}

/* The serial numbers that a record has after an outcome, if they need no block of their own. */
static bool take_serials(const struct memory_version *now, const struct strings *told, struct strings *out)
{
    *out = now->record.serials;
    return same_list(out, told) || (out->count == 0 && now->texts && memory_texts_take_serial(now->texts, told, out));
}

/* Most outcomes bring numbers, and the serial number of one card. False: this one brings more, or there is no memory.
 */
static bool change_in_place(struct memory_store *store, struct memory_item *item, const struct record *outcome)
{
    static const struct memory_change nothing_new = {0};
    struct strings serials;
    if (!keeps_fields(store->outcome_fields, &item->now.record, outcome) ||
        reserve(store, outcome, item->now.room_count, false) < 0 ||
        !take_serials(&item->now, &outcome->serials, &serials))
        return false;
    const struct memory_change *change = begin_change(store, item, outcome, &nothing_new);
    record_apply_numbers(&item->now.record, outcome);
    item->now.record.serials = serials;
    end_change(store, change);
    return true;
}

int32_t memory_change_outcome(struct memory_store *store, struct memory_item *item, const struct record *outcome,
                              struct kc_error *error)
{
    if (change_in_place(store, item, outcome))
        return KC_OK;
    const struct record *now = &item->now.record;
    struct outcome_fields found = {.fields = store->outcome_fields};
    struct record record = *now;
    record_apply_outcome(&record, outcome);
    for (uint32_t left = store->outcome_fields.texts; left != 0;) {
        const size_t i = memory_take_field(&left);
        const char *was = record_text(now, i), *is = record_text(&record, i);
        const bool same = was == is || strcmp(was, is) == 0;
        if (same)
            record_set_text(&record, i, was);
        if (keep_field(&found, &item->now, same, was))
            found.fields.texts &= ~(1U << i);
    }
    for (uint32_t left = store->outcome_fields.lists; left != 0;) {
        const size_t i = memory_take_field(&left);
        const struct strings *was = record_list(now, i);
        const bool same = same_list(was, record_list(&record, i));
        if (same)
            *record_list_of(&record, i) = *was;
        if (keep_field(&found, &item->now, same, was->items))
            found.fields.lists &= ~(1U << i);
    }
    if (!found.any)
        found.fields = (struct memory_fields){0};
    return renew(store, item, &record, found.lost ? memory_all_fields : found.fields, !found.lost, error);
}
