/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's part of the dialogue in tests of the Saflok IRS driver. The bytes are made and checked here by
 * themselves, not through the codec. */
#ifndef SAFLOK_IRS_TALK_H
#define SAFLOK_IRS_TALK_H

#include "fake_core.h"

extern const struct driver driver_saflok_irs;

/* Opens the core with options "name", "value", ..., NULL and brings the link up. */
void talk_open(struct fake_core *core, const char *transport, ...) __attribute__((sentinel));
/* A request for room 305. */
struct fake_op *talk_make_op(struct fake_core *core, int32_t verb, int32_t copies);
/* Makes and starts it. */
struct fake_op *talk_start_op(struct fake_core *core, int32_t verb, int32_t copies);
/* What was sent since the last call: control bytes by name, frames as their body; the check byte is checked. */
const char *talk_sent(struct fake_core *core);
/* Appends a frame; spoil: 0 a right check byte, -1 none, else a wrong one. */
void talk_frame(struct buf *out, const char *body, int spoil);
/* The lock system sends it. */
void talk_answer(struct fake_core *core, const char *body, int spoil);

#define assert_sent(core, expected) assert_string_equal(talk_sent(core), expected)

#define DONE   "20000007000000"
#define REST   "DESK7  305  102FF01031527113003152711300000000000000"
#define NEW    "200000070001" REST
#define COPY   "200000070003" REST
#define ack(c) fake_core_receive(c, "\x06", 1)
#define nak(c) fake_core_receive(c, "\x15", 1)

#endif
