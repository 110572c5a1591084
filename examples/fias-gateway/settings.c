/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of settings and the reading of the configuration file. */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/ini_file.h"
#include "../common/nearest.h"

#define GATEWAY "gateway"
#define KEYCARD "keycard"

const struct setting_facts setting_facts[SETTING_COUNT] = {
    [SETTING_CONNECT] = {GATEWAY, "connect", "", "text", "the PMS listens there: ADDRESS:PORT, the address in digits"},
    [SETTING_LISTEN] = {GATEWAY, "listen", "", "text", "the PMS connects: PORT on the loopback address, ADDRESS:PORT"},
    [SETTING_ALLOW] = {GATEWAY, "allow", "", "text", "who may connect: addresses separated by commas; empty: all"},
    [SETTING_SECOND] = {GATEWAY, "second", "replace", "replace,refuse", "what a second connection of a PMS does"},
    [SETTING_CONNECT_TIMEOUT] = {GATEWAY, "connect-timeout", "10000", "100..600000",
                                 "milliseconds until a connection must stand"},
    [SETTING_BACK_OFF] = {GATEWAY, "back-off", "1000", "10..60000",
                          "milliseconds until the next try; doubled each time, up to a minute"},
    [SETTING_START_WAIT] = {GATEWAY, "start-wait", "3000", "0..60000", "milliseconds in which the PMS may speak first"},
    [SETTING_START_TIMEOUT] = {GATEWAY, "start-timeout", "30000", "100..600000",
                               "milliseconds to wait for the PMS's answer when the link starts or is checked"},
    [SETTING_ALIVE_CHECK] = {GATEWAY, "alive-check", "300", "0..86400",
                             "seconds of silence until the PMS is asked whether it is alive; 0: never"},
    [SETTING_FAMILY] = {GATEWAY, "family", "DL", "text", "the interface family that is told to the PMS"},
    [SETTING_CODE_PAGE] = {GATEWAY, "code-page", "ISO-8859-1", "text", "the PMS's code page, as iconv knows it"},
    [SETTING_STATION] = {GATEWAY, "station", "workstation", "text",
                         "the station: workstation (of the record), encoder, or a name for all"},
    [SETTING_ARRIVAL_DAY] = {GATEWAY, "arrival-day", "now", "now,check-in",
                             "when a key of the arrival day starts: now, or at the check-in time"},
    [SETTING_KEY_COUNT] = {GATEWAY, "key-count", "on", "on,off", "whether the key count (K#) is taken"},
    [SETTING_PRINT_TEXT] = {GATEWAY, "print-text", "off", "on,off", "whether text for the card (CT) is taken"},
    [SETTING_CLOSED_OPTIONS] = {GATEWAY, "closed-options", "deny", "deny,leave",
                                "what a key option of 0 does: deny the area, or leave it to the lock system"},
    [SETTING_CARD_NUMBER] = {GATEWAY, "card-number", "on", "on,off", "whether the card's number is returned ($2)"},
    [SETTING_GUEST_RECORDS] = {GATEWAY, "guest-records", "off", "off,notice,check-out",
                               "whether GI, GC and GO are asked for, and GO checks out"},
    [SETTING_SHARED_CHECK_OUT] = {GATEWAY, "shared-check-out", "refuse", "refuse,allow",
                                  "whether keys are deleted in a room in which another reservation has keys"},
    [SETTING_UNKNOWN_ANSWER] = {GATEWAY, "unknown-answer", "UR", "text",
                                "the answer if nobody knows whether a card was made: an AS value, or none"},
    [SETTING_ANSWER_WITHIN] = {GATEWAY, "answer-within", "0", "0..3600",
                               "seconds after which a request is cancelled, less than the PMS waits; 0: no limit"},
    [SETTING_REPEAT_WINDOW] = {GATEWAY, "repeat-window", "300", "0..86400",
                               "seconds in which a request without date and time counts as a repetition"},
    [SETTING_LEDGER] = {KEYCARD, "ledger", "", "text",
                        "where keys and operations are recorded: sqlite:PATH or postgresql://HOST/DATABASE"},
    [SETTING_SITE] = {KEYCARD, "site", "hotel", "text", "the property"},
    [SETTING_TIME_ZONE] = {KEYCARD, "time-zone", "UTC", "text", "IANA time zone of the site"},
    [SETTING_CHECK_IN] = {KEYCARD, "check-in", "15:00", "text", "default check-in time"},
    [SETTING_CHECK_OUT] = {KEYCARD, "check-out", "11:00", "text", "default check-out time"},
    [SETTING_OPERATOR] = {KEYCARD, "operator", "", "text", "who asks, where the PMS does not tell"},
};

