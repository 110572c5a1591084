/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of a store, its queue, and the way back to the loop. What a failure does to the other jobs of a batch is
 * decided in run_transaction(). */
#include "store/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <keycard/keycard.h>

#define BATCH_MAX 256 /* jobs in one transaction */

#define OWNER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct queue {
    struct worker_job *first, *last;
};

struct worker {
    struct loop *loop;
    struct store *store;
    const struct store_table *table;
    struct kc_error no_memory; /* of a job whose own error could not be allocated */

    /* The loop's thread only. */
    struct queue waiting;    /* over capacity, in order */
    struct loop_watch watch; /* of the eventfd that tells of finished jobs; fd -1 without thread */
    struct loop_task task;   /* delivers finished jobs when there is no thread */
    size_t capacity;

    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t work;    /* something was queued, or stop */
    pthread_cond_t results; /* something was finished */
    /* Under the mutex (without thread: not needed). */
    struct queue queued, finished;
    size_t queued_count;
    bool busy; /* the thread has a batch in hand */
    bool stop;
};

/* ---- Queues ----------------------------------------------------------------------------------------------------- */

static void queue_add(struct queue *queue, struct worker_job *job)
{
    job->next = NULL;
    if (queue->last)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

static struct worker_job *queue_take(struct queue *queue)
{
    struct worker_job *job = queue->first;
    if (job) {
        queue->first = job->next;
        if (!queue->first)
            queue->last = NULL;
        job->next = NULL;
    }
    return job;
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

static void set_failure(struct worker *worker, struct worker_job *job, int32_t status, const struct kc_error *cause)
{
    struct kc_error *copy = malloc(sizeof(*copy));
    if (copy) {
        *copy = *cause;
        if (copy->code == KC_OK)
            error_set(copy, status, "ledger", "the ledger refused");
    }
    job->status = status;
    job->error = copy ? copy : &worker->no_memory;
}

/* What was to be written is not: fails the writing jobs from `first` up to `end`. Those that failed by themselves keep
 * their own reason; those that only read keep what they read. */
static void fail_written(struct worker *worker, struct worker_job *first, const struct worker_job *end, int32_t status,
                         const struct kc_error *cause)
{
    for (struct worker_job *job = first; job != end; job = job->next) {
        if (job->writes && job->status == KC_OK)
            set_failure(worker, job, status, cause);
    }
}

/* Runs one job inside the open transaction. KC_OK if the transaction goes on, whatever became of the job. */
static int32_t run_job(struct worker *worker, struct worker_job *job, struct kc_error *error)
{
    const struct store_table *table = worker->table;
    struct kc_error job_error = {0};
    int32_t status = table->job_begin(worker->store, error);
    if (status != KC_OK) {
        set_failure(worker, job, status, error);
        return status;
    }
    const int32_t result = job->run(job, worker->store, &job_error);
    if (result != KC_OK)
        set_failure(worker, job, result, &job_error);
    status = table->job_end(worker->store, result == KC_OK, error);
    if (status == KC_OK)
        return KC_OK;
    if (result == KC_OK) {
        set_failure(worker, job, status, error);
        return status;
    }
    /* The job failed so badly that the whole transaction is gone: its reason says more. */
    *error = *job->error;
    return result;
}

/* The first job of a list that is not in the same transaction as its first. */
static struct worker_job *end_of_transaction(const struct worker_job *first)
{
    struct worker_job *job = first->next;
    while (job && !first->alone && !job->alone)
        job = job->next;
    return job;
}

/* Runs the first jobs of a list in one transaction. Returns the first one that was not run, because it is not in that
 * transaction or a failure ended it before: it starts the next one. */
static struct worker_job *run_transaction(struct worker *worker, struct worker_job *first)
{
    const struct store_table *table = worker->table;
    struct worker_job *const end = end_of_transaction(first);
    struct kc_error error = {0};
    bool writes = false;
    for (const struct worker_job *job = first; job != end; job = job->next)
        writes = writes || job->writes;
    int32_t status = table->begin(worker->store, writes, &error);
    if (status != KC_OK) {
        for (struct worker_job *job = first; job != end; job = job->next)
            set_failure(worker, job, status, &error);
        return end;
    }
    for (struct worker_job *job = first; job != end; job = job->next) {
        status = run_job(worker, job, &error);
        if (status != KC_OK) {
            table->rollback(worker->store);
            fail_written(worker, first, job->next, status, &error);
            return job->next;
        }
    }
    status = table->commit(worker->store, &error);
    if (status != KC_OK)
        fail_written(worker, first, end, status, &error);
    return end;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    const uint64_t one = 1;
    pthread_mutex_lock(&worker->mutex);
    for (;;) {
        struct queue batch = {NULL, NULL};
        while (!worker->queued.first && !worker->stop)
            pthread_cond_wait(&worker->work, &worker->mutex);
        if (!worker->queued.first)
            break;
        for (size_t i = 0; i < BATCH_MAX && worker->queued.first; i++) {
            queue_add(&batch, queue_take(&worker->queued));
            worker->queued_count--;
        }
        worker->busy = true;
        pthread_mutex_unlock(&worker->mutex);
        for (struct worker_job *job = batch.first; job;)
            job = run_transaction(worker, job);
        pthread_mutex_lock(&worker->mutex);
        for (struct worker_job *job; (job = queue_take(&batch));)
            queue_add(&worker->finished, job);
        worker->busy = false;
        pthread_cond_signal(&worker->results);
        /* Fails only when the counter is at its end, and then the loop is woken already. */
        while (write(worker->watch.fd, &one, sizeof(one)) < 0 && errno == EINTR)
            ;
    }
    pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

/* ---- In the loop's thread --------------------------------------------------------------------------------------- */

static bool has_thread(const struct worker *worker)
{
    return !worker->table->inline_jobs;
}

static void lock(struct worker *worker)
{
    if (has_thread(worker))
        pthread_mutex_lock(&worker->mutex);
}

static void unlock(struct worker *worker)
{
    if (has_thread(worker))
        pthread_mutex_unlock(&worker->mutex);
}

/* Hands jobs to the thread as far as there is room; the mutex is held. */
static void refill(struct worker *worker)
{
    const size_t before = worker->queued_count;
    while (worker->waiting.first && worker->queued_count < worker->capacity) {
        queue_add(&worker->queued, queue_take(&worker->waiting));
        worker->queued_count++;
    }
    if (worker->queued_count != before)
        pthread_cond_signal(&worker->work);
}

/* Calls `done` of what was finished up to now. */
static void deliver(struct worker *worker)
{
    lock(worker);
    struct queue finished = worker->finished;
    worker->finished = (struct queue){NULL, NULL};
    if (has_thread(worker))
        refill(worker);
    unlock(worker);
    for (struct worker_job *job; (job = queue_take(&finished));) {
        struct kc_error *error = job->error;
        job->done(job); /* the job may be gone after this */
        if (error != &worker->no_memory)
            free(error);
    }
}

static void on_finished(struct loop_watch *watch, uint32_t events)
{
    uint64_t count;
    (void)events;
    /* Nothing to read is no harm: the list tells what there is. */
    while (read(watch->fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
    deliver(OWNER_OF(watch, struct worker, watch));
}

static void on_task(struct loop_task *task)
{
    deliver(OWNER_OF(task, struct worker, task));
}

void worker_submit(struct worker *worker, struct worker_job *job)
{
    job->status = KC_OK;
    job->error = NULL;
    job->next = NULL;
    if (!has_thread(worker)) {
        run_transaction(worker, job);
        queue_add(&worker->finished, job);
        loop_task_queue(worker->loop, &worker->task);
        return;
    }
    queue_add(&worker->waiting, job);
    lock(worker);
    refill(worker);
    unlock(worker);
}

struct store *worker_store(struct worker *worker)
{
    return worker->store;
}

/* ---- Life ------------------------------------------------------------------------------------------------------- */

/* The thread has all signals blocked: they are the host's business. */
static int start_thread(struct worker *worker)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    int result = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (result != 0)
        return result;
    result = pthread_create(&worker->thread, NULL, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        pthread_setname_np(worker->thread, "keycard-ledger");
    return result;
}

static int32_t start(struct worker *worker, struct kc_error *error)
{
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->work, NULL);
    pthread_cond_init(&worker->results, NULL);
    worker->watch.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int reason = worker->watch.fd < 0 ? errno : 0;
    worker->watch.events = LOOP_READ;
    worker->watch.ready = on_finished;
    if (reason == 0 && loop_watch_add(worker->loop, &worker->watch) != KC_OK)
        reason = errno != 0 ? errno : ENOMEM;
    if (reason == 0)
        reason = start_thread(worker);
    if (reason == 0)
        return KC_OK;
    char text[100];
    return error_set(error, KC_ERROR_SYSTEM, "ledger", "cannot start the thread of the ledger: %s",
                     strerror_r(reason, text, sizeof(text)));
}

/* Without the store; the thread has ended. */
static void destroy(struct worker *worker)
{
    if (has_thread(worker)) {
        loop_watch_remove(worker->loop, &worker->watch);
        if (worker->watch.fd >= 0)
            close(worker->watch.fd);
        pthread_cond_destroy(&worker->results);
        pthread_cond_destroy(&worker->work);
        pthread_mutex_destroy(&worker->mutex);
    }
    loop_task_cancel(worker->loop, &worker->task);
    free(worker);
}

int32_t worker_new(struct loop *loop, struct store *store, size_t capacity, struct worker **out, struct kc_error *error)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (!worker)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "out of memory");
    worker->loop = loop;
    worker->store = store;
    worker->table = store->table;
    worker->capacity = capacity > 0 ? capacity : 1;
    worker->watch.fd = -1;
    worker->task.run = on_task;
    error_set(&worker->no_memory, KC_ERROR_NO_MEMORY, "", "out of memory");
    const int32_t status = has_thread(worker) ? start(worker, error) : KC_OK;
    if (status != KC_OK) {
        destroy(worker);
        return status;
    }
    *out = worker;
    return KC_OK;
}

/* Waits until there is something to deliver. False: there is nothing, and nothing will come. */
static bool wait_results(struct worker *worker)
{
    lock(worker);
    while (!worker->finished.first && (worker->queued.first || worker->busy))
        pthread_cond_wait(&worker->results, &worker->mutex);
    const bool more = worker->finished.first != NULL;
    unlock(worker);
    return more;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    while (wait_results(worker))
        deliver(worker);
    if (has_thread(worker)) {
        lock(worker);
        worker->stop = true;
        pthread_cond_signal(&worker->work);
        unlock(worker);
        pthread_join(worker->thread, NULL);
    }
    store_close(worker->store);
    destroy(worker);
}
