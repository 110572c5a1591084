/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the FIAS driver, and what they come to. */
#ifndef FIAS_OPTIONS_H
#define FIAS_OPTIONS_H

#include "codec.h"
#include "driver.h"

enum {
    OPTION_ENCODERS,
    OPTION_DEFAULT_CODER,
    OPTION_WORKSTATION,
    OPTION_RESERVATION_NUMBER,
    OPTION_ANSWER_TIMEOUT,
    OPTION_LATE_ANSWER,
    OPTION_START_TIMEOUT,
    OPTION_FIRST_SPEAKER,
    OPTION_ALIVE_CHECK,
    OPTION_OUTSTANDING,
    OPTION_CODER_COMPARE,
    OPTION_OTHER_RESERVATION,
    OPTION_CODE_PAGE,
    OPTION_ROOM_LENGTH,
    OPTION_SUITE_SEPARATOR,
    OPTION_COPIES_AT_MOST,
    OPTION_DEPARTURE_TIME,
    OPTION_EMPTY_FIELDS,
    OPTION_KEY_COUNT,
    OPTION_ONE_SHOT_STAY,
    OPTION_SHARER_KEY,
    OPTION_TEXT_AND_NAME,
    OPTION_TRACKS,
    OPTION_CARD_SERIAL,
    OPTION_PHONE_FIELD,
    OPTION_EMAIL_FIELD,
    OPTION_MOBILE_CODER,
    OPTION_KEY_DATA,
    OPTION_CARD_FIELD,
    OPTION_DELETED_IS_DONE,
    OPTION_STATUS_MAP,
    OPTION_GUEST_RECORDS,
    OPTION_RESYNC,
    OPTION_RESYNC_DAYS,
    OPTION_HOTEL_ID,
    OPTION_TIME_OUTS,
    OPTION_VERSIONS,
    OPTION_AUTH_KEY,
    OPTION_AUTH_MISSING,
    OPTION_AUTH_WRONG,
    OPTION_RECORD_TIMEOUT,
    OPTION_LRC,
    OPTION_ACKNOWLEDGE_TIMEOUT,
    OPTION_ENQUIRY_TRIES,
    OPTION_FRAME_TRIES,
    OPTION_NAK_AFTER_ENQUIRY,
    OPTION_COUNT
};

extern const struct driver_option fias_options[OPTION_COUNT];

enum { FIAS_ROOMS_AT_MOST = 6, FIAS_AREAS_AT_MOST = 20, FIAS_CODER = 8, FIAS_WORKSTATION = 16, FIAS_TEXT = 100 };

#define FIAS_PROFILE                                                                                                   \
    {                                                                                                                  \
        .capabilities = DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) |                     \
                        DRIVER_CAN(KC_CAPABILITY_ONE_SHOT) | DRIVER_CAN(KC_CAPABILITY_READ) |                          \
                        DRIVER_CAN(KC_CAPABILITY_CHECK_OUT) | DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY) |                  \
                        DRIVER_CAN(KC_CAPABILITY_DENY_AREAS) | DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL) |                 \
                        DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE) |                           \
                        DRIVER_CAN(KC_CAPABILITY_EMAIL) | DRIVER_CAN(KC_CAPABILITY_KEY_IMAGE) |                        \
                        DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE),                                                          \
        .limits = {.rooms = FIAS_ROOMS_AT_MOST,                                                                        \
                   .room_length = 8,                                                                                   \
                   .areas = FIAS_AREAS_AT_MOST,                                                                        \
                   .guest_length = 200,                                                                                \
                   .operator_length = 16,                                                                              \
                   .text_lines = 1,                                                                                    \
                   .text_length = FIAS_TEXT,                                                                           \
                   .message_length = 0,                                                                                \
                   .copies = 9,                                                                                        \
                   .minutes = 1,                                                                                       \
                   .last_year = 2069,                                                                                  \
                   .start = false,                                                                                     \
                   .start_day = true,                                                                                  \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 0,                                                                                                \
    }

int32_t fias_options_check(const struct driver_link *link, struct kc_error *error);
void fias_profile_read(const struct driver_link *link, struct driver_profile *profile);
bool fias_is_serial(const struct driver_link *link);
/* The key coder (KC) of an encoder: itself, or as the option encoders says; for "" the option default-coder. Returns
 * false if it has none. */
bool fias_coder(const struct driver_link *link, const char *encoder, char out[FIAS_CODER + 1]);
/* The field that an option names, or 0: it is off. */
fias_id fias_option_field(const struct driver_link *link, size_t option);
/* What the option status-map says of an answer status (AS): KC_ERROR_..., or KC_OK: nothing. */
int32_t fias_status_mapped(const struct driver_link *link, const struct fias_field *status);

#endif
