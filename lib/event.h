/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events, from the core to the host. */
#ifndef KEYCARD_EVENT_H
#define KEYCARD_EVENT_H

#include <keycard/keycard.h>
#include <stdatomic.h>
#include <stdbool.h>

/* As much as one has that is part of an operation; operation, encoder and system are those of its home. */
struct kc_event {
    struct kc_op *home; /* the operation of whose memory it is part, and which counts for it; NULL: it has none */
    struct kc_event *next;
    char *text; /* made when asked for, or given */
    int32_t type, state, prompt, card_number, card_count;
};

struct event_queue {
    struct kc_event *first, *last;
};

/* Each makes an event and queues it. Want of memory drops it with a log message: only KC_EVENT_DONE, which is part
 * of its operation, may never be lost. */
void event_state(struct kc_op *op);
/* False: it was dropped. */
bool event_prompt(struct kc_op *op, int32_t prompt, int32_t card, int32_t count, const char *text);
void event_warning(struct kc_op *op, const char *text);
void event_done(struct kc_op *op);
/* `op`: by which it changed, or NULL. */
void event_encoder(struct kc_encoder *encoder, struct kc_op *op);
void event_system(struct kc_system *system);
void event_device(struct kc_device *device, int32_t state);
/* `op` is taken over; NULL: nobody knows what has changed. */
void event_ledger(struct kc_context *context, struct kc_op *op, int64_t entry);
/* Drops all that is queued; when the context ends. */
void event_queue_clear(struct kc_context *context);

#endif
