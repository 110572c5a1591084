/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codec of the industry standard family against byte examples that were written down before the codec, with every
 * split, and against damaged input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "industry_standard/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The byte examples ----------------------------------------------------------------------------------------- */

static const uint8_t cn_bytes[] = {
    0x02, 0xB3, 0x43, 0x4E, 0xB3, 0x4F, 0x6E, 0x6C, 0x69, 0x6E, 0x65, 0x20, 0x45, 0x6E, 0x63, 0x6F, 0x64, 0x65, 0x72,
    0x20, 0x31, 0xB3, 0x52, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0x31, 0x35, 0x30, 0x30, 0x31,
    0x35, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x31, 0x31, 0x30, 0x30, 0x31, 0x38, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x03, 0x2F};
static const uint8_t serial_bytes[] = {0x02, 0xB3, 0x43, 0x4E, 0xB3, 0x32, 0xB3, 0x32, 0x46,
                                       0x34, 0x35, 0x41, 0x32, 0x43, 0x33, 0xB3, 0x03, 0x4A};
static const uint8_t co_bytes[] = {0x02, 0xB3, 0x43, 0x4F, 0xB3, 0x30, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0x03, 0x0F};
static const uint8_t lt_bytes[] = {0x02, 0xB3, 0x4C, 0x54, 0xB3, 0x31, 0xB3, 0x45, 0xB3, 0x03, 0x6F};
static const uint8_t mc_bytes[] = {0x02, 0xB3, 0x4D, 0x43, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0xB3, 0x31, 0x31,
                                   0x30, 0x30, 0x31, 0x39, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x03, 0x84};
static const uint8_t td_bytes[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0x31, 0xB3, 0x03, 0x91};
static const uint8_t onity_cn_bytes[] = {0x02, 0xB3, 0x43, 0x4E, 0xB3, 0x31, 0xB3, 0x45, 0xB3, 0x31, 0x30, 0x31, 0xB3,
                                         0xB3, 0xB3, 0xB3, 0xB3, 0xB3, 0x31, 0x35, 0x31, 0x35, 0x30, 0x36, 0x32, 0x36,
                                         0xB3, 0x31, 0x31, 0x31, 0x38, 0x30, 0x36, 0x32, 0x36, 0xB3, 0x52, 0x65, 0x63,
                                         0x65, 0x70, 0x74, 0x69, 0x6F, 0x6E, 0xB3, 0xB3, 0xB3, 0x03, 0xAD};
static const uint8_t onity_co_bytes[] = {0x02, 0xB3, 0x43, 0x4F, 0xB3, 0x31, 0xB3, 0x31, 0x30, 0x31, 0xB3, 0x03, 0x0E};

/* Each with its fields, '|' for the separator. */
static const struct {
    const uint8_t *bytes;
    size_t size;
    const char *fields;
} examples[] = {
    {cn_bytes, sizeof(cn_bytes), "|CN|Online Encoder 1|R|101||||||1500150626|1100180626|"},
    {serial_bytes, sizeof(serial_bytes), "|CN|2|2F45A2C3|"},
    {co_bytes, sizeof(co_bytes), "|CO|0|101|"},
    {lt_bytes, sizeof(lt_bytes), "|LT|1|E|"},
    {mc_bytes, sizeof(mc_bytes), "|MC|101||1100190626|"},
    {td_bytes, sizeof(td_bytes), "|TD|1|"},
    {onity_cn_bytes, sizeof(onity_cn_bytes), "|CN|1|E|101||||||15150626|11180626|Reception|||"},
    {onity_co_bytes, sizeof(onity_co_bytes), "|CO|1|101|"},
};

/* ---- Helpers --------------------------------------------------------------------------------------------------- */

static const struct industry_style trim = {false, false};
static const struct industry_style keep = {false, true};

