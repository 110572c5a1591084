/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Code pages. */
#include "words.h"

#include <stdio.h>
#include <string.h>

bool words_open(struct words *words, const char *code_page)
{
    char target[80];
    words->in = words->out = (iconv_t)-1;
    if (strlen(code_page) > 40 || strchr(code_page, '/') != NULL)
        return false;
    (void)snprintf(target, sizeof target, "%s//TRANSLIT", code_page);
    words->in = iconv_open("UTF-8", code_page);
    words->out = iconv_open(target, "UTF-8");
    return words->in != (iconv_t)-1 && words->out != (iconv_t)-1;
}

void words_close(struct words *words)
{
    if (words->in != (iconv_t)-1)
        iconv_close(words->in);
    if (words->out != (iconv_t)-1)
        iconv_close(words->out);
}

/* Where the converted text ends, or NULL. */
static char *convert(iconv_t how, const char *text, size_t length, char *out, size_t room)
{
    char *from = (char *)(uintptr_t)text; /* iconv does not write to it */
    (void)iconv(how, NULL, NULL, NULL, NULL);
    return iconv(how, &from, &length, &out, &room) == (size_t)-1 ? NULL : out;
}

bool words_in(const struct words *words, const struct fias_field *field, char *out, size_t size)
{
    out[0] = '\0';
    if (field == NULL || field->length == 0)
        return true;
    char *end = convert(words->in, field->value, field->length, out, size - 1);
    if (end == NULL)
        out[0] = '\0';
    else
        *end = '\0';
    return end != NULL;
}

void words_out(const struct words *words, const char *text, char *out, size_t longest)
{
    char *end = out;
    /* what does not fit is cut, in the middle of a text that is too long: a code page of 8 bits has no halves */
    char *from = (char *)(uintptr_t)text;
    size_t left = strlen(text), room = longest;
    (void)iconv(words->out, NULL, NULL, NULL, NULL);
    (void)iconv(words->out, &from, &left, &end, &room);
    *end = '\0';
    for (char *at = out; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte == 0x7f || byte == FIAS_SEPARATOR)
            *at = ' ';
    }
}
