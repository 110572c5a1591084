/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the URI of an HTTP link and its options say, checked. */
#ifndef KEYCARD_TRANSPORT_HTTP_OPTIONS_H
#define KEYCARD_TRANSPORT_HTTP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/error.h"
#include "util/uri.h"

/* Texts are never NULL; "" is what is not set. */
struct http_options {
    bool tls;
    const char *host; /* without brackets */
    int32_t port;
    const char *name; /* for people: "10.0.0.5:1619" */
    const char *base; /* what the path of a request is appended to; ends before it */
    bool rootless;    /* `base` ends right after the port, so that a path must follow */
    const char *ca_file, *pinned_key, *client_certificate, *client_key, *client_key_password;
    const char *user, *password;
    const char *header;     /* "Name: value" */
    const char *proxy;      /* "http://host:port" */
    const char *proxy_name; /* the same for people */
    const char *proxy_host; /* without brackets */
    int32_t proxy_port;
    const char *proxy_user, *proxy_password;
    int64_t connect_ms, reply_ms;
    size_t reply_limit;
};

/* Names of the options, ends with NULL; those that are never shown. */
extern const char *const http_option_names[];
extern const char *const http_option_secrets[];

/* Reads the URI; `tls`: it is one of https. Options come one after the other while a system is set up, so what they
 * need of each other is only looked at if `whole`. The texts live in the arena, those of the URI not copied unless
 * `whole`. */
int32_t http_options_read(struct arena *arena, const struct uri *uri, bool tls, bool whole,
                          struct http_options *options, struct kc_error *error);

/* Whether a text may be the name of a header field, or its value: no control bytes. */
bool http_is_name(const char *name);
bool http_is_value(const char *value);
/* Fields that HTTP itself sets: length, framing, host and connection. */
bool http_is_own_field(const char *name);

#endif
