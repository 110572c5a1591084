/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations and questions: their list, the library's events, who waits for an end, and who listens. */
#include "track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/clock.h"
#include "../common/describe.h"
#include "answer.h"

enum { MOST_ENDED = 1000, LONGEST_WAIT = 300, MOST_WAITING = 400 };

/* ---- The list -------------------------------------------------------------------------------------------------- */

static struct tracked *tracked_new(struct service *service, kc_op *op)
{
    struct tracked *tracked = calloc(1, sizeof *tracked);
    if (tracked == NULL || kc_op_set_user_data(op, tracked) != KC_OK) {
        free(tracked);
        return NULL;
    }
    tracked->op = op;
    (void)snprintf(tracked->id, sizeof tracked->id, "%s", kc_op_get_id(op));
    tracked->next = service->tracked;
    service->tracked = tracked;
    return tracked;
}

static void tracked_free(struct service *service, struct tracked *tracked)
{
    struct tracked **place = &service->tracked;
    while (*place != tracked)
        place = &(*place)->next;
    *place = tracked->next;
    (void)kc_op_set_user_data(tracked->op, NULL);
    kc_op_unref(tracked->op);
    free(tracked->prompt_text);
    free(tracked);
}

/* Those that ended long ago are found in the ledger. */
static void forget_old(struct service *service)
{
    struct tracked *next;
    size_t ended = 0;
    if (service->tracked_ended < 2 * MOST_ENDED)
        return;
    for (struct tracked *tracked = service->tracked; tracked != NULL; tracked = next) {
        next = tracked->next;
        if (tracked->ended && !tracked->question && ++ended > MOST_ENDED)
            tracked_free(service, tracked);
    }
    service->tracked_ended = MOST_ENDED;
}

struct tracked *track_find(const struct service *service, const char *id)
{
    struct tracked *tracked = service->tracked;
    while (tracked != NULL &&
           (tracked->question || (strcmp(tracked->id, id) != 0 && strcmp(kc_op_get_id(tracked->op), id) != 0)))
        tracked = tracked->next;
    return tracked;
}

bool track_is_missing(const kc_op *search)
{
    const int32_t status = kc_op_get_status(search);
    return status == KC_ERROR_NOT_FOUND || status == KC_ERROR_INVALID_ARGUMENT;
}

static json_t *track_describe(const struct tracked *tracked)
{
    json_t *object = answer_operation(tracked->op), *prompt = json_null();
    if (tracked->prompt != 0)
        prompt = json_pack("{ss si si ss}", "name", kc_prompt_name(tracked->prompt), "card", (int)tracked->card,
                           "cards", (int)tracked->cards, "text",
                           tracked->prompt_text != NULL ? tracked->prompt_text : "");
    (void)json_object_set_new(object, "prompt", prompt);
    return object;
}

/* ---- Who waits ------------------------------------------------------------------------------------------------- */

/* Prefer: wait=SECONDS (RFC 7240), 0 if the client does not wait. */
static int wanted_wait(const struct request *request)
{
    static const char wanted[] = "wait=";
    const char *prefer = web_header(&request->web, "Prefer");
    const char *wait = prefer != NULL ? strcasestr(prefer, wanted) : NULL;
    for (; wait != NULL; wait = strcasestr(wait + 1, wanted)) {
        const char *digits = wait + sizeof wanted - 1;
        if ((wait != prefer && strchr(" \t,;", wait[-1]) == NULL) || *digits < '0' || *digits > '9')
            continue;
        const unsigned long seconds = strtoul(digits, NULL, 10);
        return seconds < LONGEST_WAIT ? (int)seconds : LONGEST_WAIT;
    }
    return 0;
}

void track_answer(struct request *request, const struct tracked *tracked, const kc_op *recorded, unsigned status)
{
    char place[80];
    json_t *object = track_describe(tracked);
    if (recorded != NULL && kc_op_get_key_count(recorded) == 1 && kc_op_get_key_count(tracked->op) == 1) {
        json_t *key = answer_key(kc_op_get_key(recorded, 0));
        (void)json_object_update(json_object_get(object, "key"), key);
        json_decref(key);
    }
    answer_json(request, status, object);
    (void)snprintf(place, sizeof place, "/v1/operations/%s", kc_op_get_id(tracked->op));
    web_answer_header(&request->web, "Location", place);
}

