/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lodging server's part in the tests of the LENS driver; see lens_talk.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lens_talk.h"

/* ---- Operations ------------------------------------------------------------------------------------------------ */

void lens_open(struct fake_core *core, ...)
{
    va_list options;
    const char *name;
    fake_core_open(core, &driver_saflok_lens);
    fake_core_transport(core, "http");
    fake_core_option(core, "user", "pms");
    fake_core_option(core, "password", "s3cret");
    va_start(options, core);
    while ((name = va_arg(options, const char *)))
        fake_core_option(core, name, va_arg(options, const char *));
    va_end(options);
    fake_core_up(core);
}

struct fake_op *lens_make(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = fake_core_op(core, verb);
    op->request.booking = "R1";
    op->request.station = "DESK1";
    op->request.guest = "Lee";
    op->request.copies = copies;
    op->request.encoder = verb == KC_VERB_SEND_MOBILE ? "" : "1";
    op->request.phone = verb == KC_VERB_SEND_MOBILE ? "+358401234567" : "";
    op->request.from = (struct moment){1777896000, {2026, 5, 4, 15, 0}};
    op->request.until = (struct moment){1778144400, {2026, 5, 7, 12, 0}};
    fake_op_room(op, "101");
    return op;
}

struct fake_op *lens_start(struct fake_core *core, int32_t verb, int32_t copies)
{
    struct fake_op *op = lens_make(core, verb, copies);
    fake_core_begin(core, op);
    return op;
}

/* ---- What was asked -------------------------------------------------------------------------------------------- */

static const char *const field_names[LENS_FIELD_COUNT] = {
    [LENS_S1] = "s1",
    [LENS_I1] = "i1",
    [LENS_RESERVATION_ID] = "ReservationID",
    [LENS_SITE_NAME] = "SiteName",
    [LENS_PMS_TERMINAL_ID] = "PMSTerminalID",
    [LENS_ENCODER_ID] = "EncoderID",
    [LENS_CHECK_IN] = "CheckIn",
    [LENS_CHECK_OUT] = "CheckOut",
    [LENS_GUEST_NAME] = "GuestName",
    [LENS_MAIN_ROOM_NO] = "MainRoomNo",
    [LENS_SUITE_DOORS] = "SuiteDoors",
    [LENS_TRACK_II_FOLIO_NO] = "TrackII",
    [LENS_TRACK_I_GUEST_NO] = "TrackI",
    [LENS_KEY_COUNT] = "KeyCount",
    [LENS_KEY_SIZE] = "KeySize",
    [LENS_UID] = "UID",
    [LENS_GUEST_MOBILE_NUMBER] = "GuestMobileNumber",
    [LENS_ROOM_NO] = "RoomNo",
    [LENS_FROM] = "From",
    [LENS_TO] = "To",
};

static void show_call(const struct lens_call *call, struct buf *out)
{
    static const char signs[] = {[LENS_AREA_DEFAULT] = '=', [LENS_AREA_GRANT] = '+', [LENS_AREA_DENY] = '-'};
    buf_append_text(out, lens_operation_name(call->operation));
    for (size_t i = 0; i < LENS_FIELD_COUNT; i++)
        if (call->values[i] && *call->values[i])
            buf_append_format(out, " %s=%s", field_names[i] ? field_names[i] : "?", call->values[i]);
    for (size_t i = 0; i < call->room_count; i++)
        buf_append_format(out, "%s%s", i == 0 ? " rooms=" : ",", call->rooms[i]);
    for (size_t i = 0; i < call->area_count; i++)
        buf_append_format(out, "%s%u%c", i == 0 ? " areas=" : ",", (unsigned)call->areas[i].level,
                          signs[call->areas[i].mode]);
}

static struct fake_question *question_of(struct fake_core *core, struct fake_op *op)
{
    struct fake_question *question = op ? &op->question : &core->question;
    assert_true(question->asking);
    return question;
}

static enum lens_operation read_question(struct fake_core *core, struct fake_op *op, struct buf *shown)
{
    const struct fake_question *question = question_of(core, op);
    struct lens_incoming incoming;
    char action[80];
    if (lens_call_read(question->body.data, question->body.length, &incoming) != 0)
        fail_msg("%s", incoming.problem);
    enum lens_operation operation = incoming.call.operation;
    assert_string_equal(question->method, "POST");
    assert_int_equal(question->field_count, 2);
    assert_string_equal(question->names[0], "Content-Type");
    assert_string_equal(question->values[0], "text/xml; charset=utf-8");
    assert_string_equal(question->names[1], "SOAPAction");
    snprintf(action, sizeof(action), "http://tempuri.org/%s", lens_operation_name(operation));
    assert_non_null(strstr(question->values[1], action));
    assert_string_equal(incoming.header.user, core->values[0]);
    assert_string_equal(incoming.header.password, core->values[1]);
    assert_string_not_equal(incoming.header.message_id, incoming.header.token_id);
    assert_string_not_equal(incoming.header.message_id, incoming.header.timestamp_id);
    show_call(&incoming.call, shown);
    lens_incoming_free(&incoming);
    return operation;
}

