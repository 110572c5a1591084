/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON objects, made with jansson. A value that memory does not suffice for is left out; jansson takes NULL for it. */
#include "json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Text of any origin: JSON takes valid UTF-8 only, and arguments of the command line need not be. */
static json_t *text(const char *value)
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

static void set(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static void set_text(json_t *object, const char *name, const char *value)
{
    set(object, name, text(value));
}

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
    set_text(object, "event", name);
    return object;
}

static void set_key_lists(json_t *object, const kc_key *key)
{
    json_t *rooms = json_array(), *areas = json_array(), *serials = json_array();
    for (int32_t i = 0; i < kc_key_get_room_count(key); i++)
        (void)json_array_append_new(rooms, text(kc_key_get_room(key, i)));
    for (int32_t i = 0; i < kc_key_get_area_count(key); i++)
        (void)json_array_append_new(areas, text(kc_key_get_area(key, i)));
    for (int32_t i = 0; i < kc_key_get_serial_count(key); i++)
        (void)json_array_append_new(serials, text(kc_key_get_serial(key, i)));
    set(object, "rooms", rooms);
    set(object, "areas", areas);
    set(object, "serials", serials);
}

static void set_key(json_t *object, const kc_key *key)
{
    set_text(object, "id", kc_key_get_id(key));
    set_text(object, "kind", kc_kind_name(kc_key_get_kind(key)));
    set_text(object, "state", kc_key_state_name(kc_key_get_state(key)));
    set(object, "unconfirmed", json_boolean(kc_key_is_unconfirmed(key)));
    set(object, "expired", json_boolean(kc_key_is_expired(key)));
    set_text(object, "status", kc_status_name(kc_key_get_status(key)));
    set_text(object, "vendor_code", kc_key_get_vendor_code(key));
    set_text(object, "booking", kc_key_get_booking(key));
    set_key_lists(object, key);
    set_text(object, "guest", kc_key_get_guest(key));
    set_text(object, "from", kc_key_get_from(key));
    set_text(object, "until", kc_key_get_until(key));
    set_text(object, "created", kc_key_get_created(key));
    set_text(object, "station", kc_key_get_station(key));
    set_text(object, "encoder", kc_key_get_encoder(key));
    set_text(object, "system", kc_key_get_system(key));
    set_text(object, "operator", kc_key_get_operator(key));
    set_text(object, "phone", kc_key_get_phone(key));
    set_text(object, "email", kc_key_get_email(key));
    set_text(object, "installation", kc_key_get_installation(key));
    set(object, "copies", json_integer(kc_key_get_copies(key)));
}

static json_t *key_object(const kc_key *key)
{
    if (key == NULL)
        return json_null();
    json_t *object = json_object();
    set_key(object, key);
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
    set_key(object, key);
    if (!guest_data)
        drop_guest(object);
    show(object);
}

static json_t *error_object(const kc_error *error)
{
    if (error == NULL)
        return json_null();
    json_t *object = json_object();
    set_text(object, "status", kc_status_name(kc_error_get_code(error)));
    set_text(object, "message", kc_error_get_message(error));
    set_text(object, "field", kc_error_get_field(error));
    set(object, "advice", json_integer(kc_error_get_advice(error)));
    set_text(object, "advice_text", kc_error_get_advice_text(error));
    set_text(object, "card_state", kc_outcome_name(kc_error_get_card_state(error)));
    set_text(object, "vendor_code", kc_error_get_vendor_code(error));
    set_text(object, "vendor_text", kc_error_get_vendor_text(error));
    return object;
}

static json_t *warnings_array(const kc_op *op)
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

static json_t *voided_array(const kc_op *op)
{
    json_t *array = json_array();
    for (int32_t i = 0; i < kc_op_get_voided_key_count(op); i++)
        (void)json_array_append_new(array, text(kc_key_get_id(kc_op_get_voided_key(op, i))));
    return array;
}

/* What is known of an operation besides how it ended. A list has its keys on lines of their own. */
static void set_operation(json_t *object, const kc_op *op)
{
    const int32_t verb = kc_op_get_verb(op);
    const bool list = verb == KC_VERB_LIST_KEYS || verb == KC_VERB_LIST_OPS;
    set_text(object, "operation", kc_op_get_id(op));
    set_text(object, "verb", kc_verb_name(verb));
    set_text(object, "encoder", kc_op_get_encoder_name(op));
    set_text(object, "booking", kc_op_get_booking(op));
    set_text(object, "room", kc_op_get_room(op));
    set_text(object, "created", kc_op_get_created(op));
    set_text(object, "retry_of", kc_op_get_retry_of(op));
    set(object, "replay", json_boolean(kc_op_is_replay(op)));
    set(object, "key", list ? json_null() : key_object(kc_op_get_key(op, 0)));
    set(object, "voided", voided_array(op));
    set(object, "warnings", warnings_array(op));
}

