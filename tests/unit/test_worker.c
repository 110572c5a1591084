/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker: group commit, failures, the way back to the loop. A store that counts, waits and fails on demand stands
 * in front of a real one. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/worker.h"
#include "store_fixture.h"

/* ---- A store that is watched ------------------------------------------------------------------------------------ */

struct watched {
    struct store store;
    struct store *inner;
    struct store_table table; /* of this one; copied from the inner and changed */
    /* Written in the worker's thread, read after worker_free() or after a done. */
    int begins, write_begins, commits, rollbacks, jobs, most_jobs;
    int fail_begins, fail_commits; /* so many */
    int fail_job_end;              /* the so-manieth one, from 1 */
    int job_ends;
    bool commits_by_jobs; /* a failed commit is that of a job */
    bool *closed;
};

static struct watched *watched_of(struct store *store)
{
    return (struct watched *)store;
}

static int32_t watched_begin(struct store *store, bool writes, struct kc_error *error)
{
    struct watched *watched = watched_of(store);
    if (watched->fail_begins > 0) {
        watched->fail_begins--;
        return error_set(error, KC_ERROR_LEDGER_BUSY, "ledger", "no begin");
    }
    watched->begins++;
    watched->write_begins += writes;
    watched->jobs = 0;
    return watched->inner->table->begin(watched->inner, writes, error);
}

static int32_t watched_commit(struct store *store, struct kc_error *error)
{
    struct watched *watched = watched_of(store);
    if (watched->jobs > watched->most_jobs)
        watched->most_jobs = watched->jobs;
    if (watched->fail_commits > 0) {
        watched->fail_commits--;
        watched->inner->table->rollback(watched->inner);
        store->retry = watched->commits_by_jobs ? STORE_RETRY_SINGLY : STORE_RETRY_NOT;
        return error_set(error, KC_ERROR_LEDGER_FULL, "ledger", "no commit");
    }
    watched->commits++;
    return watched->inner->table->commit(watched->inner, error);
}

static void watched_rollback(struct store *store)
{
    watched_of(store)->rollbacks++;
    watched_of(store)->inner->table->rollback(watched_of(store)->inner);
}

static int32_t watched_job_begin(struct store *store, struct kc_error *error)
{
    watched_of(store)->jobs++;
    return watched_of(store)->inner->table->job_begin(watched_of(store)->inner, error);
}

static int32_t watched_job_end(struct store *store, bool keep, struct kc_error *error)
{
    struct watched *watched = watched_of(store);
    if (++watched->job_ends == watched->fail_job_end)
        return error_set(error, KC_ERROR_LEDGER, "ledger", "no job end");
    return watched->inner->table->job_end(watched->inner, keep, error);
}

static int32_t watched_find(struct store *store, const struct record_query *query, struct arena *arena,
                            struct record **records, size_t *count, struct kc_error *error)
{
    struct store *inner = watched_of(store)->inner;
    return inner->table->find(inner, query, arena, records, count, error);
}

static int32_t watched_insert(struct store *store, const struct record *record, struct kc_error *error)
{
    struct store *inner = watched_of(store)->inner;
    return inner->table->insert(inner, record, error);
}

/* The inner store stays open: the tests look into it afterwards. */
static void watched_close(struct store *store)
{
    *watched_of(store)->closed = true;
}

/* ---- Fixture ---------------------------------------------------------------------------------------------------- */

struct bench {
    struct store_fixture *fixture;
    struct watched watched;
    struct loop *loop;
    struct worker *worker;
    pthread_t thread; /* of the test */
    int done;         /* jobs that came back */
    bool closed;
    sem_t gate;    /* jobs that wait for it hold the worker's thread */
    sem_t entered; /* such a job has begun */
};

static void start_worker(struct bench *bench, size_t capacity)
{
    struct kc_error error = {0};
    assert_int_equal(worker_new(bench->loop, &bench->watched.store, capacity, &bench->worker, &error), KC_OK);
    assert_ptr_equal(worker_store(bench->worker), &bench->watched.store);
}

