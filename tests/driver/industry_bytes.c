/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames made without the codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "industry_bytes.h"

void append_text(char *out, size_t size, const char *text)
{
    size_t length = strlen(out), more = strlen(text);
    assert_true(length + more < size);
    memcpy(out + length, text, more + 1);
}

void assert_bytes(const struct buf *buf, const uint8_t *bytes, size_t size)
{
    assert_false(buf->failed);
    assert_int_equal(buf->length, size);
    assert_memory_equal(buf->data, bytes, size);
}

void parse_frame(const uint8_t *bytes, size_t size, struct industry_frame *frame)
{
    assert_int_equal(industry_split(bytes + 1, size - 3, frame), 0);
}

void build_frame(struct buf *out, const char *fields)
{
    size_t start = out->length;
    buf_append_byte(out, 0x02);
    for (const char *at = fields; *at; at++)
        buf_append_byte(out, *at == '|' ? 0xB3 : (uint8_t)*at);
    buf_append_byte(out, 0x03);
    uint8_t check = 0;
    for (size_t i = start + 1; i < out->length; i++)
        check ^= out->data[i];
    buf_append_byte(out, check);
}

void split_text(struct buf *memory, const char *fields, struct industry_frame *frame)
{
    buf_clear(memory);
    build_frame(memory, fields);
    parse_frame(memory->data, memory->length, frame);
}
