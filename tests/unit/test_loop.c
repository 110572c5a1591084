/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event loop: watches, tasks, clocks. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop_rig.h"

/* ---- Watches --------------------------------------------------------------------------------------------------- */

struct seen {
    struct loop_watch watch;
    struct loop *loop;
    struct seen *other; /* removed in the callback */
    struct seen *fresh; /* added in the callback */
    int other_end;
    int count;
    uint32_t events;
};

static void seen_ready(struct loop_watch *watch, uint32_t events)
{
    struct seen *seen = (struct seen *)watch;

    seen->count++;
    seen->events = events;
    if (seen->other != NULL)
        loop_watch_remove(seen->loop, &seen->other->watch);
    if (seen->fresh != NULL)
        assert_int_equal(loop_watch_add(seen->loop, &seen->fresh->watch), KC_OK);
}

static void seen_open(struct loop *loop, struct seen *seen, uint32_t events)
{
    int ends[2];

    memset(seen, 0, sizeof *seen);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    seen->loop = loop;
    seen->other_end = ends[1];
    seen->watch.fd = ends[0];
    seen->watch.events = (uint8_t)events;
    seen->watch.ready = seen_ready;
    assert_int_equal(loop_watch_add(loop, &seen->watch), KC_OK);
}

static void seen_close(struct seen *seen)
{
    loop_watch_remove(seen->loop, &seen->watch);
    close(seen->watch.fd);
    if (seen->other_end >= 0)
        close(seen->other_end);
}

static void poke(const struct seen *seen)
{
    assert_int_equal(write(seen->other_end, "x", 1), 1);
}

static void test_watch_events(void **state)
{
    struct loop *loop = *state;
    struct seen seen;

    seen_open(loop, &seen, LOOP_READ);
    assert_int_equal(loop_wait(loop, 0), 0);
    assert_int_equal(loop_dispatch(loop), KC_OK);
    assert_int_equal(seen.count, 0);
    poke(&seen);
    loop_turn(loop);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.events, LOOP_READ);
    loop_turn(loop); /* still readable */
    assert_int_equal(seen.count, 2);
    assert_int_equal(loop_watch_set(loop, &seen.watch, 0), KC_OK);
    assert_int_equal(loop_wait(loop, 0), 0);
    assert_int_equal(loop_watch_set(loop, &seen.watch, LOOP_WRITE), KC_OK);
    loop_turn(loop);
    assert_int_equal(seen.events, LOOP_WRITE);
    assert_int_equal(loop_watch_set(loop, &seen.watch, LOOP_READ | LOOP_WRITE), KC_OK);
    loop_turn(loop);
    assert_int_equal(seen.events, LOOP_READ | LOOP_WRITE);
    seen_close(&seen);
    seen_close(&(struct seen){.loop = loop, .watch = {.fd = -1}, .other_end = -1}); /* harmless if not added */
    assert_int_equal(loop_wait(loop, 0), 0);
}

static void test_hangup_needs_no_asking(void **state)
{
    struct loop *loop = *state;
    struct seen seen;

    seen_open(loop, &seen, 0);
    close(seen.other_end);
    seen.other_end = -1;
    loop_turn(loop);
    assert_int_equal(seen.count, 1);
    assert_true((seen.events & LOOP_HANGUP) != 0);
    seen_close(&seen);
}

static void test_bad_descriptor(void **state)
{
    struct loop *loop = *state;
    struct loop_watch watch = {.ready = seen_ready, .fd = -1, .events = LOOP_READ};

    assert_int_equal(loop_watch_add(loop, &watch), KC_ERROR_SYSTEM);
    assert_false(watch.added);
    loop_watch_remove(loop, &watch);
}

