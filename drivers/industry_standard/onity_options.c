/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the Onity driver, and what only it reads. A default that no two sources confirm says "unverified". */
#include <string.h>

#include "options.h"
#include "options_of_both.h"

const struct driver_option onity_options[ONITY_OPTION_COUNT] = {
    OPTIONS_OF_BOTH,
    [OPTION_FRAME_AT_MOST] = {"frame-at-most", "65536", "1024..16777216",
                              "Bytes of one frame that are taken" UNVERIFIED "."},
    [OPTION_CHECK_BYTE] = {"check-byte", "auto", "auto,computed,constant",
                           "What stands behind each frame: the exclusive or of its bytes, or 0D for \"not computed\"; "
                           "auto is 0D on a serial line, computed elsewhere" UNVERIFIED "."},
    [OPTION_TRAILING_FIELDS] = {"trailing-fields", "keep", "keep,trim",
                                "Whether empty fields at the end of a request are sent" UNVERIFIED "."},
    [OPTION_ENCODER_FORM] = {"encoder-form", "number", "number,name",
                             "Encoders by their number in the list of peripherals, 1 to 99, or by name" UNVERIFIED "."},
    [OPTION_ANSWER_ENCODER] = {"answer-encoder", "check", "check,ignore",
                               "Whether an answer that names another encoder than the request breaks the connection "
                               "(outcome unknown)" UNVERIFIED "."},
    [OPTION_DATE] = {"date", "8", "8,10", "Digits of dates: HHDDMMYY without minutes, or hhmmDDMMYY" UNVERIFIED "."},
    [OPTION_ROOMS_AT_MOST] = {"rooms-at-most", "3", "1..4", "Rooms on one key; the protocol has four fields."},
    [OPTION_AREAS_AT_MOST] = {"areas-at-most", "8", "0..8",
                              "The highest authorisation number in use; 0: none are taken" UNVERIFIED "."},
    [OPTION_OPERATOR_LENGTH] = {"operator-length", "24", "0..100",
                                "Characters of the operator; 0: not sent" UNVERIFIED "."},
    [OPTION_PRINT_LINES] = {"track-texts", "on", "on,off",
                            "Whether texts for the tracks 1 and 2 of the card are taken" UNVERIFIED "."},
    [OPTION_PRINT_LENGTH] = {"track-length", "76", "1..400",
                             "Characters of such a text, or of a contact in its place" UNVERIFIED "."},
    [OPTION_AFTER_WRITE] = {"after-write", "E", "E,R,T",
                            "After a card: E ejects it, R keeps it in a motor encoder for the next command, T ejects "
                            "it at the back" UNVERIFIED "."},
    [OPTION_COPIES_AT_MOST] = {"copies-at-most", "9", "1..9", "Cards in one request" UNVERIFIED "."},
    [ONITY_OPTION_CODE_EA] = {"code-ea", "one-shot-limit", "one-shot-limit,checked-out",
                              "What the error EA means: no one-shot cards are left, or the room is not checked "
                              "in" UNVERIFIED "."},
    [OPTION_ORIGINAL_FOR_COPY] = {"original-for-copy", "accept", "accept,unknown",
                                  "What an answer for a new guest (CN) to a request for a copy (CC) means: done with a "
                                  "warning, or outcome unknown" UNVERIFIED "."},
    [OPTION_ONE_SHOT] = {"one-shot", "off", "off,on", "Whether one-shot keys (CA) are offered" UNVERIFIED "."},
    [OPTION_ONE_SHOT_DATES] = {"one-shot-dates", "send", "send,empty",
                               "Whether one-shot keys carry their validity" UNVERIFIED "."},
    [OPTION_CHECKOUT_ENCODER] = {"checkout-encoder", "real", "real,zero",
                                 "The encoder field of a check-out: a real encoder, or 0" UNVERIFIED "."},
    [ONITY_OPTION_EJECT] = {"eject", "on", "on,off",
                            "Whether to cancel a card at the encoder (EX) when its operation is cancelled."},
    [ONITY_OPTION_EJECT_BEFORE] = {"eject-before", "no", "no,yes",
                                   "Whether EX goes ahead of each card that is made" UNVERIFIED "."},
    [ONITY_OPTION_CHECKOUT_NUMBER] = {"checkout-number", "1", "1..99",
                                      "The encoder that a check-out names where the request has none" UNVERIFIED "."},
    [ONITY_OPTION_MOBILE_ENCODER] = {"mobile-encoder", "0", "0..99",
                                     "The number of OnPortal's encoder for mobile keys; 0: none are "
                                     "offered" UNVERIFIED "."},
    [ONITY_OPTION_MOBILE_CONTACT] = {"mobile-contact", "track-1", "track-1,track-2,operator",
                                     "The field of a mobile key that has the guest's phone number or e-mail "
                                     "address" UNVERIFIED "."},
    [ONITY_OPTION_PHONE_FORM] = {"phone-form", "as-given", "as-given,plus,zeros",
                                 "How phone numbers start: as they were given, +, or 00" UNVERIFIED "."},
};

static const struct driver_profile default_profile = ONITY_PROFILE;

void onity_profile_read(const struct driver_link *link, struct driver_profile *profile)
{
    *profile = default_profile;
    profile->capabilities = ONITY_CAN_ALWAYS;
    if (driver_option_number(link, ONITY_OPTION_MOBILE_ENCODER) > 0)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE) |
                                 DRIVER_CAN(KC_CAPABILITY_EMAIL);
}

void onity_settings_read(const struct driver_link *link, struct settings *settings)
{
    if (driver_option_is(link, OPTION_CHECK_BYTE, "auto"))
        settings->style.constant_check = strcmp(driver_link_transport(link), "serial") == 0;
    settings->encoder_at_most = 99;
    settings->ea_is_checked_out = driver_option_is(link, ONITY_OPTION_CODE_EA, "checked-out");
    settings->eject = driver_option_is(link, ONITY_OPTION_EJECT, "on");
    settings->eject_before = driver_option_is(link, ONITY_OPTION_EJECT_BEFORE, "yes");
    settings->checkout_number = driver_option_number(link, ONITY_OPTION_CHECKOUT_NUMBER);
    settings->mobile_encoder = driver_option_number(link, ONITY_OPTION_MOBILE_ENCODER);
    settings->contact = driver_option_is(link, ONITY_OPTION_MOBILE_CONTACT, "track-1")   ? CONTACT_TRACK_1
                        : driver_option_is(link, ONITY_OPTION_MOBILE_CONTACT, "track-2") ? CONTACT_TRACK_2
                                                                                         : CONTACT_OPERATOR;
    settings->contact_length = driver_option_number(
        link, settings->contact == CONTACT_OPERATOR ? (size_t)OPTION_OPERATOR_LENGTH : (size_t)OPTION_PRINT_LENGTH);
}
