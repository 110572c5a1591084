/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules that every store that keeps something must obey: one suite, run against each of them. What only files can
 * suffer is in test_store_file.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/record.h"
#include "store_fixture.h"

/* ---- One record ------------------------------------------------------------------------------------------------- */

static void keeps_every_field(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record full = fixture_full_record();
    const struct record least = fixture_record(1);
    assert_int_equal(fixture_insert(fixture, &full), KC_OK);
    assert_int_equal(fixture_insert(fixture, &least), KC_OK);
    assert_same_record(fixture_get(fixture, &full), &full);
    assert_same_record(fixture_get(fixture, &least), &least);
}

static void keeps_extreme_numbers(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    record.instance = UINT64_MAX;
    record.fingerprint = 0;
    record.from_utc = INT64_MIN;
    record.until_utc = INT64_MAX;
    record.finished_ms = -1;
    record.copies = INT32_MAX;
    record.created_ms = RECORD_CREATED_MAX;
    memset(record.id.bytes, 0xFF, sizeof(record.id.bytes));
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
    record.created_ms = 0;
    memset(record.id.bytes, 0, sizeof(record.id.bytes));
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
}

/* Puts the text into every text and every list. */
static struct record filled_with(uint32_t number, const char *text, const char *const list[2])
{
    struct record record = fixture_record(number);
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        record_set_text(&record, i, text);
    for (size_t i = 0; i < RECORD_LISTS; i++)
        *record_list_of(&record, i) = (struct strings){list, 2};
    return record;
}

static void keeps_hostile_text(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *const texts[] = {
        "'",
        "\"",
        "''; DROP TABLE operation; --",
        "?1",
        "%s%n",
        "\\",
        "NULL",
        " ",
        "0",
        "Robert'); DELETE FROM name;",
        "\xF0\x9F\x94\x91",
        "שלום",
        "ａｂｃ",
        "e\xCC\x81",
        "<xml>&amp;",
        "{\"json\":1}",
    };
    for (uint32_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *const list[] = {texts[i], "x"};
        const struct record record = filled_with(i, texts[i], list);
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        assert_same_record(fixture_get(fixture, &record), &record);
        const struct record_query queries[] = {
            {.find = RECORD_BY_BOOKING, .value = texts[i], .site = texts[i]},
            {.find = RECORD_BY_ROOM, .value = texts[i], .site = texts[i]},
            {.find = RECORD_BY_IDEMPOTENCY, .value = texts[i], .site = texts[i]},
        };
        for (size_t k = 0; k < 3; k++)
            assert_same_record(fixture_one(fixture, &queries[k]), &record);
        const struct station_record last = {texts[i], texts[i]};
        struct station_record found = {"", ""};
        fixture_begin(fixture);
        int32_t status = fixture->table->set_station(fixture->store, texts[i], texts[i], &last, &fixture->error);
        if (status == KC_OK)
            status = fixture->table->get_station(fixture->store, texts[i], texts[i], &fixture->arena, &found,
                                                 &fixture->error);
        assert_int_equal(fixture_end(fixture, status), KC_OK);
        assert_string_equal(found.encoder, texts[i]);
    }
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_forget(fixture, texts[2], texts[2]), KC_OK);
    assert_int_equal(fixture_find(fixture, &all), KC_OK);
    assert_int_equal(fixture->count, sizeof(texts) / sizeof(texts[0]));
    for (size_t i = 0; i < fixture->count; i++)
        assert_int_equal(fixture->records[i].forgotten, strcmp(fixture->records[i].booking, texts[2]) == 0);
}

