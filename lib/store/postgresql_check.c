/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holding the records of the PostgreSQL ledger against its journal. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define STEP 2000 /* rows in one job */

enum { ENTRY = PG_COLUMN_COUNT, CONTENT, LINK, LAST_ENTRY, OPERATION };

int32_t pg_read_entry(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                      struct seal_found *found, struct kc_error *error)
{
    int64_t last = 0;
    bool has_content = false;
    bool has_link = false;
    *found = (struct seal_found){0};
    int32_t status = pg_read_number(store, result, row, ENTRY, INT64_MIN, INT64_MAX, &found->entry.number, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, LAST_ENTRY, INT64_MIN, INT64_MAX, &last, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, OPERATION, INT64_MIN, INT64_MAX, &found->row, error);
    if (status == KC_OK)
        pg_read_bytes(store, result, row, CONTENT, found->entry.content, SEAL_SIZE, &has_content, NULL);
    if (status == KC_OK)
        pg_read_bytes(store, result, row, LINK, found->entry.link, SEAL_LINK_SIZE, &has_link, NULL);
    found->has_operation = !PQgetisnull(result, row, OPERATION);
    found->is_last = last == found->entry.number;
    if (status == KC_OK && found->has_operation) {
        status = pg_read_record(store, result, row, arena, &found->record, &found->seal, error);
        found->is_readable = status == KC_OK;
        if (status == KC_ERROR_LEDGER_DAMAGED)
            status = KC_OK;
    }
    return status;
}

static int32_t check_entry(struct postgresql_store *store, const PGresult *result, int row, struct store_check *check,
                           struct kc_error *error)
{
    struct seal_found found;
    struct arena arena = {0};
    int32_t status = pg_read_entry(store, result, row, &arena, &found, error);
    if (status == KC_OK)
        status = seal_check(check, &found, error);
    arena_free(&arena);
    return status;
}

int32_t pg_journal_head(struct postgresql_store *store, struct seal_head *head, struct kc_error *error)
{
    const struct pg_values values = {0};
    PGresult *result = NULL;
    bool found = false;
    if (store->writing) { /* what this transaction wrote stands in the journal; its head is written with the commit */
        *head = store->head;
        return KC_OK;
    }
    int32_t status = pg_statement(store, PG_HEAD_GET, &values, &result, error);
    if (status == KC_OK && PQntuples(result) == 1) {
        status = pg_read_number(store, result, 0, 0, 0, INT64_MAX, &head->entries, error);
        if (status == KC_OK)
            status = pg_read_bytes(store, result, 0, 1, head->chain, SEAL_SIZE, &found, error);
    }
    PQclear(result);
    return status;
}

static int32_t check_head(struct postgresql_store *store, struct store_check *check, struct kc_error *error)
{
    struct seal_head head = {0};
    const int32_t status = pg_journal_head(store, &head, error);
    if (status == KC_OK)
        seal_check_head(check, &head);
    return status;
}

static int32_t check_operations(struct postgresql_store *store, struct store_check *check, struct kc_error *error)
{
    struct pg_values values = {0};
    PGresult *result = NULL;
    int64_t entry_of = 0;
    pg_add_number(&values, check->last_operation);
    pg_add_number(&values, STEP);
    int32_t status = pg_statement(store, PG_CHECK_OPERATIONS, &values, &result, error);
    const int count = status == KC_OK ? PQntuples(result) : 0;
    for (int i = 0; status == KC_OK && !check->done && i < count; i++) {
        status = pg_read_number(store, result, i, 0, INT64_MIN, INT64_MAX, &check->last_operation, error);
        if (status == KC_OK)
            status = pg_read_number(store, result, i, 2, INT64_MIN, INT64_MAX, &entry_of, error);
        if (status == KC_OK && (PQgetisnull(result, i, 2) || entry_of != check->last_operation)) {
            check->fault = "it has no entry in the journal";
            check->done = true;
            if (uuid_parse(PQgetvalue(result, i, 1), &check->id) != 0)
                check->id = (struct uuid){{0}};
        }
    }
    PQclear(result);
    if (status == KC_OK && count < STEP)
        check->done = true;
    return status;
}

int32_t pg_check(struct store *base, struct store_check *check, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    PGresult *result = NULL;
    if (check->journal_read)
        return check_operations(store, check, error);
    pg_add_number(&values, check->entries);
    pg_add_number(&values, STEP);
    int32_t status = pg_statement(store, PG_CHECK_ENTRIES, &values, &result, error);
    const int count = status == KC_OK ? PQntuples(result) : 0;
    for (int i = 0; status == KC_OK && !check->done && i < count; i++)
        status = check_entry(store, result, i, check, error);
    PQclear(result);
    if (status == KC_OK && !check->done && count < STEP)
        status = check_head(store, check, error);
    return status;
}
