/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SALTO and Onity: a new key (CN), and the answer to a read (LT), which has more to read than that to a key. */
#include "industry_standard/codec.h"

#include "codec.h"

static const struct industry_style style;

static void encode(const struct industry_dialect *dialect, const char *encoder, struct buf *out)
{
    const struct industry_request request = {
        .command = INDUSTRY_CN,
        .digit = -1,
        .encoder = industry_field_of(encoder),
        .after_write = 'E',
        .rooms = {industry_field_of("101"), industry_field_of("102")},
        .granted = INDUSTRY_AREA(1) | INDUSTRY_AREA(5),
        .start = {2026, 6, 15, 15, 0},
        .expiry = {2026, 6, 18, 11, 0},
        .operator_name = industry_field_of("desk"),
    };
    NEED(industry_request_encode(dialect, &request, 0, &style, out) == 0);
}

static void answer(const struct industry_dialect *dialect, const char *encoder, struct buf *out)
{
    const struct industry_card card = {
        .encoder = industry_field_of(encoder),
        .kind = INDUSTRY_CARD_GUEST,
        .rooms = {industry_field_of("101"), industry_field_of("102")},
        .copy = '0',
        .areas = INDUSTRY_AREA(1) | INDUSTRY_AREA(5),
        .start = {2026, 6, 15, 15, 0},
        .expiry = {2026, 6, 18, 11, 0},
        .operator_name = industry_field_of("desk"),
    };
    NEED(industry_card_encode(dialect, &card, &style, out) == 0);
}

static void decode(const struct industry_dialect *dialect, const struct buf *bytes)
{
    static struct industry_decoder decoder;
    struct industry_frame frame;
    struct industry_card card;
    enum industry_event event;
    if (!decoder.bound)
        industry_decoder_init(&decoder, 0, true);
    NEED(industry_decode(&decoder, bytes->data, bytes->length, &event) == bytes->length && event == INDUSTRY_FRAME);
    NEED(industry_split(decoder.frame.bytes, decoder.frame.length, &frame) == 0);
    NEED(industry_card_parse(dialect, &frame, &card) == 0 && card.expiry.day == 18);
}

static void salto_encode(struct buf *out)
{
    encode(&industry_salto, "Online Encoder 1", out);
}

static void salto_answer(struct buf *out)
{
    answer(&industry_salto, "Online Encoder 1", out);
}

static void salto_decode(const struct buf *bytes)
{
    decode(&industry_salto, bytes);
}

static void onity_encode(struct buf *out)
{
    encode(&industry_onity, "1", out);
}

static void onity_answer(struct buf *out)
{
    answer(&industry_onity, "1", out);
}

static void onity_decode(const struct buf *bytes)
{
    decode(&industry_onity, bytes);
}

const struct bench_codec *codec_industry_standard(size_t more)
{
    static const struct bench_codec codecs[] = {{"salto", salto_encode, salto_answer, salto_decode},
                                                {"onity", onity_encode, onity_answer, onity_decode}};
    return more < 2 ? &codecs[more] : NULL;
}
