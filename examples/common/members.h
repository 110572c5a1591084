/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of JSON objects, and the lists that all objects show the same way. */
#ifndef EXAMPLES_MEMBERS_H
#define EXAMPLES_MEMBERS_H

#include <jansson.h>
#include <keycard/keycard.h>

/* Takes the value over; without one, for memory was used up, the member is left out. */
void put(json_t *object, const char *name, json_t *value);
void put_text(json_t *object, const char *name, const char *value);

/* Text of any origin: JSON takes valid UTF-8 only, and arguments of the command line need not be. */
json_t *text_of(const char *value);
json_t *texts_of(const kc_key *key, int32_t count, const char *(*get)(const kc_key *, int32_t));
json_t *warnings_of(const kc_op *op);

#endif
