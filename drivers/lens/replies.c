/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's side of the LENS SOAP service: answers written, in the forms of section 6 and of the examples. */
#include <string.h>

#include "codec.h"
#include "tables.h"
#include "values.h"

/* A text of the answer, as it is given; "" for none. */
static const char *given(const char *text)
{
    return text == NULL ? "" : text;
}

/* `attribute` is a namespace declaration with a blank before it, or "". */
static int write_text(struct buf *out, const char *name, const char *attribute, const char *text)
{
    if (!lens_text_is_clean(text))
        return -1;
    buf_append_format(out, "<%s%s", name, attribute);
    if (text[0] == '\0') {
        buf_append_text(out, "/>");
        return 0;
    }
    buf_append_byte(out, '>');
    lens_append_escaped(out, text);
    buf_append_format(out, "</%s>", name);
    return 0;
}

/* Each child declares its namespace itself, and its parent that it has none. */
#define OWN_SPACE " xmlns=\"" LENS_URI_SERVICE "\""

static void write_number(struct buf *out, const char *name, int64_t number)
{
    buf_append_format(out, "<%s>%lld</%s>", name, (long long)number, name);
}

static int write_response_parts(const struct lens_answer *answer, const char *attribute, struct buf *out)
{
    const char *code = given(answer->code)[0] == '\0' ? "0" : answer->code;
    if (!lens_value_is(LENS_TYPE_INT, code))
        return -1;
    if (write_text(out, "bSuccess", attribute, answer->kind == LENS_ANSWER_SUCCESS ? "true" : "false") != 0 ||
        write_text(out, "ResponseCode", attribute, code) != 0)
        return -1;
    return write_text(out, "ResponseMessage", attribute, given(answer->text));
}

static int write_response(const struct lens_answer *answer, struct buf *out)
{
    buf_append_text(out, "<CMessengerResponse xmlns=\"\">");
    if (write_response_parts(answer, OWN_SPACE, out) != 0)
        return -1;
    if (answer->image_size > 0) {
        buf_append_text(out, "<retAccessKey" OWN_SPACE ">");
        lens_base64_write(answer->image, answer->image_size, out);
        buf_append_text(out, "</retAccessKey>");
    }
    buf_append_text(out, "</CMessengerResponse>");
    return 0;
}

static int write_fault(const struct lens_answer *answer, struct buf *out)
{
    buf_append_text(out, "<Fault xmlns=\"\">");
    if (write_text(out, "faultcode", OWN_SPACE, given(answer->code)) != 0 ||
        write_text(out, "faultstring", OWN_SPACE, given(answer->text)) != 0 ||
        write_text(out, "detailInfo", OWN_SPACE, given(answer->detail)) != 0)
        return -1;
    buf_append_text(out, "</Fault>");
    return 0;
}

static int write_status(const struct lens_answer *answer, struct buf *out)
{
    return answer->kind == LENS_ANSWER_FAULT ? write_fault(answer, out) : write_response(answer, out);
}

static int write_transaction(const struct lens_transaction *entry, struct buf *out)
{
    const char *time = given(entry->time);
    if (!lens_value_is(LENS_TYPE_TIME, time))
        return -1;
    buf_append_text(out, "<TransactionStatusHistory>");
    write_number(out, "ID", entry->id);
    write_number(out, "PMSTransactionNo", entry->number);
    write_number(out, "SystemActivityID", 0);
    if (write_text(out, "SystemActivity", "", given(entry->activity)) != 0 ||
        write_text(out, "ResponseDateTime", "", time) != 0 ||
        write_text(out, "TransactionStatus", "", given(entry->status)) != 0 ||
        write_text(out, "TransactionInError", "", entry->in_error ? "true" : "false") != 0 ||
        write_text(out, "GuestInfo", "", given(entry->guest)) != 0 ||
        write_text(out, "Message", "", given(entry->message)) != 0 ||
        write_text(out, "RoomNumber", "", given(entry->room)) != 0)
        return -1;
    buf_append_text(out, "</TransactionStatusHistory>");
    return 0;
}

static int write_history(const struct lens_answer *answer, struct buf *out)
{
    buf_append_text(out, "<RequestStatus>");
    if (write_status(answer, out) != 0)
        return -1;
    buf_append_text(out, "</RequestStatus><PMStransactionList>");
    for (size_t i = 0; i < answer->transaction_count; i++) {
        if (write_transaction(&answer->transactions[i], out) != 0)
            return -1;
    }
    buf_append_text(out, "</PMStransactionList>");
    return 0;
}

