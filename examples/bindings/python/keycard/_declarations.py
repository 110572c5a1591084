# SPDX-License-Identifier: LGPL-2.1-or-later
"""What cffi is told of the library.

Made from doc/api.json by examples/bindings/generate.py."""

DECLARATIONS = """\
typedef struct kc_context kc_context;
typedef struct kc_site kc_site;
typedef struct kc_system kc_system;
typedef struct kc_encoder kc_encoder;
typedef struct kc_device kc_device;
typedef struct kc_request kc_request;
typedef struct kc_op kc_op;
typedef struct kc_key kc_key;
typedef struct kc_event kc_event;
typedef struct kc_error kc_error;
typedef struct kc_open_key kc_open_key;
typedef struct kc_driver kc_driver;
typedef void (*kc_log_function)(void * user, int32_t level, const char * domain, const char * message);
const char * kc_status_name(int32_t status);
const char * kc_status_text(int32_t status);
const char * kc_version(void);
int32_t kc_version_number(void);
int32_t kc_has_driver(const char * name);
const char * kc_outcome_name(int32_t outcome);
int32_t kc_error_get_code(const kc_error * error);
int32_t kc_error_get_advice(const kc_error * error);
const char * kc_error_get_advice_text(const kc_error * error);
int32_t kc_error_get_card_state(const kc_error * error);
const char * kc_error_get_message(const kc_error * error);
const char * kc_error_get_field(const kc_error * error);
const char * kc_error_get_vendor_code(const kc_error * error);
const char * kc_error_get_vendor_text(const kc_error * error);
int32_t kc_context_new(kc_context ** context);
kc_context * kc_context_ref(kc_context * context);
kc_context * kc_context_unref(kc_context * context);
int32_t kc_context_set_log(kc_context * context, kc_log_function function, void * user, int32_t level);
int32_t kc_context_set_ledger(kc_context * context, const char * uri);
int32_t kc_context_set_ledger_key(kc_context * context, const uint8_t * key, size_t size);
int32_t kc_context_watch_ledger(kc_context * context, int32_t interval_ms);
const kc_error * kc_context_get_error(const kc_context * context);
int32_t kc_context_get_fd(const kc_context * context);
int32_t kc_context_dispatch(kc_context * context);
int32_t kc_context_wait(kc_context * context, int32_t timeout_ms);
int32_t kc_context_run(kc_context * context, int32_t timeout_ms);
int32_t kc_context_wakeup(kc_context * context);
int32_t kc_context_set_connection_rate(kc_context * context, int32_t per_second);
kc_event * kc_context_next_event(kc_context * context);
const char * kc_event_type_name(int32_t type);
const char * kc_prompt_name(int32_t prompt);
kc_event * kc_event_ref(kc_event * event);
kc_event * kc_event_unref(kc_event * event);
int32_t kc_event_get_type(const kc_event * event);
kc_op * kc_event_get_op(const kc_event * event);
int32_t kc_event_get_state(const kc_event * event);
int64_t kc_event_get_entry(const kc_event * event);
kc_encoder * kc_event_get_encoder(const kc_event * event);
kc_system * kc_event_get_system(const kc_event * event);
kc_device * kc_event_get_device(const kc_event * event);
int32_t kc_event_get_prompt(const kc_event * event);
int32_t kc_event_get_card_number(const kc_event * event);
int32_t kc_event_get_card_count(const kc_event * event);
const char * kc_event_get_text(const kc_event * event);
int32_t kc_site_new(kc_context * context, const char * name, kc_site ** site);
kc_site * kc_site_ref(kc_site * site);
kc_site * kc_site_unref(kc_site * site);
const char * kc_site_get_name(const kc_site * site);
int32_t kc_site_set_time_zone(kc_site * site, const char * name);
int32_t kc_site_set_default_times(kc_site * site, const char * check_in, const char * check_out);
int32_t kc_site_set_policy(kc_site * site, const char * name, const char * value);
const char * kc_site_get_policy(const kc_site * site, const char * name);
const kc_error * kc_site_get_error(const kc_site * site);
int32_t kc_driver_count(void);
const kc_driver * kc_driver_get(int32_t index);
const kc_driver * kc_driver_find(const char * name);
const char * kc_driver_get_name(const kc_driver * driver);
const char * kc_driver_get_label(const kc_driver * driver);
const char * kc_driver_get_maturity(const kc_driver * driver);
const char * kc_driver_get_scheme(const kc_driver * driver, int32_t index);
const char * kc_capability_name(int32_t capability);
int32_t kc_driver_has(const kc_driver * driver, int32_t capability);
const char * kc_limit_name(int32_t limit);
int64_t kc_driver_get_limit(const kc_driver * driver, int32_t limit);
int32_t kc_driver_get_option_count(const kc_driver * driver);
const char * kc_driver_get_option_name(const kc_driver * driver, int32_t index);
const char * kc_driver_get_option_default(const kc_driver * driver, int32_t index);
const char * kc_driver_get_option_values(const kc_driver * driver, int32_t index);
const char * kc_driver_get_option_help(const kc_driver * driver, int32_t index);
int32_t kc_system_new(kc_site * site, const char * name, const char * uri, kc_system ** system);
kc_system * kc_system_ref(kc_system * system);
kc_system * kc_system_unref(kc_system * system);
int32_t kc_system_remove(kc_system * system);
const char * kc_system_get_name(const kc_system * system);
const kc_driver * kc_system_get_driver(const kc_system * system);
int32_t kc_system_set_option(kc_system * system, const char * name, const char * value);
const char * kc_system_get_option(const kc_system * system, const char * name);
int32_t kc_system_map_room(kc_system * system, const char * room, const char * lock_name);
int32_t kc_system_map_area(kc_system * system, const char * area, const char * lock_name);
int32_t kc_system_add_encoder(kc_system * system, const char * name);
int32_t kc_system_adopt_fd(kc_system * system, int32_t fd);
int32_t kc_system_has(const kc_system * system, int32_t capability);
int64_t kc_system_get_limit(const kc_system * system, int32_t limit);
int32_t kc_system_get_state(const kc_system * system);
const kc_error * kc_system_get_error(const kc_system * system);
const char * kc_encoder_state_name(int32_t state);
kc_encoder * kc_encoder_ref(kc_encoder * encoder);
kc_encoder * kc_encoder_unref(kc_encoder * encoder);
const char * kc_encoder_get_name(const kc_encoder * encoder);
kc_system * kc_encoder_get_system(const kc_encoder * encoder);
int32_t kc_encoder_get_state(const kc_encoder * encoder);
const char * kc_encoder_get_last_contact(const kc_encoder * encoder);
int32_t kc_site_discover(kc_site * site, kc_op ** op);
int32_t kc_context_watch_devices(kc_context * context, int32_t how);
int32_t kc_context_get_device_count(const kc_context * context);
kc_device * kc_context_get_device(const kc_context * context, int32_t index);
const char * kc_device_state_name(int32_t state);
kc_device * kc_device_ref(kc_device * device);
kc_device * kc_device_unref(kc_device * device);
const char * kc_device_get_name(const kc_device * device);
const char * kc_device_get_label(const kc_device * device);
const char * kc_device_get_transport(const kc_device * device);
const char * kc_device_get_place(const kc_device * device);
int32_t kc_device_get_vendor_id(const kc_device * device);
int32_t kc_device_get_product_id(const kc_device * device);
const char * kc_device_get_manufacturer(const kc_device * device);
const char * kc_device_get_product(const kc_device * device);
const char * kc_device_get_serial_number(const kc_device * device);
const char * kc_device_get_model(const kc_device * device);
const char * kc_device_get_firmware(const kc_device * device);
int32_t kc_device_get_state(const kc_device * device);
const char * kc_device_get_since(const kc_device * device);
kc_system * kc_device_get_system(const kc_device * device);
const kc_error * kc_device_get_error(const kc_device * device);
const kc_driver * kc_device_get_driver(const kc_device * device, int32_t index);
const char * kc_device_get_uri(const kc_device * device, const kc_driver * driver);
int32_t kc_device_identify(kc_device * device, const char * driver, const char * options);
int32_t kc_request_new(kc_site * site, kc_request ** request);
kc_request * kc_request_ref(kc_request * request);
kc_request * kc_request_unref(kc_request * request);
const kc_error * kc_request_get_error(const kc_request * request);
int32_t kc_request_set_booking(kc_request * request, const char * booking);
int32_t kc_request_add_room(kc_request * request, const char * room);
int32_t kc_request_clear_rooms(kc_request * request);
int32_t kc_request_set_guest(kc_request * request, const char * name);
int32_t kc_request_set_validity(kc_request * request, const char * from, const char * until);
int32_t kc_request_set_station(kc_request * request, const char * station);
int32_t kc_request_set_encoder(kc_request * request, const char * encoder);
int32_t kc_request_set_system(kc_request * request, const char * system);
int32_t kc_request_set_operator(kc_request * request, const char * name);
int32_t kc_request_add_area(kc_request * request, const char * area);
int32_t kc_request_remove_area(kc_request * request, const char * area);
int32_t kc_request_clear_areas(kc_request * request);
int32_t kc_request_set_phone(kc_request * request, const char * phone);
int32_t kc_request_set_email(kc_request * request, const char * email);
int32_t kc_request_set_copies(kc_request * request, int32_t copies);
int32_t kc_request_set_text(kc_request * request, int32_t line, const char * text);
int32_t kc_request_set_message(kc_request * request, const char * text);
int32_t kc_request_set_return_image(kc_request * request, int32_t wanted);
int32_t kc_request_set_card_serial(kc_request * request, const char * serial);
int32_t kc_request_set_image(kc_request * request, const uint8_t * bytes, size_t size);
int32_t kc_request_set_idempotency_key(kc_request * request, const char * key);
int32_t kc_issue_original(kc_request * request, kc_op ** op);
int32_t kc_issue_duplicate(kc_request * request, kc_op ** op);
int32_t kc_reissue(kc_request * request, kc_op ** op);
int32_t kc_issue_one_shot(kc_request * request, kc_op ** op);
int32_t kc_send_mobile(kc_request * request, kc_op ** op);
int32_t kc_write_image(kc_request * request, kc_op ** op);
int32_t kc_read_card(kc_request * request, kc_op ** op);
int32_t kc_check_out(kc_request * request, kc_op ** op);
int32_t kc_modify_stay(kc_request * request, kc_op ** op);
int32_t kc_cancel_key(kc_request * request, const char * key_id, kc_op ** op);
int32_t kc_block_stay(kc_request * request, kc_op ** op);
int32_t kc_unblock_stay(kc_request * request, kc_op ** op);
int32_t kc_check_mobile(kc_request * request, const char * key_id, kc_op ** op);
const char * kc_verb_name(int32_t verb);
const char * kc_state_name(int32_t state);
kc_op * kc_op_ref(kc_op * op);
kc_op * kc_op_unref(kc_op * op);
const char * kc_op_get_id(const kc_op * op);
int32_t kc_op_get_verb(const kc_op * op);
int32_t kc_op_get_state(const kc_op * op);
int32_t kc_op_get_status(const kc_op * op);
int32_t kc_op_get_outcome(const kc_op * op);
const kc_error * kc_op_get_error(const kc_op * op);
const char * kc_op_get_encoder_name(const kc_op * op);
const char * kc_op_get_booking(const kc_op * op);
const char * kc_op_get_room(const kc_op * op);
const char * kc_op_get_station(const kc_op * op);
const char * kc_op_get_operator(const kc_op * op);
const char * kc_op_get_created(const kc_op * op);
const char * kc_op_get_system_name(const kc_op * op);
const char * kc_op_get_target(const kc_op * op);
const char * kc_op_get_retry_of(const kc_op * op);
int32_t kc_op_is_replay(const kc_op * op);
kc_op * kc_op_get_follow_up(const kc_op * op);
int32_t kc_op_wait(kc_op * op, int32_t timeout_ms);
int32_t kc_op_cancel(kc_op * op);
int32_t kc_op_answer(kc_op * op, int32_t answer);
int32_t kc_op_retry(kc_op * op, kc_op ** retry);
int32_t kc_op_resolve(kc_op * op, int32_t how, const char * operator_name, kc_op ** resolution);
int32_t kc_op_get_warning_count(const kc_op * op);
const char * kc_op_get_warning_text(const kc_op * op, int32_t index);
const char * kc_op_get_warning_field(const kc_op * op, int32_t index);
const char * kc_op_get_warning_before(const kc_op * op, int32_t index);
const char * kc_op_get_warning_after(const kc_op * op, int32_t index);
int32_t kc_op_get_key_count(const kc_op * op);
kc_key * kc_op_get_key(const kc_op * op, int32_t index);
int32_t kc_op_get_voided_key_count(const kc_op * op);
kc_key * kc_op_get_voided_key(const kc_op * op, int32_t index);
int32_t kc_op_get_encoder_count(const kc_op * op);
kc_encoder * kc_op_get_encoder(const kc_op * op, int32_t index);
int32_t kc_op_get_device_count(const kc_op * op);
kc_device * kc_op_get_device(const kc_op * op, int32_t index);
int32_t kc_op_get_op_count(const kc_op * op);
kc_op * kc_op_get_op(const kc_op * op, int32_t index);
int32_t kc_op_has_more(const kc_op * op);
int32_t kc_op_set_user_data(kc_op * op, void * data);
void * kc_op_get_user_data(const kc_op * op);
int32_t kc_list_keys(kc_site * site, int32_t filter, const char * value, int32_t limit, kc_op ** op);
int32_t kc_list_ops(kc_site * site, int32_t filter, const char * value, int32_t limit, kc_op ** op);
int32_t kc_find_op(kc_site * site, const char * id, kc_op ** op);
int32_t kc_forget_guest(kc_site * site, const char * booking, kc_op ** op);
int32_t kc_forget_departed(kc_site * site, int32_t days, kc_op ** op);
int64_t kc_op_get_forgotten_count(const kc_op * op);
int32_t kc_verify_ledger(kc_site * site, kc_op ** op);
int32_t kc_copy_ledger(kc_site * site, const char * uri, const uint8_t * key, size_t key_size, kc_op ** op);
int32_t kc_backup_ledger(kc_site * site, const char * path, kc_op ** op);
int64_t kc_op_get_entry_count(const kc_op * op);
const char * kc_op_get_ledger_digest(const kc_op * op);
const char * kc_kind_name(int32_t kind);
const char * kc_key_state_name(int32_t state);
kc_key * kc_key_ref(kc_key * key);
kc_key * kc_key_unref(kc_key * key);
const char * kc_key_get_id(const kc_key * key);
int32_t kc_key_get_kind(const kc_key * key);
int32_t kc_key_get_state(const kc_key * key);
int32_t kc_key_is_unconfirmed(const kc_key * key);
int32_t kc_key_is_expired(const kc_key * key);
int32_t kc_key_get_status(const kc_key * key);
const char * kc_key_get_vendor_code(const kc_key * key);
const char * kc_key_get_booking(const kc_key * key);
int32_t kc_key_get_room_count(const kc_key * key);
const char * kc_key_get_room(const kc_key * key, int32_t index);
int32_t kc_key_get_area_count(const kc_key * key);
const char * kc_key_get_area(const kc_key * key, int32_t index);
const char * kc_key_get_guest(const kc_key * key);
const char * kc_key_get_from(const kc_key * key);
const char * kc_key_get_until(const kc_key * key);
const char * kc_key_get_created(const kc_key * key);
const char * kc_key_get_station(const kc_key * key);
const char * kc_key_get_encoder(const kc_key * key);
const char * kc_key_get_system(const kc_key * key);
const char * kc_key_get_operator(const kc_key * key);
const char * kc_key_get_phone(const kc_key * key);
const char * kc_key_get_email(const kc_key * key);
int32_t kc_key_get_copies(const kc_key * key);
int32_t kc_key_get_serial_count(const kc_key * key);
const char * kc_key_get_serial(const kc_key * key, int32_t index);
const uint8_t * kc_key_get_image(const kc_key * key, size_t * size);
const char * kc_key_get_installation(const kc_key * key);
int32_t kc_open_key_check_card(int32_t site_number, const uint8_t * site_key, size_t site_key_size, const uint8_t * uid, size_t uid_size, const uint8_t * message, size_t message_size, kc_open_key ** key);
int32_t kc_open_key_check_stripe(int32_t site_number, const uint8_t * site_key, size_t site_key_size, const char * track, kc_open_key ** key);
kc_open_key * kc_open_key_ref(kc_open_key * key);
kc_open_key * kc_open_key_unref(kc_open_key * key);
int32_t kc_open_key_get_kind(const kc_open_key * key);
int64_t kc_open_key_get_sequence(const kc_open_key * key);
const char * kc_open_key_get_issue(const kc_open_key * key);
int64_t kc_open_key_get_from(const kc_open_key * key);
int64_t kc_open_key_get_until(const kc_open_key * key);
int32_t kc_open_key_get_room_count(const kc_open_key * key);
const char * kc_open_key_get_room(const kc_open_key * key, int32_t index);
int32_t kc_open_key_has_area(const kc_open_key * key, int32_t area);
"""

