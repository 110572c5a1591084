/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The USB transport with good devices: which one is chosen, bytes both ways, plugging and unplugging. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desk.h"
#include "util/arena.h"
#include "util/uri.h"

static const uint8_t packet[64] = {0xC2, 0x1B, 'e'};

static void plug_hid(struct desk *desk, const char *port, struct echo *echo)
{
    usb_rig_plug(desk->rig, port, &echo_hid, &echo_model, echo);
}

static void reports_come_back(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    plug_hid(desk, "1-1", &echo);
    desk_open_well(desk, "x+usb:", &desk_hid);
    assert_int_equal(rig_send(&desk->line, packet, sizeof packet), KC_OK);
    rig_until_received(&desk->line, 64);
    assert_memory_equal(desk->line.received.data, packet, 64);
    assert_int_equal(desk->line.packets, 1);
}

static void sent_in_order(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    uint8_t bytes[64] = {0};

    plug_hid(desk, "1-1", &echo);
    desk_open_well(desk, "x+usb:", &desk_hid);
    for (uint8_t i = 0; i < 20; i++) {
        bytes[0] = i;
        assert_int_equal(rig_send(&desk->line, bytes, sizeof bytes), KC_OK);
    }
    rig_until_received(&desk->line, sizeof(uint8_t[20][64]));
    for (uint8_t i = 0; i < 20; i++)
        assert_int_equal(desk->line.received.data[i * 64], i);
    assert_int_equal(desk->line.packets, 20);
}

/* A message longer than a packet comes as packets; one that fills its packets is told apart from one that goes on. */
static void bulk_messages(void **state)
{
    static struct echo echo;
    static const size_t sizes[] = {1, 10, 63, 64, 65, 128, 200, 271};
    struct desk *desk = *state;
    uint8_t bytes[300];
    size_t total = 0;
    int packets = 0;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echo);
    desk_open_well(desk, "x+usb:", &desk_ccid);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(rig_send(&desk->line, bytes, sizes[i]), KC_OK);
        rig_until_received(&desk->line, total + sizes[i]);
        assert_memory_equal(desk->line.received.data + total, bytes, sizes[i]);
        total += sizes[i];
        packets += (int)((sizes[i] + 63) / 64);
    }
    assert_int_equal(desk->line.packets, packets);
    assert_int_equal(echo.zero_packets, 2);
}

static void interrupt_packets(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echo);

    desk_open_well(desk, "x+usb:", &desk_ccid);
    usb_rig_lock(desk->rig);
    echo_say(&echo, 0x81, "\x50\x03", 2);
    usb_rig_unlock(desk->rig);
    usb_rig_kick(device);
    while (desk->line.interrupt.length < 2)
        rig_turn(&desk->line);
    assert_memory_equal(desk->line.interrupt.data, "\x50\x03", 2);
    assert_int_equal(desk->line.received.length, 0);
    assert_int_equal(rig_send(&desk->line, "abc", 3), KC_OK);
    rig_until_received(&desk->line, 3);
}

static void descriptor_of_the_class(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    size_t count = 0;

    usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echo);
    desk_open_well(desk, "x+usb:", &desk_ccid);
    const uint8_t *bytes = desk->line.transport->table->descriptor(desk->line.transport, &count);
    assert_int_equal(count, 54);
    assert_memory_equal(bytes, usb_rig_ccid.extra, 54);
}

static void kernel_driver_comes_back(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echo);

    desk_open_well(desk, "x+usb:", &desk_hid);
    assert_false(usb_rig_counts(device).kernel_driver);
    assert_true(usb_rig_counts(device).claimed);
    rig_close(&desk->line);
    desk_settle(desk);
    struct usb_rig_counts counts = usb_rig_counts(device);
    assert_true(counts.kernel_driver);
    assert_false(counts.claimed);
    assert_int_equal(counts.detaches, 1);
    assert_int_equal(counts.attaches, 1);
    assert_int_equal(counts.open_urbs, 0);
}

/* ---- Which one is meant ---------------------------------------------------------------------------------------- */

