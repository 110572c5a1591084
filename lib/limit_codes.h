/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits by their public code. */
#ifndef KEYCARD_LIMIT_CODES_H
#define KEYCARD_LIMIT_CODES_H

#include "driver.h"

/* The value of KC_LIMIT_..., or -1 for an unknown code. */
int64_t limit_of(const struct driver_limits *limits, int32_t limit);

#endif
