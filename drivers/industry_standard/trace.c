/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as text for the log: who the guest is, where a mobile key goes and what opens doors is masked. */
#include "state.h"

#include <string.h>

static bool looks_like_phone(struct industry_field field)
{
    size_t digits = 0;
    for (size_t i = 0; i < field.length; i++)
        digits += field.bytes[i] >= '0' && field.bytes[i] <= '9';
    return field.length > 0 && (field.bytes[0] == '+' || digits >= 8);
}

static bool is_masked(const struct industry_frame *frame, bool sent, size_t index)
{
    if (index == 0)
        return frame->fields[0].length > 5; /* no command and no code is that long */
    if (!frame->has_command)
        return index > 1 || looks_like_phone(frame->fields[index]); /* an error code, id, text */
    switch (frame->command) {
    case INDUSTRY_CN:
    case INDUSTRY_CC:
    case INDUSTRY_CA:
        return sent && index >= 11 && index <= 14; /* operator and lines; an answer has serial numbers only */
    case INDUSTRY_CNM:
    case INDUSTRY_CCM:
    case INDUSTRY_CNMB:
    case INDUSTRY_CCMB:
        return !sent || index == 1 || index == 10 || index >= 14; /* phone, operator, message, auth code; the key */
    case INDUSTRY_CNB:
    case INDUSTRY_CCB:
        return sent ? index == 10 || index == 11 : index > 1; /* operator; the key */
    case INDUSTRY_LT:
        return index == 11;
    case INDUSTRY_MC:
        return index == 4;
    default:
        return index > 2;
    }
}

static void append_field(struct buf *text, struct industry_field field)
{
    for (size_t i = 0; i < field.length; i++) {
        if (field.bytes[i] >= 0x20 && field.bytes[i] < 0x7F)
            buf_append_byte(text, field.bytes[i]);
        else
            buf_append_format(text, "\\x%02X", field.bytes[i]);
    }
}

void trace_frame_now(struct driver_link *link, bool sent, const uint8_t *body, size_t length)
{
    struct industry_frame frame;
    struct buf text;
    buf_init(&text);
    if (industry_split(body, length, &frame) != 0) {
        buf_append_format(&text, "(%zu bytes that are no frame)", length);
    } else {
        buf_append_byte(&text, '|');
        for (size_t i = 0; i < frame.count; i++) {
            if (frame.fields[i].length > 0 && is_masked(&frame, sent, i))
                buf_append_text(&text, "***");
            else
                append_field(&text, frame.fields[i]);
            buf_append_byte(&text, '|');
        }
    }
    driver_trace(link, sent, buf_text(&text));
    buf_free(&text);
}

void trace_note(struct driver_link *link, bool sent, const char *text)
{
    if (driver_tracing(link))
        driver_trace(link, sent, text);
}
