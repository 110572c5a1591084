/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to a request, with the faults in it. */
#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card_file.h"
#include "connection.h"
#include "fault.h"
#include "journal.h"
#include "server.h"
#include "web.h"

/* How long a lock server without a hand near it "waits" before it gives up; real ones take half a minute. */
enum { NO_HAND_MS = 50 };

enum stage { STAGE_HAND, STAGE_LATE };

struct exchange {
    struct exchange *next;
    struct server *server;
    uint64_t connection; /* the id of it, or of the call over HTTP; it may be gone */
    uint64_t number;
    struct lock_order order;
    struct fault_plan plan;
    bool mute;      /* nothing (more) is sent */
    bool follows;   /* belongs to the request before */
    bool forgotten; /* the device was reset */
    int64_t sent;   /* bytes of acknowledgement and answer */
    enum stage stage;
    int64_t due;
    bool hand_comes;
    struct lock_outcome outcome;
    char code[FAULT_CODE_SIZE]; /* the answer, in place of the outcome, unless "" */
};

static void send_plain(struct connection *connection, void (*make)(struct buf *out))
{
    struct buf bytes;
    buf_init(&bytes);
    make(&bytes);
    if (!bytes.failed) {
        connection_send(connection, bytes.data, bytes.length, -1);
    }
    buf_free(&bytes);
}

void exchange_refuse(struct connection *connection)
{
    server_count(connection->server, SIMULATOR_REFUSALS);
    send_plain(connection, connection->server->protocol->refuse);
}

void exchange_enquiry(struct connection *connection)
{
    struct server *server = connection->server;
    struct fault_plan plan;
    server_count(server, SIMULATOR_ENQUIRIES);
    fault_list_plan(&server->faults, server->requests + 1, &plan);
    if (plan.on[FAULT_BUSY] && server->busy_given < plan.argument[FAULT_BUSY]) {
        server->busy_given++;
        exchange_refuse(connection);
        return;
    }
    send_plain(connection, server->protocol->acknowledge);
}

void exchange_reject(struct connection *connection, const struct lock_order *order, const char *code)
{
    const struct protocol *protocol = connection->server->protocol;
    struct buf bytes;
    buf_init(&bytes);
    server_count(connection->server, SIMULATOR_BAD_FRAMES);
    if (!order->unacknowledged) {
        protocol->acknowledge(&bytes);
    }
    protocol->error(order, code, &bytes);
    if (!bytes.failed) {
        connection_send(connection, bytes.data, bytes.length, -1);
    }
    buf_free(&bytes);
}

/* Refuses a request that came whole: over HTTP that is "503 Service Unavailable". */
static void turn_away(struct server *server, uint64_t id)
{
    struct connection *connection = server_connection(server, id);
    if (server->http != NULL) {
        const struct web_reply reply = {.status = 503, .gap_ms = -1, .drop_at = -1};
        server_count(server, SIMULATOR_REFUSALS);
        web_answer_page(server->http, id, &reply);
    } else if (connection != NULL) {
        exchange_refuse(connection);
    }
}

static void close_connection(struct server *server, uint64_t id)
{
    struct connection *connection = server_connection(server, id);
    if (server->http != NULL) {
        web_drop(server->http, id);
    } else if (connection != NULL) {
        connection_drop(connection);
    }
}

/* Sends bytes that belong to the request, as its faults want it. */
static void send_bytes(struct exchange *exchange, const struct buf *bytes)
{
    const struct fault_plan *plan = &exchange->plan;
    struct connection *connection = server_connection(exchange->server, exchange->connection);
    if (exchange->mute || connection == NULL || bytes->failed) {
        return;
    }
    const int64_t gap_ms = plan->on[FAULT_SPLIT] ? plan->argument[FAULT_SPLIT] : -1;
    size_t count = bytes->length;
    bool drop = false;
    if (plan->on[FAULT_DROP_AT]) {
        const int64_t room = plan->argument[FAULT_DROP_AT] - exchange->sent;
        drop = (int64_t)count >= room;
        count = drop ? (size_t)room : count;
    }
    connection_send(connection, bytes->data, count, gap_ms);
    exchange->sent += (int64_t)count;
    if (exchange->number == exchange->server->requests) {
        exchange->server->last_sent = exchange->sent;
    }
    if (drop) {
        connection_drop(connection);
        exchange->mute = true;
    }
}

static void acknowledge(struct exchange *exchange)
{
    struct buf bytes;
    if (exchange->server->http != NULL) {
        return;
    }
    buf_init(&bytes);
    if (!exchange->order.unacknowledged) {
        exchange->server->protocol->acknowledge(&bytes);
    }
    send_bytes(exchange, &bytes);
    buf_free(&bytes);
}

