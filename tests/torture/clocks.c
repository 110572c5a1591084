/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clocks that a test moves. They stand in the program, so the library's calls come here. */
#include "clocks.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t wall_ms, slept_ms;

/* The last timer that was set, in the time of the test. */
static int timer_fd = -1;
static struct itimerspec timer_end;

static struct timespec plus(struct timespec time, int64_t ms)
{
    const int64_t all = time.tv_sec * INT64_C(1000000000) + time.tv_nsec + ms * 1000000;
    return (struct timespec){.tv_sec = (time_t)(all / 1000000000), .tv_nsec = (long)(all % 1000000000)};
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    pthread_mutex_lock(&lock);
    if (clock == CLOCK_REALTIME)
        *now = plus(*now, wall_ms + slept_ms);
    else if (clock == CLOCK_BOOTTIME)
        *now = plus(*now, slept_ms);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Under the lock. A time that is over already is the first there is, for 0 would switch the timer off. */
static int set_timer(int fd, int flags, const struct itimerspec *end, struct itimerspec *before)
{
    struct itimerspec real = *end;
    const bool on = end->it_value.tv_sec != 0 || end->it_value.tv_nsec != 0;
    if (on && (flags & TFD_TIMER_ABSTIME) != 0)
        real.it_value = plus(end->it_value, -slept_ms);
    if (on && real.it_value.tv_sec <= 0)
        real.it_value = (struct timespec){.tv_nsec = 1};
    return (int)syscall(SYS_timerfd_settime, fd, flags, &real, before);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *end, struct itimerspec *before)
{
    pthread_mutex_lock(&lock);
    timer_fd = fd;
    timer_end = *end;
    const int result = set_timer(fd, flags, end, before);
    pthread_mutex_unlock(&lock);
    return result;
}

void clocks_set_wall(int64_t forward_ms)
{
    pthread_mutex_lock(&lock);
    wall_ms += forward_ms;
    pthread_mutex_unlock(&lock);
}

void clocks_set_right(void)
{
    pthread_mutex_lock(&lock);
    wall_ms = 0;
    pthread_mutex_unlock(&lock);
}

void clocks_sleep(int64_t ms)
{
    pthread_mutex_lock(&lock);
    slept_ms += ms;
    if (timer_fd >= 0)
        (void)set_timer(timer_fd, TFD_TIMER_ABSTIME, &timer_end, NULL);
    pthread_mutex_unlock(&lock);
}