const char *lens_asked(struct fake_core *core, struct fake_op *op)
{
    static char text[2000];
    struct buf shown = {0};
    read_question(core, op, &shown);
    assert_true(shown.length < sizeof(text));
    memcpy(text, buf_text(&shown), shown.length + 1);
    buf_free(&shown);
    return text;
}

/* ---- Answers --------------------------------------------------------------------------------------------------- */

void lens_status(struct fake_core *core, struct fake_op *op, int32_t status, const char *type, const char *body)
{
    struct http_reply reply = {status, type, "", (const uint8_t *)body, strlen(body)};
    fake_core_reply(core, op, &reply);
}

void lens_result(struct fake_core *core, struct fake_op *op, const char *inside)
{
    struct buf body = {0}, shown = {0};
    const char *name = lens_operation_name(read_question(core, op, &shown));
    buf_append_format(&body,
                      "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
                      "<%sResponse xmlns=\"http://tempuri.org\"><%sResult>%s</%sResult></%sResponse>"
                      "</s:Body></s:Envelope>",
                      name, name, inside, name, name);
    buf_free(&shown);
    lens_status(core, op, 200, "text/xml; charset=utf-8", buf_text(&body));
    buf_free(&body);
}

void lens_succeed_with_image(struct fake_core *core, struct fake_op *op, const char *base64)
{
    struct buf text = {0};
    buf_append_format(&text,
                      "<CMessengerResponse xmlns=\"\"><bSuccess xmlns=\"http://tempuri.org\">true</bSuccess>"
                      "<ResponseCode xmlns=\"http://tempuri.org\">0</ResponseCode>"
                      "<ResponseMessage xmlns=\"http://tempuri.org\">Success</ResponseMessage>"
                      "<retAccessKey xmlns=\"http://tempuri.org\">%s</retAccessKey></CMessengerResponse>",
                      base64);
    lens_result(core, op, buf_text(&text));
    buf_free(&text);
}

void lens_succeed(struct fake_core *core, struct fake_op *op)
{
    lens_succeed_with_image(core, op, "");
}

void lens_fault(struct fake_core *core, struct fake_op *op, const char *code, const char *text, const char *detail)
{
    struct buf fault = {0};
    buf_append_format(&fault,
                      "<Fault xmlns=\"\"><faultcode xmlns=\"http://tempuri.org\">%s</faultcode>"
                      "<faultstring xmlns=\"http://tempuri.org\">%s</faultstring>"
                      "<detailInfo xmlns=\"http://tempuri.org\">%s</detailInfo></Fault>",
                      code, text, detail);
    lens_result(core, op, buf_text(&fault));
    buf_free(&fault);
}

void lens_soap_fault(struct fake_core *core, struct fake_op *op, const char *code)
{
    struct buf body = {0};
    buf_append_format(&body,
                      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>"
                      "<faultcode>s:%s</faultcode><faultstring>Server was unable to process request.</faultstring>"
                      "<detail/></s:Fault></s:Body></s:Envelope>",
                      code);
    lens_status(core, op, 500, "text/xml; charset=utf-8", buf_text(&body));
    buf_free(&body);
}

void lens_hello(struct fake_core *core, struct fake_op *op)
{
    lens_result(core, op, "Hello World");
}

void lens_history(struct fake_core *core, struct fake_op *op, const char *time, const char *room, const char *status,
                  bool in_error)
{
    struct buf list = {0};
    buf_append_text(&list, "<RequestStatus/><PMStransactionList>");
    if (status)
        buf_append_format(&list,
                          "<TransactionStatusHistory><ID>7</ID><PMSTransactionNo>70</PMSTransactionNo>"
                          "<SystemActivityID>1</SystemActivityID><SystemActivity>KDS</SystemActivity>"
                          "<ResponseDateTime>%s</ResponseDateTime><TransactionStatus>%s</TransactionStatus>"
                          "<TransactionInError>%s</TransactionInError><GuestInfo>Lee</GuestInfo>"
                          "<Message>to 358401234567 of Lee</Message><RoomNumber>%s</RoomNumber><StaInfo/>"
                          "</TransactionStatusHistory>",
                          time, status, in_error ? "true" : "false", room);
    buf_append_text(&list, "</PMStransactionList>");
    lens_result(core, op, buf_text(&list));
    buf_free(&list);
}
