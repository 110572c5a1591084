/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP: one request from its first byte to its answer. libmicrohttpd runs in the program's own loop, so nothing here is
 * ever called from another thread. */
#ifndef FRONTDESK_WEB_H
#define FRONTDESK_WEB_H

#include "desk.h"

enum { LARGEST_BODY = 16 * 1024, PATH_PARTS = 4 };

struct request {
    struct desk *desk;
    struct MHD_Connection *connection;
    const char *method;
    char *path;
    const char *parts[PATH_PARTS]; /* what stands between the slashes behind /api/, NULL behind the last */
    char *body;
    size_t body_size, body_ignored;
    bool body_too_large;
    struct session *session; /* valid only while a request is being handled */
    struct station *station; /* of the cookie, or NULL */
    char *user;              /* who asks; kept while the request waits */
    bool handled, waiting, suspended;
    struct MHD_Response *response;
    unsigned status;
};

bool web_open(struct desk *desk, const char *listen, bool allow_remote);
void web_close(struct desk *desk);
/* The port that is listened on. */
unsigned web_port(const struct desk *desk);

/* Each sets the answer; `body` is taken over. A request that waits goes on. */
void answer_json(struct request *request, unsigned status, json_t *body);
/* {"error": {"code": ..., "message": ...}}; the browser knows a text for each code. */
void answer_error(struct request *request, unsigned status, const char *code, const char *message);
/* Adds a header to the answer. */
void answer_header(struct request *request, const char *name, const char *value);
/* The answer comes later: job.h. */
void request_wait(struct request *request);
/* A response with the headers that all have. */
struct MHD_Response *web_response(size_t size, void *content, enum MHD_ResponseMemoryMode mode, const char *type);
void web_add_headers(struct MHD_Response *response, const char *type);
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
