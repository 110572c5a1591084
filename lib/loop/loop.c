/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event loop: epoll for descriptors, one timerfd for the heap of timers, one eventfd for wake-ups by other threads.
 *
 * The host watches another epoll, which holds the first one and an eventfd of its own. That one is written when the
 * host has to come although no descriptor is ready: tasks, timers that are over already, events to be taken. A round
 * that runs while the host waits in the library never looks at it, so that what is written once is not written, and
 * waited for, in each operation anew.
 *
 * The timerfd and the eventfds are watched edge-triggered, so that they never have to be read: a round that was woken
 * by one of them costs no system call more. */
#include "loop/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "loop/loop_private.h"
#include "util/shortage.h"

#define LATE_MS 1000
/* How long late timers wait for descriptors: those that are always ready must not hold them up for ever. */
#define CATCH_UP_MS 5000

/* ---- Clocks and random bytes ----------------------------------------------------------------------------------- */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time); /* cannot fail with these clocks */
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t loop_read_now(struct loop *loop)
{
    loop->clocks.now = clock_ms(CLOCK_BOOTTIME);
    loop->clocks.has_now = loop->dispatching || loop->holds_clocks;
    return loop->clocks.now;
}

bool loop_is_dispatching(const struct loop *loop)
{
    return loop->dispatching;
}

int64_t loop_spent_ms(const struct loop *loop)
{
    return loop->dispatching ? clock_ms(CLOCK_BOOTTIME) - loop->clocks.now : 0;
}

int64_t loop_read_wall(struct loop *loop)
{
    loop->clocks.wall = clock_ms(CLOCK_REALTIME);
    loop->clocks.has_wall = loop->dispatching || loop->holds_clocks;
    return loop->clocks.wall + loop->clocks.wall_shift;
}

void loop_hold_clocks(struct loop *loop)
{
    loop->holds_clocks = !loop->dispatching; /* else the round holds them */
}

void loop_release_clocks(struct loop *loop)
{
    if (loop->holds_clocks)
        loop->holds_clocks = loop->clocks.has_now = loop->clocks.has_wall = false;
}

void loop_shift_wall(struct loop *loop, int64_t ms)
{
    loop->clocks.wall_shift += ms;
}

int64_t loop_wall_jump(struct loop *loop)
{
    return loop_wall_ms(loop) - loop->clocks.wall_shift - loop_now(loop) - loop->wall_ahead;
}

int loop_random(void *out, size_t count)
{
    uint8_t *bytes = out;

    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);

        if (got < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        bytes += got;
        count -= (size_t)got;
    }
    return 0;
}

/* ---- Making and freeing ---------------------------------------------------------------------------------------- */

static void task_list_init(struct loop_task *end)
{
    end->next = end;
    end->previous = end;
}

/* Watches one of the loop's own descriptors; its address tells it from a watch. */
static int watch_own(int epoll_fd, int *fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = fd}};

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, *fd, &event);
}

/* Leaves errno. */
static int open_descriptors(struct loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0)
        loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->timer_fd >= 0)
        loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->wake_fd >= 0)
        loop->host_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->host_fd >= 0)
        loop->host_wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->host_wake_fd < 0)
        return -1;
    if (watch_own(loop->epoll_fd, &loop->timer_fd, EPOLLIN | EPOLLET) != 0 ||
        watch_own(loop->epoll_fd, &loop->wake_fd, EPOLLIN | EPOLLET) != 0 ||
        watch_own(loop->host_fd, &loop->epoll_fd, EPOLLIN) != 0)
        return -1;
    return watch_own(loop->host_fd, &loop->host_wake_fd, EPOLLIN | EPOLLET);
}

int32_t loop_new(struct loop **out, struct kc_error *error)
{
    struct loop *loop = calloc(1, sizeof *loop);
    char reason[SHORTAGE_SIZE];

    if (loop == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
    atomic_init(&loop->woken, false);
    loop->armed = NOT_ARMED;
    loop->wall_ahead = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_BOOTTIME);
    task_list_init(&loop->waiting);
    task_list_init(&loop->running);
    loop->looked = true;
    loop->epoll_fd = loop->timer_fd = loop->wake_fd = loop->host_fd = loop->host_wake_fd = -1;
    if (open_descriptors(loop) != 0) {
        error_set(error, KC_ERROR_SYSTEM, "",
                  "the event loop cannot be made: %s. Each context needs five file descriptors.",
                  shortage_text(errno, reason));
        loop_free(loop);
        return KC_ERROR_SYSTEM;
    }
    *out = loop;
    return KC_OK;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    while (loop->services != NULL) {
        struct loop_service *service = loop->services;

        loop->services = service->next;
        service->end(service);
    }
    const int descriptors[] = {loop->host_wake_fd, loop->host_fd, loop->wake_fd, loop->timer_fd, loop->epoll_fd};

    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    free(loop->heap);
    free(loop);
}

int loop_fd(const struct loop *loop)
{
    return loop->host_fd;
}

