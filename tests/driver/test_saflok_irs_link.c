/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Saflok IRS driver end to end: public API, TCP or a pseudo-terminal that looks like a UART, and the simulated lock
 * system with each fault of its script. */
#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pty_shim.h"
#include "simulator.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct desk {
    struct simulator *simulator;
    char folder[64], link[96];
    kc_context *context;
    kc_site *site;
    kc_system *saflok;
    kc_request *request;
};

static void make_request(struct desk *desk)
{
    assert_int_equal(kc_request_new(desk->site, &desk->request), KC_OK);
    kc_request_set_booking(desk->request, "B1");
    kc_request_add_room(desk->request, "305");
    kc_request_set_station(desk->request, "desk-1");
    kc_request_set_encoder(desk->request, "2");
    assert_int_equal(kc_request_set_validity(desk->request, NULL, "2090-06-18T11:30"), KC_OK);
}

static void open_site(struct desk *desk, const char *uri)
{
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    if (kc_system_new(desk->site, "saflok", uri, &desk->saflok) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
    assert_int_equal(kc_system_set_option(desk->saflok, "password", "DESK7"), KC_OK);
    assert_int_equal(kc_system_set_option(desk->saflok, "back-off", "0"), KC_OK);
    make_request(desk);
}

static struct simulator *simulate(const char *const *rooms, bool terminal)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator_options options = {.driver = "saflok-irs", .rooms = rooms, .pseudo_terminal = terminal};
    struct simulator *simulator = simulator_start(&options, message);
    if (!simulator)
        fail_msg("%s", message);
    return simulator;
}

static int open_tcp(void **state)
{
    static const char *const rooms[] = {"305", "306", NULL};
    struct desk *desk = calloc(1, sizeof(*desk));
    char uri[128];
    assert_non_null(desk);
    desk->simulator = simulate(rooms, false);
    snprintf(uri, sizeof(uri), "saflok+tcp://%s?connection=per-request", simulator_address(desk->simulator));
    open_site(desk, uri);
    *state = desk;
    return 0;
}

/* libserialport takes names below /dev only; a way up and out of it passes its check. */
static int open_serial(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    char uri[256];
    assert_non_null(desk);
    desk->simulator = simulate(NULL, true);
    snprintf(desk->folder, sizeof(desk->folder), "/tmp/keycard-line-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(desk->link, sizeof(desk->link), "%s/ttyKC0", desk->folder);
    assert_int_equal(symlink(simulator_address(desk->simulator), desk->link), 0);
    pty_line.set = false;
    snprintf(uri, sizeof(uri), "saflok+serial:/dev/../../..%s?baud=19200&parity=even", desk->link);
    open_site(desk, uri);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    kc_request_unref(desk->request);
    kc_system_unref(desk->saflok);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    simulator_stop(desk->simulator);
    if (*desk->folder) {
        unlink(desk->link);
        rmdir(desk->folder);
    }
    free(desk);
    return 0;
}

static kc_op *run(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **))
{
    kc_op *op;
    assert_int_equal(verb(desk->request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    return op;
}

static void expect(kc_op *op, int32_t status, int32_t outcome)
{
    if (kc_op_get_status(op) != status)
        print_error("%s\n", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_status(op), status);
    assert_int_equal(kc_op_get_outcome(op), outcome);
    kc_op_unref(op);
}

/* ---- Keys ------------------------------------------------------------------------------------------------------ */

static void keys_are_made_and_open_the_door(void **state)
{
    struct desk *desk = *state;
    char first[32];
    kc_op *op = run(desk, kc_issue_original);
    snprintf(first, sizeof(first), "%s", kc_key_get_serial(kc_op_get_key(op, 0), 0));
    expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305"));
    expect(run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(simulator_opens(desk->simulator, first, "305")); /* a duplicate voids nothing */
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
    expect(run(desk, kc_reissue), KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(simulator_opens(desk->simulator, first, "305"));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 3);
}

static void several_cards_open_the_door_together(void **state)
{
    struct desk *desk = *state;
    kc_request_set_copies(desk->request, 3);
    kc_op *op = run(desk, kc_issue_original);
    assert_int_equal(kc_key_get_serial_count(kc_op_get_key(op, 0)), 3);
    expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 3);
}

static void several_cards_go_in_one_request(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_system_set_option(desk->saflok, "cards", "in-one-request"), KC_OK);
    kc_request_set_copies(desk->request, 3);
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 1);
}

static void a_failure_among_several_cards_is_told(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_request_set_copies(desk->request, 3);
    assert_true(simulator_add_fault(desk->simulator, "error:03-190@2", message));
    kc_op *op = run(desk, kc_issue_original);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "1 of 3 cards were made"));
    assert_string_equal(kc_error_get_vendor_code(kc_op_get_error(op)), "03/190");
    assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_NONE);
    assert_int_equal(kc_key_get_state(kc_op_get_key(op, 0)), KC_KEY_ACTIVE);
    expect(op, KC_ERROR_NO_CARD, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 1);
    kc_request_set_copies(desk->request, 2);
    expect(run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 3);
}

