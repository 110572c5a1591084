/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file, read by libinih. Every line becomes the value of an option, so that the file and the command
 * line cannot differ in what they mean:
 *
 *     [keycard]        station = desk-1     is  --station desk-1
 *     [policy]         minutes = inward     is  --policy minutes=inward
 *     [system NAME]    uri = URI            is  --system NAME=URI
 *                      mobile = on          is  --option NAME.mobile=on
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/ini_file.h"
#include "options.h"

struct reading {
    struct settings *settings; /* what the command line says */
    struct settings file;      /* what the file says */
    struct complaint *complaint;
    const struct ini_file *ini;
    bool failed;
};

static bool fail(struct reading *reading, const char *what, const char *name, const char *nearest)
{
    if (reading->failed)
        return false;
    reading->failed = true;
    return complain(reading->complaint, "config", "%s, line %u: %s%s%s%s%s%s%s", reading->ini->path, reading->ini->line,
                    what, name != NULL ? " \"" : "", name != NULL ? name : "", name != NULL ? "\"" : "",
                    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?" : "");
}

static bool add(struct reading *reading, enum setting option, const char *value)
{
    return values_add(&reading->file.values[option], value) ? true : fail(reading, "memory is used up", NULL, NULL);
}

/* Adds BEFORE NAME = VALUE, as the command line would have it. */
static bool add_assignment(struct reading *reading, enum setting option, const char *before, const char *name,
                           const char *value)
{
    char *text = NULL;
    if (asprintf(&text, "%s%s=%s", before, name, value) < 0)
        return fail(reading, "memory is used up", NULL, NULL);
    const bool added = add(reading, option, text);
    free(text);
    return added;
}

static bool take_general(struct reading *reading, const char *name, const char *value)
{
    const enum setting option = option_find(name);
    if (option != OPTION_COUNT && option_facts[option].in_file) {
        if (options_given(&reading->file, option))
            return fail(reading, "this is given twice:", name, NULL);
        return add(reading, option, value);
    }
    const char *names[OPTION_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (option_facts[i].in_file)
            names[count++] = option_facts[i].name;
    }
    return fail(reading, "the section [keycard] knows no", name, nearest_name(name, names));
}

static bool take_system(struct reading *reading, const char *system, const char *name, const char *value)
{
    if (system[0] == '\0' || strchr(system, '=') != NULL)
        return fail(reading, "a system needs a name without \"=\": [system NAME], not", system, NULL);
    const struct values *systems = &reading->file.values[OPTION_SYSTEM];
    const size_t length = strlen(system);
    for (size_t i = 0; i < systems->count && strcmp(name, "uri") == 0; i++) {
        if (strncmp(systems->items[i], system, length) == 0 && systems->items[i][length] == '=')
            return fail(reading, "a second uri for the system", system, NULL);
    }
    if (strcmp(name, "uri") == 0)
        return add_assignment(reading, OPTION_SYSTEM, "", system, value);
    char *before = NULL;
    if (asprintf(&before, "%s.", system) < 0)
        return fail(reading, "memory is used up", NULL, NULL);
    const bool added = add_assignment(reading, OPTION_OPTION, before, name, value);
    free(before);
    return added;
}

static bool take_line(void *user, const char *section, const char *name, const char *value)
{
    static const char *const sections[] = {"keycard", "policy", "system", NULL};
    static const char system_section[] = "system ";
    struct reading *reading = user;
    if (strcmp(section, "keycard") == 0)
        return take_general(reading, name, value);
    if (strcmp(section, "policy") == 0)
        return add_assignment(reading, OPTION_POLICY, "", name, value);
    if (strncmp(section, system_section, sizeof system_section - 1) == 0) {
        const char *system = section + sizeof system_section - 1;
        return take_system(reading, system + strspn(system, " \t"), name, value);
    }
    if (section[0] == '\0')
        return fail(reading, "this stands before the first section, such as [keycard]:", name, NULL);
    return fail(reading, "the sections are [keycard], [policy] and [system NAME]; there is no section", section,
                nearest_name(section, sections));
}

/* Values of the file come first, so that those of the command line have the last word; where there can be only one,
 * that of the command line stands. */
static bool merge(struct reading *reading)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct values *file = &reading->file.values[i], *given = &reading->settings->values[i];
        if (file->count == 0 || (!option_facts[i].repeatable && given->count > 0))
            continue;
        for (size_t k = 0; k < given->count; k++) {
            if (!values_add(file, given->items[k]))
                return complain(reading->complaint, "", "memory is used up");
        }
        const struct values before = *given;
        *given = *file;
        *file = before; /* freed with the rest of the file's */
    }
    return true;
}

/* The path, and whether the user named it. */
static char *find_path(const struct settings *settings, bool *named)
{
    const char *path = options_value(settings, OPTION_CONFIG);
    *named = path != NULL;
    if (path != NULL)
        return strdup(path);
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *found = NULL;
    if (folder != NULL && folder[0] == '/')
        return asprintf(&found, "%s/keycard/keycard.conf", folder) < 0 ? NULL : found;
    if (home != NULL && home[0] == '/')
        return asprintf(&found, "%s/.config/keycard/keycard.conf", home) < 0 ? NULL : found;
    return NULL;
}

bool options_read_file(struct settings *settings, struct complaint *complaint)
{
    bool named = false, read = false;
    char *path = find_path(settings, &named);
    if (path == NULL)
        return true;
    struct ini_file ini = {.path = path, .take = take_line};
    struct reading reading = {.settings = settings, .complaint = complaint, .ini = &ini};
    ini.user = &reading;
    if (!ini_file_read(&ini)) {
        read = ini.missing && !named;
        if (!read && ini.fault[0] != '\0')
            complain(complaint, "config", "%s", ini.fault);
    } else {
        read = merge(&reading);
    }
    options_free(&reading.file);
    free(path);
    return read;
}
