/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server-sent events: what each listener has not taken yet, and when it is woken. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LARGEST_BACKLOG: of one listener; MOST_WAITING: of all. */
enum { LARGEST_BACKLOG = 1024 * 1024, MOST_WAITING = 32 * 1024 * 1024, MOST_STREAMS = 300, BLOCK = 8192 };

struct stream {
    struct stream *next;
    struct streams *streams;
    struct MHD_Connection *connection;
    char owner[STREAM_OWNER];
    char *waiting; /* what the listener has not taken yet */
    size_t size;
    bool suspended, ended;
};

static void wake(struct stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->connection);
}

static void end(struct stream *stream)
{
    stream->ended = true;
    wake(stream);
}

static void forget(struct stream *stream)
{
    stream->streams->waiting -= stream->size;
    free(stream->waiting);
    stream->waiting = NULL;
    stream->size = 0;
}

/* Too slow: it comes back and begins with a new picture. Whoever takes nothing keeps no memory until it is noticed. */
static void end_slow(struct stream *stream)
{
    forget(stream);
    end(stream);
}

static void make_room(struct streams *streams, size_t size)
{
    while (streams->waiting > 0 && size > MOST_WAITING - streams->waiting) {
        struct stream *slowest = streams->first;
        for (struct stream *stream = streams->first; stream != NULL; stream = stream->next)
            slowest = stream->size > slowest->size ? stream : slowest;
        end_slow(slowest);
    }
}

static void append(struct stream *stream, const char *text, size_t size)
{
    make_room(stream->streams, size);
    if (stream->ended)
        return;
    char *waiting = size <= LARGEST_BACKLOG - stream->size ? realloc(stream->waiting, stream->size + size) : NULL;
    if (waiting == NULL) {
        end_slow(stream);
        return;
    }
    memcpy(waiting + stream->size, text, size);
    stream->waiting = waiting;
    stream->size += size;
    stream->streams->waiting += size;
    wake(stream);
}

/* libmicrohttpd asks for more. */
static ssize_t give(void *user, uint64_t position, char *buffer, size_t most)
{
    struct stream *stream = user;
    (void)position;
    if (stream->size == 0) {
        if (stream->ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    const size_t size = stream->size < most ? stream->size : most;
    memcpy(buffer, stream->waiting, size);
    stream->size -= size;
    stream->streams->waiting -= size;
    memmove(stream->waiting, stream->waiting + size, stream->size);
    return (ssize_t)size;
}

static void stream_free(void *user)
{
    struct stream *stream = user, **place = &stream->streams->first;
    while (*place != NULL && *place != stream)
        place = &(*place)->next;
    if (*place != NULL)
        *place = stream->next;
    forget(stream);
    free(stream);
}

static char *write_event(const char *event, json_t *data, int *length)
{
    char *text = NULL, *json = data != NULL ? json_dumps(data, JSON_COMPACT) : NULL;
    json_decref(data);
    *length = json != NULL ? asprintf(&text, "event: %s\ndata: %s\n\n", event, json) : -1;
    free(json);
    return *length < 0 ? NULL : text;
}

void streams_publish(struct streams *streams, const char *event, json_t *data)
{
    int length = 0;
    char *text = write_event(event, data, &length);
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (text != NULL && !stream->ended)
            append(stream, text, (size_t)length);
    }
    free(text);
}

void streams_beat(struct streams *streams, bool (*may_listen)(const void *data, const char *owner), const void *data)
{
    static const char beat[] = ": still here\n\n";
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (!may_listen(data, stream->owner))
            end(stream);
        else if (!stream->ended && stream->size == 0)
            append(stream, beat, sizeof beat - 1);
    }
}

void streams_end(struct streams *streams, const char *owner)
{
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (owner == NULL || strcmp(stream->owner, owner) == 0)
            end(stream);
    }
}

static size_t count(const struct streams *streams)
{
    size_t number = 0;
    for (const struct stream *stream = streams->first; stream != NULL; stream = stream->next)
        number++;
    return number;
}

bool stream_open(struct streams *streams, struct web_request *request, const char *owner, const char *event,
                 json_t *picture)
{
    int length = 0;
    struct stream *stream = count(streams) < MOST_STREAMS ? calloc(1, sizeof *stream) : NULL;
    char *text = write_event(event, picture, &length);
    struct MHD_Response *response = stream != NULL && text != NULL
                                        ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, give, stream,
                                                                            stream_free)
                                        : NULL;
    if (response == NULL) {
        free(stream);
        free(text);
        return false;
    }
    *stream = (struct stream){.streams = streams, .connection = request->connection, .next = streams->first};
    (void)snprintf(stream->owner, sizeof stream->owner, "%s", owner);
    streams->first = stream;
    append(stream, text, (size_t)length);
    free(text);
    web_add_headers(request->web, response, "text/event-stream");
    request->status = MHD_HTTP_OK;
    request->response = response;
    return true;
}
