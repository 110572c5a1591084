/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking records up in the SQLite ledger. Every index is named, so that a lookup never turns into a scan of the whole
 * table because SQLite guesses wrong. */
#include <string.h>

#include <keycard/keycard.h>

#include "store/record.h"
#include "store/sqlite.h"
#include "util/buf.h"

enum { VARIANT_SITE = 1, VARIANT_ACTIVE = 2, VARIANT_AFTER = 4 };

#define PARAMETER_VALUE   1
#define PARAMETER_SITE    2
#define PARAMETER_KEYS    3
#define PARAMETER_ACTIVE  4
#define PARAMETER_LIMIT   5
#define PARAMETER_RUNNING 6
#define PARAMETER_AFTER   7

/* ---- Statements ------------------------------------------------------------------------------------------------- */

/* What follows FROM, and the order; `%s` stands for the condition on the site. */
static const char *lookup_of(const struct record_query *query)
{
    switch (query->find) {
    case RECORD_BY_ID:
        return "operation INDEXED BY operation_uuid WHERE uuid = ?1 %s";
    case RECORD_BY_IDEMPOTENCY:
        return "operation INDEXED BY operation_idempotency WHERE idempotency = ?1 %s";
    case RECORD_BY_BOOKING:
        return "operation INDEXED BY operation_booking WHERE booking = ?1 %s";
    case RECORD_BY_ROOM:
        return query->active_only ? "(SELECT operation AS found FROM operation_room INDEXED BY operation_room_active "
                                    "WHERE room = ?1 AND active = 1 %s) CROSS JOIN operation ON id = found WHERE 1"
                                  : "(SELECT operation AS found FROM operation_room NOT INDEXED "
                                    "WHERE room = ?1 %s) CROSS JOIN operation ON id = found WHERE 1";
    case RECORD_OPEN:
        return "operation INDEXED BY operation_open WHERE outcome IN (0, 3) %s";
    case RECORD_UNCONFIRMED:
        return "operation INDEXED BY operation_unconfirmed WHERE unconfirmed = 1 %s";
    case RECORD_WITH_GUEST_DATA:
        return query->site ? "operation INDEXED BY operation_guest WHERE salt IS NOT NULL %s"
                           : "operation NOT INDEXED WHERE salt IS NOT NULL %s";
    case RECORD_ALL:
        break;
    }
    return query->site ? "operation INDEXED BY operation_site WHERE 1 %s" : "operation NOT INDEXED WHERE 1 %s";
}

/* The statement for such a query, prepared at its first use. */
static int32_t find_statement(struct sqlite_store *store, const struct record_query *query, sqlite3_stmt **out,
                              struct kc_error *error)
{
    const size_t variant = (query->site ? VARIANT_SITE : 0u) | (query->active_only ? VARIANT_ACTIVE : 0u) |
                           (uuid_is_nil(&query->after) ? 0u : VARIANT_AFTER);
    const char *lookup = lookup_of(query);
    const char *site = strstr(lookup, "%s");
    sqlite3_stmt **slot = &store->finds[query->find][variant];
    int32_t status = KC_OK;
    if (!*slot) {
        struct buf sql = {0};
        buf_append_text(&sql, "SELECT " SQLITE_COLUMNS " FROM ");
        buf_append(&sql, lookup, (size_t)(site - lookup));
        buf_append_text(&sql, query->site ? "AND site = ?2" : "");
        buf_append_text(&sql, site + 2);
        if (variant & VARIANT_AFTER)
            buf_append_text(&sql, " AND id < (SELECT id FROM operation INDEXED BY operation_uuid WHERE uuid = ?7)");
        buf_append_text(&sql, " AND (?3 = 0 OR kind IS NOT NULL) AND (?4 = 0 OR key_state IN (1, 2, 3, 7)) "
                              "AND (?6 = 0 OR (outcome = 0 AND instance <> ?6)) ORDER BY ");
        buf_append_text(&sql, query->find == RECORD_BY_ROOM ? "found" : "id");
        buf_append_text(&sql, " DESC LIMIT ?5");
        const char *text = buf_text(&sql);
        status = sql.failed ? sqlite_no_memory(error) : sqlite_prepare(store, text, slot, error);
        buf_free(&sql);
    }
    *out = *slot;
    return status;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

static int32_t read_uuid(struct sqlite_store *store, sqlite3_stmt *row, int column, struct uuid *out,
                         struct kc_error *error)
{
    const int type = sqlite3_column_type(row, column);
    *out = (struct uuid){{0}};
    if (type == SQLITE_NULL && column != COLUMN_UUID)
        return KC_OK;
    const void *bytes = type == SQLITE_BLOB ? sqlite3_column_blob(row, column) : NULL;
    if (!bytes || sqlite3_column_bytes(row, column) != (int)sizeof(out->bytes))
        return sqlite_damaged(store, "an identifier", error);
    memcpy(out->bytes, bytes, sizeof(out->bytes));
    return KC_OK;
}

static int32_t read_list(struct sqlite_store *store, sqlite3_stmt *row, size_t field, struct arena *arena,
                         struct strings *out, struct kc_error *error)
{
    const int column = COLUMN_LISTS + (int)field;
    const char *joined = "";
    if (sqlite3_column_bytes(row, column) > RECORD_ENCRYPTED_LIST_SIZE)
        return sqlite_damaged(store, record_lists[field].name, error);
    const int32_t status = sqlite_text_column(store, row, column, RECORD_FOREIGN, arena, &joined, error);
    if (status != KC_OK)
        return status;
    if (arena_split(arena, joined, out) < 0)
        return sqlite_no_memory(error);
    bool good = out->count <= RECORD_LIST_MAX;
    for (size_t i = 0; good && i < out->count; i++)
        good = record_text_valid(out->items[i], record_lists[field].form);
    return good ? KC_OK : sqlite_damaged(store, record_lists[field].name, error);
}

static int32_t read_texts(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_names *names,
                          struct arena *arena, struct record *record, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        const char *text = "";
        if (i < RECORD_NAMES)
            status = sqlite_name_column(store, row, COLUMN_NAMES + (int)i, names, arena, &text, error);
        else
            status = sqlite_text_column(store, row, COLUMN_TEXTS + (int)(i - RECORD_NAMES), (int)record_texts[i].form,
                                        arena, &text, error);
        record_set_text(record, i, text);
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++)
        status = read_list(store, row, i, arena, record_list_of(record, i), error);
    return status;
}

