/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of each kind of field. */
#include "fields.h"

#include <string.h>

enum { MOST_AREAS = 64 };

bool fields_open(struct fields *fields, struct request *request, const char *const *names)
{
    json_error_t error;
    const char *name;
    json_t *value;
    *fields = (struct fields){.request = request, .faults = json_object()};
    fields->body = request->web.body != NULL
                       ? json_loadb(request->web.body, request->web.body_size, JSON_REJECT_DUPLICATES, &error)
                       : json_object();
    if (!json_is_object(fields->body) || fields->faults == NULL) {
        answer_error(request, MHD_HTTP_BAD_REQUEST, "json", "The body must be one JSON object.");
        fields_close(fields);
        return false;
    }
    json_object_foreach(fields->body, name, value)
    {
        bool known = false;
        for (size_t i = 0; names[i] != NULL && !known; i++)
            known = strcmp(names[i], name) == 0;
        if (known)
            continue;
        answer_error(request, MHD_HTTP_BAD_REQUEST, "unknown-field", "The body has a field that is not known here.");
        fields_close(fields);
        return false;
    }
    return true;
}

void fields_close(struct fields *fields)
{
    json_decref(fields->body);
    json_decref(fields->faults);
    *fields = (struct fields){.request = NULL};
}

bool fields_check(struct fields *fields)
{
    if (json_object_size(fields->faults) == 0)
        return true;
    answer_json(fields->request, MHD_HTTP_UNPROCESSABLE_CONTENT,
                json_pack("{s{ss ss} sO}", "error", "code", "fields", "message", "Some fields are not right.", "fields",
                          fields->faults));
    fields_close(fields);
    return false;
}

void fields_fault(struct fields *fields, const char *name, const char *code, const char *message)
{
    if (json_object_get(fields->faults, name) == NULL)
        (void)json_object_set_new(fields->faults, name, json_pack("{ss ss}", "code", code, "message", message));
}

/* jansson has checked that it is UTF-8 without NUL. */
static size_t count_characters(const char *text, bool *control)
{
    size_t count = 0;
    *control = false;
    for (const unsigned char *byte = (const unsigned char *)text; *byte != '\0'; byte++) {
        count += (*byte & 0xc0) != 0x80;
        *control = *control || *byte < 0x20 || *byte == 0x7f || (byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0);
    }
    return count;
}

const char *fields_text(struct fields *fields, const char *name, size_t most)
{
    bool control = false;
    json_t *value = json_object_get(fields->body, name);
    if (value == NULL)
        return "";
    const char *text = json_string_value(value);
    if (text == NULL)
        fields_fault(fields, name, "type", "This must be text.");
    else if (count_characters(text, &control) > most)
        fields_fault(fields, name, "too-long", "This is too long.");
    else if (control)
        fields_fault(fields, name, "control", "This has control characters.");
    else
        return text;
    return "";
}

const char *fields_needed(struct fields *fields, const char *name, size_t most)
{
    const char *text = fields_text(fields, name, most);
    if (text[strspn(text, " ")] == '\0')
        fields_fault(fields, name, "missing", "This is missing.");
    return text;
}

const char *fields_moment(struct fields *fields, const char *name)
{
    const char *text = fields_text(fields, name, 16);
    if (text[0] != '\0' && !hotel_is_moment(text))
        fields_fault(fields, name, "moment", "This is no date and time.");
    return text;
}

int32_t fields_number(struct fields *fields, const char *name, int32_t least, int32_t most, int32_t otherwise)
{
    const json_t *value = json_object_get(fields->body, name);
    if (value == NULL)
        return otherwise;
    if (!json_is_integer(value))
        fields_fault(fields, name, "type", "This must be a whole number.");
    else if (json_integer_value(value) < least || json_integer_value(value) > most)
        fields_fault(fields, name, "range", "This number is too small or too large.");
    else
        return (int32_t)json_integer_value(value);
    return otherwise;
}

json_t *fields_areas(struct fields *fields, const char *name)
{
    size_t index;
    json_t *area, *areas = json_object_get(fields->body, name);
    if (areas == NULL)
        return NULL;
    if (!json_is_array(areas) || json_array_size(areas) > MOST_AREAS) {
        fields_fault(fields, name, "type", "This must be a list of areas.");
        return NULL;
    }
    json_array_foreach(areas, index, area)
    {
        if (json_is_string(area) && hotel_has_area(&fields->request->desk->hotel, json_string_value(area)))
            continue;
        fields_fault(fields, name, "area", "The hotel has no such area.");
        return NULL;
    }
    return areas;
}
