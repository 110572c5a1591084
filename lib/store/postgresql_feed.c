/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other stations write into the journal of the PostgreSQL ledger. Each commit notifies the channel with the number
 * of its last entry; that only wakes the reader, who reads on in the journal. So nothing is lost with a connection. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define ROWS STORE_CHANGES_MOST

static int32_t start(struct postgresql_store *store, bool anew, struct kc_error *error)
{
    struct seal_head head = {0};
    const int32_t status = pg_journal_head(store, &head, error);
    if (status == KC_OK && anew)
        feed_start_anew(&store->feed, &head);
    else if (status == KC_OK)
        feed_start(&store->feed, &head);
    return status;
}

int32_t pg_listen(struct postgresql_store *store, struct kc_error *error)
{
    store->notified = true; /* what was written before is read, too */
    return pg_run(store, "LISTEN " PG_CHANNEL, NULL, error);
}

int32_t pg_watch(struct store *base, bool on, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    if (!on) {
        feed_stop(&store->feed);
        if (pg_is_connected(store))
            pg_run(store, "UNLISTEN " PG_CHANNEL, NULL, NULL);
        return KC_OK;
    }
    int32_t status = pg_reconnect(store, 0, error);
    if (status == KC_OK)
        status = pg_listen(store, error);
    if (status == KC_OK)
        status = start(store, false, error);
    return status;
}

int pg_watch_fd(struct store *base)
{
    const struct postgresql_store *store = (struct postgresql_store *)base;
    return pg_is_connected(store) ? PQsocket(store->connection) : -1;
}

/* Whether another station has committed since this was last asked, as far as libpq has heard. It hears of it also while
 * it reads an answer, and then the socket is quiet afterwards. */
static bool take_notifications(struct postgresql_store *store)
{
    PGnotify *told;
    while ((told = PQnotifies(store->connection))) {
        if (told->be_pid != PQbackendPID(store->connection))
            store->notified = true;
        PQfreemem(told);
    }
    return store->notified;
}

/* The same, and what waits at the socket. False also if the connection is lost. */
static bool is_notified(struct postgresql_store *store)
{
    if (PQconsumeInput(store->connection))
        return take_notifications(store);
    pg_disconnect(store);
    return false;
}

static void take_entry(struct postgresql_store *store, const struct seal_found *found, struct feed_cursor *cursor,
                       bool *lost, struct store_change *changes, size_t *count)
{
    const enum feed_row verdict = feed_take(&store->feed, cursor, found->entry.number, found->entry.link);
    *lost = verdict == FEED_LOST;
    if (verdict != FEED_TELL || !found->has_operation)
        return;
    changes[*count].entry = found->entry.number;
    changes[(*count)++].record = found->record;
}

/* Reads on by one piece; `more`: there may be another one. */
static int32_t read_on(struct postgresql_store *store, struct arena *arena, struct store_change *changes, size_t *count,
                       bool *more, struct kc_error *error)
{
    struct feed_cursor cursor;
    struct seal_found *entries = NULL;
    bool lost = false;
    size_t found = 0;
    const int64_t from = feed_from(&store->feed, &cursor);
    int32_t status = pg_read_entries(&store->store, from > 0 ? from - 1 : 0, ROWS, arena, &entries, &found, error);
    for (size_t i = 0; status == KC_OK && i < found; i++) {
        if (entries[i].has_operation && !entries[i].is_readable)
            status = pg_damaged(store, "a record", error);
    }
    for (size_t i = 0; status == KC_OK && !lost && i < found; i++)
        take_entry(store, &entries[i], &cursor, &lost, changes, count);
    *more = status == KC_OK && !lost && found == ROWS;
    if (status == KC_OK && cursor.checked && !lost)
        feed_move(&store->feed, &cursor);
    else if (status == KC_OK)
        status = start(store, true, error);
    return status;
}

/* One look at the journal, in a transaction of its own. */
static int32_t look(struct postgresql_store *store, struct arena *arena, struct store_change *changes, size_t *count,
                    struct kc_error *error)
{
    bool more = true;
    store->notified = false;
    int32_t status = store->store.table->begin(&store->store, false, error);
    while (status == KC_OK && more && *count == 0)
        status = read_on(store, arena, changes, count, &more, error);
    store->store.table->rollback(&store->store);
    store->notified = store->notified || more || status != KC_OK;
    return status;
}

int32_t pg_changes(struct store *base, struct arena *arena, struct store_change **changes, size_t *count, bool *anew,
                   struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    size_t found = 0;
    int32_t status = pg_reconnect(store, 0, error);
    if (status != KC_OK || (!is_notified(store) && !store->feed.anew))
        return status;
    struct store_change *list = arena_alloc(arena, ROWS * sizeof(*list));
    status = list ? KC_OK : error_no_memory(error);
    do {
        if (status == KC_OK)
            status = look(store, arena, list, &found, error);
    } while (status == KC_OK && found == 0 && pg_is_connected(store) && take_notifications(store));
    if (status != KC_OK)
        return status;
    *changes = list;
    *count = found;
    *anew = store->feed.anew;
    store->feed.anew = false;
    return KC_OK;
}
