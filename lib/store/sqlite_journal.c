/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of the SQLite ledger: writing it, and holding the records against it. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"

#define STEP 2000 /* rows in one job */

int32_t sqlite_get(struct sqlite_store *store, int64_t id, struct arena *arena, struct record *record,
                   struct seal *seal, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_GET];
    struct sqlite_names names = {0};
    sqlite3_bind_int64(get, 1, id);
    const int result = sqlite3_step(get);
    int32_t status;
    if (result == SQLITE_ROW)
        status = sqlite_read_record(store, get, &names, arena, record, seal, error);
    else
        status = result == SQLITE_DONE ? sqlite_damaged(store, "the journal", error)
                                       : sqlite_failed(store, result, error);
    sqlite_done(get);
    return status;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

int32_t sqlite_journal_head(struct sqlite_store *store, struct seal_head *head, struct kc_error *error)
{
    sqlite3_stmt *get = store->statements[STATEMENT_HEAD_GET];
    const int result = sqlite3_step(get);
    const char *note = result == SQLITE_ROW ? (const char *)sqlite3_column_text(get, 2) : NULL;
    int32_t status = KC_OK;
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        status = sqlite_failed(store, result, error);
    else if (result == SQLITE_DONE || sqlite3_column_bytes(get, 1) != SEAL_SIZE)
        status = sqlite_damaged(store, "the head of the journal", error);
    else
        status = sqlite_number_column(store, get, 0, 0, INT64_MAX - 1, &head->entries, error);
    if (status == KC_OK)
        status = store_check_note(&store->store, note ? note : "", error);
    if (status == KC_OK)
        memcpy(head->chain, sqlite3_column_blob(get, 1), SEAL_SIZE);
    sqlite_done(get);
    return status;
}

int32_t sqlite_need_head(struct sqlite_store *store, struct kc_error *error)
{
    if (store->head_read)
        return KC_OK;
    const int32_t status = sqlite_journal_head(store, &store->head, error);
    store->first_entry = store->head.entries;
    store->head_read = status == KC_OK;
    return status;
}

int32_t sqlite_add_entry(struct sqlite_store *store, int64_t id, const struct seal_entry *entry, bool is_last,
                         struct kc_error *error)
{
    sqlite3_stmt *add = store->statements[STATEMENT_JOURNAL_ADD];
    sqlite3_stmt *set = store->statements[STATEMENT_ENTRY_SET];
    sqlite3_bind_int64(add, 1, entry->number);
    sqlite3_bind_int64(add, 2, id);
    sqlite3_bind_blob(add, 3, entry->content, sizeof(entry->content), SQLITE_STATIC);
    sqlite3_bind_blob(add, 4, entry->link, sizeof(entry->link), SQLITE_STATIC);
    int32_t status = sqlite_run(store, add, error);
    if (status != KC_OK || !is_last)
        return status;
    sqlite3_bind_int64(set, 1, id);
    sqlite3_bind_int64(set, 2, entry->number);
    return sqlite_run(store, set, error);
}

int32_t sqlite_journal(struct sqlite_store *store, int64_t id, struct kc_error *error)
{
    struct arena arena = {0};
    struct record record = {0};
    struct seal seal = {0};
    struct seal_entry entry;
    int32_t status = sqlite_need_head(store, error);
    if (status == KC_OK)
        status = sqlite_get(store, id, &arena, &record, &seal, error);
    if (status == KC_OK)
        status = seal_append(&store->head, &record, &seal, &entry, error);
    if (status == KC_OK)
        status = sqlite_add_entry(store, id, &entry, true, error);
    arena_free(&arena);
    return status;
}

int32_t sqlite_journal_end(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *set = store->statements[STATEMENT_HEAD_SET];
    if (!store->head_read)
        return KC_OK;
    store->head_read = false;
    sqlite3_bind_int64(set, 1, store->head.entries);
    sqlite3_bind_blob(set, 2, store->head.chain, SEAL_SIZE, SQLITE_STATIC);
    return sqlite_run(store, set, error);
}

/* A ledger of version 1: the salt, and then the entry. */
static int32_t journal_old(struct sqlite_store *store, sqlite3_stmt *salted, int64_t id, struct kc_error *error)
{
    struct arena arena = {0};
    struct record record = {0};
    uint8_t salt[SEAL_SALT_SIZE];
    int32_t status = sqlite_get(store, id, &arena, &record, NULL, error);
    if (status == KC_OK && seal_has_guest_data(&record)) {
        status = seal_make_salt(salt, error);
        sqlite3_bind_int64(salted, 1, id);
        sqlite3_bind_blob(salted, 2, salt, sizeof(salt), SQLITE_STATIC);
        if (status == KC_OK)
            status = sqlite_run(store, salted, error);
    }
    arena_free(&arena);
    return status == KC_OK ? sqlite_journal(store, id, error) : status;
}