static size_t put_character(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (int i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(((0xFF00u >> (more + 1)) & 0xFF) | code);
    return (size_t)more + 1;
}

/* Controls go where they are allowed: into the words of a lock system. */
static void keeps_all_of_unicode(void **state)
{
    struct store_fixture *fixture = *state;
    char text[RECORD_TEXT_MAX * 4 + 1];
    uint32_t code = 1;
    for (uint32_t number = 0; code <= 0x10FFFF; number++) {
        size_t length = 0;
        for (int i = 0; i < RECORD_TEXT_MAX && code <= 0x10FFFF; i++, code++) {
            if (code < 0xD800 || code > 0xDFFF)
                length += put_character(text + length, code);
        }
        text[length] = '\0';
        struct record record = fixture_record(number);
        record.vendor_text = text;
        if (record_text_valid(text, RECORD_PLAIN))
            record.guest = text;
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        assert_same_record(fixture_get(fixture, &record), &record);
    }
}

static void refuse(struct store_fixture *fixture, const struct record *record, const char *what)
{
    const struct record_query all = {.find = RECORD_ALL};
    memset(&fixture->error, 0, sizeof(fixture->error));
    const int32_t status = fixture_insert(fixture, record);
    if (status != KC_ERROR_INVALID_ARGUMENT)
        fail_msg("%s: %d instead of invalid argument", what, status);
    assert_int_equal(fixture->error.code, KC_ERROR_INVALID_ARGUMENT);
    assert_true(fixture->error.message[0] != '\0');
    assert_int_equal(fixture_find(fixture, &all), KC_OK);
    assert_int_equal(fixture->count, 0);
}

static void refuses_text_that_would_not_come_back(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *const bad[] = {"\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"};
    char large[RECORD_TEXT_MAX + 2];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (size_t field = 0; field < RECORD_TEXTS; field++) {
        struct record record = fixture_record(1);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            record_set_text(&record, field, bad[i]);
            refuse(fixture, &record, record_texts[field].name);
        }
        record_set_text(&record, field, large);
        refuse(fixture, &record, record_texts[field].name);
        if (record_texts[field].form != RECORD_FOREIGN) {
            record_set_text(&record, field,
                            "a\x02"
                            "b");
            refuse(fixture, &record, record_texts[field].name);
        }
    }
    for (size_t field = 0; field < RECORD_LISTS; field++) {
        struct record record = fixture_record(1);
        *record_list_of(&record, field) = STRINGS("good", "\xFF");
        refuse(fixture, &record, record_lists[field].name);
        *record_list_of(&record, field) = STRINGS("a\x1F"
                                                  "b");
        refuse(fixture, &record, record_lists[field].name);
    }
}

static void refuses_lists_out_of_bounds(void **state)
{
    struct store_fixture *fixture = *state;
    static const char *items[RECORD_LIST_MAX + 1];
    char large[1000];
    struct record record = fixture_record(1);
    for (size_t i = 0; i <= RECORD_LIST_MAX; i++)
        items[i] = "1";
    record.rooms = (struct strings){items, RECORD_LIST_MAX + 1};
    refuse(fixture, &record, "too many rooms");
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    for (size_t i = 0; i < 66; i++)
        items[i] = large;
    record.rooms = (struct strings){items, 66};
    refuse(fixture, &record, "too large a list");
    record.rooms.count = 65;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
}

static void refuses_unknown_numbers(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[12];
    for (size_t i = 0; i < 12; i++)
        records[i] = fixture_record(1);
    records[0].verb = 0;
    records[1].verb = RECORD_VERB_LAST + 1;
    records[2].kind = -1;
    records[3].kind = RECORD_KIND_LAST + 1;
    records[4].outcome = -1;
    records[5].outcome = RECORD_OUTCOME_LAST + 1;
    records[6].key_state = RECORD_KEY_STATE_LAST + 1;
    records[7].status = 1;
    records[8].status = INT32_MIN;
    records[9].copies = -1;
    records[10].created_ms = -1;
    records[11].created_ms = RECORD_CREATED_MAX + 1;
    for (size_t i = 0; i < 12; i++)
        refuse(fixture, &records[i], "number");
}

/* ---- Finding ---------------------------------------------------------------------------------------------------- */

static void finds_newest_first(void **state)
{
    struct store_fixture *fixture = *state;
    enum { COUNT = 60 };
    /* Clocks that differ: 37 has no divisor in common with COUNT; three of each millisecond. */
    for (uint32_t i = 0; i < COUNT; i++) {
        const uint32_t number = i * 37 % COUNT;
        struct record record = fixture_record(number);
        record.created_ms = FIXTURE_TIME + number / 3;
        record.id = fixture_id(record.created_ms, number % 3 << 8);
        record.copies = (int32_t)i;
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    }
    const struct record_query queries[] = {
        {.find = RECORD_ALL},
        {.find = RECORD_ALL, .site = "Hotel"},
        {.find = RECORD_BY_BOOKING, .site = "Hotel", .value = "B1"},
        {.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101"},
        {.find = RECORD_BY_ROOM, .site = "Hotel", .value = "101", .active_only = true},
        {.find = RECORD_OPEN},
        {.find = RECORD_OPEN, .site = "Hotel", .keys_only = true},
    };
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct record_query query = queries[i];
        for (query.limit = 0; query.limit <= COUNT + 1; query.limit += 61 - 54) {
            const size_t expected = query.limit == 0 || query.limit > COUNT ? COUNT : query.limit;
            assert_int_equal(fixture_find(fixture, &query), KC_OK);
            assert_int_equal(fixture->count, expected);
            for (size_t k = 0; k < expected; k++)
                assert_int_equal(fixture->records[k].copies, COUNT - 1 - k);
        }
        size_t seen = 0; /* page by page */
        query.limit = 7;
        do {
            assert_int_equal(fixture_find(fixture, &query), KC_OK);
            for (size_t k = 0; k < fixture->count; k++, seen++)
                assert_int_equal(fixture->records[k].copies, COUNT - 1 - seen);
            if (fixture->count > 0)
                query.after = fixture->records[fixture->count - 1].id;
        } while (fixture->count == query.limit);
        assert_int_equal(seen, COUNT);
    }
}

