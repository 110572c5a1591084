/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver without the core: the dialogue on a serial line and in packets, and what each end of a
 * swipe comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "magstripe_bench.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The greeting --------------------------------------------------------------------------------------------------
 */

/* Whatever its ids say: a device that does not pass the communication test is sent nothing else. */
static void only_reset_and_test_go_to_a_strange_device(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    fake_core_up(&bench.core);
    fake_core_receive(&bench.core, "AT\r\nOK\r\n", 8);
    fake_core_advance(&bench.core, 20000);
    assert_int_equal(bench.core.sent.length, 8);
    assert_memory_equal(bench.core.sent.data, "\x1B\x61\x1B\x65\x1B\x61\x1B\x65", 8);
    assert_false(bench.core.ready);
    assert_int_equal(bench.core.fail_status, KC_ERROR_UNREACHABLE);
    bench_close(&bench);
}

/* Such as a MagTek reader, which has the id of an MSR605X. */
static void only_reset_and_test_go_to_a_strange_usb_device(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t packet[MSR_PACKET] = {0x00, 0x0D, 0x05};
    bench_open(&bench, "usb");
    fake_core_up(&bench.core);
    fake_core_receive(&bench.core, packet, sizeof(packet));
    fake_core_receive(&bench.core, packet, 0);
    memset(packet, 0xFF, sizeof(packet));
    for (int i = 0; i < 100; i++)
        fake_core_receive(&bench.core, packet, sizeof(packet));
    fake_core_advance(&bench.core, 20000);
    assert_int_equal(bench.core.sent.length, 4 * MSR_PACKET);
    assert_memory_equal(bench.core.sent.data, "\xC2\x1B\x61\x00", 4);
    assert_memory_equal(bench.core.sent.data + MSR_PACKET, "\xC2\x1B\x65\x00", 4);
    assert_int_equal(bench.core.fail_status, KC_ERROR_UNREACHABLE);
    bench_close(&bench);
}

static void an_encoder_without_model_and_firmware_is_one(void **state)
{
    (void)state;
    for (int usb = 0; usb < 2; usb++) {
        struct bench bench;
        bench_open(&bench, usb ? "usb" : "serial");
        fake_core_up(&bench.core);
        bench_send(&bench, (const uint8_t *)"\x1By", 2);
        assert_false(bench.core.ready);
        fake_core_advance(&bench.core, 1000);
        assert_true(bench.core.ready);
        assert_true(bench.core.told_who);
        assert_string_equal(bench.core.model, "MSR");
        assert_string_equal(bench.core.firmware, "");
        bench_close(&bench);
    }
}

static void model_and_firmware_are_told(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    assert_true(bench.core.told_who);
    assert_string_equal(bench.core.model, "MSR, tracks 1 to 3");
    assert_string_equal(bench.core.firmware, "REVU1.26");
    fake_core_keep_alive(&bench.core); /* another one may have been put in its place */
    bench_send(&bench, (const uint8_t *)"\x1By", 2);
    bench_send(&bench,
               (const uint8_t *)"\x1B"
                                "2S",
               3);
    bench_send(&bench, (const uint8_t *)"\x1BREV0", 5);
    fake_core_advance(&bench.core, 1000);
    assert_string_equal(bench.core.model, "MSR, tracks 2 and 3");
    assert_string_equal(bench.core.firmware, "REV0");
    bench_close(&bench);
}

/* ---- Keys
 * ------------------------------------------------------------------------------------------------------------ */

static void card_is_written_and_read_back(void **state)
{
    (void)state;
    for (int usb = 0; usb < 2; usb++) {
        struct bench bench;
        char digits[MSR_TRACK_MOST + 1];
        struct open_key_site site;
        struct open_key key;
        struct kc_error error;
        bench_open(&bench, usb ? "usb" : "serial");
        bench_plug_in(&bench);
        struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
        assert_int_equal(bench.swipe, MSR_WRITE_ISO);
        assert_true(op->committed && op->reached);
        assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
        assert_int_equal(op->prompts_seen, 1);
        bench_swipe(&bench, MSR_DONE);
        bench_run(&bench);
        assert_int_equal(bench.swipe, MSR_READ_ISO);
        assert_int_equal(op->prompts[1], KC_PROMPT_CHECK_CARD);
        assert_false(op->done);
        bench_swipe(&bench, MSR_DONE);
        bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(open_key_site_read("1", BENCH_SITE_KEY, &site, &error), KC_OK);
        assert_true(msr_track_content(1, &bench.card.track[1], digits));
        assert_int_equal(open_key_read_stripe(&site, digits, &key, &error), KC_OK);
        assert_int_equal(key.kind, KC_KIND_ORIGINAL);
        assert_string_equal(key.rooms[0], "101");
        assert_null(strstr(buf_text(&bench.core.trace), digits)); /* a log must open no door */
        bench_close(&bench);
    }
}

