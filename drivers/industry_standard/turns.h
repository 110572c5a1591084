/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who talks on the line, and what it says: ENQ, request, EX. ACK and NAK carry no name, so one operation talks at a
 * time. */
#ifndef KEYCARD_INDUSTRY_STANDARD_TURNS_H
#define KEYCARD_INDUSTRY_STANDARD_TURNS_H

#include "state.h"

/* Gives the connection up. */
void turn_fail_link(struct driver_link *link, int32_t status, const char *text);
/* The same because a late answer could be taken for that of another request. */
void turn_close_for_answer(struct driver_link *link);
/* Ends an operation. It must not be touched after this. */
void turn_finish(struct driver_op *op, const struct kc_error *error);
/* A wait that ends by the driver's timer as long as nothing may have changed, so that the connection can be closed;
 * after that by the core's deadline. */
void turn_limit_wait(struct driver_op *op, int64_t delay_ms, const char *text);
/* ENQ, the request, or what comes first of both by the options. */
void turn_send_enquiry(struct driver_op *op);
void turn_send_request(struct driver_op *op);
void turn_proceed(struct driver_op *op);
/* EX for the operation; false if it could not be made. */
bool turn_send_eject(struct driver_op *op);
/* Waits after a NAK. */
void turn_take_pause(struct driver_op *op);
/* The lock system did not take the request at all. */
void turn_finish_refused(struct driver_op *op, const char *what);
/* EX for an operation that was cancelled. */
void turn_eject(struct driver_op *op);
/* Whether a request may be sent now; else on_bytes() or link_down() is called first. */
bool turn_may_ask(struct driver_link *link);
/* Lets the next operation talk. */
void turn_next(struct driver_link *link);
/* Whether an answer to any operation but this one may come. */
bool turn_anything_under_way(struct driver_link *link, const struct driver_op *but);
/* At the end of each slot: starts whose turn it is. */
void turn_settle(struct driver_link *link);

#endif
