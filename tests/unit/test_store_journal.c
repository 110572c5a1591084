/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of a store that keeps one: what is written fits, and what was tampered with shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/sha256.h"
#include "store_fixture.h"

/* libcrypto, which has no random numbers where memory is used up. */
static bool no_random_numbers;
int __real_RAND_bytes(unsigned char *bytes, int count);
int __wrap_RAND_bytes(unsigned char *bytes, int count);

int __wrap_RAND_bytes(unsigned char *bytes, int count)
{
    return no_random_numbers ? 0 : __real_RAND_bytes(bytes, count);
}

/* What SHA-256 needs, which is not there either. */
static bool no_sha256;
struct sha256 *__real_sha256_new(void);
struct sha256 *__wrap_sha256_new(void);

struct sha256 *__wrap_sha256_new(void)
{
    return no_sha256 ? NULL : __real_sha256_new();
}

static struct store_check check_journal(struct store_fixture *fixture)
{
    struct store_check check = {0};
    while (!check.done) {
        assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->check(fixture->store, &check, &fixture->error), KC_OK);
        fixture->table->rollback(fixture->store);
    }
    return check;
}

static void assert_whole(struct store_fixture *fixture, int64_t entries)
{
    const struct store_check check = check_journal(fixture);
    if (check.fault)
        fail_msg("entry %lld: %s", (long long)check.entry, check.fault);
    assert_int_equal(check.entries, entries);
}

/* What was taken back has no entry, and what was forgotten still fits. */
static void the_journal_fits(void **state)
{
    struct store_fixture *fixture = *state;
    const struct strings moved = STRINGS("102", "103");
    assert_whole(fixture, 0);
    struct record record = fixture_full_record();
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    struct record plain = fixture_record(70);
    plain.booking = record.booking;
    plain.site = record.site;
    assert_int_equal(fixture_insert(fixture, &plain), KC_OK);
    fixture_begin(fixture);
    struct record undone = fixture_record(80);
    assert_int_equal(fixture->table->insert(fixture->store, &undone, &fixture->error), KC_OK);
    fixture_end(fixture, KC_ERROR_STATE);
    assert_whole(fixture, 2);
    plain.serials = STRINGS("04AA");
    plain.outcome = KC_OUTCOME_WRITTEN;
    assert_int_equal(fixture_finish(fixture, &plain), KC_OK);
    assert_int_equal(fixture_set_key_state(fixture, &plain.id, KC_KEY_VOIDED, true), KC_OK);
    assert_int_equal(fixture_set_stay(fixture, &plain.id, &moved, 5), KC_OK);
    assert_whole(fixture, 5);
    assert_int_equal(fixture_forget(fixture, record.site, record.booking), KC_OK);
    const int64_t after = check_journal(fixture).entries;
    assert_true(after >= 6);
    assert_whole(fixture, after);
    assert_int_equal(fixture_forget(fixture, record.site, record.booking), KC_OK);
    assert_whole(fixture, after);    /* nothing was left to forget */
    plain.serials = STRINGS("04BB"); /* a guest comes again */
    assert_int_equal(fixture_finish(fixture, &plain), KC_OK);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_whole(fixture, after + 1);
}

/* The outcome may bring the first guest data, and its card is made by then. */
static void an_outcome_needs_no_more_than_its_intent(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(70);
    record.fingerprint &= ~(uint64_t)UINT32_MAX;
    assert_false(seal_has_guest_data(&record));
    no_random_numbers = true;
    assert_int_equal(fixture_insert(fixture, &record), KC_ERROR_SYSTEM);
    assert_non_null(strstr(fixture->error.message, "random"));
    no_random_numbers = false;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    record.serials = STRINGS("04AA");
    record.outcome = KC_OUTCOME_WRITTEN;
    no_random_numbers = true;
    const int32_t status = fixture_finish(fixture, &record);
    no_random_numbers = false;
    assert_int_equal(status, KC_OK);
    assert_whole(fixture, 2);
}

