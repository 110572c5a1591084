/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LENS driver: what each verb asks, what is refused before, several cards, PMS terminals, cancelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lens_talk.h"

#define HEAD          "ReservationID=R1 SiteName=Main PMSTerminalID=DESK1 EncoderID=1"
#define TIMES         " CheckIn=2026-05-04T15:00:00 CheckOut=2026-05-07T12:00:00"
#define LEVELS(three) " areas=1=,2=,3" three ",4=,5=,6=,7=,8=,9=,10=,11=,12="
#define TAIL          " KeyCount=1 KeySize=0"
#define NEW           "CreateNewBooking " HEAD TIMES " GuestName=Lee MainRoomNo=101 SuiteDoors=false" TAIL
#define COPY          "MakeDuplicateKey " HEAD " GuestName=Lee" TAIL
#define SHARER        "AddSharedGuest " HEAD TIMES " GuestName=Lee MainRoomNo=101" TAIL
#define CHANGED       "ChangeKeyAccess " HEAD TIMES " GuestName=Lee" TAIL
#define ONE_SHOT      "CreateOneShotKey SiteName=Main PMSTerminalID=DESK1 EncoderID=1" TIMES " MainRoomNo=101 KeySize=0"
#define STAY          "ReservationID=R1 SiteName=Main PMSTerminalID=DESK1"

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void test_key_verbs(void **state)
{
    (void)state;
    static const struct {
        int32_t verb;
        bool sharer, changed;
        const char *call;
    } rows[] = {
        {KC_VERB_ISSUE_ORIGINAL, false, false, NEW LEVELS("=")},
        {KC_VERB_REISSUE, false, false, NEW LEVELS("=")},
        {KC_VERB_ISSUE_DUPLICATE, false, false, COPY},
        {KC_VERB_ISSUE_DUPLICATE, true, false, SHARER LEVELS("=")},
        {KC_VERB_ISSUE_DUPLICATE, true, true, SHARER LEVELS("=")},
        {KC_VERB_ISSUE_DUPLICATE, false, true, CHANGED LEVELS("=")},
        {KC_VERB_ISSUE_ONE_SHOT, false, false, ONE_SHOT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, NULL);
        assert_true(core.ready);
        struct fake_op *op = lens_make(&core, rows[i].verb, 1);
        op->request.sharer = rows[i].sharer;
        op->request.changed = rows[i].changed;
        fake_core_begin(&core, op);
        assert_asked(&core, op, rows[i].call);
        assert_true(op->committed);
        assert_false(op->question.repeatable);
        assert_int_equal(op->question.answer_ms, 60000);
        assert_string_equal(op->question.path, "");
        assert_int_equal(op->prompts_seen, 1);
        assert_int_equal(op->prompts[0], KC_PROMPT_PRESENT_CARD);
        lens_succeed(&core, op);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_true(op->reached);
        assert_int_equal(op->warning_count, 0);
        fake_core_close(&core);
    }
}

static void test_stay_verbs(void **state)
{
    (void)state;
    static const struct {
        int32_t verb;
        const char *booking, *call;
    } rows[] = {
        {KC_VERB_CHECK_OUT, "R1", "CheckOutGuest " STAY},
        {KC_VERB_CHECK_OUT, "", "CancelGuestsAccessToRoom SiteName=Main PMSTerminalID=DESK1 MainRoomNo=101"},
        {KC_VERB_BLOCK_STAY, "R1", "DenyAccessToGuest " STAY},
        {KC_VERB_UNBLOCK_STAY, "R1", "ReEstablishAccessToGuest " STAY},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, NULL);
        struct fake_op *op = lens_make(&core, rows[i].verb, 1);
        op->request.booking = rows[i].booking;
        fake_core_begin(&core, op);
        assert_asked(&core, op, rows[i].call);
        assert_true(op->committed);
        assert_int_equal(op->question.answer_ms, 20000);
        assert_int_equal(op->prompts_seen, 0);
        lens_succeed(&core, op);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        assert_false(op->reached);
        fake_core_close(&core);
    }
}

