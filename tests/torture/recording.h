/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What SQLite does to its files, step by step: a VFS in front of the usual one that writes down each change and each
 * sync in the order in which they happen, from all connections of the process. */
#ifndef KEYCARD_TORTURE_RECORDING_H
#define KEYCARD_TORTURE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum recorded {
    RECORDED_CREATE,      /* a name appeared */
    RECORDED_DELETE,      /* a name went */
    RECORDED_WRITE,       /* bytes of a file */
    RECORDED_TRUNCATE,    /* a file was cut (or drawn out) to `offset` bytes */
    RECORDED_SYNC,        /* what was written to a file is on the disk */
    RECORDED_SYNC_FOLDER, /* so are names that appeared and went */
    RECORDED_NOTE,        /* something else that the test wants to know the place of */
};

#define RECORDED_NAMES 4   /* the ledger and what SQLite puts beside it */
#define RECORDED_FILES 100 /* a name that goes and appears again is another file each time */

struct recorded_step {
    enum recorded what;
    int file; /* which; -1 if it is none */
    int name; /* of a name that appeared or went: see recording_name() */
    int64_t offset;
    size_t size;
    uint8_t *bytes; /* of a write */
    int note, number;
};

/* Makes the recorder the VFS that every file is opened with; nothing may be open. */
void recording_start(void);
/* From now on no sync is written down, as if the disk did nothing of the kind. */
void recording_without_syncs(bool without);
/* Takes the usual VFS again. What was recorded stays. */
void recording_stop(void);
/* Puts a note into the sequence. Any thread. */
void recording_note(int note, int number);
size_t recording_count(void);
/* How many steps there are behind the last note. Any thread. */
size_t recording_count_since_note(void);
const struct recorded_step *recording_step(size_t index);
/* What paths ended in: "ledger", "ledger-wal"; NULL past the last one. */
const char *recording_name(int name);
void recording_free(void);

#endif
