/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request, which the host fills in. */
#ifndef KEYCARD_REQUEST_H
#define KEYCARD_REQUEST_H

#include <keycard/keycard.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "plan.h"
#include "util/arena.h"
#include "want.h"

#define REQUEST_ROOMS 16
#define REQUEST_AREAS 64
#define REQUEST_TEXTS 8
#define REQUEST_IMAGE 65536

/* What a request wants, shared with the operations that it started. Nothing in it changes while it is shared: a setter
 * then makes another one. */
struct asked {
    atomic_uint refs;
    struct arena arena;
    struct want want;
    struct plan *plan;                           /* what the last operation made of it; NULL: none */
    bool comes_again;                            /* a second operation makes a plan */
    size_t outdated;                             /* bytes of the arena that earlier plans have */
    max_align_t room[480 / sizeof(max_align_t)]; /* where the arena begins: enough for most */
};

struct kc_request {
    atomic_uint refs;
    struct kc_site *site;
    struct kc_error *error;
    struct asked *asked;
    const char *
        *lists[4];  /* rooms, areas, denied, texts: behind those of `asked`; NULL or room for as many as may be */
    size_t dropped; /* bytes of the arena that no field uses any more */
};

static inline struct asked *asked_hold(struct asked *asked)
{
    atomic_fetch_add_explicit(&asked->refs, 1, memory_order_relaxed);
    return asked;
}
/* Any thread; takes NULL. */
void asked_drop(struct asked *asked);

/* Before each operation: drops the plans that no operation will follow, once they are many. */
void request_tidy(struct kc_request *request);

#endif
