/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of JSON objects, made with jansson. */
#include "members.h"

#include <stdlib.h>
#include <string.h>

void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

void put_text(json_t *object, const char *name, const char *value)
{
    put(object, name, text_of(value));
}

json_t *text_of(const char *value)
{
    json_t *string = json_string(value);
    char *ascii = string == NULL ? strdup(value) : NULL;
    if (ascii == NULL)
        return string;
    for (char *byte = ascii; *byte != '\0'; byte++) {
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    }
    string = json_string(ascii);
    free(ascii);
    return string;
}

json_t *texts_of(const kc_key *key, int32_t count, const char *(*get)(const kc_key *, int32_t))
{
    json_t *array = json_array();
    for (int32_t i = 0; i < count; i++)
        (void)json_array_append_new(array, text_of(get(key, i)));
    return array;
}

json_t *warnings_of(const kc_op *op)
{
    json_t *array = json_array();
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++) {
        json_t *object = json_object();
        put_text(object, "text", kc_op_get_warning_text(op, i));
        put_text(object, "field", kc_op_get_warning_field(op, i));
        put_text(object, "before", kc_op_get_warning_before(op, i));
        put_text(object, "after", kc_op_get_warning_after(op, i));
        (void)json_array_append_new(array, object);
    }
    return array;
}
