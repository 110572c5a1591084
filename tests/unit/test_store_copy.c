/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies between stores, step by step, with ends in between.
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
#include "store/vault.h"
#include "store_pair.h"

#define PAGE 200 /* so that a few hundred records take some steps */

static const uint8_t key_a[32] = {1};
static const uint8_t key_b[32] = {2};

/* ---- Helpers ---------------------------------------------------------------------------------------------------- */

static int32_t try_ledger(const char *uri, const uint8_t *key)
{
    struct kc_error error = {0};
    struct store *store = NULL;
    assert_int_equal(store_open(uri, &store, &error), KC_OK);
    const int32_t status = vault_attach(store, key, &error);
    store_close(store);
    return status;
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
    struct store *from = pair_open(pair->from_uri, NULL);
    pair_write(from, 0, 300);
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_OK);
    const struct store_check source = pair_check(from);
    assert_same_chain(&source, &result);
    struct store *to = pair_open(pair->to_uri, NULL);
    assert_same_records(from, to);
    assert_same_places(from, to);
    store_close(to);
    pair_write(from, 300, 100); /* brought up to date */
    assert_int_equal(run(from, pair->to_uri, NULL, &result, &error), KC_OK);
    to = pair_open(pair->to_uri, NULL);
    assert_same_records(from, to);
    pair_write(to, 1000, 1); /* a ledger of its own from now on */
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
    struct store *from = pair_open(pair->from_uri, NULL);
    size_t rounds = 0;
    bool done = false;
    pair_write(from, 0, 250);
    while (!done) {
        struct store_copy copy = copy_into(pair->to_uri, NULL);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        assert_int_equal(step(&copy, from, &error), KC_OK);
        done = copy.step == COPY_CHECK;
        if (!done)
            pair_write(from, 250 + 10 * (uint32_t)rounds++, 10);
        store_copy_end(&copy);
        assert_int_equal(try_ledger(pair->to_uri, NULL), done ? KC_OK : KC_ERROR_LEDGER_KEY);
    }
    assert_true(rounds >= 2);
    struct store *to = pair_open(pair->to_uri, NULL);
    const struct store_check checks[] = {pair_check(from), pair_check(to)};
    assert_same_chain(&checks[0], &checks[1]);
    assert_same_records(from, to);
    store_close(to);
    store_close(from);
}

static void other_keys_go_on_where_they_ended(void **state)
{
    const struct pair *pair = *state;
    struct kc_error error;
    struct store *from = pair_open(pair->from_uri, key_a);
    bool done = false;
    size_t rounds = 0;
    pair_write(from, 0, 250);
    const struct store_check source = pair_check(from);
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
    struct store *to = pair_open(pair->to_uri, key_b);
    assert_true(pair_check(to).entries > source.entries);
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
    struct store *from = pair_open(pair->from_uri, key_a);
    pair_write(from, 0, 3);
    if (run(from, pair->to_uri, key_b, &result, &error) != KC_OK)
        fail_msg("%d %s", error.code, error.message);
    struct store *to = pair_open(pair->to_uri, key_b);
    assert_true(pair_check(to).entries > pair_check(from).entries);
    assert_same_found(from, to, &(struct record_query){.find = RECORD_ALL});
    store_close(to);
    store_close(from);
}

static void a_short_last_step_is_copied(void **state)
{
    const struct pair *pair = *state;
    struct store_check result;
    struct kc_error error = {0};
    struct store *from = pair_open(pair->from_uri, NULL);
    for (uint32_t i = 0; pair_check(from).entries <= PAGE; i++)
        pair_write(from, i, 1);
    if (run(from, pair->to_uri, NULL, &result, &error) != KC_OK)
        fail_msg("%d %s", error.code, error.message);
    const struct store_check source = pair_check(from);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    pair_write(from, 0, 2500);
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
        const struct store_check source = pair_check(from);
        assert_same_chain(&source, &result);
        struct store *to = pair_open(pair->to_uri, NULL);
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
    struct record record = pair_record(below(seed, numbers), texts);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    pair_write(from, 0, 60);
    for (int round = 0; round < COPIES; round++) {
        struct store_copy copy = copy_into(pair->to_uri, NULL);
        copy.page = below(&seed, 3) == 0 ? 1 + below(&seed, 40) : 0;
        change_much(from, &seed, below(&seed, CHANGES_MOST), NUMBERS);
        while (copy.step != COPY_DONE) {
            if (step(&copy, from, &error) != KC_OK)
                fail_msg("round %d: %d %s", round, error.code, error.message);
        }
        const struct store_check source = pair_check(from);
        assert_same_chain(&source, &copy.result);
        struct store *to = pair_open(pair->to_uri, NULL);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    struct store_copy copy = copy_into(pair->to_uri, key_b);
    pair_write(from, 0, 300);
    while (copy.step != COPY_AGAIN)
        assert_int_equal(step(&copy, from, &error), KC_OK);
    pair_write(from, 300, 1);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    pair_write(from, 0, 250);
    store_close(from);
    forge(pair->from->table, pair->from->path, "Hotel", "B50", NULL, more_copies);
    from = pair_open(pair->from_uri, NULL);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    struct store *to = pair_open(pair->to_uri, NULL);
    struct store_copy copy = copy_into(pair->to_uri, NULL);
    struct record record = fixture_record(5000);
    pair_write(from, 0, 200);
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
    struct store *from = pair_open(pair->from_uri, NULL);
    unsigned int seed = 4711;
    int ended = 0;
    int kills = 0;
    pair_write(from, 0, 400);
    store_close(from);
    for (int tries = 0; !ended; tries++) {
        fflush(NULL);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct store_check result;
            struct kc_error error;
            from = pair_open(pair->from_uri, NULL);
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
    from = pair_open(pair->from_uri, NULL);
    struct store *to = pair_open(pair->to_uri, NULL);
    const struct store_check checks[] = {pair_check(from), pair_check(to)};
    assert_same_chain(&checks[0], &checks[1]);
    assert_same_records(from, to);
    store_close(from);
    store_close(to);
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
    const char *scheme = count > 1 ? arguments[1] : "sqlite";
    int failed = test_pair(scheme, "sqlite");
    if (count > 1)
        failed += test_pair("sqlite", scheme);
    return failed;
}
