/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations of the library that this program started. A question (a list, a search) belongs to one waiting request; a
 * job is shown in every browser, goes on without any, and is there for who comes back. */
#ifndef FRONTDESK_JOBS_H
#define FRONTDESK_JOBS_H

#include "web.h"

typedef void job_end(struct desk *desk, struct request *request, kc_op *op, void *data);

struct job {
    struct job *next;
    uint64_t number; /* 0 for a question */
    uint64_t parent; /* the job that this one follows (the mobile key after the card), or 0 */
    kc_op *op;
    char *station, *booking; /* who asked, and for what, where the library does not know it */
    int32_t prompt, card, cards;
    bool ended, cancelling;
    uint32_t version; /* grows with each change: answers and events overtake each other */
    job_end *end;     /* questions */
    struct request *request;
    void *data;
};

/* Starts a question; `op` is taken over. `end` is called once, with the operation when it has ended, and answers the
 * request if there is one. */
void job_ask(struct desk *desk, struct request *request, kc_op *op, job_end *end, void *data);
/* Shows an operation; `op` is taken over. NULL if memory is used up: then the operation goes on without being shown. */
struct job *job_show(struct desk *desk, kc_op *op, const char *station, const char *booking);
/* Tells all browsers how a job stands. */
void job_publish(struct desk *desk, struct job *job);
/* Answers a request with 202 and the job. */
void job_answer(struct request *request, const struct job *job);
struct job *job_find(const struct desk *desk, const char *number);
/* All jobs that are shown, oldest first. */
json_t *jobs_describe(const struct desk *desk);

/* Takes what the library has to say, and tells it to the browsers. */
void jobs_take_events(struct desk *desk);
/* Answers all waiting requests: the program ends. */
void jobs_close(struct desk *desk);

#endif
