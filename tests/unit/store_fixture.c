/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records and stores for the tests of lib/store. */
#include "store_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/record.h"

#ifdef KEYCARD_POSTGRESQL
#include <libpq-fe.h>
#endif

/* ---- Stores ----------------------------------------------------------------------------------------------------- */

void fixture_open(struct store_fixture *fixture)
{
    const int32_t status = fixture->table->open(fixture->path, &fixture->store, &fixture->error);
    if (status != KC_OK)
        fail_msg("open: %d %s", status, fixture->error.message);
}

void fixture_close(struct store_fixture *fixture)
{
    if (fixture->store)
        store_close(fixture->store);
    fixture->store = NULL;
}

int32_t fixture_open_another(struct store_fixture *fixture, struct store **store)
{
    return fixture->table->open(fixture->path, store, &fixture->error);
}

#ifdef KEYCARD_POSTGRESQL
void fixture_sql(const char *database, const char *sql)
{
    char uri[256];
    const char *server = getenv("KEYCARD_POSTGRESQL");
    if (!server)
        fail_msg("KEYCARD_POSTGRESQL is not set: run this through tests/postgresql.py");
    snprintf(uri, sizeof(uri), "postgresql:///%s?%s", database, server);
    PGconn *connection = PQconnectdb(uri);
    PGresult *result = PQexec(connection, sql);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
}

/* Databases that are empty again: the server takes long to make and to drop one. */
static char emptied[4][sizeof(((struct store_fixture *)NULL)->database)];
static size_t emptied_count;

static void make_database(struct store_fixture *fixture)
{
    static unsigned int number;
    char sql[200];
    if (emptied_count > 0) {
        memcpy(fixture->database, emptied[--emptied_count], sizeof(fixture->database));
    } else {
        snprintf(fixture->database, sizeof(fixture->database), "test_%d_%u", (int)getpid(), number++);
        snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'", fixture->database);
        fixture_sql("postgres", sql);
    }
    const int length = snprintf(fixture->path, sizeof(fixture->path), "///%s?%s", fixture->database,
                                getenv("KEYCARD_POSTGRESQL"));
    assert_in_range(length, 1, sizeof(fixture->path) - 1);
}

static void empty_database(const struct store_fixture *fixture)
{
    fixture_sql(fixture->database, "SET lock_timeout = '60s'; DROP SCHEMA IF EXISTS keycard CASCADE");
    if (emptied_count < sizeof(emptied) / sizeof(emptied[0]))
        memcpy(emptied[emptied_count++], fixture->database, sizeof(fixture->database));
}
#else
static void make_database(struct store_fixture *fixture)
{
    fail_msg("this build has no PostgreSQL: %s", fixture->table->scheme);
}

static void empty_database(const struct store_fixture *fixture)
{
    (void)fixture;
}
#endif

void fixture_tamper(struct store_fixture *fixture, const char *sql)
{
    char text[600];
    const bool in_file = fixture->database[0] == '\0';
    snprintf(text, sizeof(text), "%s%s", in_file ? "" : "SET search_path = keycard; ", sql);
    if (in_file) {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
        if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        sqlite3_close(db);
        return;
    }
#ifdef KEYCARD_POSTGRESQL
    fixture_sql(fixture->database, text);
#endif
}

int fixture_setup(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->tidies = strcmp(*state, "sqlite, tidied") == 0;
    fixture->table = store_find(fixture->tidies ? "sqlite" : *state);
    assert_non_null(fixture->table);
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/keycard-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    if (strcmp(fixture->table->scheme, "sqlite") == 0)
        snprintf(fixture->path, sizeof(fixture->path), "%s/ledger.db", fixture->directory);
    if (strcmp(fixture->table->scheme, "postgresql") == 0)
        make_database(fixture);
    *state = fixture;
    fixture_open(fixture);
    return 0;
}

static void remove_directory(const char *path)
{
    char file[512];
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlink(file) < 0)
            remove_directory(file);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

int fixture_teardown(void **state)
{
    struct store_fixture *fixture = *state;
    fixture_close(fixture);
    arena_free(&fixture->arena);
    remove_directory(fixture->directory);
    if (fixture->database[0] != '\0')
        empty_database(fixture);
    free(fixture);
    return 0;
}

/* ---- Records ---------------------------------------------------------------------------------------------------- */

