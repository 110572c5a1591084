/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the Saflok IRS driver. A default that no two sources confirm says "unverified". */
#include "options.h"

#include <string.h>

#include "util/pairs.h"

#define UNVERIFIED " (unverified)"

const struct driver_option saflok_irs_options[OPTION_COUNT] = {
    [OPTION_PASSWORD] = {"password", "", "secret",
                         "The password of a Saflok operator with the right to make keys, up to 7 characters; needed."},
    [OPTION_ENCODERS] = {"encoders", "", "text",
                         "Names for encoders, NAME=NUMBER separated by ';'; an encoder that is named by its number, 0 "
                         "to 99, needs none."},
    [OPTION_KEY_NUMBER_WIDTH] = {"key-number-width", "5", "5,15",
                                 "Characters of the field for the room, which moves all that follows."},
    [OPTION_HANDSHAKE] = {"handshake", "auto", "auto,none,enq",
                          "Whether a request is announced by ENQ and acknowledged by ACK; auto: on a serial line "
                          "only" UNVERIFIED "."},
    [OPTION_ENQUIRY_TRIES] = {"enquiry-tries", "3", "1..100",
                              "How often to ask by ENQ while it is answered by NAK" UNVERIFIED "."},
    [OPTION_PAUSE_AFTER_NAK] = {"pause-after-nak", "200", "0..60000",
                                "Milliseconds to wait after a NAK to ENQ" UNVERIFIED "."},
    [OPTION_FRAME_TRIES] = {"frame-tries", "3", "1..100",
                            "How often a request is sent at most while it is answered by NAK" UNVERIFIED "."},
    [OPTION_ANSWER_TRIES] = {"answer-tries", "3", "1..100",
                             "How often an answer with a wrong check byte is read at most, with handshake" UNVERIFIED
                             "."},
    [OPTION_ACKNOWLEDGE_TIMEOUT] = {"acknowledge-timeout", "3000", "1..600000",
                                    "Milliseconds until ENQ and request must be acknowledged, with "
                                    "handshake" UNVERIFIED "."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "60000", "1..3600000",
                               "Milliseconds to wait for the answer, for each card" UNVERIFIED "."},
    [OPTION_LRC_SEND] = {"lrc-send", "yes", "yes,no", "Whether the check byte (LRC) stands behind each request."},
    [OPTION_LRC_CHECK] = {"lrc-check", "lenient", "lenient,strict,off",
                          "Answers need a right check byte (strict), may have none (lenient), or it is not looked "
                          "at (off)" UNVERIFIED "."},
    [OPTION_LRC_WAIT] = {"lrc-wait", "100", "1..10000",
                         "Milliseconds until an answer has no check byte" UNVERIFIED "."},
    [OPTION_CARDS] = {"cards", "one-per-request", "one-per-request,in-one-request",
                      "Several cards as so many requests (a new key, then duplicates), or as a number in "
                      "one" UNVERIFIED "."},
    [OPTION_COPIES_AT_MOST] = {"copies-at-most", "99", "1..99", "Cards of one operation."},
    [OPTION_PASS_TAIL] = {"pass-tail", "auto", "auto,none,zeros,flags",
                          "The 13 characters for pass areas: left out, zeros, flags with pass option 1, or zeros "
                          "without areas and flags with areas (auto)" UNVERIFIED "."},
    [OPTION_PASS_COUNT] = {"pass-count", "12", "1..12", "The highest pass area in use" UNVERIFIED "."},
    [OPTION_TERMINAL] = {"terminal", "70", "0..999", "The number of this PMS terminal" UNVERIFIED "."},
    [OPTION_TERMINAL_NUMBER] = {"terminal-number", "fixed", "fixed,counting",
                                "Counting sends another terminal number with each request and takes no answer with "
                                "a different one" UNVERIFIED "."},
    [OPTION_TO_STATION] = {"to-station", "0", "0..99", "The interface station that is called" UNVERIFIED "."},
    [OPTION_FROM_STATION] = {"from-station", "0", "0..99", "The interface station that calls" UNVERIFIED "."},
    [OPTION_TRANSACTION_NEW] = {"transaction-new", "1", "0..999", "The transaction of a new key."},
    [OPTION_TRANSACTION_DUPLICATE] = {"transaction-duplicate", "3", "0..999", "The transaction of a duplicate."},
    [OPTION_KEY_LEVEL] = {"key-level", "1", "1,2,3,4",
                          "1 guest, 2 connector, 3 multi-connector, 4 limited use; all but 1 unverified."},
    [OPTION_LED] = {"led", "FF", "text", "The two characters of the field for the encoder's lamp."},
    [OPTION_EXPIRY_MINUTES] = {"expiry-minutes", "0", "0..10080",
                               "Minutes that the key opens after check-out" UNVERIFIED "."},
    [OPTION_TRACKS] = {"tracks", "off", "off,on",
                       "Whether the first text line is written on track 1 and the second on track 2 of magnetic "
                       "cards" UNVERIFIED "."},
    [OPTION_CARD_SERIAL] = {"card-serial", "on", "on,off",
                            "Whether what follows ~ in an answer is taken for the card's number" UNVERIFIED "."},
    [OPTION_STATUS_MAP] = {"status-map", "", "text",
                           "More meanings of answers, STATUS/DETAIL=ERROR separated by ';', for example "
                           "03/051=encoder-busy; lock-system and vendor leave the outcome unknown, all others mean "
                           "that nothing was written."},
};

