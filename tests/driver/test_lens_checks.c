/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LENS driver: what is refused before anything is sent, and the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lens_talk.h"

/* What is wrong with a request, or what is given besides. */
enum spoiled {
    NOTHING,
    NO_ROOM,
    TWO_ROOMS,
    NO_BOOKING,
    NO_ENCODER,
    ZERO_ENCODER,
    PHONE_ENCODER,
    COPIES,
    NO_END,
    AREA_0,
    AREA_13,
    AREA_NAME,
    BOTH,
    TEXT,
    SERIAL_ODD,
    SERIAL_ZERO,
    SERIAL_LETTER,
    SERIAL_COPIES
};

static void spoil_target(struct fake_op *op, enum spoiled what)
{
    struct driver_request *request = &op->request;
    if (what == NO_ROOM)
        request->rooms.count = 0;
    if (what == TWO_ROOMS)
        fake_op_room(op, "102");
    if (what == NO_BOOKING)
        request->booking = "";
    if (what == NO_ENCODER)
        request->encoder = "";
    if (what == ZERO_ENCODER)
        request->encoder = "00";
    if (what == PHONE_ENCODER)
        request->encoder = "9993584012";
    if (what == COPIES)
        request->copies = 100;
    if (what == NO_END)
        request->until = (struct moment){0};
}

static void spoil_content(struct fake_op *op, enum spoiled what)
{
    static const char *const areas[] = {"0", "13", "spa", "4"};
    static const char *const serials[] = {"04A1B2C3D", "00000000", "04A1B2CG", "04A1B2C3"};
    if (what >= AREA_0 && what <= BOTH)
        fake_op_area(op, areas[what - AREA_0]);
    if (what == BOTH)
        fake_op_denied(op, "4");
    if (what == TEXT)
        fake_op_text(op, "One");
    if (what >= SERIAL_ODD) {
        op->request.card_serial = serials[what - SERIAL_ODD];
        op->request.encoder = "";
        op->request.copies = what == SERIAL_COPIES ? 2 : 1;
    }
}

static const struct {
    int32_t verb;
    enum spoiled what;
    int32_t status;
} checks[] = {
    {KC_VERB_ISSUE_ORIGINAL, NO_ROOM, KC_ERROR_NO_ROOM},
    {KC_VERB_ISSUE_ORIGINAL, TWO_ROOMS, KC_OK},
    {KC_VERB_ISSUE_ORIGINAL, NO_BOOKING, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, NO_ENCODER, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, ZERO_ENCODER, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, PHONE_ENCODER, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, COPIES, KC_ERROR_LIMIT},
    {KC_VERB_ISSUE_ORIGINAL, NO_END, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, AREA_0, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, AREA_13, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, AREA_NAME, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, BOTH, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, TEXT, KC_ERROR_LIMIT},
    {KC_VERB_ISSUE_ORIGINAL, SERIAL_ODD, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, SERIAL_ZERO, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, SERIAL_LETTER, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ORIGINAL, SERIAL_COPIES, KC_ERROR_LIMIT},
    {KC_VERB_ISSUE_ONE_SHOT, TWO_ROOMS, KC_ERROR_LIMIT},
    {KC_VERB_ISSUE_ONE_SHOT, NO_BOOKING, KC_OK},
    {KC_VERB_ISSUE_ONE_SHOT, NO_END, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_ISSUE_ONE_SHOT, AREA_0, KC_ERROR_NOT_OFFERED},
    {KC_VERB_ISSUE_DUPLICATE, NO_END, KC_OK},
    {KC_VERB_CANCEL_KEY, NOTHING, KC_ERROR_NOT_OFFERED},
    {KC_VERB_MODIFY_STAY, NOTHING, KC_ERROR_NOT_OFFERED},
    {KC_VERB_SEND_MOBILE, NOTHING, KC_ERROR_NOT_OFFERED},
    {KC_VERB_READ_CARD, NOTHING, KC_ERROR_NOT_OFFERED},
    {KC_VERB_BLOCK_STAY, NO_BOOKING, KC_ERROR_INVALID_ARGUMENT},
    {KC_VERB_CHECK_OUT, NO_BOOKING, KC_OK},
};

static void test_checks(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        struct fake_op *op = lens_make(&core, checks[i].verb, 1);
        spoil_target(op, checks[i].what);
        spoil_content(op, checks[i].what);
        int32_t status = fake_core_check(&core, op);
        if (status != checks[i].status)
            print_error("row %zu: %s\n", i, core.error.message);
        assert_int_equal(status, checks[i].status);
        op->done = true; /* its place may be used again */
    }
    fake_core_close(&core);
}

/* Text that XML cannot carry is refused, not sent in part. */
static void test_text_that_cannot_be_sent(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_make(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.guest = "Le\001e";
    fake_core_begin(&core, op);
    assert_done(op, KC_ERROR_INVALID_ARGUMENT, KC_OUTCOME_NOT_WRITTEN);
    assert_int_equal(op->committed_count, 0);
    assert_int_equal(op->question.count, 0);
    fake_core_close(&core);
}

static void test_configuration(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"mobile-encoder", "999"}, {"mobile-encoder", "999%s%s"}, {"mobile-encoder", "999%d"},   {"encoders", "Desk 1"},
        {"encoders", "=4"},        {"fault-map", "KeyJammed"},    {"fault-map", "KeyJammed=no"}, {"fault-map", "=card"},
    };
    struct fake_core core;
    fake_core_open(&core, &driver_saflok_lens);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(fake_core_try_option(&core, rows[i].name, rows[i].value), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(core.error.field, rows[i].name);
        const char *usual = strcmp(rows[i].name, "mobile-encoder") == 0 ? "999%s" : "";
        fake_core_option(&core, rows[i].name, usual);
    }
    fake_core_close(&core);
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *url, *path, *whole;
    } rows[] = {
        {"http://lens.example", "/MessengerPMSWS.asmx", "http://lens.example/MessengerPMSWS.asmx"},
        {"https://lens.example:1619/", "MessengerPMSWS.asmx", "https://lens.example:1619/MessengerPMSWS.asmx"},
        {"http://lens.example/ATLASKLIWS/MessengerPMSService.asmx", "",
         "http://lens.example/ATLASKLIWS/MessengerPMSService.asmx"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        struct lens_incoming incoming;
        fake_core_open(&core, &driver_saflok_lens);
        assert_int_equal(fake_core_url(&core, rows[i].url), KC_OK);
        fake_core_up(&core);
        struct fake_op *op = lens_start(&core, KC_VERB_CHECK_OUT, 1);
        assert_string_equal(op->question.path, rows[i].path);
        assert_int_equal(lens_call_read(op->question.body.data, op->question.body.length, &incoming), 0);
        assert_string_equal(incoming.header.url, rows[i].whole);
        lens_incoming_free(&incoming);
        fake_core_close(&core);
    }
    struct fake_core core;
    fake_core_open(&core, &driver_ambiance);
    assert_int_equal(fake_core_url(&core, "http://lens.example:80"), KC_ERROR_INVALID_ARGUMENT);
    assert_int_equal(fake_core_url(&core, "http://lens.example:80/"), KC_ERROR_INVALID_ARGUMENT);
    assert_non_null(strstr(core.error.message, "Ambiance"));
    assert_int_equal(fake_core_url(&core, "http://lens.example:80/LGS.asmx"), KC_OK);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_text_that_cannot_be_sent),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