/* Appends text that must fit. */
static void append(char *out, size_t size, const char *text)
{
    size_t length = strlen(out), more = strlen(text);
    assert_true(length + more < size);
    memcpy(out + length, text, more + 1);
}

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
            append(text, sizeof(text), names[event]);
        }
        if (text[0]) {
            assert_true(strlen(out) + strlen(text) + 2 < size);
            if (out[0])
                append(out, size, " ");
            append(out, size, text);
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

static void assert_bytes(const struct buf *buf, const uint8_t *bytes, size_t size)
{
    assert_false(buf->failed);
    assert_int_equal(buf->length, size);
    assert_memory_equal(buf->data, bytes, size);
}

static void parse_frame(const uint8_t *bytes, size_t size, struct industry_frame *frame)
{
    assert_int_equal(industry_split(bytes + 1, size - 3, frame), 0);
}

/* A frame out of "|a|b|", with a right check byte. */
static void build(struct buf *out, const char *fields)
{
    size_t start = out->length;
    buf_append_byte(out, 0x02);
    for (const char *at = fields; *at; at++)
        buf_append_byte(out, *at == '|' ? 0xB3 : (uint8_t)*at);
    buf_append_byte(out, 0x03);
    uint8_t check = 0;
    for (size_t i = start + 1; i < out->length; i++)
        check ^= out->data[i];
    buf_append_byte(out, check);
}

static void split_text(struct buf *memory, const char *fields, struct industry_frame *frame)
{
    buf_clear(memory);
    build(memory, fields);
    parse_frame(memory->data, memory->length, frame);
}

/* ---- Tests: decoding ------------------------------------------------------------------------------------------- */

static void test_examples_decode_in_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        assert_decodes(examples[i].bytes, examples[i].size, examples[i].fields);
        assert_int_equal(industry_check(examples[i].bytes + 1, examples[i].size - 2),
                         examples[i].bytes[examples[i].size - 1]);
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
        append(events, sizeof(events), " ");
        append(events, sizeof(events), examples[i].fields);
    }
    static const uint8_t end[] = {0x15, 0x05};
    buf_append(&all, end, sizeof(end));
    append(events, sizeof(events), " N E");
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
                build(&bytes, fields);
                if (bytes.data[bytes.length - 1] == wanted[i]) {
                    char events[64] = "A ";
                    found = true;
                    append(events, sizeof(events), fields);
                    append(events, sizeof(events), " N");
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
            append(events, sizeof(events), good ? examples[i].fields : "!");
            append(events, sizeof(events), " A");
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
    buf_free(&bytes);
}