/* From a client that works in the field; unverified. */
static const struct meaning built_in[] = {
    {"03", "190", KC_ERROR_NO_CARD},
    {"03", "000", KC_ERROR_ENCODER_OFFLINE},
    {"03", "157", KC_ERROR_ENCODER_OFFLINE},
    {"03", "050", KC_ERROR_ENCODER_BUSY},
};

/* ---- Lists in options ------------------------------------------------------------------------------------------ */

/* 0 to 99 in one or two digits; -1 for anything else. */
static int32_t small_number(const char *text, size_t length)
{
    int32_t value = 0;
    if (length < 1 || length > 2)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int32_t irs_encoder_number(const struct driver_link *link, const char *name)
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair_is_named(&pair, name))
            return small_number(pair.value, pair.value_length);
    return small_number(name, strlen(name));
}

static int32_t check_encoders(const struct driver_link *link, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length == 0 || small_number(pair.value, pair.value_length) < 0)
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders",
                             "The option encoders is a list of NAME=NUMBER, numbers from 0 to 99, separated by ';', "
                             "not \"%s\".",
                             error_quote(&quoted, driver_option_text(link, OPTION_ENCODERS)));
    return KC_OK;
}

/* ---- Meanings of answers --------------------------------------------------------------------------------------- */

static bool read_meaning(const struct pair *pair, struct meaning *meaning)
{
    const char *name = pair->name;
    static const char form[] = "00/000";
    if (pair->name_length != sizeof(form) - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '/' ? name[i] != '/' : name[i] < '0' || name[i] > '9')
            return false;
    memset(meaning, 0, sizeof(*meaning));
    memcpy(meaning->status, name, 2);
    memcpy(meaning->detail, name + 3, 3);
    meaning->code = pair_error(pair);
    return meaning->code != KC_OK && strcmp(meaning->status, "00") != 0;
}

static int32_t read_meanings(const struct driver_link *link, struct settings *settings, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_STATUS_MAP);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);) {
        if (settings->meaning_count == MEANINGS_AT_MOST)
            return error_set(error, KC_ERROR_LIMIT, "status-map", "The option status-map has more than %d entries.",
                             (int)MEANINGS_AT_MOST);
        if (!read_meaning(&pair, &settings->meanings[settings->meaning_count++]))
            return error_set(
                error, KC_ERROR_INVALID_ARGUMENT, "status-map",
                "The option status-map is a list of STATUS/DETAIL=ERROR, such as 03/190=no-card, separated "
                "by ';', not \"%s\". Status 00 is success and cannot be given.",
                error_quote(&quoted, driver_option_text(link, OPTION_STATUS_MAP)));
    }
    return KC_OK;
}

static const struct meaning *find_in(const struct meaning *meanings, size_t count, const char *status,
                                     const char *detail)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(meanings[i].status, status) == 0 && strcmp(meanings[i].detail, detail) == 0)
            return &meanings[i];
    return NULL;
}

