/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the drivers, and what they come to. */
#ifndef INDUSTRY_STANDARD_OPTIONS_H
#define INDUSTRY_STANDARD_OPTIONS_H

#include "codec.h"
#include "driver.h"

/* What both drivers have stands at the same place of both tables. */
enum {
    OPTION_ENQUIRY,
    OPTION_ENQUIRY_TIMEOUT,
    OPTION_ENQUIRY_TRIES,
    OPTION_PAUSE_AFTER_NAK,
    OPTION_NAK_TRIES,
    OPTION_REQUIRE_ACKNOWLEDGE,
    OPTION_ACKNOWLEDGE_TIMEOUT,
    OPTION_ANSWER_TIMEOUT,
    OPTION_BYTE_TIMEOUT,
    OPTION_FRAME_AT_MOST,
    OPTION_CHECK_BYTE,
    OPTION_ACCEPT_CHECK_CONSTANT,
    OPTION_TRAILING_FIELDS,
    OPTION_REQUESTS_IN_FLIGHT,
    OPTION_ENCODER_FORM,
    OPTION_ANSWER_ENCODER,
    OPTION_CODE_PAGE,
    OPTION_DATE,
    OPTION_START,
    OPTION_ROOMS_AT_MOST,
    OPTION_ROOM_LENGTH,
    OPTION_AREAS_AT_MOST,
    OPTION_OPERATOR_LENGTH,
    OPTION_PRINT_LINES,
    OPTION_PRINT_LENGTH,
    OPTION_AFTER_WRITE,
    OPTION_COPIES_AT_MOST,
    OPTION_COPIES_DIGIT,
    OPTION_SINGLE_DIGIT,
    OPTION_SERIAL_NUMBERS,
    OPTION_ORIGINAL_FOR_COPY,
    OPTION_ONE_SHOT,
    OPTION_ONE_SHOT_DATES,
    OPTION_CHECKOUT_ENCODER,
    OPTION_MODIFY_STAY,
    OPTION_CANCEL_KEY,
    OPTION_MOBILE,
    OPTION_MOBILE_IMAGE,
    OPTION_INSTALLATION_ID,
    OPTION_CARD_IMAGE,
    OPTION_CARD_IMAGE_FORM,
    OPTION_PHONE_FORM,
    OPTION_AUTH_CODE,
    OPTION_COUNT
};

/* What Onity has in the places of SALTO's own. */
enum {
    ONITY_OPTION_CODE_EA = OPTION_SERIAL_NUMBERS,
    ONITY_OPTION_EJECT = OPTION_CHECKOUT_ENCODER + 1,
    ONITY_OPTION_EJECT_BEFORE,
    ONITY_OPTION_CHECKOUT_NUMBER,
    ONITY_OPTION_MOBILE_ENCODER,
    ONITY_OPTION_MOBILE_CONTACT,
    ONITY_OPTION_PHONE_FORM,
    ONITY_OPTION_COUNT
};

extern const struct driver_option salto_options[OPTION_COUNT];
extern const struct driver_option onity_options[ONITY_OPTION_COUNT];

#define SALTO_CAN_ALWAYS                                                                                               \
    (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) | DRIVER_CAN(KC_CAPABILITY_READ) |       \
     DRIVER_CAN(KC_CAPABILITY_CHECK_OUT))
#define SALTO_CAN_WITH_OPTIONS                                                                                         \
    (DRIVER_CAN(KC_CAPABILITY_ONE_SHOT) | DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_CANCEL_KEY) |    \
     DRIVER_CAN(KC_CAPABILITY_MODIFY_STAY) | DRIVER_CAN(KC_CAPABILITY_KEY_IMAGE) | DRIVER_CAN(KC_CAPABILITY_PHONE) |   \
     DRIVER_CAN(KC_CAPABILITY_DENY_AREAS) | DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL) |                                    \
     DRIVER_CAN(KC_CAPABILITY_CARD_IMAGE))

