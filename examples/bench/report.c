/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of a load test; see report.h. */
#include "report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *title, *name;
    double percent;
} columns[] = {
    {"50 %", "p50", 50}, {"90 %", "p90", 90}, {"99 %", "p99", 99}, {"99.9 %", "p99.9", 99.9}, {"longest", "max", 100}};
enum { COLUMNS = sizeof columns / sizeof *columns };

const char *report_time(uint64_t nanoseconds, char out[TIME_TEXT])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = (double)nanoseconds;
    size_t unit = 0;
    for (; unit < 3 && value >= 1000; unit++)
        value /= 1000;
    (void)snprintf(out, TIME_TEXT, "%.*f %s", unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2, value, units[unit]);
    return out;
}

static double seconds(int64_t nanoseconds)
{
    return (double)nanoseconds / 1e9;
}

static double rate_reached(const struct load *load)
{
    return load->ended > load->began ? (double)load->all.times.total / seconds(load->ended - load->began) : 0;
}

/* ---- The table
 * --------------------------------------------------------------------------------------------------------- */

static void show_times(const char *name, const struct histogram *times, const uint64_t *failed)
{
    char text[24] = "";
    if (failed != NULL)
        (void)snprintf(text, sizeof text, "%" PRIu64, *failed);
    (void)printf("%-16s %9" PRIu64 " %9s", name, times->total, text);
    for (size_t i = 0; i < COLUMNS; i++)
        (void)printf(" %10.3f", (double)histogram_percentile(times, columns[i].percent) / 1e6);
    (void)printf("\n");
}

static void show_left_over(const struct load *load)
{
    const struct {
        uint64_t count;
        const char *what;
    } lines[] = {
        {load->skipped, "left out, for there was no stay that they could be about"},
        {load->not_started, "not started: the end came before their encoder was free"},
        {load->unfinished, "still under way when the test was left; their outcome is not in the figures"},
        {load->unknown, "of unknown outcome: the lock system may have acted"},
        {load->cleaned, "stays checked out afterwards"},
        {load->not_cleaned, "stays could not be checked out afterwards"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].count != 0)
            (void)printf("%9" PRIu64 " %s\n", lines[i].count, lines[i].what);
}

static void show_statuses(const struct load *load)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (load->statuses[i] != 0)
            (void)printf("%9" PRIu64 " %s; the first: %s\n", load->statuses[i], kc_status_name(-(int32_t)i),
                         load->messages[i]);
}

/* Digits after the point that say something of a rate. */
static int rate_digits(double rate)
{
    return rate >= 100 || rate == (double)(int64_t)rate ? 0 : 2;
}

void report_table(const struct load *load)
{
    char texts[2][TIME_TEXT];
    const double reached = rate_reached(load);
    const double wanted = load->settings->rate;
    (void)printf("%zu lock system%s, %zu encoder%s: %" PRIu64 " operations in %.1f s, %.*f a second; %.*f were asked "
                 "for\n\n",
                 load->hotel_count, load->hotel_count == 1 ? "" : "s", load->lane_count,
                 load->lane_count == 1 ? "" : "s", load->all.times.total, seconds(load->ended - load->began),
                 rate_digits(reached), reached, rate_digits(wanted), wanted);
    (void)printf("%-16s %9s %9s", "milliseconds", "count", "failed");
    for (size_t i = 0; i < COLUMNS; i++)
        (void)printf(" %10s", columns[i].title);
    (void)printf("\n");
    show_times("all, since due", &load->all.times, &load->all.failed);
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (load->mix.shares[i] != 0)
            show_times(kinds[i].name, &load->kinds[i].times, &load->kinds[i].failed);
    show_times("all, since start", &load->uncorrected, NULL);
    (void)printf("\n");
    show_statuses(load);
    show_left_over(load);
    if (load->late.total != 0)
        (void)printf("Those whose encoder was free were started %s late in the median, %s at most.\n",
                     report_time(histogram_percentile(&load->late, 50), texts[0]),
                     report_time(load->late.most, texts[1]));
}

/* ---- JSON
 * -------------------------------------------------------------------------------------------------------------- */

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *count_of(uint64_t number)
{
    return json_integer((json_int_t)number);
}

static json_t *microseconds(double nanoseconds)
{
    return json_real(round(nanoseconds) / 1000);
}

static json_t *times_of(const struct histogram *times)
{
    json_t *object = json_object();
    set(object, "count", count_of(times->total));
    set(object, "min", microseconds((double)times->least));
    set(object, "mean", microseconds(times->total != 0 ? times->sum / (double)times->total : 0));
    for (size_t i = 0; i < COLUMNS; i++)
        set(object, columns[i].name, microseconds((double)histogram_percentile(times, columns[i].percent)));
    return object;
}

static json_t *kinds_of(const struct load *load)
{
    json_t *object = json_object();
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (load->mix.shares[i] == 0)
            continue;
        json_t *kind = times_of(&load->kinds[i].times);
        set(kind, "share", count_of(load->mix.shares[i]));
        set(kind, "failed", count_of(load->kinds[i].failed));
        set(object, kinds[i].name, kind);
    }
    return object;
}

