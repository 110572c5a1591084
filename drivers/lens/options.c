/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the LENS drivers. A default that no two sources confirm says "unverified". */
#include "options.h"

#include <string.h>

#include "util/pairs.h"
#include "words.h"

#define UNVERIFIED " (unverified)"

const struct driver_option lens_options[OPTION_COUNT] = {
    [OPTION_USER] = {"user", "", "text",
                     "The user that the lock system knows the PMS by; may be empty where it asks for none."},
    [OPTION_PASSWORD] = {"password", "", "secret", "The password of that user; sent as it is, so use https."},
    [OPTION_ENCODERS] = {"encoders", "", "text",
                         "Names for encoders, NAME=IDENTIFIER separated by ';'; an encoder that is named by its "
                         "identifier needs none."},
    [OPTION_SITE_NAME] = {"site-name", "Main", "text",
                          "The name of the property as set in the lock system (SiteName)" UNVERIFIED "."},
    [OPTION_TERMINAL] = {"terminal", "", "text",
                         "The name of the PMS terminal in all requests (PMSTerminalID); empty: that of the station" //
                         UNVERIFIED "."},
    [OPTION_ONE_REQUEST_PER_TERMINAL] = {"one-request-per-terminal", "on", "on,off",
                                         "Whether a request waits until the one before it of the same PMS terminal is "
                                         "answered" UNVERIFIED "."},
    [OPTION_GREETING] = {"greeting", "off", "off,on",
                         "Whether HelloWorldTest must be answered before the first request is sent."},
    [OPTION_FROM] = {"wsa-from", "urn:KABA", "text", "The element From of the header" UNVERIFIED "."},
    [OPTION_EXPIRES] = {"expires", "600", "1..86400",
                        "Seconds that the time stamp of a request is valid" UNVERIFIED "."},
    [OPTION_TIME_FORM] = {"time-form", "local", "local,utc",
                          "Times as wall time of the site without offset, or as UTC with Z" UNVERIFIED "."},
    [OPTION_SOAPACTION_QUOTES] = {"soapaction-quotes", "on", "on,off",
                                  "Whether the value of SOAPAction stands in quotes" UNVERIFIED "."},
    [OPTION_ENCODE_TIMEOUT] = {"encode-timeout", "60000", "1..3600000",
                               "Milliseconds to wait for the answer where an encoder takes part, for each "
                               "card" UNVERIFIED "."},
    [OPTION_ANSWER_TIMEOUT] = {"answer-timeout", "20000", "1..3600000",
                               "Milliseconds to wait for the answer to any other request" UNVERIFIED "."},
    [OPTION_ONE_REQUEST_PER_CARD] = {"one-request-per-card", "on", "on,off",
                                     "Several cards as so many requests (the original, then duplicates), or as a "
                                     "number in one; off is unverified."},
    [OPTION_COPIES_AT_MOST] = {"copies-at-most", "99", "1..99", "Cards of one operation" UNVERIFIED "."},
    [OPTION_KEY_SIZE] = {"key-size", "0", "0..255", "KeySize where an encoder writes the card" UNVERIFIED "."},
    [OPTION_KEY_SIZE_IMAGE] = {"key-size-image", "1", "0..255",
                               "KeySize where the key is returned as bytes" UNVERIFIED "."},
    [OPTION_UID_DUMMY] = {"uid-dummy", "", "text",
                          "UID where an encoder writes the card; AAAAAAAA was seen too" UNVERIFIED "."},
    [OPTION_RESERVATION_PREFIX] = {"reservation-prefix", "", "text",
                                   "Put before each booking to make its number unique in the lock system" UNVERIFIED
                                   "."},
    [OPTION_SUITE_DOORS] = {"suite-doors", "off", "off,on",
                            "Whether an original opens the suite doors that are set for the room in the lock "
                            "system" UNVERIFIED "."},
    [OPTION_PASS_LEVELS] = {"pass-levels", "12", "0..99",
                            "The highest pass level, by which areas are named; 0: no list is sent and no areas are "
                            "taken" UNVERIFIED "."},
    [OPTION_PASS_LEVELS_ALL] = {"pass-levels-all", "on", "on,off",
                                "Whether all pass levels are listed in each request, or only the named "
                                "ones" UNVERIFIED "."},
    [OPTION_TRACKS] = {"tracks", "off", "off,on",
                       "Whether the first text line is sent for track 1 and the second for track 2 of magnetic "
                       "cards" UNVERIFIED "."},
    [OPTION_ONLINE_LOCKS] = {"online-locks", "off", "off,on",
                             "Whether the locks are on-line, so that a stay can be changed without a card" UNVERIFIED
                             "."},
    [OPTION_ROOM_LIST] = {"room-list", "further", "further,all",
                          "Whether RoomList of a room move names the further rooms only or all" UNVERIFIED "."},
    [OPTION_MOBILE] = {"mobile", "off", "off,on",
                       "Whether mobile keys are sent to phone numbers; experimental (unverified)."},
    [OPTION_MOBILE_ENCODER] = {"mobile-encoder", "999%s", "text",
                               "EncoderID of a mobile key, %s being the phone number" UNVERIFIED "."},
    [OPTION_MOBILE_SITE] = {"mobile-site", "MOBILE", "text",
                            "SiteName of a mobile key that is no duplicate" UNVERIFIED "."},
    [OPTION_PHONE_FORM] = {"phone-form", "plus", "plus,digits",
                           "The phone number in EncoderID with + before the country code, or digits only" UNVERIFIED
                           "."},
    [OPTION_DELIVERY_WAIT] = {"delivery-wait", "10000", "0..600000",
                              "Milliseconds to ask whether a mobile key was delivered; 0: do not ask" UNVERIFIED "."},
    [OPTION_DELIVERY_INTERVAL] = {"delivery-interval", "2000", "100..60000",
                                  "Milliseconds between two such questions" UNVERIFIED "."},
    [OPTION_DELIVERY_DONE_WORDS] = {"delivery-done-words", "delivered;complete;completed;success", "text",
                                    "Words of a transaction's status that mean that a mobile key was delivered, "
                                    "separated by ';'" UNVERIFIED "."},
    [OPTION_DELIVERY_FAILED_WORDS] = {"delivery-failed-words",
                                      "failed;failure;error;rejected;expired;cancelled;not delivered;undelivered",
                                      "text",
                                      "Words that mean that it could not be; they count before the others" UNVERIFIED
                                      "."},
    [OPTION_FAULT_MAP] = {"fault-map", "", "text",
                          "More meanings of faults, NAME=ERROR separated by ';', for example EncoderResponse=card; "
                          "lock-system and vendor leave the outcome unknown, all others mean that nothing was "
                          "written."},
};

