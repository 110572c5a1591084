/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LENS driver: mobile keys, whether they were delivered, and how they are withdrawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lens_talk.h"

#define STAY  "ReservationID=R1 SiteName="
#define TIMES " CheckIn=2026-05-04T15:00:00 CheckOut=2026-05-07T12:00:00"
#define TO    " PMSTerminalID=DESK1 EncoderID=999+358401234567"
#define ASKED "GetMobileTransactionHistory ReservationID=R1 EncoderID=999+358401234567 RoomNo=101"
#define NOW   "2026-05-04T16:05:30" /* at UTC+3, 30 s after the clock of the tests */

static struct fake_op *send_key(struct fake_core *core)
{
    struct fake_op *op = lens_start(core, KC_VERB_SEND_MOBILE, 1);
    lens_succeed(core, op);
    return op;
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void test_requests(void **state)
{
    (void)state;
    static const struct {
        bool further, sharer, changed;
        const char *call;
    } rows[] = {
        {false, false, false,
         "CreateNewBooking " STAY "MOBILE" TO TIMES " GuestName=Lee MainRoomNo=101 SuiteDoors=false KeyCount=1 "
         "KeySize=0"},
        {true, false, false, "MakeDuplicateKey " STAY "Main" TO " GuestName=Lee KeyCount=1 KeySize=0"},
        {true, true, false,
         "AddSharedGuest " STAY "MOBILE" TO TIMES " GuestName=Lee MainRoomNo=101 KeyCount=1 KeySize=0"},
        {true, false, true, "ChangeKeyAccess " STAY "MOBILE" TO TIMES " GuestName=Lee KeyCount=1 KeySize=0"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "mobile", "on", "uid-dummy", "AAAAAAAA", "key-size", "3", "delivery-wait", "0", NULL);
        assert_true(core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_DELIVERY));
        struct fake_op *op = lens_make(&core, KC_VERB_SEND_MOBILE, 1);
        op->request.further = rows[i].further;
        op->request.sharer = rows[i].sharer;
        op->request.changed = rows[i].changed;
        fake_core_begin(&core, op);
        assert_asked(&core, op, rows[i].call);
        assert_int_equal(op->question.answer_ms, 20000);
        assert_int_equal(op->prompts_seen, 0);
        lens_succeed(&core, op);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->unconfirmed);
        assert_int_equal(op->warning_count, 1);
        assert_int_equal(op->question.count, 1);
        assert_null(strstr(buf_text(&core.trace), "358401234567"));
        fake_core_close(&core);
    }
}

static void test_forms(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", "mobile-encoder", "998X%s-1", "phone-form", "digits", "mobile-site", "M", NULL);
    struct fake_op *op = lens_make(&core, KC_VERB_SEND_MOBILE, 1);
    op->request.phone = "00358401234567";
    fake_op_area(op, "2");
    fake_core_begin(&core, op);
    assert_asked(&core, op,
                 "CreateNewBooking " STAY "M PMSTerminalID=DESK1 EncoderID=998X358401234567-1" TIMES
                 " GuestName=Lee MainRoomNo=101 SuiteDoors=false KeyCount=1 KeySize=0 "
                 "areas=1=,2+,3=,4=,5=,6=,7=,8=,9=,10=,11=,12=");
    assert_null(strstr(buf_text(&core.trace), "358401234567"));
    fake_core_close(&core);
}

static void test_off(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    uint32_t mobile = DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE) |
                      DRIVER_CAN(KC_CAPABILITY_DELIVERY) | DRIVER_CAN(KC_CAPABILITY_CANCEL_KEY);
    assert_int_equal(core.profile.capabilities & mobile, 0);
    assert_int_equal(driver_saflok_lens.profile.capabilities & mobile, mobile);
    fake_core_close(&core);
}

static void test_contacts(void **state)
{
    (void)state;
    static const struct {
        const char *phone, *email;
        int32_t copies, status;
    } rows[] = {
        {"+358401234567", "", 1, KC_OK},
        {"00358401234567", "", 1, KC_OK},
        {"", "", 1, KC_ERROR_CONTACT},
        {"", "lee@example.com", 1, KC_ERROR_CONTACT},
        {"+358401234567", "lee@example.com", 1, KC_ERROR_CONTACT},
        {"0401234567", "", 1, KC_ERROR_INVALID_ARGUMENT},
        {"+0401234567", "", 1, KC_ERROR_INVALID_ARGUMENT},
        {"+1234567", "", 1, KC_ERROR_INVALID_ARGUMENT},
        {"+1234567890123456", "", 1, KC_ERROR_INVALID_ARGUMENT},
        {"+358 40 1234567", "", 1, KC_ERROR_INVALID_ARGUMENT},
        {"+358401234567", "", 2, KC_ERROR_LIMIT},
    };
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_op *op = lens_make(&core, KC_VERB_SEND_MOBILE, rows[i].copies);
        op->request.phone = rows[i].phone;
        op->request.email = rows[i].email;
        assert_int_equal(fake_core_check(&core, op), rows[i].status);
        op->done = true; /* its place may be used again */
    }
    fake_core_close(&core);
}

