/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of the industry standard family: the byte examples with every split, and damaged input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "industry_bytes.h"

static void frame_text(const struct industry_frame *frame, char *out, size_t size)
{
    size_t at = 0;
    out[at++] = '|';
    for (size_t i = 0; i < frame->count; i++) {
        assert_true(at + frame->fields[i].length + 2 < size);
        if (frame->fields[i].length > 0)
            memcpy(out + at, frame->fields[i].bytes, frame->fields[i].length);
        at += frame->fields[i].length;
        out[at++] = '|';
    }
    out[at] = '\0';
}

/* Decodes all and writes what came: "A" ACK, "N" NAK, "E" ENQ, "!" bad check, "L" too long, else the fields; "?" for a
 * frame that cannot be split. The events are set off by blanks. */
static void decode_into(struct industry_decoder *decoder, const uint8_t *bytes, size_t count, char *out, size_t size)
{
    while (count > 0) {
        enum industry_event event;
        char text[512] = "";
        size_t taken = industry_decode(decoder, bytes, count, &event);
        assert_true(taken > 0 && taken <= count);
        bytes += taken;
        count -= taken;
        static const char *const names[] = {
            [INDUSTRY_NOTHING] = "", [INDUSTRY_ENQUIRY] = "E",   [INDUSTRY_ACCEPTED] = "A", [INDUSTRY_REFUSED] = "N",
            [INDUSTRY_FRAME] = "",   [INDUSTRY_BAD_CHECK] = "!", [INDUSTRY_TOO_LONG] = "L", [INDUSTRY_NO_MEMORY] = "M"};
        if (event == INDUSTRY_FRAME) {
            struct industry_frame frame;
            if (industry_split(decoder->frame.bytes, decoder->frame.length, &frame) == 0)
                frame_text(&frame, text, sizeof(text));
            else
                text[0] = '?';
        } else {
            append_text(text, sizeof(text), names[event]);
        }
        if (text[0]) {
            assert_true(strlen(out) + strlen(text) + 2 < size);
            if (out[0])
                append_text(out, size, " ");
            append_text(out, size, text);
        }
    }
}

/* Whole, split in two at every place, byte by byte: always the same events. */
static void assert_decodes(const uint8_t *bytes, size_t size, const char *events)
{
    struct industry_decoder decoder;
    char out[2048];
    industry_decoder_init(&decoder, 0, true);
    for (size_t split = 0; split <= size; split++) {
        uint8_t *left = malloc(split + 1), *right = malloc(size - split + 1); /* so that the sanitizers see overruns */
        assert_true(left && right);
        memcpy(left, bytes, split);
        memcpy(right, bytes + split, size - split);
        out[0] = '\0';
        decode_into(&decoder, left, split, out, sizeof(out));
        decode_into(&decoder, right, size - split, out, sizeof(out));
        assert_string_equal(out, events);
        assert_false(industry_decoder_is_inside(&decoder));
        free(left);
        free(right);
    }
    out[0] = '\0';
    for (size_t i = 0; i < size; i++)
        decode_into(&decoder, bytes + i, 1, out, sizeof(out));
    assert_string_equal(out, events);
    industry_decoder_free(&decoder);
}

static void test_examples_decode_in_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        assert_decodes(examples[i].bytes, examples[i].size, examples[i].fields);
        assert_int_equal(industry_check(examples[i].bytes + 1, examples[i].size - 2),
                         examples[i].bytes[examples[i].size - 1]);
    }
}

static void test_check_byte_of_every_length(void **state)
{
    (void)state;
    uint8_t bytes[40], check = 0;
    for (size_t count = 0; count < sizeof(bytes); count++) {
        assert_int_equal(industry_check(bytes, count), check);
        bytes[count] = (uint8_t)(count * 37 + 11);
        check ^= bytes[count];
    }
}

static void test_examples_decode_glued(void **state)
{
    (void)state;
    struct buf all;
    char events[2048] = "A";
    buf_init(&all);
    buf_append_byte(&all, 0x06);
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        buf_append(&all, examples[i].bytes, examples[i].size);
        append_text(events, sizeof(events), " ");
        append_text(events, sizeof(events), examples[i].fields);
    }
    static const uint8_t end[] = {0x15, 0x05};
    buf_append(&all, end, sizeof(end));
    append_text(events, sizeof(events), " N E");
    assert_decodes(all.data, all.length, events);
    buf_free(&all);
}

