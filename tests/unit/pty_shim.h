/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pseudo-terminal that libserialport takes for a serial port. Put pty_shim.c into the test's executable: it replaces
 * ioctl(), tcgetattr() and tcsetattr() for pseudo-terminals, and libserialport, being a shared library, calls these. */
#ifndef KEYCARD_TESTS_PTY_SHIM_H
#define KEYCARD_TESTS_PTY_SHIM_H

#include <stdbool.h>
#include <termios.h>

/* What was asked of the line; a pseudo-terminal itself knows neither modem lines nor parity. One port at a time. */
struct pty_line {
    int modem_lines; /* TIOCM_... */
    bool in_break;
    bool set; /* tcsetattr() was called */
    struct termios wanted;
};
extern struct pty_line pty_line;

struct pty_port {
    int master; /* the far end of the cable */
    char folder[64];
    char link[96];
    char path[128]; /* the name to give to libserialport */
};

/* Returns 0, or -1 with errno. Resets pty_line. */
int pty_port_open(struct pty_port *port);
/* As pulling the plug: the far end is gone. */
void pty_port_unplug(struct pty_port *port);
/* Unplugs and removes the name. */
void pty_port_close(struct pty_port *port);

#endif
