/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the pool: what is taken is clear, and blocks go from thread to thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <pthread.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util/pool.h"

enum { SIZE = 200, CLEARED = 64, MOST = 8 };

static void gives_blocks_that_are_clear(void **state)
{
    (void)state;
    struct pool pool;
    pool_init(&pool, SIZE, CLEARED, MOST);
    for (int round = 0; round < 3; round++) {
        uint8_t *blocks[2 * MOST];
        for (size_t i = 0; i < 2 * MOST; i++) {
            blocks[i] = pool_take(&pool);
            assert_non_null(blocks[i]);
            for (size_t k = 0; k < CLEARED; k++)
                assert_int_equal(blocks[i][k], 0);
            memset(blocks[i], 0xAA, SIZE);
        }
        for (size_t i = 0; i < 2 * MOST; i++)
            for (size_t k = 0; k < i; k++)
                assert_ptr_not_equal(blocks[i], blocks[k]);
        for (size_t i = 0; i < 2 * MOST; i++)
            pool_give(&pool, blocks[i]);
        assert_true(atomic_load(&pool.kept) <= MOST);
    }
    void *last = pool_take(&pool);
    pool_free(&pool);
    free(last);
}

enum { THREADS = 3, ROUNDS = 20000, SHELF = 16 };

struct shelf {
    struct pool pool;
    _Atomic(void *) places[SHELF];
};

static void *give_back(void *user)
{
    struct shelf *shelf = user;
    for (size_t i = 0; i < ROUNDS * SHELF / THREADS; i++) {
        void *block = atomic_exchange(&shelf->places[i % SHELF], NULL);
        if (block != NULL)
            pool_give(&shelf->pool, block);
    }
    return NULL;
}

static void takes_what_other_threads_give_back(void **state)
{
    (void)state;
    struct shelf *shelf = calloc(1, sizeof *shelf);
    pthread_t threads[THREADS];
    assert_non_null(shelf);
    pool_init(&shelf->pool, SIZE, CLEARED, MOST);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, give_back, shelf), 0);
    for (size_t i = 0; i < ROUNDS; i++) {
        uint64_t *block = pool_take(&shelf->pool);
        assert_non_null(block);
        for (size_t k = 0; k < CLEARED / sizeof *block; k++)
            assert_int_equal(block[k], 0); /* nobody else has it */
        memset(block, 0x55, SIZE);
        void *before = atomic_exchange(&shelf->places[i % SHELF], block);
        if (before != NULL)
            pool_give(&shelf->pool, before);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < SHELF; i++)
        free(atomic_load(&shelf->places[i]));
    pool_free(&shelf->pool);
    free(shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_blocks_that_are_clear),
        cmocka_unit_test(takes_what_other_threads_give_back),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
