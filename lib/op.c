/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of an operation: made, followed, cancelled, ended. */
#include "op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

static void step_over(struct loop_timer *timer);
static void deadline_over(struct loop_timer *timer);

static int make_id(struct kc_op *op)
{
    if (context_new_id(op->context, &op->uuid) != KC_OK)
        return -1;
    uuid_format(&op->uuid, op->id);
    memcpy(op->created, site_now(op->site)->text, sizeof(op->created));
    return 0;
}

const size_t op_cleared = offsetof(struct kc_op, id);

static struct kc_op *make(struct kc_site *site, int32_t verb)
{
    struct kc_op *op = pool_take(&site->context->ops);
    if (!op)
        return NULL;
    op->context = site->context;
    op->site = site;
    op->verb = verb;
    op->state = KC_STATE_QUEUED;
    op->retry_of[0] = op->target_id[0] = op->digest[0] = op->digest[sizeof(op->digest) - 1] = '\0';
    arena_init_in(&op->arena, op->room, sizeof(op->room));
    record_init_texts(&op->record);
    op->step_timer.expired = step_over;
    op->deadline_timer.expired = deadline_over;
    op->driver.request = &op->request;
    return op;
}

void op_free_memory(struct kc_op *op)
{
    asked_drop(op->asked);
    arena_free(&op->arena);
    free(op);
}

/* Now that it is known what it wants. */
static struct kc_op *enliven(struct kc_op *op)
{
    if (make_id(op) != 0) {
        op_free_memory(op);
        return NULL;
    }
    atomic_init(&op->refs, 1);
    atomic_init(&op->cancel_wanted, false);
    site_hold(op->site);
    op->fingerprint = *op->want.idempotency_key ? want_fingerprint(&op->want, op->verb) : 0; /* for nothing else */
    op->next_live = op->context->live;
    if (op->next_live)
        op->next_live->previous_live = op;
    op->context->live = op;
    return op;
}

struct kc_op *op_new(struct kc_site *site, int32_t verb, const struct want *want)
{
    struct kc_op *op = make(site, verb);
    if (!op)
        return NULL;
    want_init(&op->want);
    op->request = (struct driver_request){0};
    op->inquiry = (struct op_inquiry){0};
    if (want && want_copy(&op->arena, want, &op->want) != 0) {
        op_free_memory(op);
        return NULL;
    }
    return enliven(op);
}

struct kc_op *op_new_asked(struct kc_site *site, int32_t verb, struct asked *asked)
{
    struct kc_op *op = make(site, verb);
    if (!op)
        return NULL;
    op->asked = asked_hold(asked);
    op->want = asked->want;
    return enliven(op);
}

static void drop_list_of_keys(struct kc_key **keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        kc_key_unref(keys[i]);
}

/* The key that it made, in its own memory. */
static bool has_own_key(const struct kc_op *op)
{
    return op->keys == &op->only_key && op->only_key == &op->key;
}

/* Nobody needs it any more but who has the key that is in its memory. */
static void drop_memory(struct kc_op *op, struct kc_context *context)
{
    const bool own_key = has_own_key(op);
    if (own_key && atomic_fetch_sub_explicit(&op->key.refs, 1, memory_order_acq_rel) != 1)
        return;
    if (own_key)
        free(op->key.image);
    asked_drop(op->asked);
    arena_free(&op->arena);
    pool_give(&context->ops, op);
}

static void drop_keys(struct kc_op *op)
{
    drop_list_of_keys(op->keys, op->key_count);
    if (op->keys != &op->only_key)
        free(op->keys);
}

/* What few operations have. */
static void drop_rare(struct kc_op *op)
{
    drop_list_of_keys(op->voided, op->voided_count);
    free(op->voided);
    free(op->warnings);
    free(op->image);
    for (size_t i = 0; i < op->event_count; i++)
        free(op->events[i].text);
    free(op->done.text);
    op_drop(op->follow_up);
    op_drop(op->target);
    op_drop(op->parent);
    for (size_t i = 0; i < op->op_count; i++)
        op_drop(op->ops[i]);
    free(op->ops);
    for (size_t i = 0; i < op->encoder_count; i++)
        system_drop(op->encoders[i]->system);
    free(op->encoders);
    for (size_t i = 0; i < op->device_count; i++)
        device_drop(op->devices[i]);
    free(op->devices);
}

