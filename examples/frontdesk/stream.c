/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server-sent events: what each browser has not taken yet, and when it is woken. */
#include "stream.h"
#include "api.h"
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_BACKLOG = 1024 * 1024, MOST_STREAMS = 300, BLOCK = 8192 };

struct stream {
    struct stream *next;
    struct desk *desk;
    struct MHD_Connection *connection;
    char token[TOKEN_SIZE]; /* of its session */
    char *waiting;          /* what the browser has not taken yet */
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

static void append(struct stream *stream, const char *text, size_t size)
{
    char *waiting = size <= LARGEST_BACKLOG - stream->size ? realloc(stream->waiting, stream->size + size) : NULL;
    if (waiting == NULL) { /* too slow: it comes back and begins with a new picture */
        stream->ended = true;
    } else {
        memcpy(waiting + stream->size, text, size);
        stream->waiting = waiting;
        stream->size += size;
    }
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
    memmove(stream->waiting, stream->waiting + size, stream->size);
    return (ssize_t)size;
}

static void stream_free(void *user)
{
    struct stream *stream = user, **place = &stream->desk->streams;
    while (*place != NULL && *place != stream)
        place = &(*place)->next;
    if (*place != NULL)
        *place = stream->next;
    free(stream->waiting);
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

void stream_publish(struct desk *desk, const char *event, json_t *data)
{
    int length = 0;
    char *text = write_event(event, data, &length);
    for (struct stream *stream = desk->streams; stream != NULL; stream = stream->next) {
        if (text != NULL && !stream->ended)
            append(stream, text, (size_t)length);
    }
    free(text);
}

void stream_beat(struct desk *desk)
{
    static const char beat[] = ": still here\n\n";
    for (struct stream *stream = desk->streams; stream != NULL; stream = stream->next) {
        if (!logins_alive(&desk->logins, stream->token)) {
            stream->ended = true;
            wake(stream);
        } else if (!stream->ended && stream->size == 0)
            append(stream, beat, sizeof beat - 1);
    }
}

void stream_end(struct desk *desk, const struct session *session)
{
    for (struct stream *stream = desk->streams; stream != NULL; stream = stream->next) {
        if (session != NULL && strcmp(stream->token, session->token) != 0)
            continue;
        stream->ended = true;
        wake(stream);
    }
}

static size_t count(const struct desk *desk)
{
    size_t streams = 0;
    for (const struct stream *stream = desk->streams; stream != NULL; stream = stream->next)
        streams++;
    return streams;
}

void api_events(struct request *request)
{
    struct desk *desk = request->desk;
    int length = 0;
    struct stream *stream = count(desk) < MOST_STREAMS ? calloc(1, sizeof *stream) : NULL;
    char *picture = write_event(
        "picture", json_pack("{so so}", "jobs", jobs_describe(desk), "systems", systems_describe(desk)), &length);
    struct MHD_Response *response = stream != NULL && picture != NULL
                                        ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, give, stream,
                                                                            stream_free)
                                        : NULL;
    if (response == NULL) {
        free(stream);
        free(picture);
        answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "streams", "Too many pages are open.");
        return;
    }
    *stream = (struct stream){.desk = desk, .connection = request->connection, .next = desk->streams};
    memcpy(stream->token, request->session->token, TOKEN_SIZE);
    desk->streams = stream;
    append(stream, picture, (size_t)length);
    free(picture);
    web_add_headers(response, "text/event-stream");
    request->status = MHD_HTTP_OK;
    request->response = response;
}
