/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of each status code. */
#ifndef KEYCARD_STATUS_H
#define KEYCARD_STATUS_H

#include <keycard/keycard.h>

/* One of KC_ADVICE_...: what to do about a status, given what happened to the card. */
int32_t status_advice(int32_t status, int32_t card_state);
const char *status_advice_text(int32_t advice);

#endif