/* Noise of any value that is not a control byte of a protocol: 80 to FF. */
static void append_noise(struct buf *out, int64_t count, uint64_t seed)
{
    uint32_t state = (uint32_t)seed * UINT32_C(2654435761) + 1;
    for (int64_t i = 0; i < count; i++) {
        state = state * UINT32_C(1664525) + UINT32_C(1013904223);
        buf_append_byte(out, (uint8_t)(0x80u | (state >> 24)));
    }
}

static void make_answer(const struct exchange *exchange, struct buf *out)
{
    const struct protocol *protocol = exchange->server->protocol;
    if (exchange->code[0] != '\0') {
        protocol->error(&exchange->order, exchange->code, out);
    } else {
        protocol->answer(&exchange->order, &exchange->outcome, out);
    }
    if (exchange->plan.on[FAULT_BAD_CHECK] && !out->failed) {
        protocol->spoil(out);
    }
}

/* The one answer over HTTP. */
static void send_reply(const struct exchange *exchange, struct buf *bytes)
{
    const struct fault_plan *plan = &exchange->plan;
    struct web_server *http = exchange->server->http;
    struct web_reply reply = {.status = 200,
                              .content_type = "text/xml; charset=utf-8",
                              .gap_ms = plan->on[FAULT_SPLIT] ? plan->argument[FAULT_SPLIT] : -1,
                              .drop_at = plan->on[FAULT_DROP_AT] ? plan->argument[FAULT_DROP_AT] : -1};
    if (exchange->mute) {
        return;
    }
    if (plan->on[FAULT_HTTP_STATUS] || plan->on[FAULT_HTML]) {
        reply.status = plan->on[FAULT_HTTP_STATUS] ? (unsigned)plan->argument[FAULT_HTTP_STATUS] : 200;
        web_answer_page(http, exchange->connection, &reply);
        return;
    }
    if (plan->on[FAULT_SOAP_FAULT]) {
        reply.status = 500;
        buf_clear(bytes);
        exchange->server->protocol->broken(&exchange->order, bytes);
    }
    if (bytes->failed) {
        web_drop(http, exchange->connection);
        return;
    }
    web_answer(http, exchange->connection, &reply, bytes->data, bytes->length);
}

static void send_answer(struct exchange *exchange)
{
    const struct fault_plan *plan = &exchange->plan;
    struct buf answer, bytes;
    buf_init(&answer);
    buf_init(&bytes);
    make_answer(exchange, &answer);
    if (plan->on[FAULT_GLUE] && !exchange->order.unacknowledged) {
        exchange->server->protocol->acknowledge(&bytes);
    }
    if (plan->on[FAULT_GARBAGE]) {
        append_noise(&bytes, plan->argument[FAULT_GARBAGE], exchange->number);
    }
    for (int i = 0; i < (plan->on[FAULT_TWICE] ? 2 : 1); i++) {
        buf_append(&bytes, answer.data, answer.length);
    }
    bytes.failed = bytes.failed || answer.failed;
    if (!exchange->mute) {
        server_count(exchange->server, SIMULATOR_ANSWERS);
    }
    if (exchange->server->http != NULL) {
        send_reply(exchange, &bytes);
    } else {
        send_bytes(exchange, &bytes);
    }
    buf_free(&answer);
    buf_free(&bytes);
}

static void journal_failed(struct server *server)
{
    snprintf(server->failure, sizeof server->failure, "cannot write the journal: %s", strerror(errno));
}

/* The card that is swiped at a device: read, or changed. */
static void swipe(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct lock_order *order = &exchange->order;
    const bool reads = order->verb == LOCK_READ_CARD;
    if ((reads && card_file_load(server) != 0) || exchange->outcome.result != LOCK_DONE) {
        return;
    }
    if (reads && order->tag == 0) {
        memcpy(order->lines, server->card, sizeof order->lines);
        if (server->last_plan.on[FAULT_UNREADABLE] && server->reads++ < server->last_plan.argument[FAULT_UNREADABLE]) {
            memset(order->lines, 0, sizeof order->lines);
            snprintf(order->lines[1], sizeof order->lines[1], "?");
        }
        return;
    }
    for (size_t i = 0; i < 3; i++) { /* a track without data stays as it is; an erased one has none */
        if (reads ? (order->tag >> i & 1) != 0 : order->lines[i][0] != '\0') {
            memcpy(server->card[i], order->lines[i], sizeof server->card[i]);
        }
    }
    if (card_file_save(server) != 0) {
        journal_failed(server);
    }
}

