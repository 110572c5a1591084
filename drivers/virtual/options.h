/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of `virtual:` and what they make of the link. */
#ifndef KEYCARD_DRIVERS_VIRTUAL_OPTIONS_H
#define KEYCARD_DRIVERS_VIRTUAL_OPTIONS_H

#include "model.h"
#include "script.h"

enum virtual_option {
    OPTION_ENCODERS,
    OPTION_HAND,
    OPTION_SCRIPT,
    OPTION_ANSWER_TIMEOUT,
    OPTION_REQUESTS_IN_FLIGHT,
    OPTION_DELIVERY,
    OPTION_ROOMS,
    OPTION_ROOM_LENGTH,
    OPTION_AREAS,
    OPTION_GUEST_LENGTH,
    OPTION_OPERATOR_LENGTH,
    OPTION_TEXT_LINES,
    OPTION_TEXT_LENGTH,
    OPTION_MESSAGE_LENGTH,
    OPTION_COPIES,
    OPTION_MINUTES,
    OPTION_LAST_YEAR,
    OPTION_START,
    OPTION_CHARSET,
    OPTION_CAPABILITY, /* the first of them, in the order of KC_CAPABILITY_... */
    OPTION_COUNT = OPTION_CAPABILITY + KC_CAPABILITY_WRITE_IMAGE
};

enum delivery { DELIVERY_AT_ONCE, DELIVERY_LATER, DELIVERY_NEVER, DELIVERY_FAILED };

struct virtual_link {
    struct arena arena; /* of everything that was read from options */
    struct strings encoders;
    struct encoder_name {
        const char *name;
        size_t encoder;
    } * encoder_names; /* the same in the order of their names */
    size_t *card_on;   /* by encoder: the card last written there plus 1, 0 if there is none */
    struct script script;
    int64_t hand_ms, answer_ms;
    int32_t highest_area;
    enum delivery delivery;
    bool serials, tells_encoders;
    uint64_t request_count;
    struct model model;
};

extern const struct driver_option virtual_options[OPTION_COUNT];

bool virtual_find_encoder(const struct virtual_link *link, const char *name, size_t *encoder);
int32_t virtual_configure(struct driver_link *link, struct driver_profile *profile, struct kc_error *error);

#endif
