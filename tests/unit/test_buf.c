/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the byte buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/buf.h"

static void grows_and_keeps_what_was_appended(void **state)
{
    (void)state;
    struct buf buf = {0};
    for (size_t i = 0; i < 10000; i++)
        buf_append_byte(&buf, (uint8_t)(i * 7));
    assert_false(buf.failed);
    assert_int_equal(buf.length, 10000);
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(buf.data[i], (uint8_t)(i * 7));
    buf_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.length, 0);
    assert_int_equal(buf.capacity, 0);
}

static void appends_text_and_formats(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf);
    buf_append_text(&buf, "CN");
    buf_append_text(&buf, "");
    buf_append(&buf, "|x", 2);
    buf_append(&buf, NULL, 0);
    buf_append_format(&buf, "%d-%s", 42, "rooms");
    assert_string_equal(buf_text(&buf), "CN|x42-rooms");
    assert_int_equal(buf.length, 12);
    buf_append_byte(&buf, '!'); /* the NUL of buf_text() does not count */
    assert_string_equal(buf_text(&buf), "CN|x42-rooms!");
    buf_free(&buf);
}

static void formats_more_than_the_first_capacity(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append_format(&buf, "%0500d", 7);
    assert_int_equal(buf.length, 500);
    assert_int_equal(strlen(buf_text(&buf)), 500);
    assert_int_equal(buf.data[499], '7');
    buf_free(&buf);
}

static void text_of_nothing_is_empty(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.length, 0);
    buf_free(&buf);
    buf_consume(&buf, 5);
    buf_clear(&buf);
    assert_string_equal(buf_text(&buf), "");
    buf_free(&buf);
    buf_free(&buf);
}

static void text_fits_when_the_buffer_is_exactly_full(void **state)
{
    (void)state;
    for (size_t length = 60; length < 70; length++) {
        struct buf buf = {0};
        for (size_t i = 0; i < length; i++)
            buf_append_byte(&buf, 'x');
        assert_int_equal(strlen(buf_text(&buf)), length);
        buf_free(&buf);
    }
}

static void consumes_from_the_front(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append_text(&buf, "abcdef");
    buf_consume(&buf, 0);
    buf_consume(&buf, 2);
    assert_string_equal(buf_text(&buf), "cdef");
    buf_append_text(&buf, "gh");
    buf_consume(&buf, 4);
    assert_string_equal(buf_text(&buf), "gh");
    buf_consume(&buf, 100);
    assert_int_equal(buf.length, 0);
    buf_append_text(&buf, "new");
    assert_string_equal(buf_text(&buf), "new");
    buf_free(&buf);
}

static void failure_is_sticky_until_cleared(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append_text(&buf, "abc");
    volatile size_t too_many = SIZE_MAX - 2;
    buf_append(&buf, "x", too_many); /* fails before it reads */
    assert_true(buf.failed);
    buf_append_text(&buf, "def");
    buf_append_byte(&buf, 'g');
    buf_append_format(&buf, "%d", 1);
    assert_int_equal(buf.length, 3);
    assert_string_equal(buf_text(&buf), "");
    buf_clear(&buf);
    assert_false(buf.failed);
    buf_append_text(&buf, "def");
    assert_string_equal(buf_text(&buf), "def");
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_keeps_what_was_appended),         cmocka_unit_test(appends_text_and_formats),
        cmocka_unit_test(formats_more_than_the_first_capacity),      cmocka_unit_test(text_of_nothing_is_empty),
        cmocka_unit_test(text_fits_when_the_buffer_is_exactly_full), cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(failure_is_sticky_until_cleared),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
