/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request from its arrival to its answer: number, journal, faults, the hand that presents the card. It outlives its
 * connection: a card that waits is made even if nobody is left to hear of it, as at a real desk. */
#ifndef KEYCARD_SIMULATOR_EXCHANGE_H
#define KEYCARD_SIMULATOR_EXCHANGE_H

#include <stdint.h>

#include "lock_server.h"

struct connection;
struct exchange;
struct web_call;
struct server;

/* "May I send?" came: says yes, or no as a fault wants it. */
void exchange_enquiry(struct connection *connection);
/* Something came whose check is wrong: refuses it. */
void exchange_refuse(struct connection *connection);
/* A whole request came that makes no sense: acknowledges it and answers with the code. */
void exchange_reject(struct connection *connection, const struct lock_order *order, const char *code);
/* A whole and valid request came. */
void exchange_begin(struct connection *connection, const struct lock_order *order);
/* Something came that belongs to the last request: it has no number and no line in the journal, and what strikes that
 * request strikes the answer to it, too. */
void exchange_follow(struct connection *connection, const struct lock_order *order);
/* Whether something waits at a device: for a card, or for a late answer to leave. */
enum exchange_wait { EXCHANGE_NONE, EXCHANGE_CARD, EXCHANGE_LATE };
enum exchange_wait exchange_waiting(const struct server *server);
/* A device is reset: what waits for a card is forgotten, and nothing is done. */
void exchange_reset(struct server *server);
/* The same from a service over HTTP, where nothing is acknowledged. */
void exchange_begin_http(const struct web_call *call, const struct lock_order *order);

/* Does what is due for all exchanges of a server, and returns when the next thing is; INT64_MAX: never. */
int64_t exchanges_run(struct server *server);
void exchanges_forget(struct server *server);

#endif
