/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stand-in for the core: the calls of lib/driver.h that one driver on one link needs, with a clock that tests turn.
 * It fails the test where a driver breaks the contract. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_SMALL_CORE_H
#define KEYCARD_TESTS_SMALL_CORE_H

#include "driver.h"

#define SMALL_CORE_OPS     8
#define SMALL_CORE_LIST    32
#define SMALL_CORE_OPTIONS 48

struct small_op {
    struct driver_op op; /* the first member */
    struct driver_request request;
    bool used, done, committed, reached, unconfirmed;
    int64_t timer, deadline; /* by the clock of the core; -1: none */
    const char *deadline_text;
    int32_t prompt_count, prompted_card, prompted_cards, encoding_count;
    char serials[SMALL_CORE_LIST][24];
    size_t serial_count;
    uint8_t image[128];
    size_t image_size;
    char installation[32];
    bool has_card;
    int32_t card_kind, card_state;
    size_t card_rooms, card_areas;
    char card_room[32], card_serial[24], card_text[32];
    struct wall_time card_until;
    int32_t status;
    struct kc_error error;
};

struct small_core {
    struct driver_link link; /* the first member */
    struct driver_profile profile;
    struct kc_error error; /* of configure and check */
    const char *options[SMALL_CORE_OPTIONS];
    struct small_op ops[SMALL_CORE_OPS];
    int64_t now, link_timer;
    size_t ready_count, seen_count;
    char seen[SMALL_CORE_LIST][32];
    int32_t seen_state[SMALL_CORE_LIST];
    bool failed; /* driver_link_fail(): takes effect in small_core_settle() */
    int32_t fail_status;
    char sent[512];
    size_t sent_length;
    size_t trace_count;
    char last_trace[700];
    struct small_op *next; /* started inside driver_op_done(), as the core may do */
};

void small_core_open(struct small_core *core, const struct driver *driver);
/* Sets options "name=value" up to a NULL, then configures. Returns what configure returned. */
int32_t small_core_configure(struct small_core *core, ...) __attribute__((sentinel));
void small_core_up(struct small_core *core);
void small_core_close(struct small_core *core);

/* A request with all texts "" in the place `index`. */
struct small_op *small_core_op(struct small_core *core, size_t index, int32_t verb, const char *encoder);
/* Checks and starts it; ends links that failed. */
void small_core_start(struct small_core *core, struct small_op *op);
/* Turns the clock: timers and deadlines in their order. */
void small_core_advance(struct small_core *core, int64_t ms);
void small_core_receive(struct small_core *core, const char *bytes, size_t count);
void small_core_cancel(struct small_core *core, struct small_op *op);

#endif
