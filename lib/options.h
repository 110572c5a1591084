/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of links and drivers: names, allowed values, values. */
#ifndef KEYCARD_OPTIONS_H
#define KEYCARD_OPTIONS_H

#include "system.h"

/* Its number, or -1: link options first, then those of the driver. */
int32_t option_find(const struct kc_system *system, const char *name);
void options_free(struct kc_system *system);
/* Checks and sets a link, driver or transport option. */
int32_t option_set(struct kc_system *system, const char *name, const char *value, struct kc_error *error);
/* Reads the link options, lets the driver read its own, and has the transport check the URI. */
int32_t options_apply(struct kc_system *system, struct kc_error *error);
const char *option_get(const struct kc_system *system, const char *name);
/* Values that are never shown, counted from 0: "" where an option is no secret or not set, NULL past the end. */
const char *option_secret(const struct kc_system *system, size_t index);

#endif