/* ---- Waiting and waking ---------------------------------------------------------------------------------------- */

int32_t loop_wait(const struct loop *loop, int32_t timeout_ms)
{
    struct pollfd entry = {.fd = loop->host_fd, .events = POLLIN};
    int64_t end = timeout_ms > 0 ? clock_ms(CLOCK_MONOTONIC) + timeout_ms : 0;
    int remaining = timeout_ms < 0 ? -1 : timeout_ms;

    for (;;) {
        int count = poll(&entry, 1, remaining);

        if (count > 0)
            return (entry.revents & POLLNVAL) != 0 ? KC_ERROR_SYSTEM : 1;
        if (count == 0)
            return 0;
        if (errno != EINTR)
            return KC_ERROR_SYSTEM;
        if (timeout_ms > 0) {
            int64_t left = end - clock_ms(CLOCK_MONOTONIC);

            remaining = left > 0 ? (int)left : 0;
        }
    }
}

static void write_wake_fd(int fd)
{
    const uint64_t one = 1;
    ssize_t written;

    do
        written = write(fd, &one, sizeof one);
    while (written < 0 && errno == EINTR);
}

void loop_wakeup(struct loop *loop)
{
    if (!atomic_exchange(&loop->woken, true)) {
        int saved = errno; /* it may be called from a signal handler */

        write_wake_fd(loop->wake_fd);
        errno = saved;
    }
}

void loop_on_wakeup(struct loop *loop, void (*woken)(void *user), void *user)
{
    loop->on_wakeup = woken;
    loop->wakeup_user = user;
}

void loop_tell_host(struct loop *loop)
{
    if (loop->told)
        return;
    loop->told = true;
    write_wake_fd(loop->host_wake_fd);
}

void loop_set_due(struct loop *loop)
{
    loop->due = true;
    loop_tell_host(loop);
}

/* ---- Watches --------------------------------------------------------------------------------------------------- */

static uint32_t to_epoll(uint32_t events)
{
    return ((events & LOOP_READ) != 0 ? (uint32_t)EPOLLIN : 0) | ((events & LOOP_WRITE) != 0 ? (uint32_t)EPOLLOUT : 0);
}

static uint32_t from_epoll(uint32_t events)
{
    return ((events & EPOLLIN) != 0 ? LOOP_READ : 0) | ((events & EPOLLOUT) != 0 ? LOOP_WRITE : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) != 0 ? LOOP_HANGUP : 0);
}

int32_t loop_watch_add(struct loop *loop, struct loop_watch *watch)
{
    struct epoll_event event = {.events = to_epoll(watch->events), .data = {.ptr = watch}};

    if (watch->added)
        return loop_watch_set(loop, watch, watch->events);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return KC_ERROR_SYSTEM;
    watch->added = true;
    return KC_OK;
}

int32_t loop_watch_set(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = to_epoll(events), .data = {.ptr = watch}};

    if (!watch->added || (watch->events & (LOOP_READ | LOOP_WRITE)) == (events & (LOOP_READ | LOOP_WRITE))) {
        watch->events = (uint8_t)events;
        return KC_OK;
    }
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) != 0)
        return KC_ERROR_SYSTEM;
    watch->events = (uint8_t)events;
    return KC_OK;
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    if (!watch->added)
        return;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->added = false;
    for (size_t i = loop->ready_next; i < loop->ready_count; i++)
        if (loop->ready[i].data.ptr == watch)
            loop->ready[i].data.ptr = NULL;
}

/* ---- Tasks ----------------------------------------------------------------------------------------------------- */

void loop_task_queue(struct loop *loop, struct loop_task *task)
{
    if (task->queued)
        return;
    task->queued = true;
    task->next = &loop->waiting;
    task->previous = loop->waiting.previous;
    task->previous->next = task;
    loop->waiting.previous = task;
    if (!loop->dispatching)
        loop_set_due(loop);
}

static void task_unlink(struct loop_task *task)
{
    task->previous->next = task->next;
    task->next->previous = task->previous;
    task->next = NULL;
    task->previous = NULL;
    task->queued = false;
}

void loop_task_cancel(struct loop *loop, struct loop_task *task)
{
    (void)loop;
    if (task->queued)
        task_unlink(task);
}

static void run_tasks(struct loop *loop)
{
    if (loop->waiting.next == &loop->waiting)
        return;
    loop->running = loop->waiting;
    loop->running.next->previous = &loop->running;
    loop->running.previous->next = &loop->running;
    task_list_init(&loop->waiting);
    for (size_t i = 0; i < ROUND_MAX && loop->running.next != &loop->running; i++) {
        struct loop_task *task = loop->running.next;

        task_unlink(task);
        task->run(task);
    }
    if (loop->running.next == &loop->running)
        return;
    /* The others come first in the next round. */
    loop->running.previous->next = loop->waiting.next;
    loop->waiting.next->previous = loop->running.previous;
    loop->waiting.next = loop->running.next;
    loop->running.next->previous = &loop->waiting;
    task_list_init(&loop->running);
}

