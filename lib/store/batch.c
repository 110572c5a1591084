/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of the worker in transactions: which share one, and what a failure does to the others. */
#include "store/batch.h"

#include <stdlib.h>

#include <keycard/keycard.h>

enum { TRIES = 3 };

struct batch {
    struct store *store;
    struct kc_error *no_memory; /* of a job whose own error could not be allocated */
};

static void set_failure(const struct batch *batch, struct worker_job *job, int32_t status, const struct kc_error *cause)
{
    struct kc_error *copy = malloc(sizeof(*copy));
    if (copy) {
        *copy = *cause;
        if (copy->code == KC_OK)
            error_set(copy, status, "ledger", "the ledger refused");
    }
    job->status = status;
    job->error = copy ? copy : batch->no_memory;
}

/* What was to be written is not: fails the writing jobs from `first` up to `end`. Those that failed by themselves keep
 * their own reason; those that only read keep what they read. */
static void fail_written(const struct batch *batch, struct worker_job *first, const struct worker_job *end,
                         int32_t status, const struct kc_error *cause)
{
    for (struct worker_job *job = first; job != end; job = job->next) {
        if (job->writes && job->status == KC_OK)
            set_failure(batch, job, status, cause);
    }
}

/* Runs one job inside the open transaction. KC_OK if the transaction goes on, whatever became of the job. */
static int32_t run_job(const struct batch *batch, struct worker_job *job, struct kc_error *error)
{
    const struct store_table *table = batch->store->table;
    struct kc_error job_error;
    error_init(&job_error);
    int32_t status = table->job_begin(batch->store, error);
    if (status != KC_OK) {
        set_failure(batch, job, status, error);
        return status;
    }
    const int32_t result = job->run(job, batch->store, &job_error);
    if (result != KC_OK)
        set_failure(batch, job, result, &job_error);
    status = table->job_end(batch->store, result == KC_OK, error);
    if (status == KC_OK)
        return KC_OK;
    if (result == KC_OK) {
        set_failure(batch, job, status, error);
        return status;
    }
    /* The job failed so badly that the whole transaction is gone: its reason says more. */
    *error = *job->error;
    return result;
}

/* What was found in an earlier transaction may be different now. That nothing was found is kept with its epoch. */
static void forget_running(struct store *store)
{
    if (!store->running.site || (store->running.epoch != 0 && store->running.count == 0))
        return;
    arena_free(&store->running.arena);
    store->running = (struct store_running){0};
}

/* A job that reads and may be run again can be asked what it will read, and then all such jobs read at once. */
static bool reads_ahead(const struct worker_job *job)
{
    return job->foresee && !job->writes && job->repeatable;
}

/* The first job of a list that is not in the same transaction as its first. Those that read ahead have one without the
 * others, which costs no commit, where they stand before all that write or after them. */
static struct worker_job *end_of_transaction(struct worker_job *first)
{
    struct worker_job *job = first->next;
    struct worker_job *end = job;
    while (job && !first->alone && !job->alone && (!reads_ahead(first) || reads_ahead(job))) {
        job = job->next;
        end = job;
    }
    if (reads_ahead(first))
        return end;
    struct worker_job *tail = NULL;
    for (job = first; job != end; job = job->next) {
        if (!reads_ahead(job))
            tail = NULL;
        else if (!tail)
            tail = job;
    }
    return tail ? tail : end;
}

/* Opens a transaction for jobs. False: it fails them all. */
static bool begin(const struct batch *batch, struct worker_job *first, const struct worker_job *end)
{
    struct kc_error error;
    error_init(&error);
    bool writes = false;
    for (const struct worker_job *job = first; job != end; job = job->next)
        writes = writes || job->writes;
    forget_running(batch->store);
    batch->store->retry = STORE_RETRY_NOT;
    const int32_t status = batch->store->table->begin(batch->store, writes, &error);
    for (struct worker_job *job = first; status != KC_OK && job != end; job = job->next)
        set_failure(batch, job, status, &error);
    return status == KC_OK;
}

