/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the jobs of a transaction are about to ask, asked at once and in one round trip, together with the head of the
 * journal: one statement for all, or, of many questions, one for each kind. What is read is never older than the head.
 * The answers hold until something is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

struct pg_answer {
    const char *site, *value;
    int first, count; /* rows of the result */
};

#define QUESTIONS                                                                                                      \
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (of_site, value, number) CROSS JOIN LATERAL "
#define HASHES "unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS asked (of_site, hash, number) "
/* By an index of operations with an outcome; of the intents, which are walked through once, those that anything was
 * asked about. */
#define BY_HASH(column)                                                                                                \
    "SELECT found.*, number FROM " HASHES                                                                              \
    "CROSS JOIN LATERAL (SELECT o.id, o.high, o.site, o.flags, o.packed, NULL::bigint AS batch FROM operation AS o "   \
    "WHERE o." column " = hash::integer AND o.site = of_site OFFSET 0) AS found "                                      \
    "UNION ALL SELECT " PG_COLUMNS ", number FROM (SELECT * FROM " PG_INTENTS " AS i WHERE i." column                  \
    " = ANY ($2::bigint[]) OFFSET 0) AS o JOIN " HASHES "ON hash = o." column                                          \
    " AND of_site = o.site ORDER BY number, id DESC"

/* The last column is the number of the question, from 1; what a record's first columns are is PG_COLUMNS. What only
 * looks like an answer is sorted out by who takes it. */
static const char *const statements[PG_ANSWER_KINDS] = {
    [PG_ANSWER_STATION] = "SELECT found.*, number" QUESTIONS
                          "(SELECT system, encoder FROM station WHERE site = of_site AND station = value) AS found "
                          "ORDER BY number",
    [PG_ANSWER_IDEMPOTENCY] = BY_HASH("idempotency"),
    [PG_ANSWER_BOOKING] = BY_HASH("booking"),
    [PG_ANSWER_ROOM] = "SELECT found.*, number FROM " HASHES "CROSS JOIN LATERAL (SELECT " PG_COLUMNS
                       " FROM active_room AS r JOIN LATERAL " PG_WITH_ID(
                           "(r.room & 68719476735)") " AS o ON true WHERE "
                                                     "r.room BETWEEN hash AND hash + 68719476735 AND o.site = of_site "
                                                     "AND o.flags & 20 = 20 "
                                                     "OFFSET 0) AS found ORDER BY number, id DESC",
};
_Static_assert((PACK_ACTIVE | PACK_KEY) == 20, "the statements say so");

/* At most one question of each kind, all in one statement: "@1" and "@2" are its parameters. After the columns of a
 * record comes the kind; those of a station only if one is asked for, since each column of each scan has to be set up.
 * OFFSET keeps the server from walking through the whole table in the order of the result. */
#define AT_ONCE(columns, kind) "SELECT * FROM (SELECT " columns ", " kind
/* As PG_ALL, with what is needed here and no more. */
#define ALL_WITH(column, columns)                                                                                      \
    "(SELECT id, high, site, flags, packed, NULL::bigint AS batch FROM operation WHERE " column                        \
    " = @2::bigint::integer UNION ALL SELECT id, high, site, flags, packed, 0::bigint FROM intent WHERE place >= 0 "   \
    "AND " column " = @2::bigint::integer UNION ALL SELECT one.id, one.high, one.site, one.flags, one.packed, "        \
    "many.first FROM intent_batch AS many CROSS JOIN LATERAL (SELECT unnest(many.ids), unnest(many.highs), "           \
    "unnest(many.sites), unnest(many." columns "), unnest(many.flags), unnest(many.packed)) AS one (id, high, site, "  \
    "hash, flags, packed) WHERE many.first >= 0 AND @2::bigint::integer = ANY (many." columns                          \
    ") AND one.hash = @2::bigint::integer AND one.id <> ALL (many.gone)) AS o WHERE o.site = @1::integer"
#define RECORD_AT_ONCE(kind) AT_ONCE(PG_COLUMNS, kind)
static const struct {
    const char *columns, *from;
} at_once[PG_ANSWER_KINDS] = {
    [PG_ANSWER_STATION] = {AT_ONCE("0::bigint, 0::bigint, 0, 0::smallint, NULL::bytea, NULL::bigint", "0"),
                           "station WHERE site = @1 AND station = @2"},
    [PG_ANSWER_IDEMPOTENCY] = {RECORD_AT_ONCE("1"), ALL_WITH("idempotency", "idempotencies")},
    [PG_ANSWER_BOOKING] = {RECORD_AT_ONCE("2"), ALL_WITH("booking", "bookings")},
    [PG_ANSWER_ROOM] = {RECORD_AT_ONCE("3"),
                        "active_room AS r JOIN LATERAL " PG_WITH_ID(
                            "(r.room & 68719476735)") " AS o ON true WHERE "
                                                      "r.room BETWEEN @2::bigint AND @2::bigint + 68719476735 AND "
                                                      "o.site = @1::integer AND o.flags & 20 = 20"},
};
_Static_assert(PG_ANSWER_STATION == 0 && PG_ANSWER_IDEMPOTENCY == 1 && PG_ANSWER_BOOKING == 2 && PG_ANSWER_ROOM == 3,
               "the statements say so");