/* What memory was used up for once is there when there is memory again. */
static void digests_are_made_as_soon_as_they_can_be(void **state)
{
    struct store_fixture *fixture = *state;
    const struct record record = fixture_record(80);
    no_sha256 = true;
    const int32_t status = fixture_insert(fixture, &record);
    no_sha256 = false;
    assert_int_equal(status, KC_ERROR_SYSTEM);
    assert_non_null(strstr(fixture->error.message, "SHA-256"));
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_whole(fixture, 1);
}

/* A check may share its transaction with what others write: their entries are there before the head is. */
static void the_journal_fits_while_it_is_written(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_check check = {0};
    struct record record = fixture_full_record();
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    record.outcome = KC_OUTCOME_WRITTEN;
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->finish(fixture->store, &record, &fixture->error), KC_OK);
    while (!check.done)
        assert_int_equal(fixture->table->check(fixture->store, &check, &fixture->error), KC_OK);
    assert_null(check.fault);
    assert_int_equal(check.entries, 2);
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
    assert_whole(fixture, 2);
}

/* Many entries, so that a check takes many steps. */
static void long_journals_fit(void **state)
{
    struct store_fixture *fixture = *state;
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    for (uint32_t i = 0; i < 2500; i++) {
        const struct record record = fixture_record(i);
        assert_int_equal(fixture->table->job_begin(fixture->store, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->job_end(fixture->store, true, &fixture->error), KC_OK);
    }
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
    assert_whole(fixture, 2500);
}

static void another_room(struct packed *packed, const struct packed *other)
{
    static const char *const rooms[] = {"999"};
    (void)other;
    packed->record.rooms = (struct strings){rooms, 1};
}

static void another_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "Someone";
}

static void no_guest(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.guest = "";
}

static void no_guest_and_no_salt(struct packed *packed, const struct packed *other)
{
    no_guest(packed, other);
    packed->seal.has_salt = false;
}

static void as_if_forgotten(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.forgotten = true;
}

static void another_end(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.until_utc = 5;
}

/* Each is done to a ledger with three operations and five entries by someone who can write the tables. */
struct deed {
    const char *sql; /* or */
    forge_change change;
    const char *booking;
    int64_t entry;   /* the first that does not fit; 0: an operation without entry, or that is not found */
    bool to_intents; /* else to operations with an outcome, which stand elsewhere in PostgreSQL */
};

static const struct deed of_both[] = {
    {.change = another_room, .booking = "B0", .entry = 4},
    {.change = another_guest, .booking = "B1", .entry = 5},
    {.change = no_guest, .booking = "B2", .entry = 3},
    {.change = no_guest_and_no_salt, .booking = "B2", .entry = 3},
    {.change = as_if_forgotten, .booking = "B2", .entry = 3},
    {.change = another_end, .booking = "B2", .entry = 3},
    {.sql = "UPDATE operation SET high = high + 1 WHERE id = 1", .entry = 1},
    {.sql = "UPDATE operation SET flags = 0 WHERE id = 2", .entry = 0},
    {.sql = "DELETE FROM operation WHERE id = 2", .entry = 2},
};

static const struct deed of_sqlite[] = {
    {.sql = "UPDATE operation SET last = 9 WHERE id = 3", .entry = 0},
    {.sql = "UPDATE operation SET last = 0 WHERE id = 1", .entry = 1},
    {.sql = "UPDATE operation SET packed = zeroblob(40) WHERE id = 3", .entry = 3},
    {.sql = "DELETE FROM journal WHERE entry = 2", .entry = 2},
    {.sql = "DELETE FROM journal WHERE entry = 5", .entry = 5},
    {.sql = "UPDATE journal SET packed = (SELECT packed FROM journal WHERE entry = 1) WHERE entry = 2", .entry = 2},
    {.sql = "UPDATE journal SET packed = CAST(substr((SELECT packed FROM journal WHERE entry = 1), 1, 20) || "
            "substr(packed, 21) AS BLOB) WHERE entry = 2",
     .entry = 2},
    {.sql = "UPDATE journal SET packed = CAST(substr(packed, 1, 20) || x'00000000' AS BLOB) WHERE entry = 3",
     .entry = 3},
    {.sql = "UPDATE journal SET back = 1 WHERE entry = 2", .entry = 2},
    {.sql = "UPDATE journal SET packed = CAST(substr(packed, 1, 24) || zeroblob(28) AS BLOB) WHERE entry = 5",
     .entry = 5},
    {.sql = "UPDATE journal SET packed = CAST(substr(packed, 1, 24) AS BLOB) WHERE entry = 5", .entry = 6},
    {.sql = "DELETE FROM journal WHERE entry > 3", .entry = 4},
    {.sql = "DELETE FROM lookup WHERE operation = 2", .entry = 0},
    {.sql = "DELETE FROM operation_room WHERE operation = 1", .entry = 0},
    {.sql = "UPDATE operation_room SET active = 0 WHERE operation = 3", .entry = 0},
    {.sql = "DELETE FROM operation_high WHERE operation = 3", .entry = 0},
    {.sql = "DELETE FROM unsettled WHERE operation = 1", .entry = 0},
    {.sql = "DELETE FROM site_block", .entry = 0},
    {.sql = "UPDATE site_block SET salted = 0", .entry = 0},
};

