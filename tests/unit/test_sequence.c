/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By what a lock that nobody reaches knows the later key: with driver_profile.numbered no key of a room has the second
 * of an earlier one, whatever the clocks did. */
#include "store_fixture.h"

#include <string.h>

#include "ledger.h"
#include "store/marks.h"

enum { INSTANCE = 7 };

/* Records an intent as the core does, and its outcome: what it was dated. */
static int64_t issue_as(struct store_fixture *fixture, bool numbered, int32_t kind, int64_t created_ms,
                        struct strings rooms, int32_t key_state)
{
    static uint32_t number;
    struct ledger ledger = {.store = fixture->store, .instance = INSTANCE};
    struct ledger_lookup seen = {
        .site = "Hotel", .station = "", .booking = "", .idempotency_key = "", .rooms = rooms, .wants_keys = true};
    struct arena arena = {0};
    struct record record = fixture_record(++number);
    const struct uuid nobody = {{0}};
    record.id = fixture_id(FIXTURE_TIME, number);
    record.instance = INSTANCE;
    record.booking = "";
    record.idempotency_key = "";
    record.encoder = "";
    record.kind = kind;
    record.verb = kind == KC_KIND_ONE_SHOT    ? KC_VERB_ISSUE_ONE_SHOT
                  : kind == KC_KIND_DUPLICATE ? KC_VERB_ISSUE_DUPLICATE
                                              : KC_VERB_ISSUE_ORIGINAL;
    record.rooms = rooms;
    record.created_ms = created_ms;
    fixture_begin(fixture);
    int32_t status = ledger_lookup_job(&ledger, &seen, &arena, &fixture->error);
    if (status == KC_OK)
        status = ledger_intent_job(&ledger, &record, &nobody, &seen, numbered, &fixture->error);
    status = fixture_end(fixture, status);
    arena_free(&arena);
    assert_int_equal(status, KC_OK);
    arena_free(&fixture->store->running.arena); /* as the worker does after each transaction */
    fixture->store->running = (struct store_running){0};
    record.outcome = KC_OUTCOME_WRITTEN;
    record.key_state = key_state;
    record.finished_ms = record.created_ms + 1;
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    return record.created_ms;
}

static int64_t issue(struct store_fixture *fixture, int32_t kind, int64_t created_ms, struct strings rooms)
{
    return issue_as(fixture, true, kind, created_ms, rooms, KC_KEY_ACTIVE);
}

#define SECOND 1000
#define HOUR   (3600 * SECOND)

static void test_every_key_of_a_room_has_a_second_of_its_own(void **state)
{
    struct store_fixture *fixture = *state;
    const int64_t now = FIXTURE_TIME + 250;
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now, STRINGS("101")) == now);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now + 10, STRINGS("102")) == now + 10); /* another room */
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now + 20, STRINGS("101")) == FIXTURE_TIME + SECOND);
    assert_true(issue(fixture, KC_KIND_ONE_SHOT, now + 30, STRINGS("101")) == FIXTURE_TIME + 2 * SECOND);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now + 40, STRINGS("101")) == FIXTURE_TIME + 3 * SECOND);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now + HOUR, STRINGS("101")) == now + HOUR);
}

static void test_a_clock_that_went_back(void **state)
{
    struct store_fixture *fixture = *state;
    const int64_t now = FIXTURE_TIME + 999;
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now, STRINGS("101")) == now);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now - 24 * HOUR, STRINGS("101")) == FIXTURE_TIME + SECOND);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, now - 24 * HOUR, STRINGS("101")) == FIXTURE_TIME + 2 * SECOND);
}

static void test_keys_that_are_over_count_too(void **state)
{
    struct store_fixture *fixture = *state;
    static const int32_t states[] = {KC_KEY_VOIDED, KC_KEY_CHECKED_OUT, KC_KEY_UNRESOLVED, KC_KEY_BLOCKED};
    int64_t last = FIXTURE_TIME;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) { /* the lock has seen them */
        int64_t dated = issue_as(fixture, true, KC_KIND_ORIGINAL, FIXTURE_TIME, STRINGS("101"), states[i]);
        assert_true(i == 0 || dated == last + SECOND);
        last = dated;
    }
}

static void test_every_room_of_a_key_counts(void **state)
{
    struct store_fixture *fixture = *state;
    assert_true(issue(fixture, KC_KIND_ORIGINAL, FIXTURE_TIME, STRINGS("101", "102")) == FIXTURE_TIME);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, FIXTURE_TIME, STRINGS("102")) == FIXTURE_TIME + SECOND);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, FIXTURE_TIME, STRINGS("103", "102")) == FIXTURE_TIME + 2 * SECOND);
    assert_true(issue(fixture, KC_KIND_ORIGINAL, FIXTURE_TIME, STRINGS("103")) == FIXTURE_TIME + 3 * SECOND);
}

static void test_other_drivers_are_left_alone(void **state)
{
    struct store_fixture *fixture = *state;
    for (int64_t i = 0; i < 3; i++)
        assert_true(issue_as(fixture, false, KC_KIND_ORIGINAL, FIXTURE_TIME + i, STRINGS("101"), KC_KEY_ACTIVE) ==
                    FIXTURE_TIME + i);
}

/* What store_close() does besides. */
/* Two programs may have dated theirs alike: all agree all the same on which came first. */
static void test_one_of_two_is_the_earlier_one(void **state)
{
    (void)state;
    const struct record first = {.id = fixture_id(FIXTURE_TIME, 1), .created_ms = FIXTURE_TIME};
    const struct record second = {.id = fixture_id(FIXTURE_TIME, 2), .created_ms = FIXTURE_TIME};
    const struct record later = {.id = fixture_id(FIXTURE_TIME, 0), .created_ms = FIXTURE_TIME + 1};
    const struct record *const order[] = {&first, &second, &later};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(ledger_is_earlier(order[i], order[k]), i < k);
}

static int teardown(void **state)
{
    struct store_fixture *fixture = *state;
    marks_free(fixture->store->marks);
    fixture->store->marks = NULL;
    return fixture_teardown(state);
}

int main(void)
{
    static char memory[] = "memory", sqlite[] = "sqlite";
#define IN(store, test)                                                                                                \
    {                                                                                                                  \
#test " in " #store, test, fixture_setup, teardown, store                                                      \
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_two_is_the_earlier_one),
        IN(memory, test_every_key_of_a_room_has_a_second_of_its_own),
        IN(memory, test_a_clock_that_went_back),
        IN(memory, test_keys_that_are_over_count_too),
        IN(memory, test_every_room_of_a_key_counts),
        IN(memory, test_other_drivers_are_left_alone),
        IN(sqlite, test_every_key_of_a_room_has_a_second_of_its_own),
        IN(sqlite, test_a_clock_that_went_back),
        IN(sqlite, test_keys_that_are_over_count_too),
        IN(sqlite, test_every_room_of_a_key_counts),
        IN(sqlite, test_other_drivers_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
