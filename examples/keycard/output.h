/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user sees: results on standard output, progress and errors on standard error; with --json one object a line
 * on standard output. */
#ifndef KEYCARD_TOOL_OUTPUT_H
#define KEYCARD_TOOL_OUTPUT_H

#include <keycard/keycard.h>

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct output {
    bool json;
    bool terminal;   /* standard error is a terminal: the wait is shown second by second */
    bool guest_data; /* lists show guest data */
    bool line_open;
    char line[256];   /* what is being waited for */
    uint64_t options; /* OPTION_BIT() of each that the command takes */
    struct timespec since;
};

/* How a command ended. */
struct result {
    int32_t status;
    int32_t outcome;
    kc_op *op;             /* what it is about, or NULL */
    kc_op *resolution;     /* the operation that settled it, or NULL */
    const kc_error *error; /* or NULL */
    const char *message;   /* what is wrong where there is no error of the library, or NULL */
    const char *field;
};

void output_start(struct output *output, bool json);
void output_event(struct output *output, const kc_event *event);
/* The card is done and an operation that was started by it goes on. */
void output_follow_up(struct output *output, const kc_op *op, const kc_op *next);
void output_cancelling(struct output *output, const kc_op *op);
void output_driver(struct output *output, const kc_driver *driver, bool detail);
/* Lists of results. */
void output_keys(struct output *output, const kc_op *op);
void output_operations(struct output *output, const kc_op *op);
void output_encoders(struct output *output, const kc_op *op);
/* How many stays were forgotten. */
void output_forgotten(struct output *output, const kc_op *op);
/* How far a copy of the ledger has come; on a terminal. */
void output_progress(struct output *output, const kc_op *op);
void output_verified(struct output *output, const kc_op *op);
/* The last that is shown. */
void output_done(struct output *output, const struct result *result);

/* What the user should know, though the command goes on. It is about no operation. */
void output_warn(struct output *output, const char *text);
/* Writes text of any origin; what could steer a terminal is replaced. Ends the line of the wait first. */
void output_say(struct output *output, FILE *stream, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Renews the line of the wait. */
void output_tick(struct output *output);

#endif
