/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of JSON objects, and what all outputs show the same way. */
#ifndef EXAMPLES_MEMBERS_H
#define EXAMPLES_MEMBERS_H

#include <jansson.h>
#include <keycard/keycard.h>
#include <stdbool.h>

/* Takes the value over; without one, for memory was used up, the member is left out. */
void put(json_t *object, const char *name, json_t *value);
void put_text(json_t *object, const char *name, const char *value);

/* Text of any origin: JSON takes valid UTF-8 only, and arguments of the command line need not be. */
json_t *text_of(const char *value);
json_t *warnings_of(const kc_op *op);
/* The member whose name differs between the outputs has the given one. `whose`: with the guest's name and the
 * installation. */
void put_key(json_t *object, const kc_key *key, const char *vendor_code_member, bool whose);

#endif
