/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a record of the PMS asks for: its fields, read, checked, and put into a request of the library. */
#ifndef KEYCARD_GATEWAY_ORDER_H
#define KEYCARD_GATEWAY_ORDER_H

#include <keycard/keycard.h>

#include "fias/codec.h"
#include "hotel.h"
#include "words.h"

enum { ORDER_NAME_SIZE = 64, ORDER_FAULT_SIZE = 80 };

enum order_kind { ORDER_NEW, ORDER_DUPLICATE, ORDER_ONE_SHOT, ORDER_DELETE, ORDER_CHANGE, ORDER_READ, ORDER_LEFT };

struct order {
    enum order_kind kind;
    fias_id record;
    /* As they came, to be sent back. */
    char workstation[ORDER_NAME_SIZE], coder[ORDER_NAME_SIZE], reservation[ORDER_NAME_SIZE];
    /* UTF-8. */
    char booking[ORDER_NAME_SIZE], room[ORDER_NAME_SIZE], room_before[ORDER_NAME_SIZE];
    struct place place;
    int32_t copies;
    kc_request *request;          /* NULL after a fault */
    char fault[ORDER_FAULT_SIZE]; /* for the clerk; "" if the record is good */
};

/* The record may not outlive the call; the order is given back with order_free() in any case. */
void order_read(struct order *order, const struct fias_record *record, const struct property *hotel,
                const struct settings *settings, const struct words *words);
void order_free(struct order *order);

#endif
