/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The buttons of the key window: from a form to a request of the library. */
#include "api.h"
#include "fields.h"
#include "jobs.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* What a button takes from the form. */
enum { WITH_STAY = 1, WITH_CONTACT = 2, WITH_ENCODER = 4, WITH_CARDS = 8, WITH_SYSTEM = 16 };

struct button {
    const char *name;
    int32_t (*start)(kc_request *, kc_op **);
    int takes;
};

static const struct button buttons[] = {
    {"original", kc_issue_original, WITH_STAY | WITH_CONTACT | WITH_ENCODER | WITH_CARDS | WITH_SYSTEM},
    {"reissue", kc_reissue, WITH_STAY | WITH_ENCODER | WITH_CARDS | WITH_SYSTEM},
    /* The library sends it to the station's last encoder, whatever the form shows. */
    {"duplicate", kc_issue_duplicate, WITH_CARDS},
    {"mobile", kc_send_mobile, WITH_STAY | WITH_CONTACT | WITH_SYSTEM},
};

struct form {
    struct fields fields;
    const struct button *button;
    kc_request *wanted;
    json_t *booking, *areas;
    const char *from, *until;
};

/* What the library does not take stands at the field. */
static void check(struct form *form, const char *field, const char *code, int32_t status)
{
    if (status == KC_OK)
        return;
    const char *message = kc_error_get_message(kc_request_get_error(form->wanted));
    fields_fault(&form->fields, field, code, message[0] != '\0' ? message : kc_status_text(status));
}

static const struct button *find_button(struct fields *fields)
{
    const char *name = fields_needed(fields, "verb", 20);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++) {
        if (strcmp(buttons[i].name, name) == 0)
            return &buttons[i];
    }
    fields_fault(fields, "verb", "verb", "There is no such button.");
    return NULL;
}

/* Rooms, times, areas and guest. What the form changed becomes part of the booking, see keep_changes(). */
static void take_stay(struct form *form)
{
    struct fields *fields = &form->fields;
    kc_request *wanted = form->wanted;
    const char *room = booking_text(form->booking, "room");
    size_t index;
    json_t *area;
    form->from = fields_moment(fields, "from");
    form->until = fields_moment(fields, "until");
    form->areas = fields_areas(fields, "areas");
    if (fields_needed(fields, "from", 16)[0] != '\0' && fields_needed(fields, "until", 16)[0] != '\0' &&
        strcmp(form->from, form->until) >= 0)
        fields_fault(fields, "until", "order", "The departure must be after the arrival.");
    else if (json_object_size(fields->faults) == 0)
        check(form, "until", "refused", kc_request_set_validity(wanted, form->from, form->until));
    if (room[0] == '\0')
        fields_fault(fields, "room", "no-room", "No room is allocated to the booking: no room, no key.");
    else
        check(form, "room", "refused", kc_request_add_room(wanted, room));
    check(form, "guest", "refused", kc_request_set_guest(wanted, booking_text(form->booking, "guest")));
    json_array_foreach(form->areas, index, area)
        check(form, "areas", "refused", kc_request_add_area(wanted, json_string_value(area)));
}

static void take_fields(struct form *form)
{
    struct fields *fields = &form->fields;
    kc_request *wanted = form->wanted;
    const int takes = form->button->takes;
    if (takes & WITH_STAY)
        take_stay(form);
    const char *encoder = fields_text(fields, "encoder", 100), *system = fields_text(fields, "system", 100);
    const char *phone = fields_text(fields, "phone", 40), *email = fields_text(fields, "email", 254);
    const int32_t cards = fields_number(fields, "cards", 1, 99, 1);
    if (takes & WITH_ENCODER)
        check(form, "encoder", "refused", kc_request_set_encoder(wanted, encoder));
    if (takes & WITH_SYSTEM)
        check(form, "encoder", "refused", kc_request_set_system(wanted, system));
    if (takes & WITH_CARDS)
        check(form, "cards", "range", kc_request_set_copies(wanted, cards));
    if (takes & WITH_CONTACT) {
        check(form, "phone", "phone", kc_request_set_phone(wanted, phone));
        check(form, "email", "email", kc_request_set_email(wanted, email));
    }
    check(form, "", "refused", kc_request_set_idempotency_key(wanted, fields_text(fields, "once", 100)));
    check(form, "", "refused", kc_request_set_booking(wanted, booking_text(form->booking, "id")));
    check(form, "", "refused", kc_request_set_station(wanted, fields->request->station->name));
    check(form, "", "refused", kc_request_set_operator(wanted, fields->request->user));
}

/* The booking has the dates and areas that its cards are made with; so it is known later whether they still fit. */
static bool keep_changes(struct form *form)
{
    struct desk *desk = form->fields.request->desk;
    json_t *booking = form->booking;
    if (!(form->button->takes & WITH_STAY))
        return true;
    const bool same = strcmp(booking_text(booking, "arrival"), form->from) == 0 &&
                      strcmp(booking_text(booking, "departure"), form->until) == 0 &&
                      (form->areas == NULL || json_equal(form->areas, json_object_get(booking, "areas")));
    if (same)
        return true;
    json_t *before = json_deep_copy(booking);
    if (before != NULL && json_object_set_new(booking, "arrival", json_string(form->from)) == 0 &&
        json_object_set_new(booking, "departure", json_string(form->until)) == 0 &&
        (form->areas == NULL || json_object_set(booking, "areas", form->areas) == 0) && hotel_save(&desk->hotel)) {
        json_decref(before);
        stream_publish(desk, "booking", json_pack("{ss}", "id", booking_text(booking, "id")));
        return true;
    }
    if (before != NULL)
        (void)json_object_update(booking, before);
    json_decref(before);
    answer_error(form->fields.request, MHD_HTTP_INTERNAL_SERVER_ERROR, "save", "The booking could not be saved.");
    return false;
}

static void start(struct form *form)
{
    struct request *request = form->fields.request;
    kc_op *op = NULL;
    if (form->button->start(form->wanted, &op) != KC_OK) {
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
        return;
    }
    job_answer(request, job_show(request->desk, op, request->station->name, booking_text(form->booking, "id")));
}

void api_make_key(struct request *request)
{
    static const char *const names[] = {"verb",  "from",  "until", "areas", "encoder", "system",
                                        "phone", "email", "cards", "once",  NULL};
    struct form form = {.booking = hotel_find(&request->desk->hotel, request->parts[1])};
    if (form.booking == NULL) {
        answer_error(request, MHD_HTTP_NOT_FOUND, "booking", "There is no such booking.");
        return;
    }
    if (request->station == NULL || request->user == NULL) {
        answer_error(request, MHD_HTTP_CONFLICT, "station", "Choose a station first.");
        return;
    }
    if (!fields_open(&form.fields, request, names))
        return;
    form.button = find_button(&form.fields);
    if (form.button != NULL && kc_request_new(request->desk->site, &form.wanted) == KC_OK)
        take_fields(&form);
    if (!fields_check(&form.fields)) {
        form.wanted = kc_request_unref(form.wanted);
        return;
    }
    if (form.wanted == NULL)
        answer_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "memory", "Memory is used up.");
    else if (keep_changes(&form))
        start(&form);
    kc_request_unref(form.wanted);
    fields_close(&form.fields);
}
