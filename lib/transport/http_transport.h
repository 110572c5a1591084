/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the HTTP transport share: the transport, its exchanges, and who does what.
 *
 * http.c          the table, and libcurl's sockets and timer in the loop
 * http_exchange.c the life of one request and its reply
 * http_prepare.c  the options of libcurl's handles
 * http_explain.c  what went wrong, for people
 * http_options.c  the URI and the options of the link */
#ifndef KEYCARD_TRANSPORT_HTTP_TRANSPORT_H
#define KEYCARD_TRANSPORT_HTTP_TRANSPORT_H

#include "external/curl_calls.h"
#include "transport.h"
#include "transport/http_options.h"
#include "transport/resolve.h"
#include "util/arena.h"
#include "util/buf.h"

/* Of header lines of one reply, in all. */
#define HTTP_HEADER_MAX ((size_t)64 * 1024)
/* How long an unused connection is kept, and the addresses of a name. */
#define HTTP_IDLE_S 60

enum http_phase {
    HTTP_RESOLVING,  /* the name is looked up */
    HTTP_CONNECTING, /* libcurl has it: TCP, proxy, TLS, or a kept connection */
    HTTP_WAITING,    /* the request is on its way; nothing came yet */
    HTTP_RECEIVING,  /* the reply has begun */
    HTTP_ENDED       /* libcurl has it no more; to be told */
};

/* Why an exchange was ended by this side. */
enum http_stop {
    HTTP_NOT_STOPPED,
    HTTP_TOO_LATE,       /* the time of the phase in which it was is over */
    HTTP_TOO_LONG,       /* the reply is larger than the limit */
    HTTP_HEADER_LONG,    /* its header is */
    HTTP_DEAD,           /* a kept connection was found dead before anything was sent: goes on with a new one */
    HTTP_TWICE,          /* it would have been sent a second time */
    HTTP_NO_MEMORY,      /* for the reply, or the handle */
    HTTP_NO_SOCKET,      /* the system gives no more of them */
    HTTP_NO_WATCH,       /* the loop takes no more descriptors */
    HTTP_UNKNOWN_HOST,   /* the name could not be looked up: `text` */
    HTTP_CANNOT_RESOLVE, /* the look-up could not even be started: `text` */
    HTTP_NOT_TAKEN       /* libcurl did not take it: `text` */
};

struct http;

/* One exchange, with a prepared handle of libcurl; used again for later ones. */
struct transport_exchange {
    struct http *http;
    struct transport_exchange *next, *previous; /* of http->active or, only next, of http->spare */
    CURL *easy;
    void *tag;
    enum http_phase phase, stopped_in;
    enum http_stop stop;
    CURLcode result;
    bool added; /* to the multi handle */
    bool repeatable, left;
    bool fresh;         /* by a connection of its own, not a kept one */
    bool interim;       /* what comes is the header of an answer 1xx */
    bool located;       /* a header line began with Location */
    bool header_done;   /* the blank line after the header of the final reply came */
    uint64_t addresses; /* which list of addresses the handle has */
    int64_t answer_ms;
    struct loop_timer timer;
    size_t header_size;
    struct buf url, body, reply;
    struct buf head, composed; /* of the request, and what the handle is set up for: method, path and fields */
    CURLU *parsed;             /* the URL */
    struct curl_slist *fields;
    struct curl_slist *resolved; /* the addresses, as libcurl wants them */
    int shortage;                /* errno of HTTP_NO_SOCKET */
    char text[CURL_ERROR_SIZE];  /* libcurl's, or the reason of a stop */
};

/* A descriptor of libcurl in the loop. */
struct http_socket {
    struct loop_watch watch;
    struct http *http;
    struct http_socket *next;
    int port;    /* of this side; 0: not looked at yet */
    bool unused; /* libcurl does not wait for it at present */
};

struct http {
    struct transport transport;
    struct loop *loop;
    struct transport_events events;
    void *user;
    struct arena arena;
    struct http_options options;
    CURLM *multi;
    struct loop_timer timer; /* libcurl's; always set, so that setting it cannot fail */
    struct loop_task task;   /* tells `connected`, and of exchanges that ended outside of the loop */
    bool announced;          /* `connected` was called */
    bool starved;            /* a socket could not be watched */
    struct http_socket *sockets;
    struct transport_exchange *active; /* oldest first */
    struct transport_exchange *last;
    struct transport_exchange *spare;
    size_t spare_count;
    bool *gone; /* set when the transport is freed inside a callback */

    struct resolve *resolve;   /* the look-up that runs, or NULL */
    struct resolve_list *list; /* what the last one found */
    uint64_t list_number;      /* counts lists; 0: none yet, or none is needed */
    int64_t list_time;
    bool numeric; /* no name to look up */
};

/* ---- http.c */
/* Called by libcurl: with the exchange that needs a connection, and with the transport. */
curl_socket_t http_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address);
int http_close_socket(void *user, curl_socket_t fd);
/* Whether the other side has ended the connection with this port of ours, or talks on it without being asked. */
bool http_is_dead(const struct transport_exchange *exchange, int local_port);

/* ---- http_exchange.c */
int32_t http_ask(struct transport *transport, const struct http_request *request, void *tag,
                 struct transport_exchange **exchange, struct kc_error *error);
void http_drop(struct transport *transport, struct transport_exchange *exchange);
/* Takes what libcurl has finished and tells of all that has ended. Only from the loop, as the last thing: the transport
 * may be gone afterwards. */
void http_deliver(struct http *http);
/* Takes an exchange from libcurl; it is told of by the next http_deliver(). */
void http_stop(struct transport_exchange *exchange, enum http_stop stop, const char *text);
/* Frees all exchanges. */
void http_free_exchanges(struct http *http);

/* ---- http_prepare.c */
/* Options that all requests of the link share. KC_OK or KC_ERROR_NO_MEMORY. */
int32_t http_prepare(struct transport_exchange *exchange);
/* Those of one request, which is checked first. */
int32_t http_compose(struct transport_exchange *exchange, const struct http_request *request, struct kc_error *error);
/* Gives the handle the addresses of the host. */
int32_t http_set_addresses(struct transport_exchange *exchange);

/* Called by libcurl. */
int http_on_send(void *user, char *remote, char *local, int remote_port, int local_port);
size_t http_on_header(char *bytes, size_t size, size_t count, void *user);
size_t http_on_body(char *bytes, size_t size, size_t count, void *user);

/* ---- http_explain.c */
/* The error of an exchange that has ended without a reply. */
void http_explain(const struct transport_exchange *exchange, struct kc_error *error);

#endif
