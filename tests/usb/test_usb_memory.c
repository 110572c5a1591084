/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that runs out at each allocation in turn, once and then for good: while a USB link is opened and used, devices
 * are listed, watched, plugged in and asked, and keys are made. No crash, no leak, no hang; what failed says so,
 * nothing is on a card that is not said to be, and with memory all of it works again. */
#include <keycard/keycard.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../torture/failing_memory.h"
#include "desk.h"
#include "reader_device.h"

#define SITE_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

enum { WAIT_MS = 60000, NUMBERS_MOST = 5000, SETTLES_MOST = 300 };

/* ---- A link ------------------------------------------------------------------------------------------------------ */

static const uint8_t packet[64] = {0xC2, 0x1B, 'e'};

/* Opens and sends, as far as it goes. Whether an answer came. */
static bool use_link(struct desk *desk, const struct driver_usb *usb)
{
    const struct uri uri = {.scheme = "x+usb", .user = "", .password = "", .host = "", .port = -1, .path = ""};
    struct kc_error error = {0};
    int32_t status = desk_try_open(desk, &uri, usb, &error);

    if (status != KC_OK) {
        assert_int_equal(status, error.code);
        assert_true(strlen(error.message) > 10);
        return false;
    }
    while (desk->line.connected == 0 && desk->line.closed == 0)
        rig_turn(&desk->line);
    if (desk->line.closed == 0 && rig_send(&desk->line, packet, sizeof(packet)) == KC_OK)
        while (desk->line.closed == 0 && desk->line.received.length < sizeof(packet) && !desk->line.received.failed)
            rig_turn(&desk->line);
    while (desk->line.closed == 0 && desk->line.received.length < sizeof(packet) && !desk->line.received.failed)
        rig_turn(&desk->line); /* what was not sent is told as a loss */
    if (desk->line.closed != 0)
        assert_true(strlen(desk->line.error.message) > 10);
    return desk->line.closed == 0 && desk->line.received.length == sizeof(packet);
}

static void leave_link(struct desk *desk)
{
    rig_close(&desk->line);
    buf_free(&desk->line.received);
    desk_settle(desk);
}

static void try_link(struct desk *desk, const struct driver_usb *usb, bool onward)
{
    memory_fail(-1, false);
    assert_true(use_link(desk, usb)); /* what the loop keeps for the next time is not counted */
    leave_link(desk);
    for (long which = 0; which == 0 || memory_has_failed(); which++) {
        assert_true(which < NUMBERS_MOST);
        long before = memory_blocks();
        memory_fail(which, onward);
        bool good = use_link(desk, usb);
        memory_fail_no_more();
        assert_true(good || memory_has_failed());
        assert_true(memory_has_failed() || which > 5);
        leave_link(desk);
        for (int i = 0; memory_blocks() != before && i < SETTLES_MOST; i++)
            desk_settle(desk); /* a thread that gives back what it had may get no processor for a while */
        if (memory_blocks() != before)
            fail_msg("%ld blocks leaked when allocation %ld fails", memory_blocks() - before, which);
    }
    assert_true(use_link(desk, usb)); /* the device has taken no harm */
    leave_link(desk);
}

static void try_links(void **state, const struct usb_rig_description *description, const struct driver_usb *usb)
{
    static struct echo echo;
    struct desk *desk = *state;

    memset(&echo, 0, sizeof(echo));
    usb_rig_plug(desk->rig, "1-1", description, &echo_model, &echo);
    memory_fail_only_here();
    try_link(desk, usb, false);
    try_link(desk, usb, true);
}

static void a_link_by_reports(void **state)
{
    try_links(state, &echo_hid, &desk_hid);
}

static void a_link_by_bulk_transfers(void **state)
{
    try_links(state, &echo_ccid, &desk_ccid);
}

/* ---- Discovery --------------------------------------------------------------------------------------------------- */

/* A reader and an encoder whose model answers nothing are plugged in. */
struct room {
    struct usb_rig *rig;
    struct reader_device reader;
    kc_context *context;
};

static int open_room(void **state)
{
    static struct room room;
    static const uint8_t space[512];

    memset(&room, 0, sizeof(room));
    room.rig = usb_rig_new();
    reader_init(&room.reader);
    buf_append(&room.reader.answers, space, sizeof(space)); /* it never needs more */
    reader_plug(&room.reader, room.rig, "1-1", &reader_description);
    memory_fail_only_here();
    *state = &room;
    return 0;
}

static int close_room(void **state)
{
    struct room *room = *state;

    usb_rig_free(room->rig);
    reader_close(&room->reader);
    return 0;
}

