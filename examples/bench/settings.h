/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line says. */
#ifndef BENCH_SETTINGS_H
#define BENCH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"
#include "plan.h"

struct settings {
    struct names systems, encoders, rooms; /* expanded */
    struct names options;                  /* NAME=VALUE */
    struct names elsewhere;                /* what may be reached besides this computer */
    bool real_keys;                        /* --i-know-it-makes-real-keys */
    bool has_mix;
    struct mix mix;
    double rate, duration, drain; /* operations a second; seconds */
    uint64_t count;               /* 0: no limit */
    const char *ledger, *phone, *email;
    const char *distribution; /* file, or NULL */
    bool clean_up, json, quiet;
};

extern const char program[];

/* -1: go on; else the exit status, after a complaint or help. */
int settings_read(struct settings *settings, int count, char **arguments);
/* The same for what a load test may reach: it complains about all that is not here and was not named twice. */
int settings_check_targets(const struct settings *settings);
void settings_free(struct settings *settings);

#endif
