/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks that are kept for the next one. Only whole lists are taken from what other threads give back, so that no block
 * can return to its place unseen between the look at it and the exchange. */
#include "util/pool.h"

#include <stdlib.h>
#include <string.h>

struct pool_block {
    struct pool_block *next;
};

void pool_init(struct pool *pool, size_t size, size_t cleared, unsigned most)
{
    *pool = (struct pool){.size = size, .cleared = cleared, .most = most};
#ifdef __SANITIZE_ADDRESS__
    pool->most = 0; /* so that it sees who uses what was given back */
#endif
}

static void free_list(struct pool_block *block)
{
    while (block != NULL) {
        struct pool_block *next = block->next;
        free(block);
        block = next;
    }
}

void pool_free(struct pool *pool)
{
    free_list(pool->ready);
    free_list(atomic_load_explicit(&pool->returned, memory_order_acquire));
    pool_init(pool, pool->size, pool->cleared, pool->most);
}

void *pool_take(struct pool *pool)
{
    struct pool_block *block = pool->ready;
    if (block == NULL && atomic_load_explicit(&pool->kept, memory_order_relaxed) > 0)
        block = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
    if (block != NULL) {
        pool->ready = block->next;
        atomic_fetch_sub_explicit(&pool->kept, 1, memory_order_relaxed);
    } else {
        block = malloc(pool->size);
    }
    return block == NULL ? NULL : memset(block, 0, pool->cleared);
}

void pool_give(struct pool *pool, void *memory)
{
    struct pool_block *block = memory;
    if (atomic_fetch_add_explicit(&pool->kept, 1, memory_order_relaxed) >= pool->most) {
        atomic_fetch_sub_explicit(&pool->kept, 1, memory_order_relaxed);
        free(block);
        return;
    }
    block->next = atomic_load_explicit(&pool->returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&pool->returned, &block->next, block, memory_order_release,
                                                  memory_order_relaxed))
        ;
}
