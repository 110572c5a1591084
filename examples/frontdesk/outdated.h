/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the cards of a booking still fit it. */
#ifndef FRONTDESK_OUTDATED_H
#define FRONTDESK_OUTDATED_H

#include "desk.h"

/* Null if the cards fit or there are none; else what differs, and how many cards are to be made again:
 * {"fields": ["until", "areas"], "cards": 2, "until": "..."}. */
json_t *outdated_describe(const struct desk *desk, const json_t *booking, const kc_op *keys);

#endif
