/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The invented line protocol of the template; see codec.h. */
#include "codec.h"

#include <string.h>

bool template_word_fits(const char *word)
{
    size_t length = 0;
    while (word[length] > ' ' && word[length] < 0x7F)
        length++;
    return length > 0 && word[length] == '\0';
}

void template_write_key(struct buf *out, const char *encoder, const char *room, const char *until)
{
    buf_append_format(out, "KEY %s %s %s\n", encoder, room, until);
}

static enum template_answer read_line(const char *line, const char **text)
{
    *text = "";
    if (strcmp(line, "OK") == 0)
        return TEMPLATE_OK;
    if (strncmp(line, "ERR ", 4) != 0)
        return TEMPLATE_BROKEN;
    *text = line + 4;
    return TEMPLATE_REFUSED;
}

enum template_answer template_read(struct template_reader *reader, const uint8_t *bytes, size_t count, size_t *used,
                                   const char **text)
{
    for (*used = 0; *used < count;) {
        uint8_t byte = bytes[(*used)++];
        if (byte == '\n') {
            reader->line[reader->length] = '\0';
            reader->length = 0;
            return read_line(reader->line, text);
        }
        if (byte == '\0' || reader->length == TEMPLATE_LINE_MAX) {
            reader->length = 0;
            return TEMPLATE_BROKEN;
        }
        reader->line[reader->length++] = (char)byte;
    }
    return TEMPLATE_NEED_MORE;
}
