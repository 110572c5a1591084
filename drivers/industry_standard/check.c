/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is refused before anything is sent, beyond the limits that the core checks. */
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "util/text.h"

bool needs_card(const struct driver_request *request)
{
    const int32_t verb = request->verb;
    if (*request->card_serial)
        return false;
    return verb == KC_VERB_ISSUE_ORIGINAL || verb == KC_VERB_ISSUE_DUPLICATE || verb == KC_VERB_REISSUE ||
           verb == KC_VERB_ISSUE_ONE_SHOT || verb == KC_VERB_READ_CARD;
}

/* A value that would break a frame. Guest data is not shown. */
static int32_t check_text(const struct settings *settings, const char *field, const char *text, bool may_be_shown,
                          bool line_feeds, struct kc_error *error)
{
    struct error_quoted quoted;
    size_t length;
    if (text_is_plain(text, &length)) /* can be sent whatever the options */
        return KC_OK;
    const char *shown = may_be_shown ? error_quote(&quoted, text) : "...";
    if (text_check(text, SIZE_MAX, line_feeds, NULL) != TEXT_GOOD)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field,
                         "\"%s\" has control characters, which the lock system does not take.", shown);
    if (!text_fits(text, settings->charset))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field,
                         "\"%s\" has characters that the code page of the lock system does not have. Give it as it is "
                         "spelled there; see the option code-page.",
                         shown);
    if (strstr(text, "\xC2\xB3")) /* U+00B3 */
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field,
                         "\"%s\" has a superscript three, which separates fields on the wire. Leave it out.", shown);
    return KC_OK;
}

static int32_t check_list(const struct settings *settings, const char *field, const struct strings *list,
                          bool may_be_shown, struct kc_error *error)
{
    int32_t status = KC_OK;
    for (size_t i = 0; i < list->count && status == KC_OK; i++)
        status = check_text(settings, field, list->items[i], may_be_shown, false, error);
    return status;
}

static int32_t check_texts(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    int32_t status = check_list(settings, "rooms", &request->rooms, true, error);
    if (status == KC_OK)
        status = check_list(settings, "text", &request->texts, false, error);
    if (status == KC_OK)
        status = check_text(settings, "encoder", request->encoder, true, false, error);
    if (status == KC_OK)
        status = check_text(settings, "operator", request->operator_name, false, false, error);
    if (status == KC_OK)
        status = check_text(settings, "rooms", request->room_before, true, false, error);
    if (status == KC_OK && request->verb == KC_VERB_SEND_MOBILE && !request->return_image)
        status = check_text(settings, "message", request->message, false, true, error);
    return status;
}

static int32_t check_areas(const struct settings *settings, const struct driver_request *request,
                           struct kc_error *error)
{
    const struct strings *lists[] = {&request->areas, &request->denied};
    uint64_t sets[2] = {0, 0};
    struct error_quoted quoted;
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < lists[which]->count; i++) {
            const char *text = lists[which]->items[i];
            int32_t number = text_number(text, INDUSTRY_AREAS_AT_MOST);
            if (number < 1 || number > settings->areas_at_most)
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, "areas",
                                 "The area \"%s\" is no PMS authorisation: the lock system numbers them 1 to %d. Give "
                                 "the number, or map the area to it.",
                                 error_quote(&quoted, text), (int)settings->areas_at_most);
            sets[which] |= INDUSTRY_AREA(number);
            if (sets[0] & sets[1])
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, "areas",
                                 "The area \"%s\" is both granted and denied.", error_quote(&quoted, text));
        }
    }
    return KC_OK;
}

static bool all_digits(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool is_number_up_to(const char *digits, int32_t most)
{
    return digits[0] != '0' && strlen(digits) <= 9 && strtol(digits, NULL, 10) <= most;
}

static int32_t check_encoder(const struct settings *settings, const struct driver_request *request,
                             struct kc_error *error)
{
    struct error_quoted quoted;
    if (!*request->encoder && needs_card(request))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "No encoder. Name the encoder as it is called in the lock system.");
    if (*request->encoder && settings->number_encoders && !all_digits(request->encoder))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "The encoder \"%s\" is no number, as the option encoder-form demands.",
                         error_quote(&quoted, request->encoder));
    if (*request->encoder && settings->number_encoders && settings->encoder_at_most > 0 &&
        !is_number_up_to(request->encoder, settings->encoder_at_most))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoder",
                         "The encoder \"%s\" is not one of the numbers 1 to %d, without zeros in front.",
                         error_quote(&quoted, request->encoder), (int)settings->encoder_at_most);
    return KC_OK;
}

static int32_t check_validity(const struct settings *settings, const struct driver_request *request,
                              struct kc_error *error)
{
    bool one_shot = request->verb == KC_VERB_ISSUE_ONE_SHOT;
    if (one_shot && !settings->one_shot_dates)
        return KC_OK;
    if (request->until.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until", "No end of validity, which the lock system needs.");
    if (request->from.utc == 0 && settings->start_required)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "from",
                         "No start of validity, which the option start demands.");
    if (settings->date_digits == 8 &&
        (request->until.wall.minute != 0 || (request->from.utc != 0 && request->from.wall.minute != 0)))
        return error_set(error, KC_ERROR_LIMIT, request->until.wall.minute != 0 ? "until" : "from",
                         "The lock system takes whole hours only (option date=8).");
    return KC_OK;
}

