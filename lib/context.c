/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The context: the loop surface, the ledger, and the end of everything. */
#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"
#include "util/utf8.h"

enum { OPS_KEPT = 16 }; /* that have ended; each has some kilobytes */
enum { CONNECTION_RATE = 1000, CONNECTION_RATE_MOST = 100000, US_PER_SECOND = 1000000, BURST_US = US_PER_SECOND / 10 };

static void woken(void *user);

int32_t kc_context_new(kc_context **out)
{
    if (!out)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    struct kc_context *context = calloc(1, sizeof(*context));
    if (!context)
        return KC_ERROR_NO_MEMORY;
    int32_t status = loop_new(&context->loop, &error);
    if (status != KC_OK)
        goto fail;
    context->adapter = text_adapter_new();
    if (!context->adapter) {
        status = KC_ERROR_NO_MEMORY;
        goto fail;
    }
    if (loop_random(&context->instance, sizeof(context->instance)) != 0) {
        status = KC_ERROR_SYSTEM;
        goto fail;
    }
    context->instance &= INT64_MAX; /* stores keep it as a signed number */
    context->connection_gap_us = US_PER_SECOND / CONNECTION_RATE;
    pool_init(&context->ops, sizeof(struct kc_op), op_cleared, OPS_KEPT);
    pthread_mutex_init(&context->lock, NULL);
    loop_on_wakeup(context->loop, woken, context);
    atomic_init(&context->handles, 1);
    *out = context;
    return KC_OK;
fail:
    text_adapter_free(context->adapter);
    if (context->loop)
        loop_free(context->loop);
    free(context);
    return status;
}

void context_end(struct kc_context *context)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_CANCELLED, "", "The context was closed.");
    context->closing = true;
    devices_end(context);
    for (struct kc_site *site = context->sites; site; site = site->next)
        for (struct kc_system *system = site->systems; system; system = system->next) {
            queue_fail(system, &error);
            link_close(system, &error);
        }
    for (struct kc_op *op = context->live, *next; op; op = next) {
        next = op->next_live;
        if (op->phase == OP_CONFIRM || op->phase == OP_NEW || op->phase == OP_QUEUED)
            op_refuse(op, &error);
        else if (op->phase == OP_STARTING)
            op_finish(op, &error);
    }
    op_record_all_again(context);
    if (context->worker)
        worker_free(context->worker);
    context->worker = NULL;
    event_queue_clear(context);
    while (context->cancel_wanted) {
        struct kc_op *op = context->cancel_wanted;
        context->cancel_wanted = op->next_cancel;
        op_drop(op);
    }
    site_free_all(context);
    text_adapter_free(context->adapter);
    pool_free(&context->ops);
    loop_free(context->loop);
    pthread_mutex_destroy(&context->lock);
    vault_wipe(context->ledger_key, sizeof(context->ledger_key));
    free(context->ledger_error);
    free(context->error);
    free(context);
}

kc_context *kc_context_ref(kc_context *context)
{
    if (context)
        context_handle(context);
    return context;
}

kc_context *kc_context_unref(kc_context *context)
{
    if (context)
        context_handle_back(context);
    return NULL;
}

int32_t kc_context_set_log(kc_context *context, kc_log_function function, void *user, int32_t level)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    context->log = function;
    context->log_user = user;
    context->log_level = function ? level : 0;
    return KC_OK;
}

void context_log(struct kc_context *context, int32_t level, const char *domain, const char *format, ...)
{
    if (level > context->log_level)
        return;
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(message))
        utf8_drop_cut(message, sizeof(message) - 1);
    context->log(context->log_user, level, domain, message);
}

struct recover_job {
    struct worker_job job;
    struct kc_context *context;
};

static int32_t recover(struct worker_job *job, struct store *store, struct kc_error *error)
{
    struct ledger ledger = {store, ((struct recover_job *)job)->context->instance};
    return ledger_recover_job(&ledger, error);
}

static void recovered(struct worker_job *job)
{
    if (job->status != KC_OK)
        context_log(((struct recover_job *)job)->context, KC_LOG_ERROR, "ledger",
                    "Open operations of an earlier run could not be marked as unresolved: %s",
                    kc_error_get_message(job->error));
    free(job);
}

static int32_t open_ledger(struct kc_context *context, const char *uri, struct kc_error *error)
{
    struct store *store = NULL;
    struct recover_job *job = NULL;
    int32_t status = store_open(uri, &store, error);
    if (status != KC_OK)
        return status;
    status = vault_attach(store, context->has_ledger_key ? context->ledger_key : NULL, error);
    if (status == KC_OK)
        status = store->table->instance_enter(store, context->instance, error);
    if (status == KC_OK && !(job = calloc(1, sizeof(*job))))
        status = error_set(error, KC_ERROR_NO_MEMORY, "ledger", "Memory is used up.");
    if (status == KC_OK)
        status = worker_new(context->loop, store, 1024, &context->worker, error);
    if (status != KC_OK) {
        free(job);
        store_close(store);
        return status;
    }
    context->keeps_nothing = store->table->keeps_nothing;
    job->context = context;
    job->job.run = recover;
    job->job.done = recovered;
    job->job.writes = true;
    worker_submit(context->worker, &job->job);
    vault_wipe(context->ledger_key, sizeof(context->ledger_key));
    for (struct kc_site *site = context->sites; site; site = site->next)
        retention_plan(site);
    return KC_OK;
}

