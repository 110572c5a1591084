/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lodging server's part in the tests of the LENS driver: what was asked, as one line; answers, written by hand. */
#ifndef LENS_TALK_H
#define LENS_TALK_H

#include "fake_core.h"
#include "lens/codec.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

extern const struct driver driver_saflok_lens, driver_ambiance;

/* Opens a link with options NAME, VALUE ..., NULL; it is up and ready. */
void lens_open(struct fake_core *core, ...) __attribute__((sentinel));
/* Booking R1, room 101, encoder 1, station DESK1, guest Lee, from 2026-05-04T15:00 to 2026-05-07T12:00 at UTC+3. */
struct fake_op *lens_make(struct fake_core *core, int32_t verb, int32_t copies);
/* The same, checked and started. */
struct fake_op *lens_start(struct fake_core *core, int32_t verb, int32_t copies);

/* The call that is on its way, as "CreateNewBooking ReservationID=R1 ... rooms=102 areas=1=,3+". Empty values are left
 * out, and header and HTTP fields are checked. `op` NULL: of the link. */
const char *lens_asked(struct fake_core *core, struct fake_op *op);

/* Replies to what is on its way. */
void lens_succeed(struct fake_core *core, struct fake_op *op);
void lens_succeed_with_image(struct fake_core *core, struct fake_op *op, const char *base64);
void lens_fault(struct fake_core *core, struct fake_op *op, const char *code, const char *text, const char *detail);
void lens_soap_fault(struct fake_core *core, struct fake_op *op, const char *code);
void lens_status(struct fake_core *core, struct fake_op *op, int32_t status, const char *type, const char *body);
void lens_hello(struct fake_core *core, struct fake_op *op);
/* One entry of the history, or none with status NULL. */
void lens_history(struct fake_core *core, struct fake_op *op, const char *time, const char *room, const char *status,
                  bool in_error);
/* A result with anything in it. */
void lens_result(struct fake_core *core, struct fake_op *op, const char *inside);

#define assert_asked(core, op, expected) assert_string_equal(lens_asked(core, op), expected)

#endif
