/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One HTTP request and the reply to it, as drivers, core and transport hand them on. */
#ifndef KEYCARD_UTIL_HTTP_H
#define KEYCARD_UTIL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_field {
    const char *name, *value; /* of the header; control bytes in either make the request fail before it is sent */
};

struct http_request {
    const char *method; /* "POST" */
    const char *path;   /* appended to the path of the system's URI as it is: "", "/keys/7", "?WSDL" */
    const struct http_field *fields;
    size_t field_count;
    const void *body; /* copied */
    size_t body_size;
    bool repeatable;   /* it changes nothing, so that it may be sent again when a kept connection turns out dead */
    int64_t answer_ms; /* from when the connection stands until the reply begins */
};

struct http_reply {
    int32_t status;           /* 100 to 599 */
    const char *content_type; /* "" if there is none; not checked */
    const char *location;     /* where the server would rather be asked, "" if nowhere; never followed; not checked */
    const uint8_t *body;
    size_t body_size;
};

#endif
