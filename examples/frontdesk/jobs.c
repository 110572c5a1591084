/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations and questions: their list, the library's events, and their ends. */
#include "jobs.h"
#include "../common/describe.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENDED = 100 };

static struct job *job_new(struct desk *desk, kc_op *op)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL || kc_op_set_user_data(op, job) != KC_OK) {
        free(job);
        return NULL;
    }
    job->op = op;
    job->next = desk->jobs;
    desk->jobs = job;
    return job;
}

static void job_free(struct desk *desk, struct job *job)
{
    struct job **place = &desk->jobs;
    while (*place != job)
        place = &(*place)->next;
    *place = job->next;
    (void)kc_op_set_user_data(job->op, NULL);
    kc_op_unref(job->op);
    free(job->station);
    free(job->booking);
    free(job);
}

void job_ask(struct desk *desk, struct request *request, kc_op *op, job_end *end, void *data)
{
    /* An operation that still runs here is its own answer: it has a job already. */
    struct job *job = kc_op_get_user_data(op) == NULL ? job_new(desk, op) : NULL;
    if (job == NULL) {
        kc_op_unref(op);
        free(data);
        if (request != NULL)
            answer_error(request, MHD_HTTP_CONFLICT, "running", "This operation is still running.");
        return;
    }
    job->end = end;
    job->request = request;
    job->data = data;
    if (request != NULL)
        web_wait(&request->web);
}

/* Those that ended long ago need not be shown any more. */
static void forget_old(struct desk *desk)
{
    size_t ended = 0;
    struct job *next;
    for (struct job *job = desk->jobs; job != NULL; job = next) {
        next = job->next;
        if (job->number != 0 && job->ended && ++ended > MOST_ENDED)
            job_free(desk, job);
    }
}

struct job *job_show(struct desk *desk, kc_op *op, const char *station, const char *booking)
{
    struct job *known = kc_op_get_user_data(op);
    if (known != NULL) { /* the same idempotency key while the first one runs */
        kc_op_unref(op);
        return known;
    }
    forget_old(desk);
    struct job *job = job_new(desk, op);
    if (job == NULL) {
        kc_op_unref(op);
        return NULL;
    }
    job->number = ++desk->last_job;
    job->station = strdup(station);
    job->booking = strdup(booking);
    return job;
}

static json_t *job_describe(const struct job *job)
{
    json_t *object = describe_op(job->op);
    (void)json_object_set_new(object, "job", json_integer((json_int_t)job->number));
    (void)json_object_set_new(object, "parent", json_integer((json_int_t)job->parent));
    (void)json_object_set_new(object, "version", json_integer(job->version));
    (void)json_object_set_new(object, "ended", json_boolean(job->ended));
    (void)json_object_set_new(object, "cancelling", json_boolean(job->cancelling));
    (void)json_object_set_new(object, "prompt", json_string(job->prompt != 0 ? kc_prompt_name(job->prompt) : ""));
    (void)json_object_set_new(object, "card", json_integer(job->card));
    (void)json_object_set_new(object, "cards", json_integer(job->cards));
    if (job->station != NULL)
        (void)json_object_set_new(object, "station", json_string(job->station));
    if (job->booking != NULL && job->booking[0] != '\0')
        (void)json_object_set_new(object, "booking", json_string(job->booking));
    return object;
}

json_t *jobs_describe(const struct desk *desk)
{
    json_t *array = json_array();
    for (const struct job *job = desk->jobs; job != NULL; job = job->next) {
        if (job->number != 0)
            (void)json_array_insert_new(array, 0, job_describe(job));
    }
    return array;
}

void job_answer(struct request *request, const struct job *job)
{
    if (job == NULL)
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
    else
        answer_json(request, MHD_HTTP_ACCEPTED, job_describe(job));
}

struct job *job_find(const struct desk *desk, const char *number)
{
    char *end = NULL;
    const unsigned long long wanted = number[0] >= '1' && number[0] <= '9' ? strtoull(number, &end, 10) : 0;
    struct job *job = desk->jobs;
    while (job != NULL && (wanted == 0 || *end != '\0' || job->number != wanted))
        job = job->next;
    return job;
}