static void stop_waiting(struct request *request)
{
    struct request **place = &request->service->waiting;
    while (*place != NULL && *place != request)
        place = &(*place)->next_waiting;
    if (*place != NULL)
        *place = request->next_waiting;
    request->awaited = NULL;
}

/* Answers those whose operation has ended, or who waited long enough. */
static void finish_waits(struct service *service)
{
    struct request *next;
    for (struct request *request = service->waiting; request != NULL; request = next) {
        const struct tracked *tracked = request->awaited;
        next = request->next_waiting;
        if (!tracked->ended && clock_now() < request->until)
            continue;
        stop_waiting(request);
        if (tracked->ended)
            answer_ended(request, tracked->op);
        else
            track_answer(request, tracked, NULL, MHD_HTTP_ACCEPTED);
    }
}

int track_patience(struct service *service, int most)
{
    const int64_t now = clock_now();
    int64_t wait = most;
    finish_waits(service);
    for (const struct request *request = service->waiting; request != NULL; request = request->next_waiting) {
        if (request->until - now < wait)
            wait = request->until - now;
    }
    return wait > 0 ? (int)wait : 0;
}

static size_t count_waiting(const struct service *service)
{
    size_t count = 0;
    for (const struct request *request = service->waiting; request != NULL; request = request->next_waiting)
        count++;
    return count;
}

/* Now, or when the operation has ended. */
static void answer_or_wait(struct request *request, struct tracked *tracked)
{
    struct service *service = request->service;
    const int seconds = wanted_wait(request);
    if (seconds == 0 || tracked->ended || count_waiting(service) >= MOST_WAITING) {
        track_answer(request, tracked, NULL, MHD_HTTP_ACCEPTED);
        return;
    }
    request->awaited = tracked;
    request->until = clock_now() + (int64_t)seconds * 1000;
    request->next_waiting = service->waiting;
    service->waiting = request;
    web_wait(&request->web);
}

void track_gone(struct request *request)
{
    if (request->awaited != NULL)
        stop_waiting(request);
    if (request->question != NULL)
        request->question->request = NULL;
}

/* ---- Starting -------------------------------------------------------------------------------------------------- */

void track_ask(struct request *request, kc_op *op, track_end *end, int how)
{
    /* An operation that still runs here is its own answer: it is tracked already. */
    struct tracked *tracked = kc_op_get_user_data(op) == NULL ? tracked_new(request->service, op) : NULL;
    if (tracked == NULL) {
        answer_problem(request, MHD_HTTP_CONFLICT, "running", "", "This operation is still running.");
        kc_op_unref(op);
        return;
    }
    tracked->question = true;
    tracked->end = end;
    tracked->how = how;
    tracked->request = request;
    request->question = tracked;
    web_wait(&request->web);
}

static void publish(struct service *service, const struct tracked *tracked)
{
    streams_publish(&service->streams, "operation", track_describe(tracked));
}

void track_show(struct request *request, kc_op *op)
{
    struct service *service = request->service;
    struct tracked *tracked = kc_op_get_user_data(op);
    if (tracked != NULL) { /* the same idempotency key while the first one runs */
        kc_op_unref(op);
        answer_or_wait(request, tracked);
        return;
    }
    tracked = tracked_new(service, op);
    if (tracked == NULL) {
        kc_op_unref(op);
        answer_memory(request);
        return;
    }
    publish(service, tracked);
    answer_or_wait(request, tracked);
}

bool track_show_retry(struct request *request, const char *id)
{
    for (struct tracked *tracked = request->service->tracked; tracked != NULL; tracked = tracked->next) {
        const int32_t outcome = kc_op_get_outcome(tracked->op);
        if (tracked->question || kc_op_get_verb(tracked->op) == KC_VERB_RESOLVE ||
            strcmp(kc_op_get_retry_of(tracked->op), id) != 0 || (tracked->ended && outcome != KC_OUTCOME_WRITTEN))
            continue;
        if (tracked->ended)
            answer_ended(request, tracked->op);
        else
            answer_or_wait(request, tracked);
        return true;
    }
    return false;
}

/* ---- Events ---------------------------------------------------------------------------------------------------- */