/* ---- Services -------------------------------------------------------------------------------------------------- */

struct loop_service *loop_service_find(const struct loop *loop, const void *kind)
{
    struct loop_service *service = loop->services;

    while (service != NULL && service->kind != kind)
        service = service->next;
    return service;
}

void loop_service_add(struct loop *loop, struct loop_service *service)
{
    service->next = loop->services;
    loop->services = service;
}

void loop_service_remove(struct loop *loop, struct loop_service *service)
{
    struct loop_service **place = &loop->services;

    while (*place != NULL && *place != service)
        place = &(*place)->next;
    if (*place != NULL)
        *place = service->next;
}

/* ---- A round --------------------------------------------------------------------------------------------------- */

static void run_ready(struct loop *loop)
{
    while (loop->ready_next < loop->ready_count) {
        const struct epoll_event *event = &loop->ready[loop->ready_next++];

        if (loop->ready_next < loop->ready_count)
            __builtin_prefetch(event[1].data.ptr); /* while this one is dealt with */

        if (event->data.ptr == &loop->wake_fd) {
            if (atomic_exchange(&loop->woken, false) && loop->on_wakeup != NULL)
                loop->on_wakeup(loop->wakeup_user);
        } else if (event->data.ptr != NULL && event->data.ptr != &loop->timer_fd) {
            struct loop_watch *watch = event->data.ptr;
            uint32_t events = from_epoll(event->events) & (watch->events | LOOP_HANGUP);

            if (events != 0)
                watch->ready(watch, events);
        }
    }
    loop->ready_count = 0;
    loop->ready_next = 0;
}

/* Whether timers have to wait for descriptors that may have something for them; `all`: every one that is ready was
 * looked at. When the time is over, no late timer waits again until then: there may be more than one round runs. */
static bool must_catch_up(struct loop *loop, bool all)
{
    bool late = loop->heap_count > 0 && loop->clocks.now - loop->heap[0].deadline >= LATE_MS;

    if (!late || all)
        loop->catch_up_end = 0;
    else if (loop->catch_up_end == 0)
        loop->catch_up_end = loop->clocks.now + CATCH_UP_MS;
    loop->catching_up = loop->clocks.now < loop->catch_up_end;
    return loop->catching_up;
}

/* `look`: at the descriptors, waiting at most so long until one is ready. */
static int32_t run_round(struct loop *loop, bool look, int32_t timeout_ms)
{
    int count = look ? epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, timeout_ms) : 0;

    if (count < 0 && errno != EINTR)
        return KC_ERROR_SYSTEM;
    if (count > 0)
        __builtin_prefetch(loop->ready[0].data.ptr); /* while the clock is read */
    loop->dispatching = true;
    loop->due = false;
    loop->looked = look;
    loop->clocks.now = clock_ms(CLOCK_BOOTTIME);
    loop->clocks.has_now = true;
    loop->clocks.has_wall = false;
    loop->ready_count = count > 0 ? (size_t)count : 0;
    run_ready(loop);
    if (!must_catch_up(loop, look && count >= 0 && count < READY_MAX) && loop_has_due(loop))
        loop_run_timers(loop);
    run_tasks(loop);
    loop->dispatching = loop->clocks.has_now = loop->clocks.has_wall = false;
    if (loop->armed <= loop->clocks.now) /* it is over, or was never set */
        loop->armed = NOT_ARMED;
    loop_arm(loop, loop->clocks.now);
    if (loop->waiting.next != &loop->waiting)
        loop_set_due(loop);
    return KC_OK;
}

/* The host has come. Whether the descriptors are worth a look: what it watches says that, too. */
static bool take_back(struct loop *loop)
{
    struct epoll_event events[2];
    int count = epoll_wait(loop->host_fd, events, 2, 0);
    bool look = count < 0;

    for (int i = 0; i < count; i++)
        look = look || events[i].data.ptr == &loop->epoll_fd;
    loop->told = false;
    return look;
}

int32_t loop_dispatch(struct loop *loop)
{
    if (loop->dispatching) /* from inside a callback: the round that runs goes on */
        return KC_ERROR_STATE;
    bool look = !loop->told || take_back(loop);

    return run_round(loop, look || loop->catching_up, 0);
}

int32_t loop_run(struct loop *loop, int32_t timeout_ms)
{
    if (loop->dispatching)
        return KC_ERROR_STATE;
    /* What can be done at once comes first; a caller that waits comes again, and then the descriptors have their turn.
     */
    if (loop->due && loop->looked && !loop->catching_up && timeout_ms != 0)
        return run_round(loop, false, 0);
    if (loop->due)
        timeout_ms = 0;
    else if (timeout_ms > 0 && loop_wakes_by(loop, timeout_ms))
        timeout_ms = -1; /* the system sets no timer for this wait, and takes none back */
    return run_round(loop, true, timeout_ms);
}
