/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation: its state, and how it moves from one to the next. */
#ifndef KEYCARD_OP_H
#define KEYCARD_OP_H

#include <keycard/keycard.h>
#include <stdatomic.h>

#include "context.h"
#include "device.h"
#include "driver.h"
#include "exchange.h"
#include "key.h"
#include "ledger.h"
#include "request.h"
#include "site.h"
#include "store/copy.h"
#include "system.h"

struct op_warning {
    const char *field, *text, *before, *after;
};

/* Forgetting the guests who departed before a moment, page by page. */
struct retention {
    int64_t before_ms;
    struct uuid after; /* the last record that was looked at */
    bool done;
    int64_t forgotten; /* stays */
};

/* What is asked of the ledger itself: by operations that are of no request. */
struct op_inquiry {
    struct record_query query; /* list verbs */
    bool unresolved_only;
    bool more;         /* than the limit of a list */
    size_t unreadable; /* records that a list leaves out */
    struct store_check check;
    struct store_copy *copy; /* in the arena */
    struct store_backup *backup;
    const char *backup_path;
    bool backup_done;
};

/* Where an operation is on its way; finer than the public state. */
enum op_phase {
    OP_NEW,
    OP_LOOKUP,   /* asks the ledger what matters for it */
    OP_CONFIRM,  /* waits for kc_op_answer() */
    OP_QUEUED,   /* waits for encoder or link */
    OP_INTENT,   /* its intent is being recorded */
    OP_STARTING, /* intent recorded; waits for the link, which was lost meanwhile */
    OP_STARTED,  /* the driver has it */
    OP_CHILD,    /* waits for operations that it started */
    OP_OUTCOME,  /* its outcome is being recorded */
    OP_ENDED,
};

/* As many events as an operation without warnings has before it is DONE; bytes for the text that most have, and for
 * what most drivers keep of it. */
enum { OP_EVENTS = 4, OP_ROOM = 512, OP_DRIVER_ROOM = 128 };

struct kc_op {
    struct driver_op driver; /* first, so that a driver's operation leads back here */
    atomic_uint refs;        /* handles, events, and one while it lives */
    struct kc_context *context;
    struct kc_site *site;
    struct kc_system *system;   /* with a reference once chosen */
    struct kc_encoder *encoder; /* belongs to the system */
    int32_t verb, state, status, outcome;
    enum op_phase phase;

    struct arena arena; /* everything below that is text */
    struct record record;
    struct ledger_lookup lookup;
    struct ledger_outcome ledger;
    struct worker_job job;
    uint64_t fingerprint; /* of the request as it came */
    struct uuid uuid;
    struct uuid base; /* of a duplicate: the original that must still be active at the intent */
    bool numbered;    /* the driver needs driver_request.sequence */
    struct retention retention;
    bool quiet;          /* started by a policy: without events */
    int64_t progress;    /* entries that were copied */
    int32_t resolve_how; /* KC_RESOLVE_... */
    int32_t resolve_outcome;
    struct record *found;
    size_t found_count;
    struct encoder_record *found_encoders;

    struct kc_error *error; /* `reason`, or NULL */
    struct op_warning *warnings;
    size_t warning_count, warning_capacity;
    struct kc_key **keys, **voided;
    size_t key_count, voided_count;
    struct kc_encoder **encoders;
    struct kc_device **devices; /* each with a reference */
    size_t device_count;
    size_t encoder_count;
    struct kc_op **ops;
    size_t op_count;
    struct strings serials;
    uint8_t *image;
    size_t image_size;
    const char *installation;
    struct driver_card *card;
    struct transport_exchange *exchange; /* of a driver that speaks HTTP: on its way */
    struct loop_task ask_task;           /* it could not even be put on its way, as `reason` says */
    struct kc_op *follow_up;             /* with a reference */
    struct kc_op *target;                /* the operation that this one settles, with a reference */
    struct kc_op *parent; /* of an internal operation, with a reference; its events become the parent's */
    size_t children;      /* internal operations that run */

    bool answered;     /* discovery: a system did */
    int32_t no_answer; /* discovery: why one did not; KC_ERROR_UNREACHABLE if there are several reasons */
    bool committed;    /* the lock system may have acted */
    bool reached;      /* the encoder took part */
    bool on_its_way;   /* a mobile key: accepted, but not known to have arrived */
    bool intent_recorded, replay;
    bool recording;  /* an attempt to record the outcome late is under way */
    bool unrecorded; /* ended, but the ledger could not take its outcome yet */
    int32_t encoder_state_before;
    atomic_bool cancel_wanted;

    struct loop_timer step_timer, deadline_timer;
    int64_t record_again_ms;
    const char *deadline_text;
    uint64_t turn; /* fair queue: the smallest comes first */
    struct kc_op *next_queued, *next_unrecorded, *previous_flight, *next_flight, *previous_live, *next_live,
        *next_cancel;
    void *user_data;
    struct asked *asked;               /* what `want` points to, if it was not copied */
    struct plan *plan;                 /* in the memory of `asked`: what it follows, or was made of it; NULL: none */
    struct kc_event done;              /* part of the operation, so that it cannot be lost */
    struct kc_event events[OP_EVENTS]; /* the first ones */
    size_t event_count;                /* of them that are in use */
    bool has_event_text;               /* one of these, or `done`, has a text */
    max_align_t driver_room[OP_DRIVER_ROOM / sizeof(max_align_t)]; /* for drivers that do with it */

