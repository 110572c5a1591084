/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The codecs of contactless readers and cards: byte examples put together by hand from the rules of the documents, each
 * in pieces of every size; every single wrong byte; and whatever lengths may claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <string.h>

#include "contactless/codec.h"

#define BYTES(...)  (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void assert_buf(struct buf *buf, const uint8_t *bytes, size_t count)
{
    assert_false(buf->failed);
    assert_int_equal(buf->length, count);
    assert_memory_equal(buf->data, bytes, count);
    buf_free(buf);
}

/* ---- PN532 ----------------------------------------------------------------------------------------------------- */

/* Frames and what they are, by section 6.2.1 of the user manual: LEN + LCS = 0, TFI + PD + DCS = 0. */
static const struct frame_example {
    uint8_t bytes[24];
    size_t count;
    enum pn532_event event;
    uint8_t direction, data[16];
    size_t length;
} frames[] = {
    {{0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00}, 9, PN532_FRAME, 0xD4, {0x02}, 1},
    {{0x00, 0x00, 0xFF, 0x06, 0xFA, 0xD5, 0x03, 0x32, 0x01, 0x06, 0x07, 0xE8, 0x00},
     13,
     PN532_FRAME,
     0xD5,
     {0x03, 0x32, 0x01, 0x06, 0x07},
     5},
    {{0x00, 0xFF, 0x02, 0xFE, 0xD5, 0x15, 0x16}, 7, PN532_FRAME, 0xD5, {0x15}, 1}, /* without the zeros around */
    {{0x00, 0x00, 0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD5, 0x15, 0x16, 0x00}, 11, PN532_FRAME, 0xD5, {0x15}, 1},
    {{0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x00, 0x02, 0xFE, 0xD5, 0x33, 0xF8, 0x00}, 12, PN532_FRAME, 0xD5, {0x33}, 1},
    {{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00}, 6, PN532_ACK, 0, {0}, 0},
    {{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00}, 6, PN532_NACK, 0, {0}, 0},
    {{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}, 8, PN532_ERROR, 0, {0}, 0},
};

struct heard {
    enum pn532_event events[16];
    size_t count;
    uint8_t direction, data[PN532_DATA_MOST];
    size_t length;
};

static void hear(struct pn532_decoder *decoder, const uint8_t *bytes, size_t count, struct heard *heard)
{
    while (count > 0) {
        enum pn532_event event;
        size_t taken = pn532_decode(decoder, bytes, count, &event);
        assert_in_range(taken, 1, count);
        bytes += taken;
        count -= taken;
        if (event == PN532_NOTHING)
            continue;
        assert_true(heard->count < COUNT(heard->events));
        heard->events[heard->count++] = event;
        if (event != PN532_FRAME)
            continue;
        heard->direction = decoder->direction;
        heard->length = decoder->length;
        memcpy(heard->data, decoder->data, decoder->length);
    }
}

static void assert_heard(const struct heard *heard, const struct frame_example *example)
{
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->events[0], example->event);
    if (example->event != PN532_FRAME)
        return;
    assert_int_equal(heard->direction, example->direction);
    assert_int_equal(heard->length, example->length);
    assert_memory_equal(heard->data, example->data, example->length);
}

static void test_pn532_frames_in_pieces_of_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(frames); i++)
        for (size_t split = 0; split <= frames[i].count; split++) {
            struct pn532_decoder decoder;
            struct heard heard = {0};
            pn532_decoder_reset(&decoder);
            hear(&decoder, frames[i].bytes, split, &heard);
            hear(&decoder, frames[i].bytes + split, frames[i].count - split, &heard);
            assert_heard(&heard, &frames[i]);
        }
}

