/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for people: safe on a terminal, joined lists, tables. */
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Length of the valid UTF-8 character at `text` and its code; 0 if there is none. Ends at the NUL by itself, for a NUL
 * is no continuation byte. */
static size_t decode(const unsigned char *text, unsigned *code)
{
    static const unsigned lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = text[0] < 0x80             ? 1
                          : (text[0] & 0xe0) == 0xc0 ? 2
                          : (text[0] & 0xf0) == 0xe0 ? 3
                          : (text[0] & 0xf8) == 0xf0 ? 4
                                                     : 0;
    if (length < 2) {
        *code = text[0];
        return length;
    }
    *code = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    const bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < lowest[length] || *code > 0x10ffff || surrogate ? 0 : length;
}

static bool is_unsafe(unsigned code)
{
    const bool control = (code < 0x20 && code != '\n') || (code >= 0x7f && code <= 0x9f);
    const bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return control || direction || code == 0x2028 || code == 0x2029;
}

void text_write(FILE *stream, const char *text)
{
    for (const unsigned char *next = (const unsigned char *)text; *next != '\0';) {
        unsigned code = 0;
        const size_t length = decode(next, &code);
        if (length == 0 || is_unsafe(code))
            fputc('?', stream);
        else
            fwrite(next, 1, length, stream);
        next += length > 0 ? length : 1;
    }
}

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (const unsigned char *next = (const unsigned char *)text; *next != '\0'; width++) {
        unsigned code = 0;
        const size_t length = decode(next, &code);
        next += length > 0 ? length : 1;
    }
    return width;
}

char *text_join(const char *(*get)(const kc_key *, int32_t), int32_t (*count)(const kc_key *), const kc_key *key)
{
    size_t size = 1, used = 0;
    for (int32_t i = 0; i < count(key); i++)
        size += strlen(get(key, i)) + 2;
    char *text = malloc(size);
    if (text == NULL)
        return NULL;
    text[0] = '\0';
    for (int32_t i = 0; i < count(key); i++) {
        const int added = snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", get(key, i));
        used += added > 0 ? (size_t)added : 0;
    }
    return text;
}

struct column {
    size_t width;
    bool filled; /* some line has something there */
};

struct table {
    size_t count, cell_count;
    char **cells; /* line by line */
    struct column columns[];
};

struct table *table_new(size_t columns, const char *const *titles)
{
    struct table *table = calloc(1, sizeof *table + columns * sizeof table->columns[0]);
    if (table == NULL)
        return NULL;
    table->count = columns;
    table_add(table, titles);
    return table;
}

void table_add(struct table *table, const char *const *cells)
{
    if (table == NULL)
        return;
    char **grown = reallocarray(table->cells, table->cell_count + table->count, sizeof *grown);
    if (grown == NULL)
        return;
    table->cells = grown;
    for (size_t i = 0; i < table->count; i++) {
        struct column *column = &table->columns[i];
        const size_t width = width_of(cells[i]);
        column->width = width > column->width ? width : column->width;
        column->filled = column->filled || (table->cell_count > 0 && width > 0);
        grown[table->cell_count + i] = strdup(cells[i]);
    }
    table->cell_count += table->count;
}

/* Columns in which no line has anything are left out. */
static void show_cell(const struct table *table, size_t index, FILE *stream)
{
    const size_t place = index % table->count;
    const struct column *column = &table->columns[place];
    const char *cell = table->cells[index] != NULL ? table->cells[index] : "";
    if (column->filled) {
        size_t next = place + 1;
        while (next < table->count && !table->columns[next].filled)
            next++;
        const size_t pad = next < table->count ? column->width + 2 - width_of(cell) : 0;
        text_write(stream, cell);
        fprintf(stream, "%*s", (int)pad, "");
    }
    if (place + 1 == table->count)
        fputc('\n', stream);
}

void table_show(struct table *table, FILE *stream)
{
    if (table == NULL)
        return;
    for (size_t i = 0; table->cell_count > table->count && i < table->cell_count; i++)
        show_cell(table, i, stream);
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}