static void test_control_bytes_inside_a_frame_are_content(void **state)
{
    (void)state;
    struct buf bytes;
    buf_init(&bytes);
    build(&bytes, "|EG|1|a\x05"
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
        build(&bytes, fields);
        buf_append(&bytes, td_bytes, sizeof(td_bytes));
        industry_decoder_init(&decoder, 10, true);
        for (size_t i = 0; i < bytes.length; i++)
            decode_into(&decoder, bytes.data + i, 1, out, sizeof(out));
        char events[64] = "";
        append(events, sizeof(events), body <= 10 ? fields : "L");
        append(events, sizeof(events), " |TD|1|");
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

/* ---- Tests: encoding ------------------------------------------------------------------------------------------- */

static void request_of(struct industry_request *request, enum industry_command command, const char *encoder)
{
    memset(request, 0, sizeof(*request));
    request->command = command;
    request->digit = -1;
    request->encoder = industry_field_of(encoder);
}

static void assert_request(const struct industry_dialect *dialect, const struct industry_request *request,
                           const struct industry_style *style, const uint8_t *bytes, size_t size)
{
    struct buf out;
    buf_init(&out);
    assert_int_equal(industry_request_encode(dialect, request, 0, style, &out), 0);
    assert_bytes(&out, bytes, size);
    buf_free(&out);
}

static void test_examples_encode(void **state)
{
    (void)state;
    struct industry_request request;
    request_of(&request, INDUSTRY_CN, "Online Encoder 1");
    request.after_write = 'R';
    request.rooms[0] = industry_field_of("101");
    request.start = (struct industry_time){2026, 6, 15, 15, 0};
    request.expiry = (struct industry_time){2026, 6, 18, 11, 0};
    assert_request(&industry_salto, &request, &trim, cn_bytes, sizeof(cn_bytes));

    request.encoder = industry_field_of("1");
    request.after_write = 'E';
    request.operator_name = industry_field_of("Reception");
    assert_request(&industry_onity, &request, &keep, onity_cn_bytes, sizeof(onity_cn_bytes));

    request_of(&request, INDUSTRY_CO, "0");
    request.rooms[0] = industry_field_of("101");
    assert_request(&industry_salto, &request, &trim, co_bytes, sizeof(co_bytes));
    request.encoder = industry_field_of("1");
    assert_request(&industry_onity, &request, &keep, onity_co_bytes, sizeof(onity_co_bytes));

    request_of(&request, INDUSTRY_LT, "1");
    request.after_write = 'E';
    assert_request(&industry_salto, &request, &trim, lt_bytes, sizeof(lt_bytes));

    request_of(&request, INDUSTRY_MC, NULL);
    request.rooms[0] = industry_field_of("101");
    request.expiry = (struct industry_time){2026, 6, 19, 11, 0};
    assert_request(&industry_salto, &request, &trim, mc_bytes, sizeof(mc_bytes));

    struct buf out;
    struct industry_field serial = industry_field_of("2F45A2C3");
    struct industry_done done = {INDUSTRY_CN, -1, industry_field_of("2"), &serial, 1, {0}, {0}};
    buf_init(&out);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    assert_bytes(&out, serial_bytes, sizeof(serial_bytes));
    buf_clear(&out);
    assert_int_equal(industry_error_encode("TD", industry_field_of("1"), industry_field_of(NULL), &trim, &out), 0);
    assert_bytes(&out, td_bytes, sizeof(td_bytes));
    buf_free(&out);
}

static void test_styles(void **state)
{
    (void)state;
    static const uint8_t constant[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0x31, 0xB3, 0x03, 0x0D};
    static const uint8_t kept[] = {0x02, 0xB3, 0x54, 0x44, 0xB3, 0xB3, 0xB3, 0x03, 0x10 ^ 0xB3 ^ 0x03};
    const struct industry_field fields[] = {industry_field_of("TD"), industry_field_of("1")};
    const struct industry_field empty[] = {industry_field_of("TD"), {0}, {0}};
    const struct industry_style style = {true, true};
    struct buf out;
    buf_init(&out);
    assert_int_equal(industry_encode(fields, 2, &style, &out), 0);
    assert_bytes(&out, constant, sizeof(constant));
    buf_clear(&out);
    assert_int_equal(industry_encode(empty, 2, &keep, &out), 0);
    assert_int_equal(out.length, 8);
    assert_memory_equal(out.data, kept, 6);
    assert_int_equal(out.data[7], 0xB3 ^ 'T' ^ 'D' ^ 0xB3 ^ 0xB3 ^ 0x03);
    buf_clear(&out);
    assert_int_equal(industry_encode(empty, 3, &trim, &out), 0);
    assert_int_equal(out.length, 7); /* STX sep T D sep ETX check */
    buf_free(&out);
}

static void test_nothing_dirty_is_encoded(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out);
    for (int byte = 0; byte < 256; byte++) {
        uint8_t value[] = {'a', (uint8_t)byte, 'b'};
        const struct industry_field fields[] = {industry_field_of("TD"), {value, 3}};
        bool dirty = byte < 0x20 || byte == 0x7F || byte == 0xB3;
        assert_int_equal(industry_encode(fields, 2, &trim, &out), dirty ? -1 : 0);
        assert_int_equal(industry_field_is_clean(fields[1], false), !dirty);
    }
    const struct industry_field none[] = {{0}, {0}};
    assert_int_equal(industry_encode(none, 2, &keep, &out), -1);
    assert_int_equal(industry_encode(none, 0, &keep, &out), -1);

    /* Line feeds: only in the message of a mobile key. */
    struct industry_request request;
    request_of(&request, INDUSTRY_CNM, NULL);
    request.phone = industry_field_of("+35988");
    request.message = industry_field_of("Welcome\nRoom 101");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), 0);
    request.operator_name = industry_field_of("a\nb");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    request_of(&request, INDUSTRY_CN, "1");
    request.texts[2] = industry_field_of("a\nb");
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    buf_free(&out);
}

static struct buf encoded(const struct industry_request *request, uint8_t digits, const struct industry_style *style)
{
    struct buf out, text;
    struct industry_frame frame;
    buf_init(&out);
    buf_init(&text);
    assert_int_equal(industry_request_encode(&industry_salto, request, digits, style, &out), 0);
    parse_frame(out.data, out.length, &frame);
    for (size_t i = 0; i < frame.count; i++) {
        buf_append_byte(&text, '|');
        buf_append(&text, frame.fields[i].bytes, frame.fields[i].length);
    }
    buf_append_byte(&text, '|');
    buf_free(&out);
    return text;
}

#define assert_encoded(request, digits, style, wanted)                                                                 \
    do {                                                                                                               \
        struct buf text_of_it = encoded(request, digits, style);                                                       \
        assert_string_equal(buf_text(&text_of_it), wanted);                                                            \
        buf_free(&text_of_it);                                                                                         \
    } while (0)

