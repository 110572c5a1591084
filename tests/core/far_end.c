/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See far_end.h. */
#include "far_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address_of(const struct far_end *end)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(end->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

void far_end_open(struct far_end *end)
{
    *end = (struct far_end){.filler = -1};
    struct sockaddr_in address = address_of(end);
    socklen_t size = sizeof(address);
    end->port_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(end->port_fd >= 0);
    assert_int_equal(bind(end->port_fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(end->port_fd, (struct sockaddr *)&address, &size), 0);
    end->port = ntohs(address.sin_port);
}

void far_end_close(struct far_end *end)
{
    if (end->filler >= 0)
        close(end->filler);
    close(end->port_fd);
}

void far_end_listen(struct far_end *end)
{
    assert_int_equal(listen(end->port_fd, 64), 0);
}

void far_end_block(struct far_end *end)
{
    struct sockaddr_in address = address_of(end);
    assert_int_equal(listen(end->port_fd, 0), 0); /* one connection fills the queue */
    end->filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(end->filler >= 0);
    assert_int_equal(connect(end->filler, (struct sockaddr *)&address, sizeof(address)), 0);
}

void far_end_unblock(struct far_end *end)
{
    close(end->filler);
    end->filler = -1;
    close(far_end_accept(end));
    end->accepted = 0;
    far_end_listen(end);
}

int far_end_accept(struct far_end *end)
{
    int fd = accept4(end->port_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    end->accepted += fd >= 0;
    return fd;
}

struct connection {
    struct far_end *end;
    int *fd;
};

static bool is_connected(struct desk *desk, const void *what)
{
    const struct connection *wanted = what;
    (void)desk;
    *wanted->fd = far_end_accept(wanted->end);
    return *wanted->fd >= 0;
}

int far_end_wait_connection(struct far_end *end, struct desk *desk)
{
    int fd = -1;
    desk_wait_for(desk, is_connected, &(struct connection){end, &fd});
    return fd;
}

/* Whether the other side has closed; takes all that it sent before. */
static bool far_end_is_closed(int fd)
{
    uint8_t bytes[512];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        ;
    return got == 0 || (errno != EAGAIN && errno != EINTR);
}

static bool is_closed(struct desk *desk, const void *what)
{
    (void)desk;
    return far_end_is_closed(*(const int *)what);
}

void far_end_wait_closed(struct desk *desk, int fd)
{
    desk_wait_for(desk, is_closed, &fd);
}

struct byte {
    int fd;
    uint8_t *byte;
};

static bool has_byte(struct desk *desk, const void *what)
{
    const struct byte *wanted = what;
    (void)desk;
    return recv(wanted->fd, wanted->byte, 1, MSG_DONTWAIT) == 1;
}

uint8_t far_end_wait_byte(struct desk *desk, int fd)
{
    uint8_t byte = 0;
    desk_wait_for(desk, has_byte, &(struct byte){fd, &byte});
    return byte;
}

void desk_open_uri(struct desk *desk, const char *uri)
{
    desk_open_virtual(desk, "");
    assert_ok(kc_system_remove(desk->system));
    kc_system_unref(desk->system);
    assert_ok(kc_system_new(desk->site, "locks", uri, &desk->system));
}

void desk_open_far_end(struct desk *desk, const struct far_end *end, const char *query)
{
    char uri[200];
    snprintf(uri, sizeof(uri), "salto+tcp://127.0.0.1:%u?%s", (unsigned)end->port, query);
    desk_open_uri(desk, uri);
}
