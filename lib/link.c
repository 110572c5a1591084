/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link of a system: connecting, back-off, keep-alive, and what a driver may do with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

enum { BACK_OFF_MOST_MS = 60000 };

static struct loop *loop_of(const struct kc_system *system)
{
    return system->context->loop;
}

static void set_state(struct kc_system *system, int32_t state)
{
    if (system->state == state)
        return;
    system->state = state;
    context_log(system->context, KC_LOG_INFO, "link", "%s: %s", system->name,
                state == KC_LINK_UP           ? "connected"
                : state == KC_LINK_CONNECTING ? "connecting"
                                              : "not connected");
    event_system(system);
    if (!system->asked)
        devices_link_changed(system);
}

#define OWNER(pointer, member) ((struct kc_system *)(void *)((char *)(pointer)-offsetof(struct kc_system, member)))

static void set_encoders(struct kc_system *system, int32_t state)
{
    for (struct kc_encoder *encoder = system->encoders; encoder; encoder = encoder->next)
        if (!encoder->queue.running || state == KC_ENCODER_OFFLINE)
            encoder_set_state(encoder, state, state == KC_ENCODER_ONLINE, NULL);
}

static const char *failure_text(const struct kc_system *system)
{
    return system->failure_text ? system->failure_text : kc_status_text(system->failure_status);
}

/* The other side connects to us. */
static bool waits_for_peer(const struct kc_system *system)
{
    return system->transport_table && system->transport_table->again;
}

static void device_there(void *user)
{
    struct kc_system *system = user;
    link_forget_device(system);
    link_connect(system);
}

void link_forget_device(struct kc_system *system)
{
    if (system->wait)
        system->transport_table->await_end(system->wait);
    system->wait = NULL;
}

/* Connects when the device is plugged in. Whether there is nothing else to wait for. */
static bool await_device(struct kc_system *system)
{
    bool needed = true;
    if (!system->transport_table->await)
        return false;
    link_forget_device(system);
    if (system->transport_table->await(loop_of(system), &system->uri, system->link.driver->usb, device_there, system,
                                       &system->wait, &needed) != KC_OK)
        return false;
    for (struct kc_encoder *encoder = system->encoders; encoder && needed; encoder = encoder->next)
        encoder_set_state(encoder, KC_ENCODER_OFFLINE, false, NULL);
    return needed;
}

/* After a loss: connect again by itself, later and later, and not all systems at the same moment. */
static void plan_reconnect(struct kc_system *system)
{
    if (system->transport) { /* it waits for the next peer already */
        set_state(system, KC_LINK_CONNECTING);
        return;
    }
    bool wanted = system->settings.back_off > 0 && !system->settings.per_request && system->used && !system->removed &&
                  !system->asked && !system->context->closing && system->transport_table &&
                  !system->transport_table->adopts;
    if (!wanted || await_device(system))
        return;
    system->back_off_ms = system->back_off_ms ? system->back_off_ms * 2 : system->settings.back_off;
    if (system->back_off_ms > BACK_OFF_MOST_MS)
        system->back_off_ms = BACK_OFF_MOST_MS;
    uint16_t random = 0;
    if (loop_random(&random, sizeof(random)) != 0)
        random = 0;
    int64_t jitter = system->back_off_ms * random / UINT16_MAX / 4;
    loop_timer_must(loop_of(system), &system->reconnect_timer, system->back_off_ms + jitter);
}

/* `keep`: a transport that waits for its peers goes on waiting. */
static void drop_transport(struct kc_system *system, bool keep)
{
    if (!keep || !waits_for_peer(system)) /* peers that come and go do not make anything wait longer */
        loop_timer_cancel(loop_of(system), &system->connect_timer);
    loop_timer_cancel(loop_of(system), &system->idle_timer);
    loop_timer_cancel(loop_of(system), &system->link_timer);
    loop_task_cancel(loop_of(system), &system->fail_task);
    loop_task_cancel(loop_of(system), &system->rest_task);
    stays_forget(system);
    if (system->transport && keep && waits_for_peer(system)) {
        system->transport->table->again(system->transport);
    } else if (system->transport) {
        system->transport->table->close(system->transport);
        system->transport = NULL;
    }
    system->exchange = NULL;
    system->ready = system->greeted = false;
    system->failing = false;
    system->deaf = false;
}

