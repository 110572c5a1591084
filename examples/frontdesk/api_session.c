/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logging in and out, and the station. */
#include "api.h"
#include "fields.h"
#include "stream.h"

#include <string.h>

enum { STATION_SECONDS = 365 * 24 * 3600 };

void api_login(struct request *request)
{
    static const char *const names[] = {"user", "password", NULL};
    struct fields fields;
    struct session *session = NULL;
    if (!fields_open(&fields, request, names))
        return;
    const char *user = fields_needed(&fields, "user", 100), *password = fields_needed(&fields, "password", 200);
    if (!fields_check(&fields))
        return;
    switch (logins_begin(&request->desk->logins, user, password, &session)) {
    case LOGIN_DONE:
        answer_json(request, MHD_HTTP_OK, json_pack("{ss}", "user", session->user));
        answer_cookie(request, COOKIE_SESSION, session->token, -1);
        break;
    case LOGIN_TOO_MANY:
        answer_error(request, MHD_HTTP_TOO_MANY_REQUESTS, "login-many", "Too many attempts; wait a minute.");
        break;
    case LOGIN_WRONG:
        answer_error(request, MHD_HTTP_UNAUTHORIZED, "login-wrong", "User or password is wrong.");
        break;
    default:
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
        break;
    }
    fields_close(&fields);
}

void api_logout(struct request *request)
{
    stream_end(request->desk, request->session);
    logins_end(&request->desk->logins, request->session);
    request->session = NULL;
    answer_json(request, MHD_HTTP_OK, json_object());
    answer_cookie(request, COOKIE_SESSION, "", 0);
}

void api_session(struct request *request)
{
    const struct desk *desk = request->desk;
    json_t *stations = json_array();
    for (size_t i = 0; i < desk->station_count; i++)
        (void)json_array_append_new(stations, json_string(desk->stations[i].name));
    answer_json(request, MHD_HTTP_OK,
                json_pack("{ss ss ss so s{ss ss ss ss} sO}", "user", request->session->user, "proof",
                          request->session->proof, "station", request->station != NULL ? request->station->name : "",
                          "stations", stations, "site", "name", kc_site_get_name(desk->site), "timeZone",
                          settings_value(&desk->settings, "time-zone", "UTC"), "checkIn",
                          settings_value(&desk->settings, "check-in", "15:00"), "checkOut",
                          settings_value(&desk->settings, "check-out", "11:00"), "areas", desk->hotel.areas));
}

void api_station(struct request *request)
{
    static const char *const names[] = {"station", NULL};
    struct fields fields;
    if (!fields_open(&fields, request, names))
        return;
    const struct station *station = desk_station(request->desk, fields_needed(&fields, "station", 100));
    if (station == NULL)
        fields_fault(&fields, "station", "station", "The hotel has no such station.");
    if (!fields_check(&fields))
        return;
    answer_json(request, MHD_HTTP_OK, json_pack("{ss}", "station", station->name));
    answer_cookie(request, COOKIE_STATION, station->name, STATION_SECONDS);
    fields_close(&fields);
}
