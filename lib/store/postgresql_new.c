/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an operation of the PostgreSQL ledger is new: nothing has its identifier or its idempotency key. As long as
 * nobody else has written, this program knows it of an identifier that is later than all others, and of a key that it
 * has looked for in vain; so the server need not look, whose scans of three tables for each cost more than writing the
 * row. That nobody else has written is what the server makes sure of with each commit. Else it looks. */
#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

enum { KEY_UNUSED, KEY_USED };

/* ---- Identifiers ------------------------------------------------------------------------------------------------ */

/* Asked of the server in the second transaction for which nobody else has written in between: beside busy stations it
 * would be asked in vain. What was written by this transaction itself is not known to the server yet. */
static int32_t learn_latest(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_latest *latest = &store->latest;
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    if (latest->epoch == store->epoch || store->head.entries != store->first_entry)
        return KC_OK;
    const bool again = latest->used == store->epoch;
    *latest = (struct pg_latest){.used = store->epoch};
    if (!again)
        return KC_OK;
    int32_t status = pg_statement(store, PG_LATEST, &values, &result, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 0, INT64_MIN, INT64_MAX, &latest->high, error);
    if (status == KC_OK && !PQgetisnull(result, 0, 0))
        latest->epoch = store->epoch;
    PQclear(result);
    return status;
}

static bool is_latest(struct pg_latest *latest, uint64_t epoch, int64_t high)
{
    if (latest->epoch != epoch || high <= latest->high)
        return false;
    latest->high = high;
    return true;
}

/* ---- Keys ------------------------------------------------------------------------------------------------------- */

static int64_t hash_of_key(const char *site, const char *key)
{
    return pack_hash(PACK_IDEMPOTENCY, site, key);
}

void pg_know_unused(struct postgresql_store *store, const char *site, const char *key)
{
    const int64_t number = pg_name_known(store, site);
    if (number != 0)
        pg_memo_set(store, PG_MEMO_KEY, number, hash_of_key(site, key), KEY_UNUSED, 0);
}

static bool is_unused(const struct postgresql_store *store, int64_t site, int64_t hash)
{
    const int64_t *known = pg_memo_get(store, PG_MEMO_KEY, site, hash);
    return known && known[0] == KEY_UNUSED;
}

/* ---- Both ------------------------------------------------------------------------------------------------------- */

int32_t pg_claim(struct postgresql_store *store, const struct packed_row *row, bool *is_new, struct kc_error *error)
{
    const struct record *record = &row->packed.record;
    const int64_t site = row->packed.names[0];
    const int32_t status = learn_latest(store, error);
    *is_new = is_latest(&store->latest, store->epoch, pack_id(&record->id));
    if (record->idempotency_key[0] == '\0')
        return status;
    const int64_t hash = hash_of_key(record->site, record->idempotency_key);
    *is_new = *is_new && is_unused(store, site, hash);
    pg_memo_set(store, PG_MEMO_KEY, site, hash, KEY_USED, 0);
    return status;
}

void pg_forget_new(struct postgresql_store *store, const struct packed_row *row)
{
    const struct record *record = &row->packed.record;
    store->latest.epoch = 0;
    if (record->idempotency_key[0] != '\0')
        pg_memo_set(store, PG_MEMO_KEY, row->packed.names[0], hash_of_key(record->site, record->idempotency_key),
                    KEY_USED, 0);
}

int32_t pg_check_new(struct postgresql_store *store, const struct record *record, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    int32_t status = KC_OK;
    if (record->idempotency_key[0] != '\0')
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_key(record, error);
    query = (struct record_query){.find = RECORD_BY_ID, .id = record->id, .limit = 1};
    if (status == KC_OK)
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
    if (status == KC_OK && count > 0)
        status = record_known_id(record, error);
    arena_free(&arena);
    return status;
}
