/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of UUIDs; the first example stands in RFC 9562, appendix A.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/uuid.h"

static void makes_the_example_of_the_standard(void **state)
{
    (void)state;
    /* rand_a is CC3, rand_b is 18C4DC0C0C07398F; the bits of version and variant are overwritten. */
    static const uint8_t random[10] = {0xFC, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
    struct uuid uuid = uuid_make(INT64_C(0x017F22E279B0), random);
    char text[UUID_TEXT_SIZE];
    uuid_format(&uuid, text);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void later_ones_sort_later(void **state)
{
    (void)state;
    static const uint8_t high[10] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    static const uint8_t low[10];
    struct uuid first = uuid_make(INT64_C(1781520000000), high);
    struct uuid second = uuid_make(INT64_C(1781520000001), low);
    char first_text[UUID_TEXT_SIZE], second_text[UUID_TEXT_SIZE];
    uuid_format(&first, first_text);
    uuid_format(&second, second_text);
    assert_true(strcmp(first_text, second_text) < 0);
    assert_false(uuid_equal(&first, &second));
}

/* Within a millisecond, over its end, and while the clock stands a little behind; but not for ever. */
static void each_is_later_than_the_last(void **state)
{
    (void)state;
    static const uint8_t low[10];
    const int64_t now = INT64_C(1781520000000);
    struct uuid last = uuid_make(now, low);
    for (int i = 0; i < 10000; i++) {
        struct uuid next = uuid_make_after(&last, now, low);
        assert_true(memcmp(next.bytes, last.bytes, 8) > 0);
        assert_int_equal(next.bytes[6] >> 4, 7);
        assert_int_equal(next.bytes[8] >> 6, 2);
        last = next;
    }
    struct uuid far = uuid_make_after(&last, now - 60000, low);
    assert_true(memcmp(far.bytes, last.bytes, 8) < 0);
}

static void impossible_clocks_stay_valid(void **state)
{
    (void)state;
    static const uint8_t random[10];
    char text[UUID_TEXT_SIZE];
    struct uuid uuid = uuid_make(-1, random);
    uuid_format(&uuid, text);
    assert_string_equal(text, "00000000-0000-7000-8000-000000000000");
    uuid = uuid_make(INT64_MAX, random);
    uuid_format(&uuid, text);
    assert_string_equal(text, "ffffffff-ffff-7000-8000-000000000000");
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    struct uuid uuid, again;
    char text[UUID_TEXT_SIZE];
    assert_int_equal(uuid_parse("017F22E2-79b0-4CC3-98C4-DC0C0C07398F", &uuid), 0);
    uuid_format(&uuid, text);
    assert_string_equal(text, "017f22e2-79b0-4cc3-98c4-dc0c0c07398f");
    assert_int_equal(uuid_parse(text, &again), 0);
    assert_true(uuid_equal(&uuid, &again));
    assert_false(uuid_is_nil(&uuid));
    assert_int_equal(uuid_parse("00000000-0000-0000-0000-000000000000", &uuid), 0);
    assert_true(uuid_is_nil(&uuid));
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "0",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
        "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
        "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c0739\xD0\x96",
        "------------------------------------",
    };
    struct uuid uuid;
    memset(&uuid, 0xAA, sizeof uuid);
    const struct uuid before = uuid;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(uuid_parse(wrong[i], &uuid), -1);
    assert_int_equal(uuid_parse(NULL, &uuid), -1);
    assert_true(uuid_equal(&uuid, &before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_example_of_the_standard),
        cmocka_unit_test(later_ones_sort_later),
        cmocka_unit_test(each_is_later_than_the_last),
        cmocka_unit_test(impossible_clocks_stay_valid),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_everything_else),
    };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
