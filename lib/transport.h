/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a transport: how the core gets bytes to and from a lock system. */
#ifndef KEYCARD_TRANSPORT_H
#define KEYCARD_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "util/error.h"
#include "util/http.h"
#include "util/uri.h"
#include "util/usb.h"

struct transport;
struct transport_wait;     /* for a device that is to be plugged in */
struct transport_exchange; /* one request on its way, of a transport of requests and replies */

/* Called by the transport, always from loop_dispatch(), never from inside one of the table's functions. */
struct transport_events {
    /* Bytes may have come and are about to be read: a hint to fetch what `received` looks at while the system is at it.
     * NULL in users that have no use for it. May do nothing else. */
    void (*awaited)(void *user);
    /* The connection stands. Once. */
    void (*connected)(void *user);
    /* Bytes came. The callee may close the transport inside. */
    void (*received)(void *user, const uint8_t *bytes, size_t count);
    /* It could not be connected, or is closed; once, and the last call. The callee then calls close() of the table,
     * which frees it. The error has code KC_ERROR_UNREACHABLE, KC_ERROR_CONNECTION_LOST or KC_ERROR_SYSTEM and a
     * message for people with address or port name. */
    void (*closed)(void *user, const struct kc_error *error);
    /* An exchange has ended, once for each that was asked and not dropped; it is gone when this is called. `tag` is
     * what ask() was given. Either `reply` (valid during the call) or, with NULL, `error`: KC_ERROR_UNREACHABLE,
     * _CERTIFICATE, _CREDENTIALS (of a proxy), _CONNECTION_LOST, _TIMED_OUT, _PROTOCOL, _NO_MEMORY or _SYSTEM. `left`
     * says whether any byte of the request may have reached the server. The callee may ask, drop and close inside.
     * NULL in users that need none. */
    void (*answered)(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error);
    /* Something is short that the transport gets over by itself; for the log. NULL in users that have none. May not
     * close the transport. */
    void (*troubled)(void *user, const struct kc_error *error);
    /* USB: a packet of the interrupt endpoint beside bulk transfers came. As `received`. NULL: it is not read. */
    void (*interrupt)(void *user, const uint8_t *bytes, size_t count);
};

struct transport_table {
    const char *suffix;         /* of URI schemes: "tcp", "serial", "fd" */
    const char *const *options; /* names of URI options that it takes, ends with NULL */
    const char *const *secrets; /* those of them that are never shown, ends with NULL; NULL: none */
    bool adopts;                /* it uses an open descriptor of the host's, so it cannot connect by itself */
    /* Checks the URI without opening anything, so that a wrong one is refused when the system is made. */
    int32_t (*check)(const struct uri *uri, struct kc_error *error);
    /* Starts connecting; never blocks. `uri` need not live longer than the call, `events` lives longer than the
     * transport. On success `transport` is set and one
     * of connected and closed will be called. `fd` is the adopted descriptor for "fd" (owned by the transport from here
     * on, also on failure), else -1. */
    int32_t (*open)(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events, void *user,
                    struct transport **transport, struct kc_error *error);
    /* Transports of devices have these instead of open(), which is NULL. `usb` says which devices are meant and lives
     * longer than the transport. Which one is chosen when the URI names none is decided at each open. */
    int32_t (*open_device)(struct loop *loop, const struct uri *uri, const struct driver_usb *usb,
                           const struct transport_events *events, void *user, struct transport **transport,
                           struct kc_error *error);
    /* What driver_usb_descriptor() gives. */
    const uint8_t *(*descriptor)(const struct transport *transport, size_t *count);
    /* What driver_usb_id() gives. */
    bool (*device_id)(const struct transport *transport, struct driver_usb_id *id);
    /* Waits for a device to come, or for others to leave, so that open_device() finds the one that is meant; then calls
     * `possible`, once, from the loop. `needed`: nothing else helps; false: it is there, and trying again after a while
     * may do. await_end() ends it, also inside `possible` and after it; takes NULL. Costs nothing while nothing
     * happens. */
    int32_t (*await)(struct loop *loop, const struct uri *uri, const struct driver_usb *usb,
                     void (*possible)(void *user), void *user, struct transport_wait **wait, bool *needed);
    void (*await_end)(struct transport_wait *wait);
    /* Sends all of it, in order: writes what fits now, keeps the rest (at most 1 MiB) and writes it when it can. KC_OK,
     * or KC_ERROR_CONNECTION_LOST / KC_ERROR_NO_MEMORY; `closed` then follows from the loop. */
    int32_t (*send)(struct transport *transport, const uint8_t *bytes, size_t count);
    /* Before a request whose answer begins with a single byte, after which more comes: see driver_link_may_ask().
     * False: something came that was not passed on yet; `received` or `closed` follows from the loop. NULL: each byte
     * is passed on when it comes. */
    bool (*may_ask)(struct transport *transport);
    /* Requests and replies instead of a stream of bytes: set instead of send. Such a transport calls `connected`
     * without asking anybody; whether the server is there shows at the first request. ask() starts one exchange, any
     * number at a time; a redirect is a reply like any other and never followed; a request that is not repeatable
     * reaches the server at most once. drop() ends one without a callback, closing its connection if the request may
     * have left. */
    int32_t (*ask)(struct transport *transport, const struct http_request *request, void *tag,
                   struct transport_exchange **exchange, struct kc_error *error);
    void (*drop)(struct transport *transport, struct transport_exchange *exchange);
    /* Closes at once and frees; no callback after it. Harmless inside a callback. Takes NULL. */
    void (*close)(struct transport *transport);
    /* Set in transports that wait for the other side to connect; NULL in others. Instead of close(): ends the
     * connection with the peer, if there is one, drops what was still to be sent to it, and waits for the next peer.
     * The address stays taken all the while. `connected` or `closed` will be called again. Harmless inside a callback.
     */
    void (*again)(struct transport *transport);
    /* Where it waits, for people: "127.0.0.1:5010", with the port that it really has. Set with again(). */
    void (*where)(const struct transport *transport, char *out, size_t size);
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
