/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holding the records of the PostgreSQL ledger against its journal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define STEP 2000 /* entries or rows in one job */

/* ---- Every entry fits ------------------------------------------------------------------------------------------- */

static int32_t check_entries(struct postgresql_store *store, struct store_check *check, struct kc_error *error)
{
    struct arena arena = {0};
    struct pg_entry *entries = NULL;
    struct seal_found *found = NULL;
    struct seal_head head = {0};
    size_t count = 0;
    int64_t stray = 0;
    int32_t status = pg_read_journal(store, check->entries, STEP, &arena, &entries, &count, &stray, error);
    if (status == KC_OK)
        status = pg_join(store, entries, count, &arena, &found, error);
    for (size_t i = 0; status == KC_OK && !check->done && i < count; i++)
        status = seal_check(&store->store, check, &found[i], error);
    if (status == KC_OK && !check->done && count < STEP) {
        status = pg_journal_head(store, &head, error);
        if (status == KC_OK)
            seal_check_head(check, &head);
    }
    if (status == KC_OK && !check->done && stray != 0) {
        check->fault = "bytes that are no entry follow it";
        check->entry = stray;
        check->done = true;
    }
    arena_free(&arena);
    return status;
}

/* ---- Every operation has its entry, and is found ---------------------------------------------------------------- */

enum { ROOM = PG_COLUMN_COUNT, IDEMPOTENCY, BOOKING, SALTED, OPEN, UNCONFIRMED };

/* Whether a column has this number; `there` false: none. */
static bool is_number(const PGresult *result, int row, int column, bool there, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, number);
    if (PQgetisnull(result, row, column))
        return !there;
    return there && strcmp(PQgetvalue(result, row, column), text) == 0;
}

/* What stands in the row itself. */
static bool is_found_by_columns(const PGresult *result, int row, const struct packed_row *operation)
{
    const struct record *record = &operation->packed.record;
    const int64_t flags = pack_flags(record, &operation->packed.seal);
    const bool salted = PQgetvalue(result, row, SALTED)[0] == '1';
    return operation->flags == flags &&
           is_number(result, row, IDEMPOTENCY, record->idempotency_key[0] != '\0',
                     pack_hash(PACK_IDEMPOTENCY, record->site, record->idempotency_key)) &&
           is_number(result, row, BOOKING, record->booking[0] != '\0',
                     pack_hash(PACK_BOOKING, record->site, record->booking)) &&
           is_number(result, row, ROOM, record->rooms.count > 0,
                     record->rooms.count > 0 ? pg_room(operation, record->rooms.items[0]) : 0) &&
           is_number(result, row, OPEN, true, flags & PACK_OPEN && !operation->is_intent ? 1 : 0) &&
           (!operation->is_intent || record->outcome == KC_OUTCOME_PENDING) &&
           is_number(result, row, UNCONFIRMED, true, flags & PACK_UNCONFIRMED ? 1 : 0) &&
           !PQgetisnull(result, row, SALTED) && (salted || !(flags & PACK_SALTED));
}

/* How many different ones of a list there are. */
static int64_t different(const struct packed_row *operation, bool others)
{
    const struct strings *rooms = &operation->packed.record.rooms;
    int64_t count = 0;
    for (size_t i = 0; i < rooms->count; i++) {
        const int64_t room = pg_room(operation, rooms->items[i]);
        bool seen = others && room == pg_room(operation, rooms->items[0]);
        for (size_t k = 0; k < i && !seen; k++)
            seen = pg_room(operation, rooms->items[k]) == room;
        count += !seen;
    }
    return count;
}

