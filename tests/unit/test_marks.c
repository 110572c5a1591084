/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks and drafts: what a store may take as known, and when it must look again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/marks.h"
#include "store_fixture.h"

static struct marks_stamp now(struct store_fixture *fixture)
{
    struct marks_stamp stamp;
    assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
    assert_int_equal(marks_now(fixture->store, &stamp, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
    return stamp;
}

static bool unchanged(struct store_fixture *fixture, const struct marks_stamp *since, const struct record *record)
{
    const struct marks_stamp at = now(fixture);
    return marks_unchanged(fixture->store, since, &at, record);
}

static struct record stay(uint32_t number, const char *booking, const char *key, const char *room)
{
    struct record record = fixture_record(number);
    record.booking = booking;
    record.idempotency_key = key;
    record.rooms = (struct strings){0};
    if (*room) {
        static const char *rooms[8];
        rooms[number % 8] = room;
        record.rooms = (struct strings){&rooms[number % 8], 1};
    }
    return record;
}

static void what_shares_nothing_stays_known(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record mine = stay(1, "B1", "K1", "101");
    const struct record others[] = {stay(2, "B2", "K2", "102"), stay(3, "", "", ""), stay(4, "101", "B1", "K1")};
    const struct marks_stamp since = now(fixture);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        marks_add(fixture->store, &others[i]);
    assert_true(unchanged(fixture, &since, &mine));
    struct record elsewhere = mine;
    elsewhere.site = "Another hotel";
    marks_add(fixture->store, &elsewhere);
    assert_true(unchanged(fixture, &since, &mine));
}

static void what_shares_one_thing_does_not(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record mine = stay(1, "B1", "K1", "101");
    const struct record others[] = {stay(2, "B1", "", ""), stay(3, "", "K1", ""), stay(4, "B4", "K4", "101"), mine};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct marks_stamp since = now(fixture);
        assert_true(unchanged(fixture, &since, &mine));
        marks_add(fixture->store, &others[i]);
        assert_false(unchanged(fixture, &since, &mine));
    }
    struct marks_stamp since = now(fixture);
    marks_add_all(fixture->store);
    assert_false(unchanged(fixture, &since, &mine));
    since = now(fixture);
    assert_true(unchanged(fixture, &since, &mine));
    const struct marks_stamp never = {0};
    assert_false(unchanged(fixture, &never, &mine));
}

/* However much is written, nothing that was is taken for unwritten; and what was looked up last is still known. */
static void a_full_table_errs_on_the_safe_side(void **state)
{
    struct store_fixture *fixture = *state;
    enum { COUNT = 30000, STEP = 100 };
    struct marks_stamp *stamps = calloc(COUNT / STEP, sizeof(*stamps));
    char booking[20];
    assert_non_null(stamps);
    for (uint32_t i = 0; i < COUNT; i++) {
        if (i % STEP == 0)
            stamps[i / STEP] = now(fixture);
        snprintf(booking, sizeof(booking), "B%u", i);
        const struct record record = stay(i, booking, "", "");
        marks_add(fixture->store, &record);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(booking, sizeof(booking), "B%u", i);
        const struct record record = stay(i, booking, "", "");
        assert_false(unchanged(fixture, &stamps[i / STEP], &record));
    }
    const struct record another = stay(0, "not there", "", "");
    assert_true(unchanged(fixture, &stamps[COUNT / STEP - 1], &another));
    free(stamps);
}

/* As with operations at once: all intents, then all outcomes. Numbers of bookings and rooms follow each other, however
 * long they are. */
static void many_at_once_stay_known(void **state)
{
    struct store_fixture *fixture = *state;
    enum { COUNT = 512 };
    static const char *const forms[] = {"%" PRIu64, "B%" PRIu64, "%012" PRIu64, "%" PRIu64 "-1"};
    struct marks_stamp stamps[COUNT];
    char booking[40];
    char room[40];
    for (uint64_t first = 1000; first <= UINT64_C(1000000000000); first *= 10) {
        for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
            for (uint32_t i = 0; i < 2 * COUNT; i++) {
                const uint32_t at = i % COUNT;
                snprintf(booking, sizeof(booking), forms[form], first + at);
                snprintf(room, sizeof(room), "%" PRIu64, first + at);
                const struct record record = stay(at, booking, "", room);
                if (i >= COUNT)
                    assert_true(unchanged(fixture, &stamps[at], &record));
                marks_add(fixture->store, &record);
                if (i < COUNT)
                    stamps[at] = now(fixture);
            }
        }
    }
}

