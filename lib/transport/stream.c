/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading, writing and failing of a transport over one descriptor. */
#include "transport/stream.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_SIZE 4096
/* Reads in one round of the loop, and how long it may have taken before another one: so that a talkative peer holds up
 * neither the others nor a deadline, also where each byte means a line in a slow log. */
#define READ_ROUND_MAX 16
#define READ_ROUND_MS  20

static struct stream *from_watch(struct loop_watch *watch)
{
    return (struct stream *)((char *)watch - offsetof(struct stream, watch));
}

static struct stream *from_task(struct loop_task *task)
{
    return (struct stream *)((char *)task - offsetof(struct stream, task));
}

/* ---- Making and freeing ---------------------------------------------------------------------------------------- */

static void announce(struct loop_task *task);
static void ready(struct loop_watch *watch, uint32_t events);

int stream_init(struct stream *stream, const struct transport_table *transport, const struct stream_table *table,
                struct loop *loop, const struct transport_events *events, void *user, const char *name)
{
    stream->name = strdup(name);
    if (stream->name == NULL)
        return -1;
    stream->transport.table = transport;
    stream->table = table;
    stream->loop = loop;
    stream->events = events;
    stream->user = user;
    stream->watch.ready = ready;
    stream->watch.fd = -1;
    stream->task.run = announce;
    return 0;
}

void stream_release(struct stream *stream)
{
    if (stream->gone != NULL)
        *stream->gone = true;
    loop_watch_remove(stream->loop, &stream->watch);
    loop_task_cancel(stream->loop, &stream->task);
    buf_free(&stream->queue);
    free(stream->error);
    free(stream->name);
}

void stream_reset(struct stream *stream)
{
    if (stream->gone != NULL)
        *stream->gone = true; /* who called it must not go on with the descriptor that was */
    stream->gone = NULL;
    loop_watch_remove(stream->loop, &stream->watch);
    loop_task_cancel(stream->loop, &stream->task);
    buf_free(&stream->queue);
    stream->sent = 0;
    stream->drain = false;
    free(stream->error);
    stream->error = NULL;
    stream->watch.fd = -1;
    stream->state = STREAM_CONNECTING;
}

int32_t stream_watch(struct stream *stream, int fd, uint32_t events)
{
    stream->watch.fd = fd;
    stream->watch.events = (uint8_t)events;
    return loop_watch_add(stream->loop, &stream->watch);
}

void stream_opened(struct stream *stream)
{
    stream->state = STREAM_OPENING;
    loop_task_queue(stream->loop, &stream->task);
}

ssize_t stream_result(ssize_t count)
{
    if (count >= 0)
        return count;
    return errno == EAGAIN || errno == EINTR ? STREAM_NOTHING_NOW : STREAM_ERROR;
}

ssize_t stream_socket_read(struct stream *stream, void *bytes, size_t count)
{
    const ssize_t got = recv(stream->watch.fd, bytes, count, 0);
    return got == 0 ? STREAM_END : stream_result(got);
}

ssize_t stream_socket_write(struct stream *stream, const void *bytes, size_t count)
{
    return stream_result(send(stream->watch.fd, bytes, count, MSG_NOSIGNAL));
}

/* ---- Failing --------------------------------------------------------------------------------------------------- */

static void free_queue(struct stream *stream)
{
    buf_free(&stream->queue);
    stream->sent = 0;
}

void stream_fail(struct stream *stream, const struct kc_error *error)
{
    if (stream->state == STREAM_FAILED || stream->state == STREAM_CLOSED)
        return;
    stream->error = malloc(sizeof *stream->error);
    if (stream->error != NULL)
        *stream->error = *error;
    stream->state = STREAM_FAILED;
    loop_watch_remove(stream->loop, &stream->watch);
    free_queue(stream);
    loop_task_queue(stream->loop, &stream->task);
}

static void fail_lost(struct stream *stream, const char *reason)
{
    struct kc_error error;

    error_set(&error, KC_ERROR_CONNECTION_LOST, "", "the connection to %s was lost: %s", stream->name, reason);
    stream_fail(stream, &error);
}

void stream_lose(struct stream *stream, int number)
{
    char reason[128];

    fail_lost(stream, strerror_r(number, reason, sizeof reason));
}