static void further_cards_are_duplicates(void **state)
{
    (void)state;
    struct bench bench;
    char digits[MSR_TRACK_MOST + 1];
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 2));
    for (int card = 0; card < 2; card++) {
        assert_int_equal(op->prompt_card, card + 1);
        assert_int_equal(op->prompt_count, 2);
        bench_swipe(&bench, MSR_DONE);
        assert_true(msr_track_content(1, &bench.card.track[1], digits));
        assert_int_equal(digits[0], '1' + card);
        bench_run(&bench);
        bench_swipe(&bench, MSR_DONE);
        bench_run(&bench);
    }
    bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    bench_close(&bench);
}

static void nobody_swipes(void **state)
{
    (void)state;
    for (int proves = 0; proves < 2; proves++) {
        struct bench bench;
        bench_open(&bench, "serial");
        fake_core_option(&bench.core, "reset-proves", proves ? "yes" : "no");
        bench_plug_in(&bench);
        struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
        fake_core_advance(&bench.core, 30000);
        assert_false(op->done);
        bench_run(&bench);
        assert_int_equal(bench.swipe, 0); /* the encoder waits no more */
        bench_expect(op, KC_ERROR_NO_CARD, proves ? KC_OUTCOME_NOT_WRITTEN : KC_OUTCOME_UNKNOWN);
        assert_true(bench.core.ready);
        bench_close(&bench);
    }
}

static void cancelled_while_the_swipe_is_awaited(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    fake_core_cancel(&bench.core, op);
    bench_run(&bench);
    bench_expect(op, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    bench.hand = true;
    op = bench_begin(&bench, bench_original(&bench, 1));
    bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    bench_close(&bench);
}

/* The status crosses the reset on the line. */
static void swiped_in_the_last_moment(void **state)
{
    (void)state;
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        struct bench bench;
        bench_open(&bench, "serial");
        bench_plug_in(&bench);
        struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
        if (cancelled)
            fake_core_cancel(&bench.core, op);
        else
            fake_core_advance(&bench.core, 30000);
        bench_swipe(&bench, MSR_DONE);
        bench_run(&bench);
        if (cancelled) {
            bench_expect(op, KC_ERROR_CANCELLED, KC_OUTCOME_UNKNOWN);
        } else {
            assert_int_equal(bench.swipe, MSR_READ_ISO); /* it counts, and is checked */
            bench_swipe(&bench, MSR_DONE);
            bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
        }
        bench_close(&bench);
    }
}

