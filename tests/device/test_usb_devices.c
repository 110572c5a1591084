/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* USB devices in the list of devices, through the public interface: the real libusb, an encoder for stripes and a
 * reader for contactless cards that are plugged in, asked and unplugged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "usb_desk.h"

static const struct usb_device_model silent = {0};

/* ---- Tests ------------------------------------------------------------------------------------------------------ */

static void a_stripe_encoder_comes_is_asked_and_goes(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_LIST);
    plug_stripe(desk, "1-4.2");
    until_events(desk, "1-4.2 present, ");
    kc_device *device = kc_device_ref(find(desk, "1-4.2"));
    assert_string_equal(kc_device_get_transport(device), "usb");
    assert_string_equal(kc_device_get_name(device), "0801:0003@1-4.2");
    assert_string_equal(kc_device_get_label(device), "MSR Reader in FS Mode (1-4.2)");
    assert_string_equal(kc_device_get_uri(device, NULL), "magstripe+usb:0801:0003@1-4.2");
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 0)), "magstripe");
    assert_null(kc_device_get_driver(device, 1));
    assert_string_equal(kc_device_get_model(device), "");
    assert_untouched(desk->stripe.device); /* listing opens nothing */
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "1-4.2 asking, 1-4.2 encoder, ");
    assert_string_equal(kc_device_get_model(device), "MSR, tracks 1 to 3");
    assert_string_equal(kc_device_get_firmware(device), "REVU1.26");
    assert_int_equal(simulator_count(desk->stripe.simulator, SIMULATOR_EFFECTS), 0);
    assert_int_equal(simulator_count(desk->stripe.simulator, SIMULATOR_WAITING), 0); /* for no swipe */
    usb_rig_unplug(desk->stripe.device);
    until_events(desk, "1-4.2 gone, ");
    assert_int_equal(kc_context_get_device_count(desk->context), 0);
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_ERROR_STATE);
    kc_device_unref(device);
}

static void a_reader_comes_is_asked_and_goes(void **state)
{
    struct desk *desk = *state;
    struct simulated_card before = desk->reader.card;
    watch(desk, KC_DEVICES_LIST);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, ");
    kc_device *device = kc_device_ref(find(desk, "1-1"));
    assert_string_equal(kc_device_get_uri(device, NULL), "contactless+usb:072f:2200@1-1");
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 0)), "contactless");
    assert_untouched(desk->reader.device);
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "1-1 asking, 1-1 encoder, ");
    assert_string_equal(kc_device_get_model(device), "ACR122U");
    assert_string_equal(kc_device_get_firmware(device), "1.00"); /* bcdDevice */
    assert_int_equal(desk->reader.card.writes, 0);
    assert_memory_equal(desk->reader.card.memory, before.memory, sizeof(before.memory));
    usb_rig_unplug(desk->reader.device);
    until_events(desk, "1-1 gone, ");
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, ");
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_GONE); /* the one that is back is another device */
    kc_device_unref(device);
}

static void those_on_a_list_are_asked_at_once(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_IDENTIFY);
    plug_stripe(desk, "1-2");
    until_events(desk, "1-2 present, 1-2 asking, 1-2 encoder, ");
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, 1-1 asking, 1-1 encoder, ");
    assert_int_equal(desk->reader.card.writes, 0);
    assert_int_equal(simulator_count(desk->stripe.simulator, SIMULATOR_EFFECTS), 0);
    kc_system *system = NULL;
    assert_int_equal(kc_system_new(desk->site, "stripes", kc_device_get_uri(find(desk, "1-2"), NULL), &system), KC_OK);
    assert_ptr_equal(kc_device_get_system(find(desk, "1-2")), system);
    kc_system_unref(system);
}

