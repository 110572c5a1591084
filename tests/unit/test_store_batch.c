/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Batches of random jobs do the same on a durable store as on the one in memory, whether they share a transaction
 * without brackets, are run again because another program has written meanwhile, or are run one by one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/batch.h"
#include "store/record.h"
#include "store/worker.h"
#include "store_fixture.h"

enum { BATCHES = 300, JOBS_MOST = 12, STEPS_MOST = 3, FINDS = 4, ROUNDS = 12, MANY_MOST = 70, SOME_MOST = 6 };

/* A station is set only with an entry in the journal, as the core does it. */
enum step { FINISH, SET_KEY_STATE, FORGET, SET_STAY, ENCODER, INSERT, STEPS, STATION, LOOK };

struct random_job {
    struct worker_job job;
    size_t count;
    enum step steps[STEPS_MOST];
    struct record records[STEPS_MOST];
    uint64_t chance;
};

struct side {
    struct store_fixture *fixture;
    struct store *another; /* of another program; NULL: nobody else writes */
    struct random_job jobs[MANY_MOST];
};

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % limit;
}

static struct record random_record(uint64_t *seed, uint32_t number)
{
    static const char *const sites[] = {"Hotel", "Other"};
    static const char *const values[] = {"", "B1", "B2", "B3", "B4"};
    static const char *const keys[] = {"", "", "", "k1", "k2", "k3"};
    static const char *const rooms[] = {"101", "102", "103", "101"};
    static const char *const names[] = {"", "E1", "E2", "E3", "E4", "E5"};
    struct record record = fixture_record(number);
    record.site = sites[below(seed, 2)];
    record.system = "locks";
    record.encoder = names[below(seed, 6)];
    record.station = names[below(seed, 6)];
    record.booking = values[below(seed, 5)];
    record.idempotency_key = below(seed, 4) == 0 ? keys[below(seed, 6)] : "";
    record.rooms = (struct strings){rooms + below(seed, 2), below(seed, 3)};
    record.kind = below(seed, 4) == 0 ? 0 : KC_KIND_ORIGINAL;
    record.outcome = below(seed, 2) == 0 ? KC_OUTCOME_PENDING : (int32_t)below(seed, RECORD_OUTCOME_LAST + 1);
    record.key_state = (int32_t)below(seed, RECORD_KEY_STATE_LAST + 1);
    record.unconfirmed = below(seed, 8) == 0;
    record.guest = below(seed, 2) == 0 ? "guest" : "";
    return record;
}

/* As it is done before a record with an idempotency key is inserted. */
static int32_t look_for_key(struct store *store, const struct record *record, struct kc_error *error)
{
    const struct record_query query = {
        .find = RECORD_BY_IDEMPOTENCY, .site = record->site, .value = record->idempotency_key, .limit = 1};
    struct arena arena = {0};
    struct record *records = NULL;
    size_t count = 0;
    const int32_t status = store->table->find(store, &query, &arena, &records, &count, error);
    arena_free(&arena);
    return status;
}

static int32_t run_step(struct store *store, enum step step, const struct record *record, struct kc_error *error)
{
    const struct store_table *table = store->table;
    const struct station_record last = {record->system, record->created_ms % 2 == 0 ? "E1" : "E2"};
    const struct encoder_record seen = {record->system, "E1", (int32_t)(record->created_ms % 3), record->created_ms};
    switch (step) {
    case FINISH:
        return table->finish(store, record, error);
    case SET_KEY_STATE:
        return table->set_key_state(store, &record->id, record->key_state, record->unconfirmed, error);
    case FORGET:
        return table->forget(store, record->site, record->booking, error);
    case SET_STAY:
        return table->set_stay(store, &record->id, &record->rooms, 5, error);
    case STATION:
        return table->set_station(store, record->site, "E1", &last, error);
    case ENCODER:
        return table->set_encoder(store, record->site, &seen, error);
    case LOOK:
        return look_for_key(store, record, error);
    default:
        break;
    }
    return table->insert(store, record, error);
}

static int32_t run_job(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct random_job *random = (struct random_job *)(void *)job;
    int32_t status = KC_OK;
    for (size_t i = 0; status == KC_OK && i < random->count; i++)
        status = run_step(store, random->steps[i], &random->records[i], error);
    return status;
}

