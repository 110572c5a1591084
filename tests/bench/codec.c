/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes a second of each codec, encoding and decoding, beside the least that a program can do with the same bytes: copy
 * them once and fold them into a check byte. Both in turns, on one core, some messages each time.
 *
 *     bench_codec                          measures
 *     bench_codec --list                   names and bytes of what can be counted
 *     bench_codec --only NAME WHAT COUNT   WHAT: encode, decode, bare-encode or bare-decode; in run_counted() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum { ROUNDS = 400, WARM_UP = 20, MESSAGES = 64, CODECS = 16, MESSAGE_MOST = 16384 };
enum direction { ENCODE, DECODE, DIRECTIONS };
static const char *const directions[] = {"encode", "decode"};

struct contestant {
    const struct bench_codec *codec;
    struct buf bytes[DIRECTIONS]; /* the message that is written, or read */
    double *micros[DIRECTIONS], *bare[DIRECTIONS];
};

static struct buf scratch; /* kept, as a driver keeps its buffer */

/* ---- The bare work ---------------------------------------------------------------------------------------------- */

__attribute__((noinline)) static uint8_t copy_and_fold(uint8_t *to, const uint8_t *from, size_t count)
{
    uint64_t word, check = 0;
    size_t at = 0;
    memcpy(to, from, count);
    for (; at + sizeof word <= count; at += sizeof word) {
        memcpy(&word, to + at, sizeof word);
        check ^= word;
    }
    for (; at < count; at++)
        check ^= to[at];
    check ^= check >> 32;
    check ^= check >> 16;
    return (uint8_t)(check ^ check >> 8);
}

static void run_bare(const struct buf *bytes, size_t count)
{
    static uint8_t to[MESSAGE_MOST];
    for (size_t i = 0; i < count; i++)
        __asm__ volatile("" : : "r"(copy_and_fold(to, bytes->data, bytes->length)) : "memory");
}

/* ---- The codec -------------------------------------------------------------------------------------------------- */

static void run_codec(const struct contestant *contestant, enum direction direction, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (direction == DECODE) {
            contestant->codec->decode(&contestant->bytes[DECODE]);
        } else {
            buf_clear(&scratch);
            contestant->codec->encode(&scratch);
        }
    }
}

static void open_contestant(struct contestant *contestant, const struct bench_codec *codec)
{
    contestant->codec = codec;
    codec->encode(&contestant->bytes[ENCODE]);
    codec->answer(&contestant->bytes[DECODE]);
    for (size_t i = 0; i < DIRECTIONS; i++) {
        contestant->micros[i] = calloc(ROUNDS, sizeof(double));
        contestant->bare[i] = calloc(ROUNDS, sizeof(double));
        NEED(contestant->micros[i] && contestant->bare[i]);
        NEED(!contestant->bytes[i].failed && contestant->bytes[i].length - 1 < MESSAGE_MOST);
    }
}

static size_t open_all(struct contestant *all)
{
    static const struct bench_codec *(*const folders[])(size_t) = {BENCH_CODECS};
    size_t count = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (size_t more = 0; folders[i](more); more++) {
            NEED(count < CODECS);
            open_contestant(&all[count++], folders[i](more));
        }
    return count;
}

static void close_all(struct contestant *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < DIRECTIONS; k++) {
            buf_free(&all[i].bytes[k]);
            free(all[i].micros[k]);
            free(all[i].bare[k]);
        }
    buf_free(&scratch);
}

/* ---- Measuring -------------------------------------------------------------------------------------------------- */

static void measure(struct contestant *contestant, enum direction direction, size_t round)
{
    const int64_t start = bench_now_ns();
    run_bare(&contestant->bytes[direction], MESSAGES);
    const int64_t middle = bench_now_ns();
    run_codec(contestant, direction, MESSAGES);
    const int64_t end = bench_now_ns();
    if (round < WARM_UP)
        return;
    contestant->bare[direction][round - WARM_UP] = (double)(middle - start) / 1000;
    contestant->micros[direction][round - WARM_UP] = (double)(end - middle) / 1000;
}

