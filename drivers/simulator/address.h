/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a simulator is reached: a TCP port or a pseudo-terminal. */
#ifndef KEYCARD_SIMULATOR_ADDRESS_H
#define KEYCARD_SIMULATOR_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

/* Listens at "HOST:PORT" ("[::1]:0" for IPv6) and writes the numeric address with the real port. Returns the
 * descriptor, or -1 with a message for people. */
int address_listen(const char *where, char *address, size_t address_size, uint16_t *port, char *message, size_t size);
/* Begins to connect to "HOST:PORT"; whether that works shows when the descriptor is read or written. Returns the
 * descriptor, or -1 with a message for people. */
int address_dial(const char *where, char *message, size_t size);
/* Makes a pseudo-terminal in raw mode and writes the path of the end for the client. Returns the descriptor of the
 * other end, or -1 with a message for people. */
int address_terminal(char *address, size_t address_size, char *message, size_t size);

#endif
