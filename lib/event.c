/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events: made by the core, taken by the host. */
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

/* An event without a home. */
struct own_event {
    struct kc_event event; /* first */
    atomic_uint refs;
    struct kc_context *context;
    struct kc_op *op;           /* with a reference */
    struct kc_encoder *encoder; /* belongs to the system */
    struct kc_system *system;   /* with a reference */
    struct kc_device *device;   /* with a reference */
    int64_t entry;              /* of the journal */
};

/* Of an event without a home. */
static struct own_event *own(struct kc_event *event)
{
    return (struct own_event *)(void *)event;
}

static const struct own_event *own_of(const struct kc_event *event)
{
    return (const struct own_event *)(const void *)event;
}

static void queue_event(struct kc_context *context, struct kc_event *event)
{
    if (context->events.last)
        context->events.last->next = event;
    else
        context->events.first = event;
    context->events.last = event;
    if (!loop_is_dispatching(context->loop)) /* who dispatches looks for events afterwards, or tells the host */
        loop_tell_host(context->loop);       /* so that a host that only watches the descriptor comes to look */
}

static struct own_event *event_new(struct kc_context *context, int32_t type)
{
    struct own_event *event = malloc(sizeof(*event));
    if (!event) {
        context_log(context, KC_LOG_ERROR, "event", "Memory is used up; an event was dropped.");
        return NULL;
    }
    *event = (struct own_event){.event = {.type = type}, .context = context};
    atomic_init(&event->refs, 1);
    return event;
}

/* In memory that is zero since the operation was made. */
static struct kc_event *begin_at_home(struct kc_op *op, struct kc_event *event, int32_t type)
{
    event->type = type;
    event->home = op;
    op_hold(op);
    return event;
}

/* In the operation's own memory as long as there is room. */
static struct kc_event *event_at_home(struct kc_op *op, int32_t type)
{
    if (op->event_count == OP_EVENTS)
        return NULL;
    return begin_at_home(op, &op->events[op->event_count++], type);
}

/* An internal operation speaks through the one that started it. */
static struct kc_op *speaker_of(struct kc_op *op)
{
    return op->parent ? op->parent : op;
}

static struct kc_encoder *encoder_of(const struct kc_op *op)
{
    return op->encoder && *op->encoder->name ? op->encoder : NULL;
}

/* Outside of the operation's memory. */
static struct kc_event *event_abroad(struct kc_op *op, int32_t type)
{
    struct own_event *event = event_new(op->context, type);
    if (!event)
        return NULL;
    event->op = speaker_of(op);
    event->encoder = encoder_of(op);
    event->system = op->system;
    op_hold(event->op);
    if (event->system)
        system_hold(event->system);
    return &event->event;
}

static struct kc_event *op_event(struct kc_op *op, int32_t type)
{
    struct kc_event *event = event_at_home(op, type);
    if (!event)
        event = event_abroad(op, type);
    if (event)
        event->state = op->state;
    return event;
}

void event_state(struct kc_op *op)
{
    struct kc_event *event = op_event(op, KC_EVENT_STATE);
    if (event)
        queue_event(op->context, event);
}

/* It belongs to the event. */
static void set_text(struct kc_event *event, char *text)
{
    event->text = text;
    if (text && event->home)
        event->home->has_event_text = true;
}

bool event_prompt(struct kc_op *op, int32_t prompt, int32_t card, int32_t count, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    struct kc_event *event = copy || !text ? op_event(op, KC_EVENT_PROMPT) : NULL;
    if (!event) {
        free(copy);
        return false;
    }
    event->prompt = prompt;
    event->card_number = card;
    event->card_count = count;
    set_text(event, copy);
    queue_event(op->context, event);
    return true;
}

void event_warning(struct kc_op *op, const char *text)
{
    struct kc_event *event = op_event(op, KC_EVENT_WARNING);
    if (!event)
        return;
    set_text(event, strdup(text));
    queue_event(op->context, event);
}

void event_done(struct kc_op *op)
{
    struct kc_event *event = begin_at_home(op, &op->done, KC_EVENT_DONE);
    event->state = KC_STATE_DONE;
    queue_event(op->context, event);
}

void event_encoder(struct kc_encoder *encoder, struct kc_op *op)
{
    struct kc_context *context = encoder->system->context;
    if (encoder->system->asked)
        return; /* hidden */
    struct kc_event *event = op ? event_at_home(op, KC_EVENT_ENCODER) : NULL;
    if (!event) {
        struct own_event *one = event_new(context, KC_EVENT_ENCODER);
        if (!one)
            return;
        one->encoder = encoder;
        one->system = encoder->system;
        system_hold(encoder->system);
        event = &one->event;
    }
    event->state = encoder->state;
    queue_event(context, event);
}

void event_system(struct kc_system *system)
{
    if (system->asked)
        return; /* hidden */
    struct own_event *one = event_new(system->context, KC_EVENT_SYSTEM);
    if (!one)
        return;
    one->system = system;
    one->event.state = system->state;
    system_hold(system);
    queue_event(system->context, &one->event);
}

void event_device(struct kc_device *device, int32_t state)
{
    struct own_event *one = event_new(device->context, KC_EVENT_DEVICE);
    if (!one)
        return;
    one->device = device;
    one->event.state = state;
    device_hold(device);
    queue_event(device->context, &one->event);
}

void event_ledger(struct kc_context *context, struct kc_op *op, int64_t entry)
{
    struct own_event *one = event_new(context, KC_EVENT_LEDGER);
    if (!one) {
        op_drop(op);
        return;
    }
    one->op = op;
    one->event.state = op ? op->state : 0;
    one->entry = entry;
    queue_event(context, &one->event);
}

