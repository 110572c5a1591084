/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TCP connection to the PMS: dialled, with back-off, or waited for. It knows bytes, not records. */
#ifndef KEYCARD_GATEWAY_LINE_H
#define KEYCARD_GATEWAY_LINE_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fias/codec.h"
#include "settings.h"

enum { LINE_DESCRIPTORS = 4, LINE_ALLOWED = 16 };

/* What happens on the line. */
struct line_user {
    void (*opened)(void *user);
    void (*received)(void *user, const uint8_t *bytes, size_t count);
    void (*closed)(void *user);
    void *user;
};

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
};

struct line {
    const struct settings *settings;
    struct line_user to;
    bool listens, stopped;
    struct address address;
    struct in6_addr allowed[LINE_ALLOWED]; /* IPv4 as mapped addresses */
    size_t allowed_count;
    int listener, dialled, active, second; /* -1: none */
    int64_t dial_due, dial_deadline;       /* next attempt; when the running one is given up */
    int64_t accept_due;                    /* descriptors were used up: accept no more until then */
    int64_t second_due;                    /* when the second connection takes the place of the first */
    int32_t back_off;
    struct buf out;
};

void line_init(struct line *line);
/* Opens the port, or begins to dial. False with a sentence in `fault`. */
bool line_open(struct line *line, const struct settings *settings, const struct line_user *to, char *fault,
               size_t size);
/* Where it listens, "127.0.0.1:10003"; "" if it dials. */
void line_where(const struct line *line, char *out, size_t size);
/* Queues bytes. A PMS that does not read loses its connection. */
void line_send(struct line *line, const uint8_t *bytes, size_t count);
bool line_is_open(const struct line *line);
/* Ends the connection; the next one is awaited or dialled. */
void line_drop(struct line *line, const char *why);
/* Dials and listens no more. */
void line_stop(struct line *line);
void line_close(struct line *line);

void line_poll(const struct line *line, struct pollfd wait[LINE_DESCRIPTORS]);
/* Milliseconds of clock_now() at which line_run() is to be called at the latest; INT64_MAX: none. */
int64_t line_due(const struct line *line);
void line_run(struct line *line, const struct pollfd wait[LINE_DESCRIPTORS]);

#endif
