/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file of the gateway: what can be set, and what was set. */
#ifndef KEYCARD_GATEWAY_SETTINGS_H
#define KEYCARD_GATEWAY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/pairs.h"

enum setting {
    /* [gateway] */
    SETTING_CONNECT,
    SETTING_LISTEN,
    SETTING_ALLOW,
    SETTING_SECOND,
    SETTING_CONNECT_TIMEOUT,
    SETTING_BACK_OFF,
    SETTING_START_WAIT,
    SETTING_START_TIMEOUT,
    SETTING_ALIVE_CHECK,
    SETTING_FAMILY,
    SETTING_CODE_PAGE,
    SETTING_STATION,
    SETTING_ARRIVAL_DAY,
    SETTING_KEY_COUNT,
    SETTING_PRINT_TEXT,
    SETTING_CLOSED_OPTIONS,
    SETTING_CARD_NUMBER,
    SETTING_GUEST_RECORDS,
    SETTING_SHARED_CHECK_OUT,
    SETTING_UNKNOWN_ANSWER,
    SETTING_ANSWER_WITHIN,
    SETTING_REPEAT_WINDOW,
    /* [keycard] */
    SETTING_LEDGER,
    SETTING_SITE,
    SETTING_TIME_ZONE,
    SETTING_CHECK_IN,
    SETTING_CHECK_OUT,
    SETTING_OPERATOR,
    SETTING_COUNT
};

struct setting_facts {
    const char *section;
    const char *name;
    const char *value;  /* the default */
    const char *values; /* "text", "LOW..HIGH", or the words that are taken, separated by commas */
    const char *help;
};
extern const struct setting_facts setting_facts[SETTING_COUNT];

struct settings {
    char *values[SETTING_COUNT]; /* NULL: the default */
    struct pairs policies;       /* [policy] */
    struct pairs encoders;       /* [encoders]: key coder = name of the encoder */
    struct pairs options;        /* [options]: position of a key option = area */
    struct pairs systems;        /* [system NAME]: uri, encoder, room.R, area.A and options, in order */
};

/* Reads the file and checks what can be checked without the library. False with a sentence in `fault`. */
bool settings_read(const char *path, struct settings *settings, char *fault, size_t size);
void settings_free(struct settings *settings);

const char *setting_text(const struct settings *settings, enum setting setting);
bool setting_is(const struct settings *settings, enum setting setting, const char *value);
int32_t setting_number(const struct settings *settings, enum setting setting);

#endif
