/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection (or the pseudo-terminal): reading, and a queue of what is to be sent, with pauses and a drop in it. */
#ifndef KEYCARD_SIMULATOR_CONNECTION_H
#define KEYCARD_SIMULATOR_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct segment;

struct connection {
    struct connection *next;
    struct server *server;
    uint64_t id; /* never used twice */
    int fd;
    bool terminal; /* a pseudo-terminal: cannot be closed by this side, has no end */
    bool closing;  /* a drop is in the queue; what arrives from here on is not read */
    bool dead;     /* to be freed by the server */
    bool blocked;  /* the last write did not fit */
    bool deaf;     /* a device that is hung: what it is sent is lost */
    int64_t pause; /* no reading before this time: nobody has the other end of the terminal open */
    struct segment *first, *last;
    size_t queued; /* bytes */
    int64_t due;   /* when the next byte of a slow segment may leave */
    void *session;
};

/* Takes the descriptor. NULL when memory is used up; the descriptor is closed then. */
struct connection *connection_new(struct server *server, int fd, bool terminal);
void connection_free(struct connection *connection);

bool connection_is_closing(const struct connection *connection);
/* Queues bytes; with gap_ms 0 or more they leave one by one, so far apart; with -1 in one piece. */
void connection_send(struct connection *connection, const uint8_t *bytes, size_t count, int64_t gap_ms);
/* Closes it when all that is queued was sent. A terminal stays open. */
void connection_drop(struct connection *connection);
/* Sends what is due. */
void connection_flush(struct connection *connection, int64_t now);
/* When connection_flush() has something to do again, apart from becoming writable; INT64_MAX: never. */
int64_t connection_next_time(const struct connection *connection);
/* Reads once and gives the bytes to the protocol. */
void connection_read(struct connection *connection, int64_t now);

#endif
