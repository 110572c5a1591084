/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A site that listens for its lock system, and lock systems made of bare sockets that dial in, all in one thread: what
 * is said and when is the test's. */
#ifndef FIAS_RIG_H
#define FIAS_RIG_H

#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define FIAS_RIG_WAIT_MS 60000

struct fias_rig {
    char folder[64], where[64];
    kc_context *context;
    kc_site *site;
    kc_system *system;
    size_t done;
};

/* One that dials in. */
struct fias_peer {
    int fd; /* -1: closed */
    char bytes[8192];
    size_t length;
};

/* `options`: pairs of names and values, ended by NULL; `file`: the ledger is a SQLite file. Listens when it returns. */
void fias_rig_open(struct fias_rig *rig, bool file, const char *const *options);
void fias_rig_close(struct fias_rig *rig);
/* Lets the library work, a little. */
void fias_rig_turn(struct fias_rig *rig);

void fias_peer_dial(struct fias_rig *rig, struct fias_peer *peer);
void fias_peer_close(struct fias_peer *peer);
/* A record, with its frame. */
void fias_peer_say(struct fias_peer *peer, const char *record);
void fias_peer_send(struct fias_peer *peer, const void *bytes, size_t count);
/* The next record; "" if the connection was closed. Valid until the next call. */
const char *fias_peer_hear(struct fias_rig *rig, struct fias_peer *peer);
/* The same, but it does not listen to guest records (GI, GC, GO). */
const char *fias_peer_hear_request(struct fias_rig *rig, struct fias_peer *peer);
/* Dials in and describes itself, with what is to be said of each record: "RIKR|FLWS...", up to a NULL. */
void fias_peer_start(struct fias_rig *rig, struct fias_peer *peer, const char *const *declared);
extern const char *const fias_usual[]; /* keys, deletions, answers */

/* An original or other key of `verb`, started; station "desk", encoder 1. */
kc_op *fias_rig_ask(struct fias_rig *rig, int32_t (*verb)(kc_request *, kc_op **), const char *booking,
                    const char *room, const char *guest);
/* The lock system's answer to a request that it has heard. */
void fias_peer_answer(struct fias_peer *peer, const char *request, const char *status);
/* Waits for the end, and gives the operation back. */
void fias_rig_expect(struct fias_rig *rig, kc_op *op, int32_t status, int32_t outcome);
/* All of it, with an answer OK. */
void fias_rig_make(struct fias_rig *rig, struct fias_peer *peer, int32_t (*verb)(kc_request *, kc_op **),
                   const char *booking, const char *room, const char *guest);

#endif
