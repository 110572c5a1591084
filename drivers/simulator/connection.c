/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading from and writing to one descriptor. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

enum { QUEUE_BOUND = 1 << 20, TERMINAL_PAUSE_MS = 20 };

struct segment {
    struct segment *next;
    int64_t gap_ms;
    bool drop; /* not bytes, but the end of the connection */
    size_t sent, length;
    uint8_t bytes[];
};

struct connection *connection_new(struct server *server, int fd, bool terminal)
{
    struct connection *connection = calloc(1, sizeof *connection);
    void *session = calloc(1, server->protocol->session_size);
    if (connection == NULL || session == NULL) {
        free(connection);
        free(session);
        close(fd);
        return NULL;
    }
    connection->server = server;
    connection->fd = fd;
    connection->terminal = terminal;
    connection->session = session;
    server->protocol->session_open(session);
    return connection;
}

static void forget_queue(struct connection *connection)
{
    while (connection->first != NULL) {
        struct segment *segment = connection->first;
        connection->first = segment->next;
        free(segment);
    }
    connection->last = NULL;
    connection->queued = 0;
    connection->blocked = false;
}

void connection_free(struct connection *connection)
{
    forget_queue(connection);
    connection->server->protocol->session_close(connection->session);
    free(connection->session);
    close(connection->fd);
    free(connection);
}

bool connection_is_closing(const struct connection *connection)
{
    return connection->closing || connection->dead;
}

/* Nobody reads, or memory is used up: a socket is given up, a terminal loses the bytes as a cable does. */
static void overflow(struct connection *connection)
{
    if (connection->terminal) {
        forget_queue(connection);
    } else {
        connection->dead = true;
    }
}

static void append(struct connection *connection, const uint8_t *bytes, size_t count, int64_t gap_ms, bool drop)
{
    if (connection_is_closing(connection)) {
        return;
    }
    struct segment *segment = NULL;
    if (count <= QUEUE_BOUND - connection->queued) {
        segment = calloc(1, sizeof *segment + count);
    }
    if (segment == NULL) {
        overflow(connection);
        return;
    }
    segment->gap_ms = gap_ms;
    segment->drop = drop;
    segment->length = count;
    if (count > 0) {
        memcpy(segment->bytes, bytes, count);
    }
    if (connection->last != NULL) {
        connection->last->next = segment;
    } else {
        connection->first = segment;
    }
    connection->last = segment;
    connection->queued += count;
}

void connection_send(struct connection *connection, const uint8_t *bytes, size_t count, int64_t gap_ms)
{
    if (count > 0) {
        append(connection, bytes, count, gap_ms, false);
    }
}

void connection_drop(struct connection *connection)
{
    if (connection->terminal) {
        return;
    }
    append(connection, NULL, 0, -1, true);
    connection->closing = true;
}

/* Writes from the first segment. Returns false if there is nothing more to do now. */
static bool write_segment(struct connection *connection, struct segment *segment, int64_t now)
{
    const bool slow = segment->gap_ms >= 0;
    const size_t count = slow ? 1 : segment->length - segment->sent;
    const uint8_t *bytes = segment->bytes + segment->sent;
    ssize_t written;
    do {
        written = connection->terminal ? write(connection->fd, bytes, count)
                                       : send(connection->fd, bytes, count, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    if (written < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            connection->blocked = true;
        } else {
            overflow(connection);
        }
        return false;
    }
    segment->sent += (size_t)written;
    connection->queued -= (size_t)written;
    if (slow) {
        connection->due = now + segment->gap_ms;
    }
    return true;
}

void connection_flush(struct connection *connection, int64_t now)
{
    connection->blocked = false;
    while (!connection->dead && connection->first != NULL && connection->due <= now) {
        struct segment *segment = connection->first;
        if (segment->drop) {
            connection->dead = true;
            return;
        }
        if (!write_segment(connection, segment, now)) {
            return;
        }
        if (segment->sent == segment->length) {
            connection->first = segment->next;
            if (connection->first == NULL) {
                connection->last = NULL;
            }
            free(segment);
        }
    }
}

int64_t connection_next_time(const struct connection *connection)
{
    if (connection->first == NULL || connection->blocked) {
        return INT64_MAX;
    }
    return connection->due;
}

void connection_read(struct connection *connection, int64_t now)
{
    uint8_t bytes[4096];
    const ssize_t count = read(connection->fd, bytes, sizeof bytes);
    if (count > 0 && connection->deaf) {
        return;
    }
    if (count > 0) {
        connection->server->protocol->received(connection, connection->session, bytes, (size_t)count);
    } else if (connection->terminal) {
        connection->pause = now + TERMINAL_PAUSE_MS; /* nobody has opened the other end */
        connection->deaf = false;
    } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        connection->dead = true;
    }
}
