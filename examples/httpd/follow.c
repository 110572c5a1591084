/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done about an operation: cancel, answer its question, try again, settle its outcome. */
#include <string.h>

#include "answer.h"
#include "track.h"

/* The body, with only these fields (ends with NULL); NULL after an answer. No body at all is an empty one. */
static json_t *take_body(struct request *request, const char *const *names)
{
    json_error_t error;
    const char *name;
    json_t *value, *body = request->web.body != NULL
                               ? json_loadb(request->web.body, request->web.body_size, JSON_REJECT_DUPLICATES, &error)
                               : json_object();
    if (!json_is_object(body)) {
        answer_problem(request, MHD_HTTP_BAD_REQUEST, "json", "", "The body must be one JSON object.");
        json_decref(body);
        return NULL;
    }
    json_object_foreach(body, name, value)
    {
        bool known = false;
        for (size_t i = 0; names[i] != NULL && !known; i++)
            known = strcmp(names[i], name) == 0;
        if (known)
            continue;
        answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", name, "There is no such field.");
        json_decref(body);
        return NULL;
    }
    return body;
}

static void answer_missing(struct request *request)
{
    answer_problem(request, MHD_HTTP_NOT_FOUND, "not-found", "", "There is no such operation.");
}

static void answer_unasked(struct request *request)
{
    answer_problem(request, MHD_HTTP_CONFLICT, "state", "", "Nothing was asked.");
}

/* What is to be done besides KC_RESOLVE_... with an operation from the ledger. */
enum { RETRY = 0, CANCEL = -1, ANSWER = -2 };

static void act(struct request *request, kc_op *op, int how)
{
    kc_op *next = NULL;
    if (how == CANCEL) { /* it ended long ago */
        answer_json(request, MHD_HTTP_ACCEPTED, answer_operation(op));
        return;
    }
    if (how == ANSWER) {
        answer_unasked(request);
        return;
    }
    const int32_t status = how == RETRY ? kc_op_retry(op, &next)
                                        : kc_op_resolve(op, (int32_t)how, request->holder.name, &next);
    if (status == KC_OK)
        track_show(request, next);
    else
        answer_failure(request, status, NULL);
}

static void found(struct request *request, kc_op *op, int how)
{
    if (kc_op_get_verb(op) != KC_VERB_FIND_OP)
        act(request, op, how);
    else if (track_is_missing(op))
        answer_missing(request);
    else
        answer_failure(request, kc_op_get_status(op), kc_op_get_error(op));
}

static void act_on_recorded(struct request *request, int how)
{
    kc_op *op = NULL;
    const int32_t status = kc_find_op(request->service->property.site, request->parts[1], &op);
    if (status == KC_OK)
        track_ask(request, op, found, how);
    else
        answer_failure(request, status, NULL);
}

/* ---- Running operations ---------------------------------------------------------------------------------------- */

void ask_cancel(struct request *request)
{
    static const char *const names[] = {NULL};
    const struct tracked *tracked = track_find(request->service, request->parts[1]);
    json_t *body = take_body(request, names);
    if (body == NULL)
        return;
    json_decref(body);
    if (tracked == NULL) {
        act_on_recorded(request, CANCEL);
        return;
    }
    (void)kc_op_cancel(tracked->op);
    track_answer(request, tracked, NULL, MHD_HTTP_ACCEPTED);
}

void ask_answer(struct request *request)
{
    static const char *const names[] = {"answer", NULL};
    struct tracked *tracked = track_find(request->service, request->parts[1]);
    json_t *body = take_body(request, names);
    const json_t *answer = json_object_get(body, "answer");
    if (body == NULL)
        return;
    if (!json_is_boolean(answer)) {
        answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", "answer",
                       "This must be true or false.");
    } else if (tracked == NULL) {
        act_on_recorded(request, ANSWER);
    } else if (kc_op_answer(tracked->op, json_is_true(answer) ? KC_ANSWER_YES : KC_ANSWER_NO) == KC_OK) {
        tracked->prompt = 0;
        track_answer(request, tracked, NULL, MHD_HTTP_ACCEPTED);
    } else {
        answer_unasked(request);
    }
    json_decref(body);
}

/* ---- Operations that have ended -------------------------------------------------------------------------------- */

/* An operation of this run is taken as it is, so that its new outcome is seen; others come from the ledger. */
static void find_and_act(struct request *request, int how)
{
    const struct tracked *tracked = track_find(request->service, request->parts[1]);
    if (tracked != NULL && tracked->ended)
        act(request, tracked->op, how);
    else if (tracked != NULL)
        answer_problem(request, MHD_HTTP_CONFLICT, "running", "", "This operation is still running.");
    else
        act_on_recorded(request, how);
}

void ask_retry(struct request *request)
{
    static const char *const names[] = {NULL};
    json_t *body = take_body(request, names);
    if (body != NULL && !track_show_retry(request, request->parts[1]))
        find_and_act(request, RETRY);
    json_decref(body);
}

void ask_resolve(struct request *request)
{
    static const char *const names[] = {"how", NULL};
    static const char *const ways[] = {"", "read-card", "opens", "does-not-open"};
    json_t *body = take_body(request, names);
    const char *wanted = json_string_value(json_object_get(body, "how"));
    int how = KC_RESOLVE_DOES_NOT_OPEN;
    while (how > 0 && (wanted == NULL || strcmp(ways[how], wanted) != 0))
        how--;
    if (body != NULL && how == 0)
        answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", "how",
                       "This must be read-card, opens or does-not-open.");
    else if (body != NULL)
        find_and_act(request, how);
    json_decref(body);
}