/* The head of the journal stands in the columns of a number and of bytes. */
static const char head_at_once[] = "SELECT entries AS id, 0::bigint, 0, 0::smallint, head, NULL::bigint, -1 AS kind";
static const char no_station[] = ", NULL::text, NULL::text";
enum { COLUMN_KIND = PG_COLUMN_COUNT, COLUMN_STATION };

void pg_forget_answers(struct postgresql_store *store)
{
    PQclear(store->answered_at_once);
    store->answered_at_once = NULL;
    for (size_t i = 0; i < PG_ANSWER_KINDS; i++) {
        PQclear(store->answers[i].result);
        free(store->answers[i].items);
        store->answers[i] = (struct pg_answers){0};
    }
}

enum pg_answer_kind pg_answer_kind(const struct record_query *query)
{
    const bool plain = query->site && query->value && query->running_beside == 0 && uuid_is_nil(&query->after);
    if (plain && query->find == RECORD_BY_IDEMPOTENCY && query->limit == 1 && !query->keys_only && !query->active_only)
        return PG_ANSWER_IDEMPOTENCY;
    if (plain && query->find == RECORD_BY_BOOKING && query->limit == STORE_STAY_MOST && !query->keys_only &&
        !query->active_only)
        return PG_ANSWER_BOOKING;
    if (plain && query->find == RECORD_BY_ROOM && query->limit == STORE_STAY_MOST && query->keys_only &&
        query->active_only)
        return PG_ANSWER_ROOM;
    return PG_ANSWER_KINDS;
}

static enum pg_answer_kind kind_of(const struct store_question *question)
{
    if (question->station)
        return PG_ANSWER_STATION;
    return question->find == RECORD_BY_IDEMPOTENCY ? PG_ANSWER_IDEMPOTENCY
           : question->find == RECORD_BY_BOOKING   ? PG_ANSWER_BOOKING
                                                   : PG_ANSWER_ROOM;
}

/* `known` is false if the site is not: then there is nothing to find. */
static int32_t add_question(struct postgresql_store *store, enum pg_answer_kind kind,
                            const struct store_question *question, struct pg_values *row, bool *known,
                            struct kc_error *error)
{
    const struct packed_row none = {.packed.record.site = question->site};
    int64_t site = 0;
    if (kind == PG_ANSWER_STATION) {
        pg_add_text(row, question->site);
        pg_add_text(row, question->value);
        return KC_OK;
    }
    const int32_t status = pg_name_find(store, question->site, false, &site, error);
    *known = status == KC_OK && site != 0;
    if (!*known)
        return status;
    pg_add_number(row, site);
    if (kind == PG_ANSWER_ROOM)
        pg_add_number(row, pg_room(&none, question->value));
    else
        pg_add_number(row, pack_hash(kind == PG_ANSWER_BOOKING ? PACK_BOOKING : PACK_IDEMPOTENCY, question->site,
                                     question->value));
    return KC_OK;
}

/* Whether a question can have an answer, and then its parameters. */
static int32_t read_question(struct postgresql_store *store, enum pg_answer_kind kind,
                             const struct store_question *question, struct pg_values *row, bool *known,
                             struct kc_error *error)
{
    *known = record_text_valid(question->site, RECORD_FOREIGN) && record_text_valid(question->value, RECORD_FOREIGN);
    return *known ? add_question(store, kind, question, row, known, error) : KC_OK;
}

/* ---- All in one statement --------------------------------------------------------------------------------------- */

static bool is_alone_of_its_kind(const struct store_question *questions, size_t count)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned kind = 1u << kind_of(&questions[i]);
        if (kinds & kind)
            return false;
        kinds |= kind;
    }
    return true;
}