static bool good(int32_t status)
{
    if (status != KC_OK && (status != KC_ERROR_NO_MEMORY || !memory_has_failed()))
        fail_msg("a call gave %s", kc_status_name(status));
    return status == KC_OK;
}

static void turn(kc_context *context)
{
    assert_int_equal(kc_context_wait(context, WAIT_MS), 1);
    assert_int_equal(kc_context_dispatch(context), KC_OK);
    for (kc_event *event; (event = kc_context_next_event(context)) != NULL;)
        kc_event_unref(event);
}

/* How it ended for the only device; 0: it is not listed. */
static int32_t until_answered(kc_context *context)
{
    while (kc_context_get_device_count(context) == 1 &&
           kc_device_get_state(kc_context_get_device(context, 0)) == KC_DEVICE_ASKING)
        turn(context);
    return kc_context_get_device_count(context) == 1 ? kc_device_get_state(kc_context_get_device(context, 0)) : 0;
}

/* What there was no memory for comes by itself when there is; but what was not asked is asked when somebody wants it.
 */
static void recover(kc_context *context, bool watched)
{
    if (!watched)
        assert_int_equal(kc_context_watch_devices(context, KC_DEVICES_IDENTIFY), KC_OK);
    while (kc_context_get_device_count(context) == 0)
        turn(context);
    if (until_answered(context) != KC_DEVICE_ENCODER)
        assert_int_equal(kc_device_identify(kc_context_get_device(context, 0), NULL, NULL), KC_OK);
    assert_int_equal(until_answered(context), KC_DEVICE_ENCODER);
}

static void try_watching(struct room *room, bool onward)
{
    memory_fail(-1, false);
    for (long which = 0; which == 0 || memory_has_failed(); which++) {
        assert_true(which < NUMBERS_MOST);
        long before = memory_blocks();
        memory_fail(which, onward);
        room->context = NULL;
        bool watched = good(kc_context_new(&room->context)) &&
                       good(kc_context_watch_devices(room->context, KC_DEVICES_IDENTIFY));
        if (watched)
            until_answered(room->context);
        bool failed = memory_has_failed();
        memory_fail_no_more();
        if (!failed)
            assert_int_equal(until_answered(room->context), KC_DEVICE_ENCODER);
        if (room->context != NULL)
            recover(room->context, watched);
        kc_context_unref(room->context);
        if (memory_blocks() != before)
            fail_msg("%ld blocks leaked when allocation %ld fails", memory_blocks() - before, which);
        assert_true(failed || which > 20);
    }
}

static void devices_are_watched_and_asked(void **state)
{
    try_watching(*state, false);
    try_watching(*state, true);
}

/* Until it is listed, or was not for want of memory. */
static void until_noticed(kc_context *context)
{
    while (kc_context_get_device_count(context) == 0 && !memory_has_failed())
        turn(context);
    until_answered(context);
}

static void try_plugging(struct room *room, bool onward)
{
    memory_fail(-1, false);
    for (long which = 0; which == 0 || memory_has_failed(); which++) {
        assert_true(which < NUMBERS_MOST);
        memory_fail(which, onward);
        reader_plug(&room->reader, room->rig, "1-1", &reader_description);
        until_noticed(room->context);
        bool failed = memory_has_failed();
        memory_fail_no_more();
        while (kc_context_get_device_count(room->context) == 0)
            turn(room->context); /* with memory it is listed, by itself */
        memory_fail(which, onward);
        usb_rig_unplug(room->reader.device);
        while (kc_context_get_device_count(room->context) != 0)
            turn(room->context); /* that it is gone is told in any case */
        failed = failed || memory_has_failed();
        memory_fail_no_more();
        reader_plug(&room->reader, room->rig, "1-1", &reader_description);
        while (kc_context_get_device_count(room->context) == 0)
            turn(room->context);
        assert_int_equal(until_answered(room->context), KC_DEVICE_ENCODER);
        usb_rig_unplug(room->reader.device);
        while (kc_context_get_device_count(room->context) != 0)
            turn(room->context);
        if (!failed)
            return;
    }
}

