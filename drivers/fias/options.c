/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the FIAS driver. A default that the specification does not confirm says "unverified". */
#include "options.h"

#include <string.h>

#include "util/pairs.h"

#define UNVERIFIED  " (unverified)"
#define USER_FIELDS "A0,A1,A2,A3,A4,A5,A6,A7,A8,A9"

const struct driver_option fias_options[OPTION_COUNT] = {
    [OPTION_ENCODERS] = {"encoders", "", "text",
                         "Names for encoders, NAME=CODER separated by ';'; an encoder whose name is a key coder of the "
                         "lock system, 1 to 8 characters, needs none."},
    [OPTION_DEFAULT_CODER] = {"default-coder", "1", "text",
                              "The key coder that is named in requests to which no encoder belongs, such as "
                              "check-out" UNVERIFIED "."},
    [OPTION_WORKSTATION] = {"workstation", "", "text",
                            "The workstation that is named in each request; empty: the station, up to 16 characters."},
    [OPTION_RESERVATION_NUMBER] = {"reservation-number", "auto", "auto,strict,omit",
                                   "What is sent as reservation number: the booking if it is a number of up to 10 "
                                   "digits, else a number computed from it (auto) or an error (strict)" UNVERIFIED "."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "30000", "1..3600000",
                               "Milliseconds to wait for the answer to a request, for each card" UNVERIFIED "."},
    [OPTION_LATE_ANSWER] = {"late-answer", "10000", "0..3600000",
                            "Milliseconds after a missing answer in which a request to the same encoder waits, if the "
                            "late answer could be taken for its own" UNVERIFIED "."},
    [OPTION_START_TIMEOUT] = {"start-timeout", "30000", "100..3600000",
                              "Milliseconds until the link is started again (LS) if the lock system does not describe "
                              "itself" UNVERIFIED "."},
    [OPTION_FIRST_SPEAKER] = {"first-speaker", "pms", "pms,lock",
                              "Who starts the link (LS) on a new connection" UNVERIFIED " for fias+tcp."},
    [OPTION_ALIVE_CHECK] = {"alive-check", "off", "off,ls",
                            "Whether an idle link is checked by LS, on which the lock system must describe itself "
                            "anew" UNVERIFIED "."},
    [OPTION_OUTSTANDING] = {"outstanding", "one-per-encoder", "one-per-encoder,one-per-link",
                            "How many requests may wait for their answers" UNVERIFIED "."},
    [OPTION_CODER_COMPARE] = {"coder-compare", "numeric", "numeric,exact",
                              "Whether 01 in an answer is the key coder 1 of the request" UNVERIFIED "."},
    [OPTION_OTHER_RESERVATION] = {"other-reservation", "ignore", "ignore,accept",
                                  "What is done with an answer that names another reservation number" UNVERIFIED "."},
    [OPTION_CODE_PAGE] = {"code-page", "ascii", "ascii,latin1",
                          "Characters that the lock system takes; others are transliterated" UNVERIFIED "."},
    [OPTION_ROOM_LENGTH] = {"room-length", "8", "1..60", "Characters of a room at most."},
    [OPTION_SUITE_SEPARATOR] = {"suite-separator", "semicolon", "semicolon,comma",
                                "What stands between further rooms."},
    [OPTION_COPIES_AT_MOST] = {"copies-at-most", "9", "1..99", "Cards of one operation; each is a request."},
    [OPTION_DEPARTURE_TIME] = {"departure-time", "HH:MM", "HH:MM,HHMM,HHMMSS", "How the time of departure is sent."},
    [OPTION_EMPTY_FIELDS] = {"empty-fields", "left-out", "left-out,sent",
                             "Whether declared fields without a value are sent" UNVERIFIED "."},
    [OPTION_KEY_COUNT] = {"key-count", "1", "1,omit", "What is sent as key count, if it is declared."},
    [OPTION_ONE_SHOT_STAY] = {"one-shot-stay", "omit", "omit,send",
                              "Whether a one-shot key carries dates, departure time and areas; the specification says "
                              "no, its sample yes."},
    [OPTION_SHARER_KEY] = {"sharer-key", "D", "D,N",
                           "The key type of the first card of a further guest in a room" UNVERIFIED "."},
    [OPTION_TEXT_AND_NAME] = {"text-and-name", "text-only", "text-only,both",
                              "Whether the guest's name is sent beside a text to be printed" UNVERIFIED "."},
    [OPTION_TRACKS] = {"tracks", "off", "off,on",
                       "Whether the second text line is track 1 and the third track 2, if the lock system declares "
                       "them" UNVERIFIED "."},
    [OPTION_CARD_SERIAL] = {"card-serial", "on", "on,off",
                            "Whether track 2 of an answer is taken for the serial number of the card" UNVERIFIED "."},
    [OPTION_PHONE_FIELD] = {"phone-field", "off", "off," USER_FIELDS,
                            "The user-defined field of a key request that takes the phone number for a mobile key, as "
                            "agreed with the vendor, if the lock system declares it; FIAS has none of its "
                            "own" UNVERIFIED "."},
    [OPTION_EMAIL_FIELD] = {"email-field", "off", "off," USER_FIELDS, "The same for the e-mail address" UNVERIFIED "."},
    [OPTION_MOBILE_CODER] = {"mobile-coder", "", "text",
                             "The key coder that is named in requests for mobile keys and for keys that come back as "
                             "bytes; empty: that of default-coder" UNVERIFIED "."},
    [OPTION_KEY_DATA] = {"key-data", "off", "off,text,hex,base64",
                         "Whether keys can come back as bytes (request type 4, track 3 of the answer), if the lock "
                         "system declares both, and how it writes them" UNVERIFIED "."},
    [OPTION_CARD_FIELD] = {"card-field", "off", "off,$1,$2," USER_FIELDS,
                           "With key-data, the field of a key request that takes the serial number of a card that the "
                           "PMS writes itself, if the lock system declares it" UNVERIFIED "."},
    [OPTION_DELETED_IS_DONE] = {"deleted-is-done", "off", "off,on",
                                "Whether the answer DE to a request for a key is a success" UNVERIFIED "."},
    [OPTION_STATUS_MAP] = {"status-map", "", "text",
                           "Other meanings of answers, AS=ERROR separated by ';', for example UR=encoder-offline for a "
                           "lock system that says so of an encoder it has not; lock-system and vendor leave the "
                           "outcome unknown, all others mean that nothing was written."},
    [OPTION_GUEST_RECORDS] = {"guest-records", "auto", "auto,off",
                              "Whether check-in, change and check-out are told by GI, GC and GO: to a lock system that "
                              "declares them (auto), or never" UNVERIFIED "."},
    [OPTION_RESYNC] = {"resync", "stays", "stays,empty,ignore",
                       "How a request for all guests (DR) is answered: with those whose keys are active (DS, GI, DE), "
                       "with none (DS, DE), or not at all" UNVERIFIED "."},
    [OPTION_RESYNC_DAYS] = {"resync-days", "90", "0..36500",
                            "To such a request rooms that are checked out are told too (GO), if the lock system "
                            "declares that, as far as the key was made in the last so many days; 0: "
                            "none" UNVERIFIED "."},
    [OPTION_HOTEL_ID] = {"hotel-id", "", "text", "The identifier of the hotel, for lock systems that ask for it."},
    [OPTION_TIME_OUTS] = {"time-outs", "", "text",
                          "What is told of time-outs if the lock system asks; empty: 60; and the seconds of "
                          "answer-timeout" UNVERIFIED "."},
    [OPTION_VERSIONS] = {"versions", "a2-a3", "a2-a3,a3-a2",
                         "Which of the fields A2 and A3 tells the version of the interface, and which that of the "
                         "driver" UNVERIFIED "."},
    [OPTION_AUTH_KEY] = {"auth-key", "", "secret",
                         "The key by which the lock system proves itself (AuthKey), as its vendor gives it: "
                         "FidCrypt0S| and 24 characters."},
    [OPTION_AUTH_MISSING] = {"auth-missing", "refuse", "refuse,allow",
                             "What is done with a lock system that proves nothing although a key is set" UNVERIFIED
                             "."},
    [OPTION_AUTH_WRONG] = {"auth-wrong", "drop", "drop,stop",
                           "After a wrong proof, drop the connection and judge the next one afresh, or stop until the "
                           "system is removed and made anew, as the specification says."},
    [OPTION_RECORD_TIMEOUT] =
        {"record-timeout", "40000", "1000..3600000",
         "Milliseconds after which a record that is still coming ends the connection; the default "
         "is twice what the longest takes at 1200 baud."},
    [OPTION_LRC] = {"lrc", "on", "on,off", "Whether records have a check byte on a serial line."},
    [OPTION_ACKNOWLEDGE_TIMEOUT] = {"acknowledge-timeout", "3000", "1..600000",
                                    "Milliseconds until a record must be acknowledged on a serial line."},
    [OPTION_ENQUIRY_TRIES] = {"enquiry-tries", "3", "1..100",
                              "How often to ask (ENQ) for a missing acknowledgement on a serial line."},
    [OPTION_FRAME_TRIES] = {"frame-tries", "4", "1..100",
                            "How often a record is sent at most while it is answered by NAK on a serial line."},
    [OPTION_NAK_AFTER_ENQUIRY] = {"nak-after-enquiry", "await", "await,resend",
                                  "What is done on a serial line if the lock system answers NAK only when it is asked "
                                  "(ENQ): wait for the answer to the request, for its ACK may have been lost, or send "
                                  "the request again, as the specification says."},
};