const struct meaning *irs_meaning_find(const struct settings *settings, const char *status, const char *detail)
{
    const struct meaning *own = find_in(settings->meanings, settings->meaning_count, status, detail);
    return own ? own : find_in(built_in, sizeof(built_in) / sizeof(built_in[0]), status, detail);
}

/* ---- Settings and profile -------------------------------------------------------------------------------------- */

static int32_t check_texts(const struct driver_link *link, struct kc_error *error)
{
    const char *password = driver_option_text(link, OPTION_PASSWORD), *led = driver_option_text(link, OPTION_LED);
    struct error_quoted quoted;
    if (strlen(password) > IRS_PASSWORD || !irs_is_clean((const uint8_t *)password, strlen(password)))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "password",
                         "The option password takes up to %d characters of plain ASCII.", IRS_PASSWORD);
    if (strlen(led) != 2 || !irs_is_clean((const uint8_t *)led, 2) || strchr(led, ' '))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "led", "The option led takes two characters, not \"%s\".",
                         error_quote(&quoted, led));
    return KC_OK;
}

static int32_t small_option(const struct driver_link *link, size_t option)
{
    return (int32_t)driver_option_number(link, option);
}

int32_t irs_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error)
{
    memset(settings, 0, sizeof(*settings));
    settings->width = driver_option_is(link, OPTION_KEY_NUMBER_WIDTH, "15") ? 15 : 5;
    settings->enquiry_tries = driver_option_number(link, OPTION_ENQUIRY_TRIES);
    settings->pause = driver_option_number(link, OPTION_PAUSE_AFTER_NAK);
    settings->frame_tries = driver_option_number(link, OPTION_FRAME_TRIES);
    settings->answer_tries = driver_option_number(link, OPTION_ANSWER_TRIES);
    settings->acknowledge_timeout = driver_option_number(link, OPTION_ACKNOWLEDGE_TIMEOUT);
    settings->answer_timeout = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    settings->lrc_wait = driver_option_number(link, OPTION_LRC_WAIT);
    settings->check = driver_option_is(link, OPTION_LRC_CHECK, "strict") ? CHECK_STRICT
                      : driver_option_is(link, OPTION_LRC_CHECK, "off")  ? CHECK_OFF
                                                                         : CHECK_LENIENT;
    settings->tail = driver_option_is(link, OPTION_PASS_TAIL, "none")    ? TAIL_NONE
                     : driver_option_is(link, OPTION_PASS_TAIL, "zeros") ? TAIL_ZEROS
                     : driver_option_is(link, OPTION_PASS_TAIL, "flags") ? TAIL_FLAGS
                                                                         : TAIL_AUTO;
    settings->pass_count = small_option(link, OPTION_PASS_COUNT);
    settings->expiry_minutes = small_option(link, OPTION_EXPIRY_MINUTES);
    settings->lrc_send = driver_option_is(link, OPTION_LRC_SEND, "yes");
    settings->cards_in_one = driver_option_is(link, OPTION_CARDS, "in-one-request");
    settings->counting = driver_option_is(link, OPTION_TERMINAL_NUMBER, "counting");
    settings->tracks = driver_option_is(link, OPTION_TRACKS, "on");
    settings->card_serial = driver_option_is(link, OPTION_CARD_SERIAL, "on");
    int32_t status = check_texts(link, error);
    if (status == KC_OK)
        status = check_encoders(link, error);
    return status == KC_OK ? read_meanings(link, settings, error) : status;
}

void irs_profile_read(const struct settings *settings, const struct driver_link *link, struct driver_profile *profile)
{
    static const struct driver_profile usual = IRS_PROFILE;
    *profile = usual;
    profile->limits.room_length = (int32_t)settings->width;
    profile->limits.areas = settings->tail == TAIL_NONE || settings->tail == TAIL_ZEROS ? 0 : settings->pass_count;
    profile->limits.copies = small_option(link, OPTION_COPIES_AT_MOST);
    profile->limits.text_lines = settings->tracks ? 2 : 0;
    profile->limits.text_length = settings->tracks ? IRS_TRACK_1 : 0;
    profile->capabilities = IRS_CAN_ALWAYS | (settings->card_serial ? DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL) : 0);
}
