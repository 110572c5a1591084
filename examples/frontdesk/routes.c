/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which function answers which path. */
#include "api.h"

#include <string.h>

struct route {
    const char *method, *first, *third; /* /api/FIRST, /api/FIRST/anything, /api/FIRST/anything/THIRD */
    bool second;
    void (*answer)(struct request *);
};

static const struct route routes[] = {
    {"GET", "session", NULL, false, api_session},     {"POST", "logout", NULL, false, api_logout},
    {"POST", "station", NULL, false, api_station},    {"GET", "bookings", NULL, false, api_bookings},
    {"GET", "bookings", NULL, true, api_booking},     {"PUT", "bookings", NULL, true, api_change_booking},
    {"POST", "bookings", "keys", true, api_make_key}, {"GET", "systems", NULL, false, api_systems},
    {"POST", "discover", NULL, false, api_discover},  {"GET", "unresolved", NULL, false, api_unresolved},
    {"POST", "operations", "retry", true, api_retry}, {"POST", "operations", "resolve", true, api_resolve},
    {"POST", "jobs", "cancel", true, api_cancel},     {"POST", "jobs", "answer", true, api_answer},
    {"GET", "devices", NULL, false, api_devices},     {"POST", "identify", NULL, false, api_identify},
    {"GET", "events", NULL, false, api_events},
};
enum { COUNT = sizeof routes / sizeof *routes };

static void answer_missing(struct request *request)
{
    answer_error(request, MHD_HTTP_NOT_FOUND, "not-found", "There is nothing under this address.");
}

static void answer_asset(struct request *request, int index)
{
    const struct asset *asset = assets_get(index);
    const struct assets *assets = &request->desk->assets;
    if (strcmp(request->web.method, "GET") != 0) {
        answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "Only GET is possible here.");
        web_answer_header(&request->web, "Allow", "GET");
        return;
    }
    if (!asset->open && request->session == NULL) {
        request->web.status = MHD_HTTP_SEE_OTHER;
        request->web.response = web_response(&request->desk->web, 0, NULL, MHD_RESPMEM_PERSISTENT, "text/plain");
        web_answer_header(&request->web, "Location", "/login");
        return;
    }
    request->web.status = MHD_HTTP_OK;
    request->web.response = web_response(&request->desk->web, assets->sizes[index], assets->contents[index],
                                         MHD_RESPMEM_PERSISTENT, asset->type);
}

static void answer_api(struct request *request)
{
    bool known = false;
    if (!web_split_path(&request->web, "/api/", request->parts)) {
        answer_missing(request);
        return;
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (!web_path_is(request->parts, routes[i].first, routes[i].second, routes[i].third))
            continue;
        known = true;
        if (strcmp(routes[i].method, request->web.method) != 0)
            continue;
        if (request->session == NULL)
            answer_error(request, MHD_HTTP_UNAUTHORIZED, "session", "Nobody is logged in.");
        else if (strcmp(request->web.method, "GET") == 0 || (guard_origin(request) && guard_proof(request)))
            routes[i].answer(request);
        return;
    }
    if (known)
        answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "This method is not possible here.");
    else
        answer_missing(request);
}

void route(struct request *request)
{
    struct desk *desk = request->desk;
    const int index = assets_find(request->web.path);
    struct MHD_Connection *connection = request->web.connection;
    request->session = logins_find(&desk->logins,
                                   MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, COOKIE_SESSION));
    const char *station = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, COOKIE_STATION);
    request->station = station != NULL ? desk_station(desk, station) : NULL;
    if (request->session != NULL)
        request->user = strdup(request->session->user);
    if (desk->closing) { /* nobody would come to end a wait that begins now */
        answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "closing", "The front desk is being closed.");
        return;
    }
    if (!guard_host(request))
        return;
    if (request->web.body_too_large)
        answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "too-large", "The request is too large.");
    else if (index >= 0)
        answer_asset(request, index);
    else if (strcmp(request->web.path, "/api/login") == 0 && strcmp(request->web.method, "POST") == 0) {
        if (guard_origin(request))
            api_login(request);
    } else if (strncmp(request->web.path, "/api/", 5) == 0)
        answer_api(request);
    else
        answer_missing(request);
}
