/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codec of the Saflok IRS protocol: the byte examples of its description, and what must not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "saflok_irs/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Examples -------------------------------------------------------------------------------------------------- */

static const uint8_t new_key[] = {0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37, 0x30, 0x30, 0x30, 0x31, 0x44,
                                  0x45, 0x53, 0x4B, 0x37, 0x20, 0x20, 0x33, 0x30, 0x35, 0x20, 0x20, 0x31, 0x30, 0x32,
                                  0x46, 0x46, 0x30, 0x32, 0x30, 0x33, 0x31, 0x35, 0x32, 0x37, 0x31, 0x31, 0x33, 0x30,
                                  0x30, 0x33, 0x31, 0x35, 0x32, 0x37, 0x31, 0x32, 0x30, 0x30, 0x03, 0x2E};
static const uint8_t duplicate_key[] = {
    0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37, 0x30, 0x30, 0x30, 0x33, 0x44, 0x45, 0x53, 0x4B,
    0x37, 0x20, 0x20, 0x33, 0x30, 0x35, 0x20, 0x20, 0x31, 0x30, 0x32, 0x46, 0x46, 0x30, 0x31, 0x30, 0x33,
    0x31, 0x35, 0x32, 0x37, 0x31, 0x31, 0x33, 0x30, 0x30, 0x33, 0x31, 0x35, 0x32, 0x37, 0x31, 0x31, 0x33,
    0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x03, 0x1F};
static const uint8_t wide_key[] = {0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37, 0x30, 0x30, 0x30, 0x31,
                                   0x44, 0x45, 0x53, 0x4B, 0x37, 0x20, 0x20, 0x57, 0x49, 0x4E, 0x47, 0x2D, 0x42,
                                   0x33, 0x30, 0x35, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x31, 0x30, 0x32, 0x46,
                                   0x46, 0x30, 0x31, 0x30, 0x33, 0x31, 0x35, 0x32, 0x37, 0x31, 0x31, 0x33, 0x30,
                                   0x30, 0x33, 0x31, 0x35, 0x32, 0x37, 0x31, 0x31, 0x33, 0x30, 0x31, 0x30, 0x30,
                                   0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x31, 0x30, 0x31, 0x03, 0x64};
static const uint8_t answer_done[] = {0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37,
                                      0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x03, 0x06};
static const uint8_t answer_no_card[] = {0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37,
                                         0x30, 0x30, 0x33, 0x31, 0x39, 0x30, 0x03, 0x0D};
static const uint8_t answer_card[] = {0x02, 0x32, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x37, 0x30, 0x30,
                                      0x30, 0x30, 0x30, 0x30, 0x7E, 0x30, 0x34, 0x41, 0x31, 0x42, 0x32,
                                      0x43, 0x33, 0x44, 0x34, 0x45, 0x35, 0x46, 0x36, 0x03, 0x7C};

static const struct example {
    const uint8_t *bytes;
    size_t length;
} examples[] = {
    {new_key, sizeof(new_key)},         {duplicate_key, sizeof(duplicate_key)},   {wide_key, sizeof(wide_key)},
    {answer_done, sizeof(answer_done)}, {answer_no_card, sizeof(answer_no_card)}, {answer_card, sizeof(answer_card)}};

static const struct irs_request usual = {.terminal = 70,
                                         .transaction = 1,
                                         .password = "DESK7",
                                         .key_number = "305",
                                         .key_level = 1,
                                         .encoder = 2,
                                         .led = "FF",
                                         .keys = 1,
                                         .check_out = {2027, 3, 15, 11, 30},
                                         .expiry = {2027, 3, 15, 11, 30},
                                         .pass_option = '0'};

static void assert_bytes(const struct irs_request *request, size_t width, const uint8_t *bytes, size_t length)
{
    struct buf body = {0}, frame = {0};
    assert_int_equal(irs_request_write(request, width, &body), 0);
    assert_int_equal(irs_frame_encode(body.data, body.length, true, &frame), 0);
    assert_int_equal(frame.length, length);
    assert_memory_equal(frame.data, bytes, length);
    struct irs_request again;
    assert_int_equal(irs_request_parse(body.data, body.length, width, &again), 0);
    assert_string_equal(again.password, request->password);
    assert_string_equal(again.key_number, request->key_number);
    assert_int_equal(again.passes, request->passes);
    assert_int_equal(again.keys, request->keys);
    assert_int_equal(again.transaction, request->transaction);
    assert_int_equal(again.expiry.minute, request->expiry.minute);
    assert_int_equal(again.has_tail, request->has_tail);
    buf_free(&body);
    buf_free(&frame);
}

