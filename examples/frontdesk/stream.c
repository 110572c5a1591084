/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What browsers are told without asking. */
#include "stream.h"
#include "../common/describe.h"
#include "api.h"
#include "jobs.h"

void stream_publish(struct desk *desk, const char *event, json_t *data)
{
    streams_publish(&desk->streams, event, data);
}

static bool is_logged_in(const void *data, const char *token)
{
    return logins_alive(data, token);
}

void stream_beat(struct desk *desk)
{
    streams_beat(&desk->streams, is_logged_in, &desk->logins);
}

void stream_end(struct desk *desk, const struct session *session)
{
    streams_end(&desk->streams, session != NULL ? session->token : NULL);
}

void api_events(struct request *request)
{
    struct desk *desk = request->desk;
    json_t *picture = json_pack("{so so so}", "jobs", jobs_describe(desk), "systems", systems_describe(desk), "devices",
                                describe_devices(desk->context));
    if (!stream_open(&desk->streams, &request->web, request->session->token, "picture", picture))
        answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "streams", "Too many pages are open.");
}
