/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NULL for every handle and pointer of every function of keycard.h, with all kinds of numbers: nothing crashes, an
 * action says "invalid argument", a getter says nothing, 0, or "".
 *
 *     test_null_handles MAP     MAP: lib/libkeycard.map; a function that is exported but not tried here is an error */
#include <stdio.h>
#include <string.h>

#include "rig.h"

enum { TRIED_MOST = 400 };

struct tried {
    char names[TRIED_MOST][64];
    size_t count;
};

/* Keeps the name of the function in "kc_name(...)". */
static void note(struct tried *tried, const char *call)
{
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(call, "("), call);
    rig_case("%s", name);
    for (size_t i = 0; i < tried->count; i++)
        if (strcmp(tried->names[i], name) == 0)
            return;
    CHECK(tried->count < TRIED_MOST, "too many");
    memcpy(tried->names[tried->count++], name, sizeof(name));
}

#define TRY(call, condition)                                                                                           \
    do {                                                                                                               \
        note(tried, #call);                                                                                            \
        CHECK(condition, "number %d", (int)number);                                                                    \
    } while (0)
/* Does something. */
#define ACTION(call) TRY(call, (call) == KC_ERROR_INVALID_ARGUMENT)
/* Gives text, a handle, a number, a limit of an object. */
#define TEXT(call)    TRY(call, strcmp(call, "") == 0)
#define POINTER(call) TRY(call, (call) == NULL)
#define NUMBER(call)  TRY(call, is_nothing(call))
#define LIMIT(call)   TRY(call, (call) == -1)
/* Needs no object: whatever the number, a text that can be read. */
#define NAME(call) TRY(call, strlen(call) < 1000)
#define FREE(call) TRY(call, ((void)(call), true))

static bool is_nothing(int32_t value)
{
    return value == 0 || value == -1 || value == KC_ERROR_INVALID_ARGUMENT;
}

static void try_names(struct tried *tried, int32_t number)
{
    (void)number;
    NAME(kc_status_name(number));
    NAME(kc_status_text(number));
    NAME(kc_version());
    FREE(kc_version_number());
    NUMBER(kc_has_driver(NULL));
    NAME(kc_outcome_name(number));
    NUMBER(kc_error_get_code(NULL));
    NUMBER(kc_error_get_advice(NULL));
    TEXT(kc_error_get_advice_text(NULL));
    NUMBER(kc_error_get_card_state(NULL));
    TEXT(kc_error_get_message(NULL));
    TEXT(kc_error_get_field(NULL));
    TEXT(kc_error_get_vendor_code(NULL));
    TEXT(kc_error_get_vendor_text(NULL));
    NAME(kc_prompt_name(number));
    NAME(kc_capability_name(number));
    NAME(kc_limit_name(number));
    NAME(kc_verb_name(number));
    NAME(kc_state_name(number));
    NAME(kc_kind_name(number));
}

static void try_context(struct tried *tried, int32_t number)
{
    (void)number;
    ACTION(kc_context_new(NULL));
    POINTER(kc_context_ref(NULL));
    POINTER(kc_context_unref(NULL));
    ACTION(kc_context_set_log(NULL, NULL, NULL, number));
    ACTION(kc_context_set_ledger(NULL, NULL));
    ACTION(kc_context_set_ledger_key(NULL, NULL, 0));
    ACTION(kc_context_watch_ledger(NULL, 0));
    ACTION(kc_context_watch_devices(NULL, number));
    NUMBER(kc_context_get_device_count(NULL));
    POINTER(kc_context_get_device(NULL, number));
    POINTER(kc_context_get_error(NULL));
    NUMBER(kc_context_get_fd(NULL));
    ACTION(kc_context_dispatch(NULL));
    ACTION(kc_context_run(NULL, number));
    ACTION(kc_context_wait(NULL, number));
    ACTION(kc_context_wakeup(NULL));
    ACTION(kc_context_set_connection_rate(NULL, 10));
    POINTER(kc_context_next_event(NULL));
}

static void try_event(struct tried *tried, int32_t number)
{
    (void)number;
    NAME(kc_event_type_name(number));
    POINTER(kc_event_ref(NULL));
    POINTER(kc_event_unref(NULL));
    NUMBER(kc_event_get_type(NULL));
    POINTER(kc_event_get_op(NULL));
    TRY(kc_event_get_entry(NULL), kc_event_get_entry(NULL) == 0);
    NUMBER(kc_event_get_state(NULL));
    POINTER(kc_event_get_encoder(NULL));
    POINTER(kc_event_get_device(NULL));
    POINTER(kc_event_get_system(NULL));
    NUMBER(kc_event_get_prompt(NULL));
    NUMBER(kc_event_get_card_number(NULL));
    NUMBER(kc_event_get_card_count(NULL));
    TEXT(kc_event_get_text(NULL));
}

static void try_site(struct tried *tried, int32_t number)
{
    (void)number;
    ACTION(kc_site_new(NULL, NULL, NULL));
    POINTER(kc_site_ref(NULL));
    POINTER(kc_site_unref(NULL));
    TEXT(kc_site_get_name(NULL));
    ACTION(kc_site_set_time_zone(NULL, NULL));
    ACTION(kc_site_set_default_times(NULL, NULL, NULL));
    ACTION(kc_site_set_policy(NULL, NULL, NULL));
    TEXT(kc_site_get_policy(NULL, NULL));
    POINTER(kc_site_get_error(NULL));
    ACTION(kc_site_discover(NULL, NULL));
}

static void try_driver(struct tried *tried, int32_t number)
{
    (void)number;
    FREE(kc_driver_count());
    FREE(kc_driver_get(number));
    POINTER(kc_driver_find(NULL));
    TEXT(kc_driver_get_name(NULL));
    TEXT(kc_driver_get_label(NULL));
    TEXT(kc_driver_get_maturity(NULL));
    TEXT(kc_driver_get_scheme(NULL, number));
    NUMBER(kc_driver_has(NULL, number));
    LIMIT(kc_driver_get_limit(NULL, number));
    NUMBER(kc_driver_get_option_count(NULL));
    TEXT(kc_driver_get_option_name(NULL, number));
    TEXT(kc_driver_get_option_default(NULL, number));
    TEXT(kc_driver_get_option_values(NULL, number));
    TEXT(kc_driver_get_option_help(NULL, number));
}

static void try_system(struct tried *tried, int32_t number)
{
    (void)number;
    ACTION(kc_system_new(NULL, NULL, NULL, NULL));
    POINTER(kc_system_ref(NULL));
    POINTER(kc_system_unref(NULL));
    ACTION(kc_system_remove(NULL));
    TEXT(kc_system_get_name(NULL));
    POINTER(kc_system_get_driver(NULL));
    ACTION(kc_system_set_option(NULL, NULL, NULL));
    TEXT(kc_system_get_option(NULL, NULL));
    ACTION(kc_system_map_room(NULL, NULL, NULL));
    ACTION(kc_system_map_area(NULL, NULL, NULL));
    ACTION(kc_system_add_encoder(NULL, NULL));
    ACTION(kc_system_adopt_fd(NULL, number));
    NUMBER(kc_system_has(NULL, number));
    LIMIT(kc_system_get_limit(NULL, number));
    NUMBER(kc_system_get_state(NULL));
    POINTER(kc_system_get_error(NULL));
    NAME(kc_encoder_state_name(number));
    NAME(kc_device_state_name(number));
    POINTER(kc_encoder_ref(NULL));
    POINTER(kc_encoder_unref(NULL));
    TEXT(kc_encoder_get_name(NULL));
    POINTER(kc_encoder_get_system(NULL));
    NUMBER(kc_encoder_get_state(NULL));
    TEXT(kc_encoder_get_last_contact(NULL));
    POINTER(kc_device_ref(NULL));
    POINTER(kc_device_unref(NULL));
    TEXT(kc_device_get_name(NULL));
    TEXT(kc_device_get_label(NULL));
    TEXT(kc_device_get_transport(NULL));
    TEXT(kc_device_get_place(NULL));
    TEXT(kc_device_get_manufacturer(NULL));
    TEXT(kc_device_get_product(NULL));
    TEXT(kc_device_get_serial_number(NULL));
    TEXT(kc_device_get_model(NULL));
    TEXT(kc_device_get_firmware(NULL));
    NUMBER(kc_device_get_vendor_id(NULL));
    NUMBER(kc_device_get_product_id(NULL));
    TEXT(kc_device_get_since(NULL));
    NUMBER(kc_device_get_state(NULL));
    POINTER(kc_device_get_system(NULL));
    POINTER(kc_device_get_error(NULL));
    POINTER(kc_device_get_driver(NULL, number));
    TEXT(kc_device_get_uri(NULL, NULL));
    ACTION(kc_device_identify(NULL, NULL, NULL));
}

static void try_request(struct tried *tried, int32_t number)
{
    (void)number;
    ACTION(kc_request_new(NULL, NULL));
    POINTER(kc_request_ref(NULL));
    POINTER(kc_request_unref(NULL));
    POINTER(kc_request_get_error(NULL));
    ACTION(kc_request_set_booking(NULL, NULL));
    ACTION(kc_request_add_room(NULL, NULL));
    ACTION(kc_request_clear_rooms(NULL));
    ACTION(kc_request_set_guest(NULL, NULL));
    ACTION(kc_request_set_validity(NULL, NULL, NULL));
    ACTION(kc_request_set_station(NULL, NULL));
    ACTION(kc_request_set_encoder(NULL, NULL));
    ACTION(kc_request_set_system(NULL, NULL));
    ACTION(kc_request_set_operator(NULL, NULL));
    ACTION(kc_request_add_area(NULL, NULL));
    ACTION(kc_request_remove_area(NULL, NULL));
    ACTION(kc_request_clear_areas(NULL));
    ACTION(kc_request_set_phone(NULL, NULL));
    ACTION(kc_request_set_email(NULL, NULL));
    ACTION(kc_request_set_copies(NULL, number));
    ACTION(kc_request_set_card_serial(NULL, NULL));
    ACTION(kc_request_set_image(NULL, NULL, (size_t)number));
    ACTION(kc_request_set_text(NULL, number, NULL));
    ACTION(kc_request_set_message(NULL, NULL));
    ACTION(kc_request_set_return_image(NULL, number));
    ACTION(kc_request_set_idempotency_key(NULL, NULL));
}

static void try_verbs(struct tried *tried, int32_t number)
{
    (void)number;
    ACTION(kc_issue_original(NULL, NULL));
    ACTION(kc_issue_duplicate(NULL, NULL));
    ACTION(kc_reissue(NULL, NULL));
    ACTION(kc_issue_one_shot(NULL, NULL));
    ACTION(kc_send_mobile(NULL, NULL));
    ACTION(kc_read_card(NULL, NULL));
    ACTION(kc_check_out(NULL, NULL));
    ACTION(kc_modify_stay(NULL, NULL));
    ACTION(kc_cancel_key(NULL, NULL, NULL));
    ACTION(kc_block_stay(NULL, NULL));
    ACTION(kc_unblock_stay(NULL, NULL));
    ACTION(kc_check_mobile(NULL, NULL, NULL));
    ACTION(kc_write_image(NULL, NULL));
    ACTION(kc_list_keys(NULL, number, NULL, number, NULL));
    ACTION(kc_list_ops(NULL, number, NULL, number, NULL));
    ACTION(kc_find_op(NULL, NULL, NULL));
    ACTION(kc_forget_guest(NULL, NULL, NULL));
    ACTION(kc_verify_ledger(NULL, NULL));
    ACTION(kc_forget_departed(NULL, 1, NULL));
    ACTION(kc_copy_ledger(NULL, NULL, NULL, 0, NULL));
    ACTION(kc_backup_ledger(NULL, NULL, NULL));
}

static void try_op(struct tried *tried, int32_t number)
{
    (void)number;
    POINTER(kc_op_ref(NULL));
    POINTER(kc_op_unref(NULL));
    TEXT(kc_op_get_id(NULL));
    TRY(kc_op_get_forgotten_count(NULL), kc_op_get_forgotten_count(NULL) == 0);
    TRY(kc_op_get_entry_count(NULL), kc_op_get_entry_count(NULL) == 0);
    TEXT(kc_op_get_ledger_digest(NULL));
    NUMBER(kc_op_get_verb(NULL));
    NUMBER(kc_op_get_state(NULL));
    NUMBER(kc_op_get_status(NULL));
    NUMBER(kc_op_get_outcome(NULL));
    POINTER(kc_op_get_error(NULL));
    TEXT(kc_op_get_encoder_name(NULL));
    TEXT(kc_op_get_booking(NULL));
    TEXT(kc_op_get_room(NULL));
    TEXT(kc_op_get_station(NULL));
    TEXT(kc_op_get_operator(NULL));
    TEXT(kc_op_get_created(NULL));
    TEXT(kc_op_get_system_name(NULL));
    TEXT(kc_op_get_target(NULL));
    TEXT(kc_op_get_retry_of(NULL));
    NUMBER(kc_op_has_more(NULL));
    NUMBER(kc_op_is_replay(NULL));
    POINTER(kc_op_get_follow_up(NULL));
    ACTION(kc_op_wait(NULL, number));
    ACTION(kc_op_cancel(NULL));
    ACTION(kc_op_answer(NULL, number));
    ACTION(kc_op_retry(NULL, NULL));
    ACTION(kc_op_resolve(NULL, number, NULL, NULL));
    NUMBER(kc_op_get_warning_count(NULL));
    TEXT(kc_op_get_warning_text(NULL, number));
    TEXT(kc_op_get_warning_field(NULL, number));
    TEXT(kc_op_get_warning_before(NULL, number));
    TEXT(kc_op_get_warning_after(NULL, number));
    NUMBER(kc_op_get_key_count(NULL));
    POINTER(kc_op_get_key(NULL, number));
    NUMBER(kc_op_get_voided_key_count(NULL));
    POINTER(kc_op_get_voided_key(NULL, number));
    NUMBER(kc_op_get_encoder_count(NULL));
    POINTER(kc_op_get_encoder(NULL, number));
    NUMBER(kc_op_get_device_count(NULL));
    POINTER(kc_op_get_device(NULL, number));
    NUMBER(kc_op_get_op_count(NULL));
    POINTER(kc_op_get_op(NULL, number));
    ACTION(kc_op_set_user_data(NULL, NULL));
    POINTER(kc_op_get_user_data(NULL));
}

static void try_open_key(struct tried *tried, int32_t number)
{
    const uint8_t bytes[32] = {0};
    const size_t size = number < 0 ? 0 : (size_t)number % 40;
    kc_open_key *key = NULL;
    ACTION(kc_open_key_check_card(number, NULL, 32, bytes, 7, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(1, NULL, size, bytes, 7, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(1, bytes, 31, bytes, 7, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(0, bytes, 32, bytes, 7, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(65536, bytes, 32, bytes, 7, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(1, bytes, 32, NULL, size, bytes, sizeof(bytes), &key));
    ACTION(kc_open_key_check_card(1, bytes, 32, bytes, 7, NULL, size, &key));
    ACTION(kc_open_key_check_card(1, bytes, 32, bytes, 7, bytes, sizeof(bytes), NULL));
    ACTION(kc_open_key_check_stripe(number, NULL, 32, "", &key));
    ACTION(kc_open_key_check_stripe(1, bytes, 33, "", &key));
    ACTION(kc_open_key_check_stripe(1, bytes, 32, NULL, &key));
    ACTION(kc_open_key_check_stripe(1, bytes, 32, "", NULL));
    CHECK(!key, "number %d", (int)number);
    POINTER(kc_open_key_ref(NULL));
    POINTER(kc_open_key_unref(NULL));
    NUMBER(kc_open_key_get_kind(NULL));
    TRY(kc_open_key_get_sequence(NULL), kc_open_key_get_sequence(NULL) == 0);
    TEXT(kc_open_key_get_issue(NULL));
    TRY(kc_open_key_get_from(NULL), kc_open_key_get_from(NULL) == 0);
    TRY(kc_open_key_get_until(NULL), kc_open_key_get_until(NULL) == 0);
    NUMBER(kc_open_key_get_room_count(NULL));
    TEXT(kc_open_key_get_room(NULL, number));
    NUMBER(kc_open_key_has_area(NULL, number));
}

static void try_key(struct tried *tried, int32_t number)
{
    (void)number;
    NAME(kc_key_state_name(number));
    POINTER(kc_key_ref(NULL));
    POINTER(kc_key_unref(NULL));
    TEXT(kc_key_get_id(NULL));
    NUMBER(kc_key_get_kind(NULL));
    NUMBER(kc_key_get_state(NULL));
    NUMBER(kc_key_is_unconfirmed(NULL));
    NUMBER(kc_key_is_expired(NULL));
    NUMBER(kc_key_get_status(NULL));
    TEXT(kc_key_get_vendor_code(NULL));
    TEXT(kc_key_get_booking(NULL));
    NUMBER(kc_key_get_room_count(NULL));
    TEXT(kc_key_get_room(NULL, number));
    NUMBER(kc_key_get_area_count(NULL));
    TEXT(kc_key_get_area(NULL, number));
    TEXT(kc_key_get_guest(NULL));
    TEXT(kc_key_get_from(NULL));
    TEXT(kc_key_get_until(NULL));
    TEXT(kc_key_get_created(NULL));
    TEXT(kc_key_get_station(NULL));
    TEXT(kc_key_get_encoder(NULL));
    TEXT(kc_key_get_system(NULL));
    TEXT(kc_key_get_operator(NULL));
    TEXT(kc_key_get_phone(NULL));
    TEXT(kc_key_get_email(NULL));
    NUMBER(kc_key_get_copies(NULL));
    NUMBER(kc_key_get_serial_count(NULL));
    TEXT(kc_key_get_serial(NULL, number));
    POINTER(kc_key_get_image(NULL, NULL));
    TEXT(kc_key_get_installation(NULL));
}

/* Every exported name must have been tried. */
static void compare_with_map(const struct tried *tried, const char *path)
{
    char line[200], name[64];
    size_t exported = 0;
    FILE *file = fopen(path, "r");
    CHECK(file, "cannot read %s", path);
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, " %63[a-z0-9_];", name) != 1 || strncmp(name, "kc_", 3) != 0)
            continue;
        bool found = false;
        for (size_t i = 0; i < tried->count; i++)
            found = found || strcmp(tried->names[i], name) == 0;
        CHECK(found, "%s is exported, but not tried here", name);
        exported++;
    }
    fclose(file);
    CHECK(exported == tried->count, "%zu exported, %zu tried", exported, tried->count);
}

int main(int count, char **arguments)
{
    static const int32_t numbers[] = {INT32_MIN, INT32_MIN + 1, -70, -2, -1, 0, 1, 2, 3, 9, 16, 99, 1000, INT32_MAX};
    static struct tried tried;
    if (count != 2) {
        fprintf(stderr, "usage: test_null_handles lib/libkeycard.map\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        try_names(&tried, numbers[i]);
        try_context(&tried, numbers[i]);
        try_event(&tried, numbers[i]);
        try_site(&tried, numbers[i]);
        try_driver(&tried, numbers[i]);
        try_system(&tried, numbers[i]);
        try_request(&tried, numbers[i]);
        try_verbs(&tried, numbers[i]);
        try_op(&tried, numbers[i]);
        try_key(&tried, numbers[i]);
        try_open_key(&tried, numbers[i]);
    }
    compare_with_map(&tried, arguments[1]);
    return 0;
}
