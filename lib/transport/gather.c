/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The low-water mark of a TCP connection: see gather.h. */
#include "transport/gather.h"

#include <errno.h>
#include <sys/socket.h>

/* A single exchange would not be worth the calls that move the mark. */
#define ENOUGH_IN_ROW 2

static bool set_mark(const struct stream *stream, int bytes)
{
    return setsockopt(stream->watch.fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) == 0;
}

static void raise_mark(struct gather *gather, struct stream *stream)
{
    if (gather->impossible || loop_timer_set(stream->loop, gather->timer, GATHER_MS) != KC_OK)
        return;
    gather->raised = set_mark(stream, 2);
    gather->impossible = !gather->raised;
    gather->used = false;
    if (!gather->raised)
        loop_timer_cancel(stream->loop, gather->timer);
}

/* The timer goes on if the system refuses, so that no byte stays there. */
static void lower_mark(struct gather *gather, struct stream *stream)
{
    gather->in_row = 0;
    gather->raised = !set_mark(stream, 1);
    if (gather->raised)
        loop_timer_must(stream->loop, gather->timer, GATHER_MS);
    else
        loop_timer_cancel(stream->loop, gather->timer);
}

bool gather_begin(struct gather *gather, struct stream *stream)
{
    if (gather->raised && stream->state == STREAM_OPEN) {
        uint8_t byte;
        ssize_t count = recv(stream->watch.fd, &byte, sizeof byte, MSG_PEEK);

        if (count >= 0) {
            stream_read_soon(stream);
            return false;
        }
        if (errno != EAGAIN && errno != EINTR) {
            stream_lose(stream, errno);
            return false;
        }
    }
    gather->asked = loop_now(stream->loop);
    gather->awaits = true;
    gather->parted = false;
    return true;
}

void gather_heard(struct gather *gather, struct stream *stream, size_t count)
{
    const int64_t now = loop_now(stream->loop);
    bool quick;

    if (gather->raised && count == 1) /* somebody waited for it */
        lower_mark(gather, stream);
    if (!gather->awaits)
        return;
    if (count == 1 && !gather->parted) {
        gather->parted = true;
        return;
    }
    quick = now - gather->asked <= GATHER_MS;
    gather->awaits = false;
    gather->used = gather->used || quick;
    if (gather->raised)
        return;
    if (!quick || !gather->parted || now - gather->ended > GATHER_MS)
        gather->in_row = 0;
    gather->ended = now;
    if (quick && gather->parted && ++gather->in_row >= ENOUGH_IN_ROW)
        raise_mark(gather, stream);
}

void gather_look(struct gather *gather, struct stream *stream)
{
    if (!gather->used)
        lower_mark(gather, stream);
    else
        loop_timer_must(stream->loop, gather->timer, GATHER_MS);
    gather->used = false;
    stream_read_now(stream);
}
