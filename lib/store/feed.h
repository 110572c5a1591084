/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far a store has told of what others write into the journal, and which entries are its own. The journal is the
 * truth: its numbers are read on from the last one, whatever woke the reader. */
#ifndef KEYCARD_STORE_FEED_H
#define KEYCARD_STORE_FEED_H

#include "store/seal.h"

struct feed_range {
    int64_t first, last;
    uint8_t link[SEAL_LINK_SIZE]; /* of the last */
};

/* Starts all-zero: off. */
struct feed {
    bool on;
    bool anew;                    /* something may have been missed, which is still to be told */
    int64_t seen;                 /* the last entry that was told of or passed over; 0: none */
    uint8_t link[SEAL_LINK_SIZE]; /* its link: another journal does not pass for this one */
    struct feed_range *own;       /* after `seen`, ascending */
    size_t own_count, own_capacity;
};

/* From here on. */
void feed_start(struct feed *feed, const struct seal_head *head);
/* The journal is not the one that was seen: from here on, and that is to be told. */
void feed_start_anew(struct feed *feed, const struct seal_head *head);
void feed_stop(struct feed *feed);
/* A commit of this store wrote the entries from `first` up to `last`, if that is not the smaller one. */
void feed_own(struct feed *feed, int64_t first, int64_t last, const uint8_t link[SEAL_LINK_SIZE]);

/* Reading on: entries from feed_from() on, each through feed_take(), then feed_move(). */
struct feed_cursor {
    bool checked; /* the last entry that was seen is still there */
    int64_t entry;
    uint8_t link[SEAL_LINK_SIZE];
};
enum feed_row {
    FEED_PASS,
    FEED_TELL,
    FEED_LOST /* not the journal that was seen: feed_start_anew() */
};
/* Passes over own entries. The entry that was seen last comes first, to be recognized. */
int64_t feed_from(struct feed *feed, struct feed_cursor *cursor);
enum feed_row feed_take(const struct feed *feed, struct feed_cursor *cursor, int64_t entry,
                        const uint8_t link[SEAL_LINK_SIZE]);
void feed_move(struct feed *feed, const struct feed_cursor *cursor);

#endif
