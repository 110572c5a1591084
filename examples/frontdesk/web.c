/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP server: from the bytes of a request to route(), and back from an answer to bytes. */
#include "web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Whoever sends more than that after the limit is cut off instead of being told. */
enum { MOST_IGNORED = 1024 * 1024 };

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
                             "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                             "require-trusted-types-for 'script'; trusted-types 'none'";

void web_add_headers(struct MHD_Response *response, const char *type)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy", policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
        {"Cache-Control", "no-store"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    (void)MHD_add_response_header(response, "Content-Type", type);
}

struct MHD_Response *web_response(size_t size, void *content, enum MHD_ResponseMemoryMode mode, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, content, mode);
    if (response != NULL)
        web_add_headers(response, type);
    return response;
}

void answer_header(struct request *request, const char *name, const char *value)
{
    if (request->response != NULL)
        (void)MHD_add_response_header(request->response, name, value);
}

void answer_cookie(struct request *request, const char *name, const char *value, long seconds)
{
    char *text = NULL, age[40] = "";
    if (seconds >= 0)
        (void)snprintf(age, sizeof age, "; Max-Age=%ld", seconds);
    if (asprintf(&text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, value, age,
                 request->desk->secure_cookies ? "; Secure" : "") < 0)
        return;
    answer_header(request, "Set-Cookie", text);
    free(text);
}

static void resume(struct request *request)
{
    request->waiting = false;
    if (request->suspended) {
        request->suspended = false;
        MHD_resume_connection(request->connection);
    }
}

void answer_json(struct request *request, unsigned status, json_t *body)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    request->status = text != NULL ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
    request->response = text != NULL ? web_response(strlen(text), text, MHD_RESPMEM_MUST_FREE, "application/json")
                                     : web_response(0, NULL, MHD_RESPMEM_PERSISTENT, "application/json");
    if (request->response == NULL)
        free(text);
    resume(request);
}

void answer_error(struct request *request, unsigned status, const char *code, const char *message)
{
    answer_json(request, status, json_pack("{s{ss ss}}", "error", "code", code, "message", message));
}

void request_wait(struct request *request)
{
    request->waiting = true;
}

static struct request *request_new(struct desk *desk, struct MHD_Connection *connection, const char *method,
                                   const char *path)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return NULL;
    *request = (struct request){.desk = desk, .connection = connection, .path = strdup(path)};
    static const char *const methods[] = {"GET", "POST", "PUT"};
    request->method = "";
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i]) == 0)
            request->method = methods[i];
    }
    if (request->path == NULL) {
        free(request);
        return NULL;
    }
    return request;
}

/* libmicrohttpd: the exchange is over, however it ended. */
static void request_over(void *user, struct MHD_Connection *connection, void **place,
                         enum MHD_RequestTerminationCode code)
{
    (void)user, (void)connection, (void)code;
    struct request *request = *place;
    if (request == NULL)
        return;
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    free(request->user);
    free(request->path);
    free(request->body);
    free(request);
    *place = NULL;
}

static void take_body(struct request *request, const char *data, size_t size)
{
    if (request->body_too_large || size > LARGEST_BODY - request->body_size) {
        request->body_too_large = true;
        request->body_ignored += size;
        return;
    }
    char *body = realloc(request->body, request->body_size + size);
    if (body == NULL) {
        request->body_too_large = true;
        return;
    }
    memcpy(body + request->body_size, data, size);
    request->body = body;
    request->body_size += size;
}

static enum MHD_Result send_answer(struct request *request)
{
    if (request->response == NULL)
        return MHD_NO;
    return MHD_queue_response(request->connection, request->status, request->response);
}

/* libmicrohttpd: called for the head, for each piece of the body, for its end, and after a wait. */
static enum MHD_Result take_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *data, size_t *data_size, void **place)
{
    struct desk *desk = user;
    struct request *request = *place;
    (void)version;
    if (request == NULL) {
        request = request_new(desk, connection, method, url);
        *place = request;
        return request != NULL ? MHD_YES : MHD_NO;
    }
    if (*data_size > 0) {
        take_body(request, data, *data_size);
        *data_size = 0;
        return request->body_ignored > MOST_IGNORED ? MHD_NO : MHD_YES;
    }
    if (!request->handled) {
        request->handled = true;
        route(request);
        request->session = NULL;
    }
    if (request->waiting) {
        request->suspended = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return send_answer(request);
}

/* Paths are compared as they come: none that this server knows needs an escape. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

/* "HOST:PORT" with a literal address, or localhost. */
static bool parse_address(const char *text, struct sockaddr_storage *address, bool *loopback)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    char host[64];
    char *end = NULL;
    const char *colon = strrchr(text, ':');
    memset(address, 0, sizeof *address);
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof host || colon[1] < '0' || colon[1] > '9')
        return false;
    const unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port > 65535)
        return false;
    const size_t length = (size_t)(colon - text);
    const bool brackets = text[0] == '[' && text[length - 1] == ']' && length > 2;
    memcpy(host, text + brackets, length - 2 * brackets);
    host[length - 2 * brackets] = '\0';
    if (strcmp(host, "localhost") == 0)
        (void)snprintf(host, sizeof host, "127.0.0.1");
    if (!brackets && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *loopback = ntohl(four->sin_addr.s_addr) >> 24 == 127;
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    *loopback = false;
    if (!brackets || inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
        return false;
    *loopback = IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return true;
}

bool web_open(struct desk *desk, const char *listen, bool allow_remote)
{
    struct sockaddr_storage address;
    bool loopback = false;
    if (!parse_address(listen, &address, &loopback)) {
        fprintf(stderr, "frontdesk: listen is written HOST:PORT with a numeric address, not \"%s\"\n", listen);
        return false;
    }
    if (!loopback && !allow_remote) {
        fprintf(stderr,
                "frontdesk: %s can be reached by others; that needs allow-remote = yes, and a proxy with TLS before "
                "it (secure-cookies = yes)\n",
                listen);
        return false;
    }
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
                           (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    errno = 0;
    desk->daemon = MHD_start_daemon(flags, 0, NULL, NULL, take_request, desk, MHD_OPTION_SOCK_ADDR, &address,
                                    MHD_OPTION_NOTIFY_COMPLETED, request_over, NULL, MHD_OPTION_CONNECTION_LIMIT, 500U,
                                    MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                    (size_t)32 * 1024, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
                                    keep_escapes, NULL, MHD_OPTION_END);
    if (desk->daemon == NULL)
        fprintf(stderr, "frontdesk: cannot listen on %s: %s\n", listen, errno != 0 ? strerror(errno) : "refused");
    return desk->daemon != NULL;
}

unsigned web_port(const struct desk *desk)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(desk->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void web_close(struct desk *desk)
{
    if (desk->daemon != NULL)
        MHD_stop_daemon(desk->daemon);
    desk->daemon = NULL;
}
