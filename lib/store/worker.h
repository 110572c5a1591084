/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs jobs on a store in a thread of its own, many in one transaction (group commit), so that the loop never blocks on
 * a disk. Stores with `inline_jobs` run in the caller's thread; what was submitted still completes from the loop. */
#ifndef KEYCARD_STORE_WORKER_H
#define KEYCARD_STORE_WORKER_H

#include "loop/loop.h"
#include "store.h"

struct worker;

#define WORKER_QUESTIONS 8

/* Embedded in its owner, which must live until `done` was called. */
struct worker_job {
    /* In the worker's thread, inside a transaction. A failure takes back what this job wrote and no other. A job that
     * refuses by a rule of the ledger returns KC_OK and keeps its verdict in its owner. */
    int32_t (*run)(struct worker_job *job, struct store *store, struct kc_error *error);
    /* Before that, if it is not NULL: what `run` will ask; at most WORKER_QUESTIONS, the number is returned. */
    size_t (*foresee)(struct worker_job *job, struct store_question questions[WORKER_QUESTIONS]);
    /* In the loop's thread. `status` is that of run, or of the commit. */
    void (*done)(struct worker_job *job);
    bool writes;
    /* It may be run again after a transaction that was taken back, and then does as if it were the first time. A
     * transaction of such jobs alone does without brackets around each. */
    bool repeatable;
    bool alone; /* in a transaction of its own, so that it sees only what is committed and holds nobody up */
    int32_t status;
    struct kc_error *error; /* NULL when status is KC_OK; valid during done */
    struct worker_job *next;
};

/* Takes over the store; on failure the store stays the caller's. `capacity` bounds the queue handed to the thread (jobs
 * over it wait in an unbounded list of the loop's thread, in order, at no cost but their own). */
int32_t worker_new(struct loop *loop, struct store *store, size_t capacity, struct worker **worker,
                   struct kc_error *error);
/* Runs all jobs that were submitted, calls their done, joins the thread, closes the store. Not from within a done. */
void worker_free(struct worker *worker);
/* What is submitted in one round of the loop, or before it, goes to the thread at its end and is one batch there. */
void worker_submit(struct worker *worker, struct worker_job *job);
/* Where jobs need no thread: runs it at once, without `done`, which worker_deliver() calls. False: submit it. */
bool worker_run(struct worker *worker, struct worker_job *job);
void worker_deliver(struct worker *worker, struct worker_job *job);
/* What others write, in the loop's thread, from now on: what is submitted later sees at least what came before. A store
 * that does not tell is looked at every `interval_ms`; negative: off. `anew`: some may have been missed. Nothing more
 * is read before `changed` has returned; the records live as long. KC_OK, KC_ERROR_NOT_OFFERED or KC_ERROR_SYSTEM. */
typedef void (*worker_changed)(void *user, const struct store_change *changes, size_t count, bool anew);
int32_t worker_watch(struct worker *worker, int64_t interval_ms, worker_changed changed, void *user,
                     struct kc_error *error);
/* The store, for instance_alive and the flags of its table only. */
struct store *worker_store(struct worker *worker);

#endif
