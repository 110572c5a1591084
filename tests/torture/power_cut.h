/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files as a power cut leaves them, from what was recorded (recording.h).
 *
 * What was synced is there. Of the rest any part may be, in units of a sector: the disk and the kernel write in the
 * order that they like, and the last write may be cut anywhere. A sector that was being written is old or new, or the
 * one up to a byte and the other after it; it is not garbage (SQLite's "powersafe overwrite", which it takes for
 * granted). */
#ifndef KEYCARD_TORTURE_POWER_CUT_H
#define KEYCARD_TORTURE_POWER_CUT_H

#include <stddef.h>
#include <stdint.h>

#define POWER_CUT_SECTOR 512

enum power_cut {
    POWER_CUT_LOST,    /* nothing of what was not synced */
    POWER_CUT_WRITTEN, /* all of it */
    POWER_CUT_SOME,    /* some of the writes, sectors of others, some of the names */
    POWER_CUT_TORN,    /* all of it, but of the last write only the first `torn` bytes */
    POWER_CUT_KINDS
};

struct power_cut_disk;

struct power_cut_disk *power_cut_new(void);
void power_cut_free(struct power_cut_disk *disk);
/* Goes on by the next recorded step. */
void power_cut_step(struct power_cut_disk *disk);
/* How many steps it has taken. */
size_t power_cut_at(const struct power_cut_disk *disk);
/* The bytes of the last step if it was a write, else 0. */
size_t power_cut_last_write(const struct power_cut_disk *disk);
/* How many steps are not on the disk for sure. */
size_t power_cut_unsynced(const struct power_cut_disk *disk);
/* Writes the files, after removing what an earlier power cut left there: their paths are `prefix` and their names.
 * `torn` and `seed` for the kinds that need them. */
void power_cut_write(const struct power_cut_disk *disk, enum power_cut kind, size_t torn, uint64_t *seed,
                     const char *prefix);

#endif