/* A reader by its class, which nobody has tried, is listed; a keyboard is not. Neither is opened. */
static void what_is_on_no_list_is_not_asked(void **state)
{
    struct desk *desk = *state;
    struct usb_rig_description keyboard = {
        .vendor = 0x046d, .product = 0xc31c, .name = "Keyboard", .interfaces = &usb_rig_hid, .interface_count = 1};
    struct usb_rig_description other = reader_description;
    other.vendor = 0x1234;
    other.product = 0x5678;
    other.name = "Other reader";
    keyboard.kernel_driver = "usbhid";
    watch(desk, KC_DEVICES_IDENTIFY);
    struct usb_rig_device *typing = usb_rig_plug(desk->rig, "1-1", &keyboard, &silent, NULL);
    reader_plug(&desk->reader, desk->rig, "1-2", &other);
    plug_stripe(desk, "1-3"); /* the last one: when it is through, the others have had their turn */
    until_events(desk, "1-2 present, 1-3 present, 1-3 asking, 1-3 encoder, ");
    assert_int_equal(kc_context_get_device_count(desk->context), 2);
    assert_untouched(typing);
    assert_untouched(desk->reader.device);
    kc_device *device = find(desk, "1-2");
    assert_int_equal(kc_device_get_state(device), KC_DEVICE_PRESENT);
    assert_string_equal(kc_driver_get_name(kc_device_get_driver(device, 0)), "contactless");
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK); /* but the user may */
    until_events(desk, "1-2 asking, 1-2 encoder, ");
    assert_string_equal(kc_device_get_model(device), "Other reader");
}

/* The number of the MSR605X is also that of a card reader, which hears no such commands. */
static void something_else_with_that_number_is_no_encoder(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_LIST);
    struct usb_rig_device *plugged = usb_rig_plug(desk->rig, "1-1", &stripe_description, &silent, NULL);
    until_events(desk, "1-1 present, ");
    kc_device *device = find(desk, "1-1");
    assert_int_equal(kc_device_identify(device, "magstripe", "answer-timeout=50"), KC_OK);
    until_events(desk, "1-1 asking, 1-1 no-encoder, ");
    assert_non_null(kc_device_get_error(device));
    assert_string_equal(kc_device_get_model(device), "");
    struct usb_rig_counts counts = usb_rig_counts(plugged);
    assert_int_equal(counts.claims, 1);
    for (int ms = 0; !(counts.releases == 1 && counts.kernel_driver) && ms < WAIT_MS; ms += 10) {
        assert_true(kc_context_wait(desk->context, 10) >= 0);
        assert_int_equal(kc_context_dispatch(desk->context), KC_OK);
        counts = usb_rig_counts(plugged);
    }
    assert_int_equal(counts.releases, 1);
    assert_true(counts.kernel_driver); /* it has its reader back */
}

/* It takes what it is told and never answers. */
static ssize_t swallow(void *model, const uint8_t setup[8], uint8_t *data, size_t size)
{
    (void)model;
    (void)setup;
    (void)data;
    return (ssize_t)size;
}

static void one_that_never_answers_is_no_encoder(void **state)
{
    struct desk *desk = *state;
    static const struct usb_device_model deaf = {.on_control = swallow};
    watch(desk, KC_DEVICES_LIST);
    usb_rig_plug(desk->rig, "1-1", &stripe_description, &deaf, NULL);
    until_events(desk, "1-1 present, ");
    kc_device *device = find(desk, "1-1");
    assert_int_equal(kc_device_identify(device, "magstripe", "answer-timeout=50"), KC_OK);
    until_events(desk, "1-1 asking, 1-1 no-encoder, ");
    says(device, "does not answer as a magnetic-stripe encoder");
}

static void one_that_another_program_has_is_refused(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_LIST);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_claim_by_other(desk->reader.device, true);
    until_events(desk, "1-1 present, ");
    kc_device *device = find(desk, "1-1");
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "1-1 asking, 1-1 refused, ");
    says(device, "another program has it");
    usb_rig_claim_by_other(desk->reader.device, false);
    assert_int_equal(kc_device_identify(device, NULL, NULL), KC_OK);
    until_events(desk, "1-1 asking, 1-1 encoder, ");
    assert_null(kc_device_get_error(device));
}

