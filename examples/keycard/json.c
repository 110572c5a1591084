/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON objects, made with jansson. A value that memory does not suffice for is left out; jansson takes NULL for it. */
#include "json.h"

#include "../common/describe.h"
#include "../common/device.h"
#include "../common/members.h"

static void show(json_t *object)
{
    if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT) != 0)
        fputs("keycard: the JSON output cannot be written\n", stderr);
    else
        fputc('\n', stdout);
    fflush(stdout);
    json_decref(object);
}

static json_t *new_event(const char *name)
{
    json_t *object = json_object();
    put_text(object, "event", name);
    return object;
}

static json_t *key_object(const kc_key *key)
{
    if (key == NULL)
        return json_null();
    json_t *object = json_object();
    put_key(object, key, "vendor_code", true);
    return object;
}

static void drop_guest(json_t *key)
{
    static const char *const members[] = {"guest", "phone", "email", "serials"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        (void)json_object_del(key, members[i]);
}

void json_show_key(const kc_key *key, bool guest_data)
{
    json_t *object = new_event("key");
    put_key(object, key, "vendor_code", true);
    if (!guest_data)
        drop_guest(object);
    show(object);
}

static json_t *error_object(const kc_error *error)
{
    if (error == NULL)
        return json_null();
    json_t *object = json_object();
    put_text(object, "status", kc_status_name(kc_error_get_code(error)));
    put_text(object, "message", kc_error_get_message(error));
    put_text(object, "field", kc_error_get_field(error));
    put(object, "advice", json_integer(kc_error_get_advice(error)));
    put_text(object, "advice_text", kc_error_get_advice_text(error));
    put_text(object, "card_state", kc_outcome_name(kc_error_get_card_state(error)));
    put_text(object, "vendor_code", kc_error_get_vendor_code(error));
    put_text(object, "vendor_text", kc_error_get_vendor_text(error));
    return object;
}

static json_t *voided_array(const kc_op *op)
{
    json_t *array = json_array();
    for (int32_t i = 0; i < kc_op_get_voided_key_count(op); i++)
        (void)json_array_append_new(array, text_of(kc_key_get_id(kc_op_get_voided_key(op, i))));
    return array;
}

/* What is known of an operation besides how it ended. A list has its keys on lines of their own. */
static void set_operation(json_t *object, const kc_op *op)
{
    const int32_t verb = kc_op_get_verb(op);
    const bool list = verb == KC_VERB_LIST_KEYS || verb == KC_VERB_LIST_OPS;
    put_text(object, "operation", kc_op_get_id(op));
    put_text(object, "verb", kc_verb_name(verb));
    put_text(object, "encoder", kc_op_get_encoder_name(op));
    put_text(object, "booking", kc_op_get_booking(op));
    put_text(object, "room", kc_op_get_room(op));
    put_text(object, "created", kc_op_get_created(op));
    put_text(object, "retry_of", kc_op_get_retry_of(op));
    put(object, "replay", json_boolean(kc_op_is_replay(op)));
    put(object, "key", list ? json_null() : key_object(kc_op_get_key(op, 0)));
    put(object, "voided", voided_array(op));
    put(object, "warnings", warnings_of(op));
}

static json_t *ended_object(const kc_op *op)
{
    if (op == NULL)
        return json_null();
    json_t *object = json_object();
    put_text(object, "status", kc_status_name(kc_op_get_status(op)));
    put_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    set_operation(object, op);
    put(object, "error", error_object(kc_op_get_error(op)));
    return object;
}

void json_show_operation(const kc_op *op, bool guest_data)
{
    json_t *object = new_event("operation");
    json_t *ended = ended_object(op), *key = json_object_get(ended, "key");
    if (!guest_data && key != NULL)
        drop_guest(key);
    (void)json_object_update(object, ended);
    json_decref(ended);
    show(object);
}

void json_show_change(const kc_event *event)
{
    json_t *object = new_event("change");
    json_t *ended = ended_object(kc_event_get_op(event));
    put(object, "entry", json_integer(kc_event_get_entry(event)));
    put_text(object, "station", kc_op_get_station(kc_event_get_op(event)));
    if (json_is_object(ended))
        (void)json_object_update(object, ended);
    json_decref(ended);
    show(object);
}

static json_t *complaint_object(const struct result *result)
{
    if (result->message == NULL)
        return error_object(result->error);
    json_t *object = json_object();
    put_text(object, "status", kc_status_name(result->status));
    put_text(object, "message", result->message);
    put_text(object, "field", result->field != NULL ? result->field : "");
    put(object, "advice", json_integer(KC_ADVICE_CORRECT_REQUEST));
    put_text(object, "advice_text", "");
    put_text(object, "card_state", kc_outcome_name(result->outcome));
    put_text(object, "vendor_code", "");
    put_text(object, "vendor_text", "");
    return object;
}

void json_show_done(const struct result *result)
{
    const int32_t verb = kc_op_get_verb(result->op);
    json_t *object = new_event("done");
    put_text(object, "status", kc_status_name(result->status));
    put_text(object, "outcome", kc_outcome_name(result->outcome));
    put(object, "operation", json_null());
    put(object, "key", json_null());
    if (result->op != NULL)
        set_operation(object, result->op);
    put(object, "error", complaint_object(result));
    put(object, "follow_up", ended_object(kc_op_get_follow_up(result->op)));
    if (verb == KC_VERB_LIST_KEYS || verb == KC_VERB_LIST_OPS)
        put(object, "more", json_boolean(kc_op_has_more(result->op)));
    if (result->resolution != NULL)
        put(object, "resolution", ended_object(result->resolution));
    show(object);
}

void json_show_encoder(const kc_encoder *encoder)
{
    json_t *object = new_event("encoder");
    put_text(object, "encoder", kc_encoder_get_name(encoder));
    put_text(object, "system", kc_system_get_name(kc_encoder_get_system(encoder)));
    put_text(object, "state", kc_encoder_state_name(kc_encoder_get_state(encoder)));
    put_text(object, "last_contact", kc_encoder_get_last_contact(encoder));
    show(object);
}

void json_show_device(const kc_device *device, int32_t state)
{
    json_t *object = new_event("device");
    put_device(object, device, state, "device", "serial_number");
    put(object, "error", error_object(kc_device_get_error(device)));
    show(object);
}

void json_show_texts(const char *event, const char *const *names, const char *const *values, size_t count)
{
    json_t *object = new_event(event);
    for (size_t i = 0; i < count; i++)
        put_text(object, names[i], values[i]);
    show(object);
}

void json_show_forgotten(const kc_op *op)
{
    json_t *object = new_event("forgotten");
    put(object, "stays", json_integer(kc_op_get_forgotten_count(op)));
    show(object);
}

void json_show_journal(const kc_op *op)
{
    json_t *object = new_event("journal");
    put(object, "entries", json_integer(kc_op_get_entry_count(op)));
    put_text(object, "digest", kc_op_get_ledger_digest(op));
    show(object);
}

static void set_system(json_t *object, const kc_event *event)
{
    put_text(object, "system", kc_system_get_name(kc_event_get_system(event)));
    put_text(object, "state", describe_link(kc_event_get_state(event)));
}

void json_show_event(const kc_event *event)
{
    const int32_t type = kc_event_get_type(event);
    const kc_op *op = kc_event_get_op(event);
    json_t *object = new_event(kc_event_type_name(type));
    if (op != NULL)
        put_text(object, "operation", kc_op_get_id(op));
    if (type == KC_EVENT_STATE)
        put_text(object, "state", kc_state_name(kc_event_get_state(event)));
    if (type == KC_EVENT_ENCODER) {
        put_text(object, "encoder", kc_encoder_get_name(kc_event_get_encoder(event)));
        put_text(object, "state", kc_encoder_state_name(kc_event_get_state(event)));
    }
    if (type == KC_EVENT_SYSTEM)
        set_system(object, event);
    if (type == KC_EVENT_PROMPT) {
        put_text(object, "prompt", kc_prompt_name(kc_event_get_prompt(event)));
        put(object, "card", json_integer(kc_event_get_card_number(event)));
        put(object, "of", json_integer(kc_event_get_card_count(event)));
    }
    put_text(object, "text", kc_event_get_text(event));
    show(object);
}

void json_show_follow_up(const kc_op *op, const kc_op *next)
{
    json_t *object = new_event("follow-up");
    put_text(object, "operation", kc_op_get_id(next));
    put_text(object, "of", kc_op_get_id(op));
    put_text(object, "status", kc_status_name(kc_op_get_status(op)));
    put_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    show(object);
}

void json_show_cancelling(const kc_op *op)
{
    json_t *object = new_event("cancelling");
    put_text(object, "operation", kc_op_get_id(op));
    show(object);
}

void json_show_driver(const kc_driver *driver)
{
    json_t *object = new_event("driver"), *schemes = json_array(), *can = json_array(), *limits = json_object(),
           *options = json_array();
    put_text(object, "driver", kc_driver_get_name(driver));
    put_text(object, "label", kc_driver_get_label(driver));
    put_text(object, "maturity", kc_driver_get_maturity(driver));
    for (int32_t i = 0; kc_driver_get_scheme(driver, i)[0] != '\0'; i++)
        (void)json_array_append_new(schemes, text_of(kc_driver_get_scheme(driver, i)));
    for (int32_t i = 1; kc_capability_name(i)[0] != '\0'; i++) {
        if (kc_driver_has(driver, i))
            (void)json_array_append_new(can, text_of(kc_capability_name(i)));
    }
    for (int32_t i = 1; kc_limit_name(i)[0] != '\0'; i++)
        put(limits, kc_limit_name(i), json_integer(kc_driver_get_limit(driver, i)));
    for (int32_t i = 0; i < kc_driver_get_option_count(driver); i++) {
        json_t *option = json_object();
        put_text(option, "name", kc_driver_get_option_name(driver, i));
        put_text(option, "default", kc_driver_get_option_default(driver, i));
        put_text(option, "values", kc_driver_get_option_values(driver, i));
        put_text(option, "help", kc_driver_get_option_help(driver, i));
        (void)json_array_append_new(options, option);
    }
    put(object, "schemes", schemes);
    put(object, "capabilities", can);
    put(object, "limits", limits);
    put(object, "options", options);
    show(object);
}