/* Identifiers that begin alike in one millisecond must all find a place. */
static void keeps_records_of_one_moment(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record_query all = {.find = RECORD_ALL};
    for (uint8_t i = 0; i < 50; i++) {
        struct record record = fixture_record(0);
        memset(record.id.bytes + 6, 0xFF, 10);
        record.id.bytes[15] = i;
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        assert_same_record(fixture_get(fixture, &record), &record);
    }
    assert_int_equal(fixture_find(fixture, &all), KC_OK);
    assert_int_equal(fixture->count, 50);
}

/* How many records a query finds. */
static size_t found(struct store_fixture *fixture, struct record_query query)
{
    assert_int_equal(fixture_find(fixture, &query), KC_OK);
    return fixture->count;
}

static void finds_only_what_was_asked(void **state)
{
    struct store_fixture *fixture = *state;
    struct record records[4];
    for (uint32_t i = 0; i < 4; i++)
        records[i] = fixture_record(i);
    records[1].site = "Other";
    records[1].rooms = STRINGS("101", "102", "101");
    records[2].booking = "B2";
    records[2].rooms = STRINGS("102");
    records[2].outcome = KC_OUTCOME_UNKNOWN;
    records[2].unconfirmed = true;
    records[3].kind = 0;
    records[3].key_state = 0;
    records[3].outcome = KC_OUTCOME_WRITTEN;
    records[3].verb = KC_VERB_CHECK_OUT;
    records[3].idempotency_key = "i";
    records[3].rooms = (struct strings){0};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(fixture_insert(fixture, &records[i]), KC_OK);
    const struct {
        struct record_query query;
        size_t count;
    } cases[] = {
        {{.find = RECORD_ALL}, 4},
        {{.find = RECORD_ALL, .site = "Hotel"}, 3},
        {{.find = RECORD_ALL, .site = "hotel"}, 0},
        {{.find = RECORD_ALL, .site = ""}, 0},
        {{.find = RECORD_ALL, .keys_only = true}, 3},
        {{.find = RECORD_ALL, .active_only = true}, 3},
        {{.find = RECORD_BY_ID, .id = records[1].id}, 1},
        {{.find = RECORD_BY_ID, .id = records[1].id, .site = "Other"}, 1},
        {{.find = RECORD_BY_ID, .id = records[1].id, .site = "Hotel"}, 0},
        {{.find = RECORD_BY_ID}, 0},
        {{.find = RECORD_BY_BOOKING, .value = "B1", .site = "Other"}, 1},
        {{.find = RECORD_BY_BOOKING, .value = "B1", .site = "Hotel"}, 2},
        {{.find = RECORD_BY_BOOKING, .value = "B1", .site = "Hotel", .keys_only = true}, 1},
        {{.find = RECORD_BY_BOOKING, .value = "b1", .site = "Hotel"}, 0},
        {{.find = RECORD_BY_BOOKING, .value = "", .site = "Hotel"}, 0},
        {{.find = RECORD_BY_BOOKING, .site = "Hotel"}, 0},
        {{.find = RECORD_BY_ROOM, .value = "101", .site = "Hotel"}, 1},
        {{.find = RECORD_BY_ROOM, .value = "101", .site = "Other"}, 1},
        {{.find = RECORD_BY_ROOM, .value = "102", .site = "Hotel"}, 1},
        {{.find = RECORD_BY_ROOM, .value = "102", .site = "Other"}, 1},
        {{.find = RECORD_BY_ROOM, .value = "10", .site = "Hotel"}, 0},
        {{.find = RECORD_BY_ROOM, .site = "Hotel"}, 0},
        {{.find = RECORD_BY_IDEMPOTENCY, .value = "i", .site = "Hotel"}, 1},
        {{.find = RECORD_BY_IDEMPOTENCY, .value = "i", .site = "Other"}, 0},
        {{.find = RECORD_BY_IDEMPOTENCY, .value = "", .site = "Hotel"}, 0},
        {{.find = RECORD_BY_IDEMPOTENCY, .value = "\xFF", .site = "Hotel"}, 0},
        {{.find = RECORD_OPEN}, 3},
        {{.find = RECORD_OPEN, .site = "Hotel"}, 2},
        {{.find = RECORD_UNCONFIRMED}, 1},
        {{.find = RECORD_UNCONFIRMED, .site = "Other"}, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const size_t count = found(fixture, cases[i].query);
        if (count != cases[i].count)
            fail_msg("case %zu: %zu instead of %zu", i, count, cases[i].count);
    }
    const struct record_query nonsense = {.find = (enum record_find)99};
    assert_int_equal(fixture_find(fixture, &nonsense), KC_ERROR_INVALID_ARGUMENT);
    const struct record_query of_no_site = {.find = RECORD_BY_BOOKING, .value = "B1"};
    assert_int_equal(fixture_find(fixture, &of_no_site), KC_ERROR_INVALID_ARGUMENT);
}

/* ---- Changing --------------------------------------------------------------------------------------------------- */

static void finishes_what_an_outcome_brings(void **state)
{
    struct store_fixture *fixture = *state;
    struct record intent = fixture_full_record();
    assert_int_equal(fixture_insert(fixture, &intent), KC_OK);
    struct record outcome = filled_with(99, "changed", (const char *const[]){"changed", "too"});
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
            assert_int_equal(found(fixture, unconfirmed), record.unconfirmed);
            record.unconfirmed = !record.unconfirmed;
            record.key_state = key_state;
            assert_int_equal(fixture_set_key_state(fixture, &record.id, key_state, record.unconfirmed), KC_OK);
            assert_same_record(fixture_get(fixture, &record), &record);
            assert_int_equal(found(fixture, open), is_open);
            assert_int_equal(found(fixture, unconfirmed), record.unconfirmed);
            assert_int_equal(found(fixture, room), 1);
            assert_int_equal(found(fixture, active), is_active);
            active.value = "102";
            assert_int_equal(found(fixture, active), is_active);
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
    assert_int_equal(found(fixture, old_room), 1);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &bad, 0), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(found(fixture, old_room), 1);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &moved, 0), KC_OK);
    record.rooms = moved;
    assert_same_record(fixture_get(fixture, &record), &record);
    assert_int_equal(found(fixture, old_room), 0);
    assert_int_equal(found(fixture, new_room), 1);
    assert_int_equal(found(fixture, kept_room), 1);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(found(fixture, new_room), 0);
    record = fixture_record(2);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &moved, 0), KC_ERROR_NOT_FOUND);
}

