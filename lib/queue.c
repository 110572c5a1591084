/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who comes next. */
#include "queue.h"

#include <string.h>

#include "op.h"

/* The turn of a new operation: after the last one of the same station, so that a station with many waiting
 * operations does not keep another one out (start-time fair queueing with equal shares). */
static uint64_t turn_for(const struct encoder_queue *queue, const struct kc_op *op)
{
    uint64_t turn = queue->turn;
    for (const struct kc_op *other = queue->first; other; other = other->next_queued)
        if (strcmp(other->want.station, op->want.station) == 0 && other->turn >= turn)
            turn = other->turn + 1;
    return turn;
}

static void make_ready(struct kc_system *system, struct kc_encoder *encoder)
{
    if (encoder->queue.is_ready || encoder->queue.running || !encoder->queue.first)
        return;
    encoder->queue.is_ready = true;
    encoder->queue.next_ready = NULL;
    if (system->queue.last_ready)
        system->queue.last_ready->queue.next_ready = encoder;
    else
        system->queue.first_ready = encoder;
    system->queue.last_ready = encoder;
}

static struct kc_encoder *take_ready(struct kc_system *system)
{
    struct kc_encoder *encoder = system->queue.first_ready;
    if (!encoder)
        return NULL;
    system->queue.first_ready = encoder->queue.next_ready;
    if (!system->queue.first_ready)
        system->queue.last_ready = NULL;
    encoder->queue.is_ready = false;
    return encoder;
}

void queue_add(struct kc_op *op)
{
    struct encoder_queue *queue = &op->encoder->queue;
    op->turn = turn_for(queue, op);
    struct kc_op **place = &queue->first;
    while (*place && (*place)->turn <= op->turn)
        place = &(*place)->next_queued;
    op->next_queued = *place;
    *place = op;
    op->phase = OP_QUEUED;
    op->system->queue.waiting_count++;
    make_ready(op->system, op->encoder);
    queue_run(op->system);
}

void queue_remove(struct kc_op *op)
{
    for (struct kc_op **place = &op->encoder->queue.first; *place; place = &(*place)->next_queued)
        if (*place == op) {
            *place = op->next_queued;
            op->next_queued = NULL;
            op->system->queue.waiting_count--;
            return;
        }
}

static void fly(struct kc_op *op)
{
    struct kc_system *system = op->system;
    op->next_flight = system->queue.in_flight;
    op->previous_flight = NULL;
    if (op->next_flight)
        op->next_flight->previous_flight = op;
    system->queue.in_flight = op;
    system->queue.in_flight_count++;
}

static void land(struct kc_op *op)
{
    struct kc_system *system = op->system;
    if (op->next_flight)
        op->next_flight->previous_flight = op->previous_flight;
    if (op->previous_flight)
        op->previous_flight->next_flight = op->next_flight;
    else
        system->queue.in_flight = op->next_flight;
    op->next_flight = op->previous_flight = NULL;
    system->queue.in_flight_count--;
}

void queue_release(struct kc_op *op)
{
    struct kc_system *system = op->system;
    land(op);
    if (op->encoder->queue.running == op)
        op->encoder->queue.running = NULL;
    make_ready(system, op->encoder);
    queue_run(system);
    link_rest(system);
}

static bool has_room(const struct kc_system *system)
{
    int32_t most = system->profile.in_flight;
    return most == 0 || system->queue.in_flight_count < (size_t)most;
}

/* Work waits for the link: in a queue, or taken from it while the link was lost. */
static bool work_waits(const struct kc_system *system)
{
    for (const struct kc_op *op = system->queue.in_flight; op; op = op->next_flight)
        if (op->phase == OP_STARTING)
            return true;
    /* What could not start anyway does not connect: a server that closes at once would be asked without end. */
    return system->queue.first_ready != NULL && has_room(system);
}

static void start_next(struct kc_system *system)
{
    struct kc_encoder *encoder = take_ready(system);
    struct kc_op *op = encoder->queue.first;
    if (!op)
        return;
    encoder->queue.first = op->next_queued;
    op->next_queued = NULL;
    encoder->queue.turn = op->turn;
    system->queue.waiting_count--;
    /* Operations without an encoder do not wait for each other. */
    if (*encoder->name)
        encoder->queue.running = op;
    else
        make_ready(system, encoder);
    fly(op);
    op_record_intent(op);
}

void queue_run(struct kc_system *system)
{
    if (system->context->closing || system->ending || system->queue.starting)
        return;
    system->queue.starting = true;
    while (system->ready && system->queue.first_ready && has_room(system))
        start_next(system);
    system->queue.starting = false;
    if (!system->ready && work_waits(system))
        link_connect(system);
}

static void fail_waiting(struct kc_encoder *encoder, const struct kc_error *error)
{
    while (encoder->queue.first) {
        struct kc_op *op = encoder->queue.first;
        queue_remove(op);
        op_finish(op, error);
    }
}

void queue_fail(struct kc_system *system, const struct kc_error *error)
{
    fail_waiting(&system->no_encoder, error);
    for (struct kc_encoder *encoder = system->encoders; encoder; encoder = encoder->next)
        fail_waiting(encoder, error);
    while (take_ready(system))
        ;
}
