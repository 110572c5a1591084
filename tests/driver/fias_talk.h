/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the FIAS driver share: the lock system's part of the talk. Records are made and checked here by
 * themselves, not through the codec; times are those of the document's examples. */
#ifndef KEYCARD_TESTS_FIAS_TALK_H
#define KEYCARD_TESTS_FIAS_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_core.h"

extern const struct driver driver_fias;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define LS        "LS|DA260115|TI093000|"
#define LA        "LA|DA260115|TI093000|"
#define LD        "LD|DA260115|TI093001|V#1.0|IFDL|"
#define ALIVE     "LA|DA260115|TI093001|"
#define KR_FIELDS "WSKCRNKTG#GAGDDTGNKO"
#define NEW       "KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|"
#define COPY      "KR|WS3|KC1|RN2781|KTD|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|"
#define DONE      "KA|WS3|KC1|ASOK|CTkey made|G#11122|"

#define assert_sent(core, expected) assert_string_equal(talk_sent(core), expected)

/* Records that were sent since the last call, a space behind each; the frames are checked. */
const char *talk_sent(struct fake_core *core);
/* The lock system says this record. */
void talk_say(struct fake_core *core, const char *record);
void talk_open_core(struct fake_core *core, const char *const *options);
/* The whole start, with these descriptions of records. */
void talk_start_link(struct fake_core *core, const char *const *declared);
extern const char *const talk_usual[];
/* Options, NULL; then the start with the usual descriptions. */
void talk_open_link(struct fake_core *core, ...) __attribute__((sentinel));
struct fake_op *talk_make_op(struct fake_core *core, int32_t verb, int32_t copies);
struct fake_op *talk_start_op(struct fake_core *core, int32_t verb, int32_t copies);
void talk_with_areas(struct fake_op *op);

#endif