static void bad_swipes_are_asked_for_again(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    for (int i = 0; i < 2; i++) {
        bench_swipe(&bench, MSR_BAD_SWIPE);
        bench_run(&bench);
        assert_int_equal(bench.swipe, MSR_WRITE_ISO);
    }
    bench_swipe(&bench, MSR_BAD_SWIPE);
    bench_expect(op, KC_ERROR_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_string_equal(op->error.vendor_code, "39");
    op = bench_begin(&bench, bench_original(&bench, 1));
    bench_swipe(&bench, MSR_CARD_ERROR);
    bench_run(&bench);
    bench_swipe(&bench, MSR_DONE);
    bench_run(&bench);
    bench_swipe(&bench, MSR_CARD_ERROR); /* the check, too, may need another swipe */
    bench_run(&bench);
    bench_swipe(&bench, MSR_DONE);
    bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    bench_close(&bench);
}

static void another_card_at_the_check_is_told(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    fake_core_option(&bench.core, "swipes", "1");
    bench_plug_in(&bench);
    bench.hand = true;
    struct fake_op *first = bench_original(&bench, 1);
    first->request.rooms.count = 0;
    fake_op_room(first, "207");
    bench_expect(bench_begin(&bench, first), KC_OK, KC_OUTCOME_WRITTEN);
    struct msr_tracks other = bench.card;
    bench.hand = false;
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    bench_swipe(&bench, MSR_DONE);
    bench_run(&bench);
    bench.card = other;
    bench_swipe(&bench, MSR_DONE);
    bench_expect(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(op->error.message, "original for room 207"));
    op = bench_begin(&bench, bench_original(&bench, 1));
    bench_swipe(&bench, MSR_DONE);
    bench_run(&bench);
    memset(&bench.card, 0, sizeof(bench.card));
    bench_swipe(&bench, MSR_DONE);
    bench_expect(op, KC_ERROR_CARD, KC_OUTCOME_UNKNOWN);
    assert_non_null(strstr(op->error.message, "nothing on track 2"));
    bench_close(&bench);
}

static void dumb_after_the_write_is_unknown_and_ends_the_link(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "usb");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    fake_core_advance(&bench.core, 60000);
    bench_expect(op, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    assert_false(bench.core.up);
    bench_close(&bench);
}

static void stammering_is_settled_by_the_card(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    bench.fault = FAULT_SHORT;
    bench.fault_at = bench.answers + 1;
    bench_swipe(&bench, MSR_DONE);
    fake_core_advance(&bench.core, 1000);
    bench_run(&bench);
    assert_int_equal(bench.swipe, MSR_READ_ISO);
    bench_swipe(&bench, MSR_DONE);
    bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    bench_close(&bench);
}

static void erased_first_takes_a_swipe_of_its_own(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    fake_core_option(&bench.core, "erase-first", "on");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    assert_int_equal(bench.swipe, MSR_ERASE);
    assert_int_equal(bench.with.values[0], 7);
    bench_swipe(&bench, MSR_FAILED);
    bench_run(&bench);
    assert_int_equal(bench.swipe, MSR_ERASE);
    bench_swipe(&bench, MSR_DONE);
    bench_run(&bench);
    bench_swipe(&bench, MSR_DONE);
    bench_run(&bench);
    bench_swipe(&bench, MSR_DONE);
    bench_expect(op, KC_OK, KC_OUTCOME_WRITTEN);
    bench_close(&bench);
}

/* Nobody can say that no card was swiped when something came. */
static void stammering_at_the_erasing_is_told(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    fake_core_option(&bench.core, "erase-first", "on");
    bench_plug_in(&bench);
    struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
    bench.fault = FAULT_SHORT;
    bench.fault_at = bench.answers + 1;
    bench_swipe(&bench, MSR_DONE);
    fake_core_advance(&bench.core, 1000);
    bench_run(&bench);
    bench_expect(op, KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN);
    assert_non_null(strstr(op->error.message, "may be erased"));
    bench_close(&bench);
}

static void what_cannot_be_is_refused_before_anything_is_sent(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "serial");
    bench_plug_in(&bench);
    struct fake_op *op = bench_original(&bench, 1);
    assert_int_equal(fake_core_check(&bench.core, op), KC_OK);
    op->request.verb = KC_VERB_ISSUE_ONE_SHOT;
    op->request.copies = 2;
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    op->request.copies = 1;
    assert_int_equal(fake_core_check(&bench.core, op), KC_OK);
    op->room_list[0] = "101A";
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_LIMIT);
    struct fake_op *bytes = bench_image(&bench, "%A?", 3);
    bytes->request.card_serial = "04AABBCC";
    assert_int_equal(fake_core_check(&bench.core, bytes), KC_ERROR_NOT_OFFERED);
    assert_true(fake_core_try_option(&bench.core, "site-key", "00") != KC_OK);
    assert_int_equal(fake_core_try_option(&bench.core, "site-key", ""), KC_OK);
    op->room_list[0] = "101";
    assert_int_equal(fake_core_check(&bench.core, op), KC_ERROR_NOT_OFFERED);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_reset_and_test_go_to_a_strange_device),
        cmocka_unit_test(only_reset_and_test_go_to_a_strange_usb_device),
        cmocka_unit_test(an_encoder_without_model_and_firmware_is_one),
        cmocka_unit_test(model_and_firmware_are_told),
        cmocka_unit_test(card_is_written_and_read_back),
        cmocka_unit_test(further_cards_are_duplicates),
        cmocka_unit_test(nobody_swipes),
        cmocka_unit_test(cancelled_while_the_swipe_is_awaited),
        cmocka_unit_test(swiped_in_the_last_moment),
        cmocka_unit_test(bad_swipes_are_asked_for_again),
        cmocka_unit_test(another_card_at_the_check_is_told),
        cmocka_unit_test(dumb_after_the_write_is_unknown_and_ends_the_link),
        cmocka_unit_test(stammering_is_settled_by_the_card),
        cmocka_unit_test(erased_first_takes_a_swipe_of_its_own),
        cmocka_unit_test(stammering_at_the_erasing_is_told),
        cmocka_unit_test(what_cannot_be_is_refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
