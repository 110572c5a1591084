/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is plugged into this computer: by its name, and as members of a JSON object. */
#ifndef EXAMPLES_DEVICE_H
#define EXAMPLES_DEVICE_H

#include <jansson.h>
#include <keycard/keycard.h>

/* NULL if none of this name is plugged in. */
kc_device *find_device(const kc_context *context, const char *name);

/* All but its error. `state` is that of an event, or as it is now; the two members whose names differ between the
 * outputs have the given ones. */
void put_device(json_t *object, const kc_device *device, int32_t state, const char *name_member,
                const char *serial_number_member);

#endif
