/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items of the memory store, their indexes, and taking changes back. */
#include <stdlib.h>
#include <string.h>

#include "store/memory.h"
#include "store/record.h"

/* ---- Rings ------------------------------------------------------------------------------------------------------ */

static void link_init(struct link *head)
{
    head->next = head;
    head->previous = head;
}

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

/* ---- Codes ------------------------------------------------------------------------------------------------------ */

static uint64_t code_of_id(const struct uuid *id)
{
    return hash_quick(HASH_START, id->bytes, sizeof(id->bytes));
}

static uint64_t code_of_names(const char *const *names, size_t count)
{
    uint64_t code = HASH_START;
    for (size_t i = 0; i < count; i++)
        code = hash_quick_text(code, names[i]);
    return code;
}

uint64_t memory_code(const char *site, const char *value)
{
    return hash_quick_text(hash_quick_text(HASH_START, site), value);
}

static bool named_before(const struct strings *rooms, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(rooms->items[i], rooms->items[index]) == 0)
            return true;
    }
    return false;
}

/* ---- Items ------------------------------------------------------------------------------------------------------ */

static void wipe(const char *text)
{
    /* "" may be a constant. */
    if (text && text[0] != '\0')
        explicit_bzero((void *)(uintptr_t)text, strlen(text));
}

/* Guest data do not stay in memory that was given back. */
static void wipe_guest(const struct record *record)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest)
            wipe(record_text(record, i));
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        const struct strings *list = record_list(record, i);
        for (size_t k = 0; record_lists[i].guest && k < list->count; k++)
            wipe(list->items[k]);
    }
}

/* Any thread. */
static void let_go(void *object)
{
    struct memory_texts *texts = object;
    if (atomic_fetch_sub(&texts->holders, 1) > 1)
        return;
    wipe_guest(&texts->record);
    arena_free(&texts->arena);
    free(texts);
}

static struct memory_texts *texts_new(const struct record *record)
{
    struct memory_texts *texts = calloc(1, sizeof(*texts));
    if (texts && record_copy(&texts->arena, record, &texts->record) == 0) {
        atomic_init(&texts->holders, 1);
        return texts;
    }
    /* Texts that were not copied are still the caller's: not to be wiped. */
    if (texts)
        arena_free(&texts->arena);
    free(texts);
    return NULL;
}

/* With the texts of `from`, which are the same. */
static void use_texts(struct record *record, const struct record *from)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        record_set_text(record, i, record_text(from, i));
    for (size_t i = 0; i < RECORD_LISTS; i++)
        *record_list_of(record, i) = *record_list(from, i);
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && a->items != b->items && i < a->count; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

static bool same_texts(const struct record *a, const struct record *b)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *text = record_text(a, i);
        const char *other = record_text(b, i);
        if (text != other && strcmp(text, other) != 0)
            return false;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (!same_list(record_list(a, i), record_list(b, i)))
            return false;
    }
    return true;
}

void memory_item_free(struct item *item)
{
    if (!item)
        return;
    if (item->texts)
        let_go(item->texts);
    arena_free(&item->arena);
    free(item);
}

/* By what it is found: as long as the texts are the same, that is, too. */
static void set_codes(struct item *item, const struct item *old)
{
    const struct record *record = &item->record;
    if (old && old->texts == item->texts) {
        item->key.code = old->key.code;
        item->idempotency.code = old->idempotency.code;
        item->booking.code = old->booking.code;
        item->room_count = old->room_count;
        for (size_t i = 0; i < old->room_count; i++)
            item->rooms[i].code = old->rooms[i].code;
        return;
    }
    const uint64_t site = hash_quick_text(HASH_START, record->site);
    item->key.code = code_of_id(&record->id);
    item->idempotency.code = hash_quick_text(site, record->idempotency_key);
    item->booking.code = hash_quick_text(site, record->booking);
    for (size_t i = 0; i < record->rooms.count; i++) {
        if (!named_before(&record->rooms, i))
            item->rooms[item->room_count++].code = hash_quick_text(site, record->rooms.items[i]);
    }
}

struct item *memory_record_new(const struct record *record, const struct item *old)
{
    struct item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->type = ITEM_RECORD;
    item->rooms = &item->only_room;
    if (record->rooms.count > 1)
        item->rooms = arena_alloc(&item->arena, record->rooms.count * sizeof(*item->rooms));
    if (old && same_texts(record, &old->texts->record)) {
        item->texts = old->texts;
        atomic_fetch_add(&item->texts->holders, 1);
    } else {
        item->texts = texts_new(record);
    }
    if (!item->rooms || !item->texts) {
        memory_item_free(item);
        return NULL;
    }
    item->record = *record;
    use_texts(&item->record, &item->texts->record);
    set_codes(item, old);
    return item;
}

int memory_lend(const struct item *item, struct arena *arena, struct record *out)
{
    if (arena_hold(arena, let_go, item->texts) < 0)
        return -1;
    atomic_fetch_add(&item->texts->holders, 1);
    *out = item->record;
    return 0;
}

struct item *memory_place_new(enum item_type type, const char *const *names, size_t count)
{
    struct item *item = calloc(1, sizeof(*item));
    if (!item)
        return NULL;
    item->type = type;
    for (size_t i = 0; i < count; i++) {
        item->names[i] = arena_text(&item->arena, names[i]);
        if (!item->names[i]) {
            memory_item_free(item);
            return NULL;
        }
    }
    return item;
}

/* ---- Indexes ---------------------------------------------------------------------------------------------------- */

