/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is refused before anything is sent. */
#include <string.h>

#include "state.h"
#include "util/text.h"

/* ---- Areas ----------------------------------------------------------------------------------------------------- */

int32_t lens_area_number(const char *text)
{
    return text_number(text, LENS_PASS_LEVELS_AT_MOST);
}

/* LENS SOAP service, section on areas: they are the numbers of pass levels, which are set up and cannot be asked for.
 */
static int32_t check_areas(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    const struct strings *lists[] = {&request->areas, &request->denied};
    bool granted[LENS_PASS_LEVELS_AT_MOST + 1] = {false};
    struct error_quoted quoted;
    if (settings->pass_levels == 0 && request->areas.count + request->denied.count > 0)
        return error_set(error, KC_ERROR_NOT_OFFERED, "areas",
                         "No areas can be sent: the option pass-levels is 0. Set it to the highest pass level of the "
                         "hotel.");
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < lists[which]->count; i++) {
            const char *text = lists[which]->items[i];
            int32_t number = lens_area_number(text);
            if (number < 1 || number > settings->pass_levels)
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, "areas",
                                 "The area \"%s\" is no pass level: the lock system numbers them 1 to %d (option "
                                 "pass-levels). Give the number, or map the area to it.",
                                 error_quote(&quoted, text), (int)settings->pass_levels);
            if (which == 1 && granted[number])
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, "areas",
                                 "The area \"%s\" is both granted and denied.", error_quote(&quoted, text));
            granted[number] = granted[number] || which == 0;
        }
    }
    return KC_OK;
}

/* ---- Rooms, bookings, encoders --------------------------------------------------------------------------------- */

static int32_t check_rooms(const struct driver_request *request, size_t most, struct kc_error *error)
{
    if (request->rooms.count == 0 || !*request->rooms.items[0])
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "No room.");
    if (request->rooms.count > most)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "The lock system takes %zu rooms here, not %zu.", most,
                         request->rooms.count);
    return KC_OK;
}

static int32_t check_booking(const struct driver_request *request, struct kc_error *error)
{
    if (*request->booking)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "booking",
                     "No booking: the lock system keeps keys by the number of the reservation.");
}

/* LENS SOAP service, sections on mobile keys and on the key image: 0 and 999... are no encoders. */
static int32_t check_encoder(const struct driver_link *link, const struct driver_request *request,
                             struct kc_error *error)
{
    struct error_quoted quoted;
    struct buf id = {0};
    if (!*request->encoder)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "No encoder. Name it by its number in the lock system.");
    lens_encoder_id(link, request->encoder, &id);
    const char *text = buf_text(&id);
    bool zero = text[strspn(text, "0")] == '\0', mobile = strncmp(text, "999", 3) == 0;
    int32_t status = KC_OK;
    if (id.failed)
        status = error_no_memory(error);
    else if (zero || mobile)
        status = error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                           mobile
                               ? "The encoder \"%s\" stands for mobile keys in the lock system: send a mobile key, or "
                                 "name another."
                               : "The encoder \"%s\" stands for none in the lock system: name another, or give the "
                                 "card's serial number to write the card yourself.",
                           error_quote(&quoted, text));
    buf_free(&id);
    return status;
}

static bool is_hex(const char *text)
{
    return text[strspn(text, "0123456789ABCDEFabcdef")] == '\0';
}

/* LENS SOAP service, section on the key image: the service refuses an empty, odd or zero UID; so do we. */
static int32_t check_serial(const struct driver_request *request, struct kc_error *error)
{
    size_t length = strlen(request->card_serial);
    if (!is_hex(request->card_serial) || length % 2 != 0 || length < 8 || length > 20 ||
        request->card_serial[strspn(request->card_serial, "0")] == '\0')
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "card-serial",
                         "The serial number of the card must be 4 to 10 bytes in hex, not all zeros.");
    if (request->copies != 1)
        return error_set(error, KC_ERROR_LIMIT, "copies",
                         "A key that is returned as bytes is for one card, not %d: ask for each by its serial number.",
                         (int)request->copies);
    return KC_OK;
}

static int32_t check_copies(const struct settings *settings, const struct driver_request *request,
                            struct kc_error *error)
{
    if (request->copies >= 1 && request->copies <= settings->copies_at_most)
        return KC_OK;
    return error_set(error, KC_ERROR_LIMIT, "copies", "1 to %d cards can be made at once, not %d.",
                     (int)settings->copies_at_most, (int)request->copies);
}

static int32_t check_texts(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    if (request->texts.count == 0 || (settings->tracks && request->texts.count <= 2))
        return KC_OK;
    return error_set(error, KC_ERROR_LIMIT, "text",
                     settings->tracks ? "The lock system writes two tracks, no more lines of text."
                                      : "The lock system writes no lines of text (see the option tracks).");
}

static int32_t check_validity(const struct driver_request *request, struct kc_error *error)
{
    if (request->until.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "No end of validity, which the lock system needs.");
    if (request->from.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "from",
                         "No start of validity, which the lock system needs.");
    return KC_OK;
}

/* ---- Kinds of requests ----------------------------------------------------------------------------------------- */

static bool needs_validity(const struct driver_request *request)
{
    return request->verb != KC_VERB_ISSUE_DUPLICATE || request->sharer || request->changed;
}

