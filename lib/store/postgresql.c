/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PostgreSQL ledger: its statements, transactions, and who lives.
 *
 * One station writes at a time. A writing transaction first locks the one row of the table `ledger`, the head of the
 * journal, and reads in READ COMMITTED, so that each statement sees what the station before it has committed: the rules
 * of lib/ledger.c hold between machines as they do between threads, and the journal has one order. SERIALIZABLE would
 * run jobs again for what other stations did elsewhere; locks for each booking, room and encoder could meet in
 * different orders. What a station waits for another is one commit, and each commits what all its operations of that
 * moment have to write.
 *
 * Jobs that may be run again do not ask for the head: they take for granted that it is the one that was seen last, read
 * without a transaction, and the server is told with what they write. If the head is another one, nothing stays, and
 * they are run again.
 *
 * Other reading transactions lock nothing and see one moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/forget.h"
#include "store/postgresql.h"
#include "store/tables.h"

/* So many transactions ask for the head after one that took the wrong one for granted: another station is at work. */
enum { ASK_AFTER_WRONG_GUESS = 8 };

#define ROW_COLUMNS    "(id, high, room, site, idempotency, booking, flags, packed)"
#define ROW_VALUES     "$1::bigint, $2::bigint, $3::bigint, $4::integer, $5::integer, $6::integer, $7::smallint, $8::bytea"
#define INTENT_COLUMNS "(place, id, high, room, site, idempotency, booking, flags, packed)"
#define INTENT_VALUES  PG_PLACE("$1::bigint") ", " ROW_VALUES
#define SET_ROW                                                                                                        \
    "SET high = excluded.high, room = excluded.room, site = excluded.site, idempotency = excluded.idempotency, "       \
    "booking = excluded.booking, flags = excluded.flags, packed = excluded.packed"
#define THIS_ONE    PG_IS("id", "$1::bigint")
#define THIS_INTENT "place = " PG_PLACE("$1::bigint") " AND id = $1::bigint"
/* Nothing if there may be one with the idempotency key or the identifier: that is looked at more closely then. */
#define IF_NEW                                                                                                         \
    " WHERE NOT EXISTS (SELECT FROM operation WHERE idempotency = $5::integer) AND NOT EXISTS (SELECT FROM operation " \
    "WHERE high = $2::bigint) AND NOT EXISTS (SELECT FROM " PG_INTENTS " AS i WHERE i.idempotency = $5::integer OR "   \
    "i.high = $2::bigint) RETURNING id"
#define NUMBER_OF_ROOM "68719476735" /* the lower 36 bits */
#define SET_HEAD(tail)                                                                                                 \
    "WITH head AS (UPDATE ledger SET entries = $1, head = $2, tail = " tail                                            \
    " RETURNING entries) SELECT pg_notify('" PG_CHANNEL "', entries::text) FROM head"

