/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of a load test: a table, or JSON, and the distribution for plotters. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "load.h"

enum { TIME_TEXT = 24 };
/* "1.23 ms"; returns `out`. */
const char *report_time(uint64_t nanoseconds, char out[TIME_TEXT]);

/* On standard output. */
void report_table(const struct load *load);
/* One object on one line of standard output. False if memory is used up. */
bool report_json(const struct load *load);
/* The percentiles in the form of HdrHistogram's outputPercentileDistribution(), in milliseconds. False if the file
 * cannot be written: see errno. */
bool report_distribution(const struct load *load, FILE *file);

#endif
