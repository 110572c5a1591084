/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the simulated LENS service, for its own files: simulator.c (HTTP and SOAP round the calls),
 * simulator_orders.c (calls to orders), simulator_answers.c (outcomes to answers). */
#ifndef LENS_SIMULATOR_H
#define LENS_SIMULATOR_H

#include "../simulator/lock_server.h"
#include "../simulator/server.h"
#include "codec.h"

/* Turns a call into an order. What is wrong with it stands in order->refusal, as a fault name; false: the service does
 * not have this operation. */
bool lens_order_take(const struct server *server, const struct lens_call *call, struct lock_order *order);

/* protocol->answer and protocol->error. */
void lens_order_answer(const struct lock_order *order, const struct lock_outcome *outcome, struct buf *out);
void lens_order_error(const struct lock_order *order, const char *code, struct buf *out);
/* The answer to a call that changes nothing; false: it is none of these. */
bool lens_question_answer(const struct server *server, const struct lens_incoming *incoming, struct buf *out);

#endif
