/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy holds little of a ledger in memory, however large somebody made its rows. */
#include <stdio.h>
#include <string.h>

#include "store/copy.h"
#include "store/seal.h"
#include "store/vault.h"
#include "store_fixture.h"

enum { RECORDS = 300, TEXT = 3000, AREAS = 20, STEP = 8 << 20 };

static struct store *open_ledger(const char *uri)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    if (store_open(uri, &store, &error) != KC_OK || vault_attach(store, NULL, &error) != KC_OK)
        fail_msg("%s: %d %s", uri, error.code, error.message);
    return store;
}

/* As large as the texts and lists of a record may be, or nearly so. */
static void write_large(struct store *store)
{
    struct kc_error error = {0};
    char text[TEXT + 1];
    const char *areas[AREAS];
    memset(text, 'x', TEXT);
    text[TEXT] = '\0';
    for (size_t i = 0; i < AREAS; i++)
        areas[i] = text;
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct record record = fixture_record(i);
        record.areas = (struct strings){areas, AREAS};
        assert_int_equal(store->table->begin(store, true, &error), KC_OK);
        if (vault_insert(store, &record, &error) != KC_OK)
            fail_msg("%d %s", error.code, error.message);
        assert_int_equal(store->table->commit(store, &error), KC_OK);
    }
}

static int64_t entries_of(struct store *store)
{
    struct kc_error error = {0};
    struct store_check check = {0};
    while (!check.done && !check.fault) {
        assert_int_equal(store->table->begin(store, false, &error), KC_OK);
        assert_int_equal(store->table->check(store, &check, &error), KC_OK);
        store->table->rollback(store);
    }
    assert_null(check.fault);
    return check.entries;
}

static void a_step_is_of_so_many_bytes(void **state)
{
    struct store_fixture *fixture = *state;
    struct kc_error error = {0};
    char uri[200], target[220];
    snprintf(uri, sizeof(uri), "sqlite:%s", fixture->path);
    snprintf(target, sizeof(target), "sqlite:%s-target", fixture->path);
    fixture_close(fixture);
    struct store *from = open_ledger(uri);
    write_large(from);
    struct store_copy copy = {.uri = target};
    int32_t steps = 0;
    while (copy.step != COPY_DONE) {
        const int64_t before = copy.copied.entries;
        assert_int_equal(from->table->begin(from, false, &error), KC_OK);
        const int32_t status = store_copy_run(&copy, from, &error);
        from->table->rollback(from);
        if (status != KC_OK)
            fail_msg("%d %s", error.code, error.message);
        assert_true((copy.copied.entries - before) * TEXT * AREAS <= STEP);
        steps += copy.copied.entries > before;
    }
    assert_true(steps > 1);
    struct store *to = open_ledger(target);
    assert_int_equal(entries_of(to), entries_of(from));
    assert_int_equal(entries_of(to), RECORDS);
    store_close(to);
    store_close(from);
}

static int setup(void **state)
{
    *state = (void *)(uintptr_t) "sqlite";
    return fixture_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_step_is_of_so_many_bytes, setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
