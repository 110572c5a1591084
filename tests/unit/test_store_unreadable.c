/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single operations of a ledger file that cannot be read: who is told of them, who is not held up, and how they come
 * back. */
#include <stdio.h>
#include <stdlib.h>

#include "file_fixture.h"
#include "forge_values.h"

/* Looks for everything of the second operation, and of the others. */
static void assert_found(struct store_fixture *fixture, int32_t second, int32_t others)
{
    assert_int_equal(file_find_value(fixture, RECORD_BY_BOOKING, "Hotel", "B2"), second);
    assert_int_equal(file_find_value(fixture, RECORD_BY_ROOM, "Hotel", "102"), second);
    assert_int_equal(file_find_value(fixture, RECORD_BY_IDEMPOTENCY, "Hotel", "k2"), second);
    assert_int_equal(file_find_id(fixture, 2), second);
    assert_int_equal(file_find_value(fixture, RECORD_BY_BOOKING, "Hotel", "B1"), others);
    assert_int_equal(file_find_value(fixture, RECORD_BY_ROOM, "Hotel", "103"), others);
    assert_int_equal(file_find_value(fixture, RECORD_BY_IDEMPOTENCY, "Hotel", "k3"), others);
    assert_int_equal(file_find_id(fixture, 1), KC_OK);
    assert_int_equal(file_find_value(fixture, RECORD_BY_BOOKING, "Other", "B1"), KC_OK);
}

/* What it is looked up by can still be read: it fails those who look for it, and everything else goes on. */
static void a_damaged_record_fails_its_own_lookups(void **state)
{
    static const forge_change unreadable[] = {forge_bad_guest,      forge_half_a_pair,     forge_too_long,
                                              forge_too_many_areas, forge_too_many_copies, forge_low_status};
    struct store_fixture *fixture = *state;
    struct record next = fixture_record(4);
    size_t size = 0;
    file_insert_three(fixture);
    fixture_close(fixture);
    uint8_t *good = file_read(fixture->path, &size);
    for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++) {
        file_write(fixture->path, good, size);
        forge(fixture->table, fixture->path, "Hotel", "B2", NULL, unreadable[i]);
        fixture_open(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_OK);
        assert_int_equal(fixture_insert(fixture, &next), KC_OK);
        fixture_tidy(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_OK);
        fixture_close(fixture);
    }
    free(good);
}

/* What it is looked up by is not known: it may be what anyone on its site looks for, also after everything else was
 * tidied up. */
static void an_unreadable_record_is_not_overlooked(void **state)
{
    static const char *const damages[] = {
        "UPDATE operation SET packed = x'' WHERE id = 2",
        "UPDATE operation SET packed = CAST(substr(packed, 1, length(packed) - 1) AS BLOB) WHERE id = 2",
        "UPDATE operation SET packed = CAST(x'63' || substr(packed, 2) AS BLOB) WHERE id = 2",
    };
    struct store_fixture *fixture = *state;
    size_t size = 0;
    file_insert_three(fixture);
    fixture_close(fixture);
    uint8_t *good = file_read(fixture->path, &size);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        file_write(fixture->path, good, size);
        file_sql(fixture->path, damages[i]);
        fixture_open(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_ERROR_LEDGER_DAMAGED);
        fixture_tidy(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_ERROR_LEDGER_DAMAGED);
        fixture_close(fixture);
    }
    free(good);
}

/* Fails unless the condition holds in the closed file. */
static void assert_in_file(const struct store_fixture *fixture, const char *condition)
{
    char sql[200];
    snprintf(sql, sizeof(sql), "INSERT INTO chain (one) SELECT 1 WHERE (%s) IS NOT TRUE", condition);
    file_sql(fixture->path, sql);
}

/* Others are not held up by it: they go into the tables, and it is found again by the next program. */
static void an_unreadable_record_holds_nobody_up(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record_query all = {.find = RECORD_ALL, .site = "Hotel", .limit = 1};
    struct record next = fixture_record(4);
    file_insert_three(fixture);
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE TABLE kept AS SELECT packed FROM operation WHERE id = 2;"
                            "UPDATE operation SET packed = x'' WHERE id = 2");
    for (int i = 0; i < 3; i++) {
        fixture_open(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_ERROR_LEDGER_DAMAGED);
        if (i == 1)
            assert_int_equal(fixture_insert(fixture, &next), KC_OK);
        fixture_tidy(fixture);
        assert_found(fixture, KC_ERROR_LEDGER_DAMAGED, KC_ERROR_LEDGER_DAMAGED);
        assert_int_equal(fixture_find(fixture, &all), KC_OK); /* it is older than what was asked for */
        fixture_close(fixture);
        assert_in_file(fixture, i == 0 ? "(SELECT indexed FROM chain) = 3" : "(SELECT indexed FROM chain) = 4");
        assert_in_file(fixture, "(SELECT group_concat(operation) FROM unreadable) = '2'");
    }
    file_sql(fixture->path, "UPDATE operation SET packed = (SELECT packed FROM kept) WHERE id = 2; DROP TABLE kept");
    for (int i = 0; i < 2; i++) {
        fixture_open(fixture);
        assert_found(fixture, KC_OK, KC_OK);
        fixture_tidy(fixture);
        assert_found(fixture, KC_OK, KC_OK);
        fixture_close(fixture);
    }
    assert_in_file(fixture, "(SELECT count(*) FROM unreadable) = 0");
    fixture_open(fixture);
}

