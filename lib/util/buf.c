/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The growable byte buffer. */
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_CAPACITY 64

void buf_init(struct buf *buf)
{
    *buf = (struct buf){0};
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf_init(buf);
}

void buf_clear(struct buf *buf)
{
    buf->length = 0;
    buf->failed = false;
}

/* Makes room for so many more bytes; on failure the buffer keeps what it has. */
static bool buf_reserve(struct buf *buf, size_t count)
{
    if (buf->failed)
        return false;
    if (count <= buf->capacity - buf->length)
        return true;
    size_t capacity = buf->capacity == 0 ? BUF_FIRST_CAPACITY : buf->capacity;
    while (capacity - buf->length < count) {
        if (capacity > SIZE_MAX / 2) {
            buf->failed = true;
            return false;
        }
        capacity *= 2;
    }
    uint8_t *data = realloc(buf->data, capacity);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_append(struct buf *buf, const void *bytes, size_t count)
{
    if (count == 0 || !buf_reserve(buf, count))
        return;
    memcpy(buf->data + buf->length, bytes, count);
    buf->length += count;
}

uint8_t *buf_extend(struct buf *buf, size_t count)
{
    if (!buf_reserve(buf, count))
        return NULL;
    buf->length += count;
    return buf->data + buf->length - count;
}

void buf_append_byte(struct buf *buf, uint8_t byte)
{
    if (buf_reserve(buf, 1))
        buf->data[buf->length++] = byte;
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_append_format(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buf->failed = true;
        return;
    }
    size_t size = (size_t)length + 1; /* vsnprintf() writes a NUL, which is then left out of the length */
    if (!buf_reserve(buf, size))
        return;
    va_start(arguments, format);
    int written = vsnprintf((char *)buf->data + buf->length, size, format, arguments);
    va_end(arguments);
    if (written != length)
        buf->failed = true;
    else
        buf->length += (size_t)length;
}

void buf_consume(struct buf *buf, size_t count)
{
    if (count >= buf->length) {
        buf->length = 0;
        return;
    }
    if (count == 0)
        return;
    memmove(buf->data, buf->data + count, buf->length - count);
    buf->length -= count;
}

const char *buf_text(struct buf *buf)
{
    if (!buf_reserve(buf, 1))
        return "";
    buf->data[buf->length] = '\0';
    return (const char *)buf->data;
}
