/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cases that a hostile reading of the rules found: doubts about a stay, and things that change while others wait. */
#include "desk.h"

#include <string.h>

#include "context.h"
#include "faulty_store.h"
#include "loop/loop_private.h"
#include "system.h"
#include "virtual.h"

static kc_op *cancel_key(struct desk *desk, kc_request *request, const kc_op *made)
{
    kc_op *op = NULL;
    assert_ok(kc_cancel_key(request, kc_op_get_id(made), &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

static kc_op *forget(struct desk *desk, const char *booking)
{
    kc_op *op = NULL;
    assert_ok(kc_forget_guest(desk->site, booking, &op));
    desk_watch(desk, op);
    desk_finish(desk, op);
    return op;
}

/* Another guest's card is awaited at the desk: what comes now waits behind it. */
static kc_op *occupy(struct desk *desk)
{
    kc_op *op = desk_start(desk, kc_issue_original, desk_request(desk, "4799", "999"));
    desk_wait_prompt(desk, op, KC_PROMPT_PRESENT_CARD);
    return op;
}

/* However slow the computer is, no card comes before bring_cards(). */
#define HANDS_STAY_AWAY "hand=50000"

static void bring_cards(struct desk *desk)
{
    struct loop *loop = desk->context->loop;
    for (size_t i = 0; i < loop->heap_count; i++)
        loop->heap[i].deadline -= 50000; /* of each, so that their order stays */
}

static void finish_with_cards(struct desk *desk, kc_op *op)
{
    while (kc_op_get_state(op) != KC_STATE_DONE) {
        if (kc_op_get_state(op) == KC_STATE_WAITING)
            bring_cards(desk);
        desk_pump(desk, 1);
    }
    desk_finish(desk, op);
}

static void pump_until_quiet(struct desk *desk)
{
    for (int i = 0; i < 20; i++)
        desk_pump(desk, 1);
}

/* ---- A duplicate never voids ------------------------------------------------------------------------------------- */

static void test_invariant_04_refused_after_a_check_out_of_unknown_outcome(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *original = desk_original(desk, "4711", "101");
    assert_made(original);
    kc_op *out = desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL));
    assert_int_equal(kc_op_get_outcome(out), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, out, KC_RESOLVE_OPENS)), KC_OK);
    assert_key_state(desk, original, KC_KEY_CHECKED_OUT);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static kc_op *move_until(struct desk *desk, const kc_op *original)
{
    kc_request *request = desk_request(desk, "4711", NULL);
    (void)original;
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-25"));
    return desk_run(desk, kc_modify_stay, request);
}

static kc_op *take_back(struct desk *desk, const kc_op *original)
{
    return cancel_key(desk, desk_request(desk, "4711", NULL), original);
}

/* Whether the stay is still what the ledger says is not known. */
static void test_invariant_04_refused_after_a_change_of_unknown_outcome(void **state)
{
    kc_op *(*const changes[])(struct desk *, const kc_op *) = {move_until, take_back};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        desk_open_virtual(desk, "script=drop-after@2");
        kc_op *original = desk_original(desk, "4711", "101");
        assert_made(original);
        assert_int_equal(kc_op_get_outcome(changes[i](desk, original)), KC_OUTCOME_UNKNOWN);
        assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
        assert_int_equal(desk_requests_seen(desk), 2);
        desk_close(desk);
    }
}

/* To the second. */
static void test_invariant_04_no_duplicate_of_a_key_whose_time_is_over(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_validity(request, NULL, "2026-06-15T09:00"));
    assert_made(desk_run(desk, kc_issue_original, request));
    desk_set_now(desk, DESK_TODAY + 3599);
    assert_made(desk_duplicate(desk, "4711"));
    desk_set_now(desk, DESK_TODAY + 3600);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
}

static void test_invariant_04_one_shot_does_not_hide_an_unresolved_original(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    assert_made(desk_original(desk, "4711", "101"));
    kc_op *doubtful = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_made(desk_run(desk, kc_issue_one_shot, desk_request(desk, "4711", "101")));
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    assert_int_equal(desk_requests_seen(desk), 3);
}