static void fill_everything(struct industry_request *request, enum industry_command command)
{
    request_of(request, command, "Desk 1");
    request->after_write = 'T';
    request->rooms[0] = industry_field_of("101");
    request->rooms[1] = industry_field_of("102");
    request->rooms[2] = industry_field_of("103");
    request->rooms[3] = industry_field_of("104");
    request->new_room = industry_field_of("105");
    request->granted = INDUSTRY_AREA(1) | INDUSTRY_AREA(13) | INDUSTRY_AREA(62);
    request->denied = INDUSTRY_AREA(2);
    request->start = (struct industry_time){2026, 6, 15, 15, 30};
    request->expiry = (struct industry_time){2028, 2, 29, 11, 5};
    request->operator_name = industry_field_of("Ann");
    request->texts[0] = industry_field_of("one");
    request->texts[2] = industry_field_of("three");
    request->serial_flag = '1';
    request->phone = industry_field_of("+359888123456");
    request->message = industry_field_of("Hello");
    request->installation_flag = '1';
    request->auth_code = industry_field_of("code");
    request->serial = industry_field_of("04A1B2C3");
}

static void test_every_command(void **state)
{
    (void)state;
    static const struct {
        enum industry_command command;
        int32_t digit;
        const char *fields;
    } wanted[] = {
        {INDUSTRY_CN, 3, "|CN3|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CC, -1, "|CC|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CA, -1, "|CA|Desk 1|T|101|102|103|104|1d}|2|1530150626|1105290228|Ann|one||three|1|"},
        {INDUSTRY_CO, -1, "|CO|Desk 1|101|"},
        {INDUSTRY_MC, -1, "|MC|101|105|1105290228|code|"},
        {INDUSTRY_CP, -1, "|CP|Desk 1|101|"},
        {INDUSTRY_LT, -1, "|LT|Desk 1|T|"},
        {INDUSTRY_CNM, -1, "|CNM|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||Hello|code|"},
        {INDUSTRY_CCM, -1, "|CCM|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||Hello|code|"},
        {INDUSTRY_CNMB, -1, "|CNMB|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||1|code|"},
        {INDUSTRY_CCMB, -1, "|CCMB|+359888123456|101|102|103|104|1d}|2|1530150626|1105290228|Ann||||1|code|"},
        {INDUSTRY_CNB, -1, "|CNB|04A1B2C3|101|102|103|104|1d}|2|1530150626|1105290228|Ann|"},
        {INDUSTRY_CCB, -1, "|CCB|04A1B2C3|101|102|103|104|1d}|2|1530150626|1105290228|Ann|"},
    };
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct industry_request request, parsed;
        struct industry_frame frame;
        struct buf memory, again;
        fill_everything(&request, wanted[i].command);
        request.digit = wanted[i].digit;
        assert_encoded(&request, 0, &trim, wanted[i].fields);
        /* and back: what is parsed encodes to the same bytes */
        buf_init(&memory);
        split_text(&memory, wanted[i].fields, &frame);
        assert_int_equal(industry_request_parse(&industry_salto, &frame, &parsed), 0);
        assert_int_equal(parsed.command, wanted[i].command);
        assert_int_equal(parsed.digit, wanted[i].digit);
        buf_init(&again);
        assert_int_equal(industry_request_encode(&industry_salto, &parsed, 0, &trim, &again), 0);
        assert_bytes(&again, memory.data, memory.length);
        buf_free(&memory);
        buf_free(&again);
    }
}

static void test_request_limits(void **state)
{
    (void)state;
    struct industry_request request;
    struct buf out;
    buf_init(&out);
    fill_everything(&request, INDUSTRY_CN);
    request.digit = 10;
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    request.digit = 9;
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), 0);
    /* 8 digits cannot tell 15:30 */
    assert_int_equal(industry_request_encode(&industry_salto, &request, 8, &trim, &out), -1);
    request.start.minute = request.expiry.minute = 0;
    assert_encoded(&request, 8, &trim, "|CN9|Desk 1|T|101|102|103|104|1d}|2|15150626|11290228|Ann|one||three|1|");
    request.expiry = (struct industry_time){2027, 2, 29, 11, 0};
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_CN);
    request.granted = UINT64_C(1) << 62; /* authorisation 63 */
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_CNM);
    assert_int_equal(industry_request_encode(&industry_onity, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_EX);
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    fill_everything(&request, INDUSTRY_COMMAND_COUNT);
    assert_int_equal(industry_request_encode(&industry_salto, &request, 0, &trim, &out), -1);
    assert_false(out.failed);
    buf_free(&out);
}

