/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the magnetic-stripe driver writes and reads besides open keys: images of text and of bits, the caller's tracks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "magstripe_bench.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Other contents
 * -------------------------------------------------------------------------------------------------- */

static void images_of_text_are_tracks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tracks[3];
    } rows[] = {
        {"%ROOM 101?;101=42?;99?", {"%ROOM 101?", ";101=42?", ";99?"}},
        {";101=42?", {"", ";101=42?", ""}},
        {"%A?", {"%A?", "", ""}},
        {"%A?;?;7?", {"%A?", "", ";7?"}},
    };
    static const char *const bad[] = {"",    "%",      "A?",        "%?",         ";?",    "%A?;",        "%a?",
                                      ";A?", "%A?%B?", ";1?;2?;3?", "%A?;1?;2?x", ";1?\n", "%A?;1?;2?;3?"};
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_true(fake_core_check(&bench.core, bench_image(&bench, bad[i], strlen(bad[i]))) != KC_OK);
    bench.hand = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(&bench.card, 0, sizeof(bench.card));
        bench_expect(bench_begin(&bench, bench_image(&bench, rows[i].text, strlen(rows[i].text))), KC_OK,
                     KC_OUTCOME_WRITTEN);
        for (size_t track = 0; track < MSR_TRACKS; track++)
            assert_string_equal((const char *)bench.card.track[track].bytes, rows[i].tracks[track]);
    }
    bench_close(&bench);
}

static void images_of_bits_come_back_as_they_went(void **state)
{
    (void)state;
    char bytes[200];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 91 + 1);
    bytes[10] = MSR_ESC;
    bytes[11] = 3;
    for (int plus_one = 0; plus_one < 2; plus_one++) {
        struct bench bench;
        bench_open(&bench, "usb");
        fake_core_option(&bench.core, "content", "image");
        fake_core_option(&bench.core, "image-form", "bits");
        fake_core_option(&bench.core, "image-track", "3");
        bench.plus_one = plus_one == 1;
        bench.hand = true;
        bench_plug_in(&bench);
        bench_expect(bench_begin(&bench, bench_image(&bench, bytes, sizeof(bytes))), KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(bench.card.track[2].length, sizeof(bytes));
        struct fake_op *read = fake_core_op(&bench.core, KC_VERB_READ_CARD);
        bench_begin(&bench, read);
        assert_int_equal(read->error.code, KC_OK);
        assert_int_equal(read->image.length, sizeof(bytes));
        assert_memory_equal(read->image.data, bytes, sizeof(bytes));
        bench_close(&bench);
    }
}

static void texts_are_tracks_and_come_back_as_bytes(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    fake_core_option(&bench.core, "content", "tracks");
    bench.hand = true;
    bench_plug_in(&bench);
    struct fake_op *op = bench_original(&bench, 1);
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_INVALID_ARGUMENT);
    fake_op_text(op, "small letters");
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    assert_string_equal(bench.core.error.field, "text");
    op->request.texts.count = 0;
    fake_op_text(op, "ROOM 101");
    fake_op_text(op, "");
    fake_op_text(op, "4711");
    bench_expect(bench_begin(&bench, op), KC_OK, KC_OUTCOME_WRITTEN);
    struct fake_op *read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    assert_int_equal(read->image.length, strlen("%ROOM 101?;?;4711?"));
    assert_memory_equal(read->image.data, "%ROOM 101?;?;4711?", read->image.length);
    assert_null(strstr(buf_text(&bench.core.trace), "ROOM 101"));
    bench_close(&bench);
}

static void cards_that_are_read(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench.hand = true;
    bench_plug_in(&bench);
    struct fake_op *read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    bench_expect(read, KC_ERROR_CARD_FORMAT, KC_OUTCOME_NOT_WRITTEN);
    bench_expect(bench_begin(&bench, bench_original(&bench, 1)), KC_OK, KC_OUTCOME_WRITTEN);
    read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    assert_int_equal(read->error.code, KC_OK);
    assert_true(read->has_card);
    assert_int_equal(read->card.kind, KC_KIND_ORIGINAL);
    assert_string_equal(read->card.rooms.items[0], "101");
    assert_int_equal(read->card.until.day, 7);
    bench.card.track[1].bytes[20] = bench.card.track[1].bytes[20] == '1' ? '2' : '1'; /* somebody changed it */
    read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    bench_expect(read, KC_ERROR_NOT_AUTHENTIC, KC_OUTCOME_NOT_WRITTEN);
    bench.hand = false;
    read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    fake_core_advance(&bench.core, 30000);
    bench_run(&bench);
    bench_expect(read, KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    read = bench_begin(&bench, fake_core_op(&bench.core, KC_VERB_READ_CARD));
    fake_core_cancel(&bench.core, read);
    bench_run(&bench);
    assert_int_equal(bench.swipe, 0);
    bench_expect(read, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_of_text_are_tracks),
        cmocka_unit_test(images_of_bits_come_back_as_they_went),
        cmocka_unit_test(texts_are_tracks_and_come_back_as_bytes),
        cmocka_unit_test(cards_that_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