static void test_invariant_04_refused_while_another_bookings_original_in_the_room_is_unresolved(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "script=drop-after@2");
    kc_op *first = desk_original(desk, "4711", "101");
    assert_made(first);
    kc_op *doubtful = desk_original(desk, "4712", "101");
    assert_int_equal(kc_op_get_outcome(doubtful), KC_OUTCOME_UNKNOWN);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, NULL);
    assert_refused(desk_run(desk, kc_issue_duplicate, desk_request(desk, "4711", "101")), KC_ERROR_UNRESOLVED, NULL);
    assert_refused(desk_run(desk, kc_issue_duplicate, desk_request(desk, NULL, "101")), KC_ERROR_UNRESOLVED, NULL);
    assert_int_equal(desk_requests_seen(desk), 2);
    assert_int_equal(kc_op_get_status(desk_resolve(desk, doubtful, KC_RESOLVE_OPENS)), KC_OK);
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    assert_int_equal(desk_requests_seen(desk), 2);
}

/* What a guest who has left still asks for by his booking must not concern the next guest of the room. */
static void test_invariant_04_guest_who_has_left_gets_nothing_of_the_next_one(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)));
    kc_op *next = desk_original(desk, "4712", "101");
    assert_made(next);
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_refused(desk_run(desk, kc_send_mobile, request), KC_ERROR_NO_ROOM, "rooms");
    assert_refused(desk_run(desk, kc_check_out, desk_request(desk, "4711", NULL)), KC_ERROR_STATE, "booking");
    assert_refused(desk_run(desk, kc_modify_stay, desk_request(desk, "4711", NULL)), KC_ERROR_STATE, "booking");
    assert_refused(desk_run(desk, kc_reissue, desk_request(desk, "4711", NULL)), KC_ERROR_STATE, "booking");
    assert_int_equal(desk_requests_seen(desk), 3);
    assert_true(virtual_room_occupied(&desk->system->link, "101"));
    assert_made(desk_duplicate(desk, "4712"));
    assert_made(desk_run(desk, kc_check_out, desk_request(desk, "4711", "101"))); /* said by the clerk */
}

static void test_invariant_04_duplicate_behind_a_running_reissue_is_not_of_the_old_key(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, HANDS_STAY_AWAY);
    kc_op *original = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    finish_with_cards(desk, original);
    assert_made(original);
    kc_op *other = occupy(desk);
    kc_request *longer = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_validity(longer, NULL, "2026-07-01"));
    kc_op *reissue = desk_start(desk, kc_reissue, longer);
    pump_until_quiet(desk);
    kc_request *request = desk_request(desk, "4711", NULL);
    assert_ok(kc_request_set_validity(request, NULL, NULL));
    kc_op *copy = desk_start(desk, kc_issue_duplicate, request);
    pump_until_quiet(desk);
    finish_with_cards(desk, other);
    finish_with_cards(desk, reissue);
    desk_finish(desk, copy);
    assert_made(other);
    assert_made(reissue);
    assert_int_equal(kc_op_get_outcome(copy), KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(desk_requests_seen(desk), 3);
    assert_key_state(desk, original, KC_KEY_VOIDED);
    assert_key_state(desk, reissue, KC_KEY_ACTIVE);
    copy = desk_start(desk, kc_issue_duplicate, request); /* asked again, it is one of the new key */
    finish_with_cards(desk, copy);
    assert_made(copy);
    assert_string_equal(kc_key_get_until(kc_op_get_key(copy, 0)), "2026-07-01T11:00+00:00");
}

static void test_duplicate_of_a_moved_stay_is_for_the_new_room(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = desk_original(desk, "4711", "101");
    assert_made(original);
    assert_made(desk_run(desk, kc_modify_stay, desk_request(desk, "4711", "102")));
    kc_op *next = desk_original(desk, "4712", "101");
    assert_made(next);
    assert_int_equal(kc_op_get_voided_key_count(next), 0);
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    kc_op *copy = desk_duplicate(desk, "4711");
    assert_made(copy);
    assert_string_equal(kc_key_get_room(kc_op_get_key(copy, 0), 0), "102");
    assert_key_state(desk, next, KC_KEY_ACTIVE);
    assert_true(virtual_card_opens(&desk->system->link, 0, "102"));
    assert_true(virtual_card_opens(&desk->system->link, 1, "101"));
    assert_true(virtual_card_opens(&desk->system->link, 2, "102"));
}

