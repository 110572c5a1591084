/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the lock server's model keeps, for its own files lock_server.c and reservation.c only. */
#ifndef KEYCARD_SIMULATOR_LOCK_MODEL_H
#define KEYCARD_SIMULATOR_LOCK_MODEL_H

#include "lock_server.h"
#include "reservation.h"

struct room {
    char name[LOCK_NAME_SIZE];
    bool occupied;
    uint64_t sequence;            /* of its current stay; cards of an earlier one open nothing */
    int copies;                   /* made in this stay */
    char encoder[LOCK_NAME_SIZE]; /* on which a card for it is being made; "" if on none */
};

struct encoder {
    char name[LOCK_NAME_SIZE];
    bool busy;
    size_t card; /* in the hand: index + 1; 0 is a blank one */
};

struct lock_server {
    struct room *rooms;
    size_t room_count;
    struct encoder *encoders;
    size_t encoder_count;
    struct lock_card *cards;
    size_t card_count, card_capacity;
    bool rooms_given, encoders_given;
    uint64_t sequence;
    size_t image_size; /* 0: the usual */
    struct reservation *reservations;
    size_t reservation_count;
    struct lock_transaction *transactions;
    size_t transaction_count;
    int64_t delivery_ms; /* -1: never */
    int64_t now;         /* monotonic milliseconds */
};

/* NULL if it is not known. */
struct room *lock_room(const struct lock_server *server, const char *name);
/* Makes room for so many cards; false when memory is used up. */
bool lock_reserve_cards(struct lock_server *server, size_t count);
/* After lock_reserve_cards(). */
struct lock_card *lock_make_card(struct lock_server *server, const struct lock_order *order, int index,
                                 struct lock_outcome *outcome);
/* The last card that was made stays in the hand at the encoder. */
void lock_lay_on_encoder(struct lock_server *server, const struct lock_order *order);

#endif
