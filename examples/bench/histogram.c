/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times in a histogram of high dynamic range; see histogram.h. */
#include "histogram.h"

#include <stdlib.h>

bool histogram_open(struct histogram *histogram)
{
    *histogram = (struct histogram){.counts = calloc(HISTOGRAM_COUNTERS, sizeof(uint64_t))};
    return histogram->counts != NULL;
}

void histogram_close(struct histogram *histogram)
{
    free(histogram->counts);
    *histogram = (struct histogram){.counts = NULL};
}

size_t histogram_index(uint64_t nanoseconds)
{
    const uint64_t longest = (UINT64_C(1) << HISTOGRAM_BITS) - 1;
    const uint64_t value = nanoseconds < longest ? nanoseconds : longest;
    const int bits = 64 - __builtin_clzll(value | (2 * HISTOGRAM_HALF - 1));
    const size_t octave = (size_t)(bits - HISTOGRAM_DIGIT_BITS);
    return octave * HISTOGRAM_HALF + (size_t)(value >> octave);
}

uint64_t histogram_upper(size_t index)
{
    if (index < 2 * HISTOGRAM_HALF)
        return index;
    const size_t octave = index / HISTOGRAM_HALF - 1;
    return ((uint64_t)(index - octave * HISTOGRAM_HALF + 1) << octave) - 1;
}

void histogram_record(struct histogram *histogram, uint64_t nanoseconds)
{
    histogram->counts[histogram_index(nanoseconds)]++;
    if (histogram->total++ == 0 || nanoseconds < histogram->least)
        histogram->least = nanoseconds;
    if (nanoseconds > histogram->most)
        histogram->most = nanoseconds;
    histogram->sum += (double)nanoseconds;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    /* In whole numbers: 99.9 / 100 * 1000 is more than 999, and would be the longest of a thousand. */
    const uint64_t thousandths = (uint64_t)(percent * 1000 + 0.5);
    const uint64_t wanted = (thousandths * histogram->total + 99999) / 100000;
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_COUNTERS && histogram->total != 0; i++) {
        seen += histogram->counts[i];
        if (seen != 0 && seen >= wanted) {
            const bool last = seen == histogram->total;
            return last || histogram_upper(i) > histogram->most ? histogram->most : histogram_upper(i);
        }
    }
    return 0;
}
