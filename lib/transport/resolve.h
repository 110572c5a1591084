/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names to addresses without blocking the loop. */
#ifndef KEYCARD_TRANSPORT_RESOLVE_H
#define KEYCARD_TRANSPORT_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "loop/loop.h"
#include "util/error.h"

struct resolve_address {
    struct sockaddr_storage address;
    socklen_t length;
};

#define RESOLVE_MAX 16

/* In the order in which they are to be tried. */
struct resolve_list {
    size_t count;
    struct resolve_address items[];
};

struct resolve; /* a look-up that runs */

/* Called once from the loop unless it is cancelled. The look-up is over and freed. The callee frees the list. NULL: the
 * reason (static or valid during the call), and whether this computer is short of something, so that nothing is known
 * of the name. */
typedef void resolve_done(void *user, struct resolve_list *list, const char *reason, bool is_short);

/* An address in digits needs no look-up: `list` (to be freed) is set at once, else NULL. Returns KC_OK or
 * KC_ERROR_NO_MEMORY. */
int32_t resolve_numeric(const char *host, int32_t port, struct resolve_list **list);
/* Looks a name up in a thread of its own. KC_OK, KC_ERROR_NO_MEMORY or KC_ERROR_SYSTEM. */
int32_t resolve_start(struct loop *loop, const char *host, int32_t port, resolve_done *done, void *user,
                      struct resolve **resolve, struct kc_error *error);
/* Forgets a look-up; its thread ends on its own and touches neither loop nor caller. Takes NULL. */
void resolve_cancel(struct resolve *resolve);

#endif