bool fias_is_serial(const struct driver_link *link)
{
    return strcmp(driver_link_transport(link), "serial") == 0;
}

/* ---- Encoders -------------------------------------------------------------------------------------------------- */

static bool is_coder(const char *text, size_t length)
{
    if (length < 1 || length > FIAS_CODER)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= 0x20 || text[i] > 0x7E || text[i] == FIAS_SEPARATOR)
            return false;
    return true;
}

bool fias_coder(const struct driver_link *link, const char *encoder, char out[FIAS_CODER + 1])
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    if (!*encoder)
        encoder = driver_option_text(link, OPTION_DEFAULT_CODER);
    const char *found = encoder;
    size_t found_length = strlen(encoder);
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair_is_named(&pair, encoder)) {
            found = pair.value;
            found_length = pair.value_length;
        }
    if (!is_coder(found, found_length))
        return false;
    memcpy(out, found, found_length);
    out[found_length] = '\0';
    return true;
}

fias_id fias_option_field(const struct driver_link *link, size_t option)
{
    const char *name = driver_option_text(link, option);
    if (strcmp(name, "off") == 0)
        return 0;
    return FIAS_ID(name);
}

/* ---- Meanings of answers --------------------------------------------------------------------------------------- */

int32_t fias_status_mapped(const struct driver_link *link, const struct fias_field *status)
{
    const char *at = driver_option_text(link, OPTION_STATUS_MAP);
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length == status->length && memcmp(pair.name, status->value, pair.name_length) == 0)
            return pair_error(&pair);
    return KC_OK;
}

