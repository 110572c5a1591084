/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the configuration file, with libinih. */
#include "settings.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct settings *settings;
    FILE *file;
    unsigned line;
    const char *fault;
};

static const char *const names[] = {"listen",   "allow-remote", "secure-cookies", "host",      "station",  "area",
                                    "bookings", "ledger",       "site",           "time-zone", "check-in", "check-out",
                                    NULL};

static bool is_known(const char *section, const char *name)
{
    if (strncmp(section, "system ", 7) == 0 && section[7] != '\0')
        return true; /* the library knows which options there are */
    if (strcmp(section, "policy") == 0)
        return true;
    if (strncmp(section, "user ", 5) == 0 && section[5] != '\0')
        return strcmp(name, "password") == 0;
    for (size_t i = 0; strcmp(section, "frontdesk") == 0 && names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool add(struct reading *reading, const char *section, const char *name, const char *value)
{
    struct settings *settings = reading->settings;
    struct setting *items = reallocarray(settings->items, settings->count + 1, sizeof *items);
    if (items == NULL)
        return false;
    settings->items = items;
    struct setting *item = &items[settings->count];
    *item = (struct setting){strdup(section), strdup(name), strdup(value), reading->line};
    settings->count++;
    return item->section != NULL && item->name != NULL && item->value != NULL;
}

/* libinih calls this for every line; 1 is success. */
static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->fault != NULL)
        return 0;
    if (name[0] == '\0' || value[0] == '\0')
        reading->fault = "a value is missing; write NAME = VALUE";
    else if (!is_known(section, name))
        reading->fault = "there is no such section or name";
    else if (!add(reading, section, name, value))
        reading->fault = "memory is used up";
    return reading->fault == NULL;
}

/* Gives libinih the next line, as fgets does, but never a part of one. */
static char *next_line(char *buffer, int size, void *user)
{
    struct reading *reading = user;
    if (reading->fault != NULL || fgets(buffer, size, reading->file) == NULL)
        return NULL;
    reading->line++;
    if (strchr(buffer, '\n') == NULL && !feof(reading->file)) {
        reading->fault = "the line is too long, or it has a zero byte";
        return NULL;
    }
    return buffer;
}

bool settings_read(struct settings *settings, const char *path)
{
    *settings = (struct settings){.path = strdup(path)};
    struct reading reading = {.settings = settings, .file = fopen(path, "re")};
    if (reading.file == NULL || settings->path == NULL) {
        fprintf(stderr, "frontdesk: %s cannot be read: %m\n", path);
        if (reading.file != NULL)
            fclose(reading.file);
        return false;
    }
    const int line = ini_parse_stream(next_line, &reading, take_line, &reading);
    if (line != 0 && reading.fault == NULL)
        reading.fault = "this is neither [SECTION] nor NAME = VALUE";
    if (ferror(reading.file) && reading.fault == NULL)
        reading.fault = "the file cannot be read";
    fclose(reading.file);
    if (reading.fault == NULL)
        return true;
    fprintf(stderr, "frontdesk: %s, line %u: %s\n", path, line > 0 ? (unsigned)line : reading.line, reading.fault);
    return false;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->items[i].section);
        free(settings->items[i].name);
        free(settings->items[i].value);
    }
    free(settings->items);
    free(settings->path);
    *settings = (struct settings){.path = NULL};
}

const char *settings_item(const struct settings *settings, const char *name, size_t index)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *item = &settings->items[i];
        if (strcmp(item->section, "frontdesk") == 0 && strcmp(item->name, name) == 0 && index-- == 0)
            return item->value;
    }
    return NULL;
}

size_t settings_count(const struct settings *settings, const char *name)
{
    size_t count = 0;
    while (settings_item(settings, name, count) != NULL)
        count++;
    return count;
}

const char *settings_value(const struct settings *settings, const char *name, const char *otherwise)
{
    const char *value = settings_item(settings, name, 0);
    return value != NULL ? value : otherwise;
}

int settings_switch(const struct settings *settings, const char *name)
{
    const char *value = settings_value(settings, name, "no");
    if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
        return value[0] == 'y';
    fprintf(stderr, "frontdesk: %s: %s is yes or no, not \"%s\"\n", settings->path, name, value);
    return -1;
}

const char *settings_named(const struct setting *setting, const char *word)
{
    const size_t length = strlen(word);
    return strncmp(setting->section, word, length) == 0 && setting->section[length] == ' '
               ? setting->section + length + 1
               : NULL;
}

void settings_complain(const struct settings *settings, const struct setting *setting, const char *what)
{
    fprintf(stderr, "frontdesk: %s, line %u: %s\n", settings->path, setting->line, what);
}
