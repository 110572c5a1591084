/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event loop: one descriptor for the host (epoll), timers in a heap, wake-ups from other threads, the clocks and
 * the random source. Together with lib/transport the only place that knows the platform. */
#ifndef KEYCARD_LOOP_LOOP_H
#define KEYCARD_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct loop;

#define LOOP_READ   1u
#define LOOP_WRITE  2u
#define LOOP_HANGUP 4u /* error or hang-up; always delivered, need not be asked for */

/* Embedded in its owner, zeroed before first use; the loop keeps a pointer to it while it is added. */
struct loop_watch {
    void (*ready)(struct loop_watch *watch, uint32_t events);
    int fd;
    uint8_t events; /* what is asked for now */
    bool added;
};

struct loop_timer {
    void (*expired)(struct loop_timer *timer);
    int64_t homeless_until; /* loop_now() milliseconds, if there was no memory for a place in the heap; else 0 */
    union {
        size_t heap_index;       /* 1-based; 0 = not set */
        struct loop_timer *next; /* of those without a place */
    };
};

/* Work to do at the next dispatch; embedded, zeroed before first use. */
struct loop_task {
    void (*run)(struct loop_task *task);
    struct loop_task *next, *previous;
    bool queued;
};

/* What lives with the loop, one of each kind, for all that use the loop to share. Embedded in its owner. */
struct loop_service {
    const void *kind; /* an address that no other kind has */
    void (*end)(struct loop_service *service);
    struct loop_service *next;
};

int32_t loop_new(struct loop **loop, struct kc_error *error);
/* Ends the services. All other watches must be removed before; timers and tasks are forgotten. */
void loop_free(struct loop *loop);
/* Readable when there is something to do. */
int loop_fd(const struct loop *loop);
/* One round: never blocks; at most 64 ready descriptors, then 256 expired timers, then 256 of the tasks queued before
 * this round of tasks began. A callback may add and remove any watch, timer or task, also of an object that is ready in
 * the same round (which is then not called any more). Timers that are a second late wait until all descriptors were
 * looked at, five seconds at most: when the computer slept, or the process was stopped, what came meanwhile counts
 * before deadlines do. */
int32_t loop_dispatch(struct loop *loop);
/* A round for a caller that goes on until it has what it wants, while the host waits: waits first, at most so long (-1:
 * without limit), until there is something to do; a signal ends the wait. The descriptor stays readable if it was made
 * so for the host. */
int32_t loop_run(struct loop *loop, int32_t timeout_ms);
/* Blocks in poll(2) on the descriptor of the loop; touches no state; any thread. 1, 0 (time over) or KC_ERROR_SYSTEM.
 */
int32_t loop_wait(const struct loop *loop, int32_t timeout_ms);
/* Makes the descriptor readable until the next loop_dispatch(), for what the host is to see; cheap when it is. Only the
 * thread that dispatches. */
void loop_tell_host(struct loop *loop);
/* Makes the descriptor readable once; the next dispatch calls `woken` of loop_on_wakeup. Any thread,
 * async-signal-safe, and cheap when already woken. */
void loop_wakeup(struct loop *loop);
void loop_on_wakeup(struct loop *loop, void (*woken)(void *user), void *user);

int32_t loop_watch_add(struct loop *loop,
                       struct loop_watch *watch); /* fd, events and ready set; KC_OK or KC_ERROR_SYSTEM */
int32_t loop_watch_set(struct loop *loop, struct loop_watch *watch, uint32_t events);
void loop_watch_remove(struct loop *loop, struct loop_watch *watch); /* before closing fd; harmless if not added */

/* Sets or moves a timer. System calls only when the earliest deadline of the loop moves forward in time. Returns KC_OK
 * or KC_ERROR_NO_MEMORY. */
int32_t loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
/* The same for who cannot give up: never fails. While memory is used up it may come a tenth of a second late. */
void loop_timer_must(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
void loop_timer_cancel(struct loop *loop, struct loop_timer *timer); /* harmless if not set */
static inline bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->homeless_until != 0 || timer->heap_index != 0;
}
void loop_task_queue(struct loop *loop, struct loop_task *task); /* harmless if queued; makes the descriptor readable */
void loop_task_cancel(struct loop *loop, struct loop_task *task);

/* Memory for what is looked at whenever an event comes, such as a link; zeroed. Where there are many, blocks of a size
 * stand side by side, each from the start of a line of the cache, and in large pages. Takes a block that was given
 * back, or NULL when memory is used up. Only the thread that dispatches. */
void *loop_memory_take(struct loop *loop, size_t size);
void loop_memory_give(struct loop *loop, void *memory); /* harmless with NULL */

/* The service of a kind; NULL if there is none. */
struct loop_service *loop_service_find(const struct loop *loop, const void *kind);
void loop_service_add(struct loop *loop, struct loop_service *service);
void loop_service_remove(struct loop *loop,
                         struct loop_service *service); /* without calling end(); harmless if absent */

/* At the start of a loop: the clocks of the round that runs, or since they were held. */
struct loop_clocks {
    bool has_now, has_wall;
    int64_t now, wall, wall_shift;
};
int64_t loop_read_now(struct loop *loop);
/* A round runs: whoever asks is called by it. */
bool loop_is_dispatching(const struct loop *loop);
/* How long the round that runs has taken so far; 0 between rounds. */
int64_t loop_spent_ms(const struct loop *loop);
int64_t loop_read_wall(struct loop *loop);
/* Monotonic milliseconds (suspend counts: CLOCK_BOOTTIME). */
static inline int64_t loop_now(struct loop *loop)
{
    const struct loop_clocks *clocks = (const struct loop_clocks *)(const void *)loop;
    return clocks->has_now ? clocks->now : loop_read_now(loop);
}
/* Wall clock, milliseconds since 1970. */
static inline int64_t loop_wall_ms(struct loop *loop)
{
    const struct loop_clocks *clocks = (const struct loop_clocks *)(const void *)loop;
    return clocks->has_wall ? clocks->wall + clocks->wall_shift : loop_read_wall(loop);
}
/* Both clocks are read once in a round of dispatch, and once between these two, which do not nest: for a call of the
 * host's that needs the time again and again. */
void loop_hold_clocks(struct loop *loop);
void loop_release_clocks(struct loop *loop);
/* For tests: adds so many milliseconds to the wall clock. */
void loop_shift_wall(struct loop *loop, int64_t ms);
/* How far the clock of this computer was set forward (negative: back) since the loop was made; a computer that slept
 * did not jump. */
int64_t loop_wall_jump(struct loop *loop);
/* Random bytes from the system. Returns 0 or -1. */
int loop_random(void *out, size_t count);

#endif