static void report(const struct contestant *contestant, enum direction direction, bool as_json)
{
    double ratios[ROUNDS];
    const double bytes = (double)(contestant->bytes[direction].length * MESSAGES);
    for (size_t i = 0; i < ROUNDS; i++)
        ratios[i] = contestant->micros[direction][i] / contestant->bare[direction][i];
    double sorted[2][ROUNDS];
    memcpy(sorted[0], contestant->micros[direction], sizeof sorted[0]);
    memcpy(sorted[1], contestant->bare[direction], sizeof sorted[1]);
    const double rate = bytes / bench_percentile(sorted[0], ROUNDS, 50);
    const double bare_rate = bytes / bench_percentile(sorted[1], ROUNDS, 50);
    const double median = bench_percentile(ratios, ROUNDS, 50);
    const double low = bench_percentile(ratios, ROUNDS, 10), high = bench_percentile(ratios, ROUNDS, 90);
    if (as_json)
        printf("{\"benchmark\":\"codec\",\"name\":\"%s\",\"direction\":\"%s\",\"bytes\":%zu,\"mb_per_second\":%.2f,"
               "\"bare_mb_per_second\":%.1f,\"ratio_bare\":%.2f,\"ratio_p10\":%.2f,\"ratio_p90\":%.2f}\n",
               contestant->codec->name, directions[direction], contestant->bytes[direction].length, rate, bare_rate,
               median, low, high);
    else
        printf("%-18s %-8s %8zu %12.1f %12.1f %10.2f %10.2f %10.2f\n", contestant->codec->name, directions[direction],
               contestant->bytes[direction].length, rate, bare_rate, median, low, high);
}

static void measure_all(struct contestant *all, size_t count)
{
    for (size_t round = 0; round < WARM_UP + ROUNDS; round++)
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < DIRECTIONS; k++)
                measure(&all[i], (enum direction)k, round);
    for (size_t i = 0; i < 2 * count; i++)
        report(&all[i / 2], i % 2, true);
    printf("\n%-18s %-8s %8s %12s %12s %10s %10s %10s\n", "", "", "bytes", "MB/s", "bare MB/s", "x bare", "p10", "p90");
    for (size_t i = 0; i < 2 * count; i++)
        report(&all[i / 2], i % 2, false);
}

/* ---- Counting --------------------------------------------------------------------------------------------------- */

__attribute__((noinline)) void run_counted(const struct contestant *contestant, const char *what, size_t count);
__attribute__((noinline)) void run_counted(const struct contestant *contestant, const char *what, size_t count)
{
    const enum direction direction = strstr(what, directions[DECODE]) ? DECODE : ENCODE;
    if (strncmp(what, "bare-", 5) == 0)
        run_bare(&contestant->bytes[direction], count);
    else
        run_codec(contestant, direction, count);
}

static void run_only(const struct contestant *all, size_t count, char **argv)
{
    size_t chosen = 0;
    while (chosen < count && strcmp(all[chosen].codec->name, argv[2]) != 0)
        chosen++;
    NEED(chosen < count);
    run_codec(&all[chosen], ENCODE, 2); /* buffers grow, parsers are made */
    run_codec(&all[chosen], DECODE, 2);
    run_counted(&all[chosen], argv[3], strtoul(argv[4], NULL, 10));
}

int main(int argc, char **argv)
{
    static struct contestant all[CODECS];
    const size_t count = open_all(all);
    bench_pin();
    if (argc == 5 && strcmp(argv[1], "--only") == 0)
        run_only(all, count, argv);
    else if (argc == 2 && strcmp(argv[1], "--list") == 0)
        for (size_t i = 0; i < 2 * count; i++)
            printf("%s %s %zu\n", all[i / 2].codec->name, directions[i % 2], all[i / 2].bytes[i % 2].length);
    else
        measure_all(all, count);
    close_all(all, count);
    return 0;
}
