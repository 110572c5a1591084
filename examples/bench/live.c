/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is shown while a load test runs; see live.h. */
#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"

enum { SECOND = 1000000000, PICTURES_A_SECOND = 4, BARS = 24, BAR_LENGTH = 50 };

void live_start(struct live *live, const struct load *load)
{
    *live = (struct live){.is_shown = !load->settings->quiet, .is_terminal = isatty(STDERR_FILENO) == 1};
    live->next = load->began + SECOND / (live->is_terminal ? PICTURES_A_SECOND : 1);
}

static void show_line(const struct load *load, int64_t now)
{
    const struct histogram *times = &load->all.times;
    const uint64_t done = times->total, open = load->next - done - load->skipped - load->not_started;
    char texts[3][TIME_TEXT];
    (void)fprintf(stderr,
                  "%4.0f s: %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64
                  " under way or waiting; median %s, 99 %% %s, "
                  "longest %s\n",
                  (double)(now - load->began) / SECOND, done, load->all.failed, open,
                  report_time(histogram_percentile(times, 50), texts[0]),
                  report_time(histogram_percentile(times, 99), texts[1]), report_time(times->most, texts[2]));
}

/* 1, 2, 5, 10 ... microseconds; the last bar takes all that is longer. */
static uint64_t longest_of_bar(size_t bar)
{
    static const uint64_t steps[] = {1000, 2000, 5000};
    uint64_t time = steps[bar % 3];
    for (size_t i = 0; i < bar / 3; i++)
        time *= 10;
    return bar + 1 < BARS ? time : UINT64_MAX;
}

static void show_bars(struct live *live, const struct histogram *times)
{
    uint64_t counts[BARS] = {0}, highest = 1;
    size_t bar = 0, first = BARS, last = 0;
    for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++) {
        while (histogram_upper(i) > longest_of_bar(bar))
            bar++;
        counts[bar] += times->counts[i];
    }
    for (size_t i = 0; i < BARS; i++) {
        highest = counts[i] > highest ? counts[i] : highest;
        first = counts[i] != 0 && first == BARS ? i : first;
        last = counts[i] != 0 ? i : last;
    }
    for (size_t i = first; i <= last && first < BARS; i++, live->height++) {
        char text[TIME_TEXT];
        const int length = (int)((counts[i] * BAR_LENGTH + highest - 1) / highest);
        (void)fprintf(stderr, "%s %10s |%.*s %" PRIu64 "\n", i + 1 < BARS ? "<=" : " >",
                      report_time(longest_of_bar(i + 1 < BARS ? i : i - 1), text), length,
                      "##################################################", counts[i]);
    }
}

static void take_away(struct live *live)
{
    if (live->height != 0)
        (void)fprintf(stderr, "\033[%uA\033[J", live->height);
    live->height = 0;
}

int64_t live_tick(struct live *live, const struct load *load, int64_t now)
{
    if (now < live->next)
        return live->next;
    live->next = now + SECOND / (live->is_terminal ? PICTURES_A_SECOND : 1);
    if (live->is_shown) {
        take_away(live);
        show_line(load, now);
        if (live->is_terminal) {
            live->height++;
            show_bars(live, &load->all.times);
        }
    }
    return live->next;
}

void live_end(struct live *live, const struct load *load)
{
    if (!live->is_shown)
        return;
    if (live->is_terminal)
        take_away(live);
    else
        show_line(load, load->ended);
}
