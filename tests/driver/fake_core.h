/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stand-in for the core that runs one driver on one link without sockets: it implements the calls of driver.h,
 * records what was sent and what came of each operation, and turns its clock when the test says so. A driver that
 * breaks the contract fails the test. Not to be linked together with the core. */
#ifndef FAKE_CORE_H
#define FAKE_CORE_H

#include "driver.h"
#include "util/buf.h"

#define FAKE_OPS    16
#define FAKE_LIST   32
#define FAKE_PROMPT 8
#define FAKE_FIELDS 8

/* What driver_ask() asked, for as long as the operation or link lives. */
struct fake_question {
    bool asking; /* not answered yet */
    int count;
    struct arena arena;
    const char *method, *path;
    const char *names[FAKE_FIELDS], *values[FAKE_FIELDS];
    size_t field_count;
    struct buf body; /* of the last one */
    bool repeatable;
    int64_t answer_ms;
};

struct fake_op {
    struct driver_op op; /* first: the driver's pointer is ours */
    struct driver_request request;
    struct fake_core *core;
    const char *room_list[FAKE_LIST], *area_list[FAKE_LIST], *denied_list[FAKE_LIST], *text_list[FAKE_LIST];
    bool used, running, done, committed, reached, has_card, unconfirmed;
    struct fake_question question;
    int committed_count, released_count, encoding_count;
    int64_t timer, deadline; /* -1: none */
    const char *deadline_text;
    int32_t prompts[FAKE_PROMPT], prompt_card, prompt_count; /* prompt_count: cards of the last prompt */
    size_t prompts_seen;
    struct arena results;
    const char *serials[FAKE_LIST], *warnings[FAKE_LIST], *installation;
    size_t serial_count, warning_count;
    struct buf image;
    struct driver_card card;
    struct kc_error error; /* code KC_OK: success */
    int32_t outcome;       /* as the core would have it */
};

struct fake_core {
    struct driver_link link; /* first */
    struct driver_profile profile;
    struct kc_error error; /* of configure and check */
    const char *values[128];
    const char *transport, *url;
    bool unread;  /* something lies in the connection that on_bytes() has not had: no request may be sent now */
    size_t looks; /* calls of driver_link_may_ask() */
    const uint8_t *descriptor; /* what driver_usb_descriptor() gives */
    size_t descriptor_size;
    struct driver_usb_id usb_id; /* what driver_usb_id() gives; 0:0: nothing */
    int64_t clock;               /* seconds since 1970 when now is 0 */
    struct wall_time site;       /* the time at the site, with its second; year 0: that of the documents' examples */
    int32_t site_second;
    int ids;
    struct fake_question question; /* of the link */
    struct fake_op ops[FAKE_OPS];
    struct fake_op *next_on_done; /* started inside driver_op_done(), as the core may do */
    int stays_asked;              /* calls of driver_ask_stays() since the last on_stays() */
    bool stays_anew;              /* of the last one */
    int64_t stays_ended_days;     /* the same */
    const char *known_encoder;    /* besides those of the operations; NULL: none */
    char seen[FAKE_LIST][40];     /* the encoders told of first, with their states */
    int32_t seen_state[FAKE_LIST];
    size_t seen_count; /* more than these, perhaps */
    uint32_t offers;   /* as driver_link_offers() said last; 0: it said nothing */
    int64_t now, link_timer;
    bool up, ready, failing;
    bool told_who; /* driver_link_identity() was called with these */
    char model[64], firmware[64];
    int ready_count, down_count;
    int32_t fail_status;
    char fail_text[400];
    struct buf sent;  /* all bytes since fake_core_sent() */
    struct buf trace; /* all lines since fake_core_traced() */
    bool tracing;
};

/* Default options; fake_core_option() before fake_core_up(). */
void fake_core_open(struct fake_core *core, const struct driver *driver);
void fake_core_option(struct fake_core *core, const char *name, const char *value);
/* "tcp" unless this says otherwise; before fake_core_up(). */
void fake_core_transport(struct fake_core *core, const char *transport);
/* "http://lens.example:1619/MessengerPMSWS.asmx" unless this says otherwise; before fake_core_up(). Returns what
 * configure says. */
int32_t fake_core_url(struct fake_core *core, const char *url);
/* Sets an option that configure may refuse, and returns what it says. */
int32_t fake_core_try_option(struct fake_core *core, const char *name, const char *value);
void fake_core_up(struct fake_core *core);
void fake_core_close(struct fake_core *core);

/* An operation with an empty request: the texts are "", copies is 1. */
struct fake_op *fake_core_op(struct fake_core *core, int32_t verb);
void fake_op_room(struct fake_op *op, const char *room);
void fake_op_area(struct fake_op *op, const char *area);
void fake_op_denied(struct fake_op *op, const char *area);
void fake_op_text(struct fake_op *op, const char *text);
/* The slot `check`. */
int32_t fake_core_check(struct fake_core *core, struct fake_op *op);
void fake_core_start(struct fake_core *core, struct fake_op *op);
/* Starts what the check must let through. */
void fake_core_begin(struct fake_core *core, struct fake_op *op);
void fake_core_receive(struct fake_core *core, const void *bytes, size_t count);
/* The reply to what `op`, or with NULL the link, asked. */
void fake_core_reply(struct fake_core *core, struct fake_op *op, const struct http_reply *reply);
/* The exchange of `op` failed; `left` as the transport says. */
void fake_core_no_reply(struct fake_core *core, struct fake_op *op, bool left, int32_t status);
/* Turns the clock on, with everything that is due on the way. */
void fake_core_advance(struct fake_core *core, int64_t ms);
void fake_core_cancel(struct fake_core *core, struct fake_op *op);
/* Answers driver_ask_stays(). */
void fake_core_stays(struct fake_core *core, const struct driver_stay *stays, size_t count, bool last);
/* The connection is lost. */
void fake_core_drop(struct fake_core *core);
void fake_core_keep_alive(struct fake_core *core);

/* How an operation ended. */
#define assert_done(op, status, card_state)                                                                            \
    do {                                                                                                               \
        assert_true((op)->done);                                                                                       \
        if ((op)->error.code != (status))                                                                              \
            print_error("error: %s\n", (op)->error.message);                                                           \
        assert_int_equal((op)->error.code, status);                                                                    \
        assert_int_equal((op)->outcome, card_state);                                                                   \
    } while (0)

#endif