/* What is not in the tables yet counts as such only where nobody says that it is. */
static const struct deed of_sqlite_untidied[] = {
    {.sql = "UPDATE chain SET indexed = 1", .entry = 0},
    {.sql = "UPDATE chain SET indexed = 5", .entry = 0},
    {.sql = "UPDATE operation SET flags = 0 WHERE id = 2", .entry = 0},
    {.sql = "DELETE FROM operation WHERE id = 2", .entry = 2},
};

/* All entries of so short a journal stand with its head: 25 bytes each. */
#define JOURNAL_WITH(bytes, from) "UPDATE ledger SET tail = overlay(tail placing '\\x" bytes "'::bytea from " from ")"
static const struct deed of_postgresql[] = {
    {.sql = "UPDATE operation SET packed = decode(repeat('00', 40), 'hex') WHERE id = 3", .entry = 3},
    {.sql = "UPDATE operation SET packed = overlay(packed placing '\\x09'::bytea from 1) WHERE id = 3", .entry = 0},
    {.sql = "UPDATE operation SET packed = overlay(packed placing '\\x00'::bytea from 1) WHERE id = 1", .entry = 1},
    {.sql = "UPDATE ledger SET tail = ''", .entry = 1},
    {.sql = "UPDATE ledger SET tail = substring(tail from 1 for 99)", .entry = 4},
    {.sql = JOURNAL_WITH("0102030405060708090a0b0c0d0e0f1011121314", "27"), .entry = 2}, /* the content of 2 */
    {.sql = JOURNAL_WITH("00000000", "72"), .entry = 3},                                 /* the link of 3 */
    {.sql = JOURNAL_WITH("01", "26"), .entry = 2},                                       /* 2 is one of the first */
    {.sql = "UPDATE ledger SET entries = 4", .entry = 6},
    {.sql = "UPDATE ledger SET head = decode(repeat('00', 32), 'hex')", .entry = 5},
    {.sql = "UPDATE operation SET idempotency = 7 WHERE id = 3", .entry = 0},
    {.sql = "UPDATE operation SET booking = NULL WHERE id = 3", .entry = 0},
    {.sql = "UPDATE operation SET room = room + 1 WHERE id = 3", .entry = 0},
    {.sql = "DELETE FROM active_room", .entry = 0},
    {.sql = "DELETE FROM waiting WHERE id = 2", .entry = 0},
    {.sql = "WITH gone AS (DELETE FROM operation WHERE id = 2 RETURNING *) INSERT INTO intent SELECT id & 255, * FROM "
            "gone",
     .entry = 0},
    {.sql = "WITH gone AS (DELETE FROM intent WHERE id = 2 RETURNING *) INSERT INTO operation SELECT id, high, room, "
            "site, idempotency, booking, flags, packed FROM gone",
     .to_intents = true,
     .entry = 0},
    {.sql = "UPDATE intent SET packed = decode(repeat('00', 40), 'hex') WHERE id = 3", .to_intents = true, .entry = 3},
    {.sql = "UPDATE intent SET booking = NULL WHERE id = 3", .to_intents = true, .entry = 0},
    {.sql = "DELETE FROM intent WHERE id = 2", .to_intents = true, .entry = 2},
    {.sql = "DELETE FROM site_block", .entry = 0},
    {.sql = "UPDATE site_block SET salted = false", .entry = 0},
};