static int32_t check_status_map(const struct driver_link *link, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_STATUS_MAP);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length != 2 || pair_is_named(&pair, "OK") || pair_error(&pair) == KC_OK)
            return error_set(
                error, KC_ERROR_INVALID_ARGUMENT, "status-map",
                "The option status-map is a list of AS=ERROR, such as UR=encoder-offline, separated by ';', "
                "not \"%s\". OK is success and cannot be given.",
                error_quote(&quoted, driver_option_text(link, OPTION_STATUS_MAP)));
    return KC_OK;
}

static int32_t check_encoders(const struct driver_link *link, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length == 0 || !is_coder(pair.value, pair.value_length))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders",
                             "The option encoders is a list of NAME=CODER, coders of 1 to 8 characters of plain ASCII, "
                             "separated by ';', not \"%s\".",
                             error_quote(&quoted, driver_option_text(link, OPTION_ENCODERS)));
    return KC_OK;
}

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static int32_t check_coders(const struct driver_link *link, struct kc_error *error)
{
    static const size_t coders[] = {OPTION_DEFAULT_CODER, OPTION_MOBILE_CODER};
    struct error_quoted quoted;
    for (size_t i = 0; i < sizeof(coders) / sizeof(coders[0]); i++) {
        const char *coder = driver_option_text(link, coders[i]);
        bool may_be_empty = coders[i] == OPTION_MOBILE_CODER;
        if (!is_coder(coder, strlen(coder)) && (*coder || !may_be_empty))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, fias_options[coders[i]].name,
                             "The option %s is a key coder of 1 to 8 characters of plain ASCII, not \"%s\".",
                             fias_options[coders[i]].name, error_quote(&quoted, coder));
    }
    return KC_OK;
}

