/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of texts of the memory store: checked, copied, shared, overwritten. */
#include <stdlib.h>
#include <string.h>

#include "store/memory.h"
#include "store/record.h"
#include "util/text.h"

const struct memory_fields memory_all_fields = {(1U << RECORD_TEXTS) - 1, (1U << RECORD_LISTS) - 1};

struct memory_fields memory_outcome_fields(void)
{
    struct memory_fields fields = {0};
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        fields.texts |= (uint32_t)record_texts[i].outcome << i;
    for (size_t i = 0; i < RECORD_LISTS; i++)
        fields.lists |= (uint32_t)record_lists[i].outcome << i;
    return fields;
}

/* What a block is to hold: of the texts and lists those that are not empty. */
struct measure {
    size_t text_count, lengths[RECORD_TEXTS];
    uint8_t texts[RECORD_TEXTS];
    uint32_t lists;
    size_t items, bytes;
};

/* The check of a text tells its length as well. What is empty is so in `to` already. */
static int32_t measure_texts(const struct record *record, uint32_t fields, struct measure *need, struct record *to,
                             struct kc_error *error)
{
    int32_t status = KC_OK;
    need->text_count = 0;
    while (fields != 0 && status == KC_OK) {
        const size_t field = memory_take_field(&fields);
        const char *text = record_text(record, field);
        if (text[0] == '\0') {
            record_set_text(to, field, "");
            continue;
        }
        size_t *length = &need->lengths[need->text_count];
        if (!text_is_plain(text, length) || *length > RECORD_TEXT_MAX)
            status = record_check_text(record, field, error);
        need->bytes += *length + 1;
        need->texts[need->text_count++] = (uint8_t)field;
    }
    return status;
}

/* Printable ASCII, and not too much of it; only in doubt the whole check is made. */
static bool is_plain_list(const struct strings *list, size_t *bytes)
{
    bool plain = list->count <= RECORD_LIST_MAX;
    *bytes = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t length;
        plain = text_is_plain(list->items[i], &length) && length <= RECORD_TEXT_MAX && plain;
        *bytes += length + 1;
    }
    return plain && *bytes <= RECORD_LIST_SIZE;
}

static int32_t measure_lists(const struct record *record, uint32_t fields, struct measure *need, struct record *to,
                             struct kc_error *error)
{
    int32_t status = KC_OK;
    need->lists = 0;
    while (fields != 0 && status == KC_OK) {
        const size_t field = memory_take_field(&fields);
        const struct strings *list = record_list(record, field);
        if (list->count == 0) {
            *record_list_of(to, field) = (struct strings){0};
            continue;
        }
        size_t bytes;
        if (!is_plain_list(list, &bytes))
            status = record_check_list(record, field, error);
        need->lists |= 1U << field;
        need->items += list->count;
        need->bytes += bytes;
    }
    return status;
}

static void copy_fields(const struct record *record, const struct measure *need, struct memory_texts *texts,
                        struct record *to)
{
    const char **item = texts->items;
    char *at = (char *)(texts->items + need->items);
    for (size_t i = 0; i < need->text_count; i++) {
        const size_t field = need->texts[i], size = need->lengths[i] + 1;
        record_set_text(to, field, memcpy(at, record_text(record, field), size));
        at += size;
    }
    for (uint32_t left = need->lists; left != 0;) {
        const size_t field = memory_take_field(&left);
        const struct strings from = *record_list(record, field);
        *record_list_of(to, field) = (struct strings){item, from.count};
        for (size_t i = 0; i < from.count; i++) {
            const size_t size = strlen(from.items[i]) + 1;
            *item++ = memcpy(at, from.items[i], size);
            at += size;
        }
    }
}

int32_t memory_texts_new(const struct record *record, struct memory_fields fields, struct record *to,
                         struct memory_texts **out, struct kc_error *error)
{
    struct measure need;
    need.items = need.bytes = 0;
    int32_t status = measure_texts(record, fields.texts, &need, to, error);
    if (status == KC_OK)
        status = measure_lists(record, fields.lists, &need, to, error);
    if (status != KC_OK)
        return status;
    const size_t size = need.items * sizeof(char *) + need.bytes;
    struct memory_texts *texts = size > 0 ? malloc(sizeof(*texts) + size) : NULL;
    if (size > 0 && !texts)
        return error_no_memory(error);
    if (texts) {
        atomic_init(&texts->holders, 1);
        texts->has_serial = false;
        texts->size = size;
        copy_fields(record, &need, texts, to);
    }
    *out = texts;
    return KC_OK;
}

bool memory_texts_take_serial(struct memory_texts *texts, const struct strings *serials, struct strings *out)
{
    size_t length;
    if (texts->has_serial || serials->count != 1 || !text_is_plain(serials->items[0], &length) ||
        length >= sizeof(texts->serial_text))
        return false;
    texts->serial = memcpy(texts->serial_text, serials->items[0], length + 1);
    texts->has_serial = true;
    *out = (struct strings){&texts->serial, 1};
    return true;
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
    explicit_bzero(texts->serial_text, sizeof(texts->serial_text));
    explicit_bzero(texts->items, texts->size);
    free(texts);
}
