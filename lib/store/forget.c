/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forgetting guests, as the durable stores do it. */
#include "store/forget.h"

#include "store/record.h"

int32_t forget_guest(struct store *store, struct record *record, struct seal *seal, struct kc_error *error)
{
    if (seal->has_salt) {
        int32_t status = seal_guest_data(store, record, seal->salt, seal->sealed, error);
        if (status != KC_OK)
            return status;
        seal->has_sealed = true;
        seal->has_salt = seal->has_digest = false;
    }
    record_erase_guest(record);
    return KC_OK;
}

int32_t forget_booking(struct store *store, const char *site, const char *booking, struct kc_error *error)
{
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const struct record_query query = {.find = RECORD_BY_BOOKING, .site = site, .value = booking};
    int32_t status = booking && booking[0] ? store->table->find(store, &query, &arena, &records, &count, error) : KC_OK;
    for (size_t i = count; status == KC_OK && i-- > 0;) {
        if (!records[i].forgotten || seal_has_guest_data(&records[i]))
            status = store->table->forget_record(store, &records[i].id, error);
    }
    arena_free(&arena);
    return status;
}
