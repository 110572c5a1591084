/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FIAS codec: values of fields, and what cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fias/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Values ---------------------------------------------------------------------------------------------------- */

static struct fias_field field_of(const char *text)
{
    return (struct fias_field){0, text, strlen(text)};
}

static void test_dates_and_times(void **state)
{
    (void)state;
    struct fias_date date;
    struct fias_time time;
    struct fias_field field = field_of("991229");
    char text[16];
    assert_int_equal(fias_date_read(&field, &date), 0);
    assert_int_equal(date.year, 1999);
    assert_int_equal(fias_date_text(&date, text), 0);
    assert_string_equal(text, "991229");
    field = field_of("240229");
    assert_int_equal(fias_date_read(&field, &date), 0);
    assert_int_equal(date.year, 2024);
    static const char *const bad_dates[] = {"", "2601", "260229", "261301", "260132", "260100", "26011a", "2601155"};
    for (size_t i = 0; i < COUNT_OF(bad_dates); i++) {
        field = field_of(bad_dates[i]);
        assert_int_equal(fias_date_read(&field, &date), -1);
    }
    assert_int_equal(fias_date_text(&(struct fias_date){2070, 1, 1}, text), -1);
    assert_int_equal(fias_date_text(&(struct fias_date){2026, 2, 29}, text), -1);
    assert_int_equal(fias_date_text(&(struct fias_date){2026, 1, 15}, text), 0);
    assert_string_equal(text, "260115");
    static const char *const times[] = {"093000", "0930001"};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        field = field_of(times[i]);
        assert_int_equal(fias_time_read(&field, &time), 0);
        assert_int_equal(time.hour * 100 + time.minute, 930);
        assert_int_equal(fias_time_text(&time, text), 0);
        assert_string_equal(text, "093000");
    }
    static const char *const clocks[] = {"11:05", "1105", "110500", "11:05:00"};
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        field = field_of(clocks[i]);
        assert_int_equal(fias_clock_read(&field, &time), 0);
        assert_int_equal(time.hour * 100 + time.minute, 1105);
    }
    static const char *const bad_times[] = {"", "24:00", "1160", "1:05", "11-05", "11:0x", "110560", "11:05-00", "99"};
    for (size_t i = 0; i < COUNT_OF(bad_times); i++) {
        field = field_of(bad_times[i]);
        assert_int_equal(fias_clock_read(&field, &time), -1);
        assert_int_equal(fias_time_read(&field, &time), -1);
    }
    assert_int_equal(fias_time_text(&(struct fias_time){24, 0, 0}, text), -1);
}

static void test_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text, *items;
    } rows[] = {{"101;102", "101/102/"}, {"101,102", "101/102/"}, {";;101;", "101/"}, {"", ""}, {"7", "7/"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fias_field list = field_of(rows[i].text), item;
        struct buf out = {0};
        for (size_t at = 0; fias_list_next(&list, &at, &item);) {
            buf_append(&out, item.value, item.length);
            buf_append_byte(&out, '/');
        }
        assert_string_equal(buf_text(&out), rows[i].items);
        buf_free(&out);
    }
}

static void test_cryptograms(void **state)
{
    (void)state;
    char vector[FIAS_CRYPTOGRAM_PART + 1], text[FIAS_CRYPTOGRAM_PART + 1];
    static const char *const good[] = {"FidCryptAB;AAAAAAAAAAAAAAAAAAAAAA==BBBBBBBBBBBBBBBBBBBBBB==",
                                       "FidCryptAB;AAAAAAAAAAAAAAAAAAAAAA==;BBBBBBBBBBBBBBBBBBBBBB=="};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct fias_field field = field_of(good[i]);
        assert_int_equal(fias_cryptogram_parts(&field, vector, text), 0);
        assert_string_equal(vector, "AAAAAAAAAAAAAAAAAAAAAA==");
        assert_string_equal(text, "BBBBBBBBBBBBBBBBBBBBBB==");
    }
    static const char *const bad[] = {"", "FidCryptAB;", "FidCryptXB;AAAAAAAAAAAAAAAAAAAAAA==BBBBBBBBBBBBBBBBBBBBBB==",
                                      "FidCryptAB;AAAAAAAAAAAAAAAAAAAAAA==BBBBBBBBBBBBBBBBBBBBB=="};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct fias_field field = field_of(bad[i]);
        assert_int_equal(fias_cryptogram_parts(&field, vector, text), -1);
    }
}

/* ---- Writing --------------------------------------------------------------------------------------------------- */

static int write_one(const char *id, const char *value)
{
    struct buf out = {0};
    struct fias_writer writer;
    buf_append_text(&out, "before");
    fias_begin(&writer, &out, FIAS_ID("KR"));
    fias_put(&writer, FIAS_ID(id), value);
    int result = fias_end(&writer);
    if (result != 0)
        assert_string_equal(buf_text(&out), "before");
    buf_free(&out);
    return result;
}

static void test_what_cannot_be_written(void **state)
{
    (void)state;
    assert_int_equal(write_one("GN", "A|KTN"), -1);
    assert_int_equal(write_one("GN", "A\x02"), -1);
    assert_int_equal(write_one("GN", "A\x03"), -1);
    assert_int_equal(write_one("GN", "A\r\n"), -1);
    assert_int_equal(write_one("GN", "A\x7F"), -1);
    assert_int_equal(write_one("GN", "M\xFCller"), 0);
    assert_int_equal(write_one("KC", "\xFC"), -1); /* ASCII only */
    assert_int_equal(write_one("G#", "12a"), -1);
    assert_int_equal(write_one("G#", "-12"), 0);
    assert_int_equal(write_one("G#", "-"), -1);
    assert_int_equal(write_one("G#", ""), 0);
    assert_int_equal(write_one("DA", "2601a5"), -1);
    char *text = malloc(FIAS_RECORD_BOUND);
    memset(text, 'x', FIAS_RECORD_BOUND);
    text[FIAS_RECORD_BOUND - 6] = '\0'; /* KR| GN ... | */
    assert_int_equal(write_one("GN", text), 0);
    text[FIAS_RECORD_BOUND - 6] = 'x';
    text[FIAS_RECORD_BOUND - 5] = '\0';
    assert_int_equal(write_one("GN", text), -1);
    free(text);
    struct buf out = {0};
    assert_int_equal(fias_frame_encode((const uint8_t *)"", 0, false, &out), -1);
    assert_int_equal(fias_frame_encode((const uint8_t *)"KA|\x02|", 5, false, &out), -1);
    assert_int_equal(fias_frame_encode((const uint8_t *)"KA|\x06|", 5, false, &out), -1);
    assert_int_equal(fias_frame_encode((const uint8_t *)"KA|\x7F|", 5, false, &out), -1);
    assert_int_equal(out.length, 0);
    assert_int_equal(fias_frame_encode((const uint8_t *)"KA|CT\r\n|", 8, false, &out), 0);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_and_times),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_cryptograms),
        cmocka_unit_test(test_what_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
