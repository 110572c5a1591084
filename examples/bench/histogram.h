/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times in a histogram of high dynamic range: three decimal digits of each time from a nanosecond to an hour, in a
 * fixed number of counters, as Gil Tene's HdrHistogram keeps them (2,048 counters for the first octave, 1,024 for each
 * further one). Debian 12 has no C library of it. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_DIGIT_BITS = 11,                        /* values below 2,048 have a counter of their own */
    HISTOGRAM_HALF = 1 << (HISTOGRAM_DIGIT_BITS - 1), /* counters of each further octave */
    HISTOGRAM_BITS = 42,                              /* longer times than 73 minutes count as that */
    HISTOGRAM_COUNTERS = (HISTOGRAM_BITS - HISTOGRAM_DIGIT_BITS + 2) * HISTOGRAM_HALF
};

struct histogram {
    uint64_t *counts; /* HISTOGRAM_COUNTERS of them; NULL: not open */
    uint64_t total;
    uint64_t least, most; /* exact; 0 if there is none */
    double sum;
};

/* False if memory is used up. */
bool histogram_open(struct histogram *histogram);
void histogram_close(struct histogram *histogram);
void histogram_record(struct histogram *histogram, uint64_t nanoseconds);
/* The time that so many of a hundred did not exceed, to three digits after the point; 0 if there is none. */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);
/* The counter of a time, and the longest time of a counter. */
size_t histogram_index(uint64_t nanoseconds);
uint64_t histogram_upper(size_t index);

#endif
