/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What changes records: outcomes, stays, idempotency keys, forgetting. */
#include <string.h>

#include "store/record.h"
#include "store_fixture.h"

/* ---- Changing --------------------------------------------------------------------------------------------------- */

static void finishes_what_an_outcome_brings(void **state)
{
    struct store_fixture *fixture = *state;
    struct record intent = fixture_full_record();
    assert_int_equal(fixture_insert(fixture, &intent), KC_OK);
    struct record outcome = fixture_filled_record(99, "changed", (const char *const[]){"changed", "too"});
    outcome.id = intent.id;
    outcome.outcome = KC_OUTCOME_WRITTEN;
    outcome.status = KC_OK;
    outcome.key_state = KC_KEY_ACTIVE;
    outcome.finished_ms = FIXTURE_TIME + 1;
    outcome.forgotten = true;
    struct record expected = intent;
    expected.outcome = outcome.outcome;
    expected.status = outcome.status;
    expected.key_state = outcome.key_state;
    expected.unconfirmed = false;
    expected.finished_ms = outcome.finished_ms;
    expected.encoder = expected.error_message = expected.vendor_code = expected.vendor_text = "changed";
    expected.serials = outcome.serials;
    assert_int_equal(fixture_finish(fixture, &outcome), KC_OK);
    assert_same_record(fixture_get(fixture, &intent), &expected);
    /* And back to nothing. */
    outcome.encoder = outcome.error_message = outcome.vendor_code = outcome.vendor_text = "";
    outcome.serials = (struct strings){0};
    outcome.finished_ms = 0;
    outcome.key_state = 0;
    outcome.unconfirmed = true;
    expected.encoder = expected.error_message = expected.vendor_code = expected.vendor_text = "";
    expected.serials = outcome.serials;
    expected.finished_ms = 0;
    expected.key_state = 0;
    expected.unconfirmed = true;
    assert_int_equal(fixture_finish(fixture, &outcome), KC_OK);
    assert_same_record(fixture_get(fixture, &intent), &expected);
}

static void finish_refuses_what_it_cannot_keep(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    struct record changed = record;
    assert_int_equal(fixture_finish(fixture, &record), KC_ERROR_NOT_FOUND);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_ACTIVE, false), KC_ERROR_NOT_FOUND);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    changed.vendor_text = "\xFF";
    assert_int_equal(fixture_finish(fixture, &changed), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, RECORD_KEY_STATE_LAST + 1, false),
                     KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, -1, false), KC_ERROR_INVALID_ARGUMENT);
    assert_same_record(fixture_get(fixture, &record), &record);
}

static void lookups_follow_changes(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record_query open = {.find = RECORD_OPEN};
    const struct record_query unconfirmed = {.find = RECORD_UNCONFIRMED};
    const struct record_query room = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101"};
    struct record record = fixture_record(1);
    record.rooms = STRINGS("101", "102");
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    for (int32_t key_state = 0; key_state <= RECORD_KEY_STATE_LAST; key_state++) {
        for (int32_t outcome = 0; outcome <= RECORD_OUTCOME_LAST; outcome++) {
            const bool is_open = outcome == KC_OUTCOME_PENDING || outcome == KC_OUTCOME_UNKNOWN;
            const bool is_active = key_state == KC_KEY_PENDING || key_state == KC_KEY_ACTIVE ||
                                   key_state == KC_KEY_UNRESOLVED || key_state == KC_KEY_BLOCKED;
            struct record_query active = room;
            active.active_only = true;
            record.outcome = outcome;
            record.instance = outcome == KC_OUTCOME_PENDING ? record.instance : 0;
            record.unconfirmed = outcome % 2 == 0;
            record.key_state = RECORD_KEY_STATE_LAST - key_state;
            assert_int_equal(fixture_finish(fixture, &record), KC_OK);
            assert_int_equal(fixture_count(fixture, unconfirmed), record.unconfirmed);
            record.unconfirmed = !record.unconfirmed;
            record.key_state = key_state;
            assert_int_equal(fixture_set_key_state(fixture, &record.id, key_state, record.unconfirmed), KC_OK);
            assert_same_record(fixture_get(fixture, &record), &record);
            assert_int_equal(fixture_count(fixture, open), is_open);
            assert_int_equal(fixture_count(fixture, unconfirmed), record.unconfirmed);
            assert_int_equal(fixture_count(fixture, room), 1);
            assert_int_equal(fixture_count(fixture, active), is_active);
            active.value = "102";
            assert_int_equal(fixture_count(fixture, active), is_active);
        }
    }
}