static int write_result(enum lens_result form, const struct lens_answer *answer, struct buf *out)
{
    switch (form) {
    case LENS_RESULT_TEXT:
        if (!lens_text_is_clean(given(answer->text)))
            return -1;
        lens_append_escaped(out, given(answer->text));
        return 0;
    case LENS_RESULT_STAFF:
        if (write_response_parts(answer, "", out) != 0)
            return -1;
        write_number(out, "retPMSTransactionNo", answer->transaction);
        return 0;
    case LENS_RESULT_HISTORY:
        return write_history(answer, out);
    case LENS_RESULT_USUAL:
        break;
    }
    return write_status(answer, out);
}

/* SOAP 1.1: the children of its own Fault have no namespace. */
static int write_soap_fault(const struct lens_answer *answer, struct buf *out)
{
    const char *code = given(answer->code);
    if (answer->kind != LENS_ANSWER_SOAP_FAULT || code[0] == '\0')
        code = answer->from_client ? "s:Client" : "s:Server";
    buf_append_text(out, "<s:Fault>");
    if (write_text(out, "faultcode", "", code) != 0)
        return -1;
    /* A fault of the service where its result has no place for one: its name goes into the text. */
    if (answer->kind != LENS_ANSWER_SOAP_FAULT) {
        if (!lens_text_is_clean(given(answer->code)) || !lens_text_is_clean(given(answer->text)))
            return -1;
        buf_append_text(out, "<faultstring>");
        lens_append_escaped(out, given(answer->code));
        buf_append_text(out, ": ");
        lens_append_escaped(out, given(answer->text));
        buf_append_text(out, "</faultstring>");
    } else if (write_text(out, "faultstring", "", given(answer->text)) != 0) {
        return -1;
    }
    if (write_text(out, "detail", "", given(answer->detail)) != 0)
        return -1;
    buf_append_text(out, "</s:Fault>");
    return 0;
}

static int write_body(enum lens_operation operation, const struct lens_answer *answer, struct buf *out)
{
    enum lens_result form = lens_operation_result(operation);
    const char *name = lens_operation_name(operation);
    bool typed = form == LENS_RESULT_TEXT || form == LENS_RESULT_STAFF;
    /* What is no operation is answered by SOAP's own fault, too. */
    if (answer->kind == LENS_ANSWER_SOAP_FAULT || (answer->kind == LENS_ANSWER_FAULT && typed))
        return write_soap_fault(answer, out);
    if (operation >= LENS_OPERATION_COUNT || answer->kind == LENS_ANSWER_UNREADABLE)
        return -1;
    buf_append_format(out, "<%sResponse xmlns=\"" LENS_URI_SERVICE "\"><%sResult>", name, name);
    if (write_result(form, answer, out) != 0)
        return -1;
    buf_append_format(out, "</%sResult></%sResponse>", name, name);
    return 0;
}

int lens_answer_write(enum lens_operation operation, const char *message_id, const struct lens_answer *answer,
                      struct buf *out)
{
    size_t start = out->length;
    bool fault = answer->kind == LENS_ANSWER_FAULT || answer->kind == LENS_ANSWER_SOAP_FAULT;
    buf_append_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" LENS_URI_ENVELOPE "\">");
    /* MessageID is required in an AuthHeader; without one to repeat there is no header. */
    if (given(message_id)[0] != '\0') {
        buf_append_text(out, "<s:Header><AuthHeader" OWN_SPACE ">");
        if (fault)
            buf_append_text(out, "<Action xmlns=\"" LENS_URI_ADDRESSING
                                 "\">http://www.w3.org/2005/08/addressing/fault</Action>");
        if (write_text(out, "MessageID", " xmlns=\"" LENS_URI_ADDRESSING "\"", message_id) != 0)
            goto refused;
        buf_append_text(out, "</AuthHeader></s:Header>");
    }
    buf_append_text(out, "<s:Body>");
    if (write_body(operation, answer, out) != 0)
        goto refused;
    buf_append_text(out, "</s:Body></s:Envelope>");
    return 0;

refused:
    out->length = start;
    return -1;
}
