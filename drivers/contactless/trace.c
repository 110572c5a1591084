/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes over the wire, for the log: keys of cards and what stands on cards only as a number of bytes. */
#include "state.h"

enum { SHOWN_MOST = 80 };

static const char *const names[] = {
    [TASK_READ] = "read", [TASK_WRITE] = "write", [TASK_AUTHENTICATE] = "authentication", [TASK_APDU] = "command"};

static bool is_secret(enum task_name name)
{
    return name < sizeof(names) / sizeof(names[0]) && names[name];
}

void contactless_trace(struct driver_link *link, bool sent, const uint8_t *bytes, size_t count)
{
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    if (is_secret(desk_of(link)->task.name)) {
        buf_append_format(&text, "(%s, block %d: %zu bytes)", names[desk_of(link)->task.name],
                          (int)desk_of(link)->task.block, count);
        driver_trace(link, sent, text.failed ? "(bytes)" : buf_text(&text));
        buf_free(&text);
        return;
    }
    for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
        buf_append_format(&text, "%s%02X", i ? " " : "", bytes[i]);
    if (count > SHOWN_MOST)
        buf_append_format(&text, " ... (%zu bytes)", count);
    driver_trace(link, sent, text.failed ? "(bytes)" : buf_text(&text));
    buf_free(&text);
}
