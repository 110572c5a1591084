/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The invented line protocol of the template: "KEY encoder room until\n" is answered by "OK\n" or "ERR text\n".
 * A codec turns requests into bytes and bytes into answers, and nothing else. */
#ifndef KEYCARD_DRIVERS_TEMPLATE_CODEC_H
#define KEYCARD_DRIVERS_TEMPLATE_CODEC_H

#include "util/buf.h"

#define TEMPLATE_LINE_MAX 120 /* without the line feed */

/* Whether a word can stand in a line: 1 or more printable ASCII characters, no blank. */
bool template_word_fits(const char *word);
/* Appends a request. The words must fit. */
void template_write_key(struct buf *out, const char *encoder, const char *room, const char *until);

/* Half a line that came already. Starts as an all-zero struct. */
struct template_reader {
    char line[TEMPLATE_LINE_MAX + 1];
    size_t length;
};

enum template_answer {
    TEMPLATE_NEED_MORE, /* all bytes were taken, no line is whole */
    TEMPLATE_OK,
    TEMPLATE_REFUSED, /* `text` says why */
    TEMPLATE_BROKEN   /* these bytes are not of the protocol */
};

/* Takes bytes up to the end of one line; `used` receives how many. `text` lives until the next call. */
enum template_answer template_read(struct template_reader *reader, const uint8_t *bytes, size_t count, size_t *used,
                                   const char **text);

#endif