/* Rows that are full do not stand with the head. */
static void full_rows_are_checked(void **state)
{
    static const struct deed deeds[] = {
        {.sql = "UPDATE journal SET packed = overlay(packed placing '\\x00000000'::bytea from 72) WHERE block = 1",
         .entry = 35},
        {.sql = "DELETE FROM journal WHERE block = 3", .entry = 97},
        {.sql = "UPDATE ledger SET tail = substring(tail from 1 for 30)", .entry = 2498},
    };
    struct store_fixture *fixture = *state;
    long_journals_fit(state);
    for (size_t i = sizeof(deeds) / sizeof(deeds[0]); i-- > 0;) {
        fixture_tamper(fixture, deeds[i].sql);
        const struct store_check check = check_journal(fixture);
        assert_non_null(check.fault);
        assert_int_equal(check.entry, deeds[i].entry);
    }
}

/* One commit, without brackets around its jobs. */
static void insert_together(struct store_fixture *fixture, uint32_t first, uint32_t count)
{
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    for (uint32_t i = first; i < first + count; i++) {
        struct record record = fixture_record(i);
        char key[20];
        snprintf(key, sizeof(key), "key %u", i);
        record.idempotency_key = key;
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
    }
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
}

#define PACKED_OF_70                                                                                                   \
    "UPDATE journal SET packed = CAST(substr(packed, 1, 131) || x'00000000' || substr(packed, 136) AS BLOB) "
#define PACKED_OF_66 "UPDATE journal SET packed = CAST(substr(packed, 1, 25) || x'01' || substr(packed, 27) AS BLOB) "
/* What one commit writes stands in rows of 64 entries, of 25 bytes each here; the last one has the chain behind it. */
static void rows_with_many_entries_are_checked(void **state)
{
    enum { ENTRIES = 2500 };
    static const struct deed deeds[] = {
        {.sql = "UPDATE journal SET back = -65 WHERE entry = 64", .entry = 1},
        {.sql = "UPDATE journal SET packed = substr(packed, 1, 30) WHERE entry = 64", .entry = 2},
        {.sql = "DELETE FROM journal WHERE entry = 128", .entry = 65},
        {.sql = "UPDATE journal SET back = -63 WHERE entry = 128", .entry = 65},
        {.sql = PACKED_OF_66 "WHERE entry = 128", .entry = 66},
        {.sql = PACKED_OF_70 "WHERE entry = 128", .entry = 70},
        {.sql = "UPDATE journal SET packed = substr(packed, 1, 63 * 25) WHERE entry = 128", .entry = 128},
        {.sql = "UPDATE journal SET packed = CAST(packed || x'00' AS BLOB) WHERE entry = 128", .entry = 128},
        {.sql = "INSERT INTO journal SELECT entry + 1, back, packed FROM journal WHERE entry = 128", .entry = 129},
        {.sql = "UPDATE journal SET packed = x'' WHERE entry = 2496", .entry = 2433},
        {.sql = "UPDATE journal SET packed = substr(packed, 1, 3 * 25 + 24) WHERE entry = 2500", .entry = 2500},
        {.sql =
             "UPDATE journal SET packed = CAST(substr(packed, 1, 4 * 25) || zeroblob(28) AS BLOB) WHERE entry = 2500",
         .entry = 2500},
        {.sql = "UPDATE journal SET packed = substr(packed, 1, 4 * 25) WHERE entry = 2500", .entry = 2501},
    };
    struct store_fixture *fixture = *state;
    insert_together(fixture, 0, ENTRIES);
    assert_whole(fixture, ENTRIES);
    fixture_tidy(fixture);
    assert_whole(fixture, ENTRIES);
    for (size_t i = sizeof(deeds) / sizeof(deeds[0]); i-- > 0;) {
        fixture_tamper(fixture, deeds[i].sql);
        const struct store_check check = check_journal(fixture);
        assert_non_null(check.fault);
        assert_int_equal(check.entry, deeds[i].entry);
    }
}

