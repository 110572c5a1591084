/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the SALTO driver, and what both drivers read. A default that no two sources confirm says "unverified".
 */
#include "options.h"
#include "options_of_both.h"

#include <string.h>

const struct driver_option salto_options[OPTION_COUNT] = {
    OPTIONS_OF_BOTH,
    [OPTION_FRAME_AT_MOST] = {"frame-at-most", "65536", "1024..16777216",
                              "Bytes of one frame that are taken; mobile keys can be long" UNVERIFIED "."},
    [OPTION_CHECK_BYTE] = {"check-byte", "computed", "computed,constant",
                           "What stands behind each frame: the exclusive or of its bytes, or 0D for \"not computed\"."},
    [OPTION_TRAILING_FIELDS] = {"trailing-fields", "trim", "trim,keep",
                                "Whether empty fields at the end of a request are sent" UNVERIFIED "."},
    [OPTION_ENCODER_FORM] = {"encoder-form", "name", "name,number",
                             "Encoders by their name in the lock system, or by number as on older interfaces."},
    [OPTION_ANSWER_ENCODER] = {"answer-encoder", "check", "check,ignore",
                               "Whether an answer that names another encoder or phone than the request breaks the "
                               "connection (outcome unknown)" UNVERIFIED "."},
    [OPTION_DATE] = {"date", "10", "10,8", "Digits of dates: hhmmDDMMYY, or HHDDMMYY without minutes."},
    [OPTION_ROOMS_AT_MOST] = {"rooms-at-most", "4", "1..4", "Rooms on one key."},
    [OPTION_AREAS_AT_MOST] = {"areas-at-most", "62", "0..62",
                              "The highest authorisation number in use; 0: none are taken."},
    [OPTION_OPERATOR_LENGTH] = {"operator-length", "24", "0..100", "Characters of the operator; 0: not sent."},
    [OPTION_PRINT_LINES] = {"print-lines", "on", "on,off", "Whether lines of text for the card are taken, up to 3."},
    [OPTION_PRINT_LENGTH] = {"print-length", "24", "1..400", "Characters of such a line" UNVERIFIED "."},
    [OPTION_AFTER_WRITE] = {"after-write", "E", "E,R,T",
                            "After a card: E waits until it is taken away, R does not wait, T ejects at the "
                            "rear" UNVERIFIED "."},
    [OPTION_COPIES_AT_MOST] = {"copies-at-most", "7", "1..9", "Cards in one request" UNVERIFIED "."},
    [OPTION_SERIAL_NUMBERS] = {"serial-numbers", "last", "none,last,all,omit",
                               "Which serial numbers of cards to ask for; omit leaves the field out."},
    [OPTION_ORIGINAL_FOR_COPY] = {"original-for-copy", "unknown", "unknown,accept",
                                  "What an answer for a new guest (CN) to a request for a copy (CC) means: outcome "
                                  "unknown, or done with a warning" UNVERIFIED "."},
    [OPTION_ONE_SHOT] = {"one-shot", "on", "on,off", "Whether one-shot keys (CA) are offered."},
    [OPTION_ONE_SHOT_DATES] = {"one-shot-dates", "empty", "empty,send",
                               "Whether one-shot keys carry their validity" UNVERIFIED "."},
    [OPTION_CHECKOUT_ENCODER] = {"checkout-encoder", "zero", "zero,real",
                                 "The encoder field of a check-out: 0, or the encoder of the request."},
    [OPTION_MODIFY_STAY] = {"modify-stay", "off", "off,on",
                            "Whether stays can be changed (MC); needs cards that are updated online" UNVERIFIED "."},
    [OPTION_CANCEL_KEY] = {"cancel-key", "off", "off,on",
                           "Whether keys can be cancelled (CP); its exact effect is not known" UNVERIFIED "."},
    [OPTION_MOBILE] = {"mobile", "off", "off,on",
                       "Whether mobile keys (CNM, CCM) are offered; the lock system needs a licence for them."},
    [OPTION_MOBILE_IMAGE] = {"mobile-image", "off", "off,on",
                             "Whether mobile keys can be returned as bytes (CNMB, CCMB)" UNVERIFIED "."},
    [OPTION_INSTALLATION_ID] = {"installation-id", "on", "on,off",
                                "Whether the installation id is asked for with such a key" UNVERIFIED "."},
    [OPTION_CARD_IMAGE] = {"card-image", "off", "off,on",
                           "Whether keys of cards can be returned as bytes (CNB, CCB), for a card that the caller "
                           "writes" UNVERIFIED "."},
    [OPTION_CARD_IMAGE_FORM] =
        {"card-image-form", "as-mobile", "as-mobile,as-card",
         "How such a request is laid out: as-mobile as a mobile key's (CNMB), with the card's serial number in the "
         "place of the phone; as-card as that of a card (CN) at encoder 0, with it in the last field" UNVERIFIED "."},
    [OPTION_PHONE_FORM] = {"phone-form", "plus", "plus,zeros,as-given",
                           "How phone numbers start: +, 00, or as they were given."},
    [OPTION_AUTH_CODE] = {"auth-code", "", "secret",
                          "The auth code field of mobile keys and changed stays; empty: left out" UNVERIFIED "."},
};

