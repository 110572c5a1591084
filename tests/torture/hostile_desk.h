/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A front desk at a hostile web server: requests full of secrets, what may never be told of them, and what must hold of
 * each operation, whatever the server did. */
#ifndef KEYCARD_TORTURE_HOSTILE_DESK_H
#define KEYCARD_TORTURE_HOSTILE_DESK_H

#include "hostile_server.h"
#include "rig.h"

#define SECRET_PASSWORD "Pa55&word<8>"
#define SECRET_GUEST    "Zdravka Cvetanová-Ω & 'Ж' <b>"
#define SECRET_PHONE    "+359887654321"
#define SECRET_WEB      "W3b-secret"
#define SECRET_TRACK    "Platinum 778899"

/* An operation's end. */
struct hostile_end {
    int32_t status, outcome;
    const char *says; /* stands in the message; NULL: anything */
};

/* A context with a lock system at the server; `more`: pairs of options, ended by NULL; NULL: none. Every log line and
 * error is searched for secrets. */
void desk_open(struct rig *rig, struct hostile_server *server, const char *scheme, const char *const *more);
void desk_close(struct rig *rig);
/* A request with every secret, for an original in room 101. */
kc_request *desk_request(struct rig *rig);
/* Makes an original and checks its end; gives the operation back in `op` if it is not NULL. */
void desk_original(struct rig *rig, const struct hostile_end *end, kc_op **op);
void desk_check(const kc_op *op, const struct hostile_end *end);
/* That the next operation is served well. */
void desk_check_next(struct rig *rig, struct hostile_server *server);

/* The most memory that this process has used so far, in bytes. */
size_t desk_peak_memory(void);

#endif
