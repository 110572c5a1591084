/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the Saflok IRS driver, and what they come to. */
#ifndef SAFLOK_IRS_OPTIONS_H
#define SAFLOK_IRS_OPTIONS_H

#include "codec.h"
#include "driver.h"

enum {
    OPTION_PASSWORD,
    OPTION_ENCODERS,
    OPTION_KEY_NUMBER_WIDTH,
    OPTION_HANDSHAKE,
    OPTION_ENQUIRY_TRIES,
    OPTION_PAUSE_AFTER_NAK,
    OPTION_FRAME_TRIES,
    OPTION_ANSWER_TRIES,
    OPTION_ACKNOWLEDGE_TIMEOUT,
    OPTION_ANSWER_TIMEOUT,
    OPTION_LRC_SEND,
    OPTION_LRC_CHECK,
    OPTION_LRC_WAIT,
    OPTION_CARDS,
    OPTION_COPIES_AT_MOST,
    OPTION_PASS_TAIL,
    OPTION_PASS_COUNT,
    OPTION_TERMINAL,
    OPTION_TERMINAL_NUMBER,
    OPTION_TO_STATION,
    OPTION_FROM_STATION,
    OPTION_TRANSACTION_NEW,
    OPTION_TRANSACTION_DUPLICATE,
    OPTION_KEY_LEVEL,
    OPTION_LED,
    OPTION_EXPIRY_MINUTES,
    OPTION_TRACKS,
    OPTION_CARD_SERIAL,
    OPTION_STATUS_MAP,
    OPTION_COUNT
};

extern const struct driver_option saflok_irs_options[OPTION_COUNT];

#define IRS_CAN_ALWAYS (DRIVER_CAN(KC_CAPABILITY_ORIGINAL) | DRIVER_CAN(KC_CAPABILITY_DUPLICATE))

/* With default options; the capabilities that any option can give. */
#define IRS_PROFILE                                                                                                    \
    {                                                                                                                  \
        .capabilities = IRS_CAN_ALWAYS | DRIVER_CAN(KC_CAPABILITY_CARD_SERIAL),                                        \
        .limits = {.rooms = 1,                                                                                         \
                   .room_length = 5,                                                                                   \
                   .areas = IRS_PASSES,                                                                                \
                   .guest_length = 0,                                                                                  \
                   .operator_length = 0,                                                                               \
                   .text_lines = 0,                                                                                    \
                   .text_length = 0,                                                                                   \
                   .message_length = 0,                                                                                \
                   .copies = 99,                                                                                       \
                   .minutes = 1,                                                                                       \
                   .last_year = 2099,                                                                                  \
                   .start = false,                                                                                     \
                   .charset = TEXT_ASCII},                                                                             \
        .in_flight = 1,                                                                                                \
    }

enum tail { TAIL_AUTO, TAIL_NONE, TAIL_ZEROS, TAIL_FLAGS };
enum check_policy { CHECK_LENIENT, CHECK_STRICT, CHECK_OFF };

/* One row of the table of status and detail. */
struct meaning {
    char status[3], detail[4];
    int32_t code; /* KC_ERROR_... */
};
enum { MEANINGS_AT_MOST = 200 };

struct settings {
    size_t width;
    int64_t enquiry_tries, pause, frame_tries, answer_tries, acknowledge_timeout, answer_timeout, lrc_wait;
    enum check_policy check;
    enum tail tail;
    int32_t pass_count, expiry_minutes;
    bool lrc_send, cards_in_one, counting, tracks, card_serial;
    size_t meaning_count;
    struct meaning meanings[MEANINGS_AT_MOST];
};

int32_t irs_settings_read(const struct driver_link *link, struct settings *settings, struct kc_error *error);
void irs_profile_read(const struct settings *settings, const struct driver_link *link, struct driver_profile *profile);
/* The number of an encoder: itself, or as the option encoders says. -1: it has none. */
int32_t irs_encoder_number(const struct driver_link *link, const char *name);
/* The row for an answer: those of the option status-map count before those that are built in. NULL: not known. */
const struct meaning *irs_meaning_find(const struct settings *settings, const char *status, const char *detail);

#endif
