/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters of statements for PostgreSQL: of one row, and of many rows at once. */
#include <inttypes.h>
#include <string.h>

#include <keycard/keycard.h>

#include "store/postgresql.h"

void pg_no_values(struct pg_values *values)
{
    values->count = 0;
    values->failed = false;
}

/* One more; what it is in which form. */
static void add(struct pg_values *values, const char *item, enum pg_form form)
{
    if (values->count == PG_VALUES_MAX) {
        values->failed = true;
        return;
    }
    values->items[values->count] = item;
    values->lengths[values->count] = 0;
    values->formats[values->count++] = (int)form;
}

void pg_add_text(struct pg_values *values, const char *text)
{
    add(values, text, PG_FORM_TEXT);
}

void pg_add_optional(struct pg_values *values, const char *text)
{
    pg_add_text(values, text && text[0] != '\0' ? text : NULL);
}

void pg_add_number(struct pg_values *values, int64_t number)
{
    add(values, "", PG_FORM_NUMBER);
    if (!values->failed)
        values->numbers[values->count - 1] = number;
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
    values->failed = values->failed || bytes->failed || bytes->length > INT32_MAX;
    add(values, bytes->data ? (const char *)bytes->data : "", PG_FORM_BLOB);
    if (!values->failed)
        values->lengths[values->count - 1] = (int)bytes->length;
}

/* printf() would show in the time of an operation. */
static void write_decimal(char out[24], int64_t number)
{
    char digits[20];
    size_t count = 0;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        *out++ = '-';
    while (count > 0)
        *out++ = digits[--count];
    *out = '\0';
}

void pg_finish_values(struct pg_values *values)
{
    for (int i = 0; i < values->count; i++) {
        if (values->formats[i] != PG_FORM_NUMBER)
            continue;
        write_decimal(values->storage[i], values->numbers[i]);
        values->items[i] = values->storage[i];
        values->formats[i] = PG_FORM_TEXT;
    }
}

void pg_append_numbered(struct buf *sql, const char *text, int before)
{
    for (const char *at; (at = strchr(text, '@'));) {
        int number = 0;
        buf_append(sql, text, (size_t)(at - text));
        for (text = at + 1; *text >= '0' && *text <= '9'; text++)
            number = number * 10 + (*text - '0');
        buf_append_format(sql, "$%d", before + number);
    }
    buf_append_text(sql, text);
}

/* ---- Many rows -------------------------------------------------------------------------------------------------- */

/* Each column is an array as the server sends and takes it (array_send() in its source): the number of dimensions,
 * whether there are NULLs, the elements' type; of the one dimension the length and the first index; then the elements,
 * each after its length, -1 for NULL. All numbers with the highest byte first. */
enum { HEADER = 20, AT_NULLS = 4, AT_TYPE = 8, AT_LENGTH = 12, AT_FIRST = 16, ELEMENT_LENGTH = 4 };

static void put_number(uint8_t *out, size_t size, uint64_t number)
{
    for (size_t i = size; i-- > 0; number >>= 8)
        out[i] = (uint8_t)number;
}

static void add_length(struct buf *column, int64_t length)
{
    uint8_t *out = buf_extend(column, ELEMENT_LENGTH);
    if (out)
        put_number(out, ELEMENT_LENGTH, (uint64_t)length);
}

/* The server's number of a type, which are part of its protocol, and the size of its values; 0: any. */
static uint32_t type_of(char type, size_t *size)
{
    static const struct {
        char letter;
        uint32_t type;
        size_t size;
    } types[] = {{PG_TYPE_LONG, 20, 8}, {PG_TYPE_INT, 23, 4},   {PG_TYPE_SHORT, 21, 2},
                 {PG_TYPE_BOOL, 16, 1}, {PG_TYPE_BYTES, 17, 0}, {PG_TYPE_TEXT, 25, 0}};
    size_t i = 0;
    while (i + 1 < sizeof(types) / sizeof(types[0]) && types[i].letter != type)
        i++;
    *size = types[i].size;
    return types[i].type;
}

static void start_column(struct buf *column, char type)
{
    size_t size = 0;
    uint8_t *header = buf_extend(column, HEADER);
    if (!header)
        return;
    memset(header, 0, HEADER);
    header[AT_NULLS - 1] = 1;
    put_number(header + AT_TYPE, 4, type_of(type, &size));
    header[HEADER - 1] = 1;
}

static void add_element(struct buf *column, char type, const struct pg_values *values, int at)
{
    const char *item = values->items[at];
    size_t size = 0;
    type_of(type, &size);
    if (column->length == 0)
        start_column(column, type);
    if (!item) {
        add_length(column, -1);
        if (!column->failed)
            column->data[AT_TYPE - 1] = 1;
    } else if (size > 0) {
        add_length(column, (int64_t)size);
        uint8_t *out = buf_extend(column, size);
        if (out)
            put_number(out, size, (uint64_t)values->numbers[at]);
    } else {
        const size_t length = values->formats[at] == PG_FORM_BLOB ? (size_t)values->lengths[at] : strlen(item);
        add_length(column, (int64_t)length);
        buf_append(column, item, length);
    }
}

void pg_rows_add(struct pg_rows *rows, const char *types, const struct pg_values *values)
{
    rows->failed = rows->failed || values->failed || strlen(types) != (size_t)values->count ||
                   values->count > PG_ROWS_WIDTH;
    if (rows->failed)
        return;
    rows->width = values->count;
    for (int i = 0; i < values->count; i++)
        add_element(&rows->columns[i], types[i], values, i);
    rows->count++;
}

static void add_binary(struct pg_values *values, const uint8_t *bytes, size_t length)
{
    const struct buf whole = {.data = (uint8_t *)(uintptr_t)bytes, .length = length};
    pg_add_blob(values, &whole);
}

void pg_rows_array(struct pg_rows *rows, int column, struct pg_values *values)
{
    struct buf *array = &rows->columns[column];
    values->failed = values->failed || rows->failed || array->failed || rows->count > INT32_MAX;
    if (!values->failed)
        put_number(array->data + AT_LENGTH, 4, rows->count);
    add_binary(values, array->data, array->length);
}

void pg_rows_value(struct pg_rows *rows, int column, struct pg_values *values)
{
    const struct buf *array = &rows->columns[column];
    values->failed = values->failed || rows->failed || array->failed;
    if (!values->failed && array->data[HEADER] == 0xFF) /* only a length of -1 begins so */
        pg_add_text(values, NULL);
    else
        add_binary(values, values->failed ? NULL : array->data + HEADER + ELEMENT_LENGTH,
                   values->failed ? 0 : array->length - HEADER - ELEMENT_LENGTH);
}

int32_t pg_rows_values(struct pg_rows *rows, int width, struct pg_values *values, struct kc_error *error)
{
    for (int i = 0; i < width; i++)
        pg_rows_array(rows, i, values);
    return rows->failed || values->failed ? error_no_memory(error) : KC_OK;
}

/* Guest data may stand in it, and its memory is used again. */
void pg_rows_clear(struct pg_rows *rows)
{
    for (int i = 0; i < rows->width; i++)
        buf_clear(&rows->columns[i]);
    rows->count = 0;
    rows->width = 0;
    rows->failed = rows->keyed = rows->unproven = false;
}

void pg_rows_free(struct pg_rows *rows)
{
    for (int i = 0; i < PG_ROWS_WIDTH; i++)
        buf_free(&rows->columns[i]);
    *rows = (struct pg_rows){0};
}
