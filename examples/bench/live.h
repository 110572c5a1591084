/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is shown on standard error while a load test runs: on a terminal a picture that is drawn again and again, else
 * a line a second. */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include "load.h"

struct live {
    bool is_shown, is_terminal;
    int64_t next;    /* when it is shown again */
    unsigned height; /* lines of the picture that stands there */
};

void live_start(struct live *live, const struct load *load);
/* Shows it if it is time; tells when it will be. */
int64_t live_tick(struct live *live, const struct load *load, int64_t now);
/* Takes the picture away. */
void live_end(struct live *live, const struct load *load);

#endif
