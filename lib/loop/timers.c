/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timers of the loop: a binary heap, and those for which memory had no place in it. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "loop/loop_private.h"

#define HOMELESS_MS 100 /* how often a place is looked for */

/* ---- The heap --------------------------------------------------------------------------------------------------- */

static bool entry_before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->sequence < b->sequence;
}

static void heap_put(struct loop *loop, size_t index, const struct heap_entry *entry)
{
    loop->heap[index] = *entry;
    entry->timer->heap_index = index + 1;
}

/* Puts an entry where it belongs, starting from a free place. */
static void heap_settle(struct loop *loop, size_t index, const struct heap_entry *entry)
{
    while (index > 0 && entry_before(entry, &loop->heap[(index - 1) / 2])) {
        heap_put(loop, index, &loop->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * index + 1;

        if (child + 1 < loop->heap_count && entry_before(&loop->heap[child + 1], &loop->heap[child]))
            child++;
        if (child >= loop->heap_count || !entry_before(&loop->heap[child], entry))
            break;
        heap_put(loop, index, &loop->heap[child]);
        index = child;
    }
    heap_put(loop, index, entry);
}

static bool heap_reserve(struct loop *loop)
{
    size_t capacity = loop->heap_capacity == 0 ? 16 : loop->heap_capacity * 2;
    struct heap_entry *heap;

    if (loop->heap_count < loop->heap_capacity)
        return true;
    heap = reallocarray(loop->heap, capacity, sizeof *heap);
    if (heap == NULL)
        return false;
    loop->heap = heap;
    loop->heap_capacity = capacity;
    return true;
}

static bool set_timerfd(struct loop *loop, int64_t deadline)
{
    struct itimerspec when = {.it_value = {0}};

    when.it_value.tv_sec = (time_t)(deadline / 1000);
    when.it_value.tv_nsec = (long)(deadline % 1000) * 1000000;
    if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        return false;
    loop->armed = deadline;
    return true;
}

void loop_set_timerfd(struct loop *loop, int64_t now)
{
    int64_t deadline;

    deadline = loop->heap_count > 0 ? loop->heap[0].deadline : NOT_ARMED;
    if (loop->homeless != NULL && now + HOMELESS_MS < deadline)
        deadline = now + HOMELESS_MS;
    if (deadline >= loop->armed)
        return;
    if (deadline <= now) {
        loop_set_due(loop);
        return;
    }
    set_timerfd(loop, deadline);
}

bool loop_wakes_by(struct loop *loop, int64_t delay_ms)
{
    /* The time of the last round is no later than now, but may be long past: a timer may be due before the wait ends.
     */
    if (loop->armed <= loop->clocks.now + delay_ms)
        return true;
    const int64_t deadline = loop_read_now(loop) + delay_ms;
    return loop->armed <= deadline || set_timerfd(loop, deadline);
}

/* False: the heap has no place for another one. */
static inline bool heap_insert(struct loop *loop, struct loop_timer *timer, int64_t deadline)
{
    struct heap_entry entry = {.timer = timer, .sequence = loop->sequence, .deadline = deadline};
    size_t index;

    if (timer->homeless_until == 0 && timer->heap_index != 0) {
        index = timer->heap_index - 1;
    } else {
        if (!heap_reserve(loop))
            return false;
        loop_timer_cancel(loop, timer); /* from those without a place */
        index = loop->heap_count++;
    }
    loop->sequence++;
    heap_settle(loop, index, &entry);
    return true;
}

static int64_t deadline_after(int64_t now, int64_t delay_ms)
{
    if (delay_ms < 0)
        delay_ms = 0;
    return delay_ms < NOT_ARMED - 1 - now ? now + delay_ms : NOT_ARMED - 1;
}

int32_t loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
    int64_t now = loop_now(loop);

    if (!heap_insert(loop, timer, deadline_after(now, delay_ms)))
        return KC_ERROR_NO_MEMORY;
    if (!loop->dispatching)
        loop_arm(loop, now);
    return KC_OK;
}

static void enter_homeless(struct loop *loop, struct loop_timer *timer, int64_t deadline)
{
    loop_timer_cancel(loop, timer);
    timer->homeless_until = deadline; /* never 0: that was when the computer started */
    timer->next = loop->homeless;
    loop->homeless = timer;
}

void loop_timer_must(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
    int64_t now = loop_now(loop), deadline = deadline_after(now, delay_ms);

    if (!heap_insert(loop, timer, deadline))
        enter_homeless(loop, timer, deadline);
    if (!loop->dispatching)
        loop_arm(loop, now);
}

static void leave_homeless(struct loop *loop, struct loop_timer *timer)
{
    struct loop_timer **place = &loop->homeless;

    while (*place != timer)
        place = &(*place)->next;
    *place = timer->next;
    timer->homeless_until = 0;
    timer->heap_index = 0;
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    if (timer->homeless_until != 0)
        leave_homeless(loop, timer);
    if (timer->heap_index == 0)
        return;
    size_t index = timer->heap_index - 1;
    timer->heap_index = 0;
    loop->heap_count--;
    if (index < loop->heap_count) {
        struct heap_entry last = loop->heap[loop->heap_count];

        heap_settle(loop, index, &last);
    }
}

/* Those for which there is a place by now take it; what has to come before is done here. */
static void run_homeless(struct loop *loop)
{
    while (loop->homeless != NULL && heap_insert(loop, loop->homeless, loop->homeless->homeless_until)) {
    }
    for (size_t i = 0; i < ROUND_MAX; i++) {
        struct loop_timer *timer = loop->homeless;

        while (timer != NULL && timer->homeless_until > loop->clocks.now)
            timer = timer->next;
        if (timer == NULL)
            return;
        leave_homeless(loop, timer);
        timer->expired(timer);
    }
}

/* Timers that are set by these callbacks wait for the next round, whatever their delay: they have a later sequence. */
void loop_run_timers(struct loop *loop)
{
    uint64_t end = loop->sequence;

    if (loop->homeless != NULL)
        run_homeless(loop);

    for (size_t i = 0; i < ROUND_MAX && loop->heap_count > 0 && loop->heap[0].deadline <= loop->clocks.now &&
                       loop->heap[0].sequence < end;
         i++) {
        struct loop_timer *timer = loop->heap[0].timer;

        loop_timer_cancel(loop, timer);
        timer->expired(timer);
    }
}
