/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys that the lock system returns as bytes: those of phones, and those of cards that the caller writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "salto_talk.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_mobile_image(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "mobile-image", "on", "auth-code", "abc", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.return_image = true;
    fake_core_begin(&core, op);
    assert_sent(&core, "|CNMB||101||||||1500150626|1100180626|Ann||||1|abc|");
    talk_ack(&core);
    talk_answer(&core, "|CNMB||00FFb3|install-7|");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->image.length, 3);
    assert_memory_equal(op->image.data, "\x00\xFF\xB3", 3);
    assert_string_equal(op->installation, "install-7");

    static const char *const bad[] = {"|CCMB|+359888123456|", "|CCMB|+359888123456|xyz|", "|CCMB|+359888123456|123|"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
        op->request.return_image = op->request.further = true;
        op->request.phone = "+359888123456";
        fake_core_start(&core, op);
        assert_sent(&core, "|CCMB|+359888123456|101||||||1500150626|1100180626|Ann||||1|abc|");
        talk_ack(&core);
        talk_answer(&core, bad[i]);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    }
    fake_core_close(&core);
}

static void test_long_image(void **state)
{
    (void)state;
    struct fake_core core;
    struct buf fields;
    talk_open(&core, "mobile-image", "on", NULL);
    struct fake_op *op = talk_op(&core, KC_VERB_SEND_MOBILE, "");
    op->request.return_image = true;
    fake_core_start(&core, op);
    talk_ack(&core);
    buf_init(&fields);
    buf_append_text(&fields, "|CNMB||");
    for (int i = 0; i < 30000; i++)
        buf_append_text(&fields, "5A");
    buf_append_text(&fields, "|");
    talk_answer(&core, buf_text(&fields));
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->image.length, 30000);
    buf_free(&fields);
    fake_core_close(&core);
}

/* ---- Cards ----------------------------------------------------------------------------------------------------- */

static struct fake_op *card_op(struct fake_core *core, int32_t verb)
{
    struct fake_op *op = talk_op(core, verb, "");
    op->request.card_serial = "04A1B2C3D4E580";
    return op;
}

static void test_card_image(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        int32_t verb;
        const char *sent, *answered;
    } rows[] = {
        {"as-mobile", KC_VERB_ISSUE_ORIGINAL, "|CNB|04A1B2C3D4E580|101||||||1500150626|1100180626|Ann|",
         "|CNB|04A1B2C3D4E580|00FFb3|"},
        {"as-mobile", KC_VERB_REISSUE, "|CNB|04A1B2C3D4E580|101||||||1500150626|1100180626|Ann|",
         "|CNB|04a1b2c3d4e580|00FFb3|install-7|"},
        {"as-mobile", KC_VERB_ISSUE_DUPLICATE, "|CCB|04A1B2C3D4E580|101||||||1500150626|1100180626|Ann|",
         "|CCB|04A1B2C3D4E580|00FFb3|"},
        {"as-card", KC_VERB_ISSUE_ORIGINAL, "|CNB|0||101||||||1500150626|1100180626|Ann||||04A1B2C3D4E580|",
         "|CNB|0|00FFb3|"},
        {"as-card", KC_VERB_ISSUE_DUPLICATE, "|CCB|0||101||||||1500150626|1100180626|Ann||||04A1B2C3D4E580|",
         "|CCB|0|00FFb3|"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        talk_open(&core, "card-image", "on", "card-image-form", rows[i].form, "auth-code", "abc", NULL);
        assert_true(core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE));
        struct fake_op *op = card_op(&core, rows[i].verb);
        fake_core_begin(&core, op);
        assert_sent(&core, rows[i].sent);
        assert_true(op->committed);
        talk_ack(&core);
        assert_int_equal(op->prompts_seen, 0); /* nobody lays a card on an encoder */
        assert_int_equal(op->encoding_count, 1);
        talk_answer(&core, rows[i].answered);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_int_equal(op->image.length, 3);
        assert_memory_equal(op->image.data, "\x00\xFF\xB3", 3);
        assert_string_equal(op->installation, "");
        assert_false(op->reached);
        fake_core_close(&core);
    }
}

