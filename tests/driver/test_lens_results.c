/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LENS driver: what every reply comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lens_talk.h"

/* ---- Faults ---------------------------------------------------------------------------------------------------- */

#define NOT  KC_OUTCOME_NOT_WRITTEN
#define OPEN KC_OUTCOME_UNKNOWN

/* One name of each meaning. */
static const struct {
    const char *name;
    int32_t status, outcome;
    bool reached, warned;
} faults[] = {
    {"NoFault", KC_ERROR_PROTOCOL, OPEN, false, false},
    {"EncoderMsg", KC_ERROR_VENDOR, OPEN, false, false},
    {"UserCredentialsNotProvided", KC_ERROR_CREDENTIALS, NOT, false, false},
    {"PasswordInvalid", KC_ERROR_CREDENTIALS, NOT, false, false},
    {"IRSConnectionLost", KC_ERROR_LOCK_SYSTEM, OPEN, false, false},
    {"TimeoutWaitingResponse", KC_ERROR_LOCK_SYSTEM, OPEN, false, false},
    {"BusyProcessingPreviousRequest", KC_ERROR_NOT_ACCEPTED, NOT, false, false},
    {"EncoderBusy", KC_ERROR_ENCODER_BUSY, NOT, false, true},
    {"EncoderNotOnlineOrNotExist", KC_ERROR_ENCODER_OFFLINE, NOT, false, true},
    {"TimeoutWaitingKey", KC_ERROR_NO_CARD, NOT, true, true},
    {"KeyJammed", KC_ERROR_CARD, NOT, true, true},
    {"VIP_WRITE_TIMEOUT", KC_ERROR_CARD, NOT, true, true},
    {"InvalidWSParameter", KC_ERROR_SYNTAX, NOT, false, false},
    {"CheckoutDateLessThanSystemDate", KC_ERROR_LIMIT, NOT, false, false},
    {"RoomNumberNotFound", KC_ERROR_UNKNOWN_ROOM, NOT, false, false},
    {"ReservationNotFound", KC_ERROR_NOT_CHECKED_IN, NOT, false, false},
    {"ReservationCheckedOut", KC_ERROR_NOT_CHECKED_IN, NOT, false, false},
    {"ConfirmKeyDuplicate", KC_ERROR_CONFLICT, NOT, false, false},
    {"MaxDuplicatesMadeReached", KC_ERROR_KEY_LIMIT, NOT, false, false},
    {"CannotCreateKeyForThisRoomType", KC_ERROR_NOT_OFFERED, NOT, false, false},
    {"InvalidPassNumber", KC_ERROR_UNKNOWN_AREA, NOT, false, false},
    {"RoomOFFLine", KC_ERROR_LOCK_OFFLINE, OPEN, false, false}, /* the card may be made */
    {"OperationNotSupported", KC_ERROR_NOT_OFFERED, NOT, false, false},
    {"PhoneNumberTooSmall", KC_ERROR_CONTACT, NOT, false, false},
    {"UnableToDeliverToPhone", KC_ERROR_MOBILE, OPEN, false, false},
    {"SystemErrorFailed", KC_ERROR_LOCK_SYSTEM, OPEN, false, false},
    {"NoSuchNameAtAll", KC_ERROR_VENDOR, OPEN, false, false},
    {"4711", KC_ERROR_VENDOR, OPEN, false, false},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        for (size_t place = 0; place < 3; place++) {
            struct fake_core core;
            lens_open(&core, NULL);
            struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
            lens_fault(&core, op, place == 0 ? faults[i].name : "", place == 1 ? faults[i].name : "",
                       place == 2 ? faults[i].name : "");
            if (op->error.code != faults[i].status)
                print_error("%s: %s\n", faults[i].name, op->error.message);
            assert_done(op, faults[i].status, faults[i].outcome);
            assert_int_equal(op->reached, faults[i].reached);
            assert_int_equal(op->warning_count, faults[i].warned);
            assert_non_null(strstr(op->error.vendor_text, faults[i].name));
            fake_core_close(&core);
        }
    }
}