/* ---- Lists in options ------------------------------------------------------------------------------------------ */

void lens_encoder_id(const struct driver_link *link, const char *name, struct buf *out)
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    for (struct pair pair; pair_next(&at, &pair);) {
        if (pair_is_named(&pair, name)) {
            buf_append(out, pair.value, pair.value_length);
            return;
        }
    }
    buf_append_text(out, name);
}

int32_t lens_fault_mapped(const struct driver_link *link, const char *const *texts, size_t count)
{
    const char *at = driver_option_text(link, OPTION_FAULT_MAP);
    for (struct pair pair; pair_next(&at, &pair);)
        for (size_t i = 0; i < count; i++)
            if (lens_has_word(texts[i], pair.name, pair.name_length))
                return pair_error(&pair);
    return KC_OK;
}

bool lens_words_match(const char *list, const char *text)
{
    while (*list) {
        const char *word = list;
        size_t length = strcspn(list, ";");
        list += length + (list[length] ? 1 : 0);
        pair_trim(&word, &length);
        if (length > 0 && lens_has_word(text, word, length))
            return true;
    }
    return false;
}

static int32_t check_encoders(const struct driver_link *link, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_ENCODERS);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length == 0)
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "encoders",
                             "The option encoders is a list of NAME=IDENTIFIER, separated by ';', not \"%s\".",
                             error_quote(&quoted, driver_option_text(link, OPTION_ENCODERS)));
    return KC_OK;
}

static int32_t check_fault_map(const struct driver_link *link, struct kc_error *error)
{
    const char *at = driver_option_text(link, OPTION_FAULT_MAP);
    struct error_quoted quoted;
    for (struct pair pair; pair_next(&at, &pair);)
        if (pair.name_length == 0 || pair_error(&pair) == KC_OK)
            return error_set(error, KC_ERROR_INVALID_ARGUMENT, "fault-map",
                             "The option fault-map is a list of NAME=ERROR, such as EncoderResponse=card, separated by "
                             "';', not \"%s\".",
                             error_quote(&quoted, driver_option_text(link, OPTION_FAULT_MAP)));
    return KC_OK;
}

