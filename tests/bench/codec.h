/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmark `codec` measures: for each codec one request as the driver writes it, and one answer as it reads
 * it. */
#ifndef KEYCARD_BENCH_CODEC_H
#define KEYCARD_BENCH_CODEC_H

#include "lock_side.h"
#include "util/buf.h"

struct bench_codec {
    const char *name;
    void (*encode)(struct buf *out);          /* one request, into an empty buffer */
    void (*answer)(struct buf *out);          /* the answer to it, made once */
    void (*decode)(const struct buf *answer); /* reads it down to the values that a driver takes from it */
};

/* One function for each folder of drivers; `more` counts from 0 until it returns NULL. */
const struct bench_codec *codec_contactless(size_t more);
const struct bench_codec *codec_fias(size_t more);
const struct bench_codec *codec_industry_standard(size_t more);
const struct bench_codec *codec_lens(size_t more);
const struct bench_codec *codec_magstripe(size_t more);
const struct bench_codec *codec_saflok_irs(size_t more);

#endif
