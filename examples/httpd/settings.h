/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file of the service. */
#ifndef HTTPD_SETTINGS_H
#define HTTPD_SETTINGS_H

#include "../common/pairs.h"

struct settings {
    struct pairs values;             /* [httpd] and [keycard], each name once */
    struct pairs policies;           /* [policy] */
    struct pairs systems;            /* [system NAME] */
    struct pairs tokens;             /* [token NAME]: sha256, and may = all or read */
    char *certificate, *private_key; /* PEM, NULL without TLS */
};

/* Reads the file, and the files of TLS that it names. False with a sentence in `fault`. */
bool settings_read(const char *path, struct settings *settings, char *fault, size_t size);
void settings_free(struct settings *settings);
/* A value of [httpd] or [keycard], else its default. */
const char *settings_value(const struct settings *settings, const char *name);

#endif