/* A stay that moves or is extended: found by its new room, no longer by the old one. */
static void a_stay_moves_and_is_extended(void **state)
{
    struct store_fixture *fixture = *state;
    struct record_query old_room = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101", .active_only = true};
    struct record_query new_room = old_room, kept_room = old_room;
    struct record record = fixture_record(1);
    const struct strings none = {0}, moved = STRINGS("201", "102"),
                         bad = STRINGS("2\x1f"
                                       "01");
    new_room.value = "201";
    kept_room.value = "102";
    record.rooms = STRINGS("101", "102");
    record.key_state = KC_KEY_ACTIVE;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &none, record.until_utc + 86400), KC_OK);
    record.until_utc += 86400;
    assert_same_record(fixture_get(fixture, &record), &record);
    assert_int_equal(fixture_count(fixture, old_room), 1);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &bad, 0), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(fixture_count(fixture, old_room), 1);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &moved, 0), KC_OK);
    record.rooms = moved;
    assert_same_record(fixture_get(fixture, &record), &record);
    assert_int_equal(fixture_count(fixture, old_room), 0);
    assert_int_equal(fixture_count(fixture, new_room), 1);
    assert_int_equal(fixture_count(fixture, kept_room), 1);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(fixture_count(fixture, new_room), 0);
    record = fixture_record(2);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &moved, 0), KC_ERROR_NOT_FOUND);
}

static void changed_stays_survive_closing(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[3];
    const struct strings rooms = STRINGS("101", "102");
    for (uint32_t i = 0; i < 3; i++) {
        records[i] = fixture_record(i);
        records[i].rooms = rooms;
        records[i].until_utc = 1781000000;
    }
    records[1].key_state = KC_KEY_VOIDED;
    records[2].key_state = KC_KEY_ACTIVE;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture_insert(fixture, &records[i]), KC_OK);
    /* A room that is kept, one that is named twice; a key that is void; and one that stays behind. */
    records[0].rooms = STRINGS("102", "103", "103");
    records[0].until_utc = 1782000000;
    records[1].rooms = STRINGS("103");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fixture_set_stay(fixture, &records[i].id, &records[i].rooms, records[0].until_utc), KC_OK);
    records[1].until_utc = records[0].until_utc;
    for (int opened = 0; opened < 2; opened++) {
        for (size_t i = 0; i < 3; i++)
            assert_same_record(fixture_get(fixture, &records[i]), &records[i]);
        assert_in_room(fixture, "101", 1, 1);
        assert_in_room(fixture, "102", 2, 2);
        assert_in_room(fixture, "103", 2, 1);
        if (fixture->path[0] == '\0')
            break;
        fixture_close(fixture);
        fixture_open(fixture);
    }
    /* What happens to a moved key is seen in its new rooms. */
    assert_int_equal(fixture_set_key_state(fixture, &records[0].id, KC_KEY_CHECKED_OUT, false), KC_OK);
    assert_int_equal(fixture_set_key_state(fixture, &records[1].id, KC_KEY_ACTIVE, false), KC_OK);
    assert_in_room(fixture, "101", 1, 1);
    assert_in_room(fixture, "102", 2, 1);
    assert_in_room(fixture, "103", 2, 1);
}

