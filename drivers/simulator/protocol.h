/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vendor's side of a protocol: turns bytes into orders for the lock server and outcomes into bytes. What happens in
 * between (faults, the hand with the card, the journal) is the same for all and is in exchange.c. */
#ifndef KEYCARD_SIMULATOR_PROTOCOL_H
#define KEYCARD_SIMULATOR_PROTOCOL_H

#include <stdint.h>

#include "lock_server.h"
#include "util/buf.h"

struct connection;
struct server;
struct web_call;

/* Either for streams, or with asked() for services over HTTP, which need only what says so. */
struct protocol {
    /* Of a service over HTTP: a call came whole. Answers it, or calls exchange_begin_http(). NULL for a stream. */
    void (*asked)(const struct web_call *call);
    /* Appends an answer that says that something inside is broken, for status 500. HTTP. */
    void (*broken)(const struct lock_order *order, struct buf *out);
    const char *name;      /* as on the command line, and of the driver in the library */
    const char *label;     /* for people */
    const char *busy_code; /* the error code that says "encoder busy"; HTTP too */
    /* What it keeps for all connections together, in server.world; zeroed before. Returns 0 or -1. NULL: nothing. */
    size_t world_size;
    int (*world_open)(void *world, struct server *server);
    size_t session_size; /* what it keeps for a connection; zeroed before session_open */
    void (*session_open)(void *session);
    void (*session_close)(void *session);
    /* A connection stands: it may speak first. NULL: it never does. */
    void (*started)(struct connection *connection, void *session);
    /* Names of habits, the first is the usual one; the session finds the index in server.profile. NULL: one only. */
    const char *const *profiles;
    /* Bytes came. Calls exchange_enquiry(), exchange_refuse(), exchange_reject() and exchange_begin() for what is in
     * them, and stops when connection_is_closing(). */
    void (*received)(struct connection *connection, void *session, const uint8_t *bytes, size_t count);
    /* The answer to what exchange_begin() or exchange_follow() began is on its way. NULL: nothing waits for that. */
    void (*answered)(struct connection *connection, void *session);
    bool returns_keys; /* as bytes, for who writes the card himself */
    bool device;       /* writes the cards itself; see struct lock_order */
    /* Of a device on which cards lie: lays one of the last ones on it, by its serial number, or a new one (""). NULL:
     * the lock server has the cards. */
    bool (*present)(void *world, const char *serial);
    void (*acknowledge)(struct buf *out);
    void (*refuse)(struct buf *out);
    /* Appends one whole answer; HTTP too, as all below. */
    void (*answer)(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out);
    void (*error)(const struct lock_order *order, const char *code, struct buf *out);
    /* Makes the check byte (or whatever protects the content, or its form) of one whole answer wrong. */
    void (*spoil)(struct buf *answer);
};

/* Compiled-in protocols; NULL if there is none of that name. */
const struct protocol *protocol_find(const char *name);
/* NULL behind the last. */
const struct protocol *protocol_at(size_t index);

#endif