/* Both are ready; whichever comes first removes the other, which then must not be called. */
static void test_removed_in_the_same_round(void **state)
{
    struct loop *loop = *state;
    struct seen a, b;

    seen_open(loop, &a, LOOP_READ);
    seen_open(loop, &b, LOOP_READ);
    a.other = &b;
    b.other = &a;
    poke(&a);
    poke(&b);
    loop_turn(loop);
    assert_int_equal(a.count + b.count, 1);
    loop_turn(loop);
    assert_int_equal(a.count + b.count, 2);
    assert_true(a.count == 0 || b.count == 0);
    seen_close(&a);
    seen_close(&b);
}

/* A watch that is removed and added again while it is in the ready list is not called for its former life. */
static void test_added_again_in_the_same_round(void **state)
{
    struct loop *loop = *state;
    struct seen a, b;

    seen_open(loop, &a, LOOP_READ);
    seen_open(loop, &b, LOOP_READ);
    a.other = a.fresh = &b;
    b.other = b.fresh = &a;
    poke(&a);
    poke(&b);
    loop_turn(loop);
    assert_int_equal(a.count + b.count, 1);
    seen_close(&a);
    seen_close(&b);
}

static void test_many_descriptors(void **state)
{
    struct loop *loop = *state;
    enum { COUNT = 150 };
    struct seen *all = calloc(COUNT, sizeof *all);
    int total = 0;

    assert_non_null(all);
    for (int i = 0; i < COUNT; i++) {
        seen_open(loop, &all[i], LOOP_READ);
        poke(&all[i]);
    }
    loop_turn(loop);
    for (int i = 0; i < COUNT; i++)
        total += all[i].count;
    assert_int_equal(total, 64);
    loop_turn(loop);
    loop_turn(loop);
    for (int i = 0; i < COUNT; i++)
        assert_true(all[i].count > 0);
    for (int i = 0; i < COUNT; i++)
        seen_close(&all[i]);
    free(all);
}

/* ---- Tasks ----------------------------------------------------------------------------------------------------- */

struct job {
    struct loop_task task;
    struct loop *loop;
    struct job *queue, *cancel; /* in the callback */
    int count;
};

static void job_run(struct loop_task *task)
{
    struct job *job = (struct job *)task;

    assert_false(task->queued);
    job->count++;
    if (job->queue != NULL)
        loop_task_queue(job->loop, &job->queue->task);
    if (job->cancel != NULL)
        loop_task_cancel(job->loop, &job->cancel->task);
}

static void test_tasks(void **state)
{
    struct loop *loop = *state;
    struct job a = {.task = {.run = job_run}, .loop = loop}, b = a, c = a, d = a;

    a.queue = &a;  /* waits for the next round */
    a.cancel = &b; /* was to run in this round */
    loop_task_queue(loop, &a.task);
    loop_task_queue(loop, &a.task);
    loop_task_queue(loop, &b.task);
    loop_task_queue(loop, &c.task);
    loop_task_queue(loop, &d.task);
    loop_task_cancel(loop, &d.task);
    loop_task_cancel(loop, &d.task);
    loop_turn(loop);
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 0);
    assert_int_equal(c.count, 1);
    assert_int_equal(d.count, 0);
    loop_turn(loop); /* the descriptor is readable again, because of a */
    assert_int_equal(a.count, 2);
    loop_task_cancel(loop, &a.task);
    assert_int_equal(loop_dispatch(loop), KC_OK);
    assert_int_equal(loop_wait(loop, 0), 0);
    loop_task_queue(loop, &c.task); /* and is made readable anew */
    loop_turn(loop);
    assert_int_equal(c.count, 2);
    assert_int_equal(a.count, 2);
}

