/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records as text for the log. Guests' data, keys and secrets are masked; what is not known is masked too. */
#include <string.h>

#include "state.h"

static const char shown[] = "DATIV#IFRTRLRIFLKCKTRNROWSDTG#GAGDGSIDK#KOSIUOASSF";

static bool is_shown(fias_id id)
{
    for (size_t i = 0; shown[i]; i += 2)
        if (FIAS_ID(shown + i) == id)
            return true;
    return false;
}

static void append(struct buf *text, const struct fias_field *field)
{
    for (size_t i = 0; i < field->length; i++) {
        uint8_t byte = (uint8_t)field->value[i];
        if (byte >= 0x20 && byte <= 0x7E)
            buf_append_byte(text, byte);
        else
            buf_append_format(text, "\\x%02X", byte);
    }
}

void fias_trace_record(struct driver_link *link, bool sent, const uint8_t *bytes, size_t count)
{
    struct buf text = {0};
    struct fias_record record;
    char id[3];
    if (!driver_tracing(link))
        return;
    if (fias_parse(bytes, count, &record) != 0) {
        driver_trace(link, sent, "(no record)");
        return;
    }
    buf_append_format(&text, "%s|", fias_id_text(record.id, id));
    for (size_t i = 0; i < record.field_count; i++) {
        buf_append_text(&text, fias_id_text(record.fields[i].id, id));
        if (is_shown(record.fields[i].id))
            append(&text, &record.fields[i]);
        else if (record.fields[i].length > 0)
            buf_append_text(&text, "***");
        buf_append_byte(&text, FIAS_SEPARATOR);
    }
    driver_trace(link, sent, text.failed ? "(a record)" : buf_text(&text));
    buf_free(&text);
}

void fias_trace_note(struct driver_link *link, bool sent, const char *text)
{
    if (driver_tracing(link))
        driver_trace(link, sent, text);
}
