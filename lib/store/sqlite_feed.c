/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other connections write into the journal of the SQLite ledger. SQLite does not tell, but its data version
 * changes with each commit of another connection, and costs no more than a look at shared memory. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"

#define ROWS STORE_CHANGES_MOST

/* Changes when another connection has committed. */
static int32_t read_data_version(struct sqlite_store *store, int64_t *version, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_DATA_VERSION];
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW)
        *version = sqlite3_column_int64(get, 0);
    const int32_t status = result == SQLITE_ROW ? KC_OK : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

int32_t sqlite_epoch(struct store *base, uint64_t *epoch, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    int64_t version = 0;
    const int32_t status = store->epoch == 0 ? read_data_version(store, &version, error) : KC_OK;
    if (status == KC_OK && store->epoch == 0)
        store->epoch = (uint64_t)version + 1; /* never 0: SQLite counts in 32 bits */
    *epoch = store->epoch;
    return status;
}

static int32_t start(struct sqlite_store *store, bool anew, struct kc_error *error)
{
    struct seal_head head = {0};
    const int32_t status = sqlite_journal_head(store, &head, error);
    if (status == KC_OK && anew)
        feed_start_anew(&store->feed, &head);
    else if (status == KC_OK)
        feed_start(&store->feed, &head);
    return status;
}

int32_t sqlite_watch(struct store *base, bool on, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    if (!on) {
        feed_stop(&store->feed);
        return KC_OK;
    }
    int32_t status = base->table->begin(base, false, error);
    if (status != KC_OK)
        return status;
    status = read_data_version(store, &store->data_version, error);
    if (status == KC_OK)
        status = start(store, false, error);
    base->table->rollback(base);
    return status;
}

int sqlite_watch_fd(struct store *base)
{
    (void)base;
    return -1;
}

static int32_t take_entry(struct sqlite_store *store, const struct sqlite_entry *entry, struct feed_cursor *cursor,
                          bool *lost, struct arena *arena, struct store_change *change, size_t *count,
                          struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    struct sqlite_names names = {0};
    struct packed_row operation;
    int32_t status = KC_OK;
    const enum feed_row verdict = feed_take(&store->feed, cursor, entry->entry.number, entry->entry.link);
    *lost = verdict == FEED_LOST;
    if (verdict != FEED_TELL)
        return KC_OK;
    sqlite3_bind_int64(get, 1, entry->id);
    const int result = sqlite3_step(get);
    if (result == SQLITE_ROW)
        status = sqlite_read_row(store, get, &names, arena, &operation, error);
    else if (result != SQLITE_DONE)
        status = sqlite_failed(store, result, error);
    sqlite_done(get);
    if (status == KC_OK && result == SQLITE_ROW) {
        change[*count].entry = entry->entry.number;
        change[(*count)++].record = operation.packed.record;
    }
    return status;
}

/* Reads on by one piece; `more`: there may be another one. */
static int32_t read_on(struct sqlite_store *store, struct arena *arena, struct store_change *changes, size_t *count,
                       bool *more, struct kc_error *error)
{
    struct sqlite_entries entries;
    struct feed_cursor cursor;
    bool lost = false;
    int found = 0;
    int32_t status = KC_OK;
    const int64_t from = feed_from(&store->feed, &cursor);
    sqlite_entries_open(store, &entries, from);
    while (status == KC_OK && !lost && found < ROWS) {
        const struct sqlite_entry *entry = NULL;
        status = sqlite_entries_next(store, &entries, &entry, error);
        if (status == KC_OK && !entry)
            break;
        if (status != KC_OK || entry->entry.number < from)
            continue;
        status = take_entry(store, entry, &cursor, &lost, arena, changes, count, error);
        found++;
    }
    sqlite_entries_close(&entries);
    *more = status == KC_OK && !lost && found == ROWS;
    if (status == KC_OK && cursor.checked && !lost)
        feed_move(&store->feed, &cursor);
    else if (status == KC_OK)
        status = start(store, true, error);
    return status;
}

int32_t sqlite_changes(struct store *base, struct arena *arena, struct store_change **changes, size_t *count,
                       bool *anew, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    int64_t version = 0;
    size_t found = 0;
    bool more = true;
    int32_t status = base->table->begin(base, false, error);
    if (status != KC_OK)
        return status;
    status = read_data_version(store, &version, error);
    const bool quiet = version == store->data_version && !store->feed_more && !store->feed.anew;
    struct store_change *list = NULL;
    if (status == KC_OK && !quiet && !(list = arena_alloc(arena, ROWS * sizeof(*list))))
        status = sqlite_no_memory(error);
    while (status == KC_OK && !quiet && more && found == 0)
        status = read_on(store, arena, list, &found, &more, error);
    base->table->rollback(base);
    if (status != KC_OK || quiet)
        return status;
    store->data_version = version;
    store->feed_more = more;
    *changes = list;
    *count = found;
    *anew = store->feed.anew;
    store->feed.anew = false;
    return KC_OK;
}
