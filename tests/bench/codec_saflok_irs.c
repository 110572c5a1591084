/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Saflok by IRS: a new key, and its answer. */
#include "saflok_irs/codec.h"

#include "codec.h"

static void encode(struct buf *out)
{
    static struct buf body;
    const struct irs_request request = {
        .terminal = 1,
        .transaction = 7,
        .password = "SECRET",
        .key_number = "00101",
        .key_level = 1,
        .encoder = 2,
        .led = "00",
        .keys = 1,
        .check_out = {2026, 6, 18, 11, 0},
        .expiry = {2026, 6, 18, 11, 0},
    };
    buf_clear(&body);
    NEED(irs_request_write(&request, 5, &body) == 0);
    NEED(irs_frame_encode(body.data, body.length, true, out) == 0);
}

static void answer(struct buf *out)
{
    const struct irs_answer answer = {.head = "010100", .terminal = 1, .status = "00", .detail = "000"};
    NEED(irs_answer_encode(&answer, true, out) == 0);
}

static void decode(const struct buf *bytes)
{
    static struct irs_decoder decoder;
    struct irs_answer answer;
    enum irs_event event = IRS_NOTHING;
    for (size_t at = 0; at < bytes->length && event != IRS_FRAME;)
        at += irs_decode(&decoder, bytes->data + at, bytes->length - at, &event);
    NEED(event == IRS_FRAME && decoder.check == IRS_CHECK_RIGHT);
    NEED(irs_answer_parse(decoder.body.data, decoder.body.length, &answer) == 0 && answer.terminal == 1);
}

const struct bench_codec *codec_saflok_irs(size_t more)
{
    static const struct bench_codec codec = {"saflok-irs", encode, answer, decode};
    return more == 0 ? &codec : NULL;
}
