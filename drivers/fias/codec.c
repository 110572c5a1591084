/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records, their fields, and what the specification says of each field. */
#include "codec.h"

#include <string.h>

/* ---- What there is --------------------------------------------------------------------------------------------- */

/* In the order of their names, by which they are found. */
static const struct fias_field_type fields[] = {
    {"$1", FIAS_AN, 40, "track 1"},
    {"$2", FIAS_ANS, 19, "track 2"},
    {"$3", FIAS_ANS, 200, "track 3 or key data"},
    {"A0", FIAS_ANS, 0, "user defined 0"},
    {"A1", FIAS_ANS, 0, "user defined 1"},
    {"A2", FIAS_ANS, 0, "user defined 2"},
    {"A3", FIAS_ANS, 0, "user defined 3"},
    {"A4", FIAS_ANS, 0, "user defined 4"},
    {"A5", FIAS_ANS, 0, "user defined 5"},
    {"A6", FIAS_ANS, 0, "user defined 6"},
    {"A7", FIAS_ANS, 0, "user defined 7"},
    {"A8", FIAS_ANS, 0, "user defined 8"},
    {"A9", FIAS_ANS, 0, "user defined 9"},
    {"AS", FIAS_AN, 2, "answer status"},
    {"CG", FIAS_AN, 0, "cryptogram"},
    {"CS", FIAS_ANS, 0, "class of service"},
    {"CT", FIAS_ANS, 0, "clear text"},
    {"DA", FIAS_DATE, 6, "date"},
    {"DT", FIAS_CLOCK, 5, "departure time"},
    {"FL", FIAS_AN, 0, "field list"},
    {"G#", FIAS_N, 10, "reservation number"},
    {"G+", FIAS_ANS, 0, "profile number"},
    {"GA", FIAS_DATE, 6, "arrival date"},
    {"GD", FIAS_DATE, 6, "departure date"},
    {"GF", FIAS_ANS, 80, "first name"},
    {"GG", FIAS_AN, 10, "group"},
    {"GL", FIAS_AN, 2, "language"},
    {"GN", FIAS_ANS, 200, "guest name"},
    {"GS", FIAS_AN, 1, "shared"},
    {"GT", FIAS_ANS, 20, "title"},
    {"GV", FIAS_ANS, 0, "VIP status"},
    {"ID", FIAS_ANS, 16, "user"},
    {"IF", FIAS_AN, 2, "interface family"},
    {"K#", FIAS_N, 2, "key count"},
    {"KC", FIAS_AN, 8, "key coder"},
    {"KO", FIAS_ANS, 20, "key options"},
    {"KT", FIAS_AN, 2, "key type"},
    {"MR", FIAS_ANS, 0, "minibar rights"},
    {"NP", FIAS_ANS, 0, "no post"},
    {"PH", FIAS_ANS, 0, "hotel identifier"},
    {"RI", FIAS_AN, 2, "record identifier"},
    {"RL", FIAS_N, 4, "record length"},
    {"RN", FIAS_ANS, 0, "room"},
    {"RO", FIAS_ANS, 0, "old room"},
    {"RP", FIAS_AN, 0, "payment methods"},
    {"RT", FIAS_N, 10, "request type"},
    {"SF", FIAS_AN, 0, "swap flag"},
    {"SI", FIAS_ANS, 30, "suite information"},
    {"ST", FIAS_ANS, 0, "status"},
    {"TI", FIAS_TIME, 6, "time"},
    {"TV", FIAS_ANS, 0, "television rights"},
    {"UO", FIAS_ANS, 30, "suite information of the old room"},
    {"V#", FIAS_AN, 10, "version"},
    {"VR", FIAS_ANS, 0, "video rights"},
    {"WS", FIAS_ANS, 16, "workstation"},
};