static void refused(const char *text)
{
    struct kc_error error = {0};
    struct arena arena;
    struct uri uri;

    arena_init(&arena);
    assert_int_equal(uri_parse(&arena, text, &uri, &error), KC_OK);
    assert_int_equal(transport_find("usb")->check(&uri, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_true(strlen(error.message) > 20);
    arena_free(&arena);
}

static void bad_uris(void **state)
{
    (void)state;
    refused("x+usb:0801");
    refused("x+usb:0801:000");
    refused("x+usb:0801:000g");
    refused("x+usb:0801:0003/");
    refused("x+usb:0801:0003@");
    refused("x+usb:0801:0003@hub");
    refused("x+usb:0801:00031");
    refused("x+usb:0801.0003");
    refused("x+usb://host/0801:0003");
    refused("x+usb:/dev/hidraw0");
    refused("x+usb:0801:0003@1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1");
}

static void plug_with_serial(struct desk *desk, const char *port, const char *serial, struct echo *echo)
{
    struct usb_rig_description description = echo_hid;

    description.serial = serial;
    usb_rig_plug(desk->rig, port, &description, &echo_model, echo);
}

static void none_there(void **state)
{
    struct desk *desk = *state;

    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "no USB device that is known");
    desk_open(desk, "x+usb:0801:0003/K42", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "0801:0003/K42 is not plugged in");
}

static void two_alike(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;

    plug_hid(desk, "1-1", &echoes[0]);
    plug_hid(desk, "1-4.2", &echoes[1]);
    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "0801:0003@1-1 and 0801:0003@1-4.2;");
    desk_open(desk, "x+usb:0801:0003", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "several");
    desk_open_well(desk, "x+usb:0801:0003@1-4.2", &desk_hid);
    assert_int_equal(rig_send(&desk->line, packet, sizeof packet), KC_OK);
    rig_until_received(&desk->line, 64);
    usb_rig_lock(desk->rig);
    assert_int_equal(echoes[0].messages, 0);
    assert_int_equal(echoes[1].messages, 1);
    usb_rig_unlock(desk->rig);
}

static void by_serial_number(void **state)
{
    static struct echo echoes[3];
    struct desk *desk = *state;

    plug_with_serial(desk, "1-1", "K42", &echoes[0]);
    plug_with_serial(desk, "1-2", "K 43/#?", &echoes[1]);
    plug_with_serial(desk, "1-3", NULL, &echoes[2]);
    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "0801:0003/K42 and 0801:0003/K%2043%2F%23%3F and 1 more;");
    desk_open_well(desk, "x+usb:0801:0003/K%2043%2F%23%3F", &desk_hid);
    assert_int_equal(rig_send(&desk->line, packet, sizeof packet), KC_OK);
    rig_until_received(&desk->line, 64);
    usb_rig_lock(desk->rig);
    assert_int_equal(echoes[1].messages, 1);
    usb_rig_unlock(desk->rig);
}

/* A serial number that two devices have is no name. */
static void same_serial_number(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;

    plug_with_serial(desk, "1-1", "0000", &echoes[0]);
    plug_with_serial(desk, "1-2", "0000", &echoes[1]);
    desk_open(desk, "x+usb:0801:0003/0000", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "0801:0003@1-1 and 0801:0003@1-2;");
}

/* The id of an encoder, but only a keyboard wedge of CCID behind it: refused when it is alone, passed over else. */
static void something_else(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;
    struct usb_rig_description description = echo_ccid;

    description.vendor = 0x0801;
    description.product = 0x0003;
    usb_rig_plug(desk->rig, "1-1", &description, &echo_model, &echoes[0]);
    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "0801:0003@1-1 (Echo CCID) has no interface of the class 03");
    plug_hid(desk, "1-2", &echoes[1]);
    desk_settle(desk);
    desk_open_well(desk, "x+usb:", &desk_hid);
}

static void another_program_has_it(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echo);

    usb_rig_claim_by_other(device, true);
    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "another program has it");
    usb_rig_claim_by_other(device, false);
    desk_open_well(desk, "x+usb:", &desk_hid);
}

static void permission(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echo);

    usb_rig_deny(device, true);
    desk_open(desk, "x+usb:", &desk_hid);
    desk_until_closed(desk, KC_ERROR_UNREACHABLE, "60-libkeycard.rules");
    usb_rig_deny(device, false);
    desk_open_well(desk, "x+usb:", &desk_hid);
}

/* ---- Coming and going ------------------------------------------------------------------------------------------ */

static void unplugged_and_back(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echoes[0]);

    desk_open_well(desk, "x+usb:", &desk_hid);
    usb_rig_unplug(device);
    desk_until_closed(desk, KC_ERROR_CONNECTION_LOST, "it was unplugged");
    desk_await(desk, "x+usb:", &desk_hid, true);
    desk_settle(desk);
    assert_int_equal(desk->possible, 0);
    plug_hid(desk, "1-1", &echoes[1]);
    while (!desk->possible)
        rig_turn(&desk->line);
    desk_open_well(desk, "x+usb:", &desk_hid);
    assert_int_equal(rig_send(&desk->line, packet, sizeof packet), KC_OK);
    rig_until_received(&desk->line, 64);
}