DOCUMENTATION = {
    'kc_status_name': 'Short stable name, such as "no-card"; "unknown" for an unknown code.',
    'kc_status_text': 'One sentence in English.',
    'kc_version': 'Version of the library that runs, such as "0.1.0".',
    'kc_version_number': 'The same as one number: major * 10000 + minor * 100 + patch.',
    'kc_has_driver': 'Whether a driver of this name is compiled in, else 0.',
    'kc_outcome_name': '"pending", "not-written", "written" or "unknown".',
    'kc_error_get_code': 'One of KC_OK and KC_ERROR_...',
    'kc_error_get_advice': 'A code of Advice.',
    'kc_error_get_advice_text': 'The advice as a sentence for the clerk.',
    'kc_error_get_card_state': 'What happened to the card: A code of Outcome.',
    'kc_error_get_message': 'What was wrong, with the value where it is not guest data.',
    'kc_error_get_field': 'What was wrong, or "": a field of the request, called as its setter ("booking", "rooms", "from", "until", "areas", "card-serial" ...), an option ("ca-file"), or an argument ("key", "operation").',
    'kc_error_get_vendor_code': 'The lock system\'s own error code, such as "EP", or "".',
    'kc_error_get_vendor_text': 'The lock system\'s own words, or its documented meaning of the code, or "".',
    'kc_context_new': 'Makes a context.',
    'kc_context_ref': 'Takes a reference.',
    'kc_context_unref': 'Gives a reference back.',
    'kc_context_set_log': 'Sets or removes (NULL) the log function and the most detailed level that it gets, KC_LOG_....',
    'kc_context_set_ledger': 'Opens the ledger; to be called before the first operation.',
    'kc_context_set_ledger_key': 'Gives the key with which guest data are encrypted in the ledger; to be called before kc_context_set_ledger().',
    'kc_context_watch_ledger': 'Switches KC_EVENT_LEDGER on or off, which tells what others do: other programs and machines with the same ledger.',
    'kc_context_get_error': 'Error of the last call on this context that failed, or NULL.',
    'kc_context_get_fd': 'A descriptor that is readable when kc_context_dispatch() is to be called.',
    'kc_context_dispatch': 'Does what can be done now.',
    'kc_context_wait': 'Waits until kc_context_dispatch() has something to do, kc_context_wakeup() is called, or the time is over.',
    'kc_context_run': 'Waits until there is something to do, at most so long, and does it as kc_context_dispatch() does: both in one call, for a thread that has nothing else to do.',
    'kc_context_wakeup': 'Lets kc_context_wait() and kc_context_run() return.',
    'kc_context_set_connection_rate': 'How fast the context connects its systems, so that thousands of lock systems that come back after a power cut are not overrun: with a rate of 1,000 (the default) at most 100 at the same moment, and 1,000 a second for as long as it takes.',
    'kc_context_next_event': 'Takes the next event, or NULL when there is none.',
    'kc_event_type_name': 'Name such as "prompt".',
    'kc_prompt_name': 'Name such as "present-card".',
    'kc_event_ref': 'Takes a reference.',
    'kc_event_unref': 'Gives a reference back.',
    'kc_event_get_type': 'A code of EventType.',
    'kc_event_get_op': 'The operation, or NULL for events of encoders, systems and devices.',
    'kc_event_get_state': 'The state that the operation (KC_STATE_...), encoder (KC_ENCODER_...), system (KC_LINK_...) or device (KC_DEVICE_...) had when the event was made; 0 for other events.',
    'kc_event_get_entry': "The number of the journal's entry that KC_EVENT_LEDGER tells of, each higher than the one before; else 0.",
    'kc_event_get_encoder': 'The encoder that the event is about, or NULL.',
    'kc_event_get_system': 'The system that the event is about, or NULL.',
    'kc_event_get_device': 'The device that the event is about, or NULL.',
    'kc_event_get_prompt': 'A code of Prompt, 0 if this is no prompt.',
    'kc_event_get_card_number': 'Which card the prompt is about, from 1; 0 if it is about none.',
    'kc_event_get_card_count': 'How many cards there will be; 0 if it is about none.',
    'kc_event_get_text': 'The event as a sentence in English, such as "Present card 1 of 2 to Desk 1".',
    'kc_site_new': 'Makes a site.',
    'kc_site_ref': 'Takes a reference.',
    'kc_site_unref': 'Gives a reference back.',
    'kc_site_get_name': 'The name.',
    'kc_site_set_time_zone': 'Sets the time zone by its IANA name, such as "Europe/Sofia".',
    'kc_site_set_default_times': 'Sets the check-in and check-out times, "HH:MM", that complete a date without a time.',
    'kc_site_set_policy': 'Sets a policy.',
    'kc_site_get_policy': 'The value of a policy, or "" if there is no such policy.',
    'kc_site_get_error': 'Error of the last call on this site that failed, or NULL.',
    'kc_driver_count': 'Number of drivers compiled in.',
    'kc_driver_get': 'Driver by index, from 0; NULL past the end.',
    'kc_driver_find': 'Driver by name, or NULL.',
    'kc_driver_get_name': 'Name, such as "salto".',
    'kc_driver_get_label': 'Label for people, such as "SALTO PMS Industry Standard".',
    'kc_driver_get_maturity': '"simulator-tested", "interop-tested", "lab" or "field".',
    'kc_driver_get_scheme': 'URI scheme by index, such as "salto+tcp", or "" past the end.',
    'kc_capability_name': 'Name such as "one-shot".',
    'kc_driver_has': 'Whether the driver can offer this, perhaps only with an option; else 0.',
    'kc_limit_name': 'Name such as "room-length".',
    'kc_driver_get_limit': 'A limit with default options, or -1 for an unknown one.',
    'kc_driver_get_option_count': 'Number of options of the driver; those of its link are listed at kc_system_set_option().',
    'kc_driver_get_option_name': 'Name of an option by index, from 0, or "" past the end.',
    'kc_driver_get_option_default': 'Its default as text.',
    'kc_driver_get_option_values': 'The values it takes, as text: words such as "on,off", numbers such as "1..9", "text", or "secret" (a text that is never shown again).',
    'kc_driver_get_option_help': 'What it does, in one sentence; it tells where the default is not verified on a real system.',
    'kc_system_new': 'Makes a system.',
    'kc_system_ref': 'Takes a reference.',
    'kc_system_unref': 'Gives a reference back.',
    'kc_system_remove': 'Takes the system out of its site: no operation finds it any more, its name is free again, and its link closes after its running operations.',
    'kc_system_get_name': 'The name.',
    'kc_system_get_driver': 'The driver.',
    'kc_system_set_option': 'Sets an option of the driver or of the link; to be called before the first operation.',
    'kc_system_get_option': 'The value of an option as text; "" if there is none of this name, and for a secret.',
    'kc_system_map_room': 'Says how the lock system calls a room of the PMS; both 1 to 100 characters.',
    'kc_system_map_area': 'Says how the lock system calls an area of the PMS, such as "spa" = "12".',
    'kc_system_add_encoder': 'Names an encoder of the system, by 1 to 100 characters.',
    'kc_system_adopt_fd': 'Uses an open, connected descriptor (socket or terminal) as the link of a system whose URI ends in `+fd:`.',
    'kc_system_has': 'Whether this system offers the capability with its present options; else 0.',
    'kc_system_get_limit': 'A limit with the present options, or -1 for an unknown one.',
    'kc_system_get_state': 'State of the link: A code of LinkState.',
    'kc_system_get_error': 'Error of the last call on this system that failed, or NULL.',
    'kc_encoder_state_name': 'Name such as "online".',
    'kc_encoder_ref': 'Takes a reference.',
    'kc_encoder_unref': 'Gives a reference back.',
    'kc_encoder_get_name': 'The name.',
    'kc_encoder_get_system': 'The system that it belongs to.',
    'kc_encoder_get_state': 'A code of EncoderState.',
    'kc_encoder_get_last_contact': 'When it was last heard of, ISO 8601 with offset, or "".',
    'kc_site_discover': 'Looks for the encoders of all systems of a site: connects each system, asks it for its encoders where it can tell (KC_CAPABILITY_LIST_ENCODERS), and adds those that were named here or stand in the ledger.',
    'kc_context_watch_devices': 'Switches KC_EVENT_DEVICE on or off.',
    'kc_context_get_device_count': 'Number of devices as far as known: those that are there now while they are watched, else those that the last kc_site_discover() saw.',
    'kc_context_get_device': 'One of them, in the order of their coming; NULL past the end.',
    'kc_device_state_name': 'Name such as "in-use".',
    'kc_device_ref': 'Takes a reference.',
    'kc_device_unref': 'Gives a reference back.',
    'kc_device_get_name': 'How it is called after re-plugging and restarts too: its USB ids with its serial number ("067b:2303/K42"), or with the socket that it is plugged into if it has none or another device has the same ("067b:2303@1-4.2"); a port of the computer itself by its file ("/dev/ttyS0").',
    'kc_device_get_label': 'For people: "USB-Serial Controller (/dev/ttyUSB0)".',
    'kc_device_get_transport': '"serial" or "usb": what stands behind `+` in schemes that reach it.',
    'kc_device_get_place': 'Where it is now: "/dev/ttyUSB0", or the USB socket, "1-4.2".',
    'kc_device_get_vendor_id': 'USB vendor id, or -1 if it is not on USB.',
    'kc_device_get_product_id': 'USB product id, or -1.',
    'kc_device_get_manufacturer': 'The maker, as the device says, or "".',
    'kc_device_get_product': 'The product, as the device says, or "".',
    'kc_device_get_serial_number': 'The serial number, as the device says, or "".',
    'kc_device_get_model': 'The model that the encoder told when it was asked, or "".',
    'kc_device_get_firmware': 'The version of its firmware, or "".',
    'kc_device_get_state': 'A code of DeviceState, as it is now.',
    'kc_device_get_since': "Since when, ISO 8601 with offset: in the time zone of the site that uses it, else of the context's first site, else in UTC.",
    'kc_device_get_system': 'The system that is configured for it, connected or not, or NULL.',
    'kc_device_get_error': 'Why it is KC_DEVICE_NO_ENCODER or KC_DEVICE_REFUSED, in words for the clerk; else NULL.',
    'kc_device_get_driver': 'A driver that may drive it, by index from 0; NULL past the end.',
    'kc_device_get_uri': 'The URI for kc_system_new(), such as `magstripe+serial:067b:2303/K42`.',
    'kc_device_identify': 'Asks the device who it is, by the test of identity of a driver.',
    'kc_request_new': 'Makes an empty request.',
    'kc_request_ref': 'Takes a reference.',
    'kc_request_unref': 'Gives a reference back.',
    'kc_request_get_error': 'Error of the last setter that failed, or NULL.',
    'kc_request_set_booking': "The PMS's own reference of the stay; at most 100 characters.",
    'kc_request_add_room': 'Adds a room; the first one is the main room.',
    'kc_request_clear_rooms': 'Removes all rooms.',
    'kc_request_set_guest': "The main guest's name; at most 400 characters.",
    'kc_request_set_validity': 'When the key is valid, ISO 8601.',
    'kc_request_set_station': 'The workstation, kiosk or tablet that asks; at most 100 characters.',
    'kc_request_set_encoder': 'The encoder by name, at most 100 characters.',
    'kc_request_set_system': 'The system by name, at most 100 characters; needed only where the site has several and the encoder does not tell.',
    'kc_request_set_operator': 'Who asks, for the audit; at most 100 characters.',
    'kc_request_add_area': 'Adds an area that the key opens besides the rooms.',
    'kc_request_remove_area': 'Denies an area that the room would bring along.',
    'kc_request_clear_areas': 'Removes all areas, granted and denied.',
    'kc_request_set_phone': 'Phone number for the mobile key: `+` or `00`, country code, 8 to 15 digits; blanks, dots, hyphens, slashes and round brackets are dropped.',
    'kc_request_set_email': 'E-mail address for the mobile key; at most 254 characters.',
    'kc_request_set_copies': 'Number of cards, 1 to 99.',
    'kc_request_set_text': 'A line of text printed or encoded on the card; line counts from 1, at most 8 lines of 400 characters.',
    'kc_request_set_message': 'The message shown with a mobile key; at most 1,000 characters; line feeds are allowed.',
    'kc_request_set_return_image': '1: the mobile key comes back as bytes, kc_key_get_image(), instead of being sent.',
    'kc_request_set_card_serial': 'Serial number (UID) of the card that the caller writes by himself, as hex digits: 4 to 16 bytes, not all 0; blanks, colons and hyphens between them are dropped.',
    'kc_request_set_image': 'The bytes that kc_write_image() is to write, such as those of kc_key_get_image(); copied.',
    'kc_request_set_idempotency_key': "A text of the caller's, 1 to 100 characters, that makes a request safe to repeat: the same key again, also after a restart, answers with the first operation instead of acting again.",
    'kc_issue_original': 'Makes the first key of a stay.',
    'kc_issue_duplicate': "Makes a further key of a stay, on the station's last used encoder; voids nothing.",
    'kc_reissue': 'Makes a new original for a booking that has keys.',
    'kc_issue_one_shot': 'Makes a key that opens once.',
    'kc_send_mobile': 'Sends a mobile key to the phone number or e-mail address.',
    'kc_write_image': 'Writes the bytes of kc_request_set_image() on the card at an encoder of the desk: a key that another system made and gave back as bytes.',
    'kc_read_card': 'Reads the card on the encoder; kc_op_get_key() is what stands on it.',
    'kc_check_out': 'Checks the room of the booking out in the lock system.',
    'kc_modify_stay': "Changes the end of a stay, or moves it to the request's room, in lock systems that update keys by themselves.",
    'kc_cancel_key': 'Cancels one key, for example a lost one.',
    'kc_block_stay': 'Blocks all keys of a stay at once, for example while a payment is open; nobody is checked out.',
    'kc_unblock_stay': 'Takes that back: the blocked keys of the stay open again; those that were voided meanwhile do not.',
    'kc_check_mobile': 'Asks the lock system what became of a mobile key: KC_OK means that it was delivered or is still on its way (see kc_key_is_unconfirmed() of the key), KC_ERROR_MOBILE that it could not be; any other status says nothing about it.',
    'kc_verb_name': 'Name such as "issue-original".',
    'kc_state_name': 'Name such as "waiting".',
    'kc_op_ref': 'Takes a reference.',
    'kc_op_unref': 'Gives a reference back; does not cancel.',
    'kc_op_get_id': 'Identifier, a UUID, the same in the ledger and in kc_key_get_id().',
    'kc_op_get_verb': 'A code of Verb.',
    'kc_op_get_state': 'A code of State.',
    'kc_op_get_status': 'How it ended: KC_OK or KC_ERROR_...; KC_OK also while it runs.',
    'kc_op_get_outcome': 'A code of Outcome.',
    'kc_op_get_error': 'What went wrong, or NULL.',
    'kc_op_get_encoder_name': 'The encoder that was chosen, or "".',
    'kc_op_get_booking': 'The booking, or "".',
    'kc_op_get_room': 'The main room, or "".',
    'kc_op_get_station': 'The station that asked, or "".',
    'kc_op_get_operator': 'Who asked, or "".',
    'kc_op_get_created': 'When it was asked for, ISO 8601 with offset.',
    'kc_op_get_system_name': 'The system that was chosen, or "".',
    'kc_op_get_target': 'What a resolution or cancellation is about: the id of that operation or key, or "".',
    'kc_op_get_retry_of': 'The operation that this one is a retry of, by its id, or "".',
    'kc_op_is_replay': 'Whether this is the answer of an earlier operation with the same idempotency key.',
    'kc_op_get_follow_up': 'The operation that was started by this one (the mobile key after the card), or NULL.',
    'kc_op_wait': 'Runs the context until this operation has ended or the time is over: kc_context_dispatch() in a loop that waits until there is something to do.',
    'kc_op_cancel': 'Asks to cancel.',
    'kc_op_answer': 'Answers KC_PROMPT_CONFIRM.',
    'kc_op_retry': 'Starts a new operation with the request of one that failed.',
    'kc_op_resolve': 'Settles an operation whose outcome is unknown.',
    'kc_op_get_warning_count': 'Number of warnings.',
    'kc_op_get_warning_text': 'A warning as a sentence, from 0; "" past the end.',
    'kc_op_get_warning_field': 'The field that it is about.',
    'kc_op_get_warning_before': 'The value before and after it was adapted; these may be guest data: show them, do not log them.',
    'kc_op_get_warning_after': 'See kc_op_get_warning_before().',
    'kc_op_get_key_count': 'Number of keys: the one that was made, the ones that were listed, or the card that was read.',
    'kc_op_get_key': 'A key by index, from 0; NULL past the end.',
    'kc_op_get_voided_key_count': 'Number of active or blocked keys that this original voids, known from the first event on.',
    'kc_op_get_voided_key': 'One of them; NULL past the end.',
    'kc_op_get_encoder_count': 'Number of encoders that kc_site_discover() found.',
    'kc_op_get_encoder': 'One of them; NULL past the end.',
    'kc_op_get_device_count': 'Number of devices on this computer, of kc_site_discover().',
    'kc_op_get_device': 'One of them; NULL past the end.',
    'kc_op_get_op_count': 'Number of operations that kc_list_ops() found.',
    'kc_op_get_op': 'One of them; NULL past the end.',
    'kc_op_has_more': 'Whether the ledger has more than the limit of kc_list_keys() or kc_list_ops() let through.',
    'kc_op_set_user_data': "Keeps a pointer of the caller's with the operation; the library does not look at it.",
    'kc_op_get_user_data': 'That pointer, or NULL.',
    'kc_list_keys': 'Lists keys, newest first: kc_op_get_key().',
    'kc_list_ops': 'Lists operations in the same way, those that make no key (check-out and so on) included: kc_op_get_op().',
    'kc_find_op': 'Gets an earlier operation, also one from before a restart.',
    'kc_forget_guest': 'Erases name, phone number, e-mail address, texts and card contents of a booking from the ledger; the records stay.',
    'kc_forget_departed': 'Does the same for all guests of the site who departed so many days ago or earlier.',
    'kc_op_get_forgotten_count': 'Number of stays whose guest data kc_forget_departed() erased; else 0.',
    'kc_verify_ledger': 'Holds the whole ledger, all sites, against its journal: an entry for each time that an operation was recorded or changed, with a digest (SHA-256) of its content, chained to the entry before.',
    'kc_copy_ledger': 'Copies the whole ledger, all sites, into another store: from SQLite to PostgreSQL, back, or to another one of its kind.',
    'kc_backup_ledger': 'Copies a SQLite ledger into a new file while it is used, by this program and by others: as it was at one moment, in small steps.',
    'kc_op_get_entry_count': 'Number of journal entries that fit, of kc_verify_ledger(), kc_copy_ledger() and kc_backup_ledger(); else 0.',
    'kc_op_get_ledger_digest': 'The chain\'s digest after so many entries: 64 hexadecimal digits; "" if it is none of these three.',
    'kc_kind_name': 'Name such as "duplicate".',
    'kc_key_state_name': 'Name such as "active".',
    'kc_key_ref': 'Takes a reference.',
    'kc_key_unref': 'Gives a reference back.',
    'kc_key_get_id': 'Identifier: that of the operation that made it; "" for a card that was read.',
    'kc_key_get_kind': 'A code of Kind.',
    'kc_key_get_state': 'A code of KeyState.',
    'kc_key_is_unconfirmed': 'Whether voiding, check-out or change was wanted but not confirmed by the lock system, or if a mobile key was accepted but its delivery is not confirmed.',
    'kc_key_is_expired': 'Whether the end of validity was past when the key was fetched.',
    'kc_key_get_status': 'How its operation ended: KC_OK or KC_ERROR_...',
    'kc_key_get_vendor_code': 'The lock system\'s own error code, or "".',
    'kc_key_get_booking': 'The booking.',
    'kc_key_get_room_count': 'Number of rooms.',
    'kc_key_get_room': 'A room by index, from 0.',
    'kc_key_get_area_count': 'Number of areas granted.',
    'kc_key_get_area': 'A granted area by index, from 0.',
    'kc_key_get_guest': 'The guest\'s name, "" if it was not given or was forgotten.',
    'kc_key_get_from': 'Start of validity, ISO 8601 with offset, or "".',
    'kc_key_get_until': 'End of validity, ISO 8601 with offset, or "".',
    'kc_key_get_created': 'When it was asked for, ISO 8601 with offset.',
    'kc_key_get_station': 'The station.',
    'kc_key_get_encoder': 'The encoder.',
    'kc_key_get_system': 'The system.',
    'kc_key_get_operator': 'Who asked.',
    'kc_key_get_phone': 'Phone number that was given for a mobile key, "" if none or forgotten.',
    'kc_key_get_email': 'E-mail address that was given for a mobile key, "" if none or forgotten.',
    'kc_key_get_copies': 'How many cards were asked for.',
    'kc_key_get_serial_count': 'Number of serial numbers that the lock system returned.',
    'kc_key_get_serial': 'A serial number by index, from 0.',
    'kc_key_get_image': 'A key returned as bytes, kc_request_set_return_image(), kc_request_set_card_serial().',
    'kc_key_get_installation': 'The installation identifier that came with the image, or "".',
    'kc_open_key_check_card': 'Reads an open key from a contactless card.',
    'kc_open_key_check_stripe': "Reads an open key from a stripe, where a copy cannot be told from the key and another site's key is not authentic.",
    'kc_open_key_ref': 'Takes a reference.',
    'kc_open_key_unref': 'Gives a reference back.',
    'kc_open_key_get_kind': 'A code of Kind: KC_KIND_ORIGINAL, KC_KIND_DUPLICATE or KC_KIND_ONE_SHOT.',
    'kc_open_key_get_sequence': 'By which a lock knows the later key of a room: that of an original is higher than that of all before, a duplicate has that of its original.',
    'kc_open_key_get_issue': 'kc_key_get_id() of the key in the ledger; "" on a stripe, which has no room for it.',
    'kc_open_key_get_from': 'Start of validity, in seconds since 1970 by UTC; 0: valid at once.',
    'kc_open_key_get_until': 'End of validity, in seconds since 1970 by UTC: from then on it opens no more.',
    'kc_open_key_get_room_count': 'Number of rooms, 1 or more.',
    'kc_open_key_get_room': 'The name of a room\'s lock by index, from 0, the main room first; "" past the end.',
    'kc_open_key_has_area': 'Whether the key opens the area of this number, 1 to 64; else 0.',
}
