/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the FIAS driver share: the state of a link and of an operation. */
#ifndef FIAS_STATE_H
#define FIAS_STATE_H

#include "codec.h"
#include "driver.h"
#include "options.h"

/* Of the frames, some are for a page of guests. */
enum { STALE_AT_MOST = 32, WAITING_FRAMES_AT_MOST = 192 };

/* The records whose fields the lock system declares and that are of use here. */
enum declared {
    DECLARED_KR,
    DECLARED_KD,
    DECLARED_KM,
    DECLARED_KZ,
    DECLARED_KA,
    DECLARED_GI,
    DECLARED_GO,
    DECLARED_GC,
    DECLARED_COUNT
};

/* How the lock system describes itself by LD and LR. */
struct description {
    struct fias_fields fields[DECLARED_COUNT];
    char family[3];
    size_t longest; /* characters of a record that it takes */
    uint32_t asked; /* bits of RT: what LC is to tell; bit 31: there was an RT */
};
#define ASKED_ANYTHING (UINT32_C(1) << 31)

enum link_state {
    LINK_STARTING,   /* the connection stands; LD is due */
    LINK_DESCRIBING, /* LD came */
    LINK_ALIVE,      /* LA came and was answered */
    LINK_BARRED /* a wrong proof, and the option auth-wrong says stop: deaf and mute until the system is made anew */
};

/* The answer to a request for all guests (DR). */
enum resync {
    RESYNC_NONE,
    RESYNC_ASKED, /* the ledger is being read */
    RESYNC_PAUSE  /* what was read was sent; more is asked for when the line is free */
};

/* A request whose answer did not come. It may still come, and must not be taken for that of another request. */
struct stale {
    char coder[FIAS_CODER + 1];
    char reservation[12];
    int64_t since, until; /* seconds by the wall clock; until 0: not in use */
};

/* A record on its way over a serial line. */
struct outgoing {
    struct outgoing *next;
    struct driver_op *op; /* NULL: of the link, or its operation has ended */
    fias_id record;
    struct buf frame;
};

/* The private data of a link. */
struct line {
    struct fias_decoder decoder;
    bool up, failed;
    bool was_alive; /* on this connection */
    bool checking;  /* LS was sent to see whether the lock system lives */
    enum link_state state;
    int32_t starts; /* LS answered by LS since the last LD, or since the last pause */
    struct description active, coming;
    char last_start[2][16]; /* DA and TI of the last two LS that were sent, the latest first */
    struct stale stale[STALE_AT_MOST];
    uint64_t turns; /* given to operations */
    bool running;   /* run_waiting() is at work */
    int64_t since;  /* when the record began that is not whole yet, seconds by the wall clock; 0: there is none */
    enum resync resync;

    /* serial lines */
    struct outgoing *first;
    size_t waiting;
    bool sent;      /* the first one is on the line, and not acknowledged yet */
    int64_t sends;  /* how often it was sent */
    int64_t asks;   /* ENQs since it was sent */
    uint8_t answer; /* the last ACK or NAK, for ENQ */
};

enum phase {
    PHASE_TURN,    /* waits: for the link, for its encoder, for a late answer */
    PHASE_SENDING, /* on a serial line: not acknowledged yet */
    PHASE_ANSWER,  /* the answer is due */
    PHASE_OVER     /* about to end */
};

/* The private data of an operation. */
struct exchange {
    enum phase phase;
    bool cancelled; /* no further card is begun */
    bool left;      /* the present request is on the line, or was taken */
    bool told;      /* the guest record was sent */
    uint64_t turn;  /* who came first */
    int64_t waited; /* milliseconds in PHASE_TURN */
    int32_t made;   /* cards */
    fias_id record; /* of the present request */
    char coder[FIAS_CODER + 1];
    char workstation[FIAS_WORKSTATION + 1];
    char reservation[12]; /* "" if none was sent */
};

static inline struct line *line_of(const struct driver_link *link)
{
    return link->data;
}

static inline struct exchange *exchange_of(const struct driver_op *op)
{
    return op->data;
}

/* line.c: one record on its way, for an operation or (NULL) the link. False: it could not be sent at all. */
bool fias_send(struct driver_link *link, struct driver_op *op, const struct buf *record);
/* Bytes came: acknowledges what is to be acknowledged and hands records on, to fias_take_record(). */
void fias_take_bytes(struct driver_link *link, const uint8_t *bytes, size_t count);
/* The time for an acknowledgement is over. */
void fias_acknowledge_late(struct driver_link *link);
void fias_forget_frames(struct line *line);
/* An operation ends: what is still in the queue for it is not sent. */
void fias_drop_frames(struct line *line, const struct driver_op *op);
void fias_fail(struct driver_link *link, int32_t status, const char *text);

