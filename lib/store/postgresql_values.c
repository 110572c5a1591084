/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters of statements for PostgreSQL: of one row, and of many rows at once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/postgresql.h"

static char *add(struct pg_values *values)
{
    if (values->count == PG_VALUES_MAX) {
        values->failed = true;
        return NULL;
    }
    char *storage = values->storage[values->count];
    values->items[values->count++] = storage;
    return storage;
}

void pg_add_text(struct pg_values *values, const char *text)
{
    if (add(values))
        values->items[values->count - 1] = text;
}

void pg_add_optional(struct pg_values *values, const char *text)
{
    pg_add_text(values, text && text[0] != '\0' ? text : NULL);
}

void pg_add_number(struct pg_values *values, int64_t number)
{
    char *storage = add(values);
    if (storage)
        snprintf(storage, sizeof(values->storage[0]), "%" PRId64, number);
}

void pg_add_optional_number(struct pg_values *values, int64_t number)
{
    if (number != 0)
        pg_add_number(values, number);
    else
        pg_add_text(values, NULL);
}

void pg_add_blob(struct pg_values *values, const struct buf *bytes)
{
    if (!add(values))
        return;
    values->failed = values->failed || bytes->failed || bytes->length > INT32_MAX;
    values->items[values->count - 1] = bytes->data ? (const char *)bytes->data : "";
    values->lengths[values->count - 1] = (int)bytes->length;
    values->formats[values->count - 1] = 1;
}

/* ---- Many rows -------------------------------------------------------------------------------------------------- */

static void add_hex(struct buf *column, const char *bytes, int length)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = (char *)buf_extend(column, 2 * (size_t)length);
    for (int i = 0; hex && i < length; i++) {
        hex[2 * i] = digits[(unsigned char)bytes[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)bytes[i] & 15];
    }
}

/* An element of an array's text: its quotes and backslashes are escaped. */
static void add_element(struct buf *column, const struct pg_values *values, int at)
{
    const char *text = values->items[at];
    buf_append_byte(column, column->length == 0 ? '{' : ',');
    if (!text) {
        buf_append_text(column, "NULL");
        return;
    }
    buf_append_byte(column, '"');
    if (values->formats[at] == 1) {
        buf_append_text(column, "\\\\x");
        add_hex(column, text, values->lengths[at]);
        text = "";
    }
    while (*text) {
        const size_t plain = strcspn(text, "\"\\");
        buf_append(column, text, plain);
        text += plain;
        if (*text) {
            buf_append_byte(column, '\\');
            buf_append_byte(column, (uint8_t)*text++);
        }
    }
    buf_append_byte(column, '"');
}

void pg_rows_add(struct pg_rows *rows, const struct pg_values *values)
{
    rows->failed = rows->failed || values->failed || (rows->count > 0 && rows->width != values->count);
    if (rows->failed)
        return;
    rows->width = values->count;
    for (int i = 0; i < values->count; i++)
        add_element(&rows->columns[i], values, i);
    rows->count++;
}

int32_t pg_rows_values(struct pg_rows *rows, struct pg_values *values, struct kc_error *error)
{
    for (int i = 0; i < rows->width; i++) {
        buf_append_byte(&rows->columns[i], '}');
        pg_add_text(values, buf_text(&rows->columns[i]));
        rows->failed = rows->failed || rows->columns[i].failed;
    }
    return rows->failed || values->failed ? error_no_memory(error) : KC_OK;
}

/* Guest data may stand in it, and its memory is used again. */
void pg_rows_clear(struct pg_rows *rows)
{
    for (int i = 0; i < rows->width; i++)
        buf_clear(&rows->columns[i]);
    rows->count = 0;
    rows->width = 0;
    rows->failed = false;
}

void pg_rows_free(struct pg_rows *rows)
{
    for (int i = 0; i < PG_VALUES_MAX; i++)
        buf_free(&rows->columns[i]);
    *rows = (struct pg_rows){0};
}
