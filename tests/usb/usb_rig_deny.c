/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device nodes that may not be opened. Tests run as root too, whom no permission stops, so the program's own open()
 * comes before the C library's. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "usb_rig_deny.h"

int __open_2(const char *path, int flags); /* what programs call that were built with _FORTIFY_SOURCE */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char denied[16][40];

void usb_rig_deny_node(const char *node, bool deny)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        if (!deny && strcmp(denied[i], node) == 0)
            denied[i][0] = '\0';
        if (deny && denied[i][0] == '\0') {
            strncpy(denied[i], node, sizeof denied[i] - 1);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static bool is_denied(const char *path)
{
    bool found = false;

    if (strncmp(path, "/dev/bus/usb/", 13) != 0)
        return false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        found = found || strcmp(denied[i], path) == 0;
    pthread_mutex_unlock(&lock);
    return found;
}

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list arguments;
    mode_t mode = 0;

    if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (is_denied(path)) {
        errno = EACCES;
        return -1;
    }
    return next(path, flags, mode);
}

int access(const char *path, int mode)
{
    int (*next)(const char *, int) = (int (*)(const char *, int))dlsym(RTLD_NEXT, "access");

    if (mode != F_OK && is_denied(path)) {
        errno = EACCES;
        return -1;
    }
    return next(path, mode);
}

int __open_2(const char *path, int flags)
{
    return open(path, flags);
}
