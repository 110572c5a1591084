/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server-sent events. Each browser begins with a picture of what there is, so nothing is lost when it comes back. */
#ifndef FRONTDESK_STREAM_H
#define FRONTDESK_STREAM_H

#include "web.h"

/* Tells all browsers; `data` is taken over. */
void stream_publish(struct desk *desk, const char *event, json_t *data);
/* Now and then a sign of life, by which closed browsers are noticed. */
void stream_beat(struct desk *desk);
/* Ends the streams of a session, or all with NULL. */
void stream_end(struct desk *desk, const struct session *session);

#endif
