/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets: dialling, listening, the second connection, and what is still to be sent. */
#include "line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <keycard/keycard.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "say.h"

enum { MOST_UNSENT = 256 * 1024, LONGEST_BACK_OFF = 60000, SECOND_WAIT = 3000, ACCEPT_PAUSE = 1000 };

/* ---- Addresses ------------------------------------------------------------------------------------------------- */

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or "PORT" alone, for the loopback address. */
static bool read_address(const char *text, bool port_alone, struct address *address)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    const char *port = colon != NULL ? colon + 1 : text;
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    if (colon == NULL && !port_alone)
        return false;
    if (length > 2 && text[0] == '[' && text[length - 1] == ']')
        text++, length -= 2;
    else if (memchr(text, ':', length) != NULL)
        return false; /* IPv6 without brackets */
    if (length >= sizeof host || port[0] == '\0' || strlen(port) > 5 || port[strspn(port, "0123456789")] != '\0')
        return false;
    (void)snprintf(host, sizeof host, "%.*s", (int)length, colon != NULL ? text : "");
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if ((colon != NULL && length == 0) || getaddrinfo(colon != NULL ? host : "127.0.0.1", port, &hints, &found) != 0)
        return false;
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* So that 10.0.0.5 is the same whether it comes over an IPv4 or an IPv6 socket. */
static struct in6_addr plain_address(const struct sockaddr_storage *storage)
{
    struct in6_addr plain = IN6ADDR_ANY_INIT;
    if (storage->ss_family == AF_INET6)
        return ((const struct sockaddr_in6 *)storage)->sin6_addr;
    plain.s6_addr[10] = plain.s6_addr[11] = 0xff;
    memcpy(&plain.s6_addr[12], &((const struct sockaddr_in *)storage)->sin_addr, 4);
    return plain;
}

static bool read_allowed(struct line *line, const char *list)
{
    for (const char *at = list; *at != '\0';) {
        const size_t blank = strspn(at, " ,"), length = strcspn(at + blank, " ,");
        char text[80];
        struct address address;
        at += blank;
        if (length == 0)
            break;
        (void)snprintf(text, sizeof text, memchr(at, ':', length) != NULL ? "[%.*s]:0" : "%.*s:0", (int)length, at);
        if (length > 60 || line->allowed_count == LINE_ALLOWED || !read_address(text, false, &address))
            return false;
        line->allowed[line->allowed_count++] = plain_address(&address.storage);
        at += length;
    }
    return true;
}