static void test_pn532_frames_are_made_as_in_the_manual(void **state)
{
    (void)state;
    struct buf out = {0};
    uint8_t data[PN532_DATA_MOST + 1] = {0x40, 0x01};
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, frames[0].data, 1, &out), 0);
    assert_buf(&out, frames[0].bytes, frames[0].count);
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, BYTES(0x4A, 0x02, 0x00), &out), 0);
    assert_buf(&out, BYTES(0x00, 0x00, 0xFF, 0x04, 0xFC, 0xD4, 0x4A, 0x02, 0x00, 0xE0, 0x00));
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, data, 254, &out), 0);
    assert_int_equal(out.length, 3 + 2 + 255 + 2);
    assert_memory_equal(out.data, "\x00\x00\xFF\xFF\x01\xD4", 6);
    buf_free(&out);
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, data, 255, &out), 0); /* 256 with the direction: extended */
    assert_memory_equal(out.data, "\x00\x00\xFF\xFF\xFF\x01\x00\xFF\xD4", 9);
    buf_free(&out);
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, data, PN532_DATA_MOST + 1, &out), -1);
    assert_int_equal(pn532_frame_encode(PN532_TO_CHIP, data, 0, &out), -1);
    buf_free(&out);
}

static void test_pn532_longest_frames_come_through(void **state)
{
    (void)state;
    uint8_t data[PN532_DATA_MOST];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t count = 250; count <= sizeof(data); count++) {
        struct pn532_decoder decoder;
        struct heard heard = {0};
        struct buf out = {0};
        pn532_decoder_reset(&decoder);
        assert_int_equal(pn532_frame_encode(PN532_TO_HOST, data, count, &out), 0);
        hear(&decoder, out.data, out.length, &heard);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.length, count);
        assert_memory_equal(heard.data, data, count);
        buf_free(&out);
    }
}

/* A wrong byte loses the frame, never makes another one of it, and the next one comes through. */
static void test_pn532_wrong_bytes_lose_one_frame(void **state)
{
    (void)state;
    const struct frame_example *example = &frames[1];
    for (size_t at = 2; at < example->count - 1; at++)
        for (unsigned flip = 1; flip < 256; flip++) {
            struct pn532_decoder decoder;
            struct heard heard = {0};
            uint8_t bytes[24];
            memcpy(bytes, example->bytes, example->count);
            bytes[at] = (uint8_t)(bytes[at] ^ flip);
            pn532_decoder_reset(&decoder);
            hear(&decoder, bytes, example->count, &heard);
            for (size_t i = 0; i < heard.count; i++)
                assert_true(heard.events[i] != PN532_FRAME);
        }
    struct pn532_decoder decoder;
    struct heard heard = {0};
    pn532_decoder_reset(&decoder);
    hear(&decoder, BYTES(0x12, 0x00, 0xFF, 0x05, 0x00), &heard); /* the beginning of the next hides in the header */
    hear(&decoder, BYTES(0xFF, 0x02, 0xFE, 0xD5, 0x15, 0x16), &heard);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.events[0], PN532_DAMAGED);
    assert_int_equal(heard.events[1], PN532_FRAME);
}

static void test_pn532_hostile_lengths_are_damage(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t count;
    } rows[] = {
        {{0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 7}, /* 65,535 bytes */
        {{0x00, 0xFF, 0xFF, 0xFF, 0x01, 0x0A, 0xF5}, 7}, /* one too many */
        {{0x00, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00}, 7}, /* none */
        {{0x00, 0xFF, 0x00, 0x00}, 4},                   /* the same in a normal frame */
        {{0x00, 0xFF, 0x01, 0xFF, 0xD5, 0x2B}, 6},       /* no command */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pn532_decoder decoder;
        struct heard heard = {0};
        pn532_decoder_reset(&decoder);
        hear(&decoder, rows[i].bytes, rows[i].count, &heard);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.events[0], PN532_DAMAGED);
    }
}