/* The mobile key after the card. */
static void follow(struct service *service, const struct tracked *tracked)
{
    kc_op *next = kc_op_get_follow_up(tracked->op);
    if (next == NULL || kc_op_get_user_data(next) != NULL)
        return;
    struct tracked *follower = tracked_new(service, kc_op_ref(next));
    if (follower == NULL) {
        kc_op_unref(next);
        return;
    }
    follower->ended = kc_op_get_state(next) == KC_STATE_DONE;
    service->tracked_ended += follower->ended;
    publish(service, follower);
}

static void take_end(struct service *service, struct tracked *tracked)
{
    tracked->ended = true;
    tracked->prompt = 0;
    if (!tracked->question) {
        service->tracked_ended++;
        publish(service, tracked);
        follow(service, tracked);
        return;
    }
    if (tracked->request != NULL) {
        struct request *request = tracked->request;
        request->question = NULL;
        tracked->end(request, tracked->op, tracked->how);
    }
    tracked_free(service, tracked);
}

static void take_prompt(struct tracked *tracked, const kc_event *event)
{
    tracked->prompt = kc_event_get_prompt(event);
    tracked->card = kc_event_get_card_number(event);
    tracked->cards = kc_event_get_card_count(event);
    free(tracked->prompt_text);
    tracked->prompt_text = strdup(kc_event_get_text(event));
}

static void take_operation_event(struct service *service, struct tracked *tracked, const kc_event *event)
{
    const int32_t type = kc_event_get_type(event);
    if (type == KC_EVENT_DONE) {
        take_end(service, tracked);
        return;
    }
    if (type == KC_EVENT_PROMPT)
        take_prompt(tracked, event);
    else if (type == KC_EVENT_STATE && kc_event_get_state(event) != KC_STATE_WAITING)
        tracked->prompt = 0;
    if (!tracked->question)
        publish(service, tracked);
}

/* Another program with the same ledger recorded something; without the operation it is not known what. */
static void take_change(struct service *service, const kc_op *op)
{
    json_t *object = op != NULL ? answer_operation(op) : json_object();
    if (op != NULL)
        (void)json_object_set_new(object, "prompt", json_null());
    streams_publish(&service->streams, op != NULL ? "operation" : "anew", object);
}

static void take_event(struct service *service, const kc_event *event)
{
    const kc_op *op = kc_event_get_op(event);
    struct tracked *tracked = op != NULL ? kc_op_get_user_data(op) : NULL;
    const kc_encoder *encoder = kc_event_get_encoder(event);
    const kc_system *system = kc_event_get_system(event);
    const kc_device *device = kc_event_get_device(event);
    if (kc_event_get_type(event) == KC_EVENT_LEDGER)
        take_change(service, op);
    else if (tracked != NULL)
        take_operation_event(service, tracked, event);
    else if (device != NULL)
        streams_publish(&service->streams, "device", describe_device(device, kc_event_get_state(event)));
    else if (encoder != NULL)
        streams_publish(&service->streams, "encoder", describe_encoder(encoder));
    else if (system != NULL && op == NULL)
        streams_publish(
            &service->streams, "system",
            json_pack("{ss ss}", "name", kc_system_get_name(system), "link", describe_link(kc_event_get_state(event))));
}

void track_events(struct service *service)
{
    for (kc_event *event; (event = kc_context_next_event(service->property.context)) != NULL; kc_event_unref(event))
        take_event(service, event);
    finish_waits(service);
    forget_old(service); /* not before: somebody may have waited for one of them */
}

/* Whoever listens begins with what runs now, so that nothing is missed. */
void ask_events(struct request *request)
{
    struct service *service = request->service;
    json_t *running = json_array();
    for (const struct tracked *tracked = service->tracked; tracked != NULL; tracked = tracked->next) {
        if (!tracked->ended && !tracked->question)
            (void)json_array_insert_new(running, 0, track_describe(tracked));
    }
    if (!stream_open(&service->streams, &request->web, request->holder.name, "running", running))
        answer_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "streams", "", "Too many listen already.");
}

/* ---- The end --------------------------------------------------------------------------------------------------- */

void track_close(struct service *service)
{
    while (service->waiting != NULL) {
        struct request *request = service->waiting;
        const struct tracked *tracked = request->awaited;
        stop_waiting(request);
        track_answer(request, tracked, NULL, MHD_HTTP_ACCEPTED);
    }
    while (service->tracked != NULL) {
        struct request *request = service->tracked->request;
        if (request != NULL) {
            request->question = NULL;
            answer_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "closing", "", "The service is being stopped.");
        }
        tracked_free(service, service->tracked);
    }
}
