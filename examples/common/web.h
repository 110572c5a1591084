/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An HTTP server that runs in the program's own loop, on libmicrohttpd: one request from its first byte to its answer.
 * Nothing here is ever called from another thread. */
#ifndef EXAMPLES_WEB_H
#define EXAMPLES_WEB_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A program's own request begins with this. */
struct web_request {
    struct web *web;
    struct MHD_Connection *connection;
    const char *method; /* "" if the program takes none such */
    char *path;         /* as it came: no escape is resolved */
    char *body;
    size_t body_size, body_ignored;
    bool body_too_large;
    bool handled, waiting, suspended;
    struct MHD_Response *response;
    unsigned status;
};

struct web_options {
    const char *program;                   /* what complaints on standard error begin with */
    const char *listen;                    /* HOST:PORT with a numeric address, or localhost */
    bool allow_remote;                     /* else only a loopback address is listened on */
    const char *remote_advice;             /* what others need who can reach it */
    const char *certificate, *private_key; /* PEM; both or none */
    const char *const *methods;            /* ends with NULL */
    const char *const (*headers)[2];       /* name and value, with every answer; ends with NULL */
    size_t request_size;                   /* of the program's own request */
    size_t largest_body;
    /* A whole request is there, zeroed behind its beginning: answer it, or let it wait. */
    void (*handle)(struct web_request *request);
    /* The exchange is over, however it ended: free what the program added. */
    void (*release)(struct web_request *request);
};

struct web {
    struct web_options options;
    struct MHD_Daemon *daemon;
    int listener, epoll;  /* what is waited for: the port, and libmicrohttpd's own */
    int64_t listen_again; /* milliseconds of the monotonic clock; 0: somebody may come in */
    bool complained;      /* that nobody can; until all who waited are in */
};

/* False after a complaint. What the options point at must live as long as the server. */
bool web_open(struct web *web, const struct web_options *options);
/* Whether it would listen there; false after a complaint. */
bool web_check(const struct web_options *options);
void web_close(struct web *web);
/* The port that is listened on. */
unsigned web_port(const struct web *web);
/* Readable when web_run() has something to do. */
int web_descriptor(const struct web *web);
/* How long the loop may sleep: at most `most` milliseconds. */
int web_patience(const struct web *web, int most);
void web_run(struct web *web);
/* Gives the last answers time to leave, up to a second; every request that still comes must be answered at once. */
void web_drain(struct web *web);

/* Sets the answer; `body` is taken over. A request that waits goes on. */
void web_answer_json(struct web_request *request, unsigned status, const char *type, json_t *body);
/* The answer comes later, by web_answer_json(). */
void web_wait(struct web_request *request);
/* Adds a header to the answer. */
void web_answer_header(struct web_request *request, const char *name, const char *value);
/* A response with the headers that all have. */
struct MHD_Response *web_response(const struct web *web, size_t size, void *content, enum MHD_ResponseMemoryMode mode,
                                  const char *type);
void web_add_headers(const struct web *web, struct MHD_Response *response, const char *type);
enum { WEB_PATH_PARTS = 4 };
/* What stands between the slashes of the path behind `root`, NULL behind the last; in place. False if the path does not
 * begin so, has too many parts, or an empty one. */
bool web_split_path(struct web_request *request, const char *root, const char *parts[WEB_PATH_PARTS]);
/* Whether the parts are FIRST, FIRST/anything (`second`), or FIRST/anything/THIRD. */
bool web_path_is(const char *const parts[WEB_PATH_PARTS], const char *first, bool second, const char *third);
/* A header of the request, or NULL. */
const char *web_header(const struct web_request *request, const char *name);

#endif