static void fail_system(struct stream *stream, const char *what)
{
    struct kc_error error;

    error_set(&error, KC_ERROR_SYSTEM, "", "the connection to %s cannot be used: %s", stream->name, what);
    stream_fail(stream, &error);
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

enum read_result { READ_DONE, READ_EMPTY, READ_ENDED, READ_FAILED, READ_GONE };

/* Passes on what has come, a bounded amount of it. If `all`, goes on until there is really nothing more; else a read
 * that did not fill the buffer ends it, for if there is more the loop calls again. */
static enum read_result read_some(struct stream *stream, bool all, int *number)
{
    uint8_t bytes[READ_SIZE];
    enum stream_state state = stream->state;
    bool gone = false;

    if (stream->events->awaited != NULL)
        stream->events->awaited(stream->user);
    for (int i = 0; i < READ_ROUND_MAX; i++) {
        ssize_t count = stream->table->read(stream, bytes, sizeof bytes);

        if (count == STREAM_NOTHING_NOW)
            return READ_EMPTY;
        if (count == STREAM_END)
            return READ_ENDED;
        if (count < 0) {
            *number = errno;
            return READ_FAILED;
        }
        stream->gone = &gone;
        stream->events->received(stream->user, bytes, (size_t)count);
        if (gone)
            return READ_GONE;
        stream->gone = NULL;
        if ((size_t)count < sizeof bytes && !all)
            return READ_DONE;
        if (state == STREAM_OPEN && loop_spent_ms(stream->loop) >= READ_ROUND_MS)
            return READ_DONE;
    }
    return READ_DONE;
}

static void read_ready(struct stream *stream, bool hangup)
{
    int number = 0;

    switch (read_some(stream, hangup, &number)) {
    case READ_DONE:
    case READ_GONE:
        break;
    case READ_EMPTY:
        if (hangup) /* it will never be ready for anything else */
            fail_lost(stream, stream->table->end_text);
        break;
    case READ_ENDED:
        fail_lost(stream, stream->table->end_text);
        break;
    case READ_FAILED:
        stream_lose(stream, number);
        break;
    }
}

void stream_read_now(struct stream *stream)
{
    if (stream->state == STREAM_OPEN)
        read_ready(stream, false);
}

void stream_read_soon(struct stream *stream)
{
    loop_task_queue(stream->loop, &stream->task);
}

/* ---- Writing --------------------------------------------------------------------------------------------------- */

/* Returns how many bytes were written; the stream may have failed. */
static size_t write_some(struct stream *stream, const uint8_t *bytes, size_t count)
{
    ssize_t written = stream->table->write(stream, bytes, count);

    if (written < 0) {
        int number = errno;

        stream->drain = true;
        if (written == STREAM_END)
            fail_lost(stream, stream->table->end_text);
        else
            stream_lose(stream, number);
        return 0;
    }
    return (size_t)written;
}

static void want(struct stream *stream, uint32_t events)
{
    if (loop_watch_set(stream->loop, &stream->watch, events) != KC_OK)
        fail_system(stream, "the system refuses to watch it");
}

/* One write of what is queued. */
static void write_ready(struct stream *stream)
{
    size_t written = write_some(stream, stream->queue.data + stream->sent, stream->queue.length - stream->sent);

    if (stream->state != STREAM_OPEN)
        return;
    stream->sent += written;
    if (stream->sent < stream->queue.length)
        return;
    free_queue(stream);
    want(stream, LOOP_READ);
}

static int32_t enqueue(struct stream *stream, const uint8_t *bytes, size_t count)
{
    if (count > STREAM_QUEUE_MAX - (stream->queue.length - stream->sent)) {
        stream->drain = true;
        fail_lost(stream, "the other side does not take what is sent to it");
        return KC_ERROR_CONNECTION_LOST;
    }
    if (stream->sent > stream->queue.length / 2) {
        buf_consume(&stream->queue, stream->sent);
        stream->sent = 0;
    }
    buf_append(&stream->queue, bytes, count);
    if (stream->queue.failed) {
        fail_system(stream, "memory is used up");
        return KC_ERROR_NO_MEMORY;
    }
    return KC_OK;
}

int32_t stream_send(struct transport *transport, const uint8_t *bytes, size_t count)
{
    struct stream *stream = (struct stream *)transport;
    bool queued = stream->queue.length > 0;
    int32_t status;

    if (stream->state == STREAM_OPEN && !queued && count > 0) {
        size_t written = write_some(stream, bytes, count);

        bytes += written;
        count -= written;
    }
    if (stream->state == STREAM_FAILED || stream->state == STREAM_CLOSED)
        return KC_ERROR_CONNECTION_LOST;
    if (count == 0)
        return KC_OK;
    status = enqueue(stream, bytes, count);
    if (status == KC_OK && stream->state == STREAM_OPEN && !queued)
        want(stream, LOOP_READ | LOOP_WRITE);
    return stream->state == STREAM_FAILED && status == KC_OK ? KC_ERROR_CONNECTION_LOST : status;
}

/* ---- Telling the core ------------------------------------------------------------------------------------------ */

void stream_announce(struct stream *stream)
{
    bool gone = false;

    stream->state = STREAM_OPEN;
    stream->gone = &gone;
    stream->events->connected(stream->user);
    if (gone)
        return;
    stream->gone = NULL;
    if (stream->state == STREAM_OPEN)
        want(stream, stream->queue.length > 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

/* What came before the failure is passed on first: it may be the answer that tells what happened to a card. */
static void announce_closed(struct stream *stream)
{
    struct kc_error error; /* a copy, for the callee frees the stream */
    int number;

    if (stream->drain && read_some(stream, true, &number) == READ_GONE)
        return;
    if (stream->error != NULL)
        error = *stream->error;
    else
        error_set(&error, KC_ERROR_SYSTEM, "", "the connection to %s failed, and memory is used up", stream->name);
    stream->state = STREAM_CLOSED;
    stream->events->closed(stream->user, &error);
}

static void announce(struct loop_task *task)
{
    struct stream *stream = from_task(task);

    if (stream->state == STREAM_OPENING)
        stream_announce(stream);
    else if (stream->state == STREAM_FAILED)
        announce_closed(stream);
    else
        stream_read_now(stream);
}

static void ready(struct loop_watch *watch, uint32_t events)
{
    struct stream *stream = from_watch(watch);

    if (stream->state == STREAM_CONNECTING) {
        stream->table->connecting(stream, events);
        return;
    }
    if (stream->state != STREAM_OPEN) /* `connected` comes in this round; the descriptor stays ready */
        return;
    if ((events & LOOP_WRITE) != 0 && stream->queue.length > 0)
        write_ready(stream);
    if (stream->state == STREAM_OPEN && (events & (LOOP_READ | LOOP_HANGUP)) != 0)
        read_ready(stream, (events & LOOP_HANGUP) != 0);
}
