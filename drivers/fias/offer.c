/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lock system offers, by its own description: records, and fields in them. FIAS, section "link records": a
 * record for which no LR came must not be sent, nor a field that is not named there. */
#include <string.h>

#include "state.h"

fias_id fias_record_of(int32_t verb)
{
    switch (verb) {
    case KC_VERB_CHECK_OUT:
        return FIAS_ID("KD");
    case KC_VERB_MODIFY_STAY:
        return FIAS_ID("KM");
    case KC_VERB_READ_CARD:
        return FIAS_ID("KZ");
    default:
        return FIAS_ID("KR");
    }
}

const char *fias_key_type(const struct driver_link *link, const struct driver_request *request, int32_t made)
{
    bool further = request->verb == KC_VERB_ISSUE_DUPLICATE ||
                   (request->verb == KC_VERB_SEND_MOBILE && request->further);
    if (request->verb == KC_VERB_ISSUE_ONE_SHOT)
        return "O";
    if (further && request->sharer && made == 0)
        return driver_option_is(link, OPTION_SHARER_KEY, "N") ? "N" : "D";
    return further || made > 0 ? "D" : "N";
}

bool fias_wants_data(const struct driver_request *request)
{
    return *request->card_serial || (request->verb == KC_VERB_SEND_MOBILE && request->return_image);
}

/* ---- As capabilities ------------------------------------------------------------------------------------------- */

uint32_t fias_offers(const struct driver_link *link, const struct description *description)
{
    const struct fias_fields *fields = description->fields, *request = &fields[DECLARED_KR];
    const fias_id room = FIAS_ID("RN"), type = FIAS_ID("KT"), track = FIAS_ID("$2");
    const fias_id phone = fias_option_field(link, OPTION_PHONE_FIELD);
    const fias_id email = fias_option_field(link, OPTION_EMAIL_FIELD);
    const fias_id card = fias_option_field(link, OPTION_CARD_FIELD);
    const bool makes = request->declared && fias_fields_has(request, room);
    const bool copies = makes && fias_fields_has(request, type);
    const bool texts = makes && phone && fias_fields_has(request, phone);
    const bool mails = makes && email && fias_fields_has(request, email);
    const bool data = makes && fias_fields_has(request, FIAS_ID("RT")) &&
                      fias_fields_has(&fields[DECLARED_KA], FIAS_ID("$3"));
    const struct {
        int32_t capability;
        bool offered;
    } rows[] = {
        {KC_CAPABILITY_ORIGINAL, makes},
        {KC_CAPABILITY_DUPLICATE, copies},
        {KC_CAPABILITY_ONE_SHOT, copies},
        {KC_CAPABILITY_READ, fields[DECLARED_KZ].declared},
        {KC_CAPABILITY_CHECK_OUT, fias_fields_has(&fields[DECLARED_KD], room)},
        {KC_CAPABILITY_MODIFY_STAY, fias_fields_has(&fields[DECLARED_KM], room)},
        {KC_CAPABILITY_DENY_AREAS, makes && fias_fields_has(request, FIAS_ID("KO"))},
        {KC_CAPABILITY_CARD_SERIAL, fias_fields_has(&fields[DECLARED_KA], track) && !fias_fields_has(request, track)},
        {KC_CAPABILITY_MOBILE, texts || mails},
        {KC_CAPABILITY_PHONE, texts},
        {KC_CAPABILITY_EMAIL, mails},
        {KC_CAPABILITY_KEY_IMAGE, data},
        {KC_CAPABILITY_CARD_IMAGE, data && card && fias_fields_has(request, card)},
    };
    uint32_t offered = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        offered |= rows[i].offered ? DRIVER_CAN(rows[i].capability) : 0;
    return offered;
}

/* ---- For a request --------------------------------------------------------------------------------------------- */

static int32_t not_offered(struct kc_error *error, const char *field, const char *record, const char *what)
{
    return error_set(error, KC_ERROR_NOT_OFFERED, field,
                     "The lock system does not offer this: %s (record %s of its description of the link).", what,
                     record);
}

static bool has(const struct driver_link *link, enum declared record, const char *field)
{
    return fias_fields_has(&line_of(link)->active.fields[record], FIAS_ID(field));
}

static bool has_option_field(const struct driver_link *link, size_t option)
{
    fias_id field = fias_option_field(link, option);
    return field && fias_fields_has(&line_of(link)->active.fields[DECLARED_KR], field);
}

/* Keys to phones and keys that come back. FIAS, sections "key request" and "key type": there is no field for a phone;
 * request type 4 asks for the key in track 3. */
