/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The magnetic-stripe driver with an encoder that stalls, babbles, answers something else or vanishes at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "magstripe_bench.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Attacks
 * --------------------------------------------------------------------------------------------------------- */

static const char image_bytes[] = "\x01\x22\x93\xF4\x55\x66\x77\x88";
enum { IMAGE_SIZE = sizeof(image_bytes) - 1 };

/* What the encoder is wanted for. */
enum job { JOB_ORIGINALS, JOB_ERASE_FIRST, JOB_IMAGE, JOB_READ, JOB_COUNT };

static void prepare(struct bench *bench, enum job job)
{
    if (job == JOB_ERASE_FIRST)
        fake_core_option(&bench->core, "erase-first", "on");
    if (job != JOB_IMAGE)
        return;
    fake_core_option(&bench->core, "content", "image");
    fake_core_option(&bench->core, "image-form", "bits");
}

static struct fake_op *make(struct bench *bench, enum job job)
{
    if (job == JOB_IMAGE)
        return bench_image(bench, image_bytes, IMAGE_SIZE);
    return job == JOB_READ ? fake_core_op(&bench->core, KC_VERB_READ_CARD)
                           : bench_original(bench, job == JOB_ORIGINALS ? 2 : 1);
}

static void expect_truth(const struct bench *bench, const struct fake_op *op, enum job job)
{
    const struct msr_track *track = &bench->card.track[1];
    const int cards = job == JOB_ORIGINALS ? 2 : 1;
    assert_true(op->done);
    if (job == JOB_READ) {
        assert_int_equal(bench->writes, 0);
        assert_false(op->committed);
        assert_true(op->error.code != KC_OK || op->has_card);
        assert_true(op->error.code == KC_OK || op->outcome == KC_OUTCOME_NOT_WRITTEN);
        return;
    }
    assert_true(op->outcome != KC_OUTCOME_WRITTEN || bench->writes > 0);
    assert_true(op->outcome != KC_OUTCOME_NOT_WRITTEN || bench->writes == 0);
    assert_true(op->error.code != KC_OK || bench->writes >= cards);
    if (op->error.code == KC_OK && job == JOB_IMAGE)
        for (size_t i = 0; i < IMAGE_SIZE; i++)
            assert_int_equal(msr_reverse(track->bytes[i]), (uint8_t)image_bytes[i]);
}

/* One fault at one answer; what it came to agrees with what the card went through. */
static bool strike(const char *transport, enum job job, enum fault fault, int at, bool loses)
{
    struct bench bench;
    bench_open(&bench, transport);
    prepare(&bench, job);
    bench.loses = loses;
    fake_core_option(&bench.core, "reset-proves", loses ? "no" : "yes");
    bench.fault = fault;
    bench.fault_at = at;
    bench.hand = true;
    bench_plug_in(&bench);
    fake_core_advance(&bench.core, 100);
    bench_run(&bench);
    for (int i = 0; i < 20 && bench.core.up && !bench.core.ready; i++) {
        fake_core_advance(&bench.core, 1000);
        bench_run(&bench);
    }
    if (bench.core.ready) {
        struct fake_op *op = bench_begin(&bench, make(&bench, job));
        for (int i = 0; i < 400 && !op->done; i++) {
            fake_core_advance(&bench.core, 500);
            bench_run(&bench);
        }
        expect_truth(&bench, op, job);
    }
    bool reached = bench.answers >= at;
    bench_close(&bench);
    return reached;
}

static void every_fault_at_every_answer_ends_in_the_truth(void **state)
{
    (void)state;
    static const char *const transports[] = {"serial", "usb"};
    for (size_t transport = 0; transport < COUNT_OF(transports); transport++)
        for (enum job job = JOB_ORIGINALS; job < JOB_COUNT; job++)
            for (int fault = FAULT_SILENT; fault < FAULT_COUNT; fault++) {
                int at = 1;
                while (strike(transports[transport], job, (enum fault)fault, at, false) &&
                       strike(transports[transport], job, (enum fault)fault, at, true))
                    at++;
                assert_true(at > 8);
            }
}

/* Packets of every kind in place of each answer, on USB. */
static void damaged_packets_are_borne(void **state)
{
    (void)state;
    static const uint8_t heads[] = {0x00, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xC3, 0xFF};
    for (size_t head = 0; head < COUNT_OF(heads); head++) {
        for (size_t length = 0; length <= MSR_PACKET; length += 16) {
            struct bench bench;
            uint8_t packet[MSR_PACKET];
            memset(packet, MSR_ESC, sizeof(packet));
            packet[0] = heads[head];
            bench_open(&bench, "usb");
            bench_plug_in(&bench);
            struct fake_op *op = bench_begin(&bench, bench_original(&bench, 1));
            fake_core_receive(&bench.core, packet, length);
            for (int i = 0; i < 100 && !op->done; i++) {
                fake_core_advance(&bench.core, 1000);
                bench_run(&bench);
            }
            assert_true(op->done);
            assert_true(op->outcome != KC_OUTCOME_WRITTEN);
            bench_close(&bench);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_at_every_answer_ends_in_the_truth),
        cmocka_unit_test(damaged_packets_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