static void test_pn532_targets(void **state)
{
    (void)state;
    static const uint8_t two[] = {0x02, 0x01, 0x00, 0x44, 0x00, 0x07, 0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80, 0x02,
                                  0x03, 0x44, 0x20, 0x04, 0x08, 0x11, 0x22, 0x33, 0x06, 0x75, 0x77, 0x81, 0x02, 0x80};
    struct card_target targets[PN532_TARGETS];
    size_t found = 9;
    struct buf out = {0};
    assert_int_equal(pn532_targets_parse(two, sizeof(two), targets, &found), 0);
    assert_int_equal(found, 2);
    assert_int_equal(targets[0].atqa, 0x0044);
    assert_int_equal(targets[0].uid_size, 7);
    assert_memory_equal(targets[0].uid, "\x04\xA1\xB2\xC3\xD4\xE5\x80", 7);
    assert_int_equal(targets[1].number, 2);
    assert_int_equal(targets[1].sak, 0x20);
    assert_int_equal(targets[1].ats_size, 6);
    assert_int_equal(pn532_targets_write(targets, 2, &out), 0);
    assert_buf(&out, two, sizeof(two));
    for (size_t count = 0; count < sizeof(two); count++)
        if (count != 22) /* without an ATS it is whole, too */
            assert_int_equal(pn532_targets_parse(two, count, targets, &found), -1);
    assert_int_equal(pn532_targets_parse(BYTES(0x00), targets, &found), 0);
    assert_int_equal(found, 0);
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x08, 0x04, 1, 2, 3, 4), targets, &found), 0);
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x08, 0x04, 1, 2, 3, 4, 9), targets, &found),
                     -1); /* more than it says */
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x20, 0x04, 1, 2, 3, 4, 0), targets, &found),
                     -1); /* an ATS counts its own length */
    assert_int_equal(pn532_targets_parse(BYTES(0x02, 0x01, 0x00, 0x04, 0x20, 0x04, 1, 2, 3, 4, /* no ATS of length 0 */
                                               0x00, 0x00, 0x04, 0x08, 0x04, 5, 6, 7, 8),
                                         targets, &found),
                     -1);
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x20, 0x04, 1, 2, 3, 4, 1), targets, &found), 0);
    assert_int_equal(pn532_targets_parse(BYTES(0x03, 0x01), targets, &found), -1);
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x08, 0x05, 1, 2, 3, 4, 5), targets, &found),
                     -1);
    assert_int_equal(pn532_targets_parse(BYTES(0x01, 0x01, 0x00, 0x04, 0x20, 0x04, 1, 2, 3, 4, 0xFF), targets, &found),
                     -1);
}

/* ---- CCID ------------------------------------------------------------------------------------------------------ */

static void test_ccid_messages_in_pieces_of_every_size(void **state)
{
    (void)state;
    static const uint8_t get_uid[] = {0x6F, 0x05, 0, 0, 0, 0, 0x02, 0, 0, 0, 0xFF, 0xCA, 0, 0, 0};
    static const uint8_t answer[] = {0x80, 0x06, 0, 0, 0, 0, 0x02, 0, 0x81, 0, 0x04, 0xA1, 0xB2, 0xC3, 0x90, 0x00};
    struct buf out = {0}, apdu = {0};
    apdu_get_uid(&apdu);
    const struct ccid_message message = {.type = CCID_TRANSFER, .sequence = 2, .data = apdu.data, .count = apdu.length};
    assert_int_equal(ccid_encode(&message, &out), 0);
    assert_buf(&out, get_uid, sizeof(get_uid));
    buf_free(&apdu);
    for (size_t split = 0; split <= sizeof(answer); split++) {
        struct ccid_decoder decoder;
        enum ccid_event event;
        ccid_decoder_reset(&decoder);
        assert_int_equal(ccid_decode(&decoder, answer, split, &event), split);
        if (split < sizeof(answer)) {
            assert_int_equal(event, CCID_NOTHING);
            ccid_decode(&decoder, answer + split, sizeof(answer) - split, &event);
        }
        assert_int_equal(event, CCID_MESSAGE);
        assert_int_equal(decoder.message.type, CCID_DATA_BLOCK);
        assert_int_equal(decoder.message.sequence, 2);
        assert_int_equal(decoder.message.count, 6);
        assert_memory_equal(decoder.message.data, answer + 10, 6);
        assert_int_equal(ccid_result(&decoder.message), CCID_GOOD);
        assert_int_equal(ccid_icc(&decoder.message), CCID_CARD_ACTIVE);
    }
}

