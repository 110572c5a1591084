/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies between stores, step by step, with ends in between, and backups while another process writes.
 *
 *     test_store_copy [SCHEME]    the source is of this scheme, and the target in SQLite; and the other way round */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge.h"
#include "store/copy.h"
#include "store/record.h"
#include "store/seal.h"
#include "store/vault.h"
#include "store_fixture.h"

#define PAGE 200 /* so that a few hundred records take some steps */

static const uint8_t key_a[32] = {1};
static const uint8_t key_b[32] = {2};

struct pair {
    struct store_fixture *from, *to;
    char from_uri[200], to_uri[200];
    int kills;
};

/* ---- Helpers ---------------------------------------------------------------------------------------------------- */

static void make_fixture(const char *scheme, struct store_fixture **fixture, char uri[200])
{
    void *state = (void *)(uintptr_t)scheme;
    assert_int_equal(fixture_setup(&state), 0);
    *fixture = state;
    snprintf(uri, 200, "%s:%s", scheme, (*fixture)->path);
    fixture_close(*fixture);
}

static int setup(void **state)
{
    const char *const *schemes = *state;
    struct pair *pair = calloc(1, sizeof(*pair));
    assert_non_null(pair);
    make_fixture(schemes[0], &pair->from, pair->from_uri);
    make_fixture(schemes[1], &pair->to, pair->to_uri);
    pair->kills = strcmp(schemes[0], "sqlite") == 0 && strcmp(schemes[1], "sqlite") == 0 ? 25 : 8;
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    void *from = pair->from;
    void *to = pair->to;
    fixture_teardown(&from);
    fixture_teardown(&to);
    free(pair);
    return 0;
}

static struct store *open_ledger(const char *uri, const uint8_t *key)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    if (store_open(uri, &store, &error) != KC_OK || vault_attach(store, key, &error) != KC_OK)
        fail_msg("%s: %d %s", uri, error.code, error.message);
    return store;
}

static int32_t try_ledger(const char *uri, const uint8_t *key)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    assert_int_equal(store_open(uri, &store, &error), KC_OK);
    const int32_t status = vault_attach(store, key, &error);
    store_close(store);
    return status;
}

static struct record record_of(uint32_t number, char texts[4][40])
{
    struct record record = fixture_record(number);
    snprintf(texts[0], 40, "Guest number %u", number);
    snprintf(texts[1], 40, "B%u", number / 3);
    snprintf(texts[2], 40, "key-%u", number);
    snprintf(texts[3], 40, "%u", number % 40);
    record.guest = number % 4 ? texts[0] : "";
    record.booking = texts[1];
    record.idempotency_key = number % 5 ? texts[2] : "";
    record.fingerprint = number % 4 ? UINT64_C(0x1234567800000000) + number : UINT64_C(0x1234567800000000);
    return record;
}

/* Intents and outcomes, changes of states and of stays, guests who were forgotten, places. */
static void write_records(struct store *store, uint32_t first, uint32_t count)
{
    static const char *const serials[] = {"04A1", "04B2"};
    struct kc_error error = {0};
    const struct station_record last = {"locks", "Desk 1"};
    const struct encoder_record encoder = {"locks", "Desk 1", KC_ENCODER_ONLINE, 12345};
    int32_t status = store->table->begin(store, true, &error);
    for (uint32_t i = first; status == KC_OK && i < first + count; i++) {
        char texts[4][40];
        struct record record = record_of(i, texts);
        const char *const rooms[] = {texts[3], "annex"};
        record.rooms = (struct strings){rooms, i % 2 + 1};
        status = vault_insert(store, &record, &error);
        record.outcome = KC_OUTCOME_WRITTEN;
        record.key_state = KC_KEY_ACTIVE;
        record.serials = (struct strings){serials, i % 3};
        if (status == KC_OK && i % 7)
            status = vault_finish(store, &record, &error);
        if (status == KC_OK && i % 7 && i % 6 == 1)
            status = store->table->set_key_state(store, &record.id, KC_KEY_VOIDED, false, &error);
        if (status == KC_OK && i % 7 && i % 6 == 2)
            status = store->table->set_stay(store, &record.id, &(struct strings){rooms + 1, 1}, 12345, &error);
        if (status == KC_OK && i % 50 == 49)
            status = store->table->forget(store, record.site, record.booking, &error);
    }
    if (status == KC_OK)
        status = store->table->set_station(store, "Hotel", "desk-1", &last, &error);
    if (status == KC_OK)
        status = store->table->set_encoder(store, "Other", &encoder, &error);
    if (status == KC_OK)
        status = store->table->commit(store, &error);
    if (status != KC_OK)
        fail_msg("%d %s", status, error.message);
}