static void attach_record(struct memory_store *store, struct item *item)
{
    const struct record *record = &item->record;
    hash_add(&store->records, &item->key, item->key.code, item);
    link_add(&store->all, &item->all, item);
    if (record->idempotency_key[0] != '\0')
        hash_add(&store->idempotency, &item->idempotency, item->idempotency.code, item);
    if (record->booking[0] != '\0')
        hash_add(&store->bookings, &item->booking, item->booking.code, item);
    for (size_t i = 0; i < item->room_count; i++)
        hash_add(&store->rooms, &item->rooms[i], item->rooms[i].code, item);
    if (record_is_open(record->outcome))
        link_add(&store->open, &item->open, item);
    if (record->unconfirmed)
        link_add(&store->unconfirmed, &item->unconfirmed, item);
}

static void attach(struct memory_store *store, struct item *item)
{
    if (item->type == ITEM_RECORD) {
        attach_record(store, item);
    } else if (item->type == ITEM_STATION) {
        hash_add(&store->stations, &item->key, code_of_names(item->names, 2), item);
    } else {
        hash_add(&store->encoders, &item->key, code_of_names(item->names, 3), item);
        link_add(&store->all_encoders, &item->all, item);
    }
}

static void detach(struct memory_store *store, struct item *item)
{
    struct hash *keys = item->type == ITEM_RECORD    ? &store->records
                        : item->type == ITEM_STATION ? &store->stations
                                                     : &store->encoders;
    hash_remove(keys, &item->key);
    hash_remove(&store->idempotency, &item->idempotency);
    hash_remove(&store->bookings, &item->booking);
    for (size_t i = 0; i < item->room_count; i++)
        hash_remove(&store->rooms, &item->rooms[i]);
    link_remove(&item->all);
    link_remove(&item->open);
    link_remove(&item->unconfirmed);
}

struct item *memory_record(const struct memory_store *store, const struct uuid *id)
{
    for (struct hash_node *node = hash_first(&store->records, code_of_id(id)); node; node = hash_next(node)) {
        struct item *item = node->owner;
        if (uuid_equal(&item->record.id, id))
            return item;
    }
    return NULL;
}

struct item *memory_place(const struct memory_store *store, enum item_type type, const char *const *names, size_t count)
{
    const struct hash *hash = type == ITEM_STATION ? &store->stations : &store->encoders;
    for (struct hash_node *node = hash_first(hash, code_of_names(names, count)); node; node = hash_next(node)) {
        struct item *item = node->owner;
        bool same = true;
        for (size_t i = 0; same && i < count; i++)
            same = strcmp(item->names[i], names[i]) == 0;
        if (same)
            return item;
    }
    return NULL;
}

/* ---- Changes ---------------------------------------------------------------------------------------------------- */

static int remember(struct memory_store *store, struct item *added, struct item *removed)
{
    if (store->change_count == store->change_capacity) {
        const size_t capacity = store->change_capacity * 2 + 16;
        struct change *more = reallocarray(store->changes, capacity, sizeof(*more));
        if (!more)
            return -1;
        store->changes = more;
        store->change_capacity = capacity;
    }
    store->changes[store->change_count++] = (struct change){.added = added, .removed = removed};
    return 0;
}

int memory_update_encoder(struct memory_store *store, struct item *item, const struct encoder_record *record)
{
    if (remember(store, item, item) < 0)
        return -1;
    store->changes[store->change_count - 1].before = item->encoder;
    item->encoder.state = record->state;
    item->encoder.contact_ms = record->contact_ms;
    return 0;
}

int memory_replace(struct memory_store *store, struct item *added, struct item *removed)
{
    if (remember(store, added, removed) < 0) {
        memory_item_free(added);
        return -1;
    }
    if (removed)
        detach(store, removed);
    attach(store, added);
    return 0;
}

void memory_undo(struct memory_store *store, size_t keep)
{
    while (store->change_count > keep) {
        const struct change change = store->changes[--store->change_count];
        if (change.added == change.removed) {
            change.added->encoder = change.before;
            continue;
        }
        detach(store, change.added);
        memory_item_free(change.added);
        if (change.removed)
            attach(store, change.removed);
    }
}

void memory_keep(struct memory_store *store)
{
    for (size_t i = 0; i < store->change_count; i++) {
        if (store->changes[i].removed != store->changes[i].added)
            memory_item_free(store->changes[i].removed);
    }
    store->change_count = 0;
}

/* ---- All of it -------------------------------------------------------------------------------------------------- */

int memory_index_init(struct memory_store *store)
{
    struct hash *const hashes[] = {&store->records, &store->idempotency, &store->bookings,
                                   &store->rooms,   &store->stations,    &store->encoders};
    link_init(&store->all);
    link_init(&store->open);
    link_init(&store->unconfirmed);
    link_init(&store->all_encoders);
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (hash_init(hashes[i]) < 0)
            return -1;
    }
    return 0;
}

static void free_ring(struct link *head)
{
    struct link *next;
    for (struct link *link = head->next; link != head; link = next) {
        next = link->next;
        memory_item_free(link->owner);
    }
}

static void free_stations(struct hash *stations)
{
    for (size_t i = 0; stations->buckets && i < stations->bucket_count; i++) {
        struct hash_node *next;
        for (struct hash_node *node = stations->buckets[i]; node; node = next) {
            next = node->next;
            memory_item_free(node->owner);
        }
    }
}

void memory_index_free(struct memory_store *store)
{
    memory_undo(store, 0);
    free_ring(&store->all);
    free_ring(&store->all_encoders);
    free_stations(&store->stations);
    hash_free(&store->records);
    hash_free(&store->idempotency);
    hash_free(&store->bookings);
    hash_free(&store->rooms);
    hash_free(&store->stations);
    hash_free(&store->encoders);
    free(store->changes);
}
