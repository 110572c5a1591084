/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking up records in the PostgreSQL ledger, and the reading of single values with suspicion. */
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

int32_t pg_read_blob(const struct postgresql_store *store, const PGresult *result, int row, int column,
                     struct arena *arena, const uint8_t **bytes, size_t *count, struct kc_error *error)
{
    const int length = PQgetlength(result, row, column);
    bool found = false;
    *count = length > 2 ? (size_t)(length - 2) / 2 : 0;
    uint8_t *blob = arena_alloc(arena, *count + 1);
    if (!blob)
        return error_no_memory(error);
    *bytes = blob;
    const int32_t status = pg_read_bytes(store, result, row, column, blob, *count, &found, error);
    return status == KC_OK && !found ? pg_damaged(store, column_name(result, column), error) : status;
}

/* ---- Records ---------------------------------------------------------------------------------------------------- */

static int32_t read_names(struct postgresql_store *store, struct packed *packed, struct arena *arena,
                          struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < RECORD_NAMES; i++) {
        const char *name = "";
        status = pg_name_get(store, packed->names[i], &name, error);
        if (status == KC_OK && name[0] != '\0' && !(name = arena_text(arena, name)))
            status = error_no_memory(error);
        record_set_text(&packed->record, i, name ? name : "");
    }
    return status;
}

int32_t pg_read_row(struct postgresql_store *store, const PGresult *result, int row, struct arena *arena,
                    struct packed_row *out, struct kc_error *error)
{
    const uint8_t *bytes = NULL;
    const char *what = NULL;
    size_t count = 0;
    uint64_t last = 0;
    int64_t high = 0;
    int64_t site = 0;
    if (PQnfields(result) < PG_COLUMN_COUNT)
        return pg_damaged(store, "columns", error);
    int32_t status = pg_read_number(store, result, row, PG_ID, 1, INT64_MAX, &out->id, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, PG_HIGH, INT64_MIN, INT64_MAX, &high, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, PG_SITE, 1, INT32_MAX, &site, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, PG_FLAGS, 0, PACK_FLAGS_LAST, &out->flags, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, row, PG_BATCH, 0, INT64_MAX, &out->batch, error);
    if (status == KC_OK)
        status = pg_read_blob(store, result, row, PG_PACKED, arena, &bytes, &count, error);
    out->is_intent = !PQgetisnull(result, row, PG_BATCH);
    if (status != KC_OK)
        return status;
    if (!unpack_number(&bytes, &count, &last) || last > (uint64_t)(INT64_MAX - out->id))
        return pg_damaged(store, "the last entry", error);
    out->last = (int64_t)last;
    status = unpack_record(high, bytes, count, arena, &out->packed, &what);
    out->packed.names[0] = site;
    if (status == KC_ERROR_NO_MEMORY)
        return error_no_memory(error);
    return status == KC_OK ? read_names(store, &out->packed, arena, error) : pg_damaged(store, what, error);
}

