/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening the listening socket or the pseudo-terminal. */
#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

/* Takes "HOST:PORT" apart; the brackets of an IPv6 address are taken off. */
static bool split_address(const char *where, char *host, size_t host_size, char *port, size_t port_size)
{
    const char *colon = strrchr(where, ':');
    if (colon == NULL || colon == where) {
        return false;
    }
    size_t length = (size_t)(colon - where);
    const char *start = where;
    if (where[0] == '[') {
        if (length < 3 || where[length - 1] != ']') {
            return false;
        }
        start++;
        length -= 2;
    } else if (memchr(where, ':', length) != NULL) {
        return false; /* an IPv6 address needs brackets */
    }
    const size_t port_length = strlen(colon + 1);
    if (length >= host_size || port_length == 0 || port_length >= port_size ||
        strspn(colon + 1, "0123456789") != port_length || strtol(colon + 1, NULL, 10) > 65535) {
        return false;
    }
    memcpy(host, start, length);
    host[length] = '\0';
    memcpy(port, colon + 1, port_length + 1);
    return true;
}

/* -1 with errno set. */
static int listen_at(const struct addrinfo *at)
{
    const int on = 1;
    const int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 || bind(fd, at->ai_addr, at->ai_addrlen) != 0 ||
        listen(fd, 256) != 0) {
        const int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int show_address(int fd, char *address, size_t size, uint16_t *port)
{
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    char text[INET6_ADDRSTRLEN];
    if (getsockname(fd, (struct sockaddr *)&own, &length) != 0) {
        return -1;
    }
    if (own.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&own;
        *port = ntohs(six->sin6_port);
        inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        snprintf(address, size, "[%s]:%u", text, (unsigned)*port);
        return 0;
    }
    const struct sockaddr_in *four = (const struct sockaddr_in *)&own;
    *port = ntohs(four->sin_port);
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    snprintf(address, size, "%s:%u", text, (unsigned)*port);
    return 0;
}

int address_listen(const char *where, char *address, size_t address_size, uint16_t *port, char *message, size_t size)
{
    char host[256], service[8];
    if (!split_address(where, host, sizeof host, service, sizeof service)) {
        snprintf(message, size,
                 "cannot listen at \"%.100s\": it is not of the form HOST:PORT (127.0.0.1:8090, [::1]:8090, port 0 "
                 "for a free one)",
                 where);
        return -1;
    }
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const int status = getaddrinfo(host, service, &hints, &found);
    if (status != 0) {
        snprintf(message, size, "cannot listen at \"%.100s\": %s", where, gai_strerror(status));
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = listen_at(at);
    }
    const int saved = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        snprintf(message, size, "cannot listen at \"%.100s\": %s%s", where, strerror(saved),
                 saved == EADDRINUSE ? "; choose another port, or 0 for a free one" : "");
        return -1;
    }
    if (show_address(fd, address, address_size, port) != 0) {
        snprintf(message, size, "cannot listen at \"%.100s\": %s", where, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

int address_dial(const char *where, char *message, size_t size)
{
    char host[256], service[8];
    if (!split_address(where, host, sizeof host, service, sizeof service)) {
        snprintf(message, size, "cannot connect to \"%.100s\": it is not of the form HOST:PORT", where);
        return -1;
    }
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const int status = getaddrinfo(host, service, &hints, &found);
    if (status != 0) {
        snprintf(message, size, "cannot connect to \"%.100s\": %s", where, gai_strerror(status));
        return -1;
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
        close(fd);
        fd = -1;
    }
    snprintf(message, size, "cannot connect to \"%.100s\": %s", where, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

/* The settings belong to the client's end, and stay when it is closed. */
static int make_raw(const char *path)
{
    struct termios settings;
    const int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int result = tcgetattr(fd, &settings);
    if (result == 0) {
        cfmakeraw(&settings);
        result = tcsetattr(fd, TCSANOW, &settings);
    }
    const int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int address_terminal(char *address, size_t address_size, char *message, size_t size)
{
    const int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 || ptsname_r(fd, address, address_size) != 0 ||
        make_raw(address) != 0) {
        snprintf(message, size, "cannot make a pseudo-terminal: %s", strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}
