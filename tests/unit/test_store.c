/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules that every store that keeps something must obey: one suite, run against each of them. This is finding,
 * stations, transactions; what records hold and how they change is in test_store_content.c and test_store_change.c,
 * what only files can suffer in test_store_file.c, test_store_damage.c and test_store_crash.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/record.h"
#include "store_fixture.h"

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
        const size_t count = fixture_count(fixture, cases[i].query);
        if (count != cases[i].count)
            fail_msg("case %zu: %zu instead of %zu", i, count, cases[i].count);
    }
    const struct record_query nonsense = {.find = (enum record_find)99};
    assert_int_equal(fixture_find(fixture, &nonsense), KC_ERROR_INVALID_ARGUMENT);
    const struct record_query of_no_site = {.find = RECORD_BY_BOOKING, .value = "B1"};
    assert_int_equal(fixture_find(fixture, &of_no_site), KC_ERROR_INVALID_ARGUMENT);
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
    assert_int_equal(fixture_count(fixture, all), 2);
    assert_int_equal(fixture_count(fixture, open), 2);
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
    assert_int_equal(fixture_count(fixture, all), 1);
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
        assert_int_equal(fixture_count(fixture, query), 0);
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

/* Four of which some cannot be read. */
static void insert_damaged(struct store_fixture *fixture, const char *which)
{
    const char *nothing = fixture->database[0] ? "'\\x'" : "x''";
    char sql[200];
    for (uint32_t i = 1; i <= 4; i++) {
        struct record record = fixture_record(i);
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        record.outcome = KC_OUTCOME_WRITTEN;
        assert_int_equal(fixture_finish(fixture, &record), KC_OK);
    }
    fixture_close(fixture);
    snprintf(sql, sizeof(sql), "UPDATE operation SET packed = %s WHERE id IN (%s)", nothing, which);
    fixture_tamper(fixture, sql);
    fixture_open(fixture);
}

static void lists_leave_out_what_cannot_be_read(void **state)
{
    struct store_fixture *fixture = *state;
    size_t unreadable = 0;
    struct record_query query = {.find = RECORD_ALL, .site = "Hotel", .limit = 2};
    insert_damaged(fixture, "SELECT id FROM operation ORDER BY id DESC LIMIT 2 OFFSET 1");
    assert_int_equal(fixture_find(fixture, &query), KC_ERROR_LEDGER_DAMAGED);
    query.unreadable = &unreadable;
    assert_int_equal(fixture_find(fixture, &query), KC_OK);
    assert_int_equal(unreadable, 2);
    assert_int_equal(fixture->count, 2);
    const struct record *const found = fixture->records;
    const struct record wanted[] = {fixture_record(4), fixture_record(1)};
    for (size_t i = 0; i < 2; i++)
        assert_memory_equal(&found[i].id, &wanted[i].id, sizeof(found[i].id));
}

/* What stands behind the end of the list is not left out. */
static void lists_count_what_they_leave_out(void **state)
{
    struct store_fixture *fixture = *state;
    size_t unreadable = 0;
    const struct record_query query = {.find = RECORD_ALL, .site = "Hotel", .limit = 2, .unreadable = &unreadable};
    insert_damaged(fixture, "SELECT min(id) FROM operation UNION SELECT max(id) FROM operation");
    assert_int_equal(fixture_find(fixture, &query), KC_OK);
    assert_int_equal(fixture->count, 2);
    assert_int_equal(unreadable, 1);
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

/* Of the query the first word that is wrong is named; nothing that may be a part of a password is. */
static void a_wrong_uri_names_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *path, *word;
    } wrong[] = {
        {"//h/d?sslmod=require", "\"sslmod\""},
        {"//h?x=1", "\"x\""},
        {"//u:p?w@h/d?sslmode=require&ssl=true&timeout=3", "\"timeout\""},
        {"//u@h/d?sslmode", "%XX"},
        {"//u@h/d?SECRET=1", "%XX"},
        {"//u:pa/ss?secret=1@h/d", "%XX"},
        {"//u:pa%ss@h/d?secret=1@", "%XX"},
        {"//u:%@h/d", "%XX"},
        {"h/d?secret=1", "%XX"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct store *store = NULL;
        struct kc_error error = {0};
        assert_int_equal(store_find("postgresql")->open(wrong[i].path, &store, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_null(store);
        if (!strstr(error.message, wrong[i].word) || strstr(error.message, "secret"))
            fail_msg("%s: %s", wrong[i].path, error.message);
    }
}

#define EACH(scheme)                                                                                                   \
    WITH(finds_newest_first, scheme), WITH(keeps_records_of_one_moment, scheme),                                       \
        WITH(finds_only_what_was_asked, scheme), WITH(remembers_stations, scheme), WITH(remembers_encoders, scheme),   \
        WITH(takes_back_one_job, scheme), WITH(takes_back_a_transaction, scheme), WITH(knows_its_own_instance, scheme)

/* The stores in the process, or, if it is named, that in PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest in_process[] = {
        EACH("sqlite"),
        EACH("sqlite, tidied"),
        EACH("memory"),
        WITH(none_keeps_nothing, "none"),
        WITH(lists_leave_out_what_cannot_be_read, "sqlite"),
        WITH(lists_leave_out_what_cannot_be_read, "sqlite, tidied"),
        WITH(lists_count_what_they_leave_out, "sqlite"),
        WITH(lists_count_what_they_leave_out, "sqlite, tidied"),
        cmocka_unit_test(stores_are_found_by_scheme),
        cmocka_unit_test(nothing_may_follow_memory_and_none),
    };
    static const struct CMUnitTest in_postgresql[] = {
        EACH("postgresql"), WITH(lists_leave_out_what_cannot_be_read, "postgresql"),
        WITH(lists_count_what_they_leave_out, "postgresql"), cmocka_unit_test(a_wrong_uri_names_the_word)};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", in_postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("in_process", in_process, NULL, NULL);
}