/* How many keys are found in a room: all of them, and the active ones. */
static void assert_in_room(struct store_fixture *fixture, const char *room, size_t all, size_t active)
{
    const struct record_query of_all = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = room};
    const struct record_query of_active = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = room, .active_only = true};
    assert_int_equal(found(fixture, of_all), all);
    assert_int_equal(found(fixture, of_active), active);
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
    assert_int_equal(found(fixture, all), 4);
    /* An identifier that is taken is not an idempotency key that is taken. */
    records[3].idempotency_key = "new";
    assert_int_equal(fixture_insert(fixture, &records[3]), KC_ERROR_LEDGER);
    assert_int_equal(found(fixture, all), 4);
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
        assert_int_equal(found(fixture, all), what == 2 ? 2 : 0);
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

/* ---- Stations and encoders -------------------------------------------------------------------------------------- */

static int32_t set_station(struct store_fixture *fixture, const char *site, const char *station, const char *system,
                           const char *encoder)
{
    const struct station_record record = {system, encoder};
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->set_station(fixture->store, site, station, &record, &fixture->error));
}

static void assert_station(struct store_fixture *fixture, const char *site, const char *station, const char *system,
                           const char *encoder)
{
    struct station_record record = {NULL, NULL};
    fixture_begin(fixture);
    const int32_t status = fixture->table->get_station(fixture->store, site, station, &fixture->arena, &record,
                                                       &fixture->error);
    fixture_end(fixture, status);
    if (!system) {
        assert_int_equal(status, KC_ERROR_NOT_FOUND);
        assert_null(record.system);
        return;
    }
    assert_int_equal(status, KC_OK);
    assert_string_equal(record.system, system);
    assert_string_equal(record.encoder, encoder);
}