static const struct {
    const char *sql;
    bool writes;
} statements[PG_STATEMENTS] = {
    [PG_INSERT] = {"INSERT INTO operation " ROW_COLUMNS " SELECT " ROW_VALUES IF_NEW, true},
    [PG_INSERT_INTENT] = {"INSERT INTO intent " INTENT_COLUMNS " SELECT " INTENT_VALUES IF_NEW, true},
    /* From the other table it goes. */
    [PG_PUT] = {"WITH gone AS (DELETE FROM intent WHERE " THIS_INTENT "), was AS (DELETE FROM operation WHERE " THIS_ONE
                ") INSERT INTO operation " ROW_COLUMNS " VALUES (" ROW_VALUES ")",
                true},
    [PG_PUT_INTENT] = {"WITH gone AS (DELETE FROM operation WHERE " THIS_ONE ") INSERT INTO intent " INTENT_COLUMNS
                       " VALUES (" INTENT_VALUES ") ON CONFLICT (place, id) DO UPDATE " SET_ROW,
                       true},
    [PG_UPDATE] = {"WITH intent AS (UPDATE intent SET flags = $2, packed = $3 WHERE " THIS_INTENT ") UPDATE operation "
                   "SET flags = $2, packed = $3 WHERE " THIS_ONE,
                   true},
    [PG_ROOM_SET] = {"WITH intent AS (UPDATE intent SET room = $2 WHERE " THIS_INTENT ") UPDATE operation SET room = "
                     "$2 WHERE " THIS_ONE,
                     true},
    [PG_ROOMS_ADD] = {"INSERT INTO operation_room (room) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING", true},
    [PG_ROOMS_DROP] = {"DELETE FROM operation_room WHERE room = ANY ($1::bigint[])", true},
    [PG_ROOMS_COUNT] = {"SELECT (SELECT count(*) FROM operation_room WHERE room = ANY ($1::bigint[])), "
                        "(SELECT count(*) FROM active_room WHERE room = ANY ($2::bigint[]))",
                        false},
    [PG_ACTIVE_ADD] = {"INSERT INTO active_room (room) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING", true},
    [PG_ACTIVE_DROP] = {"DELETE FROM active_room WHERE room = ANY ($1::bigint[])", true},
    [PG_WAITING_ADD] = {"INSERT INTO waiting (id, site, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", true},
    [PG_WAITING_DROP] = {"DELETE FROM waiting WHERE id = $1 AND site = $2 AND kind = $3", true},
    [PG_BATCH_LEAVE] = {pg_batches_leave, true},
    [PG_BLOCK_SET] = {"INSERT INTO site_block (site, block, salted) VALUES ($1, $2, $3) ON CONFLICT (site, block) DO "
                      "UPDATE SET salted = true WHERE excluded.salted AND NOT site_block.salted",
                      true},
    [PG_BLOCK_CLEAR] = {"UPDATE site_block SET salted = false WHERE site = $1 AND block = $2 AND NOT EXISTS (SELECT "
                        "FROM " PG_ALL " AS o WHERE " PG_IN_BLOCK(
                            "o.id", "$2::bigint") " AND "
                                                  "o.place >= 0 AND o.site = $1 AND o.flags & 8 <> 0)",
                        true},
    [PG_LATEST] = {"SELECT greatest((SELECT max(high) FROM operation), (SELECT max(high) FROM intent WHERE place >= "
                   "0), (SELECT max(highest) FROM intent_batch WHERE first >= 0))",
                   false},
    [PG_GET] = {"SELECT " PG_COLUMNS
                " FROM unnest($1::bigint[]) AS wanted CROSS JOIN LATERAL " PG_WITH_ID("wanted") " AS o ORDER BY o.id",
                false},
    [PG_GET_BY_ID] = {"SELECT " PG_COLUMNS " FROM " PG_ALL " AS o WHERE o.high = $1 AND o.place >= 0", false},
    [PG_NAMES] = {"SELECT id, name FROM name WHERE id > $1 ORDER BY id", false},
    [PG_NAME_ADD] = {"INSERT INTO name (id, name) VALUES ($1, $2)", true},
    [PG_STATION_GET] = {"SELECT system, encoder FROM station WHERE site = $1 AND station = $2", false},
    [PG_STATION_SET] = {"INSERT INTO station (site, station, system, encoder) VALUES ($1, $2, $3, $4) ON CONFLICT "
                        "(site, station) DO UPDATE SET system = excluded.system, encoder = excluded.encoder WHERE "
                        "(station.system, station.encoder) IS DISTINCT FROM (excluded.system, excluded.encoder)",
                        true},
    [PG_STATION_ALL] = {"SELECT site, station, system, encoder FROM station", false},
    [PG_ENCODER_LIST] = {"SELECT system, encoder, state, contact_ms FROM encoder WHERE site = $1", false},
    [PG_ENCODER_SET] = {"INSERT INTO encoder (site, system, encoder, state, contact_ms) VALUES ($1, $2, $3, $4, $5) "
                        "ON CONFLICT (site, system, encoder) DO UPDATE SET state = excluded.state, "
                        "contact_ms = excluded.contact_ms",
                        true},
    [PG_ENCODER_ALL] = {"SELECT system, encoder, state, contact_ms, site FROM encoder", false},
    [PG_JOURNAL_READ] = {"(SELECT block, packed FROM journal WHERE block >= $1 ORDER BY block LIMIT $2) UNION ALL "
                         "SELECT entries / 32, tail FROM ledger WHERE entries / 32 >= $1 AND tail <> '' "
                         "ORDER BY block LIMIT $2",
                         false},
    [PG_JOURNAL_GET] = {"SELECT block, packed FROM journal WHERE block = ANY ($1::bigint[]) UNION ALL SELECT entries / "
                        "32, tail FROM ledger WHERE entries / 32 = ANY ($1::bigint[]) AND tail <> '' ORDER BY block",
                        false},
    [PG_CHECK_OPERATIONS] =
        {"SELECT " PG_COLUMNS ", o.room, o.idempotency, o.booking, "
         "(SELECT b.salted::int FROM site_block AS b WHERE b.site = o.site AND b.block = o.id >> 10), "
         "(SELECT count(*) FROM waiting AS w WHERE w.kind = 1 AND w.site = o.site AND w.id = o.id), "
         "(SELECT count(*) FROM waiting AS w WHERE w.kind = 2 AND w.site = o.site AND w.id = o.id) "
         "FROM (" PG_WALK(", room, idempotency, booking", PG_STEP("id") " >= " PG_STEP("$1::bigint") " AND ",
                          "id > $1::bigint", "", "$2::bigint") ") AS o ORDER BY o.id LIMIT $2",
         false},
    [PG_HEAD_GET] = {"SELECT entries, head, note FROM ledger", false},
    [PG_HEAD_SET] = {SET_HEAD("tail || $3"), true},
    [PG_HEAD_SET_ANEW] = {SET_HEAD("$3"), true},
    /* The head is what it was taken for, and stays so; else an error ends the transaction. */
    [PG_HEAD_LOCK] =
        {"SELECT CASE WHEN count(*) = 1 THEN 1 ELSE " PG_REFUSED(
             "count(*)") " END FROM (SELECT FROM ledger WHERE entries = $1 AND head = $2 AND version <= $3 "
                         "AND ($4::text IS NULL OR coalesce(note, '') = $4) FOR UPDATE) AS head",
         false},
    [PG_NOTE_SET] = {"UPDATE ledger SET note = $1", true},
    /* Shared: the session that was lost may still have it. */
    [PG_ENTER] = {"SELECT pg_advisory_lock_shared($1::bigint)", false},
    [PG_ALIVE] = {"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND "
                  "database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND "
                  "classid::bigint = (($1::bigint >> 32) & 4294967295) AND objid::bigint = ($1::bigint & 4294967295)",
                  false},
    [PG_SESSION_END] = {"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer AND "
                        "backend_start = $2::timestamptz",
                        false},
};

