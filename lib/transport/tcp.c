/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TCP transport: x+tcp://host:port. Tries all addresses of the host in turn. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/gather.h"
#include "transport/resolve.h"
#include "transport/socket.h"
#include "transport/stream.h"
#include "transport/tables.h"
#include "util/shortage.h"

/* How long one address may stay silent while there are others to try; the last one has as long as the core waits. */
#define ADDRESS_MS 2000

struct tcp {
    struct stream stream;
    struct resolve *resolve;   /* the look-up that runs, or NULL */
    struct resolve_list *list; /* while connecting */
    size_t next;               /* of the list */
    int number;                /* errno of the most telling failure so far */
    struct loop_timer timer;   /* while connecting; then that of `gather` */
    struct gather gather;
};

static void try_addresses(struct tcp *tcp);

/* ---- Bytes ----------------------------------------------------------------------------------------------------- */

static ssize_t tcp_read(struct stream *stream, void *bytes, size_t count)
{
    ssize_t got = stream_socket_read(stream, bytes, count);

    if (got > 0)
        gather_heard(&((struct tcp *)stream)->gather, stream, (size_t)got);
    return got;
}

/* ---- Connecting ------------------------------------------------------------------------------------------------ */

static void close_socket(struct tcp *tcp)
{
    struct stream *stream = &tcp->stream;

    loop_timer_cancel(stream->loop, &tcp->timer);
    loop_watch_remove(stream->loop, &stream->watch);
    if (stream->watch.fd >= 0)
        close(stream->watch.fd);
    stream->watch.fd = -1;
}

static void free_list(struct tcp *tcp)
{
    free(tcp->list);
    tcp->list = NULL;
}

static void fail(struct tcp *tcp, int32_t code, const char *reason, const char *advice)
{
    struct kc_error error;

    error_set(&error, code, "", "%s cannot be reached: %s; %s", tcp->stream.name, reason, advice);
    stream_fail(&tcp->stream, &error);
}

static void fail_system(struct tcp *tcp, int number)
{
    char reason[SHORTAGE_SIZE];

    fail(tcp, KC_ERROR_SYSTEM, shortage_text(number, reason), "then try again");
}

static void fail_unreachable(struct tcp *tcp)
{
    char reason[128];

    fail(tcp, KC_ERROR_UNREACHABLE, strerror_r(tcp->number, reason, sizeof reason),
         "check address and port, the network, and that the lock system is running with its interface switched on");
}

/* That this computer has no way to an address says less than what another address answered. */
static void note_failure(struct tcp *tcp, int number)
{
    switch (tcp->number) {
    case 0:
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL:
    case ENETUNREACH:
        tcp->number = number;
        break;
    default:
        break;
    }
}

/* Starts connecting to one address. Returns 0 when it goes on, else errno. */
static int try_address(struct tcp *tcp, const struct resolve_address *address)
{
    struct stream *stream = &tcp->stream;
    int number;
    int fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    socket_set_options(fd);
    if (connect(fd, (const struct sockaddr *)&address->address, address->length) != 0 && errno != EINPROGRESS) {
        number = errno;
        close(fd);
        return number;
    }
    if (stream_watch(stream, fd, LOOP_WRITE) != KC_OK) { /* ready at once if it stands already */
        number = errno;
        close_socket(tcp);
        return number;
    }
    if (tcp->next < tcp->list->count && loop_timer_set(stream->loop, &tcp->timer, ADDRESS_MS) != KC_OK) {
        close_socket(tcp);
        return ENOMEM;
    }
    return 0;
}

static void try_addresses(struct tcp *tcp)
{
    while (tcp->next < tcp->list->count) {
        int number = try_address(tcp, &tcp->list->items[tcp->next++]);

        if (number == 0)
            return;
        if (is_shortage(number)) { /* not the address's fault, so no other would help */
            fail_system(tcp, number);
            return;
        }
        note_failure(tcp, number);
    }
    fail_unreachable(tcp);
}

static void try_next(struct tcp *tcp, int number)
{
    note_failure(tcp, number);
    close_socket(tcp);
    try_addresses(tcp);
}

static void timer_expired(struct loop_timer *timer)
{
    try_next((struct tcp *)((char *)timer - offsetof(struct tcp, timer)), ETIMEDOUT);
}

/* A socket that connects to a port of this computer on which nobody listens may meet itself, by the rule of TCP for two
 * sides that connect at the same time. */
static bool is_connected_to_itself(int fd)
{
    struct sockaddr_storage own = {0}, other = {0};
    socklen_t own_length = sizeof own, other_length = sizeof other;

    return getsockname(fd, (struct sockaddr *)&own, &own_length) == 0 &&
           getpeername(fd, (struct sockaddr *)&other, &other_length) == 0 && own_length == other_length &&
           memcmp(&own, &other, own_length) == 0;
}

static void time_to_look(struct loop_timer *timer)
{
    struct tcp *tcp = (struct tcp *)((char *)timer - offsetof(struct tcp, timer));

    gather_look(&tcp->gather, &tcp->stream);
}

