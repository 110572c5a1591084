/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys and operations, as the ledger has them. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "track.h"

/* 100 characters of 4 bytes, each of them escaped as %XX. */
enum { MOST_ROWS = 10000, LONGEST_VALUE = 1200 };

/* ---- One operation --------------------------------------------------------------------------------------------- */

/* What ended in this run is known better here (its warnings, the bytes of its key) but for its key: that may have been
 * voided since then, or its guest forgotten. */
static void show_found(struct request *request, kc_op *op, int how)
{
    const struct tracked *tracked = track_find(request->service, request->parts[1]);
    const bool found = kc_op_get_verb(op) != KC_VERB_FIND_OP;
    (void)how;
    if (tracked != NULL) {
        track_answer(request, tracked, found ? op : NULL, MHD_HTTP_OK);
    } else if (found) {
        json_t *object = answer_operation(op);
        (void)json_object_set_new(object, "prompt", json_null());
        answer_json(request, MHD_HTTP_OK, object);
    } else if (track_is_missing(op)) {
        answer_problem(request, MHD_HTTP_NOT_FOUND, "not-found", "", "There is no such operation.");
    } else {
        answer_failure(request, kc_op_get_status(op), kc_op_get_error(op));
    }
}

void ask_operation(struct request *request)
{
    const struct tracked *tracked = track_find(request->service, request->parts[1]);
    kc_op *op = NULL;
    if (tracked != NULL && !tracked->ended) {
        track_answer(request, tracked, NULL, MHD_HTTP_OK);
        return;
    }
    const int32_t status = kc_find_op(request->service->property.site, request->parts[1], &op);
    if (status == KC_OK)
        track_ask(request, op, show_found, 0);
    else
        answer_failure(request, status, kc_site_get_error(request->service->property.site));
}

/* ---- Lists ----------------------------------------------------------------------------------------------------- */

/* What can be read of a damaged ledger is told with the problem. */
static void show_list(struct request *request, const kc_op *op, const char *name, json_t *list)
{
    json_t *body = json_pack("{so sb}", name, list, "more", kc_op_has_more(op));
    const int32_t status = kc_op_get_status(op);
    if (status == KC_OK) {
        answer_json(request, MHD_HTTP_OK, body);
        return;
    }
    answer_failure_with(request, status, kc_op_get_error(op), status == KC_ERROR_LEDGER_DAMAGED ? body : NULL);
    json_decref(body);
}

static void show_keys(struct request *request, kc_op *op, int how)
{
    json_t *keys = json_array();
    (void)how;
    for (int32_t i = 0; i < kc_op_get_key_count(op); i++)
        (void)json_array_append_new(keys, answer_key(kc_op_get_key(op, i)));
    show_list(request, op, "keys", keys);
}

static void show_operations(struct request *request, kc_op *op, int how)
{
    json_t *operations = json_array();
    (void)how;
    for (int32_t i = 0; i < kc_op_get_op_count(op); i++)
        (void)json_array_append_new(operations, answer_operation(kc_op_get_op(op, i)));
    show_list(request, op, "operations", operations);
}

/* The query, with its escapes resolved in place; false after an answer. */
struct query {
    int32_t filter, limit;
    char value[LONGEST_VALUE + 1];
};

static bool refuse(struct request *request, const char *field, const char *detail)
{
    answer_problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid-argument", field, detail);
    return false;
}

static bool take_limit(struct request *request, const char *text, struct query *query)
{
    const size_t length = strlen(text);
    query->limit = length > 0 && length < 6 && strspn(text, "0123456789") == length ? (int32_t)strtol(text, NULL, 10)
                                                                                    : 0;
    return (query->limit >= 1 && query->limit <= MOST_ROWS) ||
           refuse(request, "limit", "This must be a whole number from 1 to 10000.");
}

static bool take_value(struct request *request, const char *name, const char *text, int32_t filter, struct query *query)
{
    const size_t length = strlen(text);
    if (query->filter != 0)
        return refuse(request, name, "Name one of booking, room and filter only.");
    if (length == 0 || length > LONGEST_VALUE)
        return refuse(request, name, "This is empty or too long.");
    memcpy(query->value, text, length + 1);
    if (MHD_http_unescape(query->value) != strlen(query->value))
        return refuse(request, name, "There is a NUL in this value.");
    query->filter = filter;
    return true;
}

static bool take_filter(struct request *request, const char *text, struct query *query)
{
    static const struct {
        const char *name;
        int32_t filter;
    } filters[] = {
        {"all", KC_FILTER_ALL}, {"unresolved", KC_FILTER_UNRESOLVED}, {"not-confirmed", KC_FILTER_NOT_CONFIRMED}};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (strcmp(filters[i].name, text) == 0 && query->filter == 0) {
            query->filter = filters[i].filter;
            return true;
        }
    }
    return refuse(request, "filter", "This must be all, unresolved or not-confirmed, and stand alone.");
}

struct query_reading {
    struct request *request;
    struct query *query;
    bool failed;
};

static enum MHD_Result take_argument(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct query_reading *reading = user;
    struct request *request = reading->request;
    const char *text = value != NULL ? value : "";
    bool good;
    (void)kind;
    if (strcmp(name, "limit") == 0)
        good = take_limit(request, text, reading->query);
    else if (strcmp(name, "booking") == 0)
        good = take_value(request, "booking", text, KC_FILTER_BOOKING, reading->query);
    else if (strcmp(name, "room") == 0)
        good = take_value(request, "room", text, KC_FILTER_ROOM, reading->query);
    else if (strcmp(name, "filter") == 0)
        good = take_filter(request, text, reading->query);
    else
        good = refuse(request, "", "The query knows booking, room, filter and limit only.");
    reading->failed = !good;
    return good ? MHD_YES : MHD_NO;
}

static void list(struct request *request, int32_t (*start)(kc_site *, int32_t, const char *, int32_t, kc_op **),
                 track_end *show)
{
    struct query query = {.limit = 0};
    struct query_reading reading = {.request = request, .query = &query};
    kc_op *op = NULL;
    (void)MHD_get_connection_values(request->web.connection, MHD_GET_ARGUMENT_KIND, take_argument, &reading);
    if (reading.failed)
        return;
    if (query.filter == 0)
        query.filter = KC_FILTER_ALL;
    const int32_t status = start(request->service->property.site, query.filter,
                                 query.value[0] != '\0' ? query.value : NULL, query.limit, &op);
    if (status == KC_OK)
        track_ask(request, op, show, 0);
    else
        answer_failure(request, status, NULL);
}

void ask_keys(struct request *request)
{
    list(request, kc_list_keys, show_keys);
}

void ask_operations(struct request *request)
{
    list(request, kc_list_ops, show_operations);
}