static void remembers_stations(void **state)
{
    struct store_fixture *fixture = *state;
    assert_station(fixture, "Hotel", "desk-1", NULL, NULL);
    assert_int_equal(set_station(fixture, "Hotel", "desk-1", "salto", "Encoder 1"), KC_OK);
    assert_int_equal(set_station(fixture, "Hotel", "desk-2", "salto", "Encoder 2"), KC_OK);
    assert_int_equal(set_station(fixture, "Other", "desk-1", "onity", "E'3"), KC_OK);
    assert_int_equal(set_station(fixture, "Hotel", "", "", ""), KC_OK);
    assert_station(fixture, "Hotel", "desk-1", "salto", "Encoder 1");
    assert_int_equal(set_station(fixture, "Hotel", "desk-1", "salto", "Encoder 9"), KC_OK);
    assert_station(fixture, "Hotel", "desk-1", "salto", "Encoder 9");
    assert_station(fixture, "Hotel", "desk-2", "salto", "Encoder 2");
    assert_station(fixture, "Other", "desk-1", "onity", "E'3");
    assert_station(fixture, "Hotel", "", "", "");
    assert_station(fixture, "Hotel", "desk-3", NULL, NULL);
    assert_int_equal(set_station(fixture, "Hotel", "desk-1", "salto", "\xFF"), KC_ERROR_INVALID_ARGUMENT);
    assert_station(fixture, "Hotel", "desk-1", "salto", "Encoder 9");
}

static int32_t set_encoder(struct store_fixture *fixture, const char *site, const struct encoder_record *record)
{
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->set_encoder(fixture->store, site, record, &fixture->error));
}

static int by_name(const void *a, const void *b)
{
    const struct encoder_record *left = a;
    const struct encoder_record *right = b;
    const int order = strcmp(left->system, right->system);
    return order != 0 ? order : strcmp(left->encoder, right->encoder);
}

static struct encoder_record *list_encoders(struct store_fixture *fixture, const char *site, size_t *count)
{
    struct encoder_record *records = NULL;
    fixture_begin(fixture);
    assert_int_equal(fixture_end(fixture, fixture->table->list_encoders(fixture->store, site, &fixture->arena, &records,
                                                                        count, &fixture->error)),
                     KC_OK);
    if (*count > 0)
        qsort(records, *count, sizeof(*records), by_name);
    return records;
}

static void remembers_encoders(void **state)
{
    struct store_fixture *fixture = *state;
    size_t count = 1;
    list_encoders(fixture, "Hotel", &count);
    assert_int_equal(count, 0);
    for (int32_t i = 20; i > 0; i--) {
        char name[32];
        snprintf(name, sizeof(name), "Encoder %02d", (int)i);
        const struct encoder_record record = {"salto", name, KC_ENCODER_ONLINE, FIXTURE_TIME + i};
        assert_int_equal(set_encoder(fixture, "Hotel", &record), KC_OK);
    }
    const struct encoder_record other_site = {"salto", "Encoder 01", KC_ENCODER_BUSY, 1};
    const struct encoder_record other_system = {"onity", "Encoder 01", KC_ENCODER_UNKNOWN, 0};
    const struct encoder_record later = {"salto", "Encoder 01", KC_ENCODER_OFFLINE, FIXTURE_TIME + 99};
    const struct encoder_record bad = {"salto", "Encoder 01", RECORD_ENCODER_LAST + 1, 0};
    assert_int_equal(set_encoder(fixture, "Other", &other_site), KC_OK);
    assert_int_equal(set_encoder(fixture, "Hotel", &other_system), KC_OK);
    assert_int_equal(set_encoder(fixture, "Hotel", &later), KC_OK);
    assert_int_equal(set_encoder(fixture, "Hotel", &bad), KC_ERROR_INVALID_ARGUMENT);
    const struct encoder_record *records = list_encoders(fixture, "Hotel", &count);
    assert_int_equal(count, 21);
    assert_string_equal(records[0].system, "onity");
    assert_int_equal(records[0].state, KC_ENCODER_UNKNOWN);
    assert_string_equal(records[1].encoder, "Encoder 01");
    assert_int_equal(records[1].state, KC_ENCODER_OFFLINE);
    assert_int_equal(records[1].contact_ms, FIXTURE_TIME + 99);
    assert_string_equal(records[20].encoder, "Encoder 20");
    assert_int_equal(records[20].contact_ms, FIXTURE_TIME + 20);
    list_encoders(fixture, "Nowhere", &count);
    assert_int_equal(count, 0);
}

/* ---- Transactions ----------------------------------------------------------------------------------------------- */

