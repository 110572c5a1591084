/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Onity driver end to end: public API, TCP or a pseudo-terminal that looks like a UART, and the simulated lock
 * system at the far end. */
#include "link_desk.h"

#include <stdlib.h>
#include <string.h>

static int open_desk(void **state, bool serial, const char *uri)
{
    struct desk *desk = desk_new();
    desk_open_simulated(desk, &(struct simulator_options){.driver = "onity", .pseudo_terminal = serial}, uri);
    assert_int_equal(kc_site_set_policy(desk->site, "minutes", "outward"), KC_OK);
    desk_request(desk, "B1", "101", "1", "2090-06-18T11:30");
    *state = desk;
    return 0;
}

static int over_tcp(void **state)
{
    return open_desk(state, false, "onity+tcp://ADDRESS?mobile-encoder=99&one-shot=on");
}

static int over_a_serial_line(void **state)
{
    return open_desk(state, true, "onity+serial:ADDRESS?mobile-encoder=99&one-shot=on");
}

static bool journal_has(const struct desk *desk, const char *text)
{
    char *journal = simulator_journal(desk->simulator);
    assert_non_null(journal);
    bool found = strstr(journal, text);
    free(journal);
    return found;
}

static void keys_are_made_and_times_rounded(void **state)
{
    struct desk *desk = *state;
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_true(simulator_opens(desk->simulator, kc_key_get_serial(kc_op_get_key(op, 0), 0), "101"));
    assert_true(kc_op_get_warning_count(op) > 0);
    assert_string_equal(kc_op_get_warning_field(op, 0), "until");
    assert_true(journal_has(desk, "2090-06-18T12:00"));
    desk_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    kc_request_set_copies(desk->request, 2);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 3);
}

static void keys_are_made_at_a_serial_line(void **state)
{
    keys_are_made_and_times_rounded(state);
    assert_true(pty_line.set);
}

static void a_card_is_read_and_the_room_checked_out(void **state)
{
    struct desk *desk = *state;
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    desk_expect(desk_run(desk, kc_read_card), KC_OK, KC_OUTCOME_NOT_WRITTEN);
    desk_expect(desk_run(desk, kc_check_out), KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(simulator_occupied(desk->simulator, "101"));
}

static void mobile_keys_go_to_phone_and_mail(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(kc_request_set_email(desk->request, "guest@hotel.example"), KC_OK);
    desk_expect(desk_run(desk, kc_send_mobile), KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(journal_has(desk, "guest@hotel.example"));
    assert_int_equal(kc_request_set_email(desk->request, ""), KC_OK);
    assert_int_equal(kc_request_set_phone(desk->request, "+359888123456"), KC_OK);
    desk_expect(desk_run(desk, kc_send_mobile), KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(journal_has(desk, "\"command\":\"CC\""));
    assert_int_equal(simulator_keys_for(desk->simulator, "101"), 2);
}

static void a_fifth_one_shot_card_is_refused(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 4; i++)
        desk_expect(desk_run(desk, kc_issue_one_shot), KC_OK, KC_OUTCOME_WRITTEN);
    desk_expect(desk_run(desk, kc_issue_one_shot), KC_ERROR_ONE_SHOT_LIMIT, KC_OUTCOME_NOT_WRITTEN);
}

static void cancelling_empties_the_encoder(void **state)
{
    struct desk *desk = *state;
    kc_op *op;
    simulator_set_hand_ms(desk->simulator, 3600000);
    assert_int_equal(kc_issue_original(desk->request, &op), KC_OK);
    while (kc_op_get_state(op) != KC_STATE_WAITING) {
        assert_true(kc_context_wait(desk->context, DESK_WAIT_MS) >= 0);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    }
    assert_int_equal(kc_op_cancel(op), KC_OK);
    assert_int_equal(kc_op_wait(op, DESK_WAIT_MS), KC_OK);
    desk_expect(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    simulator_set_hand_ms(desk->simulator, 0);
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN); /* the encoder is free again */
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_CONNECTIONS), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_and_times_rounded, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(keys_are_made_at_a_serial_line, over_a_serial_line, desk_teardown),
        cmocka_unit_test_setup_teardown(a_card_is_read_and_the_room_checked_out, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(mobile_keys_go_to_phone_and_mail, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(a_fifth_one_shot_card_is_refused, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(cancelling_empties_the_encoder, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(desk_line_goes_dead, over_tcp, desk_teardown),
        cmocka_unit_test_setup_teardown(desk_line_goes_dead, over_a_serial_line, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