/* Any value of the check byte is a check byte, never a control byte. */
static void test_check_byte_may_look_like_a_control_byte(void **state)
{
    (void)state;
    static const uint8_t wanted[] = {0x02, 0x03, 0x05, 0x06, 0x0D, 0x15};
    for (size_t i = 0; i < sizeof(wanted); i++) {
        bool found = false;
        for (int a = 0x20; a < 0x7F && !found; a++) {
            for (int b = 0x20; b < 0x7F && !found; b++) {
                char fields[] = "|TD|x|x|"; /* four separators: the high bit is even */
                fields[4] = (char)a;
                fields[6] = (char)b;
                if (a == '|' || b == '|')
                    continue;
                struct buf bytes;
                buf_init(&bytes);
                buf_append_byte(&bytes, 0x06);
                build_frame(&bytes, fields);
                if (bytes.data[bytes.length - 1] == wanted[i]) {
                    char events[64] = "A ";
                    found = true;
                    append_text(events, sizeof(events), fields);
                    append_text(events, sizeof(events), " N");
                    buf_append_byte(&bytes, 0x15);
                    assert_decodes(bytes.data, bytes.length, events);
                }
                buf_free(&bytes);
            }
        }
        assert_true(found);
    }
}

static void test_wrong_check_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        for (int check = 0; check < 256; check++) {
            struct buf bytes;
            buf_init(&bytes);
            buf_append(&bytes, examples[i].bytes, examples[i].size);
            uint8_t right = bytes.data[bytes.length - 1];
            bytes.data[bytes.length - 1] = (uint8_t)check;
            buf_append_byte(&bytes, 0x06);
            char out[256] = "", events[256] = "";
            bool good = check == right || check == 0x0D;
            append_text(events, sizeof(events), good ? examples[i].fields : "!");
            append_text(events, sizeof(events), " A");
            struct industry_decoder decoder;
            industry_decoder_init(&decoder, 0, true);
            decode_into(&decoder, bytes.data, bytes.length, out, sizeof(out));
            assert_string_equal(out, events);
            industry_decoder_free(&decoder);
            buf_free(&bytes);
        }
    }
}

static void test_constant_check_byte_can_be_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0x31, 0xB3, 0x03, 0x0D};
    assert_decodes(bytes, sizeof(bytes), "|TD|1|");
    struct industry_decoder decoder;
    char out[64] = "";
    industry_decoder_init(&decoder, 0, false);
    decode_into(&decoder, bytes, sizeof(bytes), out, sizeof(out));
    assert_string_equal(out, "!");
    industry_decoder_free(&decoder);
}

static void test_garbage_before_a_frame(void **state)
{
    (void)state;
    struct buf bytes;
    buf_init(&bytes);
    for (int i = 0; i < 256; i++)
        if (i != 0x02 && i != 0x05 && i != 0x06 && i != 0x15)
            buf_append_byte(&bytes, (uint8_t)i);
    buf_append(&bytes, td_bytes, sizeof(td_bytes));
    assert_decodes(bytes.data, bytes.length, "|TD|1|");
    struct industry_decoder decoder;
    char out[64] = "";
    industry_decoder_init(&decoder, 0, true);
    decode_into(&decoder, bytes.data, bytes.length, out, sizeof(out));
    assert_int_equal(decoder.ignored, 252);
    industry_decoder_free(&decoder);
    buf_free(&bytes);
}

static void test_a_new_start_drops_half_a_frame(void **state)
{
    (void)state;
    struct buf bytes;
    buf_init(&bytes);
    buf_append(&bytes, cn_bytes, 30);
    buf_append(&bytes, td_bytes, sizeof(td_bytes));
    assert_decodes(bytes.data, bytes.length, "|TD|1|");
    struct industry_decoder decoder;
    char out[64] = "";
    industry_decoder_init(&decoder, 0, true);
    decode_into(&decoder, bytes.data, bytes.length, out, sizeof(out));
    assert_int_equal(decoder.ignored, 29); /* all that is dropped but the STX */
    industry_decoder_free(&decoder);
    buf_free(&bytes);
}

