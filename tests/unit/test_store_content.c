/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a store is given comes back, whatever it is, or is refused; two stores agree on all of it. */
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
        const struct record record = fixture_filled_record(i, texts[i], list);
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

#define AGREES(scheme)                                                                                                 \
    {                                                                                                                  \
        "both_stores_agree (" scheme ")", both_stores_agree, NULL, NULL, (void *)(uintptr_t)scheme                     \
    }
#define EACH(scheme)                                                                                                   \
    WITH(keeps_every_field, scheme), WITH(keeps_extreme_numbers, scheme), WITH(keeps_hostile_text, scheme),            \
        WITH(keeps_all_of_unicode, scheme), WITH(refuses_text_that_would_not_come_back, scheme),                       \
        WITH(refuses_lists_out_of_bounds, scheme), WITH(refuses_unknown_numbers, scheme)

/* The stores in the process, or, if it is named, that in PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest in_process[] = {
        EACH("sqlite"), EACH("sqlite, tidied"), EACH("memory"), AGREES("sqlite"), AGREES("sqlite, tidied"),
    };
    static const struct CMUnitTest in_postgresql[] = {EACH("postgresql"), AGREES("postgresql")};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", in_postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("in_process", in_process, NULL, NULL);
}
