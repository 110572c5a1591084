/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of a store, its queue, and the way back to the loop. What a failure does to the other jobs of a batch is
 * decided in batch.c. */
#include "store/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <keycard/keycard.h>

#include "store/batch.h"
#include "store/vault.h"
#include "util/shortage.h"

#define BATCH_MAX 1024 /* jobs in one transaction */

#define TIDY_MS 100 /* without work, before the store tidies up */

#define OWNER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct queue {
    struct worker_job *first, *last;
};

/* What others write, handed over piece by piece. */
struct feed_batch {
    struct worker_job job; /* of which only `done` is used */
    struct worker *worker;
    struct arena arena;
    struct store_change *changes;
    size_t count;
    bool anew;
};

struct worker_feed {
    /* The loop's thread only. */
    worker_changed changed;
    void *user;
    int wake; /* an eventfd on which the thread sleeps while the feed is on; -1 before it was ever on */
    /* Under the mutex. */
    int64_t interval_ms; /* negative: off */
    bool held;           /* a piece is on its way; the next one waits */
    /* The thread's only. */
    bool on, started;
    bool due;    /* to be looked at now */
    bool failed; /* the last look did; the next one is at `next_ms` */
    bool missed; /* it could not start when it was switched on */
    int64_t next_ms;
};

struct worker {
    struct loop *loop;
    struct store *store;
    const struct store_table *table;
    struct kc_error no_memory; /* of a job whose own error could not be allocated */