/* The initial state is "sqlite", "memory" or "none", or "memory-thread": the memory store, in a thread. */
static int setup(void **state)
{
    const char *scheme = *state;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    const bool threaded = strcmp(scheme, "memory-thread") == 0;
    void *fixture = (void *)(uintptr_t)(threaded ? "memory" : scheme);
    fixture_setup(&fixture);
    bench->fixture = fixture;
    bench->watched.inner = bench->fixture->store;
    bench->watched.table = *bench->fixture->table;
    bench->watched.table.begin = watched_begin;
    bench->watched.table.commit = watched_commit;
    bench->watched.table.rollback = watched_rollback;
    bench->watched.table.job_begin = watched_job_begin;
    bench->watched.table.job_end = watched_job_end;
    bench->watched.table.find = watched_find;
    bench->watched.table.insert = watched_insert;
    bench->watched.table.close = watched_close;
    bench->watched.table.tidy = NULL; /* the inner one's needs the inner store */
    if (threaded)
        bench->watched.table.inline_jobs = false;
    bench->watched.store.table = &bench->watched.table;
    bench->watched.closed = &bench->closed;
    bench->thread = pthread_self();
    assert_int_equal(sem_init(&bench->gate, 0, 0), 0);
    assert_int_equal(sem_init(&bench->entered, 0, 0), 0);
    assert_int_equal(loop_new(&bench->loop, NULL), KC_OK);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    void *fixture = bench->fixture;
    worker_free(bench->worker);
    loop_free(bench->loop);
    fixture_teardown(&fixture);
    sem_destroy(&bench->gate);
    sem_destroy(&bench->entered);
    free(bench);
    return 0;
}

/* ---- Jobs ------------------------------------------------------------------------------------------------------- */

struct test_job {
    struct worker_job job;
    struct bench *bench;
    uint32_t number;
    int32_t result;        /* what run returns */
    bool waits;            /* run waits for the gate */
    struct test_job *then; /* submitted by done */
    bool ran_in_other_thread, signals_blocked;
    size_t found;
    int order; /* which done it was, from 1 */
    int32_t code;
    char message[100];
};

static int32_t run(struct worker_job *base, struct store *store, struct kc_error *error)
{
    struct test_job *job = (struct test_job *)base;
    struct record *records = NULL;
    struct arena arena = {0};
    sigset_t blocked;
    const struct record_query all = {.find = RECORD_ALL};
    job->ran_in_other_thread = !pthread_equal(pthread_self(), job->bench->thread);
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    job->signals_blocked = sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGINT) == 1 &&
                           sigismember(&blocked, SIGCHLD) == 1 && sigismember(&blocked, SIGXFSZ) == 1;
    if (job->waits) {
        sem_post(&job->bench->entered);
        while (sem_wait(&job->bench->gate) < 0)
            ;
    }
    int32_t status = KC_OK;
    if (base->writes) {
        const struct record record = fixture_record(job->number);
        status = store->table->insert(store, &record, error);
    } else {
        status = store->table->find(store, &all, &arena, &records, &job->found, error);
    }
    arena_free(&arena);
    if (status == KC_OK && job->result != KC_OK)
        status = error_set(error, job->result, "", "the job failed");
    return status;
}

static void done(struct worker_job *base)
{
    struct test_job *job = (struct test_job *)base;
    assert_true(pthread_equal(pthread_self(), job->bench->thread));
    assert_int_equal(job->order, 0);
    job->order = ++job->bench->done;
    assert_int_equal(base->error != NULL, base->status != KC_OK);
    if (base->error) {
        job->code = base->error->code;
        snprintf(job->message, sizeof(job->message), "%.90s", base->error->message);
    }
    if (job->then)
        worker_submit(job->bench->worker, &job->then->job);
}

static void submit(struct bench *bench, struct test_job *job, uint32_t number, bool writes)
{
    job->bench = bench;
    job->number = number;
    job->job.run = run;
    job->job.done = done;
    job->job.writes = writes;
    worker_submit(bench->worker, &job->job);
}

/* Dispatches until so many jobs have come back. */
static void wait_done(struct bench *bench, int count)
{
    while (bench->done < count) {
        if (loop_wait(bench->loop, 60000) != 1)
            fail_msg("%d of %d jobs in a minute", bench->done, count);
        assert_int_equal(loop_dispatch(bench->loop), KC_OK);
    }
    assert_int_equal(bench->done, count);
}

static size_t kept(struct bench *bench)
{
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_find(bench->fixture, &all), KC_OK);
    return bench->fixture->count;
}