static void end_in_flight(struct kc_system *system, enum op_phase phase, const struct kc_error *error)
{
    for (struct kc_op *op = system->queue.in_flight, *next; op; op = next) {
        next = op->next_flight;
        if (op->phase == phase)
            op_finish(op, error);
    }
}

/* Everything that waits for the link ends, for nothing of it has left. */
static void fail_waiting(struct kc_system *system, const struct kc_error *error)
{
    system->ending = true;
    end_in_flight(system, OP_STARTING, error);
    if (system->state != KC_LINK_UP)
        set_encoders(system, KC_ENCODER_OFFLINE);
    queue_fail(system, error);
    system->ending = false;
}

/* It could not be connected. */
static void connect_failed(struct kc_system *system, const struct kc_error *error)
{
    struct kc_error copy = *error;
    if (system->asked)
        device_answered(system, &copy, false);
    drop_transport(system, false);
    set_state(system, KC_LINK_DOWN);
    fail_waiting(system, &copy);
    plan_reconnect(system);
}

void link_close(struct kc_system *system, const struct kc_error *error)
{
    if (system->state == KC_LINK_DOWN)
        return;
    struct kc_error copy = *error;
    bool was_up = system->state == KC_LINK_UP;
    bool refused = copy.code && !system->greeted && !waits_for_peer(system);
    if (system->asked)
        device_answered(system, &copy, was_up);
    drop_transport(system, !system->removed && !system->context->closing);
    set_state(system, KC_LINK_DOWN);
    if (was_up && system->link.driver->link_down)
        system->link.driver->link_down(&system->link);
    if (refused) { /* what waits would wait for the next refusal */
        connect_failed(system, &copy);
        return;
    }
    system->ending = true;
    end_in_flight(system, OP_STARTED, &copy);
    if (system_is_device(system))
        set_encoders(system, KC_ENCODER_OFFLINE);
    system->ending = false;
    plan_reconnect(system);
    queue_run(system);
}

static bool may_rest(const struct kc_system *system)
{
    bool idle = system->queue.in_flight_count == 0 && system->queue.waiting_count == 0;
    if (waits_for_peer(system)) /* its port is kept until it is removed */
        return idle && system->state != KC_LINK_DOWN && system->removed;
    return idle && system->state == KC_LINK_UP && (system->settings.per_request || system->removed);
}

static void rest_now(struct loop_task *task)
{
    struct kc_system *system = OWNER(task, rest_task);
    struct kc_error none = {0};
    if (may_rest(system))
        link_close(system, &none);
}

/* From the loop, for the driver may be in the middle of what it received. */
void link_rest(struct kc_system *system)
{
    if (!may_rest(system) || system->context->closing)
        return;
    system->rest_task.run = rest_now;
    loop_task_queue(loop_of(system), &system->rest_task);
}

static void on_connected(void *user)
{
    struct kc_system *system = user;
    if (!waits_for_peer(system))
        loop_timer_cancel(loop_of(system), &system->connect_timer);
    system->heard_ms = loop_now(loop_of(system));
    set_state(system, KC_LINK_UP);
    for (struct kc_encoder *encoder = system->encoders; encoder; encoder = encoder->next)
        if (encoder->state == KC_ENCODER_OFFLINE)
            encoder_set_state(encoder, KC_ENCODER_UNKNOWN, false, NULL);
    if (system->link.driver->link_up)
        system->link.driver->link_up(&system->link);
    else
        driver_link_ready(&system->link);
    if (!system->ready)
        queue_run(system); /* what waits for it does not wait for ever */
}

/* What on_received() and most drivers begin with; reading takes longer than fetching it. */
static void on_awaited(void *user)
{
    enum { LINE = 64 };
    const char *hot = (const char *)user + offsetof(struct kc_system, context);
    for (size_t at = 0; at <= 3 * LINE; at += LINE)
        __builtin_prefetch(hot + at);
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    struct kc_system *system = user;
    system->heard_ms = loop_now(loop_of(system));
    system->back_off_ms = 0; /* not before: a server may take connections only to close them */
    if (!system->failing && !system->deaf)
        system->link.driver->on_bytes(&system->link, bytes, count);
}

