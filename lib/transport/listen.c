/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport for lock systems that dial in: x+listen://address:port, or x+listen:port for the loopback address. It
 * has one peer at a time. Its port stays open from open() to close(), whatever becomes of peers, so that none finds it
 * closed. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/resolve.h"
#include "transport/socket.h"
#include "transport/stream.h"
#include "transport/tables.h"
#include "util/shortage.h"

#define LOOPBACK "127.0.0.1"
#define BACKLOG  16
/* Peers that are met in one round of the loop, so that a flood of them cannot hold up the other links. */
#define ACCEPT_ROUND_MAX 16
/* How long nobody is let in after the system had no descriptor for the last one. */
#define ACCEPT_PAUSE_MS 200
/* How long a second peer must stay, without a word, until it replaces the first: a port scan does not. */
#define SECOND_MS 250

struct listener {
    struct stream stream; /* the peer; no descriptor while there is none */
    struct loop_watch port;
    struct loop_timer pause;
    struct loop_watch second; /* a second peer, of which it is not known whether it stays; fd -1: there is none */
    struct loop_timer second_timer;
    bool refuses; /* second=refuse */
    bool told;    /* that nobody can be let in */
    char address[SOCKET_TEXT_SIZE];
    size_t allowed_count; /* 0: all */
    struct socket_prefix allowed[];
};

#define OWNER(pointer, member) ((struct listener *)(void *)((char *)(pointer)-offsetof(struct listener, member)))

/* ---- Peers ----------------------------------------------------------------------------------------------------- */

static void close_peer(struct listener *listener)
{
    struct stream *stream = &listener->stream;

    loop_watch_remove(stream->loop, &stream->watch);
    if (stream->watch.fd >= 0)
        close(stream->watch.fd);
    stream->watch.fd = -1;
}

static void forget_second(struct listener *listener)
{
    loop_timer_cancel(listener->stream.loop, &listener->second_timer);
    loop_watch_remove(listener->stream.loop, &listener->second);
    listener->second.fd = -1;
}

static void close_second(struct listener *listener)
{
    int fd = listener->second.fd;

    forget_second(listener);
    if (fd >= 0)
        close(fd);
}

/* "10.0.0.7:50123" in messages; if memory is used up, the peer before gives its name. */
static void name_peer(struct listener *listener, int fd)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char text[SOCKET_TEXT_SIZE];
    char *name;

    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
        return;
    socket_address_text(&peer, text);
    name = strdup(text);
    if (name == NULL)
        return;
    free(listener->stream.name);
    listener->stream.name = name;
}

/* Closed, or broken, by the other side. */
static bool has_gone(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* There is no peer: this is it. */
static void take_peer(struct listener *listener, int fd)
{
    name_peer(listener, fd);
    if (stream_watch(&listener->stream, fd, 0) != KC_OK) {
        close_peer(listener);
        return;
    }
    stream_opened(&listener->stream);
}

/* The peer that there is goes; the second one takes its place in listen_again(). */
static void replace_peer(struct listener *listener)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char text[SOCKET_TEXT_SIZE] = "?";
    struct kc_error error;

    loop_timer_cancel(listener->stream.loop, &listener->second_timer);
    loop_watch_remove(listener->stream.loop, &listener->second);
    if (getpeername(listener->second.fd, (struct sockaddr *)&peer, &length) == 0)
        socket_address_text(&peer, text);
    error_set(&error, KC_ERROR_CONNECTION_LOST, "",
              "the connection to %s was lost: another one, from %s, has taken "
              "its place",
              listener->stream.name, text);
    stream_fail(&listener->stream, &error);
}

static void second_ready(struct loop_watch *watch, uint32_t events)
{
    struct listener *listener = OWNER(watch, second);

    (void)events;
    if (has_gone(watch->fd))
        close_second(listener);
    else
        replace_peer(listener);
}

static void second_stays(struct loop_timer *timer)
{
    replace_peer(OWNER(timer, second_timer));
}

static void meet_second(struct listener *listener, int fd)
{
    bool stands = listener->stream.state == STREAM_OPENING || listener->stream.state == STREAM_OPEN;

    if (listener->refuses && stands) {
        close(fd);
        return;
    }
    close_second(listener); /* the latest counts */
    listener->second.fd = fd;
    if (!stands) /* the first is going already */
        return;
    listener->second.events = LOOP_READ;
    if (loop_watch_add(listener->stream.loop, &listener->second) != KC_OK ||
        loop_timer_set(listener->stream.loop, &listener->second_timer, SECOND_MS) != KC_OK)
        close_second(listener);
}

static bool is_allowed(const struct listener *listener, const struct sockaddr_storage *peer)
{
    for (size_t i = 0; i < listener->allowed_count; i++)
        if (socket_prefix_holds(&listener->allowed[i], peer))
            return true;
    return listener->allowed_count == 0;
}

