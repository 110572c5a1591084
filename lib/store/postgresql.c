/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PostgreSQL ledger: its statements, transactions, and who lives.
 *
 * One station writes at a time. A writing transaction first locks the one row of the table `ledger`, and reads in READ
 * COMMITTED, so that each statement sees what the station before it has committed: the rules of lib/ledger.c hold
 * between machines as they do between threads, the journal has one order, and no transaction ever has to be run again.
 * SERIALIZABLE would make jobs run twice, which have told their owners what they found; locks for each booking, room
 * and encoder could meet in different orders. What a station waits for another is one commit, and each commits what all
 * its operations of that moment have to write.
 *
 * Reading transactions lock nothing and see one moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"
#include "store/tables.h"

/* So many transactions ask for the head after one that took the wrong one for granted: another station is at work. */
enum { ASK_AFTER_WRONG_GUESS = 8 };

#define ROW_COLUMNS    "operation (id, high, room, site, idempotency, booking, flags, packed)"
#define ROW_VALUES     "$1::bigint, $2::bigint, $3::bigint, $4::integer, $5::integer, $6::integer, $7::smallint, $8::bytea"
#define NUMBER_OF_ROOM "68719476735" /* the lower 36 bits */

static const struct {
    const char *sql;
    bool writes;
} statements[PG_STATEMENTS] = {
    /* Nothing if there may be one with the idempotency key or the identifier: that is looked at more closely then. */
    [PG_INSERT] = {"INSERT INTO " ROW_COLUMNS " SELECT " ROW_VALUES " WHERE NOT EXISTS (SELECT FROM operation WHERE "
                   "idempotency = $5::integer) AND NOT EXISTS (SELECT FROM operation WHERE high = $2::bigint) "
                   "RETURNING id",
                   true},
    [PG_PUT] = {"INSERT INTO " ROW_COLUMNS " VALUES (" ROW_VALUES ") ON CONFLICT (id) DO UPDATE SET high = "
                "excluded.high, room = excluded.room, site = excluded.site, idempotency = excluded.idempotency, "
                "booking = excluded.booking, flags = excluded.flags, packed = excluded.packed",
                true},
    [PG_UPDATE] = {"UPDATE operation SET flags = $2, packed = $3 WHERE id = $1", true},
    [PG_ROOM_SET] = {"UPDATE operation SET room = $2 WHERE id = $1", true},
    [PG_ROOMS_ADD] = {"INSERT INTO operation_room (room) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING", true},
    [PG_ROOMS_DROP] = {"DELETE FROM operation_room WHERE room = ANY ($1::bigint[])", true},
    [PG_ROOMS_COUNT] = {"SELECT (SELECT count(*) FROM operation_room WHERE room = ANY ($1::bigint[])), "
                        "(SELECT count(*) FROM active_room WHERE room = ANY ($2::bigint[]))",
                        false},
    [PG_ACTIVE_ADD] = {"INSERT INTO active_room (room) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING", true},
    [PG_ACTIVE_DROP] = {"DELETE FROM active_room WHERE room = ANY ($1::bigint[])", true},
    [PG_WAITING_ADD] = {"INSERT INTO waiting (id, site, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", true},
    [PG_WAITING_DROP] = {"DELETE FROM waiting WHERE id = $1 AND site = $2 AND kind = $3", true},
    [PG_BLOCK_SET] = {"INSERT INTO site_block (site, block, salted) VALUES ($1, $2, $3) ON CONFLICT (site, block) DO "
                      "UPDATE SET salted = true WHERE excluded.salted AND NOT site_block.salted",
                      true},
    [PG_BLOCK_CLEAR] = {"UPDATE site_block SET salted = false WHERE site = $1 AND block = $2 AND NOT EXISTS (SELECT "
                        "FROM operation WHERE id BETWEEN $2::bigint << 10 AND ($2::bigint << 10) + 1023 AND "
                        "operation.site = $1 AND flags & 8 <> 0)",
                        true},
    [PG_GET] = {"SELECT " PG_COLUMNS " FROM operation AS o WHERE o.id = ANY ($1::bigint[]) ORDER BY o.id", false},
    [PG_GET_BY_ID] = {"SELECT " PG_COLUMNS " FROM operation AS o WHERE o.high = $1", false},
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
    [PG_JOURNAL_ADD] = {"INSERT INTO journal (block, packed) VALUES ($1, $2::bytea) ON CONFLICT (block) DO UPDATE SET "
                        "packed = journal.packed || excluded.packed",
                        true},
    [PG_JOURNAL_READ] = {"SELECT block, packed FROM journal WHERE block >= $1 ORDER BY block LIMIT $2", false},
    [PG_JOURNAL_GET] = {"SELECT block, packed FROM journal WHERE block = ANY ($1::bigint[]) ORDER BY block", false},
    [PG_CHECK_OPERATIONS] =
        {"SELECT " PG_COLUMNS ", o.room, o.idempotency, o.booking, "
         "(SELECT b.salted::int FROM site_block AS b WHERE b.site = o.site AND b.block = o.id >> 10), "
         "(SELECT count(*) FROM waiting AS w WHERE w.kind = 1 AND w.site = o.site AND w.id = o.id), "
         "(SELECT count(*) FROM waiting AS w WHERE w.kind = 2 AND w.site = o.site AND w.id = o.id) "
         "FROM operation AS o WHERE o.id > $1 ORDER BY o.id LIMIT $2",
         false},
    [PG_HEAD_GET] = {"SELECT entries, head, note FROM ledger", false},
    [PG_HEAD_SET] = {"WITH head AS (UPDATE ledger SET entries = $1, head = $2 RETURNING entries) "
                     "SELECT pg_notify('" PG_CHANNEL "', entries::text) FROM head",
                     true},
    /* The head is what it was taken for, and stays so; else an error ends the transaction. */
    [PG_HEAD_LOCK] = {"SELECT 1 / count(*) FROM (SELECT FROM ledger WHERE entries = $1 AND head = $2 AND version <= $3 "
                      "AND ($4::text IS NULL OR coalesce(note, '') = $4) FOR UPDATE) AS head",
                      false},
    [PG_HEAD_IS] = {"SELECT 1 / count(*) FROM ledger WHERE entries = $1 AND head = $2", false},
    [PG_NOTE_SET] = {"UPDATE ledger SET note = $1", true},
    /* Shared: the session that was lost may still have it. */
    [PG_ENTER] = {"SELECT pg_advisory_lock_shared($1::bigint)", false},
    [PG_ALIVE] = {"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND "
                  "database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND "
                  "classid::bigint = (($1::bigint >> 32) & 4294967295) AND objid::bigint = ($1::bigint & 4294967295)",
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

int32_t pg_statement(struct postgresql_store *store, enum postgresql_statement statement,
                     const struct pg_values *values, PGresult **out, struct kc_error *error)
{
    char name[16];
    int32_t status = pg_send_rows(store, error);
    if (out)
        *out = NULL;
    if (status == KC_OK && statements[statement].writes)
        status = mark_job(store, error);
    if (status != KC_OK)
        return status;
    snprintf(name, sizeof(name), "s%d", (int)statement);
    return pg_run_prepared(store, name, statements[statement].sql, &store->prepared[statement], values, out, error);
}

int32_t pg_queue_statement(struct postgresql_store *store, enum postgresql_statement statement,
                           const struct pg_values *values, struct kc_error *error)
{
    char name[16];
    int32_t status = pg_send_rows(store, error);
    if (status == KC_OK && statements[statement].writes)
        status = mark_job(store, error);
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
    drafts_drop_all(&store->drafts);
    return pg_run(store, "ROLLBACK TO SAVEPOINT job", NULL, error);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

/* The head of the journal as it is now. */
static void see_head(struct postgresql_store *store, const struct seal_head *head)
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
        see_head(store, &head);
    *epoch = store->epoch;
    return status;
}

static void add_known_head(struct pg_values *values, const struct postgresql_store *store)
{
    const struct buf chain = {.data = (uint8_t *)(uintptr_t)store->known_head.chain, .length = SEAL_SIZE};
    pg_add_number(values, store->known_head.entries);
    pg_add_blob(values, &chain);
}

int32_t pg_guess_head(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values = {0};
    add_known_head(&values, store);
    const int32_t status = pg_queue_statement(store, PG_HEAD_IS, &values, error);
    store->seen = status == KC_OK;
    return status;
}

/* Takes for granted that nobody else has written, and sends that with the first statement, which saves asking. Reading
 * needs no transaction then: what is read is never older than the head. */
static int32_t begin_guessing(struct postgresql_store *store, bool writes, struct kc_error *error)
{
    struct pg_values values = {0};
    store->guessed = true;
    if (!writes)
        return KC_OK;
    add_known_head(&values, store);
    pg_add_number(&values, pg_schema_version());
    pg_add_text(&values, store->store.note);
    int32_t status = pg_queue(store, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", error);
    if (status == KC_OK)
        status = pg_queue_statement(store, PG_HEAD_LOCK, &values, error);
    store->head = store->known_head;
    store->first_entry = store->head.entries;
    store->writing = store->seen = status == KC_OK;
    return status;
}

/* It would most likely be right, and there is somebody to run the jobs again if it is not. */
static bool may_guess(struct postgresql_store *store)
{
    if (store->ask > 0)
        store->ask--;
    else if (store->store.together && store->known && !store->doubt.open && pg_is_connected(store))
        return PQconsumeInput(store->connection) == 1 && pg_is_connected(store); /* it did not close meanwhile */
    return false;
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
    bool found = false;
    int64_t version = 0;
    int32_t status = pg_run(store,
                            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
                            "SELECT version, entries, head, note FROM ledger FOR UPDATE",
                            &result, error);
    if (status == KC_OK && PQntuples(result) != 1)
        status = pg_damaged(store, "the table ledger", error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 0, 1, INT32_MAX, &version, error);
    if (status == KC_OK)
        status = pg_read_number(store, result, 0, 1, 0, INT64_MAX - 1, &store->head.entries, error);
    if (status == KC_OK)
        status = pg_read_bytes(store, result, 0, 2, store->head.chain, SEAL_SIZE, &found, error);
    if (status == KC_OK)
        status = store_check_note(&store->store, PQgetvalue(result, 0, 3), error);
    PQclear(result);
    if (status == KC_OK && version > pg_schema_version())
        status = error_set(error, KC_ERROR_LEDGER_NEWER, "ledger",
                           "ledger %s was migrated by a newer library; use that one here too", store->name);
    if (status == KC_OK && !found)
        status = pg_damaged(store, "the table ledger", error);
    if (status == KC_OK)
        see_head(store, &store->head);
    return status;
}

static void postgresql_rollback(struct store *base)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    pg_forget_rows(store);
    pg_forget_answers(store);
    drafts_drop_all(&store->drafts);
    if (store->guessed)
        base->retry = what_helps(store, KC_OK);
    if (pg_is_connected(store) && (store->queued > 0 || PQtransactionStatus(store->connection) != PQTRANS_IDLE))
        pg_run(store, "ROLLBACK", NULL, NULL);
    if (store->writing)
        pg_names_keep(&store->names, store->names.sure);
    store->guessed = false;
    store->writing = false;
    store->in_job = false;
    store->intent_count = store->entry_count = 0;
}

static void start_anew(struct postgresql_store *store)
{
    pg_forget_rows(store);
    pg_forget_answers(store);
    store->in_job = store->job_marked = store->job_writes = store->guessed = store->seen = false;
    store->intent_count = store->entry_count = 0;
    store->names.sure = store->names.count;
    store->sqlstate[0] = '\0';
}

static int32_t try_begin(struct postgresql_store *store, bool writes, struct kc_error *error)
{
    start_anew(store);
    const int32_t status = writes ? lock_ledger(store, error)
                                  : pg_run(store, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, error);
    if (status != KC_OK)
        postgresql_rollback(&store->store);
    store->first_entry = store->head.entries;
    store->writing = status == KC_OK && writes;
    return status;
}

/* ---- Commits of which nothing was heard ------------------------------------------------------------------------- */

/* Whether the transaction in doubt is in the journal. The ledger is locked: that transaction has ended. The digests
 * tell it from another one with that number, on a server that took over without it. */
static int32_t is_in_journal(struct postgresql_store *store, bool *committed, struct kc_error *error)
{
    const struct seal_entry *last = &store->doubt.last;
    struct arena arena = {0};
    struct pg_entry *found = NULL;
    const int32_t status = pg_get_entries(store, &last->number, 1, &arena, &found, error);
    *committed = status == KC_OK && found->entry.number == last->number &&
                 memcmp(found->entry.content, last->content, SEAL_CONTENT_SIZE) == 0 &&
                 memcmp(found->entry.link, last->link, SEAL_LINK_SIZE) == 0;
    arena_free(&arena);
    return status;
}

static void end_doubt(struct postgresql_store *store)
{
    free(store->doubt.intents);
    store->doubt = (struct postgresql_doubt){0};
}

/* Connects again and finds out. KC_OK or the failure to find out. */
static int32_t settle_doubt(struct postgresql_store *store, bool *committed, struct kc_error *error)
{
    const int64_t until = pg_now_ms() + POSTGRESQL_SETTLE_MS;
    int32_t status;
    do {
        const int64_t left = until - pg_now_ms();
        status = pg_reconnect(store, left > 0 ? left : 0, error);
        if (status == KC_OK)
            status = try_begin(store, true, error);
        if (status == KC_OK)
            status = is_in_journal(store, committed, error);
        postgresql_rollback(&store->store);
    } while ((status == KC_ERROR_LEDGER || status == KC_ERROR_LEDGER_BUSY) && pg_now_ms() < until);
    return status;
}

/* An earlier commit was reported as failed, as nobody could tell, and nothing was sent for its intents. If it did
 * happen after all, they end here; their idempotency keys stay used. */
static int32_t end_doubtful_intents(struct postgresql_store *store, struct kc_error *error)
{
    bool committed = false;
    int32_t status = is_in_journal(store, &committed, error);
    if (status == KC_OK && committed)
        feed_own(&store->feed, store->doubt.first, store->doubt.last.number, store->doubt.last.link);
    for (size_t i = 0; status == KC_OK && committed && i < store->doubt.count; i++) {
        struct arena arena = {0};
        struct record *records = NULL;
        size_t count = 0;
        const struct record_query query = {.find = RECORD_BY_ID, .id = store->doubt.intents[i]};
        status = pg_find(&store->store, &query, &arena, &records, &count, error);
        if (status == KC_OK && count == 1 && records[0].outcome == KC_OUTCOME_PENDING) {
            records[0].outcome = KC_OUTCOME_NOT_WRITTEN;
            records[0].status = KC_ERROR_LEDGER;
            records[0].key_state = records[0].kind ? KC_KEY_NOT_MADE : 0;
            records[0].error_message = "The ledger's server was lost while this was recorded; nothing was sent.";
            status = pg_finish(&store->store, &records[0], error);
        }
        arena_free(&arena);
    }
    return status;
}

static int32_t postgresql_commit(struct store *base, struct kc_error *error);

static int32_t clear_doubt(struct postgresql_store *store, struct kc_error *error)
{
    int32_t status = try_begin(store, true, error);
    if (status != KC_OK)
        return status;
    /* A commit of its own, which must not be in doubt itself for what it is about. */
    struct postgresql_doubt doubt = store->doubt;
    status = end_doubtful_intents(store, error);
    if (status != KC_OK) {
        postgresql_rollback(&store->store);
        return status;
    }
    store->doubt = (struct postgresql_doubt){0};
    status = postgresql_commit(&store->store, error);
    if (status == KC_OK) {
        free(doubt.intents);
        return KC_OK;
    }
    end_doubt(store);
    store->doubt = doubt;
    return status;
}

static int32_t postgresql_begin(struct store *base, bool writes, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    start_anew(store);
    if (may_guess(store))
        return begin_guessing(store, writes, error);
    const bool was_connected = pg_is_connected(store);
    int32_t status = pg_reconnect(store, POSTGRESQL_RECONNECT_MS, error);
    if (status == KC_OK && store->doubt.open)
        status = clear_doubt(store, error);
    if (status == KC_OK)
        status = try_begin(store, writes, error);
    /* The connection was lost while nothing happened: that does no harm. */
    if ((status == KC_ERROR_LEDGER || status == KC_ERROR_LEDGER_READ_ONLY) && was_connected &&
        !pg_is_connected(store)) {
        status = pg_reconnect(store, POSTGRESQL_RECONNECT_MS, error);
        if (status == KC_OK)
            status = try_begin(store, writes, error);
    }
    return status;
}

static int32_t set_head(struct postgresql_store *store, struct kc_error *error)
{
    struct pg_values values = {0};
    const struct buf chain = {.data = store->head.chain, .length = SEAL_SIZE};
    pg_add_number(&values, store->head.entries);
    pg_add_blob(&values, &chain);
    return pg_queue_statement(store, PG_HEAD_SET, &values, error);
}

/* The connection broke while the server committed. */
static int32_t commit_unheard(struct postgresql_store *store, const struct seal_entry *last, struct kc_error *error)
{
    bool committed = false;
    store->doubt.open = true;
    store->doubt.first = store->first_entry + 1;
    store->doubt.last = *last;
    store->doubt.intents = store->intents;
    store->doubt.count = store->intent_count;
    store->intents = NULL;
    store->intent_count = store->intent_capacity = 0;
    const int32_t status = settle_doubt(store, &committed, error);
    if (status != KC_OK)
        return status; /* begin() looks again */
    end_doubt(store);
    return committed
               ? KC_OK
               : error_set(error, KC_ERROR_LEDGER, "ledger",
                           "ledger %s: the server was lost before it had recorded anything; try again", store->name);
}

/* The server has committed, or nothing stays; KC_OK or why. */
static int32_t end_transaction(struct postgresql_store *store, bool journaled, struct kc_error *error)
{
    PGresult *result = NULL;
    int32_t status = pg_send_rows(store, error);
    if (status == KC_OK && journaled)
        status = pg_write_journal(store, error);
    if (status == KC_OK && journaled)
        status = set_head(store, error);
    if (status == KC_OK)
        status = pg_run_queued(store, "COMMIT", &result, error);
    /* A transaction that had failed before is taken back by COMMIT, which is no error to the server. */
    if (status == KC_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = error_set(error, KC_ERROR_LEDGER, "ledger", "ledger %s: a failure ended the transaction; try again",
                           store->name);
    PQclear(result);
    return status;
}

static int32_t postgresql_commit(struct store *base, struct kc_error *error)
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
        status = commit_unheard(store, &last, error);
        store->guessed = guessed;
    }
    if (status == KC_OK && journaled) {
        feed_own(&store->feed, first, head.entries, head.chain);
        store->known_head = head;
    }
    store->intent_count = store->entry_count = 0;
    if (status != KC_OK) {
        const enum store_retry retry = store->doubt.open ? STORE_RETRY_NOT : what_helps(store, status);
        postgresql_rollback(base);
        base->retry = retry;
    }
    store->guessed = store->writing = false;
    return status;
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static int32_t postgresql_instance_enter(struct store *base, uint64_t instance, struct kc_error *error)
{
    struct postgresql_store *store = (struct postgresql_store *)base;
    struct pg_values values = {0};
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
    struct pg_values values = {0};
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
    drafts_free(&store->drafts);
    pg_forget_uri(store);
    end_doubt(store);
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
    .commit = postgresql_commit,
    .rollback = postgresql_rollback,
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
    .forget = pg_forget,
    .forget_record = pg_forget_record,
    .check = pg_check,
    .get_note = pg_get_note,
    .set_note = pg_set_note,
    .get_head = pg_get_head,
    .read_entries = pg_read_entries,
    .write_entry = pg_write_entry,
    .enter_again = pg_enter_again,
    .list_places = pg_list_places,
    .watch = pg_watch,
    .watch_fd = pg_watch_fd,
    .changes = pg_changes,
    .instance_enter = postgresql_instance_enter,
    .instance_alive = postgresql_instance_alive,
};
