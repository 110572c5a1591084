/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of intents, found by their identifiers. */
#include "store/draft.h"

#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"

enum { DRAFTS_MOST = 1024 }; /* more intents without an outcome than that are crashed programs' */

static uint64_t code_of(const struct uuid *id)
{
    return hash_quick(HASH_START, id->bytes, sizeof(id->bytes));
}

static struct draft *find(const struct drafts *drafts, const struct uuid *id)
{
    struct hash_node *node = drafts->ready ? hash_first(&drafts->hash, code_of(id)) : NULL;
    for (; node; node = hash_next(node)) {
        struct draft *draft = node->owner;
        if (uuid_equal(&draft->row.packed.record.id, id))
            return draft;
    }
    return NULL;
}

void draft_free(struct draft *draft)
{
    free(draft);
}

/* Bytes of the items of a list, and of the places that point at them. */
static size_t size_of_list(const struct strings *list)
{
    size_t size = list->count * sizeof(*list->items);
    for (size_t i = 0; i < list->count; i++)
        size += strlen(list->items[i]) + 1;
    return size;
}

/* Writes a list that points at its own items behind it; returns where they end. `items` is aligned. */
static char *copy_list(const struct strings *from, const char **items, char *texts, struct strings *to)
{
    for (size_t i = 0; i < from->count; i++) {
        const size_t size = strlen(from->items[i]) + 1;
        items[i] = memcpy(texts, from->items[i], size);
        texts += size;
    }
    *to = (struct strings){items, from->count};
    return texts;
}

/* A copy in one piece: the draft, the places of all lists, then all texts. NULL: no memory. */
static struct draft *copy_row(const struct packed_row *row)
{
    const struct record *from = &row->packed.record;
    size_t sizes[RECORD_TEXTS];
    size_t items = 0;
    size_t size = sizeof(struct draft);
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *text = record_text(from, i);
        sizes[i] = text[0] == '\0' ? 0 : strlen(text) + 1;
        size += sizes[i];
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        items += record_list(from, i)->count;
        size += size_of_list(record_list(from, i));
    }
    struct draft *draft = malloc(size);
    if (!draft)
        return NULL;
    draft->row = *row;
    struct record *record = &draft->row.packed.record;
    const char **place = (const char **)(void *)(draft + 1);
    char *texts = (char *)(place + items);
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        record_set_text(record, i, sizes[i] == 0 ? "" : memcpy(texts, record_text(from, i), sizes[i]));
        texts += sizes[i];
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        const struct strings *list = record_list(from, i);
        texts = copy_list(list, place, texts, record_list_of(record, i));
        place += list->count;
    }
    return draft;
}

void drafts_keep(struct drafts *drafts, uint64_t epoch, const struct packed_row *row)
{
    if (row->packed.record.outcome != KC_OUTCOME_PENDING || epoch == 0)
        return;
    if (drafts->ready && drafts->hash.count >= DRAFTS_MOST)
        drafts_drop_all(drafts);
    drafts->ready = drafts->ready || hash_init(&drafts->hash) == 0;
    struct draft *draft = drafts->ready ? copy_row(row) : NULL;
    if (!draft)
        return;
    draft->epoch = epoch;
    hash_add(&drafts->hash, &draft->node, code_of(&row->packed.record.id), draft);
}

struct draft *drafts_take(struct drafts *drafts, uint64_t epoch, const struct uuid *id)
{
    struct draft *draft = find(drafts, id);
    if (!draft)
        return NULL;
    hash_remove(&drafts->hash, &draft->node);
    if (draft->epoch == epoch)
        return draft;
    draft_free(draft);
    return NULL;
}

void drafts_drop(struct drafts *drafts, const struct uuid *id)
{
    struct draft *draft = find(drafts, id);
    if (!draft)
        return;
    hash_remove(&drafts->hash, &draft->node);
    draft_free(draft);
}

void drafts_drop_all(struct drafts *drafts)
{
    for (size_t i = 0; drafts->ready && i < drafts->hash.bucket_count && drafts->hash.count > 0; i++) {
        for (struct hash_node *node; (node = drafts->hash.buckets[i]);) {
            struct draft *draft = node->owner;
            hash_remove(&drafts->hash, node);
            draft_free(draft);
        }
    }
}

void drafts_free(struct drafts *drafts)
{
    drafts_drop_all(drafts);
    if (drafts->ready)
        hash_free(&drafts->hash);
    drafts->ready = false;
}