struct uuid fixture_id(int64_t created_ms, uint32_t number)
{
    uint8_t random[10] = {0};
    /* The number stands where the order of identifiers of one millisecond is decided. */
    random[0] = (uint8_t)(number >> 16);
    random[1] = (uint8_t)(number >> 8);
    random[2] = (uint8_t)number;
    random[9] = (uint8_t)number;
    return uuid_make(created_ms, random);
}

struct strings fixture_strings(const char *const *items)
{
    struct strings list = {items, 0};
    while (items[list.count])
        list.count++;
    return list;
}

struct record fixture_record(uint32_t number)
{
    static const char *const rooms[] = {"101"};
    return (struct record){
        .id = fixture_id(FIXTURE_TIME + number, number),
        .instance = UINT64_C(0xFEDCBA9876543210),
        .verb = KC_VERB_ISSUE_ORIGINAL,
        .kind = KC_KIND_ORIGINAL,
        .outcome = KC_OUTCOME_PENDING,
        .key_state = KC_KEY_PENDING,
        .site = "Hotel",
        .system = "",
        .encoder = "",
        .station = "",
        .operator_name = "",
        .booking = "B1",
        .idempotency_key = "",
        .fingerprint = UINT64_C(0xF000000000000001),
        .created_ms = FIXTURE_TIME + number,
        .rooms = {rooms, 1},
        .copies = 1,
        .guest = "",
        .phone = "",
        .email = "",
        .message = "",
        .error_message = "",
        .vendor_code = "",
        .vendor_text = "",
    };
}

static bool same_list(const struct strings *a, const struct strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }
    return true;
}

static const char *number_difference(const struct record *a, const struct record *b)
{
    const struct {
        const char *name;
        bool same;
    } fields[] = {
        {"id", uuid_equal(&a->id, &b->id)},
        {"instance", a->instance == b->instance},
        {"verb", a->verb == b->verb},
        {"kind", a->kind == b->kind},
        {"outcome", a->outcome == b->outcome},
        {"status", a->status == b->status},
        {"key_state", a->key_state == b->key_state},
        {"unconfirmed", a->unconfirmed == b->unconfirmed},
        {"forgotten", a->forgotten == b->forgotten},
        {"fingerprint", a->fingerprint == b->fingerprint},
        {"retry_of", uuid_equal(&a->retry_of, &b->retry_of)},
        {"target", uuid_equal(&a->target, &b->target)},
        {"created_ms", a->created_ms == b->created_ms},
        {"finished_ms", a->finished_ms == b->finished_ms},
        {"from_utc", a->from_utc == b->from_utc},
        {"until_utc", a->until_utc == b->until_utc},
        {"copies", a->copies == b->copies},
        {"return_image", a->return_image == b->return_image},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!fields[i].same)
            return fields[i].name;
    }
    return NULL;
}

const char *record_difference(const struct record *a, const struct record *b)
{
    const char *number = number_difference(a, b);
    if (number)
        return number;
    for (size_t i = 0; i < RECORD_TEXTS; i++) {
        if (strcmp(record_text(a, i), record_text(b, i)) != 0)
            return record_texts[i].name;
    }
    for (size_t i = 0; i < RECORD_LISTS; i++) {
        if (!same_list(record_list(a, i), record_list(b, i)))
            return record_lists[i].name;
    }
    return NULL;
}

void assert_same_record(const struct record *a, const struct record *b)
{
    const char *difference = record_difference(a, b);
    if (difference)
        fail_msg("the records differ in %s", difference);
}

/* ---- One step each ---------------------------------------------------------------------------------------------- */

void fixture_begin(struct store_fixture *fixture)
{
    assert_int_equal(fixture->table->begin(fixture->store, true, &fixture->error), KC_OK);
    assert_int_equal(fixture->table->job_begin(fixture->store, &fixture->error), KC_OK);
}

int32_t fixture_end(struct store_fixture *fixture, int32_t status)
{
    struct kc_error error = {0};
    assert_int_equal(fixture->table->job_end(fixture->store, status == KC_OK, &error), KC_OK);
    assert_int_equal(fixture->table->commit(fixture->store, &error), KC_OK);
    if (fixture->tidies)
        fixture_tidy(fixture);
    return status;
}

void fixture_tidy(struct store_fixture *fixture)
{
    while (fixture->table->tidy && fixture->table->tidy(fixture->store, true))
        ;
}

int32_t fixture_insert(struct store_fixture *fixture, const struct record *record)
{
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->insert(fixture->store, record, &fixture->error));
}

int32_t fixture_finish(struct store_fixture *fixture, const struct record *record)
{
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->finish(fixture->store, record, &fixture->error));
}

