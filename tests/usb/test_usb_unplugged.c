/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices that are pulled out at every single transfer of an operation, in and out, bulk, interrupt and control: what
 * is said of the card is true each time, and the link is there again by itself when the device is. */
#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_device.h"
#include "stripe_device.h"

enum { PATIENCE_MS = 60000, TRANSFERS_MOST = 1000 };

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Endpoints at which a device was pulled out, one bit each. */
static unsigned bit_of(int endpoint)
{
    return 1U << ((unsigned)endpoint & 0x0F) << ((unsigned)endpoint >> 4);
}

/* ---- The desk -------------------------------------------------------------------------------------------------- */

struct desk {
    struct usb_rig *rig;
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_encoder *encoder; /* NULL: not discovered yet */
};

static void set_option(struct desk *desk, const char *name, const char *value)
{
    if (kc_system_set_option(desk->system, name, value) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_system_get_error(desk->system)));
}

static void open_desk(struct desk *desk, const char *uri)
{
    memset(desk, 0, sizeof(*desk));
    desk->rig = usb_rig_new();
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    assert_int_equal(kc_system_new(desk->site, "desk", uri, &desk->system), KC_OK);
    set_option(desk, "site-number", "7");
    set_option(desk, "site-key", KEY);
    assert_int_equal(kc_context_set_connection_rate(desk->context, 0), KC_OK);
    set_option(desk, "back-off", "60000"); /* so that it is not the timer that brings the link back */
}

/* Between two packets, and before an answer, the encoder may get no processor: nothing is lost by that. */
static void open_stripe_desk(struct desk *desk, const char *uri)
{
    open_desk(desk, uri);
    set_option(desk, "quiet", "2000");
    set_option(desk, "answer-timeout", "20000");
}

static void close_desk(struct desk *desk)
{
    kc_encoder_unref(desk->encoder);
    kc_system_unref(desk->system);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
}

static kc_op *discover(struct desk *desk)
{
    kc_op *op = NULL;
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, PATIENCE_MS), KC_OK);
    return op;
}

static void find_encoder(struct desk *desk)
{
    kc_op *op = discover(desk);
    assert_int_equal(kc_op_get_encoder_count(op), 1);
    desk->encoder = kc_encoder_ref(kc_op_get_encoder(op, 0));
    kc_op_unref(op);
}

static void turn(struct desk *desk)
{
    assert_int_equal(kc_context_wait(desk->context, PATIENCE_MS), 1);
    assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    for (kc_event *event; (event = kc_context_next_event(desk->context)) != NULL;)
        kc_event_unref(event);
}

/* Nothing but the loop is turned: the link comes by itself. */
static void until_online(struct desk *desk)
{
    while (kc_encoder_get_state(desk->encoder) != KC_ENCODER_ONLINE)
        turn(desk);
}

static void until_offline(struct desk *desk)
{
    while (kc_encoder_get_state(desk->encoder) != KC_ENCODER_OFFLINE)
        turn(desk);
}

/* A key for room and booking of this number. */
static kc_op *run(struct desk *desk, int32_t (*verb)(kc_request *, kc_op **), int number)
{
    char text[16];
    kc_request *request = NULL;
    kc_op *op = NULL;
    snprintf(text, sizeof(text), "%d", number);
    assert_int_equal(kc_request_new(desk->site, &request), KC_OK);
    kc_request_set_booking(request, text);
    kc_request_add_room(request, text);
    kc_request_set_station(request, "desk-1");
    assert_int_equal(kc_request_set_validity(request, NULL, "2040-06-18T11:30"), KC_OK);
    assert_int_equal(verb(request, &op), KC_OK);
    kc_request_unref(request);
    assert_int_equal(kc_op_wait(op, PATIENCE_MS), KC_OK);
    return op;
}

