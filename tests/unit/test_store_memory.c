/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger in memory lends what it finds: it stays as it was, whatever is written afterwards. */
#include <stdio.h>
#include <string.h>

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

static bool untouched(struct store_fixture *fixture, const struct record *record, bool *alone)
{
    return fixture->table->is_untouched(fixture->store, record, alone);
}

static struct record stay(uint32_t number, const char *booking, const char *const *room)
{
    struct record record = fixture_record(number);
    record.booking = booking;
    record.rooms = (struct strings){room, 1};
    return record;
}

/* Whoever asks after an outcome hears of everything that was written of stay or room since, and of nothing else. */
static void tells_what_was_touched_since(void **state)
{
    static const char *const rooms[] = {"101", "102"};
    struct store_fixture *fixture = *state;
    struct record first = stay(1, "B1", &rooms[0]), elsewhere = stay(2, "B2", &rooms[1]);
    struct record same_room = stay(3, "B3", &rooms[0]), same_stay = stay(4, "B1", &rooms[1]);
    struct record later = stay(5, "B5", &rooms[0]);
    bool alone = true;
    assert_false(untouched(fixture, &first, &alone));
    assert_false(alone);
    assert_int_equal(fixture_insert(fixture, &first), KC_OK);
    assert_int_equal(fixture_insert(fixture, &elsewhere), KC_OK);
    assert_true(untouched(fixture, &first, &alone));
    assert_true(alone);
    assert_int_equal(fixture_insert(fixture, &same_room), KC_OK);
    assert_false(untouched(fixture, &first, &alone));
    assert_false(alone);
    assert_true(untouched(fixture, &same_room, &alone)); /* the other one was there before */
    assert_false(alone);
    assert_true(untouched(fixture, &elsewhere, &alone));
    assert_true(alone);
    assert_int_equal(fixture_insert(fixture, &same_stay), KC_OK);
    assert_false(untouched(fixture, &elsewhere, &alone)); /* by its room */
    assert_int_equal(fixture_set_key_state(fixture, &first.id, KC_KEY_VOIDED, false), KC_OK);
    assert_false(untouched(fixture, &same_room, &alone)); /* the other one has left the active keys since */
    assert_true(alone);
    assert_int_equal(fixture_set_key_state(fixture, &same_room.id, KC_KEY_CHECKED_OUT, false), KC_OK);
    assert_int_equal(fixture_insert(fixture, &later), KC_OK);
    assert_true(untouched(fixture, &later, &alone)); /* former keys do not count */
    assert_true(alone);
    later.outcome = KC_OUTCOME_WRITTEN;
    assert_int_equal(fixture_finish(fixture, &later), KC_OK);
    assert_false(untouched(fixture, &later, &alone)); /* itself */
}

/* What was told is replaced by what is told now, and who has it keeps it. */
static void outcome_replaces_an_outcome(void **state)
{
    static const char *const one[] = {"04A1"}, *const two[] = {"04A1", "04B2"};
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    struct arena kept = {0};
    struct record *found = NULL;
    size_t count = 0;
    const struct record_query query = {.find = RECORD_BY_ID, .id = record.id};
    record.encoder = "Encoder 1";
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    record.outcome = KC_OUTCOME_UNKNOWN;
    record.key_state = KC_KEY_UNRESOLVED;
    record.vendor_text = "no answer";
    record.serials = (struct strings){one, 1};
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    fixture_begin(fixture);
    assert_int_equal(fixture->table->find(fixture->store, &query, &kept, &found, &count, &fixture->error), KC_OK);
    fixture_end(fixture, KC_OK);
    record.outcome = KC_OUTCOME_WRITTEN;
    record.key_state = KC_KEY_ACTIVE;
    record.vendor_text = "";
    record.serials = (struct strings){two, 2};
    record.instance = 0;
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
    record.encoder = "Encoder 2"; /* stands among the other texts, which are copied then */
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
    assert_string_equal(found->vendor_text, "no answer");
    assert_string_equal(found->encoder, "Encoder 1");
    assert_int_equal(found->serials.count, 1);
    assert_string_equal(found->serials.items[0], "04A1");
    arena_free(&kept);
}

static const struct record *find_as_now(struct store_fixture *fixture, const struct uuid *id, struct arena *arena)
{
    const struct record_query query = {.find = RECORD_BY_ID, .id = *id};
    struct record *found = NULL;
    size_t count = 0;
    assert_int_equal(fixture->table->find(fixture->store, &query, arena, &found, &count, &fixture->error), KC_OK);
    assert_int_equal(count, 1);
    return found;
}