/* Ends the worker, so that the test may look at the store. */
static void end_worker(struct bench *bench)
{
    worker_free(bench->worker);
    bench->worker = NULL;
    assert_true(bench->closed);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void runs_where_it_should(void **state)
{
    struct bench *bench = *state;
    struct test_job job = {0};
    start_worker(bench, 16);
    const bool threaded = !bench->watched.table.inline_jobs;
    submit(bench, &job, 1, true);
    assert_int_equal(job.order, 0); /* never inside of submit */
    wait_done(bench, 1);
    assert_int_equal(job.job.status, KC_OK);
    assert_int_equal(job.ran_in_other_thread, threaded);
    if (threaded)
        assert_true(job.signals_blocked);
    assert_int_equal(bench->watched.begins, 1);
    assert_int_equal(bench->watched.write_begins, 1);
    assert_int_equal(bench->watched.commits, 1);
    end_worker(bench);
    assert_int_equal(kept(bench), bench->watched.table.keeps_nothing ? 0 : 1);
}

/* Holds the worker's thread with a job, so that what is submitted meanwhile makes one batch. */
static void hold(struct bench *bench, struct test_job *holder)
{
    holder->waits = true;
    submit(bench, holder, 100000 + (uint32_t)bench->done, true);
    assert_int_equal(loop_dispatch(bench->loop), KC_OK);
    while (sem_wait(&bench->entered) < 0)
        ;
}

static void many_jobs_share_a_commit(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 256 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    start_worker(bench, 1000);
    hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++)
        submit(bench, &jobs[i], i, true);
    sem_post(&bench->gate);
    wait_done(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(jobs[i].order, i + 2);
    }
    end_worker(bench);
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.most_jobs, COUNT);
    assert_int_equal(kept(bench), COUNT + 1);
}

static void the_queue_is_bounded(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 100, CAPACITY = 7 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    start_worker(bench, CAPACITY);
    hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++)
        submit(bench, &jobs[i], i, i % 3 != 0);
    sem_post(&bench->gate);
    wait_done(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].order, i + 2);
    end_worker(bench);
    assert_true(bench->watched.most_jobs <= CAPACITY);
    assert_int_equal(kept(bench), 1 + COUNT - 34);
}

static void no_queue_is_a_queue_of_one(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[5] = {{.number = 0}};
    start_worker(bench, 0);
    for (uint32_t i = 0; i < 5; i++)
        submit(bench, &jobs[i], i, true);
    wait_done(bench, 5);
    end_worker(bench);
    assert_int_equal(kept(bench), 5);
}

static void only_reads_need_no_write_transaction(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job second_holder = {0};
    struct test_job reads[3] = {{.number = 0}};
    struct test_job mixed[3] = {{.number = 0}};
    start_worker(bench, 100);
    hold(bench, &holder);
    for (uint32_t i = 0; i < 3; i++)
        submit(bench, &reads[i], i, false);
    sem_post(&bench->gate);
    wait_done(bench, 4);
    assert_int_equal(bench->watched.begins, 2);
    assert_int_equal(bench->watched.write_begins, 1);
    assert_int_equal(reads[2].found, 1);
    /* Reads of a batch see what was written before them in it. */
    hold(bench, &second_holder);
    for (uint32_t i = 0; i < 3; i++)
        submit(bench, &mixed[i], i, i == 1);
    sem_post(&bench->gate);
    wait_done(bench, 8);
    assert_int_equal(bench->watched.begins, 4);
    assert_int_equal(bench->watched.write_begins, 3);
    assert_int_equal(mixed[2].found, mixed[0].found + 1);
}

/* A job that is to be alone sees what was committed, holds nobody up, and is taken in its turn. */
static void some_jobs_have_a_transaction_of_their_own(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[5] = {{.number = 0}};
    start_worker(bench, 100);
    hold(bench, &holder);
    jobs[2].job.alone = true;
    for (uint32_t i = 0; i < 5; i++)
        submit(bench, &jobs[i], i, i != 2);
    sem_post(&bench->gate);
    wait_done(bench, 6);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(jobs[i].order, i + 2);
    }
    assert_int_equal(bench->watched.begins, 4); /* holder, two, one, two */
    assert_int_equal(bench->watched.write_begins, 3);
    assert_int_equal(bench->watched.most_jobs, 2);
    assert_int_equal(jobs[2].found, 3);
    end_worker(bench);
    assert_int_equal(kept(bench), 5);
}

