/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver over a serial line, end to end: public API, libserialport, a pseudo-terminal that looks like a
 * UART, and the simulated lock system at its far end. */
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
    kc_system *salto;
    kc_request *request;
};

/* libserialport takes names below /dev only; a way up and out of it passes its check. */
static int open_line(void **state)
{
    struct line *line = calloc(1, sizeof(*line));
    char message[SIMULATOR_MESSAGE_SIZE], uri[256];
    struct simulator_options options = {.driver = "salto", .pseudo_terminal = true};
    assert_non_null(line);
    line->simulator = simulator_start(&options, message);
    if (!line->simulator)
        fail_msg("%s", message);
    snprintf(line->folder, sizeof(line->folder), "/tmp/keycard-line-XXXXXX");
    assert_non_null(mkdtemp(line->folder));
    snprintf(line->link, sizeof(line->link), "%s/ttyKC0", line->folder);
    assert_int_equal(symlink(simulator_address(line->simulator), line->link), 0);
    pty_line.set = false;
    assert_int_equal(kc_context_new(&line->context), KC_OK);
    assert_int_equal(kc_site_new(line->context, "Hotel", &line->site), KC_OK);
    snprintf(uri, sizeof(uri), "salto+serial:/dev/../../..%s?baud=19200&parity=even", line->link);
    if (kc_system_new(line->site, "salto", uri, &line->salto) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(line->site)));
    assert_int_equal(kc_request_new(line->site, &line->request), KC_OK);
    kc_request_set_booking(line->request, "B1");
    kc_request_add_room(line->request, "101");
    kc_request_set_station(line->request, "desk-1");
    kc_request_set_encoder(line->request, "Desk 1");
    assert_int_equal(kc_request_set_validity(line->request, NULL, "2090-06-18"), KC_OK);
    *state = line;
    return 0;
}

static int close_line(void **state)
{
    struct line *line = *state;
    kc_request_unref(line->request);
    kc_system_unref(line->salto);
    kc_site_unref(line->site);
    kc_context_unref(line->context);
    simulator_stop(line->simulator);
    unlink(line->link);
    rmdir(line->folder);
    free(line);
    return 0;
}

static kc_op *finish(kc_op *op)
{
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    return op;
}

static void keys_are_made_over_a_serial_line(void **state)
{
    struct line *line = *state;
    kc_op *op;
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    if (kc_op_get_status(finish(op)) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_WRITTEN);
    const char *serial = kc_key_get_serial(kc_op_get_key(op, 0), 0);
    assert_true(simulator_opens(line->simulator, serial, "101"));
    kc_op_unref(op);
    assert_int_equal(kc_issue_duplicate(line->request, &op), KC_OK);
    assert_int_equal(kc_op_get_outcome(finish(op)), KC_OUTCOME_WRITTEN);
    kc_op_unref(op);
    assert_int_equal(simulator_keys_for(line->simulator, "101"), 2);
    assert_int_equal(simulator_count(line->simulator, SIMULATOR_EFFECTS), 2);
    assert_true(pty_line.set);
    assert_int_equal(pty_line.wanted.c_cflag & CSIZE, CS8);
    assert_true(pty_line.wanted.c_cflag & PARENB);
    assert_int_equal(cfgetospeed(&pty_line.wanted), B19200);
}

static void a_line_that_goes_dead_leaves_the_outcome_unknown(void **state)
{
    struct line *line = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    kc_op *op;
    assert_int_equal(kc_system_set_option(line->salto, "answer-timeout", "300"), KC_OK);
    assert_true(simulator_add_fault(line->simulator, "silent-after-ack", message));
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    assert_int_equal(kc_op_get_outcome(finish(op)), KC_OUTCOME_UNKNOWN);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_TIMED_OUT);
    kc_op_unref(op);
    assert_int_equal(simulator_count(line->simulator, SIMULATOR_REQUESTS), 1);
}

static void a_port_that_does_not_exist_is_named(void **state)
{
    struct line *line = *state;
    kc_system *missing;
    kc_op *op;
    assert_int_equal(kc_system_new(line->site, "missing", "salto+serial:/dev/ttyKC-none", &missing), KC_OK);
    kc_request_set_system(line->request, "missing");
    assert_int_equal(kc_issue_original(line->request, &op), KC_OK);
    assert_int_equal(kc_op_get_status(finish(op)), KC_ERROR_UNREACHABLE);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "/dev/ttyKC-none"));
    kc_op_unref(op);
    kc_system_unref(missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_over_a_serial_line, open_line, close_line),
        cmocka_unit_test_setup_teardown(a_line_that_goes_dead_leaves_the_outcome_unknown, open_line, close_line),
        cmocka_unit_test_setup_teardown(a_port_that_does_not_exist_is_named, open_line, close_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