/* The serial number of one card has its place beside the texts: it shows in nothing that was found before, not even
 * when it was taken back and another one is written. */
static void serial_number_has_its_place(void **state)
{
    static const char *const one[] = {"04A1B2C3D4E5F6"}, *const other[] = {"04FFFFFFFFFFFF"};
    static const char *const wide[] = {"1234567890123456789012345"};
    const struct strings told[] = {{one, 1}, {other, 1}, {wide, 1}, {0}, {one, 1}};
    struct store_fixture *fixture = *state;
    struct arena kept = {0}, lost = {0};
    struct record record = fixture_record(1);
    record.instance = 0;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    const struct record *before = find_as_now(fixture, &record.id, &kept);
    record.outcome = KC_OUTCOME_WRITTEN;
    record.key_state = KC_KEY_VOIDED; /* to other chains, too */
    record.serials = told[0];
    fixture_begin(fixture);
    assert_int_equal(fixture->table->finish(fixture->store, &record, &fixture->error), KC_OK);
    const struct record *back = find_as_now(fixture, &record.id, &lost);
    fixture_end(fixture, KC_ERROR_LEDGER);
    assert_int_equal(fixture_get(fixture, &record)->serials.count, 0);
    assert_int_equal(fixture_get(fixture, &record)->outcome, KC_OUTCOME_PENDING);
    for (size_t i = 1; i < sizeof(told) / sizeof(told[0]); i++) {
        record.serials = told[i];
        assert_int_equal(fixture_finish(fixture, &record), KC_OK);
        assert_same_record(fixture_get(fixture, &record), &record);
    }
    assert_int_equal(before->serials.count, 0);
    assert_string_equal(back->serials.items[0], one[0]);
    arena_free(&kept);
    arena_free(&lost);
}

enum { MANY = 3000, ROOMS = 700 };

static size_t count_of(struct store_fixture *fixture, enum record_find find, const char *value)
{
    struct record *found = NULL;
    size_t count = 0;
    struct arena arena = {0};
    const struct record_query query = {.find = find, .site = "Hotel", .value = value};
    assert_int_equal(fixture->table->find(fixture->store, &query, &arena, &found, &count, &fixture->error), KC_OK);
    for (size_t i = 1; i < count; i++)
        assert_true(found[i - 1].created_ms > found[i].created_ms); /* newest first */
    arena_free(&arena);
    return count;
}

static void write_many(struct store_fixture *fixture)
{
    char names[2][16], booking[16];
    const char *const rooms[] = {names[0], names[1], names[0]};
    for (uint32_t i = 0; i < MANY; i++) {
        struct record record = fixture_record(i);
        snprintf(names[0], sizeof(names[0]), "%u", i % ROOMS);
        snprintf(names[1], sizeof(names[1]), "%u", (i + 1) % ROOMS);
        snprintf(booking, sizeof(booking), "B%u", i);
        record.booking = booking;
        record.rooms = (struct strings){rooms, 3};
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
        record.outcome = i % 3 == 0 ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_WRITTEN;
        record.key_state = i % 2 == 0 ? KC_KEY_VOIDED : KC_KEY_ACTIVE;
        assert_int_equal(fixture->table->finish(fixture->store, &record, &fixture->error), KC_OK);
    }
}

/* All that grows has grown when everything is taken back, and is there when it is written again. */
static void many_are_taken_back_and_written_again(void **state)
{
    struct store_fixture *fixture = *state;
    char room[16];
    for (int round = 0; round < 2; round++) {
        assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
        write_many(fixture);
        assert_int_equal(count_of(fixture, RECORD_ALL, NULL), MANY);
        if (round == 0)
            fixture->table->rollback(fixture->store);
        else
            assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
        const bool there = round == 1;
        assert_int_equal(count_of(fixture, RECORD_ALL, NULL), there ? MANY : 0);
        assert_int_equal(count_of(fixture, RECORD_OPEN, NULL), there ? MANY / 3 : 0);
        assert_int_equal(count_of(fixture, RECORD_BY_BOOKING, "B2999"), there ? 1 : 0);
        for (uint32_t i = 0, all = 0; i < ROOMS; i++) {
            snprintf(room, sizeof(room), "%u", i);
            all += (uint32_t)count_of(fixture, RECORD_BY_ROOM, room);
            if (i + 1 == ROOMS)
                assert_int_equal(all, there ? 2 * MANY : 0);
        }
    }
}

/* ---- Contacts ---------------------------------------------------------------------------------------------------- */

