/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the worker share; see worker_bench.h. */
#include "worker_bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A store that is watched ------------------------------------------------------------------------------------ */

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

void bench_start(struct bench *bench, size_t capacity)
{
    struct kc_error error = {0};
    assert_int_equal(worker_new(bench->loop, &bench->watched.store, capacity, &bench->worker, &error), KC_OK);
    assert_ptr_equal(worker_store(bench->worker), &bench->watched.store);
}

int bench_setup(void **state)
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

int bench_teardown(void **state)
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

int32_t test_job_run(struct worker_job *base, struct store *store, struct kc_error *error)
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

void test_job_done(struct worker_job *base)
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

void bench_submit(struct bench *bench, struct test_job *job, uint32_t number, bool writes)
{
    job->bench = bench;
    job->number = number;
    job->job.run = test_job_run;
    job->job.done = test_job_done;
    job->job.writes = writes;
    worker_submit(bench->worker, &job->job);
}

void bench_wait(struct bench *bench, int count)
{
    while (bench->done < count) {
        if (loop_wait(bench->loop, 60000) != 1)
            fail_msg("%d of %d jobs in a minute", bench->done, count);
        assert_int_equal(loop_dispatch(bench->loop), KC_OK);
    }
    assert_int_equal(bench->done, count);
}

size_t bench_kept(struct bench *bench)
{
    const struct record_query all = {.find = RECORD_ALL};
    assert_int_equal(fixture_find(bench->fixture, &all), KC_OK);
    return bench->fixture->count;
}

void bench_end(struct bench *bench)
{
    worker_free(bench->worker);
    bench->worker = NULL;
    assert_true(bench->closed);
}

void bench_hold(struct bench *bench, struct test_job *holder)
{
    holder->waits = true;
    bench_submit(bench, holder, 100000 + (uint32_t)bench->done, true);
    assert_int_equal(loop_dispatch(bench->loop), KC_OK);
    while (sem_wait(&bench->entered) < 0)
        ;
}
