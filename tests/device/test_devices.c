/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices on this computer through the public interface: the list, the events, names, and asking who they are. Real
 * libserialport, ports in a tree of devices of the test's own. */
#include "port_desk.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- The list -------------------------------------------------------------------------------------------------- */

static void lists_what_is_plugged_in(void **state)
{
    struct desk *desk = desk_of(state);
    assert_int_equal(kc_context_get_device_count(desk->context), 0);
    plug(desk, &encoder, TESTER_GOOD);
    tty_rig_plug(desk->ports, &unknown);
    watch(desk, KC_DEVICES_LIST);
    assert_int_equal(kc_context_get_device_count(desk->context), 2);
    assert_int_equal(desk->event_count, 2);
    kc_device *device = find(desk, "ttyUSB0");
    assert_string_equal(kc_device_get_name(device), "067b:2303/K42");
    assert_string_equal(kc_device_get_label(device), "Bridge (/dev/ttyUSB0)");
    assert_string_equal(kc_device_get_transport(device), "serial");
    assert_int_equal(kc_device_get_vendor_id(device), 0x067b);
    assert_int_equal(kc_device_get_product_id(device), 0x2303);
    assert_string_equal(kc_device_get_manufacturer(device), "Maker");
    assert_string_equal(kc_device_get_product(device), "Bridge");
    assert_string_equal(kc_device_get_serial_number(device), "K42");
    assert_string_equal(kc_device_get_model(device), "");
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_PRESENT);
    assert_null(kc_device_get_system(device));
    assert_null(kc_device_get_error(device));
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 0)), "tester");
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 1)), "deaf");
    assert_null(kc_device_get_driver(device, 2));
    assert_null(kc_device_get_driver(device, -1));
    assert_string_equal(kc_device_get_uri(device, NULL), "tester+serial:067b:2303/K42");
    assert_string_equal(kc_device_get_uri(device, kc_driver_find("deaf")), "deaf+serial:067b:2303/K42");
    assert_ptr_equal(kc_device_get_uri(device, NULL), kc_device_get_uri(device, kc_driver_find("tester")));
    device = find(desk, "ttyUSB2");
    assert_null(kc_device_get_driver(device, 0));
    assert_string_equal(kc_device_get_uri(device, NULL), ""); /* the user has to say what it is */
    assert_string_equal(kc_device_get_uri(device, kc_driver_find("tester")), "tester+serial:0403:6001/FT");
}

static void tells_what_comes_and_goes(void **state)
{
    struct desk *desk = desk_of(state);
    tty_rig_plug(desk->ports, &own);
    watch(desk, KC_DEVICES_LIST);
    until_events(desk, "ttyS4 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "ttyS4")), "/dev/ttyS4");
    assert_int_equal(kc_device_get_vendor_id(find(desk, "ttyS4")), -1);
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    until_events(desk, "ttyUSB0 present, ");
    kc_device *device = kc_device_ref(find(desk, "ttyUSB0"));
    unplug(desk, &encoder, tester);
    until_events(desk, "ttyUSB0 gone, ");
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_GONE);
    assert_string_equal(kc_device_get_name(device), "067b:2303/K42"); /* the handle stays good */
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_ERROR_STATE);
    kc_device_unref(device);
    assert_int_equal(kc_context_get_device_count(desk->context), 1);
    assert_int_equal(tester->asked, 0); /* listing opens nothing */
    watch(desk, KC_DEVICES_OFF);
    tty_rig_plug(desk->ports, &unknown);
    for (int i = 0; i < 5; i++)
        turn(desk);
    assert_string_equal(desk->events, "");
    watch(desk, KC_DEVICES_LIST);
    assert_int_equal(kc_context_get_device_count(desk->context), 2);
    until_events(desk, "ttyS4 present, ttyUSB2 present, ");
    assert_int_equal(kc_context_watch_devices(desk->context, 3), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(kc_context_watch_devices(desk->context, -1), KC_ERROR_INVALID_ARGUMENT);
}

