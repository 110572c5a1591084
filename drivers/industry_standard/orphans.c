/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that come too late, when nobody waits for them any more. */
#include <string.h>

#include "state.h"

char *find_orphan(struct line *line, struct industry_field id)
{
    for (size_t at = 0; at < line->orphans.length;) {
        char *text = (char *)line->orphans.data + at;
        if (industry_field_is(id, text))
            return text;
        at += strlen(text) + 1;
    }
    return NULL;
}

void add_orphan(struct line *line, struct industry_field id)
{
    buf_append(&line->orphans, id.bytes, id.length);
    buf_append_byte(&line->orphans, 0);
}

void remove_orphan(struct line *line, char *text)
{
    size_t size = strlen(text) + 1, at = (size_t)((uint8_t *)text - line->orphans.data);
    memmove(text, text + size, line->orphans.length - at - size);
    line->orphans.length -= size;
}
