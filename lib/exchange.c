/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and replies (HTTP): what a driver asks, for an operation or for the link itself, and what comes of it. */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

static void ask_failed(struct loop_task *task);

void driver_ask(struct driver_link *link, struct driver_op *handle, const struct http_request *request)
{
    struct kc_system *system = system_of(link);
    struct kc_op *op = (struct kc_op *)(void *)handle;
    struct transport_exchange **slot = op ? &op->exchange : &system->exchange;
    struct kc_error error = {0};
    if (!system->transport || !system->transport_table->ask || (op && op->phase != OP_STARTED))
        return;
    if (*slot) /* it asks anew without having had a reply */
        system->transport_table->drop(system->transport, *slot);
    *slot = NULL;
    system->heard_ms = loop_now(system->context->loop);
    void *tag = op ? (void *)op : (void *)system;
    if (system->transport_table->ask(system->transport, request, tag, slot, &error) == KC_OK)
        return;
    /* Nothing left. Told from the loop, for the driver is in the middle of it. */
    if (op) {
        op->reason = error; /* kept there until then */
        op->ask_task.run = ask_failed;
        loop_task_queue(system->context->loop, &op->ask_task);
    } else {
        driver_link_fail(link, error.code, error.message);
    }
}

void exchange_drop(struct kc_op *op)
{
    if (op->exchange && op->system->transport)
        op->system->transport_table->drop(op->system->transport, op->exchange);
    op->exchange = NULL;
    loop_task_cancel(op->context->loop, &op->ask_task);
}

/* The operation had no reply. A driver may know better what that means for one that had replies before. */
static void op_lost(struct kc_system *system, struct kc_op *op, bool left, const struct kc_error *error)
{
    const struct driver *driver = system->link.driver;
    struct kc_error copy = *error;
    if (driver->on_no_reply && driver->on_no_reply(&system->link, &op->driver, left, &copy))
        return;
    if (!left)
        op->committed = false;
    system_hold(system);
    op_finish(op, &copy);
    bool unreachable = copy.code == KC_ERROR_UNREACHABLE || copy.code == KC_ERROR_CERTIFICATE;
    if (unreachable && system->state == KC_LINK_UP && system->queue.in_flight_count == 0)
        link_close(system, &copy);
    system_drop(system);
}

static void ask_failed(struct loop_task *task)
{
    struct kc_op *op = (struct kc_op *)(void *)((char *)task - offsetof(struct kc_op, ask_task));
    struct kc_error error = op->reason;
    op_lost(op->system, op, false, &error);
}

void exchange_answered(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error)
{
    struct kc_system *system = user;
    struct kc_op *op = tag == user ? NULL : tag;
    *(op ? &op->exchange : &system->exchange) = NULL;
    if (reply) {
        system->heard_ms = loop_now(system->context->loop);
        system->back_off_ms = 0;
        system->link.driver->on_reply(&system->link, op ? &op->driver : NULL, reply);
        return;
    }
    context_log(system->context, KC_LOG_WARNING, "link", "%s: %s", system->name, error->message);
    if (op)
        op_lost(system, op, left, error);
    else
        link_close(system, error);
}

/* ---- What a message may carry besides ---------------------------------------------------------------------------- */

const char *driver_link_url(const struct driver_link *link)
{
    return system_of(link)->url;
}

int64_t driver_clock(const struct driver_link *link)
{
    return context_now_utc(system_of(link)->context);
}

void driver_new_id(struct driver_link *link, char out[37])
{
    static const uint8_t none[10];
    struct kc_context *context = system_of(link)->context;
    struct uuid id;
    if (context_new_id(context, &id) != KC_OK)
        id = uuid_make(loop_wall_ms(context->loop), none); /* the time alone; no lock system relies on more */
    uuid_format(&id, out);
}
