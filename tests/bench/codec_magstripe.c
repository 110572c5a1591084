/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Magnetic stripes: three tracks to be written, and three tracks that were read. */
#include "magstripe/codec.h"

#include <stdio.h>

#include "codec.h"

static const char *const texts[MSR_TRACKS] = {"B4711^ORTEGA^26061811001010", "4711260618110000000000000000000000000",
                                              "0011223344556677889900112233445566778899"};

static void encode(struct buf *out)
{
    struct msr_tracks tracks = {0};
    size_t at;
    for (size_t i = 0; i < MSR_TRACKS; i++)
        NEED(msr_track_set(i, texts[i], &tracks.track[i], &at));
    msr_put_write(out, MSR_WRITE_ISO, &tracks);
}

static void answer(struct buf *out)
{
    struct msr_tracks tracks = {0};
    for (size_t i = 0; i < MSR_TRACKS; i++) {
        struct msr_track *track = &tracks.track[i];
        track->state = MSR_TRACK_DATA;
        track->length = (size_t)snprintf((char *)track->bytes, sizeof track->bytes, "%c%s?", i == 0 ? '%' : ';',
                                         texts[i]);
    }
    msr_put_iso_block(out, &tracks, true);
    msr_put_status(out, MSR_DONE);
}

static void decode(const struct buf *bytes)
{
    static struct msr_decoder decoder;
    static struct msr_answer answer;
    char text[MSR_TRACK_MOST + 1];
    bool whole = false;
    msr_decoder_expect(&decoder, MSR_READ_ISO, MSR_LENGTH_FITTING);
    for (size_t at = 0; at < bytes->length && !whole;)
        at += msr_decode(&decoder, bytes->data + at, bytes->length - at, &answer, &whole);
    NEED(whole && answer.status == MSR_DONE);
    for (size_t i = 0; i < MSR_TRACKS; i++)
        NEED(msr_track_content(i, &answer.tracks.track[i], text));
}

const struct bench_codec *codec_magstripe(size_t more)
{
    static const struct bench_codec codec = {"magstripe", encode, answer, decode};
    return more == 0 ? &codec : NULL;
}
