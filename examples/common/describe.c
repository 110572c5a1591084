/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys, operations, errors, encoders and devices as JSON objects. */
#include "describe.h"

#include <stddef.h>
#include <stdio.h>

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static void set_text(json_t *object, const char *name, const char *value)
{
    set(object, name, json_string(value));
}

static json_t *texts(const kc_key *key, int32_t count, const char *(*get)(const kc_key *, int32_t))
{
    json_t *array = json_array();
    for (int32_t i = 0; i < count; i++)
        (void)json_array_append_new(array, json_string(get(key, i)));
    return array;
}

json_t *describe_key(const kc_key *key)
{
    json_t *object = json_object();
    if (key == NULL)
        return object;
    set_text(object, "id", kc_key_get_id(key));
    set_text(object, "kind", kc_kind_name(kc_key_get_kind(key)));
    set_text(object, "state", kc_key_state_name(kc_key_get_state(key)));
    set(object, "unconfirmed", json_boolean(kc_key_is_unconfirmed(key)));
    set(object, "expired", json_boolean(kc_key_is_expired(key)));
    set_text(object, "status", kc_status_name(kc_key_get_status(key)));
    set_text(object, "vendorCode", kc_key_get_vendor_code(key));
    set_text(object, "booking", kc_key_get_booking(key));
    set(object, "rooms", texts(key, kc_key_get_room_count(key), kc_key_get_room));
    set(object, "areas", texts(key, kc_key_get_area_count(key), kc_key_get_area));
    set(object, "serials", texts(key, kc_key_get_serial_count(key), kc_key_get_serial));
    set_text(object, "from", kc_key_get_from(key));
    set_text(object, "until", kc_key_get_until(key));
    set_text(object, "created", kc_key_get_created(key));
    set_text(object, "station", kc_key_get_station(key));
    set_text(object, "encoder", kc_key_get_encoder(key));
    set_text(object, "system", kc_key_get_system(key));
    set_text(object, "operator", kc_key_get_operator(key));
    set_text(object, "phone", kc_key_get_phone(key));
    set_text(object, "email", kc_key_get_email(key));
    set(object, "copies", json_integer(kc_key_get_copies(key)));
    return object;
}

json_t *describe_keys(const kc_op *list)
{
    json_t *keys = json_array();
    for (int32_t i = 0; i < kc_op_get_key_count(list); i++)
        (void)json_array_append_new(keys, describe_key(kc_op_get_key(list, i)));
    return keys;
}

json_t *describe_error(const kc_error *error)
{
    static const char *const advices[] = {"none",
                                          "correct-request",
                                          "retry",
                                          "new-card",
                                          "other-encoder",
                                          "resolve",
                                          "check-configuration",
                                          "check-connection",
                                          "issue-original",
                                          "call-vendor",
                                          "check-ledger"};
    if (error == NULL)
        return json_null();
    const int32_t advice = kc_error_get_advice(error);
    const size_t known = sizeof advices / sizeof *advices;
    json_t *object = json_object();
    set_text(object, "status", kc_status_name(kc_error_get_code(error)));
    set_text(object, "message", kc_error_get_message(error));
    set_text(object, "field", kc_error_get_field(error));
    set_text(object, "advice", advice >= 0 && (size_t)advice < known ? advices[advice] : "other");
    set_text(object, "adviceText", kc_error_get_advice_text(error));
    set_text(object, "cardState", kc_outcome_name(kc_error_get_card_state(error)));
    set_text(object, "vendorCode", kc_error_get_vendor_code(error));
    set_text(object, "vendorText", kc_error_get_vendor_text(error));
    return object;
}

json_t *describe_encoder(const kc_encoder *encoder)
{
    json_t *object = json_object();
    set_text(object, "name", kc_encoder_get_name(encoder));
    set_text(object, "system", kc_system_get_name(kc_encoder_get_system(encoder)));
    set_text(object, "state", kc_encoder_state_name(kc_encoder_get_state(encoder)));
    set_text(object, "lastContact", kc_encoder_get_last_contact(encoder));
    return object;
}

