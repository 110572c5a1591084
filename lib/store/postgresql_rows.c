/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking up in the PostgreSQL ledger: records, stations, encoders, and the reading of single values with suspicion. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"
#include "util/buf.h"

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static const char *column_name(const PGresult *result, int column)
{
    const char *name = PQfname(result, column);
    return name ? name : "";
}

int32_t pg_read_text(const struct postgresql_store *store, const PGresult *result, int row, int column, int form,
                     struct arena *arena, const char **text, struct kc_error *error)
{
    const char *value = PQgetvalue(result, row, column);
    *text = "";
    if (PQgetisnull(result, row, column))
        return KC_OK;
    if (!record_text_valid(value, (enum record_text_form)form))
        return pg_damaged(store, column_name(result, column), error);
    *text = arena_text(arena, value);
    return *text ? KC_OK : error_no_memory(error);
}

int32_t pg_read_number(const struct postgresql_store *store, const PGresult *result, int row, int column, int64_t low,
                       int64_t high, int64_t *number, struct kc_error *error)
{
    const char *value = PQgetvalue(result, row, column);
    char *end = NULL;
    *number = 0;
    if (PQgetisnull(result, row, column))
        return KC_OK;
    errno = 0;
    const long long read = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || read < low || read > high)
        return pg_damaged(store, column_name(result, column), error);
    *number = read;
    return KC_OK;
}