static bool is_allowed(const struct line *line, const struct sockaddr_storage *peer)
{
    const struct in6_addr plain = plain_address(peer);
    for (size_t i = 0; i < line->allowed_count; i++) {
        if (memcmp(&line->allowed[i], &plain, sizeof plain) == 0)
            return true;
    }
    return line->allowed_count == 0;
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

static bool open_listener(struct line *line, char *fault, size_t size)
{
    const int yes = 1;
    const struct sockaddr *address = (const struct sockaddr *)&line->address.storage;
    line->listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->listener >= 0)
        (void)setsockopt(line->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (line->listener >= 0 && bind(line->listener, address, line->address.length) == 0 &&
        listen(line->listener, 8) == 0)
        return true;
    (void)snprintf(fault, size, "cannot listen on %s: %s", setting_text(line->settings, SETTING_LISTEN),
                   strerror(errno));
    return false;
}

void line_init(struct line *line)
{
    *line = (struct line){.listener = -1, .dialled = -1, .active = -1, .second = -1};
    buf_init(&line->out);
}

bool line_open(struct line *line, const struct settings *settings, const struct line_user *to, char *fault, size_t size)
{
    const char *connect_to = setting_text(settings, SETTING_CONNECT), *allow = setting_text(settings, SETTING_ALLOW);
    const char *where = connect_to[0] != '\0' ? connect_to : setting_text(settings, SETTING_LISTEN);
    line->settings = settings;
    line->to = *to;
    line->listens = connect_to[0] == '\0';
    line->back_off = setting_number(settings, SETTING_BACK_OFF);
    if (!read_address(where, line->listens, &line->address)) {
        (void)snprintf(fault, size,
                       "%s is ADDRESS:PORT with the address in digits, such as 10.0.0.5:10003%s, not \"%s\"",
                       line->listens ? "listen" : "connect",
                       line->listens ? ", or a port alone for the loopback address" : "", where);
        return false;
    }
    if (!read_allowed(line, allow)) {
        (void)snprintf(fault, size, "allow is a list of at most %d addresses in digits, not \"%s\"", LINE_ALLOWED,
                       allow);
        return false;
    }
    line->dial_due = clock_now();
    return !line->listens || open_listener(line, fault, size);
}

void line_where(const struct line *line, char *out, size_t size)
{
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    char host[64], port[8];
    out[0] = '\0';
    if (line->listener < 0 || getsockname(line->listener, (struct sockaddr *)&storage, &length) != 0 ||
        getnameinfo((const struct sockaddr *)&storage, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    (void)snprintf(out, size, storage.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* ---- The connection -------------------------------------------------------------------------------------------- */

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void lose(struct line *line, const char *why)
{
    if (line->active < 0)
        return;
    say(KC_LOG_WARNING, "the connection to the PMS ended: %s", why);
    close_one(&line->active);
    buf_clear(&line->out);
    line->dial_due = clock_now() + line->back_off;
    line->to.closed(line->to.user);
}

static void take_over(struct line *line, int descriptor)
{
    const int yes = 1, idle = 30, spacing = 10, tries = 3, unsent = 30000;
    lose(line, "another one took its place");
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &spacing, sizeof spacing);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unsent, sizeof unsent);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    line->active = descriptor;
    line->to.opened(line->to.user);
}

static void flush(struct line *line)
{
    while (line->active >= 0 && line->out.length > 0) {
        const ssize_t sent = send(line->active, line->out.data, line->out.length, MSG_NOSIGNAL);
        if (sent > 0)
            buf_consume(&line->out, (size_t)sent);
        else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else if (sent >= 0 || errno != EINTR)
            lose(line, strerror(errno));
    }
}

void line_send(struct line *line, const uint8_t *bytes, size_t count)
{
    if (line->active < 0)
        return;
    buf_append(&line->out, bytes, count);
    if (line->out.failed || line->out.length > MOST_UNSENT)
        lose(line, "the PMS does not read what is sent");
    else
        flush(line);
}

bool line_is_open(const struct line *line)
{
    return line->active >= 0;
}

void line_drop(struct line *line, const char *why)
{
    flush(line);
    lose(line, why);
}

void line_stop(struct line *line)
{
    line->stopped = true;
    close_one(&line->listener);
    close_one(&line->dialled);
    close_one(&line->second);
}

void line_close(struct line *line)
{
    line_stop(line);
    close_one(&line->active);
    buf_free(&line->out);
}

static void read_some(struct line *line)
{
    uint8_t bytes[4096];
    const ssize_t got = recv(line->active, bytes, sizeof bytes, 0);
    if (got > 0) {
        line->back_off = setting_number(line->settings, SETTING_BACK_OFF); /* somebody is there */
        line->to.received(line->to.user, bytes, (size_t)got);
    } else if (got == 0) {
        lose(line, "the PMS closed it");
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
        lose(line, strerror(errno));
    }
}

/* ---- Dialling -------------------------------------------------------------------------------------------------- */

static void dial_again(struct line *line, const char *why)
{
    close_one(&line->dialled);
    say(KC_LOG_WARNING, "the PMS cannot be reached at %s: %s; next try in %d ms",
        setting_text(line->settings, SETTING_CONNECT), why, (int)line->back_off);
    line->dial_due = clock_now() + line->back_off;
    line->back_off = line->back_off < LONGEST_BACK_OFF / 2 ? line->back_off * 2 : LONGEST_BACK_OFF;
}

static void dialled(struct line *line)
{
    int fault = 0;
    socklen_t length = sizeof fault;
    const int descriptor = line->dialled;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &length) != 0)
        fault = errno;
    if (fault != 0) {
        dial_again(line, strerror(fault));
        return;
    }
    line->dialled = -1;
    take_over(line, descriptor);
}

static void dial(struct line *line)
{
    const struct sockaddr *address = (const struct sockaddr *)&line->address.storage;
    line->dial_deadline = clock_now() + setting_number(line->settings, SETTING_CONNECT_TIMEOUT);
    line->dialled = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->dialled >= 0 && connect(line->dialled, address, line->address.length) == 0)
        dialled(line);
    else if (line->dialled < 0 || errno != EINPROGRESS)
        dial_again(line, strerror(errno));
}

