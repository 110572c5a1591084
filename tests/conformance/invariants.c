/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of doc/invariants.md that can be seen from outside. Those about guest data and hostile text: privacy.c;
 * limits and contacts: limits.c, mobile.c; faults: faults.c. */
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define RULE(function)                                                                                                 \
    {                                                                                                                  \
        .name = #function, .check = function                                                                           \
    }
#define FILE_RULE(function)                                                                                            \
    {                                                                                                                  \
        .name = #function, .check = function, .opening.file = true                                                     \
    }

/* Opens so that the answer to the request with this number is lost after the lock system has done it. */
static void lose_answer(struct hotel *hotel, size_t request)
{
    struct opening opening = {.file = hotel->opening.file};
    snprintf(opening.fault, sizeof(opening.fault), "%s@%zu", hotel->driver->lost_answer, request);
    hotel_again(hotel, &opening);
}

static void expect_unknown(struct hotel *hotel, kc_op *op)
{
    EXPECT(kc_op_get_outcome(op) == KC_OUTCOME_UNKNOWN, "%s: %s", kc_outcome_name(kc_op_get_outcome(op)),
           kc_error_get_message(kc_op_get_error(op)));
    expect_error_says(op);
    EXPECT(hotel_is_listed(hotel, KC_FILTER_UNRESOLVED, kc_op_get_id(op)), "it is not listed as unresolved");
}

static void expect_settled(struct hotel *hotel, kc_op *op, int32_t how, int32_t outcome)
{
    kc_op *resolution = hotel_resolve(hotel, op, how);
    EXPECT(kc_op_get_status(resolution) == KC_OK, "%s", kc_error_get_message(kc_op_get_error(resolution)));
    EXPECT(kc_op_get_outcome(op) == outcome, "it is %s", kc_outcome_name(kc_op_get_outcome(op)));
    EXPECT(hotel_outcome(hotel, kc_op_get_id(op)) == outcome, "the ledger says %s",
           kc_outcome_name(hotel_outcome(hotel, kc_op_get_id(op))));
    EXPECT(!hotel_is_listed(hotel, KC_FILTER_UNRESOLVED, kc_op_get_id(op)), "it is still listed as unresolved");
}

/* ---- 1 and 2: one request, one effect; intent before effect ------------------------------------------------------ */

static void invariant_01_lost_answer_is_unknown_and_nothing_is_sent_again(struct hotel *hotel, const void *data,
                                                                          size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_unknown(hotel, op);
    expect_made(hotel, hotel_original(hotel, "4712", 1)); /* the link works again, and nothing came before this */
    EXPECT(hotel_requests(hotel) == 2 && hotel_effects(hotel) == 2, "%zu requests, %zu effects", hotel_requests(hotel),
           hotel_effects(hotel));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void invariant_02_program_that_ends_midway_leaves_no_lie(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    char id[64];
    hotel_again(hotel, &(struct opening){.file = true, .hand_ms = 600});
    kc_op *op = hotel_start(hotel, kc_issue_original, hotel_request(hotel, "4711", hotel_room(hotel, 0)));
    while (kc_op_get_state(op) < KC_STATE_WAITING) {
        EXPECT(kc_context_wait(hotel->context, PATIENCE_MS) == 1, "it does not begin");
        EXPECT_OK(kc_context_dispatch(hotel->context));
        hotel_take_events(hotel);
    }
    snprintf(id, sizeof(id), "%s", kc_op_get_id(op));
    hotel_restart(hotel);
    size_t effects = hotel_effects(hotel);
    int32_t outcome = hotel_outcome(hotel, id);
    EXPECT(outcome == KC_OUTCOME_UNKNOWN || (outcome == KC_OUTCOME_NOT_WRITTEN && !effects) ||
               (outcome == KC_OUTCOME_WRITTEN && effects),
           "the ledger says %s after %zu effects", kc_outcome_name(outcome), effects);
    EXPECT(hotel_key(hotel, id) != NULL, "the key is missing from the ledger");
    EXPECT(hotel_is_listed(hotel, KC_FILTER_UNRESOLVED, id) == (outcome == KC_OUTCOME_UNKNOWN),
           "unresolved list and %s disagree", kc_outcome_name(outcome));
}

/* ---- 3: idempotency ---------------------------------------------------------------------------------------------- */

static kc_request *keyed_request(struct hotel *hotel, size_t room)
{
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, room));
    EXPECT_OK(kc_request_set_idempotency_key(request, "front-desk-17"));
    return request;
}

