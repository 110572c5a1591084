/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger that keeps nothing ("none:"), for measurements. */
#include <stdatomic.h>
#include <stdlib.h>

#include <keycard/keycard.h>

#include "store/tables.h"

struct none_store {
    struct store store;
    atomic_bool entered;
    _Atomic uint64_t own;
};

static int32_t none_open(const char *path, struct store **store, struct kc_error *error)
{
    if (path && path[0] != '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "ledger", "nothing may follow \"none:\"");
    struct none_store *none = calloc(1, sizeof(*none));
    if (!none)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "out of memory");
    none->store.table = &none_table;
    *store = &none->store;
    return KC_OK;
}

static void none_close(struct store *store)
{
    free(store);
}

static int32_t none_begin(struct store *store, bool writes, struct kc_error *error)
{
    (void)store, (void)writes, (void)error;
    return KC_OK;
}

static int32_t none_commit(struct store *store, struct kc_error *error)
{
    (void)store, (void)error;
    return KC_OK;
}

static void none_rollback(struct store *store)
{
    (void)store;
}

static int32_t none_job_begin(struct store *store, struct kc_error *error)
{
    (void)store, (void)error;
    return KC_OK;
}

static int32_t none_job_end(struct store *store, bool keep, struct kc_error *error)
{
    (void)store, (void)keep, (void)error;
    return KC_OK;
}

static int32_t none_find(struct store *store, const struct record_query *query, struct arena *arena,
                         struct record **records, size_t *count, struct kc_error *error)
{
    (void)store, (void)query, (void)arena, (void)error;
    *records = NULL;
    *count = 0;
    return KC_OK;
}

static int32_t none_record(struct store *store, const struct record *record, struct kc_error *error)
{
    (void)store, (void)record, (void)error;
    return KC_OK;
}

static int32_t none_set_key_state(struct store *store, const struct uuid *id, int32_t key_state, bool unconfirmed,
                                  struct kc_error *error)
{
    (void)store, (void)id, (void)key_state, (void)unconfirmed, (void)error;
    return KC_OK;
}

static int32_t none_set_stay(struct store *store, const struct uuid *id, const struct strings *rooms, int64_t until_utc,
                             struct kc_error *error)
{
    (void)store, (void)id, (void)rooms, (void)until_utc, (void)error;
    return KC_OK;
}

static int32_t none_get_station(struct store *store, const char *site, const char *station, struct arena *arena,
                                struct station_record *out, struct kc_error *error)
{
    (void)store, (void)site, (void)station, (void)arena, (void)out;
    return error_set(error, KC_ERROR_NOT_FOUND, "station", "there is no ledger, so no station is remembered");
}

static int32_t none_set_station(struct store *store, const char *site, const char *station,
                                const struct station_record *record, struct kc_error *error)
{
    (void)store, (void)site, (void)station, (void)record, (void)error;
    return KC_OK;
}

static int32_t none_list_encoders(struct store *store, const char *site, struct arena *arena,
                                  struct encoder_record **records, size_t *count, struct kc_error *error)
{
    (void)store, (void)site, (void)arena, (void)error;
    *records = NULL;
    *count = 0;
    return KC_OK;
}

static int32_t none_set_encoder(struct store *store, const char *site, const struct encoder_record *record,
                                struct kc_error *error)
{
    (void)store, (void)site, (void)record, (void)error;
    return KC_OK;
}

static int32_t none_forget(struct store *store, const char *site, const char *booking, struct kc_error *error)
{
    (void)store, (void)site, (void)booking, (void)error;
    return KC_OK;
}

static int32_t none_forget_record(struct store *store, const struct uuid *id, struct kc_error *error)
{
    (void)store, (void)id, (void)error;
    return KC_OK;
}

static int32_t none_instance_enter(struct store *store, uint64_t instance, struct kc_error *error)
{
    struct none_store *none = (struct none_store *)store;
    (void)error;
    atomic_store(&none->own, instance);
    atomic_store(&none->entered, true);
    return KC_OK;
}

static bool none_instance_alive(struct store *store, uint64_t instance)
{
    struct none_store *none = (struct none_store *)store;
    return atomic_load(&none->entered) && atomic_load(&none->own) == instance;
}

const struct store_table none_table = {
    .scheme = "none",
    .inline_jobs = true,
    .keeps_nothing = true,
    .open = none_open,
    .close = none_close,
    .begin = none_begin,
    .commit = none_commit,
    .rollback = none_rollback,
    .job_begin = none_job_begin,
    .job_end = none_job_end,
    .find = none_find,
    .insert = none_record,
    .finish = none_record,
    .set_key_state = none_set_key_state,
    .set_stay = none_set_stay,
    .get_station = none_get_station,
    .set_station = none_set_station,
    .list_encoders = none_list_encoders,
    .set_encoder = none_set_encoder,
    .forget = none_forget,
    .forget_record = none_forget_record,
    .instance_enter = none_instance_enter,
    .instance_alive = none_instance_alive,
};
