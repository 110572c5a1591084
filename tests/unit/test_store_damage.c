/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ledger files whose bytes are not what was written: cut off, overwritten, forged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_fixture.h"
#include "forge_values.h"
#include "store/batch.h"
#include "store/record.h"
#include "store/worker.h"

/* Looks at everything. The first error, or KC_OK; nothing but damage may be the matter. */
static int32_t look_at_everything(struct store_fixture *fixture)
{
    static const char *const values[] = {"B1", "101", "k1"};
    struct store *store = NULL;
    int32_t first = fixture->table->open(fixture->path, &store, &fixture->error);
    struct store_fixture here = *fixture;
    here.store = store;
    here.arena = (struct arena){0};
    for (unsigned int i = 0; store && i <= RECORD_FIND_LAST; i++) {
        for (size_t k = 0; k < 3; k++) {
            const struct record_query query = {.find = (enum record_find)i,
                                               .site = "Hotel",
                                               .value = values[k],
                                               .id = fixture_id(FIXTURE_TIME + 1, 1)};
            const int32_t status = fixture_find(&here, &query);
            if (first == KC_OK && status != KC_OK)
                fixture->error = here.error;
            first = first == KC_OK ? status : first;
        }
    }
    if (store)
        fixture->table->close(store);
    arena_free(&here.arena);
    return first;
}

static void fill(struct store_fixture *fixture, uint32_t count)
{
    char key[20];
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    for (uint32_t i = 1; i <= count; i++) {
        struct record record = fixture_record(i);
        snprintf(key, sizeof(key), "k%u", i);
        record.idempotency_key = key;
        record.guest = "some guest with a long name to fill the pages of the file";
        assert_int_equal(fixture->table->insert(fixture->store, &record, &fixture->error), KC_OK);
    }
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
}

static void truncated_files_are_damaged(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    fill(fixture, 300);
    fixture_close(fixture);
    uint8_t *bytes = file_read(fixture->path, &size);
    static const size_t parts[] = {1, 2, 3, 5, 10, 20};
    for (size_t i = 0; i < 6; i++) {
        file_write(fixture->path, bytes, size / 20 * parts[i] - (parts[i] == 20 ? 5000 : 0));
        assert_int_equal(look_at_everything(fixture), KC_ERROR_LEDGER_DAMAGED);
    }
    free(bytes);
}

static void overwritten_pages_are_damaged(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    size_t noticed = 0;
    fill(fixture, 300);
    fixture_close(fixture);
    uint8_t *bytes = file_read(fixture->path, &size);
    uint8_t *changed = malloc(size);
    assert_non_null(changed);
    for (size_t page = 0; page < size / 4096; page++) {
        memcpy(changed, bytes, size);
        memset(changed + page * 4096, 0xA5, 4096);
        file_write(fixture->path, changed, size);
        const int32_t status = look_at_everything(fixture);
        assert_true(status == KC_OK || status == KC_ERROR_LEDGER_DAMAGED);
        noticed += status != KC_OK;
    }
    /* Pages that none of these lookups reads (stations, free pages) may go unnoticed. */
    assert_true(noticed * 2 > size / 4096);
    free(changed);
    free(bytes);
}

/* What the journal vouches for is right: holds the ledger against it, then the records against `good`. True if all of
 * that can be read. */
static bool vouched_data_are_right(struct store_fixture *fixture, const struct record *good, size_t count)
{
    struct store *store = NULL;
    struct store_check check = {0};
    struct arena arena = {0};
    struct record *records = NULL;
    size_t found = 0;
    const struct record_query all = {.find = RECORD_ALL};
    int32_t status = fixture->table->open(fixture->path, &store, &fixture->error);
    while (status == KC_OK && !check.done)
        status = fixture->table->check(store, &check, &fixture->error);
    const bool whole = status == KC_OK && !check.fault;
    if (whole)
        status = fixture->table->find(store, &all, &arena, &records, &found, &fixture->error);
    for (size_t i = 0; whole && status == KC_OK && i < count; i++) {
        const char *difference = found == count ? record_difference(&records[i], &good[i]) : "number";
        if (difference)
            fail_msg("the journal fits, but not the records: %s", difference);
    }
    if (store)
        fixture->table->close(store);
    arena_free(&arena);
    return whole && status == KC_OK;
}