json_t *describe_device(const kc_device *device, int32_t state)
{
    json_t *object = json_object(), *drivers = json_array();
    const kc_system *system = kc_device_get_system(device);
    const kc_driver *driver;
    char ids[24] = "";
    if (kc_device_get_vendor_id(device) >= 0)
        (void)snprintf(ids, sizeof ids, "%04x:%04x", (unsigned)kc_device_get_vendor_id(device),
                       (unsigned)kc_device_get_product_id(device));
    for (int32_t i = 0; (driver = kc_device_get_driver(device, i)) != NULL; i++)
        (void)json_array_append_new(drivers, json_pack("{ss ss}", "driver", kc_driver_get_name(driver), "uri",
                                                       kc_device_get_uri(device, driver)));
    set_text(object, "name", kc_device_get_name(device));
    set_text(object, "label", kc_device_get_label(device));
    set_text(object, "transport", kc_device_get_transport(device));
    set_text(object, "place", kc_device_get_place(device));
    set_text(object, "ids", ids);
    set_text(object, "manufacturer", kc_device_get_manufacturer(device));
    set_text(object, "product", kc_device_get_product(device));
    set_text(object, "serialNumber", kc_device_get_serial_number(device));
    set_text(object, "model", kc_device_get_model(device));
    set_text(object, "firmware", kc_device_get_firmware(device));
    set_text(object, "state", kc_device_state_name(state));
    set_text(object, "since", kc_device_get_since(device));
    set(object, "system", system != NULL ? json_string(kc_system_get_name(system)) : json_null());
    set_text(object, "uri", kc_device_get_uri(device, NULL));
    set(object, "drivers", drivers);
    set(object, "error", describe_error(kc_device_get_error(device)));
    return object;
}

json_t *describe_devices(const kc_context *context)
{
    json_t *array = json_array();
    const kc_device *device;
    for (int32_t i = 0; (device = kc_context_get_device(context, i)) != NULL; i++)
        (void)json_array_append_new(array, describe_device(device, kc_device_get_state(device)));
    return array;
}

static json_t *warnings(const kc_op *op)
{
    json_t *array = json_array();
    for (int32_t i = 0; i < kc_op_get_warning_count(op); i++) {
        json_t *object = json_object();
        set_text(object, "text", kc_op_get_warning_text(op, i));
        set_text(object, "field", kc_op_get_warning_field(op, i));
        set_text(object, "before", kc_op_get_warning_before(op, i));
        set_text(object, "after", kc_op_get_warning_after(op, i));
        (void)json_array_append_new(array, object);
    }
    return array;
}

json_t *describe_op(const kc_op *op)
{
    json_t *object = json_object(), *voided = json_array();
    for (int32_t i = 0; i < kc_op_get_voided_key_count(op); i++)
        (void)json_array_append_new(voided, describe_key(kc_op_get_voided_key(op, i)));
    set_text(object, "id", kc_op_get_id(op));
    set_text(object, "verb", kc_verb_name(kc_op_get_verb(op)));
    set_text(object, "state", kc_state_name(kc_op_get_state(op)));
    set_text(object, "status", kc_status_name(kc_op_get_status(op)));
    set_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    set_text(object, "encoder", kc_op_get_encoder_name(op));
    set_text(object, "system", kc_op_get_system_name(op));
    set_text(object, "booking", kc_op_get_booking(op));
    set_text(object, "room", kc_op_get_room(op));
    set_text(object, "station", kc_op_get_station(op));
    set_text(object, "operator", kc_op_get_operator(op));
    set_text(object, "created", kc_op_get_created(op));
    set_text(object, "target", kc_op_get_target(op));
    set_text(object, "retryOf", kc_op_get_retry_of(op));
    set(object, "key", kc_op_get_key_count(op) == 1 ? describe_key(kc_op_get_key(op, 0)) : json_null());
    set(object, "voided", voided);
    set(object, "warnings", warnings(op));
    set(object, "error", describe_error(kc_op_get_error(op)));
    return object;
}

const char *describe_link(int32_t state)
{
    static const char *const names[] = {"unknown", "down", "connecting", "up"};
    return names[state >= KC_LINK_DOWN && state <= KC_LINK_UP ? state : 0];
}
