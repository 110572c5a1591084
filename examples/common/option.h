/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a system as a person writes them, NAME = VALUE, and what a mistyped name may have meant. */
#ifndef EXAMPLES_OPTION_H
#define EXAMPLES_OPTION_H

#include <keycard/keycard.h>

/* One of the driver's or the link's, "encoder", "room.ROOM" or "area.AREA". */
int32_t set_option(kc_system *system, const char *name, const char *value);
/* NULL if none is near. */
const char *nearest_option(const kc_system *system, const char *name);
const char *nearest_policy(const char *name);

#endif
