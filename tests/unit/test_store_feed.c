/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The change feed of a store, as the worker uses it: it sleeps at the store's descriptor after each look that found
 * nothing. What the contexts make of it: tests/core/test_feed.c */
#include "store_fixture.h"

#include <poll.h>

#define PATIENCE_MS 20000

/* A look ends with a rollback; this one lets the other station write just before. */
struct meanwhile {
    struct store_table table; /* of the store that looks */
    const struct store_table *real;
    struct store_fixture *other;
    struct record record;
    bool due;
};

static struct meanwhile meanwhile;

static void write_then_rollback(struct store *store)
{
    if (meanwhile.due) {
        meanwhile.due = false;
        assert_int_equal(fixture_insert(meanwhile.other, &meanwhile.record), KC_OK);
    }
    meanwhile.real->rollback(store);
}

/* Looks, sleeps and looks again until something comes. */
static void expect_change(struct store *store, const struct record *expected)
{
    struct arena arena = {0};
    struct kc_error error = {0};
    struct store_change *changes = NULL;
    size_t count = 0;
    bool anew = false;
    for (;;) {
        assert_int_equal(store->table->changes(store, &arena, &changes, &count, &anew, &error), KC_OK);
        if (count > 0)
            break;
        struct pollfd told = {.fd = store->table->watch_fd(store), .events = POLLIN};
        if (told.fd >= 0) /* else it is to be asked now and then */
            assert_int_equal(poll(&told, 1, PATIENCE_MS), 1);
    }
    assert_false(anew);
    assert_int_equal(count, 1);
    assert_memory_equal(&changes[0].record.id, &expected->id, sizeof(expected->id));
    arena_free(&arena);
}

static void what_comes_during_a_look_is_told(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_fixture other = *fixture;
    struct store *watcher = fixture->store;
    const struct record before = fixture_record(1);
    assert_int_equal(fixture_open_another(fixture, &other.store), KC_OK);
    assert_int_equal(watcher->table->watch(watcher, true, &fixture->error), KC_OK);
    meanwhile = (struct meanwhile){.table = *watcher->table, .real = watcher->table, .other = &other, .due = true};
    meanwhile.table.rollback = write_then_rollback;
    meanwhile.record = fixture_record(2);
    watcher->table = &meanwhile.table;
    if (watcher->table->watch_fd(watcher) < 0) { /* it reads only after a change */
        assert_int_equal(fixture_insert(&other, &before), KC_OK);
        expect_change(watcher, &before);
    }
    expect_change(watcher, &meanwhile.record);
    watcher->table = meanwhile.real;
    store_close(other.store);
}

/* More than are told of at once, and what was told of last does not end a row of the journal. */
static void many_of_one_commit_are_told(void **state)
{
    enum { MANY = STORE_CHANGES_MOST + 44, ALL = MANY + 1 };
    struct store_fixture *fixture = *state;
    struct store_fixture other = *fixture;
    struct store *watcher = fixture->store;
    size_t told = 0;
    assert_int_equal(fixture_open_another(fixture, &other.store), KC_OK);
    assert_int_equal(watcher->table->watch(watcher, true, &fixture->error), KC_OK);
    const struct record first = fixture_record(0);
    assert_int_equal(fixture_insert(&other, &first), KC_OK);
    assert_int_equal(other.table->begin(other.store, true, &other.error), KC_OK);
    for (uint32_t i = 1; i < ALL; i++) {
        const struct record record = fixture_record(i);
        assert_int_equal(other.table->insert(other.store, &record, &other.error), KC_OK);
    }
    assert_int_equal(other.table->commit(other.store, &other.error), KC_OK);
    while (told < ALL) {
        struct arena arena = {0};
        struct store_change *changes = NULL;
        size_t count = 0;
        bool anew = false;
        assert_int_equal(watcher->table->changes(watcher, &arena, &changes, &count, &anew, &fixture->error), KC_OK);
        assert_false(anew);
        assert_true(count <= STORE_CHANGES_MOST && told + count <= ALL);
        for (size_t i = 0; i < count; i++, told++) {
            const struct record record = fixture_record((uint32_t)told);
            assert_int_equal(changes[i].entry, told + 1);
            assert_memory_equal(&changes[i].record.id, &record.id, sizeof(record.id));
        }
        arena_free(&arena);
        struct pollfd more = {.fd = watcher->table->watch_fd(watcher), .events = POLLIN};
        if (count == 0 && more.fd >= 0)
            assert_int_equal(poll(&more, 1, PATIENCE_MS), 1);
        assert_true(count > 0 || more.fd >= 0);
    }
    store_close(other.store);
}

/* SQLite, or, if it is named, PostgreSQL. */
int main(int count, char **arguments)
{
    const char *scheme = count > 1 ? arguments[1] : "sqlite";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(what_comes_during_a_look_is_told, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t)scheme),
        cmocka_unit_test_prestate_setup_teardown(many_of_one_commit_are_told, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t)scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
