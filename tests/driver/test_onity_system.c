/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Onity driver end to end: public API, TCP or a pseudo-terminal that looks like a UART, and the simulated lock
 * system at the far end. */
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

struct line {
    struct simulator *simulator;
    char folder[64], link[96];
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request;
};

/* libserialport takes names below /dev only; a way up and out of it passes its check. */
static void make_uri(struct line *line, bool serial, char *uri, size_t size)
{
    if (!serial) {
        snprintf(uri, size, "onity+tcp://%s?mobile-encoder=99&one-shot=on", simulator_address(line->simulator));
        return;
    }
    snprintf(line->folder, sizeof(line->folder), "/tmp/keycard-line-XXXXXX");
    assert_non_null(mkdtemp(line->folder));
    snprintf(line->link, sizeof(line->link), "%s/ttyKC0", line->folder);
    assert_int_equal(symlink(simulator_address(line->simulator), line->link), 0);
    pty_line.set = false;
    snprintf(uri, size, "onity+serial:/dev/../../..%s?mobile-encoder=99&one-shot=on", line->link);
}

static int open_line(void **state, bool serial)
{
    struct line *line = calloc(1, sizeof(*line));
    char message[SIMULATOR_MESSAGE_SIZE], uri[256];
    struct simulator_options options = {.driver = "onity", .pseudo_terminal = serial};
    assert_non_null(line);
    line->simulator = simulator_start(&options, message);
    if (!line->simulator)
        fail_msg("%s", message);
    make_uri(line, serial, uri, sizeof(uri));
    assert_int_equal(kc_context_new(&line->context), KC_OK);
    assert_int_equal(kc_site_new(line->context, "Hotel", &line->site), KC_OK);
    assert_int_equal(kc_site_set_policy(line->site, "minutes", "outward"), KC_OK);
    if (kc_system_new(line->site, "onity", uri, &line->system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(line->site)));
    assert_int_equal(kc_request_new(line->site, &line->request), KC_OK);
    kc_request_set_booking(line->request, "B1");
    kc_request_add_room(line->request, "101");
    kc_request_set_station(line->request, "desk-1");
    kc_request_set_encoder(line->request, "1");
    assert_int_equal(kc_request_set_validity(line->request, NULL, "2090-06-18T11:30"), KC_OK);
    *state = line;
    return 0;
}

static int open_tcp(void **state)
{
    return open_line(state, false);
}

static int open_serial(void **state)
{
    return open_line(state, true);
}

static int close_line(void **state)
{
    struct line *line = *state;
    kc_request_unref(line->request);
    kc_system_unref(line->system);
    kc_site_unref(line->site);
    kc_context_unref(line->context);
    simulator_stop(line->simulator);
    if (*line->link) {
        unlink(line->link);
        rmdir(line->folder);
    }
    free(line);
    return 0;
}

static kc_op *finish(kc_op *op)
{
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    return op;
}

