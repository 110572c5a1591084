/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See store_pair.h. */
#include "store_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/vault.h"

static void make_fixture(const char *scheme, struct store_fixture **fixture, char uri[200])
{
    void *state = (void *)(uintptr_t)scheme;
    assert_int_equal(fixture_setup(&state), 0);
    *fixture = state;
    snprintf(uri, 200, "%s:%s", scheme, (*fixture)->path);
    fixture_close(*fixture);
}

int pair_setup(void **state)
{
    const char *const *schemes = *state;
    struct pair *pair = calloc(1, sizeof(*pair));
    assert_non_null(pair);
    make_fixture(schemes[0], &pair->from, pair->from_uri);
    make_fixture(schemes[1], &pair->to, pair->to_uri);
    pair->kills = strcmp(schemes[0], "sqlite") == 0 && strcmp(schemes[1], "sqlite") == 0 ? 25 : 8;
    *state = pair;
    return 0;
}

int pair_teardown(void **state)
{
    struct pair *pair = *state;
    void *from = pair->from;
    void *to = pair->to;
    fixture_teardown(&from);
    fixture_teardown(&to);
    free(pair);
    return 0;
}

struct store *pair_open(const char *uri, const uint8_t *key)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    if (store_open(uri, &store, &error) != KC_OK || vault_attach(store, key, &error) != KC_OK)
        fail_msg("%s: %d %s", uri, error.code, error.message);
    return store;
}

struct record pair_record(uint32_t number, char texts[4][40])
{
    struct record record = fixture_record(number);
    snprintf(texts[0], 40, "Guest number %u", number);
    snprintf(texts[1], 40, "B%u", number / 3);
    snprintf(texts[2], 40, "key-%u", number);
    snprintf(texts[3], 40, "%u", number % 40);
    record.guest = number % 4 ? texts[0] : "";
    record.booking = texts[1];
    record.idempotency_key = number % 5 ? texts[2] : "";
    record.fingerprint = number % 4 ? UINT64_C(0x1234567800000000) + number : UINT64_C(0x1234567800000000);
    return record;
}

void pair_write(struct store *store, uint32_t first, uint32_t count)
{
    static const char *const serials[] = {"04A1", "04B2"};
    struct kc_error error = {0};
    const struct station_record last = {"locks", "Desk 1"};
    const struct encoder_record encoder = {"locks", "Desk 1", KC_ENCODER_ONLINE, 12345};
    int32_t status = store->table->begin(store, true, &error);
    for (uint32_t i = first; status == KC_OK && i < first + count; i++) {
        char texts[4][40];
        struct record record = pair_record(i, texts);
        const char *const rooms[] = {texts[3], "annex"};
        record.rooms = (struct strings){rooms, i % 2 + 1};
        status = vault_insert(store, &record, &error);
        record.outcome = KC_OUTCOME_WRITTEN;
        record.key_state = KC_KEY_ACTIVE;
        record.serials = (struct strings){serials, i % 3};
        if (status == KC_OK && i % 7)
            status = vault_finish(store, &record, &error);
        if (status == KC_OK && i % 7 && i % 6 == 1)
            status = store->table->set_key_state(store, &record.id, KC_KEY_VOIDED, false, &error);
        if (status == KC_OK && i % 7 && i % 6 == 2)
            status = store->table->set_stay(store, &record.id, &(struct strings){rooms + 1, 1}, 12345, &error);
        if (status == KC_OK && i % 50 == 49)
            status = store->table->forget(store, record.site, record.booking, &error);
    }
    if (status == KC_OK)
        status = store->table->set_station(store, "Hotel", "desk-1", &last, &error);
    if (status == KC_OK)
        status = store->table->set_encoder(store, "Other", &encoder, &error);
    if (status == KC_OK)
        status = store->table->commit(store, &error);
    if (status != KC_OK)
        fail_msg("%d %s", status, error.message);
}

struct store_check pair_check(struct store *store)
{
    struct store_check check = {0};
    struct kc_error error = {0};
    while (!check.done) {
        assert_int_equal(store->table->begin(store, false, &error), KC_OK);
        assert_int_equal(store->table->check(store, &check, &error), KC_OK);
        store->table->rollback(store);
    }
    if (check.fault)
        fail_msg("entry %lld: %s", (long long)check.entry, check.fault);
    return check;
}

void assert_same_chain(const struct store_check *a, const struct store_check *b)
{
    assert_int_equal(a->entries, b->entries);
    assert_memory_equal(a->chain, b->chain, STORE_DIGEST_SIZE);
}
