/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks of one size that come and go with each operation: a few that were given back are kept for the next. */
#ifndef KEYCARD_UTIL_POOL_H
#define KEYCARD_UTIL_POOL_H

#include <stdatomic.h>
#include <stddef.h>

struct pool_block;

struct pool {
    size_t size, cleared; /* of a block; how many bytes at its start are zero when it is taken */
    unsigned most;        /* blocks that are kept */
    atomic_uint kept;
    _Atomic(struct pool_block *) returned; /* by any thread */
    struct pool_block *ready;              /* of the thread that takes */
};

/* `size` has room for a pointer at least. */
void pool_init(struct pool *pool, size_t size, size_t cleared, unsigned most);
/* Frees what is kept; blocks in use may be freed with free() after it. */
void pool_free(struct pool *pool);
/* By one thread at a time. NULL when memory is used up. Memory of malloc(). */
void *pool_take(struct pool *pool);
/* Any thread. */
void pool_give(struct pool *pool, void *memory);

#endif
