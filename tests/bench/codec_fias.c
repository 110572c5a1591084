/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FIAS: a key request (KR) on a serial line, and its answer (KA). */
#include "fias/codec.h"

#include "codec.h"

static void put_all(fias_id record, const char *const (*fields)[2], size_t count, struct buf *out)
{
    static struct buf text;
    struct fias_writer writer;
    buf_clear(&text);
    fias_begin(&writer, &text, record);
    for (size_t i = 0; i < count; i++)
        fias_put(&writer, FIAS_ID(fields[i][0]), fields[i][1]);
    NEED(fias_end(&writer) == 0 && fias_frame_encode(text.data, text.length, true, out) == 0);
}

static void encode(struct buf *out)
{
    static const char *const fields[][2] = {{"KC", "1"},      {"KT", "N"},      {"RN", "101"},    {"G#", "20931"},
                                            {"WS", "DESK1"},  {"GA", "260615"}, {"GD", "260618"}, {"DT", "11:00"},
                                            {"GN", "Ortega"}, {"DA", "260615"}, {"TI", "150000"}, {"ID", "bench"}};
    put_all(FIAS_ID("KR"), fields, sizeof fields / sizeof *fields, out);
}

static void answer(struct buf *out)
{
    static const char *const fields[][2] = {{"AS", "OK"},    {"KC", "1"},      {"RN", "101"},    {"G#", "20931"},
                                            {"WS", "DESK1"}, {"DA", "260615"}, {"TI", "150000"}, {"CT", "key made"}};
    put_all(FIAS_ID("KA"), fields, sizeof fields / sizeof *fields, out);
}

static void decode(const struct buf *bytes)
{
    static struct fias_decoder decoder = {.with_check = true};
    static struct fias_record record;
    enum fias_event event = FIAS_NOTHING;
    for (size_t at = 0; at < bytes->length && event != FIAS_FRAME;)
        at += fias_decode(&decoder, bytes->data + at, bytes->length - at, &event);
    NEED(event == FIAS_FRAME && decoder.good);
    NEED(fias_parse(decoder.body.data, decoder.body.length, &record) == 0);
    NEED(fias_field_is(fias_find(&record, FIAS_ID("AS")), "OK") && fias_find(&record, FIAS_ID("G#")));
}

const struct bench_codec *codec_fias(size_t more)
{
    static const struct bench_codec codec = {"fias", encode, answer, decode};
    return more == 0 ? &codec : NULL;
}
