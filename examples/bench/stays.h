/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stays of one lock system under load. Each has a room of its own; an operation takes one out and puts it back as
 * it left it, so that no two operations are about the same stay. */
#ifndef BENCH_STAYS_H
#define BENCH_STAYS_H

#include "pattern.h"
#include "plan.h"

struct stay {
    const char *room;
    char booking[12]; /* ten digits, which every lock system takes */
    char key[40];     /* of its latest original */
    bool is_longer;   /* its end was moved */
    enum stay_state state;
    struct stay *next;
};

struct stays {
    struct stay *all;
    size_t count;
    struct {
        struct stay *first, *last;
    } lines[STAY_STATES];
};

/* One for each room, all of them free; `rooms` must live as long. False if memory is used up. */
bool stays_open(struct stays *stays, const struct names *rooms);
void stays_close(struct stays *stays);
/* The one that waits longest; NULL if there is none. STAY_FREE: else an active one, whose key becomes void. */
struct stay *stays_take(struct stays *stays, enum stay_state state);
void stays_put(struct stays *stays, struct stay *stay, enum stay_state state);

#endif