static json_t *ended_object(const kc_op *op)
{
    if (op == NULL)
        return json_null();
    json_t *object = json_object();
    set_text(object, "status", kc_status_name(kc_op_get_status(op)));
    set_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    set_operation(object, op);
    set(object, "error", error_object(kc_op_get_error(op)));
    return object;
}

void json_show_operation(const kc_op *op, bool guest_data)
{
    json_t *object = new_event("operation");
    json_t *ended = ended_object(op), *key = json_object_get(ended, "key"), *voided = NULL;
    size_t i = 0;
    if (!guest_data && key != NULL)
        drop_guest(key);
    json_array_foreach(json_object_get(ended, "voided"), i, voided)
    {
        if (!guest_data)
            drop_guest(voided);
    }
    (void)json_object_update(object, ended);
    json_decref(ended);
    show(object);
}

void json_show_change(const kc_event *event)
{
    json_t *object = new_event("change");
    json_t *ended = ended_object(kc_event_get_op(event));
    set(object, "entry", json_integer(kc_event_get_entry(event)));
    set_text(object, "station", kc_op_get_station(kc_event_get_op(event)));
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
    set_text(object, "status", kc_status_name(result->status));
    set_text(object, "message", result->message);
    set_text(object, "field", result->field != NULL ? result->field : "");
    set(object, "advice", json_integer(KC_ADVICE_CORRECT_REQUEST));
    set_text(object, "advice_text", "");
    set_text(object, "card_state", kc_outcome_name(result->outcome));
    set_text(object, "vendor_code", "");
    set_text(object, "vendor_text", "");
    return object;
}

void json_show_done(const struct result *result)
{
    json_t *object = new_event("done");
    set_text(object, "status", kc_status_name(result->status));
    set_text(object, "outcome", kc_outcome_name(result->outcome));
    set(object, "operation", json_null());
    set(object, "key", json_null());
    if (result->op != NULL)
        set_operation(object, result->op);
    set(object, "error", complaint_object(result));
    set(object, "follow_up", ended_object(kc_op_get_follow_up(result->op)));
    if (result->resolution != NULL)
        set(object, "resolution", ended_object(result->resolution));
    show(object);
}

void json_show_encoder(const kc_encoder *encoder)
{
    json_t *object = new_event("encoder");
    set_text(object, "encoder", kc_encoder_get_name(encoder));
    set_text(object, "system", kc_system_get_name(kc_encoder_get_system(encoder)));
    set_text(object, "state", kc_encoder_state_name(kc_encoder_get_state(encoder)));
    set_text(object, "last_contact", kc_encoder_get_last_contact(encoder));
    show(object);
}

static json_t *drivers_array(const kc_device *device)
{
    json_t *array = json_array();
    const kc_driver *driver;
    for (int32_t i = 0; (driver = kc_device_get_driver(device, i)) != NULL; i++) {
        json_t *object = json_object();
        set_text(object, "driver", kc_driver_get_name(driver));
        set_text(object, "uri", kc_device_get_uri(device, driver));
        (void)json_array_append_new(array, object);
    }
    return array;
}

void json_show_device(const kc_device *device, int32_t state)
{
    json_t *object = new_event("device");
    const kc_system *system = kc_device_get_system(device);
    char ids[24] = "";
    if (kc_device_get_vendor_id(device) >= 0)
        (void)snprintf(ids, sizeof ids, "%04x:%04x", (unsigned)kc_device_get_vendor_id(device),
                       (unsigned)kc_device_get_product_id(device));
    set_text(object, "device", kc_device_get_name(device));
    set_text(object, "label", kc_device_get_label(device));
    set_text(object, "transport", kc_device_get_transport(device));
    set_text(object, "place", kc_device_get_place(device));
    set_text(object, "ids", ids);
    set_text(object, "manufacturer", kc_device_get_manufacturer(device));
    set_text(object, "product", kc_device_get_product(device));
    set_text(object, "serial_number", kc_device_get_serial_number(device));
    set_text(object, "model", kc_device_get_model(device));
    set_text(object, "firmware", kc_device_get_firmware(device));
    set_text(object, "state", kc_device_state_name(state));
    set_text(object, "since", kc_device_get_since(device));
    set(object, "system", system != NULL ? text(kc_system_get_name(system)) : json_null());
    set_text(object, "uri", kc_device_get_uri(device, NULL));
    set(object, "drivers", drivers_array(device));
    set(object, "error", error_object(kc_device_get_error(device)));
    show(object);
}