static void on_interrupt(void *user, const uint8_t *bytes, size_t count)
{
    struct kc_system *system = user;
    system->heard_ms = loop_now(loop_of(system));
    if (!system->failing && !system->deaf)
        system->link.driver->on_interrupt(&system->link, bytes, count);
}

/* The transport gets over it by itself. */
static void on_troubled(void *user, const struct kc_error *error)
{
    struct kc_system *system = user;
    context_log(system->context, KC_LOG_WARNING, "link", "%s: %s", system->name, error->message);
}

static void fail_now(struct loop_task *task);

static void on_closed(void *user, const struct kc_error *error)
{
    struct kc_system *system = user;
    context_log(system->context, KC_LOG_WARNING, "link", "%s: %s", system->name, error->message);
    if (system->state == KC_LINK_CONNECTING)
        connect_failed(system, error);
    else if (system->failing)
        fail_now(&system->fail_task);
    else
        link_close(system, error);
}

static void connect_late(struct loop_timer *timer)
{
    struct kc_system *system = OWNER(timer, connect_timer);
    struct kc_error error = {0};
    if (waits_for_peer(system) && system->failure_status == KC_ERROR_CREDENTIALS) {
        /* somebody was there, and was turned away */
        error_set(&error, KC_ERROR_CREDENTIALS, "", "%s", failure_text(system));
        fail_waiting(system, &error);
        return;
    }
    if (system->state == KC_LINK_UP || waits_for_peer(system)) {
        error_set(&error, KC_ERROR_UNREACHABLE, "",
                  system->state == KC_LINK_UP
                      ? "The lock system \"%s\" is connected, but was not ready within %lld ms."
                      : "The lock system \"%s\" has not connected to us within %lld ms. See that it runs, and that it "
                        "knows address and port of this computer.",
                  system->name, (long long)system->settings.connect_timeout);
        fail_waiting(system, &error);
        return;
    }
    error_set(&error, KC_ERROR_UNREACHABLE, "", "The lock system \"%s\" could not be connected within %lld ms.",
              system->name, (long long)system->settings.connect_timeout);
    connect_failed(system, &error);
}

static void reconnect(struct loop_timer *timer)
{
    link_connect(OWNER(timer, reconnect_timer));
}

/* Whether it may connect now; else the timer asks again when it is its turn. */
static bool take_turn(struct kc_system *system)
{
    bool connects = system->transport_table && !system->transport_table->adopts && !waits_for_peer(system);
    if (system->has_turn && loop_timer_is_set(&system->reconnect_timer))
        return false;
    int64_t delay = connects && !system->has_turn ? context_connection_delay(system->context) : 0;
    system->reconnect_timer.expired = reconnect;
    system->has_turn = delay > 0 && loop_timer_set(loop_of(system), &system->reconnect_timer, delay) == KC_OK;
    return !system->has_turn;
}

/* Streams are given so long by connect_timer; a transport of requests and replies connects at each request and keeps
 * the time itself. */
static int32_t open_with_timeout(struct kc_system *system, const struct transport_events *events,
                                 struct kc_error *error)
{
    char milliseconds[24];
    struct uri uri = system->uri;
    struct uri_option *options = calloc(uri.option_count + 1, sizeof(*options));
    if (!options)
        return error_no_memory(error);
    snprintf(milliseconds, sizeof(milliseconds), "%lld", (long long)system->settings.connect_timeout);
    for (size_t i = 0; i < uri.option_count; i++)
        options[i] = uri.options[i];
    options[uri.option_count++] = (struct uri_option){"connect-timeout", milliseconds};
    uri.options = options;
    int32_t status = system->transport_table->open(loop_of(system), &uri, -1, events, system, &system->transport,
                                                   error);
    free(options);
    return status;
}

/* clang-format off */
#define EVENTS                       \
    .awaited = on_awaited,           \
    .connected = on_connected,       \
    .received = on_received,         \
    .closed = on_closed,             \
    .troubled = on_troubled,         \
    .answered = exchange_answered
/* clang-format on */
static const struct transport_events events_of_one = {EVENTS};
static const struct transport_events events_of_two = {EVENTS, .interrupt = on_interrupt}; /* of a device's endpoints */

