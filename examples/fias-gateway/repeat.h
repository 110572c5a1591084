/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which request is the repetition of an earlier one. FIAS has no number of a request, so this is a judgement:
 *
 * - While the first is not answered, an equal record is the same request.
 * - On one connection, an equal record after the answer is a new request: two more duplicates look alike.
 * - On a later connection, an equal record with date and time of the request (DA, TI) is the same one. Without these it
 *   is, if the answer to the first did not leave and the first is not older than the window.
 *
 * The same request gets the same idempotency key, so that the library answers with the first result. With date and time
 * the key is the same after a restart of the gateway, too. */
#ifndef KEYCARD_GATEWAY_REPEAT_H
#define KEYCARD_GATEWAY_REPEAT_H

#include "fias/codec.h"

enum { REPEAT_REMEMBERED = 256, REPEAT_KEY_SIZE = 80 };

struct repeat {
    uint64_t hash;       /* of the record; 0: unused */
    uint64_t connection; /* on which it came last */
    uint32_t number;     /* of requests that look alike */
    bool answered;       /* and the answer left */
    uint32_t running;    /* tasks that work on it */
    int64_t when;
};

struct repeats {
    struct repeat items[REPEAT_REMEMBERED];
    char life[20]; /* of this process: in the key of what has no date and time */
};

/* False: no random number could be had. */
bool repeats_open(struct repeats *repeats);
/* Remembers the request and writes its idempotency key. */
struct repeat *repeats_take(struct repeats *repeats, const struct fias_record *record, uint64_t connection,
                            int64_t window_ms, char key[REPEAT_KEY_SIZE]);

#endif
