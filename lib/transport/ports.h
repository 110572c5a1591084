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
#define PORT_PATH_SIZE 4096 /* of a path as long as the system allows */

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
/* All of them. An array for free(), NULL if there are none. KC_OK; KC_ERROR_NO_MEMORY if memory or descriptors are used
 * up for now; or _SYSTEM with the reason. */
int32_t ports_list(struct serial_port **ports, size_t *count, struct kc_error *error);
/* The file of the port that is meant by a file name, a link to it (/dev/serial/by-id/...), or the name of a device.
 * KC_OK, or KC_ERROR_UNREACHABLE or _SYSTEM with the reason. `out` has PORT_PATH_SIZE. */
int32_t ports_resolve(const char *path, char *out, struct kc_error *error);
/* Whether what ports_resolve() looks for is plugged in. */
bool ports_present(const char *path);

/* Is told, from the loop, of the node of a port that came or got other permissions, and of one that went (`gone`; it
 * may be back already). NULL: something was missed, look at all of them. Embedded in its owner, zeroed before first
 * use. All watches of a loop share one descriptor; nothing wakes the loop while nothing happens. */
struct ports_watch {
    void (*changed)(struct ports_watch *watch, const char *node, bool gone);
    struct ports_watch *next;
    bool added;
};
int32_t ports_watch_add(struct loop *loop, struct ports_watch *watch, struct kc_error *error);
/* Harmless if it is not added; also inside `changed`. */
void ports_watch_remove(struct loop *loop, struct ports_watch *watch);

#endif
