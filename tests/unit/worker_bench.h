/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the worker share: a store that counts, waits and fails on demand, in front of a real one, and jobs
 * that note where and how they ran. */
#ifndef KEYCARD_TESTS_WORKER_BENCH_H
#define KEYCARD_TESTS_WORKER_BENCH_H

#include <pthread.h>
#include <semaphore.h>

#include "store/worker.h"
#include "store_fixture.h"

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

/* The initial state is "sqlite", "memory" or "none", or "memory-thread": the memory store, in a thread. */
int bench_setup(void **state);
int bench_teardown(void **state);
void bench_start(struct bench *bench, size_t capacity);
/* Ends the worker, so that the test may look at the store. */
void bench_end(struct bench *bench);
/* How many records the store has. */
size_t bench_kept(struct bench *bench);

void bench_submit(struct bench *bench, struct test_job *job, uint32_t number, bool writes);
/* Dispatches until so many jobs have come back. */
void bench_wait(struct bench *bench, int count);
/* Holds the worker's thread with a job, so that what is submitted meanwhile makes one batch. */
void bench_hold(struct bench *bench, struct test_job *holder);
/* The functions of such a job, for those that are submitted by another one. */
int32_t test_job_run(struct worker_job *base, struct store *store, struct kc_error *error);
void test_job_done(struct worker_job *base);

#endif