struct reading {
    struct settings *settings;
    const struct ini_file *file;
    char *fault;
    size_t size;
};

#define fail(reading, ...) ini_file_complain((reading)->file, (reading)->fault, (reading)->size, __VA_ARGS__)

static bool fail_unknown(const struct reading *reading, const char *what, const char *name, const char *nearest)
{
    if (nearest != NULL)
        return fail(reading, "%s \"%s\"; did you mean \"%s\"?", what, name, nearest);
    return fail(reading, "%s \"%s\"", what, name);
}

/* ---- Values ---------------------------------------------------------------------------------------------------- */

/* Whether `value` is one of "a,b,c". */
static bool is_word(const char *words, const char *value)
{
    const size_t length = strlen(value);
    for (const char *at = words; *at != '\0'; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
        if (strcspn(at, ",") == length && memcmp(at, value, length) == 0)
            return true;
    }
    return false;
}

static bool check_value(const struct reading *reading, const struct setting_facts *facts, const char *value)
{
    const char *dots = strstr(facts->values, "..");
    if (strcmp(facts->values, "text") == 0)
        return true;
    if (dots == NULL) {
        return is_word(facts->values, value) ||
               fail(reading, "%s is one of %s, not \"%s\"", facts->name, facts->values, value);
    }
    char *end = NULL;
    const long number = strtol(value, &end, 10);
    const bool good = value[strspn(value, "0123456789")] == '\0' && end != value && strlen(value) < 10 &&
                      number >= strtol(facts->values, NULL, 10) && number <= strtol(dots + 2, NULL, 10);
    return good || fail(reading, "%s is a whole number, %s, not \"%s\"", facts->name, facts->values, value);
}

static bool add_pair(const struct reading *reading, struct pairs *pairs, const char *section, const char *name,
                     const char *value)
{
    return pairs_add(pairs, section, name, value) || fail(reading, "memory is used up");
}

static bool has_pair(const struct pairs *pairs, const char *section, const char *name)
{
    return pairs_find(pairs, section, name) != NULL;
}

/* ---- Sections -------------------------------------------------------------------------------------------------- */

static bool take_setting(const struct reading *reading, const char *section, const char *name, const char *value)
{
    const char *names[SETTING_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_facts *facts = &setting_facts[i];
        if (strcmp(facts->section, section) != 0)
            continue;
        names[count++] = facts->name;
        if (strcmp(facts->name, name) != 0)
            continue;
        if (reading->settings->values[i] != NULL)
            return fail(reading, "\"%s\" is given twice", name);
        if (!check_value(reading, facts, value))
            return false;
        reading->settings->values[i] = strdup(value);
        return reading->settings->values[i] != NULL || fail(reading, "memory is used up");
    }
    char what[80];
    (void)snprintf(what, sizeof what, "the section [%s] knows no", section);
    return fail_unknown(reading, what, name, nearest_name(name, names));
}

/* "3" is position 3 with whatever stands there, "3B" is position 3 with B. */
static bool take_option(const struct reading *reading, const char *name, const char *value)
{
    const size_t digits = strspn(name, "0123456789");
    const long position = digits > 0 && digits < 3 ? strtol(name, NULL, 10) : 0;
    const char *letter = name + digits;
    const bool plain = letter[0] == '\0' || (letter[0] > ' ' && letter[0] < 0x7f && letter[1] == '\0');
    if (position < 1 || position > 20 || !plain)
        return fail(reading, "a key option is a position from 1 to 20, or one and a character such as 3B, not \"%s\"",
                    name);
    if (has_pair(&reading->settings->options, "", name))
        return fail(reading, "the key option \"%s\" is given twice", name);
    return add_pair(reading, &reading->settings->options, "", name, value);
}

static bool take_encoder(const struct reading *reading, const char *name, const char *value)
{
    if (strlen(name) > 8)
        return fail(reading, "a key coder has 1 to 8 characters, not \"%s\"", name);
    if (has_pair(&reading->settings->encoders, "", name))
        return fail(reading, "the key coder \"%s\" is given twice", name);
    return add_pair(reading, &reading->settings->encoders, "", name, value);
}

