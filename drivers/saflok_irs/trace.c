/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as text for the log. The password is masked, and whatever else may be a guest's: tracks, and text behind an
 * answer's numbers. */
#include <string.h>

#include "state.h"

enum { TAIL_LENGTH = 1 + IRS_PASSES };

static void append(struct buf *text, const struct buf *body, size_t from, size_t to)
{
    for (size_t i = from; i < to && i < body->length; i++) {
        uint8_t byte = body->data[i];
        if (byte >= 0x20 && byte <= 0x7E)
            buf_append_byte(text, byte);
        else
            buf_append_format(text, "\\x%02X", byte);
    }
}

static void show(struct driver_link *link, bool sent, struct buf *text)
{
    driver_trace(link, sent, text->failed ? "(a frame)" : buf_text(text));
    buf_free(text);
}

void irs_trace_request(struct driver_link *link, const struct buf *body)
{
    const struct settings *settings = &line_of(link)->settings;
    size_t end = 46 + settings->width + (settings->tail == TAIL_NONE ? 0 : TAIL_LENGTH);
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    append(&text, body, 0, IRS_PASSWORD_AT);
    buf_append_text(&text, "*******");
    append(&text, body, IRS_PASSWORD_AT + IRS_PASSWORD, end);
    if (body->length > end)
        buf_append_text(&text, "***");
    show(link, true, &text);
}

/* Up to the detail. An echo of the request has the password there. */
void irs_trace_answer(struct driver_link *link, const struct buf *body, const struct buf *sent)
{
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    size_t end = IRS_ANSWER_LEAST;
    if (body->length < end || (sent->length >= end && memcmp(body->data, sent->data, end) == 0))
        end = IRS_PASSWORD_AT;
    append(&text, body, 0, end);
    if (body->length > end)
        buf_append_format(&text, "*** (%zu characters)", body->length);
    show(link, false, &text);
}

void irs_trace_note(struct driver_link *link, bool sent, const char *text)
{
    if (driver_tracing(link))
        driver_trace(link, sent, text);
}
