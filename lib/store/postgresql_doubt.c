/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commits of which nothing was heard, since the connection broke meanwhile: finding out what became of them. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

/* Whether the transaction in doubt is in the journal. The ledger is locked: that transaction has ended. The digests
 * tell it from another one with that number, on a server that took over without it. */
static int32_t is_in_journal(struct postgresql_store *store, bool *committed, struct kc_error *error)
{
    const struct seal_entry *last = &store->doubt.last;
    struct arena arena = {0};
    struct pg_entry *found = NULL;
    const int32_t status = pg_get_entries(store, &last->number, 1, &arena, &found, error);
    *committed = status == KC_OK && found->entry.number == last->number &&
                 memcmp(found->entry.content, last->content, SEAL_CONTENT_SIZE) == 0 &&
                 memcmp(found->entry.link, last->link, SEAL_LINK_SIZE) == 0;
    arena_free(&arena);
    return status;
}

void pg_end_doubt(struct postgresql_store *store)
{
    free(store->doubt.intents);
    store->doubt = (struct postgresql_doubt){0};
}

/* What was sent may still wait to be read by the server, and could be committed after the journal was looked at: the
 * session in which it was must have ended. */
static int32_t end_session(struct postgresql_store *store, struct kc_error *error)
{
    const int64_t until = pg_now_ms() + POSTGRESQL_LOCK_MS;
    for (;;) {
        struct pg_values values;
        pg_no_values(&values);
        PGresult *result = NULL;
        pg_add_text(&values, store->doubt.session.pid);
        pg_add_text(&values, store->doubt.session.start);
        const int32_t status = pg_statement(store, PG_SESSION_END, &values, &result, error);
        const bool ended = status == KC_OK && PQntuples(result) == 0;
        PQclear(result);
        if (status != KC_OK || ended)
            return status;
        if (pg_now_ms() >= until)
            return error_set(error, KC_ERROR_LEDGER_BUSY, "ledger",
                             "ledger %s: the server still works on what was sent before; try again", store->name);
        pg_rest(20);
    }
}

/* Connects again and finds out. KC_OK or the failure to find out. */
static int32_t settle_doubt(struct postgresql_store *store, bool *committed, struct kc_error *error)
{
    const int64_t until = pg_now_ms() + POSTGRESQL_SETTLE_MS;
    int32_t status;
    do {
        const int64_t left = until - pg_now_ms();
        status = pg_reconnect(store, left > 0 ? left : 0, error);
        if (status == KC_OK)
            status = end_session(store, error);
        if (status == KC_OK)
            status = pg_begin_asking(store, true, error);
        if (status == KC_OK)
            status = is_in_journal(store, committed, error);
        pg_rollback(&store->store);
    } while ((status == KC_ERROR_LEDGER || status == KC_ERROR_LEDGER_BUSY) && pg_now_ms() < until);
    return status;
}

/* An earlier commit was reported as failed, as nobody could tell, and nothing was sent for its intents. If it did
 * happen after all, they end here; their idempotency keys stay used. */
static int32_t end_doubtful_intents(struct postgresql_store *store, struct kc_error *error)
{
    bool committed = false;
    int32_t status = is_in_journal(store, &committed, error);
    if (status == KC_OK && committed)
        feed_own(&store->feed, store->doubt.first, store->doubt.last.number, store->doubt.last.link);
    for (size_t i = 0; status == KC_OK && committed && i < store->doubt.count; i++) {
        struct arena arena = {0};
        struct record *records = NULL;
        size_t count = 0;
        const struct record_query query = {.find = RECORD_BY_ID, .id = store->doubt.intents[i]};
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
        if (status == KC_OK && count == 1 && records[0].outcome == KC_OUTCOME_PENDING) {
            records[0].outcome = KC_OUTCOME_NOT_WRITTEN;
            records[0].status = KC_ERROR_LEDGER;
            records[0].key_state = records[0].kind ? KC_KEY_NOT_MADE : 0;
            records[0].error_message = "The ledger's server was lost while this was recorded; nothing was sent.";
            status = pg_finish(&store->store, &records[0], error);
        }
        arena_free(&arena);
    }
    return status;
}

int32_t pg_clear_doubt(struct postgresql_store *store, struct kc_error *error)
{
    int32_t status = end_session(store, error);
    if (status == KC_OK)
        status = pg_begin_asking(store, true, error);
    if (status != KC_OK)
        return status;
    /* A commit of its own, which must not be in doubt itself for what it is about. */
    struct postgresql_doubt doubt = store->doubt;
    status = end_doubtful_intents(store, error);
    if (status != KC_OK) {
        pg_rollback(&store->store);
        return status;
    }
    store->doubt = (struct postgresql_doubt){0};
    status = pg_commit(&store->store, error);
    if (status == KC_OK) {
        free(doubt.intents);
        return KC_OK;
    }
    pg_end_doubt(store);
    store->doubt = doubt;
    return status;
}

int32_t pg_commit_unheard(struct postgresql_store *store, const struct seal_entry *last, struct kc_error *error)
{
    bool committed = false;
    store->doubt.open = true;
    store->doubt.session = store->session;
    store->doubt.first = store->first_entry + 1;
    store->doubt.last = *last;
    store->doubt.intents = store->intents;
    store->doubt.count = store->intent_count;
    store->intents = NULL;
    store->intent_count = store->intent_capacity = 0;
    const int32_t status = settle_doubt(store, &committed, error);
    if (status != KC_OK)
        return status; /* begin() looks again */
    pg_end_doubt(store);
    return committed
               ? KC_OK
               : error_set(error, KC_ERROR_LEDGER, "ledger",
                           "ledger %s: the server was lost before it had recorded anything; try again", store->name);
}
