/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the memory for what events touch: what is taken is zero and nobody else's, many stand close together, and
 * all of it is given back. mmap() is the wrapper below. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "loop/loop.h"

enum { MANY = 6000, LINE = 64, PAGE = 4096, LARGE = 2 * 1024 * 1024 };
static const size_t sizes[] = {1088, 160, 33, 5000};
#define SIZES (sizeof sizes / sizeof sizes[0])

static bool refused; /* no more memory from the system */
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (!refused)
        return __real_mmap(address, size, protection, flags, fd, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}

static int setup(void **state)
{
    struct loop *loop = NULL;
    struct kc_error error;

    refused = false;
    if (loop_new(&loop, &error) != KC_OK)
        return -1;
    *state = loop;
    return 0;
}

static int teardown(void **state)
{
    loop_free(*state);
    return 0;
}

static uint8_t mark_of(size_t index)
{
    return (uint8_t)(index * 7 + 1);
}

static uint8_t *take(struct loop *loop, size_t index)
{
    size_t size = sizes[index % SIZES];
    uint8_t *block = loop_memory_take(loop, size);

    assert_non_null(block);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(block[i], 0);
    memset(block, mark_of(index), size);
    return block;
}

static void give(struct loop *loop, uint8_t *block, size_t index)
{
    for (size_t i = 0; i < sizes[index % SIZES]; i++)
        assert_int_equal(block[i], mark_of(index)); /* nobody else wrote into it */
    loop_memory_give(loop, block);
}

static bool is_mapped(const void *memory)
{
    unsigned char in_memory;
    uintptr_t page = (uintptr_t)memory / PAGE * PAGE;

    return mincore((void *)page, PAGE, &in_memory) == 0;
}

static void everything_comes_and_goes(void **state)
{
    struct loop *loop = *state;
    static uint8_t *blocks[MANY];

    for (size_t i = 0; i < MANY; i++)
        blocks[i] = take(loop, i);
    for (int round = 0; round < 3; round++) { /* others go each time, and others come for them */
        for (size_t i = (size_t)round; i < MANY; i += 2 + (size_t)round) {
            give(loop, blocks[i], i);
            blocks[i] = NULL;
        }
        for (size_t i = 0; i < MANY; i++)
            if (blocks[i] == NULL)
                blocks[i] = take(loop, i);
    }
    for (size_t i = 0; i < MANY; i++)
        give(loop, blocks[i], i);
    loop_memory_give(loop, NULL);
}

/* Side by side, from a line of the cache on, without anything between them. */
static void many_stand_close_together(void **state)
{
    struct loop *loop = *state;
    static uint8_t *blocks[MANY];
    size_t neighbours = 0;

    for (size_t i = 0; i < MANY; i++)
        blocks[i] = loop_memory_take(loop, 1000);
    for (size_t i = MANY / 2; i < MANY; i++) {
        assert_int_equal((uintptr_t)blocks[i] % LINE, 0);
        neighbours += blocks[i] == blocks[i - 1] + 1024;
    }
    assert_true(neighbours >= MANY / 2 - 4); /* but where the next large page begins */
    for (size_t i = 0; i < MANY; i++)
        loop_memory_give(loop, blocks[i]);
    assert_false(is_mapped(blocks[MANY - 1])); /* the system has it back */
    assert_false(is_mapped(blocks[MANY / 2]));
}

/* What is not used yet is not in memory, and what was given back is used again before anything else. */
static void takes_no_more_than_it_needs(void **state)
{
    struct loop *loop = *state;
    static uint8_t *blocks[MANY];
    unsigned char in_memory[LARGE / PAGE];
    size_t count = 0;

    for (size_t i = 0; i < 600; i++) {
        blocks[i] = loop_memory_take(loop, 1000);
        memset(blocks[i], 1, 1000);
    }
    uintptr_t large = (uintptr_t)blocks[599] / LARGE * LARGE;
    assert_int_equal(mincore((void *)large, LARGE, in_memory), 0);
    for (size_t i = 0; i < LARGE / PAGE; i++)
        count += in_memory[i] & 1;
    assert_in_range(count, 1, 600 * 1024 / PAGE + 1);
    loop_memory_give(loop, blocks[500]);
    assert_ptr_equal(loop_memory_take(loop, 980), blocks[500]);
    for (size_t i = 0; i < 600; i++)
        loop_memory_give(loop, blocks[i]);
}

/* No pages from the system, or too large for them: then from malloc(). */
static void goes_on_without_pages(void **state)
{
    struct loop *loop = *state;
    static uint8_t *blocks[MANY];

    refused = true;
    for (size_t i = 0; i < 1000; i++)
        blocks[i] = take(loop, i);
    refused = false;
    for (size_t i = 1000; i < 2000; i++)
        blocks[i] = take(loop, i);
    uint8_t *large = loop_memory_take(loop, 3 * (size_t)LARGE);
    assert_non_null(large);
    memset(large, 1, 3 * (size_t)LARGE);
    loop_memory_give(loop, large);
    for (size_t i = 0; i < 2000; i++)
        give(loop, blocks[i], i);
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

/* What is behind a block, and one that was given back, is nobody's. */
static void misuse_is_seen(void **state)
{
    struct loop *loop = *state;
    static uint8_t *blocks[MANY];

    for (size_t i = 0; i < MANY; i++)
        blocks[i] = take(loop, i);
    for (size_t i = 0; i < MANY; i += 3) {
        assert_false(__asan_address_is_poisoned(blocks[i] + sizes[i % SIZES] - 1));
        assert_true(__asan_address_is_poisoned(blocks[i] + sizes[i % SIZES]) || sizes[i % SIZES] % LINE == 0);
        loop_memory_give(loop, blocks[i]);
        assert_true(__asan_address_is_poisoned(blocks[i]));
        assert_true(__asan_address_is_poisoned(blocks[i] + sizes[i % SIZES] - 1));
    }
    for (size_t i = 0; i < MANY; i++)
        if (i % 3 != 0)
            give(loop, blocks[i], i);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_comes_and_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(many_stand_close_together, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_no_more_than_it_needs, setup, teardown),
        cmocka_unit_test_setup_teardown(goes_on_without_pages, setup, teardown),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test_setup_teardown(misuse_is_seen, setup, teardown),
#endif
    };

    return cmocka_run_group_tests_name("loop memory", tests, NULL, NULL);
}
