/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the PostgreSQL ledger offers to store/copy.c and store/vault.c: its note, and its entries in bulk. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

/* ---- Head and note ---------------------------------------------------------------------------------------------- */

/* `arena` and `note` may be NULL. */
static int32_t read_ledger(struct postgresql_store *store, struct seal_head *head, struct arena *arena,
                           const char **note, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    int32_t status = pg_statement(store, PG_HEAD_GET, &values, &result, error);
    if (status == KC_OK)
        status = pg_read_head(store, result, 0, head, error);
    if (status == KC_OK && note)
        status = pg_read_text(store, result, 0, 2, RECORD_PLAIN, arena, note, error);
    PQclear(result);
    return status;
}

int32_t pg_get_note(struct store *base, struct arena *arena, const char **note, struct kc_error *error)
{
    struct seal_head head = {0};
    return read_ledger((struct postgresql_store *)base, &head, arena, note, error);
}

int32_t pg_set_note(struct store *base, const char *note, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    pg_add_optional(&values, note);
    return pg_statement((struct postgresql_store *)base, PG_NOTE_SET, &values, NULL, error);
}

/* That of the open transaction, if it writes. */
int32_t pg_get_head(struct store *base, struct seal_head *head, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    if (!store->writing)
        return read_ledger(store, head, NULL, NULL, error);
    *head = store->head;
    return KC_OK;
}

/* ---- Entries ---------------------------------------------------------------------------------------------------- */

int32_t pg_read_entries(struct store *base, int64_t after, size_t limit, struct arena *arena,
                        struct seal_found **entries, size_t *count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_entry *numbers = NULL;
    *count = 0;
    int64_t stray = 0;
    const int32_t status = pg_read_journal(store, after, limit, arena, &numbers, count, &stray, error);
    return status == KC_OK ? pg_join(store, numbers, *count, arena, entries, error) : status;
}

/* `old` has the operations that are there already. */
static int32_t write_operation(struct postgresql_store *store, const struct seal_found *found, const PGresult *old,
                               struct kc_error *error)
{
    struct packed_row row = {.id = found->row,
                             .last = found->entry.number - found->row,
                             .packed = {.record = found->record, .seal = found->seal}};
    struct arena arena = {0};
    struct packed_row there = {0};
    const int at = pg_row_of(old, found->row);
    int32_t status = at >= 0 ? pg_read_row(store, old, at, &arena, &there, error) : KC_OK;
    if (status == KC_OK)
        status = pg_put(store, &row, at >= 0 ? &there : NULL, error);
    arena_free(&arena);
    return status;
}

/* All operations are asked for at once: mostly none of them is there. */
static int32_t get_old(struct postgresql_store *store, const struct seal_found *entries, size_t count, PGresult **old,
                       struct kc_error *error)
{
    struct arena arena = {0};
    struct pg_entry *wanted = arena_alloc(&arena, (count + 1) * sizeof(*wanted));
    size_t length = 0;
    for (size_t i = 0; wanted && i < count; i++) {
        if (entries[i].is_last)
            wanted[length++].id = entries[i].row;
    }
    const int32_t status = wanted ? pg_get_operations(store, wanted, length, old, error) : error_no_memory(error);
    arena_free(&arena);
    return status;
}

int32_t pg_write_entries(struct store *base, const struct seal_found *entries, size_t count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    PGresult *old = NULL;
    int32_t status = get_old(store, entries, count, &old, error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        if (entries[i].is_last)
            status = write_operation(store, &entries[i], old, error);
        if (status == KC_OK)
            status = pg_add_entry(store, entries[i].row, &entries[i].entry, error);
        if (status == KC_OK)
            status = seal_follow(base, &store->head, &entries[i].record.id, entries[i].entry.content, error);
        if (status == KC_OK)
            status = pg_send_many(store, error);
    }
    PQclear(old);
    return status;
}

/* ---- Places ----------------------------------------------------------------------------------------------------- */

static int32_t list_stations(struct postgresql_store *store, struct arena *arena, struct store_places *places,
                             struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    int32_t status = pg_statement(store, PG_STATION_ALL, &values, &result, error);
    const int length = status == KC_OK ? PQntuples(result) : 0;
    if (length > 0 && !(places->stations = arena_alloc(arena, (size_t)length * sizeof(*places->stations))))
        status = error_no_memory(error);
    for (int i = 0; status == KC_OK && i < length; i++) {
        struct store_station *station = &places->stations[places->station_count++];
        const char **const texts[] = {&station->site, &station->station, &station->record.system,
                                      &station->record.encoder};
        for (int k = 0; status == KC_OK && k < 4; k++)
            status = pg_read_text(store, result, i, k, RECORD_PLAIN, arena, texts[k], error);
    }
    PQclear(result);
    return status;
}

static int32_t list_encoders(struct postgresql_store *store, struct arena *arena, struct store_places *places,
                             struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    int32_t status = pg_statement(store, PG_ENCODER_ALL, &values, &result, error);
    const int length = status == KC_OK ? PQntuples(result) : 0;
    if (length > 0 && !(places->encoders = arena_alloc(arena, (size_t)length * sizeof(*places->encoders))))
        status = error_no_memory(error);
    for (int i = 0; status == KC_OK && i < length; i++) {
        struct store_encoder *encoder = &places->encoders[places->encoder_count++];
        status = pg_encoder_row(store, result, i, arena, &encoder->record, error);
        if (status == KC_OK)
            status = pg_read_text(store, result, i, 4, RECORD_PLAIN, arena, &encoder->site, error);
    }
    PQclear(result);
    return status;
}

int32_t pg_list_places(struct store *base, struct arena *arena, struct store_places *places, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    *places = (struct store_places){0};
    const int32_t status = list_stations(store, arena, places, error);
    return status == KC_OK ? list_encoders(store, arena, places, error) : status;
}