/* Every name of the service comes to an error with a text; nothing that is not sure counts as not written. */
static void test_every_name(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    for (size_t i = 0; i < lens_fault_name_count; i++) {
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        lens_fault(&core, op, lens_fault_names[i].name, "", "");
        assert_true(op->done && op->error.code < 0 && *op->error.message);
        enum lens_meaning meaning = lens_fault_names[i].meaning;
        if (meaning == LENS_MEANS_INTERNAL || meaning == LENS_MEANS_NO_RESPONSE || meaning == LENS_MEANS_OK)
            assert_int_equal(op->outcome, KC_OUTCOME_UNKNOWN);
        assert_int_equal(op->warning_count, 0);
    }
    fake_core_close(&core);
}

static void test_state_that_is_so_already(void **state)
{
    (void)state;
    static const struct {
        int32_t verb;
        const char *name;
        int32_t status;
    } rows[] = {
        {KC_VERB_CHECK_OUT, "ReservationCheckedOut", KC_OK},
        {KC_VERB_CHECK_OUT, "NoActionRequired", KC_OK},
        {KC_VERB_CHECK_OUT, "ReservationNotFound", KC_ERROR_NOT_CHECKED_IN},
        {KC_VERB_BLOCK_STAY, "NoActionRequired", KC_OK},
        {KC_VERB_BLOCK_STAY, "ReservationCheckedOut", KC_ERROR_NOT_CHECKED_IN},
        {KC_VERB_UNBLOCK_STAY, "NoFault", KC_OK},
        {KC_VERB_BLOCK_STAY, "RoomOFFLine", KC_ERROR_LOCK_OFFLINE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, NULL);
        struct fake_op *op = lens_start(&core, rows[i].verb, 1);
        lens_fault(&core, op, rows[i].name, "", "");
        assert_done(op, rows[i].status, rows[i].status == KC_OK ? KC_OUTCOME_WRITTEN : KC_OUTCOME_NOT_WRITTEN);
        fake_core_close(&core);
    }
}

static void test_fault_map(void **state)
{
    (void)state;
    static const struct {
        const char *code, *detail;
        int32_t status, outcome;
        bool reached;
    } rows[] = {
        {"EncoderMsg", "encoderresponse", KC_ERROR_CARD, NOT, true},
        {"17", "", KC_ERROR_CREDENTIALS, NOT, false},
        {"170", "", KC_ERROR_VENDOR, OPEN, false},
        {"KeyJammed", "", KC_ERROR_LOCK_SYSTEM, OPEN, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, "fault-map", "EncoderResponse=card; 17 = credentials;KeyJammed=lock-system", NULL);
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        lens_fault(&core, op, rows[i].code, "", rows[i].detail);
        assert_done(op, rows[i].status, rows[i].outcome);
        assert_int_equal(op->reached, rows[i].reached);
        fake_core_close(&core);
    }
}

