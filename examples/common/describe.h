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
json_t *describe_op(const kc_op *op);
const char *describe_link(int32_t state);

#endif