int32_t pg_get_by_id(struct postgresql_store *store, const struct uuid *id, struct arena *arena, struct packed_row *row,
                     struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    bool found = false;
    pg_add_number(&values, pack_id(id));
    int32_t status = pg_statement(store, PG_GET_BY_ID, &values, &result, error);
    for (int i = 0; status == KC_OK && !found && i < PQntuples(result); i++) {
        status = pg_read_row(store, result, i, arena, row, error);
        found = status == KC_OK && uuid_equal(&row->packed.record.id, id);
    }
    PQclear(result);
    return status == KC_OK && !found ? record_unknown_id(id, error) : status;
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

#define NUMBER_OF_ROOM "68719476735"
enum { VARIANT_SITE = 1, VARIANT_ACTIVE = 2, VARIANT_AFTER = 4 };

/* What follows FROM, and the columns in whose order the answers come. */
struct lookup {
    const char *from, *order;
    const char *after; /* what a page after $5 adds to the condition */
};

/* Block by block; OFFSET keeps the server from walking through all operations first. */
#define BY_BLOCK                                                                                                       \
    "site_block AS b CROSS JOIN LATERAL (SELECT * FROM " PG_ALL                                                        \
    " AS a WHERE " PG_IN_BLOCK("a.id", "b.block") " AND a.place >= 0 OFFSET 0) AS o"

/* Parameters: $1 what is looked for, $2 site, $3 flags, $4 limit, and, where there is one, $5: the number of the
 * operation after which to go on. All but the last are named in every statement. */
static struct lookup lookup_of(const struct record_query *query)
{
    static const char by_number[] = " AND o.id < $5::bigint";
    static const char by_room[] = " AND r.room < $1::bigint + $5::bigint";
    static const char by_block[] = " AND o.id < $5::bigint AND b.block <= $5::bigint >> 10";
    switch (query->find) {
    case RECORD_BY_ID:
        return (struct lookup){PG_ALL " AS o WHERE o.high = $1::bigint AND o.place >= 0", "o.id", by_number};
    /* These are few: they are sorted, for a walk through the whole ledger from its end would be in order, too. */
    case RECORD_BY_IDEMPOTENCY:
        return (struct lookup){"(SELECT * FROM " PG_ALL
                               " AS a WHERE idempotency = $1::integer AND place >= 0 OFFSET 0) "
                               "AS o WHERE true",
                               "o.id", by_number};
    case RECORD_BY_BOOKING:
        return (struct lookup){"(SELECT * FROM " PG_ALL
                               " AS a WHERE booking = $1::integer AND place >= 0 OFFSET 0) AS o "
                               "WHERE true",
                               "o.id", by_number};
    case RECORD_BY_ROOM: /* of all keys: see append_room() */
        return (struct lookup){"active_room AS r JOIN LATERAL " PG_WITH_ID(
                                   "(r.room & " NUMBER_OF_ROOM
                                   ")") " AS o ON true "
                                        "WHERE r.room BETWEEN $1::bigint AND $1::bigint + " NUMBER_OF_ROOM,
                               "r.room", by_room};
    case RECORD_OPEN:
        return (struct lookup){
            "(SELECT o.id, o.high, o.site, o.flags, o.packed, NULL::bigint AS batch FROM waiting AS w JOIN operation "
            "AS o "
            "ON " PG_IS(
                "o.id",
                "w.id") " AND o.site = w.site WHERE w.kind = 1 UNION ALL SELECT id, high, site, flags, packed, batch "
                        "FROM " PG_INTENTS " AS i) AS o WHERE true",
            "o.id", by_number};
    case RECORD_UNCONFIRMED:
        return (struct lookup){
            "waiting AS w JOIN LATERAL " PG_WITH_ID("w.id") " AS o ON o.site = w.site WHERE w.kind = 2", "o.id",
            by_number};
    case RECORD_ALL:
    case RECORD_WITH_GUEST_DATA:
        break;
    }
    return (struct lookup){query->find == RECORD_ALL ? BY_BLOCK " WHERE b.site = $2::integer"
                                                     : BY_BLOCK " WHERE b.site = $2::integer AND b.salted",
                           "b.block DESC, o.id", by_block};
}

/* A room has had more keys than anybody asks for: so many are taken from the end of each index, and no condition that
 * could leave some of them out. That is done with the rows. What the first room of an operation leads to is there
 * already, step by step from the last one; only other rooms, which few have, name an operation that is to be looked
 * for. */
static void append_room(struct buf *sql, bool after)
{
    static const struct {
        const char *what, *of_step, *step_first, *then;
    } tables[] = {
        {"id, high, site, flags, packed, NULL::bigint AS batch, room FROM operation", PG_ROOM_STEP("room"),
         PG_ROOM_STEP("room") " DESC, ", ""},
        {PG_COLUMNS ", r.room FROM (SELECT room FROM operation_room", "room", "",
         ") AS r JOIN LATERAL " PG_WITH_ID("(r.room & " NUMBER_OF_ROOM ")") " AS o ON true"},
        {"id, high, site, flags, packed, batch, room FROM " PG_INTENTS " AS i", "room", "", ""},
    };
    buf_append_text(sql, "SELECT " PG_COLUMNS " FROM (");
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        buf_append_format(sql, "%s(SELECT %s WHERE room IS NOT NULL AND %s BETWEEN $1::bigint AND $1::bigint + %s",
                          i > 0 ? " UNION ALL " : "", tables[i].what, tables[i].of_step, NUMBER_OF_ROOM);
        if (after)
            buf_append_format(sql, " AND %s <= $1::bigint + $5::bigint AND room < $1::bigint + $5::bigint",
                              tables[i].of_step);
        buf_append_format(sql, " ORDER BY %sroom DESC LIMIT $4::bigint%s)", tables[i].step_first, tables[i].then);
    }
    buf_append_text(sql, ") AS o WHERE $2::integer IS NOT NULL AND $3::integer IS NOT NULL ORDER BY o.room DESC LIMIT "
                         "$4::bigint");
}

