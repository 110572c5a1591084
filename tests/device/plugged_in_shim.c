/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into a program that runs on the devices of plugged_in.c, together with pty_shim.c: files of devices that
 * may not be opened. Their names begin as the one in the file that KEYCARD_DENIED names; a root's program may open all
 * otherwise. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int open64(const char *path, int flags, ...);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

static int next_open(const char *path, int flags, mode_t mode)
{
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64"))(path, flags, mode);
}

static bool is_denied(const char *path)
{
    char name[64] = "";
    const char *list = getenv("KEYCARD_DENIED");
    const int file = list != NULL && strncmp(path, "/dev/", 5) == 0 ? next_open(list, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (file < 0)
        return false;
    const ssize_t length = read(file, name, sizeof name - 1);
    close(file);
    name[strcspn(name, "\n")] = '\0';
    return length > 1 && strncmp(path + 5, name, strlen(name)) == 0;
}

static int open_file(const char *path, int flags, mode_t mode)
{
    if (!is_denied(path))
        return next_open(path, flags, mode);
    errno = EACCES;
    return -1;
}

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_file(path, flags, mode);
}

int __open_2(const char *path, int flags)
{
    return open_file(path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_file(path, flags, 0);
}

int access(const char *path, int mode)
{
    if (mode == F_OK || !is_denied(path))
        return ((int (*)(const char *, int))dlsym(RTLD_NEXT, "access"))(path, mode);
    errno = EACCES;
    return -1;
}