static void invariant_03_same_key_again_is_the_first_answer(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *first = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0));
    kc_op *second = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0));
    expect_made(hotel, first);
    expect_made(hotel, second);
    EXPECT(kc_op_is_replay(second) && strcmp(kc_op_get_id(first), kc_op_get_id(second)) == 0, "another operation");
    EXPECT(hotel_requests(hotel) == 1 && hotel_effects(hotel) == 1, "%zu requests, %zu effects", hotel_requests(hotel),
           hotel_effects(hotel));
    kc_op *other = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 1));
    EXPECT(kc_op_get_status(other) == KC_ERROR_IDEMPOTENCY, "%s", kc_status_name(kc_op_get_status(other)));
    EXPECT(hotel_requests(hotel) == 1, "%zu requests", hotel_requests(hotel));
}

static void invariant_03_same_key_after_a_restart_is_the_first_answer(struct hotel *hotel, const void *data,
                                                                      size_t index)
{
    (void)data, (void)index;
    char id[64];
    kc_op *first = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0));
    expect_made(hotel, first);
    snprintf(id, sizeof(id), "%s", kc_op_get_id(first));
    hotel_restart(hotel);
    size_t requests = hotel_requests(hotel);
    kc_op *second = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0));
    EXPECT(kc_op_get_status(second) == KC_OK && kc_op_is_replay(second), "%s",
           kc_error_get_message(kc_op_get_error(second)));
    EXPECT(strcmp(kc_op_get_id(second), id) == 0, "another operation");
    EXPECT(hotel_requests(hotel) == requests, "%zu requests after %zu", hotel_requests(hotel), requests);
}

static void invariant_03_same_key_after_a_lost_answer_sends_nothing(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    expect_unknown(hotel, hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0)));
    kc_op *again = hotel_run(hotel, kc_issue_original, keyed_request(hotel, 0));
    EXPECT(kc_op_get_outcome(again) == KC_OUTCOME_UNKNOWN, "%s", kc_outcome_name(kc_op_get_outcome(again)));
    EXPECT(hotel_requests(hotel) == 1 && hotel_effects(hotel) == 1, "%zu requests, %zu effects", hotel_requests(hotel),
           hotel_effects(hotel));
}

/* ---- 4 and 5: duplicates ----------------------------------------------------------------------------------------- */

static void need_duplicates(const struct hotel *hotel)
{
    if (!hotel_has(hotel, KC_CAPABILITY_DUPLICATE))
        skip();
}

static void invariant_04_duplicate_without_an_original_is_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    need_duplicates(hotel);
    expect_made(hotel, hotel_original(hotel, "4711", 0));
    kc_request *request = hotel_request(hotel, "4712", hotel_room(hotel, 1));
    expect_refused(hotel, hotel_run(hotel, kc_issue_duplicate, request), KC_ERROR_NO_ORIGINAL, 1);
}

