/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the LENS driver share: the state of a link and of an operation. */
#ifndef LENS_STATE_H
#define LENS_STATE_H

#include "codec.h"
#include "driver.h"
#include "options.h"

enum step {
    STEP_WAITING, /* for another request of the same PMS terminal to be answered; nothing was sent */
    STEP_CALL,    /* a call is on its way */
    STEP_PAUSE,   /* until the delivery of a mobile key is asked for (again) */
    STEP_HISTORY, /* that question is on its way */
    STEP_OVER     /* about to end */
};

/* The private data of an operation. */
struct exchange {
    enum step step;
    enum lens_operation operation; /* of the present call */
    uint64_t call;                 /* its identifier */
    bool cancelled;                /* no further call is begun */
    int32_t calls;                 /* to be made: as many as cards, mostly */
    int32_t made;                  /* answered with success */
    int64_t ticket;                /* the order of those that wait */
    int64_t sent;                  /* when the last call that acts was sent, seconds since 1970 */
    int64_t began;                 /* when the wait for the delivery began */
    int64_t asked_ms;              /* how long the delivery was waited for */
};

enum { CALLS_REMEMBERED = 64 };

/* The private data of a link. */
struct line {
    struct settings settings;
    bool up, asking; /* asking: HelloWorldTest of the link is on its way */
    int64_t tickets;
    uint64_t call;                    /* the identifier of that */
    uint64_t calls[CALLS_REMEMBERED]; /* of the last ones that were sent, round and round */
    size_t call_count;                /* how many there were */
    struct lens_parser parser;        /* of the answers */
    struct buf body;                  /* of the call that is being written */
};

static inline struct line *line_of(const struct driver_link *link)
{
    return link->data;
}

static inline struct exchange *exchange_of(const struct driver_op *op)
{
    return op->data;
}

static inline bool is_mobile_kind(int32_t kind)
{
    return kind == KC_KIND_MOBILE || kind == KC_KIND_MOBILE_DUPLICATE;
}

/* check.c: the slot `check`. */
int32_t lens_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
/* check.c: the number of an area; 0 if it is none. */
int32_t lens_area_number(const char *text);

/* request.c: how many calls an operation takes, and which is the next. */
int32_t lens_call_count(const struct driver_link *link, const struct driver_request *request);
enum lens_operation lens_next_call(const struct driver_op *op);
/* request.c: what the request sends as PMSTerminalID. */
const char *lens_terminal_of(const struct driver_link *link, const struct driver_request *request);
/* request.c: a phone number without + or 00 in front. */
const char *lens_phone_digits(const char *phone);
/* request.c: whether the call makes an encoder wait for a card. */
bool lens_drives_encoder(const struct driver_request *request, enum lens_operation operation);
/* request.c: whether the call changes anything. */
bool lens_call_acts(enum lens_operation operation);
/* request.c: sends a call; its reply comes to on_reply. `request` is NULL for HelloWorldTest of the link. KC_OK, or an
 * error with nothing sent. Touch nothing of the operation after it. */
int32_t lens_send(struct driver_link *link, struct driver_op *op, enum lens_operation operation,
                  struct kc_error *error);

/* result.c: the reply to an answer of the service; `answer` is to be freed if it is KC_OK. Else what is wrong with the
 * reply itself, card_state set. `op` NULL: it is for HelloWorldTest of the link. */
int32_t lens_read_reply(struct driver_link *link, const struct driver_op *op, const struct http_reply *reply,
                        struct lens_answer *answer, struct kc_error *error);
/* result.c: KC_OK for success, else the error that the answer means for the operation, card_state set; hands warnings
 * and what the encoder did to the core. */
int32_t lens_judge(struct driver_op *op, const struct lens_answer *answer, struct kc_error *error);
/* result.c: the same for a call of the link itself, which changes nothing. */
int32_t lens_judge_greeting(const struct driver_link *link, const struct lens_answer *answer, struct kc_error *error);
/* result.c: vendor code and text, what is the guest's and the password masked. `request` may be NULL. */
void lens_set_vendor(const struct driver_link *link, const struct driver_request *request, const char *code,
                     const char *const *texts, size_t count, struct kc_error *error);

/* delivery.c: the service took a mobile key: asks whether it was delivered, or ends the operation. */
void lens_delivery_begin(struct driver_op *op);
void lens_delivery_timer(struct driver_op *op);
void lens_delivery_reply(struct driver_op *op, const struct http_reply *reply);
void lens_delivery_no_reply(struct driver_op *op);
/* delivery.c: the clerk waits no longer. */
void lens_delivery_stop(struct driver_op *op);
/* delivery.c: what the answer to the question of CHECK_MOBILE comes to; ends the operation. */
void lens_delivery_check(struct driver_op *op, const struct lens_answer *answer);

/* driver.c: ends an operation; it must not be touched after it. */
void lens_finish(struct driver_op *op, struct kc_error *error);

/* trace.c: calls and replies in the log, without guest, phone, password and image. */
void lens_trace_call(struct driver_link *link, const struct driver_request *request, const struct lens_call *call);
void lens_trace_reply(struct driver_link *link, enum lens_operation operation, const struct http_reply *reply);
void lens_trace_answer(struct driver_link *link, enum lens_operation operation, const struct lens_answer *answer);

#endif