static void takes_back_one_job(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_table *table = fixture->table;
    struct store *store = fixture->store;
    struct kc_error *error = &fixture->error;
    struct record records[3] = {fixture_full_record(), fixture_record(2), fixture_record(3)};
    const struct station_record station = {"salto", "Encoder 1"};
    const struct encoder_record encoder = {"salto", "Encoder 1", KC_ENCODER_ONLINE, 5};
    const struct record original = records[0];
    const struct strings moved = STRINGS("102", "999");
    size_t count = 0;
    assert_int_equal(fixture_insert(fixture, &records[0]), KC_OK);
    assert_int_equal(table->begin(store, true, error), KC_OK);
    assert_int_equal(table->job_begin(store, error), KC_OK);
    assert_int_equal(table->insert(store, &records[1], error), KC_OK);
    assert_int_equal(table->job_end(store, true, error), KC_OK);

    assert_int_equal(table->job_begin(store, error), KC_OK);
    assert_int_equal(table->insert(store, &records[2], error), KC_OK);
    records[0].outcome = KC_OUTCOME_WRITTEN;
    assert_int_equal(table->finish(store, &records[0], error), KC_OK);
    assert_int_equal(table->set_key_state(store, &records[0].id, KC_KEY_VOIDED, false, error), KC_OK);
    assert_int_equal(table->set_key_state(store, &records[2].id, KC_KEY_VOIDED, false, error), KC_OK);
    assert_int_equal(table->set_stay(store, &records[0].id, &moved, 5, error), KC_OK);
    assert_int_equal(table->set_stay(store, &records[2].id, &moved, 5, error), KC_OK);
    assert_int_equal(table->forget(store, "Hotel", "B1", error), KC_OK);
    assert_int_equal(table->set_station(store, "Hotel", "desk-1", &station, error), KC_OK);
    assert_int_equal(table->set_encoder(store, "Hotel", &encoder, error), KC_OK);
    assert_int_equal(table->job_end(store, false, error), KC_OK);

    assert_int_equal(table->commit(store, error), KC_OK);
    const struct record_query all = {.find = RECORD_ALL};
    const struct record_query open = {.find = RECORD_OPEN};
    assert_int_equal(found(fixture, all), 2);
    assert_int_equal(found(fixture, open), 2);
    assert_same_record(fixture_get(fixture, &original), &original);
    assert_same_record(fixture_get(fixture, &records[1]), &records[1]);
    assert_in_room(fixture, "101", 2, 2);
    assert_in_room(fixture, "102", 1, 1);
    assert_in_room(fixture, "999", 0, 0);
    assert_station(fixture, "Hotel", "desk-1", NULL, NULL);
    list_encoders(fixture, "Hotel", &count);
    assert_int_equal(count, 0);
}