/* ---- Listening ------------------------------------------------------------------------------------------------- */

/* A second connection takes the place of the first when it speaks FIAS, or stays for a moment: a port scan does not. */
static void take_second(struct line *line, bool readable)
{
    uint8_t first = 0;
    const int descriptor = line->second;
    const ssize_t got = readable ? recv(descriptor, &first, 1, MSG_PEEK) : -1;
    if (readable && got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (readable && (got != 1 || first != FIAS_STX)) {
        say(KC_LOG_WARNING, "a second connection was closed: it does not speak FIAS");
        close_one(&line->second);
        return;
    }
    line->second = -1;
    take_over(line, descriptor);
}

static void accept_one(struct line *line)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    const int descriptor = accept4(line->listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        say(KC_LOG_ERROR, "no connection can be accepted: %s", strerror(errno));
        line->accept_due = clock_now() + ACCEPT_PAUSE;
    }
    if (descriptor < 0)
        return;
    const bool refused = line->active >= 0 && setting_is(line->settings, SETTING_SECOND, "refuse");
    if (refused || !is_allowed(line, &peer)) {
        say(KC_LOG_WARNING, "a connection was closed: %s", refused ? "there is one already" : "it is not allowed");
        close(descriptor);
        return;
    }
    if (line->active < 0) {
        take_over(line, descriptor);
        return;
    }
    close_one(&line->second);
    line->second = descriptor;
    line->second_due = clock_now() + SECOND_WAIT;
}

/* ---- The loop -------------------------------------------------------------------------------------------------- */

void line_poll(const struct line *line, struct pollfd wait[LINE_DESCRIPTORS])
{
    const short both = (short)(POLLIN | (line->out.length > 0 ? POLLOUT : 0));
    wait[0] = (struct pollfd){.fd = line->active, .events = both};
    wait[1] = (struct pollfd){.fd = clock_now() >= line->accept_due ? line->listener : -1, .events = POLLIN};
    wait[2] = (struct pollfd){.fd = line->dialled, .events = POLLOUT};
    wait[3] = (struct pollfd){.fd = line->second, .events = POLLIN};
}

int64_t line_due(const struct line *line)
{
    int64_t due = line->listener >= 0 && line->accept_due > clock_now() ? line->accept_due : INT64_MAX;
    if (line->second >= 0 && line->second_due < due)
        due = line->second_due;
    if (line->dialled >= 0)
        return line->dial_deadline;
    if (!line->listens && !line->stopped && line->active < 0)
        return line->dial_due;
    return due;
}

void line_run(struct line *line, const struct pollfd wait[LINE_DESCRIPTORS])
{
    /* A descriptor may have been closed, and its number used again, by what ran before. */
    if (wait[0].revents != 0 && wait[0].fd == line->active) {
        if ((wait[0].revents & POLLOUT) != 0)
            flush(line);
        if (line->active >= 0 && (wait[0].revents & ~POLLOUT) != 0)
            read_some(line);
    }
    if (wait[2].revents != 0 && wait[2].fd == line->dialled && line->dialled >= 0)
        dialled(line);
    if (wait[3].revents != 0 && wait[3].fd == line->second && line->second >= 0)
        take_second(line, true);
    if (wait[1].revents != 0 && line->listener >= 0)
        accept_one(line);
    const int64_t now = clock_now();
    if (line->second >= 0 && now >= line->second_due)
        take_second(line, false);
    if (line->dialled >= 0 && now >= line->dial_deadline)
        dial_again(line, "it does not answer");
    if (!line->listens && !line->stopped && line->active < 0 && line->dialled < 0 && now >= line->dial_due)
        dial(line);
}