static void test_ccid_status(void **state)
{
    (void)state;
    struct ccid_message answer = {.three = {0x42, 0xFE, 0}};
    assert_int_equal(ccid_result(&answer), CCID_FAILED);
    assert_int_equal(ccid_icc(&answer), CCID_CARD_ABSENT);
    answer.three[0] = 0x80;
    assert_int_equal(ccid_result(&answer), CCID_TIME_EXTENSION);
    answer.three[0] = 0x01;
    assert_int_equal(ccid_icc(&answer), CCID_CARD_PRESENT);
    assert_true(ccid_answers(CCID_TRANSFER, CCID_DATA_BLOCK) && ccid_answers(CCID_ESCAPE, CCID_ESCAPE_DATA));
    assert_false(ccid_answers(CCID_TRANSFER, CCID_STATUS) || ccid_answers(CCID_SLOT_STATUS, CCID_DATA_BLOCK));
    assert_string_equal(ccid_error_text(0xFE), "the card does not answer");
    assert_string_equal(ccid_error_text(0x05), "the reader does not take the message");
}

static void test_ccid_slot_changes(void **state)
{
    (void)state;
    bool present = false;
    assert_int_equal(ccid_slot_change_parse(BYTES(0x50, 0x03), 0, &present), 0);
    assert_true(present);
    assert_int_equal(ccid_slot_change_parse(BYTES(0x50, 0x02), 0, &present), 0);
    assert_false(present);
    assert_int_equal(ccid_slot_change_parse(BYTES(0x50, 0x00, 0x04), 5, &present), 0);
    assert_true(present);
    assert_int_equal(ccid_slot_change_parse(BYTES(0x50, 0x03), 4, &present), -1);
    assert_int_equal(ccid_slot_change_parse(BYTES(0x51, 0x03), 0, &present), -1);
    assert_int_equal(ccid_slot_change_parse(BYTES(0x50), 0, &present), -1);
}

static void test_ccid_hostile_lengths(void **state)
{
    (void)state;
    struct ccid_decoder decoder;
    enum ccid_event event;
    ccid_decoder_reset(&decoder);
    static const uint8_t huge[] = {0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 0, 1, 2, 3};
    assert_int_equal(ccid_decode(&decoder, huge, sizeof(huge), &event), sizeof(huge));
    assert_int_equal(event, CCID_TOO_LONG);
    static const uint8_t good[] = {0x81, 0, 0, 0, 0, 0, 1, 2, 0, 0};
    ccid_decode(&decoder, good, sizeof(good), &event);
    assert_int_equal(event, CCID_MESSAGE);
    struct buf out = {0};
    const struct ccid_message too_long = {.type = CCID_TRANSFER, .data = huge, .count = CCID_DATA_MOST + 1};
    assert_int_equal(ccid_encode(&too_long, &out), -1);
    buf_free(&out);
}

/* As an ACR122U has it: T=1, features 00020040, messages of 271 bytes. */
static const uint8_t functional[54] = {54, 0x21, 0x10, 0x01, 0, 7, 2, 0, 0, 0, [40] = 0x40, 0, 0x02, 0, 0x0F, 0x01};

