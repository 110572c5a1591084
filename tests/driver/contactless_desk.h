/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A desk with a contactless reader on it: the driver on the stand-in core, and the model of a reader with cards at its
 * other end. A fault strikes the n-th answer of the reader. */
#ifndef CONTACTLESS_DESK_H
#define CONTACTLESS_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include "contactless/simulator_reader.h"
#include "fake_core.h"
#include "open_key/open_key.h"

enum front { FRONT_PN532, FRONT_ACR122S, FRONT_USB, FRONT_COUNT };

enum desk_fault {
    NO_FAULT,
    FAULT_SILENT,  /* the answer does not come */
    FAULT_NOTHING, /* the command does not arrive, and nothing comes */
    FAULT_LATE,    /* it comes just before the driver gives up */
    FAULT_TWICE,
    FAULT_SHORT,         /* whole, but with half of its content */
    FAULT_LONG,          /* with more content than it should have */
    FAULT_DAMAGED,       /* a wrong byte */
    FAULT_OTHER_COMMAND, /* an answer to another command, and none to this one */
    FAULT_REFUSED,       /* the reader does not understand the command, which is not done */
    FAULT_NOISE,         /* bytes without meaning before it */
    FAULT_BABBLE,        /* and no end of them instead of it */
    FAULT_GONE,          /* the connection is lost, the command was done */
    FAULT_COUNT
};

struct desk_rig {
    struct fake_core core;
    enum front front;
    struct simulated_field field;
    struct simulated_pn532 chip;
    struct simulated_ccid reader;
    struct pn532_decoder unused;
    struct ccid_decoder usb;
    struct ccid_frame_decoder serial;
    struct simulated_card card, other;
    uint8_t before[SIMULATED_MEMORY];
    size_t answers; /* of the reader so far */
    size_t strike;  /* the answer that the fault strikes; 0: none */
    enum desk_fault fault;
    bool struck;
    int searches_without; /* the card comes back after so many searches; negative: never */
};

/* The driver on its link, which is ready; the card lies on the reader. */
void desk_open(struct desk_rig *desk, enum front front, enum simulated_type card);
void desk_close(struct desk_rig *desk);
/* An original of room 101 for a stay, not started yet. */
struct fake_op *desk_original(struct desk_rig *desk);
/* Starts it and goes on until it is done. */
void desk_run(struct desk_rig *desk, struct fake_op *op);
/* Goes on until the operation is done, or so long. */
void desk_go_on(struct desk_rig *desk, struct fake_op *op, int64_t ms);
/* What stands on a card: KC_OK with the key, KC_ERROR_NOT_FOUND if there is no message, or why it is no good one. */
int32_t desk_key_on(const struct simulated_card *card, struct open_key *key);
bool desk_is_as_before(const struct desk_rig *desk);

#endif