static void open_transport(struct kc_system *system)
{
    const struct transport_events *events = system->link.driver->on_interrupt ? &events_of_two : &events_of_one;
    struct kc_error error = {0};
    int fd = system->adopted_fd;
    system->adopted_fd = -1;
    system->connect_timer.expired = connect_late;
    int32_t status = loop_timer_set(loop_of(system), &system->connect_timer, system->settings.connect_timeout);
    if (status == KC_OK && fd < 0 && system->transport_table->adopts)
        status = error_set(&error, KC_ERROR_UNREACHABLE, "",
                           "The system \"%s\" has no descriptor; give it an open one first.", system->name);
    else if (status == KC_OK && system->transport_table->ask)
        status = open_with_timeout(system, events, &error);
    else if (status == KC_OK && system->transport_table->open_device)
        status = system->transport_table->open_device(loop_of(system), &system->uri, system->link.driver->usb, events,
                                                      system, &system->transport, &error);
    else if (status == KC_OK)
        status = system->transport_table->open(loop_of(system), &system->uri, fd, events, system, &system->transport,
                                               &error);
    else
        error_set(&error, status, "", "Memory is used up.");
    if (status != KC_OK) {
        connect_failed(system, &error);
    } else if (waits_for_peer(system)) {
        char where[128];
        system->transport_table->where(system->transport, where, sizeof(where));
        context_log(system->context, KC_LOG_INFO, "link", "%s: listening at %s", system->name, where);
    }
}

/* Something waits for a link that is on its way, or whose driver is not ready yet. */
static void await_link(struct kc_system *system)
{
    bool keeps_time = system->transport_table && system->transport_table->ask;
    if (system->failing || keeps_time || loop_timer_is_set(&system->connect_timer))
        return;
    system->connect_timer.expired = connect_late;
    if (loop_timer_set(loop_of(system), &system->connect_timer, system->settings.connect_timeout) != KC_OK) {
        struct kc_error error = {0};
        error_no_memory(&error);
        fail_waiting(system, &error);
    }
}

void link_connect(struct kc_system *system)
{
    if (system->context->closing)
        return;
    if (system->state != KC_LINK_DOWN) {
        await_link(system);
        return;
    }
    system->used = true;
    if (!take_turn(system))
        return;
    if (!system->asked)
        devices_yield(system);
    loop_timer_cancel(loop_of(system), &system->reconnect_timer);
    link_forget_device(system);
    set_state(system, KC_LINK_CONNECTING);
    for (struct kc_encoder *encoder = system->queue.first_ready; encoder; encoder = encoder->queue.next_ready)
        for (struct kc_op *op = encoder->queue.first; op; op = op->next_queued)
            op_enter(op, KC_STATE_CONNECTING);
    if (system->transport_table)
        open_transport(system);
    else
        on_connected(system);
}

static void idle_long(struct loop_timer *timer)
{
    struct kc_system *system = OWNER(timer, idle_timer);
    int64_t silent = loop_now(loop_of(system)) - system->heard_ms;
    int64_t left = system->settings.keep_alive - silent;
    if (system->queue.in_flight_count)
        left = system->settings.keep_alive;
    if (left > 0) {
        loop_timer_must(loop_of(system), timer, left);
        return;
    }
    system->ready = false; /* until the driver has its sign of life */
    system->link.driver->keep_alive(&system->link);
}

void driver_link_ready(struct driver_link *link)
{
    struct kc_system *system = system_of(link);
    if (system->state != KC_LINK_UP || system->failing)
        return;
    system->ready = system->greeted = true;
    system->failure_status = KC_OK;
    if (system->asked)
        device_answered(system, NULL, true);
    if (system_is_device(system))
        set_encoders(system, KC_ENCODER_ONLINE);
    loop_timer_cancel(loop_of(system), &system->connect_timer);
    if (system->transport_table && system->link.driver->keep_alive && system->settings.keep_alive) {
        system->idle_timer.expired = idle_long;
        loop_timer_must(loop_of(system), &system->idle_timer, system->settings.keep_alive);
    }
    for (struct kc_op *op = system->queue.in_flight, *next; op; op = next) {
        next = op->next_flight;
        if (op->phase == OP_STARTING)
            op_start(op);
    }
    queue_run(system);
    link_rest(system); /* what it was made for may have been cancelled meanwhile */
}

void driver_link_identity(struct driver_link *link, const char *model, const char *firmware)
{
    devices_identity(system_of(link), model, firmware);
}

