/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server-sent events. Each listener begins with a picture of what there is, so nothing is lost when it comes back. */
#ifndef EXAMPLES_STREAM_H
#define EXAMPLES_STREAM_H

#include "web.h"

enum { STREAM_OWNER = 65 }; /* size of the name of whoever listens */

struct streams {
    struct stream *first;
    size_t waiting; /* bytes that were not taken yet, of all listeners */
};

/* Answers a request with a stream that begins with this event; `picture` is taken over. False, without an answer, if
 * there are too many or memory is used up. */
bool stream_open(struct streams *streams, struct web_request *request, const char *owner, const char *event,
                 json_t *picture);
/* Tells all listeners; `data` is taken over. */
void streams_publish(struct streams *streams, const char *event, json_t *data);
/* A sign of life, by which closed connections are noticed; ends the streams of owners who may listen no more. */
void streams_beat(struct streams *streams, bool (*may_listen)(const void *data, const char *owner), const void *data);
/* Ends the streams of an owner, or all with NULL. */
void streams_end(struct streams *streams, const char *owner);

#endif
