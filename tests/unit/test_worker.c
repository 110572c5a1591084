/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker: group commit, failures, the way back to the loop. */
#include "worker_bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void runs_where_it_should(void **state)
{
    struct bench *bench = *state;
    struct test_job job = {0};
    bench_start(bench, 16);
    const bool threaded = !bench->watched.table.inline_jobs;
    bench_submit(bench, &job, 1, true);
    assert_int_equal(job.order, 0); /* never inside of submit */
    bench_wait(bench, 1);
    assert_int_equal(job.job.status, KC_OK);
    assert_int_equal(job.ran_in_other_thread, threaded);
    if (threaded)
        assert_true(job.signals_blocked);
    assert_int_equal(bench->watched.begins, 1);
    assert_int_equal(bench->watched.write_begins, 1);
    assert_int_equal(bench->watched.commits, 1);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), bench->watched.table.keeps_nothing ? 0 : 1);
}

static void many_jobs_share_a_commit(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 256 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    bench_start(bench, 1000);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++)
        bench_submit(bench, &jobs[i], i, true);
    sem_post(&bench->gate);
    bench_wait(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(jobs[i].order, i + 2);
    }
    bench_end(bench);
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.most_jobs, COUNT);
    assert_int_equal(bench_kept(bench), COUNT + 1);
}

static void the_queue_is_bounded(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 100, CAPACITY = 7 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    bench_start(bench, CAPACITY);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++)
        bench_submit(bench, &jobs[i], i, i % 3 != 0);
    sem_post(&bench->gate);
    bench_wait(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].order, i + 2);
    bench_end(bench);
    assert_true(bench->watched.most_jobs <= CAPACITY);
    assert_int_equal(bench_kept(bench), 1 + COUNT - 34);
}

static void no_queue_is_a_queue_of_one(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[5] = {{.number = 0}};
    bench_start(bench, 0);
    for (uint32_t i = 0; i < 5; i++)
        bench_submit(bench, &jobs[i], i, true);
    bench_wait(bench, 5);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 5);
}

static void only_reads_need_no_write_transaction(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job second_holder = {0};
    struct test_job reads[3] = {{.number = 0}};
    struct test_job mixed[3] = {{.number = 0}};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < 3; i++)
        bench_submit(bench, &reads[i], i, false);
    sem_post(&bench->gate);
    bench_wait(bench, 4);
    assert_int_equal(bench->watched.begins, 2);
    assert_int_equal(bench->watched.write_begins, 1);
    assert_int_equal(reads[2].found, 1);
    /* Reads of a batch see what was written before them in it. */
    bench_hold(bench, &second_holder);
    for (uint32_t i = 0; i < 3; i++)
        bench_submit(bench, &mixed[i], i, i == 1);
    sem_post(&bench->gate);
    bench_wait(bench, 8);
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
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    jobs[2].job.alone = true;
    for (uint32_t i = 0; i < 5; i++)
        bench_submit(bench, &jobs[i], i, i != 2);
    sem_post(&bench->gate);
    bench_wait(bench, 6);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(jobs[i].order, i + 2);
    }
    assert_int_equal(bench->watched.begins, 4); /* holder, two, one, two */
    assert_int_equal(bench->watched.write_begins, 3);
    assert_int_equal(bench->watched.most_jobs, 2);
    assert_int_equal(jobs[2].found, 3);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 5);
}

static void a_failed_commit_fails_all_that_wrote(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[5] = {{.number = 0}};
    struct test_job later = {0};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    jobs[3].result = KC_ERROR_STATE;
    for (uint32_t i = 0; i < 5; i++)
        bench_submit(bench, &jobs[i], i, i != 0);
    bench->watched.fail_commits = 2; /* that of the holder, that of the batch */
    sem_post(&bench->gate);
    bench_wait(bench, 6);
    assert_int_equal(holder.job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[0].job.status, KC_OK);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].code, KC_ERROR_LEDGER_FULL);
    assert_string_equal(jobs[2].message, "no commit");
    assert_int_equal(jobs[3].job.status, KC_ERROR_STATE);
    assert_string_equal(jobs[3].message, "the job failed");
    assert_int_equal(jobs[4].job.status, KC_ERROR_LEDGER_FULL);
    bench_submit(bench, &later, 9, true);
    bench_wait(bench, 7);
    assert_int_equal(later.job.status, KC_OK);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 1);
}

