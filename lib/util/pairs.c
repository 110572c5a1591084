/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists in options. */
#include "util/pairs.h"

#include <keycard/keycard.h>
#include <string.h>

void pair_trim(const char **text, size_t *length)
{
    while (*length > 0 && **text == ' ') {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && (*text)[*length - 1] == ' ')
        (*length)--;
}

bool pair_next(const char **at, struct pair *pair)
{
    *at += strspn(*at, "; ");
    if (!**at)
        return false;
    size_t length = strcspn(*at, ";");
    const char *equals = memchr(*at, '=', length);
    *pair = (struct pair){*at, *at, 0, 0};
    if (equals) {
        pair->name_length = (size_t)(equals - *at);
        pair->value = equals + 1;
        pair->value_length = length - pair->name_length - 1;
        pair_trim(&pair->name, &pair->name_length);
        pair_trim(&pair->value, &pair->value_length);
        if (pair->value_length == 0)
            pair->name_length = 0;
    }
    *at += length;
    return true;
}

static bool is_text(const char *bytes, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(bytes, text, length) == 0;
}

bool pair_is_named(const struct pair *pair, const char *name)
{
    return is_text(pair->name, pair->name_length, name);
}

int32_t pair_error(const struct pair *pair)
{
    static const int32_t errors[] = {
        KC_ERROR_NOT_OFFERED,      KC_ERROR_LIMIT,        KC_ERROR_CONTACT,        KC_ERROR_NOT_ACCEPTED,
        KC_ERROR_ENCODER_OFFLINE,  KC_ERROR_ENCODER_BUSY, KC_ERROR_NO_CARD,        KC_ERROR_CARD,
        KC_ERROR_CARD_FORMAT,      KC_ERROR_CARD_REFUSED, KC_ERROR_ENCODER_FAULT,  KC_ERROR_UNKNOWN_ROOM,
        KC_ERROR_ROOM_UNAVAILABLE, KC_ERROR_ROOM_BUSY,    KC_ERROR_NOT_CHECKED_IN, KC_ERROR_ONE_SHOT_LIMIT,
        KC_ERROR_LOCK_SYSTEM,      KC_ERROR_VENDOR,       KC_ERROR_MOBILE,         KC_ERROR_SYNTAX,
        KC_ERROR_CREDENTIALS,      KC_ERROR_UNKNOWN_AREA, KC_ERROR_CONFLICT,       KC_ERROR_KEY_LIMIT,
        KC_ERROR_LOCK_OFFLINE,
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (is_text(pair->value, pair->value_length, kc_status_name(errors[i])))
            return errors[i];
    return KC_OK;
}