const struct fias_field_type *fias_field_type(fias_id id)
{
    size_t low = 0, high = sizeof(fields) / sizeof(fields[0]);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const fias_id found = FIAS_ID(fields[middle].id);
        if (found == id)
            return &fields[middle];
        if (found < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *fias_id_text(fias_id id, char out[3])
{
    out[0] = (char)(id >> 8);
    out[1] = (char)(id & 0xFF);
    out[2] = '\0';
    return out;
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static bool is_plain(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7F && byte != FIAS_SEPARATOR;
}

static bool is_printable(uint8_t byte)
{
    return byte >= 0x20 && byte != 0x7F;
}

static int add_field(struct fias_record *record, const uint8_t *bytes, size_t count)
{
    if (count < 2 || !is_plain(bytes[0]) || !is_plain(bytes[1]))
        return 0; /* it has no name */
    if (record->field_count == FIAS_FIELDS_BOUND)
        return -1;
    for (size_t i = 2; i < count; i++)
        if (!is_printable(bytes[i]) && bytes[i] != '\r' && bytes[i] != '\n')
            record->dirty = true;
    record->fields[record->field_count++] = (struct fias_field){FIAS_ID(bytes), (const char *)bytes + 2, count - 2};
    return 0;
}

int fias_parse(const uint8_t *bytes, size_t count, struct fias_record *record)
{
    record->id = 0;
    record->dirty = false;
    record->field_count = 0;
    if (count < 2 || count > FIAS_RECORD_BOUND || !is_plain(bytes[0]) || !is_plain(bytes[1]))
        return -1;
    record->id = FIAS_ID(bytes);
    size_t at = 2;
    if (at < count && bytes[at] == FIAS_SEPARATOR)
        at++;
    while (at < count) {
        const uint8_t *end = memchr(bytes + at, FIAS_SEPARATOR, count - at);
        size_t length = end ? (size_t)(end - (bytes + at)) : count - at;
        if (add_field(record, bytes + at, length) != 0)
            return -1;
        at += length + 1;
    }
    return 0;
}

const struct fias_field *fias_find(const struct fias_record *record, fias_id id)
{
    for (size_t i = 0; i < record->field_count; i++)
        if (record->fields[i].id == id)
            return &record->fields[i];
    return NULL;
}

bool fias_contradicts(const struct fias_record *record, fias_id id)
{
    const struct fias_field *first = fias_find(record, id);
    for (size_t i = 0; first && i < record->field_count; i++) {
        const struct fias_field *other = &record->fields[i];
        if (other->id == id &&
            (other->length != first->length || memcmp(other->value, first->value, first->length) != 0))
            return true;
    }
    return false;
}

bool fias_field_is(const struct fias_field *field, const char *text)
{
    return field && field->length == strlen(text) && memcmp(field->value, text, field->length) == 0;
}

/* ---- Writing --------------------------------------------------------------------------------------------------- */

static bool is_number(const char *value)
{
    size_t at = value[0] == '-' ? 1 : 0;
    if (!value[at])
        return at == 0; /* an empty field keeps its name */
    for (; value[at]; at++)
        if (value[at] < '0' || value[at] > '9')
            return false;
    return true;
}

static bool suits(const struct fias_field_type *type, const char *value)
{
    for (const uint8_t *at = (const uint8_t *)value; *at; at++) {
        if (!is_printable(*at) || *at == FIAS_SEPARATOR)
            return false;
        if (*at >= 0x80 && type && type->type != FIAS_ANS)
            return false;
    }
    if (type && (type->type == FIAS_N || type->type == FIAS_DATE || type->type == FIAS_TIME))
        return is_number(value);
    return true;
}

void fias_begin(struct fias_writer *writer, struct buf *out, fias_id record)
{
    char id[3];
    *writer = (struct fias_writer){out, out->length, false};
    buf_append_text(out, fias_id_text(record, id));
    buf_append_byte(out, FIAS_SEPARATOR);
}

void fias_put(struct fias_writer *writer, fias_id field, const char *value)
{
    char id[3];
    if (!suits(fias_field_type(field), value)) {
        writer->wrong = true;
        return;
    }
    buf_append_text(writer->out, fias_id_text(field, id));
    buf_append_text(writer->out, value);
    buf_append_byte(writer->out, FIAS_SEPARATOR);
}

int fias_end(struct fias_writer *writer)
{
    if (!writer->wrong && !writer->out->failed && writer->out->length - writer->start <= FIAS_RECORD_BOUND)
        return 0;
    if (writer->out->length > writer->start)
        writer->out->length = writer->start;
    return -1;
}
