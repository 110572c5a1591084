/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pseudo-terminals that look like serial ports to libserialport. It relies on the prototypes of glibc. */
#include "pty_shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PTY_SLAVE_MAJOR_FIRST 136
#define PTY_SLAVE_MAJOR_LAST  143
#define PTY_LINES_AT_REST     (TIOCM_CTS | TIOCM_DSR | TIOCM_CAR)

struct pty_line pty_line = {.modem_lines = PTY_LINES_AT_REST};

/* ---- The functions that are replaced --------------------------------------------------------------------------- */

/* Asks the kernel itself: in a testbed of umockdev fstat() says what the testbed wants. */
static bool is_pty(int fd)
{
    struct statx info;

    return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &info) == 0 && S_ISCHR(info.stx_mode) &&
           info.stx_rdev_major >= PTY_SLAVE_MAJOR_FIRST && info.stx_rdev_major <= PTY_SLAVE_MAJOR_LAST;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (is_pty(fd)) {
        switch (request) {
        case TIOCMGET:
            *(int *)argument = pty_line.modem_lines;
            return 0;
        case TIOCMSET:
            pty_line.modem_lines = *(int *)argument;
            return 0;
        case TIOCMBIS:
            pty_line.modem_lines |= *(int *)argument;
            return 0;
        case TIOCMBIC:
            pty_line.modem_lines &= ~*(int *)argument;
            return 0;
        case TIOCSBRK:
            pty_line.in_break = true;
            return 0;
        case TIOCCBRK:
            pty_line.in_break = false;
            return 0;
        default:
            break;
        }
    }
    if (is_pty(fd)) /* past the ioctl() of umockdev, which knows of no terminal */
        return (int)syscall(SYS_ioctl, fd, request, argument);
    return ((int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl"))(fd, request, argument);
}

int tcsetattr(int fd, int when, const struct termios *settings)
{
    int (*next)(int, int, const struct termios *) = (int (*)(int, int, const struct termios *))dlsym(RTLD_NEXT,
                                                                                                     "tcsetattr");
    const tcflag_t unknown = CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS;
    struct termios possible = *settings;

    if (!is_pty(fd))
        return next(fd, when, settings);
    pty_line.wanted = *settings;
    pty_line.set = true;
    possible.c_cflag = (possible.c_cflag & ~unknown) | CS8 | CREAD;
    return next(fd, when, &possible);
}

int tcgetattr(int fd, struct termios *settings)
{
    int (*next)(int, struct termios *) = (int (*)(int, struct termios *))dlsym(RTLD_NEXT, "tcgetattr");
    int status = next(fd, settings);

    if (status == 0 && pty_line.set && is_pty(fd))
        *settings = pty_line.wanted;
    return status;
}

/* ---- The port -------------------------------------------------------------------------------------------------- */

/* libserialport looks its ports up below /sys/class/tty; a name that climbs out of there passes, and /dev/../../.. with
 * the whole path of a link is one. */
static int name_port(struct pty_port *port, const char *slave)
{
    snprintf(port->folder, sizeof port->folder, "/tmp/keycard-pty-XXXXXX");
    if (mkdtemp(port->folder) == NULL)
        return -1;
    snprintf(port->link, sizeof port->link, "%s/ttyKC0", port->folder);
    snprintf(port->path, sizeof port->path, "/dev/../../..%s", port->link);
    if (symlink(slave, port->link) == 0)
        return 0;
    rmdir(port->folder);
    return -1;
}

int pty_port_open(struct pty_port *port)
{
    char slave[64];
    int number;

    memset(port, 0, sizeof *port);
    memset(&pty_line, 0, sizeof pty_line);
    pty_line.modem_lines = PTY_LINES_AT_REST;
    port->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port->master < 0)
        return -1;
    if (grantpt(port->master) == 0 && unlockpt(port->master) == 0 &&
        ptsname_r(port->master, slave, sizeof slave) == 0 && name_port(port, slave) == 0)
        return 0;
    number = errno;
    close(port->master);
    errno = number;
    return -1;
}

void pty_port_unplug(struct pty_port *port)
{
    if (port->master >= 0)
        close(port->master);
    port->master = -1;
}

void pty_port_close(struct pty_port *port)
{
    pty_port_unplug(port);
    unlink(port->link);
    rmdir(port->folder);
}
