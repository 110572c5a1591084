/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done about an operation: cancel, answer its question, try again, settle its outcome. */
#include "../common/describe.h"
#include "api.h"
#include "fields.h"
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_UNRESOLVED = 200 };

static void answer_memory(struct request *request)
{
    answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
}

static void list_unresolved(struct desk *desk, struct request *request, kc_op *list, void *data)
{
    json_t *operations = json_array();
    (void)desk, (void)data;
    for (int32_t i = 0; i < kc_op_get_op_count(list); i++)
        (void)json_array_append_new(operations, describe_op(kc_op_get_op(list, i)));
    answer_json(request, MHD_HTTP_OK,
                json_pack("{so so}", "operations", operations, "error", describe_error(kc_op_get_error(list))));
}

void api_unresolved(struct request *request)
{
    kc_op *list = NULL;
    if (kc_list_ops(request->desk->site, KC_FILTER_UNRESOLVED, NULL, MOST_UNRESOLVED, &list) == KC_OK)
        job_ask(request->desk, request, list, list_unresolved, NULL);
    else
        answer_memory(request);
}

/* 0: try again; else one of KC_RESOLVE_... */
static void act(struct request *request, kc_op *op, int32_t how)
{
    kc_op *next = NULL;
    const int32_t status = how == 0 ? kc_op_retry(op, &next) : kc_op_resolve(op, how, request->user, &next);
    if (status != KC_OK)
        answer_error(request, MHD_HTTP_CONFLICT, "state", kc_status_text(status));
    else
        job_answer(request, job_show(request->desk, next, request->station->name, kc_op_get_booking(op)));
}

static void found(struct desk *desk, struct request *request, kc_op *op, void *data)
{
    const int32_t *how = data;
    (void)desk;
    if (kc_op_get_verb(op) == KC_VERB_FIND_OP)
        answer_error(request, MHD_HTTP_NOT_FOUND, "operation", "There is no such operation.");
    else
        act(request, op, *how);
    free(data);
}

/* An operation of this run is taken as it is, so that its new outcome is seen; others come from the ledger. */
static void find_and_act(struct request *request, int32_t how)
{
    struct desk *desk = request->desk;
    const char *id = request->parts[1];
    kc_op *op = NULL;
    for (const struct job *job = desk->jobs; job != NULL; job = job->next) {
        if (job->number == 0 || strcmp(kc_op_get_id(job->op), id) != 0)
            continue;
        if (job->ended)
            act(request, job->op, how);
        else
            answer_error(request, MHD_HTTP_CONFLICT, "running", "This operation is still running.");
        return;
    }
    int32_t *data = malloc(sizeof *data);
    if (data == NULL || kc_find_op(desk->site, id, &op) != KC_OK) {
        free(data);
        answer_memory(request);
        return;
    }
    *data = how;
    job_ask(desk, request, op, found, data);
}

static bool has_station(struct request *request)
{
    if (request->station != NULL && request->user != NULL)
        return true;
    answer_error(request, MHD_HTTP_CONFLICT, "station", "Choose a station first.");
    return false;
}

void api_retry(struct request *request)
{
    static const char *const names[] = {NULL};
    struct fields fields;
    if (!has_station(request) || !fields_open(&fields, request, names))
        return;
    find_and_act(request, 0);
    fields_close(&fields);
}

void api_resolve(struct request *request)
{
    static const char *const names[] = {"how", NULL};
    static const char *const ways[] = {"", "read", "opens", "does-not-open"};
    struct fields fields;
    if (!has_station(request) || !fields_open(&fields, request, names))
        return;
    const char *wanted = fields_needed(&fields, "how", 20);
    int32_t how = KC_RESOLVE_DOES_NOT_OPEN;
    while (how > 0 && strcmp(ways[how], wanted) != 0)
        how--;
    if (how == 0)
        fields_fault(&fields, "how", "how", "Choose one of: read, opens, does-not-open.");
    if (!fields_check(&fields))
        return;
    find_and_act(request, how);
    fields_close(&fields);
}

static struct job *find_job(struct request *request)
{
    struct job *job = job_find(request->desk, request->parts[1]);
    if (job == NULL)
        answer_error(request, MHD_HTTP_NOT_FOUND, "operation", "There is no such operation.");
    return job;
}

void api_cancel(struct request *request)
{
    static const char *const names[] = {NULL};
    struct fields fields;
    struct job *job = find_job(request);
    if (job == NULL || !fields_open(&fields, request, names))
        return;
    if (!job->ended) {
        (void)kc_op_cancel(job->op);
        job->cancelling = true;
        job_publish(request->desk, job);
    }
    job_answer(request, job);
    fields_close(&fields);
}

void api_answer(struct request *request)
{
    static const char *const names[] = {"answer", NULL};
    struct fields fields;
    struct job *job = find_job(request);
    if (job == NULL || !fields_open(&fields, request, names))
        return;
    const json_t *answer = json_object_get(fields.body, "answer");
    if (!json_is_boolean(answer))
        fields_fault(&fields, "answer", "type", "This must be true or false.");
    if (!fields_check(&fields))
        return;
    if (kc_op_answer(job->op, json_is_true(answer) ? KC_ANSWER_YES : KC_ANSWER_NO) == KC_OK) {
        job->prompt = 0;
        job_answer(request, job);
    } else {
        answer_error(request, MHD_HTTP_CONFLICT, "state", "Nothing was asked.");
    }
    fields_close(&fields);
}