static void append_at_once(struct buf *sql, unsigned kinds)
{
    const bool station = kinds & 1u << PG_ANSWER_STATION;
    int parameters = 0;
    buf_append_format(sql, "%s%s FROM ledger", head_at_once, station ? no_station : "");
    for (size_t i = 0; i < PG_ANSWER_KINDS; i++) {
        if (!(kinds & 1u << i))
            continue;
        const char *const more = !station ? "" : i == PG_ANSWER_STATION ? ", system, encoder" : no_station;
        buf_append_format(sql, " UNION ALL %s%s FROM ", at_once[i].columns, more);
        pg_append_numbered(sql, at_once[i].from, parameters);
        buf_append_text(sql, " OFFSET 0) AS found");
        parameters += 2;
    }
    buf_append_text(sql, " ORDER BY kind, id DESC");
}

/* The parameters of all questions that can have an answer, in the order of their kinds. */
static int32_t read_at_once(struct postgresql_store *store, const struct store_question *questions, size_t count,
                            struct pg_values *values, unsigned *kinds, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < PG_ANSWER_KINDS; i++) {
        struct pg_answers *answers = &store->answers[i];
        const struct store_question *question = questions;
        bool known = false;
        while (question < questions + count && (size_t)kind_of(question) != i)
            question++;
        if (question == questions + count)
            continue;
        status = read_question(store, (enum pg_answer_kind)i, question, values, &known, error);
        if (status != KC_OK || !known)
            continue;
        if (!(answers->items = calloc(1, sizeof(*answers->items))))
            return error_no_memory(error);
        *answers->items = (struct pg_answer){.site = question->site, .value = question->value};
        answers->count = 1;
        *kinds |= 1u << i;
    }
    return status;
}

static int32_t read_head_at_once(const struct postgresql_store *store, struct seal_head *head, struct kc_error *error)
{
    const PGresult *result = store->answered_at_once;
    bool found = false;
    int32_t status = PQntuples(result) > 0 ? KC_OK : pg_damaged(store, "the table ledger", error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, PG_ID, 0, INT64_MAX - 1, &head->entries, error);
    if (status == KC_OK)
        status = pg_read_bytes(store, result, 0, PG_PACKED, head->chain, SEAL_SIZE, &found, error);
    return status == KC_OK && !found ? pg_damaged(store, "the table ledger", error) : status;
}

/* Which rows belong to which kind; the first is the head. */
static int32_t sort_at_once(struct postgresql_store *store, struct kc_error *error)
{
    const PGresult *result = store->answered_at_once;
    struct seal_head head = {0};
    int32_t status = read_head_at_once(store, &head, error);
    for (int row = 1; status == KC_OK && row < PQntuples(result); row++) {
        int64_t kind = 0;
        status = pg_read_number(store, result, row, COLUMN_KIND, 0, PG_ANSWER_KINDS - 1, &kind, error);
        struct pg_answer *answer = store->answers[kind].items;
        if (status == KC_OK && answer && answer->count++ == 0)
            answer->first = row;
    }
    if (status == KC_OK)
        pg_see_head(store, &head);
    return status;
}

static int32_t ask_at_once(struct postgresql_store *store, const struct store_question *questions, size_t count,
                           struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    struct buf sql = {0};
    unsigned kinds = 0;
    char name[16];
    int32_t status = read_at_once(store, questions, count, &values, &kinds, error);
    bool *prepared = &store->answers_once_prepared[kinds];
    snprintf(name, sizeof(name), "q%x", kinds);
    if (!*prepared)
        append_at_once(&sql, kinds);
    const char *text = buf_text(&sql);
    if (status == KC_OK)
        status = sql.failed ? error_no_memory(error)
                            : pg_run_prepared(store, name, text, prepared, &values, &store->answered_at_once, error);
    if (status == KC_OK)
        status = sort_at_once(store, error);
    buf_free(&sql);
    return status;
}

/* ---- One statement for each kind -------------------------------------------------------------------------------- */

/* Sends one statement with all questions of a kind. */
static int32_t ask(struct postgresql_store *store, enum pg_answer_kind kind, const struct store_question *questions,
                   size_t count, struct kc_error *error)
{
    struct pg_answers *answers = &store->answers[kind];
    struct pg_values values;
    pg_no_values(&values);
    struct pg_rows rows = {0};
    const char name[] = {'a', (char)('a' + (int)kind), '\0'};
    answers->items = calloc(count, sizeof(*answers->items));
    int32_t status = answers->items ? KC_OK : error_no_memory(error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        struct pg_values row;
        pg_no_values(&row);
        bool known = false;
        const struct store_question *question = &questions[i];
        if (kind_of(question) != kind)
            continue;
        status = read_question(store, kind, question, &row, &known, error);
        if (status != KC_OK || !known)
            continue;
        pg_rows_add(&rows, kind == PG_ANSWER_STATION ? "tt" : "il", &row);
        answers->items[answers->count++] = (struct pg_answer){.site = question->site, .value = question->value};
    }
    if (status == KC_OK && answers->count > 0)
        status = pg_rows_values(&rows, rows.width, &values, error);
    if (status == KC_OK && answers->count > 0)
        status = pg_prepare(store, name, statements[kind], &store->answers_prepared[kind], error);
    if (status == KC_OK && answers->count > 0) {
        pg_want(store, &answers->result);
        status = pg_queue_prepared(store, name, statements[kind], &store->answers_prepared[kind], &values, error);
    }
    pg_rows_free(&rows);
    return status;
}