void op_free(struct kc_op *op)
{
    if (op->keys && !has_own_key(op))
        drop_keys(op);
    if (op->voided || op->ops || op->encoders || op->devices || op->warnings || op->image || op->follow_up ||
        op->target || op->parent || op->has_event_text)
        drop_rare(op);
    if (op->system)
        system_drop(op->system);
    struct kc_context *context = op->context;
    site_drop(op->site);
    drop_memory(op, context);
}

void op_enter(struct kc_op *op, int32_t state)
{
    if (op->state == state)
        return;
    op->state = state;
    if (op->parent)
        op->parent->state = state;
    event_state(op);
}

int32_t op_warn(struct kc_op *op, const char *field, const char *before, const char *after, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(text))
        utf8_drop_cut(text, sizeof(text) - 1);
    if (op->warning_count == op->warning_capacity) {
        size_t capacity = op->warning_capacity ? op->warning_capacity * 2 : 4;
        struct op_warning *grown = realloc(op->warnings, capacity * sizeof(*grown));
        if (!grown)
            return KC_ERROR_NO_MEMORY;
        op->warnings = grown;
        op->warning_capacity = capacity;
    }
    struct op_warning warning = {field, arena_text(&op->arena, text), arena_text(&op->arena, before),
                                 arena_text(&op->arena, after)};
    if (!warning.text || !warning.before || !warning.after)
        return KC_ERROR_NO_MEMORY;
    op->warnings[op->warning_count++] = warning;
    event_warning(op, text);
    return KC_OK;
}

void op_set_error(struct kc_op *op, const struct kc_error *error, int32_t outcome)
{
    op->status = error->code;
    op->reason = *error;
    op->reason.card_state = outcome;
    op->reason.verb = op->verb;
    op->error = &op->reason;
}

void op_refuse(struct kc_op *op, const struct kc_error *error)
{
    op->outcome = KC_OUTCOME_NOT_WRITTEN;
    op_set_error(op, error, KC_OUTCOME_NOT_WRITTEN);
    op_complete(op);
}

static void leave(struct kc_op *op)
{
    op->phase = OP_ENDED;
    op->state = KC_STATE_DONE;
    if (op->next_live)
        op->next_live->previous_live = op->previous_live;
    if (op->previous_live)
        op->previous_live->next_live = op->next_live;
    else
        op->context->live = op->next_live;
    op->next_live = op->previous_live = NULL;
}

void op_complete(struct kc_op *op)
{
    leave(op);
    if (op->parent)
        op_child_done(op->parent, op);
    else
        event_done(op);
    op_drop(op);
}

void op_complete_quietly(struct kc_op *op)
{
    leave(op);
    op_drop(op);
}

struct kc_op *op_of_job(struct worker_job *job)
{
    return (struct kc_op *)(void *)((char *)job - offsetof(struct kc_op, job));
}

void op_say_why(const struct worker_job *job, struct kc_error *error)
{
    if (job->error)
        *error = *job->error;
    else
        error_set(error, job->status, "ledger", "%s", kc_status_text(job->status));
}

void op_submit(struct kc_op *op, int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
               void (*done)(struct worker_job *), bool writes)
{
    op->job = (struct worker_job){.run = run, .done = done, .writes = writes, .alone = op->job.alone};
    worker_submit(op->context->worker, &op->job);
}

bool op_record(struct kc_op *op, int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
               void (*done)(struct worker_job *))
{
    op->job = (struct worker_job){.run = run, .done = done, .writes = true, .repeatable = true};
    if (worker_run(op->context->worker, &op->job))
        return true;
    worker_submit(op->context->worker, &op->job);
    return false;
}

void op_deliver(struct kc_op *op)
{
    worker_deliver(op->context->worker, &op->job);
}

void op_look_up(struct kc_op *op, size_t (*foresee)(struct worker_job *, struct store_question *),
                int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
                void (*done)(struct worker_job *))
{
    op->job = (struct worker_job){.run = run, .done = done, .foresee = foresee, .repeatable = true};
    worker_submit(op->context->worker, &op->job);
}

struct ledger op_ledger(const struct kc_op *op, struct store *store)
{
    return (struct ledger){store, op->context->instance};
}

int32_t op_hand_out(struct kc_op *op, struct kc_op **out)
{
    context_handle(op->context);
    op_hold(op);
    *out = op;
    return KC_OK;
}

