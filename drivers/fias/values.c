/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values of fields. */
#include "codec.h"

#include <string.h>

/* ---- Dates and times ------------------------------------------------------------------------------------------- */

static bool date_is_good(const struct fias_date *date)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date->month < 1 || date->month > 12 || date->day < 1)
        return false;
    bool leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);
    return date->day <= days[date->month - 1] + (date->month == 2 && leap ? 1 : 0);
}

static bool time_is_good(const struct fias_time *time)
{
    return time->hour >= 0 && time->hour <= 23 && time->minute >= 0 && time->minute <= 59 && time->second >= 0 &&
           time->second <= 59;
}

static char *put_two(char *out, int32_t value)
{
    *out++ = (char)('0' + value / 10 % 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

/* -1 if they are no digits. */
static int32_t two(const char *digits)
{
    if (digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9')
        return -1;
    return (digits[0] - '0') * 10 + (digits[1] - '0');
}

int fias_date_text(const struct fias_date *date, char out[16])
{
    if (!date_is_good(date) || date->year < 1900 + FIAS_PIVOT || date->year >= 2000 + FIAS_PIVOT)
        return -1;
    *put_two(put_two(put_two(out, date->year % 100), date->month), date->day) = '\0';
    return 0;
}

int fias_time_text(const struct fias_time *time, char out[16])
{
    if (!time_is_good(time))
        return -1;
    *put_two(put_two(put_two(out, time->hour), time->minute), time->second) = '\0';
    return 0;
}

int fias_date_read(const struct fias_field *field, struct fias_date *date)
{
    if (field->length != 6)
        return -1;
    int32_t year = two(field->value);
    *date = (struct fias_date){year + (year >= FIAS_PIVOT ? 1900 : 2000), two(field->value + 2), two(field->value + 4)};
    return year >= 0 && date_is_good(date) ? 0 : -1;
}

int fias_time_read(const struct fias_field *field, struct fias_time *time)
{
    if (field->length != 6 && (field->length != 7 || field->value[6] < '0' || field->value[6] > '9'))
        return -1;
    *time = (struct fias_time){two(field->value), two(field->value + 2), two(field->value + 4)};
    return time_is_good(time) ? 0 : -1;
}

int fias_clock_read(const struct fias_field *field, struct fias_time *time)
{
    const char *text = field->value;
    size_t length = field->length;
    bool colons = (length == 5 || length == 8) && text[2] == ':' && (length == 5 || text[5] == ':');
    if (!colons && length != 4 && length != 6)
        return -1;
    size_t step = colons ? 3 : 2;
    *time = (struct fias_time){two(text), two(text + step), length > 5 ? two(text + 2 * step) : 0};
    return time_is_good(time) ? 0 : -1;
}

/* ---- Declarations ---------------------------------------------------------------------------------------------- */

bool fias_fields_has(const struct fias_fields *fields, fias_id id)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->ids[i] == id)
            return true;
    return false;
}

int fias_link_record_about(const struct fias_record *record, fias_id *about)
{
    const struct fias_field *name = fias_find(record, FIAS_ID("RI"));
    if (name && name->length == 2) {
        *about = FIAS_ID(name->value);
        return 0;
    }
    /* "LRGI|": the first thing in it is the name itself */
    if (!name && record->field_count > 0 && record->fields[0].length == 0) {
        *about = record->fields[0].id;
        return 0;
    }
    return -1;
}

/* FIAS, section "link records": the names stand in FL without anything between them. */
void fias_link_record_add(const struct fias_record *record, struct fias_fields *fields)
{
    const struct fias_field *list = fias_find(record, FIAS_ID("FL"));
    fields->declared = true;
    for (size_t at = 0; list && at + 1 < list->length; at += 2) {
        fias_id id = FIAS_ID(list->value + at);
        if (fields->count < FIAS_FIELDS_BOUND && !fias_fields_has(fields, id))
            fields->ids[fields->count++] = id;
    }
}

/* ---- Lists and cryptograms ------------------------------------------------------------------------------------- */

bool fias_list_next(const struct fias_field *list, size_t *at, struct fias_field *item)
{
    while (*at < list->length) {
        size_t start = *at, end = start;
        while (end < list->length && list->value[end] != ';' && list->value[end] != ',')
            end++;
        *at = end + 1;
        if (end > start) {
            *item = (struct fias_field){list->id, list->value + start, end - start};
            return true;
        }
    }
    return false;
}

int fias_cryptogram_parts(const struct fias_field *field, char vector[FIAS_CRYPTOGRAM_PART + 1],
                          char text[FIAS_CRYPTOGRAM_PART + 1])
{
    static const char mark[] = "FidCryptAB;";
    size_t skip = sizeof(mark) - 1;
    if (field->length < skip + 2 * FIAS_CRYPTOGRAM_PART || memcmp(field->value, mark, skip) != 0)
        return -1;
    memcpy(vector, field->value + skip, FIAS_CRYPTOGRAM_PART);
    memcpy(text, field->value + field->length - FIAS_CRYPTOGRAM_PART, FIAS_CRYPTOGRAM_PART);
    vector[FIAS_CRYPTOGRAM_PART] = text[FIAS_CRYPTOGRAM_PART] = '\0';
    return 0;
}
