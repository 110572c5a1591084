/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and their numbers in the PostgreSQL ledger. A station has a few dozen, which it reads once: they are only ever
 * added, under the ledger's lock, so that their numbers have no gaps. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

void pg_names_keep(struct pg_names *names, size_t count)
{
    names->epoch = 0;
    while (names->count > count) {
        struct pg_name *last = names->items[--names->count];
        hash_remove(&names->hash, &last->node);
        free(last->name);
        free(last);
    }
    names->sure = names->sure < names->count ? names->sure : names->count;
    names->job = names->job < names->count ? names->job : names->count;
}

void pg_names_free(struct pg_names *names)
{
    pg_names_keep(names, 0);
    if (names->ready)
        hash_free(&names->hash);
    free(names->items);
    *names = (struct pg_names){0};
}

static int32_t remember(struct pg_names *names, const char *text, struct kc_error *error)
{
    if (!names->ready && hash_init(&names->hash) < 0)
        return error_no_memory(error);
    names->ready = true;
    if (names->count == names->capacity) {
        const size_t capacity = names->capacity * 2 + 32;
        struct pg_name **more = reallocarray(names->items, capacity, sizeof(struct pg_name *));
        if (!more)
            return error_no_memory(error);
        names->items = more;
        names->capacity = capacity;
    }
    struct pg_name *name = calloc(1, sizeof(*name));
    if (!name || !(name->name = strdup(text))) {
        free(name);
        return error_no_memory(error);
    }
    names->items[names->count++] = name;
    name->id = (int64_t)names->count;
    hash_add(&names->hash, &name->node, hash_text(HASH_START, text), name);
    return KC_OK;
}

/* Reads those that were added since. */
static int32_t read_on(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct arena arena = {0};
    PGresult *result = NULL;
    const bool all_sure = store->names.sure == store->names.count;
    pg_add_number(&values, (int64_t)store->names.count);
    int32_t status = pg_statement(store, PG_NAMES, &values, &result, error);
    for (int i = 0; status == KC_OK && i < PQntuples(result); i++) {
        const char *name = "";
        int64_t id = 0;
        status = pg_read_number(store, result, i, 0, 1, INT32_MAX, &id, error);
        if (status == KC_OK)
            status = pg_read_text(store, result, i, 1, RECORD_PLAIN, &arena, &name, error);
        if (status == KC_OK && id != (int64_t)store->names.count + 1)
            status = pg_damaged(store, "a name", error);
        if (status == KC_OK)
            status = remember(&store->names, name, error);
    }
    /* What others committed stays if this transaction is taken back. */
    if (all_sure)
        store->names.sure = store->names.job = store->names.count;
    if (status == KC_OK && store->seen)
        store->names.epoch = store->epoch;
    PQclear(result);
    arena_free(&arena);
    return status;
}

static int64_t look(const struct pg_names *names, const char *text)
{
    struct hash_node *node = names->ready ? hash_first(&names->hash, hash_text(HASH_START, text)) : NULL;
    for (; node; node = hash_next(node)) {
        const struct pg_name *name = node->owner;
        if (strcmp(name->name, text) == 0)
            return name->id;
    }
    return 0;
}

int64_t pg_name_known(const struct postgresql_store *store, const char *name)
{
    return look(&store->names, name);
}

int32_t pg_name_find(struct postgresql_store *store, const char *name, bool add, int64_t *id, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    int32_t status = KC_OK;
    *id = look(&store->names, name);
    if (*id == 0 && !(store->seen && store->names.epoch == store->epoch))
        status = read_on(store, error);
    if (status == KC_OK && *id == 0)
        *id = look(&store->names, name);
    if (status != KC_OK || *id != 0 || !add)
        return status;
    pg_add_number(&values, (int64_t)store->names.count + 1);
    pg_add_text(&values, name);
    status = pg_gathers(store) ? pg_gather(store, PG_ROWS_NAME, &values, error)
                               : pg_queue_statement(store, PG_NAME_ADD, &values, error);
    if (status == KC_OK)
        status = remember(&store->names, name, error);
    *id = (int64_t)store->names.count;
    return status;
}

int32_t pg_name_get(struct postgresql_store *store, int64_t id, const char **name, struct kc_error *error)
{
    *name = "";
    if (id == 0)
        return KC_OK;
    const int32_t status = (uint64_t)id > store->names.count ? read_on(store, error) : KC_OK;
    if (status != KC_OK)
        return status;
    if (id < 0 || (uint64_t)id > store->names.count)
        return pg_damaged(store, "a name", error);
    *name = store->names.items[id - 1]->name;
    return KC_OK;
}