static void another_program_changes_everything(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record mine = stay(1, "B1", "K1", "101");
    const struct record foreign = stay(2, "B2", "K2", "102");
    struct store *other = NULL;
    assert_int_equal(fixture_open_another(fixture, &other), KC_OK);
    assert_int_equal(fixture_insert(fixture, &mine), KC_OK);
    const struct marks_stamp since = now(fixture);
    assert_true(unchanged(fixture, &since, &mine));
    struct store *own = fixture->store;
    fixture->store = other;
    assert_int_equal(fixture_insert(fixture, &foreign), KC_OK);
    fixture->store = own;
    assert_false(unchanged(fixture, &since, &mine));
    const struct marks_stamp later = now(fixture);
    assert_int_equal(fixture_finish(fixture, &mine), KC_OK); /* of its own */
    assert_true(unchanged(fixture, &later, &mine));
    store_close(other);
}

/* ---- Drafts ----------------------------------------------------------------------------------------------------- */

enum meanwhile { NOTHING, VOIDED, MOVED, FORGOTTEN, TAKEN_BACK, MEANWHILE_COUNT };

static void happen(struct store_fixture *fixture, enum meanwhile what, const struct record *record)
{
    const struct strings rooms = STRINGS("707", "708");
    struct record undone = *record;
    undone.outcome = KC_OUTCOME_NOT_WRITTEN;
    undone.key_state = KC_KEY_NOT_MADE;
    switch (what) {
    case VOIDED:
        assert_int_equal(fixture_set_key_state(fixture, &record->id, KC_KEY_VOIDED, false), KC_OK);
        break;
    case MOVED:
        assert_int_equal(fixture_set_stay(fixture, &record->id, &rooms, 77), KC_OK);
        break;
    case FORGOTTEN:
        assert_int_equal(fixture_forget(fixture, record->site, record->booking), KC_OK);
        break;
    case TAKEN_BACK:
        fixture_begin(fixture);
        assert_int_equal(fixture->table->finish(fixture->store, &undone, &fixture->error), KC_OK);
        fixture_end(fixture, KC_ERROR_STATE);
        break;
    default:
        break;
    }
}

/* An outcome is recorded the same way, whatever happened to the record since its intent, and whoever did it. */
static void an_outcome_fits_what_stands_there(void **state)
{
    const char *scheme = *state;
    for (int what = NOTHING; what < MEANWHILE_COUNT; what++) {
        for (int by_another = 0; by_another < 2; by_another++) {
            void *one = (void *)(uintptr_t)scheme;
            fixture_setup(&one);
            struct store_fixture *fixture = one;
            struct store *other = NULL;
            struct store *own = fixture->store;
            struct store_check check = {0};
            const struct strings moved = STRINGS("707", "708");
            struct record record = fixture_record(1);
            record.guest = "Guest";
            assert_int_equal(fixture_open_another(fixture, &other), KC_OK);
            assert_int_equal(fixture_insert(fixture, &record), KC_OK);
            fixture->store = by_another ? other : own;
            happen(fixture, (enum meanwhile)what, &record);
            fixture->store = own;
            record.outcome = KC_OUTCOME_WRITTEN;
            record.instance = 0; /* of intents only */
            record.key_state = KC_KEY_ACTIVE;
            record.serials = STRINGS("04AA", "04BB");
            record.finished_ms = FIXTURE_TIME + 5;
            assert_int_equal(fixture_finish(fixture, &record), KC_OK);
            if (what == MOVED) {
                record.rooms = moved;
                record.until_utc = 77;
            } else if (what == FORGOTTEN) {
                record.guest = "";
                record.forgotten = true;
                record.fingerprint &= RECORD_FINGERPRINT_KEPT;
            }
            assert_same_record(fixture_get(fixture, &record), &record);
            fixture_begin(fixture);
            while (!check.done)
                assert_int_equal(fixture->table->check(fixture->store, &check, &fixture->error), KC_OK);
            fixture_end(fixture, KC_OK);
            assert_null(check.fault);
            store_close(other);
            fixture_teardown(&one);
        }
    }
}

#define EACH(scheme)                                                                                                   \
    WITH(what_shares_nothing_stays_known, scheme), WITH(what_shares_one_thing_does_not, scheme),                       \
        WITH(another_program_changes_everything, scheme),                                                              \
    {                                                                                                                  \
        "an_outcome_fits_what_stands_there (" scheme ")", an_outcome_fits_what_stands_there, NULL, NULL,               \
            (void *)(uintptr_t)scheme                                                                                  \
    }

/* SQLite, or, if it is named, PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest sqlite[] = {EACH("sqlite"), WITH(a_full_table_errs_on_the_safe_side, "sqlite"),
                                               WITH(many_at_once_stay_known, "sqlite")};
    static const struct CMUnitTest postgresql[] = {EACH("postgresql")};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("sqlite", sqlite, NULL, NULL);
}
