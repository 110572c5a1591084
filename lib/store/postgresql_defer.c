/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing the rows of all jobs of a transaction at once: they are gathered and sent with a few statements, however many
 * jobs there are. What the server refuses then ends the transaction, and the jobs are run one by one. */
#include <stdio.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

/* A row of an array that is not there is an error, which must not go unseen. */
static const char *const statements[PG_ROWS_KINDS] = {
    [PG_ROWS_OPERATION] =
        "INSERT INTO operation (" PG_COLUMNS ", entry) SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], "
        "$4::smallint[], $5::smallint[], $6::smallint[], $7::int[], $8::smallint[], $9::smallint[], $10::smallint[], "
        "$11::bigint[], $12::uuid[], $13::uuid[], $14::bigint[], $15::bigint[], $16::bigint[], $17::int[], "
        "$18::smallint[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], "
        "$26::text[], $27::text[], $28::text[], $29::text[], $30::text[], $31::text[], $32::text[], $33::text[], "
        "$34::text[], $35::text[], $36::text[], $37::text[], $38::bytea[], $39::bytea[], $40::bigint[])",
    [PG_ROWS_ROOM] = "INSERT INTO operation_room (room, site, operation, active) SELECT * FROM unnest($1::text[], "
                     "$2::text[], $3::bigint[], $4::smallint[]) ON CONFLICT DO NOTHING",
    [PG_ROWS_OUTCOME] =
        "WITH done AS (UPDATE operation SET entry = row.entry, outcome = row.outcome, status = row.status, "
        "key_state = row.key_state, unconfirmed = row.unconfirmed, encoder = row.encoder, "
        "finished_ms = row.finished_ms, error_message = row.error_message, vendor_code = row.vendor_code, "
        "vendor_text = row.vendor_text, serials = row.serials, salt = row.salt FROM unnest($1::bigint[], "
        "$2::bigint[], $3::smallint[], $4::int[], $5::smallint[], $6::smallint[], $7::text[], $8::bigint[], "
        "$9::text[], $10::text[], $11::text[], $12::text[], $13::bytea[]) AS row (id, entry, outcome, status, "
        "key_state, unconfirmed, encoder, finished_ms, error_message, vendor_code, vendor_text, serials, salt) "
        "WHERE operation.id = row.id RETURNING 1) "
        "SELECT 1 / (count(*) = cardinality($1::bigint[]))::int FROM done",
    [PG_ROWS_ACTIVE] = "UPDATE operation_room SET active = row.active FROM unnest($1::text[], $2::text[], "
                       "$3::bigint[], $4::smallint[]) AS row (room, site, operation, active) WHERE "
                       "operation_room.room = row.room AND operation_room.site = row.site AND "
                       "operation_room.operation = row.operation",
    [PG_ROWS_JOURNAL] = "INSERT INTO journal (entry, operation, content, link) SELECT * FROM unnest($1::bigint[], "
                        "$2::bigint[], $3::bytea[], $4::bytea[])",
    /* Of several values for one place the last one counts. */
    [PG_ROWS_STATION] =
        "INSERT INTO station (site, station, system, encoder) SELECT DISTINCT ON (site, station) site, station, "
        "system, encoder FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS row (site, "
        "station, system, encoder, number) ORDER BY site, station, number DESC ON CONFLICT (site, station) DO UPDATE "
        "SET system = excluded.system, encoder = excluded.encoder WHERE (station.system, station.encoder) IS "
        "DISTINCT FROM (excluded.system, excluded.encoder)",
    [PG_ROWS_ENCODER] =
        "INSERT INTO encoder (site, system, encoder, state, contact_ms) SELECT DISTINCT ON (site, system, encoder) "
        "site, system, encoder, state, contact_ms FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], "
        "$5::bigint[]) WITH ORDINALITY AS row (site, system, encoder, state, contact_ms, number) ORDER BY site, "
        "system, encoder, number DESC ON CONFLICT (site, system, encoder) DO UPDATE SET state = excluded.state, "
        "contact_ms = excluded.contact_ms",
};

bool pg_gathers(const struct postgresql_store *store)
{
    return store->writing && !store->in_job;
}

void pg_forget_rows(struct postgresql_store *store)
{
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        pg_rows_clear(&store->rows[i]);
}

void pg_free_rows(struct postgresql_store *store)
{
    for (size_t i = 0; i < PG_ROWS_KINDS; i++)
        pg_rows_free(&store->rows[i]);
}