/* With nothing coming or going the loop has nothing to do. */
static void sleeps_while_nothing_happens(void **state)
{
    struct desk *desk = desk_of(state);
    plug(desk, &encoder, TESTER_GOOD);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_state(desk, find(desk, "ttyUSB0"), KC_DEVICE_ENCODER);
    int rounds = 0; /* the timer of what is over may still come once */
    while (kc_context_wait(desk->context, 700) == 1 && rounds++ < 3)
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
    assert_true(rounds < 3);
}

static void devices_with_one_name_are_told_apart(void **state)
{
    struct desk *desk = desk_of(state);
    struct tty_plug twin = encoder;
    twin.place = "1-5";
    twin.node = "ttyUSB5";
    tty_rig_plug(desk->ports, &encoder);
    watch(desk, KC_DEVICES_LIST);
    until_events(desk, "ttyUSB0 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "ttyUSB0")), "067b:2303/K42");
    tty_rig_plug(desk->ports, &twin);
    until_events(desk, "ttyUSB0 present, ttyUSB5 present, "); /* the first one has another name now */
    assert_string_equal(kc_device_get_name(find(desk, "ttyUSB0")), "067b:2303@1-4.2");
    assert_string_equal(kc_device_get_name(find(desk, "ttyUSB5")), "067b:2303@1-5");
    assert_string_equal(kc_device_get_uri(find(desk, "ttyUSB5"), NULL), "tester+serial:067b:2303@1-5");
    tty_rig_unplug(desk->ports, &encoder, true);
    until_events(desk, "ttyUSB0 gone, ttyUSB5 present, ");
    assert_string_equal(kc_device_get_name(find(desk, "ttyUSB5")), "067b:2303/K42");
}

static void a_hundred_are_listed(void **state)
{
    struct desk *desk = desk_of(state);
    enum { MANY = 100 };
    char places[MANY][40], nodes[MANY][24];
    for (int i = 0; i < MANY; i++) {
        snprintf(places[i], sizeof(places[i]), "1-%d.%d", i / 10 + 11, i % 10 + 1);
        snprintf(nodes[i], sizeof(nodes[i]), "ttyUSB%d", 100 + i);
        const struct tty_plug one = {.place = places[i], .ids = "0403:6001", .node = nodes[i]};
        tty_rig_plug(desk->ports, &one);
    }
    watch(desk, KC_DEVICES_IDENTIFY);
    assert_int_equal(kc_context_get_device_count(desk->context), MANY);
    assert_int_equal(desk->event_count, MANY);
    for (int32_t i = 0; i < MANY; i++)
        for (int32_t j = 0; j < i; j++)
            assert_string_not_equal(kc_device_get_name(kc_context_get_device(desk->context, i)),
                                    kc_device_get_name(kc_context_get_device(desk->context, j)));
    desk->events[0] = '\0';
    plug(desk, &encoder, TESTER_GOOD);
    until_events(desk, "ttyUSB0 present, ttyUSB0 asking, ttyUSB0 encoder, ");
}

static void discovery_has_them_too(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    kc_op *op = NULL;
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    assert_int_equal(kc_op_get_status(op), KC_ERROR_NOT_FOUND); /* no system yet */
    assert_int_equal(kc_op_get_device_count(op), 1);
    kc_device *device = kc_device_ref(kc_op_get_device(op, 0));
    assert_string_equal(kc_device_get_name(device), "067b:2303/K42");
    assert_null(kc_op_get_device(op, 1));
    kc_op_unref(op);
    take_events(desk);
    assert_string_equal(desk->events, ""); /* nobody wants events */
    assert_int_equal(kc_context_get_device_count(desk->context), 1);
    unplug(desk, &encoder, tester);
    tty_rig_plug(desk->ports, &own);
    assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 20000), KC_OK);
    assert_int_equal(kc_op_get_device_count(op), 1);
    assert_string_equal(kc_device_get_name(kc_op_get_device(op, 0)), "/dev/ttyS4");
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_GONE);
    kc_device_unref(device);
    kc_op_unref(op);
}

