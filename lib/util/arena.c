/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arena: blocks in which allocations stand one behind the other. */
#include "util/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST_SIZE     256  /* of the first block, its head included: many arenas have little to keep */
#define ARENA_BLOCK_SIZE     1024 /* of the next ones */
#define ARENA_SEPARATOR      '\x1F'
#define ARENA_SEPARATOR_TEXT "\x1F"

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t capacity;
    bool lent;
    max_align_t data[];
};

struct arena_hold {
    struct arena_hold *next;
    void (*release)(void *object);
    void *object;
};

_Static_assert(sizeof(struct arena_block) < ARENA_LENT_LEAST, "a block that is lent has room for something");

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_init_in(struct arena *arena, void *memory, size_t size)
{
    struct arena_block *block = memory;
    const size_t step = _Alignof(max_align_t);
    *block = (struct arena_block){.capacity = (size - sizeof *block) / step * step, .lent = true};
    *arena = (struct arena){.blocks = block};
}

void arena_free(struct arena *arena)
{
    for (struct arena_hold *hold = arena->holds; hold != NULL; hold = hold->next)
        hold->release(hold->object);
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        if (!block->lent)
            free(block);
        block = next;
    }
    *arena = (struct arena){0};
}

static struct arena_block *arena_block_new(size_t capacity)
{
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (block != NULL)
        *block = (struct arena_block){.capacity = capacity};
    return block;
}

/* The size must leave the next allocation aligned. */
static void *arena_take(struct arena *arena, size_t size)
{
    struct arena_block *newest = arena->blocks;
    const size_t usual = (newest == NULL ? ARENA_FIRST_SIZE : ARENA_BLOCK_SIZE) - sizeof(struct arena_block);
    if (newest != NULL && size <= newest->capacity - newest->used) {
        void *memory = (char *)newest->data + newest->used;
        newest->used += size;
        return memory;
    }
    struct arena_block *block = arena_block_new(size > usual / 2 ? size : usual);
    if (block == NULL)
        return NULL;
    block->used = size;
    if (newest != NULL && size > usual / 2) {
        /* A large one stands behind the newest, whose free rest stays in use. */
        block->next = newest->next;
        newest->next = block;
    } else {
        block->next = newest;
        arena->blocks = block;
    }
    return block->data;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t step = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    /* An allocation of nothing takes a step too, so that its address is its own. */
    size_t whole = size == 0 ? step : (size + step - 1) / step * step;
    void *memory = arena_take(arena, whole);
    return memory == NULL ? NULL : memset(memory, 0, whole);
}

size_t arena_size(const struct arena *arena)
{
    size_t size = 0;
    for (const struct arena_block *block = arena->blocks; block != NULL; block = block->next)
        size += sizeof *block + block->capacity;
    return size;
}

int arena_hold(struct arena *arena, void (*release)(void *object), void *object)
{
    struct arena_hold *hold = arena_alloc(arena, sizeof *hold);
    if (hold == NULL)
        return -1;
    *hold = (struct arena_hold){arena->holds, release, object};
    arena->holds = hold;
    return 0;
}

const char *arena_text_n(struct arena *arena, const char *text, size_t length)
{
    const size_t step = _Alignof(max_align_t);
    if (text == NULL || length == 0)
        return "";
    if (length >= SIZE_MAX / 2)
        return NULL;
    char *copy = arena_take(arena, (length + step) / step * step);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

const char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_n(arena, text, text == NULL ? 0 : strlen(text));
}

static const char **arena_items(struct arena *arena, size_t count)
{
    if (count > SIZE_MAX / 2 / sizeof(const char *))
        return NULL;
    return arena_alloc(arena, count * sizeof(const char *));
}

int arena_strings(struct arena *arena, const struct strings *from, struct strings *to)
{
    if (from->count == 0) {
        *to = (struct strings){0};
        return 0;
    }
    const char **items = arena_items(arena, from->count);
    if (items == NULL)
        return -1;
    for (size_t i = 0; i < from->count; i++) {
        items[i] = arena_text(arena, from->items[i]);
        if (items[i] == NULL)
            return -1;
    }
    *to = (struct strings){.items = items, .count = from->count};
    return 0;
}

int arena_split(struct arena *arena, const char *joined, struct strings *list)
{
    if (joined[0] == '\0') {
        *list = (struct strings){0};
        return 0;
    }
    size_t count = 1;
    for (const char *at = joined; *at != '\0'; at++) {
        if (*at == ARENA_SEPARATOR)
            count++;
    }
    const char **items = arena_items(arena, count);
    if (items == NULL)
        return -1;
    const char *at = joined;
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(at, ARENA_SEPARATOR_TEXT);
        items[i] = arena_text_n(arena, at, length);
        if (items[i] == NULL)
            return -1;
        at += length + (at[length] == '\0' ? 0 : 1);
    }
    *list = (struct strings){.items = items, .count = count};
    return 0;
}
