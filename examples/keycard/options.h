/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of one call of the tool: what stands on the command line and in the configuration file. */
#ifndef KEYCARD_TOOL_OPTIONS_H
#define KEYCARD_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/nearest.h"

/* The order is that of the help text. */
enum setting {
    OPTION_BOOKING,
    OPTION_ROOM,
    OPTION_GUEST,
    OPTION_FROM,
    OPTION_UNTIL,
    OPTION_AREA,
    OPTION_DENY_AREA,
    OPTION_COPIES,
    OPTION_TEXT,
    OPTION_PHONE,
    OPTION_EMAIL,
    OPTION_MESSAGE,
    OPTION_CARD_SERIAL,
    OPTION_IMAGE,
    OPTION_ENCODER,
    OPTION_IDEMPOTENCY_KEY,
    OPTION_YES,
    OPTION_OPERATION,
    OPTION_HOW,
    OPTION_KEY,
    OPTION_UNRESOLVED,
    OPTION_NOT_CONFIRMED,
    OPTION_LIMIT,
    OPTION_IDENTIFY,
    OPTION_DRIVER,
    OPTION_WATCH,
    OPTION_CSV,
    OPTION_GUEST_DATA,
    OPTION_OLDER_THAN,
    OPTION_NEW_KEY_FILE,
    OPTION_CONFIG,
    OPTION_SYSTEM,
    OPTION_OPTION,
    OPTION_STATION,
    OPTION_OPERATOR,
    OPTION_LEDGER,
    OPTION_KEY_FILE,
    OPTION_SITE,
    OPTION_TIME_ZONE,
    OPTION_CHECK_IN,
    OPTION_CHECK_OUT,
    OPTION_POLICY,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

#define OPTION_BIT(option) (UINT64_C(1) << (option))
/* Options that every command takes. */
#define OPTIONS_GENERAL                                                                                                \
    (OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_SYSTEM) | OPTION_BIT(OPTION_OPTION) | OPTION_BIT(OPTION_LEDGER) |   \
     OPTION_BIT(OPTION_KEY_FILE) | OPTION_BIT(OPTION_SITE) | OPTION_BIT(OPTION_TIME_ZONE) |                            \
     OPTION_BIT(OPTION_CHECK_IN) | OPTION_BIT(OPTION_CHECK_OUT) | OPTION_BIT(OPTION_POLICY) |                          \
     OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_STATION) | OPTION_BIT(OPTION_OPERATOR) | \
     OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

struct option_facts {
    const char *name;
    const char *value_name; /* NULL: a switch */
    bool repeatable;
    bool in_file; /* may stand in the section [keycard] of the configuration file */
    const char *help;
};
extern const struct option_facts option_facts[OPTION_COUNT];

/* Values in the order in which they were given; owned. A switch that was given has the value "". */
struct values {
    char **items;
    size_t count;
};

struct settings {
    const char *command;  /* NULL if none was given */
    const char *argument; /* what follows the command, NULL if nothing does */
    const char *words[2]; /* what follows that, for keycard ledger */
    size_t word_count;
    struct values values[OPTION_COUNT];
};

/* What was wrong, for the user. */
struct complaint {
    char text[640];
    const char *field; /* the option, or "" */
};
/* Fills in the complaint. Always returns false, so that a check can end with it. */
bool complain(struct complaint *complaint, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads the command line. False with a complaint if it cannot be understood. */
bool options_read(int count, char **arguments, struct settings *settings, struct complaint *complaint);
/* Adds what the configuration file says; what the command line says goes before. False with a complaint. */
bool options_read_file(struct settings *settings, struct complaint *complaint);
void options_free(struct settings *settings);

/* Puts a value first or last. False if memory is used up. */
bool values_add(struct values *values, const char *value);
bool options_given(const struct settings *settings, enum setting option);
/* The only value of an option that is not repeatable; NULL if it was not given. */
const char *options_value(const struct settings *settings, enum setting option);
/* A whole number between low and high. False with a complaint; `number` is untouched if the option was not given. */
bool options_number(const struct settings *settings, enum setting option, int32_t low, int32_t high, int32_t *number,
                    struct complaint *complaint);
/* OPTION_COUNT if there is none of this name. */
enum setting option_find(const char *name);

#endif
