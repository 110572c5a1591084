/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the Saflok IRS driver share: the state of a link and of an operation. */
#ifndef SAFLOK_IRS_STATE_H
#define SAFLOK_IRS_STATE_H

#include "codec.h"
#include "driver.h"
#include "options.h"

enum phase {
    PHASE_PAUSE,       /* ENQ was refused; a moment later the next one */
    PHASE_ENQUIRY,     /* ENQ sent */
    PHASE_ACKNOWLEDGE, /* request sent, ACK is due */
    PHASE_ANSWER,      /* the answer is due */
    PHASE_OVER         /* about to end */
};

/* The private data of an operation. */
struct exchange {
    enum phase phase;
    bool cancelled;    /* no further card is begun */
    int32_t requests;  /* to be made: as many as cards, or one */
    int32_t made;      /* answered with success */
    int32_t terminal;  /* of the request */
    int64_t sent;      /* how often the request of the present card left */
    int64_t enquiries; /* ENQs for it */
    int64_t answers;   /* damaged answers to it */
    struct buf body;   /* the request: between STX and ETX */
};

/* The private data of a link. */
struct line {
    struct settings settings;
    struct irs_decoder decoder;
    bool up, failed;
    int32_t last_terminal; /* option terminal-number=counting */
    bool has_terminal;
};

static inline struct line *line_of(const struct driver_link *link)
{
    return link->data;
}

static inline struct exchange *exchange_of(const struct driver_op *op)
{
    return op->data;
}

/* request.c: the slot `check`. */
int32_t irs_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
/* request.c: the next request of the operation, into its exchange. KC_OK or an error. */
int32_t irs_compose(struct driver_op *op, struct kc_error *error);
/* answer.c: reads the answer to the present request and hands on what it brings. */
enum verdict {
    VERDICT_MADE,
    VERDICT_REFUSED,   /* the error is filled; card_state says whether anything can have been written */
    VERDICT_UNREADABLE /* `text` says why */
};
enum verdict irs_take_answer(struct driver_op *op, struct kc_error *error, const char **text);
/* trace.c: shows the body of a frame with the password masked; a note. */
void irs_trace_request(struct driver_link *link, const struct buf *body);
void irs_trace_answer(struct driver_link *link, const struct buf *body, const struct buf *sent);
void irs_trace_note(struct driver_link *link, bool sent, const char *text);

#endif