/* Which rows belong to which question. */
static int32_t sort_answers(const struct postgresql_store *store, struct pg_answers *answers, struct kc_error *error)
{
    const int rows = answers->result ? PQntuples(answers->result) : 0;
    const int last = answers->result ? PQnfields(answers->result) - 1 : 0;
    int64_t number = 0;
    for (int row = 0; row < rows; row++) {
        const int64_t before = number;
        const int32_t status = pg_read_number(store, answers->result, row, last, before > 0 ? before : 1,
                                              (int64_t)answers->count, &number, error);
        if (status != KC_OK)
            return status;
        struct pg_answer *answer = &answers->items[number - 1];
        if (number != before)
            answer->first = row;
        answer->count++;
    }
    return KC_OK;
}

static int32_t ask_for_each_kind(struct postgresql_store *store, const struct store_question *questions, size_t count,
                                 struct kc_error *error)
{
    struct pg_values none;
    pg_no_values(&none);
    struct seal_head head = {0};
    PGresult *result = NULL;
    pg_want(store, &result);
    int32_t status = pg_queue_statement(store, PG_HEAD_GET, &none, error);
    for (size_t i = 0; status == KC_OK && i < PG_ANSWER_KINDS; i++)
        status = ask(store, (enum pg_answer_kind)i, questions, count, error);
    if (status == KC_OK)
        status = pg_take_queued(store, error);
    if (status == KC_OK)
        status = pg_read_head(store, result, 0, &head, error);
    PQclear(result);
    for (size_t i = 0; status == KC_OK && i < PG_ANSWER_KINDS; i++)
        status = sort_answers(store, &store->answers[i], error);
    if (status == KC_OK)
        pg_see_head(store, &head);
    return status;
}

/* ---- Questions and answers -------------------------------------------------------------------------------------- */

static int32_t ask_all(struct postgresql_store *store, const struct store_question *questions, size_t count,
                       struct kc_error *error)
{
    pg_forget_answers(store);
    const int32_t status = is_alone_of_its_kind(questions, count) ? ask_at_once(store, questions, count, error)
                                                                  : ask_for_each_kind(store, questions, count, error);
    if (status != KC_OK)
        pg_forget_answers(store);
    return status;
}

/* What is known of stations is not asked, but that it still holds; if not, all is asked anew. */
int32_t pg_foresee(struct store *base, const struct store_question *questions, size_t count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    const uint64_t epoch = store->epoch;
    size_t unknown = 0;
    pg_forget_answers(store);
    if (store->writing) /* its head is not what the server tells */
        return KC_OK;
    struct store_question *asked = store->ask == 0 ? calloc(count, sizeof(*asked)) : NULL;
    for (size_t i = 0; asked && i < count; i++) {
        if (!questions[i].station || !pg_knows_station(store, questions[i].site, questions[i].value))
            asked[unknown++] = questions[i];
    }
    int32_t status = asked ? ask_all(store, asked, unknown, error) : KC_OK;
    if (status == KC_OK && (!asked || (unknown < count && store->epoch != epoch)))
        status = ask_all(store, questions, count, error);
    free(asked);
    return status;
}

bool pg_answer(struct postgresql_store *store, enum pg_answer_kind kind, const char *site, const char *value,
               struct pg_answered *out)
{
    struct pg_answers *answers = &store->answers[kind];
    const PGresult *result = answers->result ? answers->result : store->answered_at_once;
    for (size_t i = 0; result && i < answers->count; i++) {
        /* They are asked in the order in which they were foreseen. */
        const size_t at = (answers->next + i) % answers->count;
        const struct pg_answer *answer = &answers->items[at];
        if (strcmp(answer->value, value) != 0 || strcmp(answer->site, site) != 0)
            continue;
        answers->next = at + 1;
        *out = (struct pg_answered){result, answer->first, answer->count,
                                    answers->result || kind != PG_ANSWER_STATION ? 0 : COLUMN_STATION};
        return true;
    }
    return false;
}