static void test_card_image_that_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"|CNB|04A1B2C3D4E580|", "|CNB|04A1B2C3D4E580|xyz|", "|CNB|04A1B2C3D4E580|123|",
                                      "|CNB|04A1B2C3D4E580||00FF|"};
    struct fake_core core;
    talk_open(&core, "card-image", "on", NULL);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct fake_op *op = card_op(&core, KC_VERB_ISSUE_ORIGINAL);
        fake_core_start(&core, op);
        talk_sent(&core);
        talk_ack(&core);
        talk_answer(&core, bad[i]);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        assert_int_equal(op->image.length, 0);
    }
    fake_core_close(&core);
}

/* The key of one card must not be taken for that of another, nor a new guest's for a copy. */
static void test_card_image_of_another(void **state)
{
    (void)state;
    static const char *const other[] = {"|CCB|04A1B2C3D4E581|00FF|", "|CCB|04A1B2C3|00FF|",
                                        "|CCMB|04A1B2C3D4E580|00FF|", "|CC|04A1B2C3D4E580|00FF|"};
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        struct fake_core core;
        talk_open(&core, "card-image", "on", NULL);
        struct fake_op *op = card_op(&core, KC_VERB_ISSUE_DUPLICATE);
        fake_core_start(&core, op);
        talk_sent(&core);
        talk_ack(&core);
        talk_answer(&core, other[i]);
        assert_int_equal(core.fail_status, KC_ERROR_PROTOCOL);
        assert_int_equal(op->image.length, 0);
        fake_core_close(&core);
    }
    struct fake_core core;
    talk_open(&core, "card-image", "on", NULL);
    struct fake_op *op = card_op(&core, KC_VERB_ISSUE_DUPLICATE);
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|CNB|04A1B2C3D4E580|00FF|");
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
    assert_int_equal(op->image.length, 0);
    fake_core_close(&core);
}

static void test_card_image_refused(void **state)
{
    (void)state;
    static const struct {
        const char *answered;
        int32_t status;
    } rows[] = {
        {"|ES|04A1B2C3D4E580|", KC_ERROR_NOT_OFFERED}, /* a server without the commands does not know them */
        {"|TD|04A1B2C3D4E580|", KC_ERROR_UNKNOWN_ROOM},
        {"|EO|", KC_ERROR_ROOM_BUSY},
    };
    struct fake_core core;
    talk_open(&core, "card-image", "on", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_op *op = card_op(&core, KC_VERB_ISSUE_ORIGINAL);
        fake_core_start(&core, op);
        talk_ack(&core);
        talk_answer(&core, rows[i].answered);
        assert_done(op, rows[i].status, KC_OUTCOME_NOT_WRITTEN);
        assert_false(op->reached);
    }
    fake_core_close(&core);
}

static void test_card_image_checks(void **state)
{
    (void)state;
    static const char *const lines[] = {"Welcome"};
    struct fake_core core;
    talk_open(&core, NULL);
    assert_false(core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE));
    fake_core_close(&core);
    talk_open(&core, "card-image", "on", NULL);
    struct fake_op *op = card_op(&core, KC_VERB_ISSUE_ONE_SHOT);
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NOT_OFFERED);
    assert_string_equal(core.error.field, "card-serial");
    op = card_op(&core, KC_VERB_ISSUE_ORIGINAL);
    op->request.texts = (struct strings){lines, 1};
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_LIMIT);
    assert_string_equal(core.error.field, "text");
    fake_core_close(&core);
}

static void test_card_image_in_the_log(void **state)
{
    (void)state;
    struct fake_core core;
    talk_open(&core, "card-image", "on", NULL);
    struct fake_op *op = card_op(&core, KC_VERB_ISSUE_ORIGINAL);
    fake_core_start(&core, op);
    talk_ack(&core);
    talk_answer(&core, "|CNB|04A1B2C3D4E580|00FF|");
    assert_string_equal(talk_traced(&core), "-> |CNB|04A1B2C3D4E580|101||||||1500150626|1100180626|***|\n"
                                            "<- ACK\n"
                                            "<- |CNB|04A1B2C3D4E580|***|\n");
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mobile_image),
        cmocka_unit_test(test_long_image),
        cmocka_unit_test(test_card_image),
        cmocka_unit_test(test_card_image_that_is_none),
        cmocka_unit_test(test_card_image_of_another),
        cmocka_unit_test(test_card_image_refused),
        cmocka_unit_test(test_card_image_checks),
        cmocka_unit_test(test_card_image_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
