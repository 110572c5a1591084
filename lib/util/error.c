/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling errors, and making values from outside fit to be shown in them. */
#include "util/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/utf8.h"

#define QUOTE_CHARACTERS_MAX 60
#define QUOTE_ESCAPE_SIZE    4 /* \xNN */

/* Copies text into `out` of `size` bytes, cut at a character; what is not printable UTF-8 becomes '?'. */
static void copy_printable(char *out, size_t size, const char *text)
{
    size_t length = 0;
    while (*text != '\0') {
        uint32_t character = 0;
        size_t count = utf8_read(text, &character);
        bool shown = count > 0 && !utf8_is_control(character);
        size_t needed = shown ? count : 1;
        if (needed > size - 1 - length)
            break;
        if (shown)
            memcpy(out + length, text, count);
        else
            out[length] = '?';
        length += needed;
        text += count > 0 ? count : 1;
    }
    out[length] = '\0';
}

int32_t error_set(struct kc_error *error, int32_t code, const char *field, const char *format, ...)
{
    if (error == NULL)
        return code;
    /* Formatted apart, for the arguments may point into the error itself. */
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length < 0)
        message[0] = '\0';
    else if ((size_t)length >= sizeof message)
        utf8_drop_cut(message, sizeof message - 1);
    error->code = code;
    error->card_state = KC_OUTCOME_NOT_WRITTEN;
    error->field = field == NULL ? "" : field;
    copy_printable(error->message, sizeof error->message, message);
    error->vendor_code[0] = '\0';
    error->vendor_text[0] = '\0';
    return code;
}

int32_t error_no_memory(struct kc_error *error)
{
    return error_set(error, KC_ERROR_NO_MEMORY, "", "Memory is used up.");
}

void error_set_vendor(struct kc_error *error, const char *code, const char *text)
{
    if (error == NULL)
        return;
    copy_printable(error->vendor_code, sizeof error->vendor_code, code == NULL ? "" : code);
    copy_printable(error->vendor_text, sizeof error->vendor_text, text == NULL ? "" : text);
}

void error_after_cards(struct kc_error *error, int32_t made, int32_t wanted)
{
    const struct kc_error before = *error; /* error_set() begins anew */
    error_set(error, before.code, before.field, "%" PRId32 " of %" PRId32 " cards were made, then: %s", made, wanted,
              before.message);
    error_set_vendor(error, before.vendor_code, before.vendor_text);
    error->card_state = before.card_state == KC_OUTCOME_UNKNOWN ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_WRITTEN;
}

/* Writes bytes as \xNN. */
static void write_escapes(char *out, const char *bytes, size_t count)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        *out++ = '\\';
        *out++ = 'x';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 0x0F];
    }
}

const char *error_quote(struct error_quoted *out, const char *value)
{
    static const char dots[] = "...";
    const size_t room = sizeof out->text - sizeof dots; /* the dots always fit */
    size_t length = 0;
    size_t shown = 0;
    if (value == NULL)
        value = "";
    while (*value != '\0') {
        uint32_t character = 0;
        size_t count = utf8_read(value, &character);
        bool plain = count > 0 && !utf8_is_control(character);
        size_t taken = count > 0 ? count : 1;
        size_t needed = plain ? count : taken * QUOTE_ESCAPE_SIZE;
        if (shown == QUOTE_CHARACTERS_MAX || needed > room - length) {
            memcpy(out->text + length, dots, sizeof dots - 1);
            length += sizeof dots - 1;
            break;
        }
        if (plain)
            memcpy(out->text + length, value, count);
        else
            write_escapes(out->text + length, value, taken);
        length += needed;
        value += taken;
        shown++;
    }
    out->text[length] = '\0';
    return out->text;
}
