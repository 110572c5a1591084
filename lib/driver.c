/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public face of the compiled-in drivers. */
#include "driver.h"

#include <string.h>

#include "limit_codes.h"

static const struct driver *driver_of(const kc_driver *handle)
{
    return (const struct driver *)(const void *)handle;
}

static const kc_driver *handle_of(const struct driver *driver)
{
    return (const kc_driver *)(const void *)driver;
}

int32_t kc_driver_count(void)
{
    return (int32_t)driver_table_count;
}

const kc_driver *kc_driver_get(int32_t index)
{
    return index >= 0 && (size_t)index < driver_table_count ? handle_of(driver_table[index]) : NULL;
}

const kc_driver *kc_driver_find(const char *name)
{
    for (size_t i = 0; name && i < driver_table_count; i++)
        if (strcmp(driver_table[i]->name, name) == 0)
            return handle_of(driver_table[i]);
    return NULL;
}

const char *kc_driver_get_name(const kc_driver *driver)
{
    return driver ? driver_of(driver)->name : "";
}

const char *kc_driver_get_label(const kc_driver *driver)
{
    return driver ? driver_of(driver)->label : "";
}

const char *kc_driver_get_maturity(const kc_driver *driver)
{
    return driver ? driver_of(driver)->maturity : "";
}

const char *kc_driver_get_scheme(const kc_driver *driver, int32_t index)
{
    if (!driver || index < 0)
        return "";
    const char *const *schemes = driver_of(driver)->schemes;
    for (int32_t i = 0; i < index; i++)
        if (!schemes[i])
            return "";
    return schemes[index] ? schemes[index] : "";
}

static const char *const capability_names[] = {
    [KC_CAPABILITY_ORIGINAL] = "original",
    [KC_CAPABILITY_DUPLICATE] = "duplicate",
    [KC_CAPABILITY_ONE_SHOT] = "one-shot",
    [KC_CAPABILITY_MOBILE] = "mobile",
    [KC_CAPABILITY_READ] = "read",
    [KC_CAPABILITY_CHECK_OUT] = "check-out",
    [KC_CAPABILITY_CANCEL_KEY] = "cancel-key",
    [KC_CAPABILITY_MODIFY_STAY] = "modify-stay",
    [KC_CAPABILITY_KEY_IMAGE] = "key-image",
    [KC_CAPABILITY_PHONE] = "phone",
    [KC_CAPABILITY_EMAIL] = "email",
    [KC_CAPABILITY_DENY_AREAS] = "deny-areas",
    [KC_CAPABILITY_CARD_SERIAL] = "card-serial",
    [KC_CAPABILITY_LIST_ENCODERS] = "list-encoders",
    [KC_CAPABILITY_BLOCK_STAY] = "block-stay",
    [KC_CAPABILITY_CARD_IMAGE] = "card-image",
    [KC_CAPABILITY_DELIVERY] = "delivery",
    [KC_CAPABILITY_WRITE_IMAGE] = "write-image",
};

const char *kc_capability_name(int32_t capability)
{
    bool known = capability >= 1 && (size_t)capability < sizeof(capability_names) / sizeof(capability_names[0]);
    return known ? capability_names[capability] : "";
}

int32_t kc_driver_has(const kc_driver *driver, int32_t capability)
{
    return driver && *kc_capability_name(capability) &&
           (driver_of(driver)->profile.capabilities & DRIVER_CAN(capability)) != 0;
}

static const char *const limit_names[] = {
    [KC_LIMIT_ROOMS] = "rooms",
    [KC_LIMIT_ROOM_LENGTH] = "room-length",
    [KC_LIMIT_AREAS] = "areas",
    [KC_LIMIT_GUEST_LENGTH] = "guest-length",
    [KC_LIMIT_OPERATOR_LENGTH] = "operator-length",
    [KC_LIMIT_TEXT_LINES] = "text-lines",
    [KC_LIMIT_TEXT_LENGTH] = "text-length",
    [KC_LIMIT_MESSAGE_LENGTH] = "message-length",
    [KC_LIMIT_COPIES] = "copies",
    [KC_LIMIT_MINUTES] = "minutes",
    [KC_LIMIT_LAST_YEAR] = "last-year",
    [KC_LIMIT_START] = "start",
};

const char *kc_limit_name(int32_t limit)
{
    bool known = limit >= 1 && (size_t)limit < sizeof(limit_names) / sizeof(limit_names[0]);
    return known ? limit_names[limit] : "";
}

int64_t limit_of(const struct driver_limits *limits, int32_t limit)
{
    switch (limit) {
    case KC_LIMIT_ROOMS:
        return limits->rooms;
    case KC_LIMIT_ROOM_LENGTH:
        return limits->room_length;
    case KC_LIMIT_AREAS:
        return limits->areas;
    case KC_LIMIT_GUEST_LENGTH:
        return limits->guest_length;
    case KC_LIMIT_OPERATOR_LENGTH:
        return limits->operator_length;
    case KC_LIMIT_TEXT_LINES:
        return limits->text_lines;
    case KC_LIMIT_TEXT_LENGTH:
        return limits->text_length;
    case KC_LIMIT_MESSAGE_LENGTH:
        return limits->message_length;
    case KC_LIMIT_COPIES:
        return limits->copies;
    case KC_LIMIT_MINUTES:
        return limits->minutes;
    case KC_LIMIT_LAST_YEAR:
        return limits->last_year;
    case KC_LIMIT_START:
        return limits->start;
    default:
        return -1;
    }
}

int64_t kc_driver_get_limit(const kc_driver *driver, int32_t limit)
{
    return driver ? limit_of(&driver_of(driver)->profile.limits, limit) : -1;
}

int32_t kc_driver_get_option_count(const kc_driver *driver)
{
    return driver ? (int32_t)driver_of(driver)->option_count : 0;
}

#define OPTION_GETTER(function, field)                                                                                 \
    const char *function(const kc_driver *driver, int32_t index)                                                       \
    {                                                                                                                  \
        return driver && index >= 0 && (size_t)index < driver_of(driver)->option_count                                 \
                   ? driver_of(driver)->options[index].field                                                           \
                   : "";                                                                                               \
    }

OPTION_GETTER(kc_driver_get_option_name, name)
OPTION_GETTER(kc_driver_get_option_default, default_value)
OPTION_GETTER(kc_driver_get_option_values, values)
OPTION_GETTER(kc_driver_get_option_help, help)
