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

/* What an outcome adds stands beside the texts that were there, whichever goes first; forgetting takes both. */
static void outcome_leaves_what_was_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_full_record();
    const struct strings serials = record.serials;
    struct arena kept = {0}, later = {0};
    struct record *found = NULL, *written = NULL;
    size_t count = 0;
    record.serials = (struct strings){0};
    record.error_message = record.vendor_code = record.vendor_text = "";
    record.outcome = KC_OUTCOME_PENDING;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    const struct record_query query = {.find = RECORD_BY_ID, .id = record.id};
    fixture_begin(fixture);
    assert_int_equal(fixture->table->find(fixture->store, &query, &kept, &found, &count, &fixture->error), KC_OK);
    fixture_end(fixture, KC_OK);
    record.serials = serials;
    record.vendor_text = "done";
    record.outcome = KC_OUTCOME_WRITTEN;
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    assert_int_equal(found->serials.count, 0);
    assert_string_equal(found->vendor_text, "");
    fixture_begin(fixture);
    assert_int_equal(fixture->table->find(fixture->store, &query, &later, &written, &count, &fixture->error), KC_OK);
    fixture_end(fixture, KC_OK);
    arena_free(&kept);
    assert_string_equal(written->guest, record.guest);
    assert_string_equal(written->vendor_text, "done");
    assert_int_equal(written->serials.count, serials.count);
    assert_int_equal(fixture_forget(fixture, record.site, record.booking), KC_OK);
    const struct record *now = fixture_get(fixture, &record);
    assert_int_equal(now->serials.count, 0);
    assert_string_equal(now->guest, "");
    assert_string_equal(now->vendor_text, "done");
    assert_string_equal(written->guest, record.guest);
    arena_free(&later);
}

/* Nothing of it leads to the memory of what was copied, not even a text that is empty. */
static void a_copy_stands_by_itself(void **state)
{
    struct store_fixture *fixture = *state;
    char nothing[] = "";
    struct record record = fixture_record(1), copy;
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        record_set_text(&record, i, nothing);
    assert_int_equal(record_copy(&fixture->arena, &record, &copy), 0);
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        assert_ptr_not_equal(record_text(&copy, i), nothing);
        assert_string_equal(record_text(&copy, i), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(a_copy_stands_by_itself, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(found_stays_as_it_was, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(outcome_leaves_what_was_found, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