/* It is found as the others are, once, and changed as they are, also before it stands in the tables. */
static void a_repaired_record_is_like_others(void **state)
{
    static const char *const moved[] = {"104"};
    const struct strings rooms = {moved, 1};
    const struct record_query open = {.find = RECORD_OPEN, .site = "Hotel"};
    const struct record_query all = {.find = RECORD_ALL, .site = "Hotel"};
    struct store_fixture *fixture = *state;
    struct record second = fixture_record(2);
    file_insert_three(fixture);
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE TABLE kept AS SELECT site, packed FROM operation WHERE id = 2;"
                            "UPDATE operation SET site = 99, packed = x'' WHERE id = 2");
    fixture_open(fixture);
    assert_int_equal(file_find_value(fixture, RECORD_BY_BOOKING, "Hotel", "B2"), KC_ERROR_LEDGER_DAMAGED);
    fixture_tidy(fixture);
    fixture_close(fixture);
    assert_in_file(fixture, "(SELECT group_concat(operation) FROM unreadable) = '2'");
    file_sql(fixture->path, "UPDATE operation SET (site, packed) = (SELECT site, packed FROM kept) WHERE id = 2;"
                            "DROP TABLE kept");
    fixture_open(fixture);
    assert_int_equal(fixture_count(fixture, open), 3);
    assert_int_equal(fixture_count(fixture, all), 3);
    second.outcome = KC_OUTCOME_WRITTEN;
    second.key_state = KC_KEY_ACTIVE;
    assert_int_equal(fixture_finish(fixture, &second), KC_OK);
    assert_int_equal(fixture_count(fixture, open), 2);
    assert_in_room(fixture, "102", 1, 1);
    assert_int_equal(fixture_set_stay(fixture, &second.id, &rooms, 0), KC_OK);
    assert_in_room(fixture, "102", 0, 0);
    assert_in_room(fixture, "104", 1, 1);
    assert_int_equal(fixture_set_key_state(fixture, &second.id, KC_KEY_VOIDED, false), KC_OK);
    for (int i = 0; i < 2; i++) {
        assert_in_room(fixture, "104", 1, 0);
        assert_int_equal(fixture_count(fixture, open), 2);
        assert_int_equal(fixture_count(fixture, all), 3);
        fixture_tidy(fixture);
    }
    fixture_close(fixture);
    assert_in_file(fixture, "(SELECT count(*) FROM unreadable) = 0");
    assert_in_file(fixture, "(SELECT group_concat(operation) FROM unsettled WHERE operation = 2) IS NULL");
    assert_in_file(fixture, "(SELECT count(*) FROM operation_room WHERE operation = 2 AND active = 0) = 1");
    fixture_open(fixture);
}

/* Page by page, each begins after the last one of the page before. */
static void assert_pages(struct store_fixture *fixture, struct record_query query, uint32_t page, uint32_t newest)
{
    uint32_t next = newest;
    query.limit = page;
    query.after = (struct uuid){0};
    for (bool more = true; more;) {
        assert_int_equal(fixture_find(fixture, &query), KC_OK);
        more = fixture->count > 0;
        for (size_t i = 0; i < fixture->count; i++) {
            const struct record expected = fixture_record(next--);
            assert_true(uuid_equal(&fixture->records[i].id, &expected.id));
            query.after = expected.id;
        }
    }
    assert_int_equal(next, 0);
}

/* Older than what stands in the tables, it stands in its place all the same, until it is there, too. */
static void a_repaired_record_comes_once_in_its_place(void **state)
{
    static const struct record_query queries[] = {{.find = RECORD_ALL, .site = "Hotel"},
                                                  {.find = RECORD_ALL},
                                                  {.find = RECORD_OPEN, .site = "Hotel"},
                                                  {.find = RECORD_OPEN},
                                                  {.find = RECORD_BY_BOOKING, .site = "Hotel", .value = "B1"},
                                                  {.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101"}};
    struct store_fixture *fixture = *state;
    for (uint32_t i = 1; i <= 5; i++) {
        const struct record record = fixture_record(i);
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    }
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE TABLE kept AS SELECT id, packed FROM operation WHERE id IN (2, 4);"
                            "UPDATE operation SET packed = x'' WHERE id IN (2, 4)");
    fixture_open(fixture);
    assert_int_equal(file_find_value(fixture, RECORD_BY_BOOKING, "Hotel", "B1"), KC_ERROR_LEDGER_DAMAGED);
    fixture_tidy(fixture);
    fixture_close(fixture);
    assert_in_file(fixture, "(SELECT group_concat(operation) FROM unreadable) = '2,4'");
    file_sql(fixture->path, "UPDATE operation SET packed = (SELECT packed FROM kept WHERE kept.id = operation.id) "
                            "WHERE id IN (2, 4); DROP TABLE kept");
    fixture_open(fixture);
    const struct record next = fixture_record(6);
    assert_int_equal(fixture_insert(fixture, &next), KC_OK);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
            for (uint32_t page = 1; page <= 7; page++)
                assert_pages(fixture, queries[i], page, 6);
        fixture_tidy(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_damaged_record_fails_its_own_lookups),    FILE_TEST(an_unreadable_record_is_not_overlooked),
        FILE_TEST(an_unreadable_record_holds_nobody_up),      FILE_TEST(a_repaired_record_is_like_others),
        FILE_TEST(a_repaired_record_comes_once_in_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
