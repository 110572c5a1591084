/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intents of the PostgreSQL ledger that were recorded together stand together in one row, as arrays. The server writes
 * and removes one row for them instead of many. An intent that gets an outcome before the others is noted in that row
 * as gone; with the last one the row goes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

/* All must be found, or an error ends the transaction. */
const char pg_batches_leave[] =
    "WITH asked AS (SELECT first, array_agg(id) AS ids, count(*)::integer AS count FROM unnest($1::bigint[], "
    "$2::bigint[]) AS row (first, id) GROUP BY first), "
    "done AS (DELETE FROM intent_batch AS b USING asked WHERE b.first = asked.first AND cardinality(b.gone) + "
    "asked.count = b.count RETURNING asked.count), "
    "left_some AS (UPDATE intent_batch AS b SET gone = b.gone || asked.ids FROM asked WHERE b.first = asked.first AND "
    "cardinality(b.gone) + asked.count < b.count RETURNING asked.count) "
    "SELECT 1 / (coalesce(sum(count), 0) = cardinality($1::bigint[]))::integer FROM (SELECT count FROM done UNION ALL "
    "SELECT count FROM left_some) AS both_kinds";

void pg_batch_add(struct postgresql_store *store, int64_t first, int64_t last)
{
    struct pg_batch *batch = &store->batches[store->batch_next++ % PG_BATCHES];
    if (batch->last > store->batch_forgotten)
        store->batch_forgotten = batch->last;
    *batch = (struct pg_batch){first, last};
}

bool pg_batch_of(const struct postgresql_store *store, int64_t id, int64_t *batch)
{
    *batch = 0;
    for (size_t i = 0; i < PG_BATCHES; i++) {
        if (store->batches[i].first <= id && id <= store->batches[i].last)
            *batch = store->batches[i].first;
    }
    return *batch != 0 || id > store->batch_forgotten;
}

int32_t pg_leave_batch(struct postgresql_store *store, struct packed_row *row, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    if (row->batch == 0)
        return KC_OK;
    if (pg_gathers(store)) {
        pg_add_number(&values, row->batch);
        pg_add_number(&values, row->id);
        row->batch = 0;
        return pg_gather(store, PG_ROWS_NOT_BATCHED, &values, error);
    }
    char first[32];
    char one[32];
    snprintf(first, sizeof(first), "{%" PRId64 "}", row->batch);
    snprintf(one, sizeof(one), "{%" PRId64 "}", row->id);
    pg_add_text(&values, first);
    pg_add_text(&values, one);
    row->batch = 0;
    return pg_queue_statement(store, PG_BATCH_LEAVE, &values, error);
}

void pg_forget_drafts(struct postgresql_store *store)
{
    drafts_drop_all(&store->drafts);
    memset(store->batches, 0, sizeof(store->batches));
    store->batch_forgotten = 0;
}