void job_publish(struct desk *desk, struct job *job)
{
    job->version++;
    stream_publish(desk, "job", job_describe(job));
}

/* The mobile key after the card. */
static void follow(struct desk *desk, const struct job *job)
{
    kc_op *next = kc_op_get_follow_up(job->op);
    struct job *follower = next != NULL
                               ? job_show(desk, kc_op_ref(next), job->station != NULL ? job->station : "", job->booking)
                               : NULL;
    if (follower == NULL)
        return;
    follower->parent = job->number;
    follower->ended = kc_op_get_state(next) == KC_STATE_DONE;
    job_publish(desk, follower);
}

/* The operation that was settled has its outcome now. */
static void publish_target(struct desk *desk, const kc_op *resolution)
{
    for (struct job *job = desk->jobs; job != NULL; job = job->next) {
        if (job->number != 0 && strcmp(kc_op_get_id(job->op), kc_op_get_target(resolution)) == 0)
            job_publish(desk, job);
    }
}

static void take_end(struct desk *desk, struct job *job)
{
    job->ended = true;
    job->prompt = 0;
    if (job->number != 0) {
        job_publish(desk, job);
        follow(desk, job);
        if (kc_op_get_verb(job->op) == KC_VERB_RESOLVE)
            publish_target(desk, job->op);
        return;
    }
    job->end(desk, job->request, job->op, job->data);
    job_free(desk, job);
}

static void take_op_event(struct desk *desk, struct job *job, const kc_event *event)
{
    switch (kc_event_get_type(event)) {
    case KC_EVENT_DONE:
        take_end(desk, job);
        return;
    case KC_EVENT_PROMPT:
        job->prompt = kc_event_get_prompt(event);
        job->card = kc_event_get_card_number(event);
        job->cards = kc_event_get_card_count(event);
        if (job->prompt == KC_PROMPT_PRESENT_CARD && job->station != NULL)
            desk_remember_encoder(desk, job->station, kc_op_get_encoder_name(job->op), kc_op_get_system_name(job->op));
        break;
    case KC_EVENT_STATE:
        if (kc_event_get_state(event) != KC_STATE_WAITING)
            job->prompt = 0;
        break;
    default:
        break;
    }
    if (job->number != 0)
        job_publish(desk, job);
}

static void take_event(struct desk *desk, const kc_event *event)
{
    kc_op *op = kc_event_get_op(event);
    struct job *job = op != NULL ? kc_op_get_user_data(op) : NULL;
    kc_encoder *encoder = kc_event_get_encoder(event);
    if (job != NULL) {
        take_op_event(desk, job, event);
    } else if (kc_event_get_type(event) == KC_EVENT_ENCODER && encoder != NULL) {
        systems_add_encoder(desk, encoder);
        stream_publish(desk, "encoder", describe_encoder(encoder));
    } else if (kc_event_get_type(event) == KC_EVENT_LEDGER) {
        stream_publish(desk, "ledger",
                       json_pack("{ss ss}", "booking", kc_op_get_booking(op), "outcome",
                                 op != NULL ? kc_outcome_name(kc_op_get_outcome(op)) : ""));
    } else if (kc_event_get_type(event) == KC_EVENT_DEVICE) {
        stream_publish(desk, "device", describe_device(kc_event_get_device(event), kc_event_get_state(event)));
    } else if (kc_event_get_type(event) == KC_EVENT_SYSTEM) {
        stream_publish(desk, "system",
                       json_pack("{ss ss}", "name", kc_system_get_name(kc_event_get_system(event)), "link",
                                 describe_link(kc_event_get_state(event))));
    }
}

void jobs_take_events(struct desk *desk)
{
    for (kc_event *event; (event = kc_context_next_event(desk->context)) != NULL; kc_event_unref(event))
        take_event(desk, event);
}

void jobs_close(struct desk *desk)
{
    while (desk->jobs != NULL) {
        struct job *job = desk->jobs;
        if (job->request != NULL)
            answer_error(job->request, MHD_HTTP_SERVICE_UNAVAILABLE, "closing", "The front desk is being closed.");
        free(job->number == 0 ? job->data : NULL);
        job_free(desk, job);
    }
}