/* The same jobs for both sides. */
static size_t make_jobs(struct side sides[2], uint64_t *seed)
{
    const size_t jobs = below(seed, 4) == 0 ? 1 + below(seed, JOBS_MOST) : 1;
    for (size_t i = 0; i < jobs; i++) {
        struct random_job job = {.job = {.run = run_job, .writes = true, .repeatable = below(seed, 8) != 0},
                                 .count = 1 + below(seed, STEPS_MOST)};
        for (size_t k = 0; k < job.count; k++) {
            job.steps[k] = k == 0 && below(seed, 2) == 0 ? INSERT : (enum step)below(seed, STEPS);
            if (k > 0 && job.steps[0] == INSERT && below(seed, 2) == 0)
                job.steps[k] = STATION;
            job.records[k] = random_record(seed, below(seed, 400));
        }
        sides[0].jobs[i] = sides[1].jobs[i] = job;
    }
    return jobs;
}

static void run_jobs(struct side *side, size_t jobs, bool by_another)
{
    struct kc_error no_memory = {0};
    struct store *store = by_another && side->another ? side->another : side->fixture->store;
    for (size_t i = 0; i + 1 < jobs; i++)
        side->jobs[i].job.next = &side->jobs[i + 1].job;
    for (struct worker_job *job = &side->jobs[0].job; job;)
        job = batch_run(store, job, &no_memory);
    for (size_t i = 0; i < jobs; i++)
        free(side->jobs[i].job.error);
}

static void compare_stations(struct side sides[2])
{
    struct station_record found[2] = {{"", ""}, {"", ""}};
    int32_t statuses[2];
    for (size_t i = 0; i < 2; i++) {
        struct store_fixture *fixture = sides[i].fixture;
        assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
        statuses[i] = fixture->table->get_station(fixture->store, "Hotel", "E1", &fixture->arena, &found[i],
                                                  &fixture->error);
        fixture->table->rollback(fixture->store);
    }
    assert_int_equal(statuses[0], statuses[1]);
    assert_string_equal(found[0].encoder, found[1].encoder);
}

static void compare_finds(struct side sides[2], uint64_t *seed)
{
    static const char *const values[] = {"B1", "k1", "101", "102", "B2"};
    static const char *const sites[] = {NULL, "Hotel", "Other"};
    const struct record_query query = {
        .find = (enum record_find)below(seed, RECORD_FIND_LAST + 1),
        .site = sites[below(seed, 3)],
        .value = values[below(seed, 5)],
        .id = fixture_record(below(seed, 400)).id,
        .keys_only = below(seed, 2) == 0,
        .active_only = below(seed, 2) == 0,
        .limit = below(seed, 6),
    };
    struct store_fixture *const a = sides[0].fixture, *const b = sides[1].fixture;
    assert_int_equal(fixture_find(a, &query), fixture_find(b, &query));
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_same_record(&a->records[i], &b->records[i]);
    arena_free(&a->arena);
    arena_free(&b->arena);
}

static void check_journal(struct store_fixture *fixture)
{
    struct store_check check = {0};
    while (!check.done) {
        assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->check(fixture->store, &check, &fixture->error), KC_OK);
        fixture->table->rollback(fixture->store);
    }
    if (check.fault)
        fail_msg("entry %lld: %s", (long long)check.entry, check.fault);
}

static void batches_agree(void **state)
{
    struct side sides[2] = {{0}, {0}};
    void *setups[2] = {*state, (void *)(uintptr_t) "memory"};
    uint64_t seed = 20261123;
    size_t done = 0, refused = 0;
    for (size_t i = 0; i < 2; i++) {
        fixture_setup(&setups[i]);
        sides[i].fixture = setups[i];
    }
    assert_int_equal(fixture_open_another(sides[0].fixture, &sides[0].another), KC_OK);
    for (int batch = 0; batch < BATCHES; batch++) {
        const bool by_another = below(&seed, 3) == 0;
        const size_t jobs = make_jobs(sides, &seed);
        for (size_t i = 0; i < 2; i++)
            run_jobs(&sides[i], jobs, by_another);
        for (size_t i = 0; i < jobs; i++) {
            assert_int_equal(sides[0].jobs[i].job.status, sides[1].jobs[i].job.status);
            done += sides[0].jobs[i].job.status == KC_OK;
            refused += sides[0].jobs[i].job.status != KC_OK;
        }
        for (int i = 0; i < FINDS; i++)
            compare_finds(sides, &seed);
        compare_stations(sides);
    }
    assert_in_range(done, BATCHES / 2, BATCHES * JOBS_MOST);
    assert_in_range(refused, BATCHES / 10, BATCHES * JOBS_MOST);
    check_journal(sides[0].fixture);
    store_close(sides[0].another);
    for (size_t i = 0; i < 2; i++)
        fixture_teardown(&setups[i]);
}