/* ---- Originals and cancelled keys -------------------------------------------------------------------------------- */

static void test_suite_key_voids_the_keys_of_all_its_rooms_with_a_warning(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *neighbour = desk_original(desk, "4711", "102");
    assert_made(neighbour);
    kc_request *suite = desk_request(desk, "4712", "101");
    assert_ok(kc_request_add_room(suite, "102"));
    kc_op *op = desk_run(desk, kc_issue_original, suite);
    assert_made(op);
    assert_int_equal(kc_op_get_voided_key_count(op), 1);
    assert_string_equal(kc_key_get_id(kc_op_get_voided_key(op, 0)), kc_op_get_id(neighbour));
    assert_int_equal(kc_op_get_warning_count(op), 1);
    assert_key_state(desk, neighbour, KC_KEY_VOIDED);
    assert_false(virtual_card_opens(&desk->system->link, 0, "102"));
    assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_NO_ORIGINAL, "booking");
}

static void test_overlapping_originals_that_end_in_reverse_order(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "hand=1&script=late:2000@1");
    kc_op *first = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    desk_wait_state(desk, first, KC_STATE_ENCODING); /* its card is made, its answer is on the way */
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_encoder(request, "Desk 2"));
    kc_op *second = desk_run(desk, kc_issue_original, request);
    desk_finish(desk, first);
    assert_made(first);
    assert_made(second);
    assert_false(virtual_card_opens(&desk->system->link, 0, "101"));
    assert_true(virtual_card_opens(&desk->system->link, 1, "101"));
    assert_key_state(desk, first, KC_KEY_VOIDED);
    assert_key_state(desk, second, KC_KEY_ACTIVE);
}

static void test_invariant_03_cancelling_two_keys_is_two_requests(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *original = desk_original(desk, "4711", "101");
    kc_op *copy = desk_duplicate(desk, "4711");
    kc_request *request = desk_request(desk, NULL, NULL);
    assert_ok(kc_request_set_idempotency_key(request, "lost"));
    kc_op *lost = cancel_key(desk, request, copy);
    assert_made(lost);
    assert_key_state(desk, copy, KC_KEY_VOIDED);
    assert_refused(cancel_key(desk, request, original), KC_ERROR_IDEMPOTENCY, "idempotency-key");
    assert_key_state(desk, original, KC_KEY_ACTIVE);
    kc_op *again = cancel_key(desk, request, copy);
    assert_true(kc_op_is_replay(again));
    assert_string_equal(kc_op_get_id(again), kc_op_get_id(lost));
    assert_int_equal(desk_requests_seen(desk), 3);
}

