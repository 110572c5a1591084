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

static json_t *texts_of(const kc_key *key, int32_t count, const char *(*get)(const kc_key *, int32_t))
{
    json_t *array = json_array();
    for (int32_t i = 0; i < count; i++)
        (void)json_array_append_new(array, text_of(get(key, i)));
    return array;
}

void put_key(json_t *object, const kc_key *key, const char *vendor_code_member, bool whose)
{
    put_text(object, "id", kc_key_get_id(key));
    put_text(object, "kind", kc_kind_name(kc_key_get_kind(key)));
    put_text(object, "state", kc_key_state_name(kc_key_get_state(key)));
    put(object, "unconfirmed", json_boolean(kc_key_is_unconfirmed(key)));
    put(object, "expired", json_boolean(kc_key_is_expired(key)));
    put_text(object, "status", kc_status_name(kc_key_get_status(key)));
    put_text(object, vendor_code_member, kc_key_get_vendor_code(key));
    put_text(object, "booking", kc_key_get_booking(key));
    put(object, "rooms", texts_of(key, kc_key_get_room_count(key), kc_key_get_room));
    put(object, "areas", texts_of(key, kc_key_get_area_count(key), kc_key_get_area));
    put(object, "serials", texts_of(key, kc_key_get_serial_count(key), kc_key_get_serial));
    if (whose)
        put_text(object, "guest", kc_key_get_guest(key));
    put_text(object, "from", kc_key_get_from(key));
    put_text(object, "until", kc_key_get_until(key));
    put_text(object, "created", kc_key_get_created(key));
    put_text(object, "station", kc_key_get_station(key));
    put_text(object, "encoder", kc_key_get_encoder(key));
    put_text(object, "system", kc_key_get_system(key));
    put_text(object, "operator", kc_key_get_operator(key));
    put_text(object, "phone", kc_key_get_phone(key));
    put_text(object, "email", kc_key_get_email(key));
    if (whose)
        put_text(object, "installation", kc_key_get_installation(key));
    put(object, "copies", json_integer(kc_key_get_copies(key)));
}