/* Lets the store fetch what the jobs will ask. */
static int32_t foresee(const struct batch *batch, struct worker_job *first, const struct worker_job *end,
                       struct kc_error *error)
{
    size_t count = 0;
    size_t most = 0;
    for (const struct worker_job *job = first; job != end; job = job->next)
        most += job->foresee ? WORKER_QUESTIONS : 0;
    struct store_question *questions = most > 0 && batch->store->table->foresee ? calloc(most, sizeof(*questions))
                                                                                : NULL;
    for (struct worker_job *job = first; questions && job != end; job = job->next)
        count += job->foresee ? job->foresee(job, questions + count) : 0;
    const int32_t status = count > 0 ? batch->store->table->foresee(batch->store, questions, count, error) : KC_OK;
    free(questions);
    return status;
}

/* One attempt. False: a job failed, and nothing was done. */
static bool run_all(const struct batch *batch, struct worker_job *first, const struct worker_job *end)
{
    struct kc_error error;
    error_init(&error);
    int32_t status = foresee(batch, first, end, &error);
    for (struct worker_job *job = first; status == KC_OK && job != end; job = job->next)
        status = job->run(job, batch->store, &error);
    if (status != KC_OK)
        batch->store->table->rollback(batch->store);
    return status == KC_OK;
}

/* Runs jobs in one transaction without a bracket around each, if they may be run again should one of them fail. False:
 * nothing was done. */
static bool run_together(const struct batch *batch, struct worker_job *first, const struct worker_job *end)
{
    struct store *store = batch->store;
    for (const struct worker_job *job = first; job != end; job = job->next) {
        if (!job->repeatable)
            return false;
    }
    for (int tries = 0; tries < TRIES; tries++) {
        struct kc_error error;
        error_init(&error);
        store->together = true;
        const bool begun = begin(batch, first, end);
        store->together = false;
        if (!begun)
            return true;
        const bool ran = run_all(batch, first, end);
        const int32_t status = ran ? store->table->commit(store, &error) : KC_OK;
        if (ran && status == KC_OK)
            return true;
        if (store->retry == STORE_RETRY_TOGETHER)
            continue;
        if (!ran || store->retry == STORE_RETRY_SINGLY)
            return false;
        fail_written(batch, first, end, status, &error);
        return true;
    }
    return false;
}

/* Runs the first jobs of a list in one transaction. Returns the first one that was not run, because it is not in that
 * transaction or a failure ended it before: it starts the next one. */
static struct worker_job *run_transaction(const struct batch *batch, struct worker_job *first)
{
    const struct store_table *table = batch->store->table;
    struct worker_job *const end = end_of_transaction(first);
    struct kc_error error;
    error_init(&error);
    if (run_together(batch, first, end) || !begin(batch, first, end))
        return end;
    int32_t status = KC_OK;
    for (struct worker_job *job = first; job != end; job = job->next) {
        status = run_job(batch, job, &error);
        if (status != KC_OK) {
            table->rollback(batch->store);
            fail_written(batch, first, job->next, status, &error);
            return job->next;
        }
    }
    status = table->commit(batch->store, &error);
    if (status != KC_OK)
        fail_written(batch, first, end, status, &error);
    return end;
}

struct worker_job *batch_run(struct store *store, struct worker_job *first, struct kc_error *no_memory)
{
    const struct batch batch = {store, no_memory};
    return run_transaction(&batch, first);
}

void batch_run_one(struct store *store, struct worker_job *job, struct kc_error *no_memory)
{
    const struct batch batch = {store, no_memory};
    const struct store_table *table = store->table;
    struct kc_error error;
    error_init(&error);
    forget_running(store);
    store->retry = STORE_RETRY_NOT;
    int32_t status = table->begin(store, job->writes, &error);
    if (status == KC_OK) {
        status = job->run(job, store, &error);
        if (status == KC_OK)
            status = table->commit(store, &error);
        else
            table->rollback(store);
    }
    if (status != KC_OK)
        set_failure(&batch, job, status, &error);
}
