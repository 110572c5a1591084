/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other end of a link, played by the test itself: a port of its own that refuses, hangs, or takes connections. */
#ifndef KEYCARD_TESTS_FAR_END_H
#define KEYCARD_TESTS_FAR_END_H

#include "desk.h"

struct far_end {
    int port_fd; /* bound to 127.0.0.1; refuses connections until it listens */
    int filler;  /* a connection that keeps all others waiting, or -1 */
    uint16_t port;
    size_t accepted;
};

void far_end_open(struct far_end *end);
void far_end_close(struct far_end *end);
void far_end_listen(struct far_end *end);
/* Listens, but connections hang until far_end_unblock(). */
void far_end_block(struct far_end *end);
void far_end_unblock(struct far_end *end);
/* The next connection, or -1 if there is none now. */
int far_end_accept(struct far_end *end);
/* The same, waiting for it while the context goes on. */
int far_end_wait_connection(struct far_end *end, struct desk *desk);
void far_end_wait_closed(struct desk *desk, int fd);
/* One byte that was sent, while the context goes on. */
uint8_t far_end_wait_byte(struct desk *desk, int fd);

/* Opens the desk with this system instead of a virtual or simulated one. */
void desk_open_uri(struct desk *desk, const char *uri);
/* "salto+tcp:" to this end. */
void desk_open_far_end(struct desk *desk, const struct far_end *end, const char *query);

#endif
