/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A web server that answers as badly as a test wants: what it sends, byte by byte, is the test's. It reads each request
 * whole, keeps what it read, and asks the test's function what to do. A thread for each connection. */
#ifndef KEYCARD_TORTURE_HOSTILE_SERVER_H
#define KEYCARD_TORTURE_HOSTILE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostile_server;

/* A request that came whole. */
struct hostile_call {
    struct hostile_server *server;
    void *connection;
    size_t number;       /* of the request, from 1 */
    const char *head;    /* to the blank line */
    const char *body;    /* ends with NUL */
    char operation[100]; /* "CreateNewBooking", or "" */
};

/* Answers, in the thread of the connection. Returns whether the connection stays open. */
typedef bool (*hostile_play)(const struct hostile_call *call, const void *what);

/* With a folder of certificates.sh: TLS, with NAME.pem and NAME.key. */
struct hostile_server *hostile_start(const char *folder, const char *name);
/* Closes every connection. */
void hostile_stop(struct hostile_server *server);
int hostile_port(const struct hostile_server *server);
/* What is done with each request from now on. `what` lives longer than the server uses it. */
void hostile_set(struct hostile_server *server, hostile_play play, const void *what);
size_t hostile_requests(struct hostile_server *server);
size_t hostile_connections(struct hostile_server *server);
/* Waits until so many requests came in all. */
void hostile_wait_requests(struct hostile_server *server, size_t count);
/* The body of the last request; to be freed. */
char *hostile_last_body(struct hostile_server *server);
/* Ends every connection now, with a reset. */
void hostile_cut_all(struct hostile_server *server);

/* For the functions that answer. False: nobody takes it any more. */
bool hostile_send(const struct hostile_call *call, const void *bytes, size_t count);
bool hostile_say(const struct hostile_call *call, const char *text);
/* A whole answer of HTTP; `status` as "200 OK"; `more`: further header lines, each with its end, or "". */
bool hostile_reply(const struct hostile_call *call, const char *status, const char *type, const char *more,
                   const void *body, size_t size);
/* Sleeps until the server stops or so long; false: it stops. */
bool hostile_pause(const struct hostile_call *call, int milliseconds);
/* What the lock system says when all went well, for the operation of the call; to be freed. */
char *hostile_success(const struct hostile_call *call);

/* Answers with success and keeps the connection; `what` is not used. */
bool hostile_good(const struct hostile_call *call, const void *what);

#endif