static void a_failed_begin_fails_all(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[4] = {{.number = 0}};
    struct test_job later = {0};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < 4; i++)
        bench_submit(bench, &jobs[i], i, i % 2 == 0);
    bench->watched.fail_begins = 1;
    sem_post(&bench->gate);
    bench_wait(bench, 5);
    assert_int_equal(holder.job.status, KC_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(jobs[i].job.status, KC_ERROR_LEDGER_BUSY);
        assert_string_equal(jobs[i].message, "no begin");
    }
    bench_submit(bench, &later, 9, true);
    bench_wait(bench, 6);
    assert_int_equal(later.job.status, KC_OK);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 2);
}

static void a_failed_job_takes_back_only_its_own(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    jobs[1].result = KC_ERROR_STATE;
    jobs[5].result = KC_ERROR_NOT_FOUND;
    for (uint32_t i = 0; i < 6; i++)
        bench_submit(bench, &jobs[i], i == 3 ? 2 : i, i != 5); /* the fourth has an identifier that is taken */
    sem_post(&bench->gate);
    bench_wait(bench, 7);
    assert_int_equal(jobs[0].job.status, KC_OK);
    assert_int_equal(jobs[1].job.status, KC_ERROR_STATE);
    assert_int_equal(jobs[2].job.status, KC_OK);
    assert_int_equal(jobs[3].job.status, KC_ERROR_LEDGER);
    assert_int_equal(jobs[4].job.status, KC_OK);
    assert_int_equal(jobs[5].job.status, KC_ERROR_NOT_FOUND);
    assert_int_equal(bench->watched.commits, 2);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 4);
}

/* A failure that takes the whole transaction fails what was written before it, and the rest starts anew. */
static void a_lost_transaction_fails_what_was_written(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < 6; i++)
        bench_submit(bench, &jobs[i], i, i != 1);
    bench->watched.fail_job_end = 4; /* that of jobs[2], after the holder's */
    sem_post(&bench->gate);
    bench_wait(bench, 7);
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
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 4);
}

/* Jobs that may be run again need no brackets. */
static void repeatable_jobs_run_together(void **state)
{
    struct bench *bench = *state;
    enum { COUNT = 50 };
    static struct test_job jobs[COUNT];
    struct test_job holder = {0};
    memset(jobs, 0, sizeof(jobs));
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++) {
        jobs[i].job.repeatable = true;
        bench_submit(bench, &jobs[i], i, i % 5 != 0);
    }
    sem_post(&bench->gate);
    bench_wait(bench, COUNT + 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].job.status, KC_OK);
    assert_int_equal(bench->watched.job_ends, 1); /* the holder's */
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.rollbacks, 0);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 1 + 40);
}

/* One of them that fails spoils none of the others. */
static void repeatable_jobs_fail_alone(void **state)
{
    struct bench *bench = *state;
    struct test_job holder = {0};
    struct test_job jobs[6] = {{.number = 0}};
    bench_start(bench, 100);
    bench_hold(bench, &holder);
    jobs[4].result = KC_ERROR_STATE;
    for (uint32_t i = 0; i < 6; i++) {
        jobs[i].job.repeatable = true;
        bench_submit(bench, &jobs[i], i == 2 ? 1 : i, true); /* the third has an identifier that is taken */
    }
    sem_post(&bench->gate);
    bench_wait(bench, 7);
    for (int i = 0; i < 6; i++)
        assert_int_equal(jobs[i].job.status, i == 2 ? KC_ERROR_LEDGER : i == 4 ? KC_ERROR_STATE : KC_OK);
    assert_int_equal(bench->watched.commits, 2);
    assert_int_equal(bench->watched.rollbacks, 1);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 1 + 4);
}

static void a_commit_that_fails_by_a_job_is_tried_singly(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[2] = {{.number = 0}};
    bench_start(bench, 100);
    bench->watched.commits_by_jobs = true;
    bench->watched.fail_commits = 1;
    jobs[0].job.repeatable = true;
    bench_submit(bench, &jobs[0], 1, true);
    bench_wait(bench, 1);
    assert_int_equal(jobs[0].job.status, KC_OK); /* at the second try, with brackets */
    assert_int_equal(bench->watched.job_ends, 1);
    bench->watched.commits_by_jobs = false;
    bench->watched.fail_commits = 1;
    jobs[1].job.repeatable = true;
    bench_submit(bench, &jobs[1], 2, true);
    bench_wait(bench, 2);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 1);
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
    bench_start(bench, 1000);
    bench_hold(bench, &holder);
    for (uint32_t i = 0; i < COUNT; i++) {
        more[i] = (struct test_job){.bench = bench, .number = 1000 + i};
        more[i].job = (struct worker_job){.run = test_job_run, .done = test_job_done, .writes = true};
        jobs[i].then = &more[i];
        bench_submit(bench, &jobs[i], i, true);
    }
    sem_post(&bench->gate);
    bench_wait(bench, 2 * COUNT + 1);
    bench_end(bench);
    assert_int_equal(bench->watched.commits, 3); /* holder, batch, what the batch brought */
    assert_int_equal(bench_kept(bench), 2 * COUNT + 1);
}