    /* From here on nothing is zero in a new operation unless op_new() makes it so. */
    char id[UUID_TEXT_SIZE], retry_of[UUID_TEXT_SIZE], created[MOMENT_TEXT_SIZE], target_id[UUID_TEXT_SIZE];
    char digest[2 * STORE_DIGEST_SIZE + 1];
    struct want want;
    struct driver_request request; /* unless it follows a plan: driver.request points here then */
    struct op_inquiry inquiry;     /* of one without `asked` */
    struct kc_error reason;        /* part of the operation, as `done` */
    const char *only_serial;       /* `serials` points here if it is one */
    struct kc_key *only_key;       /* `keys` points here if it is `key` */
    struct kc_key key;             /* the one that was made; the operation's memory stays as long as it is used */
    max_align_t room[OP_ROOM / sizeof(max_align_t)]; /* where the arena begins */
};

/* op.c: life. A new operation lives (has a reference of the context) until op_complete(). NULL: no memory. */
struct kc_op *op_new(struct kc_site *site, int32_t verb, const struct want *want);
/* The same for what a request wants, without a copy. */
struct kc_op *op_new_asked(struct kc_site *site, int32_t verb, struct asked *asked);
/* How much of an operation's memory is to be zero when it is made. */
extern const size_t op_cleared;
/* The key of the operation was the last that needed its memory. Any thread, also when the context has ended. */
void op_free_memory(struct kc_op *op);
static inline void op_hold(struct kc_op *op)
{
    atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
}
/* Nobody holds it any more. */
void op_free(struct kc_op *op);
static inline void op_drop(struct kc_op *op)
{
    if (op && atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) == 1)
        op_free(op);
}
void op_enter(struct kc_op *op, int32_t state);
int32_t op_warn(struct kc_op *op, const char *field, const char *before, const char *after, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void op_set_error(struct kc_op *op, const struct kc_error *error, int32_t outcome);
/* Ends an operation of which nothing was recorded or sent. */
void op_refuse(struct kc_op *op, const struct kc_error *error);
/* DONE: the last step of every operation. */
void op_complete(struct kc_op *op);
/* The same without an event, for operations that a list shows. */
void op_complete_quietly(struct kc_op *op);
void op_submit(struct kc_op *op, int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
               void (*done)(struct worker_job *), bool writes);
/* The same for one that may be run again (see worker.h); or runs it at once where that needs no thread. True: it has
 * run, and op_deliver() calls `done`. */
bool op_record(struct kc_op *op, int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
               void (*done)(struct worker_job *));
void op_deliver(struct kc_op *op);
/* Submits one that only reads, and says before what. */
void op_look_up(struct kc_op *op, size_t (*foresee)(struct worker_job *, struct store_question *),
                int32_t (*run)(struct worker_job *, struct store *, struct kc_error *),
                void (*done)(struct worker_job *));
struct kc_op *op_of_job(struct worker_job *job);
/* Why a job failed: what the store said, or else the text of its status. */
void op_say_why(const struct worker_job *job, struct kc_error *error);
/* The store as the jobs of this operation use it. */
struct ledger op_ledger(const struct kc_op *op, struct store *store);
/* The ledger is "none:". */
static inline bool op_keeps_nothing(const struct kc_op *op)
{
    return op->context->keeps_nothing;
}
/* Gives the host a handle of a new operation. Always KC_OK. */
int32_t op_hand_out(struct kc_op *op, struct kc_op **out);
/* Sees to a cancellation that was asked for. */
void op_cancel_now(struct kc_op *op);

/* verbs.c: from the request to the queue. */
void op_begin(struct kc_op *op);
/* target.c: chooses system and encoder; warns, asks or refuses before a second original. */
int32_t op_choose_target(struct kc_op *op, struct kc_error *error);
/* Whether that depends on the encoder that the station used last. */
bool op_asks_last_encoder(const struct kc_op *op);
void op_take_target(struct kc_op *op, struct kc_system *system, struct kc_encoder *encoder);
int32_t op_ask_second_original(struct kc_op *op, struct kc_error *error);
/* steps.c: from the queue to the end. */
void op_record_intent(struct kc_op *op);
void op_start(struct kc_op *op);
/* The operation has ended on the wire, or never got there; records the outcome, then completes. The first is the core's
 * word (connection lost, deadline, cancelled): unknown if the request had left. The second is the lock system's: NULL
 * is success. */
void op_finish(struct kc_op *op, const struct kc_error *error);
void op_finish_as_told(struct kc_op *op, const struct kc_error *error);
/* Tries once more to record the outcomes that the ledger could not take; when the context ends. */
void op_record_all_again(struct kc_context *context);
/* An original with a contact that was written: starts the mobile key. */
void op_start_follow_up(struct kc_op *op);
/* Takes over an operation of the ledger. False: memory is used up, and nothing was taken over. */
bool op_become(struct kc_op *op, const struct record *record);
/* queries.c: an operation as the ledger has it, with a reference. It has ended, and is no part of the living ones.
 * NULL: no memory. */
struct kc_op *op_of_record(struct kc_site *site, const struct record *record);
/* card.c: the key that stands on a card that was read, and whether it is the one of a record. */
struct kc_key *key_of_card(struct kc_op *op);
bool card_matches(const struct record *record, const struct kc_key *card);
/* queries.c: the digest of the check as text. */
void op_show_check(struct kc_op *op);
/* queries.c: an internal operation of the parent has ended. */
void op_child_done(struct kc_op *parent, struct kc_op *child);
/* Starts the queue or the question whether to go on; from verbs.c. */
void op_enqueue(struct kc_op *op);

/* privacy.c: takes guest data and credentials out of what the lock system said. */
void privacy_mask(const struct kc_op *op, struct kc_error *error);

/* preflight.c: everything that can be checked before anything is sent; fills op->request. */
int32_t preflight(struct kc_op *op, struct kc_error *error);
/* The same for a request that follows a plan: only what may be otherwise now. */
int32_t preflight_again(struct kc_op *op, struct kc_error *error);

#endif