/* What the device was pulled out of is no success unless all of it was done; and it says what became of it. */
static int32_t outcome_of(kc_op *op, bool struck)
{
    int32_t status = kc_op_get_status(op), outcome = kc_op_get_outcome(op);
    if (!struck && status != KC_OK)
        fail_msg("failed by itself: %s", kc_error_get_message(kc_op_get_error(op)));
    assert_true((status == KC_OK) == (outcome == KC_OUTCOME_WRITTEN));
    if (status != KC_OK && status != KC_ERROR_CONNECTION_LOST && status != KC_ERROR_UNREACHABLE)
        fail_msg("%s: %s", kc_status_name(status), kc_error_get_message(kc_op_get_error(op)));
    if (outcome == KC_OUTCOME_UNKNOWN)
        assert_int_equal(kc_error_get_advice(kc_op_get_error(op)), KC_ADVICE_RESOLVE);
    kc_op_unref(op);
    return outcome;
}

/* ---- A reader for contactless cards ----------------------------------------------------------------------------- */

static void lay_card(struct desk *desk, struct reader_device *reader, int number)
{
    usb_rig_lock(desk->rig);
    simulated_card_make(&reader->card, SIMULATED_NTAG215, reader_card_uid, sizeof(reader_card_uid));
    reader->card.target.uid[5] = (uint8_t)(number >> 8); /* another card each time */
    reader->card.target.uid[6] = (uint8_t)number;
    reader->change = 0x03; /* which is told by the interrupt endpoint */
    usb_rig_unlock(desk->rig);
    usb_rig_kick(reader->device);
}

/* The card that was left behind is read by the link that came back. */
static void check_card(struct desk *desk, int32_t outcome, int number)
{
    char room[16];
    kc_op *op = run(desk, kc_read_card, number);
    const char *read = kc_op_get_key_count(op) == 1 ? kc_key_get_room(kc_op_get_key(op, 0), 0) : "";
    bool reads = kc_op_get_status(op) == KC_OK && *read != '\0';
    snprintf(room, sizeof(room), "%d", number);
    if (reads)
        assert_string_equal(read, room);
    if (outcome == KC_OUTCOME_WRITTEN && !reads)
        fail_msg("pulled out at %d: %s, but reads \"%s\": %s", number, kc_outcome_name(outcome), read,
                 kc_op_get_error(op) ? kc_error_get_message(kc_op_get_error(op)) : "");
    assert_int_not_equal(kc_op_get_status(op), KC_ERROR_CONNECTION_LOST);
    assert_int_not_equal(kc_op_get_status(op), KC_ERROR_UNREACHABLE);
    kc_op_unref(op);
}

static void replug_reader(struct desk *desk, struct reader_device *reader)
{
    usb_rig_unplug(reader->device);
    until_offline(desk);
    reader_plug(reader, desk->rig, "1-1", &reader_description);
}

static void a_reader_at_every_transfer_of_a_key(void **state)
{
    (void)state;
    static struct reader_device reader;
    struct desk desk;
    bool struck = true;
    unsigned endpoints = 0;
    int number = 0;
    size_t outcomes[3] = {0};
    open_desk(&desk, "contactless+usb:");
    reader_init(&reader);
    reader_plug(&reader, desk.rig, "1-1", &reader_description);
    find_encoder(&desk);
    while (struck) {
        static uint8_t before[SIMULATED_MEMORY];
        assert_true(++number < TRANSFERS_MOST);
        until_online(&desk);
        usb_rig_fault(reader.device, USB_RIG_FAULT_VANISH, -1, number, 1);
        lay_card(&desk, &reader, number);
        memcpy(before, reader.card.memory, sizeof(before));
        kc_op *op = run(&desk, kc_issue_original, number);
        usb_rig_fault(reader.device, USB_RIG_FAULT_NONE, -1, 1, 0);
        struct usb_rig_counts counts = usb_rig_counts(reader.device);
        struck = counts.struck > 0;
        int32_t outcome = outcome_of(op, struck);
        if (outcome == KC_OUTCOME_NOT_WRITTEN)
            assert_memory_equal(before, reader.card.memory, sizeof(before));
        outcomes[outcome == KC_OUTCOME_WRITTEN ? 0 : outcome == KC_OUTCOME_NOT_WRITTEN ? 1 : 2]++;
        endpoints |= struck ? bit_of(counts.struck_at) : 0;
        if (struck)
            replug_reader(&desk, &reader);
        until_online(&desk);
        if (outcome != KC_OUTCOME_NOT_WRITTEN)
            check_card(&desk, outcome, number);
        assert_int_equal(reader.card.forbidden_writes, 0);
    }
    assert_int_equal(endpoints, bit_of(0x81) | bit_of(0x82) | bit_of(0x02));
    assert_true(number > 40 && outcomes[0] > 0 && outcomes[1] > 0 && outcomes[2] > 0);
    close_desk(&desk);
    usb_rig_free(desk.rig);
    reader_close(&reader);
}

