/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A load test: the lock systems, their encoders, what is under way, and what came of it. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <keycard/keycard.h>

#include "histogram.h"
#include "settings.h"
#include "stays.h"

enum { STATUSES = 128, MESSAGE_SIZE = 200 };

/* A lock system, as the only one of a property of its own. */
struct hotel {
    kc_site *site;
    kc_system *system;
    kc_op *discovery;
    struct names encoders, rooms; /* those of the settings are not copied: see hotel_encoders() */
    struct stays stays;
};

/* One encoder with the station before it. It makes one key after the other, as a clerk does; what is due meanwhile
 * waits, and its time runs. */
struct lane {
    struct hotel *hotel;
    const char *encoder;
    char station[32];
    uint64_t row;     /* of its next operation: plan_number() */
    uint64_t backlog; /* how many are due */
    kc_op *op;        /* under way, or NULL */
    enum kind kind;
    struct stay *stay; /* that it is about, or NULL */
    int64_t due, started;
    unsigned to_prepare; /* originals before the test */
    bool to_block;       /* then one of them is blocked, for those that unblock */
};

struct tally {
    struct histogram times; /* from when each was due */
    uint64_t failed;
};

enum phase { PHASE_PREPARE, PHASE_MEASURE, PHASE_CLEAN_UP };

struct load {
    const struct settings *settings;
    kc_context *context;
    struct hotel *hotels;
    size_t hotel_count;
    struct lane *lanes;
    size_t lane_count, busy; /* how many have an operation */
    struct mix mix;
    int signals;
    enum phase phase;
    uint64_t bookings; /* the next one */
    char until[2][24]; /* ends of stays */
    char fault[600];   /* why the test cannot go on; "" if it can */

    /* The measurement. */
    uint64_t planned, next; /* operations: all, and those that were due */
    int64_t began, ended;   /* CLOCK_MONOTONIC, nanoseconds */
    int stops;              /* how often the user wanted to stop */
    struct tally all, kinds[KIND_COUNT];
    struct histogram uncorrected; /* from when each was started */
    struct histogram late;        /* how late those were started whose encoder was free */
    uint64_t started, skipped, not_started, unfinished, unknown;
    uint64_t statuses[STATUSES]; /* how often each -KC_ERROR_... came */
    char (*messages)[MESSAGE_SIZE];
    uint64_t cleaned, not_cleaned;
};

int64_t load_clock(void);
/* Context, properties, encoders. False with a sentence in `fault`; load_close() in either case. */
bool load_open(struct load *load, const struct settings *settings);
void load_close(struct load *load);
/* Makes the stays that the test begins with, measures, and cleans up. False with a sentence in `fault` if it could not
 * begin or go on. */
bool load_run(struct load *load);
/* Takes what has come until `until`, and returns then or as soon as something came. */
void load_wait(struct load *load, int64_t until);

/* One operation: starts it at an encoder that has none. False if there is no stay for it, or with a fault. */
bool order_start(struct load *load, struct lane *lane, enum kind kind);
/* It has ended: the stay is put back, the operation let go. */
void order_end(struct load *load, struct lane *lane);
/* Whether operations of this kind need stays that are there already. */
bool order_needs_stay(enum kind kind);

#endif