static void free_error(struct kc_error **error)
{
    free(*error);
    *error = NULL;
}

int32_t kc_context_set_ledger(kc_context *context, const char *uri)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    int32_t status;
    if (!uri)
        status = error_set(&error, KC_ERROR_INVALID_ARGUMENT, "ledger", "The ledger's URI is missing.");
    else if (text_check(uri, SIZE_MAX, false, NULL) != TEXT_GOOD)
        status = error_set(&error, KC_ERROR_INVALID_ARGUMENT, "ledger",
                           "The ledger's URI is not UTF-8 or has control characters."); /* it may have a password */
    else if (context->worker)
        status = error_set(&error, KC_ERROR_STATE, "ledger",
                           "The ledger is open already; it is to be set before the first operation.");
    else
        status = open_ledger(context, uri, &error);
    if (status == KC_OK)
        free_error(&context->ledger_error);
    else if (!context->worker)
        error_keep(&context->ledger_error, &error);
    return status == KC_OK ? KC_OK : error_keep(&context->error, &error);
}

int32_t kc_context_set_ledger_key(kc_context *context, const uint8_t *key, size_t size)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_error error = {0};
    if (key ? size != VAULT_KEY_SIZE : size != 0)
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "key", "A ledger's key has %d bytes, not %zu.", VAULT_KEY_SIZE,
                  size);
    else if (context->worker)
        error_set(&error, KC_ERROR_STATE, "key", "The ledger is open already; its key is to be set before.");
    if (error.code)
        return error_keep(&context->error, &error);
    vault_wipe(context->ledger_key, sizeof(context->ledger_key));
    context->has_ledger_key = key != NULL;
    if (key)
        memcpy(context->ledger_key, key, VAULT_KEY_SIZE);
    return KC_OK;
}

int32_t context_need_ledger(struct kc_context *context, struct kc_error *error)
{
    if (context->worker)
        return KC_OK;
    if (context->ledger_error) {
        *error = *context->ledger_error;
        return error->code;
    }
    return open_ledger(context, "memory:", error);
}

int32_t context_new_id(struct kc_context *context, struct uuid *id)
{
    enum { PART = 10 };
    int64_t now = loop_wall_ms(context->loop);
    if (context->random_left < PART) {
        if (loop_random(context->random, sizeof(context->random)) != 0)
            return KC_ERROR_SYSTEM;
        context->random_left = sizeof(context->random);
    }
    context->random_left -= PART;
    *id = context->last_id = uuid_make_after(&context->last_id, now, context->random + context->random_left);
    return KC_OK;
}

int64_t context_record_time(struct kc_context *context, bool next_second)
{
    int64_t now = loop_wall_ms(context->loop), last = context->record_time_ms;
    int64_t least = next_second ? (last / 1000 + 1) * 1000 : last + 1;
    context->record_time_ms = now > least ? now : least;
    return context->record_time_ms;
}

const kc_error *kc_context_get_error(const kc_context *context)
{
    return context ? context->error : NULL;
}

int32_t kc_context_get_fd(const kc_context *context)
{
    return context ? loop_fd(context->loop) : -1;
}

int32_t kc_context_dispatch(kc_context *context)
{
    return context ? loop_dispatch(context->loop) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_context_run(kc_context *context, int32_t timeout_ms)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    return loop_run(context->loop, context->events.first ? 0 : timeout_ms);
}

int32_t kc_context_wait(kc_context *context, int32_t timeout_ms)
{
    return context ? loop_wait(context->loop, timeout_ms) : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_context_wakeup(kc_context *context)
{
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    loop_wakeup(context->loop);
    return KC_OK;
}

int32_t kc_context_set_connection_rate(kc_context *context, int32_t per_second)
{
    struct kc_error error = {0};
    if (!context)
        return KC_ERROR_INVALID_ARGUMENT;
    if (per_second < 0 || per_second > CONNECTION_RATE_MOST) {
        error_set(&error, KC_ERROR_INVALID_ARGUMENT, "connection-rate",
                  "A rate is 0 to %d connections a second, not %d.", CONNECTION_RATE_MOST, per_second);
        return error_keep(&context->error, &error);
    }
    context->connection_gap_us = per_second ? US_PER_SECOND / per_second : 0;
    return KC_OK;
}

/* An even flow in which a connection may come before its time by so much as a burst has (the generic cell rate
 * algorithm, ITU-T I.371). */
int64_t context_connection_delay(struct kc_context *context)
{
    int64_t now = loop_now(context->loop) * 1000;
    if (!context->connection_gap_us)
        return 0;
    if (context->next_connection_us < now)
        context->next_connection_us = now;
    int64_t early = BURST_US - context->connection_gap_us;
    int64_t wait = context->next_connection_us - (early > 0 ? early : 0) - now;
    context->next_connection_us += context->connection_gap_us;
    return wait > 0 ? (wait + 999) / 1000 : 0;
}

/* Does what other threads asked for. */
static void woken(void *user)
{
    struct kc_context *context = user;
    pthread_mutex_lock(&context->lock);
    struct kc_op *cancels = context->cancel_wanted;
    context->cancel_wanted = NULL;
    pthread_mutex_unlock(&context->lock);
    while (cancels) {
        struct kc_op *op = cancels;
        cancels = op->next_cancel;
        op_cancel_now(op);
        op_drop(op);
    }
    site_sweep(context);
}

int64_t context_now_utc(struct kc_context *context)
{
    return loop_wall_ms(context->loop) / 1000;
}
