/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of the PostgreSQL ledger: entries gather in memory and are written with the commit, many in a row. In a
 * row stand, for each entry, the number back to the first entry of its operation, its content and its link. The last
 * entries, which do not fill a row yet, are the tail, which stands with the head. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

#define BLOCK 32 /* entries in a row */

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

int32_t pg_add_entry(struct postgresql_store *store, int64_t id, const struct seal_entry *entry, struct kc_error *error)
{
    if (store->entry_count == store->entry_capacity) {
        const size_t capacity = store->entry_capacity * 2 + 64;
        struct pg_entry *more = reallocarray(store->entries, capacity, sizeof(*more));
        if (!more)
            return error_no_memory(error);
        store->entries = more;
        store->entry_capacity = capacity;
    }
    store->entries[store->entry_count++] = (struct pg_entry){*entry, id};
    return KC_OK;
}

int32_t pg_journal(struct postgresql_store *store, struct packed_row *row, struct kc_error *error)
{
    struct seal_entry entry;
    int32_t status = seal_append(&store->store, &store->head, &row->packed.record, &row->packed.seal, &entry, error);
    if (status == KC_OK)
        status = pg_add_entry(store, row->id, &entry, error);
    return status == KC_OK ? pg_send_many(store, error) : status;
}

static int64_t block_of(int64_t number)
{
    return (number - 1) / BLOCK;
}

static void pack_entry(const struct pg_entry *entry, struct buf *bytes)
{
    pack_number(bytes, (uint64_t)(entry->entry.number - entry->id));
    buf_append(bytes, entry->entry.content, SEAL_CONTENT_SIZE);
    buf_append(bytes, entry->entry.link, SEAL_LINK_SIZE);
}

bool pg_journal_is_one_row(const struct postgresql_store *store)
{
    return store->entry_count > 0 &&
           block_of(store->entries[0].entry.number) == block_of(store->entries[store->entry_count - 1].entry.number);
}

static bool ends_row(const struct pg_entry *entry)
{
    return entry->entry.number % BLOCK == 0;
}

bool pg_journal_fills_row(const struct postgresql_store *store)
{
    return ends_row(&store->entries[store->entry_count - 1]);
}

void pg_journal_row(const struct postgresql_store *store, struct buf *bytes)
{
    for (size_t i = 0; i < store->entry_count; i++)
        pack_entry(&store->entries[i], bytes);
}

/* Those that are filled by this transaction; the first of them began as the tail. */
static int32_t write_rows(struct postgresql_store *store, struct pg_rows *rows, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    const int32_t status = pg_rows_values(rows, rows->width, &values, error);
    return status == KC_OK ? pg_queue_prepared(store, "journal",
                                               "INSERT INTO journal (block, packed) SELECT row.block, CASE WHEN "
                                               "row.block = entries / 32 THEN tail || row.packed ELSE row.packed END "
                                               "FROM ledger, unnest($1::bigint[], $2::bytea[]) AS row (block, packed)",
                                               &store->journal_prepared, &values, error)
                           : status;
}

static int32_t write_head(struct postgresql_store *store, const struct buf *tail, bool anew, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    pg_add_head(&values, &store->head);
    pg_add_blob(&values, tail);
    return pg_queue_statement(store, anew ? PG_HEAD_SET_ANEW : PG_HEAD_SET, &values, error);
}