/* ---- Timers ---------------------------------------------------------------------------------------------------- */

static void step_over(struct loop_timer *timer)
{
    struct kc_op *op = (struct kc_op *)(void *)((char *)timer - offsetof(struct kc_op, step_timer));
    op->system->link.driver->on_timer(&op->system->link, &op->driver);
}

static void deadline_over(struct loop_timer *timer)
{
    struct kc_op *op = (struct kc_op *)(void *)((char *)timer - offsetof(struct kc_op, deadline_timer));
    struct kc_system *system = op->system;
    struct kc_error error = {0};
    bool late_answer_possible = op->committed;
    error_set(&error, KC_ERROR_TIMED_OUT, "", "There was no answer in time: %s.", op->deadline_text);
    system_hold(system);
    if (late_answer_possible)
        system->ready = false; /* nothing new starts on a link that is about to be closed */
    op_finish(op, &error);
    if (late_answer_possible) {
        error_set(&error, KC_ERROR_CONNECTION_LOST, "",
                  "The connection was closed so that a late answer cannot be taken for that of another operation.");
        link_close(system, &error);
    }
    system_drop(system);
}

/* ---- Cancelling and answering ---------------------------------------------------------------------------------- */

int32_t kc_op_cancel(kc_op *op)
{
    if (!op)
        return KC_ERROR_INVALID_ARGUMENT;
    if (atomic_exchange(&op->cancel_wanted, true))
        return KC_OK;
    struct kc_context *context = op->context;
    op_hold(op);
    pthread_mutex_lock(&context->lock);
    op->next_cancel = context->cancel_wanted;
    context->cancel_wanted = op;
    pthread_mutex_unlock(&context->lock);
    loop_wakeup(context->loop);
    return KC_OK;
}

void op_cancel_now(struct kc_op *op)
{
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_CANCELLED, "", "Cancelled before anything was sent.");
    const struct driver *driver = op->system ? op->system->link.driver : NULL;
    switch (op->phase) {
    case OP_CONFIRM:
        op_refuse(op, &error);
        return;
    case OP_QUEUED:
        queue_remove(op);
        op_refuse(op, &error);
        return;
    case OP_STARTING:
        op_finish(op, &error);
        return;
    case OP_STARTED:
        if (driver->op_cancel)
            driver->op_cancel(&op->driver);
        if (op->phase == OP_STARTED && !op->committed)
            op_finish(op, &error);
        return;
    case OP_CHILD:
        for (struct kc_op *child = op->context->live; child; child = child->next_live)
            if (child->parent == op)
                kc_op_cancel(child);
        return;
    case OP_NEW:
    case OP_LOOKUP:
    case OP_INTENT:
    case OP_OUTCOME:
    case OP_ENDED: /* looked at when the ledger has answered, or too late */
        return;
    }
}

int32_t kc_op_answer(kc_op *op, int32_t answer)
{
    if (!op)
        return KC_ERROR_INVALID_ARGUMENT;
    if (op->phase != OP_CONFIRM)
        return KC_ERROR_STATE;
    if (answer != KC_ANSWER_YES && answer != KC_ANSWER_NO)
        return KC_ERROR_INVALID_ARGUMENT;
    if (answer == KC_ANSWER_YES) {
        op_enqueue(op);
        return KC_OK;
    }
    struct kc_error error = {0};
    error_set(&error, KC_ERROR_DECLINED, "", "The question was answered with no; nothing was sent.");
    op_refuse(op, &error);
    return KC_OK;
}

int32_t kc_op_wait(kc_op *op, int32_t timeout_ms)
{
    if (!op)
        return KC_ERROR_INVALID_ARGUMENT;
    struct kc_context *context = op->context;
    int64_t end = timeout_ms < 0 ? 0 : loop_now(context->loop) + timeout_ms;
    int32_t status = KC_OK;
    for (int64_t left = timeout_ms; status == KC_OK && op->state != KC_STATE_DONE;) {
        status = loop_run(context->loop, (int32_t)left);
        if (timeout_ms < 0)
            continue;
        if (left == 0)
            break;
        left = end - loop_now(context->loop);
        left = left > 0 ? left : 0;
    }
    if (context->events.first)
        loop_tell_host(context->loop); /* the host has not looked yet */
    return op->state == KC_STATE_DONE ? KC_OK : status != KC_OK ? status : KC_ERROR_TIMED_OUT;
}

