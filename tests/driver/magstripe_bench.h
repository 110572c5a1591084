/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver on a bench: the stand-in for the core, and an encoder with a hand at its other end, of
 * which one answer may be something else. Needs cmocka's headers before it. */
#ifndef MAGSTRIPE_BENCH_H
#define MAGSTRIPE_BENCH_H

#include "fake_core.h"
#include "magstripe/codec.h"
#include "open_key/open_key.h"

#define BENCH_SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

/* What a device does at one step in place of the right answer. */
enum fault {
    FAULT_NONE,
    FAULT_SILENT,
    FAULT_FAILED,  /* ESC 41 */
    FAULT_UNKNOWN, /* ESC 34 */
    FAULT_SHORT,   /* the first byte only */
    FAULT_BABBLE,
    FAULT_OTHER, /* the answer to another command */
    FAULT_TWICE,
    FAULT_LATE, /* when the driver has given up */
    FAULT_STRANGE,
    FAULT_VANISH,
    FAULT_COUNT
};

struct bench {
    struct fake_core core;
    struct fake_op *op;
    struct msr_assembly assembly;
    struct buf input;
    enum msr_command swipe; /* awaited; 0: none */
    struct msr_answer with; /* what came with it */
    struct msr_tracks card; /* as it is read */
    int answers, fault_at;
    enum fault fault;
    int writes;
    bool hand; /* swipes by itself */
    bool plus_one;
    bool loses; /* silence is the loss of an answer: the card was written all the same */
    struct buf late;
};

/* The driver on its link, with a site and its key; "serial" or "usb". */
void bench_open(struct bench *bench, const char *transport);
/* The link is up, and the encoder has answered the greeting. */
void bench_plug_in(struct bench *bench);
void bench_close(struct bench *bench);
/* An original of room 101, not started yet. */
struct fake_op *bench_original(struct bench *bench, int32_t copies);
/* Starts it, and lets the device answer. */
struct fake_op *bench_begin(struct bench *bench, struct fake_op *op);
/* The device answers until there is nothing more to answer. */
void bench_run(struct bench *bench);
/* Somebody swipes the card that is awaited: it is written, erased or read, with this status. */
void bench_swipe(struct bench *bench, uint8_t status);
/* The device says this. */
void bench_send(struct bench *bench, const uint8_t *bytes, size_t count);
void bench_expect(const struct fake_op *op, int32_t status, int32_t outcome);
/* An operation that writes these bytes. */
struct fake_op *bench_image(struct bench *bench, const void *bytes, size_t count);

#endif