    /* The loop's thread only. */
    struct queue waiting;    /* over capacity, in order */
    struct loop_watch watch; /* of the eventfd that tells of finished jobs; fd -1 without thread */
    struct loop_task task;   /* hands jobs to the thread at the end of a round; without one, delivers finished jobs */
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
    bool untidy; /* the thread's only: something was written that can be tidied up */
    struct worker_feed feed;
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

/* ---- Waking ----------------------------------------------------------------------------------------------------- */

static void add_to(int event)
{
    const uint64_t one = 1;
    /* Fails only when the counter is at its end, and then the reader is woken already. */
    while (write(event, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void take_from(int event)
{
    uint64_t count;
    /* Nothing to read is no harm: what there is to do stands elsewhere. */
    while (read(event, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
}

/* ---- The feed: in the thread ------------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool feed_is_due(const struct worker *worker)
{
    const struct worker_feed *feed = &worker->feed;
    return (feed->interval_ms >= 0) != feed->on || (feed->on && feed->due && !feed->held);
}

/* The store's own descriptor, where it tells by itself; else -1. */
static int telling(const struct worker *worker)
{
    return worker->feed.started && !worker->feed.failed ? worker->table->watch_fd(worker->store) : -1;
}

/* Sleeps until the loop, the store or the clock says that there is something. The mutex is held, but not meanwhile. */
static void sleep_watching(struct worker *worker)
{
    struct worker_feed *feed = &worker->feed;
    const bool held = feed->held;
    const int store = held ? -1 : telling(worker);
    const int64_t left = feed->next_ms - now_ms();
    struct pollfd waited[] = {{.fd = feed->wake, .events = POLLIN}, {.fd = store, .events = POLLIN}};
    const bool timed = !held && store < 0;
    const int until_feed = !timed ? -1 : left > 0 ? (int)left : 0;
    const bool until_tidy = worker->untidy && (!timed || until_feed > TIDY_MS);
    pthread_mutex_unlock(&worker->mutex);
    if (poll(waited, 2, until_tidy ? TIDY_MS : until_feed) == 0 && until_tidy)
        worker->untidy = worker->table->tidy(worker->store, false);
    if (waited[0].revents != 0)
        take_from(feed->wake);
    pthread_mutex_lock(&worker->mutex);
    if (waited[1].revents != 0 || (timed && now_ms() >= feed->next_ms))
        feed->due = true;
}

static void batch_delivered(struct worker_job *job);

static void batch_free(struct feed_batch *batch)
{
    arena_free(&batch->arena);
    free(batch);
}

/* Starts the feed, or reads on. NULL: there is nothing to hand over. */
static struct feed_batch *look(struct worker *worker)
{
    struct worker_feed *feed = &worker->feed;
    struct feed_batch *batch = calloc(1, sizeof(*batch));
    struct kc_error error = {0};
    int32_t status = batch ? KC_OK : KC_ERROR_NO_MEMORY;
    feed->due = false;
    if (batch && !feed->started) {
        status = worker->table->watch(worker->store, true, &error);
        feed->started = status == KC_OK;
        batch->anew = feed->started && feed->missed;
        feed->missed = !feed->started;
        feed->due = feed->started; /* what was written while it started may not show at the descriptor */
    } else if (batch) {
        status = worker->table->changes(worker->store, &batch->arena, &batch->changes, &batch->count, &batch->anew,
                                        &error);
        for (size_t i = 0; status == KC_OK && worker->store->vault && i < batch->count; i++)
            vault_show_record(worker->store->vault, &batch->changes[i].record, &batch->arena);
    }
    feed->failed = status != KC_OK;
    if (status == KC_OK && (batch->count > 0 || batch->anew)) {
        feed->due = true; /* there may be more */
        batch->worker = worker;
        batch->job.done = batch_delivered;
        return batch;
    }
    if (batch)
        batch_free(batch);
    return NULL;
}

/* Switches the feed as it is wanted, and hands over what others wrote. The mutex is held, but not meanwhile. */
static void see_to_feed(struct worker *worker)
{
    struct worker_feed *feed = &worker->feed;
    const int64_t interval = feed->interval_ms;
    struct feed_batch *batch = NULL;
    if (!feed_is_due(worker))
        return;
    feed->on = interval >= 0;
    feed->failed = false;
    pthread_mutex_unlock(&worker->mutex);
    if (feed->on)
        batch = look(worker);
    else if (feed->started)
        worker->table->watch(worker->store, false, NULL);
    feed->started = feed->started && feed->on;
    feed->next_ms = now_ms() + interval;
    pthread_mutex_lock(&worker->mutex);
    if (!batch)
        return;
    feed->held = true;
    queue_add(&worker->finished, &batch->job);
    pthread_cond_signal(&worker->results);
    add_to(worker->watch.fd);
}

/* Sleeps until the loop says that there is something, or tidies up when it does not for a while. The mutex is held, but
 * not meanwhile. */
static void sleep_or_tidy(struct worker *worker)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TIDY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_cond_clockwait(&worker->work, &worker->mutex, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
        return;
    pthread_mutex_unlock(&worker->mutex);
    worker->untidy = worker->table->tidy(worker->store, false);
    pthread_mutex_lock(&worker->mutex);
}

static void wait_for_work(struct worker *worker)
{
    while (!worker->queued.first && !worker->stop && !feed_is_due(worker)) {
        if (worker->feed.on)
            sleep_watching(worker);
        else if (worker->untidy)
            sleep_or_tidy(worker);
        else
            pthread_cond_wait(&worker->work, &worker->mutex);
    }
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    pthread_mutex_lock(&worker->mutex);
    for (;;) {
        struct queue batch = {NULL, NULL};
        wait_for_work(worker);
        if (worker->stop && !worker->queued.first)
            break;
        see_to_feed(worker);
        if (!worker->queued.first)
            continue;
        for (size_t i = 0; i < BATCH_MAX && worker->queued.first; i++) {
            queue_add(&batch, queue_take(&worker->queued));
            worker->queued_count--;
        }
        worker->busy = true;
        pthread_mutex_unlock(&worker->mutex);
        for (struct worker_job *job = batch.first; job;)
            job = batch_run(worker->store, job, &worker->no_memory);
        pthread_mutex_lock(&worker->mutex);
        for (struct worker_job *job; (job = queue_take(&batch));)
            queue_add(&worker->finished, job);
        worker->busy = false;
        worker->untidy = worker->table->tidy != NULL;
        /* What the store was told while it worked shows no more at its descriptor. */
        if (worker->feed.on && (now_ms() >= worker->feed.next_ms || telling(worker) >= 0))
            worker->feed.due = true;
        pthread_cond_signal(&worker->results);
        /* Whoever wakes up now must not find the mutex taken. */
        pthread_mutex_unlock(&worker->mutex);
        add_to(worker->watch.fd);
        pthread_mutex_lock(&worker->mutex);
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

/* Wakes the thread, wherever it sleeps; best without the mutex, or it goes to sleep on that. */
static void rouse(struct worker *worker)
{
    pthread_cond_signal(&worker->work);
    if (worker->feed.wake >= 0)
        add_to(worker->feed.wake);
}

/* Hands jobs to the thread as far as there is room; the mutex is held. True: the thread is to be roused. */
static bool refill(struct worker *worker)
{
    const size_t before = worker->queued_count;
    while (worker->waiting.first && worker->queued_count < worker->capacity) {
        queue_add(&worker->queued, queue_take(&worker->waiting));
        worker->queued_count++;
    }
    return worker->queued_count != before;
}

void worker_deliver(struct worker *worker, struct worker_job *job)
{
    struct kc_error *error = job->error;
    job->done(job); /* the job may be gone after this */
    if (error != &worker->no_memory)
        free(error);
}

/* Calls `done` of what was finished up to now. */
static void deliver(struct worker *worker)
{
    lock(worker);
    struct queue finished = worker->finished;
    worker->finished = (struct queue){NULL, NULL};
    const bool more = has_thread(worker) && refill(worker);
    unlock(worker);
    if (more)
        rouse(worker);
    for (struct worker_job *job; (job = queue_take(&finished));)
        worker_deliver(worker, job);
}

/* A piece of the feed has come to the loop. */
static void batch_delivered(struct worker_job *job)
{
    struct feed_batch *batch = OWNER_OF(job, struct feed_batch, job);
    struct worker *worker = batch->worker;
    if (worker->feed.interval_ms >= 0) /* it may have been switched off meanwhile */
        worker->feed.changed(worker->feed.user, batch->changes, batch->count, batch->anew);
    batch_free(batch);
    lock(worker);
    worker->feed.held = false;
    unlock(worker);
    rouse(worker);
}

static void on_finished(struct loop_watch *watch, uint32_t events)
{
    (void)events;
    take_from(watch->fd);
    deliver(OWNER_OF(watch, struct worker, watch));
}

/* What was submitted in a round, or between two rounds, makes one batch. */
static void hand_over(struct worker *worker)
{
    lock(worker);
    const bool more = refill(worker);
    unlock(worker);
    if (more)
        rouse(worker);
}

static void on_task(struct loop_task *task)
{
    struct worker *worker = OWNER_OF(task, struct worker, task);
    if (has_thread(worker))
        hand_over(worker);
    else
        deliver(worker);
}

static void reset(struct worker_job *job)
{
    job->status = KC_OK;
    job->error = NULL;
    job->next = NULL;
}

bool worker_run(struct worker *worker, struct worker_job *job)
{
    if (has_thread(worker))
        return false;
    reset(job);
    batch_run_one(worker->store, job, &worker->no_memory);
    return true;
}

void worker_submit(struct worker *worker, struct worker_job *job)
{
    reset(job);
    if (!has_thread(worker)) {
        batch_run_one(worker->store, job, &worker->no_memory);
        queue_add(&worker->finished, job);
        loop_task_queue(worker->loop, &worker->task);
        return;
    }
    queue_add(&worker->waiting, job);
    loop_task_queue(worker->loop, &worker->task);
}

int32_t worker_watch(struct worker *worker, int64_t interval_ms, worker_changed changed, void *user,
                     struct kc_error *error)
{
    struct worker_feed *feed = &worker->feed;
    if (!worker->table->watch)
        return error_set(error, KC_ERROR_NOT_OFFERED, "ledger", "Nobody else can write this ledger: %s:.",
                         worker->table->scheme);
    if (feed->wake < 0 && interval_ms >= 0)
        feed->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (feed->wake < 0 && interval_ms >= 0) {
        char text[SHORTAGE_SIZE];
        return error_set(error, KC_ERROR_SYSTEM, "ledger", "The ledger cannot be watched: %s",
                         shortage_text(errno, text));
    }
    lock(worker);
    feed->changed = changed;
    feed->user = user;
    feed->interval_ms = interval_ms;
    unlock(worker);
    rouse(worker);
    return KC_OK;
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
    char text[SHORTAGE_SIZE];
    return error_set(error, KC_ERROR_SYSTEM, "ledger", "cannot start the thread of the ledger: %s",
                     shortage_text(reason, text));
}

/* Without the store; the thread has ended. */
static void destroy(struct worker *worker)
{
    if (has_thread(worker)) {
        loop_watch_remove(worker->loop, &worker->watch);
        if (worker->watch.fd >= 0)
            close(worker->watch.fd);
        if (worker->feed.wake >= 0)
            close(worker->feed.wake);
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
    worker->feed.wake = -1;
    worker->feed.interval_ms = -1;
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
    if (has_thread(worker) && refill(worker))
        rouse(worker);
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
    lock(worker);
    worker->feed.interval_ms = -1;
    unlock(worker);
    while (wait_results(worker))
        deliver(worker);
    if (has_thread(worker)) {
        lock(worker);
        worker->stop = true;
        unlock(worker);
        rouse(worker);
        pthread_join(worker->thread, NULL);
        deliver(worker); /* a last piece of the feed */
    }
    store_close(worker->store);
    destroy(worker);
}