/* talk.c: link records. */
void fias_start_link(struct driver_link *link);
/* Sets the link's timer for what it waits for now. */
void fias_set_timer(struct driver_link *link);
/* A record that is about the link. Returns whether it was one. */
bool fias_take_link_record(struct driver_link *link, const struct fias_record *record);
/* Which declaration is about this record; DECLARED_COUNT: none. */
enum declared fias_declared(fias_id record);
/* Date and time at the site, for DA and TI. */
void fias_now(const struct driver_link *link, char date[16], char time[16]);

/* resync.c: a lock system asks for all guests; the ledger tells them; the pause between two pages is over. */
void fias_take_resync(struct driver_link *link);
void fias_take_stays(struct driver_link *link, const struct driver_stay *stays, size_t count, bool last);
void fias_resync_more(struct driver_link *link);

/* A record of the link with date and time, as it is. */
void fias_say(struct driver_link *link, const char *record);

/* auth.c: the key and the proof make sense together. 0, or -1. */
int fias_prove(const char *key, const struct fias_field *cryptogram, const char *expected);
/* Whether this can be a key. */
bool fias_is_key(const char *key);
/* Appends the bytes that the base64 text in the field stands for; false: it is none. */
bool fias_read_base64(const struct fias_field *field, struct buf *out);

/* offer.c: which record asks for it; the key type (KT) of the next card; whether the key is to come back as bytes. */
fias_id fias_record_of(int32_t verb);
const char *fias_key_type(const struct driver_link *link, const struct driver_request *request, int32_t made);
bool fias_wants_data(const struct driver_request *request);
/* What the lock system offers, DRIVER_CAN(...) | ... */
uint32_t fias_offers(const struct driver_link *link, const struct description *description);
int32_t fias_check_offer(const struct driver_link *link, const struct driver_request *request, struct kc_error *error);
/* Tells of what the lock system does not take. */
void fias_warn(struct driver_op *op);

/* request.c: the slot `check`, also right before sending; composing. */
int32_t fias_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error);
/* Who is meant by KC, WS and G#, into the exchange. */
void fias_address(struct driver_op *op);
int32_t fias_compose(struct driver_op *op, struct buf *out, struct kc_error *error);
/* The parts of a record that are those of a stay, too. */
void fias_put_text(const char *text, struct buf *out);
void fias_put_date(const struct moment *moment, struct buf *out);
void fias_put_clock(const struct driver_link *link, const struct moment *moment, struct buf *out);
void fias_put_reservation(const struct driver_link *link, const char *booking, struct buf *out);
void fias_put_suite(const struct driver_link *link, const struct strings *rooms, struct buf *out);
/* The guest record that goes with the operation; false: there is none. */
bool fias_compose_guest(struct driver_op *op, struct buf *out);
/* Whether this is the reservation number of a booking. */
bool fias_is_reservation_of(const struct driver_link *link, const struct fias_field *number, const char *booking);
/* answer.c: reads the answer to the present request and hands on what it brings. NULL error code: success. */
int32_t fias_take_answer(struct driver_op *op, const struct fias_record *record, struct kc_error *error);
/* The operation to which an answer belongs; NULL: to none. */
struct driver_op *fias_match(struct driver_link *link, const struct fias_record *record);
void fias_remember_stale(struct driver_op *op);
/* A late answer could be taken for that of the operation. */
bool fias_is_in_doubt(const struct driver_op *op);
/* As numbers if both are such: "01" is 1. */
bool fias_same_number(const char *a, size_t a_length, const char *b, size_t b_length);
bool fias_same_coder(const struct driver_link *link, const char *a, const char *b);

/* driver.c */
void fias_take_record(struct driver_link *link, const uint8_t *bytes, size_t count);
void fias_acknowledged(struct driver_op *op);
void fias_refused(struct driver_op *op);
/* Starts what waits and may start now. */
void fias_run_waiting(struct driver_link *link);

/* trace.c */
void fias_trace_record(struct driver_link *link, bool sent, const uint8_t *bytes, size_t count);
void fias_trace_note(struct driver_link *link, bool sent, const char *text);

#endif