static struct store_check check_of(struct store *store)
{
    struct store_check check = {0};
    struct kc_error error = {0};
    while (!check.done) {
        assert_int_equal(store->table->begin(store, false, &error), KC_OK);
        assert_int_equal(store->table->check(store, &check, &error), KC_OK);
        store->table->rollback(store);
    }
    if (check.fault)
        fail_msg("entry %lld: %s", (long long)check.entry, check.fault);
    return check;
}

/* One step, as a job of the source's worker has it. */
static int32_t step(struct store_copy *copy, struct store *from, struct kc_error *error)
{
    *error = (struct kc_error){0};
    assert_int_equal(from->table->begin(from, false, error), KC_OK);
    const int32_t status = store_copy_run(copy, from, error);
    from->table->rollback(from);
    return status;
}

static struct store_copy copy_into(const char *uri, const uint8_t *key)
{
    struct store_copy copy = {.uri = uri, .has_key = key != NULL, .page = PAGE};
    if (key)
        memcpy(copy.key, key, sizeof(copy.key));
    return copy;
}

/* To the end; the status. */
static int32_t run(struct store *from, const char *uri, const uint8_t *key, struct store_check *result,
                   struct kc_error *error)
{
    struct store_copy copy = copy_into(uri, key);
    int32_t status = KC_OK;
    while (status == KC_OK && copy.step != COPY_DONE)
        status = step(&copy, from, error);
    *result = copy.result;
    store_copy_end(&copy);
    return status;
}

static void assert_same_chain(const struct store_check *a, const struct store_check *b)
{
    assert_int_equal(a->entries, b->entries);
    assert_memory_equal(a->chain, b->chain, STORE_DIGEST_SIZE);
}

/* With their guest data in clear. */
static void assert_same_found(struct store *a, struct store *b, const struct record_query *query)
{
    struct store *const stores[] = {a, b};
    struct record *records[2];
    size_t counts[2];
    struct arena arena = {0};
    struct kc_error error = {0};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stores[i]->table->begin(stores[i], false, &error), KC_OK);
        assert_int_equal(vault_find(stores[i], query, &arena, &records[i], &counts[i], &error), KC_OK);
        stores[i]->table->rollback(stores[i]);
    }
    assert_int_equal(counts[0], counts[1]);
    assert_true(counts[0] > 0);
    for (size_t i = 0; i < counts[0]; i++)
        assert_same_record(&records[0][i], &records[1][i]);
    arena_free(&arena);
}

/* All records, and what is found by room. */
static void assert_same_records(struct store *a, struct store *b)
{
    static const char *const rooms[] = {NULL, "1", "7", "annex"};
    for (size_t r = 0; r < 4; r++) {
        const struct record_query query = {.find = rooms[r] ? RECORD_BY_ROOM : RECORD_ALL,
                                           .site = rooms[r] ? "Hotel" : NULL,
                                           .value = rooms[r],
                                           .active_only = r % 2 == 1};
        assert_same_found(a, b, &query);
    }
}