static void test_change_of_stay(void **state)
{
    (void)state;
    static const struct {
        const char *room, *before;
        bool until;
        const char *first, *second;
    } rows[] = {
        {"101", "101", true, "ExtendCheckOut " STAY " CheckOut=2026-05-07T12:00:00", NULL},
        {"101", "", true, "ExtendCheckOut " STAY " CheckOut=2026-05-07T12:00:00", NULL},
        {"101", "99", false, "ChangeGuestAccess " STAY " MainRoomNo=101 rooms=102", NULL},
        {"101", "99", true, "ChangeGuestAccess " STAY " MainRoomNo=101 rooms=102",
         "ExtendCheckOut " STAY " CheckOut=2026-05-07T12:00:00"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "online-locks", "on", NULL);
        assert_true(core.profile.capabilities & DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY));
        struct fake_op *op = lens_make(&core, KC_VERB_MODIFY_STAY, 1);
        op->request.room_before = rows[i].before;
        fake_op_room(op, "102");
        if (!rows[i].until)
            op->request.until = (struct moment){0};
        fake_core_begin(&core, op);
        assert_asked(&core, op, rows[i].first);
        lens_succeed(&core, op);
        if (rows[i].second) {
            assert_asked(&core, op, rows[i].second);
            lens_fault(&core, op, "RoomOFFLine", "", "");
            assert_done(op, KC_ERROR_LOCK_OFFLINE, KC_OUTCOME_UNKNOWN); /* moved, not extended */
            assert_non_null(strstr(op->error.message, "1 of 2 changes"));
        } else {
            assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        }
        fake_core_close(&core);
    }
}

static void test_options_of_calls(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "reservation-prefix", "7", "site-name", "North", "terminal", "PMS9", "key-size", "2", "uid-dummy",
              "AAAAAAAA", "suite-doors", "on", "pass-levels", "20", "pass-levels-all", "off", "tracks", "on",
              "time-form", "utc", "encoders", "Desk 1=4; Desk 2 = 5", "soapaction-quotes", "off", "encode-timeout",
              "7000", NULL);
    struct fake_op *op = lens_make(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.encoder = "Desk 2";
    op->request.guest = "O'Neil <&>";
    fake_op_area(op, "20");
    fake_op_denied(op, "3");
    fake_op_text(op, "One");
    fake_op_text(op, "Two");
    fake_op_room(op, "102");
    fake_op_room(op, "103");
    fake_core_begin(&core, op);
    assert_asked(&core, op,
                 "CreateNewBooking ReservationID=7R1 SiteName=North PMSTerminalID=PMS9 EncoderID=5 "
                 "CheckIn=2026-05-04T12:00:00Z CheckOut=2026-05-07T09:00:00Z GuestName=O'Neil <&> MainRoomNo=101 "
                 "SuiteDoors=true TrackII=Two TrackI=One KeyCount=1 KeySize=2 UID=AAAAAAAA rooms=102,103 "
                 "areas=3-,20+");
    assert_string_equal(op->question.values[1], "http://tempuri.org/CreateNewBooking");
    assert_int_equal(op->question.answer_ms, 7000);
    fake_core_close(&core);

    lens_open(&core, "pass-levels", "0", NULL);
    assert_int_equal(core.profile.limits.areas, 0);
    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_asked(&core, op, NEW);
    assert_string_equal(op->question.values[1], "\"http://tempuri.org/CreateNewBooking\"");
    fake_core_close(&core);
}

static void test_header(void **state)
{
    (void)state;
    struct fake_core core;
    struct lens_incoming incoming;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    assert_int_equal(lens_call_read(op->question.body.data, op->question.body.length, &incoming), 0);
    assert_string_equal(incoming.header.url, "http://lens.example:1619/MessengerPMSWS.asmx");
    assert_string_equal(incoming.header.from, "urn:KABA");
    assert_string_equal(incoming.header.created, "2026-05-04T13:05:00Z");
    assert_string_equal(incoming.header.expires, "2026-05-04T13:15:00Z");
    lens_incoming_free(&incoming);
    fake_core_close(&core);
}