static void test_requests_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "|XX|1|",
        "|C|",
        "|CNX|1|",
        "|CN10|1|E|101|",
        "|LT3|1|E|",
        "|CO1|0|101|",
        "|EX|1|",
        "|CN|1|X|101|",
        "|CN|1|EE|101|",
        "|CN|1|E|101||||0|",
        "|CN|1|E|101||||\"|",
        "|CN|1|E|101||||||15001506|",
        "|CN|1|E|101||||||1500150626|1100310926|",
        "|CN|1|E|101||||||1500150626|2400180626|",
        "|CN|1|E|101||||||1500150626|1160180626|",
        "|CN|1|E|101||||||1500150626|110018 626|",
        "|CN|1|E|101||||||1500150626|1100180626|op||||7|",
        "|MC|101||110019062|",
        "|CNMB|+359888123456|101||||||1500150626|1100180626|op||||7|",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct industry_request request;
        struct industry_frame frame;
        struct buf memory;
        buf_init(&memory);
        split_text(&memory, bad[i], &frame);
        if (industry_request_parse(&industry_salto, &frame, &request) != -1)
            fail_msg("taken: %s", bad[i]);
        buf_free(&memory);
    }
}

/* ---- Tests: tables --------------------------------------------------------------------------------------------- */

static void test_area_symbols(void **state)
{
    (void)state;
    static const struct {
        int32_t first;
        const char *symbols;
    } table[] = {{1, "123456789"}, {10, "abcdefghijklmnopqrstuvwxyz"},
                 {36, "!#$%&"},    {41, "()*+,-./"},
                 {49, ":;<=>?@"},  {56, "[\\]^_"},
                 {61, "{}"}};
    int32_t next = 1;
    bool used[256] = {false};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_int_equal(table[i].first, next);
        for (const char *symbol = table[i].symbols; *symbol; symbol++, next++) {
            assert_int_equal(industry_area_symbol(&industry_salto, next), *symbol);
            assert_int_equal(industry_area_number(&industry_salto, (uint8_t)*symbol), next);
            used[(uint8_t)*symbol] = true;
        }
    }
    assert_int_equal(next, 63);
    for (int byte = 0; byte < 256; byte++)
        if (!used[byte])
            assert_int_equal(industry_area_number(&industry_salto, (uint8_t)byte), 0);
    static const int32_t bad[] = {INT32_MIN, -1, 0, 63, 64, INT32_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(industry_area_symbol(&industry_salto, bad[i]), 0);
    assert_int_equal(industry_area_symbol(&industry_onity, 8), '8');
    assert_int_equal(industry_area_symbol(&industry_onity, 9), 0);

    char out[INDUSTRY_AREAS_AT_MOST + 1];
    uint64_t areas;
    assert_int_equal(
        industry_areas_format(&industry_salto, INDUSTRY_AREA(62) | INDUSTRY_AREA(13) | INDUSTRY_AREA(1), out), 0);
    assert_string_equal(out, "1d}");
    assert_int_equal(industry_areas_format(&industry_salto, UINT64_MAX >> 2, out), 0);
    assert_int_equal(strlen(out), 62);
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of(out), &areas), 0);
    assert_true(areas == UINT64_MAX >> 2);
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of("1A2"), &areas), -1);
    assert_true(areas == (INDUSTRY_AREA(1) | INDUSTRY_AREA(2)));
    assert_int_equal(industry_areas_parse(&industry_salto, industry_field_of(""), &areas), 0);
    assert_true(areas == 0);
}

static void assert_time(const char *text, int32_t result, const struct industry_time *wanted, uint8_t wanted_digits)
{
    struct industry_time time;
    uint8_t digits;
    assert_int_equal(industry_time_parse(industry_field_of(text), &time, &digits), result);
    if (result != 0)
        return;
    assert_int_equal(digits, wanted_digits);
    assert_int_equal(time.year, wanted->year);
    assert_int_equal(time.month, wanted->month);
    assert_int_equal(time.day, wanted->day);
    assert_int_equal(time.hour, wanted->hour);
    assert_int_equal(time.minute, wanted->minute);
    char again[INDUSTRY_TIME_SIZE];
    assert_int_equal(industry_time_format(&time, digits ? digits : 10, again), 0);
    assert_string_equal(again, text);
}