static void invariant_04_duplicate_of_an_open_original_is_refused(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    need_duplicates(hotel);
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_unknown(hotel, original);
    kc_op *op = hotel_duplicate(hotel, "4711");
    bool unresolved = kc_op_get_status(op) == KC_ERROR_UNRESOLVED;
    expect_refused(hotel, op, unresolved ? KC_ERROR_UNRESOLVED : KC_ERROR_NO_ORIGINAL, 1);
    expect_settled(hotel, original, KC_RESOLVE_OPENS, KC_OUTCOME_WRITTEN);
    kc_request *request = hotel_request(hotel, "4711", NULL);
    op = hotel_run(hotel, kc_issue_duplicate, request);
    if (kc_op_get_status(op) == KC_ERROR_NO_LAST_ENCODER)
        return; /* the encoder was not heard of before the answer was lost */
    expect_made(hotel, op);
    EXPECT(hotel_keys_for(hotel, 0) == 2, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void invariant_05_duplicate_goes_to_the_last_encoder(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    struct effect effect;
    need_duplicates(hotel);
    expect_made(hotel, hotel_original(hotel, "4711", 0)); /* at the first encoder */
    kc_request *request = hotel_request(hotel, "4712", hotel_room(hotel, 1));
    EXPECT_OK(kc_request_set_encoder(request, hotel_encoder(hotel, 1)));
    expect_made(hotel, hotel_run(hotel, kc_issue_original, request));
    kc_op *op = hotel_duplicate(hotel, "4711"); /* names the first one */
    expect_made(hotel, op);
    hotel->driver->side->last_effect(hotel, &effect);
    EXPECT(strcmp(kc_op_get_encoder_name(op), hotel_encoder(hotel, 1)) == 0, "at %s", kc_op_get_encoder_name(op));
    EXPECT(!*effect.encoder || strcmp(effect.encoder, hotel_encoder(hotel, 1)) == 0, "at %s", effect.encoder);
    EXPECT(strcmp(effect.room, hotel_room(hotel, 0)) == 0, "for the room %s", effect.room);
}

static void invariant_05_station_without_an_encoder_is_told_so(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    need_duplicates(hotel);
    expect_made(hotel, hotel_original(hotel, "4711", 0));
    kc_request *request = hotel_request(hotel, "4711", NULL);
    EXPECT_OK(kc_request_set_station(request, "kiosk"));
    expect_refused(hotel, hotel_run(hotel, kc_issue_duplicate, request), KC_ERROR_NO_LAST_ENCODER, 1);
}

static void invariant_05_last_encoder_outlives_a_restart(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    need_duplicates(hotel);
    kc_request *request = hotel_request(hotel, "4711", hotel_room(hotel, 0));
    EXPECT_OK(kc_request_set_encoder(request, hotel_encoder(hotel, 1)));
    expect_made(hotel, hotel_run(hotel, kc_issue_original, request));
    hotel_restart(hotel);
    kc_op *op = hotel_duplicate(hotel, "4711");
    EXPECT(strcmp(kc_op_get_encoder_name(op), hotel_encoder(hotel, 1)) == 0, "at \"%s\": %s",
           kc_op_get_encoder_name(op), kc_error_get_message(kc_op_get_error(op)));
    if (hotel->simulator)
        expect_made(hotel, op); /* a virtual lock system was made anew and knows no stay */
}

/* ---- 6: retry is explicit ---------------------------------------------------------------------------------------- */

static void invariant_06_retry_waits_until_it_is_settled(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_unknown(hotel, op);
    expect_refused(hotel, hotel_retry(hotel, op), KC_ERROR_UNRESOLVED, 1);
    expect_settled(hotel, op, KC_RESOLVE_DOES_NOT_OPEN, KC_OUTCOME_NOT_WRITTEN);
    kc_op *retry = hotel_retry(hotel, op);
    expect_made(hotel, retry);
    EXPECT(strcmp(kc_op_get_retry_of(retry), kc_op_get_id(op)) == 0, "a retry of %s", kc_op_get_retry_of(retry));
    EXPECT(hotel_requests(hotel) == 2, "%zu requests", hotel_requests(hotel));
    EXPECT(hotel_key_state(hotel, kc_op_get_id(op)) == KC_KEY_NOT_MADE, "the first key is %s",
           kc_key_state_name(hotel_key_state(hotel, kc_op_get_id(op))));
}

static void invariant_06_what_opens_is_not_made_again(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_unknown(hotel, op);
    expect_settled(hotel, op, KC_RESOLVE_OPENS, KC_OUTCOME_WRITTEN);
    EXPECT(hotel_key_state(hotel, kc_op_get_id(op)) == KC_KEY_ACTIVE, "the key is %s",
           kc_key_state_name(hotel_key_state(hotel, kc_op_get_id(op))));
    expect_refused(hotel, hotel_retry(hotel, op), KC_ERROR_STATE, 1);
}

static void invariant_06_card_that_is_read_settles(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    lose_answer(hotel, 1);
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_unknown(hotel, op);
    if (hotel_has(hotel, KC_CAPABILITY_READ)) {
        expect_settled(hotel, op, KC_RESOLVE_READ_CARD, KC_OUTCOME_WRITTEN);
        return;
    }
    kc_op *resolution = hotel_resolve(hotel, op, KC_RESOLVE_READ_CARD);
    EXPECT(kc_op_get_status(resolution) == KC_ERROR_NOT_OFFERED, "%s", kc_status_name(kc_op_get_status(resolution)));
    EXPECT(hotel_requests(hotel) == 1, "%zu requests", hotel_requests(hotel));
    expect_unknown(hotel, op);
}

/* ---- 7 and 11: no room, no key; what a person must do ------------------------------------------------------------ */

static void invariant_07_no_room_no_key(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *op = hotel_run(hotel, kc_issue_original, hotel_request(hotel, "4711", NULL));
    expect_refused(hotel, op, KC_ERROR_NO_ROOM, 0);
    EXPECT(strcmp(kc_error_get_field(kc_op_get_error(op)), "rooms") == 0, "the field %s",
           kc_error_get_field(kc_op_get_error(op)));
}

static void invariant_11_present_the_card_is_an_event(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    hotel_again(hotel, &(struct opening){.hand_ms = 400});
    kc_op *op = hotel_original(hotel, "4711", 0);
    expect_made(hotel, op);
    EXPECT(hotel_watched(hotel, op)->cards_asked == 1, "asked for a card %zu times",
           hotel_watched(hotel, op)->cards_asked);
}

static void invariant_11_cancelled_while_the_card_is_awaited(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    hotel_again(hotel, &(struct opening){.hand_ms = 400});
    kc_op *op = hotel_start(hotel, kc_issue_original, hotel_request(hotel, "4711", hotel_room(hotel, 0)));
    while (!hotel_watched(hotel, op)->cards_asked && kc_op_get_state(op) != KC_STATE_DONE) {
        EXPECT(kc_context_wait(hotel->context, PATIENCE_MS) == 1, "nobody is asked for a card");
        EXPECT_OK(kc_context_dispatch(hotel->context));
        hotel_take_events(hotel);
    }
    EXPECT_OK(kc_op_cancel(op));
    EXPECT(kc_op_wait(op, PATIENCE_MS) == KC_OK, "it hangs in state %s", kc_state_name(kc_op_get_state(op)));
    size_t effects = hotel_effects(hotel);
    int32_t outcome = kc_op_get_outcome(op);
    EXPECT(outcome != KC_OUTCOME_WRITTEN || effects == 1, "\"written\", but the lock system did nothing");
    EXPECT(outcome != KC_OUTCOME_NOT_WRITTEN || effects == 0, "\"not written\", but it was");
    EXPECT(hotel_outcome(hotel, kc_op_get_id(op)) == outcome, "the ledger does not say %s", kc_outcome_name(outcome));
    if (outcome == KC_OUTCOME_UNKNOWN)
        expect_settled(hotel, op, effects ? KC_RESOLVE_OPENS : KC_RESOLVE_DOES_NOT_OPEN,
                       effects ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN);
    expect_made(hotel, hotel_original(hotel, "4712", 1));
}

/* ---- 13: wanted and confirmed ------------------------------------------------------------------------------------ */

static void refuse_second(struct hotel *hotel)
{
    struct opening opening = {0};
    const struct error_case *error = hotel->driver->errors;
    while (error->fault && error->status != KC_ERROR_UNKNOWN_ROOM)
        error++;
    EXPECT(error->fault != NULL, "the table has no unknown room");
    snprintf(opening.fault, sizeof(opening.fault), "%s@2", error->fault);
    hotel_again(hotel, &opening);
}

static void expect_unconfirmed(struct hotel *hotel, kc_op *original, kc_op *refused)
{
    EXPECT(kc_op_get_status(refused) == KC_ERROR_UNKNOWN_ROOM, "%s", kc_status_name(kc_op_get_status(refused)));
    const kc_key *key = hotel_key(hotel, kc_op_get_id(original));
    EXPECT(kc_key_is_unconfirmed(key) == 1, "nothing shows that more was wanted than was confirmed");
    kc_op *list = hotel_keys(hotel, KC_FILTER_NOT_CONFIRMED, NULL);
    EXPECT(kc_op_get_key_count(list) == 1, "%d keys are listed as not confirmed", (int)kc_op_get_key_count(list));
    EXPECT(hotel_keys_for(hotel, 0) == 1, "%zu keys open the room", hotel_keys_for(hotel, 0));
}

static void invariant_13_refused_check_out_stays_visible(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    if (!hotel_has(hotel, KC_CAPABILITY_CHECK_OUT))
        skip();
    refuse_second(hotel);
    kc_op *original = hotel_original(hotel, "4711", 0);
    expect_unconfirmed(hotel, original, hotel_run(hotel, kc_check_out, hotel_request(hotel, "4711", NULL)));
    EXPECT(hotel_occupied(hotel, 0), "nobody stays in the room");
    expect_made(hotel, hotel_run(hotel, kc_check_out, hotel_request(hotel, "4711", NULL)));
    const kc_key *key = hotel_key(hotel, kc_op_get_id(original));
    EXPECT(!kc_key_is_unconfirmed(key) && kc_key_get_state(key) == KC_KEY_CHECKED_OUT, "the key is %s",
           kc_key_state_name(kc_key_get_state(key)));
}

static void invariant_13_refused_cancellation_stays_visible(struct hotel *hotel, const void *data, size_t index)
{
    (void)data, (void)index;
    kc_op *key = NULL, *op = NULL;
    for (int mobile = 0; mobile < 2 && (!op || kc_op_get_status(op) == KC_ERROR_NOT_OFFERED); mobile++) {
        if (!hotel_has(hotel, KC_CAPABILITY_CANCEL_KEY))
            skip();
        refuse_second(hotel); /* some lock systems can cancel mobile keys only */
        key = mobile ? hotel_run(hotel, kc_send_mobile, hotel_mobile_request(hotel, "4711", hotel_room(hotel, 0)))
                     : hotel_original(hotel, "4711", 0);
        expect_made(hotel, key);
        op = hotel_cancel_key(hotel, hotel_request(hotel, NULL, NULL), kc_op_get_id(key));
    }
    expect_unconfirmed(hotel, key, op);
    const char *id = kc_op_get_id(key);
    expect_made(hotel, hotel_cancel_key(hotel, hotel_request(hotel, NULL, NULL), id));
    const kc_key *after = hotel_key(hotel, id);
    EXPECT(!kc_key_is_unconfirmed(after) && kc_key_get_state(after) == KC_KEY_VOIDED, "the key is %s",
           kc_key_state_name(kc_key_get_state(after)));
}

void plan_invariants(struct plan *plan)
{
    static const struct rule rules[] = {
        RULE(invariant_01_lost_answer_is_unknown_and_nothing_is_sent_again),
        FILE_RULE(invariant_02_program_that_ends_midway_leaves_no_lie),
        RULE(invariant_03_same_key_again_is_the_first_answer),
        FILE_RULE(invariant_03_same_key_after_a_restart_is_the_first_answer),
        RULE(invariant_03_same_key_after_a_lost_answer_sends_nothing),
        RULE(invariant_04_duplicate_without_an_original_is_refused),
        RULE(invariant_04_duplicate_of_an_open_original_is_refused),
        RULE(invariant_05_duplicate_goes_to_the_last_encoder),
        RULE(invariant_05_station_without_an_encoder_is_told_so),
        FILE_RULE(invariant_05_last_encoder_outlives_a_restart),
        RULE(invariant_06_retry_waits_until_it_is_settled),
        RULE(invariant_06_what_opens_is_not_made_again),
        RULE(invariant_06_card_that_is_read_settles),
        RULE(invariant_07_no_room_no_key),
        RULE(invariant_11_present_the_card_is_an_event),
        RULE(invariant_11_cancelled_while_the_card_is_awaited),
        RULE(invariant_13_refused_check_out_stays_visible),
        RULE(invariant_13_refused_cancellation_stays_visible),
    };
    plan_add_all(plan, rules, LENGTH_OF(rules));
}