static bool take_line(void *user, const char *section, const char *name, const char *value)
{
    static const char *const sections[] = {GATEWAY, KEYCARD, "policy", "encoders", "options", "system", NULL};
    const struct reading *reading = user;
    if (strcmp(section, GATEWAY) == 0 || strcmp(section, KEYCARD) == 0)
        return take_setting(reading, section, name, value);
    if (strcmp(section, "encoders") == 0)
        return take_encoder(reading, name, value);
    if (strcmp(section, "options") == 0)
        return take_option(reading, name, value);
    if (strcmp(section, "policy") == 0) {
        if (strcmp(name, "second-original") == 0 && strcmp(value, "confirm") == 0)
            return fail(reading, "second-original cannot be confirm: nobody can be asked; use warn or refuse");
        return add_pair(reading, &reading->settings->policies, "", name, value);
    }
    if (strncmp(section, "system ", 7) == 0) {
        const char *system = section + 7 + strspn(section + 7, " \t");
        if (strcmp(name, "uri") == 0 && has_pair(&reading->settings->systems, system, name))
            return fail(reading, "a second uri for the system \"%s\"", system);
        return add_pair(reading, &reading->settings->systems, system, name, value);
    }
    if (section[0] == '\0')
        return fail_unknown(reading, "before the first section, such as [gateway], stands", name, NULL);
    return fail_unknown(reading, "there is no section", section, nearest_name(section, sections));
}

/* ---- The whole ------------------------------------------------------------------------------------------------- */

static bool check_whole(struct reading *reading)
{
    const struct settings *settings = reading->settings;
    const struct ini_file whole = {.path = reading->file->path};
    const char *unknown = setting_text(settings, SETTING_UNKNOWN_ANSWER);
    const char *family = setting_text(settings, SETTING_FAMILY);
    reading->file = &whole; /* it is about no single line */
    if ((settings->values[SETTING_CONNECT] != NULL) == (settings->values[SETTING_LISTEN] != NULL))
        return fail(reading, "say in [gateway] how the PMS is reached: connect = ADDRESS:PORT or listen = PORT, not "
                             "both");
    if (settings->values[SETTING_LEDGER] == NULL)
        return fail(reading, "say in [keycard] where keys are recorded: ledger = sqlite:PATH");
    if (strcmp(unknown, "none") != 0 &&
        (strlen(unknown) != 2 || unknown[strspn(unknown, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0'))
        return fail(reading, "unknown-answer is a value of AS such as UR, or none, not \"%s\"", unknown);
    if (strcmp(unknown, "OK") == 0)
        return fail(reading, "unknown-answer cannot be OK: that would be a claim that the card was made");
    if (strlen(family) != 2 || strchr(family, '|') != NULL)
        return fail(reading, "family has two characters, such as DL, not \"%s\"", family);
    if (settings->systems.count == 0)
        return fail(reading, "no lock system is named: [system NAME] with uri = URI");
    for (size_t i = 0; i < settings->systems.count; i++) {
        const char *system = settings->systems.items[i].section;
        if (!has_pair(&settings->systems, system, "uri"))
            return fail(reading, "the section [system %s] has no uri", system);
    }
    return true;
}

bool settings_read(const char *path, struct settings *settings, char *fault, size_t size)
{
    struct ini_file file = {.path = path, .take = take_line};
    struct reading reading = {.settings = settings, .file = &file, .fault = fault, .size = size};
    file.user = &reading;
    return ini_file_read_or_say(&file, fault, size) && check_whole(&reading);
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free(settings->values[i]);
    pairs_free(&settings->policies);
    pairs_free(&settings->encoders);
    pairs_free(&settings->options);
    pairs_free(&settings->systems);
}

const char *setting_text(const struct settings *settings, enum setting setting)
{
    return settings->values[setting] != NULL ? settings->values[setting] : setting_facts[setting].value;
}

bool setting_is(const struct settings *settings, enum setting setting, const char *value)
{
    return strcmp(setting_text(settings, setting), value) == 0;
}

int32_t setting_number(const struct settings *settings, enum setting setting)
{
    return (int32_t)strtol(setting_text(settings, setting), NULL, 10);
}