/* The first of two: it is possible when the other one has left. */
static void wait_until_one_is_left(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echoes[0]);

    plug_hid(desk, "1-2", &echoes[1]);
    desk_await(desk, "x+usb:", &desk_hid, true);
    usb_rig_unplug(device);
    while (!desk->possible)
        rig_turn(&desk->line);
    desk_open_well(desk, "x+usb:", &desk_hid);
}

static void other_devices_are_not_meant(void **state)
{
    static struct echo echoes[2];
    struct desk *desk = *state;

    desk_await(desk, "x+usb:", &desk_hid, true);
    usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echoes[0]);
    desk_settle(desk);
    assert_int_equal(desk->possible, 0);
    plug_hid(desk, "1-2", &echoes[1]);
    while (!desk->possible)
        rig_turn(&desk->line);
}

/* It is there, but cannot be used: that may change without anything being plugged. */
static void there_but_busy(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    plug_hid(desk, "1-1", &echo);
    desk_await(desk, "x+usb:", &desk_hid, false);
}

static void close_in(void **state, enum rig_slot slot)
{
    static struct echo echo;
    struct desk *desk = *state;
    struct usb_rig_device *device = usb_rig_plug(desk->rig, "1-1", &echo_ccid, &echo_model, &echo);

    desk->line.close_in = slot;
    desk_open(desk, "x+usb:", &desk_ccid);
    while (desk->line.connected == 0)
        rig_turn(&desk->line);
    for (int i = 0; i < 5 && desk->line.transport != NULL; i++)
        assert_int_equal(rig_send(&desk->line, packet, 10), KC_OK);
    usb_rig_lock(desk->rig);
    echo_say(&echo, 0x81, "\x50\x03", 2);
    usb_rig_unlock(desk->rig);
    usb_rig_kick(device);
    if (slot == RIG_CLOSED)
        usb_rig_unplug(device);
    while (desk->line.transport != NULL)
        rig_turn(&desk->line);
    desk_settle(desk);
    assert_int_equal(usb_rig_counts(device).open_urbs, 0);
}

static void close_in_connected(void **state)
{
    close_in(state, RIG_CONNECTED);
}

static void close_in_received(void **state)
{
    close_in(state, RIG_RECEIVED);
}

static void close_in_interrupt(void **state)
{
    close_in(state, RIG_INTERRUPT);
}

static void close_in_closed(void **state)
{
    close_in(state, RIG_CLOSED);
}

/* The loop may end with the device open: what is under way is given back. */
static void ended_in_the_middle(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;

    plug_hid(desk, "1-1", &echo);
    desk_open_well(desk, "x+usb:", &desk_hid);
    assert_int_equal(rig_send(&desk->line, packet, sizeof packet), KC_OK);
    rig_close(&desk->line);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, desk_set_up, desk_tear_down)

enum { NOTICES = 30 }; /* more than the socket holds */

static void *read_notices_late(void *user)
{
    char notice[4096];

    poll(NULL, 0, 200);
    for (int i = 0; i < NOTICES; i++)
        recv(*(int *)user, notice, sizeof notice, 0);
    return NULL;
}

/* Of the rig itself: a reader of its notices that gets no processor for a while does not end the test. */
static void notices_wait_for_their_reader(void **state)
{
    static struct echo echo;
    struct desk *desk = *state;
    const struct sockaddr_nl notices = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    pthread_t reader;

    assert_int_equal(bind(fd, (const struct sockaddr *)&notices, sizeof notices), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_notices_late, &fd), 0);
    for (int i = 0; i < NOTICES / 2; i++)
        usb_rig_unplug(usb_rig_plug(desk->rig, "1-1", &echo_hid, &echo_model, &echo));
    assert_int_equal(pthread_join(reader, NULL), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_come_back),
        TEST(sent_in_order),
        TEST(bulk_messages),
        TEST(interrupt_packets),
        TEST(descriptor_of_the_class),
        TEST(kernel_driver_comes_back),
        TEST(bad_uris),
        TEST(none_there),
        TEST(two_alike),
        TEST(by_serial_number),
        TEST(same_serial_number),
        TEST(something_else),
        TEST(another_program_has_it),
        TEST(permission),
        TEST(unplugged_and_back),
        TEST(wait_until_one_is_left),
        TEST(other_devices_are_not_meant),
        TEST(there_but_busy),
        TEST(close_in_connected),
        TEST(close_in_received),
        TEST(close_in_interrupt),
        TEST(close_in_closed),
        TEST(ended_in_the_middle),
        TEST(notices_wait_for_their_reader),
    };

    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
