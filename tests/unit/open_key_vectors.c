/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what open_key_vectors.py wrote: a vector each line, NAME=VALUE with tabs between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "open_key_vectors.h"

static size_t read_hex(const char *text, uint8_t *out, size_t most)
{
    size_t size = strlen(text) / 2;
    assert_true(strlen(text) % 2 == 0 && size <= most);
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return size;
}

static int32_t kind_named(const char *name)
{
    for (int32_t kind = KC_KIND_ORIGINAL; kind <= KC_KIND_ONE_SHOT; kind++)
        if (strcmp(kc_kind_name(kind), name) == 0)
            return kind;
    fail_msg("no kind %s", name);
    return 0;
}

static void take_list(struct open_key *key, char *value, bool rooms)
{
    char *rest = NULL;
    for (char *item = strtok_r(value, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        if (rooms) {
            assert_true(key->room_count < OPEN_KEY_ROOMS && strlen(item) <= OPEN_KEY_ROOM_LENGTH);
            memcpy(key->rooms[key->room_count++], item, strlen(item) + 1);
        } else {
            key->areas |= UINT64_C(1) << (strtoul(item, NULL, 10) - 1);
        }
    }
}

static void take(struct vector *vector, const char *name, char *value)
{
    struct open_key *key = &vector->key;
    if (strcmp(name, "form") == 0)
        vector->is_card = strcmp(value, "card") == 0;
    else if (strcmp(name, "site") == 0)
        vector->site.number = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "key") == 0)
        read_hex(value, vector->site.key, sizeof(vector->site.key)), memcpy(vector->site_key, value, strlen(value) + 1);
    else if (strcmp(name, "uid") == 0)
        vector->uid_size = read_hex(value, vector->uid, sizeof(vector->uid));
    else if (strcmp(name, "kind") == 0)
        key->kind = kind_named(value);
    else if (strcmp(name, "sequence") == 0)
        key->sequence = strtoll(value, NULL, 10);
    else if (strcmp(name, "from") == 0)
        key->from_utc = strtoll(value, NULL, 10);
    else if (strcmp(name, "until") == 0)
        key->until_utc = strtoll(value, NULL, 10);
    else if (strcmp(name, "rooms") == 0 || strcmp(name, "areas") == 0)
        take_list(key, value, *name == 'r');
    else if (strcmp(name, "issue") == 0)
        read_hex(value, key->issue.bytes, sizeof(key->issue.bytes));
    else if (strcmp(name, "message") == 0)
        vector->message_size = read_hex(value, vector->message, sizeof(vector->message));
    else if (strcmp(name, "digits") == 0)
        memcpy(vector->digits, value, strnlen(value, OPEN_KEY_STRIPE_LENGTH));
}

size_t vectors_read(struct vector vectors[VECTORS_MOST])
{
    static char line[4096];
    const char *path = getenv("OPEN_KEY_VECTORS");
    assert_non_null(path);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t count = 0;
    while (fgets(line, sizeof(line), file)) {
        assert_true(count < VECTORS_MOST);
        line[strcspn(line, "\n")] = '\0';
        vectors[count] = (struct vector){.is_card = false};
        char *rest = NULL;
        for (char *pair = strtok_r(line, "\t", &rest); pair; pair = strtok_r(NULL, "\t", &rest)) {
            char *value = strchr(pair, '=');
            assert_non_null(value);
            *value++ = '\0';
            take(&vectors[count], pair, value);
        }
        count++;
    }
    fclose(file);
    assert_true(count >= 10);
    return count;
}

const struct vector *vector_of(const struct vector vectors[VECTORS_MOST], bool is_card)
{
    for (size_t i = 0; i < VECTORS_MOST; i++)
        if (vectors[i].is_card == is_card && vectors[i].site.number)
            return &vectors[i];
    fail();
    return NULL;
}

void assert_same_key(const struct open_key *a, const struct open_key *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->sequence == b->sequence && a->from_utc == b->from_utc && a->until_utc == b->until_utc);
    assert_true(uuid_equal(&a->issue, &b->issue));
    assert_int_equal(a->room_count, b->room_count);
    for (size_t i = 0; i < a->room_count; i++)
        assert_string_equal(a->rooms[i], b->rooms[i]);
    assert_true(a->areas == b->areas);
}