static void a_failed_commit_fails_all_that_wrote(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[5] = {{.number = 0}};
    struct test_job later = {0};
    start_worker(bench, 100);
    hold(bench, &holder);
    jobs[3].result = KC_ERROR_STATE;
    for (uint32_t i = 0; i < 5; i++)
        submit(bench, &jobs[i], i, i != 0);
    bench->watched.fail_commits = 2; /* that of the holder, that of the batch */
    sem_post(&bench->gate);
    wait_done(bench, 6);
    assert_int_equal(holder.job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[0].job.status, KC_OK);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].code, KC_ERROR_LEDGER_FULL);
    assert_string_equal(jobs[2].message, "no commit");
    assert_int_equal(jobs[3].job.status, KC_ERROR_STATE);
    assert_string_equal(jobs[3].message, "the job failed");
    assert_int_equal(jobs[4].job.status, KC_ERROR_LEDGER_FULL);
    submit(bench, &later, 9, true);
    wait_done(bench, 7);
    assert_int_equal(later.job.status, KC_OK);
    end_worker(bench);
    assert_int_equal(kept(bench), 1);
}

static void a_failed_begin_fails_all(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[4] = {{.number = 0}};
    struct test_job later = {0};
    start_worker(bench, 100);
    hold(bench, &holder);
    for (uint32_t i = 0; i < 4; i++)
        submit(bench, &jobs[i], i, i % 2 == 0);
    bench->watched.fail_begins = 1;
    sem_post(&bench->gate);
    wait_done(bench, 5);
    assert_int_equal(holder.job.status, KC_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(jobs[i].job.status, KC_ERROR_LEDGER_BUSY);
        assert_string_equal(jobs[i].message, "no begin");
    }
    submit(bench, &later, 9, true);
    wait_done(bench, 6);
    assert_int_equal(later.job.status, KC_OK);
    end_worker(bench);
    assert_int_equal(kept(bench), 2);
}

static void a_failed_job_takes_back_only_its_own(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    start_worker(bench, 100);
    hold(bench, &holder);
    jobs[1].result = KC_ERROR_STATE;
    jobs[5].result = KC_ERROR_NOT_FOUND;
    for (uint32_t i = 0; i < 6; i++)
        submit(bench, &jobs[i], i == 3 ? 2 : i, i != 5); /* the fourth has an identifier that is taken */
    sem_post(&bench->gate);
    wait_done(bench, 7);
    assert_int_equal(jobs[0].job.status, KC_OK);
    assert_int_equal(jobs[1].job.status, KC_ERROR_STATE);
    assert_int_equal(jobs[2].job.status, KC_OK);
    assert_int_equal(jobs[3].job.status, KC_ERROR_LEDGER);
    assert_int_equal(jobs[4].job.status, KC_OK);
    assert_int_equal(jobs[5].job.status, KC_ERROR_NOT_FOUND);
    assert_int_equal(bench->watched.commits, 2);
    end_worker(bench);
    assert_int_equal(kept(bench), 4);
}

/* A failure that takes the whole transaction fails what was written before it, and the rest starts anew. */
static void a_lost_transaction_fails_what_was_written(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    start_worker(bench, 100);
    hold(bench, &holder);
    for (uint32_t i = 0; i < 6; i++)
        submit(bench, &jobs[i], i, i != 1);
    bench->watched.fail_job_end = 4; /* that of jobs[2], after the holder's */
    sem_post(&bench->gate);
    wait_done(bench, 7);
    assert_int_equal(holder.job.status, KC_OK);
    assert_int_equal(jobs[0].job.status, KC_ERROR_LEDGER);
    assert_string_equal(jobs[0].message, "no job end");
    assert_int_equal(jobs[1].job.status, KC_OK);
    assert_int_equal(jobs[2].job.status, KC_ERROR_LEDGER);
    for (int i = 3; i < 6; i++)
        assert_int_equal(jobs[i].job.status, KC_OK);
    assert_int_equal(bench->watched.rollbacks, 1);
    assert_int_equal(bench->watched.commits, 2);
    for (int i = 0; i < 6; i++)
        assert_int_equal(jobs[i].order, i + 2);
    end_worker(bench);
    assert_int_equal(kept(bench), 4);
}

