/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each error that the simulator can be made to answer: the generic code, what it says about the card, what to do next,
 * and the lock system's own code and text; then the way on. */
#include <stdio.h>
#include <string.h>

#include "suite.h"

/* Readers at the desk: what goes wrong there goes wrong at the card, see reader_faults. */
const struct error_case no_errors[] = {{0}};

const struct error_case magstripe_errors[] = {
    {KC_ERROR_CARD, "error:31", KC_OUTCOME_NOT_WRITTEN, "31"},
    {KC_ERROR_CARD, "error:39", KC_OUTCOME_NOT_WRITTEN, "39"},
    {KC_ERROR_SYNTAX, "error:32", KC_OUTCOME_NOT_WRITTEN, "32"},
    {KC_ERROR_SYNTAX, "error:34", KC_OUTCOME_NOT_WRITTEN, "34"},
    {KC_ERROR_VENDOR, "error:35", KC_OUTCOME_UNKNOWN, "35"},
    {0},
};

static void open_with_fault(struct hotel *hotel, const char *fault, size_t request)
{
    struct opening opening = {0};
    snprintf(opening.fault, sizeof(opening.fault), "%s@%zu", fault, request);
    hotel_again(hotel, &opening);
}

/* What holds for every error that the lock system answers. */
static void expect_error(struct hotel *hotel, kc_op *op, const struct error_case *expected, size_t effects)
{
    const kc_error *error = kc_op_get_error(op);
    EXPECT(kc_op_get_status(op) == expected->status, "%s instead of %s: %s", kc_status_name(kc_op_get_status(op)),
           kc_status_name(expected->status), kc_error_get_message(error));
    EXPECT(kc_op_get_outcome(op) == expected->outcome, "the outcome %s", kc_outcome_name(kc_op_get_outcome(op)));
    expect_error_says(op);
    if (expected->vendor_code)
        EXPECT(strcmp(kc_error_get_vendor_code(error), expected->vendor_code) == 0, "the vendor's code %s",
               kc_error_get_vendor_code(error));
    EXPECT(hotel_effects(hotel) == effects, "%zu effects", hotel_effects(hotel));
    EXPECT(hotel_outcome(hotel, kc_op_get_id(op)) == expected->outcome, "the ledger says %s",
           kc_outcome_name(hotel_outcome(hotel, kc_op_get_id(op))));
}

static void original_fails(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    const struct error_case *expected = data;
    open_with_fault(hotel, expected->fault, 1);
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_error(hotel, op, expected, 0);
    const kc_key *key = hotel_key(hotel, kc_op_get_id(op));
    bool open = expected->outcome == KC_OUTCOME_UNKNOWN;
    EXPECT(kc_key_get_state(key) == (open ? KC_KEY_UNRESOLVED : KC_KEY_NOT_MADE), "the key is %s",
           kc_key_state_name(kc_key_get_state(key)));
    EXPECT(kc_key_get_status(key) == expected->status, "the ledger has %s", kc_status_name(kc_key_get_status(key)));
    EXPECT(strcmp(kc_key_get_vendor_code(key), kc_error_get_vendor_code(kc_op_get_error(op))) == 0,
           "the ledger has the code %s", kc_key_get_vendor_code(key));
    if (open) {
        expect_refused(hotel, hotel_retry(hotel, op), KC_ERROR_UNRESOLVED, 1);
        kc_op *settled = hotel_resolve(hotel, op, KC_RESOLVE_DOES_NOT_OPEN);
        EXPECT(kc_op_get_status(settled) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(settled)));
    }
    expect_made(hotel, hotel_retry(hotel, op));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void duplicate_fails(struct hotel *hotel, const void *data, size_t index)
{
    (void)index;
    const struct error_case *expected = data;
    open_with_fault(hotel, expected->fault, 2);
    if (!hotel_has(hotel, KC_CAPABILITY_DUPLICATE))
        skip();
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_made(hotel, original);
    expect_error(hotel, hotel_duplicate(hotel, "4711"), expected, 1);
    EXPECT(hotel_key_state(hotel, kc_op_get_id(original)) == KC_KEY_ACTIVE, "the original is %s",
           kc_key_state_name(hotel_key_state(hotel, kc_op_get_id(original))));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void encoder_that_the_lock_system_has_not(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, hotel->driver->strange_encoder));
    kc_op *op = hotel_run(hotel, kc_issue_original, request);
    int32_t status = kc_op_get_status(op);
    EXPECT(status == KC_ERROR_ENCODER_OFFLINE || status == KC_ERROR_NOT_FOUND, "%s: %s", kc_status_name(status),
           kc_error_get_message(kc_op_get_error(op)));
    EXPECT(kc_op_get_outcome(op) == KC_OUTCOME_NOT_WRITTEN, "%s", kc_outcome_name(kc_op_get_outcome(op)));
    expect_error_says(op);
    EXPECT(hotel_effects(hotel) == 0, "%zu effects", hotel_effects(hotel));
    EXPECT(strstr(kc_error_get_message(kc_op_get_error(op)), hotel->driver->strange_encoder) != NULL,
           "the message does not name it: %s", kc_error_get_message(kc_op_get_error(op)));
}

static void encoder_that_is_not_among_the_named_ones(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    EXPECT_OK(kc_system_add_encoder(hotel->system, hotel_encoder(hotel, 0)));
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, hotel->driver->strange_encoder));
    expect_refused(hotel, hotel_run(hotel, kc_issue_original, request), KC_ERROR_NOT_FOUND, 0);
}

void plan_errors(struct plan *plan)
{
    for (const struct error_case *expected = plan->driver->errors; expected->fault; expected++) {
        plan_add(plan, &(struct rule){.check = original_fails, .data = expected}, "%s (%s) of an original",
                 kc_status_name(expected->status), expected->fault);
        plan_add(plan, &(struct rule){.check = duplicate_fails, .data = expected}, "%s (%s) of a duplicate",
                 kc_status_name(expected->status), expected->fault);
    }
    plan_add(plan, &(struct rule){.check = encoder_that_the_lock_system_has_not},
             "encoder_that_the_lock_system_has_not");
    plan_add(plan, &(struct rule){.check = encoder_that_is_not_among_the_named_ones},
             "encoder_that_is_not_among_the_named_ones");
}