static void stays_refuse_rooms_that_would_not_come_back(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *many[RECORD_LIST_MAX + 1];
    char large[RECORD_TEXT_MAX + 2];
    struct record record = fixture_record(1);
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (size_t i = 0; i <= RECORD_LIST_MAX; i++)
        many[i] = "1";
    const struct strings bad[] = {
        STRINGS("102", "\xFF"),
        STRINGS("a\x1F"
                "b"),
        STRINGS("a\nb"),
        STRINGS(large),
        {many, RECORD_LIST_MAX + 1},
    };
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&fixture->error, 0, sizeof(fixture->error));
        assert_int_equal(fixture_set_stay(fixture, &record.id, &bad[i], 5), KC_ERROR_INVALID_ARGUMENT);
        assert_int_equal(fixture->error.code, KC_ERROR_INVALID_ARGUMENT);
        assert_same_record(fixture_get(fixture, &record), &record);
    }
    assert_in_room(fixture, "101", 1, 1);
    assert_in_room(fixture, "102", 0, 0);
}

/* Invariant 3 rests on this: of two requests with one key only one gets in. */
static void idempotency_keys_are_unique_in_a_site(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[5];
    for (uint32_t i = 0; i < 5; i++)
        records[i] = fixture_record(i);
    records[0].idempotency_key = records[1].idempotency_key = records[2].idempotency_key = "same";
    records[2].site = "Other";
    assert_int_equal(fixture_insert(fixture, &records[0]), KC_OK);
    assert_int_equal(fixture_insert(fixture, &records[1]), KC_ERROR_IN_PROGRESS);
    assert_int_equal(fixture->error.code, KC_ERROR_IN_PROGRESS);
    assert_int_equal(fixture_insert(fixture, &records[2]), KC_OK);
    assert_int_equal(fixture_insert(fixture, &records[3]), KC_OK);
    assert_int_equal(fixture_insert(fixture, &records[4]), KC_OK);
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_count(fixture, all), 4);
    /* An identifier that is taken is not an idempotency key that is taken. */
    records[3].idempotency_key = "new";
    assert_int_equal(fixture_insert(fixture, &records[3]), KC_ERROR_LEDGER);
    assert_int_equal(fixture_count(fixture, all), 4);
}

/* Also of two in one transaction whose jobs have no brackets: at the latest the commit is refused then. */
static void idempotency_keys_are_unique_in_a_batch(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_table *table = fixture->table;
    const struct record_query all = {.find = RECORD_ALL};
    for (uint32_t what = 0; what < 3; what++) {
        struct record first = fixture_record(10 * what);
        struct record second = fixture_record(10 * what + 1);
        first.idempotency_key = "same";
        second.idempotency_key = what == 0 ? "same" : "other";
        if (what == 1)
            second.id = first.id;
        assert_int_equal(table->begin(fixture->store, true, &fixture->error), KC_OK);
        assert_int_equal(table->insert(fixture->store, &first, &fixture->error), KC_OK);
        int32_t status = table->insert(fixture->store, &second, &fixture->error);
        if (status == KC_OK)
            status = table->commit(fixture->store, &fixture->error);
        else
            table->rollback(fixture->store);
        assert_int_equal(status == KC_OK, what == 2);
        assert_int_equal(fixture_count(fixture, all), what == 2 ? 2 : 0);
    }
}

static void forgets_the_guest_and_nothing_else(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[3] = {fixture_full_record(), fixture_full_record(), fixture_full_record()};
    records[1].id = fixture_id(FIXTURE_TIME, 2);
    records[1].booking = "B2";
    records[1].idempotency_key = "2";
    records[2].id = fixture_id(FIXTURE_TIME, 3);
    records[2].site = "Other";
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture_insert(fixture, &records[i]), KC_OK);
    assert_int_equal(fixture_forget(fixture, "Hotel", "unknown"), KC_OK);
    assert_int_equal(fixture_forget(fixture, "Nowhere", "B1"), KC_OK);
    assert_int_equal(fixture_forget(fixture, "Hotel", ""), KC_OK);
    assert_same_record(fixture_get(fixture, &records[0]), &records[0]);
    assert_int_equal(fixture_forget(fixture, "Hotel", "B1"), KC_OK);
    records[0].guest = records[0].phone = records[0].email = records[0].message = "";
    records[0].texts = records[0].serials = (struct strings){0};
    records[0].forgotten = true;
    records[0].fingerprint &= RECORD_FINGERPRINT_KEPT;
    for (size_t i = 0; i < 3; i++)
        assert_same_record(fixture_get(fixture, &records[i]), &records[i]);
}