int32_t pg_write_journal(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_rows rows = {0};
    struct buf bytes = {0};
    int32_t status = KC_OK;
    for (size_t i = 0; i < store->entry_count; i++) {
        const struct pg_entry *entry = &store->entries[i];
        struct pg_values values;
        pack_entry(entry, &bytes);
        if (!ends_row(entry))
            continue;
        pg_no_values(&values);
        pg_add_number(&values, block_of(entry->entry.number));
        pg_add_blob(&values, &bytes);
        pg_rows_add(&rows, "lx", &values);
        buf_clear(&bytes);
    }
    const bool anew = rows.failed || rows.count > 0;
    if (anew)
        status = write_rows(store, &rows, error);
    if (status == KC_OK && bytes.failed)
        status = error_no_memory(error);
    if (status == KC_OK)
        status = write_head(store, &bytes, anew, error);
    pg_rows_free(&rows);
    buf_free(&bytes);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* Takes a row apart. What cannot be read ends it: those entries are missing. The number of entries; `whole` if they are
 * all that stands there. */
static size_t unpack_block(int64_t block, const uint8_t *bytes, size_t count, struct pg_entry entries[BLOCK],
                           bool *whole)
{
    size_t found = 0;
    uint64_t back = 0;
    *whole = count == 0;
    while (found < BLOCK && unpack_number(&bytes, &count, &back) && count >= SEAL_CONTENT_SIZE + SEAL_LINK_SIZE) {
        struct pg_entry *entry = &entries[found];
        entry->entry.number = block * BLOCK + (int64_t)found + 1;
        if (back >= (uint64_t)entry->entry.number)
            break;
        entry->id = entry->entry.number - (int64_t)back;
        memcpy(entry->entry.content, bytes, SEAL_CONTENT_SIZE);
        memcpy(entry->entry.link, bytes + SEAL_CONTENT_SIZE, SEAL_LINK_SIZE);
        bytes += SEAL_CONTENT_SIZE + SEAL_LINK_SIZE;
        count -= SEAL_CONTENT_SIZE + SEAL_LINK_SIZE;
        *whole = count == 0;
        found++;
    }
    return found;
}

/* `stray`: of the first row that has more than its entries, the number of the last of them; 0 before. */
static int32_t read_block(struct postgresql_store *store, const PGresult *result, int row, struct pg_entry *entries,
                          size_t *count, int64_t *stray, struct kc_error *error)
{
    struct arena arena = {0};
    const uint8_t *bytes = NULL;
    int64_t block = 0;
    size_t size = 0;
    bool whole = true;
    int32_t status = pg_read_number(store, result, row, 0, 0, INT64_MAX / BLOCK - 1, &block, error);
    if (status == KC_OK)
        status = pg_read_blob(store, result, row, 1, &arena, &bytes, &size, error);
    *count = status == KC_OK ? unpack_block(block, bytes, size, entries, &whole) : 0;
    if (!whole && *stray == 0)
        *stray = block * BLOCK + (int64_t)*count;
    arena_free(&arena);
    return status;
}

int32_t pg_read_journal(struct postgresql_store *store, int64_t after, size_t limit, struct arena *arena,
                        struct pg_entry **entries, size_t *count, int64_t *stray, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct pg_entry block[BLOCK];
    PGresult *result = NULL;
    *count = 0;
    *stray = 0;
    if (after < 0 || after > INT64_MAX - 2 * BLOCK)
        return KC_OK;
    if (!(*entries = arena_alloc(arena, (limit + 1) * sizeof(**entries))))
        return error_no_memory(error);
    pg_add_number(&values, block_of(after + 1));
    pg_add_number(&values, (int64_t)(limit / BLOCK + 2));
    int32_t status = pg_statement(store, PG_JOURNAL_READ, &values, &result, error);
    for (int i = 0; status == KC_OK && i < PQntuples(result); i++) {
        size_t found = 0;
        status = read_block(store, result, i, block, &found, stray, error);
        for (size_t k = 0; k < found && *count < limit; k++) {
            if (block[k].entry.number > after)
                (*entries)[(*count)++] = block[k];
        }
    }
    PQclear(result);
    /* Those that are written with the commit only. */
    for (size_t i = 0; status == KC_OK && i < store->entry_count && *count < limit; i++) {
        if (store->entries[i].entry.number > after)
            (*entries)[(*count)++] = store->entries[i];
    }
    return status;
}

static int32_t get_blocks(struct postgresql_store *store, const int64_t *numbers, size_t count, PGresult **result,
                          struct kc_error *error)
{
    struct buf blocks = {0};
    struct pg_values values;
    pg_no_values(&values);
    int64_t before = -1;
    buf_append_text(&blocks, "{");
    for (size_t i = 0; i < count; i++) {
        const int64_t block = block_of(numbers[i]);
        if (block != before)
            buf_append_format(&blocks, "%s%" PRId64, i > 0 ? "," : "", block);
        before = block;
    }
    buf_append_text(&blocks, "}");
    pg_add_text(&values, buf_text(&blocks));
    values.failed = values.failed || blocks.failed;
    const int32_t status = pg_statement(store, PG_JOURNAL_GET, &values, result, error);
    buf_free(&blocks);
    return status;
}

int pg_row_of(const PGresult *result, int64_t number)
{
    int low = 0;
    int high = PQntuples(result);
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const int64_t there = strtoll(PQgetvalue(result, middle, 0), NULL, 10);
        if (there == number)
            return middle;
        if (there < number)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int32_t pg_get_entries(struct postgresql_store *store, const int64_t *numbers, size_t count, struct arena *arena,
                       struct pg_entry **entries, struct kc_error *error)
{
    struct pg_entry block[BLOCK];
    PGresult *result = NULL;
    size_t in_block = 0;
    int64_t stray = 0;
    int unpacked = -1;
    *entries = arena_alloc(arena, (count + 1) * sizeof(**entries));
    int32_t status = *entries ? get_blocks(store, numbers, count, &result, error) : error_no_memory(error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        const int row = pg_row_of(result, block_of(numbers[i]));
        if (row >= 0 && row != unpacked)
            status = read_block(store, result, row, block, &in_block, &stray, error);
        unpacked = row;
        const size_t at = (size_t)((numbers[i] - 1) % BLOCK);
        if (status == KC_OK && row >= 0 && at < in_block)
            (*entries)[i] = block[at];
        else if (store->entry_count > 0 && numbers[i] >= store->entries[0].entry.number &&
                 (uint64_t)(numbers[i] - store->entries[0].entry.number) < store->entry_count)
            (*entries)[i] = store->entries[numbers[i] - store->entries[0].entry.number];
    }
    PQclear(result);
    return status;
}

/* ---- With their operations -------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Each once, although an operation has some entries. */
int32_t pg_get_operations(struct postgresql_store *store, const struct pg_entry *entries, size_t count,
                          PGresult **result, struct kc_error *error)
{
    struct arena arena = {0};
    struct buf list = {0};
    struct pg_values values;
    pg_no_values(&values);
    int64_t *numbers = arena_alloc(&arena, (count + 1) * sizeof(*numbers));
    for (size_t i = 0; numbers && i < count; i++)
        numbers[i] = entries[i].id;
    if (numbers)
        qsort(numbers, count, sizeof(*numbers), by_number);
    buf_append_text(&list, "{");
    for (size_t i = 0; numbers && i < count; i++) {
        if (i == 0 || numbers[i] != numbers[i - 1])
            buf_append_format(&list, "%s%" PRId64, i > 0 ? "," : "", numbers[i]);
    }
    buf_append_text(&list, "}");
    pg_add_text(&values, buf_text(&list));
    values.failed = values.failed || list.failed || !numbers;
    const int32_t status = pg_statement(store, PG_GET, &values, result, error);
    buf_free(&list);
    arena_free(&arena);
    return status;
}

/* What an entry tells beside its operation's, which may have been read for another entry. */
static void join_entry(struct seal_found *out, const struct pg_entry *entry, const struct seal_found *operation,
                       int64_t last)
{
    *out = *operation;
    out->entry = entry->entry;
    out->is_last = out->is_readable && last == entry->entry.number;
}

/* An operation that its entries wait for. */
struct joined {
    bool is_read;
    struct seal_found found;
    int64_t last;
};

static int32_t read_joined(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                           struct joined *joined, struct kc_error *error)
{
    struct packed_row operation = {0};
    const int32_t status = pg_read_row(store, result, row, arena, &operation, error);
    joined->is_read = true;
    joined->found = (struct seal_found){.row = operation.id,
                                        .has_operation = true,
                                        .is_readable = status == KC_OK,
                                        .record = operation.packed.record,
                                        .seal = operation.packed.seal};
    joined->last = operation.id + operation.last;
    return status == KC_ERROR_LEDGER_DAMAGED ? KC_OK : status;
}

int32_t pg_join(struct postgresql_store *store, const struct pg_entry *entries, size_t count, struct arena *arena,
                struct seal_found **found, struct kc_error *error)
{
    const struct seal_found nothing = {0};
    PGresult *result = NULL;
    *found = arena_alloc(arena, (count + 1) * sizeof(**found));
    int32_t status = *found ? pg_get_operations(store, entries, count, &result, error) : error_no_memory(error);
    const size_t rows = status == KC_OK ? (size_t)PQntuples(result) : 0;
    struct joined *joined = calloc(rows + 1, sizeof(*joined));
    if (status == KC_OK && !joined)
        status = error_no_memory(error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        const int row = pg_row_of(result, entries[i].id);
        if (row >= 0 && !joined[row].is_read)
            status = read_joined(store, result, row, arena, &joined[row], error);
        join_entry(&(*found)[i], &entries[i], row >= 0 ? &joined[row].found : &nothing,
                   row >= 0 ? joined[row].last : 0);
    }
    free(joined);
    PQclear(result);
    return status;
}

int32_t pg_read_head(const struct postgresql_store *store, const PGresult *result, int column, struct seal_head *head,
                     struct kc_error *error)
{
    bool found = false;
    if (PQntuples(result) < 1)
        return pg_damaged(store, "the table ledger", error);
    int32_t status = pg_read_number(store, result, 0, column, 0, INT64_MAX - 1, &head->entries, error);
    if (status == KC_OK)
        status = pg_read_bytes(store, result, 0, column + 1, head->chain, SEAL_SIZE, &found, error);
    return status == KC_OK && !found ? pg_damaged(store, "the table ledger", error) : status;
}

int32_t pg_journal_head(struct postgresql_store *store, struct seal_head *head, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    if (store->writing) { /* its head is written with the commit */
        *head = store->head;
        return KC_OK;
    }
    int32_t status = pg_statement(store, PG_HEAD_GET, &values, &result, error);
    if (status == KC_OK)
        status = pg_read_head(store, result, 0, head, error);
    PQclear(result);
    return status;
}
