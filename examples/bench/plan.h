/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which operation comes when, at which encoder: decided before anything is sent, so that no answer can change it. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of kinds[]. */
enum kind {
    KIND_ORIGINAL,
    KIND_DUPLICATE,
    KIND_REISSUE,
    KIND_ONE_SHOT,
    KIND_MOBILE,
    KIND_READ,
    KIND_CHECK_OUT,
    KIND_MODIFY,
    KIND_CANCEL,
    KIND_BLOCK,
    KIND_UNBLOCK,
    KIND_COUNT
};

/* What a stay of the load is, and what an operation needs of one. */
enum stay_state { STAY_FREE, STAY_ACTIVE, STAY_BLOCKED, STAY_STATES, STAY_NONE, STAY_ANY };

struct kind_facts {
    const char *name;
    int32_t capability;           /* KC_CAPABILITY_... that it needs */
    enum stay_state needs, makes; /* STAY_NONE: no stay; STAY_ANY: any will do and stays what it is */
    unsigned share;               /* without --mix, where the lock system offers it */
};
extern const struct kind_facts kinds[KIND_COUNT];

enum { SHARE_HIGHEST = 1000 };
struct mix {
    unsigned shares[KIND_COUNT];
    unsigned total;
    unsigned step; /* see plan_kind() */
};

/* "original=5,duplicate=3"; a name alone has the share 1. False with a sentence in `fault`. */
bool mix_read(struct mix *mix, const char *text, char *fault, size_t size);
/* After the shares were changed. */
void mix_complete(struct mix *mix);

/* The kind of operation `number`: of any `total` in a row each kind has exactly its share, spread evenly. */
enum kind plan_kind(const struct mix *mix, uint64_t number);
/* The encoder, of `lanes`, of operation `number`: each gets one of each `lanes` in a row, in a different order each
 * time, for a fixed order would give one encoder always the same kind. */
size_t plan_lane(size_t lanes, uint64_t number);
/* The number of the operation that an encoder gets of row `row`. */
uint64_t plan_number(size_t lanes, size_t lane, uint64_t row);

#endif
