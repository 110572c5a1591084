/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is used up, and the limit behind it. */
#include "util/shortage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

bool is_shortage(int number)
{
    switch (number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC: /* of watched descriptors; files have their own words for a full disk */
        return true;
    default:
        return false;
    }
}

static const char *limit_of(int resource, char out[24])
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return "an unknown number";
    snprintf(out, 24, "%llu", (unsigned long long)limit.rlim_cur);
    return out;
}

const char *shortage_text(int number, char out[SHORTAGE_SIZE])
{
    char reason[80], limit[24];
    const char *text = strerror_r(number, reason, sizeof reason);
    const int saved = errno;

    switch (number) {
    case EMFILE:
        snprintf(out, SHORTAGE_SIZE,
                 "%s; this process may have %s open at a time (ulimit -n): close some, or raise that", text,
                 limit_of(RLIMIT_NOFILE, limit));
        break;
    case ENFILE:
        snprintf(out, SHORTAGE_SIZE,
                 "%s; all programs of this computer together have too many open (sysctl fs.file-max)", text);
        break;
    case ENOSPC:
        snprintf(out, SHORTAGE_SIZE, "%s; too many descriptors are watched (sysctl fs.epoll.max_user_watches)", text);
        break;
    case EAGAIN:
        snprintf(out, SHORTAGE_SIZE, "%s; this user may have %s threads and processes (ulimit -u)", text,
                 limit_of(RLIMIT_NPROC, limit));
        break;
    case ENOBUFS:
    case ENOMEM:
        snprintf(out, SHORTAGE_SIZE, "%s; memory of this process or computer is used up (ulimit -v)", text);
        break;
    default:
        snprintf(out, SHORTAGE_SIZE, "%s", text);
        break;
    }
    errno = saved;
    return out;
}
