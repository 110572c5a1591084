/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the end of an operation to the answer that the PMS gets. FIAS, sections "key answer" and "answer status". */
#ifndef KEYCARD_GATEWAY_ANSWER_H
#define KEYCARD_GATEWAY_ANSWER_H

#include "order.h"

enum { ANSWER_TEXT = 40 }; /* characters of CT */

struct answer {
    char status[3]; /* AS; "" for none: the PMS gets no answer */
    char text[120]; /* CT, still to be cut */
};

/* How an operation ended. */
struct answer answer_of(const struct order *order, kc_op *op, const struct settings *settings);
/* Nobody knows what became of it. */
struct answer answer_unknown(const struct order *order, const struct settings *settings);
/* What was refused before there was an operation. */
struct answer answer_refusal(const char *status, const char *text);
/* Writes KA, or KZ after a card was read; `op` may be NULL. False: memory is used up. */
bool answer_write(const struct answer *answer, const struct order *order, kc_op *op, const struct settings *settings,
                  const struct words *words, struct buf *out);

#endif
