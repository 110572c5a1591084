/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An MSR605X that fails at every transfer in every way that USB has, and one that is another device altogether. What an
 * operation came to agrees with what the encoder did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "stripe_device.h"

static void hasten(struct stripe_desk *desk)
{
    stripe_desk_option(desk, "answer-timeout", "100");
    stripe_desk_option(desk, "swipe-timeout", "100");
    stripe_desk_option(desk, "quiet", "20");
    stripe_desk_option(desk, "reset-proves", "no"); /* an answer that is lost on the bus is not taken for none */
}

enum strike {
    STRIKE_HIT,
    STRIKE_BEHIND, /* the operation came to its end before that transfer */
    STRIKE_EARLY   /* it failed before that transfer: the encoder got no processor while its answer was waited for */
};

static enum strike strike(enum usb_rig_fault fault, int nth)
{
    struct usb_rig *rig = usb_rig_new();
    struct stripe_device stripe;
    struct stripe_desk desk;
    stripe_plug(&stripe, rig, "1-1", NULL);
    stripe_desk_open(&desk, rig, "magstripe+usb:");
    hasten(&desk);
    usb_rig_fault(stripe.device, fault, -1, nth, 1);
    kc_op *op = stripe_desk_run(&desk, kc_issue_original);
    simulator_wait_idle(stripe.simulator, 10000);
    size_t effects = simulator_count(stripe.simulator, SIMULATOR_EFFECTS);
    int32_t outcome = kc_op_get_outcome(op);
    if ((outcome == KC_OUTCOME_WRITTEN && effects != 1) || (outcome == KC_OUTCOME_NOT_WRITTEN && effects != 0))
        fail_msg("fault %d at %d: %s, but %zu effects: %s", (int)fault, nth, kc_outcome_name(outcome), effects,
                 kc_error_get_message(kc_op_get_error(op)));
    kc_op_unref(op);
    bool vanished = fault == USB_RIG_FAULT_VANISH &&
                    outcome != KC_OUTCOME_WRITTEN; /* the count is gone with the device */
    bool hit = vanished || usb_rig_counts(stripe.device).transfers >= nth;
    usb_rig_release(stripe.device);
    stripe_desk_close(&desk);
    stripe_close(&stripe);
    usb_rig_free(rig);
    return hit ? STRIKE_HIT : outcome == KC_OUTCOME_WRITTEN ? STRIKE_BEHIND : STRIKE_EARLY;
}

/* The whole way of a key, with the fault at each transfer in turn. */
static void try_everywhere(enum usb_rig_fault fault)
{
    int nth = 1;
    enum strike last;
    while ((last = strike(fault, nth)) != STRIKE_BEHIND)
        nth += last == STRIKE_HIT;
    assert_true(nth > 20);
}

static void stalls(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_STALL);
}

static void bus_errors(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_ERROR);
}

static void babbles(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_BABBLE);
}

static void short_packets(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_SHORT);
}

static void long_packets(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_LONG);
}

static void late_transfers(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_LATE);
}

static void vanishes(void **state)
{
    (void)state;
    try_everywhere(USB_RIG_FAULT_VANISH);
}

/* ---- A device with the id, but another one
 * ---------------------------------------------------------------------------- */

struct reader {
    enum { READER_STALLS, READER_SILENT, READER_SWIPES, READER_ECHOES, READER_KINDS } kind;
    int reports, others; /* resets and tests; anything else */
    uint8_t last[MSR_PACKET];
    bool echo;
};

static ssize_t reader_control(void *model, const uint8_t setup[8], uint8_t *data, size_t size)
{
    struct reader *reader = model;
    if (setup[1] != 0x09 || size != MSR_PACKET)
        return USB_RIG_STALL;
    bool harmless = memcmp(data, "\xC2\x1B\x61", 3) == 0 || memcmp(data, "\xC2\x1B\x65", 3) == 0;
    reader->reports += harmless;
    reader->others += !harmless;
    memcpy(reader->last, data, MSR_PACKET);
    reader->echo = reader->kind == READER_ECHOES;
    return reader->kind == READER_STALLS ? USB_RIG_STALL : (ssize_t)size;
}

/* A card reader's report of a card: no packet of an encoder; or what it was sent. */
static ssize_t reader_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct reader *reader = model;
    (void)endpoint;
    if (size < MSR_PACKET || (reader->kind != READER_SWIPES && !reader->echo))
        return USB_RIG_WAIT;
    memset(bytes, 0, size);
    memcpy(bytes, reader->echo ? (const char *)reader->last : ";4711=99?;4711=99?;4711=99?", 20);
    reader->echo = false;
    if (reader->kind == READER_SWIPES)
        reader->kind = READER_SILENT;
    return MSR_PACKET;
}

static const struct usb_device_model reader_model = {.on_control = reader_control, .next_in = reader_in};

static void a_card_reader_with_the_same_id_is_left_alone(void **state)
{
    (void)state;
    for (int kind = 0; kind < READER_KINDS; kind++) {
        struct usb_rig *rig = usb_rig_new();
        struct reader reader = {0};
        struct stripe_desk desk;
        reader.kind = (unsigned)kind;
        usb_rig_plug(rig, "1-1", &stripe_description, &reader_model, &reader);
        stripe_desk_open(&desk, rig, "magstripe+usb:");
        hasten(&desk);
        kc_op *op = stripe_desk_run(&desk, kc_issue_original);
        assert_int_equal(kc_op_get_outcome(op), KC_OUTCOME_NOT_WRITTEN);
        assert_int_not_equal(kc_op_get_status(op), KC_OK);
        kc_op_unref(op);
        stripe_desk_close(&desk);
        usb_rig_lock(rig);
        assert_int_equal(reader.others, 0);
        assert_true(reader.reports > 0 && reader.reports <= 8);
        usb_rig_unlock(rig);
        usb_rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stalls),       cmocka_unit_test(bus_errors),
        cmocka_unit_test(babbles),      cmocka_unit_test(short_packets),
        cmocka_unit_test(long_packets), cmocka_unit_test(late_transfers),
        cmocka_unit_test(vanishes),     cmocka_unit_test(a_card_reader_with_the_same_id_is_left_alone),
    };
    return usb_rig_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : usb_rig_skipped();
}