static void areas_and_wide_numbers_arrive(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_system_set_option(desk->saflok, "key-number-width", "15"), KC_OK);
    assert_int_equal(kc_system_map_area(desk->saflok, "spa", "12"), KC_OK);
    kc_request_add_area(desk->request, "spa");
    kc_request_add_area(desk->request, "3");
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
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
    expect(run(desk, kc_issue_original), KC_ERROR_LIMIT, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 0);
    assert_int_equal(kc_site_set_policy(desk->site, "start", "drop"), KC_OK);
    kc_op *op = run(desk, kc_issue_original);
    assert_true(kc_op_get_warning_count(op) > 0);
    expect(op, KC_OK, KC_OUTCOME_WRITTEN);
}

static void a_request_without_check_byte_is_understood(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_system_set_option(desk->saflok, "lrc-send", "no"), KC_OK);
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
}

static void what_is_not_offered_is_refused(void **state)
{
    struct desk *desk = *state;
    expect(run(desk, kc_check_out), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    expect(run(desk, kc_read_card), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    expect(run(desk, kc_issue_one_shot), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(kc_system_set_option(desk->saflok, "password", ""), KC_OK);
    expect(run(desk, kc_issue_original), KC_ERROR_NOT_OFFERED, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 0);
}

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

struct fault_row {
    const char *fault;
    int32_t status, outcome;
    size_t effects;
};

/* The outcome may be "unknown", but never wrong: what is "written" is, and what is "not written" is not. */
static void strike(struct desk *desk, const struct fault_row *row)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    if (row->status == KC_ERROR_TIMED_OUT) { /* no others may run out of time on a slow machine */
        assert_int_equal(kc_system_set_option(desk->saflok, "answer-timeout", "400"), KC_OK);
        assert_int_equal(kc_system_set_option(desk->saflok, "acknowledge-timeout", "800"), KC_OK);
    } else {
        assert_int_equal(kc_system_set_option(desk->saflok, "acknowledge-timeout", "20000"), KC_OK);
    }
    if (!simulator_add_fault(desk->simulator, row->fault, message))
        fail_msg("%s", message);
    print_message("fault %s\n", row->fault);
    kc_op *op = run(desk, kc_issue_original);
    int32_t outcome = kc_op_get_outcome(op);
    expect(op, row->status, row->outcome);
    assert_true(simulator_wait_idle(desk->simulator, 20000));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), row->effects);
    assert_true(simulator_count(desk->simulator, SIMULATOR_REQUESTS) <= 1); /* nothing is sent twice */
    if (outcome != KC_OUTCOME_UNKNOWN)
        assert_int_equal(outcome == KC_OUTCOME_WRITTEN, row->effects > 0);
}

static void each_fault_over_tcp(void **state)
{
    (void)state;
    static const struct fault_row rows[] = {
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
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        void *desk;
        open_tcp(&desk);
        strike(desk, &rows[i]);
        close_desk(&desk);
    }
}

static void each_fault_over_a_serial_line(void **state)
{
    (void)state;
    static const struct fault_row rows[] = {
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
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        void *desk;
        open_serial(&desk);
        strike(desk, &rows[i]);
        close_desk(&desk);
    }
}

static void nobody_brings_a_card(void **state)
{
    struct desk *desk = *state;
    simulator_set_hand_ms(desk->simulator, -1);
    expect(run(desk, kc_issue_original), KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    simulator_set_hand_ms(desk->simulator, 0);
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    kc_request_unref(desk->request);
    make_request(desk);
    kc_request_set_booking(desk->request, "B2");
    kc_request_clear_rooms(desk->request);
    kc_request_add_room(desk->request, "999");
    kc_op *op = run(desk, kc_issue_original); /* its number is not documented */
    assert_int_equal(strncmp(kc_error_get_vendor_code(kc_op_get_error(op)), "03/9", 4), 0);
    expect(op, KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN);
}

static void looking_for_encoders_makes_no_key(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    assert_int_equal(kc_system_add_encoder(desk->saflok, "2"), KC_OK);
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    assert_int_equal(kc_op_get_status(op), KC_OK);
    assert_int_equal(kc_op_get_warning_count(op), 0);
    assert_int_equal(kc_op_get_encoder_count(op), 1);
    kc_op_unref(op);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 0);
}

static void the_serial_line_is_set_as_the_uri_says(void **state)
{
    struct desk *desk = *state;
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_ENQUIRIES), 1);
    assert_true(pty_line.set);
    assert_true(pty_line.wanted.c_cflag & PARENB);
    assert_int_equal(cfgetospeed(&pty_line.wanted), B19200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(several_cards_open_the_door_together, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(several_cards_go_in_one_request, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(a_failure_among_several_cards_is_told, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(areas_and_wide_numbers_arrive, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(a_start_in_the_future_is_refused_or_warned_of, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(a_request_without_check_byte_is_understood, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(what_is_not_offered_is_refused, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(nobody_brings_a_card, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(looking_for_encoders_makes_no_key, open_tcp, close_desk),
        cmocka_unit_test_setup_teardown(looking_for_encoders_makes_no_key, open_serial, close_desk),
        cmocka_unit_test(each_fault_over_tcp),
        cmocka_unit_test_setup_teardown(keys_are_made_and_open_the_door, open_serial, close_desk),
        cmocka_unit_test_setup_teardown(several_cards_open_the_door_together, open_serial, close_desk),
        cmocka_unit_test_setup_teardown(the_serial_line_is_set_as_the_uri_says, open_serial, close_desk),
        cmocka_unit_test(each_fault_over_a_serial_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
