/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Saflok IRS driver end to end: public API, TCP or a pseudo-terminal that looks like a UART, and the simulated lock
 * system with each fault of its script. */
#include "link_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct desk *open_at(const struct simulator_options *options, const char *uri)
{
    struct desk *desk = desk_new();
    desk_open_simulated(desk, options, uri);
    desk_set(desk, "password", "DESK7");
    desk_set(desk, "back-off", "0");
    desk_request(desk, "B1", "305", "2", "2090-06-18T11:30");
    return desk;
}

static struct desk *open_tcp(void)
{
    static const char *const rooms[] = {"305", "306", NULL};
    return open_at(&(struct simulator_options){.driver = "saflok-irs", .rooms = rooms},
                   "saflok+tcp://ADDRESS?connection=per-request");
}

static struct desk *open_serial(void)
{
    return open_at(&(struct simulator_options){.driver = "saflok-irs", .pseudo_terminal = true},
                   "saflok+serial:ADDRESS?baud=19200&parity=even");
}

static int over_tcp(void **state)
{
    *state = open_tcp();
    return 0;
}

static int over_a_serial_line(void **state)
{
    *state = open_serial();
    return 0;
}

/* ---- Keys ------------------------------------------------------------------------------------------------------ */

static void keys_are_made_and_open_the_door(void **state)
{
    struct desk *desk = *state;
    char first[32];
    kc_op *op = desk_run(desk, kc_issue_original);
    snprintf(first, sizeof(first), "%s", kc_key_get_serial(kc_op_get_key(op, 0), 0));
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305"));
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305")); /* a duplicate voids nothing */
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
    desk_expect(desk_run(desk, kc_reissue), KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(simulator_opens(desk->simulator, first, "305"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 3);
}

static void several_cards_open_the_door_together(void **state)
{
    struct desk *desk = *state;
    kc_request_set_copies(desk->request, 3);
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_int_equal(kc_key_get_serial_count(kc_op_get_key(op, 0)), 3);
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 3);
}

static void several_cards_go_in_one_request(void **state)
{
    struct desk *desk = *state;
    desk_set(desk, "cards", "in-one-request");
    kc_request_set_copies(desk->request, 3);
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 1);
}

static void a_failure_among_several_cards_is_told(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_request_set_copies(desk->request, 3);
    assert_true(simulator_add_fault(desk->simulator, "error:03-190@2", message));
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "1 of 3 cards were made"));
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(op)), "03/190");
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_NONE);
    assert_int_equal(kc_key_get_state(kc_op_get_key(op, 0)), KC_KEY_ACTIVE);
    desk_expect(op, KC_ERROR_NO_CARD, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 1);
    kc_request_set_copies(desk->request, 2);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
}

static void areas_and_wide_numbers_arrive(void **state)
{
    struct desk *desk = *state;
    desk_set(desk, "key-number-width", "15");
    assert_int_equal(kc_system_map_area(desk->system, "spa", "12"), KC_OK);
    kc_request_add_area(desk->request, "spa");
    kc_request_add_area(desk->request, "3");
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    char *journal = simulator_journal(desk->simulator);
    assert_non_null(journal);
    assert_non_null(strstr(journal, "\"areas\":[3,12]"));
    assert_non_null(strstr(journal, "2090-06-18T11:30"));
    assert_null(strstr(journal, "DESK7"));
    free(journal);
}

static void a_start_in_the_future_is_refused_or_warned_of(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_request_set_validity(desk->request, "2090-06-15", "2090-06-18"), KC_OK);
    assert_int_equal(kc_site_set_policy(desk->site, "start", "refuse"), KC_OK);
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_LIMIT, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 0);
    assert_int_equal(kc_site_set_policy(desk->site, "start", "drop"), KC_OK);
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_true(kc_op_get_warning_count(op) > 0);
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
}

static void a_request_without_check_byte_is_understood(void **state)
{
    struct desk *desk = *state;
    desk_set(desk, "lrc-send", "no");
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
}

