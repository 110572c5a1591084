/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of one request and its reply: asked, name looked up, connected, sent, answered, told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/http_transport.h"

#define SPARE_MAX 8 /* exchanges that are kept for later ones */

/* ---- Making, keeping, freeing ---------------------------------------------------------------------------------- */

static void timer_expired(struct loop_timer *timer);

static void exchange_free(struct transport_exchange *exchange)
{
    curl_easy_cleanup(exchange->easy);
    curl_url_cleanup(exchange->parsed);
    curl_slist_free_all(exchange->fields);
    curl_slist_free_all(exchange->resolved);
    buf_free(&exchange->url);
    buf_free(&exchange->head);
    buf_free(&exchange->composed);
    buf_free(&exchange->body);
    buf_free(&exchange->reply);
    free(exchange);
}

static struct transport_exchange *exchange_new(struct http *http)
{
    struct transport_exchange *exchange = http->spare;

    if (exchange != NULL) {
        http->spare = exchange->next;
        http->spare_count--;
        exchange->next = NULL;
        return exchange;
    }
    exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    exchange->http = http;
    exchange->timer.expired = timer_expired;
    exchange->easy = curl_easy_init();
    exchange->parsed = curl_url();
    if (exchange->easy == NULL || exchange->parsed == NULL || http_prepare(exchange) != KC_OK) {
        exchange_free(exchange);
        return NULL;
    }
    return exchange;
}

/* Keeps it for the next request; a large buffer is not kept. */
static void exchange_keep(struct transport_exchange *exchange)
{
    struct http *http = exchange->http;

    if (http->spare_count >= SPARE_MAX || exchange->reply.capacity + exchange->body.capacity > HTTP_HEADER_MAX) {
        exchange_free(exchange);
        return;
    }
    buf_clear(&exchange->body);
    buf_clear(&exchange->reply);
    exchange->next = http->spare;
    http->spare = exchange;
    http->spare_count++;
}

static void link_exchange(struct transport_exchange *exchange)
{
    struct http *http = exchange->http;

    exchange->next = NULL;
    exchange->previous = http->last;
    if (http->last != NULL)
        http->last->next = exchange;
    else
        http->active = exchange;
    http->last = exchange;
}

static void unlink_exchange(struct transport_exchange *exchange)
{
    struct http *http = exchange->http;

    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        http->active = exchange->next;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    else
        http->last = exchange->previous;
    exchange->next = exchange->previous = NULL;
}

/* Takes it from libcurl and the loop; libcurl closes its connection if the reply is not complete. */
static void detach(struct transport_exchange *exchange)
{
    loop_timer_cancel(exchange->http->loop, &exchange->timer);
    if (exchange->added)
        curl_multi_remove_handle(exchange->http->multi, exchange->easy);
    exchange->added = false;
}

void http_free_exchanges(struct http *http)
{
    while (http->active != NULL) {
        struct transport_exchange *exchange = http->active;

        unlink_exchange(exchange);
        detach(exchange);
        exchange_free(exchange);
    }
    while (http->spare != NULL) {
        struct transport_exchange *exchange = http->spare;

        http->spare = exchange->next;
        exchange_free(exchange);
    }
}

/* ---- Ending ---------------------------------------------------------------------------------------------------- */

void http_stop(struct transport_exchange *exchange, enum http_stop stop, const char *text)
{
    detach(exchange);
    exchange->stopped_in = exchange->phase;
    exchange->phase = HTTP_ENDED;
    exchange->stop = stop;
    snprintf(exchange->text, sizeof exchange->text, "%.*s", (int)sizeof exchange->text - 1, text);
}

static void timer_expired(struct loop_timer *timer)
{
    struct transport_exchange *exchange = (struct transport_exchange *)((char *)timer -
                                                                        offsetof(struct transport_exchange, timer));
    struct http *http = exchange->http;

    http_stop(exchange, HTTP_TOO_LATE, "");
    http_deliver(http);
}

/* Nothing was sent yet, so it may start again, in the time that is left; once. */
static void go_on_fresh(struct transport_exchange *exchange)
{
    CURLM *multi = exchange->http->multi;

    curl_multi_remove_handle(multi, exchange->easy);
    exchange->added = false;
    exchange->stop = HTTP_NOT_STOPPED;
    exchange->fresh = true;
    exchange->text[0] = '\0';
    if (curl_easy_setopt(exchange->easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK ||
        curl_multi_add_handle(multi, exchange->easy) != CURLM_OK)
        http_stop(exchange, HTTP_NO_MEMORY, "");
    else
        exchange->added = true;
}

static void take_finished(struct http *http)
{
    const CURLMsg *message;
    int count;

    while ((message = curl_multi_info_read(http->multi, &count)) != NULL) {
        CURLcode result = message->data.result;
        char *pointer = NULL;
        struct transport_exchange *exchange;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pointer) != CURLE_OK)
            continue;
        exchange = (struct transport_exchange *)(void *)pointer;
        if (exchange->stop == HTTP_DEAD) {
            go_on_fresh(exchange);
            continue;
        }
        detach(exchange);
        exchange->stopped_in = exchange->phase;
        exchange->phase = HTTP_ENDED;
        exchange->result = result;
    }
}