/* ---- Jobs ------------------------------------------------------------------------------------------------------- */

/* A savepoint is set when a job is about to write for the first time; it replaces that of the job before, whose work is
 * to stay. */
static int32_t mark_job(struct postgresql_store *store, struct kc_error *error)
{
    if (!store->writing || !store->in_job || store->job_writes)
        return KC_OK;
    int32_t status = store->job_marked ? pg_queue(store, "RELEASE SAVEPOINT job", error) : KC_OK;
    if (status == KC_OK)
        status = pg_queue(store, "SAVEPOINT job", error);
    if (status == KC_OK)
        store->job_writes = store->job_marked = true;
    return status;
}

/* Reading needs no transaction while nothing of it is written: that the head is still the same is found out at last. */
static int32_t before(struct postgresql_store *store, enum postgresql_statement statement, struct kc_error *error)
{
    int32_t status = pg_send_rows(store, error);
    if (status == KC_OK && statements[statement].writes)
        status = pg_open_transaction(store, error);
    return status == KC_OK && statements[statement].writes ? mark_job(store, error) : status;
}

int32_t pg_statement(struct postgresql_store *store, enum postgresql_statement statement, struct pg_values *values,
                     PGresult **out, struct kc_error *error)
{
    char name[16];
    int32_t status = before(store, statement, error);
    if (out)
        *out = NULL;
    if (status != KC_OK)
        return status;
    snprintf(name, sizeof(name), "s%d", (int)statement);
    return pg_run_prepared(store, name, statements[statement].sql, &store->prepared[statement], values, out, error);
}

int32_t pg_queue_statement(struct postgresql_store *store, enum postgresql_statement statement,
                           struct pg_values *values, struct kc_error *error)
{
    char name[16];
    const int32_t status = before(store, statement, error);
    snprintf(name, sizeof(name), "s%d", (int)statement);
    return status == KC_OK
               ? pg_queue_prepared(store, name, statements[statement].sql, &store->prepared[statement], values, error)
               : status;
}

