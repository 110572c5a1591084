/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lock system makes of the frames that come in. */
#ifndef KEYCARD_INDUSTRY_STANDARD_SIMULATOR_REQUESTS_H
#define KEYCARD_INDUSTRY_STANDARD_SIMULATOR_REQUESTS_H

#include "../simulator/protocol.h"
#include "codec.h"

/* Turns a frame into an order; false is a syntax error. The order's tag holds the command and the two flags, a byte
 * each. */
bool industry_take_order(const struct industry_dialect *dialect, const struct industry_frame *frame,
                         struct lock_order *order);
/* One that ends with a card on the encoder. */
bool industry_makes_card(enum industry_command command);

#endif