void json_show_texts(const char *event, const char *const *names, const char *const *values, size_t count)
{
    json_t *object = new_event(event);
    for (size_t i = 0; i < count; i++)
        set_text(object, names[i], values[i]);
    show(object);
}

void json_show_forgotten(const kc_op *op)
{
    json_t *object = new_event("forgotten");
    set(object, "stays", json_integer(kc_op_get_forgotten_count(op)));
    show(object);
}

void json_show_journal(const kc_op *op)
{
    json_t *object = new_event("journal");
    set(object, "entries", json_integer(kc_op_get_entry_count(op)));
    set_text(object, "digest", kc_op_get_ledger_digest(op));
    show(object);
}

static void set_system(json_t *object, const kc_event *event)
{
    static const char *const names[] = {"unknown", "down", "connecting", "up"};
    const int32_t state = kc_event_get_state(event);
    set_text(object, "system", kc_system_get_name(kc_event_get_system(event)));
    set_text(object, "state", names[state >= KC_LINK_DOWN && state <= KC_LINK_UP ? state : 0]);
}

void json_show_event(const kc_event *event)
{
    const int32_t type = kc_event_get_type(event);
    const kc_op *op = kc_event_get_op(event);
    json_t *object = new_event(kc_event_type_name(type));
    if (op != NULL)
        set_text(object, "operation", kc_op_get_id(op));
    if (type == KC_EVENT_STATE)
        set_text(object, "state", kc_state_name(kc_event_get_state(event)));
    if (type == KC_EVENT_ENCODER) {
        set_text(object, "encoder", kc_encoder_get_name(kc_event_get_encoder(event)));
        set_text(object, "state", kc_encoder_state_name(kc_event_get_state(event)));
    }
    if (type == KC_EVENT_SYSTEM)
        set_system(object, event);
    if (type == KC_EVENT_PROMPT) {
        set_text(object, "prompt", kc_prompt_name(kc_event_get_prompt(event)));
        set(object, "card", json_integer(kc_event_get_card_number(event)));
        set(object, "of", json_integer(kc_event_get_card_count(event)));
    }
    set_text(object, "text", kc_event_get_text(event));
    show(object);
}

void json_show_follow_up(const kc_op *op, const kc_op *next)
{
    json_t *object = new_event("follow-up");
    set_text(object, "operation", kc_op_get_id(next));
    set_text(object, "of", kc_op_get_id(op));
    set_text(object, "status", kc_status_name(kc_op_get_status(op)));
    set_text(object, "outcome", kc_outcome_name(kc_op_get_outcome(op)));
    show(object);
}

void json_show_cancelling(const kc_op *op)
{
    json_t *object = new_event("cancelling");
    set_text(object, "operation", kc_op_get_id(op));
    show(object);
}

void json_show_driver(const kc_driver *driver)
{
    json_t *object = new_event("driver"), *schemes = json_array(), *can = json_array(), *limits = json_object(),
           *options = json_array();
    set_text(object, "driver", kc_driver_get_name(driver));
    set_text(object, "label", kc_driver_get_label(driver));
    set_text(object, "maturity", kc_driver_get_maturity(driver));
    for (int32_t i = 0; kc_driver_get_scheme(driver, i)[0] != '\0'; i++)
        (void)json_array_append_new(schemes, text(kc_driver_get_scheme(driver, i)));
    for (int32_t i = 1; kc_capability_name(i)[0] != '\0'; i++) {
        if (kc_driver_has(driver, i))
            (void)json_array_append_new(can, text(kc_capability_name(i)));
    }
    for (int32_t i = 1; kc_limit_name(i)[0] != '\0'; i++)
        set(limits, kc_limit_name(i), json_integer(kc_driver_get_limit(driver, i)));
    for (int32_t i = 0; i < kc_driver_get_option_count(driver); i++) {
        json_t *option = json_object();
        set_text(option, "name", kc_driver_get_option_name(driver, i));
        set_text(option, "default", kc_driver_get_option_default(driver, i));
        set_text(option, "values", kc_driver_get_option_values(driver, i));
        set_text(option, "help", kc_driver_get_option_help(driver, i));
        (void)json_array_append_new(options, option);
    }
    set(object, "schemes", schemes);
    set(object, "capabilities", can);
    set(object, "limits", limits);
    set(object, "options", options);
    show(object);
}
