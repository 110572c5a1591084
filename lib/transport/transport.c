/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the compiled-in transports. */
#include "transport.h"

#include <string.h>
#include <unistd.h>

#include "transport/tables.h"

const struct transport_table *transport_find(const char *suffix)
{
    static const struct transport_table *const all[] = {
        &transport_tcp, &transport_serial, &transport_fd, &transport_http, &transport_https, &transport_listen,
#ifdef KEYCARD_USB
        &transport_usb,
#endif
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->suffix, suffix) == 0)
            return all[i];
    return NULL;
}

void transport_discard_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}
