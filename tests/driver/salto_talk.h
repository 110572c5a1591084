/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's part of the dialogue in tests of the drivers of both dialects. It knows the wire format by itself,
 * not through the codec. In texts '|' stands for the separator. */
#ifndef SALTO_TALK_H
#define SALTO_TALK_H

#include "fake_core.h"

extern const struct driver driver_salto, driver_onity;

/* Opens the core with options "name", "value", ..., NULL and brings the link up. */
void talk_open(struct fake_core *core, ...) __attribute__((sentinel));
/* The same with the other driver. */
void talk_open_onity(struct fake_core *core, ...) __attribute__((sentinel));
/* A request for room 101 with dates and operator on the encoder. */
struct fake_op *talk_op(struct fake_core *core, int32_t verb, const char *encoder);
/* Makes and starts it. */
struct fake_op *talk_start(struct fake_core *core, int32_t verb, const char *encoder);
/* An original at Desk 1, which is sent. */
struct fake_op *talk_issue(struct fake_core *core);
#define CN_DESK_1 "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann||||1|"
/* What the driver sent since the last call: "ENQ" and "|frames|", set off by blanks; the check bytes are checked. */
const char *talk_sent(struct fake_core *core);
/* Appends a frame with its check byte. */
void talk_frame(struct buf *out, const char *fields);
/* The lock system sends. */
void talk_ack(struct fake_core *core);
void talk_nak(struct fake_core *core);
void talk_answer(struct fake_core *core, const char *fields);
/* The trace since the last call. */
const char *talk_traced(struct fake_core *core);

#define assert_sent(core, text) assert_string_equal(talk_sent(core), text)

#endif