/* One field for each purpose. */
static int32_t check_fields(const struct driver_link *link, struct kc_error *error)
{
    static const size_t fields[] = {OPTION_PHONE_FIELD, OPTION_EMAIL_FIELD, OPTION_CARD_FIELD};
    enum { COUNT = sizeof(fields) / sizeof(fields[0]) };
    for (size_t i = 0; i < COUNT; i++)
        for (size_t other = 0; other < i; other++)
            if (fias_option_field(link, fields[i]) &&
                fias_option_field(link, fields[i]) == fias_option_field(link, fields[other]))
                return error_set(error, KC_ERROR_INVALID_ARGUMENT, fias_options[fields[i]].name,
                                 "The options %s and %s name the same field.", fias_options[fields[other]].name,
                                 fias_options[fields[i]].name);
    return KC_OK;
}

int32_t fias_options_check(const struct driver_link *link, struct kc_error *error)
{
    const char *workstation = driver_option_text(link, OPTION_WORKSTATION);
    struct error_quoted quoted;
    int32_t status = check_encoders(link, error);
    if (status == KC_OK)
        status = check_status_map(link, error);
    if (status == KC_OK)
        status = check_coders(link, error);
    if (status == KC_OK)
        status = check_fields(link, error);
    if (status != KC_OK)
        return status;
    if (strlen(workstation) > FIAS_WORKSTATION || !text_fits(workstation, TEXT_ASCII) || strchr(workstation, '|'))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "workstation",
                         "The option workstation has at most 16 characters of plain ASCII without '|', not \"%s\".",
                         error_quote(&quoted, workstation));
    static const int32_t texts[] = {OPTION_HOTEL_ID, OPTION_TIME_OUTS};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = driver_option_text(link, (size_t)texts[i]);
        if (strlen(text) > 100 || !text_fits(text, TEXT_ASCII) || strchr(text, '|'))
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, fias_options[texts[i]].name,
                             "The option %s has at most 100 characters of plain ASCII without '|'.",
                             fias_options[texts[i]].name);
    }
    return KC_OK;
}

void fias_profile_read(const struct driver_link *link, struct driver_profile *profile)
{
    static const struct driver_profile usual = FIAS_PROFILE;
    *profile = usual;
    profile->limits.room_length = (int32_t)driver_option_number(link, OPTION_ROOM_LENGTH);
    profile->limits.copies = (int32_t)driver_option_number(link, OPTION_COPIES_AT_MOST);
    profile->limits.text_lines = driver_option_is(link, OPTION_TRACKS, "on") ? 3 : 1;
    profile->limits.charset = driver_option_is(link, OPTION_CODE_PAGE, "latin1") ? TEXT_LATIN1 : TEXT_ASCII;
    profile->in_flight = driver_option_is(link, OPTION_OUTSTANDING, "one-per-link") ? 1 : 0;
    bool phone = fias_option_field(link, OPTION_PHONE_FIELD), email = fias_option_field(link, OPTION_EMAIL_FIELD);
    bool data = !driver_option_is(link, OPTION_KEY_DATA, "off");
    if (!driver_option_is(link, OPTION_CARD_SERIAL, "on"))
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL);
    if (!phone)
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_PHONE);
    if (!email)
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_EMAIL);
    if (!phone && !email)
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_MOBILE);
    if (!data)
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_KEY_IMAGE);
    if (!data || !fias_option_field(link, OPTION_CARD_FIELD))
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE);
}
