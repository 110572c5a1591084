/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and replies (HTTP), as link and operations see them. */
#ifndef KEYCARD_EXCHANGE_H
#define KEYCARD_EXCHANGE_H

#include <stdbool.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/http.h"
#include "util/uri.h"

struct kc_op;

/* The event `answered` of a transport; `user` is the system. */
void exchange_answered(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error);
/* The operation ends: what it asked is no longer waited for. */
void exchange_drop(struct kc_op *op);
/* "http://host:port/path", percent-encoded. NULL: memory is used up. */
const char *exchange_url(struct arena *arena, const char *scheme, const struct uri *uri);

#endif