/* Of all sites, in the order of numbers. */
static void append_all(struct buf *sql, bool after)
{
#define WANTED     "(flags & $3::integer) = $3::integer AND $2::integer = 0 AND $1::bigint IS NULL"
#define STEP_AFTER PG_STEP("id") " <= " PG_STEP("$5::bigint") " AND "
    buf_append_format(sql, "SELECT " PG_COLUMNS " FROM (%s) AS o ORDER BY o.id DESC LIMIT $4::bigint",
                      after ? PG_WALK("", STEP_AFTER, "id < $5::bigint AND " WANTED, "DESC", "$4::bigint")
                            : PG_WALK("", "", WANTED, "DESC", "$4::bigint"));
#undef WANTED
#undef STEP_AFTER
}

static void append_find(struct buf *sql, const struct record_query *query, bool after)
{
    if (query->find == RECORD_BY_ROOM && !query->active_only) {
        append_room(sql, after);
        return;
    }
    if (!query->site && (query->find == RECORD_ALL || query->find == RECORD_WITH_GUEST_DATA)) {
        append_all(sql, after);
        return;
    }
    const struct lookup lookup = lookup_of(query);
    const bool has_value = query->find >= RECORD_BY_ID && query->find <= RECORD_BY_ROOM;
    buf_append_format(sql,
                      "SELECT " PG_COLUMNS " FROM %s%s%s%s AND (o.flags & $3::integer) = $3::integer "
                      "ORDER BY %s DESC LIMIT $4::bigint",
                      lookup.from, query->site ? " AND o.site = $2::integer" : " AND $2::integer = 0",
                      after ? lookup.after : "", has_value ? "" : " AND $1::bigint IS NULL", lookup.order);
}

static void add_query(struct pg_values *values, const struct record_query *query, int64_t site, size_t limit,
                      int64_t after)
{
    const struct packed_row none = {.packed.record.site = query->site};
    const char *value = query->value ? query->value : "";
    switch (query->find) {
    case RECORD_BY_ID:
        pg_add_number(values, pack_id(&query->id));
        break;
    case RECORD_BY_IDEMPOTENCY:
        pg_add_number(values, pack_hash(PACK_IDEMPOTENCY, query->site, value));
        break;
    case RECORD_BY_BOOKING:
        pg_add_number(values, pack_hash(PACK_BOOKING, query->site, value));
        break;
    case RECORD_BY_ROOM:
        pg_add_number(values, pg_room(&none, value));
        break;
    case RECORD_ALL:
    case RECORD_OPEN:
    case RECORD_UNCONFIRMED:
    case RECORD_WITH_GUEST_DATA:
        pg_add_optional(values, NULL);
    }
    pg_add_number(values, site);
    pg_add_number(values, pack_flags_wanted(query));
    pg_add_optional_number(values, limit > INT64_MAX ? 0 : (int64_t)limit);
    if (after != 0)
        pg_add_number(values, after);
}

/* One page: so many rows, before those are sorted out that only looked like answers. */
static int32_t run_find(struct postgresql_store *store, const struct record_query *query, int64_t site, size_t limit,
                        int64_t after, PGresult **result, struct kc_error *error)
{
    const size_t variant = (query->site ? VARIANT_SITE : 0u) | (query->active_only ? VARIANT_ACTIVE : 0u) |
                           (after != 0 ? VARIANT_AFTER : 0u);
    struct pg_values values;
    pg_no_values(&values);
    struct buf sql = {0};
    char name[24] = {'f', (char)('a' + query->find), (char)('a' + variant), '\0'};
    bool *found = &store->found[query->find][variant];
    if (!*found)
        append_find(&sql, query, after != 0);
    add_query(&values, query, site, limit, after);
    const char *text = buf_text(&sql);
    const int32_t status = sql.failed ? error_no_memory(error)
                                      : pg_run_prepared(store, name, text, found, &values, result, error);
    buf_free(&sql);
    return status;
}

