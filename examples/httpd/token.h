/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may ask. The configuration holds digests only: who reads it cannot ask. */
#ifndef HTTPD_TOKEN_H
#define HTTPD_TOKEN_H

#include "settings.h"

struct token_holder {
    const char *name; /* of the section [token NAME]; lives as long as the settings */
    bool read_only;
};

/* Who holds the token of an Authorization header ("Bearer TOKEN"); false if nobody does, also for NULL. */
bool token_find(const struct settings *settings, const char *authorization, struct token_holder *holder);
/* Prints a new token, and its digest for the configuration; the exit status. */
int token_print_new(void);

#endif