/* Jobs that may be run again need no brackets. */
static void repeatable_jobs_run_together(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 50 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    start_worker(bench, 100);
    hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++) {
        jobs[i].job.repeatable = true;
        submit(bench, &jobs[i], i, i % 5 != 0);
    }
    sem_post(&bench->gate);
    wait_done(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].job.status, KC_OK);
    assert_int_equal(bench->watched.job_ends, 1); /* the holder's */
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.rollbacks, 0);
    end_worker(bench);
    assert_int_equal(kept(bench), 1 + 40);
}

/* One of them that fails spoils none of the others. */
static void repeatable_jobs_fail_alone(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    start_worker(bench, 100);
    hold(bench, &holder);
    jobs[4].result = KC_ERROR_STATE;
    for (uint32_t i = 0; i < 6; i++) {
        jobs[i].job.repeatable = true;
        submit(bench, &jobs[i], i == 2 ? 1 : i, true); /* the third has an identifier that is taken */
    }
    sem_post(&bench->gate);
    wait_done(bench, 7);
    for (int i = 0; i < 6; i++)
        assert_int_equal(jobs[i].job.status, i == 2 ? KC_ERROR_LEDGER : i == 4 ? KC_ERROR_STATE : KC_OK);
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.rollbacks, 1);
    end_worker(bench);
    assert_int_equal(kept(bench), 1 + 4);
}

static void a_commit_that_fails_by_a_job_is_tried_singly(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[2] = {{.number = 0}};
    start_worker(bench, 100);
    bench->watched.commits_by_jobs = true;
    bench->watched.fail_commits = 1;
    jobs[0].job.repeatable = true;
    submit(bench, &jobs[0], 1, true);
    wait_done(bench, 1);
    assert_int_equal(jobs[0].job.status, KC_OK); /* at the second try, with brackets */
    assert_int_equal(bench->watched.job_ends, 1);
    bench->watched.commits_by_jobs = false;
    bench->watched.fail_commits = 1;
    jobs[1].job.repeatable = true;
    submit(bench, &jobs[1], 2, true);
    wait_done(bench, 2);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    end_worker(bench);
    assert_int_equal(kept(bench), 1);
}

/* What is submitted while the loop runs its callbacks, or between its rounds, is handed over at the end of the round.
 */
static void a_round_makes_one_batch(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 100 };
    static struct test_job jobs[COUNT];
    static struct test_job more[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    start_worker(bench, 1000);
    hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++) {
        more[i] = (struct test_job){.bench = bench, .number = 1000 + i};
        more[i].job = (struct worker_job){.run = run, .done = done, .writes = true};
        jobs[i].then = &more[i];
        submit(bench, &jobs[i], i, true);
    }
    sem_post(&bench->gate);
    wait_done(bench, 2 * COUNT + 1);
    end_worker(bench);
    assert_int_equal(bench->watched.commits, 3); /* holder, batch, what the batch brought */
    assert_int_equal(kept(bench), 2 * COUNT + 1);
}

static void failures_of_inline_jobs_come_back_too(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[4] = {{.number = 0}};
    start_worker(bench, 1);
    jobs[0].result = KC_ERROR_STATE;
    submit(bench, &jobs[0], 0, true);
    bench->watched.fail_commits = 1;
    submit(bench, &jobs[1], 1, true);
    bench->watched.fail_begins = 1;
    submit(bench, &jobs[2], 2, false);
    submit(bench, &jobs[3], 3, true);
    assert_int_equal(bench->done, 0);
    wait_done(bench, 4);
    assert_int_equal(jobs[0].job.status, KC_ERROR_STATE);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].job.status, KC_ERROR_LEDGER_BUSY);
    assert_int_equal(jobs[3].job.status, KC_OK);
    end_worker(bench);
    assert_int_equal(kept(bench), 1);
}

