/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP servers for the tests of transports; everything is done by the test's own thread. */
#ifndef KEYCARD_TESTS_TCP_SERVER_H
#define KEYCARD_TESTS_TCP_SERVER_H

#include "transport_rig.h"

struct server {
    int listener;
    int port;
    char uri[80];
};

/* On a free port. Returns -1 if the computer has no such address. */
int server_open(struct server *server, const char *address, int backlog);
/* On 127.0.0.1. */
void server_start(struct server *server);
int server_accept(const struct server *server);
/* Reads exactly so many bytes. */
void read_whole(int fd, char *out, size_t count);
/* Makes a rig, a server and a connection between them. */
void connect_rig(struct rig *rig, struct server *server, int *peer);
void disconnect_rig(struct rig *rig, struct server *server, int peer);
/* Sends something both ways. */
void exchange(struct rig *rig, int peer);

#endif
