/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the drivers share: the state of a link and of an operation. */
#ifndef INDUSTRY_STANDARD_STATE_H
#define INDUSTRY_STANDARD_STATE_H

#include "codec.h"
#include "driver.h"
#include "options.h"

enum phase {
    PHASE_TURN,        /* counted in line.waiting; nothing sent: another operation is in its ENQ and ACK dialogue */
    PHASE_EJECT,       /* EX sent, ahead of the request */
    PHASE_PAUSE,       /* refused by NAK; a moment later the next ENQ or the request again */
    PHASE_ENQUIRY,     /* ENQ sent */
    PHASE_ACKNOWLEDGE, /* request sent */
    PHASE_ANSWER,      /* request acknowledged */
    PHASE_OVER         /* about to end */
};

/* How far EX has come, which empties the encoder. */
enum eject { EJECT_NONE, EJECT_DUE, EJECT_SENT, EJECT_ANSWERED };

/* The private data of an operation. */
struct exchange {
    enum phase phase;
    uint64_t turn; /* order of the start */
    enum industry_command command;
    int32_t digit;    /* as sent, -1 for none */
    bool has_request; /* false: only an ENQ (discovery) */
    bool committed;
    enum eject eject;
    bool eject_acknowledged;
    bool cancelled;              /* the clerk wants no card any more */
    int64_t sent, enquiries;     /* how often the request was sent, and ENQ since the last NAK to it */
    struct buf made;             /* the request as it is sent, if it was made for this operation */
    struct industry_field frame; /* the request as it is sent */
    struct industry_field id;    /* field 1 of the request, in the frame */
};

/* The private data of a link; first what is looked at with each byte that comes. */
struct line {
    bool has_decoder;
    bool up, failed;
    bool checking;            /* keep-alive: ENQ sent */
    bool owed;                /* an ACK or NAK belongs to an operation that has ended */
    bool choosing;            /* next_turn() runs */
    bool hearing;             /* on_bytes() runs */
    bool turn_due;            /* the link timer is set to call next_turn() */
    bool timing;              /* the link timer is set for the next byte of a frame */
    struct driver_op *talker; /* whose turn it is to send ENQ and request: ACK and NAK say not to whom they belong */
    size_t waiting;           /* operations in PHASE_TURN */
    struct buf orphans;       /* ids, each with a NUL, of requests that have ended before their answer came */
    struct industry_decoder decoder;
    bool acknowledges; /* a request was answered by ACK or NAK, on this connection or an earlier one */
    uint64_t turns;
    struct buf last_answer; /* to know it when it comes twice */
    struct settings settings;
};

static inline struct line *line_of(const struct driver_link *link)
{
    return link->data;
}

static inline struct exchange *exchange_of(const struct driver_op *op)
{
    return op->data;
}

static inline struct industry_field field_of_buf(const struct buf *buf)
{
    struct industry_field field = {buf->data, buf->length};
    return field;
}

/* Whether a card at an encoder takes part: the prompt comes after ACK, and the encoder is reached by the answer. */
bool needs_card(const struct driver_request *request);

/* compose.c: the request as bytes, into the exchange of the operation. KC_OK or an error. */
int32_t compose(struct driver_op *op, struct kc_error *error);
/* check.c: the slot `check`. */
int32_t check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
/* contact.c: where Onity puts the guest's phone number or e-mail address, and whether it fits. */
int32_t check_contact(const struct settings *settings, const struct driver_request *request, struct kc_error *error);
const char *contact_of(const struct driver_request *request);
/* compose.c: EX for the encoder of the operation. KC_OK or an error. */
int32_t compose_eject(struct driver_op *op, struct buf *out);
/* results.c: reads the answer to an operation and hands on what it brings. `original`: a new guest's answer to a
 * request for a copy. Returns whether the operation is a success; else the error is filled. */
bool take_answer(struct driver_op *op, const struct industry_frame *frame, bool original, struct kc_error *error);
/* match.c: how field 0 of an answer fits a request. The digit of the request may be missing. */
enum echo { ECHO_ERROR, ECHO_SAME, ECHO_ORIGINAL, ECHO_OTHER };
enum echo echo_of(const struct exchange *exchange, int32_t copies, const struct industry_frame *frame);
/* Whether field 0 can be one of an answer: a command or a code of two characters. */
bool is_answer(const struct industry_frame *frame);
/* Whether an answer to the operation may come. */
bool is_under_way(const struct exchange *exchange);
/* The operation that an answer belongs to, or NULL if that is none or open. */
struct driver_op *owner_of(struct driver_link *link, const struct industry_frame *frame);
/* orphans.c. Requests of several encoders share the connection, so it is not closed because one of them was cancelled
 * while its answer was on the way. That answer is known by its encoder, and the encoder takes nothing else until then.
 */
char *find_orphan(struct line *line, struct industry_field id);
void add_orphan(struct line *line, struct industry_field id);
void remove_orphan(struct line *line, char *text);
/* eject.c: the operation whose EX is due, or NULL. */
struct driver_op *choose_eject(struct driver_link *link);
/* ACK or NAK to EX of an operation that waits for its answer. What was not taken will not be answered. */
void hear_eject(struct driver_link *link, bool accepted);
/* While EX has no answer, an error may belong to it or to the request before it; only "no card" (ED) cannot. */
enum eject_match { EJECT_IS_OTHER, EJECT_IS_ANSWERED, EJECT_IS_STRAY, EJECT_IS_OPEN };
enum eject_match match_eject(struct driver_link *link, const struct industry_frame *frame, struct driver_op **owner);
/* trace.c: shows a frame, given by what stands between STX and ETX, with guest data and secrets masked. */
void trace_frame_now(struct driver_link *link, bool sent, const uint8_t *body, size_t length);
/* The same if somebody listens. */
static inline void trace_frame(struct driver_link *link, bool sent, const uint8_t *body, size_t length)
{
    if (driver_tracing(link))
        trace_frame_now(link, sent, body, length);
}
void trace_note(struct driver_link *link, bool sent, const char *text);

#endif