/* The hand came (or not, or none is needed): the order is done, and the journal knows before anybody else does. */
static void finish_order(struct exchange *exchange)
{
    struct server *server = exchange->server;
    const bool lost = exchange->plan.on[FAULT_LOST] && exchange->order.device && !exchange->follows;
    if (lost) {
        return; /* and so it says */
    }
    lock_server_finish(server->lock, &exchange->order, exchange->hand_comes, &exchange->outcome);
    if (exchange->order.device) {
        swipe(exchange);
    }
    if (exchange->outcome.result != LOCK_DONE || exchange->order.verb == LOCK_READ_CARD ||
        exchange->order.verb == LOCK_EJECT) {
        return;
    }
    if (journal_effect(server->journal, exchange->number, &exchange->order, &exchange->outcome) != 0) {
        journal_failed(server);
        exchange->mute = true;
        return;
    }
    server_count(server, SIMULATOR_EFFECTS);
}

static void wait_until(struct exchange *exchange, enum stage stage, int64_t delay_ms)
{
    struct server *server = exchange->server;
    exchange->stage = stage;
    exchange->due = server->now + delay_ms;
    struct exchange **last = &server->exchanges;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    exchange->next = NULL;
    *last = exchange;
    server->counters[SIMULATOR_WAITING]++;
}

/* The last thing that is done with an exchange. */
static void send_and_free(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct connection *connection = server_connection(server, exchange->connection);
    const bool tells = server->http == NULL && server->protocol->answered != NULL;
    send_answer(exchange);
    free(exchange);
    if (tells && connection != NULL) {
        server->protocol->answered(connection, connection->session);
    }
}

/* Answers now or late, and is done with the exchange. */
static void end_order(struct exchange *exchange)
{
    if (exchange->plan.on[FAULT_LATE] && !exchange->mute) {
        const int64_t rest = 1; /* the clock's millisecond may be nearly over */
        wait_until(exchange, STAGE_LATE, exchange->plan.argument[FAULT_LATE] + rest);
        return;
    }
    send_and_free(exchange);
}

/* The hand goes away from an encoder: what waits for a card there ends without one, at once. */
static void send_hand_away(struct server *server, const char *encoder)
{
    struct exchange **link = &server->exchanges;
    while (*link != NULL) {
        struct exchange *exchange = *link;
        if (exchange->stage != STAGE_HAND || strcmp(exchange->order.encoder, encoder) != 0) {
            link = &exchange->next;
            continue;
        }
        *link = exchange->next;
        exchange->hand_comes = false;
        finish_order(exchange);
        end_order(exchange);
        server_uncount(server, SIMULATOR_WAITING);
    }
}

/* The order goes to the lock server. */
static void start_order(struct exchange *exchange)
{
    struct server *server = exchange->server;
    const struct lock_order *order = &exchange->order;
    exchange->outcome.result = lock_server_start(server->lock, order, &exchange->outcome.text);
    if (exchange->outcome.result != LOCK_DONE) {
        lock_server_take_blank(server->lock, order);
        end_order(exchange);
        return;
    }
    if (order->verb == LOCK_EJECT) {
        send_hand_away(server, order->encoder);
    }
    exchange->hand_comes = server->hand_ms >= 0 || order->device;
    int64_t delay_ms = server->hand_ms >= 0 ? server->hand_ms * order->copies : NO_HAND_MS;
    if (server->hand_ms < 0 && order->device) {
        delay_ms = INT64_MAX - server->now;
    }
    if (lock_order_needs_card(order) && delay_ms > 0) {
        wait_until(exchange, STAGE_HAND, delay_ms);
        return;
    }
    finish_order(exchange);
    end_order(exchange);
}

/* A status that says that the web server did not let the request through to the lock system. */
static bool is_turned_away(const struct fault_plan *plan)
{
    const int64_t status = plan->argument[FAULT_HTTP_STATUS];
    return plan->on[FAULT_HTTP_STATUS] && ((status >= 300 && status < 500) || status == 503);
}

/* Does the terminal wait for another order of its own? */
static bool terminal_is_busy(const struct server *server, const char *terminal)
{
    for (const struct exchange *at = server->exchanges; at != NULL && terminal[0] != '\0'; at = at->next) {
        if (at->stage == STAGE_HAND && strcmp(at->order.terminal, terminal) == 0) {
            return true;
        }
    }
    return false;
}