static void takes_back_a_transaction(void **state)
{
    struct store_fixture *fixture = *state;
    const struct store_table *table = fixture->table;
    struct kc_error *error = &fixture->error;
    struct record record = fixture_full_record();
    const struct record original = record;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_int_equal(set_station(fixture, "Hotel", "desk-1", "salto", "Encoder 1"), KC_OK);
    assert_int_equal(table->begin(fixture->store, true, error), KC_OK);
    for (uint32_t i = 100; i < 200; i++) {
        struct record more = fixture_record(i);
        more.idempotency_key = i % 2 == 0 ? "" : "k";
        assert_int_equal(table->job_begin(fixture->store, error), KC_OK);
        const int32_t status = table->insert(fixture->store, &more, error);
        assert_int_equal(status, i % 2 == 0 || i == 101 ? KC_OK : KC_ERROR_IN_PROGRESS);
        record.key_state = KC_KEY_VOIDED;
        assert_int_equal(table->finish(fixture->store, &record, error), KC_OK);
        const struct station_record station = {"salto", "Encoder 2"};
        assert_int_equal(table->set_station(fixture->store, "Hotel", "desk-1", &station, error), KC_OK);
        assert_int_equal(table->job_end(fixture->store, status == KC_OK, error), KC_OK);
    }
    table->rollback(fixture->store);
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(found(fixture, all), 1);
    assert_same_record(fixture_get(fixture, &original), &original);
    assert_station(fixture, "Hotel", "desk-1", "salto", "Encoder 1");
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static void knows_its_own_instance(void **state)
{
    struct store_fixture *fixture = *state;
    assert_false(fixture->table->instance_alive(fixture->store, 7));
    assert_int_equal(fixture->table->instance_enter(fixture->store, 7, &fixture->error), KC_OK);
    assert_true(fixture->table->instance_alive(fixture->store, 7));
    assert_false(fixture->table->instance_alive(fixture->store, 8));
    assert_false(fixture->table->instance_alive(fixture->store, 0));
}

/* ---- Differential ----------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static struct record random_record(uint64_t *seed)
{
    static const char *const sites[] = {"Hotel", "Other"};
    static const char *const bookings[] = {"", "B1", "B2", "B3"};
    static const char *const keys[] = {"", "", "", "k1", "k2", "k3", "k4", "k5"};
    static const char *const rooms[] = {"101", "102", "103", "101"};
    struct record record = fixture_record(next_random(seed) % 1000);
    record.id = fixture_id(record.created_ms, next_random(seed) % 2 << 4);
    record.site = sites[next_random(seed) % 2];
    record.booking = bookings[next_random(seed) % 4];
    record.idempotency_key = keys[next_random(seed) % 8];
    record.rooms = (struct strings){rooms + next_random(seed) % 2, next_random(seed) % 3};
    record.kind = next_random(seed) % 2 == 0 ? KC_KIND_ORIGINAL : 0;
    record.outcome = (int32_t)(next_random(seed) % (RECORD_OUTCOME_LAST + 1));
    record.key_state = (int32_t)(next_random(seed) % (RECORD_KEY_STATE_LAST + 1));
    record.unconfirmed = next_random(seed) % 8 == 0;
    record.until_utc = next_random(seed) % 3;
    record.guest = "guest";
    record.serials = (struct strings){rooms, next_random(seed) % 3};
    record.vendor_code = bookings[next_random(seed) % 4];
    return record;
}

static int32_t random_step(struct store_fixture *fixture, const struct record *record, uint32_t what)
{
    const struct store_table *table = fixture->table;
    switch (what) {
    case 0:
        return table->finish(fixture->store, record, &fixture->error);
    case 1:
        return table->set_key_state(fixture->store, &record->id, record->key_state, record->unconfirmed,
                                    &fixture->error);
    case 2:
        return table->forget(fixture->store, record->site, record->booking, &fixture->error);
    case 3:
        return table->set_stay(fixture->store, &record->id, &record->rooms, record->until_utc, &fixture->error);
    default:
        return table->insert(fixture->store, record, &fixture->error);
    }
}

static void compare_finds(struct store_fixture *a, struct store_fixture *b, uint64_t *seed)
{
    static const char *const values[] = {"B1", "k1", "101", "102", "k2"};
    static const char *const sites[] = {NULL, "Hotel", "Other"};
    const struct record record = random_record(seed);
    const struct record_query query = {
        .find = (enum record_find)(next_random(seed) % (RECORD_FIND_LAST + 1)),
        .site = sites[next_random(seed) % 3],
        .value = values[next_random(seed) % 5],
        .id = record.id,
        .keys_only = next_random(seed) % 2 == 0,
        .active_only = next_random(seed) % 2 == 0,
        .limit = next_random(seed) % 6,
    };
    struct store_fixture *const both[] = {a, b};
    int32_t statuses[2];
    for (size_t i = 0; i < 2; i++) {
        both[i]->count = 0;
        statuses[i] = both[i]->table->find(both[i]->store, &query, &both[i]->arena, &both[i]->records, &both[i]->count,
                                           &both[i]->error);
    }
    assert_int_equal(statuses[0], statuses[1]);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_same_record(&a->records[i], &b->records[i]);
    arena_free(&a->arena);
    arena_free(&b->arena);
}

/* The same steps on two stores give the same answers, also after jobs and transactions that were taken back. */
static void both_stores_agree(void **state)
{
    void *sides[2] = {*state, (void *)(uintptr_t) "memory"};
    uint64_t seed = 4711;
    for (size_t i = 0; i < 2; i++)
        fixture_setup(&sides[i]);
    struct store_fixture *const both[] = {sides[0], sides[1]};
    struct store *other = NULL; /* of another program */
    if (both[0]->tidies)
        assert_int_equal(fixture_open_another(both[0], &other), KC_OK);
    for (int transaction = 0; transaction < 150; transaction++) {
        const bool keep = next_random(&seed) % 4 != 0;
        if (other && next_random(&seed) % 2 == 0) {
            struct store *turn = both[0]->store;
            both[0]->store = other;
            other = turn;
        }
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(both[i]->table->begin(both[i]->store, true, &both[i]->error), KC_OK);
        for (uint32_t job = next_random(&seed) % 8; job > 0; job--) {
            const bool keep_job = next_random(&seed) % 4 != 0;
            for (size_t i = 0; i < 2; i++)
                assert_int_equal(both[i]->table->job_begin(both[i]->store, &both[i]->error), KC_OK);
            for (uint32_t step = next_random(&seed) % 6; step > 0; step--) {
                const struct record record = random_record(&seed);
                const uint32_t what = next_random(&seed) % 7;
                assert_int_equal(random_step(both[0], &record, what), random_step(both[1], &record, what));
            }
            compare_finds(both[0], both[1], &seed);
            for (size_t i = 0; i < 2; i++)
                assert_int_equal(both[i]->table->job_end(both[i]->store, keep_job, &both[i]->error), KC_OK);
        }
        for (int i = 0; i < 5; i++)
            compare_finds(both[0], both[1], &seed);
        for (size_t i = 0; i < 2; i++) {
            if (keep)
                assert_int_equal(both[i]->table->commit(both[i]->store, &both[i]->error), KC_OK);
            else
                both[i]->table->rollback(both[i]->store);
            if (both[i]->tidies && next_random(&seed) % 2 == 0)
                fixture_tidy(both[i]);
        }
    }
    if (other)
        store_close(other);
    for (size_t i = 0; i < 2; i++)
        fixture_teardown(&sides[i]);
}

/* ---- The store that keeps nothing ------------------------------------------------------------------------------- */

static void none_keeps_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_full_record();
    size_t count = 1;
    assert_true(fixture->table->keeps_nothing);
    assert_true(fixture->table->inline_jobs);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_VOIDED, false), KC_OK);
    assert_int_equal(fixture_set_stay(fixture, &record.id, &record.rooms, 5), KC_OK);
    assert_int_equal(fixture_forget(fixture, "Hotel", "B1"), KC_OK);
    for (unsigned int i = 0; i <= RECORD_FIND_LAST; i++) {
        const struct record_query query = {.find = (enum record_find)i, .id = record.id, .value = "101"};
        assert_int_equal(found(fixture, query), 0);
    }
    assert_int_equal(set_station(fixture, "Hotel", "desk-1", "salto", "Encoder 1"), KC_OK);
    assert_station(fixture, "Hotel", "desk-1", NULL, NULL);
    list_encoders(fixture, "Hotel", &count);
    assert_int_equal(count, 0);
    knows_its_own_instance(state);
}