/* What cannot be listed has not gone, and is listed when it can be. */
static void ports_that_cannot_be_listed(void **state)
{
    struct desk *desk = desk_of(state);
    kc_op *op = NULL;
    tty_rig_plug(desk->ports, &own);
    for (int i = 0; i < 2; i++) {
        no_descriptors = i == 1;
        assert_int_equal(kc_site_discover(desk->site, &op), KC_OK);
        assert_int_equal(kc_op_wait(op, 20000), KC_OK);
        assert_int_equal(kc_op_get_device_count(op), 1);
        assert_int_equal(kc_device_get_state(kc_op_get_device(op, 0)), KC_DEVICE_PRESENT);
        kc_op_unref(op);
    }
    tty_rig_plug(desk->ports, &unknown); /* nobody looks */
    watch(desk, KC_DEVICES_LIST);
    assert_int_equal(kc_context_get_device_count(desk->context), 1);
    no_descriptors = false;
    until_events(desk, "ttyS4 present, ttyUSB2 present, ");
    watch(desk, KC_DEVICES_OFF);
}

/* ---- Who it is ------------------------------------------------------------------------------------------------- */

static void asks_those_that_a_driver_knows(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *far = plug(desk, &unknown, TESTER_GOOD);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyUSB2 present, ");
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    until_events(desk, "ttyUSB0 present, ttyUSB0 asking, ttyUSB0 encoder, ");
    kc_device *device = find(desk, "ttyUSB0");
    assert_string_equal(kc_device_get_model(device), "T-1");
    assert_string_equal(kc_device_get_firmware(device), "2.5");
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 0)), "tester");
    assert_int_equal(tester->asked, 1);
    assert_int_equal(tester->made, 0);
    assert_int_equal(far->asked, 0); /* this one was never opened */
    assert_string_equal(far->heard, "");
    assert_int_equal(kc_device_get_state(find(desk, "ttyUSB2")), KC_DEVICE_PRESENT);
    int other = open(tty_rig_path(desk->ports, "ttyUSB0"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(other >= 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0); /* it was let go */
    close(other);
}

static void what_is_no_encoder_is_said(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_STRANGE);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyUSB0 present, ttyUSB0 asking, ttyUSB0 no-encoder, ");
    kc_device *device = find(desk, "ttyUSB0");
    says(kc_device_get_error(device), "something else");
    assert_int_equal(tester->asked, 2); /* each driver that knows its ids had a try */
    tester->manner = TESTER_SILENT;
    assert_int_equal(kc_device_identify(device, "tester", NULL), KC_OK);
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_ASKING);
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_ERROR_STATE);
    until_events(desk, "ttyUSB0 asking, ttyUSB0 no-encoder, ");
    says(kc_device_get_error(device), "does not say who it is");
    tester->manner = TESTER_HOSTILE;
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "ttyUSB0 asking, ttyUSB0 encoder, ");
    assert_null(kc_device_get_error(device));
    assert_memory_equal(kc_device_get_model(device), "?[2J?naaa", 9);
    assert_int_equal(strlen(kc_device_get_model(device)), 63); /* and no more */
    assert_string_equal(kc_device_get_firmware(device), "?9");
}

static void the_user_may_name_any_port(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &own, TESTER_GOOD);
    watch(desk, KC_DEVICES_LIST);
    until_events(desk, "ttyS4 present, ");
    kc_device *device = find(desk, "ttyS4");
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_ERROR_NOT_FOUND);
    says(kc_context_get_error(desk->context), "name the driver");
    assert_int_equal(kc_device_identify(device, "nobody", NULL), KC_ERROR_NOT_FOUND);
    says(kc_context_get_error(desk->context), "\"nobody\"");
    assert_int_equal(kc_device_identify(device, "tester", "baud=fast"), KC_ERROR_INVALID_ARGUMENT);
    says(kc_context_get_error(desk->context), "\"fast\"");
    assert_int_equal(kc_device_identify(device, "tester", "speed=9"), KC_ERROR_NOT_FOUND);
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_PRESENT);
    assert_int_equal(kc_device_identify(device, "tester", "baud=19200&parity=even"), KC_OK);
    until_events(desk, "ttyS4 asking, ttyS4 encoder, ");
    assert_int_equal(cfgetospeed(&pty_line.wanted), B19200);
    assert_int_equal(tester->asked, 1);
    assert_string_equal(kc_device_get_uri(device, NULL), "tester+serial:/dev/ttyS4?baud=19200&parity=even");
    assert_string_equal(kc_device_get_uri(device, kc_driver_find("deaf")), "deaf+serial:/dev/ttyS4");
}

