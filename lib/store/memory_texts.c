/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of texts of the memory store: checked, copied, shared, overwritten. */
#include <stdlib.h>
#include <string.h>

#include "store/memory.h"
#include "store/record.h"
#include "util/text.h"

const struct memory_fields memory_all_fields = {(1U << RECORD_TEXTS) - 1, (1U << RECORD_LISTS) - 1};

/* What a block is to hold. */
struct measure {
    size_t lengths[RECORD_TEXTS];
    size_t items, bytes;
};

/* The check of a text has its length beside. */
static int32_t measure(const struct record *record, struct memory_fields fields, struct measure *measure,
                       struct kc_error *error)
{
    int32_t status = KC_OK;
    measure->items = measure->bytes = 0;
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        const char *text = record_text(record, i);
        size_t *length = &measure->lengths[i];
        *length = 0;
        if (!(fields.texts >> i & 1) || text[0] == '\0')
            continue;
        if (!text_is_plain(text, length) || *length > RECORD_TEXT_MAX)
            status = record_check_text(record, i, error);
        measure->bytes += *length + 1;
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++) {
        const struct strings *list = record_list(record, i);
        if (!(fields.lists >> i & 1) || list->count == 0)
            continue;
        status = record_check_list(record, i, error);
        measure->items += list->count;
        for (size_t k = 0; status == KC_OK && k < list->count; k++)
            measure->bytes += strlen(list->items[k]) + 1;
    }
    return status;
}

/* The list stands at `*item` and its texts at `*at` afterwards, which move on. */
static struct strings copy_list(const struct strings *from, const char ***item, char **at)
{
    const struct strings copy = {*item, from->count};
    for (size_t i = 0; i < from->count; i++) {
        const size_t size = strlen(from->items[i]) + 1;
        memcpy(*at, from->items[i], size);
        *(*item)++ = *at;
        *at += size;
    }
    return copy.count > 0 ? copy : (struct strings){0};
}

int32_t memory_texts_new(const struct record *record, struct memory_fields fields, struct record *to,
                         struct memory_texts **out, struct kc_error *error)
{
    struct measure need;
    struct memory_texts *texts = NULL;
    const int32_t status = measure(record, fields, &need, error);
    if (status != KC_OK)
        return status;
    const size_t size = need.items * sizeof(texts->items[0]) + need.bytes;
    if (size > 0 && !(texts = malloc(sizeof(*texts) + size)))
        return error_no_memory(error);
    const char **item = NULL;
    char *at = NULL;
    if (texts) {
        atomic_init(&texts->holders, 1);
        texts->size = size;
        item = texts->items;
        at = (char *)(texts->items + need.items);
    }
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        const size_t length = need.lengths[i];
        if (!(fields.texts >> i & 1))
            continue;
        if (length > 0)
            memcpy(at, record_text(record, i), length + 1);
        record_set_text(to, i, length > 0 ? at : "");
        at += length > 0 ? length + 1 : 0;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (fields.lists >> i & 1)
            *record_list_of(to, i) = copy_list(record_list(record, i), &item, &at);
    }
    *out = texts;
    return KC_OK;
}

struct memory_texts *memory_texts_hold(struct memory_texts *texts)
{
    atomic_fetch_add_explicit(&texts->holders, 1, memory_order_relaxed);
    return texts;
}

/* Guest data do not stay in memory that is given back. */
void memory_texts_drop(void *object)
{
    struct memory_texts *texts = object;
    if (!texts || atomic_fetch_sub_explicit(&texts->holders, 1, memory_order_acq_rel) != 1)
        return;
    explicit_bzero(texts->items, texts->size);
    free(texts);
}
