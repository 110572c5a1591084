/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A growable byte buffer. Failure to allocate is sticky: append freely, look at `failed` once at the end. */
#ifndef KEYCARD_UTIL_BUF_H
#define KEYCARD_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* NULL while empty and never used */
    size_t length;
    size_t capacity;
    bool failed; /* an append did not fit into memory; the content is not complete */
};

/* A buffer may also be started as an all-zero struct. */
void buf_init(struct buf *buf);
/* Frees the memory and leaves an empty buffer that can be used again. */
void buf_free(struct buf *buf);
/* Empties it and keeps the memory; clears `failed`. */
void buf_clear(struct buf *buf);
void buf_append(struct buf *buf, const void *bytes, size_t count);
void buf_append_byte(struct buf *buf, uint8_t byte);
/* Appends so many bytes that the caller then writes. NULL if there is no memory for them. */
uint8_t *buf_extend(struct buf *buf, size_t count);
/* Appends text without its NUL. */
void buf_append_text(struct buf *buf, const char *text);
/* Appends formatted text, printf style, without its NUL. */
void buf_append_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops bytes from the front. */
void buf_consume(struct buf *buf, size_t count);
/* NUL-terminates the content behind its length and returns it as text; "" if it failed. */
const char *buf_text(struct buf *buf);

#endif