static int32_t postgresql_job_begin(struct store *base, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    (void)error;
    store->in_job = true;
    store->job_writes = false;
    store->job_head = store->head;
    store->job_intents = store->intent_count;
    store->job_entries = store->entry_count;
    store->names.job = store->names.count;
    return KC_OK;
}

static int32_t postgresql_job_end(struct store *base, bool keep, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    store->in_job = false;
    if (!pg_is_connected(store) || PQtransactionStatus(store->connection) == PQTRANS_IDLE)
        return error_set(error, KC_ERROR_LEDGER, "ledger",
                         "ledger %s: a failure took back everything that was about to be written; try again",
                         store->name);
    if (PQtransactionStatus(store->connection) == PQTRANS_INERROR && (keep || !store->job_writes))
        return error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: a failure ended the transaction; try again",
                         store->name);
    if (keep || !store->job_writes)
        return KC_OK;
    store->head = store->job_head;
    store->intent_count = store->job_intents;
    store->entry_count = store->job_entries;
    pg_names_keep(&store->names, store->names.job);
    pg_forget_drafts(store);
    pg_forget_memos(store);
    return pg_run(store, "ROLLBACK TO SAVEPOINT job", NULL, error);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

void pg_see_head(struct postgresql_store *store, const struct seal_head *head)
{
    if (!store->known || head->entries != store->known_head.entries ||
        memcmp(head->chain, store->known_head.chain, SEAL_SIZE) != 0)
        store->epoch++;
    store->known = store->seen = true;
    store->known_head = *head;
}

static int32_t postgresql_epoch(struct store *base, uint64_t *epoch, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct seal_head head;
    const int32_t status = store->seen ? KC_OK : pg_journal_head(store, &head, error);
    if (status == KC_OK && !store->seen)
        pg_see_head(store, &head);
    *epoch = store->epoch;
    return status;
}

void pg_add_head(struct pg_values *values, const struct seal_head *head)
{
    const struct buf chain = {.data = (uint8_t *)(uintptr_t)head->chain, .length = SEAL_SIZE};
    pg_add_number(values, head->entries);
    pg_add_blob(values, &chain);
}

/* Takes for granted that nobody else has written, and the server hears of it with the first that is written, which
 * saves asking. Reading needs no transaction then: what is read is never older than the head. */
static void begin_guessing(struct postgresql_store *store, bool writes)
{
    store->guessed = true;
    store->writing = store->seen = writes;
    store->head = store->known_head;
    store->first_entry = store->head.entries;
}

int32_t pg_open_transaction(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values;
    pg_no_values(&values);
    if (!store->writing || store->opened)
        return KC_OK;
    pg_add_head(&values, &store->known_head);
    pg_add_number(&values, pg_schema_version());
    pg_add_text(&values, store->store.note);
    /* The lock comes before all else that is written. */
    int32_t status = pg_queue(store, "BEGIN", error);
    if (status == KC_OK)
        status = pg_queue_prepared(store, "lock", statements[PG_HEAD_LOCK].sql, &store->prepared[PG_HEAD_LOCK], &values,
                                   error);
    store->opened = status == KC_OK;
    return status;
}

/* It would most likely be right, and there is somebody to run the jobs again if it is not. What only reads takes
 * nothing for granted. */
static bool may_guess(struct postgresql_store *store, bool writes)
{
    if (!store->store.together || store->doubt.open || !pg_is_connected(store))
        return false;
    if (writes && store->ask > 0) {
        store->ask--;
        return false;
    }
    if (writes && !store->known)
        return false;
    return PQconsumeInput(store->connection) == 1 && pg_is_connected(store); /* it did not close meanwhile */
}

/* After a transaction that left nothing: what may help. */
static enum store_retry what_helps(struct postgresql_store *store, int32_t status)
{
    if (strncmp(store->sqlstate, "23", 2) == 0)
        return STORE_RETRY_SINGLY; /* a rule of the tables */
    if (!store->guessed)
        return strncmp(store->sqlstate, "22", 2) == 0 ? STORE_RETRY_SINGLY : STORE_RETRY_NOT;
    store->ask = strncmp(store->sqlstate, "22", 2) == 0 ? ASK_AFTER_WRONG_GUESS : 1;
    return status == KC_ERROR_LEDGER_BUSY ? STORE_RETRY_NOT : STORE_RETRY_TOGETHER;
}