static void stores_are_found_by_scheme(void **state)
{
    (void)state;
    static const char *const schemes[] = {"sqlite", "memory", "none"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(store_find(schemes[i])->scheme, schemes[i]);
    assert_null(store_find("postgres"));
    assert_null(store_find(""));
    assert_null(store_find("SQLITE"));
    assert_null(store_find(NULL));
    assert_false(store_find("sqlite")->inline_jobs);
    assert_true(store_find("memory")->inline_jobs);
}

static void nothing_may_follow_memory_and_none(void **state)
{
    (void)state;
    static const char *const schemes[] = {"memory", "none"};
    for (size_t i = 0; i < 2; i++) {
        struct store *store = NULL;
        struct kc_error error = {0};
        assert_int_equal(store_find(schemes[i])->open("keys.db", &store, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_null(store);
    }
}

#define WITH(test, scheme)                                                                                             \
    {                                                                                                                  \
#test " (" scheme ")", test, fixture_setup, fixture_teardown, (void *)(uintptr_t)scheme                        \
    }
#define AGREES(scheme)                                                                                                 \
    {                                                                                                                  \
        "both_stores_agree (" scheme ")", both_stores_agree, NULL, NULL, (void *)(uintptr_t)scheme                     \
    }
#define EACH(scheme)                                                                                                   \
    WITH(keeps_every_field, scheme), WITH(keeps_extreme_numbers, scheme), WITH(keeps_hostile_text, scheme),            \
        WITH(keeps_all_of_unicode, scheme), WITH(refuses_text_that_would_not_come_back, scheme),                       \
        WITH(refuses_lists_out_of_bounds, scheme), WITH(refuses_unknown_numbers, scheme),                              \
        WITH(finds_newest_first, scheme), WITH(keeps_records_of_one_moment, scheme),                                   \
        WITH(finds_only_what_was_asked, scheme), WITH(finishes_what_an_outcome_brings, scheme),                        \
        WITH(finish_refuses_what_it_cannot_keep, scheme), WITH(lookups_follow_changes, scheme),                        \
        WITH(a_stay_moves_and_is_extended, scheme), WITH(changed_stays_survive_closing, scheme),                       \
        WITH(stays_refuse_rooms_that_would_not_come_back, scheme),                                                     \
        WITH(idempotency_keys_are_unique_in_a_site, scheme), WITH(idempotency_keys_are_unique_in_a_batch, scheme),     \
        WITH(forgets_the_guest_and_nothing_else, scheme), WITH(remembers_stations, scheme),                            \
        WITH(remembers_encoders, scheme), WITH(takes_back_one_job, scheme), WITH(takes_back_a_transaction, scheme),    \
        WITH(knows_its_own_instance, scheme)

/* The stores in the process, or, if it is named, that in PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest in_process[] = {
        EACH("sqlite"),
        EACH("sqlite, tidied"),
        EACH("memory"),
        WITH(none_keeps_nothing, "none"),
        AGREES("sqlite"),
        AGREES("sqlite, tidied"),
        cmocka_unit_test(stores_are_found_by_scheme),
        cmocka_unit_test(nothing_may_follow_memory_and_none),
    };
    static const struct CMUnitTest in_postgresql[] = {EACH("postgresql"), AGREES("postgresql")};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", in_postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("in_process", in_process, NULL, NULL);
}
