/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a mobile key goes in a protocol that has no field for it: what is refused before anything is sent. */
#include <string.h>

#include "state.h"

const char *contact_of(const struct driver_request *request)
{
    return *request->phone ? request->phone : request->email;
}

static int32_t check_form(const struct settings *settings, const char *field, const char *contact,
                          struct kc_error *error)
{
    if (text_check(contact, SIZE_MAX, false, NULL) != TEXT_GOOD || !text_fits(contact, settings->charset) ||
        strstr(contact, "\xC2\xB3")) /* U+00B3 */
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, field,
                         "The contact has characters that the lock system does not take.");
    /* a phone number may get two characters in front, by the option phone-form */
    size_t length = text_length(contact) + (settings->phone_form == PHONE_ZEROS && contact[0] == '+' ? 1 : 0);
    if (length > (size_t)settings->contact_length)
        return error_set(error, KC_ERROR_LIMIT, field,
                         "The contact has %zu characters, and its field takes %d: see the options mobile-contact, %s.",
                         length, (int)settings->contact_length,
                         settings->contact == CONTACT_OPERATOR ? "operator-length" : "track-length");
    return KC_OK;
}

int32_t check_contact(const struct settings *settings, const struct driver_request *request, struct kc_error *error)
{
    const char *contact = contact_of(request), *field = *request->phone ? "phone" : "email";
    size_t track = settings->contact == CONTACT_TRACK_2 ? 1 : 0;
    if (settings->mobile_encoder == 0 || request->return_image)
        return error_set(error, KC_ERROR_NOT_OFFERED, "",
                         "Mobile keys need the number of the lock system's encoder for them: see the option "
                         "mobile-encoder.");
    if (!*contact)
        return error_set(error, KC_ERROR_CONTACT, "phone", "Neither a phone number nor an e-mail address.");
    if (*request->phone && *request->email)
        return error_set(error, KC_ERROR_CONTACT, "email",
                         "The lock system takes a phone number or an e-mail address, not both. Leave one out.");
    if (settings->contact != CONTACT_OPERATOR && request->texts.count > track && *request->texts.items[track])
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "text",
                         "The contact of a mobile key takes the place of text %zu. Leave that out, or see the option "
                         "mobile-contact.",
                         track + 1);
    return check_form(settings, field, contact, error);
}