static void failures_of_inline_jobs_come_back_too(void **state)
{
    struct bench *bench = *state;
    struct test_job jobs[4] = {{.number = 0}};
    bench_start(bench, 1);
    jobs[0].result = KC_ERROR_STATE;
    bench_submit(bench, &jobs[0], 0, true);
    bench->watched.fail_commits = 1;
    bench_submit(bench, &jobs[1], 1, true);
    bench->watched.fail_begins = 1;
    bench_submit(bench, &jobs[2], 2, false);
    bench_submit(bench, &jobs[3], 3, true);
    assert_int_equal(bench->done, 0);
    bench_wait(bench, 4);
    assert_int_equal(jobs[0].job.status, KC_ERROR_STATE);
    assert_int_equal(jobs[1].job.status, KC_ERROR_LEDGER_FULL);
    assert_int_equal(jobs[2].job.status, KC_ERROR_LEDGER_BUSY);
    assert_int_equal(jobs[3].job.status, KC_OK);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), 1);
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
    bench_start(bench, 4);
    for (uint32_t i = 0; i < COUNT; i++) {
        more[i] = (struct test_job){.bench = bench, .number = 1000 + i};
        more[i].job = (struct worker_job){.run = test_job_run, .done = test_job_done, .writes = true};
        jobs[i].then = &more[i];
        bench_submit(bench, &jobs[i], i, true);
    }
    assert_int_equal(bench->done, 0);
    bench_end(bench);
    assert_int_equal(bench->done, 2 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].job.status, KC_OK);
        assert_int_equal(more[i].job.status, KC_OK);
    }
    assert_int_equal(bench_kept(bench), bench->watched.table.keeps_nothing ? 0 : 2 * COUNT);
}

static void ending_an_idle_worker(void **state)
{
    struct bench *bench = *state;
    struct test_job job = {0};
    bench_start(bench, 4);
    bench_submit(bench, &job, 1, true);
    bench_wait(bench, 1);
    bench_end(bench);
    worker_free(NULL);
}

/* Chains in which each job is submitted by the one before: many small batches and wake-ups, for the race detector. */
static void chains_of_jobs(void **state)
{
    struct bench *bench = *state;
    enum { CHAINS = 5, LENGTH = 40 };
    static struct test_job jobs[CHAINS][LENGTH];
    memset(jobs, 0, sizeof(jobs));
    bench_start(bench, 3);
    for (uint32_t chain = 0; chain < CHAINS; chain++) {
        for (uint32_t i = 0; i < LENGTH; i++) {
            struct test_job *job = &jobs[chain][i];
            *job = (struct test_job){.bench = bench, .number = chain * LENGTH + i};
            job->job = (struct worker_job){.run = test_job_run, .done = test_job_done, .writes = i % 4 == 0};
            job->then = i + 1 < LENGTH ? &jobs[chain][i + 1] : NULL;
        }
        worker_submit(bench->worker, &jobs[chain][0].job);
    }
    bench_wait(bench, CHAINS * LENGTH);
    bench_end(bench);
    assert_int_equal(bench_kept(bench), CHAINS * LENGTH / 4);
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
    bench_start(bench, 10);
    bench_submit(bench, &jobs[0], 1, true);
    bench_wait(bench, 1);
    for (int i = 0; i < 60000 && __atomic_load_n(&tidied, __ATOMIC_RELAXED) < 3; i++)
        nanosleep(&moment, NULL);
    bench_submit(bench, &jobs[1], 2, true);
    bench_wait(bench, 2);
    bench_end(bench);
    assert_in_range(tidied, 4, 5); /* also before the store was closed */
}

#define WORKER(test, scheme)                                                                                           \
    {                                                                                                                  \
#test " (" scheme ")", test, bench_setup, bench_teardown, (void *)(uintptr_t)scheme                            \
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
