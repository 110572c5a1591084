/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many encoders of the library, each on a link of its own, that are at work at once. */
#ifndef KEYCARD_BENCH_BUSY_H
#define KEYCARD_BENCH_BUSY_H

#include "lock_side.h"

enum { BUSY_TURNS = 3 };

/* How long somebody waited for an answer, and how many others had theirs meanwhile. */
struct wait {
    int64_t started_ns, longest_ns;
    size_t started_at, most_before; /* answers of all when it started; the most that came while one was under way */
};
void wait_begin(struct wait *wait, size_t answers);
void wait_end(struct wait *wait, size_t answers);

struct link {
    kc_site *site;
    kc_system *system;
    kc_request *request;
    size_t stays;
    struct wait wait;
};

struct many {
    kc_context *context;
    struct link *links;
    size_t count, ended;
    struct bench_peers peers;
};

void many_open(struct many *many, size_t count, const char *ledger);
void many_close(struct many *many);
/* One lock system for each encoder. Over TCP it connects with its first operation. */
void many_add_systems(struct many *many, const char *uri);
void many_tcp_uri(char uri[80], uint16_t port);
/* So many operations in all, each encoder with its next as soon as one has ended; how many a second that were. */
double many_run(struct many *many, size_t operations);
/* One original on each link, so that it connects; each ends well. */
void many_use_all(struct many *many);

/* 10,000 links that drop at once; storm.c. */
enum { STORM_LINKS = 10000 };
void storm(void);

#endif