/* Also in the greeting of the link that comes back. */
static void a_reader_at_every_transfer_of_its_coming_back(void **state)
{
    (void)state;
    static struct reader_device reader;
    struct desk desk;
    bool struck = true;
    int number = 0;
    open_desk(&desk, "contactless+usb:");
    reader_init(&reader);
    reader_plug(&reader, desk.rig, "1-1", &reader_description);
    find_encoder(&desk);
    while (struck) {
        assert_true(++number < TRANSFERS_MOST);
        replug_reader(&desk, &reader);
        usb_rig_fault(reader.device, USB_RIG_FAULT_VANISH, -1, number, 1);
        while (kc_encoder_get_state(desk.encoder) != KC_ENCODER_ONLINE && usb_rig_counts(reader.device).struck == 0)
            turn(&desk);
        struck = usb_rig_counts(reader.device).struck > 0;
    }
    until_online(&desk);
    assert_true(number > 2);
    usb_rig_fault(reader.device, USB_RIG_FAULT_NONE, -1, 1, 0);
    assert_int_equal(outcome_of(run(&desk, kc_issue_original, 1), false), KC_OUTCOME_WRITTEN);
    close_desk(&desk);
    usb_rig_free(desk.rig);
    reader_close(&reader);
}

/* ---- An encoder for stripes -------------------------------------------------------------------------------------- */

static void replug_stripe(struct desk *desk, struct stripe_device *stripe)
{
    usb_rig_unplug(stripe->device);
    until_offline(desk);
    stripe_close(stripe);
    stripe_plug(stripe, desk->rig, "1-1", NULL);
}

static void a_stripe_encoder_at_every_transfer_of_a_key(void **state)
{
    (void)state;
    static struct stripe_device stripe;
    struct desk desk;
    bool struck = true;
    unsigned endpoints = 0;
    int number = 0;
    size_t outcomes[3] = {0};
    open_stripe_desk(&desk, "magstripe+usb:");
    stripe_plug(&stripe, desk.rig, "1-1", NULL);
    find_encoder(&desk);
    while (struck) {
        assert_true(++number < TRANSFERS_MOST);
        until_online(&desk);
        usb_rig_fault(stripe.device, USB_RIG_FAULT_VANISH, -1, number, 1);
        kc_op *op = run(&desk, kc_issue_original, number);
        usb_rig_fault(stripe.device, USB_RIG_FAULT_NONE, -1, 1, 0);
        struct usb_rig_counts counts = usb_rig_counts(stripe.device);
        struck = counts.struck > 0;
        endpoints |= struck ? bit_of(counts.struck_at) : 0;
        assert_true(simulator_wait_idle(stripe.simulator, PATIENCE_MS));
        size_t effects = simulator_count(stripe.simulator, SIMULATOR_EFFECTS);
        int32_t outcome = outcome_of(op, struck);
        if ((outcome == KC_OUTCOME_WRITTEN && effects != 1) || (outcome == KC_OUTCOME_NOT_WRITTEN && effects != 0))
            fail_msg("pulled out at %d: %s, but %zu effects", number, kc_outcome_name(outcome), effects);
        outcomes[outcome == KC_OUTCOME_WRITTEN ? 0 : outcome == KC_OUTCOME_NOT_WRITTEN ? 1 : 2]++;
        if (struck)
            replug_stripe(&desk, &stripe);
    }
    assert_int_equal(endpoints, bit_of(0x81) | bit_of(0));
    assert_true(number > 10 && outcomes[0] > 0 && outcomes[1] > 0 && outcomes[2] > 0);
    close_desk(&desk);
    stripe_close(&stripe);
    usb_rig_free(desk.rig);
}