/* One step for each of so many records, the first of which has this number. */
static void make_many(struct side sides[2], uint64_t *seed, enum step step, uint32_t first, size_t count)
{
    static char keys[ROUNDS * MANY_MOST][8];
    for (size_t i = 0; i < count; i++) {
        struct random_job job = {.job = {.run = run_job, .writes = true, .repeatable = true}, .count = 1};
        struct record *record = &job.records[0];
        job.steps[0] = step;
        *record = random_record(seed, first + (uint32_t)i);
        record->idempotency_key = "";
        if (step == INSERT && first % 2 == 0) { /* of half the batches; seldom one that was there */
            const uint32_t number = below(seed, 200) == 0 ? below(seed, first + 1) : first + (uint32_t)i;
            snprintf(keys[number], sizeof(keys[number]), "k%u", number);
            record->idempotency_key = keys[number];
        }
        if (step == INSERT)
            record->outcome = KC_OUTCOME_PENDING;
        if (step == FINISH && record->outcome == KC_OUTCOME_PENDING)
            record->outcome = KC_OUTCOME_WRITTEN;
        sides[0].jobs[i] = sides[1].jobs[i] = job;
    }
}

static void run_on_both(struct side sides[2], size_t jobs, bool by_another)
{
    for (size_t i = 0; i < 2; i++)
        run_jobs(&sides[i], jobs, by_another);
    for (size_t i = 0; i < jobs; i++)
        assert_int_equal(sides[0].jobs[i].job.status, sides[1].jobs[i].job.status);
}

static void run_both(struct side sides[2], uint64_t *seed, size_t jobs)
{
    run_on_both(sides, jobs, below(seed, 4) == 0);
    for (int i = 0; i < FINDS; i++)
        compare_finds(sides, seed);
}

/* Intents that were recorded together end together, one after the other, are changed before, or stay. */
static void many_intents_agree(void **state)
{
    struct side sides[2] = {{0}, {0}};
    void *setups[2] = {*state, (void *)(uintptr_t) "memory"};
    static const enum step steps[] = {FINISH, FINISH, FINISH, SET_KEY_STATE, SET_STAY, FORGET};
    uint64_t seed = 20261124;
    uint32_t records = 0;
    for (size_t i = 0; i < 2; i++) {
        fixture_setup(&setups[i]);
        sides[i].fixture = setups[i];
    }
    assert_int_equal(fixture_open_another(sides[0].fixture, &sides[0].another), KC_OK);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t count = round == 0 ? MANY_MOST : 1 + below(&seed, MANY_MOST);
        make_many(sides, &seed, INSERT, records, count);
        run_both(sides, &seed, count);
        if (round == 0 && strcmp(*state, "postgresql") == 0) /* else nothing of this is tried */
            fixture_tamper(sides[0].fixture, "SELECT 1 / count(*) FROM intent_batch");
        for (uint32_t k = 0; k < 6; k++) {
            const uint32_t first = k < 2 ? records : below(&seed, records + (uint32_t)count);
            const size_t some = k == 0 && round % 2 == 0 ? count : 1 + below(&seed, below(&seed, 2) ? 4 : 30);
            make_many(sides, &seed, steps[below(&seed, 6)], first, some);
            run_both(sides, &seed, some);
        }
        records += (uint32_t)count;
    }
    check_journal(sides[0].fixture);
    store_close(sides[0].another);
    for (size_t i = 0; i < 2; i++)
        fixture_teardown(&setups[i]);
}

/* Identifiers that are later than all others and keys that were looked for in vain are new, unless they were written
 * since, by this program or by another. */
