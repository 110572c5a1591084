/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations that this service started. Each goes on without anybody waiting, and can be asked after later. */
#ifndef HTTPD_TRACK_H
#define HTTPD_TRACK_H

#include "service.h"

typedef void track_end(struct request *request, kc_op *op, int how);

struct tracked {
    struct tracked *next;
    kc_op *op;
    char id[37];   /* at first: that of a replay becomes another one */
    bool question; /* of one waiting request, and shown to nobody */
    bool ended;
    int32_t prompt, card, cards;
    char *prompt_text;
    track_end *end;          /* questions */
    struct request *request; /* the same; NULL if it went away */
    int how;
};

/* Starts a question; `op` is taken over. `end` answers the request when it has ended. */
void track_ask(struct request *request, kc_op *op, track_end *end, int how);
/* Shows an operation; `op` is taken over. Answers the request: with 202, or when it has ended if the client wants to
 * wait (Prefer: wait=SECONDS). */
void track_show(struct request *request, kc_op *op);
/* Answers with the retry of this operation that runs or was written, if there is one: a second one would make a second
 * key. */
bool track_show_retry(struct request *request, const char *id);
/* Answers with an operation as it is now; with the key of `recorded`, the same operation from the ledger, if not NULL.
 */
void track_answer(struct request *request, const struct tracked *tracked, const kc_op *recorded, unsigned status);
struct tracked *track_find(const struct service *service, const char *id);
/* Whether kc_find_op() found nothing; an address that is no id names nothing either. */
bool track_is_missing(const kc_op *search);

/* Takes what the library has to say, answers who waits, and tells who listens. */
void track_events(struct service *service);
/* Answers those who waited long enough; milliseconds until the next one has, at most `most`. */
int track_patience(struct service *service, int most);
/* A request ends before its answer. */
void track_gone(struct request *request);
/* Answers all waiting requests: the service ends. */
void track_close(struct service *service);

#endif