static void test_dates_of_both_widths(void **state)
{
    (void)state;
    assert_time("1455051114", 0, &(struct industry_time){2014, 11, 5, 14, 55}, 10);
    assert_time("14201114", 0, &(struct industry_time){2014, 11, 20, 14, 0}, 8);
    assert_time("2359290228", 0, &(struct industry_time){2028, 2, 29, 23, 59}, 10);
    assert_time("0000010100", 0, &(struct industry_time){2000, 1, 1, 0, 0}, 10);
    assert_time("00311299", 0, &(struct industry_time){2099, 12, 31, 0, 0}, 8);
    assert_time("", 0, &(struct industry_time){0, 0, 0, 0, 0}, 0);
    static const char *const bad[] = {"1",          "145505111",  "14550511145", "24201114", "1460051114", "2400051114",
                                      "1455310414", "1455290227", "1455001114",  "14000114", "14200014",   "14201314",
                                      "14 51114",   "1455-51114", "14550511 4",  "abcdefgh", "14320114"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_time(bad[i], -1, NULL, 0);
    char out[INDUSTRY_TIME_SIZE];
    assert_int_equal(industry_time_format(&(struct industry_time){2026, 6, 15, 15, 30}, 8, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){2100, 1, 1, 0, 0}, 10, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){1999, 1, 1, 0, 0}, 10, out), -1);
    assert_int_equal(industry_time_format(&(struct industry_time){2026, 6, 15, 15, 0}, 9, out), -1);
}

static void test_every_error_code(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum industry_fault salto, onity;
    } codes[] = {
        {"ES", INDUSTRY_FAULT_SYNTAX, INDUSTRY_FAULT_SYNTAX},
        {"NC", INDUSTRY_FAULT_ENCODER_OFFLINE, INDUSTRY_FAULT_ENCODER_OFFLINE},
        {"NF", INDUSTRY_FAULT_LOCK_SYSTEM, INDUSTRY_FAULT_LOCK_SYSTEM},
        {"OV", INDUSTRY_FAULT_ENCODER_BUSY, INDUSTRY_FAULT_ENCODER_BUSY},
        {"EP", INDUSTRY_FAULT_CARD, INDUSTRY_FAULT_CARD},
        {"EF", INDUSTRY_FAULT_CARD_FORMAT, INDUSTRY_FAULT_CARD_FORMAT},
        {"EN", INDUSTRY_FAULT_CARD, INDUSTRY_FAULT_CARD},
        {"ET", INDUSTRY_FAULT_ENCODER_FAULT, INDUSTRY_FAULT_ENCODER_FAULT},
        {"TD", INDUSTRY_FAULT_UNKNOWN_ROOM, INDUSTRY_FAULT_UNKNOWN_ROOM},
        {"ED", INDUSTRY_FAULT_NO_CARD, INDUSTRY_FAULT_NO_CARD},
        {"EA", INDUSTRY_FAULT_NOT_CHECKED_IN, INDUSTRY_FAULT_ONE_SHOT_LIMIT},
        {"OS", INDUSTRY_FAULT_ROOM_UNAVAILABLE, INDUSTRY_FAULT_ROOM_UNAVAILABLE},
        {"EO", INDUSTRY_FAULT_ROOM_BUSY, INDUSTRY_FAULT_ROOM_BUSY},
        {"EV", INDUSTRY_FAULT_CARD_REFUSED, INDUSTRY_FAULT_CARD_REFUSED},
        {"EG", INDUSTRY_FAULT_VENDOR, INDUSTRY_FAULT_VENDOR},
        {"ER", INDUSTRY_FAULT_VENDOR, INDUSTRY_FAULT_VENDOR},
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct industry_error *salto = industry_error_find(&industry_salto, industry_field_of(codes[i].code));
        const struct industry_error *onity = industry_error_find(&industry_onity, industry_field_of(codes[i].code));
        assert_non_null(salto);
        assert_non_null(onity);
        assert_int_equal(salto->fault, codes[i].salto);
        assert_int_equal(onity->fault, codes[i].onity);
        assert_true(salto->meaning[0] && onity->meaning[0]);
    }
    assert_int_equal(industry_salto.error_count, COUNT_OF(codes) + 2); /* WE and WO of the audit trail */
    assert_non_null(industry_error_find(&industry_salto, industry_field_of("WE")));
    assert_non_null(industry_error_find(&industry_salto, industry_field_of("WO")));
    assert_int_equal(industry_onity.error_count, COUNT_OF(codes));
    static const char *const none[] = {"", "E", "CN", "CO", "EPX", "ep", "ZZ"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_null(industry_error_find(&industry_salto, industry_field_of(none[i])));
}