/* An operation whose last entry is that of another one. */
static void entries_in_rows_belong_to_their_operations(void **state)
{
    struct store_fixture *fixture = *state;
    insert_together(fixture, 0, 100);
    fixture_tamper(fixture, "UPDATE operation SET last = 1 WHERE id = 70");
    const struct store_check check = check_journal(fixture);
    assert_non_null(check.fault);
    assert_string_equal(check.fault, "it has no entry in the journal");
    assert_int_equal(check.last_operation, 70);
}

/* This program follows the journal; a row that it cannot read hides nothing from it. */
static void what_another_program_writes_together_is_found(void **state)
{
    struct store_fixture *fixture = *state;
    struct store_fixture other = *fixture;
    other.arena = (struct arena){0};
    assert_int_equal(fixture_open_another(fixture, &other.store), KC_OK);
    insert_together(fixture, 1000, 2);
    for (uint32_t round = 0; round < 2; round++) {
        struct record record = fixture_record(2000 + round);
        insert_together(&other, 200 * round, 150);
        if (round == 1)
            fixture_tamper(fixture,
                           "UPDATE journal SET packed = substr(packed, 1, 30) WHERE back = -64 AND entry > 200");
        record.idempotency_key = round == 0 ? "key 77" : "key 277";
        assert_int_equal(fixture_insert(fixture, &record), KC_ERROR_IN_PROGRESS);
    }
    arena_free(&other.arena);
    store_close(other.store);
}

/* All entries are as they were, and something stands behind them: in a row that is full, in one that is not, and in
 * none. */
static void stray_bytes_show(void **state)
{
    static const char *const deeds[][2] = {
        {"UPDATE journal SET packed = packed || '\\x00'::bytea WHERE block = 0",
         "UPDATE journal SET packed = substring(packed from 1 for length(packed) - 1) WHERE block = 0"},
        {"UPDATE ledger SET tail = tail || '\\x00'::bytea",
         "UPDATE ledger SET tail = substring(tail from 1 for length(tail) - 1)"},
    };
    struct store_fixture *fixture = *state;
    for (uint32_t k = 0; k < 33; k++) {
        struct record record = fixture_record(k);
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        for (size_t i = 0; k >= 31 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
            fixture_tamper(fixture, deeds[i][0]);
            const struct store_check check = check_journal(fixture);
            assert_non_null(check.fault);
            assert_int_equal(check.entry, i == 0 ? 32 : k + 1);
            fixture_tamper(fixture, deeds[i][1]);
            assert_whole(fixture, k + 1);
        }
    }
}

/* The intent is what it was, and the operation what it is; but who asks may be told of either. Operations are checked
 * 2000 at a time. */
static void an_operation_that_stands_there_twice_shows(void **state)
{
    enum { BEFORE = 1998, OPERATIONS = 4 };
    struct store_fixture *fixture = *state;
    fixture_begin(fixture);
    for (uint32_t i = 0; i < BEFORE; i++) {
        struct record record = fixture_record(OPERATIONS + i);
        record.outcome = KC_OUTCOME_WRITTEN;
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
    }
    assert_int_equal(fixture_end(fixture, KC_OK), KC_OK);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        struct record record = fixture_record(i);
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
        fixture_tamper(fixture, "CREATE TABLE kept AS SELECT * FROM intent");
        record.outcome = KC_OUTCOME_WRITTEN;
        assert_int_equal(fixture_finish(fixture, &record), KC_OK);
        assert_whole(fixture, BEFORE + 2 * (int64_t)i + 2);
        fixture_tamper(fixture, "INSERT INTO intent SELECT * FROM kept");
        const struct store_check check = check_journal(fixture);
        assert_non_null(check.fault);
        assert_memory_equal(&check.id, &record.id, sizeof(check.id));
        fixture_tamper(fixture, "DELETE FROM intent; DROP TABLE kept");
        assert_whole(fixture, BEFORE + 2 * (int64_t)i + 2);
    }
}

