/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A chained hash table of nodes that are embedded in their owners; equal keys may stand in it many times. */
#ifndef KEYCARD_STORE_HASH_H
#define KEYCARD_STORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/word.h"

struct hash_node {
    struct hash_node *next;
    struct hash_node **link; /* what points to this node; NULL while it is in no table */
    uint64_t code;
    void *owner;
};

struct hash {
    struct hash_node **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
};

/* Returns 0, or -1 when memory is used up. */
int hash_init(struct hash *hash);
/* Forgets the nodes, which are their owners'. */
void hash_free(struct hash *hash);
/* Never fails: a table that cannot grow gets slower. */
void hash_add(struct hash *hash, struct hash_node *node, uint64_t code, void *owner);
/* Harmless if the node is in no table. */
void hash_remove(struct hash *hash, struct hash_node *node);
/* The first node with the code, and the one after; NULL at the end. The caller compares the keys. */
struct hash_node *hash_first(const struct hash *hash, uint64_t code);
struct hash_node *hash_next(const struct hash_node *node);

/* Codes of keys: start, then add each part (FNV-1a). Files of the ledger have such codes, so they stay what they are.
 */
#define HASH_START UINT64_C(0xCBF29CE484222325)
uint64_t hash_bytes(uint64_t code, const void *bytes, size_t count);
uint64_t hash_text(uint64_t code, const char *text);
/* The same for what is never written: eight bytes at a time, other codes on other computers. In line, for an operation
 * has more than a dozen of them. Who folds a code to its half must not undo what the shift has mixed: so it is not 32.
 */
static inline uint64_t hash_mix(uint64_t code, uint64_t word)
{
    code = (code ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return code ^ code >> 29;
}

static inline uint64_t hash_quick(uint64_t code, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    size_t left = count;
    for (; left > sizeof(uint64_t); left -= sizeof(uint64_t), at += sizeof(uint64_t))
        code = hash_mix(code, word_of(at, sizeof(uint64_t)));
    return hash_mix(left > 0 ? hash_mix(code, word_of(at, left)) : code, count);
}

static inline uint64_t hash_quick_text(uint64_t code, const char *text)
{
    return hash_quick(code, text, strlen(text));
}

#endif
