/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The event loop is woken: by its own thread, other threads, a signal handler. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#include "loop_rig.h"

static void count_wakeup(void *user)
{
    (*(int *)user)++;
}

static void test_wakeup(void **state)
{
    struct loop *loop = *state;
    int count = 0;

    loop_wakeup(loop); /* without anyone to tell: the descriptor becomes readable all the same */
    loop_turn(loop);
    loop_on_wakeup(loop, count_wakeup, &count);
    for (int i = 0; i < 1000; i++)
        loop_wakeup(loop);
    assert_int_equal(loop_wait(loop, 0), 1);
    loop_turn(loop);
    assert_int_equal(count, 1);
    assert_int_equal(loop_wait(loop, 0), 0);
    loop_wakeup(loop);
    loop_turn(loop);
    assert_int_equal(count, 2);
}

struct shared {
    struct loop *loop;
    pthread_mutex_t mutex;
    int produced; /* under the mutex */
    int consumed; /* by the loop's thread */
};

enum { PRODUCTS = 20000 };

static void consume(void *user)
{
    struct shared *shared = user;

    pthread_mutex_lock(&shared->mutex);
    shared->consumed = shared->produced;
    pthread_mutex_unlock(&shared->mutex);
}

static void *produce(void *user)
{
    struct shared *shared = user;

    for (int i = 0; i < PRODUCTS; i++) {
        pthread_mutex_lock(&shared->mutex);
        shared->produced++;
        pthread_mutex_unlock(&shared->mutex);
        loop_wakeup(shared->loop);
    }
    return NULL;
}

/* No wake-up is lost: everything that was produced before one is seen. */
static void test_wakeups_from_threads(void **state)
{
    struct shared shared = {.loop = *state};
    pthread_t threads[2];

    assert_int_equal(pthread_mutex_init(&shared.mutex, NULL), 0);
    loop_on_wakeup(shared.loop, consume, &shared);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &shared), 0);
    while (shared.consumed < 2 * PRODUCTS)
        loop_turn(shared.loop);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&shared.mutex);
}

static struct loop *signalled_loop;

static void on_signal(int number)
{
    (void)number;
    loop_wakeup(signalled_loop);
}

static void test_wakeup_from_a_signal_handler(void **state)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    int count = 0;

    signalled_loop = *state;
    loop_on_wakeup(signalled_loop, count_wakeup, &count);
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    assert_int_equal(raise(SIGUSR1), 0);
    loop_turn(signalled_loop);
    assert_int_equal(count, 1);
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void *wait_in_thread(void *user)
{
    static int32_t result;

    result = loop_wait(user, LOOP_WAIT_MS);
    return &result;
}

static void test_wait_in_another_thread(void **state)
{
    struct loop *loop = *state;
    pthread_t thread;
    void *result = NULL;

    assert_int_equal(pthread_create(&thread, NULL, wait_in_thread, loop), 0);
    loop_wakeup(loop);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_int_equal(*(int32_t *)result, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, loop_setup, loop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_wakeup),
        TEST(test_wakeups_from_threads),
        TEST(test_wakeup_from_a_signal_handler),
        TEST(test_wait_in_another_thread),
    };

    return cmocka_run_group_tests_name("loop wakeups", tests, NULL, NULL);
}