static void test_requests_are_the_bytes_of_the_examples(void **state)
{
    (void)state;
    struct irs_request request = usual;
    request.keys = 2;
    request.expiry = (struct irs_date){2027, 3, 15, 12, 0};
    assert_bytes(&request, 5, new_key, sizeof(new_key));
    request = usual;
    request.transaction = 3;
    request.has_tail = true;
    assert_bytes(&request, 5, duplicate_key, sizeof(duplicate_key));
    request = usual;
    memcpy(request.key_number, "WING-B305", 10);
    request.has_tail = true;
    request.pass_option = '1';
    request.passes = IRS_PASS(3) | IRS_PASS(1);
    assert_bytes(&request, 15, wide_key, sizeof(wide_key));
}

static void test_answers_are_the_bytes_of_the_examples(void **state)
{
    (void)state;
    static const char *const details[] = {"000", "190", "000"}, *const statuses[] = {"00", "03", "00"};
    for (size_t i = 0; i < 3; i++) {
        const struct example *example = &examples[3 + i];
        struct irs_answer answer;
        struct buf out = {0};
        assert_int_equal(irs_answer_parse(example->bytes + 1, example->length - 3, &answer), 0);
        assert_string_equal(answer.status, statuses[i]);
        assert_string_equal(answer.detail, details[i]);
        assert_int_equal(answer.terminal, 70);
        assert_int_equal(answer.has_card, i == 2);
        assert_string_equal(answer.card, i == 2 ? "04A1B2C3D4E5F6" : "");
        assert_int_equal(irs_answer_encode(&answer, true, &out), 0);
        assert_int_equal(out.length, example->length);
        assert_memory_equal(out.data, example->bytes, example->length);
        buf_free(&out);
    }
}

/* ---- Decoder --------------------------------------------------------------------------------------------------- */

static enum irs_event feed(struct irs_decoder *decoder, const uint8_t *bytes, size_t count, size_t *used)
{
    enum irs_event event = IRS_NOTHING;
    *used = irs_decode(decoder, bytes, count, &event);
    return event;
}

static void test_frames_split_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const struct example *example = &examples[i];
        for (size_t cut = 1; cut < example->length; cut++) {
            struct irs_decoder decoder;
            size_t used;
            irs_decoder_init(&decoder);
            assert_int_equal(feed(&decoder, example->bytes, cut, &used), IRS_NOTHING);
            assert_int_equal(used, cut);
            assert_int_equal(irs_decoder_is_behind(&decoder), cut == example->length - 1);
            assert_int_equal(feed(&decoder, example->bytes + cut, example->length - cut, &used), IRS_FRAME);
            assert_int_equal(used, example->length - cut);
            assert_int_equal(decoder.check, IRS_CHECK_RIGHT);
            assert_int_equal(decoder.body.length, example->length - 3);
            assert_memory_equal(decoder.body.data, example->bytes + 1, example->length - 3);
            irs_decoder_free(&decoder);
        }
    }
}

static void test_check_byte_right_wrong_missing(void **state)
{
    (void)state;
    struct irs_decoder decoder;
    uint8_t bytes[2 * sizeof(answer_done)];
    size_t used, without = sizeof(answer_done) - 1;
    irs_decoder_init(&decoder);
    memcpy(bytes, answer_done, sizeof(answer_done));
    bytes[without] ^= 0x40;
    assert_int_equal(feed(&decoder, bytes, sizeof(answer_done), &used), IRS_FRAME);
    assert_int_equal(decoder.check, IRS_CHECK_WRONG);
    /* the next frame follows at once: there was none, and the second is whole */
    memcpy(bytes + without, answer_no_card, sizeof(answer_no_card));
    assert_int_equal(feed(&decoder, bytes, without + sizeof(answer_no_card), &used), IRS_FRAME);
    assert_int_equal(used, without);
    assert_int_equal(decoder.check, IRS_CHECK_MISSING);
    assert_int_equal(feed(&decoder, bytes + without, sizeof(answer_no_card), &used), IRS_FRAME);
    assert_int_equal(decoder.check, IRS_CHECK_RIGHT);
    /* nothing follows */
    assert_int_equal(feed(&decoder, answer_done, without, &used), IRS_NOTHING);
    assert_true(irs_decoder_expire(&decoder));
    assert_int_equal(decoder.check, IRS_CHECK_MISSING);
    assert_false(irs_decoder_expire(&decoder));
    irs_decoder_free(&decoder);
}