static void test_withdrawal(void **state)
{
    (void)state;
    static const int32_t kinds[] = {KC_KIND_MOBILE, KC_KIND_MOBILE_DUPLICATE};
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct fake_op *op = lens_make(&core, KC_VERB_CANCEL_KEY, 1);
        op->request.key_kind = kinds[i];
        op->request.phone = "00358401234567";
        fake_core_begin(&core, op);
        assert_asked(&core, op,
                     "CancelGuestsMobileAccessToRoom ReservationID=R1 SiteName=Main PMSTerminalID=DESK1 "
                     "MainRoomNo=101 GuestMobileNumber=+358401234567");
        assert_true(op->committed);
        lens_succeed(&core, op);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    }
    struct fake_op *op = lens_make(&core, KC_VERB_CANCEL_KEY, 1);
    op->request.key_kind = KC_KIND_DUPLICATE;
    assert_int_equal(fake_core_check(&core, op), KC_ERROR_NOT_OFFERED);
    assert_non_null(strstr(core.error.message, "new original"));
    fake_core_close(&core);
}

/* ---- Delivery -------------------------------------------------------------------------------------------------- */

static void test_delivered(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    struct fake_op *op = send_key(&core);
    assert_int_equal(op->encoding_count, 1);
    assert_false(op->question.asking || op->done);
    fake_core_advance(&core, 2000);
    assert_asked(&core, op, ASKED);
    assert_true(op->question.repeatable);
    assert_int_equal(op->question.answer_ms, 10000);
    lens_history(&core, op, "", "", NULL, false); /* not listed yet */
    fake_core_advance(&core, 2000);
    lens_history(&core, op, NOW, "101", "Sent", false);
    fake_core_advance(&core, 2000);
    lens_history(&core, op, NOW, "101", "Key DELIVERED", false);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_false(op->unconfirmed);
    assert_int_equal(op->warning_count, 0);
    fake_core_close(&core);
}

static void test_still_under_way(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", "delivery-wait", "5000", NULL);
    struct fake_op *op = send_key(&core);
    for (int i = 0; i < 3; i++) { /* after 2, 4 and 5 s */
        fake_core_advance(&core, i < 2 ? 2000 : 1000);
        assert_int_equal(op->question.count, i + 2);
        lens_history(&core, op, NOW, "101", "Undelivered yet", false);
        if (i == 0)
            break; /* undelivered is a word of failure */
    }
    assert_done(op, KC_ERROR_MOBILE, KC_OUTCOME_WRITTEN);

    op = send_key(&core);
    for (int i = 0; i < 3; i++) {
        assert_false(op->done);
        fake_core_advance(&core, i < 2 ? 2000 : 1000);
        lens_history(&core, op, NOW, "101", "Pending", false);
    }
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(op->unconfirmed);
    assert_int_equal(op->warning_count, 1);
    fake_core_close(&core);
}

static void test_failed(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    for (int i = 0; i < 2; i++) {
        struct fake_op *op = send_key(&core);
        fake_core_advance(&core, 2000);
        lens_history(&core, op, NOW, "101", i == 0 ? "Delivered" : "Failed", i == 0);
        assert_done(op, KC_ERROR_MOBILE, KC_OUTCOME_WRITTEN);
        assert_non_null(strstr(op->error.vendor_text, i == 0 ? "Delivered" : "Failed"));
        assert_null(strstr(op->error.vendor_text, "Lee"));
        assert_null(strstr(op->error.vendor_text, "358401234567"));
        assert_false(op->unconfirmed);
    }
    fake_core_close(&core);
}

/* Whose entry it is, by room and time: the lock system's are in its own zone or with an offset. */
static void test_entries(void **state)
{
    (void)state;
    static const struct {
        const char *time, *room;
        bool ours;
    } rows[] = {
        {NOW, "101", true},
        {NOW, "", true},
        {NOW, "102", false},
        {"2026-05-04T16:04:00", "101", true}, /* its clock is behind */
        {"2026-05-04T15:59:00", "101", false},
        {"2026-05-04T13:05:30Z", "101", true},
        {"2026-05-04T12:59:00Z", "101", false},
        {"2026-05-04T16:05:30.1234567+03:00", "101", true},
        {"2026-05-04T09:05:30-04:00", "101", true},
        {"2026-05-04T08:05:30-04:00", "101", false},
        {"2025-05-04T16:05:30", "101", false},
        {"yesterday", "101", true},
        {"", "101", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "mobile", "on", "delivery-wait", "2000", NULL);
        struct fake_op *op = send_key(&core);
        fake_core_advance(&core, 2000);
        lens_history(&core, op, rows[i].time, rows[i].room, "Delivered", false);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        if (op->unconfirmed == rows[i].ours)
            fail_msg("%s in room \"%s\"", rows[i].time, rows[i].room);
        fake_core_close(&core);
    }
}

static void put_entry(struct buf *out, int number, const char *time, const char *status)
{
    buf_append_format(out,
                      "<TransactionStatusHistory><ID>%d</ID><PMSTransactionNo>%d</PMSTransactionNo>"
                      "<ResponseDateTime>%s</ResponseDateTime><TransactionStatus>%s</TransactionStatus>"
                      "<TransactionInError>false</TransactionInError></TransactionStatusHistory>",
                      number, number, time, status);
}

