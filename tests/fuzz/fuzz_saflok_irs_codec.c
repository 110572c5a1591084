/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: arbitrary bytes, in arbitrary pieces, through the decoder and the parsers of the Saflok IRS codec. What a
 * parser takes must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "saflok_irs/codec.h"

static void check_request(const struct buf *body, size_t width)
{
    struct irs_request request, again;
    struct buf out = {0}, tracks = {0};
    if (irs_request_parse(body->data, body->length, width, &request) != 0)
        return;
    REQUIRE(request.track_length < body->length && strlen(request.key_number) <= width);
    REQUIRE(irs_date_is_good(&request.check_out) && irs_date_is_good(&request.expiry));
    buf_append(&tracks, request.tracks, request.track_length);
    request.tracks = tracks.length > 0 ? buf_text(&tracks) : NULL;
    REQUIRE(irs_request_write(&request, width, &out) == 0);
    REQUIRE(out.failed || (out.length == body->length && memcmp(out.data, body->data, out.length) == 0));
    REQUIRE(out.failed || irs_request_parse(out.data, out.length, width, &again) == 0);
    irs_date_add(&request.expiry, 10080);
    REQUIRE(request.expiry.year == 2100 || irs_date_is_good(&request.expiry));
    buf_free(&tracks);
    buf_free(&out);
}

static void check_answer(const struct buf *body)
{
    struct irs_answer answer, again;
    struct buf out = {0};
    if (irs_answer_parse(body->data, body->length, &answer) != 0)
        return;
    REQUIRE(strlen(answer.card) <= IRS_CARD_NUMBER && answer.terminal <= 999);
    if (irs_answer_encode(&answer, true, &out) == 0 && !out.failed) {
        REQUIRE(irs_answer_parse(out.data + 1, out.length - 3, &again) == 0);
        REQUIRE(strcmp(again.status, answer.status) == 0 && strcmp(again.detail, answer.detail) == 0);
        REQUIRE(strcmp(again.card, answer.card) == 0 && again.terminal == answer.terminal);
    }
    buf_free(&out);
}

/* Whole or in pieces: the events are the same. */
static size_t run(const uint8_t *data, size_t size, size_t piece, bool check)
{
    struct irs_decoder decoder;
    size_t digest = 0;
    irs_decoder_init(&decoder);
    for (size_t start = 0; start < size; start += piece) {
        size_t count = size - start < piece ? size - start : piece;
        for (size_t at = 0; at < count;) {
            enum irs_event event;
            size_t taken = irs_decode(&decoder, data + start + at, count - at, &event);
            REQUIRE((taken > 0 || event == IRS_FRAME) && taken <= count - at && decoder.body.length <= IRS_BODY_BOUND);
            at += taken;
            if (event != IRS_NOTHING)
                digest = digest * 31 + (size_t)event + decoder.body.length + (size_t)decoder.check * 7;
            if (event != IRS_FRAME || !check)
                continue;
            check_request(&decoder.body, 5);
            check_request(&decoder.body, 15);
            check_answer(&decoder.body);
        }
    }
    digest = digest * 2 + irs_decoder_expire(&decoder);
    irs_decoder_free(&decoder);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t piece = (size_t)data[0] + 1;
    REQUIRE(run(data + 1, size - 1, piece, true) == run(data + 1, size - 1, size, false));
    /* Frames with a right check byte, which the fuzzer would seldom guess. */
    struct buf frame = {0};
    if (size - 1 <= IRS_BODY_BOUND && irs_frame_encode(data + 1, size - 1, true, &frame) == 0 && !frame.failed)
        run(frame.data, frame.length, piece, true);
    buf_free(&frame);
    return 0;
}
