/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP and HTTPS for the simulators of services (libmicrohttpd), in the simulator's own thread and under its mutex:
 * whole calls in, whole answers out, now or later, and the ways in which an answer can go wrong. */
#ifndef KEYCARD_SIMULATOR_WEB_H
#define KEYCARD_SIMULATOR_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulator.h"

struct server;
struct web_server;

/* A call that came whole. Valid while it is being handed over; its id for ever. */
struct web_call {
    struct server *server;
    uint64_t id; /* never used twice */
    const char *method, *path;
    const char *host, *content_type, *soap_action; /* of the header; NULL: not there */
    bool secure;                                   /* HTTPS */
    bool wants_description;                        /* "?WSDL" */
    const uint8_t *body;
    size_t body_size;
};

struct web_reply {
    unsigned status;
    const char *content_type; /* a static string */
    int64_t gap_ms;           /* 0 or more: the body leaves byte by byte, so far apart; -1: at once */
    int64_t drop_at;          /* the connection is closed after so many bytes of the body; -1: it is not */
};

/* Serves on the listening socket, which it takes. NULL with a message for people. */
struct web_server *web_open(struct server *server, int listener, const struct simulator_options *options,
                            char message[SIMULATOR_MESSAGE_SIZE]);
/* With calls pending, too. Takes NULL. */
void web_close(struct web_server *http);

/* For poll(): something came when it is readable. */
int web_descriptor(const struct web_server *http);
/* Does what is due; calls protocol->asked() for each call that came whole. */
void web_run(struct web_server *http);
/* When web_run() has something to do again; INT64_MAX: when the descriptor is readable. */
int64_t web_next_time(const struct web_server *http);
/* From any thread, with the server's mutex held: closes every connection in the next web_run(). */
void web_drop_all(struct web_server *http);

/* Answers a call, copying the body. One that is gone or has its answer already is left alone. */
void web_answer(struct web_server *http, uint64_t id, const struct web_reply *reply, const void *body, size_t size);
/* The same with a page of HTML as the web server itself makes it. */
void web_answer_page(struct web_server *http, uint64_t id, const struct web_reply *reply);
/* Closes the connection of a call that has no answer yet. */
void web_drop(struct web_server *http, uint64_t id);

/* Whatever the case of the letters, as in names of HTTP. */
bool web_same(const char *a, const char *b);
/* What follows in the text if it starts so; else NULL. */
const char *web_behind(const char *text, const char *start);

#endif
