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
static void wipe_guest(const struct memory_texts *texts)
{
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (record_texts[i].guest && (!texts->before || record_texts[i].outcome))
            wipe(record_text(&texts->record, i));
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        const struct strings *list = record_list(&texts->record, i);
        const bool own = record_lists[i].guest && (!texts->before || record_lists[i].outcome);
        for (size_t k = 0; own && k < list->count; k++)
            wipe(list->items[k]);
    }
}

/* Any thread. */
static void let_go(void *object)
{
    struct memory_texts *texts = object;
    while (texts && atomic_fetch_sub(&texts->holders, 1) == 1) {
        struct memory_texts *before = texts->before;
        wipe_guest(texts);
        arena_free(&texts->arena);
        free(texts);
        texts = before;
    }
}

static struct memory_texts *hold(struct memory_texts *texts)
{
    atomic_fetch_add(&texts->holders, 1);
    return texts;
}

/* Copies the texts of a record, or only those of its outcome. Returns 0, or -1 when memory is used up. */
static int copy_texts(struct memory_texts *texts, const struct record *record)
{
    if (!texts->before)
        return record_copy(&texts->arena, record, &texts->record);
    texts->record = texts->before->record;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *text = record_text(record, i);
        if (!record_texts[i].outcome || strcmp(text, record_text(&texts->record, i)) == 0)
            continue;
        if (!(text = arena_text(&texts->arena, text)))
            return -1;
        record_set_text(&texts->record, i, text);
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        struct strings *list = record_list_of(&texts->record, i);
        if (record_lists[i].outcome && !list->count && arena_strings(&texts->arena, record_list(record, i), list) < 0)
            return -1;
    }
    return 0;
}

static struct memory_texts *texts_new(const struct record *record, struct memory_texts *before)
{
    struct memory_texts *texts = malloc(sizeof(*texts));
    if (!texts)
        return NULL;
    atomic_init(&texts->holders, 1);
    texts->before = before;
    arena_init_in(&texts->arena, texts->room, sizeof(texts->room));
    if (copy_texts(texts, record) == 0) {
        if (before)
            hold(before);
        return texts;
    }
    /* Texts that were not copied are still the caller's: not to be wiped. */
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

enum likeness { OTHER, SAME_BUT_OUTCOME, SAME };

/* Only where an earlier version had nothing may an outcome differ: what was taken away is not to stay in memory. */
static enum likeness compare_texts(const struct record *record, const struct record *before)
{
    enum likeness found = SAME;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *text = record_text(record, i), *other = record_text(before, i);
        if (text == other || strcmp(text, other) == 0)
            continue;
        if (!record_texts[i].outcome || *other)
            return OTHER;
        found = SAME_BUT_OUTCOME;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (same_list(record_list(record, i), record_list(before, i)))
            continue;
        if (!record_lists[i].outcome || record_list(before, i)->count > 0)
            return OTHER;
        found = SAME_BUT_OUTCOME;
    }
    return found;
}

static struct memory_texts *texts_for(const struct record *record, const struct item *old)
{
    switch (old ? compare_texts(record, &old->texts->record) : OTHER) {
    case SAME:
        return hold(old->texts);
    case SAME_BUT_OUTCOME:
        return texts_new(record, old->texts);
    default:
        return texts_new(record, NULL);
    }
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

/* By what it is found: no outcome changes that. */
static void set_codes(struct item *item, const struct item *old)
{
    const struct record *record = &item->record;
    if (old && (item->texts == old->texts || item->texts->before == old->texts)) {
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
    item->texts = texts_for(record, old);
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
    hold(item->texts);
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

/* A room has few active keys, and many that it had. */
static struct hash *rooms_of(struct memory_store *store, const struct item *item)
{
    return record_is_active(item->record.key_state) ? &store->active_rooms : &store->rooms;
}

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
        hash_add(rooms_of(store, item), &item->rooms[i], item->rooms[i].code, item);
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
        hash_remove(rooms_of(store, item), &item->rooms[i]);
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
    struct hash *const hashes[] = {&store->records,      &store->idempotency, &store->bookings, &store->rooms,
                                   &store->active_rooms, &store->stations,    &store->encoders};
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
    hash_free(&store->active_rooms);
    hash_free(&store->stations);
    hash_free(&store->encoders);
    free(store->changes);
}
