/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The USB transport with devices that stall, babble, answer short, late or not at all, and vanish at each transfer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "desk.h"

static const uint8_t packet[64] = {0xC2, 0x1B, 'e'};

static struct usb_rig_device *open_ccid(struct desk *desk, struct echo *echo)
{
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, echo);

    desk_open_well(desk, "x+usb:", &desk_ccid);
    return device;
}

static void send_and_get(struct desk *desk)
{
    size_t before = desk->line.received.length;

    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    rig_until_received(&desk->line, before + 10);
    assert_memory_equal(desk->line.received.data + before, packet, 10);
}

/* After whatever happened, the next connection is good. */
static void good_again(struct desk *desk)
{
    desk_open_well(desk, "x+usb:", &desk_ccid);
    send_and_get(desk);
}

static void stalled_input_goes_on(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_STALL, 0x82, 1, 1);
    send_and_get(desk);
    assert_int_equal(usb_rig_counts(device).halts_cleared, 1);
    send_and_get(desk);
}

static void failed_input_goes_on(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_ERROR, 0x82, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK); /* its answer is lost */
    while (usb_rig_counts(device).halts_cleared == 0)
        rig_turn(&desk->line);
    send_and_get(desk);
}

/* It is given up after some attempts, and reset if it goes on so; then it is as good as new. */
static void stalls_for_ever(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    for (int i = 0; i < 2; i++) {
        usb_rig_fault(device, USB_RIG_FAULT_STALL, 0x82, 1, 1000);
        assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
        desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "stalls again and again");
        assert_int_equal(usb_rig_counts(device).resets, 0);
        if (i == 0)
            desk_open_well(desk, "x+usb:", &desk_ccid);
    }
    usb_rig_fault(device, USB_RIG_FAULT_NONE, -1, 1, 0);
    good_again(desk);
    assert_int_equal(usb_rig_counts(device).resets, 1);
}

static void babble(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_BABBLE, 0x82, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "more than its packets may hold");
    good_again(desk);
}

static void refuses_output(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_STALL, 0x02, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "refused what was sent");
    usb_rig_lock(desk->rig);
    assert_int_equal(echo.messages, 0); /* and it was not sent once more */
    usb_rig_unlock(desk->rig);
    good_again(desk);
}

static void takes_a_part(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_SHORT, 0x02, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "only a part");
}

/* A short or overlong packet within its bounds is passed on as it came: the driver knows what it should be. */
static void short_and_long_packets(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_SHORT, 0x82, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    rig_until_received(&desk->line, 5);
    desk_settle(desk);
    assert_int_equal(desk->line.received.length, 5);
    usb_rig_fault(device, USB_RIG_FAULT_LONG, 0x82, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    rig_until_received(&desk->line, 5 + 64);
    assert_int_equal(desk->line.packets, 2);
}

static void late_answer(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = open_ccid(desk, &echo);

    usb_rig_fault(device, USB_RIG_FAULT_LATE, 0x82, 1, 1);
    assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    desk_settle(desk);
    assert_int_equal(desk->line.received.length, 0);
    usb_rig_release(device);
    rig_until_received(&desk->line, 10);
}

/* What is under way when it is closed is given back, also what the device holds. */
static void closed_while_late(void **state)
{
    static const int endpoints[] = {0x02, 0x82};
    static struct echo echoes[2];
    struct desk *desk = *state;

    for (size_t i = 0; i < 2; i++) {
        struct usb_rig_device *device = open_ccid(desk, &echoes[i]);

        usb_rig_fault(device, USB_RIG_FAULT_LATE, endpoints[i], 1, 1);
        assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
        desk_settle(desk);
        rig_close(&desk->line);
        desk_settle(desk);
        assert_int_equal(usb_rig_counts(device).open_urbs, 0);
        assert_false(usb_rig_counts(device).claimed);
        usb_rig_unplug(device);
        desk_settle(desk);
    }
}

/* It is given back before it is claimed again, by the very next connection. */
static void closed_and_opened_at_once(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    open_ccid(desk, &echo);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
        rig_close(&desk->line);
        desk_open_well(desk, "x+usb:", &desk_ccid);
    }
    desk_settle(desk);
    send_and_get(desk);
}

/* Nobody can tell at which transfer it is pulled out. Each time the loss is told, nothing is left over, and the device
 * is good when it is plugged in again. */
static void vanishes_at_each_transfer(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    for (int nth = 1; nth <= 8; nth++) {
        struct usb_rig_device *device;

        memset(&echo, 0, sizeof echo);
        device = open_ccid(desk, &echo);
        usb_rig_fault(device, USB_RIG_FAULT_VANISH, -1, nth, 1);
        for (int i = 0; i < 4; i++)
            (void)rig_send(&desk->line, packet, 10);
        desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "it was unplugged");
        desk_settle(desk);
        assert_int_equal(usb_rig_counts(device).open_urbs, 0);
        usb_rig_unplug(device);
        desk_settle(desk);
    }
    memset(&echo, 0, sizeof echo);
    open_ccid(desk, &echo);
    send_and_get(desk);
}