/* Single bytes anywhere: no crash, no hang, and no error but damage; and what is read and verified is right. */
static void flipped_bytes_do_no_harm(void **state)
{
    struct store_fixture *fixture = *state;
    size_t size = 0;
    size_t whole = 0;
    uint64_t seed = 12345;
    fill(fixture, 60);
    assert_int_equal(file_count(fixture), 60);
    struct arena kept = fixture->arena; /* of the records as they were written */
    const struct record *good = fixture->records;
    fixture->arena = (struct arena){0};
    fixture_close(fixture);
    uint8_t *bytes = file_read(fixture->path, &size);
    const int flips = getenv("VALGRIND") != NULL ? 40 : 400; /* each is slow there */
    for (int i = 0; i < flips; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        /* Every fourth one in the first page, where the header and the schema are. */
        const size_t at = (size_t)(seed >> 20) % (i % 4 == 0 ? 4096 : size);
        const uint8_t before = bytes[at];
        bytes[at] = (uint8_t)(before ^ (seed >> 50 | 1));
        file_write(fixture->path, bytes, size);
        const int32_t status = look_at_everything(fixture);
        if (status != KC_OK && status != KC_ERROR_LEDGER_DAMAGED && status != KC_ERROR_LEDGER_NEWER &&
            status != KC_ERROR_LEDGER_READ_ONLY && status != KC_ERROR_LEDGER)
            fail_msg("byte %zu: %d %s", at, status, fixture->error.message);
        if (status != KC_OK && fixture->error.message[0] == '\0')
            fail_msg("byte %zu: %d, and no word about it", at, status);
        whole += vouched_data_are_right(fixture, good, 60);
        bytes[at] = before;
    }
    assert_in_range(whole, 1, (uintmax_t)flips - 1);
    arena_free(&kept);
    free(bytes);
}

/* Someone with another program wrote what no ledger has. */
static const char *const forgeries[] = {
    "UPDATE operation SET packed = x''",
    "UPDATE operation SET packed = zeroblob(40)",
    "UPDATE operation SET packed = zeroblob(900000)",
    "UPDATE operation SET packed = zeroblob(2000000)",
    "UPDATE operation SET packed = CAST(packed || x'00' AS BLOB)",                       /* more than a record */
    "UPDATE operation SET packed = CAST(substr(packed, 1, length(packed) - 1) AS BLOB)", /* less */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) AS BLOB)",
    "UPDATE operation SET packed = CAST(x'63' || substr(packed, 2) AS BLOB)", /* verb */
    "UPDATE operation SET packed = CAST(x'00' || substr(packed, 2) AS BLOB)",
    "UPDATE operation SET packed = CAST(substr(packed, 1, 1) || x'0F' || substr(packed, 3) AS BLOB)", /* kind */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 1) || x'41' || substr(packed, 3) AS BLOB)", /* outcome */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 2) || x'0F' || substr(packed, 4) AS BLOB)", /* key state */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 2) || x'81' || substr(packed, 4) AS BLOB)",
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) || x'FFFFFFFFFFFFFFFFFFFF' AS BLOB)", /* fields */
    "UPDATE operation SET packed = CAST(substr(packed, 1, 3) || x'FFFFFFFF7F' || substr(packed, 6) AS BLOB)",
    "UPDATE operation SET id = -1",
    "UPDATE operation SET high = -1",
    "UPDATE operation SET site = 999",
    "UPDATE operation SET flags = 99",
    "UPDATE operation SET last = -1",
    "UPDATE operation SET last = 9223372036854775807",
    "UPDATE name SET name = CAST(x'07' AS TEXT)",
    "DELETE FROM name",
};

static void assert_damaged(struct store_fixture *fixture, const char *what)
{
    const struct record_query all = {.find = RECORD_ALL};
    fixture_open(fixture);
    const int32_t status = fixture_find(fixture, &all);
    /* Over SQLite's own limit it is SQLite that refuses. */
    if (status != KC_ERROR_LEDGER_DAMAGED && !(status == KC_ERROR_LEDGER && strstr(what, "2000000")))
        fail_msg("%s: %d", what, status);
    fixture_close(fixture);
}

static void forged_values_are_damage(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    size_t size = 0;
    record.finished_ms = record.created_ms + 5;
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    fixture_close(fixture);
    uint8_t *good = file_read(fixture->path, &size);
    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        file_write(fixture->path, good, size);
        file_sql(fixture->path, forgeries[i]);
        assert_damaged(fixture, forgeries[i]);
    }
    for (size_t i = 0; i < forge_value_count; i++) {
        char what[40];
        snprintf(what, sizeof(what), "change %zu", i);
        file_write(fixture->path, good, size);
        forge(fixture->table, fixture->path, "Hotel", "B1", NULL, forge_values[i]);
        assert_damaged(fixture, what);
    }
    free(good);
}