static int32_t read_numbers(struct sqlite_store *store, sqlite3_stmt *row, struct record *record,
                            struct kc_error *error)
{
    static const struct {
        int column;
        int64_t low, high;
    } numbers[] = {
        {COLUMN_VERB, 1, RECORD_VERB_LAST},
        {COLUMN_KIND, 0, RECORD_KIND_LAST},
        {COLUMN_OUTCOME, 0, RECORD_OUTCOME_LAST},
        {COLUMN_STATUS, RECORD_STATUS_LOWEST, 0},
        {COLUMN_KEY_STATE, 0, RECORD_KEY_STATE_LAST},
        {COLUMN_UNCONFIRMED, 0, 1},
        {COLUMN_FORGOTTEN, 0, 1},
        {COLUMN_COPIES, 0, INT32_MAX},
        {COLUMN_RETURN_IMAGE, 0, 1},
        {COLUMN_ID, 0, INT64_MAX},
        {COLUMN_INSTANCE, INT64_MIN, INT64_MAX},
        {COLUMN_FINGERPRINT, INT64_MIN, INT64_MAX},
        {COLUMN_FINISHED, INT64_MIN, INT64_MAX},
        {COLUMN_FROM, INT64_MIN, INT64_MAX},
        {COLUMN_UNTIL, INT64_MIN, INT64_MAX},
    };
    int64_t values[COLUMN_COUNT] = {0};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const int32_t status = sqlite_number_column(store, row, numbers[i].column, numbers[i].low, numbers[i].high,
                                                    &values[numbers[i].column], error);
        if (status != KC_OK)
            return status;
    }
    if (values[COLUMN_VERB] == 0)
        return sqlite_damaged(store, "verb", error);
    record->verb = (int32_t)values[COLUMN_VERB];
    record->kind = (int32_t)values[COLUMN_KIND];
    record->outcome = (int32_t)values[COLUMN_OUTCOME];
    record->status = (int32_t)values[COLUMN_STATUS];
    record->key_state = (int32_t)values[COLUMN_KEY_STATE];
    record->unconfirmed = values[COLUMN_UNCONFIRMED] != 0;
    record->forgotten = values[COLUMN_FORGOTTEN] != 0;
    record->copies = (int32_t)values[COLUMN_COPIES];
    record->return_image = values[COLUMN_RETURN_IMAGE] != 0;
    record->created_ms = values[COLUMN_ID] >> SQLITE_ID_SHIFT;
    record->instance = (uint64_t)values[COLUMN_INSTANCE];
    record->fingerprint = (uint64_t)values[COLUMN_FINGERPRINT];
    record->finished_ms = values[COLUMN_FINISHED];
    record->from_utc = values[COLUMN_FROM];
    record->until_utc = values[COLUMN_UNTIL];
    return KC_OK;
}

