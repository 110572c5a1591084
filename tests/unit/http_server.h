/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A well-behaved HTTP server for tests, in a thread of its own (libmicrohttpd). */
#ifndef KEYCARD_TESTS_HTTP_SERVER_H
#define KEYCARD_TESTS_HTTP_SERVER_H

#include <pthread.h>
#include <stddef.h>

#define HTTP_SERVER_MAX 32

/* What came. */
struct http_seen {
    char method[16], path[200], query[200], body[400];
    char authorization[200], token[100], content_type[100], action[100], expect[40], user_agent[40];
    int has_action;
    int client_port; /* tells connections apart */
};

struct http_server {
    struct MHD_Daemon *daemon;
    int port;
    pthread_mutex_t mutex;
    int together, present; /* replies wait until so many requests are there at once */
    pthread_cond_t all_present;
    size_t count;
    struct http_seen seen[HTTP_SERVER_MAX];
};

/* Answers "/empty" with nothing, "/chunked" in pieces of unknown length, "/moved" with a redirect to itself, "/large"
 * with 100 MB, else with "method path body" as text/plain. */
void http_server_start(struct http_server *server, int together);
void http_server_stop(struct http_server *server);

#endif