static void assert_same_places(struct store *a, struct store *b)
{
    struct arena arena = {0};
    struct kc_error error = {0};
    struct store_places places[2];
    assert_int_equal(a->table->list_places(a, &arena, &places[0], &error), KC_OK);
    assert_int_equal(b->table->list_places(b, &arena, &places[1], &error), KC_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(places[i].station_count, 1);
        assert_string_equal(places[i].stations[0].site, "Hotel");
        assert_string_equal(places[i].stations[0].record.encoder, "Desk 1");
        assert_int_equal(places[i].encoder_count, 1);
        assert_string_equal(places[i].encoders[0].site, "Other");
        assert_int_equal(places[i].encoders[0].record.contact_ms, 12345);
    }
    arena_free(&arena);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void copies_are_the_same_ledger(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error;
    struct store *from = open_ledger(pair->from_uri, NULL);
    write_records(from, 0, 300);
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_OK);
    const struct store_check source = check_of(from);
    assert_same_chain(&source, &result);
    struct store *to = open_ledger(pair->to_uri, NULL);
    assert_same_records(from, to);
    assert_same_places(from, to);
    store_close(to);
    write_records(from, 300, 100); /* brought up to date */
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_OK);
    to = open_ledger(pair->to_uri, NULL);
    assert_same_records(from, to);
    write_records(to, 1000, 1); /* a ledger of its own from now on */
    store_close(to);
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_ERROR_STATE);
    assert_non_null(strstr(error.message, "another ledger"));
    store_close(from);
}

/* Each step in a new run, as after a crash; nobody takes the half copy for a ledger. */
static void copies_go_on_where_they_ended(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error;
    struct store *from = open_ledger(pair->from_uri, NULL);
    size_t rounds = 0;
    bool done = false;
    write_records(from, 0, 250);
    while (!done) {
        struct store_copy copy = copy_into(pair->to_uri, NULL);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        done = copy.step == COPY_CHECK;
        if (!done)
            write_records(from, 250 + 10 * (uint32_t)rounds++, 10);
        store_copy_end(&copy);
        assert_int_equal(try_ledger(pair->to_uri, NULL), done ? KC_OK : KC_ERROR_LEDGER_KEY);
    }
    assert_true(rounds >= 2);
    struct store *to = open_ledger(pair->to_uri, NULL);
    const struct store_check checks[] = {check_of(from), check_of(to)};
    assert_same_chain(&checks[0], &checks[1]);
    assert_same_records(from, to);
    store_close(to);
    store_close(from);
}

static void other_keys_go_on_where_they_ended(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error;
    struct store *from = open_ledger(pair->from_uri, key_a);
    bool done = false;
    size_t rounds = 0;
    write_records(from, 0, 250);
    const struct store_check source = check_of(from);
    for (; !done; rounds++) {
        struct store_copy copy = copy_into(pair->to_uri, key_b);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        done = copy.step == COPY_CHECK;
        store_copy_end(&copy);
        assert_int_equal(try_ledger(pair->to_uri, key_b), done ? KC_OK : KC_ERROR_LEDGER_KEY);
        copy = copy_into(pair->to_uri, key_a); /* another key than it was begun with */
        if (!done)
            assert_int_equal(step(&copy, from, &error), KC_ERROR_LEDGER_KEY);
        store_copy_end(&copy);
    }
    assert_true(rounds >= 4);
    struct store *to = open_ledger(pair->to_uri, key_b);
    assert_true(check_of(to).entries > source.entries);
    assert_same_records(from, to);
    store_close(to);
    assert_int_equal(try_ledger(pair->to_uri, key_a), KC_ERROR_LEDGER_KEY);
    assert_int_equal(try_ledger(pair->to_uri, NULL), KC_ERROR_LEDGER_KEY);
    store_close(from);
}

/* Few entries, which a store may write in another way than many. */
static void short_steps_are_copied(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, key_a);
    write_records(from, 0, 3);
    if (run(from, pair->to_uri, key_b, &result, &error) != KC_OK)
        fail_msg("%d %s", error.code, error.message);
    struct store *to = open_ledger(pair->to_uri, key_b);
    assert_true(check_of(to).entries > check_of(from).entries);
    assert_same_found(from, to, &(struct record_query){.find = RECORD_ALL});
    store_close(to);
    store_close(from);
}

static void a_short_last_step_is_copied(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, NULL);
    for (uint32_t i = 0; check_of(from).entries <= PAGE; i++)
        write_records(from, i, 1);
    if (run(from, pair->to_uri, NULL, &result, &error) != KC_OK)
        fail_msg("%d %s", error.code, error.message);
    const struct store_check source = check_of(from);
    assert_same_chain(&source, &result);
    store_close(from);
}