static void a_busy_port_is_asked_again(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    int other = open(tty_rig_path(desk->ports, "ttyUSB0"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyUSB0 present, ttyUSB0 asking, ttyUSB0 refused, ");
    kc_device *device = find(desk, "ttyUSB0");
    says(kc_device_get_error(device), "this program uses it");
    close(other);
    until_events(desk, "ttyUSB0 asking, ttyUSB0 encoder, ");
    assert_null(kc_device_get_error(device));
    assert_int_equal(tester->asked, 1);
}

/* What udev does last. The node of the testbed is a link. */
static void touch_permissions(struct desk *desk, const char *node)
{
    assert_int_equal(lchown(tty_rig_path(desk->ports, node), getuid(), getgid()), 0);
}

static void permissions_may_come_later(void **state)
{
    struct desk *desk = desk_of(state);
    tty_rig_plug(desk->ports, &own);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "ttyS4 present, ");
    denied = "/dev/ttyUSB0";
    struct tester *tester = plug(desk, &encoder, TESTER_GOOD);
    until_events(desk, "ttyUSB0 present, ");
    denied = NULL; /* as udev does it: right behind */
    touch_permissions(desk, "ttyUSB0");
    until_events(desk, "ttyUSB0 asking, ttyUSB0 encoder, ");
    assert_int_equal(tester->asked, 1);
    denied = "/dev/ttyUSB1";
    tester = plug(desk, &modem, TESTER_STRANGE);
    until_events(desk, "ttyUSB1 present, ttyUSB1 refused, "); /* nobody gives it */
    says(kc_device_get_error(find(desk, "ttyUSB1")), "dialout");
    assert_int_equal(tester->asked, 0);
    denied = NULL; /* later, a person does */
    touch_permissions(desk, "ttyUSB1");
    until_events(desk, "ttyUSB1 present, ttyUSB1 asking, ttyUSB1 no-encoder, ");
}

/* ---- The end --------------------------------------------------------------------------------------------------- */

static void handles_outlive_everything(void **state)
{
    struct desk *desk = desk_of(state);
    struct tester *tester = plug(desk, &encoder, TESTER_SILENT);
    plug(desk, &modem, TESTER_SILENT);
    watch(desk, KC_DEVICES_IDENTIFY);
    kc_device *asking = kc_device_ref(find(desk, "ttyUSB0")), *other = kc_device_ref(find(desk, "ttyUSB1"));
    assert_int_equal(kc_device_get_state(asking), KC_DEVICE_ASKING);
    unplug(desk, &encoder, tester); /* while it is asked */
    until_state(desk, asking, KC_DEVICE_GONE);
    assert_int_equal(kc_device_identify(other, "tester", NULL), KC_ERROR_STATE);
    watch(desk, KC_DEVICES_OFF); /* while the other one is asked */
    assert_int_equal(kc_device_get_state(other), KC_DEVICE_PRESENT);
    assert_int_equal(kc_device_identify(other, "tester", NULL), KC_OK);
    kc_context_unref(desk->context);
    desk->context = NULL;
    kc_site_unref(desk->site);
    desk->site = NULL;
    assert_int_equal(kc_device_get_state(other), KC_DEVICE_ASKING); /* the handle keeps the context */
    kc_device_unref(asking);
    kc_device_unref(other); /* the last one ends it in the middle of the question */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_what_is_plugged_in),     TEST(tells_what_comes_and_goes),
        TEST(sleeps_while_nothing_happens), TEST(devices_with_one_name_are_told_apart),
        TEST(a_hundred_are_listed),         TEST(discovery_has_them_too),
        TEST(ports_that_cannot_be_listed),  TEST(asks_those_that_a_driver_knows),
        TEST(what_is_no_encoder_is_said),   TEST(the_user_may_name_any_port),
        TEST(a_busy_port_is_asked_again),   TEST(permissions_may_come_later),
        TEST(handles_outlive_everything),
    };
    return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