static void devices_come_and_go(void **state)
{
    struct room *room = *state;
    long before = memory_blocks();

    usb_rig_unplug(room->reader.device);
    memory_fail(-1, false);
    assert_int_equal(kc_context_new(&room->context), KC_OK);
    assert_int_equal(kc_context_set_connection_rate(room->context, 0), KC_OK);
    assert_int_equal(kc_context_watch_devices(room->context, KC_DEVICES_IDENTIFY), KC_OK);
    try_plugging(room, false);
    try_plugging(room, true);
    kc_context_unref(room->context);
    assert_int_equal(memory_blocks(), before);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static kc_system *add_system(kc_site *site, const char *uri)
{
    kc_system *system = NULL;

    assert_int_equal(kc_system_new(site, "desk", uri, &system), KC_OK);
    assert_int_equal(kc_system_set_option(system, "site-number", "7"), KC_OK);
    assert_int_equal(kc_system_set_option(system, "site-key", SITE_KEY), KC_OK);
    return system;
}

static kc_request *new_request(kc_site *site, long number)
{
    kc_request *request = NULL;
    char text[24];

    snprintf(text, sizeof(text), "%ld", number);
    assert_int_equal(kc_request_new(site, &request), KC_OK);
    assert_int_equal(kc_request_set_booking(request, text), KC_OK);
    assert_int_equal(kc_request_add_room(request, text), KC_OK);
    assert_int_equal(kc_request_set_station(request, "desk-1"), KC_OK);
    assert_int_equal(kc_request_set_validity(request, NULL, "2040-06-18T11:30"), KC_OK);
    return request;
}

/* KC_OUTCOME_...; -1: it did not begin. */
static int32_t make_key(kc_context *context, kc_request *request)
{
    kc_op *op = NULL;

    if (!good(kc_issue_original(request, &op)))
        return -1;
    while (kc_op_get_state(op) != KC_STATE_DONE)
        turn(context);
    int32_t status = kc_op_get_status(op), outcome = kc_op_get_outcome(op);
    assert_true(status != KC_OK || outcome == KC_OUTCOME_WRITTEN);
    if (status != KC_OK && outcome == KC_OUTCOME_WRITTEN) /* what failed came after the card, and the text says so */
        assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "1 of 1 cards were made"));
    if (status != KC_OK && !memory_has_failed())
        fail_msg("failed by itself: %s", kc_error_get_message(kc_op_get_error(op)));
    assert_true((status == KC_OK) == (kc_op_get_error(op) == NULL));
    kc_op_unref(op);
    return outcome;
}

static void change_card(struct room *room, long number)
{
    usb_rig_lock(room->rig);
    simulated_card_make(&room->reader.card, SIMULATED_NTAG215, reader_card_uid, sizeof(reader_card_uid));
    room->reader.card.target.uid[5] = (uint8_t)(number >> 8);
    room->reader.card.target.uid[6] = (uint8_t)number;
    usb_rig_unlock(room->rig);
}

/* From the first call to the end; the link goes down where its memory fails, and comes back for the next key. */
static long try_keys(struct room *room, kc_site *site, bool onward, long number)
{
    static uint8_t before[SIMULATED_MEMORY];

    memory_fail(-1, false);
    for (long which = 0; which == 0 || memory_has_failed(); which++) {
        assert_true(which < NUMBERS_MOST);
        kc_request *request = new_request(site, ++number);
        change_card(room, number);
        memcpy(before, room->reader.card.memory, sizeof(before));
        memory_fail(which, onward);
        int32_t outcome = make_key(room->context, request);
        memory_fail_no_more();
        if (outcome == -1 || outcome == KC_OUTCOME_NOT_WRITTEN)
            assert_memory_equal(before, room->reader.card.memory, sizeof(before));
        if (outcome == KC_OUTCOME_WRITTEN)
            assert_memory_not_equal(before, room->reader.card.memory, sizeof(before));
        assert_true(memory_has_failed() || (outcome == KC_OUTCOME_WRITTEN && which > 5));
        kc_request_unref(request);
    }
    return number;
}

static void keys_are_made(void **state)
{
    struct room *room = *state;
    kc_site *site = NULL;
    long before = memory_blocks();

    memory_fail(-1, false);
    assert_int_equal(kc_context_new(&room->context), KC_OK);
    assert_int_equal(kc_context_set_connection_rate(room->context, 0), KC_OK);
    assert_int_equal(kc_site_new(room->context, "Hotel", &site), KC_OK);
    kc_system *system = add_system(site, "contactless+usb:");
    long number = try_keys(room, site, false, 0);
    try_keys(room, site, true, number);
    kc_system_unref(system);
    kc_site_unref(site);
    kc_context_unref(room->context);
    if (memory_blocks() != before)
        fail_msg("%ld blocks leaked", memory_blocks() - before);
}

#define TEST(function, up, down) cmocka_unit_test_setup_teardown(function, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_by_reports, desk_set_up, desk_tear_down),
        TEST(a_link_by_bulk_transfers, desk_set_up, desk_tear_down),
        TEST(devices_are_watched_and_asked, open_room, close_room),
        TEST(devices_come_and_go, open_room, close_room),
        TEST(keys_are_made, open_room, close_room),
    };

    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