/* In steps of the usual size, and what was copied and changed then is what it is now: as each kind of operation that
 * stands in a list of its own (unresolved, unconfirmed, in its rooms), and stays there or not. */
static void what_changes_later_is_copied_again(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, NULL);
    write_records(from, 0, 2500);
    for (int32_t round = 0; round < 4; round++) {
        struct store_copy copy = copy_into(pair->to_uri, NULL);
        copy.page = 0;
        assert_int_equal(from->table->begin(from, true, &error), KC_OK);
        for (uint32_t i = 1; i < 40; i++) {
            const struct record record = fixture_record(i * 7 + (uint32_t)round % 3);
            const int32_t states[] = {KC_KEY_UNRESOLVED, KC_KEY_UNRESOLVED, KC_KEY_VOIDED, KC_KEY_ACTIVE};
            assert_int_equal(from->table->set_key_state(from, &record.id, states[round], i % 2 == 0, &error), KC_OK);
        }
        assert_int_equal(from->table->commit(from, &error), KC_OK);
        while (copy.step != COPY_DONE) {
            if (step(&copy, from, &error) != KC_OK)
                fail_msg("%d %s", error.code, error.message);
        }
        result = copy.result;
        const struct store_check source = check_of(from);
        assert_same_chain(&source, &result);
        struct store *to = open_ledger(pair->to_uri, NULL);
        assert_same_records(from, to);
        assert_same_found(from, to, &(struct record_query){.find = RECORD_OPEN});
        assert_same_found(from, to, &(struct record_query){.find = RECORD_UNCONFIRMED});
        store_close(to);
    }
    store_close(from);
}

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % limit;
}

/* One of all that can happen to an operation. */
static int32_t change_anything(struct store *from, uint64_t *seed, uint32_t numbers, struct kc_error *error)
{
    static const char *const rooms[] = {"1", "annex", "1", "7", "8", "annex"};
    const struct store_table *table = from->table;
    char texts[4][40];
    struct record record = record_of(below(seed, numbers), texts);
    record.rooms = (struct strings){rooms + below(seed, 4), below(seed, 3)};
    switch (below(seed, 5)) {
    case 0:
        record.outcome = below(seed, 2) ? KC_OUTCOME_PENDING : (int32_t)below(seed, RECORD_OUTCOME_LAST + 1);
        return vault_insert(from, &record, error);
    case 1:
        record.outcome = (int32_t)below(seed, RECORD_OUTCOME_LAST + 1);
        record.key_state = (int32_t)below(seed, RECORD_KEY_STATE_LAST + 1);
        return vault_finish(from, &record, error);
    case 2:
        return table->set_key_state(from, &record.id, (int32_t)below(seed, RECORD_KEY_STATE_LAST + 1), below(seed, 2),
                                    error);
    case 3:
        return table->set_stay(from, &record.id, &record.rooms, 5, error);
    default:
        return table->forget(from, record.site, record.booking, error);
    }
}

/* Some of it is refused. */
static void change_much(struct store *from, uint64_t *seed, uint32_t changes, uint32_t numbers)
{
    struct kc_error error = {0};
    assert_int_equal(from->table->begin(from, true, &error), KC_OK);
    for (uint32_t i = 0; i < changes; i++) {
        assert_int_equal(from->table->job_begin(from, &error), KC_OK);
        const int32_t status = change_anything(from, seed, numbers, &error);
        assert_int_equal(from->table->job_end(from, status == KC_OK, &error), KC_OK);
    }
    assert_int_equal(from->table->commit(from, &error), KC_OK);
}

static void whatever_changes_is_copied_again(void **state)
{
    enum { COPIES = 25, CHANGES_MOST = 120, NUMBERS = 300 };
    const struct pair *pair = *state;
    struct kc_error error = {0};
    uint64_t seed = 20261124;
    struct store *from = open_ledger(pair->from_uri, NULL);
    write_records(from, 0, 60);
    for (int round = 0; round < COPIES; round++) {
        struct store_copy copy = copy_into(pair->to_uri, NULL);
        copy.page = below(&seed, 3) == 0 ? 1 + below(&seed, 40) : 0;
        change_much(from, &seed, below(&seed, CHANGES_MOST), NUMBERS);
        while (copy.step != COPY_DONE) {
            if (step(&copy, from, &error) != KC_OK)
                fail_msg("round %d: %d %s", round, error.code, error.message);
        }
        const struct store_check source = check_of(from);
        assert_same_chain(&source, &copy.result);
        struct store *to = open_ledger(pair->to_uri, NULL);
        assert_same_records(from, to);
        assert_same_found(from, to, &(struct record_query){.find = RECORD_OPEN});
        store_close(to);
    }
    store_close(from);
}

