/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the transports over one descriptor share: reading, the queue of bytes to be written, and telling the core in
 * such a way that it may close the transport inside any callback. */
#ifndef KEYCARD_TRANSPORT_STREAM_H
#define KEYCARD_TRANSPORT_STREAM_H

#include <sys/types.h>

#include "transport.h"
#include "util/buf.h"

/* What reading and writing return instead of a number of bytes. */
#define STREAM_NOTHING_NOW 0
#define STREAM_END         (-1)
#define STREAM_ERROR       (-2) /* errno says which */

struct stream;

struct stream_table {
    /* Reads or writes without blocking. The number of bytes, or one of the above. */
    ssize_t (*read)(struct stream *stream, void *bytes, size_t count);
    ssize_t (*write)(struct stream *stream, const void *bytes, size_t count);
    /* While not open: the descriptor is ready. NULL if it is open from the start. */
    void (*connecting)(struct stream *stream, uint32_t events);
    const char *end_text; /* what the end of the input means, for people; follows "was lost: " */
};

enum stream_state {
    STREAM_CONNECTING, /* the transport works on it */
    STREAM_OPENING,    /* it stands; `connected` comes at the next dispatch */
    STREAM_OPEN,
    STREAM_FAILED, /* `closed` comes at the next dispatch */
    STREAM_CLOSED  /* `closed` was called */
};

/* Every transport built on it begins with this. What is looked at whenever bytes come stands together at the start: of
 * ten thousand links, each is long gone from the caches when its bytes come. */
struct stream {
    struct transport transport;
    const struct stream_table *table;
    struct loop_watch watch; /* fd -1: none; the transport closes it */
    const struct transport_events *events;
    void *user;
    bool *gone; /* set when the stream is freed inside a callback */
    enum stream_state state;
    bool drain; /* failed in writing: what has come is still to be passed on */

    struct loop *loop;
    char *name; /* for people: "10.0.0.5:8090", "serial port /dev/ttyUSB0" */
    struct loop_task task;
    struct buf queue; /* the bytes from `sent` on are to be written */
    size_t sent;
    struct kc_error *error; /* for `closed`; NULL: memory was used up */
};

#define STREAM_QUEUE_MAX ((size_t)1024 * 1024)

/* Fills a zeroed stream. The name is copied. Returns 0, or -1 when memory is used up (nothing to free then). */
int stream_init(struct stream *stream, const struct transport_table *transport, const struct stream_table *table,
                struct loop *loop, const struct transport_events *events, void *user, const char *name);
/* Stops every callback and frees what the stream holds, but neither the descriptor nor the struct. */
void stream_release(struct stream *stream);
/* Back to connecting, as it was when just made, without descriptor (which the transport has closed). No callback is
 * called for what was. Harmless inside a callback. */
void stream_reset(struct stream *stream);
/* From now on watches this descriptor, while connecting. KC_OK or KC_ERROR_SYSTEM (errno says why). */
int32_t stream_watch(struct stream *stream, int fd, uint32_t events);
/* The connection stands: `connected` will be called at the next dispatch. */
void stream_opened(struct stream *stream);
/* The same, but calls it at once: only from the loop. The stream may be gone afterwards. */
void stream_announce(struct stream *stream);
/* It failed: `closed` will be called at the next dispatch. The first failure counts. */
void stream_fail(struct stream *stream, const struct kc_error *error);
/* The same, with a system error as the reason. */
void stream_lose(struct stream *stream, int number);
/* Passes on what has come although the descriptor does not show it: at the next dispatch; or now, only from the loop,
 * and the stream may be gone afterwards. */
void stream_read_soon(struct stream *stream);
void stream_read_now(struct stream *stream);
/* Helps the slots read and write: what a system call returned to what they return. A count of 0 stays 0. */
ssize_t stream_result(ssize_t count);
/* The slots read and write of a stream socket. */
ssize_t stream_socket_read(struct stream *stream, void *bytes, size_t count);
ssize_t stream_socket_write(struct stream *stream, const void *bytes, size_t count);
/* The slot `send` of the tables. */
int32_t stream_send(struct transport *transport, const uint8_t *bytes, size_t count);

#endif