static void a_stripe_encoder_at_every_transfer_of_its_coming_back(void **state)
{
    (void)state;
    static struct stripe_device stripe;
    struct desk desk;
    bool struck = true;
    int number = 0;
    open_stripe_desk(&desk, "magstripe+usb:");
    stripe_plug(&stripe, desk.rig, "1-1", NULL);
    find_encoder(&desk);
    while (struck) {
        assert_true(++number < TRANSFERS_MOST);
        replug_stripe(&desk, &stripe);
        usb_rig_fault(stripe.device, USB_RIG_FAULT_VANISH, -1, number, 1);
        while (kc_encoder_get_state(desk.encoder) != KC_ENCODER_ONLINE && usb_rig_counts(stripe.device).struck == 0)
            turn(&desk);
        struck = usb_rig_counts(stripe.device).struck > 0;
        assert_int_equal(simulator_count(stripe.simulator, SIMULATOR_EFFECTS), 0);
    }
    until_online(&desk);
    assert_true(number > 4);
    usb_rig_fault(stripe.device, USB_RIG_FAULT_NONE, -1, 1, 0);
    assert_int_equal(outcome_of(run(&desk, kc_issue_original, 1), false), KC_OUTCOME_WRITTEN);
    close_desk(&desk);
    stripe_close(&stripe);
    usb_rig_free(desk.rig);
}

/* ---- Not there at the start -------------------------------------------------------------------------------------- */

static void ask_for_what_is_not_there(struct desk *desk)
{
    kc_op *op = run(desk, kc_issue_original, 1);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_UNREACHABLE);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "plug it in"));
    kc_op_unref(op);
    assert_int_equal(kc_system_get_state(desk->system), KC_LINK_DOWN);
}

static void until_up(struct desk *desk)
{
    while (kc_system_get_state(desk->system) != KC_LINK_UP)
        turn(desk);
}

static void what_was_absent_at_the_start_comes_when_it_is_plugged_in(void **state)
{
    (void)state;
    static struct reader_device reader;
    static struct stripe_device stripe;
    struct desk desk;
    open_desk(&desk, "contactless+usb:");
    reader_init(&reader);
    ask_for_what_is_not_there(&desk);
    reader_plug(&reader, desk.rig, "1-1", &reader_description);
    until_up(&desk);
    assert_int_equal(outcome_of(run(&desk, kc_issue_original, 2), false), KC_OUTCOME_WRITTEN);
    close_desk(&desk);
    usb_rig_free(desk.rig);
    reader_close(&reader);
    open_stripe_desk(&desk, "magstripe+usb:0801:0003@1-4.2");
    kc_op_unref(discover(&desk)); /* this, too, is a first use */
    assert_int_equal(kc_system_get_state(desk.system), KC_LINK_DOWN);
    stripe_plug(&stripe, desk.rig, "1-4.2", NULL);
    until_up(&desk);
    assert_int_equal(outcome_of(run(&desk, kc_issue_original, 2), false), KC_OUTCOME_WRITTEN);
    close_desk(&desk);
    stripe_close(&stripe);
    usb_rig_free(desk.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_at_every_transfer_of_a_key),
        cmocka_unit_test(a_reader_at_every_transfer_of_its_coming_back),
        cmocka_unit_test(a_stripe_encoder_at_every_transfer_of_a_key),
        cmocka_unit_test(a_stripe_encoder_at_every_transfer_of_its_coming_back),
        cmocka_unit_test(what_was_absent_at_the_start_comes_when_it_is_plugged_in),
    };
    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