/* Nobody gave the permission: it is said at once, and nothing is tried. */
static void one_that_may_not_be_opened_says_so(void **state)
{
    struct desk *desk = *state;
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_deny(desk->reader.device, true);
    watch(desk, KC_DEVICES_IDENTIFY);
    until_events(desk, "1-1 refused, ");
    says(find(desk, "1-1"), "may not open ACR122U (1-1)");
    says(find(desk, "1-1"), "60-libkeycard.rules");
    assert_untouched(desk->reader.device);
    usb_rig_deny(desk->reader.device, false);
    watch(desk, KC_DEVICES_OFF);
    watch(desk, KC_DEVICES_IDENTIFY); /* looked at anew */
    until_events(desk, "1-1 present, 1-1 asking, 1-1 encoder, ");
    assert_null(kc_device_get_error(find(desk, "1-1")));
}

/* The rules of the system may be a moment later than the device. */
static void permission_may_come_a_moment_later(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_IDENTIFY);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_deny(desk->reader.device, true);
    until_events(desk, "1-1 present, ");
    usb_rig_deny(desk->reader.device, false);
    until_events(desk, "1-1 asking, 1-1 encoder, ");
    usb_rig_unplug(desk->reader.device);
    until_events(desk, "1-1 gone, ");
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    usb_rig_deny(desk->reader.device, true);
    until_events(desk, "1-1 present, 1-1 refused, ");
    usb_rig_deny(desk->reader.device, false);
}

static void each_state_has_its_time(void **state)
{
    struct desk *desk = *state;
    struct tm broken;
    const time_t before = time(NULL);
    assert_int_equal(kc_site_set_time_zone(desk->site, "Asia/Kathmandu"), KC_OK); /* +05:45, always */
    watch(desk, KC_DEVICES_LIST);
    reader_plug(&desk->reader, desk->rig, "1-1", &reader_description);
    until_events(desk, "1-1 present, ");
    const char *since = kc_device_get_since(find(desk, "1-1"));
    const char *rest = strptime(since, "%Y-%m-%dT%H:%M", &broken);
    assert_non_null(rest);
    assert_string_equal(rest, "+05:45");
    broken.tm_sec = 0;
    const time_t then = timegm(&broken) - (5 * 60 + 45) * 60; /* in whole minutes */
    assert_true(then > before - 60 && then <= time(NULL));
}

static void unplugged_while_it_is_asked(void **state)
{
    struct desk *desk = *state;
    watch(desk, KC_DEVICES_IDENTIFY);
    for (int nth = 1; nth <= 3; nth++) {
        static const struct usb_device_model deaf = {.on_control = swallow};
        struct usb_rig_device *plugged = usb_rig_plug(desk->rig, "1-1", &stripe_description, &deaf, NULL);
        usb_rig_fault(plugged, USB_RIG_FAULT_LATE, -1, nth, 1);
        until_events(desk, "1-1 present, 1-1 asking, ");
        usb_rig_unplug(plugged);
        until_events(desk, "1-1 gone, ");
        assert_int_equal(kc_context_get_device_count(desk->context), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stripe_encoder_comes_is_asked_and_goes),
        TEST(a_reader_comes_is_asked_and_goes),
        TEST(those_on_a_list_are_asked_at_once),
        TEST(what_is_on_no_list_is_not_asked),
        TEST(something_else_with_that_number_is_no_encoder),
        TEST(one_that_never_answers_is_no_encoder),
        TEST(one_that_another_program_has_is_refused),
        TEST(one_that_may_not_be_opened_says_so),
        TEST(permission_may_come_a_moment_later),
        TEST(each_state_has_its_time),
        TEST(unplugged_while_it_is_asked),
    };
    return usb_rig_possible() ? cmocka_run_group_tests_name("usb-devices", tests, NULL, NULL) : usb_rig_skipped();
}
