/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the contactless driver share: the reader behind a link, the task that it has in hand, and the job
 * of an operation.
 *
 *     reader.c         one task after another, whatever reader it is; time-outs
 *     reader_pn532.c   tasks as commands of a PN532
 *     reader_ccid.c    tasks as messages of a CCID reader, over USB or a serial line
 *     job.c            an operation: finding the card, taking it away, several cards, ends
 *     job_card.c       which card it is, and reading it
 *     job_write.c      writing it so that it is known what stands on it */
#ifndef CONTACTLESS_STATE_H
#define CONTACTLESS_STATE_H

#include "codec.h"
#include "driver.h"
#include "open_key/open_key.h"
#include "options.h"

/* ---- The reader ------------------------------------------------------------------------------------------------ */

enum reader_type { READER_PN532, READER_CCID, READER_CCID_FRAME };

enum task_name {
    TASK_NONE,
    TASK_START, /* the reader is got ready */
    TASK_FIND,  /* which cards are there? desk->found */
    TASK_READ,  /* 16 bytes from a block */
    TASK_WRITE, /* a page or block */
    TASK_AUTHENTICATE,
    TASK_VERSION,
    TASK_APDU,
    TASK_LAMP
};

struct task {
    enum task_name name;
    uint8_t block;
    uint8_t data[APDU_MOST];
    size_t count;
};

enum answer_kind {
    ANSWER_GOOD,
    ANSWER_REFUSED,           /* by the card or by the reader */
    ANSWER_NOT_AUTHENTICATED, /* the key does not fit */
    ANSWER_GONE,              /* the card */
    ANSWER_UNSUPPORTED        /* this reader has no way to do it */
};

struct answer {
    enum answer_kind kind;
    const uint8_t *data;
    size_t count;
    const char *text; /* why not; static */
    unsigned code;    /* the same, as the reader or card had it */
};

enum lamp { LAMP_OFF, LAMP_WAITING, LAMP_DONE, LAMP_FAILED };
/* Readers with commands of their own, beside those that all have. */
enum reader_make { MAKE_OTHER, MAKE_ACR122, MAKE_ACR1252 };

/* The private data of a link. */
struct desk {
    struct settings settings;
    bool up, failed, ready;
    char firmware[8]; /* of a PN532: "1.6" */
    enum reader_type type;
    enum reader_make make;
    bool lit; /* lamp and buzzer are wanted */

    struct pn532_decoder pn532;
    struct ccid_decoder ccid;
    struct ccid_frame_decoder ccid_frame;

    struct task task; /* in hand; TASK_NONE: none */
    int step;         /* of the task */
    int tries;        /* of the first step of TASK_START */
    bool acknowledged;
    bool orphan;      /* nobody waits for the answer any more */
    uint8_t command;  /* the last one that was sent */
    uint8_t sequence; /* CCID */
    bool powered;     /* CCID: the card is */
    int extensions;   /* CCID: times that the reader asked for more time */
    size_t ignored;   /* bytes or messages since the last request that were no answer to it */
    enum lamp lamp;   /* to be shown; LAMP_OFF: nothing new */
    bool pausing;     /* the link's timer is that of a pause between two looks for a card */
    struct task next; /* to be done when the present one is over */

    struct card_target found[PN532_TARGETS];
    size_t found_count;
    bool listed;
    struct card_kind found_kind; /* of the first */

    struct driver_op *op;            /* that runs, NULL if none does */
    bool op_waits;                   /* for an orphan to end */
    uint8_t last_uid[CARD_UID_MOST]; /* of the card that was written last, and lies there perhaps */
    size_t last_uid_size;
};

static inline struct desk *desk_of(const struct driver_link *link)
{
    return link->data;
}

/* reader.c */
void reader_start(struct driver_link *link);
void reader_forget(struct driver_link *link);
void reader_take(struct driver_link *link, const uint8_t *bytes, size_t count);
/* A CCID reader tells that a card came or went. */
void reader_interrupt(struct driver_link *link, const uint8_t *bytes, size_t count);
/* Gives the reader a task; its answer comes to job_answer(), never from within this call. */
void reader_do(struct driver_link *link, const struct task *task);
/* After a pause: a look for cards. */
void reader_find_later(struct driver_link *link);
void reader_timer(struct driver_link *link);
/* Nobody waits for the task in hand any more. */
void reader_abandon(struct driver_link *link);
void reader_show(struct driver_link *link, enum lamp lamp);

/* For reader_pn532.c and reader_ccid.c: a request has left; the reader acknowledged it; the task is done; the reader
 * breaks its protocol or does not answer. */
void reader_sent(struct driver_link *link, const struct buf *bytes, bool acknowledged);
void reader_done(struct driver_link *link, const struct answer *answer);
void reader_fail(struct driver_link *link, int32_t status, const char *text);
/* Something came that is no answer to the present request: true once that is too much. */
bool reader_ignores(struct driver_link *link, const char *what);
void reader_wait(struct driver_link *link, int64_t ms);

void pn532_begin(struct driver_link *link);
void pn532_take(struct driver_link *link, const uint8_t *bytes, size_t count);
/* Not a sign of the chip. True: it is asked once more. */
bool pn532_silent(struct driver_link *link);
void ccid_begin(struct driver_link *link);
void ccid_take(struct driver_link *link, const uint8_t *bytes, size_t count);
/* trace.c */
void contactless_trace(struct driver_link *link, bool sent, const uint8_t *bytes, size_t count);