void driver_send(struct driver_link *link, const void *bytes, size_t count)
{
    struct kc_system *system = system_of(link);
    if (!system->transport || system->failing)
        return;
    system->heard_ms = loop_now(loop_of(system));
    if (system->transport->table->send(system->transport, bytes, count) != KC_OK)
        system->deaf = true; /* what comes in now must not be taken for the answer to what never left */
}

bool driver_link_may_ask(struct driver_link *link)
{
    const struct kc_system *system = system_of(link);
    if (!system->transport || system->failing || !system->transport->table->may_ask)
        return true;
    return system->transport->table->may_ask(system->transport);
}

const uint8_t *driver_usb_descriptor(const struct driver_link *link, size_t *count)
{
    const struct kc_system *system = system_of(link);
    *count = 0;
    if (!system->transport || !system->transport->table->descriptor)
        return NULL;
    return system->transport->table->descriptor(system->transport, count);
}

bool driver_usb_id(const struct driver_link *link, struct driver_usb_id *id)
{
    const struct kc_system *system = system_of(link);
    return system->transport && system->transport->table->device_id &&
           system->transport->table->device_id(system->transport, id);
}

static void link_timer_over(struct loop_timer *timer)
{
    struct kc_system *system = OWNER(timer, link_timer);
    system->link.driver->on_timer(&system->link, NULL);
}

void driver_link_timer(struct driver_link *link, int64_t delay_ms)
{
    struct kc_system *system = system_of(link);
    system->link_timer.expired = link_timer_over;
    if (delay_ms < 0)
        loop_timer_cancel(loop_of(system), &system->link_timer);
    else
        loop_timer_must(loop_of(system), &system->link_timer, delay_ms);
}

static void fail_now(struct loop_task *task)
{
    struct kc_system *system = OWNER(task, fail_task);
    struct kc_error error = {0};
    error_set(&error, system->failure_status, "", "%s", failure_text(system));
    context_log(system->context, KC_LOG_WARNING, "link", "%s: %s", system->name, error.message);
    link_close(system, &error);
}

void driver_link_fail(struct driver_link *link, int32_t status, const char *text)
{
    struct kc_system *system = system_of(link);
    if (system->failing || system->state != KC_LINK_UP)
        return;
    system->failure_status = status;
    free(system->failure_text);
    system->failure_text = strdup(text);
    system->failing = true;
    system->ready = false;
    system->fail_task.run = fail_now;
    loop_task_queue(loop_of(system), &system->fail_task);
}

void driver_link_offers(struct driver_link *link, uint32_t capabilities)
{
    struct kc_system *system = system_of(link);
    uint32_t withheld = system->profile.capabilities & ~capabilities;
    if (withheld == system->withheld)
        return;
    system->withheld = withheld;
    system->context->setup++;
    event_system(system);
}

struct driver_op *driver_link_next_op(struct driver_link *link, const struct driver_op *last)
{
    struct kc_op *op = last ? ((const struct kc_op *)(const void *)last)->next_flight
                            : system_of(link)->queue.in_flight;
    while (op && op->phase != OP_STARTED)
        op = op->next_flight;
    return op ? &op->driver : NULL;
}

void driver_encoder_seen(struct driver_link *link, const char *name, int32_t state)
{
    struct kc_system *system = system_of(link);
    if (!*name || text_check(name, 100, false, NULL) != TEXT_GOOD)
        return; /* no name that a clerk could choose */
    struct kc_encoder *encoder = encoder_find(system, name, true);
    if (!encoder)
        return;
    if (system_can(system, KC_CAPABILITY_LIST_ENCODERS) && !system->encoders_known) {
        system->encoders_known = true;
        system->context->setup++;
    }
    if (!encoder->queue.running)
        encoder_set_state(encoder, state, true, NULL);
}

bool driver_encoder_is_known(const struct driver_link *link, const char *encoder)
{
    return *encoder && encoder_find(system_of(link), encoder, false) != NULL;
}

bool driver_tracing(const struct driver_link *link)
{
    const struct kc_system *system = system_of(link);
    return system->context->log_level >= KC_LOG_DEBUG;
}

void driver_trace(struct driver_link *link, bool sent, const char *text)
{
    struct kc_system *system = system_of(link);
    context_log(system->context, KC_LOG_DEBUG, "wire", "%s %s %s", system->name, sent ? "->" : "<-", text);
}
