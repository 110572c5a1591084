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
    return hash_bytes(HASH_START, id->bytes, sizeof(id->bytes));
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
    if (!draft)
        return;
    arena_free(&draft->arena);
    free(draft);
}

static int copy_record(struct draft *draft, const struct record *from)
{
    struct record *record = &draft->row.packed.record;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const char *copy = arena_text(&draft->arena, record_text(from, i));
        if (!copy)
            return -1;
        record_set_text(record, i, copy);
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (arena_strings(&draft->arena, record_list(from, i), record_list_of(record, i)) != 0)
            return -1;
    }
    return 0;
}

void drafts_keep(struct drafts *drafts, uint64_t epoch, const struct packed_row *row)
{
    if (row->packed.record.outcome != KC_OUTCOME_PENDING || epoch == 0)
        return;
    if (drafts->ready && drafts->hash.count >= DRAFTS_MOST)
        drafts_drop_all(drafts);
    drafts->ready = drafts->ready || hash_init(&drafts->hash) == 0;
    struct draft *draft = drafts->ready ? calloc(1, sizeof(*draft)) : NULL;
    if (draft)
        draft->row = *row;
    if (!draft || copy_record(draft, &row->packed.record) != 0) {
        draft_free(draft);
        return;
    }
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