/* What stands elsewhere: few have something there. */
static int32_t check_rooms(struct postgresql_store *store, const struct packed_row *operation, bool *found,
                           struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf others = {0};
    struct buf all = {0};
    PGresult *result = NULL;
    const bool active = operation->flags & PACK_ACTIVE;
    if (!active && operation->packed.record.rooms.count < 2)
        return KC_OK;
    pg_list_rooms(operation, true, &others);
    pg_list_rooms(operation, false, &all);
    pg_add_text(&values, buf_text(&others));
    pg_add_text(&values, buf_text(&all));
    values.failed = values.failed || others.failed || all.failed;
    const int32_t status = pg_statement(store, PG_ROOMS_COUNT, &values, &result, error);
    if (status == KC_OK)
        *found = is_number(result, 0, 0, true, different(operation, true)) &&
                 is_number(result, 0, 1, true, active ? different(operation, false) : 0);
    PQclear(result);
    buf_free(&others);
    buf_free(&all);
    return status;
}

static int32_t check_operation(struct postgresql_store *store, const PGresult *result, int row,
                               const struct packed_row *operation, const struct pg_entry *last, bool twice,
                               struct store_check *check, struct kc_error *error)
{
    bool found = is_found_by_columns(result, row, operation);
    const int32_t status = found ? check_rooms(store, operation, &found, error) : KC_OK;
    if (last->entry.number == 0 || last->id != operation->id)
        check->fault = "it has no entry in the journal";
    else if (twice)
        check->fault = "it stands there twice";
    else if (!found)
        check->fault = "it is not found by what it is looked up by";
    check->id = check->fault ? operation->packed.record.id : check->id;
    check->done = check->fault != NULL;
    return status;
}

/* Reads rows as far as they can be read; `numbers` are their last entries. */
static int32_t read_rows(struct postgresql_store *store, const PGresult *result, struct arena *arena,
                         struct packed_row *rows, int64_t *numbers, size_t *count, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (int i = 0; status == KC_OK && i < PQntuples(result); i++) {
        status = pg_read_row(store, result, i, arena, &rows[i], error);
        if (status == KC_OK) {
            numbers[i] = rows[i].id + rows[i].last;
            *count = (size_t)i + 1;
        }
    }
    return status;
}

static int32_t check_rows(struct postgresql_store *store, const PGresult *result, struct store_check *check,
                          struct kc_error *error)
{
    const size_t most = (size_t)PQntuples(result) + 1;
    struct arena arena = {0};
    struct packed_row *rows = arena_alloc(&arena, most * sizeof(*rows));
    int64_t *numbers = arena_alloc(&arena, most * sizeof(*numbers));
    struct pg_entry *entries = NULL;
    size_t count = 0;
    int32_t status = rows && numbers ? KC_OK : error_no_memory(error);
    if (status == KC_OK)
        status = read_rows(store, result, &arena, rows, numbers, &count, error);
    const bool damaged = status == KC_ERROR_LEDGER_DAMAGED;
    /* Whether the last row stands there twice is seen with the next ones. */
    const size_t known = count == STEP ? count - 1 : count;
    if ((status == KC_OK || damaged) && count > 0)
        status = pg_get_entries(store, numbers, count, &arena, &entries, error);
    for (size_t i = 0; status == KC_OK && !check->done && i < known; i++) {
        const bool twice = i + 1 < count && rows[i + 1].id == rows[i].id;
        status = check_operation(store, result, (int)i, &rows[i], &entries[i], twice, check, error);
        check->last_operation = rows[i].id;
    }
    if (damaged && (status == KC_OK || count == 0) && !check->done) {
        check->fault = "it has values that no ledger has";
        check->done = true;
        status = KC_OK;
    }
    arena_free(&arena);
    return status;
}

static int32_t check_operations(struct postgresql_store *store, struct store_check *check, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    pg_add_number(&values, check->last_operation);
    pg_add_number(&values, STEP);
    int32_t status = pg_statement(store, PG_CHECK_OPERATIONS, &values, &result, error);
    const bool last = status == KC_OK && PQntuples(result) < STEP;
    if (status == KC_OK)
        status = check_rows(store, result, check, error);
    check->done = check->done || (status == KC_OK && last);
    PQclear(result);
    return status;
}

int32_t pg_check(struct store *base, struct store_check *check, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    return check->journal_read ? check_operations(store, check, error) : check_entries(store, check, error);
}
