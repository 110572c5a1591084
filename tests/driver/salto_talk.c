/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's part of the dialogue; see salto_talk.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

static void open_with(struct fake_core *core, const struct driver *driver, va_list *options)
{
    const char *name;
    fake_core_open(core, driver);
    while ((name = va_arg(*options, const char *)))
        fake_core_option(core, name, va_arg(*options, const char *));
    fake_core_up(core);
    assert_true(core->ready);
    assert_sent(core, "");
}

void talk_open(struct fake_core *core, ...)
{
    va_list options;
    va_start(options, core);
    open_with(core, &driver_salto, &options);
    va_end(options);
}

void talk_open_onity(struct fake_core *core, ...)
{
    va_list options;
    va_start(options, core);
    open_with(core, &driver_onity, &options);
    va_end(options);
}

struct fake_op *talk_op(struct fake_core *core, int32_t verb, const char *encoder)
{
    struct fake_op *op = fake_core_op(core, verb);
    op->request.encoder = encoder;
    op->request.operator_name = "Ann";
    op->request.from = (struct moment){1781535600, {2026, 6, 15, 15, 0}};
    op->request.until = (struct moment){1781780400, {2026, 6, 18, 11, 0}};
    if (verb != KC_VERB_READ_CARD && verb != KC_VERB_DISCOVER)
        fake_op_room(op, "101");
    return op;
}

struct fake_op *talk_start(struct fake_core *core, int32_t verb, const char *encoder)
{
    struct fake_op *op = talk_op(core, verb, encoder);
    fake_core_start(core, op);
    return op;
}

static uint8_t check_of(const uint8_t *bytes, size_t count)
{
    uint8_t check = 0;
    for (size_t i = 0; i < count; i++)
        check ^= bytes[i];
    return check;
}

/* One frame at `at`; returns where it ends. */
static size_t show_frame(const struct buf *sent, size_t at, struct buf *out)
{
    size_t start = at + 1;
    for (at = start; at < sent->length && sent->data[at] != 0x03; at++) {
        if (sent->data[at] == 0xB3)
            buf_append_byte(out, '|');
        else
            buf_append_byte(out, sent->data[at]);
    }
    assert_true(at + 1 < sent->length);
    if (sent->data[at + 1] != 0x0D)
        assert_int_equal(sent->data[at + 1], check_of(sent->data + start, at + 1 - start));
    else
        buf_append_text(out, "0D");
    return at + 2;
}

const char *talk_sent(struct fake_core *core)
{
    static char text[2048];
    struct buf out;
    buf_init(&out);
    for (size_t at = 0; at < core->sent.length;) {
        if (out.length > 0)
            buf_append_byte(&out, ' ');
        if (core->sent.data[at] == 0x05) {
            buf_append_text(&out, "ENQ");
            at++;
        } else {
            assert_int_equal(core->sent.data[at], 0x02);
            at = show_frame(&core->sent, at, &out);
        }
    }
    assert_true(out.length < sizeof(text));
    memcpy(text, buf_text(&out), out.length + 1);
    buf_free(&out);
    buf_clear(&core->sent);
    return text;
}

void talk_frame(struct buf *out, const char *fields)
{
    size_t start = out->length + 1;
    buf_append_byte(out, 0x02);
    for (; *fields; fields++)
        buf_append_byte(out, *fields == '|' ? 0xB3 : (uint8_t)*fields);
    buf_append_byte(out, 0x03);
    buf_append_byte(out, check_of(out->data + start, out->length - start));
}

void talk_ack(struct fake_core *core)
{
    fake_core_receive(core, "\x06", 1);
}

void talk_nak(struct fake_core *core)
{
    fake_core_receive(core, "\x15", 1);
}

void talk_answer(struct fake_core *core, const char *fields)
{
    struct buf bytes;
    buf_init(&bytes);
    talk_frame(&bytes, fields);
    fake_core_receive(core, bytes.data, bytes.length);
    buf_free(&bytes);
}

const char *talk_traced(struct fake_core *core)
{
    static char text[4096];
    assert_true(core->trace.length < sizeof(text));
    memcpy(text, buf_text(&core->trace), core->trace.length + 1);
    buf_clear(&core->trace);
    return text;
}

struct fake_op *talk_issue(struct fake_core *core)
{
    struct fake_op *op = talk_start(core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    assert_sent(core, CN_DESK_1);
    return op;
}
