/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notices of plugging in and out that wait for their reader. The testbed sends them to a socket that holds ten, and
 * ends the program when it is full; the kernel's own holds thousands. A reader that gets no processor for a while must
 * not end a test, so the program's own sendmsg() comes before the C library's. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 60000 };

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*next)(int, const struct msghdr *, int) = (ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT,
                                                                                                          "sendmsg");
    const struct sockaddr *to = message->msg_name;
    const bool is_notice = to && to->sa_family == AF_UNIX;
    ssize_t sent = next(fd, message, flags);

    for (int waited = 0; is_notice && sent < 0 && errno == EAGAIN && waited < PATIENCE_MS; waited++) {
        poll(NULL, 0, 1);
        sent = next(fd, message, flags);
    }
    return sent;
}