static void test_invariant_13_settling_a_cancellation_late_wakes_no_dead_key(void **state)
{
    static const int32_t words[] = {KC_RESOLVE_OPENS, KC_RESOLVE_DOES_NOT_OPEN};
    struct desk *desk = *state;
    for (size_t i = 0; i < 2; i++) {
        desk_close(desk);
        desk_open_virtual(desk, "script=drop@2");
        kc_op *original = desk_original(desk, "4711", "101");
        assert_made(original);
        kc_op *lost = cancel_key(desk, desk_request(desk, NULL, NULL), original);
        assert_int_equal(kc_op_get_outcome(lost), KC_OUTCOME_UNKNOWN);
        assert_refused(desk_duplicate(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
        kc_op *reissue = desk_run(desk, kc_reissue, desk_request(desk, "4711", NULL));
        assert_made(reissue);
        assert_key_state(desk, original, KC_KEY_VOIDED);
        assert_int_equal(kc_op_get_status(desk_resolve(desk, lost, words[i])), KC_OK);
        assert_key_state(desk, original, KC_KEY_VOIDED);
        assert_key_state(desk, reissue, KC_KEY_ACTIVE);
        assert_made(desk_duplicate(desk, "4711"));
    }
}

/* ---- Idempotency keys and mobile keys ---------------------------------------------------------------------------- */

static void test_invariant_03_longest_keys_stay_different_for_the_mobile_key(void **state)
{
    struct desk *desk = *state;
    char key[201] = "";
    kc_request *requests[2];
    desk_open_virtual(desk, "");
    for (size_t i = 0; i < 100; i++)
        strcat(key, "\xD0\x96");
    for (size_t i = 0; i < 2; i++) {
        key[199] = (char)('\x96' + (char)i); /* only the last character differs */
        requests[i] = desk_request(desk, i ? "4712" : "4711", i ? "102" : "101");
        assert_ok(kc_request_set_phone(requests[i], i ? "+359888123457" : "+359888123456"));
        assert_ok(kc_request_set_idempotency_key(requests[i], key));
    }
    for (size_t i = 0; i < 4; i++) {
        kc_op *op = desk_run(desk, kc_issue_original, requests[i % 2]);
        assert_made(op);
        kc_op *mobile = kc_op_get_follow_up(op);
        assert_non_null(mobile);
        desk_finish(desk, mobile);
        assert_made(mobile);
        assert_int_equal(kc_op_is_replay(mobile), i >= 2);
        assert_string_equal(kc_key_get_phone(kc_op_get_key(mobile, 0)), i % 2 ? "+359888123457" : "+359888123456");
    }
    assert_int_equal(desk_requests_seen(desk), 4);
}

static void test_invariant_03_replay_of_a_reissue_with_a_phone_number(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    assert_made(desk_original(desk, "4711", "101"));
    kc_request *request = NULL; /* dates and room come from the ledger, so the mobile key repeats what was filled in */
    assert_ok(kc_request_new(desk->site, &request));
    assert_ok(kc_request_set_booking(request, "4711"));
    assert_ok(kc_request_set_station(request, "desk-1"));
    assert_ok(kc_request_set_phone(request, "+359888123456"));
    assert_ok(kc_request_set_idempotency_key(request, "k"));
    for (int i = 0; i < 3; i++) {
        kc_op *op = desk_run(desk, kc_reissue, request);
        assert_made(op);
        assert_non_null(kc_op_get_follow_up(op));
        desk_finish(desk, kc_op_get_follow_up(op));
        assert_made(kc_op_get_follow_up(op));
        assert_int_equal(kc_op_is_replay(kc_op_get_follow_up(op)), i > 0);
    }
    kc_request_unref(request);
    assert_int_equal(desk_requests_seen(desk), 3);
}

/* ---- Things that change while others wait ------------------------------------------------------------------------ */

static void test_room_that_is_mapped_anew_while_it_waits(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, HANDS_STAY_AWAY);
    assert_ok(kc_system_map_room(desk->system, "101", "A rather long name of the lock of room 101"));
    kc_op *other = occupy(desk);
    kc_op *op = desk_start(desk, kc_issue_original, desk_request(desk, "4711", "101"));
    pump_until_quiet(desk);
    assert_ok(kc_system_map_room(desk->system, "101", "B"));
    finish_with_cards(desk, other);
    finish_with_cards(desk, op);
    assert_made(other);
    assert_made(op);
    assert_true(virtual_card_opens(&desk->system->link, 1, "A rather long name of the lock of room 101"));
    assert_string_equal(kc_key_get_room(kc_op_get_key(op, 0), 0), "101");
}

static kc_op *discover(struct desk *desk)
{
    kc_op *op = NULL;
    assert_ok(kc_site_discover(desk->site, &op));
    return desk_watch(desk, op);
}

static void test_encoders_that_were_found_outlive_their_system(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = discover(desk);
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_encoder_count(op), 2);
    assert_ok(kc_system_remove(desk->system));
    desk->system = kc_system_unref(desk->system);
    pump_until_quiet(desk);
    assert_string_equal(kc_encoder_get_name(kc_op_get_encoder(op, 0)), "Desk 1");
    assert_string_equal(kc_system_get_name(kc_encoder_get_system(kc_op_get_encoder(op, 1))), "locks");
    kc_op *none = desk_original(desk, "4711", "101");
    assert_refused(none, KC_ERROR_NOT_FOUND, "system");
    assert_ok(kc_system_new(desk->site, "locks", desk->uri, &desk->system)); /* its name is free again */
    assert_made(desk_original(desk, "4711", "101"));
}