static void test_newest_entry(void **state)
{
    (void)state;
    static const struct {
        int number[2];
        const char *time[2], *status[2];
        bool unconfirmed;
    } rows[] = {
        {{1, 2}, {NOW, "2026-05-04T16:05:40"}, {"Sent", "Delivered"}, false},
        {{1, 2}, {"2026-05-04T16:05:40", NOW}, {"Delivered", "Sent"}, false},
        {{1, 2}, {"2026-05-04T16:05:40", NOW}, {"Sent", "Delivered"}, true},
        {{1, 2}, {NOW, NOW}, {"Sent", "Delivered"}, false},
        {{2, 1}, {"", ""}, {"Sent", "Delivered"}, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        struct buf list = {0};
        lens_open(&core, "mobile", "on", "delivery-wait", "2000", NULL);
        struct fake_op *op = send_key(&core);
        fake_core_advance(&core, 2000);
        buf_append_text(&list, "<PMStransactionList>");
        for (size_t k = 0; k < 2; k++)
            put_entry(&list, rows[i].number[k], rows[i].time[k], rows[i].status[k]);
        buf_append_text(&list, "</PMStransactionList>");
        lens_result(&core, op, buf_text(&list));
        buf_free(&list);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        if (op->unconfirmed != rows[i].unconfirmed)
            fail_msg("row %zu", i);
        fake_core_close(&core);
    }
}

/* That the question fails is no failure of the key. */
static void test_question_fails(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    for (int i = 0; i < 5; i++) {
        struct fake_op *op = send_key(&core);
        fake_core_advance(&core, 2000);
        if (i == 0)
            lens_status(&core, op, 500, "text/html", "<html>");
        else if (i == 1)
            lens_fault(&core, op, "KABALodgingInterfaceOperationNotSupported", "", "");
        else if (i == 2)
            lens_soap_fault(&core, op, "Client");
        else
            fake_core_no_reply(&core, op, i == 3, KC_ERROR_TIMED_OUT);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->unconfirmed);
        assert_int_equal(op->warning_count, 1);
    }
    fake_core_close(&core);
}

static void test_cancelled_wait(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    struct fake_op *op = send_key(&core);
    fake_core_cancel(&core, op);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(op->unconfirmed);

    op = send_key(&core);
    fake_core_advance(&core, 2000);
    fake_core_cancel(&core, op);
    assert_false(op->done);
    lens_history(&core, op, NOW, "101", "Pending", false);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_true(op->unconfirmed);
    fake_core_close(&core);
}

/* Waiting for a delivery keeps nobody from the PMS terminal. */
static void test_terminal_is_free(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    struct fake_op *mobile = lens_start(&core, KC_VERB_SEND_MOBILE, 1);
    struct fake_op *card = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
    assert_false(card->question.asking);
    lens_succeed(&core, mobile);
    fake_core_advance(&core, 1);
    assert_true(card->question.asking);
    fake_core_advance(&core, 2000);
    assert_true(mobile->question.asking);
    fake_core_close(&core);
}

static void test_check_mobile(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        bool in_error;
        int32_t code, outcome;
        bool unconfirmed;
    } rows[] = {
        {"Delivered", false, KC_OK, KC_OUTCOME_WRITTEN, false},
        {"Pending", false, KC_OK, KC_OUTCOME_WRITTEN, true},
        {NULL, false, KC_OK, KC_OUTCOME_WRITTEN, true},
        {"Pending", true, KC_ERROR_MOBILE, KC_OUTCOME_NOT_WRITTEN, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "mobile", "on", NULL);
        struct fake_op *op = lens_make(&core, KC_VERB_CHECK_MOBILE, 1);
        op->request.phone = "+358401234567";
        op->request.key_kind = KC_KIND_MOBILE;
        op->request.key_created = core.clock;
        op->request.from = op->request.until = (struct moment){0};
        fake_core_begin(&core, op);
        assert_asked(&core, op, ASKED);
        assert_false(op->committed);
        lens_history(&core, op, NOW, "101", rows[i].status, rows[i].in_error);
        assert_done(op, rows[i].code, rows[i].outcome);
        assert_int_equal(op->unconfirmed, rows[i].unconfirmed);
        fake_core_close(&core);
    }
    struct fake_core core;
    lens_open(&core, "mobile", "on", NULL);
    struct fake_op *op = lens_make(&core, KC_VERB_CHECK_MOBILE, 1);
    op->request.phone = "+358401234567";
    fake_core_begin(&core, op);
    lens_fault(&core, op, "PasswordInvalid", "", "");
    assert_done(op, KC_ERROR_CREDENTIALS, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_contacts),
        cmocka_unit_test(test_withdrawal),
        cmocka_unit_test(test_delivered),
        cmocka_unit_test(test_still_under_way),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_newest_entry),
        cmocka_unit_test(test_question_fails),
        cmocka_unit_test(test_cancelled_wait),
        cmocka_unit_test(test_terminal_is_free),
        cmocka_unit_test(test_check_mobile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