static int digit(char letter)
{
    return letter >= '0' && letter <= '9' ? letter - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

int32_t pg_read_bytes(const struct postgresql_store *store, const PGresult *result, int row, int column, uint8_t *bytes,
                      size_t count, bool *found, struct kc_error *error)
{
    const char *value = PQgetvalue(result, row, column);
    *found = !PQgetisnull(result, row, column);
    if (!*found)
        return KC_OK;
    if (strlen(value) != 2 + 2 * count || value[0] != '\\' || value[1] != 'x')
        return pg_damaged(store, column_name(result, column), error);
    for (size_t i = 0; i < count; i++) {
        const int high = digit(value[2 + 2 * i]);
        const int low = digit(value[3 + 2 * i]);
        if (high < 0 || low < 0)
            return pg_damaged(store, column_name(result, column), error);
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return KC_OK;
}

static int32_t read_uuid(const struct postgresql_store *store, const PGresult *result, int row, int column,
                         struct uuid *out, struct kc_error *error)
{
    *out = (struct uuid){{0}};
    if (PQgetisnull(result, row, column))
        return column == PG_UUID ? pg_damaged(store, "an identifier", error) : KC_OK;
    return uuid_parse(PQgetvalue(result, row, column), out) == 0 ? KC_OK : pg_damaged(store, "an identifier", error);
}

/* ---- Records ---------------------------------------------------------------------------------------------------- */

static int32_t read_numbers(const struct postgresql_store *store, const PGresult *result, int row,
                            struct record *record, struct kc_error *error)
{
    static const struct {
        int column;
        int64_t low, high;
    } numbers[] = {
        {PG_VERB, 1, RECORD_VERB_LAST},
        {PG_KIND, 0, RECORD_KIND_LAST},
        {PG_OUTCOME, 0, RECORD_OUTCOME_LAST},
        {PG_STATUS, RECORD_STATUS_LOWEST, 0},
        {PG_KEY_STATE, 0, RECORD_KEY_STATE_LAST},
        {PG_UNCONFIRMED, 0, 1},
        {PG_FORGOTTEN, 0, 1},
        {PG_COPIES, 0, INT32_MAX},
        {PG_RETURN_IMAGE, 0, 1},
        {PG_ID, 0, INT64_MAX},
        {PG_INSTANCE, INT64_MIN, INT64_MAX},
        {PG_FINGERPRINT, INT64_MIN, INT64_MAX},
        {PG_FINISHED, INT64_MIN, INT64_MAX},
        {PG_FROM, INT64_MIN, INT64_MAX},
        {PG_UNTIL, INT64_MIN, INT64_MAX},
    };
    int64_t values[PG_COLUMN_COUNT] = {0};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const int32_t status = pg_read_number(store, result, row, numbers[i].column, numbers[i].low, numbers[i].high,
                                              &values[numbers[i].column], error);
        if (status != KC_OK)
            return status;
    }
    if (values[PG_VERB] == 0)
        return pg_damaged(store, "verb", error);
    record->verb = (int32_t)values[PG_VERB];
    record->kind = (int32_t)values[PG_KIND];
    record->outcome = (int32_t)values[PG_OUTCOME];
    record->status = (int32_t)values[PG_STATUS];
    record->key_state = (int32_t)values[PG_KEY_STATE];
    record->unconfirmed = values[PG_UNCONFIRMED] != 0;
    record->forgotten = values[PG_FORGOTTEN] != 0;
    record->copies = (int32_t)values[PG_COPIES];
    record->return_image = values[PG_RETURN_IMAGE] != 0;
    record->created_ms = values[PG_ID] >> PG_ID_SHIFT;
    record->instance = (uint64_t)values[PG_INSTANCE];
    record->fingerprint = (uint64_t)values[PG_FINGERPRINT];
    record->finished_ms = values[PG_FINISHED];
    record->from_utc = values[PG_FROM];
    record->until_utc = values[PG_UNTIL];
    return KC_OK;
}

static int32_t read_list(const struct postgresql_store *store, const PGresult *result, int row, size_t field,
                         struct arena *arena, struct strings *out, struct kc_error *error)
{
    const int column = PG_LISTS + (int)field;
    const char *joined = PQgetvalue(result, row, column);
    *out = (struct strings){0};
    if (PQgetisnull(result, row, column))
        return KC_OK;
    if (strlen(joined) > RECORD_ENCRYPTED_LIST_SIZE)
        return pg_damaged(store, record_lists[field].name, error);
    if (arena_split(arena, joined, out) < 0)
        return error_no_memory(error);
    bool good = out->count <= RECORD_LIST_MAX;
    for (size_t i = 0; good && i < out->count; i++)
        good = record_text_valid(out->items[i], record_lists[field].form);
    return good ? KC_OK : pg_damaged(store, record_lists[field].name, error);
}

int32_t pg_read_record(const struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                       struct record *record, struct seal *seal, struct kc_error *error)
{
    if (PQnfields(result) < PG_COLUMN_COUNT)
        return pg_damaged(store, "columns", error);
    int32_t status = read_numbers(store, result, row, record, error);
    if (status == KC_OK)
        status = read_uuid(store, result, row, PG_UUID, &record->id, error);
    if (status == KC_OK)
        status = read_uuid(store, result, row, PG_RETRY_OF, &record->retry_of, error);
    if (status == KC_OK)
        status = read_uuid(store, result, row, PG_TARGET, &record->target, error);
    for (size_t i = 0; status == KC_OK && i < RECORD_TEXTS; i++) {
        const char *text = "";
        status = pg_read_text(store, result, row, PG_TEXTS + (int)i, (int)record_texts[i].form, arena, &text, error);
        record_set_text(record, i, text);
    }
    for (size_t i = 0; status == KC_OK && i < RECORD_LISTS; i++)
        status = read_list(store, result, row, i, arena, record_list_of(record, i), error);
    if (status == KC_OK && seal)
        status = pg_read_bytes(store, result, row, PG_SALT, seal->salt, SEAL_SALT_SIZE, &seal->has_salt, error);
    if (status == KC_OK && seal)
        status = pg_read_bytes(store, result, row, PG_SEALED, seal->sealed, SEAL_SIZE, &seal->has_sealed, error);
    return status;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

/* What follows FROM. Parameters: $1 value or identifier, $2 site, $3 keys only, $4 active only, $5 limit, $6 running
 * beside this instance. Each of them is named in every statement; $7, the record after which to go on, only where there
 * is one. */
static const char *lookup_of(const struct record_query *query)
{
    switch (query->find) {
    case RECORD_BY_ID:
        return "operation WHERE uuid = $1::uuid";
    case RECORD_BY_IDEMPOTENCY:
        return "operation WHERE idempotency = $1::text";
    case RECORD_BY_BOOKING:
        return "operation WHERE booking = $1::text";
    case RECORD_BY_ROOM:
        /* Out of the index, newest first, as many as are wanted. */
        return query->active_only ? "(SELECT operation AS found, site AS of_site FROM operation_room"
                                    " WHERE room = $1::text AND active = 1) AS room JOIN operation ON id = found"
                                    " WHERE true"
                                  : "(SELECT operation AS found, site AS of_site FROM operation_room"
                                    " WHERE room = $1::text) AS room JOIN operation ON id = found WHERE true";
    case RECORD_OPEN:
        return "operation WHERE outcome IN (0, 3) AND $1::text IS NULL";
    case RECORD_UNCONFIRMED:
        return "operation WHERE unconfirmed = 1 AND $1::text IS NULL";
    case RECORD_WITH_GUEST_DATA:
        return "operation WHERE salt IS NOT NULL AND $1::text IS NULL";
    case RECORD_ALL:
        break;
    }
    return "operation WHERE $1::text IS NULL";
}

static void append_find(struct buf *sql, const struct record_query *query)
{
    const bool by_room = query->find == RECORD_BY_ROOM;
    buf_append_text(sql, "SELECT " PG_COLUMNS " FROM ");
    buf_append_text(sql, lookup_of(query));
    if (!query->site)
        buf_append_text(sql, " AND $2::text IS NULL");
    else
        buf_append_text(sql, by_room ? " AND of_site = $2::text" : " AND site = $2::text");
    buf_append_text(sql, " AND ($3::int = 0 OR kind IS NOT NULL) AND ($4::int = 0 OR key_state IN (1, 2, 3, 7))"
                         " AND ($6::bigint = 0 OR (outcome = 0 AND instance <> $6::bigint))");
    if (!uuid_is_nil(&query->after))
        buf_append_text(sql, " AND id < (SELECT before.id FROM operation AS before WHERE before.uuid = $7::uuid)");
    buf_append_text(sql, by_room ? " ORDER BY found DESC" : " ORDER BY id DESC");
    buf_append_text(sql, " LIMIT $5::bigint");
}

static void add_query(struct pg_values *values, const struct record_query *query)
{
    const bool has_value = query->find == RECORD_BY_IDEMPOTENCY || query->find == RECORD_BY_BOOKING ||
                           query->find == RECORD_BY_ROOM;
    if (query->find == RECORD_BY_ID)
        pg_add_uuid(values, &query->id);
    else
        pg_add_optional(values, has_value ? query->value : NULL);
    if (query->site)
        pg_add_text(values, query->site);
    else
        pg_add_optional(values, NULL);
    pg_add_number(values, query->keys_only);
    pg_add_number(values, query->active_only);
    pg_add_optional_number(values, query->limit > INT64_MAX ? 0 : (int64_t)query->limit);
    pg_add_number(values, (int64_t)query->running_beside);
    if (!uuid_is_nil(&query->after))
        pg_add_uuid(values, &query->after);
}

static int32_t run_find(struct postgresql_store *store, const struct record_query *query, PGresult **result,
                        struct kc_error *error)
{
    const size_t variant = (query->site ? 1u : 0u) | (query->active_only ? 2u : 0u) |
                           (uuid_is_nil(&query->after) ? 0u : 4u);
    struct pg_values values = {0};
    struct buf sql = {0};
    char name[24] = {'f', (char)('a' + query->find), (char)('a' + variant), '\0'};
    bool *found = &store->found[query->find][variant];
    if (!*found)
        append_find(&sql, query);
    add_query(&values, query);
    const char *text = buf_text(&sql);
    const int32_t status = sql.failed ? error_no_memory(error)
                                      : pg_run_prepared(store, name, text, found, &values, result, error);
    buf_free(&sql);
    return status;
}

/* What no record can have is not asked for: the server would refuse it, and with it the transaction. */
static bool may_be_there(const char *text)
{
    return !text || record_text_valid(text, RECORD_FOREIGN);
}

int32_t pg_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                size_t *count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct record *found = NULL;
    PGresult *result = NULL;
    if ((unsigned int)query->find > RECORD_FIND_LAST)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "query", "no such kind of query: %d", (int)query->find);
    const bool possible = may_be_there(query->value) && may_be_there(query->site);
    const enum pg_answer_kind kind = pg_answer_kind(query);
    const PGresult *answer = NULL;
    int first = 0;
    int length = 0;
    const bool foreseen = kind != PG_ANSWER_KINDS &&
                          pg_answer(store, kind, query->site, query->value, &answer, &first, &length);
    int32_t status = possible && !foreseen ? pg_send_rows(store, error) : KC_OK;
    if (status == KC_OK && possible && !foreseen)
        status = run_find(store, query, &result, error);
    if (!foreseen) {
        answer = result;
        length = status == KC_OK && possible ? PQntuples(result) : 0;
    }
    if (length > 0 && !(found = arena_alloc(arena, (size_t)length * sizeof(*found))))
        status = error_no_memory(error);
    for (int i = 0; status == KC_OK && i < length; i++)
        status = pg_read_record(store, answer, first + i, arena, &found[i], NULL, error);
    PQclear(result);
    if (status == KC_OK) {
        *records = found;
        *count = (size_t)length;
    }
    return status;
}