static void what_is_new_is_found_out(void **state)
{
    struct side sides[2] = {{0}, {0}};
    void *setups[2] = {*state, (void *)(uintptr_t) "memory"};
    uint64_t seed = 20261123;
    uint32_t next = 0;
    char keys[SOME_MOST][16];
    for (size_t i = 0; i < 2; i++) {
        fixture_setup(&setups[i]);
        sides[i].fixture = setups[i];
    }
    assert_int_equal(fixture_open_another(sides[0].fixture, &sides[0].another), KC_OK);
    for (int round = 0; round < BATCHES; round++) {
        const size_t jobs = 1 + (below(&seed, 3) == 0 ? below(&seed, SOME_MOST) : 0);
        for (size_t i = 0; i < jobs; i++) {
            struct random_job job = {.job = {.run = run_job, .writes = true, .repeatable = below(&seed, 6) != 0},
                                     .count = 2};
            const bool again = next > SOME_MOST && below(&seed, 8) == 0;
            const uint32_t number = again ? next - 1 - below(&seed, SOME_MOST) : next++;
            struct record record = fixture_record(number);
            record.idempotency_key = keys[i];
            record.outcome = below(&seed, 3) == 0 ? KC_OUTCOME_WRITTEN : KC_OUTCOME_PENDING;
            snprintf(keys[i], sizeof(keys[i]), "k%u", next - (below(&seed, 3) == 0 ? below(&seed, next) % 4 : 0));
            job.records[0] = job.records[1] = record;
            job.steps[0] = below(&seed, 4) == 0 ? STATION : LOOK;
            job.steps[1] = INSERT;
            sides[0].jobs[i] = sides[1].jobs[i] = job;
        }
        run_on_both(sides, jobs, below(&seed, 12) == 0); /* finding more would have it forget what it knows */
    }
    check_journal(sides[0].fixture);
    store_close(sides[0].another);
    for (size_t i = 0; i < 2; i++)
        fixture_teardown(&setups[i]);
}

/* Rows that are gathered are what the next reader finds, also where they stand in the tables already. */
static void what_is_gathered_is_read(void **state)
{
    static const char *const moved[] = {"102"};
    const struct strings rooms = {moved, 1};
    const struct record records[] = {fixture_record(1), fixture_record(2)};
    void *setup = *state;
    fixture_setup(&setup);
    struct store_fixture *const fixture = setup;
    const struct store_table *table = fixture->table;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fixture_insert(fixture, &records[i]), KC_OK);
    fixture_tidy(fixture);
    fixture->store->together = true;
    assert_int_equal(table->begin(fixture->store, true, &fixture->error), KC_OK);
    fixture->store->together = false;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(table->set_key_state(fixture->store, &records[i].id, KC_KEY_ACTIVE, true, &fixture->error),
                         KC_OK);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(table->set_stay(fixture->store, &records[i].id, &rooms, 0, &fixture->error), KC_OK);
    assert_int_equal(table->commit(fixture->store, &fixture->error), KC_OK);
    for (size_t i = 0; i < 2; i++) {
        const struct record *found = fixture_get(fixture, &records[i]);
        assert_int_equal(found->key_state, KC_KEY_ACTIVE);
        assert_string_equal(found->rooms.items[0], "102");
    }
    check_journal(fixture);
    fixture_teardown(&setup);
}

/* The same question once more, as text: how many answers, and the newest of them. */
static void answer(struct store *store, const struct store_question *question, bool active_only, char text[60])
{
    const struct record_query query = {
        .find = question->find, .site = question->site, .value = question->value, .active_only = active_only};
    char newest[UUID_TEXT_SIZE] = "";
    struct arena arena = {0};
    struct record *records = NULL;
    struct kc_error error;
    size_t count = 0;
    error_init(&error);
    assert_int_equal(store->table->find(store, &query, &arena, &records, &count, &error), KC_OK);
    if (count > 0)
        uuid_format(&records[0].id, newest);
    snprintf(text, 60, "%zu %s", count, newest);
    arena_free(&arena);
}

static struct random_job insertion(uint32_t number, const char *key, bool ended)
{
    struct random_job job = {.job = {.run = run_job, .writes = true, .repeatable = true}, .count = 1};
    job.steps[0] = INSERT;
    job.records[0] = fixture_record(number);
    job.records[0].idempotency_key = key;
    job.records[0].outcome = ended ? KC_OUTCOME_WRITTEN : KC_OUTCOME_PENDING;
    return job;
}

