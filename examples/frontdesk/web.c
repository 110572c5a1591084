/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front desk's side of the HTTP server: its headers, answers and cookies. */
#include "web.h"

#include <stdio.h>
#include <stdlib.h>

#define POLICY                                                                                                         \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "   \
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

static const char *const headers[][2] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Cache-Control", "no-store"},
    {NULL, NULL},
};

void answer_json(struct request *request, unsigned status, json_t *body)
{
    web_answer_json(&request->web, status, "application/json", body);
}

void answer_error(struct request *request, unsigned status, const char *code, const char *message)
{
    answer_json(request, status, json_pack("{s{ss ss}}", "error", "code", code, "message", message));
}

void answer_cookie(struct request *request, const char *name, const char *value, long seconds)
{
    char *text = NULL, age[40] = "";
    if (seconds >= 0)
        (void)snprintf(age, sizeof age, "; Max-Age=%ld", seconds);
    if (asprintf(&text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, value, age,
                 request->desk->secure_cookies ? "; Secure" : "") < 0)
        return;
    web_answer_header(&request->web, "Set-Cookie", text);
    free(text);
}

static void handle(struct web_request *web)
{
    struct request *request = (struct request *)web;
    request->desk = (struct desk *)web->web; /* its first member */
    route(request);
    request->session = NULL;
}

static void release(struct web_request *web)
{
    struct request *request = (struct request *)web;
    free(request->user);
}

bool desk_listen(struct desk *desk, const char *listen, bool allow_remote)
{
    static const char *const methods[] = {"GET", "POST", "PUT", NULL};
    const struct web_options options = {
        .program = "frontdesk",
        .listen = listen,
        .allow_remote = allow_remote,
        .remote_advice = "allow-remote = yes, and a proxy with TLS before it (secure-cookies = yes)",
        .methods = methods,
        .headers = headers,
        .request_size = sizeof(struct request),
        .largest_body = LARGEST_BODY,
        .handle = handle,
        .release = release,
    };
    return web_open(&desk->web, &options);
}
