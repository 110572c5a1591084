/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timers of the event loop: their order, and moving and cancelling them. */
#include <stdlib.h>
#include <unistd.h>

#include "loop_rig.h"

struct alarm {
    struct loop_timer timer;
    struct loop *loop;
    int64_t deadline;          /* for which it was set last */
    struct loop_timer *cancel; /* in the callback */
    int64_t again;             /* delay to set it anew in the callback; negative: not */
    int count, order;
    int *counter;
};

static void alarm_set(struct alarm *alarm, int64_t delay_ms)
{
    assert_int_equal(loop_timer_set(alarm->loop, &alarm->timer, delay_ms), KC_OK);
    alarm->deadline = alarm->loop->heap[alarm->timer.heap_index - 1].deadline;
}

static void alarm_expired(struct loop_timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    assert_false(loop_timer_is_set(timer));
    assert_true(alarm->deadline <= loop_now(alarm->loop));
    alarm->count++;
    alarm->order = ++*alarm->counter;
    if (alarm->cancel != NULL)
        loop_timer_cancel(alarm->loop, alarm->cancel);
    if (alarm->again >= 0)
        alarm_set(alarm, alarm->again);
}

static struct alarm alarm_make(struct loop *loop, int *counter)
{
    return (struct alarm){.timer = {.expired = alarm_expired}, .loop = loop, .again = -1, .counter = counter};
}

/* Whatever time passed between setting them. */
static void assert_in_order_of_deadlines(const struct alarm *a, const struct alarm *b)
{
    assert_int_equal(a->deadline < b->deadline, a->order < b->order);
}

static void test_timer_order(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm late = alarm_make(loop, &counter), early = late, cancelled = late;

    alarm_set(&late, 100);
    alarm_set(&cancelled, 5);
    alarm_set(&early, 10);
    loop_timer_cancel(loop, &cancelled.timer);
    loop_timer_cancel(loop, &cancelled.timer);
    while (late.count == 0 || early.count == 0)
        loop_turn(loop);
    assert_in_order_of_deadlines(&early, &late);
    assert_int_equal(cancelled.count, 0);
    assert_int_equal(loop_dispatch(loop), KC_OK);
    assert_int_equal(loop_wait(loop, 0), 0);
}

static void test_timer_moved(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm moved = alarm_make(loop, &counter), other = moved;

    alarm_set(&moved, 1);
    alarm_set(&moved, 100);
    alarm_set(&other, 20);
    while (moved.count == 0 || other.count == 0)
        loop_turn(loop);
    assert_in_order_of_deadlines(&other, &moved);
    /* Far away, then near. */
    alarm_set(&moved, INT64_MAX);
    alarm_set(&moved, -5);
    while (moved.count == 1)
        loop_turn(loop);
    assert_int_equal(moved.count, 2);
}

/* Set anew inside its callback it waits for the next round, and the descriptor stays readable. */
static void test_timer_of_no_delay(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm alarm = alarm_make(loop, &counter);

    alarm.again = 0;
    alarm_set(&alarm, 0);
    for (int i = 1; i <= 5; i++) {
        loop_turn(loop);
        assert_int_equal(alarm.count, i);
    }
    loop_timer_cancel(loop, &alarm.timer);
    assert_int_equal(loop_dispatch(loop), KC_OK);
    assert_int_equal(alarm.count, 5);
}

static void test_timer_cancelled_by_another(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm first = alarm_make(loop, &counter), second = first;

    first.cancel = &second.timer;
    second.cancel = &first.timer;
    alarm_set(&first, 0);
    alarm_set(&second, 0);
    loop_turn(loop);
    assert_int_equal(loop_dispatch(loop), KC_OK);
    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 0);
}

