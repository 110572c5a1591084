/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport over a descriptor that the host opened: x+fd:. A connected stream socket, a terminal, or another device
 * or pipe that can be both read and written. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/stream.h"
#include "transport/tables.h"

/* A terminal may also return 0 when it has nothing; its end shows as a hang-up. */
static ssize_t device_read(struct stream *stream, void *bytes, size_t count)
{
    return stream_result(read(stream->watch.fd, bytes, count));
}

static ssize_t device_write(struct stream *stream, const void *bytes, size_t count)
{
    return stream_result(write(stream->watch.fd, bytes, count));
}

static const char end_text[] = "the other side closed it";
static const struct stream_table socket_table = {
    .read = stream_socket_read, .write = stream_socket_write, .end_text = end_text};
static const struct stream_table device_table = {.read = device_read, .write = device_write, .end_text = end_text};

/* NULL, or what is wrong with a socket. */
static const char *check_socket(int fd)
{
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    int type = 0;
    socklen_t length = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM)
        return "it is not a stream socket";
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_length) != 0)
        return "it is a socket that is not connected";
    return NULL;
}

/* NULL, or what is wrong with a descriptor. */
static const char *check_descriptor(int fd, bool *is_socket)
{
    struct stat info;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fstat(fd, &info) != 0)
        return "it is not open";
    *is_socket = S_ISSOCK(info.st_mode);
    if (*is_socket)
        return check_socket(fd);
    if (!S_ISCHR(info.st_mode) && !S_ISFIFO(info.st_mode))
        return "it is neither socket nor terminal nor pipe";
    if ((flags & O_ACCMODE) != O_RDWR)
        return "it cannot be both read and written";
    return NULL;
}

static int32_t fd_check(const struct uri *uri, struct kc_error *error)
{
    if (uri->user[0] == '\0' && uri->password[0] == '\0' && uri->host[0] == '\0' && uri->port < 0 &&
        uri->path[0] == '\0')
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                     "a link over an adopted descriptor takes no host, user or path: write %s:", uri->scheme);
}

static void fd_close(struct transport *transport)
{
    struct stream *stream = (struct stream *)transport;

    if (stream == NULL)
        return;
    loop_watch_remove(stream->loop, &stream->watch);
    close(stream->watch.fd);
    stream_release(stream);
    loop_memory_give(stream->loop, stream);
}

static int set_flags(int fd)
{
    int status_flags = fcntl(fd, F_GETFL);
    int fd_flags = fcntl(fd, F_GETFD);

    return status_flags < 0 || fd_flags < 0 || fcntl(fd, F_SETFL, status_flags | O_NONBLOCK) < 0 ||
                   fcntl(fd, F_SETFD, fd_flags | FD_CLOEXEC) < 0
               ? -1
               : 0;
}

static int32_t fd_open(struct loop *loop, const struct uri *uri, int fd, const struct transport_events *events,
                       void *user, struct transport **transport, struct kc_error *error)
{
    char name[40];
    char reason[128];
    struct stream *stream = NULL;
    bool is_socket = false;
    const char *what = check_descriptor(fd, &is_socket);
    int32_t status = fd_check(uri, error);

    if (status != KC_OK)
        goto failed;
    snprintf(name, sizeof name, "descriptor %d", fd);
    if (what == NULL && set_flags(fd) != 0)
        what = strerror_r(errno, reason, sizeof reason);
    if (what != NULL)
        goto unfit;
    stream = loop_memory_take(loop, sizeof *stream);
    if (stream == NULL ||
        stream_init(stream, &transport_fd, is_socket ? &socket_table : &device_table, loop, events, user, name) != 0) {
        status = error_set(error, KC_ERROR_NO_MEMORY, "", "memory is used up");
        goto failed;
    }
    if (stream_watch(stream, fd, 0) != KC_OK) {
        what = strerror_r(errno, reason, sizeof reason);
        stream_release(stream);
        goto unfit;
    }
    stream_opened(stream);
    *transport = &stream->transport;
    return KC_OK;

unfit:
    status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "fd",
                       "descriptor %d cannot be a link: %s; give a connected stream socket or an open terminal", fd,
                       what);
failed:
    loop_memory_give(loop, stream);
    if (fd >= 0)
        close(fd);
    return status;
}

static const char *const fd_options[] = {NULL};

const struct transport_table transport_fd = {
    .suffix = "fd",
    .options = fd_options,
    .adopts = true,
    .check = fd_check,
    .open = fd_open,
    .send = stream_send,
    .close = fd_close,
};
