/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stations and encoders in the PostgreSQL ledger, and what is known of small tables without asking. */
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/record.h"

/* ---- What is known ---------------------------------------------------------------------------------------------- */

/* Where it stands, if it does, or else what it would take the place of. */
static struct pg_memo *place_of(const struct postgresql_store *store, enum pg_memo_kind kind, int64_t site,
                                int64_t what)
{
    const int64_t numbers[] = {kind, site, what};
    const size_t hash = hash_bytes(HASH_START, numbers, sizeof(numbers));
    struct pg_memo *set = (struct pg_memo *)(uintptr_t)store->memos[hash % PG_MEMO_SETS];
    struct pg_memo *place = &set[hash / PG_MEMO_SETS % PG_MEMO_PLACES];
    for (size_t i = 0; i < PG_MEMO_PLACES; i++) {
        if (set[i].kind == kind && set[i].site == site && set[i].what == what)
            return &set[i];
        if (set[i].epoch != store->epoch)
            place = &set[i];
    }
    return place;
}

const int64_t *pg_memo_get(const struct postgresql_store *store, enum pg_memo_kind kind, int64_t site, int64_t what)
{
    const struct pg_memo *memo = place_of(store, kind, site, what);
    const bool same = memo->kind == kind && memo->site == site && memo->what == what;
    return same && store->seen && memo->epoch == store->epoch ? memo->value : NULL;
}

void pg_memo_set(struct postgresql_store *store, enum pg_memo_kind kind, int64_t site, int64_t what, int64_t first,
                 int64_t second)
{
    if (store->seen)
        *place_of(store, kind, site, what) = (struct pg_memo){store->epoch, kind, site, what, {first, second}};
}

void pg_forget_memos(struct postgresql_store *store)
{
    memset(store->memos, 0, sizeof(store->memos));
    store->latest = (struct pg_latest){0};
}

/* ---- Stations --------------------------------------------------------------------------------------------------- */

/* The numbers of the names; false if one has none yet. */
static bool numbers_of(const struct postgresql_store *store, const char *site, const char *station,
                       const struct station_record *record, int64_t numbers[4])
{
    const char *const names[] = {site, station, record->system, record->encoder};
    bool known = true;
    for (size_t i = 0; i < 4; i++) {
        numbers[i] = pg_name_known(store, names[i]);
        known = known && numbers[i] != 0;
    }
    return known;
}

bool pg_knows_station(const struct postgresql_store *store, const char *site, const char *station)
{
    const int64_t numbers[] = {pg_name_known(store, site), pg_name_known(store, station)};
    const struct pg_memo *memo = place_of(store, PG_MEMO_STATION, numbers[0], numbers[1]);
    return numbers[0] && numbers[1] && store->known && memo->kind == PG_MEMO_STATION && memo->site == numbers[0] &&
           memo->what == numbers[1] && memo->epoch == store->epoch;
}

/* Out of what is known; false: it is not. */
static bool recall_station(struct postgresql_store *store, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, int32_t *status, struct kc_error *error)
{
    const int64_t *known = pg_knows_station(store, site, station)
                               ? pg_memo_get(store, PG_MEMO_STATION, pg_name_known(store, site),
                                             pg_name_known(store, station))
                               : NULL;
    const char **const texts[] = {&out->system, &out->encoder};
    *status = KC_OK;
    for (size_t i = 0; known && *status == KC_OK && i < 2; i++) {
        *status = pg_name_get(store, known[i], texts[i], error);
        if (*status == KC_OK && !(*texts[i] = arena_text(arena, *texts[i])))
            *status = error_no_memory(error);
    }
    return known;
}