static void test_card_image(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    for (int with_image = 0; with_image < 2; with_image++) {
        struct fake_op *op = lens_make(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        op->request.encoder = "";
        op->request.card_serial = "04a1b2c3d4e5f6";
        fake_core_begin(&core, op);
        assert_asked(&core, op,
                     "MakeDuplicateKey ReservationID=R1 SiteName=Main PMSTerminalID=DESK1 EncoderID=0 GuestName=Lee "
                     "KeyCount=1 KeySize=1 UID=04A1B2C3D4E5F6");
        assert_int_equal(op->prompts_seen, 0);
        assert_int_equal(op->question.answer_ms, 20000);
        lens_succeed_with_image(&core, op, with_image ? "aW1hZ2U=" : "");
        if (with_image) {
            assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
            assert_int_equal(op->image.length, 5);
            assert_memory_equal(op->image.data, "image", 5);
        } else {
            assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        }
        assert_false(op->reached);
    }
    assert_null(strstr(buf_text(&core.trace), "aW1hZ2U"));
    fake_core_close(&core);
}

/* ---- Several cards --------------------------------------------------------------------------------------------- */

static void test_several_cards(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    assert_asked(&core, op, NEW LEVELS("="));
    lens_succeed(&core, op);
    assert_asked(&core, op, COPY);
    assert_int_equal(op->prompt_card, 2);
    assert_int_equal(op->prompt_count, 3);
    lens_succeed(&core, op);
    assert_asked(&core, op, COPY);
    lens_succeed(&core, op);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);

    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 3);
    lens_succeed(&core, op);
    lens_fault(&core, op, "EncoderMsg", "", "TimeoutWaitingKey");
    assert_done(op, KC_ERROR_NO_CARD, KC_OUTCOME_WRITTEN);
    assert_non_null(strstr(op->error.message, "1 of 3 cards"));
    assert_string_equal(op->error.vendor_code, "TimeoutWaitingKey");

    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 2);
    lens_succeed(&core, op);
    lens_fault(&core, op, "ExceptionFault", "", "");
    assert_done(op, KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_UNKNOWN);

    for (int left = 0; left < 2; left++) {
        op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 2);
        lens_succeed(&core, op);
        fake_core_no_reply(&core, op, left, KC_ERROR_CONNECTION_LOST);
        assert_done(op, KC_ERROR_CONNECTION_LOST, left ? KC_OUTCOME_UNKNOWN : KC_OUTCOME_WRITTEN);
        assert_non_null(strstr(op->error.message, "1 of 2 cards"));
    }
    fake_core_close(&core);
}

static void test_number_of_cards_in_one_call(void **state)
{
    (void)state;
    static const struct {
        const char *detail;
        int32_t outcome;
    } rows[] = {{"TimeoutWaitingKey", KC_OUTCOME_UNKNOWN}, {"InvalidPMSRequestDate", KC_OUTCOME_NOT_WRITTEN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "one-request-per-card", "off", NULL);
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 3);
        assert_asked(&core, op, "MakeDuplicateKey " HEAD " GuestName=Lee KeyCount=3 KeySize=0");
        assert_int_equal(op->question.answer_ms, 180000);
        lens_fault(&core, op, "EncoderMsg", "", rows[i].detail);
        assert_int_equal(op->outcome, rows[i].outcome);
        fake_core_close(&core);
    }
}

static void test_cancel(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 2);
    fake_core_cancel(&core, op);
    assert_false(op->done); /* it cannot be called back */
    lens_succeed(&core, op);
    assert_done(op, KC_ERROR_CANCELLED, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->question.count, 1);

    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    fake_core_cancel(&core, op);
    lens_succeed(&core, op);
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    fake_core_close(&core);
}

/* ---- PMS terminals --------------------------------------------------------------------------------------------- */

static struct fake_op *start_at(struct fake_core *core, const char *station, const char *encoder)
{
    struct fake_op *op = lens_make(core, KC_VERB_ISSUE_DUPLICATE, 1);
    op->request.station = station;
    op->request.encoder = encoder;
    fake_core_begin(core, op);
    return op;
}