static void test_equal_deadlines_keep_order(void **state)
{
    struct loop *loop = *state;
    enum { COUNT = 40 };
    struct alarm alarms[COUNT];
    int counter = 0;

    /* All overdue in one round, so that they are sorted by deadline, then by when they were set. */
    for (int i = 0; i < COUNT; i++) {
        alarms[i] = alarm_make(loop, &counter);
        assert_int_equal(loop_timer_set(loop, &alarms[i].timer, 0), KC_OK);
    }
    loop_turn(loop);
    assert_int_equal(counter, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(alarms[i].order, i + 1);
}

/* Sets, moves and cancels at random; all that remain expire once, in the order of their deadlines. */
static void test_heap_at_random(void **state)
{
    struct loop *loop = *state;
    enum { COUNT = 300 };
    struct alarm *alarms = calloc(COUNT, sizeof *alarms);
    struct alarm *by_order[COUNT + 1];
    uint32_t seed = 12345;
    int counter = 0, expected = 0;

    assert_non_null(alarms);
    for (int i = 0; i < COUNT; i++)
        alarms[i] = alarm_make(loop, &counter);
    for (int i = 0; i < COUNT * 10; i++) {
        struct alarm *alarm;

        seed = seed * 1664525 + 1013904223;
        alarm = &alarms[(seed >> 8) % COUNT];
        if ((seed >> 28) < 4)
            loop_timer_cancel(loop, &alarm->timer);
        else
            alarm_set(alarm, (int64_t)((seed >> 4) % 50));
    }
    for (int i = 0; i < COUNT; i++)
        expected += loop_timer_is_set(&alarms[i].timer);
    assert_true(expected > 0);
    while (counter < expected)
        loop_turn(loop);
    for (int i = 0; i < COUNT; i++) {
        assert_true(alarms[i].count <= 1);
        by_order[alarms[i].order] = &alarms[i];
    }
    for (int i = 2; i <= expected; i++)
        assert_true(by_order[i - 1]->deadline <= by_order[i]->deadline);
    free(alarms);
}

static void assert_waits(struct loop *loop, int32_t delay_ms)
{
    const int64_t start = loop_now(loop);

    assert_int_equal(loop_run(loop, delay_ms), KC_OK);
    assert_true(loop_now(loop) - start >= delay_ms);
}

/* The end of a wait stands in the timerfd and is left there; a sooner one takes its place. */
static void test_a_wait_has_an_end(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm alarm = alarm_make(loop, &counter);

    loop_wakeup(loop);
    assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    const int64_t end = loop->armed;
    assert_true(end > loop->clocks.now && end < NOT_ARMED);
    loop_wakeup(loop);
    assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    assert_int_equal(loop->armed, end);
    assert_waits(loop, 20);
    alarm_set(&alarm, 30);
    assert_waits(loop, 10);
    while (counter == 0)
        assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    assert_waits(loop, 5);
}

/* The host was away for a while: a wait that ends after a timer leaves the timerfd to that. */
static void test_a_wait_puts_no_timer_off(void **state)
{
    struct loop *loop = *state;
    int counter = 0;
    struct alarm alarm = alarm_make(loop, &counter);

    alarm_set(&alarm, 20);
    assert_int_equal(loop->armed, alarm.deadline);
    assert_int_equal(usleep(30000), 0);
    assert_true(loop_wakes_by(loop, 10));
    assert_int_equal(loop->armed, alarm.deadline);
    assert_int_equal(loop_run(loop, LOOP_WAIT_MS), KC_OK);
    assert_int_equal(counter, 1);
}

static void test_a_wait_ends_without_the_timerfd(void **state)
{
    struct loop *loop = *state;
    const int timer_fd = loop->timer_fd;

    loop->timer_fd = -1; /* as if the system refused */
    assert_waits(loop, 20);
    loop->timer_fd = timer_fd;
    assert_waits(loop, 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_timer_order),
        TEST(test_timer_moved),
        TEST(test_timer_of_no_delay),
        TEST(test_timer_cancelled_by_another),
        TEST(test_equal_deadlines_keep_order),
        TEST(test_heap_at_random),
        TEST(test_a_wait_has_an_end),
        TEST(test_a_wait_puts_no_timer_off),
        TEST(test_a_wait_ends_without_the_timerfd),
    };

    return cmocka_run_group_tests_name("loop timers", tests, NULL, NULL);
}
