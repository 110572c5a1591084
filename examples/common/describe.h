/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library knows, as JSON. A value that memory does not suffice for is left out. */
#ifndef EXAMPLES_DESCRIBE_H
#define EXAMPLES_DESCRIBE_H

#include <jansson.h>
#include <keycard/keycard.h>

json_t *describe_key(const kc_key *key);
json_t *describe_keys(const kc_op *list);
json_t *describe_error(const kc_error *error);
json_t *describe_encoder(const kc_encoder *encoder);
/* `state` is that of an event, or as it is now. */
json_t *describe_device(const kc_device *device, int32_t state);
json_t *describe_devices(const kc_context *context);
json_t *describe_op(const kc_op *op);
const char *describe_link(int32_t state);

#endif