static void test_terminals(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *first = start_at(&core, "A", "1"), *second = start_at(&core, "A", "2");
    struct fake_op *other = start_at(&core, "B", "3"), *third = start_at(&core, "A", "4");
    assert_true(first->question.asking && other->question.asking);
    assert_false(second->question.asking || second->committed || third->question.asking);
    lens_succeed(&core, first);
    fake_core_advance(&core, 1);
    assert_true(second->question.asking && second->committed);
    assert_false(third->question.asking);
    fake_core_no_reply(&core, second, true, KC_ERROR_TIMED_OUT); /* ended by the core */
    assert_done(second, KC_ERROR_TIMED_OUT, KC_OUTCOME_UNKNOWN);
    fake_core_advance(&core, 1);
    assert_true(third->question.asking);
    struct fake_op *fourth = start_at(&core, "A", "5");
    fake_core_cancel(&core, fourth);
    assert_done(fourth, KC_ERROR_CANCELLED, KC_OUTCOME_NOT_WRITTEN);
    fourth = start_at(&core, "A", "5");
    fake_core_drop(&core);
    assert_done(third, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_UNKNOWN);
    assert_done(fourth, KC_ERROR_CONNECTION_LOST, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);

    lens_open(&core, "one-request-per-terminal", "off", NULL);
    first = start_at(&core, "A", "1");
    second = start_at(&core, "A", "2");
    assert_true(first->question.asking && second->question.asking);
    fake_core_close(&core);

    lens_open(&core, NULL); /* without a name they are all one */
    first = start_at(&core, "", "1");
    second = start_at(&core, "", "2");
    assert_non_null(strstr(lens_asked(&core, first), " PMSTerminalID=PMS "));
    assert_false(second->question.asking);
    fake_core_close(&core);
}

/* ---- Discovery, greeting, sign of life ------------------------------------------------------------------------- */

static void test_discover(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_DISCOVER, 1);
    assert_asked(&core, op, "HelloWorldTest s1=libkeycard i1=1");
    assert_true(op->question.repeatable);
    assert_false(op->committed);
    lens_hello(&core, op);
    assert_asked(&core, op, "PublishFaultList");
    lens_status(&core, op, 404, "text/html", "<html>");
    assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    assert_int_equal(op->warning_count, 1);

    op = lens_start(&core, KC_VERB_DISCOVER, 1);
    lens_status(&core, op, 404, "text/html", "<html>");
    assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN);
    fake_core_close(&core);
}

static void test_greeting(void **state)
{
    (void)state;
    static const struct {
        int32_t status;
        const char *type, *body;
        int32_t error;
    } rows[] = {
        {401, "text/html", "", KC_ERROR_CREDENTIALS},       {403, "", "", KC_ERROR_CREDENTIALS},
        {302, "text/html", "", KC_ERROR_PROTOCOL},          {200, "text/html", "<html></html>", KC_ERROR_PROTOCOL},
        {200, "text/xml", "<a/>", KC_ERROR_PROTOCOL},       {404, "text/html", "", KC_ERROR_PROTOCOL},
        {503, "text/html", "<html>", KC_ERROR_LOCK_SYSTEM},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "greeting", "on", NULL);
        assert_false(core.ready);
        lens_status(&core, NULL, rows[i].status, rows[i].type, rows[i].body);
        assert_false(core.up);
        assert_int_equal(core.fail_status, rows[i].error);
        fake_core_close(&core);
    }
    struct fake_core core;
    lens_open(&core, "greeting", "on", NULL);
    assert_asked(&core, NULL, "HelloWorldTest s1=libkeycard i1=1");
    lens_hello(&core, NULL);
    assert_true(core.ready);
    fake_core_keep_alive(&core);
    assert_false(core.ready);
    lens_hello(&core, NULL);
    assert_true(core.ready);
    fake_core_keep_alive(&core);
    lens_fault(&core, NULL, "UserCredentialsNotProvided", "", "");
    assert_int_equal(core.fail_status, KC_ERROR_CREDENTIALS);
    fake_core_close(&core);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_verbs),      cmocka_unit_test(test_stay_verbs),
        cmocka_unit_test(test_change_of_stay), cmocka_unit_test(test_options_of_calls),
        cmocka_unit_test(test_header),         cmocka_unit_test(test_card_image),
        cmocka_unit_test(test_several_cards),  cmocka_unit_test(test_number_of_cards_in_one_call),
        cmocka_unit_test(test_cancel),         cmocka_unit_test(test_terminals),
        cmocka_unit_test(test_discover),       cmocka_unit_test(test_greeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
