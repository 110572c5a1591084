/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for what an event touches. Of ten thousand links each is long gone from the caches when its bytes come, and
 * with it what says where its page is. So where there are many they stand close together, and in large pages as soon
 * as they fill one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "loop/loop_private.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif
#ifdef SANITIZED
/* Of the sanitizers: what nobody may touch, and where there may be pointers. */
void __asan_poison_memory_region(void const volatile *start, size_t size);
void __asan_unpoison_memory_region(void const volatile *start, size_t size);
void __lsan_register_root_region(const void *start, size_t size);
void __lsan_unregister_root_region(const void *start, size_t size);
#else
#define __asan_poison_memory_region(start, size)   ((void)(start), (void)(size))
#define __asan_unpoison_memory_region(start, size) ((void)(start), (void)(size))
#define __lsan_register_root_region(start, size)   ((void)(start), (void)(size))
#define __lsan_unregister_root_region(start, size) ((void)(start), (void)(size))
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* since Linux 6.1 */
#endif

#define LINE       ((size_t)64)
#define CHUNK_SIZE ((size_t)2 * 1024 * 1024) /* a large page */
#define BLOCK_MAX  ((size_t)64 * 1024)
/* Until there are so many, blocks are malloc's: few links take no more than they need, and tools know each of them. */
#define FEW 256

struct block {
    struct block *next;
};

/* At the start of its memory, which begins at a multiple of its size. What was never used is not in memory. */
struct loop_chunk {
    struct loop_chunk *next;
    size_t block_size, capacity;
    size_t used;        /* blocks that are taken */
    size_t begun;       /* blocks that were ever taken */
    struct block *free; /* of those, what was given back */
};

static struct loop_chunk *chunk_map(void)
{
    char *memory = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    size_t before = (CHUNK_SIZE - (uintptr_t)memory % CHUNK_SIZE) % CHUNK_SIZE;
    if (before > 0)
        munmap(memory, before);
    munmap(memory + before + CHUNK_SIZE, CHUNK_SIZE - before);
    return (struct loop_chunk *)(void *)(memory + before);
}

static struct loop_chunk *chunk_new(struct loop *loop, size_t block_size)
{
    struct loop_chunk *chunk = chunk_map();

    if (chunk == NULL)
        return NULL;
    _Static_assert(sizeof *chunk <= LINE, "blocks begin at the second line");
    __lsan_register_root_region(chunk, CHUNK_SIZE);
    __asan_poison_memory_region((char *)chunk + LINE, CHUNK_SIZE - LINE);
    chunk->block_size = block_size;
    chunk->capacity = (CHUNK_SIZE - LINE) / block_size;
    chunk->next = loop->chunks;
    loop->chunks = chunk;
    return chunk;
}

static void chunk_free(struct loop *loop, struct loop_chunk *chunk)
{
    struct loop_chunk **place = &loop->chunks;

    while (*place != chunk)
        place = &(*place)->next;
    *place = chunk->next;
    __lsan_unregister_root_region(chunk, CHUNK_SIZE);
    __asan_unpoison_memory_region(chunk, CHUNK_SIZE);
    munmap(chunk, CHUNK_SIZE);
}

static void *chunk_take(struct loop_chunk *chunk, size_t size)
{
    struct block *block = chunk->free;

    chunk->used++;
    if (block == NULL) {
        block = (struct block *)(void *)((char *)chunk + LINE + chunk->begun * chunk->block_size);
        chunk->begun++;
        if (chunk->begun == chunk->capacity) {
            /* A system without large pages goes on without. An older one makes it one by and by. */
            madvise(chunk, CHUNK_SIZE, MADV_HUGEPAGE);
            madvise(chunk, CHUNK_SIZE, MADV_COLLAPSE);
        }
        __asan_unpoison_memory_region(block, size);
        return block; /* never used, so it is zero */
    }
    __asan_unpoison_memory_region(block, chunk->block_size);
    chunk->free = block->next;
    memset(block, 0, chunk->block_size);
    __asan_poison_memory_region((char *)block + size, chunk->block_size - size);
    return block;
}

void *loop_memory_take(struct loop *loop, size_t size)
{
    size_t block_size = (size + LINE - 1) / LINE * LINE;
    struct loop_chunk *chunk = loop->chunks;
    void *memory = NULL;

    if (loop->blocks >= FEW && size <= BLOCK_MAX) {
        while (chunk != NULL && (chunk->block_size != block_size || chunk->used == chunk->capacity))
            chunk = chunk->next;
        if (chunk == NULL)
            chunk = chunk_new(loop, block_size);
        if (chunk != NULL)
            memory = chunk_take(chunk, size);
    }
    if (memory == NULL)
        memory = calloc(1, size);
    loop->blocks += memory != NULL;
    return memory;
}

void loop_memory_give(struct loop *loop, void *memory)
{
    struct loop_chunk *chunk = loop->chunks;
    struct block *block = memory;

    if (memory == NULL)
        return;
    loop->blocks--;
    while (chunk != NULL && (uintptr_t)memory - (uintptr_t)chunk >= CHUNK_SIZE)
        chunk = chunk->next;
    if (chunk == NULL) {
        free(memory);
        return;
    }
    block->next = chunk->free;
    chunk->free = block;
    chunk->used--;
    __asan_poison_memory_region(block, chunk->block_size);
    if (chunk->used == 0)
        chunk_free(loop, chunk);
}