static void assert_written(kc_op *op)
{
    if (kc_op_get_status(finish(op)) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
}

static bool journal_has(const struct line *line, const char *text)
{
    char *journal = simulator_journal(line->simulator);
    assert_non_null(journal);
    bool found = strstr(journal, text);
    free(journal);
    return found;
}

static void keys_are_made_and_times_rounded(void **state)
{
    struct line *line = *state;
    kc_op *op;
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    assert_written(op);
    assert_true(simulator_opens(line->simulator, kc_key_get_serial(kc_op_get_key(op, 0), 0), "101"));
    assert_true(kc_op_get_warning_count(op) > 0);
    assert_string_equal(kc_op_get_warning_field(op, 0), "until");
    assert_true(journal_has(line, "2090-06-18T12:00"));
    kc_op_unref(op);
    kc_request_set_copies(line->request, 2);
    assert_int_equal(kc_issue_duplicate(line->request, &op), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    assert_int_equal(simulator_keys_for(line->simulator, "101"), 3);
    if (*line->link)
        assert_true(pty_line.set);
}

static void a_card_is_read_and_the_room_checked_out(void **state)
{
    struct line *line = *state;
    kc_op *op;
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    assert_int_equal(kc_read_card(line->request, &op), KC_OK);
    assert_int_equal(kc_op_get_status(finish(op)), KC_OK);
    kc_op_unref(op);
    assert_int_equal(kc_check_out(line->request, &op), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    assert_false(simulator_occupied(line->simulator, "101"));
}

static void mobile_keys_go_to_phone_and_mail(void **state)
{
    struct line *line = *state;
    kc_op *op;
    assert_int_equal(kc_request_set_email(line->request, "guest@hotel.example"), KC_OK);
    assert_int_equal(kc_send_mobile(line->request, &op), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    assert_true(journal_has(line, "guest@hotel.example"));
    assert_int_equal(kc_request_set_email(line->request, ""), KC_OK);
    assert_int_equal(kc_request_set_phone(line->request, "+359888123456"), KC_OK);
    assert_int_equal(kc_send_mobile(line->request, &op), KC_OK);
    assert_written(op);
    kc_op_unref(op);
    assert_true(journal_has(line, "\"command\":\"CC\""));
    assert_int_equal(simulator_keys_for(line->simulator, "101"), 2);
}

static void a_fifth_one_shot_card_is_refused(void **state)
{
    struct line *line = *state;
    kc_op *op;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(kc_issue_one_shot(line->request, &op), KC_OK);
        finish(op);
        if (i < 4 && kc_op_get_status(op) != KC_OK)
            fail_msg("%s", kc_error_get_message(kc_op_get_error(op)));
        assert_int_equal(kc_op_get_status(op), i < 4 ? KC_OK : KC_ERROR_ONE_SHOT_LIMIT);
        kc_op_unref(op);
    }
}

static void cancelling_empties_the_encoder(void **state)
{
    struct line *line = *state;
    kc_op *op;
    simulator_set_hand_ms(line->simulator, 3600000);
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    while (kc_op_get_state(op) != KC_STATE_WAITING) {
        assert_true(kc_context_wait(line->context, 20000) >= 0);
        assert_int_equal(kc_context_dispatch(line->context), KC_OK);
    }
    assert_int_equal(kc_op_cancel(op), KC_OK);
    finish(op);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_CANCELLED);
    kc_op_unref(op);
    simulator_set_hand_ms(line->simulator, 0);
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK); /* the encoder is free again */
    assert_written(op);
    kc_op_unref(op);
    assert_int_equal(simulator_count(line->simulator, SIMULATOR_EFFECTS), 1);
    assert_int_equal(simulator_count(line->simulator, SIMULATOR_CONNECTIONS), 1);
}

static void a_line_that_goes_dead_leaves_the_outcome_unknown(void **state)
{
    struct line *line = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_op *op;
    assert_int_equal(kc_system_set_option(line->system, "answer-timeout", "300"), KC_OK);
    assert_true(simulator_add_fault(line->simulator, "silent-after-ack", message));
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    assert_int_equal(kc_op_get_outcome(finish(op)), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_TIMED_OUT);
    kc_op_unref(op);
    assert_int_equal(simulator_count(line->simulator, SIMULATOR_REQUESTS), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_and_times_rounded, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(keys_are_made_and_times_rounded, open_serial, close_line),
        cmocka_unit_test_setup_teardown(a_card_is_read_and_the_room_checked_out, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(mobile_keys_go_to_phone_and_mail, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(a_fifth_one_shot_card_is_refused, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(cancelling_empties_the_encoder, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(a_line_that_goes_dead_leaves_the_outcome_unknown, open_tcp, close_line),
        cmocka_unit_test_setup_teardown(a_line_that_goes_dead_leaves_the_outcome_unknown, open_serial, close_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
