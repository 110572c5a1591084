/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was written in a transaction of the memory store, so that it can be taken back. */
#include <stdlib.h>

#include "store/memory.h"

int memory_reserve_change(struct memory_store *store)
{
    if (store->change_count < store->change_capacity)
        return 0;
    const size_t capacity = store->change_capacity * 2 + 16;
    struct memory_change *more = reallocarray(store->changes, capacity, sizeof(*more));
    if (!more)
        return -1;
    store->changes = more;
    store->change_capacity = capacity;
    return 0;
}

struct memory_change *memory_remember(struct memory_store *store, enum memory_change_kind kind)
{
    struct memory_change *change = &store->changes[store->change_count++];
    change->kind = kind;
    return change;
}

/* What a change brought, or what it replaced. */
static void drop_version(const struct memory_change *change, const struct memory_version *version)
{
    if (change->new_texts)
        memory_texts_drop(version->texts);
    if (change->new_outcome)
        memory_texts_drop(version->outcome);
    if (change->new_rooms)
        free(version->more);
}

static void undo(struct memory_store *store, const struct memory_change *change)
{
    switch (change->kind) {
    case CHANGE_NEW:
        memory_detach(store, change->item);
        memory_item_drop_last(store);
        break;
    case CHANGE_RECORD:
        memory_detach(store, change->item);
        drop_version(change, &change->item->now);
        change->item->now = change->before;
        memory_attach(store, change->item);
        break;
    case CHANGE_PLACE:
        memory_place_detach(store, change->added);
        free(change->added);
        if (change->removed)
            memory_place_attach(store, change->removed);
        break;
    case CHANGE_CONTACT:
        change->added->encoder = change->contact;
        break;
    }
}

void memory_undo(struct memory_store *store, size_t keep)
{
    while (store->change_count > keep)
        undo(store, &store->changes[--store->change_count]);
}

void memory_keep(struct memory_store *store)
{
    for (size_t i = 0; i < store->change_count; i++) {
        const struct memory_change *change = &store->changes[i];
        if (change->kind == CHANGE_RECORD)
            drop_version(change, &change->before);
        else if (change->kind == CHANGE_PLACE)
            free(change->removed);
    }
    store->change_count = 0;
}
