/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of options and the reading of the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_facts option_facts[OPTION_COUNT] = {
    [OPTION_BOOKING] = {"booking", "BOOKING", false, false, "the stay, by the reference of the PMS"},
    [OPTION_ROOM] = {"room", "ROOM", true, false, "a room; the first one is the main room"},
    [OPTION_GUEST] = {"guest", "NAME", false, false, "the main guest's name"},
    [OPTION_FROM] = {"from", "TIME", false, false, "valid from: 2026-06-15 or 2026-06-15T14:00; default: now"},
    [OPTION_UNTIL] = {"until", "TIME", false, false, "valid until; a date alone ends at the check-out time"},
    [OPTION_AREA] = {"area", "AREA", true, false, "a special area that the key opens besides"},
    [OPTION_DENY_AREA] = {"deny-area", "AREA", true, false, "an area of the room that the key shall not open"},
    [OPTION_COPIES] = {"copies", "NUMBER", false, false, "how many cards, 1 to 99"},
    [OPTION_TEXT] = {"text", "LINE", true, false, "a line of text on the card; repeat it for the next line"},
    [OPTION_PHONE] = {"phone", "NUMBER", false, false, "phone number for a mobile key, with country code"},
    [OPTION_EMAIL] = {"email", "ADDRESS", false, false, "e-mail address for a mobile key"},
    [OPTION_MESSAGE] = {"message", "TEXT", false, false, "message shown with a mobile key"},
    [OPTION_CARD_SERIAL] = {"card-serial", "HEX", false, false, "serial number of a card that you write yourself"},
    [OPTION_IMAGE] = {"image", "FILE", false, false, "the key as bytes: a new FILE to keep it, or one to write from"},
    [OPTION_ENCODER] = {"encoder", "NAME", false, false, "the encoder; default: the last one of this station"},
    [OPTION_STATION] = {"station", "NAME", false, true, "this workstation; default: the name of the computer"},
    [OPTION_OPERATOR] = {"operator", "NAME", false, true, "who asks, for the audit"},
    [OPTION_IDEMPOTENCY_KEY] = {"idempotency-key", "TEXT", false, false,
                                "makes it safe to repeat: the same text again gives the first result"},
    [OPTION_YES] = {"yes", NULL, false, false, "answer questions of the library with yes"},
    [OPTION_OPERATION] = {"operation", "ID", false, false, "an earlier operation"},
    [OPTION_HOW] = {"how", "HOW", false, false, "read (the card), opens, or does-not-open (what the door said)"},
    [OPTION_KEY] = {"key", "ID", false, false, "a key of the ledger"},
    [OPTION_UNRESOLVED] = {"unresolved", NULL, false, false, "only those whose outcome is unknown"},
    [OPTION_NOT_CONFIRMED] = {"not-confirmed", NULL, false, false, "only those that the lock system did not confirm"},
    [OPTION_LIMIT] = {"limit", "NUMBER", false, false, "at most so many"},
    [OPTION_IDENTIFY] = {"identify", NULL, false, false,
                         "ask the device NAME, or those that a driver knows, who it is"},
    [OPTION_DRIVER] = {"driver", "DRIVER?OPTIONS", false, false, "the driver that asks, with options of its URI"},
    [OPTION_WATCH] = {"watch", NULL, false, false, "then tell what comes, goes and changes, until Ctrl-C"},
    [OPTION_CSV] = {"csv", NULL, false, false, "print comma-separated values (RFC 4180), with a line of titles"},
    [OPTION_GUEST_DATA] = {"guest-data", NULL, false, false,
                           "with names, phone numbers, e-mail addresses and serial numbers of cards"},
    [OPTION_OLDER_THAN] = {"older-than", "DAYS", false, false, "all guests who departed so many days ago or earlier"},
    [OPTION_NEW_KEY_FILE] = {"new-key-file", "FILE", false, false,
                             "encrypt the copy with the key in FILE; default: as the ledger is"},
    [OPTION_CONFIG] = {"config", "FILE", false, false, "configuration file"},
    [OPTION_SYSTEM] = {"system", "NAME=URI", true, false, "a lock system; NAME alone chooses one of several"},
    [OPTION_OPTION] = {"option", "SYSTEM.NAME=VALUE", true, false,
                       "an option of a lock system; also encoder, room.ROOM and area.AREA"},
    [OPTION_LEDGER] = {"ledger", "URI", false, true,
                       "where keys and operations are recorded: sqlite:PATH or postgresql://HOST/DATABASE"},
    [OPTION_KEY_FILE] = {"key-file", "FILE", false, true,
                         "key of an encrypted ledger: 32 bytes or 64 hexadecimal digits"},
    [OPTION_SITE] = {"site", "NAME", false, true, "the property; default: hotel"},
    [OPTION_TIME_ZONE] = {"time-zone", "NAME", false, true, "IANA time zone of the site; default: UTC"},
    [OPTION_CHECK_IN] = {"check-in", "HH:MM", false, true, "default check-in time; default: 15:00"},
    [OPTION_CHECK_OUT] = {"check-out", "HH:MM", false, true, "default check-out time; default: 11:00"},
    [OPTION_POLICY] = {"policy", "NAME=VALUE", true, false, "a policy of the site, such as early-issue=refuse"},
    [OPTION_JSON] = {"json", NULL, false, false, "print one JSON object a line"},
    [OPTION_VERBOSE] = {"verbose", NULL, false, false, "show the log, with the wire, guest data masked"},
    [OPTION_HELP] = {"help", NULL, false, false, "show this help"},
    [OPTION_VERSION] = {"version", NULL, false, false, "show the version"},
};

