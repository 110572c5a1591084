/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a device file open: for the message that it is busy. */
#ifndef KEYCARD_TRANSPORT_HOLDER_H
#define KEYCARD_TRANSPORT_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Writes who has the file open, for people: "ModemManager, process 812", "this program", or, if that cannot be seen,
 * "another program". Looks through /proc; only for when something was refused. Returns `out`. */
const char *holder_of(const char *file, char *out, size_t size);
/* The file that a name means after all links, as it stands in /proc; what it is is not opened. False: errno says why.
 */
bool holder_real_path(const char *file, char *out, size_t size);

#endif
