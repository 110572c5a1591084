/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the loop share: loop.c, timers.c with the heap of timers, memory.c with memory for links. */
#ifndef KEYCARD_LOOP_LOOP_PRIVATE_H
#define KEYCARD_LOOP_LOOP_PRIVATE_H

#include <stdatomic.h>
#include <sys/epoll.h>

#include "loop/loop.h"

#define READY_MAX 64
#define ROUND_MAX 256 /* timers, and tasks, in one round */
#define NOT_ARMED INT64_MAX

/* Timers of one deadline expire in the order in which they were set. */
struct heap_entry {
    int64_t deadline;
    uint64_t sequence;
    struct loop_timer *timer;
};

struct loop {
    struct loop_clocks clocks; /* first, for loop_now() and loop_wall_ms() */
    int host_fd, host_wake_fd; /* what the host watches, and how it is told by this thread */
    int epoll_fd, timer_fd, wake_fd;
    bool dispatching;
    bool due;    /* tasks or timers can run now */
    bool told;   /* the host was told, and has not dispatched since */
    bool looked; /* the last round looked at the descriptors */

    struct epoll_event ready[READY_MAX]; /* of the round that runs; data.ptr NULL: removed meanwhile */
    size_t ready_next, ready_count;

    bool holds_clocks;  /* outside of a round */
    int64_t wall_ahead; /* of the clock that never jumps, when the loop was made */

    struct heap_entry *heap; /* heap[0] is the earliest */
    size_t heap_count, heap_capacity;
    struct loop_timer *homeless;
    uint64_t sequence;
    bool catching_up;     /* timers are late, and not all descriptors were looked at yet */
    int64_t catch_up_end; /* when they wait no longer; 0: no timer is late, or all were looked at */
    int64_t armed;        /* what the timerfd is set to; may be earlier than heap[0], never later outside of a round */

    struct loop_task waiting, running; /* ends of two circular lists */

    atomic_bool woken; /* loop_wakeup() was called and `on_wakeup` not yet */
    void (*on_wakeup)(void *user);
    void *wakeup_user;

    struct loop_service *services;

    struct loop_chunk *chunks; /* of memory.c */
    size_t blocks;             /* that are taken from it */
};

/* loop.c: something can be done at once. */
void loop_set_due(struct loop *loop);

/* timers.c: sets the timerfd to the earliest timer if it would come too late. One that comes too early is left: its
 * round finds nothing expired and sets it anew. A timer that is over already is not worth an interrupt of the clock. */
void loop_set_timerfd(struct loop *loop, int64_t now);
/* The same, quickly where nothing is to be done, as after most rounds. */
static inline void loop_arm(struct loop *loop, int64_t now)
{
    if (loop->homeless != NULL || (loop->heap_count > 0 && loop->heap[0].deadline < loop->armed))
        loop_set_timerfd(loop, now);
}

/* timers.c: sees to it that the timerfd ends a wait after so long, or sooner. False: it cannot. */
bool loop_wakes_by(struct loop *loop, int64_t delay_ms);

/* Whether a timer is over, or looks for its place. */
static inline bool loop_has_due(const struct loop *loop)
{
    return loop->homeless != NULL || (loop->heap_count > 0 && loop->heap[0].deadline <= loop->clocks.now);
}
/* timers.c: those that are over, at most ROUND_MAX. */
void loop_run_timers(struct loop *loop);

#endif