bool complain(struct complaint *complaint, const char *field, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
    va_end(arguments);
    complaint->field = field;
    return false;
}

bool values_add(struct values *values, const char *value)
{
    char *copy = strdup(value);
    char **items = reallocarray(values->items, values->count + 1, sizeof *items);
    if (items != NULL)
        values->items = items;
    if (copy == NULL || items == NULL) {
        free(copy);
        return false;
    }
    items[values->count++] = copy;
    return true;
}

void options_free(struct settings *settings)
{
    for (size_t option = 0; option < OPTION_COUNT; option++) {
        struct values *values = &settings->values[option];
        for (size_t i = 0; i < values->count; i++)
            free(values->items[i]);
        free(values->items);
        *values = (struct values){NULL, 0};
    }
}

bool options_given(const struct settings *settings, enum setting option)
{
    return settings->values[option].count > 0;
}

const char *options_value(const struct settings *settings, enum setting option)
{
    return options_given(settings, option) ? settings->values[option].items[0] : NULL;
}

bool options_number(const struct settings *settings, enum setting option, int32_t low, int32_t high, int32_t *number,
                    struct complaint *complaint)
{
    const char *text = options_value(settings, option);
    if (text == NULL)
        return true;
    char *end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high)
        return complain(complaint, option_facts[option].name, "--%s takes a whole number from %d to %d, not \"%s\"",
                        option_facts[option].name, low, high, text);
    *number = (int32_t)value;
    return true;
}

enum setting option_find(const char *name)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (strcmp(option_facts[option].name, name) == 0)
            return (enum setting)option;
    }
    return OPTION_COUNT;
}

static bool complain_unknown(const char *word, struct complaint *complaint)
{
    const char *names[OPTION_COUNT + 1] = {NULL};
    char name[64];
    const size_t length = strcspn(word, "=");
    (void)snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : (int)sizeof name - 1, word);
    size_t similar = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[i] = option_facts[i].name;
        similar += length > 2 && strncmp(word + 2, names[i], length - 2) == 0;
    }
    if (strncmp(word, "--", 2) == 0 && similar > 1)
        return complain(complaint, "", "%s can mean several options; write the name in full", name);
    const char *nearest = nearest_name(name + strspn(name, "-"), names);
    if (nearest == NULL)
        return complain(complaint, "", "there is no option %s; see keycard --help", name);
    return complain(complaint, "", "there is no option %s; did you mean --%s?", name, nearest);
}