static int32_t check_issue(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    int32_t status = check_booking(request, error);
    if (status == KC_OK)
        status = check_rooms(request, LENS_ROOMS, error);
    if (status == KC_OK)
        status = check_copies(settings, request, error);
    if (status == KC_OK)
        status = check_areas(settings, request, error);
    if (status == KC_OK)
        status = check_texts(settings, request, error);
    if (status == KC_OK && needs_validity(request))
        status = check_validity(request, error);
    if (status != KC_OK)
        return status;
    return *request->card_serial ? check_serial(request, error) : check_encoder(link, request, error);
}

/* LENS SOAP service, section on areas: CreateOneShotKey has no list of them, and one room. */
static int32_t check_one_shot(const struct driver_link *link, const struct driver_request *request,
                              struct kc_error *error)
{
    int32_t status = check_rooms(request, 1, error);
    if (status == KC_OK && request->areas.count + request->denied.count > 0)
        status = error_set(error, KC_ERROR_NOT_OFFERED, "areas", "A one-shot key of this lock system opens no areas.");
    if (status == KC_OK && request->texts.count > 0)
        status = error_set(error, KC_ERROR_LIMIT, "text", "A one-shot key of this lock system takes no lines of text.");
    if (status == KC_OK)
        status = check_copies(&line_of(link)->settings, request, error);
    if (status == KC_OK)
        status = check_validity(request, error);
    if (status != KC_OK)
        return status;
    return *request->card_serial ? check_serial(request, error) : check_encoder(link, request, error);
}

/* E.164 with + or 00 in front: anything else may reach a stranger. */
static int32_t check_phone(const struct driver_request *request, struct kc_error *error)
{
    const char *phone = request->phone;
    const char *digits = phone[0] == '+' ? phone + 1 : strncmp(phone, "00", 2) == 0 ? phone + 2 : "";
    size_t count = strlen(digits);
    if (*request->email)
        return error_set(error, KC_ERROR_CONTACT, "email", "The lock system sends mobile keys to phone numbers only.");
    if (!*phone)
        return error_set(error, KC_ERROR_CONTACT, "phone",
                         "No phone number. The lock system sends mobile keys to phone numbers only.");
    if (digits[strspn(digits, "0123456789")] || digits[0] == '0' || count < 8 || count > 15)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "phone",
                         "The phone number must be + or 00, the country code and 8 to 15 digits in all.");
    return KC_OK;
}

static int32_t check_mobile(const struct driver_link *link, const struct driver_request *request,
                            struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    if (!settings->mobile || request->return_image)
        return error_set(error, KC_ERROR_NOT_OFFERED, "",
                         settings->mobile ? "The lock system returns no mobile keys as bytes."
                                          : "Mobile keys are switched off: see the option mobile.");
    int32_t status = check_booking(request, error);
    if (status == KC_OK)
        status = check_rooms(request, LENS_ROOMS, error);
    if (status == KC_OK && request->copies != 1)
        status = error_set(error, KC_ERROR_LIMIT, "copies", "One mobile key is sent at a time, not %d.",
                           (int)request->copies);
    if (status == KC_OK)
        status = check_phone(request, error);
    if (status == KC_OK)
        status = check_areas(settings, request, error);
    if (status == KC_OK)
        status = check_texts(settings, request, error);
    bool timed = !request->further || request->sharer || request->changed;
    return status == KC_OK && timed ? check_validity(request, error) : status;
}

/* LENS SOAP service, section on operations: nothing in it makes one card void. */
static int32_t check_cancel(const struct driver_request *request, struct kc_error *error)
{
    if (!is_mobile_kind(request->key_kind))
        return error_set(error, KC_ERROR_NOT_OFFERED, "",
                         "The lock system cannot cancel one card. Make a new original, which voids all earlier cards, "
                         "or block the stay, or check it out.");
    int32_t status = check_rooms(request, LENS_ROOMS, error);
    return status == KC_OK ? check_phone(request, error) : status;
}

static int32_t check_change(const struct settings *settings, const struct driver_request *request,
                            struct kc_error *error)
{
    const char *room = request->rooms.count > 0 ? request->rooms.items[0] : "";
    bool moves = *room && *request->room_before && strcmp(room, request->room_before) != 0;
    if (!settings->online_locks)
        return error_set(error, KC_ERROR_NOT_OFFERED, "",
                         "A stay can be changed without cards only where the locks are on-line: see the option "
                         "online-locks. Make new cards instead.");
    if (!moves && request->until.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until",
                         "Nothing to change: give another room or a new end of validity.");
    int32_t status = check_booking(request, error);
    return status == KC_OK && moves ? check_rooms(request, LENS_ROOMS, error) : status;
}

int32_t lens_check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    switch (request->verb) {
    case KC_VERB_ISSUE_ORIGINAL:
    case KC_VERB_REISSUE:
    case KC_VERB_ISSUE_DUPLICATE:
        return check_issue(link, request, error);
    case KC_VERB_ISSUE_ONE_SHOT:
        return check_one_shot(link, request, error);
    case KC_VERB_SEND_MOBILE:
        return check_mobile(link, request, error);
    case KC_VERB_CANCEL_KEY:
        return check_cancel(request, error);
    case KC_VERB_MODIFY_STAY:
        return check_change(&line_of(link)->settings, request, error);
    case KC_VERB_BLOCK_STAY:
    case KC_VERB_UNBLOCK_STAY:
        return check_booking(request, error);
    case KC_VERB_CHECK_OUT: /* without booking the room, and whoever has it */
        return *request->booking ? KC_OK : check_rooms(request, 1, error);
    case KC_VERB_CHECK_MOBILE:
    case KC_VERB_DISCOVER:
        return KC_OK;
    default:
        return error_set(error, KC_ERROR_NOT_OFFERED, "", "The lock system does not offer this.");
    }
}
