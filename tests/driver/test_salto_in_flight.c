/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SALTO driver with several requests in flight, and against answers that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Several requests in flight -------------------------------------------------------------------------------- */

static void test_requests_per_encoder(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "requests-in-flight", "per-encoder", "serial-numbers", "omit", NULL);
    struct fake_op *one = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
    struct fake_op *two = talk_start(&core, KC_VERB_ISSUE_DUPLICATE, "Desk 2");
    struct fake_op *three = talk_start(&core, KC_VERB_READ_CARD, "Desk 3");
    assert_sent(&core, "|CN|Desk 1|E|101||||||1500150626|1100180626|Ann|"); /* ACK has no name on it */
    assert_false(two->committed);
    talk_ack(&core);
    assert_sent(&core, "|CC|Desk 2|E|101||||||1500150626|1100180626|Ann|");
    talk_nak(&core);
    fake_core_advance(&core, 200);
    assert_sent(&core, "ENQ");
    talk_answer(&core, "|CN|Desk 1|"); /* the answer to the first in the middle of the dialogue of the second */
    assert_done(one, KC_OK, KC_OUTCOME_WRITTEN);
    talk_ack(&core);
    talk_sent(&core);
    talk_ack(&core);
    assert_sent(&core, "|LT|Desk 3|E|");
    talk_ack(&core);
    talk_answer(&core, "|ED|Desk 3|");
    assert_done(three, KC_ERROR_NO_CARD, KC_OUTCOME_NOT_WRITTEN);
    assert_false(two->done);
    talk_answer(&core, "|CC|Desk 2|");
    assert_done(two, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(core.up);
    fake_core_close(&core);
}

