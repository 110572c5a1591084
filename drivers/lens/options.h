/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the LENS drivers (Saflok System 6000 and Ambiance), and what they come to. */
#ifndef LENS_OPTIONS_H
#define LENS_OPTIONS_H

#include "codec.h"
#include "driver.h"

enum {
    OPTION_USER,
    OPTION_PASSWORD,
    OPTION_ENCODERS,
    OPTION_SITE_NAME,
    OPTION_TERMINAL,
    OPTION_ONE_REQUEST_PER_TERMINAL,
    OPTION_GREETING,
    OPTION_FROM,
    OPTION_EXPIRES,
    OPTION_TIME_FORM,
    OPTION_SOAPACTION_QUOTES,
    OPTION_ENCODE_TIMEOUT,
    OPTION_ANSWER_TIMEOUT,
    OPTION_ONE_REQUEST_PER_CARD,
    OPTION_COPIES_AT_MOST,
    OPTION_KEY_SIZE,
    OPTION_KEY_SIZE_IMAGE,
    OPTION_UID_DUMMY,
    OPTION_RESERVATION_PREFIX,
    OPTION_SUITE_DOORS,
    OPTION_PASS_LEVELS,
    OPTION_PASS_LEVELS_ALL,
    OPTION_TRACKS,
    OPTION_ONLINE_LOCKS,
    OPTION_ROOM_LIST,
    OPTION_MOBILE,
    OPTION_MOBILE_ENCODER,
    OPTION_MOBILE_SITE,
    OPTION_PHONE_FORM,
    OPTION_DELIVERY_WAIT,
    OPTION_DELIVERY_INTERVAL,
    OPTION_DELIVERY_DONE_WORDS,
    OPTION_DELIVERY_FAILED_WORDS,
    OPTION_FAULT_MAP,
    OPTION_COUNT
};

extern const struct driver_option lens_options[OPTION_COUNT];

enum {
    LENS_PASS_LEVELS_AT_MOST = 99,
    LENS_ROOMS = 16,        /* on one key; the service states no limit */
    LENS_TEXT_LENGTH = 100, /* the same */
};

#define LENS_CAN_ALWAYS                                                                                                \
    (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) | DRIVER_CAN(KC_CAPABILITY_ONE_SHOT) |   \
     DRIVER_CAN(KC_CAPABILITY_CHECK_OUT) | DRIVER_CAN(KC_CAPABILITY_BLOCK_STAY) |                                      \
     DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE) | DRIVER_CAN(KC_CAPABILITY_DENY_AREAS))
#define LENS_CAN_MOBILE                                                                                                \
    (DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE) | DRIVER_CAN(KC_CAPABILITY_DELIVERY) |         \
     DRIVER_CAN(KC_CAPABILITY_CANCEL_KEY))

/* With default options; the capabilities that any option can give. in_flight 0: one operation per encoder. */
#define LENS_PROFILE                                                                                                   \
    {                                                                                                                  \
        .capabilities = LENS_CAN_ALWAYS | LENS_CAN_MOBILE | DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY),                     \
        .limits = {.rooms = LENS_ROOMS,                                                                                \
                   .room_length = 50,                                                                                  \
                   .areas = 12,                                                                                        \
                   .guest_length = LENS_TEXT_LENGTH,                                                                   \
                   .operator_length = 0,                                                                               \
                   .text_lines = 0,                                                                                    \
                   .text_length = 0,                                                                                   \
                   .message_length = 0,                                                                                \
                   .copies = 99,                                                                                       \
                   .minutes = 1,                                                                                       \
                   .last_year = 2099,                                                                                  \
                   .start = true,                                                                                      \
                   .charset = TEXT_UTF8},                                                                              \
        .in_flight = 0,                                                                                                \
    }

/* What differs between the products behind the one service. */
struct product {
    const char *path; /* of the service, if the URI has none; NULL: it is not known */
    const char *name; /* for messages */
};

struct settings {
    const char *path; /* to be appended to the system's URL: "", or the default path */
    int64_t encode_timeout, answer_timeout, expires, delivery_wait, delivery_interval;
    int32_t pass_levels, copies_at_most;
    bool one_per_terminal, greeting, utc, quotes, one_per_card, suite_doors, all_levels, tracks, online_locks,
        all_rooms, mobile, phone_plus;
};

int32_t lens_settings_read(const struct driver_link *link, const struct product *product, struct settings *settings,
                           struct kc_error *error);
void lens_profile_read(const struct settings *settings, struct driver_profile *profile);
/* The identifier of an encoder, as the option encoders says, else its own name. Appended to `out`. */
void lens_encoder_id(const struct driver_link *link, const char *name, struct buf *out);
/* The error that the option fault-map gives to an answer with these texts; KC_OK: none. */
int32_t lens_fault_mapped(const struct driver_link *link, const char *const *texts, size_t count);
/* Whether one of the words of a list ("delivered;complete") stands in the text. */
bool lens_words_match(const char *list, const char *text);

#endif
