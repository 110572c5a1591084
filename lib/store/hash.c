/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hash table of the memory store (FNV-1a, chains, doubling). */
#include "store/hash.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

int hash_init(struct hash *hash)
{
    hash->count = 0;
    hash->bucket_count = FIRST_BUCKETS;
    hash->buckets = calloc(FIRST_BUCKETS, sizeof(*hash->buckets));
    return hash->buckets ? 0 : -1;
}

void hash_free(struct hash *hash)
{
    free(hash->buckets);
    *hash = (struct hash){0};
}

static void put(struct hash_node **bucket, struct hash_node *node)
{
    node->next = *bucket;
    node->link = bucket;
    if (node->next)
        node->next->link = &node->next;
    *bucket = node;
}

static void grow(struct hash *hash)
{
    const size_t count = hash->bucket_count * 2;
    struct hash_node **buckets = calloc(count, sizeof(*buckets));
    if (!buckets)
        return;
    for (size_t i = 0; i < hash->bucket_count; i++) {
        struct hash_node *next;
        for (struct hash_node *node = hash->buckets[i]; node; node = next) {
            next = node->next;
            put(&buckets[node->code & (count - 1)], node);
        }
    }
    free(hash->buckets);
    hash->buckets = buckets;
    hash->bucket_count = count;
}

void hash_add(struct hash *hash, struct hash_node *node, uint64_t code, void *owner)
{
    if (hash->count >= hash->bucket_count)
        grow(hash);
    node->code = code;
    node->owner = owner;
    put(&hash->buckets[code & (hash->bucket_count - 1)], node);
    hash->count++;
}

void hash_remove(struct hash *hash, struct hash_node *node)
{
    if (!node->link)
        return;
    *node->link = node->next;
    if (node->next)
        node->next->link = node->link;
    node->next = NULL;
    node->link = NULL;
    hash->count--;
}

static struct hash_node *same_code(struct hash_node *node, uint64_t code)
{
    while (node && node->code != code)
        node = node->next;
    return node;
}

struct hash_node *hash_first(const struct hash *hash, uint64_t code)
{
    return same_code(hash->buckets[code & (hash->bucket_count - 1)], code);
}

struct hash_node *hash_next(const struct hash_node *node)
{
    return same_code(node->next, node->code);
}

uint64_t hash_bytes(uint64_t code, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++)
        code = (code ^ at[i]) * UINT64_C(0x100000001B3);
    return code;
}

uint64_t hash_text(uint64_t code, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    do
        code = (code ^ *at) * UINT64_C(0x100000001B3);
    while (*at++ != '\0');
    return code;
}