/* libcurl takes the end of the connection inside the header for the end of the reply. */
static void doubt_success(struct transport_exchange *exchange, long status)
{
    if (!exchange->header_done)
        exchange->result = CURLE_GOT_NOTHING;
    else if (status < 200 || status > 599)
        exchange->result = CURLE_WEIRD_SERVER_REPLY;
    if (exchange->result != CURLE_OK)
        exchange->text[0] = '\0';
}

static const char *content_type_of(const struct transport_exchange *exchange)
{
    char *type = NULL;

    return curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != NULL ? type : "";
}

static const char *location_of(const struct transport_exchange *exchange)
{
    struct curl_header *header = NULL;

    if (!exchange->located || curl_easy_header(exchange->easy, "location", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return "";
    return header->value;
}

/* The exchange is out of all lists, so that the callee may ask, drop others and close. */
static void tell(struct transport_exchange *exchange)
{
    struct http *http = exchange->http;
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (exchange->stop == HTTP_NOT_STOPPED && exchange->result == CURLE_OK)
        doubt_success(exchange, status);
    if (exchange->stop == HTTP_NOT_STOPPED && exchange->result == CURLE_OK &&
        (status != 407 || http->options.proxy[0] == '\0')) {
        const char *body = buf_text(&exchange->reply);
        struct http_reply reply = {.status = (int32_t)status,
                                   .content_type = content_type_of(exchange),
                                   .location = location_of(exchange),
                                   .body = (const uint8_t *)body,
                                   .body_size = exchange->reply.length};

        if (!exchange->reply.failed) {
            http->events.answered(http->user, exchange->tag, &reply, exchange->left, NULL);
            return;
        }
        exchange->stop = HTTP_NO_MEMORY;
    }
    struct kc_error error = {0};
    http_explain(exchange, &error);
    http->events.answered(http->user, exchange->tag, NULL, exchange->left, &error);
}

void http_deliver(struct http *http)
{
    bool gone = false;

    take_finished(http);
    for (;;) {
        struct transport_exchange *exchange = http->active;

        while (exchange != NULL && exchange->phase != HTTP_ENDED)
            exchange = exchange->next;
        if (exchange == NULL)
            return;
        unlink_exchange(exchange);
        http->gone = &gone;
        tell(exchange);
        if (gone) {
            exchange_free(exchange);
            return;
        }
        http->gone = NULL;
        exchange_keep(exchange);
    }
}

/* ---- What libcurl tells in between ----------------------------------------------------------------------------- */

/* The timer is set already, so it is only moved, which cannot fail. */
static void enter(struct transport_exchange *exchange, enum http_phase phase, int64_t time_ms)
{
    exchange->phase = phase;
    (void)loop_timer_set(exchange->http->loop, &exchange->timer, time_ms);
}

/* The connection stands and the request is about to be sent: once, unless a kept connection turned out dead. */
int http_on_send(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct transport_exchange *exchange = user;

    (void)remote;
    (void)local;
    (void)remote_port;
    if (exchange->left && !exchange->repeatable) {
        exchange->stop = HTTP_TWICE;
        return CURL_PREREQFUNC_ABORT;
    }
    if (!exchange->left && !exchange->fresh && http_is_dead(exchange, local_port)) {
        exchange->stop = HTTP_DEAD;
        return CURL_PREREQFUNC_ABORT;
    }
    exchange->left = true;
    exchange->stop = HTTP_NOT_STOPPED; /* another address did */
    exchange->header_size = 0;         /* a proxy's own answer is over */
    exchange->header_done = exchange->interim = false;
    enter(exchange, HTTP_WAITING, exchange->answer_ms);
    return CURL_PREREQFUNC_OK;
}

size_t http_on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct transport_exchange *exchange = user;

    bool begins = count >= 5 && memcmp(bytes, "HTTP/", 5) == 0;

    (void)size; /* 1 */
    if (begins) /* 100 Continue and the like: the server is still at work */
        exchange->interim = count >= 10 && memcmp(bytes + 8, " 1", 2) == 0;
    if (exchange->phase == HTTP_WAITING && !exchange->interim)
        enter(exchange, HTTP_RECEIVING, exchange->http->options.reply_ms);
    if (count > HTTP_HEADER_MAX - exchange->header_size) {
        exchange->stop = HTTP_HEADER_LONG;
        return 0;
    }
    exchange->header_size += count;
    exchange->located = exchange->located || (count > 8 && curl_strnequal(bytes, "location", 8));
    if (begins)
        exchange->header_done = false;
    else if (count <= 2 && (bytes[0] == '\r' || bytes[0] == '\n'))
        exchange->header_done = true;
    return count;
}

size_t http_on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transport_exchange *exchange = user;

    (void)size; /* 1 */
    if (count > exchange->http->options.reply_limit - exchange->reply.length) {
        exchange->stop = HTTP_TOO_LONG;
        return 0;
    }
    buf_append(&exchange->reply, bytes, count);
    if (exchange->reply.failed) {
        exchange->stop = HTTP_NO_MEMORY;
        return 0;
    }
    return count;
}