static void test_nothing_of_the_guest_is_told(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, "tracks", "on", NULL);
    struct fake_op *op = lens_make(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    op->request.guest = "Ortega Maria";
    op->request.phone = "+358401234567";
    fake_op_text(op, "Folio of Maria");
    fake_core_begin(&core, op);
    lens_fault(&core, op, "Oops MARIA", "guest Ortega Maria, phone 358401234567", "password s3cret");
    assert_done(op, KC_ERROR_VENDOR, KC_OUTCOME_UNKNOWN);
    const char *texts[] = {op->error.message, op->error.vendor_text, op->error.vendor_code, buf_text(&core.trace)};
    static const char *const hidden[] = {"Maria", "MARIA", "Ortega", "358401234567", "s3cret"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        for (size_t k = 0; k < COUNT_OF(hidden); k++)
            if (strstr(texts[i], hidden[k]))
                fail_msg("\"%s\" in \"%s\"", hidden[k], texts[i]);
    assert_non_null(strstr(op->error.vendor_text, "Oops ***"));
    assert_non_null(strstr(buf_text(&core.trace), "-> CreateNewBooking ReservationID=R1"));
    assert_non_null(strstr(buf_text(&core.trace), "<- CreateNewBooking: fault"));
    fake_core_close(&core);
}

/* ---- Other answers --------------------------------------------------------------------------------------------- */

static void test_results(void **state)
{
    (void)state;
    static const struct {
        const char *inside;
        int32_t status;
    } rows[] = {
        {"<CMessengerResponse><bSuccess>false</bSuccess><ResponseCode>9</ResponseCode>"
         "<ResponseMessage>SUCCESS not reached</ResponseMessage></CMessengerResponse>",
         KC_ERROR_VENDOR},
        {"<CMessengerResponse><bSuccess>0</bSuccess><ResponseCode>0</ResponseCode>"
         "<ResponseMessage>Success</ResponseMessage></CMessengerResponse>",
         KC_ERROR_VENDOR},
        {"", KC_ERROR_PROTOCOL},
        {"<CMessengerResponse/>", KC_ERROR_PROTOCOL},
        {"SUCCESS", KC_ERROR_PROTOCOL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, NULL);
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        lens_result(&core, op, rows[i].inside);
        assert_done(op, rows[i].status, KC_OUTCOME_UNKNOWN);
        op = lens_start(&core, KC_VERB_CHECK_OUT, 1);
        lens_result(&core, op, rows[i].inside);
        assert_done(op, rows[i].status, KC_OUTCOME_UNKNOWN);
        fake_core_close(&core);
    }
}

/* An answer that has no place for a fault, such as that of HelloWorldTest. */
static void test_soap_fault_that_names_the_credentials(void **state)
{
    (void)state;
    static const char body[] = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>"
                               "<faultcode>s:Server</faultcode><faultstring>UserCredentialsNotProvided</faultstring>"
                               "<detail/></s:Fault></s:Body></s:Envelope>";
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_DISCOVER, 1);
    lens_status(&core, op, 500, "text/xml; charset=utf-8", body);
    assert_done(op, KC_ERROR_CREDENTIALS, KC_OUTCOME_NOT_WRITTEN);
    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    lens_status(&core, op, 500, "text/xml; charset=utf-8", body); /* of the server: nobody says that nothing was done */
    assert_done(op, KC_ERROR_CREDENTIALS, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static void test_soap_faults(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    lens_soap_fault(&core, op, "Client");
    assert_done(op, KC_ERROR_SYNTAX, KC_OUTCOME_NOT_WRITTEN);
    op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
    lens_soap_fault(&core, op, "Server");
    assert_done(op, KC_ERROR_LOCK_SYSTEM, KC_OUTCOME_UNKNOWN);
    fake_core_close(&core);
}

static int32_t expected_status(int32_t status)
{
    if (status == 401 || status == 403 || status == 407)
        return KC_ERROR_CREDENTIALS;
    if (status == 429)
        return KC_ERROR_NOT_ACCEPTED;
    return status >= 500 ? KC_ERROR_LOCK_SYSTEM : KC_ERROR_PROTOCOL;
}

static void test_every_http_status(void **state)
{
    (void)state;
    struct fake_core core;
    lens_open(&core, NULL);
    for (int32_t status = 100; status < 600; status++) {
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        lens_status(&core, op, status, "text/html", "<html><p>SUCCESS true</p></html>");
        bool refused = status / 100 == 4 || status == 301 || status == 307 || status == 308;
        assert_done(op, expected_status(status), refused ? NOT : OPEN);
        op = lens_start(&core, KC_VERB_DISCOVER, 1);
        lens_status(&core, op, status, "text/html", "");
        assert_done(op, expected_status(status), NOT);
    }
    fake_core_close(&core);
}

static void test_redirect(void **state)
{
    (void)state;
    static const struct {
        const char *location, *shown;
    } rows[] = {
        {"https://lens.example/new?token=hidden#part", "\"https://lens.example/new\""},
        {"https://user:hidden@lens.example/", "\"\""},
        {"", "\"\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fake_core core;
        lens_open(&core, NULL);
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_ORIGINAL, 1);
        struct http_reply reply = {301, "", rows[i].location, (const uint8_t *)"", 0};
        fake_core_reply(&core, op, &reply);
        assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_NOT_WRITTEN);
        assert_non_null(strstr(op->error.message, rows[i].shown));
        assert_null(strstr(op->error.message, "hidden"));
        fake_core_close(&core);
    }
}

/* An answer that is cut short at any byte is no success. */
static void test_cut_answers(void **state)
{
    (void)state;
    static const char whole[] =
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
        "<MakeDuplicateKeyResponse xmlns=\"http://tempuri.org\"><MakeDuplicateKeyResult><CMessengerResponse>"
        "<bSuccess>true</bSuccess></CMessengerResponse></MakeDuplicateKeyResult></MakeDuplicateKeyResponse>"
        "</s:Body></s:Envelope>";
    struct fake_core core;
    lens_open(&core, NULL);
    for (size_t length = 0; length < sizeof(whole); length++) {
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        struct http_reply reply = {200, "text/xml", "", (const uint8_t *)whole, length};
        fake_core_reply(&core, op, &reply);
        if (length + 1 < sizeof(whole))
            assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
        else
            assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
    }
    fake_core_close(&core);
}

/* ---- Answers to other requests --------------------------------------------------------------------------------- */

/* The identifier of the call that is on its way. */
static void get_identifier(struct fake_op *op, char out[37])
{
    const char *at = strstr(buf_text(&op->question.body), "<MessageID");
    assert_non_null(at);
    memcpy(out, strchr(at, '>') + 1, 36);
    out[36] = '\0';
}

/* A good answer, or a fault that says that nothing was done, with something in its header. */
static void reply_with_header(struct fake_core *core, struct fake_op *op, const char *operation, const char *header,
                              bool good)
{
    struct buf body = {0};
    buf_append_format(
        &body,
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>%s</s:Header><s:Body>"
        "<%sResponse><%sResult>%s</%sResult></%sResponse></s:Body></s:Envelope>",
        header, operation, operation,
        good ? "<CMessengerResponse><bSuccess>true</bSuccess></CMessengerResponse>"
             : "<Fault><faultcode>RoomNumberNotFound</faultcode></Fault>",
        operation, operation);
    lens_status(core, op, 200, "text/xml", buf_text(&body));
    buf_free(&body);
}

/* An identifier that is of another call of ours cannot stand in our answer; any other one, or none, may. */
static void test_answer_to_another_request(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        bool capitals, foreign;
    } rows[] = {
        {"<AuthHeader xmlns=\"http://tempuri.org\"><MessageID>", "</MessageID></AuthHeader>", false, true},
        {"<AuthHeader><a:MessageID xmlns:a=\"urn:a\"> urn:uuid:", " </a:MessageID></AuthHeader>", true, true},
        {"<MessageID>{", "}</MessageID>", false, true},
        {"<RelatesTo>", "</RelatesTo><MessageID>00000000-0000-4000-8000-000000000001</MessageID>", true, true},
        {"<AuthHeader><RelatesTo>urn:uuid:", "</RelatesTo></AuthHeader>", false, true},
        {"<Other>", "</Other>", false, false},
        {"<MessageID>", "0</MessageID>", false, false},
        {"<MessageID>x", "</MessageID>", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows) * 2; i++) {
        struct fake_core core;
        struct buf header = {0};
        char first[37], second[37];
        bool good = i % 2 == 0;
        lens_open(&core, NULL);
        struct fake_op *op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        get_identifier(op, first);
        lens_succeed(&core, op);
        op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        get_identifier(op, second);
        for (size_t at = 0; rows[i / 2].capitals && first[at]; at++)
            first[at] = first[at] >= 'a' ? (char)(first[at] - 'a' + 'A') : first[at];
        buf_append_format(&header, "%s%s%s", rows[i / 2].before, first, rows[i / 2].after);
        reply_with_header(&core, op, "MakeDuplicateKey", buf_text(&header), good);
        if (rows[i / 2].foreign) {
            assert_done(op, KC_ERROR_PROTOCOL, KC_OUTCOME_UNKNOWN);
            assert_non_null(strstr(op->error.message, "another request"));
        } else {
            assert_done(op, good ? KC_OK : KC_ERROR_UNKNOWN_ROOM, good ? KC_OUTCOME_WRITTEN : NOT);
        }
        op = lens_start(&core, KC_VERB_ISSUE_DUPLICATE, 1);
        get_identifier(op, second); /* its own */
        buf_clear(&header);
        buf_append_format(&header, "%s%s%s", rows[i / 2].before, second, rows[i / 2].after);
        reply_with_header(&core, op, "MakeDuplicateKey", buf_text(&header), true);
        assert_done(op, KC_OK, KC_OUTCOME_WRITTEN);
        buf_free(&header);
        fake_core_close(&core);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_every_name),
        cmocka_unit_test(test_state_that_is_so_already),
        cmocka_unit_test(test_fault_map),
        cmocka_unit_test(test_nothing_of_the_guest_is_told),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_soap_faults),
        cmocka_unit_test(test_soap_fault_that_names_the_credentials),
        cmocka_unit_test(test_every_http_status),
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_cut_answers),
        cmocka_unit_test(test_answer_to_another_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