/* Ending does all that was asked for, also what the last ones asked for when they were done. */
static void ending_drains(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 40 };
    static struct test_job jobs[COUNT];
    static struct test_job more[COUNT];
    memset(jobs, 0, sizeof(jobs));
    memset(more, 0, sizeof(more));
    start_worker(bench, 4);
    for (uint32_t i = 0; i < COUNT; i++) {
        more[i] = (struct test_job){.bench = bench, .number = 1000 + i};
        more[i].job = (struct worker_job){.run = run, .done = done, .writes = true};
        jobs[i].then = &more[i];
        submit(bench, &jobs[i], i, true);
    }
    assert_int_equal(bench->done, 0);
    end_worker(bench);
    assert_int_equal(bench->done, 2 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(more[i].job.status, KC_OK);
    }
    assert_int_equal(kept(bench), bench->watched.table.keeps_nothing ? 0 : 2 * COUNT);
}

static void ending_an_idle_worker(void **state)
{
    struct bench *bench = *state;
    struct test_job job = {0};
    start_worker(bench, 4);
    submit(bench, &job, 1, true);
    wait_done(bench, 1);
    end_worker(bench);
    worker_free(NULL);
}

/* Chains in which each job is submitted by the one before: many small batches and wake-ups, for the race detector. */
static void chains_of_jobs(void **state)
{
    struct bench *bench = *state;
    enum { CHAINS = 5, LENGTH = 40 };
    static struct test_job jobs[CHAINS][LENGTH];
    memset(jobs, 0, sizeof(jobs));
    start_worker(bench, 3);
    for (uint32_t chain = 0; chain < CHAINS; chain++) {
        for (uint32_t i = 0; i < LENGTH; i++) {
            struct test_job *job = &jobs[chain][i];
            *job = (struct test_job){.bench = bench, .number = chain * LENGTH + i};
            job->job = (struct worker_job){.run = run, .done = done, .writes = i % 4 == 0};
            job->then = i + 1 < LENGTH ? &jobs[chain][i + 1] : NULL;
        }
        worker_submit(bench->worker, &jobs[chain][0].job);
    }
    wait_done(bench, CHAINS * LENGTH);
    end_worker(bench);
    assert_int_equal(kept(bench), CHAINS * LENGTH / 4);
}

/* Counts, and says twice that there is more. */
static int tidied; /* in the worker's thread, until that has ended */
static bool tidy(struct store *store, bool all)
{
    (void)store;
    assert_false(all);
    return __atomic_add_fetch(&tidied, 1, __ATOMIC_RELAXED) < 3;
}

/* Only after something was done, and to the end. */
static void tidies_up_when_idle(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[2] = {{.number = 0}};
    const struct timespec moment = {.tv_nsec = 1000000};
    tidied = 0;
    bench->watched.table.tidy = tidy;
    start_worker(bench, 10);
    submit(bench, &jobs[0], 1, true);
    wait_done(bench, 1);
    for (int i = 0; i < 60000 && __atomic_load_n(&tidied, __ATOMIC_RELAXED) < 3; i++)
        nanosleep(&moment, NULL);
    submit(bench, &jobs[1], 2, true);
    wait_done(bench, 2);
    end_worker(bench);
    assert_in_range(tidied, 4, 5); /* also before the store was closed */
}

#define WORKER(test, scheme)                                                                                           \
    {                                                                                                                  \
#test " (" scheme ")", test, setup, teardown, (void *)(uintptr_t)scheme                                        \
    }
#define THREADED(test) WORKER(test, "sqlite"), WORKER(test, "memory-thread")
#define ALL(test)      THREADED(test), WORKER(test, "memory"), WORKER(test, "none")

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(runs_where_it_should),
        THREADED(many_jobs_share_a_commit),
        THREADED(the_queue_is_bounded),
        THREADED(no_queue_is_a_queue_of_one),
        THREADED(only_reads_need_no_write_transaction),
        THREADED(some_jobs_have_a_transaction_of_their_own),
        THREADED(a_failed_commit_fails_all_that_wrote),
        THREADED(a_failed_begin_fails_all),
        THREADED(a_failed_job_takes_back_only_its_own),
        THREADED(a_lost_transaction_fails_what_was_written),
        THREADED(repeatable_jobs_run_together),
        THREADED(repeatable_jobs_fail_alone),
        THREADED(a_commit_that_fails_by_a_job_is_tried_singly),
        THREADED(a_round_makes_one_batch),
        WORKER(failures_of_inline_jobs_come_back_too, "memory"),
        ALL(ending_drains),
        ALL(ending_an_idle_worker),
        THREADED(chains_of_jobs),
        THREADED(tidies_up_when_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
