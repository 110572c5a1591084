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

void pg_add_uuid(struct pg_values *values, const struct uuid *uuid)
{
    char *storage = add(values);
    if (storage)
        uuid_format(uuid, storage);
}

void pg_add_optional_uuid(struct pg_values *values, const struct uuid *uuid)
{
    if (uuid_is_nil(uuid))
        pg_add_text(values, NULL);
    else
        pg_add_uuid(values, uuid);
}

void pg_add_bytes(struct pg_values *values, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *storage = add(values);
    if (!storage)
        return;
    if (!bytes) {
        values->items[values->count - 1] = NULL;
        return;
    }
    storage[0] = '\\';
    storage[1] = 'x';
    for (size_t i = 0; i < count; i++) {
        storage[2 + 2 * i] = digits[bytes[i] >> 4];
        storage[3 + 2 * i] = digits[bytes[i] & 15];
    }
    storage[2 + 2 * count] = '\0';
}

/* ---- Many rows -------------------------------------------------------------------------------------------------- */

/* An element of an array's text: its quotes and backslashes are escaped. */
static void add_element(struct buf *column, const char *text)
{
    buf_append_byte(column, column->length == 0 ? '{' : ',');
    if (!text) {
        buf_append_text(column, "NULL");
        return;
    }
    buf_append_byte(column, '"');
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
        add_element(&rows->columns[i], values->items[i]);
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
