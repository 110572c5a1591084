/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An MSR605X end to end: public functions, the real libusb, and the simulated encoder behind its packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "stripe_device.h"

static void expect(kc_op *op, int32_t status, int32_t outcome)
{
    if (kc_op_get_status(op) != status)
        print_error("%s\n", kc_error_get_message(kc_op_get_error(op)));
    assert_int_equal(kc_op_get_status(op), status);
    assert_int_equal(kc_op_get_outcome(op), outcome);
    kc_op_unref(op);
}

static void keys_are_made_and_read(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device stripe;
    struct stripe_desk desk;
    stripe_plug(&stripe, rig, "1-1", NULL);
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    expect(stripe_desk_run(&desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(stripe.simulator, "101"), 1);
    kc_request_set_copies(desk.request, 2);
    expect(stripe_desk_run(&desk, kc_issue_duplicate), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(stripe.simulator, "101"), 3);
    kc_request_set_copies(desk.request, 1);
    kc_op *read = stripe_desk_run(&desk, kc_read_card);
    assert_int_equal(kc_op_get_key_count(read), 1);
    assert_string_equal(kc_key_get_room(kc_op_get_key(read, 0), 0), "101");
    assert_int_equal(kc_key_get_kind(kc_op_get_key(read, 0)), KC_KIND_DUPLICATE);
    kc_op_unref(read);
    expect(stripe_desk_run(&desk, kc_reissue), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_keys_for(stripe.simulator, "101"), 1);
    assert_int_equal(stripe.front.relay.refused, 0);
    assert_int_equal(simulator_count(stripe.simulator, SIMULATOR_BAD_FRAMES), 0);
    stripe_desk_close(&desk);
    stripe_close(&stripe);
    usb_rig_free(rig);
}

/* Also those of 255 bytes, which take several packets and come back with a length of one too many. */
static void bits_go_and_come_in_several_packets(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device stripe;
    struct stripe_desk desk;
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 29 + 1);
    stripe_plug(&stripe, rig, "1-1", NULL);
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    stripe_desk_option(&desk, "content", "image");
    stripe_desk_option(&desk, "image-form", "bits");
    assert_int_equal(kc_request_set_image(desk.request, bytes, sizeof(bytes)), KC_OK);
    expect(stripe_desk_run(&desk, kc_write_image), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(kc_request_set_image(desk.request, NULL, 0), KC_OK);
    kc_op *read = stripe_desk_run(&desk, kc_read_card);
    assert_int_equal(kc_op_get_status(read), KC_OK);
    size_t size = 0;
    const uint8_t *image = kc_key_get_image(kc_op_get_key(read, 0), &size);
    assert_int_equal(size, sizeof(bytes));
    assert_memory_equal(image, bytes, sizeof(bytes));
    kc_op_unref(read);
    stripe_desk_close(&desk);
    stripe_close(&stripe);
    usb_rig_free(rig);
}

static void nobody_swipes(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device stripe;
    struct stripe_desk desk;
    stripe_plug(&stripe, rig, "1-1", &(struct simulator_options){.hand_ms = -1});
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    stripe_desk_option(&desk, "swipe-timeout", "200");
    expect(stripe_desk_run(&desk, kc_issue_original), KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    simulator_set_hand_ms(stripe.simulator, 0);
    stripe_desk_close(&desk);
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    expect(stripe_desk_run(&desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    stripe_desk_close(&desk);
    stripe_close(&stripe);
    usb_rig_free(rig);
}

static void two_alike_are_told_apart_by_their_port(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device first, second;
    struct stripe_desk desk;
    stripe_plug(&first, rig, "1-1", NULL);
    stripe_plug(&second, rig, "1-2", NULL);
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    kc_op *op = stripe_desk_run(&desk, kc_issue_original);
    assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "@1-1"));
    assert_non_null(strstr(kc_error_get_message(kc_op_get_error(op)), "@1-2"));
    kc_op_unref(op);
    stripe_desk_close(&desk);
    stripe_desk_open(&desk, rig, "magstripe+usb:0801:0003@1-2");
    expect(stripe_desk_run(&desk, kc_issue_original), KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(simulator_count(first.simulator, SIMULATOR_EFFECTS), 0);
    assert_int_equal(simulator_count(second.simulator, SIMULATOR_EFFECTS), 1);
    stripe_desk_close(&desk);
    stripe_close(&first);
    stripe_close(&second);
    usb_rig_free(rig);
}

/* Unplugged while the card is awaited, after the write command has left. */
static void unplugged_while_a_swipe_is_awaited(void **state)
{
    (void)state;
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device stripe;
    struct stripe_desk desk;
    kc_op *op = NULL;
    stripe_plug(&stripe, rig, "1-1", &(struct simulator_options){.hand_ms = -1});
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    assert_int_equal(kc_issue_original(desk.request, &op), KC_OK);
    while (kc_op_get_state(op) != KC_STATE_WAITING) {
        assert_int_equal(kc_context_wait(desk.context, 60000), 1);
        assert_int_equal(kc_context_dispatch(desk.context), KC_OK);
    }
    assert_true(simulator_wait_for(stripe.simulator, SIMULATOR_WAITING, 1, 60000));
    usb_rig_unplug(stripe.device);
    assert_int_equal(kc_op_wait(op, 60000), KC_OK);
    expect(op, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    stripe_desk_close(&desk);
    stripe_close(&stripe);
    usb_rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_and_read),
        cmocka_unit_test(bits_go_and_come_in_several_packets),
        cmocka_unit_test(nobody_swipes),
        cmocka_unit_test(two_alike_are_told_apart_by_their_port),
        cmocka_unit_test(unplugged_while_a_swipe_is_awaited),
    };
    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