/* ---- Tests: answers -------------------------------------------------------------------------------------------- */

static int parse_card(const struct industry_dialect *dialect, struct buf *memory, const char *fields,
                      struct industry_card *card)
{
    struct industry_frame frame;
    split_text(memory, fields, &frame);
    return industry_card_parse(dialect, &frame, card);
}

static void test_read_guest_card(void **state)
{
    (void)state;
    struct industry_card card;
    struct buf memory, again;
    static const char fields[] = "|LT|1|101|102|||CI|I|1d}|1455051114|14201114|Ann|";
    buf_init(&memory);
    buf_init(&again);
    assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_GUEST);
    assert_true(industry_field_is(card.encoder, "1"));
    assert_true(industry_field_is(card.rooms[0], "101"));
    assert_true(industry_field_is(card.rooms[1], "102"));
    assert_int_equal(card.rooms[2].length, 0);
    assert_false(card.checked_out);
    assert_int_equal(card.copy, 'I');
    assert_true(card.areas == (INDUSTRY_AREA(1) | INDUSTRY_AREA(13) | INDUSTRY_AREA(62)));
    assert_false(card.unknown_areas);
    assert_int_equal(card.start_digits, 10);
    assert_int_equal(card.start.minute, 55);
    assert_int_equal(card.expiry_digits, 8);
    assert_int_equal(card.expiry.hour, 14);
    assert_int_equal(card.expiry.day, 20);
    assert_true(industry_field_is(card.operator_name, "Ann"));
    assert_int_equal(industry_card_encode(&industry_salto, &card, &trim, &again), 0);
    assert_bytes(&again, memory.data, memory.length);

    /* checked out, no areas, no operator, and a room that is called like a code */
    assert_int_equal(parse_card(&industry_salto, &memory, "|LT|1|LM||||CO|0||1455051114|1420201114|", &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_GUEST);
    assert_true(industry_field_is(card.rooms[0], "LM"));
    assert_true(card.checked_out);
    assert_true(card.areas == 0);
    /* an authorisation that does not exist is told, and the rest is kept */
    assert_int_equal(parse_card(&industry_salto, &memory, "|LT|1|101||||CI|0|1A|1455051114|1420201114|", &card), 0);
    assert_true(card.unknown_areas && card.areas == INDUSTRY_AREA(1));
    /* Onity: the serial number in field 12 */
    assert_int_equal(
        parse_card(&industry_onity, &memory, "|LT|1|101||||CI|4|18|14051114|14201114|Ann|2F45A2C3|", &card), 0);
    assert_true(industry_field_is(card.serial, "2F45A2C3"));
    buf_free(&memory);
    buf_free(&again);
}

static void test_read_other_cards(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum industry_card_kind kind;
    } codes[] = {{"LM", INDUSTRY_CARD_STAFF},
                 {"LR", INDUSTRY_CARD_SPARE},
                 {"LC", INDUSTRY_CARD_VOID},
                 {"LD", INDUSTRY_CARD_UNKNOWN},
                 {"LS", INDUSTRY_CARD_DIAGNOSTIC}};
    struct buf memory, again;
    buf_init(&memory);
    buf_init(&again);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct industry_card card;
        char fields[64] = "|LT|Desk 1|";
        append(fields, sizeof(fields), codes[i].code);
        append(fields, sizeof(fields), "|");
        assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
        assert_int_equal(card.kind, codes[i].kind);
        buf_clear(&again);
        assert_int_equal(industry_card_encode(&industry_salto, &card, &trim, &again), 0);
        assert_bytes(&again, memory.data, memory.length);
        /* a sender that keeps its empty fields */
        append(fields, sizeof(fields), "||||");
        assert_int_equal(parse_card(&industry_salto, &memory, fields, &card), 0);
        assert_int_equal(card.kind, codes[i].kind);
    }
    struct industry_card card;
    assert_int_equal(parse_card(&industry_onity, &memory, "|LT|1|LM|some text|", &card), 0);
    assert_int_equal(card.kind, INDUSTRY_CARD_STAFF);
    buf_free(&memory);
    buf_free(&again);
}