static void meet(struct listener *listener, int fd, const struct sockaddr_storage *peer)
{
    if (!is_allowed(listener, peer) || has_gone(fd)) {
        close(fd);
        return;
    }
    socket_set_options(fd);
    if (listener->stream.state == STREAM_CONNECTING)
        take_peer(listener, fd);
    else
        meet_second(listener, fd);
}

/* A port that is ready and cannot be served would wake the loop again and again. Who dials in stays in the backlog
 * meanwhile. Told once, until somebody is let in again. */
static void pause_port(struct listener *listener, int number)
{
    struct stream *stream = &listener->stream;
    char reason[SHORTAGE_SIZE];
    struct kc_error error;

    loop_timer_must(stream->loop, &listener->pause, ACCEPT_PAUSE_MS);
    (void)loop_watch_set(stream->loop, &listener->port, 0);
    if (listener->told || stream->events->troubled == NULL)
        return;
    listener->told = true;
    error_set(&error, KC_ERROR_SYSTEM, "",
              "Nobody can be let in at %s: %s. Whoever dials in waits until there is something free.",
              listener->address, shortage_text(number, reason));
    stream->events->troubled(stream->user, &error);
}

static void port_ready(struct loop_watch *watch, uint32_t events)
{
    struct listener *listener = OWNER(watch, port);

    (void)events;
    for (int i = 0; i < ACCEPT_ROUND_MAX; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t length = sizeof peer;
        int fd = accept4(watch->fd, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            listener->told = false;
            meet(listener, fd, &peer);
            continue;
        }
        if (is_shortage(errno))
            pause_port(listener, errno);
        return;
    }
}

static void pause_over(struct loop_timer *timer)
{
    struct listener *listener = OWNER(timer, pause);

    if (loop_watch_set(listener->stream.loop, &listener->port, LOOP_READ) != KC_OK)
        loop_timer_must(listener->stream.loop, timer, ACCEPT_PAUSE_MS);
}

/* ---- The URI --------------------------------------------------------------------------------------------------- */

static const char *option_of(const struct uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->option_count; i++)
        if (strcmp(uri->options[i].name, name) == 0)
            return uri->options[i].value;
    return "";
}

/* "5010" behind the scheme. -1: it is no port. */
static int32_t port_in_path(const char *path)
{
    int32_t port = 0;

    if (*path == '\0')
        return -1;
    for (; *path != '\0'; path++) {
        if (*path < '0' || *path > '9' || port > 65535)
            return -1;
        port = port * 10 + (*path - '0');
    }
    return port <= 65535 ? port : -1;
}

/* The address to listen at; to be freed. NULL with the reason. */
static struct resolve_list *find_address(const struct uri *uri, int32_t *status, const char **what)
{
    bool path_alone = uri->host[0] == '\0' && uri->port < 0;
    const char *host = path_alone || strcmp(uri->host, "localhost") == 0 ? LOOPBACK : uri->host;
    int32_t port = path_alone ? port_in_path(uri->path) : uri->port;
    struct resolve_list *list = NULL;

    *status = KC_ERROR_INVALID_ARGUMENT;
    if (port < 0)
        *what = "a link that listens needs a port from 1 to 65535, or 0 for a free one";
    else if (uri->user[0] != '\0' || uri->password[0] != '\0')
        *what = "a link that listens takes neither user nor password";
    else if (!path_alone && uri->path[0] != '\0')
        *what = "a link that listens takes no path after the port";
    else if (resolve_numeric(host, port, &list) != KC_OK)
        *status = KC_ERROR_NO_MEMORY;
    else if (list == NULL)
        *what = "the address to listen at must be one of this computer, in digits, 0.0.0.0 or [::] for all";
    return list;
}

static int32_t count_allowed(const struct uri *uri, size_t *count, struct kc_error *error)
{
    const char *list = option_of(uri, "allow");
    struct socket_prefix prefix;
    struct error_quoted quoted;
    int found;

    *count = 0;
    while ((found = socket_prefix_next(&list, &prefix)) > 0)
        ++*count;
    if (found == 0)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "allow",
                     "the option allow is a list of addresses in digits, or of their beginnings such as 10.1.0.0/16, "
                     "separated by commas, not \"%s\"",
                     error_quote(&quoted, option_of(uri, "allow")));
}