/* Of two that are the same the second is refused, though they come together, whether they have an outcome or not. */
static void the_same_twice_is_refused(void **state)
{
    enum { SAME_IDENTIFIER = 1, FIRST_ENDED = 2, SECOND_ENDED = 4, WITH_OTHERS = 8, CASES = 16 };
    for (uint32_t which = 0; which < CASES; which++) {
        void *setup = *state;
        fixture_setup(&setup);
        struct side side = {.fixture = setup};
        for (uint32_t i = 0; i < 3; i++) {
            side.jobs[0] = insertion(i, "", false);
            run_jobs(&side, 1, false);
            assert_int_equal(side.jobs[0].job.status, KC_OK);
        }
        const bool same_identifier = which & SAME_IDENTIFIER;
        const char *key = same_identifier ? "" : "same";
        size_t jobs = 0;
        side.jobs[jobs++] = insertion(10, key, which & FIRST_ENDED);
        side.jobs[jobs++] = insertion(same_identifier ? 10 : 11, key, which & SECOND_ENDED);
        for (uint32_t i = 0; which & WITH_OTHERS && i < 4; i++)
            side.jobs[jobs++] = insertion(20 + i, "", i % 2 == 0);
        run_jobs(&side, jobs, false);
        for (size_t i = 0; i < jobs; i++)
            assert_int_equal(side.jobs[i].job.status, i != 1            ? KC_OK
                                                      : same_identifier ? KC_ERROR_LEDGER
                                                                        : KC_ERROR_IN_PROGRESS);
        fixture_teardown(&setup);
    }
}

/* Questions that were foreseen have the answers that they have by themselves, in whatever order they are asked, and
 * whether what they ask for stands in the tables or not yet. */
static void what_is_foreseen_is_found(void **state)
{
    enum { QUESTIONS = 90 };
    static const char *const values[][4] = {
        {"B1", "B4", "none", "more"}, {"101", "102", "none", "103"}, {"k1", "k3", "none", "k9"}};
    static const enum record_find finds[] = {RECORD_BY_BOOKING, RECORD_BY_ROOM, RECORD_BY_IDEMPOTENCY};
    void *setup = *state;
    struct store_question questions[QUESTIONS];
    char alone[QUESTIONS][60], foreseen[60];
    uint64_t seed = 20261125;
    fixture_setup(&setup);
    struct store_fixture *const fixture = setup;
    for (uint32_t round = 0; round < 8; round++) {
        for (size_t i = 0; i < QUESTIONS; i++) {
            const uint32_t kind = below(&seed, 3);
            questions[i] = (struct store_question){.find = finds[kind],
                                                   .site = below(&seed, 2) ? "Hotel" : "Other",
                                                   .value = values[kind][below(&seed, 4)]};
        }
        const bool active = round % 2 == 0;
        fixture_begin(fixture);
        for (size_t i = 0; i < QUESTIONS; i++)
            answer(fixture->store, &questions[i], active, alone[i]);
        assert_int_equal(fixture_end(fixture, KC_OK), KC_OK);
        assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
        assert_int_equal(fixture->table->foresee(fixture->store, questions, QUESTIONS, &fixture->error), KC_OK);
        for (size_t i = 0; i < QUESTIONS; i++) {
            const size_t at = round < 4 ? i : below(&seed, QUESTIONS);
            answer(fixture->store, &questions[at], active, foreseen);
            assert_string_equal(foreseen, alone[at]);
        }
        assert_int_equal(fixture->table->commit(fixture->store, &fixture->error), KC_OK);
        for (uint32_t i = 0; i < 5; i++) {
            const struct record record = random_record(&seed, 5 * round + i + 1);
            fixture_insert(fixture, &record); /* its key may be known */
        }
        if (round % 3 == 1)
            fixture_tidy(fixture);
    }
    fixture_teardown(&setup);
}

