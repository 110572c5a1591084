/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP transport: x+http://host:port/path and x+https://...: its tables, and libcurl's sockets and timer in the
 * loop. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/http_transport.h"
#include "transport/tables.h"
#include "util/shortage.h"

#define FAR_MS      (INT64_MAX / 4)
#define CONNECTIONS 8L /* that are kept unused */

/* ---- libcurl itself -------------------------------------------------------------------------------------------- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_status;

/* Never undone: the program may use libcurl too. */
static void start_curl(void)
{
    curl_status = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- Sockets --------------------------------------------------------------------------------------------------- */

static void socket_ready(struct loop_watch *watch, uint32_t events);

static struct http_socket *find_socket(const struct http *http, curl_socket_t fd)
{
    struct http_socket *found = http->sockets;

    while (found != NULL && found->watch.fd != fd)
        found = found->next;
    return found;
}

static struct http_socket *note_socket(struct http *http, curl_socket_t fd)
{
    struct http_socket *added = calloc(1, sizeof *added);

    if (added == NULL)
        return NULL;
    added->http = http;
    added->watch.fd = fd;
    added->watch.ready = socket_ready;
    added->next = http->sockets;
    http->sockets = added;
    return added;
}

static void forget_socket(struct http *http, curl_socket_t fd)
{
    for (struct http_socket **place = &http->sockets; *place != NULL; place = &(*place)->next) {
        struct http_socket *found = *place;

        if (found->watch.fd != fd)
            continue;
        loop_watch_remove(http->loop, &found->watch);
        *place = found->next;
        free(found);
        return;
    }
}

curl_socket_t http_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transport_exchange *exchange = user;
    int fd;

    (void)purpose;
    /* A kept connection broke: not even a new one is wanted for what may have arrived. */
    if (exchange->left && !exchange->repeatable) {
        exchange->stop = HTTP_TWICE;
        errno = ECONNABORTED;
        return CURL_SOCKET_BAD;
    }
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        /* that there is no IPv6, say, is not for the exchange: another address may do */
        if (is_shortage(errno)) {
            exchange->stop = HTTP_NO_SOCKET;
            exchange->shortage = errno;
        }
        return CURL_SOCKET_BAD;
    }
    exchange->fresh = true;
    if (note_socket(exchange->http, fd) == NULL) {
        close(fd);
        exchange->stop = HTTP_NO_MEMORY;
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int http_close_socket(void *user, curl_socket_t fd)
{
    forget_socket(user, fd);
    return close(fd);
}

static int port_of(int fd)
{
    struct sockaddr_storage name = {0};
    socklen_t length = sizeof name;

    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0)
        return -1;
    if (name.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&name)->sin6_port);
    return name.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&name)->sin_port) : -1;
}

/* libcurl reads no more than the reply that it waits for, so what came with it in one record of TLS stays in OpenSSL,
 * where no look at the socket finds it. NULL where libcurl was built with another library, of which it cannot be told.
 */
static bool holds_more(CURL *easy)
{
    struct curl_tlssessioninfo *info = NULL;

    if (SSL_has_pending == NULL || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == NULL ||
        info->backend != CURLSSLBACKEND_OPENSSL || info->internals == NULL)
        return true;
    return SSL_has_pending(info->internals) != 0;
}

/* libcurl looks too, but takes a connection that was reset for one that lives, and does not mind an answer that nobody
 * asked for, which it would take for the next one. */
bool http_is_dead(const struct transport_exchange *exchange, int local_port)
{
    const struct http *http = exchange->http;

    for (struct http_socket *at = http->sockets; at != NULL; at = at->next) {
        char byte;
        ssize_t got;

        if (at->port <= 0)
            at->port = port_of(at->watch.fd);
        if (at->port != local_port)
            continue;
        got = recv(at->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return true;
        return http->options.tls && holds_more(exchange->easy);
    }
    return false;
}

/* libcurl wants to know of other events of a socket. A failure told to it would make the multi handle useless for ever,
 * so the exchanges are ended from the loop instead. */
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
    struct http *http = user;
    struct http_socket *found = find_socket(http, fd);
    uint32_t events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        /* Stays watched: most connections are kept, and wanted again. */
        if (found != NULL)
            found->unused = true;
        return 0;
    }
    if (found == NULL)
        found = note_socket(http, fd);
    if (found != NULL)
        found->unused = false;
    if (found != NULL && found->watch.added && loop_watch_set(http->loop, &found->watch, events) == KC_OK)
        return 0;
    if (found != NULL && !found->watch.added) {
        found->watch.events = (uint8_t)events;
        if (loop_watch_add(http->loop, &found->watch) == KC_OK)
            return 0;
    }
    http->starved = true;
    loop_task_queue(http->loop, &http->task);
    return 0;
}

/* ---- libcurl's turn -------------------------------------------------------------------------------------------- */

static void stop_all(struct http *http, enum http_stop stop)
{
    for (struct transport_exchange *at = http->active; at != NULL; at = at->next)
        if (at->added)
            http_stop(at, stop, "");
}

/* The only place that lets libcurl work, always from the loop; the transport may be gone afterwards. */
static void work(struct http *http, curl_socket_t fd, int events)
{
    int running;

    if (curl_multi_socket_action(http->multi, fd, events, &running) != CURLM_OK)
        stop_all(http, HTTP_NO_MEMORY);
    http_deliver(http);
}