static void test_control_bytes_inside_a_frame_are_content(void **state)
{
    (void)state;
    struct buf bytes;
    buf_init(&bytes);
    build_frame(&bytes, "|EG|1|a\x05"
                        "b\x06"
                        "c\x15|");
    assert_decodes(bytes.data, bytes.length,
                   "|EG|1|a\x05"
                   "b\x06"
                   "c\x15|");
    buf_free(&bytes);
}

static void test_too_long(void **state)
{
    (void)state;
    struct industry_decoder decoder;
    for (size_t body = 9; body <= 11; body++) {
        char fields[32] = "|TD|1234567", out[64] = "";
        struct buf bytes;
        buf_init(&bytes);
        fields[body - 1] = '|';
        fields[body] = '\0';
        build_frame(&bytes, fields);
        buf_append(&bytes, td_bytes, sizeof(td_bytes));
        industry_decoder_init(&decoder, 10, true);
        for (size_t i = 0; i < bytes.length; i++)
            decode_into(&decoder, bytes.data + i, 1, out, sizeof(out));
        char events[64] = "";
        append_text(events, sizeof(events), body <= 10 ? fields : "L");
        append_text(events, sizeof(events), " |TD|1|");
        assert_string_equal(out, events);
        out[0] = '\0';
        decode_into(&decoder, bytes.data, bytes.length, out, sizeof(out));
        assert_string_equal(out, events);
        industry_decoder_free(&decoder);
        buf_free(&bytes);
    }
}

/* A peer that never ends its frame costs no more memory than the bound. */
static void test_endless_frame(void **state)
{
    (void)state;
    struct industry_decoder decoder;
    enum industry_event event;
    uint8_t block[4096];
    size_t too_long = 0;
    memset(block, 'x', sizeof(block));
    industry_decoder_init(&decoder, 0, true);
    block[0] = 0x02;
    for (int i = 0; i < 64; i++) {
        for (size_t at = 0; at < sizeof(block);) {
            at += industry_decode(&decoder, block + at, sizeof(block) - at, &event);
            too_long += event == INDUSTRY_TOO_LONG;
            assert_true(decoder.body.length <= INDUSTRY_FRAME_BOUND);
        }
        block[0] = 'x';
    }
    assert_int_equal(too_long, 1);
    industry_decoder_reset(&decoder);
    assert_false(industry_decoder_is_inside(&decoder));
    char out[64] = "";
    decode_into(&decoder, td_bytes, sizeof(td_bytes), out, sizeof(out));
    assert_string_equal(out, "|TD|1|");
    industry_decoder_free(&decoder);
}

static void test_split_refuses_what_is_no_frame(void **state)
{
    (void)state;
    struct industry_frame frame;
    static const char *const bad[] = {"", "\xB3", "\xB3\xB3", "TD\xB3", "\xB3\xB3TD\xB3", "T\xB3"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(industry_split((const uint8_t *)bad[i], strlen(bad[i]), &frame), -1);
    assert_int_equal(industry_split((const uint8_t *)"\xB3TD\xB3"
                                                     "1",
                                    5, &frame),
                     0); /* no separator at the end */
    assert_int_equal(frame.count, 2);
    assert_true(industry_field_is(frame.fields[1], "1"));

    uint8_t many[2 + 2 * INDUSTRY_FIELDS_AT_MOST];
    memset(many, 0xB3, sizeof(many));
    many[1] = 'T';
    assert_int_equal(industry_split(many, 2 + INDUSTRY_FIELDS_AT_MOST, &frame), 0);
    assert_int_equal(frame.count, INDUSTRY_FIELDS_AT_MOST);
    assert_int_equal(industry_split(many, 3 + INDUSTRY_FIELDS_AT_MOST, &frame), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_decode_in_every_split),
        cmocka_unit_test(test_check_byte_of_every_length),
        cmocka_unit_test(test_examples_decode_glued),
        cmocka_unit_test(test_check_byte_may_look_like_a_control_byte),
        cmocka_unit_test(test_wrong_check_byte),
        cmocka_unit_test(test_constant_check_byte_can_be_refused),
        cmocka_unit_test(test_garbage_before_a_frame),
        cmocka_unit_test(test_a_new_start_drops_half_a_frame),
        cmocka_unit_test(test_control_bytes_inside_a_frame_are_content),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_endless_frame),
        cmocka_unit_test(test_split_refuses_what_is_no_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
