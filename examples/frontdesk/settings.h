/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file, line by line. What a line means is known where it is used. */
#ifndef FRONTDESK_SETTINGS_H
#define FRONTDESK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct setting {
    char *section, *name, *value;
    unsigned line;
};

struct settings {
    char *path;
    struct setting *items;
    size_t count;
};

/* Reads a file; false after saying on standard error what is wrong with it. */
bool settings_read(struct settings *settings, const char *path);
void settings_free(struct settings *settings);

/* The value of [frontdesk] NAME, or `otherwise`. */
const char *settings_value(const struct settings *settings, const char *name, const char *otherwise);
/* 1 for "yes", 0 for "no" and for nothing; -1 after a complaint. */
int settings_switch(const struct settings *settings, const char *name);
/* How often a name is given in [frontdesk], and the value by index. */
size_t settings_count(const struct settings *settings, const char *name);
const char *settings_item(const struct settings *settings, const char *name, size_t index);
/* What follows the first word of a section such as "system salto", or NULL if it begins otherwise. */
const char *settings_named(const struct setting *setting, const char *word);
/* Says on standard error what is wrong with a line. */
void settings_complain(const struct settings *settings, const struct setting *setting, const char *what);

#endif