static void test_cancelled_discovery_ends_at_once(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_op *op = discover(desk);
    assert_ok(kc_op_cancel(op));
    desk_finish(desk, op);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_CANCELLED);
    op = discover(desk);
    desk_finish(desk, op);
    assert_ok(kc_op_get_status(op));
}

static void test_name_of_a_site_that_nobody_uses_is_free_again(void **state)
{
    struct desk *desk = *state;
    kc_site *second = NULL;
    desk_open_virtual(desk, "");
    assert_int_equal(kc_site_new(desk->context, "Grand Hotel", &second), KC_ERROR_INVALID_ARGUMENT);
    desk->system = kc_system_unref(desk->system);
    desk->site = kc_site_unref(desk->site);
    pump_until_quiet(desk);
    assert_ok(kc_site_new(desk->context, "Grand Hotel", &desk->site));
    assert_ok(kc_system_new(desk->site, "locks", desk->uri, &desk->system));
    assert_made(desk_original(desk, "4711", "101"));
}

/* ---- Forgetting -------------------------------------------------------------------------------------------------- */

static void test_forgetting_waits_for_what_is_queued(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, HANDS_STAY_AWAY);
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    kc_op *other = occupy(desk);
    kc_op *queued = desk_start(desk, kc_issue_original, request);
    pump_until_quiet(desk);
    assert_refused(forget(desk, "4711"), KC_ERROR_UNRESOLVED, "booking");
    finish_with_cards(desk, other);
    finish_with_cards(desk, queued);
    assert_made(queued);
    assert_ok(kc_op_get_status(forget(desk, "4711")));
    kc_op *keys = desk_keys(desk, KC_FILTER_BOOKING, "4711");
    assert_int_equal(kc_op_get_key_count(keys), 1);
    assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, 0)), "");
}

static void test_forgetting_a_guest_leaves_no_trace_with_the_one_who_shared_the_room(void **state)
{
    struct desk *desk = *state;
    desk_open_virtual(desk, "");
    kc_request *request = desk_request(desk, "4711", "101");
    assert_ok(kc_request_set_guest(request, "Zebulon Quartermain"));
    assert_ok(kc_request_set_text(request, 1, "Welcome Zebulon"));
    assert_made(desk_run(desk, kc_issue_original, request));
    kc_op *sharer = desk_run(desk, kc_issue_duplicate, desk_request(desk, "4712", "101"));
    assert_made(sharer);
    assert_string_equal(kc_key_get_guest(kc_op_get_key(sharer, 0)), "");
    assert_ok(kc_op_get_status(forget(desk, "4711")));
    kc_op *keys = desk_keys(desk, KC_FILTER_ALL, NULL);
    assert_int_equal(kc_op_get_key_count(keys), 2);
    for (int32_t i = 0; i < 2; i++)
        assert_string_equal(kc_key_get_guest(kc_op_get_key(keys, i)), "");
}

/* ---- The ledger -------------------------------------------------------------------------------------------------- */

static void test_invariant_02_ledger_that_could_not_be_opened_is_not_replaced_by_memory(void **state)
{
    struct desk *desk = *state;
    assert_ok(kc_context_new(&desk->context));
    int32_t status = kc_context_set_ledger(desk->context, "sqlite:/nowhere/at/all/keys.db");
    assert_true(status <= KC_ERROR_LEDGER && status >= KC_ERROR_LEDGER_READ_ONLY);
    assert_ok(kc_site_new(desk->context, "Grand Hotel", &desk->site));
    assert_ok(kc_system_new(desk->site, "locks", "virtual:", &desk->system));
    desk_set_now(desk, DESK_TODAY);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_true(kc_op_get_status(op) <= KC_ERROR_LEDGER && kc_op_get_status(op) >= KC_ERROR_LEDGER_READ_ONLY);
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_CHECK_LEDGER);
    assert_int_equal(desk_requests_seen(desk), 0);
    assert_ok(kc_context_set_ledger(desk->context, "memory:")); /* said by the host, it is another thing */
    assert_made(desk_original(desk, "4711", "101"));
}

