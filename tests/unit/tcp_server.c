/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The servers of the transport tests. */
#include "tcp_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int server_open(struct server *server, const char *address, int backlog)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
    struct sockaddr *name = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t length = is_six ? sizeof six : sizeof four;

    if (!is_six)
        assert_int_equal(inet_pton(AF_INET, address, &four.sin_addr), 1);
    server->listener = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0)
        return -1;
    if (bind(server->listener, name, length) != 0 || listen(server->listener, backlog) != 0) {
        close(server->listener);
        return -1;
    }
    assert_int_equal(getsockname(server->listener, name, &length), 0);
    server->port = ntohs(is_six ? six.sin6_port : four.sin_port);
    snprintf(server->uri, sizeof server->uri, is_six ? "x+tcp://[%s]:%d" : "x+tcp://%s:%d", address, server->port);
    return 0;
}

void server_start(struct server *server)
{
    assert_int_equal(server_open(server, "127.0.0.1", 8), 0);
}

int server_accept(const struct server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

void read_whole(int fd, char *out, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, out, count);

        assert_true(got > 0);
        out += got;
        count -= (size_t)got;
    }
}

void connect_rig(struct rig *rig, struct server *server, int *peer)
{
    struct kc_error error;

    rig_init(rig);
    server_start(server);
    assert_int_equal(rig_open(rig, server->uri, -1, &error), KC_OK);
    rig_until_connected(rig);
    *peer = server_accept(server);
}

void disconnect_rig(struct rig *rig, struct server *server, int peer)
{
    rig_free(rig);
    close(peer);
    close(server->listener);
}

void exchange(struct rig *rig, int peer)
{
    char got[5];

    assert_int_equal(rig_send(rig, "hello", 5), KC_OK);
    read_whole(peer, got, sizeof got);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(write(peer, "welcome", 7), 7);
    rig_until_received(rig, 7);
    assert_memory_equal(rig->received.data, "welcome", 7);
}
