/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's part of the dialogue; see saflok_irs_talk.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "saflok_irs_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void talk_open(struct fake_core *core, const char *transport, ...)
{
    va_list options;
    const char *name;
    fake_core_open(core, &driver_saflok_irs);
    core->transport = transport;
    fake_core_option(core, "password", "DESK7");
    va_start(options, transport);
    while ((name = va_arg(options, const char *)))
        fake_core_option(core, name, va_arg(options, const char *));
    va_end(options);
    fake_core_up(core);
    assert_true(core->ready);
}

struct fake_op *talk_make_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = fake_core_op(core, verb);
    op->request.encoder = "2";
    op->request.copies = copies;
    op->request.until = (struct moment){1805103000, {2027, 3, 15, 11, 30}};
    fake_op_room(op, "305");
    return op;
}

struct fake_op *talk_start_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = talk_make_op(core, verb, copies);
    fake_core_begin(core, op);
    return op;
}

const char *talk_sent(struct fake_core *core)
{
    static char text[1024];
    size_t length = 0;
    const struct buf *bytes = &core->sent;
    for (size_t at = 0; at < bytes->length; at++) {
        static const char *const names[] = {[5] = "<ENQ>", [6] = "<ACK>", [21] = "<NAK>"};
        assert_true(length + 200 < sizeof(text));
        if (bytes->data[at] != 0x02) {
            assert_true(bytes->data[at] < COUNT_OF(names) && names[bytes->data[at]]);
            memcpy(text + length, names[bytes->data[at]], 5);
            length += 5;
            continue;
        }
        uint8_t check = 0;
        for (at++; bytes->data[at] != 0x03; at++) {
            check ^= bytes->data[at];
            text[length++] = (char)bytes->data[at];
        }
        if (at + 1 < bytes->length)
            assert_int_equal(bytes->data[++at], check ^ 0x03);
        else
            text[length++] = '!'; /* no check byte */
    }
    text[length] = '\0';
    buf_clear(&core->sent);
    return text;
}

void talk_frame(struct buf *out, const char *body, int spoil)
{
    uint8_t check = 0x03;
    for (size_t i = 0; body[i]; i++)
        check ^= (uint8_t)body[i];
    buf_append_byte(out, 0x02);
    buf_append_text(out, body);
    buf_append_byte(out, 0x03);
    if (spoil >= 0)
        buf_append_byte(out, (uint8_t)(check ^ spoil));
}

void talk_answer(struct fake_core *core, const char *body, int spoil)
{
    struct buf bytes = {0};
    talk_frame(&bytes, body, spoil);
    fake_core_receive(core, bytes.data, bytes.length);
    buf_free(&bytes);
}