/* ---- Stations and encoders -------------------------------------------------------------------------------------- */

int32_t pg_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                       struct station_record *out, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct station_record found = {"", ""};
    struct pg_values values = {0};
    struct error_quoted quoted;
    PGresult *result = NULL;
    const bool possible = may_be_there(site) && may_be_there(station);
    const PGresult *answer = NULL;
    int row = 0;
    int count = 0;
    pg_add_text(&values, site);
    pg_add_text(&values, station);
    int32_t status = KC_OK;
    if (possible && !pg_answer(store, PG_ANSWER_STATION, site, station, &answer, &row, &count)) {
        status = pg_statement(store, PG_STATION_GET, &values, &result, error);
        answer = result;
        count = status == KC_OK ? PQntuples(result) : 0;
    }
    if (status == KC_OK && count == 0)
        status = error_set(error, KC_ERROR_NOT_FOUND, "station", "the ledger does not know the station %s",
                           error_quote(&quoted, station));
    if (status == KC_OK)
        status = pg_read_text(store, answer, row, 0, RECORD_PLAIN, arena, &found.system, error);
    if (status == KC_OK)
        status = pg_read_text(store, answer, row, 1, RECORD_PLAIN, arena, &found.encoder, error);
    PQclear(result);
    if (status == KC_OK)
        *out = found;
    return status;
}