/* Ten bytes of seven bits hold more than 64. */
static void packed_numbers_have_64_bits(void **state)
{
    static const struct {
        uint8_t bytes[11];
        size_t count;
        bool good;
        uint64_t number;
    } rows[] = {
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, 10, true, UINT64_MAX},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 10, false, 0},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}, 10, false, 0},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 11, false, 0},
        {{0xFF, 0x7F, 0x05}, 3, true, 0x3FFF},
        {{0xFF}, 1, false, 0},
        {{0}, 0, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint8_t *at = rows[i].bytes;
        size_t left = rows[i].count;
        uint64_t number = 0;
        assert_int_equal(unpack_number(&at, &left, &number), rows[i].good);
        assert_int_equal(at - rows[i].bytes, rows[i].count - left);
        if (rows[i].good)
            assert_true(number == rows[i].number);
    }
}

struct insertion {
    struct worker_job job;
    struct record record;
};

static int32_t insert_job(struct worker_job *job, struct store *store, struct kc_error *error)
{
    const struct insertion *insertion = (const struct insertion *)(const void *)job;
    return store->table->insert(store, &insertion->record, error);
}

/* An index that is not ours refuses one of the rows that are written together at the commit: the others are kept. */
static void one_row_that_is_refused_takes_no_other_along(void **state)
{
    enum { JOBS = 3, REFUSED = 1 };
    struct store_fixture *fixture = *state;
    struct insertion jobs[JOBS];
    struct kc_error no_memory = {0};
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE UNIQUE INDEX forged ON operation (flags)");
    fixture_open(fixture);
    for (uint32_t i = 0; i < JOBS; i++) {
        jobs[i] = (struct insertion){{.run = insert_job, .writes = true, .repeatable = true}, fixture_record(i + 1)};
        jobs[i].record.outcome = i == JOBS - 1 ? KC_OUTCOME_WRITTEN : KC_OUTCOME_PENDING;
        jobs[i].job.next = i + 1 < JOBS ? &jobs[i + 1].job : NULL;
    }
    assert_null(batch_run(fixture->store, &jobs[0].job, &no_memory));
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].job.status, i == REFUSED ? KC_ERROR_LEDGER : KC_OK);
        assert_int_equal(file_find_id(fixture, i + 1), KC_OK);
        assert_int_equal(fixture->count, i == REFUSED ? 0 : 1);
        free(jobs[i].job.error);
    }
}

/* A table of the file is not taken for the one through which many rows are written and looked for. */
static void a_forged_table_is_not_taken_for_another(void **state)
{
    enum { QUESTIONS = 8 };
    struct store_question questions[QUESTIONS];
    struct store_fixture *fixture = *state;
    const struct record next[] = {fixture_record(4), fixture_record(5)};
    file_insert_three(fixture);
    fixture_tidy(fixture);
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE TABLE given (n1, n2, n3, n4, n5, bytes);"
                            "INSERT INTO given (n1, n2) SELECT hash, 1 << 40 FROM lookup");
    if (fixture->table->open(fixture->path, &fixture->store, &fixture->error) != KC_OK)
        return;
    for (size_t i = 0; i < QUESTIONS; i++)
        questions[i] = (struct store_question){.find = RECORD_BY_BOOKING, .site = "Hotel", .value = "B1"};
    assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->foresee(fixture->store, questions, QUESTIONS, &fixture->error),
                     KC_ERROR_LEDGER_DAMAGED);
    fixture->table->rollback(fixture->store);
    file_sql(fixture->path, "DELETE FROM given");
    fixture->store->together = true;
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    fixture->store->together = false;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fixture->table->insert(fixture->store, &next[i], &fixture->error), KC_OK);
    assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_ERROR_LEDGER_DAMAGED);
    assert_int_equal(fixture_insert(fixture, &next[0]), KC_OK);
    assert_int_equal(file_find_id(fixture, 4), KC_OK);
}

static void triggers_of_a_forged_schema_do_not_run(void **state)
{
    struct store_fixture *fixture = *state;
    struct record record = fixture_record(1);
    fixture_close(fixture);
    file_sql(fixture->path, "CREATE TRIGGER t AFTER INSERT ON operation BEGIN DELETE FROM operation; END");
    fixture_open(fixture);
    assert_int_equal(fixture_insert(fixture, &record), KC_OK);
    assert_same_record(fixture_get(fixture, &record), &record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(truncated_files_are_damaged),
        FILE_TEST(overwritten_pages_are_damaged),
        FILE_TEST(flipped_bytes_do_no_harm),
        FILE_TEST(forged_values_are_damage),
        cmocka_unit_test(packed_numbers_have_64_bits),
        FILE_TEST(one_row_that_is_refused_takes_no_other_along),
        FILE_TEST(a_forged_table_is_not_taken_for_another),
        FILE_TEST(triggers_of_a_forged_schema_do_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
