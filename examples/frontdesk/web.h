/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request of a browser, and the answers of the front desk. */
#ifndef FRONTDESK_WEB_H
#define FRONTDESK_WEB_H

#include "../common/web.h"
#include "desk.h"

enum { LARGEST_BODY = 16 * 1024 };

struct request {
    struct web_request web; /* comes first */
    struct desk *desk;
    const char *parts[WEB_PATH_PARTS]; /* what stands between the slashes behind /api/, NULL behind the last */
    struct session *session;           /* valid only while a request is being handled */
    struct station *station;           /* of the cookie, or NULL */
    char *user;                        /* who asks; kept while the request waits */
};

bool desk_listen(struct desk *desk, const char *listen, bool allow_remote);

/* Each sets the answer; `body` is taken over. A request that waits goes on. */
void answer_json(struct request *request, unsigned status, json_t *body);
/* {"error": {"code": ..., "message": ...}}; the browser knows a text for each code. */
void answer_error(struct request *request, unsigned status, const char *code, const char *message);
/* Sets a cookie that scripts cannot read and other sites cannot send. Seconds 0 takes it away, -1 keeps it as long as
 * the browser runs. */
void answer_cookie(struct request *request, const char *name, const char *value, long seconds);

/* Finds who is to answer; routes.c. */
void route(struct request *request);
/* Whether the request comes from a page of this server; guard.c. Answers if not. */
bool guard_host(struct request *request);
bool guard_origin(struct request *request);
bool guard_proof(struct request *request);

#define COOKIE_SESSION "frontdesk-session"
#define COOKIE_STATION "frontdesk-station"

#endif
