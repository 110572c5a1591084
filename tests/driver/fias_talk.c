/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's part of the talk; see fias_talk.h. */
#include "fias_talk.h"

/* Records that were sent since the last call, a space behind each; the frames are checked. */
const char *talk_sent(struct fake_core *core)
{
    static char text[8192];
    size_t length = 0;
    const struct buf *bytes = &core->sent;
    for (size_t at = 0; at < bytes->length; at++) {
        assert_int_equal(bytes->data[at], 2);
        for (at++; bytes->data[at] != 3; at++) {
            assert_true(at + 1 < bytes->length && length + 2 < sizeof(text));
            text[length++] = (char)bytes->data[at];
        }
        text[length++] = ' ';
    }
    text[length > 0 ? length - 1 : 0] = '\0';
    buf_clear(&core->sent);
    return text;
}

void talk_say(struct fake_core *core, const char *record)
{
    struct buf bytes = {0};
    buf_append_byte(&bytes, 2);
    buf_append_text(&bytes, record);
    buf_append_byte(&bytes, 3);
    fake_core_receive(core, bytes.data, bytes.length);
    buf_free(&bytes);
}

void talk_open_core(struct fake_core *core, const char *const *options)
{
    fake_core_open(core, &driver_fias);
    core->transport = "listen";
    for (; options && options[0]; options += 2)
        fake_core_option(core, options[0], options[1]);
}

/* The start of the document, with these declarations: "RIKR|FL...", up to a NULL. */
void talk_start_link(struct fake_core *core, const char *const *declared)
{
    fake_core_up(core);
    assert_sent(core, LS);
    assert_false(core->ready);
    talk_say(core, LD);
    for (; *declared; declared++) {
        char record[2000];
        snprintf(record, sizeof(record), "LR|%s|", *declared);
        talk_say(core, record);
    }
    assert_sent(core, "");
    talk_say(core, ALIVE);
    assert_sent(core, LA);
    assert_true(core->ready);
}

const char *const talk_usual[] = {"RIKR|FL" KR_FIELDS,           "RIKD|FLWSKCRNG#",   "RIKM|FLWSKCRNROG#GAGDDT",
                                  "RIKZ|FLDATIKCWSG#RNGDDTASCT", "RIKA|FLASCTKCWSG#", NULL};

void talk_open_link(struct fake_core *core, ...)
{
    const char *options[32] = {NULL};
    va_list list;
    va_start(list, core);
    for (size_t i = 0; (options[i] = va_arg(list, const char *)); i++)
        assert_true(i < COUNT_OF(options) - 1);
    va_end(list);
    talk_open_core(core, options);
    talk_start_link(core, talk_usual);
}

struct fake_op *talk_make_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = fake_core_op(core, verb);
    bool at_encoder = verb != KC_VERB_CHECK_OUT && verb != KC_VERB_MODIFY_STAY;
    op->request.encoder = at_encoder ? "1" : "";
    op->request.copies = copies;
    op->request.station = "3";
    op->request.card_serial = "";
    op->request.booking = verb == KC_VERB_READ_CARD ? "" : "11122";
    op->request.guest = "Doe, Jane";
    if (verb == KC_VERB_READ_CARD)
        return op;
    op->request.from = (struct moment){1768485600, {2026, 1, 15, 14, 0}};
    op->request.until = (struct moment){1768734000, {2026, 1, 18, 11, 0}};
    fake_op_room(op, "2781");
    return op;
}

struct fake_op *talk_start_op(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = talk_make_op(core, verb, copies);
    fake_core_begin(core, op);
    return op;
}

void talk_with_areas(struct fake_op *op)
{
    fake_op_area(op, "1");
    fake_op_area(op, "3=2");
    fake_op_area(op, "5");
}