static void test_ccid_descriptor(void **state)
{
    (void)state;
    uint8_t bytes[5 + 54 + 7] = {5, 0x24, 1, 2, 3};
    struct ccid_descriptor out;
    memcpy(bytes + 5, functional, 54);
    assert_int_equal(ccid_descriptor_parse(bytes, sizeof(bytes) - 7, &out), 0);
    assert_int_equal(out.level, CCID_LEVEL_SHORT_APDU);
    assert_int_equal(out.longest_message, 271);
    assert_int_equal(out.highest_slot, 0);
    assert_int_equal(out.protocols, 2);
    for (size_t count = 0; count < 59; count++)
        assert_int_equal(ccid_descriptor_parse(bytes, count, &out), -1);
    for (unsigned length = 0; length < 54; length++) { /* what it claims itself */
        bytes[5] = (uint8_t)length;
        assert_int_equal(ccid_descriptor_parse(bytes, 59, &out), -1);
    }
    bytes[5] = 60;
    assert_int_equal(ccid_descriptor_parse(bytes, 59, &out), -1);
    bytes[5] = 54;
    memset(bytes + 5 + 44, 0, 4);
    assert_int_equal(ccid_descriptor_parse(bytes, 59, &out), -1);
}

static void test_serial_frames_in_pieces_of_every_size(void **state)
{
    (void)state;
    /* power on: 02, the message, the XOR of its ten bytes, 03 */
    static const uint8_t request[] = {0x02, 0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x63, 0x03};
    static const uint8_t answer[] = {0x02, 0x00, 0x00, 0x03, 0x02, 0x80, 2,    0,    0,   0,
                                     0,    1,    0,    0,    0,    0x3B, 0x00, 0xB8, 0x03};
    struct buf out = {0};
    const struct ccid_message message = {.type = CCID_POWER_ON, .sequence = 1};
    assert_int_equal(ccid_frame_encode(&message, &out), 0);
    assert_buf(&out, request, sizeof(request));
    for (size_t split = 0; split <= sizeof(answer); split++) {
        struct ccid_frame_decoder decoder;
        enum ccid_frame_event event, events[4];
        size_t count = 0;
        ccid_frame_decoder_reset(&decoder);
        for (size_t at = 0; at < sizeof(answer);) {
            size_t end = at < split ? split : sizeof(answer);
            at += ccid_frame_decode(&decoder, true, answer + at, end - at, &event);
            if (event != CCID_FRAME_NOTHING)
                events[count++] = event;
        }
        assert_int_equal(count, 2);
        assert_int_equal(events[0], CCID_FRAME_ACK);
        assert_int_equal(events[1], CCID_FRAME_MESSAGE);
        assert_int_equal(decoder.message.count, 2);
        assert_int_equal(decoder.message.data[0], 0x3B);
    }
    struct ccid_frame_decoder decoder;
    enum ccid_frame_event event;
    ccid_frame_decoder_reset(&decoder);
    assert_int_equal(ccid_frame_decode(&decoder, false, request, sizeof(request), &event), sizeof(request));
    assert_int_equal(event, CCID_FRAME_MESSAGE);
    assert_int_equal(decoder.message.type, CCID_POWER_ON);
}

static void test_serial_frames_with_a_wrong_byte(void **state)
{
    (void)state;
    static const uint8_t answer[] = {0x02, 0x81, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0x82, 0x03};
    for (size_t at = 0; at < sizeof(answer); at++)
        for (unsigned flip = 1; flip < 256; flip++) {
            struct ccid_frame_decoder decoder;
            enum ccid_frame_event event;
            uint8_t bytes[sizeof(answer)];
            memcpy(bytes, answer, sizeof(bytes));
            bytes[at] = (uint8_t)(bytes[at] ^ flip);
            ccid_frame_decoder_reset(&decoder);
            for (size_t taken = 0; taken < sizeof(bytes);) {
                taken += ccid_frame_decode(&decoder, true, bytes + taken, sizeof(bytes) - taken, &event);
                assert_true(event != CCID_FRAME_MESSAGE);
            }
        }
    struct ccid_frame_decoder decoder;
    enum ccid_frame_event event;
    ccid_frame_decoder_reset(&decoder);
    ccid_frame_decode(&decoder, true, BYTES(0x02, 0xFF, 0xFF, 0x03), &event);
    assert_int_equal(event, CCID_FRAME_REFUSED);
    ccid_frame_decode(&decoder, true, BYTES(0x02, 0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 0, 0, 0), &event);
    assert_int_equal(event, CCID_FRAME_DAMAGED);
}