/* 02, 03, 05, 06 and 15 as a right check byte are no control bytes. */
static void test_check_byte_of_any_value(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 0x80; value++) {
        struct buf frame = {0};
        struct irs_decoder decoder;
        size_t used;
        uint8_t body[] = {0x40, (uint8_t)(value ^ IRS_ETX ^ 0x40)};
        if (!irs_is_clean(body, 2))
            body[0] = 0x20, body[1] ^= 0x60;
        if (!irs_is_clean(body, 2))
            continue;
        irs_decoder_init(&decoder);
        assert_int_equal(irs_frame_encode(body, 2, true, &frame), 0);
        assert_int_equal(frame.data[4], value);
        assert_int_equal(feed(&decoder, frame.data, frame.length, &used), IRS_FRAME);
        assert_int_equal(decoder.check, IRS_CHECK_RIGHT);
        assert_int_equal(feed(&decoder, frame.data, 0, &used), IRS_NOTHING);
        assert_false(irs_decoder_is_behind(&decoder));
        irs_decoder_free(&decoder);
        buf_free(&frame);
    }
}

static void test_noise_and_control_bytes(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x90, 'x', 0x05, 0x03, 0x06, 0xFF, 0x15, 0x02, '1', '2', 0x02};
    struct irs_decoder decoder;
    size_t used, at = 0;
    irs_decoder_init(&decoder);
    static const enum irs_event events[] = {IRS_ENQUIRY, IRS_ACCEPTED, IRS_REFUSED, IRS_NOTHING};
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        assert_int_equal(feed(&decoder, bytes + at, sizeof(bytes) - at, &used), events[i]);
        at += used;
    }
    assert_int_equal(decoder.body.length, 0); /* STX inside of a frame begins it anew */
    assert_int_equal(feed(&decoder, answer_done + 1, sizeof(answer_done) - 1, &used), IRS_FRAME);
    assert_int_equal(decoder.check, IRS_CHECK_RIGHT);
    irs_decoder_free(&decoder);
}

static void test_a_frame_without_end_is_dropped(void **state)
{
    (void)state;
    struct irs_decoder decoder;
    uint8_t many[IRS_BODY_BOUND + 1];
    size_t used;
    irs_decoder_init(&decoder);
    memset(many, '0', sizeof(many));
    assert_int_equal(feed(&decoder, (const uint8_t *)"\x02", 1, &used), IRS_NOTHING);
    assert_int_equal(feed(&decoder, many, sizeof(many), &used), IRS_TOO_LONG);
    assert_int_equal(feed(&decoder, many, sizeof(many), &used), IRS_NOTHING);
    assert_int_equal(decoder.body.length, 0);
    assert_int_equal(feed(&decoder, answer_done, sizeof(answer_done), &used), IRS_FRAME);
    irs_decoder_free(&decoder);
}

/* ---- What must not pass ---------------------------------------------------------------------------------------- */

static void test_requests_that_cannot_be_sent(void **state)
{
    (void)state;
    struct irs_request bad[15];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = usual;
    memcpy(bad[0].key_number, "305123", 7);
    bad[1].key_number[0] = '\0';
    memcpy(bad[2].key_number, "3\x03", 3);
    memcpy(bad[3].password, "a\x02", 3);
    bad[4].keys = 100;
    bad[5].keys = 0;
    bad[6].encoder = 100;
    bad[7].terminal = 1000;
    bad[8].check_out = (struct irs_date){2027, 2, 29, 11, 0};
    bad[9].expiry.year = 2100;
    bad[10].tracks = "a\x03";
    bad[11].has_tail = true;
    bad[11].pass_option = '2';
    bad[12].has_tail = true;
    bad[12].passes = IRS_PASS(IRS_PASSES + 1);
    bad[13].check_out.minute = 60;
    bad[14].expiry.hour = 24;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct buf body = {0};
        if (irs_request_write(&bad[i], 5, &body) == 0)
            fail_msg("request %zu passed", i);
        buf_free(&body);
    }
}

/* A request with all fields, in which some bytes are others. */
static int read_changed(size_t at, const char *bytes)
{
    struct irs_request request = usual, again;
    struct buf body = {0};
    request.has_tail = true;
    assert_int_equal(irs_request_write(&request, 5, &body), 0);
    assert_true(at + strlen(bytes) <= body.length);
    memcpy(body.data + at, bytes, strlen(bytes));
    const int result = irs_request_parse(body.data, body.length, 5, &again);
    buf_free(&body);
    return result;
}

static void test_requests_that_cannot_be_read(void **state)
{
    (void)state;
    enum { CHECK_OUT = 12 + IRS_PASSWORD + 5 + 1 + 2 + 2 + 2, EXPIRY = CHECK_OUT + 10, TAIL = EXPIRY + 10 };
    static const char *const bad[] = {"0315271160", "0315272430", "0229271130", "0431271130", "1301271130",
                                      "0015271130", "0300271130", "03152711 0", "03152711:0"};
    static const char *const good[] = {"0315272359", "0101000000", "1231992359", "0229281130"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(read_changed(CHECK_OUT, bad[i]), -1);
        assert_int_equal(read_changed(EXPIRY, bad[i]), -1);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(read_changed(CHECK_OUT, good[i]), 0);
        assert_int_equal(read_changed(EXPIRY, good[i]), 0);
    }
    assert_int_equal(read_changed(TAIL, "1"), 0);
    assert_int_equal(read_changed(TAIL, "2"), -1);
    for (size_t i = 1; i <= IRS_PASSES; i++) {
        assert_int_equal(read_changed(TAIL + i, "1"), 0);
        assert_int_equal(read_changed(TAIL + i, "2"), -1);
        assert_int_equal(read_changed(TAIL + i, " "), -1);
    }
    assert_int_equal(read_changed(0, "21"), -1);             /* another function */
    assert_int_equal(read_changed(CHECK_OUT - 2, "00"), -1); /* no key */
}