/* Of two URIs for one name on the command line nobody knows which one is meant. */
static bool is_system_again(const struct settings *settings, const char *value)
{
    const struct values *systems = &settings->values[OPTION_SYSTEM];
    const size_t length = strcspn(value, "=");
    for (size_t i = 0; i < systems->count && value[length] == '='; i++) {
        if (strncmp(systems->items[i], value, length + 1) == 0)
            return true;
    }
    return false;
}

static bool take_option(struct settings *settings, enum setting option, const char *value, struct complaint *complaint)
{
    const struct option_facts *facts = &option_facts[option];
    if (facts->value_name != NULL && !facts->repeatable && options_given(settings, option))
        return complain(complaint, facts->name, "--%s is given twice", facts->name);
    if (facts->value_name != NULL && value[0] == '\0')
        return complain(complaint, facts->name, "--%s needs a value: --%s %s", facts->name, facts->name,
                        facts->value_name);
    if (option == OPTION_SYSTEM && is_system_again(settings, value))
        return complain(complaint, facts->name, "--system is given twice for the name \"%.*s\"",
                        (int)strcspn(value, "="), value);
    if (!values_add(&settings->values[option], value))
        return complain(complaint, "", "memory is used up");
    return true;
}

/* The value was forgotten, and the next option taken for it. What really begins so is written --guest=--room. */
static bool is_option(const char *word)
{
    for (int option = 0; option < OPTION_COUNT && strncmp(word, "--", 2) == 0; option++) {
        const size_t length = strlen(option_facts[option].name);
        if (strncmp(word + 2, option_facts[option].name, length) == 0 && strchr("=", word[2 + length]) != NULL)
            return true;
    }
    return false;
}

static bool take_words(int count, char **arguments, struct settings *settings, struct complaint *complaint)
{
    for (; optind < count; optind++) {
        if (settings->command == NULL)
            settings->command = arguments[optind];
        else if (settings->argument == NULL)
            settings->argument = arguments[optind];
        else if (strcmp(settings->command, "ledger") == 0 && settings->word_count < 2)
            settings->words[settings->word_count++] = arguments[optind];
        else
            return complain(complaint, "", "\"%s\" is one word too many; values with blanks need quotes",
                            arguments[optind]);
    }
    return true;
}

bool options_read(int count, char **arguments, struct settings *settings, struct complaint *complaint)
{
    struct option known[OPTION_COUNT + 1] = {{NULL, 0, NULL, 0}};
    for (int i = 0; i < OPTION_COUNT; i++) {
        const int takes_value = option_facts[i].value_name != NULL ? required_argument : no_argument;
        known[i] = (struct option){option_facts[i].name, takes_value, NULL, 256 + i};
    }
    opterr = 0;
    optind = 1;
    for (;;) {
        const int code = getopt_long(count, arguments, ":h", known, NULL);
        if (code == -1)
            break;
        const char *word = arguments[optind - 1];
        if (code == ':')
            return complain(complaint, "", "%s needs a value", word);
        if (code == '?' && optopt >= 256)
            return complain(complaint, "", "--%s takes no value", option_facts[optopt - 256].name);
        if (code == '?' && optopt != 0)
            return complain(complaint, "", "there is no option -%c; see keycard --help", optopt);
        if (code == '?')
            return complain_unknown(word, complaint);
        const enum setting option = code == 'h' ? OPTION_HELP : (enum setting)(code - 256);
        if (optarg == word && is_option(optarg))
            return complain(complaint, option_facts[option].name, "--%s needs a value, and what follows is %s",
                            option_facts[option].name, optarg);
        if (!take_option(settings, option, optarg != NULL ? optarg : "", complaint))
            return false;
    }
    return take_words(count, arguments, settings, complaint);
}
