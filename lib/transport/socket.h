/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the transports over TCP share: options of a connection, addresses as text, lists of peers. */
#ifndef KEYCARD_TRANSPORT_SOCKET_H
#define KEYCARD_TRANSPORT_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Small messages at once; a peer that vanished (power, cable, firewall) is found out in about half a minute, idle or
 * not. Nothing depends on the success of it. */
void socket_set_options(int fd);
/* "10.0.0.5:8090", "[::1]:8090"; IPv4 in an IPv6 address is shown as what it is. */
#define SOCKET_TEXT_SIZE 64
void socket_address_text(const struct sockaddr_storage *address, char out[SOCKET_TEXT_SIZE]);

/* An address, or all that begin with so many bits of it. */
struct socket_prefix {
    uint8_t bytes[16]; /* IPv4 as an IPv6 address */
    int32_t bits;
};
/* The next item of a list "10.0.0.5, 10.1.0.0/16, fe80::/10"; moves `list` behind it. 1, 0 at the end, -1: it is no
 * address. */
int socket_prefix_next(const char **list, struct socket_prefix *prefix);
bool socket_prefix_holds(const struct socket_prefix *prefix, const struct sockaddr_storage *address);

#endif
