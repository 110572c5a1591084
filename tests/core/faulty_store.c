/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See faulty_store.h. */
#include "faulty_store.h"

#include <keycard/keycard.h>
#include <stdlib.h>
#include <time.h>

struct faulty_store {
    struct store base;
    struct store *inner;
    struct store_watch *watch;
    bool writes; /* the transaction that is open */
};

static struct faulty_store *faulty(struct store *store)
{
    return (struct faulty_store *)(void *)store;
}

#define INNER(store)           faulty(store)->inner
#define CALL(store, slot, ...) INNER(store)->table->slot(INNER(store), __VA_ARGS__)

static int32_t fails(atomic_int *fault, struct kc_error *error)
{
    int status = atomic_load(fault);
    return status ? error_set(error, status, "ledger", "The test wants this: %s", kc_status_text(status)) : KC_OK;
}

static void close_store(struct store *store)
{
    INNER(store)->table->close(INNER(store));
    free(store);
}

static int32_t begin(struct store *store, bool writes, struct kc_error *error)
{
    faulty(store)->writes = writes;
    return CALL(store, begin, writes, error);
}

static int32_t commit(struct store *store, struct kc_error *error)
{
    struct store_watch *watch = faulty(store)->watch;
    while (faulty(store)->writes && atomic_load(&watch->hold)) {
        atomic_store(&watch->holding, true);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    atomic_store(&watch->holding, false);
    int32_t status = faulty(store)->writes ? fails(&watch->commit_fails, error) : KC_OK;
    if (status != KC_OK) {
        INNER(store)->table->rollback(INNER(store));
        return status;
    }
    status = CALL(store, commit, error);
    if (status == KC_OK && faulty(store)->writes)
        atomic_fetch_add(&watch->commits, 1);
    return status;
}

static void rollback(struct store *store)
{
    INNER(store)->table->rollback(INNER(store));
}

static int32_t job_begin(struct store *store, struct kc_error *error)
{
    return CALL(store, job_begin, error);
}

static int32_t job_end(struct store *store, bool keep, struct kc_error *error)
{
    return CALL(store, job_end, keep, error);
}

static int32_t find(struct store *store, const struct record_query *query, struct arena *arena, struct record **records,
                    size_t *count, struct kc_error *error)
{
    int32_t status = fails(&faulty(store)->watch->find_fails, error);
    return status == KC_OK ? CALL(store, find, query, arena, records, count, error) : status;
}

static int32_t insert(struct store *store, const struct record *record, struct kc_error *error)
{
    int32_t status = fails(&faulty(store)->watch->insert_fails, error);
    if (status == KC_OK)
        status = CALL(store, insert, record, error);
    if (status == KC_OK)
        atomic_fetch_add(&faulty(store)->watch->inserts, 1);
    return status;
}

static int32_t finish(struct store *store, const struct record *record, struct kc_error *error)
{
    int32_t status = fails(&faulty(store)->watch->finish_fails, error);
    if (status == KC_OK)
        status = CALL(store, finish, record, error);
    if (status == KC_OK)
        atomic_fetch_add(&faulty(store)->watch->finishes, 1);
    return status;
}

static int32_t set_key_state(struct store *store, const struct uuid *id, int32_t key_state, bool unconfirmed,
                             struct kc_error *error)
{
    return CALL(store, set_key_state, id, key_state, unconfirmed, error);
}

static int32_t set_stay(struct store *store, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                        struct kc_error *error)
{
    return CALL(store, set_stay, id, rooms, until_utc, error);
}

static int32_t get_station(struct store *store, const char *site, const char *station, struct arena *arena,
                           struct station_record *out, struct kc_error *error)
{
    return CALL(store, get_station, site, station, arena, out, error);
}

static int32_t set_station(struct store *store, const char *site, const char *station,
                           const struct station_record *record, struct kc_error *error)
{
    return CALL(store, set_station, site, station, record, error);
}

static int32_t list_encoders(struct store *store, const char *site, struct arena *arena,
                             struct encoder_record **records, size_t *count, struct kc_error *error)
{
    return CALL(store, list_encoders, site, arena, records, count, error);
}

static int32_t set_encoder(struct store *store, const char *site, const struct encoder_record *record,
                           struct kc_error *error)
{
    return CALL(store, set_encoder, site, record, error);
}

static int32_t forget(struct store *store, const char *site, const char *booking, struct kc_error *error)
{
    return CALL(store, forget, site, booking, error);
}

static int32_t instance_enter(struct store *store, uint64_t instance, struct kc_error *error)
{
    return CALL(store, instance_enter, instance, error);
}

static bool instance_alive(struct store *store, uint64_t instance)
{
    return INNER(store)->table->instance_alive(INNER(store), instance);
}

static const struct store_table faulty_table = {
    .scheme = "faulty",
    .inline_jobs = false,
    .open = NULL,
    .close = close_store,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .job_begin = job_begin,
    .job_end = job_end,
    .find = find,
    .insert = insert,
    .finish = finish,
    .set_key_state = set_key_state,
    .set_stay = set_stay,
    .get_station = get_station,
    .set_station = set_station,
    .list_encoders = list_encoders,
    .set_encoder = set_encoder,
    .forget = forget,
    .instance_enter = instance_enter,
    .instance_alive = instance_alive,
};

struct store *faulty_store_new(struct store_watch *watch)
{
    struct kc_error error = {0};
    const struct store_table *memory = store_find("memory");
    struct faulty_store *store = calloc(1, sizeof(*store));
    if (!store || !memory || memory->open("", &store->inner, &error) != KC_OK) {
        free(store);
        return NULL;
    }
    store->watch = watch;
    store->base.table = &faulty_table;
    return &store->base;
}
