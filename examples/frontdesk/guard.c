/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests that no page of this server can have sent. */
#include "web.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A literal address cannot be rebound by DNS; names must be known. */
static bool is_own_name(const struct desk *desk, const char *name)
{
    struct in6_addr address;
    const size_t length = strlen(name);
    char inner[64];
    if (length > 2 && length < sizeof inner && name[0] == '[' && name[length - 1] == ']') {
        memcpy(inner, name + 1, length - 2);
        inner[length - 2] = '\0';
        return inet_pton(AF_INET6, inner, &address) == 1;
    }
    if (inet_pton(AF_INET, name, &address) == 1 || strcasecmp(name, "localhost") == 0)
        return true;
    for (size_t i = 0; settings_item(&desk->settings, "host", i) != NULL; i++) {
        if (strcasecmp(name, settings_item(&desk->settings, "host", i)) == 0)
            return true;
    }
    return false;
}

bool guard_host(struct request *request)
{
    const char *host = web_header(&request->web, "Host");
    char name[256] = "";
    if (host != NULL && strlen(host) < sizeof name) {
        (void)snprintf(name, sizeof name, "%s", host);
        char *colon = strrchr(name, ':'), *bracket = strrchr(name, ']');
        if (colon != NULL && (bracket == NULL || colon > bracket))
            *colon = '\0';
        if (is_own_name(request->desk, name))
            return true;
    }
    answer_error(request, MHD_HTTP_MISDIRECTED_REQUEST, "host",
                 "This server is not called so; a name is allowed by \"host = NAME\" in the configuration.");
    return false;
}

bool guard_origin(struct request *request)
{
    const char *origin = web_header(&request->web, "Origin"), *site = web_header(&request->web, "Sec-Fetch-Site");
    const char *host = web_header(&request->web, "Host"), *type = web_header(&request->web, "Content-Type");
    const char *behind = origin != NULL ? strstr(origin, "://") : NULL;
    const bool foreign = (origin != NULL && (behind == NULL || host == NULL || strcasecmp(behind + 3, host) != 0)) ||
                         (site != NULL && strcasecmp(site, "same-origin") != 0);
    if (foreign) {
        answer_error(request, MHD_HTTP_FORBIDDEN, "origin", "The request comes from another site.");
        return false;
    }
    /* A form of another site cannot send this type without asking first. */
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0 ||
        (type[16] != '\0' && type[16] != ';' && type[16] != ' ')) {
        answer_error(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "media-type", "The body must be application/json.");
        return false;
    }
    return true;
}

bool guard_proof(struct request *request)
{
    const char *proof = web_header(&request->web, "X-CSRF-Token");
    if (proof != NULL && secret_equal(request->session->proof, proof))
        return true;
    answer_error(request, MHD_HTTP_FORBIDDEN, "csrf",
                 "The token of this session is missing or wrong; load the page again.");
    return false;
}
