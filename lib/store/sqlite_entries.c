/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the journal of the SQLite ledger. What one commit writes stands in few of them: to write a row costs many
 * times what one more entry in it does. sqlite_schema.c says what they look like. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/sqlite.h"

#define ENTRY_SIZE (SEAL_CONTENT_SIZE + SEAL_LINK_SIZE)
#define CHAIN_REST (SEAL_SIZE - SEAL_LINK_SIZE) /* behind the link of the last entry of all */

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

void sqlite_entries_drop(struct sqlite_store *store)
{
    store->entry_count = 0;
    buf_clear(&store->entry_bytes);
}

/* One row of all that are gathered; `rest`: of the chain, or NULL. */
static int32_t write_row(struct sqlite_store *store, const uint8_t *rest, struct kc_error *error)
{
    sqlite3_stmt *add = store->statements[STATEMENT_JOURNAL_ADD];
    struct buf *bytes = &store->entry_bytes;
    const bool single = store->entry_count == 1;
    int32_t status;
    if (rest)
        buf_append(bytes, rest, CHAIN_REST);
    if (bytes->failed) {
        status = sqlite_no_memory(error);
    } else {
        /* What the number before the only entry says stands in a column. */
        const size_t size = ENTRY_SIZE + (rest ? CHAIN_REST : 0u);
        const size_t skipped = single ? bytes->length - size : 0;
        sqlite3_bind_int64(add, 1, store->entry_last);
        sqlite3_bind_int64(add, 2, single ? store->entry_back : -(int64_t)store->entry_count);
        sqlite3_bind_blob(add, 3, bytes->data + skipped, (int)(bytes->length - skipped), SQLITE_STATIC);
        store->row_size = bytes->length - skipped - (rest ? CHAIN_REST : 0u);
        status = sqlite_run(store, add, error);
    }
    sqlite_entries_drop(store);
    return status;
}

int32_t sqlite_entries_flush(struct sqlite_store *store, struct kc_error *error)
{
    return store->entry_count > 0 ? write_row(store, NULL, error) : KC_OK;
}

int32_t sqlite_add_entry(struct sqlite_store *store, int64_t id, const struct seal_entry *entry, struct kc_error *error)
{
    struct buf *bytes = &store->entry_bytes;
    int32_t status = KC_OK;
    if (store->entry_count == SQLITE_ENTRIES)
        status = sqlite_entries_flush(store, error);
    store->entry_last = entry->number;
    store->entry_back = entry->number - id;
    pack_number(bytes, (uint64_t)store->entry_back);
    uint8_t *to = buf_extend(bytes, ENTRY_SIZE);
    if (to) {
        memcpy(to, entry->content, SEAL_CONTENT_SIZE);
        memcpy(to + SEAL_CONTENT_SIZE, entry->link, SEAL_LINK_SIZE);
    }
    store->entry_count++;
    if (store->tail.epoch == store->epoch)
        store->tail.seen = entry->number;
    return status;
}

