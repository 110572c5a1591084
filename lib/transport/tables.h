/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The compiled-in transports, by name; the core finds them with transport_find(). */
#ifndef KEYCARD_TRANSPORT_TABLES_H
#define KEYCARD_TRANSPORT_TABLES_H

#include "transport.h"

extern const struct transport_table transport_tcp;
extern const struct transport_table transport_serial;
extern const struct transport_table transport_fd;
extern const struct transport_table transport_http;
extern const struct transport_table transport_https;
extern const struct transport_table transport_listen;
extern const struct transport_table transport_usb; /* lib/usb; if it is built */

#endif
