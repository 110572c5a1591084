/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver end to end on a serial line: public functions, a pseudo-terminal that looks like a UART,
 * and the simulated encoder; and the card as a file, which is what a lock gets to see. */
#include "link_desk.h"

#include <stdio.h>
#include <string.h>

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static int open_desk(void **state)
{
    struct desk *desk = desk_new();
    desk_open_simulated(desk,
                        &(struct simulator_options){.driver = "magstripe", .pseudo_terminal = true, .card = desk->card},
                        "magstripe+serial:ADDRESS");
    desk_set(desk, "site-number", "1");
    desk_set(desk, "site-key", SITE_KEY);
    desk_request(desk, "B1", "305", "locks", "2040-06-18T11:30");
    *state = desk;
    return 0;
}

static void read_file(const struct desk *desk, char *text, size_t size)
{
    FILE *file = fopen(desk->card, "re");
    assert_non_null(file);
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
}

static void keys_are_made_over_the_line(void **state)
{
    struct desk *desk = *state;
    char text[400];
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    read_file(desk, text, sizeof(text));
    assert_int_equal(strlen(text), strlen("track2 ;") + 37 + strlen("?\n"));
    assert_memory_equal(text, "track2 ;1", 9);
    desk_expect(desk_run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    read_file(desk, text, sizeof(text));
    assert_memory_equal(text, "track2 ;2", 9);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
    kc_op *read = desk_run(desk, kc_read_card);
    assert_int_equal(kc_op_get_key_count(read), 1);
    assert_string_equal(kc_key_get_room(kc_op_get_key(read, 0), 0), "305");
    assert_memory_equal(kc_key_get_until(kc_op_get_key(read, 0)), "2040-06-18T11:30", 16);
    kc_op_unref(read);
}

/* Somebody else's card, and one that was changed. */
static void foreign_cards_are_told(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *card;
        int32_t status;
    } rows[] = {
        {"track1 %DOE/JOHN?\ntrack2 ;4111111111111111=99?\n", KC_ERROR_CARD_FORMAT},
        {"", KC_ERROR_CARD_FORMAT},
        {"track2 ;1234567890123456789012345678901234567?\n", KC_ERROR_NOT_AUTHENTIC},
        {"track2 nonsense without sentinels\n", KC_ERROR_CARD},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FILE *file = fopen(desk->card, "we");
        assert_non_null(file);
        fputs(rows[i].card, file);
        fclose(file);
        kc_op *op = desk_run(desk, kc_read_card);
        if (kc_op_get_status(op) == KC_OK || kc_op_get_outcome(op) != KC_OUTCOME_NOT_WRITTEN ||
            (kc_op_get_status(op) != rows[i].status && rows[i].status != KC_ERROR_NOT_AUTHENTIC))
            fail_msg("%zu: %s", i, kc_error_get_message(kc_op_get_error(op)));
        kc_op_unref(op);
    }
}

static void bad_swipes_are_repeated(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    assert_true(simulator_add_fault(desk->simulator, "error:39@1", message));
    assert_true(simulator_add_fault(desk->simulator, "unreadable@2", message));
    desk_expect(desk_run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 2);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
}

static void a_hung_encoder_leaves_the_outcome_open(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    desk_set(desk, "swipe-timeout", "300");
    desk_set(desk, "answer-timeout", "1000"); /* the settings before it are answered on a busy computer, too */
    assert_true(simulator_add_fault(desk->simulator, "silent-after-ack@1", message));
    kc_op *op = desk_run(desk, kc_issue_original);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_true(simulator_wait_for(desk->simulator, SIMULATOR_EFFECTS, 1, DESK_WAIT_MS));
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
    kc_op_unref(op);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_over_the_line, open_desk, desk_teardown),
        cmocka_unit_test_setup_teardown(foreign_cards_are_told, open_desk, desk_teardown),
        cmocka_unit_test_setup_teardown(bad_swipes_are_repeated, open_desk, desk_teardown),
        cmocka_unit_test_setup_teardown(a_hung_encoder_leaves_the_outcome_open, open_desk, desk_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
