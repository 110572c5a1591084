/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a transport: how the core gets bytes to and from a lock system. */
#ifndef KEYCARD_TRANSPORT_H
#define KEYCARD_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "util/error.h"
#include "util/uri.h"

struct transport;

/* Called by the transport, always from loop_dispatch(), never from inside one of the table's functions. */
struct transport_events {
    /* The connection stands. Once. */
    void (*connected)(void *user);
    /* Bytes came. The callee may close the transport inside. */
    void (*received)(void *user, const uint8_t *bytes, size_t count);
    /* It could not be connected, or is closed; once, and the last call. The callee then calls close() of the table,
     * which frees it. The error has code KC_ERROR_UNREACHABLE, KC_ERROR_CONNECTION_LOST or KC_ERROR_SYSTEM and a
     * message for people with address or port name. */
    void (*closed)(void *user, const struct kc_error *error);
};

struct transport_table {
    const char *suffix;         /* of URI schemes: "tcp", "serial", "fd" */
    const char *const *options; /* names of URI options that it takes, ends with NULL */
    bool adopts;                /* it uses an open descriptor of the host's, so it cannot connect by itself */
    /* Checks the URI without opening anything, so that a wrong one is refused when the system is made. */
    int32_t (*check)(const struct uri *uri, struct kc_error *error);
    /* Starts connecting; never blocks. `uri` need not live longer than the call. On success `transport` is set and one
     * of connected and closed will be called. `fd` is the adopted descriptor for "fd" (owned by the transport from here
     * on, also on failure), else -1. */
    int32_t (*open)(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events, void *user,
                    struct transport **transport, struct kc_error *error);
    /* Sends all of it, in order: writes what fits now, keeps the rest (at most 1 MiB) and writes it when it can. KC_OK,
     * or KC_ERROR_CONNECTION_LOST / KC_ERROR_NO_MEMORY; `closed` then follows from the loop. */
    int32_t (*send)(struct transport *transport, const uint8_t *bytes, size_t count);
    /* Closes at once and frees; no callback after it. Harmless inside a callback. Takes NULL. */
    void (*close)(struct transport *transport);
};

/* Every transport's struct begins with this. */
struct transport {
    const struct transport_table *table;
};

/* Closes a descriptor that was to be adopted and never was; -1 is no descriptor. */
void transport_discard_fd(int fd);
/* Compiled-in transports; NULL if there is none with the suffix. */
const struct transport_table *transport_find(const char *suffix);

#endif