/* ---- Commands -------------------------------------------------------------------------------------------------- */

static void test_commands(void **state)
{
    (void)state;
    static const uint8_t key[] = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5}, uid[] = {4, 1, 2, 3, 4, 5, 6};
    static const uint8_t block[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct buf out = {0};
    apdu_load_key(key, &out);
    assert_buf(&out, BYTES(0xFF, 0x82, 0, 0, 6, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5));
    apdu_authenticate(4, CLASSIC_KEY_B, &out);
    assert_buf(&out, BYTES(0xFF, 0x86, 0, 0, 5, 1, 0, 4, 0x61, 0));
    apdu_read_block(4, 16, &out);
    assert_buf(&out, BYTES(0xFF, 0xB0, 0, 4, 0x10));
    assert_int_equal(apdu_write_block(5, block, 4, &out), 0);
    assert_buf(&out, BYTES(0xFF, 0xD6, 0, 5, 4, 1, 2, 3, 4));
    assert_int_equal(apdu_write_block(5, block, 3, &out), -1);
    assert_int_equal(apdu_direct(BYTES(0x42, 0x60), &out), 0);
    assert_buf(&out, BYTES(0xFF, 0, 0, 0, 3, 0xD4, 0x42, 0x60));
    apdu_lamp(0x50, 1, 1, 3, 1, &out);
    assert_buf(&out, BYTES(0xFF, 0, 0x40, 0x50, 4, 1, 1, 3, 1));
    card_authenticate(4, CLASSIC_KEY_A, key, uid, sizeof(uid), &out);
    assert_buf(&out, BYTES(0x60, 4, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 3, 4, 5, 6));
    card_read(8, &out);
    assert_buf(&out, BYTES(0x30, 8));
    card_write_page(8, block, &out);
    assert_buf(&out, BYTES(0xA2, 8, 1, 2, 3, 4));
    card_write_block(8, block, &out);
    assert_buf(&out, BYTES(0xA0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
    desfire_select(0x123456, &out);
    assert_buf(&out, BYTES(0x90, 0x5A, 0, 0, 3, 0x56, 0x34, 0x12, 0));
    desfire_read(2, 0x20, 32, &out);
    assert_buf(&out, BYTES(0x90, 0xBD, 0, 0, 7, 2, 0x20, 0, 0, 0x20, 0, 0, 0));
    assert_int_equal(desfire_write(2, 0, block, 2, &out), 0);
    assert_buf(&out, BYTES(0x90, 0x3D, 0, 0, 9, 2, 0, 0, 0, 2, 0, 0, 1, 2, 0));
    assert_int_equal(desfire_write(2, 0, block, 0, &out), -1);
    size_t count = 0;
    uint16_t status = 0;
    assert_int_equal(apdu_split(BYTES(1, 2, 0x90, 0x00), &count, &status), 0);
    assert_int_equal(count, 2);
    assert_int_equal(status, APDU_GOOD);
    assert_int_equal(apdu_split(BYTES(0x90), &count, &status), -1);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pn532_frames_in_pieces_of_every_size),
        cmocka_unit_test(test_pn532_frames_are_made_as_in_the_manual),
        cmocka_unit_test(test_pn532_longest_frames_come_through),
        cmocka_unit_test(test_pn532_wrong_bytes_lose_one_frame),
        cmocka_unit_test(test_pn532_hostile_lengths_are_damage),
        cmocka_unit_test(test_pn532_targets),
        cmocka_unit_test(test_ccid_messages_in_pieces_of_every_size),
        cmocka_unit_test(test_ccid_status),
        cmocka_unit_test(test_ccid_slot_changes),
        cmocka_unit_test(test_ccid_hostile_lengths),
        cmocka_unit_test(test_ccid_descriptor),
        cmocka_unit_test(test_serial_frames_in_pieces_of_every_size),
        cmocka_unit_test(test_serial_frames_with_a_wrong_byte),
        cmocka_unit_test(test_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