static void tcp_connecting(struct stream *stream, uint32_t events)
{
    struct tcp *tcp = (struct tcp *)stream;
    int number = 0;
    socklen_t length = sizeof number;

    (void)events;
    if (getsockopt(stream->watch.fd, SOL_SOCKET, SO_ERROR, &number, &length) != 0)
        number = errno;
    if (number == 0 && is_connected_to_itself(stream->watch.fd))
        number = ECONNREFUSED;
    if (number != 0) {
        try_next(tcp, number);
        return;
    }
    loop_timer_cancel(stream->loop, &tcp->timer);
    free_list(tcp);
    tcp->timer.expired = time_to_look;
    tcp->gather.timer = &tcp->timer;
    stream_announce(stream);
}

static void resolved(void *user, struct resolve_list *list, const char *reason, bool is_short)
{
    struct tcp *tcp = user;

    tcp->resolve = NULL;
    tcp->list = list;
    if (list != NULL)
        try_addresses(tcp);
    else if (is_short)
        fail(tcp, KC_ERROR_SYSTEM, reason, "then try again");
    else
        fail(tcp, KC_ERROR_UNREACHABLE, reason,
             "check the host name, and that this computer can look names up, or give the address in digits");
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static int32_t tcp_check(const struct uri *uri, struct kc_error *error)
{
    const char *what = NULL;

    if (uri->host[0] == '\0')
        what = "a TCP link needs a host and a port";
    else if (uri->port < 1)
        what = "a TCP link needs a port from 1 to 65535";
    else if (uri->user[0] != '\0' || uri->password[0] != '\0')
        what = "a TCP link takes neither user nor password";
    else if (uri->path[0] != '\0')
        what = "a TCP link takes no path after the port";
    if (what == NULL)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri", "%s: write %s://host:port", what, uri->scheme);
}

/* "host:port", with the brackets of an IPv6 address. */
static int name_stream(struct tcp *tcp, const struct uri *uri, struct loop *loop, const struct transport_events *events,
                       void *user)
{
    static const struct stream_table table = {
        .read = tcp_read,
        .write = stream_socket_write,
        .connecting = tcp_connecting,
        .end_text = "the other side closed it",
    };
    bool digits = strchr(uri->host, ':') != NULL;
    struct error_quoted host;
    char name[sizeof host.text + 16];

    snprintf(name, sizeof name, "%s%s%s:%d", digits ? "[" : "", error_quote(&host, uri->host), digits ? "]" : "",
             (int)uri->port);
    return stream_init(&tcp->stream, &transport_tcp, &table, loop, events, user, name);
}

static int32_t tcp_start(struct tcp *tcp, const struct uri *uri, struct kc_error *error)
{
    struct kc_error refused;
    int32_t status = resolve_numeric(uri->host, uri->port, &tcp->list);

    if (status != KC_OK)
        return error_set(error, status, "", "memory is used up");
    if (tcp->list != NULL) {
        try_addresses(tcp);
        return KC_OK;
    }
    status = resolve_start(tcp->stream.loop, uri->host, uri->port, resolved, tcp, &tcp->resolve, &refused);
    if (status == KC_ERROR_NO_MEMORY)
        return error_set(error, status, "", "memory is used up");
    if (status != KC_OK)
        fail(tcp, status, refused.message, "then try again");
    return KC_OK;
}

static bool tcp_may_ask(struct transport *transport)
{
    struct tcp *tcp = (struct tcp *)transport;

    return gather_begin(&tcp->gather, &tcp->stream);
}

static void tcp_close(struct transport *transport)
{
    struct tcp *tcp = (struct tcp *)transport;

    if (tcp == NULL)
        return;
    resolve_cancel(tcp->resolve);
    close_socket(tcp);
    stream_release(&tcp->stream);
    free_list(tcp);
    loop_memory_give(tcp->stream.loop, tcp);
}

static int32_t tcp_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                        void *user, struct transport **transport, struct kc_error *error)
{
    struct tcp *tcp;
    int32_t status = tcp_check(uri, error);

    (void)fd;
    if (status != KC_OK)
        return status;
    tcp = loop_memory_take(loop, sizeof *tcp);
    if (tcp == NULL)
        return error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
    tcp->timer.expired = timer_expired;
    if (name_stream(tcp, uri, loop, events, user) != 0) {
        loop_memory_give(loop, tcp);
        return error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
    }
    status = tcp_start(tcp, uri, error);
    if (status != KC_OK)
        tcp_close(&tcp->stream.transport);
    else
        *transport = &tcp->stream.transport;
    return status;
}

static const char *const tcp_options[] = {NULL};

const struct transport_table transport_tcp = {
    .suffix = "tcp",
    .options = tcp_options,
    .check = tcp_check,
    .open = tcp_open,
    .send = stream_send,
    .may_ask = tcp_may_ask,
    .close = tcp_close,
};
