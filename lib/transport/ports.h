/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial ports of this computer: which there are, what is known of them without opening one, and their coming and
 * going. */
#ifndef KEYCARD_TRANSPORT_PORTS_H
#define KEYCARD_TRANSPORT_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/loop.h"
#include "util/device_name.h"
#include "util/error.h"

#define PORT_NODE_SIZE 64
#define PORT_FILE_SIZE (PORT_NODE_SIZE + 8)
#define PORT_TEXT_SIZE 128

struct serial_port {
    char node[PORT_NODE_SIZE]; /* "ttyUSB0": the kernel's name; of a device on USB another one after re-plugging */
    char file[PORT_FILE_SIZE]; /* "/dev/ttyUSB0" */
    bool usb;
    struct device_name name;            /* of one on USB */
    char manufacturer[PORT_TEXT_SIZE];  /* as it says itself; printable UTF-8 or "" */
    char product[PORT_TEXT_SIZE];       /* the same */
    char serial_number[PORT_TEXT_SIZE]; /* the same */
    bool allowed;                       /* this program may open it, as far as permissions tell */
};

/* What is known of the port with this node; false if there is none (any more). Opens nothing. */
bool ports_read(const char *node, struct serial_port *port);
/* All of them. An array for free(), NULL if there are none. Returns 0, or -1 when memory is used up. */
int ports_list(struct serial_port **ports, size_t *count);
/* The file of the port that is meant by a file name, a link to it (/dev/serial/by-id/...), or the name of a device.
 * KC_OK, or KC_ERROR_UNREACHABLE or _SYSTEM with the reason. `out` has room for PATH_MAX. */
int32_t ports_resolve(const char *path, char *out, struct kc_error *error);
/* Whether what ports_resolve() looks for is plugged in. */
bool ports_present(const char *path);

/* Calls `changed` from the loop when a port came, went, or got other permissions, with its node; NULL: look at all of
 * them, for something was missed. It must not free the watch. No wake-up while nothing happens. */
struct ports_watch;
int32_t ports_watch_new(struct loop *loop, void (*changed)(void *user, const char *node), void *user,
                        struct ports_watch **watch, struct kc_error *error);
void ports_watch_free(struct ports_watch *watch); /* takes NULL */

#endif