static void test_answers_too_short_or_strange(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0", "2000000700000", "20000007000A00", "200000070 0000", "20000007000 00"};
    struct irs_answer answer;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(irs_answer_parse((const uint8_t *)bad[i], strlen(bad[i]), &answer), -1);
    static const char *const cards[][2] = {{"20000007000000~", ""},
                                           {"20000007000000~  ", ""},
                                           {"20000007000000 AB ~ C ", "C"},
                                           {"20000007000000AB", ""},
                                           {"20000007000000~A~B", "A~B"}};
    for (size_t i = 0; i < COUNT_OF(cards); i++) {
        assert_int_equal(irs_answer_parse((const uint8_t *)cards[i][0], strlen(cards[i][0]), &answer), 0);
        assert_string_equal(answer.card, cards[i][1]);
    }
    char many[IRS_ANSWER_LEAST + 1 + IRS_CARD_NUMBER + 2] = "20000007000000~";
    memset(many + 15, 'A', IRS_CARD_NUMBER + 1);
    assert_int_equal(irs_answer_parse((const uint8_t *)many, strlen(many), &answer), 0);
    assert_false(answer.has_card);
    assert_int_equal(irs_answer_parse((const uint8_t *)"ABCDEFxyz03190", 14, &answer), 0); /* the head is not judged */
    assert_int_equal(answer.terminal, -1);
}

static void test_tracks(void **state)
{
    (void)state;
    static const char *const rows[][3] = {{"", "", ""},
                                          {"AB", "", "*102AB"},
                                          {"AB", "123",
                                           "*2031231"
                                           "02AB"},
                                          {"", "123", "123"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        assert_int_equal(irs_tracks_write(rows[i][0], rows[i][1], &out), 0);
        assert_string_equal(buf_text(&out), rows[i][2]);
        buf_free(&out);
    }
    struct buf out = {0};
    assert_int_equal(irs_tracks_write("", "123456789012345678901234567890123456", &out), -1);
    assert_int_equal(irs_tracks_write("a\x02", "", &out), -1);
    char longest[IRS_TRACK_1 + 2] = "";
    memset(longest, '7', IRS_TRACK_1 + 1);
    assert_int_equal(irs_tracks_write(longest, "", &out), -1);
    assert_int_equal(irs_tracks_write(longest + 1, longest + sizeof(longest) - 1 - IRS_TRACK_2, &out), 0);
    buf_free(&out);
}

static void test_minutes_are_added_over_the_calendar(void **state)
{
    (void)state;
    static const struct {
        struct irs_date from;
        int32_t minutes;
        struct irs_date to;
    } rows[] = {{{2027, 3, 15, 11, 30}, 30, {2027, 3, 15, 12, 0}},
                {{2027, 12, 31, 23, 59}, 1, {2028, 1, 1, 0, 0}},
                {{2028, 2, 28, 12, 0}, 1440, {2028, 2, 29, 12, 0}},
                {{2027, 2, 28, 12, 0}, 1440, {2027, 3, 1, 12, 0}},
                {{2027, 2, 28, 12, 0}, 10080, {2027, 3, 7, 12, 0}}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct irs_date date = rows[i].from;
        irs_date_add(&date, rows[i].minutes);
        assert_memory_equal(&date, &rows[i].to, sizeof(date));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_the_bytes_of_the_examples),
        cmocka_unit_test(test_answers_are_the_bytes_of_the_examples),
        cmocka_unit_test(test_frames_split_at_every_byte),
        cmocka_unit_test(test_check_byte_right_wrong_missing),
        cmocka_unit_test(test_check_byte_of_any_value),
        cmocka_unit_test(test_noise_and_control_bytes),
        cmocka_unit_test(test_a_frame_without_end_is_dropped),
        cmocka_unit_test(test_requests_that_cannot_be_sent),
        cmocka_unit_test(test_requests_that_cannot_be_read),
        cmocka_unit_test(test_answers_too_short_or_strange),
        cmocka_unit_test(test_tracks),
        cmocka_unit_test(test_minutes_are_added_over_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