/* ---- Order ------------------------------------------------------------------------------------------------------ */

enum { SETTLED = 120, BETWEEN = 4200 };

/* The journal grows: numbers of what comes afterwards are far from those before. */
static void let_the_journal_grow(struct store_fixture *fixture, const struct record *record)
{
    fixture_begin(fixture);
    int32_t status = KC_OK;
    for (int i = 0; status == KC_OK && i < BETWEEN; i++)
        status = fixture->table->set_key_state(fixture->store, &record->id, i % 2 ? KC_KEY_ACTIVE : KC_KEY_VOIDED,
                                               false, &fixture->error);
    assert_int_equal(fixture_end(fixture, status), KC_OK);
}

static void assert_pages(struct store_fixture *fixture, struct record_query query, size_t limit)
{
    size_t seen = 0;
    query.limit = limit;
    do {
        assert_int_equal(fixture_find(fixture, &query), KC_OK);
        for (size_t k = 0; k < fixture->count; k++, seen++)
            assert_int_equal(fixture->records[k].copies, SETTLED - 1 - seen);
        if (fixture->count > 0)
            query.after = fixture->records[fixture->count - 1].id;
    } while (fixture->count == query.limit);
    assert_int_equal(seen, SETTLED);
}

/* Outcomes come in another order than their intents, and the answers in that of the intents. */
static void outcomes_are_found_newest_first(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[SETTLED];
    for (uint32_t i = 0; i < SETTLED; i++) {
        records[i] = fixture_record(i);
        records[i].copies = (int32_t)i;
    }
    for (uint32_t half = 0; half < 2; half++) {
        for (uint32_t i = 0; i < SETTLED / 2; i++)
            assert_int_equal(fixture_insert(fixture, &records[half * SETTLED / 2 + i]), KC_OK);
        for (uint32_t i = 0; i < SETTLED / 2; i++) {
            struct record *record = &records[half * SETTLED / 2 + i * 37 % (SETTLED / 2)];
            record->outcome = KC_OUTCOME_WRITTEN;
            record->key_state = KC_KEY_ACTIVE;
            assert_int_equal(fixture_finish(fixture, record), KC_OK);
        }
        if (half == 0)
            let_the_journal_grow(fixture, &records[7]);
    }
    for (size_t limit = 7; limit <= 3 * SETTLED; limit *= 7) {
        assert_pages(fixture, (struct record_query){.find = RECORD_ALL}, limit);
        assert_pages(fixture, (struct record_query){.find = RECORD_ALL, .site = "Hotel"}, limit);
        assert_pages(fixture, (struct record_query){.find = RECORD_BY_BOOKING, .site = "Hotel", .value = "B1"}, limit);
        assert_pages(fixture, (struct record_query){.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101"}, limit);
    }
}

#define EACH(scheme)                                                                                                   \
    WITH(finishes_what_an_outcome_brings, scheme), WITH(finish_refuses_what_it_cannot_keep, scheme),                   \
        WITH(lookups_follow_changes, scheme), WITH(a_stay_moves_and_is_extended, scheme),                              \
        WITH(changed_stays_survive_closing, scheme), WITH(stays_refuse_rooms_that_would_not_come_back, scheme),        \
        WITH(idempotency_keys_are_unique_in_a_site, scheme), WITH(idempotency_keys_are_unique_in_a_batch, scheme),     \
        WITH(forgets_the_guest_and_nothing_else, scheme), WITH(outcomes_are_found_newest_first, scheme)

/* The stores in the process, or, if it is named, that in PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest in_process[] = {
        EACH("sqlite"),
        EACH("sqlite, tidied"),
        EACH("memory"),
    };
    static const struct CMUnitTest in_postgresql[] = {EACH("postgresql")};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", in_postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("in_process", in_process, NULL, NULL);
}