/* Rounds while the host waits leave what it is told; its own dispatch takes that back. */
static void test_host_is_told(void **state)
{
    struct loop *loop = *state;
    struct job job = {.task = {.run = job_run}, .loop = loop};
    struct seen seen;

    for (int i = 0; i < 3; i++)
        loop_tell_host(loop);
    assert_int_equal(loop_wait(loop, 0), 1);
    loop_task_queue(loop, &job.task);
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_run(loop, 0), KC_OK);
    assert_int_equal(job.count, 1);
    assert_int_equal(loop_wait(loop, 0), 1);
    loop_turn(loop);
    assert_int_equal(loop_wait(loop, 0), 0);
    /* one dispatch for all: the descriptor, the task, and what was told */
    seen_open(loop, &seen, LOOP_READ);
    poke(&seen);
    loop_tell_host(loop);
    loop_task_queue(loop, &job.task);
    loop_turn(loop);
    assert_int_equal(seen.count, 1);
    assert_int_equal(job.count, 2);
    seen_close(&seen);
    assert_int_equal(loop_wait(loop, 0), 0);
}

/* Neither tasks without end nor a descriptor that is always ready keep the other from its turn. */
static void test_everyone_has_a_turn(void **state)
{
    struct loop *loop = *state;
    struct job job = {.task = {.run = job_run}, .loop = loop};
    struct seen seen;

    job.queue = &job;
    seen_open(loop, &seen, LOOP_READ);
    poke(&seen);
    loop_task_queue(loop, &job.task);
    for (int i = 0; i < 10; i++)
        assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    assert_int_equal(job.count, 10);
    assert_int_equal(seen.count, 5);
    loop_task_cancel(loop, &job.task);
    for (int i = 0; i < 2; i++)
        assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    assert_true(seen.count >= 6);
    seen_close(&seen);
}

struct late {
    struct loop_timer timer;
    int count;
};

static void late_expired(struct loop_timer *timer)
{
    ((struct late *)timer)->count++;
}

enum { FLOOD = READY_MAX + 1 };

/* More descriptors than a round looks at, which stay ready. */
static struct seen *flood_open(struct loop *loop)
{
    struct seen *flood = calloc(FLOOD, sizeof *flood);

    assert_non_null(flood);
    for (int i = 0; i < FLOOD; i++) {
        seen_open(loop, &flood[i], LOOP_READ);
        poke(&flood[i]);
    }
    return flood;
}

static void flood_close(struct seen *flood)
{
    for (int i = 0; i < FLOOD; i++)
        seen_close(&flood[i]);
    free(flood);
}

/* A timer that is late waits until all descriptors were looked at, but not for ever if there are always more. */
static void test_late_timers_wait_a_while(void **state)
{
    enum { ROUNDS = 2000 };
    struct loop *loop = *state;
    struct late late = {.timer = {.expired = late_expired}};
    struct seen *flood = flood_open(loop);

    assert_int_equal(loop_timer_set(loop, &late.timer, 0), KC_OK);
    loop->heap[0].deadline -= 2000;
    for (int i = 0; i < ROUNDS && late.count == 0; i++) {
        assert_int_equal(loop_run(loop, 1000), KC_OK);
        assert_true(i > 0 || late.count == 0);
        if (i == 2)
            loop->catch_up_end = loop->clocks.now; /* as if it had taken so long */
        assert_true(i <= 3 || late.count == 1);
    }
    assert_int_equal(late.count, 1);
    flood_close(flood);
}

/* More timers than one round runs do not wait so long for each round. */
static void test_many_late_timers_wait_once(void **state)
{
    enum { MANY = 3 * ROUND_MAX };
    struct loop *loop = *state;
    struct late *late = calloc(MANY, sizeof *late);
    struct seen *flood = flood_open(loop);
    int count = 0;

    assert_non_null(late);
    for (int i = 0; i < MANY; i++) {
        late[i].timer.expired = late_expired;
        assert_int_equal(loop_timer_set(loop, &late[i].timer, 0), KC_OK);
    }
    for (int i = 0; i < MANY; i++)
        loop->heap[i].deadline -= 2000;
    assert_int_equal(loop_run(loop, 1000), KC_OK);
    assert_true(loop->catching_up);
    loop->catch_up_end = loop->clocks.now; /* as if it had taken so long */
    for (int i = 0; i < 3; i++)
        assert_int_equal(loop_run(loop, 1000), KC_OK);
    for (int i = 0; i < MANY; i++) {
        count += late[i].count;
        loop_timer_cancel(loop, &late[i].timer);
    }
    assert_int_equal(count, MANY);
    flood_close(flood);
    free(late);
}