/* E.164 with + or 00 in front: the lock server refuses anything else, or sends it to a stranger. */
static int32_t check_phone(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    size_t option = request->return_image ? OPTION_MOBILE_IMAGE : OPTION_MOBILE;
    const char *phone = request->phone;
    if (driver_option_is(link, option, "off"))
        return error_set(error, KC_ERROR_NOT_OFFERED, "", "This kind of mobile key is switched off: see the option %s.",
                         salto_options[option].name);
    if (!*phone && request->return_image)
        return KC_OK;
    if (!*phone)
        return error_set(error, KC_ERROR_CONTACT, "phone",
                         "No phone number. The lock system sends mobile keys to phone numbers only.");
    const char *digits = phone[0] == '+' ? phone + 1 : strncmp(phone, "00", 2) == 0 ? phone + 2 : "";
    size_t count = strlen(digits);
    if (!all_digits(digits) || digits[0] == '0' || count < 8 || count > 15)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "phone",
                         "The phone number must be + or 00, the country code and 8 to 15 digits in all.");
    return KC_OK;
}

static int32_t check_change(const struct driver_request *request, struct kc_error *error)
{
    const char *room = request->rooms.count > 0 ? request->rooms.items[0] : "";
    bool moves = *request->room_before && *room && strcmp(room, request->room_before) != 0;
    if (!*room && !*request->room_before)
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "No room.");
    if (!moves && request->until.utc == 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "until",
                         "Nothing to change: give another room or a new end of validity.");
    return KC_OK;
}

static int32_t check_copies(const struct settings *settings, const struct driver_request *request,
                            struct kc_error *error)
{
    int32_t most = settings->copies_are_extra ? 10 : 9;
    if (request->copies < 1 || request->copies > most)
        return error_set(error, KC_ERROR_LIMIT, "copies", "The lock system makes 1 to %d cards in one request, not %d.",
                         (int)most, (int)request->copies);
    return KC_OK;
}

static int32_t check_rooms(const struct industry_dialect *dialect, const struct driver_request *request,
                           struct kc_error *error)
{
    if (request->rooms.count == 0 || !*request->rooms.items[0])
        return error_set(error, KC_ERROR_NO_ROOM, "rooms", "No room.");
    if (request->rooms.count > INDUSTRY_ROOMS)
        return error_set(error, KC_ERROR_LIMIT, "rooms", "The lock system takes %d rooms on one key, not %zu.",
                         INDUSTRY_ROOMS, request->rooms.count);
    if (request->texts.count > dialect->texts)
        return error_set(error, KC_ERROR_LIMIT, "text", "The lock system prints %zu lines, not %zu.", dialect->texts,
                         request->texts.count);
    return KC_OK;
}

/* A card that the caller writes: it never sees a printer, and the names of two commands are all that is known. */
static int32_t check_bytes(const struct driver_request *request, struct kc_error *error)
{
    if (!*request->card_serial)
        return KC_OK;
    if (request->verb == KC_VERB_ISSUE_ONE_SHOT)
        return error_set(error, KC_ERROR_NOT_OFFERED, "card-serial",
                         "The lock system returns no one-shot keys as bytes. Let one of its encoders make the card.");
    for (size_t i = 0; i < request->texts.count; i++)
        if (*request->texts.items[i])
            return error_set(error, KC_ERROR_LIMIT, "text",
                             "Lines of text are printed by an encoder, and none takes part here. Leave them out.");
    return KC_OK;
}

static int32_t check_issue(const struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    int32_t status = check_rooms(settings->dialect, request, error);
    if (status == KC_OK)
        status = check_bytes(request, error);
    if (status == KC_OK && request->verb != KC_VERB_SEND_MOBILE)
        status = check_copies(settings, request, error);
    if (status == KC_OK)
        status = check_areas(settings, request, error);
    if (status == KC_OK)
        status = check_validity(settings, request, error);
    if (status != KC_OK || request->verb != KC_VERB_SEND_MOBILE)
        return status;
    return settings->dialect == &industry_onity ? check_contact(settings, request, error)
                                                : check_phone(link, request, error);
}

int32_t check_request(struct driver_link *link, const struct driver_request *request, struct kc_error *error)
{
    const struct settings *settings = &line_of(link)->settings;
    if (request->verb == KC_VERB_DISCOVER)
        return KC_OK;
    int32_t status = check_texts(settings, request, error);
    if (status == KC_OK)
        status = check_encoder(settings, request, error);
    if (status != KC_OK)
        return status;
    switch (request->verb) {
    case KC_VERB_READ_CARD:
        return KC_OK;
    case KC_VERB_CHECK_OUT:
    case KC_VERB_CANCEL_KEY:
        return check_rooms(settings->dialect, request, error);
    case KC_VERB_MODIFY_STAY:
        return check_change(request, error);
    default:
        return check_issue(link, request, error);
    }
}
