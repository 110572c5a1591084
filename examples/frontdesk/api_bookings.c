/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrivals and bookings, with their keys. */
#include "../common/describe.h"
#include "api.h"
#include "fields.h"
#include "jobs.h"
#include "outdated.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_KEYS = 200, MOST_UNRESOLVED = 200, MOMENT_LENGTH = 16 };

/* The wall time of the site: an operation tells it, and only the library knows the time zone. */
static json_t *site_moment(const kc_op *op)
{
    const char *created = kc_op_get_created(op);
    const size_t length = strlen(created);
    return json_stringn(created, length < MOMENT_LENGTH ? length : MOMENT_LENGTH);
}

static void answer_memory(struct request *request)
{
    answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
}

/* A question to the ledger that failed. */
static bool ledger_answered(struct request *request, const kc_op *op)
{
    if (kc_op_get_status(op) == KC_OK)
        return true;
    const kc_error *error = kc_op_get_error(op);
    answer_json(request, MHD_HTTP_INTERNAL_SERVER_ERROR,
                json_pack("{s{ss ss so}}", "error", "code", "ledger", "message", kc_error_get_message(error),
                          "operation", describe_error(error)));
    return false;
}

static void list_bookings(struct desk *desk, struct request *request, kc_op *op, void *data)
{
    (void)data;
    if (ledger_answered(request, op))
        answer_json(request, MHD_HTTP_OK,
                    json_pack("{so sO si}", "now", site_moment(op), "bookings", desk->hotel.bookings, "unresolved",
                              (int)kc_op_get_op_count(op)));
}

void api_bookings(struct request *request)
{
    kc_op *list = NULL;
    if (kc_list_ops(request->desk->site, KC_FILTER_UNRESOLVED, NULL, MOST_UNRESOLVED, &list) == KC_OK)
        job_ask(request->desk, request, list, list_bookings, NULL);
    else
        answer_memory(request);
}

static void show_booking(struct desk *desk, struct request *request, kc_op *op, void *data)
{
    json_t *booking = hotel_find(&desk->hotel, request->parts[1]);
    (void)data;
    if (ledger_answered(request, op))
        answer_json(request, MHD_HTTP_OK,
                    json_pack("{so sO so so}", "now", site_moment(op), "booking", booking, "keys", describe_keys(op),
                              "outdated", outdated_describe(desk, booking, op)));
}

static json_t *find_booking(struct request *request)
{
    json_t *booking = hotel_find(&request->desk->hotel, request->parts[1]);
    if (booking == NULL)
        answer_error(request, MHD_HTTP_NOT_FOUND, "booking", "There is no such booking.");
    return booking;
}

void api_booking(struct request *request)
{
    kc_op *list = NULL;
    if (find_booking(request) == NULL)
        return;
    if (kc_list_keys(request->desk->site, KC_FILTER_BOOKING, request->parts[1], MOST_KEYS, &list) == KC_OK)
        job_ask(request->desk, request, list, show_booking, NULL);
    else
        answer_memory(request);
}

void api_change_booking(struct request *request)
{
    static const char *const names[] = {"guest", "room",  "arrival", "departure", "phone",
                                        "email", "areas", "cards",   NULL};
    struct fields fields;
    json_t *booking = find_booking(request);
    if (booking == NULL || !fields_open(&fields, request, names))
        return;
    (void)fields_needed(&fields, "guest", 100);
    (void)fields_text(&fields, "room", 20);
    const char *arrival = fields_moment(&fields, "arrival"), *departure = fields_moment(&fields, "departure");
    if (fields_needed(&fields, "arrival", 16)[0] != '\0' && fields_needed(&fields, "departure", 16)[0] != '\0' &&
        strcmp(arrival, departure) >= 0)
        fields_fault(&fields, "departure", "order", "The departure must be after the arrival.");
    (void)fields_text(&fields, "phone", 40);
    (void)fields_text(&fields, "email", 254);
    (void)fields_number(&fields, "cards", 1, 9, 1);
    (void)fields_areas(&fields, "areas");
    if (!fields_check(&fields))
        return;
    json_t *before = json_deep_copy(booking);
    const bool saved = before != NULL && json_object_update(booking, fields.body) == 0 &&
                       hotel_save(&request->desk->hotel);
    if (saved) {
        answer_json(request, MHD_HTTP_OK, json_pack("{sO}", "booking", booking));
        stream_publish(request->desk, "booking", json_pack("{ss}", "id", request->parts[1]));
    } else {
        if (before != NULL)
            (void)json_object_update(booking, before);
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "save", "The booking could not be saved.");
    }
    json_decref(before);
    fields_close(&fields);
}
