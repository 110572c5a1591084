/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the jobs of a transaction are about to ask, asked at once: one statement for each kind of question, all in one
 * round trip. The answers hold until something is written. */
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
#define HASHES                                                                                                         \
    " FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS asked (of_site, hash, number) CROSS JOIN LATERAL "

/* The last column is the number of the question, from 1; what a record's first columns are is PG_COLUMNS. What only
 * looks like an answer is sorted out by who takes it. */
static const char *const statements[PG_ANSWER_KINDS] = {
    [PG_ANSWER_STATION] = "SELECT found.*, number" QUESTIONS
                          "(SELECT system, encoder FROM station WHERE site = of_site AND station = value) AS found "
                          "ORDER BY number",
    [PG_ANSWER_IDEMPOTENCY] = "SELECT found.*, number" HASHES "(SELECT " PG_COLUMNS
                              " FROM operation AS o WHERE o.idempotency = hash::integer AND o.site = of_site OFFSET 0) "
                              "AS found ORDER BY number, id DESC",
    [PG_ANSWER_BOOKING] = "SELECT found.*, number" HASHES "(SELECT " PG_COLUMNS
                          " FROM operation AS o WHERE o.booking = hash::integer AND o.site = of_site OFFSET 0) AS "
                          "found ORDER BY number, id DESC",
    [PG_ANSWER_ROOM] = "SELECT found.*, number" HASHES "(SELECT " PG_COLUMNS
                       " FROM active_room AS r JOIN operation AS o ON o.id = (r.room & 68719476735) WHERE "
                       "r.room BETWEEN hash AND hash + 68719476735 AND o.site = of_site AND o.flags & 20 = 20 "
                       "OFFSET 0) AS found ORDER BY number, id DESC",
};
_Static_assert((PACK_ACTIVE | PACK_KEY) == 20, "the statements say so");

void pg_forget_answers(struct postgresql_store *store)
{
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
    *known = site != 0;
    pg_add_number(row, site);
    if (kind == PG_ANSWER_ROOM)
        pg_add_number(row, pg_room(&none, question->value));
    else
        pg_add_number(row, pack_hash(kind == PG_ANSWER_BOOKING ? PACK_BOOKING : PACK_IDEMPOTENCY, question->site,
                                     question->value));
    return status;
}

/* Sends one statement with all questions of a kind. */
static int32_t ask(struct postgresql_store *store, enum pg_answer_kind kind, const struct store_question *questions,
                   size_t count, struct kc_error *error)
{
    struct pg_answers *answers = &store->answers[kind];
    struct pg_values values = {0};
    struct pg_rows rows = {0};
    const char name[] = {'a', (char)('a' + (int)kind), '\0'};
    answers->items = calloc(count, sizeof(*answers->items));
    int32_t status = answers->items ? KC_OK : error_no_memory(error);
    for (size_t i = 0; status == KC_OK && i < count; i++) {
        struct pg_values row = {0};
        bool known = true;
        const struct store_question *question = &questions[i];
        if (kind_of(question) != kind || !record_text_valid(question->site, RECORD_FOREIGN) ||
            !record_text_valid(question->value, RECORD_FOREIGN))
            continue;
        status = add_question(store, kind, question, &row, &known, error);
        if (status != KC_OK || !known)
            continue;
        pg_rows_add(&rows, &row);
        answers->items[answers->count++] = (struct pg_answer){.site = question->site, .value = question->value};
    }
    if (status == KC_OK && answers->count > 0)
        status = pg_rows_values(&rows, &values, error);
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

int32_t pg_foresee(struct store *base, const struct store_question *questions, size_t count, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    int32_t status = store->guessed && !store->writing ? pg_guess_head(store, error) : KC_OK;
    pg_forget_answers(store);
    for (size_t i = 0; status == KC_OK && i < PG_ANSWER_KINDS; i++)
        status = ask(store, (enum pg_answer_kind)i, questions, count, error);
    if (status == KC_OK)
        status = pg_take_queued(store, error);
    for (size_t i = 0; status == KC_OK && i < PG_ANSWER_KINDS; i++)
        status = sort_answers(store, &store->answers[i], error);
    if (status != KC_OK)
        pg_forget_answers(store);
    return status;
}

bool pg_answer(struct postgresql_store *store, enum pg_answer_kind kind, const char *site, const char *value,
               const PGresult **result, int *row, int *count)
{
    struct pg_answers *answers = &store->answers[kind];
    for (size_t i = 0; answers->result && i < answers->count; i++) {
        const size_t at = (answers->next + i) %
                          answers->count; /* they are asked in the order in which they were foreseen */
        const struct pg_answer *answer = &answers->items[at];
        if (strcmp(answer->value, value) != 0 || strcmp(answer->site, site) != 0)
            continue;
        answers->next = at + 1;
        *result = answers->result;
        *row = answer->first;
        *count = answer->count;
        return true;
    }
    return false;
}
