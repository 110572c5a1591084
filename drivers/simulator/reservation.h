/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations in the lock server's model: several may share a room, each has keys of its own; and the delivery of
 * mobile keys. For protocols whose orders name a reservation; the others know stays of rooms only. */
#ifndef KEYCARD_SIMULATOR_RESERVATION_H
#define KEYCARD_SIMULATOR_RESERVATION_H

#include "lock_server.h"

/* Why an order is refused (LOCK_REFUSED): the texts in lock_outcome.text. */
extern const char reservation_unknown[], reservation_ended[], reservation_no_stay[], reservation_other_stay[],
    reservation_copies_used_up[], reservation_nothing_to_do[], reservation_no_mobile_key[],
    reservation_too_many_rooms[];

/* The rooms of an active reservation are written into the order, its main room first, in front of those that are
 * there; false if there is no such reservation or no place for them. */
bool reservation_fill_rooms(const struct lock_server *server, struct lock_order *order);

/* Is it done here rather than in lock_server.c? */
bool reservation_concerns(const struct lock_order *order);
/* NULL: nothing speaks against it; all rooms are known. */
const char *reservation_check(const struct lock_server *server, const struct lock_order *order);
void reservation_do(struct lock_server *server, const struct lock_order *order, struct lock_outcome *outcome);
bool reservation_blocks(const struct lock_server *server, const struct lock_card *card);

/* ---- Delivery of mobile keys ------------------------------------------------------------------------------------ */

enum lock_delivery { LOCK_DELIVERY_WAITS, LOCK_DELIVERED, LOCK_DELIVERY_FAILED, LOCK_DELIVERY_WITHDRAWN };

struct lock_transaction {
    int64_t number; /* 1 is the first */
    char activity[LOCK_NAME_SIZE], reservation[LOCK_NAME_SIZE], room[LOCK_NAME_SIZE], encoder[LOCK_NAME_SIZE],
        phone[LOCK_NAME_SIZE];
    enum lock_delivery state;
    bool undeliverable;
    size_t card;         /* index */
    int64_t begun;       /* seconds since 1970, UTC */
    char begun_text[32]; /* "2026-05-04T13:05:00Z" */
    int64_t due;         /* monotonic milliseconds; INT64_MAX: never */
};

/* From now on; -1: never. */
void lock_server_set_delivery(struct lock_server *server, int64_t delivery_ms);
/* Delivers what is due, and returns when the next is; INT64_MAX: never. */
int64_t lock_server_deliver(struct lock_server *server, int64_t now);
size_t lock_server_transaction_count(const struct lock_server *server);
/* The limits in the form of xs:dateTime; any other text is none. One without a time zone is taken as wide as it can be.
 */
bool lock_transaction_is_within(const struct lock_transaction *transaction, const char *from, const char *to);
const struct lock_transaction *lock_server_transaction(const struct lock_server *server, size_t index);

#endif
