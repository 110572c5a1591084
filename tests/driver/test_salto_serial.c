/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver over a serial line, end to end: public API, libserialport, a pseudo-terminal that looks like a
 * UART, and the simulated lock system at its far end. */
#include "link_desk.h"

#include <string.h>

static int open_desk(void **state)
{
    struct desk *desk = desk_new();
    desk_open_simulated(desk, &(struct simulator_options){.driver = "salto", .pseudo_terminal = true},
                        "salto+serial:ADDRESS?baud=19200&parity=even");
    desk_request(desk, "B1", "101", "Desk 1", "2090-06-18");
    *state = desk;
    return 0;
}

static void keys_are_made_over_a_serial_line(void **state)
{
    struct desk *desk = *state;
    kc_op *op = desk_run(desk, kc_issue_original);
    const char *serial = kc_key_get_serial(kc_op_get_key(op, 0), 0);
    assert_true(simulator_opens(desk->simulator, serial, "101"));
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 2);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 2);
    assert_true(pty_line.set);
    assert_int_equal(pty_line.wanted.c_cflag & CSIZE, CS8);
    assert_true(pty_line.wanted.c_cflag & PARENB);
    assert_int_equal(cfgetospeed(&pty_line.wanted), B19200);
}

static void a_port_that_does_not_exist_is_named(void **state)
{
    struct desk *desk = *state;
    kc_system *missing;
    assert_int_equal(kc_system_new(desk->site, "missing", "salto+serial:/dev/ttyKC-none", &missing), KC_OK);
    kc_request_set_system(desk->request, "missing");
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "/dev/ttyKC-none"));
    desk_expect(op, KC_ERROR_UNREACHABLE, KC_OUTCOME_NOT_WRITTEN);
    kc_system_unref(missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_over_a_serial_line, open_desk, desk_teardown),
        cmocka_unit_test_setup_teardown(desk_line_goes_dead, open_desk, desk_teardown),
        cmocka_unit_test_setup_teardown(a_port_that_does_not_exist_is_named, open_desk, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
