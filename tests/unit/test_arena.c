/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the arena and its lists of strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/arena.h"

static void gives_zeroed_aligned_memory_of_its_own(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint8_t *pieces[400];
    for (size_t i = 0; i < 400; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(pieces[i][k], i & 0xFF);
    }
    assert_ptr_not_equal(pieces[0], pieces[1]);
    arena_free(&arena);
    assert_null(arena.blocks);
    assert_non_null(arena_alloc(&arena, 10)); /* it can be used again */
    arena_free(&arena);
}

static void large_pieces_do_not_waste_the_newest_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    char *first = arena_alloc(&arena, 16);
    char *large = arena_alloc(&arena, 1000000);
    char *second = arena_alloc(&arena, 16);
    assert_non_null(large);
    memset(large, 'x', 1000000);
    assert_ptr_equal(second, first + 16);
    arena_free(&arena);
}

static void refuses_sizes_that_no_memory_has(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX / 2 + 1));
    assert_null(arena_text_n(&arena, "x", SIZE_MAX));
    arena_free(&arena);
}

static void copies_text(void **state)
{
    (void)state;
    struct arena arena = {0};
    char source[] = "room 101";
    const char *copy = arena_text(&arena, source);
    source[0] = 'X';
    assert_string_equal(copy, "room 101");
    assert_string_equal(arena_text(&arena, NULL), "");
    assert_string_equal(arena_text(&arena, ""), "");
    assert_string_equal(arena_text_n(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_text_n(&arena, NULL, 3), "");
    arena_free(&arena);
}

static void copies_lists(void **state)
{
    (void)state;
    struct arena arena = {0};
    char first[] = "101";
    const char *items[] = {first, "", "103"};
    struct strings copy;
    assert_int_equal(arena_strings(&arena, &(struct strings){items, 3}, &copy), 0);
    first[0] = 'X';
    assert_int_equal(copy.count, 3);
    assert_string_equal(copy.items[0], "101");
    assert_string_equal(copy.items[1], "");
    assert_string_equal(copy.items[2], "103");
    assert_int_equal(arena_strings(&arena, &(struct strings){0}, &copy), 0);
    assert_int_equal(copy.count, 0);
    arena_free(&arena);
}

static void begins_in_memory_that_is_lent(void **state)
{
    (void)state;
    _Alignas(max_align_t) char memory[256];
    struct arena arena;
    arena_init_in(&arena, memory, sizeof(memory));
    const char *inside = arena_text(&arena, "inside");
    assert_true(inside > memory && inside < memory + sizeof(memory));
    void *large = arena_alloc(&arena, 1000);
    assert_non_null(large);
    assert_true((char *)large < memory || (char *)large >= memory + sizeof(memory));
    for (size_t i = 0; i < 50; i++)
        assert_string_equal(arena_text(&arena, "more of it"), "more of it");
    assert_string_equal(inside, "inside");
    arena_free(&arena);
    assert_string_equal(arena_text(&arena, "anew"), "anew");
    arena_free(&arena);
}

static void splits(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *items[] = {"101", "", "a,b|c", ""};
    struct strings list;
    assert_int_equal(arena_split(&arena,
                                 "101\x1F\x1F"
                                 "a,b|c\x1F",
                                 &list),
                     0);
    assert_int_equal(list.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(list.items[i], items[i]);
    assert_int_equal(arena_split(&arena, "", &list), 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(arena_split(&arena, "one", &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0], "one");
    assert_int_equal(arena_split(&arena, "\x1F", &list), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1], "");
    arena_free(&arena);
}

static void test_size(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_int_equal(arena_size(&arena), 0);
    assert_non_null(arena_alloc(&arena, 10));
    const size_t little = arena_size(&arena);
    assert_true(little >= 10 && little < 1000);
    assert_non_null(arena_alloc(&arena, 10)); /* in the same block */
    assert_int_equal(arena_size(&arena), little);
    assert_non_null(arena_alloc(&arena, 100000)); /* in one of its own */
    assert_non_null(arena_alloc(&arena, 200000));
    assert_true(arena_size(&arena) >= little + 300000 && arena_size(&arena) < little + 301000);
    arena_free(&arena);
    assert_int_equal(arena_size(&arena), 0);
}

static void count_release(void *object)
{
    int *count = object;
    ++*count;
}

static void test_hold(void **state)
{
    (void)state;
    struct arena arena = {0};
    int first = 0, second = 0;
    assert_int_equal(arena_hold(&arena, count_release, &first), 0);
    for (int i = 0; i < 100; i++) /* more than a block */
        assert_int_equal(arena_hold(&arena, count_release, &second), 0);
    assert_int_equal(first + second, 0);
    arena_free(&arena);
    assert_int_equal(first, 1);
    assert_int_equal(second, 100);
    arena_free(&arena);
    assert_int_equal(first + second, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_hold),
        cmocka_unit_test(gives_zeroed_aligned_memory_of_its_own),
        cmocka_unit_test(large_pieces_do_not_waste_the_newest_block),
        cmocka_unit_test(refuses_sizes_that_no_memory_has),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(copies_lists),
        cmocka_unit_test(begins_in_memory_that_is_lent),
        cmocka_unit_test(splits),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
