/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulator as a process sees it: listens or has a pseudo-terminal, keeps connections, runs until told to stop.
 * Behind simulator.h, which is the interface for everyone else but the program keycard-sim. */
#ifndef KEYCARD_SIMULATOR_SERVER_H
#define KEYCARD_SIMULATOR_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "lock_server.h"
#include "open_key/open_key.h"
#include "protocol.h"
#include "simulator.h"

struct connection;
struct exchange;
struct web_server;
struct journal;

/* What a service over HTTP looks at. */
struct service_settings {
    char path[256];
    char user[128], password[128]; /* "": everyone */
    char (*no_phones)[LOCK_NAME_SIZE];
    size_t no_phone_count;
    int copies_at_most;
};

struct server {
    const struct protocol *protocol;
    char address[128];
    uint16_t port;
    int wake;               /* eventfd: something changed that the thread in poll() must see */
    pthread_mutex_t mutex;  /* guards all below; not held in poll() */
    pthread_cond_t changed; /* a counter changed */
    bool stopping;
    char failure[256]; /* why it cannot go on; "" while all is well */
    int64_t now;       /* monotonic milliseconds, read once a round */

    struct web_server *http; /* NULL for streams */
    struct service_settings service;

    int listener;           /* -1 with a pseudo-terminal or HTTP */
    int64_t listener_pause; /* no accept() before this time: out of descriptors */
    char *dial;             /* instead of a listener: where to dial in; NULL */
    int64_t dial_due;       /* not before this time */
    size_t profile;         /* index in protocol->profiles */
    void *world;            /* of the protocol, for all connections; NULL: none */
    char cards[256];        /* folder for cards that were written; "": none */
    struct connection *connections;
    uint64_t last_connection; /* the last id given */

    /* Of a device: the tracks of the card in the hand, kept in a file if there is one, and the secret of open keys. */
    char card[3][LOCK_TEXT_SIZE];
    char *card_file;
    struct open_key_site site;

    struct lock_server *lock;
    struct journal *journal;
    struct fault_list faults;
    int64_t hand_ms;
    struct exchange *exchanges;     /* that wait for something */
    uint64_t requests;              /* numbers given */
    int64_t naks_given, busy_given; /* to the next request */
    struct fault_plan last_plan;    /* of the last request, for what follows it */
    int64_t last_sent, reads;       /* bytes sent for it; swipes that read its card back */
    size_t counters[SIMULATOR_COUNTER_COUNT];
};

/* NULL with a message for people. */
struct server *server_new(const struct simulator_options *options, char message[SIMULATOR_MESSAGE_SIZE]);
void server_free(struct server *server);
/* Runs until server_stop() or until `stop_fd` (-1: none) is readable. Returns false if something broke: see failure. */
bool server_run(struct server *server, int stop_fd);
/* Any thread. */
void server_stop(struct server *server);
/* With the mutex held: makes the thread in poll() look again. */
void server_wake(struct server *server);

/* With the mutex held. */
void server_count(struct server *server, enum simulator_counter counter);
void server_uncount(struct server *server, enum simulator_counter counter);
/* Any thread: false with a message for people if the fault is not for this protocol. */
bool server_takes_fault(const struct server *server, const struct fault *fault, char message[SIMULATOR_MESSAGE_SIZE]);
struct connection *server_connection(struct server *server, uint64_t id);

#endif
