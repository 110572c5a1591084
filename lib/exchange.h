/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and replies (HTTP), as link and operations see them. */
#ifndef KEYCARD_EXCHANGE_H
#define KEYCARD_EXCHANGE_H

#include <stdbool.h>

#include "util/error.h"
#include "util/http.h"

struct kc_op;

/* The event `answered` of a transport; `user` is the system. */
void exchange_answered(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error);
/* The operation ends: what it asked is no longer waited for. */
void exchange_drop(struct kc_op *op);

#endif
