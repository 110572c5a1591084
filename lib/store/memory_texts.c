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

/* What is empty is so in `to` already. */
static void measure_texts(const struct record *record, uint32_t fields, struct measure *need, struct record *to)
{
    need->text_count = 0;
    while (fields != 0) {
        const size_t field = memory_take_field(&fields);
        const char *text = record_text(record, field);
        if (text[0] == '\0') {
            record_set_text(to, field, "");
            continue;
        }
        const size_t length = strlen(text);
        need->bytes += length + 1;
        need->lengths[need->text_count] = length;
        need->texts[need->text_count++] = (uint8_t)field;
    }
}

static void measure_lists(const struct record *record, uint32_t fields, struct measure *need, struct record *to)
{
    need->lists = 0;
    while (fields != 0) {
        const size_t field = memory_take_field(&fields);
        const struct strings *list = record_list(record, field);
        if (list->count == 0) {
            *record_list_of(to, field) = (struct strings){0};
            continue;
        }
        need->lists |= 1U << field;
        need->items += list->count;
        for (size_t i = 0; i < list->count; i++)
            need->bytes += strlen(list->items[i]) + 1;
    }
}

static int32_t check_fields(const struct record *record, const struct measure *need, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < need->text_count; i++)
        status = record_check_text(record, need->texts[i], error);
    for (uint32_t left = need->lists; status == KC_OK && left != 0;)
        status = record_check_list(record, memory_take_field(&left), error);
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
    measure_texts(record, fields.texts, &need, to);
    measure_lists(record, fields.lists, &need, to);
    *out = NULL;
    if (need.bytes == 0)
        return KC_OK;
    /* So little that no text and no list can be too long, and plain, is good; only in doubt the whole check is made. */
    const bool little = need.bytes <= RECORD_LIST_MAX;
    int32_t status = little ? KC_OK : check_fields(record, &need, error);
    if (status != KC_OK)
        return status;
    const size_t size = need.items * sizeof(char *) + need.bytes;
    struct memory_texts *texts = malloc(sizeof(*texts) + size);
    if (!texts)
        return error_no_memory(error);
    atomic_init(&texts->holders, 1);
    texts->has_serial = false;
    texts->size = size;
    copy_fields(record, &need, texts, to);
    if (little && !text_all_plain((const char *)(texts->items + need.items), need.bytes))
        status = check_fields(record, &need, error);
    if (status == KC_OK)
        *out = texts;
    else
        memory_texts_drop(texts);
    return status;
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