static const struct driver_profile default_profile = SALTO_PROFILE;

static bool is_on(const struct driver_link *link, size_t option)
{
    return driver_option_is(link, option, "on");
}

/* Limits and capabilities that both drivers have an option for. */
static void read_common(const struct driver_link *link, struct driver_profile *profile)
{
    struct driver_limits *limits = &profile->limits;
    limits->rooms = (int32_t)driver_option_number(link, OPTION_ROOMS_AT_MOST);
    limits->room_length = (int32_t)driver_option_number(link, OPTION_ROOM_LENGTH);
    limits->areas = (int32_t)driver_option_number(link, OPTION_AREAS_AT_MOST);
    limits->operator_length = (int32_t)driver_option_number(link, OPTION_OPERATOR_LENGTH);
    limits->copies = (int32_t)driver_option_number(link, OPTION_COPIES_AT_MOST);
    limits->minutes = driver_option_is(link, OPTION_DATE, "8") ? 60 : 1;
    limits->charset = driver_option_is(link, OPTION_CODE_PAGE, "latin1") ? TEXT_LATIN1 : TEXT_ASCII;
    profile->in_flight = driver_option_is(link, OPTION_REQUESTS_IN_FLIGHT, "per-encoder") ? 0 : 1;
    if (!is_on(link, OPTION_PRINT_LINES))
        limits->text_lines = limits->text_length = 0;
    else
        limits->text_length = (int32_t)driver_option_number(link, OPTION_PRINT_LENGTH);
    if (limits->areas > 0)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_DENY_AREAS);
    if (is_on(link, OPTION_ONE_SHOT))
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_ONE_SHOT);
}

static void salto_profile_read(const struct driver_link *link, struct driver_profile *profile)
{
    bool mobile = is_on(link, OPTION_MOBILE), image = is_on(link, OPTION_MOBILE_IMAGE);
    bool serial = driver_option_is(link, OPTION_SERIAL_NUMBERS, "last") ||
                  driver_option_is(link, OPTION_SERIAL_NUMBERS, "all");
    *profile = default_profile;
    profile->limits.message_length = mobile ? default_profile.limits.message_length : 0;
    profile->capabilities = SALTO_CAN_ALWAYS;
    if (serial)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL);
    if (is_on(link, OPTION_MODIFY_STAY))
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY);
    if (is_on(link, OPTION_CANCEL_KEY))
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_CANCEL_KEY);
    if (mobile || image)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE);
    if (image)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_KEY_IMAGE);
    if (is_on(link, OPTION_CARD_IMAGE))
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE);
}

void profile_read(const struct driver_link *link, const struct industry_dialect *dialect,
                  struct driver_profile *profile)
{
    if (dialect == &industry_onity)
        onity_profile_read(link, profile);
    else
        salto_profile_read(link, profile);
    read_common(link, profile);
}