int32_t sqlite_journal_all(struct sqlite_store *store, struct kc_error *error)
{
    sqlite3_stmt *next = NULL;
    sqlite3_stmt *salted = NULL;
    int64_t id = INT64_MIN;
    int result = SQLITE_ROW;
    int32_t status = sqlite_prepare_all(store, error);
    if (status == KC_OK)
        status = sqlite_prepare(store, "SELECT id FROM operation WHERE id > ?1 ORDER BY id LIMIT 1", &next, error);
    if (status == KC_OK)
        status = sqlite_prepare(store, "UPDATE operation SET salt = ?2 WHERE id = ?1", &salted, error);
    while (status == KC_OK && result == SQLITE_ROW) {
        sqlite3_bind_int64(next, 1, id);
        result = sqlite3_step(next);
        id = result == SQLITE_ROW ? sqlite3_column_int64(next, 0) : 0;
        sqlite_done(next);
        if (result == SQLITE_ROW)
            status = journal_old(store, salted, id, error);
        else if (result != SQLITE_DONE)
            status = sqlite_failed(store, result, error);
    }
    sqlite3_finalize(next);
    sqlite3_finalize(salted);
    return status == KC_OK ? sqlite_journal_end(store, error) : status;
}

/* ---- Checking --------------------------------------------------------------------------------------------------- */

enum { ENTRY, CONTENT, LINK, OPERATION, FOUND, LAST_ENTRY };

static void copy_bytes(sqlite3_stmt *row, int column, uint8_t *bytes, size_t count)
{
    const void *value = sqlite3_column_blob(row, column);
    if (value && sqlite3_column_bytes(row, column) == (int)count)
        memcpy(bytes, value, count);
}

int32_t sqlite_read_entry(struct sqlite_store *store, sqlite3_stmt *row, struct arena *arena, struct seal_found *found,
                          struct kc_error *error)
{
    int32_t status = KC_OK;
    *found = (struct seal_found){.entry.number = sqlite3_column_int64(row, ENTRY)};
    copy_bytes(row, CONTENT, found->entry.content, SEAL_SIZE);
    copy_bytes(row, LINK, found->entry.link, SEAL_LINK_SIZE);
    found->has_operation = sqlite3_column_type(row, FOUND) != SQLITE_NULL;
    found->is_last = sqlite3_column_int64(row, LAST_ENTRY) == found->entry.number;
    found->row = sqlite3_column_int64(row, FOUND);
    if (found->has_operation) {
        status = sqlite_get(store, found->row, arena, &found->record, &found->seal, error);
        found->is_readable = status == KC_OK;
        if (status == KC_ERROR_LEDGER_DAMAGED)
            status = KC_OK;
    }
    return status;
}

static int32_t check_entry(struct sqlite_store *store, sqlite3_stmt *row, struct store_check *check,
                           struct kc_error *error)
{
    struct seal_found found;
    struct arena arena = {0};
    int32_t status = sqlite_read_entry(store, row, &arena, &found, error);
    if (status == KC_OK)
        status = seal_check(check, &found, error);
    arena_free(&arena);
    return status;
}

static int32_t check_operation(struct sqlite_store *store, sqlite3_stmt *row, struct store_check *check,
                               struct kc_error *error)
{
    (void)store, (void)error;
    check->last_operation = sqlite3_column_int64(row, 0);
    if (sqlite3_column_type(row, 2) != SQLITE_NULL && sqlite3_column_int64(row, 2) == check->last_operation)
        return KC_OK;
    check->fault = "it has no entry in the journal";
    copy_bytes(row, 1, check->id.bytes, sizeof(check->id.bytes));
    check->done = true;
    return KC_OK;
}

/* Runs one of the two statements from a place on; `count` rows were seen. */
static int32_t check_rows(struct sqlite_store *store, enum sqlite_statement which, int64_t after,
                          struct store_check *check, int *count, struct kc_error *error)
{
    sqlite3_stmt *rows = store->statements[which];
    int32_t status = KC_OK;
    int result;
    *count = 0;
    sqlite3_bind_int64(rows, 1, after);
    sqlite3_bind_int(rows, 2, STEP);
    while (status == KC_OK && !check->done && (result = sqlite3_step(rows)) != SQLITE_DONE) {
        if (result != SQLITE_ROW)
            status = sqlite_failed(store, result, error);
        else
            status = which == STATEMENT_CHECK_ENTRIES ? check_entry(store, rows, check, error)
                                                      : check_operation(store, rows, check, error);
        ++*count;
    }
    sqlite_done(rows);
    return status;
}

int32_t sqlite_check(struct store *base, struct store_check *check, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct seal_head head = {0};
    int count = 0;
    int32_t status;
    if (check->journal_read) {
        status = check_rows(store, STATEMENT_CHECK_OPERATIONS, check->last_operation, check, &count, error);
        if (status == KC_OK && count < STEP)
            check->done = true;
        return status;
    }
    status = check_rows(store, STATEMENT_CHECK_ENTRIES, check->entries, check, &count, error);
    if (status == KC_OK && !check->done && count < STEP) {
        /* what this transaction wrote before stands in the journal, but its head is written with the commit */
        if (store->head_read)
            head = store->head;
        else
            status = sqlite_journal_head(store, &head, error);
        if (status == KC_OK)
            seal_check_head(check, &head);
    }
    return status;
}
