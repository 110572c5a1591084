/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes, in arbitrary pieces, through the decoder and every parser of the industry standard codec.
 * What a parser takes must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "industry_standard/codec.h"

static void check_request(const struct industry_dialect *dialect, const struct industry_frame *frame)
{
    static const struct industry_style keep = {false, true};
    struct industry_request request, again;
    struct industry_frame other;
    struct buf out;
    if (industry_request_parse(dialect, frame, &request) != 0)
        return;
    buf_init(&out);
    /* Fields may hold control bytes that are not sent, and 10 digits say more than 8. */
    if (industry_request_encode(dialect, &request, 10, &keep, &out) == 0 && !out.failed) {
        REQUIRE(industry_split(out.data + 1, out.length - 3, &other) == 0);
        REQUIRE(industry_request_parse(dialect, &other, &again) == 0);
        REQUIRE(again.command == request.command && again.digit == request.digit);
        REQUIRE(again.granted == request.granted && again.denied == request.denied);
        REQUIRE(again.expiry.year == request.expiry.year && again.expiry.minute == request.expiry.minute);
        REQUIRE(industry_field_equal(again.rooms[0], request.rooms[0]));
        REQUIRE(industry_field_equal(again.message, request.message));
    }
    buf_free(&out);
}

static void check_card(const struct industry_dialect *dialect, const struct industry_frame *frame)
{
    static const struct industry_style trim = {false, false};
    struct industry_card card, again;
    struct industry_frame other;
    struct buf out;
    if (industry_card_parse(dialect, frame, &card) != 0)
        return;
    buf_init(&out);
    if (industry_card_encode(dialect, &card, &trim, &out) == 0 && !out.failed) {
        /* a card without an end or an encoder may look like one of shape B when it is read again */
        REQUIRE(industry_split(out.data + 1, out.length - 3, &other) == 0);
        if (industry_card_parse(dialect, &other, &again) == 0 && again.kind == card.kind)
            REQUIRE(again.areas == card.areas && again.checked_out == card.checked_out);
    }
    buf_free(&out);
}

static void check_frame(const struct industry_decoder *decoder)
{
    static const struct industry_dialect *const dialects[] = {&industry_salto, &industry_onity};
    struct industry_frame frame;
    struct buf bytes;
    if (industry_split(decoder->frame.bytes, decoder->frame.length, &frame) != 0)
        return;
    REQUIRE(frame.count >= 1 && frame.count <= INDUSTRY_FIELDS_AT_MOST && frame.fields[0].length > 0);
    for (size_t i = 0; i < 2; i++) {
        (void)industry_error_find(dialects[i], frame.fields[0]);
        check_request(dialects[i], &frame);
        check_card(dialects[i], &frame);
    }
    buf_init(&bytes);
    if (industry_hex_parse(frame.fields[2], &bytes) == 0)
        REQUIRE(bytes.length * 2 == frame.fields[2].length);
    buf_free(&bytes);
}

static size_t mix(size_t digest, struct industry_field field)
{
    for (size_t i = 0; i < field.length; i++)
        digest = digest * 31 + field.bytes[i];
    return digest * 31 + field.length;
}

/* The first byte says how long the pieces are. Whole or in pieces: the events are the same. */
static size_t run(const uint8_t *data, size_t size, size_t piece, bool check)
{
    struct industry_decoder decoder;
    size_t digest = 0;
    industry_decoder_init(&decoder, 1024, size % 2);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum industry_event event;
            size_t taken = industry_decode(&decoder, data + start + at, count - at, &event);
            REQUIRE(taken > 0 && taken <= count - at && decoder.body.length <= 1024);
            at += taken;
            if (event == INDUSTRY_FRAME && check)
                check_frame(&decoder);
            if (event != INDUSTRY_NOTHING)
                digest = digest * 31 + (size_t)event;
            if (event == INDUSTRY_FRAME || event == INDUSTRY_BAD_CHECK)
                digest = mix(digest, decoder.frame);
        }
    }
    industry_decoder_free(&decoder);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = (size_t)data[0] + 1;
    REQUIRE(run(data + 1, size - 1, piece, true) == run(data + 1, size - 1, size, false));
    /* Frames with a right check byte, which the fuzzer would seldom guess. */
    struct buf frame;
    buf_init(&frame);
    buf_append_byte(&frame, INDUSTRY_STX);
    for (size_t i = 1; i < size; i++)
        if (data[i] != INDUSTRY_STX && data[i] != INDUSTRY_ETX)
            buf_append_byte(&frame, data[i] == '|' ? INDUSTRY_SEPARATOR : data[i]);
    buf_append_byte(&frame, INDUSTRY_ETX);
    buf_append_byte(&frame, industry_check(frame.data + 1, frame.length - 1));
    run(frame.data, frame.length, piece, true);
    buf_free(&frame);
    return 0;
}