int32_t pg_send_rows(struct postgresql_store *store, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; i < PG_ROWS_KINDS; i++) {
        struct pg_rows *rows = &store->rows[i];
        struct pg_values values = {0};
        char name[16];
        if (rows->count == 0 && !rows->failed)
            continue;
        snprintf(name, sizeof(name), "r%d", (int)i);
        if (status == KC_OK)
            status = pg_rows_values(rows, &values, error);
        if (status == KC_OK)
            status = pg_queue_prepared(store, name, statements[i], &store->rows_prepared[i], &values, error);
        pg_rows_clear(rows);
    }
    return status;
}

static int32_t gather(struct postgresql_store *store, enum pg_rows_kind kind, const struct pg_values *values,
                      struct kc_error *error)
{
    pg_rows_add(&store->rows[kind], values);
    return store->rows[kind].failed ? error_no_memory(error) : KC_OK;
}

static int32_t gather_entry(struct postgresql_store *store, int64_t id, const struct seal_entry *entry,
                            struct kc_error *error)
{
    struct pg_values values = {0};
    pg_add_number(&values, entry->number);
    pg_add_number(&values, id);
    pg_add_bytes(&values, entry->content, sizeof(entry->content));
    pg_add_bytes(&values, entry->link, sizeof(entry->link));
    return gather(store, PG_ROWS_JOURNAL, &values, error);
}

static int32_t gather_rooms(struct postgresql_store *store, enum pg_rows_kind kind, const struct record *record,
                            int64_t id, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < record->rooms.count; i++) {
        struct pg_values values = {0};
        pg_add_text(&values, record->rooms.items[i]);
        pg_add_text(&values, record->site);
        pg_add_number(&values, id);
        pg_add_number(&values, record_is_active(record->key_state));
        status = gather(store, kind, &values, error);
    }
    return status;
}

int32_t pg_gather_insert(struct postgresql_store *store, const struct record *record,
                         const char *const lists[RECORD_LISTS], const struct seal *seal, int64_t id,
                         struct kc_error *error)
{
    struct seal_entry entry;
    struct pg_values values = {0};
    int32_t status = seal_append(&store->head, record, seal, &entry, error);
    if (status != KC_OK)
        return status;
    pg_add_record(&values, record, lists, seal, id, entry.number);
    status = gather(store, PG_ROWS_OPERATION, &values, error);
    if (status == KC_OK)
        status = gather_rooms(store, PG_ROWS_ROOM, record, id, error);
    if (status == KC_OK)
        status = gather_entry(store, id, &entry, error);
    if (status == KC_OK && store->seen)
        drafts_keep(&store->drafts, store->epoch, id, record, seal);
    return status;
}

int32_t pg_gather_finish(struct postgresql_store *store, struct draft *draft, const struct record *record,
                         const uint8_t salt[SEAL_SALT_SIZE], struct kc_error *error)
{
    const bool was_active = record_is_active(draft->record.key_state);
    struct pg_values values = {0};
    struct arena arena = {0};
    struct seal_entry entry;
    int32_t status = draft_finish(draft, record, salt, error);
    const struct record *now = &draft->record;
    if (status == KC_OK)
        status = seal_append(&store->head, now, &draft->seal, &entry, error);
    const char *serials = arena_join(&arena, &now->serials);
    if (status == KC_OK && !serials)
        status = error_no_memory(error);
    if (status == KC_OK) {
        pg_add_number(&values, draft->row);
        pg_add_number(&values, entry.number);
        pg_add_number(&values, now->outcome);
        pg_add_number(&values, now->status);
        pg_add_optional_number(&values, now->key_state);
        pg_add_number(&values, now->unconfirmed);
        pg_add_optional(&values, now->encoder);
        pg_add_optional_number(&values, now->finished_ms);
        pg_add_optional(&values, now->error_message);
        pg_add_optional(&values, now->vendor_code);
        pg_add_optional(&values, now->vendor_text);
        pg_add_optional(&values, serials);
        pg_add_bytes(&values, draft->seal.has_salt ? draft->seal.salt : NULL, SEAL_SALT_SIZE);
        status = gather(store, PG_ROWS_OUTCOME, &values, error);
    }
    if (status == KC_OK && record_is_active(now->key_state) != was_active)
        status = gather_rooms(store, PG_ROWS_ACTIVE, now, draft->row, error);
    if (status == KC_OK)
        status = gather_entry(store, draft->row, &entry, error);
    arena_free(&arena);
    return status;
}