int32_t fixture_set_key_state(struct store_fixture *fixture, const struct uuid *id, int32_t key_state, bool unconfirmed)
{
    fixture_begin(fixture);
    return fixture_end(fixture,
                       fixture->table->set_key_state(fixture->store, id, key_state, unconfirmed, &fixture->error));
}

int32_t fixture_set_stay(struct store_fixture *fixture, const struct uuid *id, const struct strings *rooms,
                         int64_t until_utc)
{
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->set_stay(fixture->store, id, rooms, until_utc, &fixture->error));
}

int32_t fixture_forget(struct store_fixture *fixture, const char *site, const char *booking)
{
    fixture_begin(fixture);
    return fixture_end(fixture, fixture->table->forget(fixture->store, site, booking, &fixture->error));
}

int32_t fixture_find(struct store_fixture *fixture, const struct record_query *query)
{
    fixture->count = 0;
    fixture->records = NULL;
    assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
    const int32_t status = fixture->table->find(fixture->store, query, &fixture->arena, &fixture->records,
                                                &fixture->count, &fixture->error);
    fixture->table->rollback(fixture->store);
    return status;
}

const struct record *fixture_one(struct store_fixture *fixture, const struct record_query *query)
{
    const int32_t status = fixture_find(fixture, query);
    if (status != KC_OK)
        fail_msg("find: %d %s", status, fixture->error.message);
    assert_int_equal(fixture->count, 1);
    return &fixture->records[0];
}

const struct record *fixture_get(struct store_fixture *fixture, const struct record *record)
{
    const struct record_query query = {.find = RECORD_BY_ID, .id = record->id};
    return fixture_one(fixture, &query);
}

struct record fixture_full_record(void)
{
    static const char *const rooms[] = {"101", "102", "Suite 9"};
    static const char *const areas[] = {"1", "62"};
    static const char *const denied[] = {"5"};
    static const char *const texts[] = {"line 1", "", "line 3"};
    static const char *const serials[] = {"04A1B2C3", "04A1B2C4"};
    struct record record = fixture_record(7);
    record.verb = KC_VERB_SEND_MOBILE;
    record.kind = KC_KIND_MOBILE;
    record.instance = 0; /* of intents only */
    record.outcome = KC_OUTCOME_UNKNOWN;
    record.status = KC_ERROR_CONNECTION_LOST;
    record.key_state = KC_KEY_UNRESOLVED;
    record.unconfirmed = true;
    record.system = "salto";
    record.encoder = "Online Encoder 1";
    record.station = "desk-1";
    record.operator_name = "Мария";
    record.idempotency_key = "pms-4711-1";
    record.retry_of = fixture_id(1, 2);
    record.target = fixture_id(3, 4);
    record.finished_ms = FIXTURE_TIME + 5000;
    record.rooms = (struct strings){rooms, 3};
    record.areas = (struct strings){areas, 2};
    record.denied = (struct strings){denied, 1};
    record.from_utc = 1781000000;
    record.until_utc = 4102444799;
    record.copies = 3;
    record.return_image = true;
    record.guest = "Zoë O'Neil";
    record.phone = "+359888123456";
    record.email = "a@example.org";
    record.message = "Welcome\nto the hotel";
    record.texts = (struct strings){texts, 3};
    record.serials = (struct strings){serials, 2};
    record.error_message = "the connection was lost";
    record.vendor_code = "ES";
    record.vendor_text = "syntax \x01 error";
    return record;
}

struct record fixture_filled_record(uint32_t number, const char *text, const char *const list[2])
{
    struct record record = fixture_record(number);
    for (size_t i = 0; i < RECORD_TEXTS; i++)
        record_set_text(&record, i, text);
    for (size_t i = 0; i < RECORD_LISTS; i++)
        *record_list_of(&record, i) = (struct strings){list, 2};
    return record;
}

size_t fixture_count(struct store_fixture *fixture, struct record_query query)
{
    assert_int_equal(fixture_find(fixture, &query), KC_OK);
    return fixture->count;
}

void assert_in_room(struct store_fixture *fixture, const char *room, size_t all, size_t active)
{
    const struct record_query of_all = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = room};
    const struct record_query of_active = {.find = RECORD_BY_ROOM, .site = "Hotel", .value = room, .active_only = true};
    assert_int_equal(fixture_count(fixture, of_all), all);
    assert_int_equal(fixture_count(fixture, of_active), active);
}
