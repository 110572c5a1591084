/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock by which programs here wait. */
#ifndef EXAMPLES_CLOCK_H
#define EXAMPLES_CLOCK_H

#include <stdint.h>

/* Milliseconds that only grow. */
int64_t clock_now(void);

#endif