static json_t *statuses_of(const struct load *load)
{
    json_t *object = json_object();
    for (size_t i = 0; i < STATUSES; i++) {
        if (load->statuses[i] == 0)
            continue;
        json_t *status = json_object();
        set(status, "count", count_of(load->statuses[i]));
        set(status, "first", json_string(load->messages[i]));
        set(object, kc_status_name(-(int32_t)i), status);
    }
    return object;
}

/* Without options, which may be secrets. */
static json_t *systems_of(const struct load *load)
{
    json_t *array = json_array();
    for (size_t i = 0; i < load->hotel_count; i++) {
        const char *uri = load->settings->systems.items[i];
        (void)json_array_append_new(array, json_stringn(uri, strcspn(uri, "?")));
    }
    return array;
}

/* Each counter that is not 0: the longest time that it stands for, and its count. */
static json_t *counters_of(const struct histogram *times)
{
    json_t *array = json_array();
    for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++)
        if (times->counts[i] != 0)
            (void)json_array_append_new(
                array, json_pack("[oo]", microseconds((double)histogram_upper(i)), count_of(times->counts[i])));
    return array;
}

bool report_json(const struct load *load)
{
    json_t *object = json_object();
    set(object, "program", json_string("keycard-bench"));
    set(object, "version", json_string(kc_version()));
    set(object, "systems", systems_of(load));
    set(object, "encoders", count_of(load->lane_count));
    set(object, "rate", json_real(load->settings->rate));
    set(object, "rateReached", json_real(rate_reached(load)));
    set(object, "seconds", json_real(seconds(load->ended - load->began)));
    set(object, "planned", count_of(load->planned));
    set(object, "started", count_of(load->started));
    set(object, "done", count_of(load->all.times.total));
    set(object, "failed", count_of(load->all.failed));
    set(object, "unknownOutcome", count_of(load->unknown));
    set(object, "leftOut", count_of(load->skipped));
    set(object, "notStarted", count_of(load->not_started));
    set(object, "unfinished", count_of(load->unfinished));
    set(object, "interrupted", json_boolean(load->stops != 0));
    set(object, "cleanedUp", count_of(load->cleaned));
    set(object, "notCleanedUp", count_of(load->not_cleaned));
    set(object, "statuses", statuses_of(load));
    set(object, "sinceDueMicroseconds", times_of(&load->all.times));
    set(object, "sinceStartMicroseconds", times_of(&load->uncorrected));
    set(object, "startedLateMicroseconds", times_of(&load->late));
    set(object, "kinds", kinds_of(load));
    set(object, "histogramMicroseconds", counters_of(&load->all.times));
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(object);
    if (text == NULL)
        return false;
    (void)printf("%s\n", text);
    free(text);
    return true;
}

/* ---- The distribution
 * ---------------------------------------------------------------------------------------------------- */

static double deviation(const struct histogram *times, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++) {
        const double apart = (double)histogram_upper(i) - mean;
        sum += times->counts[i] != 0 ? apart * apart * (double)times->counts[i] : 0;
    }
    return times->total != 0 ? sqrt(sum / (double)times->total) : 0;
}

bool report_distribution(const struct load *load, FILE *file)
{
    enum { TICKS = 5 }; /* for each halving of what is left to 100 % */
    const struct histogram *times = &load->all.times;
    const double mean = times->total != 0 ? times->sum / (double)times->total : 0;
    uint64_t seen = 0;
    double percent = 0;
    (void)fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    for (size_t i = 0; i < HISTOGRAM_COUNTERS && seen < times->total; i++) {
        seen += times->counts[i];
        const double reached = 100.0 * (double)seen / (double)times->total;
        for (bool last = false; times->counts[i] != 0 && percent <= reached && !last;) {
            const double value = (double)(seen == times->total ? times->most : histogram_upper(i)) / 1e6;
            last = seen == times->total && (percent >= 100 || 100 - percent < 100.0 / (double)times->total);
            if (last)
                (void)fprintf(file, "%12.3f %1.12f %10" PRIu64 "\n", value, 1.0, seen);
            else
                (void)fprintf(file, "%12.3f %1.12f %10" PRIu64 " %14.2f\n", value, percent / 100, seen,
                              1 / (1 - percent / 100));
            percent += 100 / (TICKS * exp2(floor(log2(100 / (100 - (percent < 100 ? percent : 99.999)))) + 1));
        }
    }
    (void)fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean / 1e6, deviation(times, mean) / 1e6);
    (void)fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)times->most / 1e6,
                  times->total);
    (void)fprintf(file, "#[Buckets = %12d, SubBuckets     = %12d]\n", HISTOGRAM_BITS - HISTOGRAM_DIGIT_BITS + 1,
                  2 * HISTOGRAM_HALF);
    return fflush(file) == 0 && !ferror(file);
}
