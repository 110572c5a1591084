/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A single byte that may wait for what follows it, on a TCP connection.
 *
 * Many lock systems answer with one byte, that the request has come, and at once with the answer. Each of the two would
 * wake the host. While answers come so quickly that the byte has nothing to tell by itself, the low-water mark of the
 * socket is raised to two, so that both are read at once.
 *
 * What lies unread in a socket must never be taken for the answer to a later request. So the mark is raised only while
 * quick exchanges follow each other, each of them begins with a look whether anything lies there, and a timer looks as
 * well, which ends it as soon as there was no quick exchange since the last time. A link on which nothing happens, or a
 * person is waited for, hears of each byte when it comes, and wakes nobody. */
#ifndef KEYCARD_TRANSPORT_GATHER_H
#define KEYCARD_TRANSPORT_GATHER_H

#include "transport/stream.h"

/* How long a byte may wait, and how quick is quick. */
#define GATHER_MS 20

/* Part of a transport, zeroed. */
struct gather {
    struct loop_timer *timer; /* the transport's own; `expired` calls gather_look(); set while the mark is raised */
    int64_t asked;            /* loop_now() when the last exchange began */
    int64_t ended;            /* the same for the last quick one, when it had its answer */
    bool awaits;              /* the exchange has no answer yet */
    bool parted;              /* but a single byte */
    bool raised;              /* the mark stands at two */
    bool used;                /* there was a quick exchange since the timer was set */
    bool impossible;          /* the system does not let the mark be raised */
    uint8_t in_row;           /* quick exchanges in two parts, one after the other */
};

/* An exchange is about to begin. False: something came that was not passed on yet; the loop will. */
bool gather_begin(struct gather *gather, struct stream *stream);
/* So many bytes were read. */
void gather_heard(struct gather *gather, struct stream *stream, size_t count);
/* The timer is over. The stream may be gone afterwards. */
void gather_look(struct gather *gather, struct stream *stream);

#endif