static void a_source_that_changes_gets_no_other_key(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error;
    struct store *from = open_ledger(pair->from_uri, NULL);
    struct store_copy copy = copy_into(pair->to_uri, key_b);
    write_records(from, 0, 300);
    while (copy.step != COPY_AGAIN)
        assert_int_equal(step(&copy, from, &error), KC_OK);
    write_records(from, 300, 1);
    assert_int_equal(step(&copy, from, &error), KC_ERROR_STATE);
    assert_non_null(strstr(error.message, "got entries"));
    store_copy_end(&copy);
    assert_int_equal(try_ledger(pair->to_uri, key_b), KC_ERROR_LEDGER_KEY);
    store_close(from);
}

static void more_copies(struct packed *packed, const struct packed *other)
{
    (void)other;
    packed->record.copies = 77;
}

static void damage_is_not_copied(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error;
    struct store *from = open_ledger(pair->from_uri, NULL);
    write_records(from, 0, 250);
    store_close(from);
    forge(pair->from->table, pair->from->path, "Hotel", "B50", NULL, more_copies);
    from = open_ledger(pair->from_uri, NULL);
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_ERROR_LEDGER_DAMAGED);
    assert_non_null(strstr(error.message, "of the source does not fit: its operation was changed"));
    store_close(from);
    assert_int_equal(try_ledger(pair->to_uri, NULL), KC_ERROR_LEDGER_KEY);
}

/* A program that has the target open finds out before it writes. */
static void who_has_the_target_open_cannot_write(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, NULL);
    struct store *to = open_ledger(pair->to_uri, NULL);
    struct store_copy copy = copy_into(pair->to_uri, NULL);
    struct record record = fixture_record(5000);
    write_records(from, 0, 200);
    assert_int_equal(step(&copy, from, &error), KC_OK);
    assert_int_equal(step(&copy, from, &error), KC_OK);
    int32_t status = to->table->begin(to, true, &error);
    if (status == KC_OK)
        status = to->table->insert(to, &record, &error);
    assert_int_equal(status, KC_ERROR_LEDGER_KEY);
    to->table->rollback(to);
    store_close(to);
    store_copy_end(&copy);
    store_close(from);
}

/* kill -9 at any moment, until a run comes to its end. */
static void copies_survive_kills(void **state)
{
    if (getenv("VALGRIND") != NULL)
        skip(); /* a copy takes longer there than it is left alive */
    const struct pair *pair = *state;
    struct store *from = open_ledger(pair->from_uri, NULL);
    unsigned int seed = 4711;
    int ended = 0;
    int kills = 0;
    write_records(from, 0, 400);
    store_close(from);
    for (int tries = 0; !ended; tries++) {
        fflush(NULL);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct store_check result;
            struct kc_error error;
            from = open_ledger(pair->from_uri, NULL);
            _exit(run(from, pair->to_uri, NULL, &result, &error) == KC_OK ? 0 : 1);
        }
        if (tries < pair->kills) { /* then it may take its time */
            usleep((useconds_t)(rand_r(&seed) % 60000));
            kill(child, SIGKILL);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        ended = WIFEXITED(status);
        kills += !ended;
        if (ended)
            assert_int_equal(WEXITSTATUS(status), 0);
    }
    print_message("killed %d times\n", kills);
    from = open_ledger(pair->from_uri, NULL);
    struct store *to = open_ledger(pair->to_uri, NULL);
    const struct store_check checks[] = {check_of(from), check_of(to)};
    assert_same_chain(&checks[0], &checks[1]);
    assert_same_records(from, to);
    store_close(from);
    store_close(to);
}