/* An array that grows in the arena; what it leaves behind goes with the arena. */
struct found {
    struct record *records;
    size_t count, capacity;
};

static bool add_record(struct found *found, struct arena *arena, const struct record *record)
{
    if (found->count == found->capacity) {
        const size_t capacity = found->capacity * 2 + 4;
        struct record *more = arena_alloc(arena, capacity * sizeof(*more));
        if (!more)
            return false;
        if (found->count > 0)
            memcpy(more, found->records, found->count * sizeof(*more));
        found->records = more;
        found->capacity = capacity;
    }
    found->records[found->count++] = *record;
    return true;
}

bool pg_may_be_there(const char *text)
{
    return !text || record_text_valid(text, RECORD_FOREIGN);
}

/* Where to begin: 0, or the number of the operation after which the answers come. */
static int32_t find_start(struct postgresql_store *store, const struct record_query *query, int64_t *site,
                          int64_t *after, struct kc_error *error)
{
    struct arena arena = {0};
    struct packed_row row = {0};
    int32_t status = query->site ? pg_name_find(store, query->site, false, site, error) : KC_OK;
    if (status == KC_OK && !uuid_is_nil(&query->after))
        status = pg_get_by_id(store, &query->after, &arena, &row, error);
    *after = row.id;
    arena_free(&arena);
    return status;
}

/* Takes the answers out of some rows; `after` moves on. */
static int32_t take_page(struct postgresql_store *store, const struct record_query *query, const PGresult *result,
                         int first, int rows, struct arena *arena, struct found *found, int64_t *after,
                         struct kc_error *error)
{
    struct packed_row row;
    int32_t status = KC_OK;
    for (int i = first; status == KC_OK && i < first + rows; i++) {
        row.id = 0;
        status = pg_read_row(store, result, i, arena, &row, error);
        const bool left_out = status == KC_ERROR_LEDGER_DAMAGED && query->unreadable && row.id > 0;
        if (status != KC_OK && !left_out)
            break;
        *after = row.id;
        const bool full = query->limit > 0 && found->count >= query->limit;
        if (left_out) {
            *query->unreadable += full ? 0 : 1;
            status = KC_OK;
            continue;
        }
        if (full || !record_answers(&row.packed.record, query))
            continue;
        if (!add_record(found, arena, &row.packed.record))
            status = error_no_memory(error);
    }
    return status;
}

int32_t pg_find(struct store *base, const struct record_query *query, struct arena *arena, struct record **records,
                size_t *count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct found found = {0};
    int64_t site = 0;
    int64_t after = 0;
    struct pg_answered answer;
    int32_t status = record_check_query(query, error);
    bool more = status == KC_OK && pg_may_be_there(query->value) && pg_may_be_there(query->site);
    const enum pg_answer_kind kind = more ? pg_answer_kind(query) : PG_ANSWER_KINDS;
    bool unused = query->find == RECORD_BY_IDEMPOTENCY && more;
    if (kind != PG_ANSWER_KINDS && pg_answer(store, kind, query->site, query->value, &answer)) {
        status = take_page(store, query, answer.result, answer.row, answer.count, arena, &found, &after, error);
        unused = unused && answer.count == 0;
        more = false;
    }
    if (more)
        status = pg_send_rows(store, error);
    if (status == KC_OK && more)
        status = find_start(store, query, &site, &after, error);
    while (status == KC_OK && more) {
        PGresult *result = NULL;
        status = run_find(store, query, site, query->limit, after, &result, error);
        const size_t rows = status == KC_OK ? (size_t)PQntuples(result) : 0;
        unused = unused && rows == 0;
        if (status == KC_OK)
            status = take_page(store, query, result, 0, (int)rows, arena, &found, &after, error);
        more = query->limit > 0 && rows >= query->limit && found.count < query->limit;
        PQclear(result);
    }
    if (status == KC_OK && unused && uuid_is_nil(&query->after) && !query->active_only)
        pg_know_unused(store, query->site, query->value);
    if (status == KC_OK) {
        *records = found.records;
        *count = found.count;
    }
    return status;
}
