/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the magnetic-stripe driver share: the state of a link and of an operation. */
#ifndef MAGSTRIPE_STATE_H
#define MAGSTRIPE_STATE_H

#include "codec.h"
#include "driver.h"
#include "options.h"

/* What the encoder was asked last, for an operation. */
enum phase {
    PHASE_CALM,  /* reset and communication test: all that was said before is over */
    PHASE_SET,   /* a setting */
    PHASE_ERASE, /* the three that follow wait for a swipe */
    PHASE_WRITE,
    PHASE_CHECK, /* the card that was written is read back */
    PHASE_READ,
    PHASE_OVER
};

/* Why the encoder is calmed. */
enum reason {
    REASON_START,   /* of an operation */
    REASON_WRITTEN, /* before the card is read back */
    REASON_LATE,    /* nobody swiped */
    REASON_CANCEL,
    REASON_GARBLED /* what came was no answer */
};

/* The private data of an operation. */
struct job {
    enum phase phase, calmed; /* calmed: the phase that PHASE_CALM has ended */
    enum reason reason;
    bool cancelled;
    bool raw;        /* bits instead of characters */
    bool has_status; /* while it was calmed an answer to a write came after all: this one */
    uint8_t status;
    size_t noise;   /* bytes that were no answer, since the write */
    int tests;      /* communication tests that were sent for PHASE_CALM */
    size_t setting; /* the present one */
    int64_t swipes; /* bad ones of the present step */
    int32_t made;   /* cards */
    bool erased;    /* the present card */
    struct msr_tracks wanted;
};

/* Before operations may start. */
enum greeting { GREETING_TEST, GREETING_MODEL, GREETING_FIRMWARE, GREETING_DONE };

/* The private data of a link. */
struct line {
    struct settings settings;
    enum greeting greeting;
    int tests;
    char model, firmware[17]; /* as the greeting told; NUL, "": nothing */
    bool up, failed, usb;
    bool awaiting;                    /* an answer is due: decoder.command's */
    struct msr_decoder decoder, late; /* late: of a status, while a communication test is awaited */
    struct msr_assembly assembly;
};

static inline struct line *line_of(const struct driver_link *link)
{
    return link->data;
}

static inline struct job *job_of(const struct driver_op *op)
{
    return op->data;
}

/* talk.c: sends a command; with an answer, that is awaited from now on. */
void stripe_say(struct driver_link *link, enum msr_command command);
void stripe_ask(struct driver_link *link, enum msr_command command, const uint8_t *values, size_t count);
void stripe_ask_write(struct driver_link *link, enum msr_command command, const struct msr_tracks *tracks);
void stripe_fail(struct driver_link *link, int32_t status, const char *text);
/* talk.c: the slots on_bytes and what calls back from it. */
void stripe_on_bytes(struct driver_link *link, const uint8_t *bytes, size_t count);
void stripe_greet(struct driver_link *link);
void stripe_greeting_late(struct driver_link *link);

/* job.c: slots of an operation, its answers, and the line that was quiet behind bytes that are no answer yet. */
void stripe_op_start(struct driver_op *op);
void stripe_op_cancel(struct driver_op *op);
void stripe_op_end(struct driver_op *op);
void stripe_op_late(struct driver_op *op);
void stripe_op_answer(struct driver_op *op, const struct msr_answer *answer);
void stripe_op_status(struct driver_op *op, uint8_t status); /* while it is calmed */
void stripe_op_quiet(struct driver_op *op);

/* content.c: the slot `check`; what goes on the present card; whether the card holds it, and if not, what instead;
 * what a card that was read says. */
int32_t stripe_check(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
int32_t stripe_compose(struct driver_op *op, struct msr_tracks *tracks, struct kc_error *error);
bool stripe_holds(const struct driver_op *op, const struct msr_answer *answer, char *instead, size_t size);
int32_t stripe_take_card(struct driver_op *op, const struct msr_answer *answer, struct kc_error *error);

/* trace.c: what is on a card is not shown. */
void stripe_trace_command(struct driver_link *link, enum msr_command command, const uint8_t *values, size_t count);
void stripe_trace_write(struct driver_link *link, enum msr_command command, const struct msr_tracks *tracks);
void stripe_trace_answer(struct driver_link *link, enum msr_command command, const struct msr_answer *answer);
void stripe_trace_note(struct driver_link *link, const char *text);

#endif