/* ---- Starting -------------------------------------------------------------------------------------------------- */

static bool has_addresses(struct http *http)
{
    return http->numeric ||
           (http->list != NULL && loop_now(http->loop) - http->list_time < (int64_t)HTTP_IDLE_S * 1000);
}

/* Hands it to libcurl, which starts from the loop. */
static void start(struct transport_exchange *exchange)
{
    CURLMcode result;

    if (http_set_addresses(exchange) != KC_OK) {
        http_stop(exchange, HTTP_NO_MEMORY, "");
        return;
    }
    exchange->phase = HTTP_CONNECTING;
    result = curl_multi_add_handle(exchange->http->multi, exchange->easy);
    if (result == CURLM_OK)
        exchange->added = true;
    else if (result == CURLM_OUT_OF_MEMORY)
        http_stop(exchange, HTTP_NO_MEMORY, "");
    else
        http_stop(exchange, HTTP_NOT_TAKEN, curl_multi_strerror(result));
}

/* The addresses that an earlier look-up found serve as well when the name service is away for a while. */
static void resolved(void *user, struct resolve_list *list, const char *reason, bool is_short)
{
    struct http *http = user;

    http->resolve = NULL;
    if (list != NULL) {
        free(http->list);
        http->list = list;
        http->list_number++;
        http->list_time = loop_now(http->loop);
    }
    for (struct transport_exchange *at = http->active; at != NULL; at = at->next) {
        if (at->phase != HTTP_RESOLVING)
            continue;
        if (http->list != NULL)
            start(at);
        else
            http_stop(at, is_short ? HTTP_CANNOT_RESOLVE : HTTP_UNKNOWN_HOST, reason);
    }
    http_deliver(http);
}

static void look_up(struct transport_exchange *exchange)
{
    struct http *http = exchange->http;
    const struct http_options *options = &http->options;
    bool proxy = options->proxy[0] != '\0';
    struct kc_error error;
    int32_t status;

    if (http->resolve != NULL)
        return;
    status = resolve_start(http->loop, proxy ? options->proxy_host : options->host,
                           proxy ? options->proxy_port : options->port, resolved, http, &http->resolve, &error);
    if (status == KC_ERROR_NO_MEMORY)
        http_stop(exchange, HTTP_NO_MEMORY, "");
    else if (status != KC_OK)
        http_stop(exchange, HTTP_CANNOT_RESOLVE, error.message);
}

int32_t http_ask(struct transport *transport, const struct http_request *request, void *tag,
                 struct transport_exchange **out, struct kc_error *error)
{
    struct http *http = (struct http *)transport;
    struct transport_exchange *exchange = exchange_new(http);
    int32_t status;

    if (exchange == NULL)
        return error_no_memory(error);
    exchange->tag = tag;
    exchange->phase = HTTP_RESOLVING;
    exchange->stop = HTTP_NOT_STOPPED;
    exchange->result = CURLE_OK;
    exchange->left = exchange->header_done = exchange->interim = exchange->located = false;
    if (exchange->fresh)
        curl_easy_setopt(exchange->easy, CURLOPT_FRESH_CONNECT, 0L);
    exchange->fresh = false;
    exchange->header_size = 0;
    exchange->text[0] = '\0';
    exchange->repeatable = request->repeatable;
    exchange->answer_ms = request->answer_ms;
    status = http_compose(exchange, request, error);
    if (status == KC_OK && loop_timer_set(http->loop, &exchange->timer, http->options.connect_ms) != KC_OK)
        status = error_no_memory(error);
    if (status != KC_OK) {
        exchange_keep(exchange);
        return status;
    }
    link_exchange(exchange);
    if (has_addresses(http))
        start(exchange);
    else
        look_up(exchange);
    if (exchange->phase == HTTP_ENDED)
        loop_task_queue(http->loop, &http->task);
    *out = exchange;
    return KC_OK;
}

void http_drop(struct transport *transport, struct transport_exchange *exchange)
{
    (void)transport;
    unlink_exchange(exchange);
    detach(exchange);
    exchange_keep(exchange);
}