/* ---- Backups ---------------------------------------------------------------------------------------------------- */

static void write_until_killed(const char *uri)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    if (store_open(uri, &store, &error) != KC_OK)
        _exit(1);
    for (uint32_t i = 10000;; i++) {
        char texts[4][40];
        struct record record = record_of(i, texts);
        if (store->table->begin(store, true, &error) != KC_OK ||
            store->table->insert(store, &record, &error) != KC_OK || store->table->commit(store, &error) != KC_OK)
            _exit(1);
    }
}

static void backups_fit_while_another_process_writes(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, NULL);
    int64_t entries = 0;
    write_records(from, 0, 2000);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(pair->from_uri);
    for (int i = 0; i < 6; i++) {
        char path[160];
        char uri[200];
        struct store_backup *backup = NULL;
        struct store_check check = {0};
        int steps = 0;
        snprintf(path, sizeof(path), "%s/backup-%d", pair->from->directory, i);
        do {
            if (from->table->backup(from, path, &backup, &check, &error) != KC_OK)
                fail_msg("%d %s", error.code, error.message);
            steps++;
        } while (backup);
        assert_true(steps > 3);
        snprintf(uri, sizeof(uri), "sqlite:%s", path);
        struct store *copy = open_ledger(uri, NULL);
        const struct store_check found = check_of(copy);
        assert_same_chain(&found, &check);
        assert_true(found.entries >= entries);
        entries = found.entries;
        store_close(copy);
    }
    kill(child, SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* it wrote all the time */
    store_close(from);
}

static void backups_that_are_given_up_leave_nothing(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error = {0};
    struct store *from = open_ledger(pair->from_uri, NULL);
    char path[160];
    write_records(from, 0, 2000);
    snprintf(path, sizeof(path), "%s/backup", pair->from->directory);
    for (int steps = 1; steps < 6; steps++) {
        struct store_backup *backup = NULL;
        struct store_check check = {0};
        for (int i = 0; i < steps; i++)
            assert_int_equal(from->table->backup(from, path, &backup, &check, &error), KC_OK);
        assert_non_null(backup);
        from->table->backup_drop(backup);
        char command[300];
        snprintf(command, sizeof(command), "test -z \"$(ls -d '%s'* 2>/dev/null)\"", path);
        assert_int_equal(system(command), 0);
    }
    store_close(from);
}

#define PAIR_TEST(test, schemes)                                                                                       \
    {                                                                                                                  \
#test, test, setup, teardown, (void *)(uintptr_t)(schemes)                                                     \
    }

static int test_pair(const char *from, const char *to)
{
    const char *const schemes[] = {from, to};
    const struct CMUnitTest tests[] = {
        PAIR_TEST(copies_are_the_same_ledger, schemes),
        PAIR_TEST(copies_go_on_where_they_ended, schemes),
        PAIR_TEST(other_keys_go_on_where_they_ended, schemes),
        PAIR_TEST(short_steps_are_copied, schemes),
        PAIR_TEST(a_short_last_step_is_copied, schemes),
        PAIR_TEST(what_changes_later_is_copied_again, schemes),
        PAIR_TEST(whatever_changes_is_copied_again, schemes),
        PAIR_TEST(a_source_that_changes_gets_no_other_key, schemes),
        PAIR_TEST(damage_is_not_copied, schemes),
        PAIR_TEST(who_has_the_target_open_cannot_write, schemes),
        PAIR_TEST(copies_survive_kills, schemes),
    };
    print_message("from %s to %s\n", from, to);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int count, char **arguments)
{
    static const char *const sqlite[] = {"sqlite", "sqlite"};
    const char *scheme = count > 1 ? arguments[1] : "sqlite";
    const struct CMUnitTest backups[] = {
        PAIR_TEST(backups_fit_while_another_process_writes, sqlite),
        PAIR_TEST(backups_that_are_given_up_leave_nothing, sqlite),
    };
    int failed = test_pair(scheme, "sqlite");
    if (count > 1)
        failed += test_pair("sqlite", scheme);
    else
        failed += cmocka_run_group_tests(backups, NULL, NULL);
    return failed;
}