static void socket_ready(struct loop_watch *watch, uint32_t events)
{
    struct http_socket *found = (struct http_socket *)((char *)watch - offsetof(struct http_socket, watch));

    /* A kept connection whose server closes it would wake the loop again and again. Who wants it next finds out. */
    if (found->unused) {
        loop_watch_remove(found->http->loop, watch);
        return;
    }
    /* What a hang-up means shows when libcurl reads or writes. */
    if ((events & LOOP_HANGUP) != 0)
        events |= watch->events;
    work(found->http, watch->fd,
         ((events & LOOP_READ) != 0 ? CURL_CSELECT_IN : 0) | ((events & LOOP_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void timer_expired(struct loop_timer *timer)
{
    struct http *http = (struct http *)((char *)timer - offsetof(struct http, timer));

    (void)loop_timer_set(http->loop, timer, FAR_MS); /* its place in the heap has just become free */
    work(http, CURL_SOCKET_TIMEOUT, 0);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *user)
{
    struct http *http = user;

    (void)multi;
    (void)loop_timer_set(http->loop, &http->timer, timeout_ms < 0 ? FAR_MS : timeout_ms); /* is set, so only moved */
    return 0;
}

static void run_task(struct loop_task *task)
{
    struct http *http = (struct http *)((char *)task - offsetof(struct http, task));

    if (!http->announced) {
        bool gone = false;

        http->announced = true;
        http->gone = &gone;
        http->events.connected(http->user);
        if (gone)
            return;
        http->gone = NULL;
    }
    if (http->starved) {
        http->starved = false;
        stop_all(http, HTTP_NO_WATCH);
    }
    http_deliver(http);
}

/* ---- The tables ------------------------------------------------------------------------------------------------ */

static int32_t check(const struct uri *uri, bool tls, struct kc_error *error)
{
    struct arena arena;
    struct http_options options;
    int32_t status = curl_need(error);

    if (status != KC_OK)
        return status;
    arena_init(&arena);
    status = http_options_read(&arena, uri, tls, false, &options, error);
    arena_free(&arena);
    return status;
}

static int32_t http_check(const struct uri *uri, struct kc_error *error)
{
    return check(uri, false, error);
}

static int32_t https_check(const struct uri *uri, struct kc_error *error)
{
    return check(uri, true, error);
}

static void http_close(struct transport *transport)
{
    struct http *http = (struct http *)transport;

    if (http == NULL)
        return;
    if (http->gone != NULL)
        *http->gone = true;
    http_free_exchanges(http);
    curl_multi_cleanup(http->multi); /* closes the connections */
    while (http->sockets != NULL)
        forget_socket(http, http->sockets->watch.fd);
    resolve_cancel(http->resolve);
    free(http->list);
    loop_timer_cancel(http->loop, &http->timer);
    loop_task_cancel(http->loop, &http->task);
    arena_free(&http->arena);
    free(http);
}

/* Makes the multi handle. CURLMOPT_SOCKETFUNCTION and so on cannot fail with a good handle. */
static int32_t start_multi(struct http *http, struct kc_error *error)
{
    pthread_once(&curl_once, start_curl);
    http->multi = curl_status == CURLE_OK ? curl_multi_init() : NULL;
    if (http->multi == NULL || loop_timer_set(http->loop, &http->timer, FAR_MS) != KC_OK)
        return error_no_memory(error);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS);
    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return KC_OK;
}

/* An address in digits needs no look-up, ever. */
static int32_t look_at_host(struct http *http, struct kc_error *error)
{
    const struct http_options *options = &http->options;
    bool proxy = options->proxy[0] != '\0';
    struct resolve_list *list = NULL;

    if (resolve_numeric(proxy ? options->proxy_host : options->host, proxy ? options->proxy_port : options->port,
                        &list) != KC_OK)
        return error_no_memory(error);
    http->numeric = list != NULL;
    free(list);
    return KC_OK;
}

static int32_t http_start(struct loop *loop, const struct uri *uri, bool tls, const struct transport_table *table,
                          const struct transport_events *events, void *user, struct transport **transport,
                          struct kc_error *error)
{
    int32_t status = curl_need(error);
    struct http *http;

    if (status != KC_OK)
        return status;
    http = calloc(1, sizeof *http);
    if (http == NULL)
        return error_no_memory(error);
    http->transport.table = table;
    http->loop = loop;
    http->events = *events;
    http->user = user;
    http->timer.expired = timer_expired;
    http->task.run = run_task;
    arena_init(&http->arena);
    status = http_options_read(&http->arena, uri, tls, true, &http->options, error);
    if (status == KC_OK)
        status = start_multi(http, error);
    if (status == KC_OK)
        status = look_at_host(http, error);
    if (status != KC_OK) {
        http_close(&http->transport);
        return status;
    }
    loop_task_queue(loop, &http->task);
    *transport = &http->transport;
    return KC_OK;
}

static int32_t http_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                         void *user, struct transport **transport, struct kc_error *error)
{
    (void)fd;
    return http_start(loop, uri, false, &transport_http, events, user, transport, error);
}

static int32_t https_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                          void *user, struct transport **transport, struct kc_error *error)
{
    (void)fd;
    return http_start(loop, uri, true, &transport_https, events, user, transport, error);
}

const struct transport_table transport_http = {
    .suffix = "http",
    .options = http_option_names,
    .secrets = http_option_secrets,
    .check = http_check,
    .open = http_open,
    .ask = http_ask,
    .drop = http_drop,
    .close = http_close,
};

const struct transport_table transport_https = {
    .suffix = "https",
    .options = http_option_names,
    .secrets = http_option_secrets,
    .check = https_check,
    .open = https_open,
    .ask = http_ask,
    .drop = http_drop,
    .close = http_close,
};