static void test_an_answer_that_names_none_of_several(void **state)
{
    (void)state;
    static const char *const answers[] = {"|TD|", "|TD|Desk 3|", "|CN|", "|CN|Desk 3|", "|CC|Desk 1|"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct fake_core core;
        talk_open(&core, "requests-in-flight", "per-encoder", NULL);
        struct fake_op *one = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        talk_ack(&core);
        struct fake_op *two = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
        talk_ack(&core);
        talk_answer(&core, answers[i]);
        assert_done(one, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        assert_done(two, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        fake_core_close(&core);
    }
}

static void test_equal_names_wait_for_each_other(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "requests-in-flight", "per-encoder", NULL);
    struct fake_op *one = talk_start(&core, KC_VERB_CHECK_OUT, "");
    struct fake_op *two = talk_start(&core, KC_VERB_CHECK_OUT, "");
    talk_ack(&core);
    assert_sent(&core, "|CO|0|101|");
    talk_answer(&core, "|CO|0|101|");
    assert_done(one, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(two->done);
    assert_sent(&core, "|CO|0|101|");
    talk_ack(&core);
    talk_answer(&core, "|TD|0|");
    assert_done(two, KC_ERROR_UNKNOWN_ROOM, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

/* A read is cancelled beside a key under way: the key must not lose its connection, nor get the answer of the read. */
static void test_cancel_read_beside_a_key(void **state)
{
    (void)state;
    static const char *const late[] = {"|ED|Desk 1|", "|LT|Desk 1|LM|"};
    for (size_t i = 0; i < COUNT_OF(late); i++) {
        struct fake_core core;
        talk_open(&core, "requests-in-flight", "per-encoder", NULL);
        struct fake_op *read = talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
        talk_ack(&core);
        struct fake_op *key = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
        talk_ack(&core);
        fake_core_cancel(&core, read);
        assert_done(read, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
        assert_int_equal(core.down_count, 0);
        struct fake_op *busy = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 1");
        assert_done(busy, KC_ERROR_ENCODER_BUSY, KC_OUTCOME_NOT_WRITTEN);
        talk_answer(&core, late[i]);
        assert_false(key->done);
        struct fake_op *next = talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
        assert_false(next->done);
        talk_ack(&core);
        talk_answer(&core, "|LT|Desk 1|LM|");
        assert_done(next, KC_OK, KC_OUTCOME_WRITTEN);
        talk_answer(&core, "|CN|Desk 2|");
        assert_done(key, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(core.down_count, 0);
        fake_core_close(&core);
    }
    /* the late answer never comes: closed once nothing else is under way */
    struct fake_core core;
    talk_open(&core, "requests-in-flight", "per-encoder", NULL);
    struct fake_op *read = talk_start(&core, KC_VERB_READ_CARD, "Desk 1");
    talk_ack(&core);
    struct fake_op *key = talk_start(&core, KC_VERB_ISSUE_ORIGINAL, "Desk 2");
    talk_ack(&core);
    fake_core_cancel(&core, read);
    talk_answer(&core, "|CN|Desk 2|");
    assert_done(key, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(core.down_count, 1);
    fake_core_close(&core);
}

/* ---- Hostile answers ------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void make_hostile(struct buf *bytes, uint32_t *seed)
{
    static const char *const pieces[] = {"|CN|Desk 1|",
                                         "|CC|Desk 1|A1|",
                                         "|CN|",
                                         "|TD|Desk 1|",
                                         "|EG|Desk 1|text|",
                                         "|LT|Desk 1|101||||CI|0|",
                                         "|LT|Desk 1|101|102|103|104|CO|I|1d}|1455051114|14201114|Ann|",
                                         "|CNMB|+359888123456|00FF|i|",
                                         "|CO|0|",
                                         "|LT|Desk 1|LM|",
                                         "|",
                                         "",
                                         "|ZZ|",
                                         "|CNM|+359888123456|"};
    static const uint8_t controls[] = {0x02, 0x03, 0x05, 0x06, 0x15, 0x0D, 0xB3, 0x00};
    buf_clear(bytes);
    for (uint32_t parts = 1 + next_random(seed) % 4; parts > 0; parts--) {
        uint32_t choice = next_random(seed) % 8;
        if (choice < 5)
            talk_frame(bytes, pieces[next_random(seed) % COUNT_OF(pieces)]);
        else
            buf_append_byte(bytes, controls[next_random(seed) % sizeof(controls)]);
    }
    for (uint32_t changes = next_random(seed) % 3; changes > 0 && bytes->length > 0; changes--)
        bytes->data[next_random(seed) % bytes->length] = (uint8_t)next_random(seed);
}

/* Whatever comes, each operation ends exactly once (the fake core sees to that) and in the time it has. */
static void test_hostile_answers(void **state)
{
    (void)state;
    static const int32_t verbs[] = {KC_VERB_ISSUE_ORIGINAL, KC_VERB_ISSUE_DUPLICATE, KC_VERB_READ_CARD,
                                    KC_VERB_SEND_MOBILE,    KC_VERB_CHECK_OUT,       KC_VERB_DISCOVER};
    uint32_t seed = 20260615;
    struct buf bytes;
    buf_init(&bytes);
    for (int round = 0; round < 1500; round++) {
        struct fake_core core;
        struct fake_op *ops[3];
        talk_open(&core, "requests-in-flight", round % 2 ? "per-encoder" : "one", "enquiry",
                  round % 3 ? "after-nak" : "always", "mobile", "on", "mobile-image", "on", NULL);
        size_t count = round % 2 ? 3 : 1;
        static const char *const encoders[] = {"Desk 1", "Desk 2", "Desk 3"};
        for (size_t i = 0; i < count; i++) {
            ops[i] = talk_op(&core, verbs[next_random(&seed) % COUNT_OF(verbs)], encoders[i]);
            ops[i]->request.phone = "+359888123456";
            ops[i]->request.return_image = next_random(&seed) % 2;
            if (core.ready)
                fake_core_start(&core, ops[i]);
        }
        for (int step = 0; step < 8 && core.up; step++) {
            make_hostile(&bytes, &seed);
            fake_core_receive(&core, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length);
            if (next_random(&seed) % 8 == 0)
                fake_core_cancel(&core, ops[0]);
            fake_core_advance(&core, next_random(&seed) % 300);
            buf_clear(&core.sent);
            buf_clear(&core.trace);
        }
        fake_core_advance(&core, 1000000);
        for (size_t i = 0; i < count; i++)
            assert_true(ops[i]->done);
        fake_core_close(&core);
    }
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_per_encoder),
        cmocka_unit_test(test_an_answer_that_names_none_of_several),
        cmocka_unit_test(test_equal_names_wait_for_each_other),
        cmocka_unit_test(test_cancel_read_beside_a_key),
        cmocka_unit_test(test_hostile_answers),
    };
    return cmocka_run_group_tests_name("salto in flight", tests, NULL, NULL);
}
