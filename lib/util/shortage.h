/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the operating system gives no more of, for people: which limit, its value, and what to do. */
#ifndef KEYCARD_UTIL_SHORTAGE_H
#define KEYCARD_UTIL_SHORTAGE_H

#include <stdbool.h>

/* Whether a number of <errno.h> means that something of this process or computer is used up. What failed so may
 * succeed later, and says nothing about the other side. */
bool is_shortage(int number);

#define SHORTAGE_SIZE 200
/* What the number means, and if it is a shortage, the limit with its value and what to do: "Too many open files; this
 * process may have 1024 open at a time (ulimit -n): close some, or raise that". Else what strerror() says. Returns
 * `out`. Leaves errno. */
const char *shortage_text(int number, char out[SHORTAGE_SIZE]);

#endif