static int32_t contact(struct store_fixture *fixture, const char *station, const char *encoder, int64_t when,
                       uint32_t *place)
{
    const struct encoder_record seen = {"salto", encoder, KC_ENCODER_ONLINE, when};
    return fixture->table->set_contact(fixture->store, "Hotel", station, &seen, place, &fixture->error);
}

static const char *last_encoder(struct store_fixture *fixture, const char *station)
{
    struct station_record last = {"", ""};
    fixture_begin(fixture);
    const int32_t status = fixture->table->get_station(fixture->store, "Hotel", station, &fixture->arena, &last,
                                                       &fixture->error);
    fixture_end(fixture, KC_OK);
    return status == KC_OK ? last.encoder : "none";
}

/* When the encoder was heard last; -1: it is not known. */
static int64_t heard(struct store_fixture *fixture, const char *encoder)
{
    struct encoder_record *encoders = NULL;
    size_t count = 0;
    int64_t when = -1;
    fixture_begin(fixture);
    assert_int_equal(
        fixture->table->list_encoders(fixture->store, "Hotel", &fixture->arena, &encoders, &count, &fixture->error),
        KC_OK);
    fixture_end(fixture, KC_OK);
    for (size_t i = 0; i < count; i++)
        when = strcmp(encoders[i].encoder, encoder) == 0 ? encoders[i].contact_ms : when;
    return when;
}

/* What is remembered of places is the same by whatever way it is written, and whatever is taken back. */
static void contacts_know_their_place(void **state)
{
    struct store_fixture *fixture = *state;
    uint32_t first = 0, second = 0;
    fixture_begin(fixture);
    assert_int_equal(contact(fixture, "desk-1", "E1", 60000, &first), KC_OK);
    fixture->table->rollback(fixture->store);
    assert_int_equal(heard(fixture, "E1"), -1);
    assert_string_equal(last_encoder(fixture, "desk-1"), "none");
    for (int64_t i = 1; i <= 3; i++) {
        fixture_begin(fixture);
        assert_int_equal(contact(fixture, "desk-1", "E1", i * 60000, &first), KC_OK);
        assert_int_equal(fixture_end(fixture, contact(fixture, "desk-2", "E2", i * 120000, &second)), KC_OK);
        assert_int_equal(heard(fixture, "E1"), i * 60000);
        assert_int_equal(heard(fixture, "E2"), i * 120000);
        assert_string_equal(last_encoder(fixture, "desk-1"), "E1");
        assert_string_equal(last_encoder(fixture, "desk-2"), "E2");
    }
    /* A station goes to the encoder of another one, and back. */
    fixture_begin(fixture);
    assert_int_equal(fixture_end(fixture, contact(fixture, "desk-2", "E1", 240000, &first)), KC_OK);
    assert_string_equal(last_encoder(fixture, "desk-2"), "E1");
    assert_string_equal(last_encoder(fixture, "desk-1"), "E1");
    fixture_begin(fixture);
    assert_int_equal(contact(fixture, "desk-2", "E2", 300000, &second), KC_OK);
    fixture->table->rollback(fixture->store);
    assert_string_equal(last_encoder(fixture, "desk-2"), "E1");
    assert_int_equal(heard(fixture, "E2"), 360000);
    fixture_begin(fixture);
    assert_int_equal(fixture_end(fixture, contact(fixture, "desk-2", "E2", 420000, &second)), KC_OK);
    assert_string_equal(last_encoder(fixture, "desk-2"), "E2");
    const struct station_record other = {"salto", "E9"};
    fixture_begin(fixture);
    assert_int_equal(
        fixture_end(fixture, fixture->table->set_station(fixture->store, "Hotel", "desk-2", &other, &fixture->error)),
        KC_OK);
    fixture_begin(fixture);
    assert_int_equal(fixture_end(fixture, contact(fixture, "desk-2", "E2", 420000, &second)), KC_OK);
    assert_string_equal(last_encoder(fixture, "desk-2"), "E2");
    fixture_begin(fixture);
    assert_int_equal(fixture_end(fixture, contact(fixture, "", "E1", 480000, &first)), KC_OK);
    assert_int_equal(heard(fixture, "E1"), 480000);
    assert_string_equal(last_encoder(fixture, "desk-1"), "E1");
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
        cmocka_unit_test_prestate_setup_teardown(tells_what_was_touched_since, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(outcome_replaces_an_outcome, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(serial_number_has_its_place, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(contacts_know_their_place, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
        cmocka_unit_test_prestate_setup_teardown(many_are_taken_back_and_written_again, fixture_setup, fixture_teardown,
                                                 (void *)(uintptr_t) "memory"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