static bool is_finished(struct desk *desk, const void *watch)
{
    (void)desk;
    return atomic_load(&((struct store_watch *)(uintptr_t)watch)->finishes) > 0;
}

static void test_invariant_02_outcome_that_could_not_be_recorded_is_recorded_later(void **state)
{
    struct desk *desk = *state;
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_virtual(desk, "");
    atomic_store(&watch.finish_fails, KC_ERROR_LEDGER_FULL);
    kc_op *op = desk_original(desk, "4711", "101");
    assert_made(op);
    assert_int_not_equal(desk_find_warning(op, "ledger"), -1);
    kc_op *copy = desk_duplicate(desk, "4711"); /* not before the ledger knows */
    assert_int_equal(kc_op_get_outcome(copy), KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(desk_requests_seen(desk), 1);
    atomic_store(&watch.finish_fails, 0);
    desk_wait_for(desk, is_finished, &watch);
    assert_key_state(desk, op, KC_KEY_ACTIVE);
    assert_made(desk_duplicate(desk, "4711"));
    assert_int_equal(kc_op_get_op_count(desk_ops(desk, KC_FILTER_UNRESOLVED, NULL)), 0);
    desk_close(desk);
}

static void test_invariant_02_outcome_that_could_not_be_recorded_is_tried_again_at_the_end(void **state)
{
    struct desk *desk = *state;
    struct store_watch watch = {0};
    desk->store = faulty_store_new(&watch);
    desk_open_virtual(desk, "");
    atomic_store(&watch.finish_fails, KC_ERROR_LEDGER_FULL);
    assert_made(desk_original(desk, "4711", "101"));
    assert_made(desk_original(desk, "4712", "102"));
    assert_int_equal(atomic_load(&watch.finishes), 0);
    atomic_store(&watch.finish_fails, 0);
    desk_close(desk);
    assert_int_equal(atomic_load(&watch.finishes), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_invariant_04_refused_after_a_check_out_of_unknown_outcome),
        DESK_TEST(test_invariant_04_refused_after_a_change_of_unknown_outcome),
        DESK_TEST(test_invariant_04_no_duplicate_of_a_key_whose_time_is_over),
        DESK_TEST(test_invariant_04_one_shot_does_not_hide_an_unresolved_original),
        DESK_TEST(test_invariant_04_refused_while_another_bookings_original_in_the_room_is_unresolved),
        DESK_TEST(test_invariant_04_guest_who_has_left_gets_nothing_of_the_next_one),
        DESK_TEST(test_invariant_04_duplicate_behind_a_running_reissue_is_not_of_the_old_key),
        DESK_TEST(test_duplicate_of_a_moved_stay_is_for_the_new_room),
        DESK_TEST(test_suite_key_voids_the_keys_of_all_its_rooms_with_a_warning),
        DESK_TEST(test_overlapping_originals_that_end_in_reverse_order),
        DESK_TEST(test_invariant_03_cancelling_two_keys_is_two_requests),
        DESK_TEST(test_invariant_13_settling_a_cancellation_late_wakes_no_dead_key),
        DESK_TEST(test_invariant_03_longest_keys_stay_different_for_the_mobile_key),
        DESK_TEST(test_invariant_03_replay_of_a_reissue_with_a_phone_number),
        DESK_TEST(test_room_that_is_mapped_anew_while_it_waits),
        DESK_TEST(test_encoders_that_were_found_outlive_their_system),
        DESK_TEST(test_cancelled_discovery_ends_at_once),
        DESK_TEST(test_name_of_a_site_that_nobody_uses_is_free_again),
        DESK_TEST(test_forgetting_waits_for_what_is_queued),
        DESK_TEST(test_forgetting_a_guest_leaves_no_trace_with_the_one_who_shared_the_room),
        DESK_TEST(test_invariant_02_ledger_that_could_not_be_opened_is_not_replaced_by_memory),
        DESK_TEST(test_invariant_02_outcome_that_could_not_be_recorded_is_recorded_later),
        DESK_TEST(test_invariant_02_outcome_that_could_not_be_recorded_is_tried_again_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
