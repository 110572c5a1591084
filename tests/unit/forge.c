/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See forge.h. */
#include "forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the two above */
#include <cmocka.h>

#ifdef KEYCARD_POSTGRESQL
#include "store/postgresql.h"
#endif
#include "store/sqlite.h"

static void need(int32_t status, const struct kc_error *error)
{
    if (status != KC_OK)
        fail_msg("forging: %d %s", status, error->message);
}

static int32_t get(struct store *store, const struct uuid *id, struct arena *arena, struct packed_row *row,
                   struct kc_error *error)
{
#ifdef KEYCARD_POSTGRESQL
    if (strcmp(store->table->scheme, "postgresql") == 0)
        return pg_get_by_id((struct postgresql_store *)store, id, arena, row, error);
#endif
    return sqlite_get_by_id((struct sqlite_store *)store, id, arena, row, error);
}

static int32_t put(struct store *store, struct packed_row *row, struct kc_error *error)
{
#ifdef KEYCARD_POSTGRESQL
    if (strcmp(store->table->scheme, "postgresql") == 0)
        return pg_write_row((struct postgresql_store *)store, row, error);
#endif
    return sqlite_write_row((struct sqlite_store *)store, STATEMENT_UPDATE, row, error);
}

static void rewrite(struct store *store, const struct uuid *id, const struct packed *other, forge_change change)
{
    struct kc_error error = {0};
    struct arena arena = {0};
    struct packed_row row;
    need(get(store, id, &arena, &row, &error), &error);
    change(&row.packed, other);
    memset(row.packed.names, 0, sizeof(row.packed.names)); /* they may be others now */
    need(put(store, &row, &error), &error);
    arena_free(&arena);
}

static void find(struct store *store, const char *site, const char *booking, struct arena *arena,
                 struct record **records, size_t *count)
{
    struct kc_error error = {0};
    const struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking};
    need(store->table->find(store, &query, arena, records, count, &error), &error);
    assert_true(*count > 0);
}

static void forge_in(struct store *store, const char *site, const char *booking, const char *other_booking,
                     forge_change change)
{
    struct arena arena = {0};
    struct record *records = NULL;
    struct packed other = {0};
    size_t count = 0;
    if (other_booking) {
        find(store, site, other_booking, &arena, &records, &count);
        other.record = records[0];
    }
    find(store, site, booking, &arena, &records, &count);
    for (size_t i = 0; i < count; i++)
        rewrite(store, &records[i].id, other_booking ? &other : NULL, change);
    arena_free(&arena);
}

void forge(const struct store_table *table, const char *path, const char *site, const char *booking,
           const char *other_booking, forge_change change)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    need(table->open(path, &store, &error), &error);
    need(table->begin(store, true, &error), &error);
    forge_in(store, site, booking, other_booking, change);
    need(table->commit(store, &error), &error);
    store_close(store);
}