static struct kc_context *context_of(const struct kc_event *event)
{
    return event->home ? event->home->context : own_of(event)->context;
}

static void event_hold(struct kc_event *event)
{
    if (event->home)
        op_hold(event->home);
    else
        atomic_fetch_add_explicit(&own(event)->refs, 1, memory_order_relaxed);
}

/* Nobody holds it any more, and it has no home. */
static void event_free(struct own_event *event)
{
    if (event->op)
        op_drop(event->op);
    if (event->system)
        system_drop(event->system);
    if (event->device)
        device_drop(event->device);
    free(event->event.text);
    free(event);
}

static inline void event_drop(struct kc_event *event)
{
    if (event->home)
        op_drop(event->home);
    else if (atomic_fetch_sub_explicit(&own(event)->refs, 1, memory_order_acq_rel) == 1)
        event_free(own(event));
}

void event_queue_clear(struct kc_context *context)
{
    while (context->events.first) {
        struct kc_event *event = context->events.first;
        context->events.first = event->next;
        event_drop(event);
    }
    context->events.last = NULL;
}

kc_event *kc_context_next_event(kc_context *context)
{
    if (!context || !context->events.first)
        return NULL;
    struct kc_event *event = context->events.first;
    context->events.first = event->next;
    if (!context->events.first)
        context->events.last = NULL;
    context_handle(context);
    return event;
}

kc_event *kc_event_ref(kc_event *event)
{
    if (event) {
        event_hold(event);
        context_handle(context_of(event));
    }
    return event;
}

kc_event *kc_event_unref(kc_event *event)
{
    if (event) {
        struct kc_context *context = context_of(event);
        event_drop(event);
        context_handle_back(context);
    }
    return NULL;
}

int32_t kc_event_get_type(const kc_event *event)
{
    return event ? event->type : 0;
}

kc_op *kc_event_get_op(const kc_event *event)
{
    if (!event || !event->home)
        return event ? own_of(event)->op : NULL;
    return event->type == KC_EVENT_ENCODER ? NULL : speaker_of(event->home);
}

int32_t kc_event_get_state(const kc_event *event)
{
    return event ? event->state : 0;
}

kc_encoder *kc_event_get_encoder(const kc_event *event)
{
    if (!event)
        return NULL;
    return event->home ? encoder_of(event->home) : own_of(event)->encoder;
}

kc_system *kc_event_get_system(const kc_event *event)
{
    if (!event)
        return NULL;
    return event->home ? event->home->system : own_of(event)->system;
}

kc_device *kc_event_get_device(const kc_event *event)
{
    return event && !event->home ? own_of(event)->device : NULL;
}

int32_t kc_event_get_prompt(const kc_event *event)
{
    return event ? event->prompt : 0;
}

int32_t kc_event_get_card_number(const kc_event *event)
{
    return event ? event->card_number : 0;
}

int32_t kc_event_get_card_count(const kc_event *event)
{
    return event ? event->card_count : 0;
}

int64_t kc_event_get_entry(const kc_event *event)
{
    return event && !event->home ? own_of(event)->entry : 0;
}

static const char *link_state_text(int32_t state)
{
    return state == KC_LINK_UP ? "connected" : state == KC_LINK_CONNECTING ? "connecting" : "not connected";
}

static int describe(const struct kc_event *event, char *out, size_t size)
{
    const struct kc_op *op = kc_event_get_op(event);
    const struct kc_encoder *encoder = kc_event_get_encoder(event);
    switch (event->type) {
    case KC_EVENT_STATE:
        return snprintf(out, size, "%s: %s", kc_verb_name(op->verb), kc_state_name(event->state));
    case KC_EVENT_DONE:
        return snprintf(out, size, "%s: %s", kc_verb_name(op->verb), kc_status_text(op->status));
    case KC_EVENT_PROMPT:
        return snprintf(out, size,
                        event->prompt == KC_PROMPT_TAKE_CARD    ? "Take card %d of %d from %s"
                        : event->prompt == KC_PROMPT_CHECK_CARD ? "Present card %d of %d again to %s"
                                                                : "Present card %d of %d to %s",
                        event->card_number, event->card_count, encoder ? encoder->name : "the encoder");
    case KC_EVENT_ENCODER:
        return snprintf(out, size, "%s: %s", encoder->name, kc_encoder_state_name(event->state));
    case KC_EVENT_SYSTEM:
        return snprintf(out, size, "%s: %s", own_of(event)->system->name, link_state_text(event->state));
    case KC_EVENT_DEVICE:
        return snprintf(out, size, "%s: %s", own_of(event)->device->label, kc_device_state_name(event->state));
    case KC_EVENT_LEDGER:
        if (!op)
            return snprintf(out, size, "The ledger has changed: list anew");
        return snprintf(out, size, "%s by %s: %s", kc_verb_name(op->verb),
                        *op->want.station ? op->want.station : "another station", kc_outcome_name(op->outcome));
    default:
        return 0;
    }
}

const char *kc_event_get_text(const kc_event *event)
{
    if (!event)
        return "";
    if (!event->text) {
        struct kc_event *mutable_event =
            (struct kc_event *)(uintptr_t)event; /* the text is made when first asked for */
        int length = describe(event, NULL, 0);
        char *text = length > 0 ? malloc((size_t)length + 1) : NULL;
        if (text) {
            describe(event, text, (size_t)length + 1);
            set_text(mutable_event, text);
        }
    }
    return event->text ? event->text : "";
}
