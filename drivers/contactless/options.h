/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the contactless driver, and what they come to. */
#ifndef CONTACTLESS_OPTIONS_H
#define CONTACTLESS_OPTIONS_H

#include "codec.h"
#include "driver.h"
#include "open_key/open_key.h"

enum {
    OPTION_CONTENT,
    OPTION_SITE_NUMBER,
    OPTION_SITE_KEY,
    OPTION_READER,
    OPTION_LAMP,
    OPTION_CARD_TIMEOUT,
    OPTION_CARD_RETURN,
    OPTION_POLL_INTERVAL,
    OPTION_ANSWER_TIMEOUT,
    OPTION_CLASSIC_KEY,
    OPTION_CLASSIC_KEY_TYPE,
    OPTION_CLASSIC_SECTOR,
    OPTION_DESFIRE_APPLICATION,
    OPTION_DESFIRE_FILE,
    OPTION_COUNT
};

extern const struct driver_option contactless_options[OPTION_COUNT];

enum content { CONTENT_OPEN_KEY, CONTENT_IMAGE };

struct settings {
    enum content content;
    bool has_site;
    struct open_key_site site;
    int64_t card_timeout, card_return, poll_interval, answer_timeout;
    bool has_classic_key;
    uint8_t classic_key[CLASSIC_KEY_SIZE];
    enum classic_key_type classic_key_type;
    uint8_t classic_sector;
    bool has_application;
    uint32_t application;
    uint8_t file;
};

#define CONTACTLESS_CAN_ALWAYS (DRIVER_CAN(KC_CAPABILITY_READ) | DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL))
#define CONTACTLESS_CAN_OPEN_KEY                                                                                       \
    (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) | DRIVER_CAN(KC_CAPABILITY_ONE_SHOT))
#define CONTACTLESS_CAN_IMAGE DRIVER_CAN(KC_CAPABILITY_WRITE_IMAGE)

/* With default options; the capabilities that any option can give. */
#define CONTACTLESS_PROFILE                                                                                            \
    {                                                                                                                  \
        .capabilities = CONTACTLESS_CAN_ALWAYS | CONTACTLESS_CAN_OPEN_KEY | CONTACTLESS_CAN_IMAGE,                     \
        .limits = {.rooms = OPEN_KEY_ROOMS,                                                                            \
                   .room_length = OPEN_KEY_ROOM_LENGTH,                                                                \
                   .areas = OPEN_KEY_AREAS,                                                                            \
                   .guest_length = 0,                                                                                  \
                   .operator_length = 0,                                                                               \
                   .text_lines = 0,                                                                                    \
                   .text_length = 0,                                                                                   \
                   .message_length = 0,                                                                                \
                   .copies = 99,                                                                                       \
                   .minutes = 1,                                                                                       \
                   .last_year = OPEN_KEY_LAST_YEAR,                                                                    \
                   .start = true,                                                                                      \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 1, .numbered = true,                                                                              \
    }

int32_t contactless_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error);
void contactless_settings_wipe(struct settings *settings);
void contactless_profile_read(const struct settings *settings, struct driver_profile *profile);

#endif
