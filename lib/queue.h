/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who comes next: one operation per encoder at a time, fair between stations; encoders of one link take turns. */
#ifndef KEYCARD_QUEUE_H
#define KEYCARD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kc_op;
struct kc_encoder;
struct kc_system;
struct kc_error;

struct encoder_queue {
    struct kc_op *first; /* waiting, in the order in which they will run */
    struct kc_op *running;
    uint64_t turn;                 /* of the operation that was taken last */
    struct kc_encoder *next_ready; /* in the list of encoders that have work and are free */
    bool is_ready;
};

struct system_queue {
    struct kc_encoder *first_ready, *last_ready;
    size_t in_flight_count;
    size_t waiting_count;
    bool starting;           /* queue_run() is at work: what ends while it starts makes no way for others by itself */
    struct kc_op *in_flight; /* taken from a queue and not ended */
};

/* Puts an operation, whose system and encoder are chosen, into its queue and starts what can start. */
void queue_add(struct kc_op *op);
/* Takes a waiting operation out. */
void queue_remove(struct kc_op *op);
/* An operation in flight has ended: its encoder is free. */
void queue_release(struct kc_op *op);
/* Starts what can start; connects the link if work waits for it. */
void queue_run(struct kc_system *system);
/* Ends everything that waits for the link of a system. */
void queue_fail(struct kc_system *system, const struct kc_error *error);

#endif