static void test_read_answers_that_make_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {"|CN|1|101||||CI|0||1455051114|1420201114|",
                                      "|LT|",
                                      "|LT|1|",
                                      "|LT|1|101|",
                                      "|LT|1|LX|",
                                      "|LT|1|LM|text|",
                                      "|LT|1|101||||XX|0||1455051114|1420201114|",
                                      "|LT|1|101||||CI|00||1455051114|1420201114|",
                                      "|LT|1|101||||CI|0||145505111|1420201114|",
                                      "|LT|1|101||||CI|0||1455051114|1420401114|",
                                      "|LT|1|101|102|103|104|1455051114|14201114|x|"};
    struct buf memory;
    buf_init(&memory);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct industry_card card;
        if (parse_card(&industry_salto, &memory, bad[i], &card) != -1)
            fail_msg("taken: %s", bad[i]);
    }
    buf_free(&memory);
}

static void test_mobile_answers(void **state)
{
    (void)state;
    static const uint8_t key[] = {0x00, 0x1F, 0xB3, 0x02, 0xFF};
    struct industry_done done = {
        INDUSTRY_CNMB, -1, industry_field_of("+359888"), NULL, 0, {key, sizeof(key)}, industry_field_of("install-1")};
    struct buf out, bytes;
    struct industry_frame frame;
    buf_init(&out);
    buf_init(&bytes);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    parse_frame(out.data, out.length, &frame);
    assert_int_equal(frame.count, 4);
    assert_true(industry_field_is(frame.fields[0], "CNMB"));
    assert_true(industry_field_is(frame.fields[1], "+359888"));
    assert_true(industry_field_is(frame.fields[2], "001FB302FF"));
    assert_true(industry_field_is(frame.fields[3], "install-1"));
    assert_int_equal(industry_hex_parse(frame.fields[2], &bytes), 0);
    assert_bytes(&bytes, key, sizeof(key));
    buf_clear(&bytes);
    assert_int_equal(industry_hex_parse(industry_field_of("0aFf"), &bytes), 0);
    assert_bytes(&bytes, (const uint8_t *)"\x0A\xFF", 2);
    assert_int_equal(industry_hex_parse(industry_field_of(""), &bytes), -1);
    assert_int_equal(industry_hex_parse(industry_field_of("0"), &bytes), -1);
    assert_int_equal(industry_hex_parse(industry_field_of("0g"), &bytes), -1);
    assert_int_equal(bytes.length, 2);

    done = (struct industry_done){INDUSTRY_CC, 2, industry_field_of("Desk 1"), NULL, 0, {0}, {0}};
    buf_clear(&out);
    assert_int_equal(industry_done_encode(&done, &trim, &out), 0);
    parse_frame(out.data, out.length, &frame);
    assert_true(industry_field_is(frame.fields[0], "CC2"));
    done.digit = 10;
    assert_int_equal(industry_done_encode(&done, &trim, &out), -1);
    buf_free(&out);
    buf_free(&bytes);
}

static void test_command_names(void **state)
{
    (void)state;
    enum industry_command command;
    int32_t digit;
    for (unsigned i = 0; i < INDUSTRY_COMMAND_COUNT; i++) {
        const char *name = industry_command_name((enum industry_command)i);
        assert_int_equal(industry_command_parse(industry_field_of(name), &command, &digit), 0);
        assert_int_equal(command, i);
        assert_int_equal(digit, -1);
    }
    assert_int_equal(industry_command_parse(industry_field_of("CA0"), &command, &digit), 0);
    assert_int_equal(command, INDUSTRY_CA);
    assert_int_equal(digit, 0);
    static const char *const bad[] = {"", "C", "cn", "CN22", "CO2", "LT1", "CNM1", "CN:", "CN/", "NC"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(industry_command_parse(industry_field_of(bad[i]), &command, &digit), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_decode_in_every_split),
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
        cmocka_unit_test(test_examples_encode),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_nothing_dirty_is_encoded),
        cmocka_unit_test(test_every_command),
        cmocka_unit_test(test_request_limits),
        cmocka_unit_test(test_requests_that_make_no_sense),
        cmocka_unit_test(test_area_symbols),
        cmocka_unit_test(test_dates_of_both_widths),
        cmocka_unit_test(test_every_error_code),
        cmocka_unit_test(test_read_guest_card),
        cmocka_unit_test(test_read_other_cards),
        cmocka_unit_test(test_read_answers_that_make_no_sense),
        cmocka_unit_test(test_mobile_answers),
        cmocka_unit_test(test_command_names),
    };
    return cmocka_run_group_tests_name("industry standard codec", tests, NULL, NULL);
}