static int32_t lock_ledger(struct postgresql_store *store, struct kc_error *error)
{
    PGresult *result = NULL;
    int64_t version = 0;
    int32_t status = pg_run(store, "BEGIN; SELECT entries, head, version, note FROM ledger FOR UPDATE", &result, error);
    if (status == KC_OK)
        status = pg_read_head(store, result, 0, &store->head, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 2, 1, INT32_MAX, &version, error);
    if (status == KC_OK)
        status = store_check_note(&store->store, PQgetvalue(result, 0, 3), error);
    PQclear(result);
    if (status == KC_OK && version > pg_schema_version())
        status = error_set(error, KC_ERROR_LEDGER_NEWER, "ledger",
                           "ledger %s was migrated by a newer library; use that one here too", store->name);
    if (status == KC_OK)
        pg_see_head(store, &store->head);
    return status;
}

void pg_rollback(struct store *base)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    pg_forget_rows(store);
    pg_forget_answers(store);
    pg_forget_memos(store);
    pg_forget_drafts(store);
    if (store->guessed)
        base->retry = what_helps(store, KC_OK);
    if (pg_is_connected(store) && (store->queued > 0 || PQtransactionStatus(store->connection) != PQTRANS_IDLE))
        pg_run(store, "ROLLBACK", NULL, NULL);
    if (store->writing)
        pg_names_keep(&store->names, store->names.sure);
    store->guessed = store->writing = store->opened = false;
    store->in_job = false;
    store->intent_count = store->entry_count = 0;
}

static void start_anew(struct postgresql_store *store)
{
    pg_forget_rows(store);
    pg_forget_answers(store);
    store->in_job = store->job_marked = store->job_writes = store->guessed = store->seen = store->opened = false;
    store->intent_count = store->entry_count = 0;
    store->names.sure = store->names.count;
    store->sqlstate[0] = '\0';
}

int32_t pg_begin_asking(struct postgresql_store *store, bool writes, struct kc_error *error)
{
    start_anew(store);
    const int32_t status = writes ? lock_ledger(store, error)
                                  : pg_run(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, error);
    if (status != KC_OK)
        pg_rollback(&store->store);
    store->first_entry = store->head.entries;
    store->writing = store->opened = status == KC_OK && writes;
    return status;
}

/* ---- Beginning and ending --------------------------------------------------------------------------------------- */

static int32_t postgresql_begin(struct store *base, bool writes, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    start_anew(store);
    if (may_guess(store, writes)) {
        begin_guessing(store, writes);
        return KC_OK;
    }
    const bool was_connected = pg_is_connected(store);
    int32_t status = pg_reconnect(store, POSTGRESQL_RECONNECT_MS, error);
    if (status == KC_OK && store->doubt.open)
        status = pg_clear_doubt(store, error);
    if (status == KC_OK)
        status = pg_begin_asking(store, writes, error);
    /* The connection was lost while nothing happened: that does no harm. */
    if ((status == KC_ERROR_LEDGER || status == KC_ERROR_LEDGER_READ_ONLY) && was_connected &&
        !pg_is_connected(store)) {
        status = pg_reconnect(store, POSTGRESQL_RECONNECT_MS, error);
        if (status == KC_OK)
            status = pg_begin_asking(store, writes, error);
    }
    return status;
}

static int32_t write_all(struct postgresql_store *store, struct kc_error *error)
{
    if (pg_fits_once(store))
        return pg_write_once(store, error);
    const int32_t status = pg_send_rows(store, error);
    return status == KC_OK ? pg_write_journal(store, error) : status;
}

/* The server has committed, or nothing stays; KC_OK or why. */
static int32_t end_transaction(struct postgresql_store *store, bool journaled, struct kc_error *error)
{
    PGresult *result = NULL;
    int32_t status = journaled ? write_all(store, error) : pg_send_rows(store, error);
    if (status != KC_OK || (journaled && !store->opened))
        return status;
    status = pg_open_transaction(store, error); /* even if there is nothing to write: what was read must be true */
    if (status == KC_OK)
        status = pg_run_queued(store, "COMMIT", &result, error);
    /* A transaction that had failed before is taken back by COMMIT, which is no error to the server. */
    if (status == KC_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: a failure ended the transaction; try again",
                           store->name);
    PQclear(result);
    return status;
}

