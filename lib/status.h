/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of each status code. */
#ifndef KEYCARD_STATUS_H
#define KEYCARD_STATUS_H

#include <keycard/keycard.h>

/* One of KC_ADVICE_...: what to do about a status, given what happened to the card, and what was asked for:
 * KC_VERB_..., or 0. */
int32_t status_advice(int32_t status, int32_t card_state, int32_t verb);
const char *status_advice_text(int32_t advice);

#endif
