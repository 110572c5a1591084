/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys, operations, errors, encoders and devices as JSON objects. */
#include "describe.h"

#include <stddef.h>

#include "device.h"
#include "members.h"

json_t *describe_key(const kc_key *key)
{
    json_t *object = json_object();
    if (key != NULL)
        put_key(object, key, "vendorCode", false);
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
                                          "check-ledger",
                                          "read-card"};
    if (error == NULL)
        return json_null();
    const int32_t advice = kc_error_get_advice(error);
    const size_t known = sizeof advices / sizeof *advices;
    json_t *object = json_object();
    put_text(object, "status", kc_status_name(kc_error_get_code(error)));
    put_text(object, "message", kc_error_get_message(error));
    put_text(object, "field", kc_error_get_field(error));
    put_text(object, "advice", advice >= 0 && (size_t)advice < known ? advices[advice] : "other");
    put_text(object, "adviceText", kc_error_get_advice_text(error));
    put_text(object, "cardState", kc_outcome_name(kc_error_get_card_state(error)));
    put_text(object, "vendorCode", kc_error_get_vendor_code(error));
    put_text(object, "vendorText", kc_error_get_vendor_text(error));
    return object;
}

json_t *describe_encoder(const kc_encoder *encoder)
{
    json_t *object = json_object();
    put_text(object, "name", kc_encoder_get_name(encoder));
    put_text(object, "system", kc_system_get_name(kc_encoder_get_system(encoder)));
    put_text(object, "state", kc_encoder_state_name(kc_encoder_get_state(encoder)));
    put_text(object, "lastContact", kc_encoder_get_last_contact(encoder));
    return object;
}

json_t *describe_device(const kc_device *device, int32_t state)
{
    json_t *object = json_object();
    put_device(object, device, state, "name", "serialNumber");
    put(object, "error", describe_error(kc_device_get_error(device)));
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

json_t *describe_op(const kc_op *op)
{
    json_t *object = json_object(), *voided = json_array();
    for (int32_t i = 0; i < kc_op_get_voided_key_count(op); i++)
        (void)json_array_append_new(voided, describe_key(kc_op_get_voided_key(op, i)));
    put_text(object, "id", kc_op_get_id(op));
    put_text(object, "verb", kc_verb_name(kc_op_get_verb(op)));
    put_text(object, "state", kc_state_name(kc_op_get_state(op)));
    put_text(object, "status", kc_status_name(kc_op_get_status(op)));
    put_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    put_text(object, "encoder", kc_op_get_encoder_name(op));
    put_text(object, "system", kc_op_get_system_name(op));
    put_text(object, "booking", kc_op_get_booking(op));
    put_text(object, "room", kc_op_get_room(op));
    put_text(object, "station", kc_op_get_station(op));
    put_text(object, "operator", kc_op_get_operator(op));
    put_text(object, "created", kc_op_get_created(op));
    put_text(object, "target", kc_op_get_target(op));
    put_text(object, "retryOf", kc_op_get_retry_of(op));
    put(object, "key", kc_op_get_key_count(op) == 1 ? describe_key(kc_op_get_key(op, 0)) : json_null());
    put(object, "voided", voided);
    put(object, "warnings", warnings_of(op));
    put(object, "error", describe_error(kc_op_get_error(op)));
    return object;
}

const char *describe_link(int32_t state)
{
    static const char *const names[] = {"unknown", "down", "connecting", "up"};
    return names[state >= KC_LINK_DOWN && state <= KC_LINK_UP ? state : 0];
}