int32_t pg_commit(struct store *base, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    const bool journaled = store->writing && store->head.entries != store->first_entry;
    const int64_t first = store->first_entry + 1;
    const struct seal_head head = store->head; /* finding out what became of a commit reads another one */
    const struct seal_entry last = store->entry_count > 0 ? store->entries[store->entry_count - 1].entry
                                                          : (struct seal_entry){0};
    const bool guessed = store->guessed;
    pg_forget_answers(store);
    if (guessed && !store->writing)
        return KC_OK; /* nothing was begun */
    int32_t status = end_transaction(store, journaled, error);
    if (status != KC_OK && journaled && !pg_is_connected(store)) {
        status = pg_commit_unheard(store, &last, error);
        store->guessed = guessed;
    }
    if (status == KC_OK && journaled) {
        feed_own(&store->feed, first, head.entries, head.chain);
        store->known_head = head;
    }
    store->intent_count = store->entry_count = 0;
    if (status != KC_OK) {
        const enum store_retry retry = store->doubt.open ? STORE_RETRY_NOT : what_helps(store, status);
        pg_rollback(base);
        base->retry = retry;
    }
    store->guessed = store->writing = store->opened = false;
    return status;
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static int32_t postgresql_instance_enter(struct store *base, uint64_t instance, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values;
    pg_no_values(&values);
    pg_add_number(&values, (int64_t)instance);
    const int32_t status = pg_statement(store, PG_ENTER, &values, NULL, error);
    if (status == KC_OK) {
        store->instance = instance;
        store->entered = true;
    }
    return status;
}

/* True also where the server does not tell: what may live is left alone. */
static bool postgresql_instance_alive(struct store *base, uint64_t instance)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values;
    pg_no_values(&values);
    PGresult *result = NULL;
    int64_t count = 1;
    if (store->entered && store->instance == instance)
        return true;
    pg_add_number(&values, (int64_t)instance);
    if (pg_statement(store, PG_ALIVE, &values, &result, NULL) == KC_OK && PQntuples(result) == 1)
        pg_read_number(store, result, 0, 0, 0, INT64_MAX, &count, NULL);
    PQclear(result);
    return count > 0;
}

/* ---- Opening and closing ---------------------------------------------------------------------------------------- */

static void postgresql_close(struct store *base)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    pg_disconnect(store);
    pg_free_rows(store);
    pg_forget_answers(store);
    seal_free(store->store.sealer);
    drafts_free(&store->drafts);
    pg_forget_uri(store);
    pg_end_doubt(store);
    feed_stop(&store->feed);
    free(store->intents);
    free(store->entries);
    pg_names_free(&store->names);
    free(store);
}

static int32_t postgresql_open(const char *path, struct store **out, struct kc_error *error)
{
    int32_t status = pq_need(error);
    if (status != KC_OK)
        return status;
    struct postgresql_store *store = calloc(1, sizeof(*store));
    if (!store)
        return error_no_memory(error);
    store->store.table = &postgresql_table;
    store->epoch = 1;
    status = pg_read_uri(store, path, error);
    if (status == KC_OK)
        status = pg_connect(store, error);
    if (status != KC_OK) {
        postgresql_close(&store->store);
        return status;
    }
    *out = &store->store;
    return KC_OK;
}

const struct store_table postgresql_table = {
    .scheme = "postgresql",
    .open = postgresql_open,
    .close = postgresql_close,
    .begin = postgresql_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .epoch = postgresql_epoch,
    .foresee = pg_foresee,
    .job_begin = postgresql_job_begin,
    .job_end = postgresql_job_end,
    .find = pg_find,
    .insert = pg_insert,
    .finish = pg_finish,
    .set_key_state = pg_set_key_state,
    .set_stay = pg_set_stay,
    .get_station = pg_get_station,
    .set_station = pg_set_station,
    .list_encoders = pg_list_encoders,
    .set_encoder = pg_set_encoder,
    .forget = forget_booking,
    .forget_record = pg_forget_record,
    .check = pg_check,
    .get_note = pg_get_note,
    .set_note = pg_set_note,
    .get_head = pg_get_head,
    .read_entries = pg_read_entries,
    .write_entries = pg_write_entries,
    .enter_again = pg_enter_again,
    .list_places = pg_list_places,
    .watch = pg_watch,
    .watch_fd = pg_watch_fd,
    .changes = pg_changes,
    .instance_enter = postgresql_instance_enter,
    .instance_alive = postgresql_instance_alive,
};