static void read_dialogue(const struct driver_link *link, struct settings *settings)
{
    settings->enquiry = driver_option_is(link, OPTION_ENQUIRY, "never")    ? ENQUIRY_NEVER
                        : driver_option_is(link, OPTION_ENQUIRY, "always") ? ENQUIRY_ALWAYS
                                                                           : ENQUIRY_AFTER_NAK;
    settings->enquiry_timeout = driver_option_number(link, OPTION_ENQUIRY_TIMEOUT);
    settings->enquiry_tries = driver_option_number(link, OPTION_ENQUIRY_TRIES);
    settings->pause = driver_option_number(link, OPTION_PAUSE_AFTER_NAK);
    settings->nak_tries = driver_option_number(link, OPTION_NAK_TRIES);
    settings->require_acknowledge = driver_option_is(link, OPTION_REQUIRE_ACKNOWLEDGE, "yes");
    settings->acknowledge_timeout = driver_option_number(link, OPTION_ACKNOWLEDGE_TIMEOUT);
    settings->answer_timeout = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    settings->byte_timeout = driver_option_number(link, OPTION_BYTE_TIMEOUT);
    settings->style.constant_check = driver_option_is(link, OPTION_CHECK_BYTE, "constant");
    settings->style.keep_trailing = driver_option_is(link, OPTION_TRAILING_FIELDS, "keep");
    settings->check_answer_encoder = driver_option_is(link, OPTION_ANSWER_ENCODER, "check");
    settings->accept_original_for_copy = driver_option_is(link, OPTION_ORIGINAL_FOR_COPY, "accept");
}

/* ENQ and EX have an ACK to themselves, and a time-out must not be over before that ACK was looked at. */
static bool may_be_patient(const struct settings *settings)
{
    enum { LEAST_MS = 100 };
    return settings->enquiry != ENQUIRY_ALWAYS && !settings->eject_before && settings->enquiry_timeout >= LEAST_MS &&
           settings->acknowledge_timeout >= LEAST_MS && settings->answer_timeout >= LEAST_MS &&
           settings->byte_timeout >= LEAST_MS;
}

static void read_phone_form(const struct driver_link *link, size_t option, struct settings *settings)
{
    settings->phone_form = driver_option_is(link, option, "zeros")  ? PHONE_ZEROS
                           : driver_option_is(link, option, "plus") ? PHONE_PLUS
                                                                    : PHONE_AS_GIVEN;
}

static void salto_settings_read(const struct driver_link *link, struct settings *settings)
{
    settings->serial_flag = driver_option_is(link, OPTION_SERIAL_NUMBERS, "none")   ? '0'
                            : driver_option_is(link, OPTION_SERIAL_NUMBERS, "last") ? '1'
                            : driver_option_is(link, OPTION_SERIAL_NUMBERS, "all")  ? '2'
                                                                                    : 0;
    settings->installation_id = is_on(link, OPTION_INSTALLATION_ID);
    settings->image_as_card = driver_option_is(link, OPTION_CARD_IMAGE_FORM, "as-card");
    settings->auth_code = driver_option_text(link, OPTION_AUTH_CODE);
}

void settings_read(const struct driver_link *link, const struct industry_dialect *dialect, struct settings *settings)
{
    bool onity = dialect == &industry_onity;
    memset(settings, 0, sizeof(*settings));
    settings->dialect = dialect;
    settings->auth_code = "";
    read_dialogue(link, settings);
    settings->date_digits = driver_option_is(link, OPTION_DATE, "8") ? 8 : 10;
    settings->after_write = (uint8_t)driver_option_text(link, OPTION_AFTER_WRITE)[0];
    settings->number_encoders = driver_option_is(link, OPTION_ENCODER_FORM, "number");
    settings->start_required = driver_option_is(link, OPTION_START, "always");
    settings->copies_are_extra = driver_option_is(link, OPTION_COPIES_DIGIT, "extra");
    settings->single_digit = driver_option_is(link, OPTION_SINGLE_DIGIT, "send");
    settings->one_shot_dates = driver_option_is(link, OPTION_ONE_SHOT_DATES, "send");
    settings->real_checkout_encoder = driver_option_is(link, OPTION_CHECKOUT_ENCODER, "real");
    settings->charset = driver_option_is(link, OPTION_CODE_PAGE, "latin1") ? TEXT_LATIN1 : TEXT_ASCII;
    settings->areas_at_most = driver_option_number(link, OPTION_AREAS_AT_MOST);
    read_phone_form(link, onity ? (size_t)ONITY_OPTION_PHONE_FORM : (size_t)OPTION_PHONE_FORM, settings);
    if (onity)
        onity_settings_read(link, settings);
    else
        salto_settings_read(link, settings);
    settings->patient = may_be_patient(settings);
}