/* ---- Getters --------------------------------------------------------------------------------------------------- */

kc_op *kc_op_ref(kc_op *op)
{
    if (op) {
        op_hold(op);
        context_handle(op->context);
    }
    return op;
}

kc_op *kc_op_unref(kc_op *op)
{
    if (op) {
        struct kc_context *context = op->context;
        op_drop(op);
        context_handle_back(context);
    }
    return NULL;
}

const char *kc_op_get_id(const kc_op *op)
{
    return op ? op->id : "";
}

int32_t kc_op_get_verb(const kc_op *op)
{
    return op ? op->verb : 0;
}

int32_t kc_op_get_state(const kc_op *op)
{
    return op ? op->state : 0;
}

int32_t kc_op_get_status(const kc_op *op)
{
    return op ? op->status : KC_ERROR_INVALID_ARGUMENT;
}

int32_t kc_op_get_outcome(const kc_op *op)
{
    return op ? op->outcome : KC_OUTCOME_PENDING;
}

const kc_error *kc_op_get_error(const kc_op *op)
{
    return op ? op->error : NULL;
}

const char *kc_op_get_encoder_name(const kc_op *op)
{
    if (!op)
        return "";
    return op->encoder ? op->encoder->name : op->record.encoder;
}

const char *kc_op_get_booking(const kc_op *op)
{
    return op ? op->want.booking : "";
}

const char *kc_op_get_room(const kc_op *op)
{
    return op && op->want.rooms.count ? op->want.rooms.items[0] : "";
}

const char *kc_op_get_station(const kc_op *op)
{
    return op ? op->want.station : "";
}

const char *kc_op_get_operator(const kc_op *op)
{
    return op ? op->want.operator_name : "";
}

const char *kc_op_get_created(const kc_op *op)
{
    return op ? op->created : "";
}

const char *kc_op_get_system_name(const kc_op *op)
{
    if (!op)
        return "";
    return op->system ? op->system->name : op->record.system;
}

const char *kc_op_get_target(const kc_op *op)
{
    return op ? op->target_id : "";
}

const char *kc_op_get_retry_of(const kc_op *op)
{
    return op ? op->retry_of : "";
}

int32_t kc_op_is_replay(const kc_op *op)
{
    return op && op->replay;
}

kc_op *kc_op_get_follow_up(const kc_op *op)
{
    return op ? op->follow_up : NULL;
}

int32_t kc_op_get_warning_count(const kc_op *op)
{
    return op ? (int32_t)op->warning_count : 0;
}

#define WARNING_GETTER(function, field)                                                                                \
    const char *function(const kc_op *op, int32_t index)                                                               \
    {                                                                                                                  \
        return op && index >= 0 && (size_t)index < op->warning_count ? op->warnings[index].field : "";                 \
    }

WARNING_GETTER(kc_op_get_warning_text, text)
WARNING_GETTER(kc_op_get_warning_field, field)
WARNING_GETTER(kc_op_get_warning_before, before)
WARNING_GETTER(kc_op_get_warning_after, after)

#define LIST_GETTER(count_function, item_function, type, items, count)                                                 \
    int32_t count_function(const kc_op *op)                                                                            \
    {                                                                                                                  \
        return op ? (int32_t)op->count : 0;                                                                            \
    }                                                                                                                  \
    type *item_function(const kc_op *op, int32_t index)                                                                \
    {                                                                                                                  \
        return op && index >= 0 && (size_t)index < op->count ? op->items[index] : NULL;                                \
    }

LIST_GETTER(kc_op_get_key_count, kc_op_get_key, kc_key, keys, key_count)
LIST_GETTER(kc_op_get_voided_key_count, kc_op_get_voided_key, kc_key, voided, voided_count)
LIST_GETTER(kc_op_get_encoder_count, kc_op_get_encoder, kc_encoder, encoders, encoder_count)
LIST_GETTER(kc_op_get_device_count, kc_op_get_device, kc_device, devices, device_count)
LIST_GETTER(kc_op_get_op_count, kc_op_get_op, kc_op, ops, op_count)

int32_t kc_op_set_user_data(kc_op *op, void *data)
{
    if (!op)
        return KC_ERROR_INVALID_ARGUMENT;
    op->user_data = data;
    return KC_OK;
}

void *kc_op_get_user_data(const kc_op *op)
{
    return op ? op->user_data : NULL;
}