/* What is remembered of a place: gathered, or queued by itself. */
static int32_t set_place(struct postgresql_store *store, enum pg_rows_kind kind, enum postgresql_statement statement,
                         const struct pg_values *values, struct kc_error *error)
{
    pg_forget_answers(store);
    if (!pg_gathers(store))
        return pg_queue_statement(store, statement, values, error);
    pg_rows_add(&store->rows[kind], values);
    return store->rows[kind].failed ? error_no_memory(error) : KC_OK;
}

int32_t pg_set_station(struct store *base, const char *site, const char *station, const struct station_record *record,
                       struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    const int32_t status = record_check_station(site, station, record, error);
    if (status != KC_OK)
        return status;
    pg_add_text(&values, site);
    pg_add_text(&values, station);
    pg_add_text(&values, record->system);
    pg_add_text(&values, record->encoder);
    return set_place(store, PG_ROWS_STATION, PG_STATION_SET, &values, error);
}

int32_t pg_encoder_row(const struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                       struct encoder_record *out, struct kc_error *error)
{
    int64_t state = 0;
    int32_t status = pg_read_text(store, result, row, 0, RECORD_PLAIN, arena, &out->system, error);
    if (status == KC_OK)
        status = pg_read_text(store, result, row, 1, RECORD_PLAIN, arena, &out->encoder, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, 2, 0, RECORD_ENCODER_LAST, &state, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, 3, 0, INT64_MAX, &out->contact_ms, error);
    out->state = (int32_t)state;
    return status;
}

int32_t pg_list_encoders(struct store *base, const char *site, struct arena *arena, struct encoder_record **records,
                         size_t *count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct encoder_record *found = NULL;
    struct pg_values values = {0};
    PGresult *result = NULL;
    pg_add_text(&values, site);
    const bool possible = may_be_there(site);
    int32_t status = possible ? pg_statement(store, PG_ENCODER_LIST, &values, &result, error) : KC_OK;
    const int length = status == KC_OK && possible ? PQntuples(result) : 0;
    if (length > 0 && !(found = arena_alloc(arena, (size_t)length * sizeof(*found))))
        status = error_no_memory(error);
    for (int i = 0; status == KC_OK && i < length; i++)
        status = pg_encoder_row(store, result, i, arena, &found[i], error);
    PQclear(result);
    if (status == KC_OK) {
        *records = found;
        *count = (size_t)length;
    }
    return status;
}

int32_t pg_set_encoder(struct store *base, const char *site, const struct encoder_record *record,
                       struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
    const int32_t status = record_check_encoder(site, record, error);
    if (status != KC_OK)
        return status;
    pg_add_text(&values, site);
    pg_add_text(&values, record->system);
    pg_add_text(&values, record->encoder);
    pg_add_number(&values, record->state);
    pg_add_number(&values, record->contact_ms);
    return set_place(store, PG_ROWS_ENCODER, PG_ENCODER_SET, &values, error);
}