int32_t pg_get_station(struct store *base, const char *site, const char *station, struct arena *arena,
                       struct station_record *out, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct station_record found = {"", ""};
    struct pg_values values;
    pg_no_values(&values);
    struct pg_answered answer = {0};
    struct error_quoted quoted;
    PGresult *result = NULL;
    int64_t numbers[4];
    const bool possible = pg_may_be_there(site) && pg_may_be_there(station);
    pg_add_text(&values, site);
    pg_add_text(&values, station);
    int32_t status = KC_OK;
    if (possible && recall_station(store, site, station, arena, &found, &status, error)) {
        *out = status == KC_OK ? found : *out;
        return status;
    }
    if (possible && !pg_answer(store, PG_ANSWER_STATION, site, station, &answer)) {
        status = pg_statement(store, PG_STATION_GET, &values, &result, error);
        answer = (struct pg_answered){.result = result, .count = status == KC_OK ? PQntuples(result) : 0};
    }
    if (status == KC_OK && answer.count == 0)
        status = error_set(error, KC_ERROR_NOT_FOUND, "station", "the ledger does not know the station %s",
                           error_quote(&quoted, station));
    if (status == KC_OK)
        status = pg_read_text(store, answer.result, answer.row, answer.column, RECORD_PLAIN, arena, &found.system,
                              error);
    if (status == KC_OK)
        status = pg_read_text(store, answer.result, answer.row, answer.column + 1, RECORD_PLAIN, arena, &found.encoder,
                              error);
    PQclear(result);
    if (status != KC_OK)
        return status;
    if (numbers_of(store, site, station, &found, numbers))
        pg_memo_set(store, PG_MEMO_STATION, numbers[0], numbers[1], numbers[2], numbers[3]);
    *out = found;
    return KC_OK;
}

/* What is remembered of a place: gathered, or queued by itself. */
static int32_t set_place(struct postgresql_store *store, enum pg_rows_kind kind, enum postgresql_statement statement,
                         struct pg_values *values, struct kc_error *error)
{
    pg_forget_answers(store);
    return pg_gathers(store) ? pg_gather(store, kind, values, error)
                             : pg_queue_statement(store, statement, values, error);
}

int32_t pg_set_station(struct store *base, const char *site, const char *station, const struct station_record *record,
                       struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values;
    pg_no_values(&values);
    int64_t numbers[4];
    const int32_t status = record_check_station(site, station, record, error);
    if (status != KC_OK)
        return status;
    if (numbers_of(store, site, station, record, numbers)) {
        const int64_t *known = pg_memo_get(store, PG_MEMO_STATION, numbers[0], numbers[1]);
        if (known && known[0] == numbers[2] && known[1] == numbers[3])
            return KC_OK;
        pg_memo_set(store, PG_MEMO_STATION, numbers[0], numbers[1], numbers[2], numbers[3]);
    } else {
        pg_forget_memos(store);
    }
    pg_add_text(&values, site);
    pg_add_text(&values, station);
    pg_add_text(&values, record->system);
    pg_add_text(&values, record->encoder);
    return set_place(store, PG_ROWS_STATION, PG_STATION_SET, &values, error);
}

/* ---- Encoders --------------------------------------------------------------------------------------------------- */

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
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    pg_add_text(&values, site);
    const bool possible = pg_may_be_there(site);
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
    struct pg_values values;
    pg_no_values(&values);
    const int32_t status = record_check_encoder(site, record, error);
    if (status != KC_OK)
        return status;
    const int64_t names[] = {pg_name_known(store, site), pg_name_known(store, record->system),
                             pg_name_known(store, record->encoder)};
    if (names[0] && names[1] && names[2]) {
        const int64_t what = names[1] << 32 | names[2];
        const int64_t *known = pg_memo_get(store, PG_MEMO_ENCODER, names[0], what);
        if (known && known[0] == record->state && known[1] == record->contact_ms)
            return KC_OK;
        pg_memo_set(store, PG_MEMO_ENCODER, names[0], what, record->state, record->contact_ms);
    }
    pg_add_text(&values, site);
    pg_add_text(&values, record->system);
    pg_add_text(&values, record->encoder);
    pg_add_number(&values, record->state);
    pg_add_number(&values, record->contact_ms);
    return set_place(store, PG_ROWS_ENCODER, PG_ENCODER_SET, &values, error);
}