static void dispatch_inside(struct loop_task *task)
{
    struct job *job = (struct job *)task;

    job->count++;
    assert_int_equal(loop_dispatch(job->loop), KC_ERROR_STATE);
}

static void test_dispatch_inside_a_callback(void **state)
{
    struct loop *loop = *state;
    struct job job = {.task = {.run = dispatch_inside}, .loop = loop};

    loop_task_queue(loop, &job.task);
    loop_turn(loop);
    assert_int_equal(job.count, 1);
}

/* ---- Clocks and the rest --------------------------------------------------------------------------------------- */

static void test_wait_time_is_over(void **state)
{
    struct loop *loop = *state;
    int64_t before = loop_now(loop);

    assert_int_equal(loop_wait(loop, 0), 0);
    assert_int_equal(loop_wait(loop, 20), 0);
    assert_true(loop_now(loop) - before >= 19);
}

static void test_wall_clock(void **state)
{
    struct loop *loop = *state;
    int64_t now = (int64_t)time(NULL) * 1000;

    assert_true(loop_wall_ms(loop) >= now - 5000);
    loop_shift_wall(loop, INT64_C(86400000));
    assert_true(loop_wall_ms(loop) >= now + 86400000 - 5000);
    loop_shift_wall(loop, INT64_C(-2) * 86400000);
    assert_true(loop_wall_ms(loop) < now);
}

static void test_random(void **state)
{
    uint8_t a[300] = {0}, b[300] = {0};

    (void)state;
    assert_int_equal(loop_random(a, sizeof a), 0);
    assert_int_equal(loop_random(b, sizeof b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(loop_random(a, 0), 0);
}

static void test_descriptors_close_on_exec(void **state)
{
    enum { COUNT = 256 };
    bool before[COUNT];
    struct loop *loop = NULL;
    struct kc_error error;
    int found = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        before[i] = fcntl(i, F_GETFD) >= 0;
    assert_int_equal(loop_new(&loop, &error), KC_OK);
    for (int i = 0; i < COUNT; i++) {
        int flags = before[i] ? -1 : fcntl(i, F_GETFD);

        if (flags < 0)
            continue;
        assert_true((flags & FD_CLOEXEC) != 0);
        found++;
    }
    assert_int_equal(found, 5);
    loop_free(loop);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(before[i], fcntl(i, F_GETFD) >= 0);
}

/* Every descriptor that is missing gives an error, and none leaks. */
static void test_no_descriptors(void **state)
{
    enum { COUNT = 128 };
    struct rlimit before, low;
    int taken[COUNT];
    int count = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = COUNT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < COUNT && (taken[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_in_range(count, 3, COUNT - 1);
    for (int given = 0; given < 3; given++) {
        struct loop *loop = NULL;
        struct kc_error error;

        for (int round = 0; round < 3; round++) {
            assert_int_equal(loop_new(&loop, &error), KC_ERROR_SYSTEM);
            assert_null(loop);
            assert_non_null(strstr(error.message, "descriptors"));
        }
        close(taken[--count]);
    }
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_watch_events),
        TEST(test_hangup_needs_no_asking),
        TEST(test_bad_descriptor),
        TEST(test_removed_in_the_same_round),
        TEST(test_added_again_in_the_same_round),
        TEST(test_many_descriptors),
        TEST(test_tasks),
        TEST(test_host_is_told),
        TEST(test_everyone_has_a_turn),
        TEST(test_late_timers_wait_a_while),
        TEST(test_many_late_timers_wait_once),
        TEST(test_dispatch_inside_a_callback),
        TEST(test_wait_time_is_over),
        TEST(test_wall_clock),
        TEST(test_random),
        TEST(test_descriptors_close_on_exec),
        TEST(test_no_descriptors),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