/* ---- The job --------------------------------------------------------------------------------------------------- */

enum phase {
    PHASE_LOOK,      /* which cards are there? */
    PHASE_LEAVE,     /* the last card must go first */
    PHASE_VERSION,   /* of an Ultralight or NTAG */
    PHASE_LOOK_ONCE, /* it did not know the last question, and must be found again */
    PHASE_HEAD,      /* its pages 0 to 3 */
    PHASE_PROBE,     /* whether it is as large as it says */
    PHASE_LOCKS,     /* its dynamic lock bytes */
    PHASE_SELECT,    /* the application of a DESFire */
    PHASE_READ,      /* what is on it */
    PHASE_BREAK,     /* the marker is cleared */
    PHASE_WRITE,     /* all but the marker */
    PHASE_VERIFY,    /* and read back */
    PHASE_MARK,      /* the marker */
    PHASE_CONFIRM,   /* and read back */
    PHASE_LOST,      /* something went wrong: is the card still there? */
    PHASE_OVER
};

/* What is known of the card's contents. */
enum known {
    KNOWN_AS_BEFORE,
    KNOWN_TOUCHED,    /* the first write was sent */
    KNOWN_NO_KEY,     /* the marker is cleared, so there is neither the old key nor the new one */
    KNOWN_MARKER_SENT /* there is the new one, or none */
};

#define JOB_CARDS    99
#define JOB_MEMORY   (AREA_MOST + 64)
#define JOB_RESTARTS 3
#define JOB_UID_SIZE (1 + CARD_UID_MOST)
#define NO_SECTOR    0xFF

/* The private data of an operation. */
struct job {
    enum phase phase;
    bool writes, cancelled, prompted, leave_prompted, taken;
    int32_t made;
    uint8_t written[JOB_CARDS][JOB_UID_SIZE]; /* serial numbers of the cards that were made, each behind its length */

    struct card_target card;
    struct card_kind kind;
    uint8_t head[16]; /* pages 0 to 3 */
    uint8_t locks[4];
    uint8_t probe; /* page */
    bool version_asked, has_head, has_locks, probed, selected, key_refused;
    size_t unit; /* bytes that are written at once */
    size_t capacity;
    bool opening;                  /* the task in hand is the authentication for `wanted_sector` */
    uint8_t sector, wanted_sector; /* `sector`: that is open; NO_SECTOR: none */

    struct open_key key;
    uint8_t message[OPEN_KEY_MESSAGE_MOST];
    size_t message_length;
    struct area area;           /* what is to stand there */
    uint8_t memory[JOB_MEMORY]; /* what stands there, from the first user byte on */
    size_t have, need;          /* bytes of it that were read, and that are wanted */
    uint8_t before[JOB_MEMORY]; /* what stood there at first */
    size_t before_length;
    size_t at; /* unit */
    enum known known;
    int restarts;
    const char *trouble; /* why it was begun again; static */
    unsigned trouble_code;
};

static inline struct job *job_of(const struct driver_op *op)
{
    return op->data;
}

/* job.c */
void job_begin(struct driver_op *op);
void job_answer(struct driver_op *op, const struct answer *answer);
void job_timer(struct driver_op *op);
void job_cancel(struct driver_op *op);
void job_card_made(struct driver_op *op);
/* The card was read. */
void job_done(struct driver_op *op);
/* Ends the operation; adds to the text what is on the card. */
void job_fail(struct driver_op *op, int32_t status, const char *code, const char *text);
void job_fail_with(struct driver_op *op, const struct kc_error *error);
/* The card did not answer, or refused, while it was read: looks for it again, or gives up. */
void job_again(struct driver_op *op, const struct answer *answer);
/* What is on the card now; "" as long as nothing was written. */
const char *job_known_text(const struct job *job);
void job_code(unsigned code, char out[8]);

/* job_card.c: which card it is, as far as that is not known yet; then its memory is read. */
void job_recognise(struct driver_op *op);
void job_recognise_answer(struct driver_op *op, const struct answer *answer);
/* Reads memory from byte `have` to `need`, then goes on as the phase says. */
void job_read_on(struct driver_op *op);
void job_read_answer(struct driver_op *op, const struct answer *answer);
/* The next task for a unit of memory: its own, or the authentication that must come before it. */
void job_do_unit(struct driver_op *op, bool write, size_t unit, const uint8_t *bytes, size_t count);
/* The answer was to such an authentication; its unit is still to come. */
bool job_was_opened(struct driver_op *op, const struct answer *answer);
/* Whether an answer to a write or to a DESFire's APDU says that it was done. */
bool job_was_done(const struct job *job, struct answer *answer);

/* job_write.c: what was there before is known. */
void job_write(struct driver_op *op);
void job_write_answer(struct driver_op *op, const struct answer *answer);
/* VERIFY, CONFIRM: it was read back. */
void job_compare(struct driver_op *op);
/* A write went wrong: looks whether the card is still there. */
void job_lost(struct driver_op *op, const struct answer *answer);

#endif