/* ---- Settings and profile -------------------------------------------------------------------------------------- */

static int32_t check_template(const struct driver_link *link, struct kc_error *error)
{
    const char *text = driver_option_text(link, OPTION_MOBILE_ENCODER), *percent = strchr(text, '%');
    struct error_quoted quoted;
    if (!percent || percent[1] != 's' || strchr(percent + 1, '%'))
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "mobile-encoder",
                         "The option mobile-encoder needs %%s once, where the phone number goes, such as 999%%s, not "
                         "\"%s\".",
                         error_quote(&quoted, text));
    return KC_OK;
}

/* The URL without a path gets the usual one of the product; Ambiance's is not known. */
static int32_t find_path(const struct driver_link *link, const struct product *product, struct settings *settings,
                         struct kc_error *error)
{
    const char *url = driver_link_url(link), *host = strstr(url, "://");
    const char *path = strchr(host ? host + 3 : url, '/');
    settings->path = "";
    if (path && path[1])
        return KC_OK;
    if (!product->path)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "The path of the web service is missing, and %s has no usual one. Ask for the whole address "
                         "and put it into the URI, such as ambiance+https://HOST:PORT/PATH.asmx.",
                         product->name);
    settings->path = path ? product->path + 1 : product->path;
    return KC_OK;
}

static bool is_on(const struct driver_link *link, size_t option)
{
    return driver_option_is(link, option, "on");
}

int32_t lens_settings_read(const struct driver_link *link, const struct product *product, struct settings *settings,
                           struct kc_error *error)
{
    memset(settings, 0, sizeof(*settings));
    settings->encode_timeout = driver_option_number(link, OPTION_ENCODE_TIMEOUT);
    settings->answer_timeout = driver_option_number(link, OPTION_ANSWER_TIMEOUT);
    settings->expires = driver_option_number(link, OPTION_EXPIRES);
    settings->delivery_wait = driver_option_number(link, OPTION_DELIVERY_WAIT);
    settings->delivery_interval = driver_option_number(link, OPTION_DELIVERY_INTERVAL);
    settings->pass_levels = (int32_t)driver_option_number(link, OPTION_PASS_LEVELS);
    settings->copies_at_most = (int32_t)driver_option_number(link, OPTION_COPIES_AT_MOST);
    settings->one_per_terminal = is_on(link, OPTION_ONE_REQUEST_PER_TERMINAL);
    settings->greeting = is_on(link, OPTION_GREETING);
    settings->utc = driver_option_is(link, OPTION_TIME_FORM, "utc");
    settings->quotes = is_on(link, OPTION_SOAPACTION_QUOTES);
    settings->one_per_card = is_on(link, OPTION_ONE_REQUEST_PER_CARD);
    settings->suite_doors = is_on(link, OPTION_SUITE_DOORS);
    settings->all_levels = is_on(link, OPTION_PASS_LEVELS_ALL);
    settings->tracks = is_on(link, OPTION_TRACKS);
    settings->online_locks = is_on(link, OPTION_ONLINE_LOCKS);
    settings->all_rooms = driver_option_is(link, OPTION_ROOM_LIST, "all");
    settings->mobile = is_on(link, OPTION_MOBILE);
    settings->phone_plus = driver_option_is(link, OPTION_PHONE_FORM, "plus");
    int32_t status = find_path(link, product, settings, error);
    if (status == KC_OK)
        status = check_template(link, error);
    if (status == KC_OK)
        status = check_encoders(link, error);
    return status == KC_OK ? check_fault_map(link, error) : status;
}

void lens_profile_read(const struct settings *settings, struct driver_profile *profile)
{
    static const struct driver_profile usual = LENS_PROFILE;
    *profile = usual;
    profile->limits.areas = settings->pass_levels;
    profile->limits.copies = settings->copies_at_most;
    profile->limits.text_lines = settings->tracks ? 2 : 0;
    profile->limits.text_length = settings->tracks ? LENS_TEXT_LENGTH : 0;
    profile->capabilities = LENS_CAN_ALWAYS;
    if (settings->mobile)
        profile->capabilities |= LENS_CAN_MOBILE;
    if (settings->online_locks)
        profile->capabilities |= DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY);
    if (settings->pass_levels == 0)
        profile->capabilities &= ~DRIVER_CAN(KC_CAPABILITY_DENY_AREAS);
}