/* An intent may wait while many others come and end, and then its outcome comes alone. */
static void a_late_outcome_finds_its_intent(void **state)
{
    enum { ROUNDS_LATE = 40, OTHERS = 20 };
    void *setup = *state;
    fixture_setup(&setup);
    struct side side = {.fixture = setup};
    struct store_fixture *const fixture = setup;
    for (uint32_t round = 0; round < ROUNDS_LATE; round++) {
        for (uint32_t i = 0; i < OTHERS; i++)
            side.jobs[i] = insertion(round * OTHERS + i, "", false);
        run_jobs(&side, OTHERS, false);
        for (uint32_t i = 0; i < OTHERS; i++)
            assert_int_equal(side.jobs[i].job.status, KC_OK);
    }
    for (uint32_t number = 0; number < 2; number++) {
        side.jobs[0] = insertion(number, "", true);
        side.jobs[0].steps[0] = FINISH;
        run_jobs(&side, 1, false);
        assert_int_equal(side.jobs[0].job.status, KC_OK);
        const struct record record = fixture_record(number);
        assert_int_equal(fixture_count(fixture, (struct record_query){.find = RECORD_BY_ID, .id = record.id}), 1);
        assert_int_equal(fixture_get(fixture, &record)->outcome, KC_OUTCOME_WRITTEN);
    }
    assert_int_equal(fixture_count(fixture, (struct record_query){.find = RECORD_OPEN}), ROUNDS_LATE * OTHERS - 2);
    check_journal(fixture);
    fixture_teardown(&setup);
}

/* What this program knows of a station is not what another one has written since. */
static void another_may_have_written(void **state)
{
    struct side side = {0};
    void *setup = *state;
    fixture_setup(&setup);
    side.fixture = setup;
    assert_int_equal(fixture_open_another(side.fixture, &side.another), KC_OK);
    for (uint32_t i = 0; i < 4; i++) {
        struct random_job *job = &side.jobs[0];
        const bool by_another = i == 2;
        *job = (struct random_job){.job = {.run = run_job, .writes = true, .repeatable = i < 3}, .count = 2};
        for (size_t k = 0; k < 2; k++) {
            job->steps[k] = k == 0 ? INSERT : STATION;
            job->records[k] = fixture_record(10 * i + by_another);
            job->records[k].system = "locks";
            job->records[k].station = job->records[k].encoder = "E1";
        }
        job->records[1].created_ms = by_another ? 1 : 0; /* E2 or E1 */
        run_jobs(&side, 1, by_another);
        assert_int_equal(job->job.status, KC_OK);
    }
    struct station_record found = {"", ""};
    struct store_fixture *fixture = side.fixture;
    assert_int_equal(fixture->table->begin(fixture->store, false, &fixture->error), KC_OK);
    assert_int_equal(
        fixture->table->get_station(fixture->store, "Hotel", "E1", &fixture->arena, &found, &fixture->error), KC_OK);
    assert_string_equal(found.encoder, "E1");
    fixture->table->rollback(fixture->store);
    store_close(side.another);
    fixture_teardown(&setup);
}

int main(int count, char **arguments)
{
    static char sqlite[] = "sqlite", postgresql[] = "postgresql";
    const bool server = count > 1 && strcmp(arguments[1], postgresql) == 0;
    const struct CMUnitTest tests[] = {
        {server ? "batches_agree (postgresql)" : "batches_agree (sqlite)", batches_agree, NULL, NULL,
         server ? postgresql : sqlite},
        {server ? "many_intents_agree (postgresql)" : "many_intents_agree (sqlite)", many_intents_agree, NULL, NULL,
         server ? postgresql : sqlite},
        {server ? "what_is_new_is_found_out (postgresql)" : "what_is_new_is_found_out (sqlite)",
         what_is_new_is_found_out, NULL, NULL, server ? postgresql : sqlite},
        {server ? "the_same_twice_is_refused (postgresql)" : "the_same_twice_is_refused (sqlite)",
         the_same_twice_is_refused, NULL, NULL, server ? postgresql : sqlite},
        {server ? "what_is_foreseen_is_found (postgresql)" : "what_is_foreseen_is_found (sqlite)",
         what_is_foreseen_is_found, NULL, NULL, server ? postgresql : sqlite},
        {server ? "what_is_gathered_is_read (postgresql)" : "what_is_gathered_is_read (sqlite)",
         what_is_gathered_is_read, NULL, NULL, server ? postgresql : sqlite},
        {server ? "a_late_outcome_finds_its_intent (postgresql)" : "a_late_outcome_finds_its_intent (sqlite)",
         a_late_outcome_finds_its_intent, NULL, NULL, server ? postgresql : sqlite},
        {server ? "another_may_have_written (postgresql)" : "another_may_have_written (sqlite)",
         another_may_have_written, NULL, NULL, server ? postgresql : sqlite},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