/* A column of exactly so many bytes, or NULL. */
static int32_t read_bytes(struct sqlite_store *store, sqlite3_stmt *row, int column, uint8_t *bytes, size_t count,
                          bool *found, struct kc_error *error)
{
    const int type = sqlite3_column_type(row, column);
    *found = type != SQLITE_NULL;
    if (!*found)
        return KC_OK;
    const void *value = type == SQLITE_BLOB ? sqlite3_column_blob(row, column) : NULL;
    if (!value || sqlite3_column_bytes(row, column) != (int)count)
        return sqlite_damaged(store, "a seal", error);
    memcpy(bytes, value, count);
    return KC_OK;
}

static int32_t read_seal(struct sqlite_store *store, sqlite3_stmt *row, struct seal *seal, struct kc_error *error)
{
    int32_t status = read_bytes(store, row, COLUMN_SALT, seal->salt, SEAL_SALT_SIZE, &seal->has_salt, error);
    if (status == KC_OK)
        status = read_bytes(store, row, COLUMN_SEALED, seal->sealed, SEAL_SIZE, &seal->has_sealed, error);
    return status;
}

int32_t sqlite_read_record(struct sqlite_store *store, sqlite3_stmt *row, struct sqlite_names *names,
                           struct arena *arena, struct record *record, struct seal *seal, struct kc_error *error)
{
    int32_t status = read_numbers(store, row, record, error);
    if (status == KC_OK)
        status = read_uuid(store, row, COLUMN_UUID, &record->id, error);
    if (status == KC_OK)
        status = read_uuid(store, row, COLUMN_RETRY_OF, &record->retry_of, error);
    if (status == KC_OK)
        status = read_uuid(store, row, COLUMN_TARGET, &record->target, error);
    if (status == KC_OK)
        status = read_texts(store, row, names, arena, record, error);
    if (status == KC_OK && seal)
        status = read_seal(store, row, seal, error);
    return status;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

/* An array that grows in the arena; what it leaves behind goes with the arena. */
struct result {
    struct record *records;
    size_t count, capacity;
};

static struct record *next_record(struct result *result, struct arena *arena)
{
    if (result->count == result->capacity) {
        const size_t capacity = result->capacity * 2 + 4;
        struct record *more = arena_alloc(arena, capacity * sizeof(*more));
        if (!more)
            return NULL;
        if (result->count > 0)
            memcpy(more, result->records, result->count * sizeof(*more));
        result->records = more;
        result->capacity = capacity;
    }
    return &result->records[result->count++];
}

static void bind_query(sqlite3_stmt *statement, const struct record_query *query, int64_t site)
{
    if (query->find == RECORD_BY_ID)
        sqlite3_bind_blob(statement, PARAMETER_VALUE, query->id.bytes, sizeof(query->id.bytes), SQLITE_STATIC);
    else
        sqlite_bind_optional(statement, PARAMETER_VALUE, query->value);
    sqlite3_bind_int64(statement, PARAMETER_SITE, site);
    sqlite3_bind_int(statement, PARAMETER_KEYS, query->keys_only ? 1 : 0);
    sqlite3_bind_int(statement, PARAMETER_ACTIVE, query->active_only ? 1 : 0);
    sqlite3_bind_int64(statement, PARAMETER_RUNNING, (int64_t)query->running_beside);
    sqlite3_bind_int64(statement, PARAMETER_LIMIT,
                       query->limit == 0 || query->limit > INT64_MAX ? -1 : (int64_t)query->limit);
    if (!uuid_is_nil(&query->after))
        sqlite3_bind_blob(statement, PARAMETER_AFTER, query->after.bytes, sizeof(query->after.bytes), SQLITE_STATIC);
}

int32_t sqlite_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                    size_t *count, struct kc_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct sqlite_names names = {0};
    struct result found = {0};
    sqlite3_stmt *statement = NULL;
    int64_t site = 0;
    int32_t status = KC_OK;
    if ((unsigned int)query->find > RECORD_FIND_LAST)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "query", "no such kind of query: %d", (int)query->find);
    if (query->site)
        status = sqlite_name_find(store, query->site, false, &site, error);
    if (status == KC_OK)
        status = find_statement(store, query, &statement, error);
    if (status != KC_OK)
        return status;
    bind_query(statement, query, site);
    for (;;) {
        const int result = sqlite3_step(statement);
        if (result == SQLITE_DONE)
            break;
        struct record *record = NULL;
        if (result != SQLITE_ROW)
            status = sqlite_failed(store, result, error);
        else if (!(record = next_record(&found, arena)))
            status = sqlite_no_memory(error);
        else
            status = sqlite_read_record(store, statement, &names, arena, record, NULL, error);
        if (status != KC_OK)
            break;
    }
    sqlite_done(statement);
    if (status == KC_OK) {
        *records = found.records;
        *count = found.count;
    }
    return status;
}
