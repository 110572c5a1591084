/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver end to end on a serial line: public functions, a pseudo-terminal that looks like a UART,
 * and the simulated encoder; and the card as a file, which is what a lock gets to see. */
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

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

struct desk {
    struct simulator *simulator;
    char folder[64], link[96], card[96];
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request;
};

static void set(struct desk *desk, const char *name, const char *value)
{
    if (kc_system_set_option(desk->system, name, value) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_system_get_error(desk->system)));
}

/* libserialport takes names below /dev only; a way up and out of it passes its check. */
static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    char uri[256], message[SIMULATOR_MESSAGE_SIZE];
    assert_non_null(desk);
    snprintf(desk->folder, sizeof(desk->folder), "/tmp/keycard-stripe-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(desk->card, sizeof(desk->card), "%s/card", desk->folder);
    snprintf(desk->link, sizeof(desk->link), "%s/ttyKC0", desk->folder);
    desk->simulator = simulator_start(
        &(struct simulator_options){.driver = "magstripe", .pseudo_terminal = true, .card = desk->card}, message);
    if (!desk->simulator)
        fail_msg("%s", message);
    assert_int_equal(symlink(simulator_address(desk->simulator), desk->link), 0);
    pty_line.set = false;
    snprintf(uri, sizeof(uri), "magstripe+serial:/dev/../../..%s", desk->link);
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    if (kc_system_new(desk->site, "stripes", uri, &desk->system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
    set(desk, "site-number", "1");
    set(desk, "site-key", SITE_KEY);
    assert_int_equal(kc_request_new(desk->site, &desk->request), KC_OK);
    kc_request_set_booking(desk->request, "B1");
    kc_request_add_room(desk->request, "305");
    kc_request_set_station(desk->request, "desk-1");
    kc_request_set_encoder(desk->request, "stripes");
    assert_int_equal(kc_request_set_validity(desk->request, NULL, "2040-06-18T11:30"), KC_OK);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    kc_request_unref(desk->request);
    kc_system_unref(desk->system);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
    simulator_stop(desk->simulator);
    unlink(desk->link);
    unlink(desk->card);
    rmdir(desk->folder);
    free(desk);
    return 0;
}

static kc_op *run(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **))
{
    kc_op *op = NULL;
    assert_int_equal(verb(desk->request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 60000), KC_OK);
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
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    read_file(desk, text, sizeof(text));
    assert_int_equal(strlen(text), strlen("track2 ;") + 37 + strlen("?\n"));
    assert_memory_equal(text, "track2 ;1", 9);
    expect(run(desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    read_file(desk, text, sizeof(text));
    assert_memory_equal(text, "track2 ;2", 9);
    assert_int_equal(simulator_keys_for(desk->simulator, "305"), 2);
    kc_op *read = run(desk, kc_read_card);
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
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FILE *file = fopen(desk->card, "we");
        assert_non_null(file);
        fputs(rows[i].card, file);
        fclose(file);
        kc_op *op = run(desk, kc_read_card);
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
    expect(run(desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_REQUESTS), 2);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
}

static void a_hung_encoder_leaves_the_outcome_open(void **state)
{
    struct desk *desk = *state;
    char message[SIMULATOR_MESSAGE_SIZE];
    set(desk, "swipe-timeout", "300");
    set(desk, "answer-timeout", "100");
    assert_true(simulator_add_fault(desk->simulator, "silent-after-ack@1", message));
    kc_op *op = run(desk, kc_issue_original);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_UNKNOWN);
    assert_int_equal(simulator_count(desk->simulator, SIMULATOR_EFFECTS), 1);
    kc_op_unref(op);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_are_made_over_the_line, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(foreign_cards_are_told, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(bad_swipes_are_repeated, open_desk, close_desk),
        cmocka_unit_test_setup_teardown(a_hung_encoder_leaves_the_outcome_open, open_desk, close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