/* The request has its number and its journal line. */
static void take_order(struct exchange *exchange, bool busy)
{
    struct server *server = exchange->server;
    const struct fault_plan *plan = &exchange->plan;
    exchange->mute = plan->on[FAULT_SILENT_BEFORE_ACK];
    const bool ends_with_ack = plan->on[FAULT_DROP_AFTER_ACK] || plan->on[FAULT_SILENT_AFTER_ACK];
    if (!plan->on[FAULT_GLUE] || ends_with_ack) {
        acknowledge(exchange);
    }
    if (plan->on[FAULT_DROP_AFTER_ACK]) {
        close_connection(server, exchange->connection);
    }
    exchange->mute = exchange->mute || ends_with_ack;
    struct connection *connection = server_connection(server, exchange->connection);
    if (exchange->order.device && exchange->mute && connection != NULL) {
        connection->deaf = true;
    }
    busy = busy || terminal_is_busy(server, exchange->order.terminal);
    if (busy || plan->on[FAULT_ERROR] || is_turned_away(plan)) {
        snprintf(exchange->code, sizeof exchange->code, "%s",
                 busy || !plan->on[FAULT_ERROR] ? server->protocol->busy_code : plan->code);
        lock_server_take_blank(server->lock, &exchange->order);
        end_order(exchange);
        return;
    }
    start_order(exchange);
}

/* `id` is of a connection or of a call over HTTP. */
static void begin(struct server *server, uint64_t id, const struct lock_order *order)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        turn_away(server, id);
        return;
    }
    exchange->server = server;
    exchange->connection = id;
    exchange->order = *order;
    fault_list_plan(&server->faults, server->requests + 1, &exchange->plan);
    if (exchange->plan.on[FAULT_NAK] && server->naks_given < exchange->plan.argument[FAULT_NAK]) {
        server->naks_given++;
        free(exchange);
        turn_away(server, id);
        return;
    }
    const bool busy = exchange->plan.on[FAULT_BUSY] && server->busy_given == 0;
    exchange->order.undeliverable = order->undeliverable || exchange->plan.on[FAULT_UNDELIVERABLE];
    exchange->number = ++server->requests;
    server->naks_given = 0;
    server->busy_given = 0;
    server->last_plan = exchange->plan;
    server->last_sent = server->reads = 0;
    if (journal_request(server->journal, exchange->number, order) != 0) {
        journal_failed(server);
        free(exchange);
        return;
    }
    server_count(server, SIMULATOR_REQUESTS);
    if (exchange->plan.on[FAULT_DROP_AFTER_REQUEST]) {
        lock_server_take_blank(server->lock, order);
        close_connection(server, id);
        free(exchange);
        return;
    }
    take_order(exchange, busy);
}

void exchange_begin(struct connection *connection, const struct lock_order *order)
{
    begin(connection->server, connection->id, order);
}

void exchange_follow(struct connection *connection, const struct lock_order *order)
{
    struct server *server = connection->server;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        exchange_refuse(connection);
        return;
    }
    exchange->server = server;
    exchange->connection = connection->id;
    exchange->order = *order;
    exchange->follows = true;
    exchange->number = server->requests;
    exchange->sent = server->last_sent;
    exchange->plan.on[FAULT_DROP_AT] = server->last_plan.on[FAULT_DROP_AT];
    exchange->plan.argument[FAULT_DROP_AT] = server->last_plan.argument[FAULT_DROP_AT];
    exchange->plan.on[FAULT_SPLIT] = server->last_plan.on[FAULT_SPLIT];
    exchange->plan.argument[FAULT_SPLIT] = server->last_plan.argument[FAULT_SPLIT];
    start_order(exchange);
}

enum exchange_wait exchange_waiting(const struct server *server)
{
    for (const struct exchange *at = server->exchanges; at != NULL; at = at->next) {
        if (!at->forgotten && at->order.device) {
            return at->stage == STAGE_HAND ? EXCHANGE_CARD : EXCHANGE_LATE;
        }
    }
    return EXCHANGE_NONE;
}

void exchange_reset(struct server *server)
{
    for (struct exchange *at = server->exchanges; at != NULL; at = at->next) {
        if (at->order.device && at->stage == STAGE_HAND) {
            at->forgotten = true;
            at->due = 0;
            server_wake(server); /* they may be looked at just now */
        }
    }
}

void exchange_begin_http(const struct web_call *call, const struct lock_order *order)
{
    begin(call->server, call->id, order);
}

int64_t exchanges_run(struct server *server)
{
    int64_t next = INT64_MAX;
    struct exchange **link = &server->exchanges;
    while (*link != NULL) {
        struct exchange *exchange = *link;
        if (exchange->due > server->now) {
            next = exchange->due < next ? exchange->due : next;
            link = &exchange->next;
            continue;
        }
        *link = exchange->next;
        if (exchange->forgotten) {
            free(exchange);
        } else if (exchange->stage == STAGE_HAND) {
            finish_order(exchange);
            end_order(exchange); /* may put it back at the end of the list, to be looked at in this same walk */
        } else {
            send_and_free(exchange);
        }
        server_uncount(server, SIMULATOR_WAITING);
    }
    return next;
}

void exchanges_forget(struct server *server)
{
    while (server->exchanges != NULL) {
        struct exchange *exchange = server->exchanges;
        server->exchanges = exchange->next;
        free(exchange);
    }
}