static void unplugged_in_each_callback(void **state)
{
    static const enum rig_slot slots[] = {RIG_CONNECTED, RIG_RECEIVED, RIG_CLOSED};
    static struct echo echo;
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echo);

        memset(&echo, 0, sizeof echo);
        desk->line.close_in = slots[i];
        desk_settle(desk);
        desk_open(desk, "x+usb:", &desk_ccid);
        while (desk->line.connected == 0)
            rig_turn(&desk->line);
        if (desk->line.transport != NULL)
            assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
        if (slots[i] != RIG_RECEIVED)
            usb_rig_unplug(device);
        while (desk->line.transport != NULL)
            rig_turn(&desk->line);
        usb_rig_unplug(device);
        desk_settle(desk);
        assert_int_equal(usb_rig_counts(device).open_urbs, 0);
    }
}

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

static void plug_bytes(struct desk *desk, const char *port, const uint8_t *bytes, size_t count, struct echo *echo)
{
    const struct usb_rig_description description = {
        .vendor = 0x072f, .product = 0x2200, .descriptors = bytes, .descriptors_size = count};

    usb_rig_plug(desk->rig, port, &description, &echo_model, echo);
}

/* An ACR122U of which one byte after the other claims the most, or nothing: it opens or is refused with a reason. */
static void absurd_lengths(void **state)
{
    enum { SIZE = 18 + 9 + 9 + 54 + 3 * 7 };
    static struct echo echo;
    struct desk *desk = *state;
    uint8_t good[SIZE] = {18, 1, 0x10,      0x01, 0, 0, 0, 64,   0x2f, 0x07, 0x00, 0x22, 0, 1, 0,    0, 0, 1,
                          9,  2, SIZE - 18, 0,    1, 1, 0, 0xA0, 0x32, 9,    4,    0,    0, 3, 0x0B, 0, 0, 0};
    static const uint8_t endpoints[] = {7, 5, 0x81, 3, 8, 0, 10, 7, 5, 0x02, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0};
    static const size_t places[] = {18, 20, 21, 22, 27, 31, 36, 37, 90, 92, 94, 97, 101, 102, 104, 108, 109};

    memcpy(good + 36, usb_rig_ccid.extra, 54);
    memcpy(good + 90, endpoints, sizeof endpoints);
    for (size_t i = 0; i < 2 * sizeof places / sizeof places[0]; i++) {
        uint8_t bytes[SIZE];
        char port[16];

        memcpy(bytes, good, SIZE);
        bytes[places[i / 2]] = i % 2 == 0 ? 0xFF : 0x00;
        snprintf(port, sizeof port, "1-%zu", i + 1);
        plug_bytes(desk, port, bytes, SIZE, &echo);
        desk_settle(desk);
        char uri[48];
        snprintf(uri, sizeof uri, "x+usb:072f:2200@%s", port);
        desk_open(desk, uri, &desk_ccid);
        while (desk->line.connected == 0 && desk->line.closed == 0)
            rig_turn(&desk->line);
        if (desk->line.closed != 0)
            assert_true(strlen(desk->line.error.message) > 20);
        rig_close(&desk->line);
        desk_settle(desk);
    }
    plug_bytes(desk, "2-1", good, SIZE, &echo);
    desk_settle(desk);
    desk_open_well(desk, "x+usb:072f:2200@2-1", &desk_ccid);
}

/* ---- Many, and nothing at all ---------------------------------------------------------------------------------- */

static void nothing_wakes_while_idle(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    open_ccid(desk, &echo);
    send_and_get(desk);
    desk_settle(desk);
    desk->line.rounds = 0;
    assert_int_equal(loop_wait(desk->line.loop, 1500), 0);
    assert_int_equal(desk->line.rounds, 0);
    rig_close(&desk->line);
    desk_await(desk, "x+usb:0801:0003", &desk_hid, true);
    desk_settle(desk);
    assert_int_equal(loop_wait(desk->line.loop, 1500), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, desk_set_up, desk_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stalled_input_goes_on),
        TEST(failed_input_goes_on),
        TEST(stalls_for_ever),
        TEST(babble),
        TEST(refuses_output),
        TEST(takes_a_part),
        TEST(short_and_long_packets),
        TEST(late_answer),
        TEST(closed_while_late),
        TEST(closed_and_opened_at_once),
        TEST(vanishes_at_each_transfer),
        TEST(unplugged_in_each_callback),
        TEST(absurd_lengths),
        TEST(nothing_wakes_while_idle),
    };

    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
