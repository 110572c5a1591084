/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the magnetic-stripe driver, and what they come to. */
#ifndef MAGSTRIPE_OPTIONS_H
#define MAGSTRIPE_OPTIONS_H

#include "codec.h"
#include "driver.h"
#include "open_key/open_key.h"

enum {
    OPTION_CONTENT,
    OPTION_SITE_NUMBER,
    OPTION_SITE_KEY,
    OPTION_IMAGE_FORM,
    OPTION_IMAGE_TRACK,
    OPTION_COERCIVITY,
    OPTION_DENSITY_1,
    OPTION_DENSITY_2,
    OPTION_DENSITY_3,
    OPTION_LEADING_ZEROS_1_3,
    OPTION_LEADING_ZEROS_2,
    OPTION_ERASE_FIRST,
    OPTION_VERIFY,
    OPTION_SWIPES,
    OPTION_SWIPE_TIMEOUT,
    OPTION_ANSWER_TIMEOUT,
    OPTION_QUIET,
    OPTION_RESET_PROVES,
    OPTION_RAW_LENGTH,
    OPTION_PACKETS,
    OPTION_COUNT
};

extern const struct driver_option magstripe_options[OPTION_COUNT];

#define STRIPE_CAN                                                                                                     \
    (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE) | DRIVER_CAN(KC_CAPABILITY_ONE_SHOT) |   \
     DRIVER_CAN(KC_CAPABILITY_READ) | DRIVER_CAN(KC_CAPABILITY_WRITE_IMAGE))

/* With default options; the capabilities that any option can give. */
#define STRIPE_PROFILE                                                                                                 \
    {                                                                                                                  \
        .capabilities = STRIPE_CAN,                                                                                    \
        .limits = {.rooms = 1,                                                                                         \
                   .room_length = OPEN_KEY_STRIPE_ROOM_LENGTH,                                                         \
                   .areas = OPEN_KEY_STRIPE_AREAS,                                                                     \
                   .copies = STRIPE_COPIES,                                                                            \
                   .minutes = OPEN_KEY_STRIPE_MINUTES,                                                                 \
                   .last_year = OPEN_KEY_STRIPE_LAST_YEAR,                                                             \
                   .start = true,                                                                                      \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 1, .numbered = true,                                                                              \
    }

/* Cards in one request: each is swiped, and swiped again to be checked. */
enum { STRIPE_COPIES = 9 };

enum content { CONTENT_OPEN_KEY, CONTENT_IMAGE, CONTENT_TRACKS };

struct settings {
    enum content content;
    bool image_bits;    /* an image is bits instead of characters */
    size_t image_track; /* from 0 */
    bool high_coercivity, dense[MSR_TRACKS], erase_first, verify, reset_proves, padded;
    uint8_t zeros[2];
    enum msr_length raw_length;
    int64_t swipes, swipe_timeout, answer_timeout, quiet;
    struct open_key_site site;
    bool has_site;
};

int32_t stripe_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error);
void stripe_profile_read(const struct settings *settings, struct driver_profile *profile);

#endif
