/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which function answers which path, and who may ask. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"

struct route {
    const char *method, *first, *third; /* /v1/FIRST, /v1/FIRST/anything, /v1/FIRST/anything/THIRD */
    bool second;
    void (*answer)(struct request *);
};

static const struct route routes[] = {
    {"GET", "site", NULL, false, ask_site},
    {"GET", "systems", NULL, false, ask_systems},
    {"GET", "encoders", NULL, false, ask_encoders},
    {"GET", "devices", NULL, false, ask_devices},
    {"POST", "devices", NULL, true, ask_identify},
    {"GET", "drivers", NULL, false, ask_drivers},
    {"GET", "keys", NULL, false, ask_keys},
    {"GET", "operations", NULL, false, ask_operations},
    {"POST", "operations", NULL, false, ask_start},
    {"GET", "operations", NULL, true, ask_operation},
    {"POST", "operations", "cancel", true, ask_cancel},
    {"POST", "operations", "answer", true, ask_answer},
    {"POST", "operations", "retry", true, ask_retry},
    {"POST", "operations", "resolve", true, ask_resolve},
    {"GET", "events", NULL, false, ask_events},
};
enum { COUNT = sizeof routes / sizeof *routes };

/* A page of another site that makes a browser ask cannot send this type, nor the token, without permission. */
static bool check_type(struct request *request)
{
    static const char json[] = "application/json";
    const char *type = web_header(&request->web, "Content-Type");
    const size_t length = sizeof json - 1;
    if (request->web.body_size == 0)
        return true;
    if (type != NULL && strncasecmp(type, json, length) == 0 &&
        (type[length] == '\0' || type[length] == ';' || type[length] == ' '))
        return true;
    answer_problem(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media-type", "", "The body must be application/json.");
    return false;
}

static bool check_token(struct request *request)
{
    const char *authorization = web_header(&request->web, "Authorization");
    if (token_find(&request->service->settings, authorization, &request->holder))
        return true;
    answer_problem(request, MHD_HTTP_UNAUTHORIZED, "token", "",
                   "The header \"Authorization: Bearer TOKEN\" is missing, or its token is not known here.");
    web_answer_header(&request->web, "WWW-Authenticate", "Bearer realm=\"keycard\"");
    return false;
}

static void answer_route(struct request *request, const struct route *route)
{
    const bool changes = strcmp(route->method, "POST") == 0;
    if (changes && request->holder.read_only)
        answer_problem(request, MHD_HTTP_FORBIDDEN, "read-only", "", "This token may only read.");
    else if (!changes || check_type(request))
        route->answer(request);
}

static void answer_path(struct request *request)
{
    const char *allow = NULL;
    const bool below = web_split_path(&request->web, "/v1/", request->parts);
    for (size_t i = 0; below && i < COUNT; i++) {
        if (!web_path_is(request->parts, routes[i].first, routes[i].second, routes[i].third))
            continue;
        if (strcmp(routes[i].method, request->web.method) == 0) {
            answer_route(request, &routes[i]);
            return;
        }
        allow = allow == NULL ? routes[i].method : "GET, POST";
    }
    if (allow != NULL) {
        answer_problem(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "", "This method is not possible here.");
        web_answer_header(&request->web, "Allow", allow);
    } else {
        answer_problem(request, MHD_HTTP_NOT_FOUND, "path", "",
                       "There is nothing under this address; GET /openapi.json describes what there is.");
    }
}

void route(struct request *request)
{
    const bool get = strcmp(request->web.method, "GET") == 0;
    if (request->service->closing) /* nobody would come to end a wait that begins now */
        answer_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "closing", "", "The service is being stopped.");
    else if (get && strcmp(request->web.path, "/openapi.json") == 0)
        ask_description(request);
    else if (get && strcmp(request->web.path, "/health") == 0)
        answer_json(request, MHD_HTTP_OK, json_pack("{ss}", "status", "pass"));
    else if (!check_token(request))
        return;
    else if (request->web.body_too_large)
        answer_problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "too-large", "", "The body is larger than 64 KiB.");
    else
        answer_path(request);
}
