/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a program listens, as its configuration says. */
#ifndef EXAMPLES_LISTEN_ADDRESS_H
#define EXAMPLES_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage storage;
    bool six, loopback;
};

/* "HOST:PORT" with a numeric address, the one of IPv6 in square brackets, or localhost. False if it is none. */
bool listen_address_read(const char *text, struct listen_address *address);

#endif