/* With default options; the capabilities that any option can give. */
#define SALTO_PROFILE                                                                                                  \
    {                                                                                                                  \
        .capabilities = SALTO_CAN_ALWAYS | SALTO_CAN_WITH_OPTIONS,                                                     \
        .limits = {.rooms = 4,                                                                                         \
                   .room_length = 24,                                                                                  \
                   .areas = 62,                                                                                        \
                   .guest_length = 0,                                                                                  \
                   .operator_length = 24,                                                                              \
                   .text_lines = 3,                                                                                    \
                   .text_length = 24,                                                                                  \
                   .message_length = 256,                                                                              \
                   .copies = 7,                                                                                        \
                   .minutes = 1,                                                                                       \
                   .last_year = 2099,                                                                                  \
                   .start = true,                                                                                      \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 1,                                                                                                \
    }

#define ONITY_CAN_ALWAYS                                                                                               \
    (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) | DRIVER_CAN(KC_CAPABILITY_READ) |       \
     DRIVER_CAN(KC_CAPABILITY_CHECK_OUT) | DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL))
#define ONITY_CAN_WITH_OPTIONS                                                                                         \
    (DRIVER_CAN(KC_CAPABILITY_ONE_SHOT) | DRIVER_CAN(KC_CAPABILITY_MOBILE) | DRIVER_CAN(KC_CAPABILITY_PHONE) |         \
     DRIVER_CAN(KC_CAPABILITY_EMAIL) | DRIVER_CAN(KC_CAPABILITY_DENY_AREAS))

#define ONITY_PROFILE                                                                                                  \
    {                                                                                                                  \
        .capabilities = ONITY_CAN_ALWAYS | ONITY_CAN_WITH_OPTIONS,                                                     \
        .limits = {.rooms = 3,                                                                                         \
                   .room_length = 24,                                                                                  \
                   .areas = 8,                                                                                         \
                   .guest_length = 0,                                                                                  \
                   .operator_length = 24,                                                                              \
                   .text_lines = 2,                                                                                    \
                   .text_length = 76,                                                                                  \
                   .message_length = 0,                                                                                \
                   .copies = 9,                                                                                        \
                   .minutes = 60,                                                                                      \
                   .last_year = 2099,                                                                                  \
                   .start = true,                                                                                      \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 1,                                                                                                \
    }

enum enquiry { ENQUIRY_NEVER, ENQUIRY_AFTER_NAK, ENQUIRY_ALWAYS };
enum contact { CONTACT_TRACK_1, CONTACT_TRACK_2, CONTACT_OPERATOR };
enum phone_form { PHONE_PLUS, PHONE_ZEROS, PHONE_AS_GIVEN };

struct settings {
    const struct industry_dialect *dialect;
    enum enquiry enquiry;
    bool patient; /* a single byte may wait for what follows it */
    int64_t enquiry_timeout, pause, acknowledge_timeout, answer_timeout, byte_timeout;
    int64_t enquiry_tries, nak_tries;
    struct industry_style style;
    uint8_t date_digits, after_write, serial_flag; /* serial_flag 0: the field is left out */
    bool require_acknowledge, number_encoders, check_answer_encoder, start_required, copies_are_extra, single_digit;
    bool accept_original_for_copy, one_shot_dates, real_checkout_encoder, installation_id;
    bool image_as_card; /* CNB and CCB laid out as CN, not as CNMB */
    enum phone_form phone_form;
    enum text_charset charset;
    int64_t areas_at_most;
    int32_t encoder_at_most; /* 0: any name, or any number */
    const char *auth_code;
    bool eject, eject_before; /* EX at a cancel, EX before each card */
    bool ea_is_checked_out;   /* EA as in the other dialect */
    int64_t checkout_number;
    int64_t mobile_encoder; /* 0: mobile keys have commands of their own, or there are none */
    enum contact contact;
    int64_t contact_length;
};

void settings_read(const struct driver_link *link, const struct industry_dialect *dialect, struct settings *settings);
void profile_read(const struct driver_link *link, const struct industry_dialect *dialect,
                  struct driver_profile *profile);
/* onity_options.c: what only Onity has. */
void onity_settings_read(const struct driver_link *link, struct settings *settings);
void onity_profile_read(const struct driver_link *link, struct driver_profile *profile);

#endif