static int32_t listen_check(const struct uri *uri, struct kc_error *error)
{
    const char *what = "", *second = option_of(uri, "second");
    size_t count;
    int32_t status;
    struct resolve_list *list = find_address(uri, &status, &what);
    struct error_quoted quoted;

    if (list == NULL)
        return status == KC_ERROR_NO_MEMORY
                   ? error_no_memory(error)
                   : error_set(error, status, "uri",
                               "%s: write %s://address:port, or %s:port for connections of this "
                               "computer only",
                               what, uri->scheme, uri->scheme);
    free(list);
    if (*second != '\0' && strcmp(second, "replace") != 0 && strcmp(second, "refuse") != 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "second",
                         "the option second is replace or refuse, not \"%s\"", error_quote(&quoted, second));
    return count_allowed(uri, &count, error);
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static void listen_close(struct transport *transport)
{
    struct listener *listener = (struct listener *)(void *)transport;

    if (listener == NULL)
        return;
    loop_timer_cancel(listener->stream.loop, &listener->pause);
    close_second(listener);
    close_peer(listener);
    loop_watch_remove(listener->stream.loop, &listener->port);
    if (listener->port.fd >= 0)
        close(listener->port.fd);
    stream_release(&listener->stream);
    loop_memory_give(listener->stream.loop, listener);
}

static void listen_again(struct transport *transport)
{
    struct listener *listener = (struct listener *)(void *)transport;
    int fd = listener->second.fd;

    close_peer(listener);
    stream_reset(&listener->stream);
    forget_second(listener);
    if (fd < 0)
        return;
    if (has_gone(fd))
        close(fd);
    else
        take_peer(listener, fd);
}

static void listen_where(const struct transport *transport, char *out, size_t size)
{
    const struct listener *listener = (const struct listener *)(const void *)transport;

    snprintf(out, size, "%s", listener->address);
}

/* Returns 0, or errno. */
static int open_port(struct listener *listener, const struct resolve_address *at)
{
    struct sockaddr_storage own = at->address;
    socklen_t length = sizeof own;
    int on = 1, number;
    int fd = socket(own.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    listener->port.fd = fd;
    listener->port.events = LOOP_READ;
    socket_address_text(&own, listener->address);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&own, at->length) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &length) == 0 &&
        loop_watch_add(listener->stream.loop, &listener->port) == KC_OK) {
        socket_address_text(&own, listener->address);
        return 0;
    }
    number = errno;
    close(fd);
    listener->port.fd = -1;
    return number;
}

static struct listener *listener_new(const struct uri *uri, struct loop *loop, const struct transport_events *events,
                                     void *user, size_t allowed)
{
    static const struct stream_table table = {
        .read = stream_socket_read,
        .write = stream_socket_write,
        .end_text = "the other side closed it",
    };
    const char *list = option_of(uri, "allow");
    struct listener *listener = loop_memory_take(loop, sizeof *listener + allowed * sizeof listener->allowed[0]);

    if (listener == NULL)
        return NULL;
    if (stream_init(&listener->stream, &transport_listen, &table, loop, events, user, "a peer") != 0) {
        loop_memory_give(loop, listener);
        return NULL;
    }
    while (listener->allowed_count < allowed &&
           socket_prefix_next(&list, &listener->allowed[listener->allowed_count]) > 0)
        listener->allowed_count++;
    listener->refuses = strcmp(option_of(uri, "second"), "refuse") == 0;
    listener->port.fd = listener->second.fd = -1;
    listener->port.ready = port_ready;
    listener->second.ready = second_ready;
    listener->pause.expired = pause_over;
    listener->second_timer.expired = second_stays;
    return listener;
}

static int32_t listen_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                           void *user, struct transport **transport, struct kc_error *error)
{
    struct listener *listener = NULL;
    struct resolve_list *list = NULL;
    const char *what;
    char reason[SHORTAGE_SIZE];
    size_t allowed;
    int number;
    int32_t status = listen_check(uri, error);

    (void)fd;
    if (status == KC_OK)
        status = count_allowed(uri, &allowed, error);
    if (status != KC_OK)
        return status;
    list = find_address(uri, &status, &what);
    listener = list != NULL ? listener_new(uri, loop, events, user, allowed) : NULL;
    if (listener == NULL) {
        free(list);
        return error_no_memory(error);
    }
    number = open_port(listener, &list->items[0]);
    free(list);
    if (number == 0) {
        *transport = &listener->stream.transport;
        return KC_OK;
    }
    status = error_set(error, KC_ERROR_SYSTEM, "", "cannot listen at %s: %s; %s", listener->address,
                       shortage_text(number, reason),
                       is_shortage(number)    ? "then try again"
                       : number == EADDRINUSE ? "another program, or another system here, has this port"
                                              : "choose an address of this computer and a port that is allowed");
    listen_close(&listener->stream.transport);
    return status;
}

static const char *const listen_options[] = {"allow", "second", NULL};

const struct transport_table transport_listen = {
    .suffix = "listen",
    .options = listen_options,
    .check = listen_check,
    .open = listen_open,
    .send = stream_send,
    .close = listen_close,
    .again = listen_again,
    .where = listen_where,
};
