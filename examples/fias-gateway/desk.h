/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The desk between PMS and library: each request of the PMS becomes one operation, and its end one answer. */
#ifndef KEYCARD_GATEWAY_DESK_H
#define KEYCARD_GATEWAY_DESK_H

#include "link.h"
#include "order.h"
#include "repeat.h"

enum { DESK_TASKS = 64 };

struct task {
    bool used;
    bool looking;        /* the ledger is asked before something is deleted or changed */
    bool given_up;       /* answer-within is over: cancelled */
    bool told;           /* and the PMS was told that the outcome is unknown */
    uint64_t connection; /* on which the request came */
    int64_t due;         /* when it is given up; INT64_MAX: never */
    struct order order;
    struct repeat *repeat; /* NULL for what changes nothing */
    char key[REPEAT_KEY_SIZE];
    kc_op *op;
};

struct desk {
    const struct settings *settings;
    struct property hotel;
    struct link link;
    struct words words;
    struct repeats repeats;
    struct task tasks[DESK_TASKS];
    bool closing; /* nothing new is taken */
};

/* NULL: memory is used up. */
struct desk *desk_new(void);
void desk_free(struct desk *desk);

/* False with a sentence in `fault`. The link is opened last, and only if `with_link`. */
bool desk_open(struct desk *desk, const struct settings *settings, bool with_link, char *fault, size_t size);
/* Takes the library's events. False: the library cannot go on. */
bool desk_run(struct desk *desk);
int64_t desk_due(const struct desk *desk);
/* Whether requests are being worked on. */
bool desk_is_busy(const struct desk *desk);

#endif