static int32_t check_contacts(const struct driver_link *link, const struct driver_request *request,
                              struct kc_error *error)
{
    bool mobile = request->verb == KC_VERB_SEND_MOBILE && !request->return_image;
    if (mobile && *request->phone && !has_option_field(link, OPTION_PHONE_FIELD))
        return not_offered(error, "phone", "KR", "it takes no phone number in the field of the option phone-field");
    if (mobile && *request->email && !has_option_field(link, OPTION_EMAIL_FIELD))
        return not_offered(error, "email", "KR", "it takes no e-mail address in the field of the option email-field");
    if (fias_wants_data(request) && !has(link, DECLARED_KR, "RT"))
        return not_offered(error, "", "KR", "it takes no request for a key as bytes");
    if (fias_wants_data(request) && !has(link, DECLARED_KA, "$3"))
        return not_offered(error, "", "KA", "it gives no key back as bytes");
    if (*request->card_serial && !has_option_field(link, OPTION_CARD_FIELD))
        return not_offered(error, "card-serial", "KR",
                           "it takes no serial number of a card in the field of the option card-field");
    if (*request->card_serial && request->verb == KC_VERB_ISSUE_ONE_SHOT &&
        fias_option_field(link, OPTION_CARD_FIELD) != FIAS_ID("A0"))
        return not_offered(error, "card-serial", "KR", "for a key that opens once it takes the field A0 only");
    return KC_OK;
}

static int32_t check_texts(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    static const char *const tracks[] = {"$1", "$2"};
    if (request->verb == KC_VERB_SEND_MOBILE)
        return KC_OK;
    for (size_t i = 0; i < 2; i++)
        if (request->texts.count > i + 1 && *request->texts.items[i + 1] && !has(link, DECLARED_KR, tracks[i]))
            return not_offered(error, "text", "KR",
                               i == 0 ? "it takes no data for track 1" : "it takes no data for track 2");
    return KC_OK;
}

int32_t fias_check_offer(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct description *active = &line_of(link)->active;
    fias_id record = fias_record_of(request->verb);
    const struct fias_fields *fields = &active->fields[fias_declared(record)];
    char name[3];
    fias_id_text(record, name);
    if (!fields->declared)
        return not_offered(error, "", name,
                           record == FIAS_ID("KR")   ? "it makes no keys"
                           : record == FIAS_ID("KD") ? "it deletes no keys"
                           : record == FIAS_ID("KM")
                               ? "it changes no keys that were made; make new ones for the new room or dates"
                               : "it reads no cards");
    if (record != FIAS_ID("KZ") && !fias_fields_has(fields, FIAS_ID("RN")))
        return not_offered(error, "rooms", name, "it takes no room");
    if (record != FIAS_ID("KR"))
        return KC_OK;
    const char *type = fias_key_type(link, request, 0);
    if (!fias_fields_has(fields, FIAS_ID("KT")) && (type[0] != 'N' || request->copies > 1))
        return not_offered(error, "", name, "it takes no key type, so that each key would be a new one");
    bool takes_areas = fias_fields_has(fields, FIAS_ID("KO"));
    if (request->areas.count + request->denied.count > 0 && !takes_areas)
        return not_offered(error, "areas", name, "it takes no areas");
    if (request->rooms.count > 1 && !fias_fields_has(fields, FIAS_ID("SI")))
        return not_offered(error, "rooms", name, "it takes one room for each key");
    int32_t status = check_texts(link, request, error);
    return status == KC_OK ? check_contacts(link, request, error) : status;
}

/* ---- What is lost ---------------------------------------------------------------------------------------------- */

static bool is_later_day(const struct wall_time *a, const struct wall_time *b)
{
    if (a->year != b->year)
        return a->year > b->year;
    return a->month != b->month ? a->month > b->month : a->day > b->day;
}

void fias_warn(struct driver_op *op)
{
    const struct driver_request *request = op->request;
    const struct fias_fields *fields = &line_of(op->link)->active.fields[DECLARED_KR];
    struct wall_time now;
    if (fias_record_of(request->verb) != FIAS_ID("KR"))
        return;
    if (request->texts.count > 0 && *request->texts.items[0] && *request->encoder &&
        !fias_fields_has(fields, FIAS_ID("CT")))
        driver_op_warn(op, "The lock system takes no text for the card: it is not printed.");
    if (request->verb == KC_VERB_ISSUE_ONE_SHOT)
        return;
    if (!fias_fields_has(fields, FIAS_ID("GD")))
        driver_op_warn(op, "The lock system takes no date of departure: it ends the key as it is set up there.");
    else if (!fias_fields_has(fields, FIAS_ID("DT")))
        driver_op_warn(op, "The lock system takes no time of departure: on the last day it ends the key as it is set "
                           "up there.");
    driver_site_time(op->link, &now, NULL);
    if (request->from.utc && is_later_day(&request->from.wall, &now) && !fias_fields_has(fields, FIAS_ID("GA")))
        driver_op_warn(op, "The lock system takes no date of arrival: the key opens at once.");
}
