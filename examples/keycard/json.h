/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON form of what the tool shows: one object a line on standard output. */
#ifndef KEYCARD_TOOL_JSON_H
#define KEYCARD_TOOL_JSON_H

#include "output.h"

void json_show_event(const kc_event *event);
void json_show_follow_up(const kc_op *op, const kc_op *next);
void json_show_cancelling(const kc_op *op);
/* Without `guest_data` those are left out. */
void json_show_key(const kc_key *key, bool guest_data);
void json_show_forgotten(const kc_op *op);
void json_show_operation(const kc_op *op, bool guest_data);
/* What KC_EVENT_LEDGER tells. */
void json_show_change(const kc_event *event);
void json_show_encoder(const kc_encoder *encoder);
/* `state` is that of the event, or as it is now. */
void json_show_device(const kc_device *device, int32_t state);
void json_show_journal(const kc_op *op);
/* An event that has only texts. */
void json_show_texts(const char *event, const char *const *names, const char *const *values, size_t count);
void json_show_driver(const kc_driver *driver);
void json_show_done(const struct result *result);

#endif