int32_t sqlite_entries_end(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *set = store->statements[STATEMENT_HEAD_SET];
    const uint8_t *rest = store->head.chain + SEAL_LINK_SIZE;
    if (store->entry_count > 0)
        return write_row(store, rest, error);
    sqlite3_bind_int64(set, 1, store->head.entries);
    sqlite3_bind_blob(set, 2, rest, CHAIN_REST, SQLITE_STATIC);
    return sqlite_run(store, set, error);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* A row with one entry. */
static void take_single(int64_t last, int64_t back, const uint8_t *bytes, size_t size, struct sqlite_journal_row *row)
{
    row->first = last;
    row->count = 1;
    row->entries[0] = (struct sqlite_entry){.id = last > back ? last - back : 0, .entry.number = last};
    row->has_chain = size == ENTRY_SIZE + CHAIN_REST;
    if (!row->has_chain && size != ENTRY_SIZE)
        return;
    memcpy(row->entries[0].entry.content, bytes, SEAL_CONTENT_SIZE);
    memcpy(row->entries[0].entry.link, bytes + SEAL_CONTENT_SIZE, SEAL_LINK_SIZE);
    if (row->has_chain)
        memcpy(row->chain, bytes + SEAL_CONTENT_SIZE, SEAL_SIZE);
}

static bool take_entry(const uint8_t **at, size_t *left, struct sqlite_entry *entry)
{
    uint64_t back = 0;
    if (!unpack_number(at, left, &back) || *left < ENTRY_SIZE || back >= (uint64_t)entry->entry.number)
        return false;
    entry->id = entry->entry.number - (int64_t)back;
    memcpy(entry->entry.content, *at, SEAL_CONTENT_SIZE);
    memcpy(entry->entry.link, *at + SEAL_CONTENT_SIZE, SEAL_LINK_SIZE);
    *at += ENTRY_SIZE;
    *left -= ENTRY_SIZE;
    return true;
}

/* A row with many. From the first one on that cannot be read they are all-zero but for their numbers, and so is the
 * last one if it is not where the row ends: no chain has such. */
static void take_many(int64_t last, size_t count, const uint8_t *bytes, size_t size, struct sqlite_journal_row *row)
{
    bool good = true;
    row->first = last - (int64_t)count + 1;
    row->count = count;
    for (size_t i = 0; i < count; i++) {
        struct sqlite_entry *entry = &row->entries[i];
        *entry = (struct sqlite_entry){.entry.number = row->first + (int64_t)i};
        good = good && take_entry(&bytes, &size, entry);
    }
    row->has_chain = good && size == CHAIN_REST;
    if (row->has_chain) {
        memcpy(row->chain, row->entries[count - 1].entry.link, SEAL_LINK_SIZE);
        memcpy(row->chain + SEAL_LINK_SIZE, bytes, CHAIN_REST);
    } else if (size != 0) {
        row->entries[count - 1] = (struct sqlite_entry){.entry.number = last};
    }
}

void sqlite_unpack_entries(sqlite3_stmt *statement, struct sqlite_journal_row *row)
{
    const int64_t last = sqlite3_column_int64(statement, 0);
    const int64_t back = sqlite3_column_int64(statement, 1);
    const uint8_t *bytes = sqlite3_column_blob(statement, 2);
    const size_t size = bytes ? (size_t)sqlite3_column_bytes(statement, 2) : 0;
    row->has_chain = false;
    row->size = size > CHAIN_REST ? size - CHAIN_REST : 0;
    if (back < 0 && back >= -SQLITE_ENTRIES && last >= -back && last < INT64_MAX)
        take_many(last, (size_t)-back, bytes, size, row);
    else
        take_single(last, back < 0 ? 0 : back, bytes, back < 0 ? 0 : size, row);
}

void sqlite_entries_open(struct sqlite_store *store, struct sqlite_entries *entries, int64_t from)
{
    entries->statement = store->statements[STATEMENT_JOURNAL_FROM];
    entries->at = entries->row.count = 0;
    entries->ended = false;
    sqlite3_bind_int64(entries->statement, 1, from);
}

int32_t sqlite_entries_next(struct sqlite_store *store, struct sqlite_entries *entries,
                            const struct sqlite_entry **entry, struct kc_error *error)
{
    *entry = NULL;
    if (entries->ended)
        return KC_OK;
    if (entries->at == entries->row.count) {
        const int result = sqlite3_step(entries->statement);
        entries->ended = result != SQLITE_ROW; /* another step would begin anew */
        if (result != SQLITE_ROW)
            return result == SQLITE_DONE ? KC_OK : sqlite_failed(store, result, error);
        sqlite_unpack_entries(entries->statement, &entries->row);
        entries->at = 0;
    }
    *entry = &entries->row.entries[entries->at++];
    return KC_OK;
}

void sqlite_entries_close(const struct sqlite_entries *entries)
{
    sqlite_done(entries->statement);
}