static void what_is_not_offered_is_refused(void **state)
{
    struct desk *desk = *state;
    desk_expect(desk_run(desk, kc_check_out), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    desk_expect(desk_run(desk, kc_read_card), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    desk_expect(desk_run(desk, kc_issue_one_shot), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    desk_set(desk, "password", "");
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 0);
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

static void set_times(struct desk *desk, const struct desk_fault *fault)
{
    if (fault->status == KC_ERROR_TIMED_OUT) { /* no others may run out of time on a slow machine */
        desk_set(desk, "answer-timeout", "400");
        desk_set(desk, "acknowledge-timeout", "800");
    } else {
        desk_set(desk, "acknowledge-timeout", "20000");
    }
}

static void each_fault_over_tcp(void **state)
{
    (void)state;
    static const struct desk_fault rows[] = {
        {"nak", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 0}, /* means nothing without handshake */
        {"busy", KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN, 0},
        {"silent-before-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"silent-after-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"drop-after-request", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 0},
        {"drop-after-ack", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:0", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:10", KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:25", KC_OK, KC_OUTCOME_WRITTEN, 1}, /* all of the answer but its check byte, which may be missing */
        {"late:10", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"late:1200", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"twice", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"bad-check", KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN, 1},
        {"garbage:40", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"split:1", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"glue", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"error:03-190", KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN, 0},
        {"error:03-157", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_NOT_WRITTEN, 0},
        {"error:17-234", KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN, 0},
    };
    desk_strike_each(open_tcp, set_times, rows, COUNT_OF(rows));
}

static void each_fault_over_a_serial_line(void **state)
{
    (void)state;
    static const struct desk_fault rows[] = {
        {"nak:2", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"nak:5", KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN, 0},
        {"busy:2", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"busy:9", KC_ERROR_NOT_ACCEPTED, KC_OUTCOME_NOT_WRITTEN, 0},
        {"silent-before-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"silent-after-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"drop-after-request", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 0},
        {"drop-after-ack", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"drop-at:10", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1},
        {"late:10", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"twice", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"bad-check", KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN, 1}, /* the simulator repeats nothing */
        {"garbage:40", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"split:1", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"glue", KC_OK, KC_OUTCOME_WRITTEN, 1},
        {"error:03-000", KC_ERROR_ENCODER_OFFLINE, KC_OUTCOME_NOT_WRITTEN, 0},
    };
    desk_strike_each(open_serial, set_times, rows, COUNT_OF(rows));
}

static void nobody_brings_a_card(void **state)
{
    struct desk *desk = *state;
    simulator_set_hand_ms(desk->simulator, -1);
    desk_expect(desk_run(desk, kc_issue_original), KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    simulator_set_hand_ms(desk->simulator, 0);
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    desk_request(desk, "B2", "999", "2", "2090-06-18T11:30");
    kc_op *op = desk_run(desk, kc_issue_original); /* its number is not documented */
    assert_int_equal(strncmp(kc_error_get_vendor_code(kc_op_get_error(op)), "03/9", 4), 0);
    desk_expect(op, KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN);
}

static void looking_for_encoders_makes_no_key(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    assert_int_equal(kc_system_add_encoder(desk->system, "2"), KC_OK);
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, DESK_WAIT_MS), KC_OK);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    assert_int_equal(kc_op_get_warning_count(op), 0);
    assert_int_equal(kc_op_get_encoder_count(op), 1);
    kc_op_unref(op);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 0);
}

static void the_serial_line_is_set_as_the_uri_says(void **state)
{
    struct desk *desk = *state;
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_ENQUIRIES), 1);
    assert_true(pty_line.set);
    assert_true(pty_line.wanted.c_cflag & PARENB);
    assert_int_equal(cfgetospeed(&pty_line.wanted), B19200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(several_cards_open_the_door_together, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(several_cards_go_in_one_request, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(a_failure_among_several_cards_is_told, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(areas_and_wide_numbers_arrive, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(a_start_in_the_future_is_refused_or_warned_of, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(a_request_without_check_byte_is_understood, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_offered_is_refused, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(nobody_brings_a_card, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(looking_for_encoders_makes_no_key, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(looking_for_encoders_makes_no_key, over_a_serial_line, desk_teardown),
        cmocka_unit_test(each_fault_over_tcp),
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, over_a_serial_line, desk_teardown),
        cmocka_unit_test_setup_teardown(several_cards_open_the_door_together, over_a_serial_line, desk_teardown),
        cmocka_unit_test_setup_teardown(the_serial_line_is_set_as_the_uri_says, over_a_serial_line, desk_teardown),
        cmocka_unit_test(each_fault_over_a_serial_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
