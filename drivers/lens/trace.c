/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls and answers in the log: the operation and its main fields, never guest, phone, password or image. */
#include <string.h>

#include "state.h"
#include "words.h"

static const struct {
    enum lens_field field;
    const char *name;
    bool masked;
} shown[] = {
    {LENS_RESERVATION_ID, "ReservationID", false},
    {LENS_SITE_NAME, "SiteName", false},
    {LENS_PMS_TERMINAL_ID, "PMSTerminalID", false},
    {LENS_ENCODER_ID, "EncoderID", false},
    {LENS_CHECK_IN, "CheckIn", false},
    {LENS_CHECK_OUT, "CheckOut", false},
    {LENS_GUEST_NAME, "GuestName", true},
    {LENS_MAIN_ROOM_NO, "MainRoomNo", false},
    {LENS_ROOM_NO, "RoomNo", false},
    {LENS_TRACK_I_GUEST_NO, "TrackIGuestNo", true},
    {LENS_TRACK_II_FOLIO_NO, "TrackIIFolioNo", true},
    {LENS_KEY_COUNT, "KeyCount", false},
    {LENS_KEY_SIZE, "KeySize", false},
    {LENS_UID, "UID", false},
    {LENS_GUEST_MOBILE_NUMBER, "GuestMobileNumber", true},
};

static void show(struct driver_link *link, bool sent, struct buf *text)
{
    driver_trace(link, sent, text->failed ? "(a message)" : buf_text(text));
    buf_free(text);
}

static void put_areas(const struct lens_call *call, struct buf *text)
{
    static const char signs[] = {[LENS_AREA_DEFAULT] = '=', [LENS_AREA_GRANT] = '+', [LENS_AREA_DENY] = '-'};
    buf_append_text(text, " CommonAreaList");
    for (size_t i = 0; i < call->area_count; i++)
        buf_append_format(text, " %c%u", signs[call->areas[i].mode], (unsigned)call->areas[i].level);
}

void lens_trace_call(struct driver_link *link, const struct driver_request *request, const struct lens_call *call)
{
    const char *phone = request ? lens_phone_digits(request->phone) : "";
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    buf_append_text(&text, lens_operation_name(call->operation));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        const char *value = call->values[shown[i].field];
        if (!value || !*value)
            continue;
        buf_append_format(&text, " %s=", shown[i].name);
        if (shown[i].masked)
            buf_append_text(&text, "***");
        else
            lens_mask(value, &phone, shown[i].field == LENS_ENCODER_ID ? 1 : 0, &text);
    }
    for (size_t i = 0; i < call->room_count; i++)
        buf_append_format(&text, "%s%s", i == 0 ? " rooms=" : ",", call->rooms[i]);
    if (call->area_count > 0)
        put_areas(call, &text);
    show(link, true, &text);
}

/* The body is never shown: it can hold anything. */
void lens_trace_reply(struct driver_link *link, enum lens_operation operation, const struct http_reply *reply)
{
    struct buf text = {0};
    struct error_quoted quoted;
    if (!driver_tracing(link))
        return;
    buf_append_format(&text, "%s: HTTP status %d, \"%s\", %zu bytes", lens_operation_name(operation),
                      (int)reply->status, error_quote(&quoted, reply->content_type), reply->body_size);
    show(link, false, &text);
}

/* Of texts only the names of the service's own faults. */
void lens_trace_answer(struct driver_link *link, enum lens_operation operation, const struct lens_answer *answer)
{
    static const char *const kinds[] = {[LENS_ANSWER_SUCCESS] = "success",
                                        [LENS_ANSWER_NO_SUCCESS] = "no success",
                                        [LENS_ANSWER_FAULT] = "fault",
                                        [LENS_ANSWER_SOAP_FAULT] = "SOAP fault",
                                        [LENS_ANSWER_UNREADABLE] = "unreadable"};
    struct buf text = {0};
    if (!driver_tracing(link))
        return;
    const struct lens_fault_name *name = answer->kind == LENS_ANSWER_SUCCESS ? NULL : lens_fault_find(answer);
    buf_append_format(&text, "%s: %s%s%s", lens_operation_name(operation), kinds[answer->kind], name ? " " : "",
                      name ? name->name : "");
    if (answer->image)
        buf_append_format(&text, ", a key of %zu bytes", answer->image_size);
    if (answer->transaction_count > 0)
        buf_append_format(&text, ", %zu transactions", answer->transaction_count);
    show(link, false, &text);
}