static void try_deed(const char *scheme, const struct deed *deed, bool tidied)
{
    static const char *const bookings[] = {"B0", "B1", "B2"};
    void *one = (void *)(uintptr_t)scheme;
    fixture_setup(&one);
    struct store_fixture *fixture = one;
    for (uint32_t k = 0; k < 3; k++) {
        struct record record = fixture_record(k);
        record.booking = bookings[k];
        record.guest = "Guest";
        record.outcome = deed->to_intents ? KC_OUTCOME_PENDING : KC_OUTCOME_UNKNOWN;
        assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    }
    for (uint32_t k = 0; k < 2; k++) {
        const struct record record = fixture_record(k);
        assert_int_equal(fixture_set_key_state(fixture, &record.id, KC_KEY_ACTIVE, false), KC_OK);
    }
    if (tidied)
        fixture_tidy(fixture);
    assert_whole(fixture, 5);
    if (deed->sql)
        fixture_tamper(fixture, deed->sql);
    else
        forge(fixture->table, fixture->path, "Hotel", deed->booking, NULL, deed->change);
    const struct store_check check = check_journal(fixture);
    if (!check.fault || check.entry != deed->entry)
        fail_msg("%s of %s: entry %lld (%s)", deed->sql ? deed->sql : "a change", deed->sql ? "all" : deed->booking,
                 (long long)check.entry, check.fault ? check.fault : "fits");
    fixture_teardown(&one);
}

static void tampering_shows(void **state)
{
    const char *scheme = *state;
    for (size_t i = 0; i < sizeof(of_both) / sizeof(of_both[0]); i++)
        try_deed(scheme, &of_both[i], true);
    const bool in_file = strcmp(scheme, "sqlite") == 0;
    for (size_t i = 0; in_file && i < sizeof(of_sqlite) / sizeof(of_sqlite[0]); i++)
        try_deed(scheme, &of_sqlite[i], true);
    for (size_t i = 0; in_file && i < sizeof(of_sqlite_untidied) / sizeof(of_sqlite_untidied[0]); i++)
        try_deed(scheme, &of_sqlite_untidied[i], false);
    for (size_t i = 0; !in_file && i < sizeof(of_postgresql) / sizeof(of_postgresql[0]); i++)
        try_deed(scheme, &of_postgresql[i], true);
}

/* A record that hides nothing has no salt: a guest who is added to it later has nobody's word. */
static void a_guest_of_nobody_shows(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    record.fingerprint = 0;
    record.outcome = KC_OUTCOME_UNKNOWN;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_tidy(fixture);
    assert_whole(fixture, 1);
    forge(fixture->table, fixture->path, "Hotel", "B1", NULL, another_guest);
    const struct store_check check = check_journal(fixture);
    assert_non_null(check.fault);
    assert_int_equal(check.entry, 1);
}

#define JOURNAL(scheme)                                                                                                \
    WITH(the_journal_fits, scheme), WITH(an_outcome_needs_no_more_than_its_intent, scheme),                            \
        WITH(digests_are_made_as_soon_as_they_can_be, scheme), WITH(the_journal_fits_while_it_is_written, scheme),     \
        WITH(long_journals_fit, scheme), WITH(a_guest_of_nobody_shows, scheme),                                        \
    {                                                                                                                  \
        "tampering_shows (" scheme ")", tampering_shows, NULL, NULL, (void *)(uintptr_t)scheme                         \
    }

/* In a file, or, if it is named, in PostgreSQL. */
int main(int count, char **arguments)
{
    static const struct CMUnitTest in_file[] = {
        JOURNAL("sqlite"),
        WITH(the_journal_fits, "sqlite, tidied"),
        WITH(the_journal_fits_while_it_is_written, "sqlite, tidied"),
        WITH(rows_with_many_entries_are_checked, "sqlite"),
        WITH(entries_in_rows_belong_to_their_operations, "sqlite"),
        WITH(what_another_program_writes_together_is_found, "sqlite"),
    };
    static const struct CMUnitTest in_postgresql[] = {JOURNAL("postgresql"), WITH(full_rows_are_checked, "postgresql"),
                                                      WITH(stray_bytes_show, "postgresql"),
                                                      WITH(an_operation_that_stands_there_twice_shows, "postgresql")};
    if (count > 1 && strcmp(arguments[1], "postgresql") == 0)
        return cmocka_run_group_tests_name("postgresql", in_postgresql, NULL, NULL);
    return cmocka_run_group_tests_name("in_file", in_file, NULL, NULL);
}
