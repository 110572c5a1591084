/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A strict parser for the URIs of systems and ledgers. */
#ifndef KEYCARD_UTIL_URI_H
#define KEYCARD_UTIL_URI_H

#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"

struct uri_option {
    const char *name;
    const char *value;
};

/* scheme ":" [ "//" [ user [ ":" password ] "@" ] host [ ":" port ] ] [ path ] [ "?" name "=" value { "&" ... } ]
 * Percent-escapes are decoded in user, password, path and options. IPv6 hosts stand in brackets, which are taken off.
 */
struct uri {
    const char *scheme; /* lower case, never "" */
    const char *user;   /* "" if absent, as all below */
    const char *password;
    const char *host;
    int32_t port;     /* -1 if absent; else 0 to 65535 */
    const char *path; /* with its leading '/', if it has one */
    const struct uri_option *options;
    size_t option_count;
};

/* Parses into the arena. The error says what is wrong and where, never showing user or password. Control bytes, bad
 * escapes, %00, spaces, an empty host after "//" (allowed if a path follows: "sqlite:///x"), a bad port, an option
 * twice, a fragment: all errors. */
int32_t uri_parse(struct arena *arena, const char *text, struct uri *uri, struct kc_error *error);
/* "http://host:port/path" of it, percent-encoded, without user and options; the port only if the URI has one. NULL:
 * memory is used up. */
const char *uri_http_url(struct arena *arena, const char *scheme, const struct uri *uri);

#endif
