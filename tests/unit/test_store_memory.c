/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger in memory lends what it finds: it stays as it was, whatever is written afterwards. */
#include "store_fixture.h"

#include "store/record.h"

static void found_stays_as_it_was(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_full_record();
    struct arena kept = {0};
    struct record *found = NULL;
    size_t count = 0;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    const struct record_query query = {.find = RECORD_BY_ID, .id = record.id};
    fixture_begin(fixture);
    assert_int_equal(fixture->table->find(fixture->store, &query, &kept, &found, &count, &fixture->error), KC_OK);
    fixture_end(fixture, KC_OK);
    assert_int_equal(count, 1);
    struct record before = {0};
    assert_int_equal(record_copy(&fixture->arena, found, &before), 0);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(fixture_forget(fixture, record.site, record.booking), KC_OK);
    const struct record *now = fixture_get(fixture, &record);
    assert_int_equal(now->key_state, KC_KEY_VOIDED);
    assert_string_equal(now->guest, "");
    fixture_close(fixture);
    assert_same_record(found, &before);
    arena_free(&kept);
    fixture_open(fixture); /* for the teardown */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(found_stays_as_it_was, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
