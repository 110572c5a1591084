/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP server: from the bytes of a request to the program, and back from an answer to bytes. */
#include "web.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "listen_address.h"

/* Whoever sends more than that after the limit is cut off instead of being told. */
enum { MOST_IGNORED = 1024 * 1024 };
enum { LAST_ANSWERS = 1000, ACCEPT_PAUSE = 200 }; /* milliseconds */
enum { BACKLOG = 128, ACCEPT_MOST = 16 };
/* More than all that a program lets wait or listen for long: others still get an answer. */
static const unsigned MOST_CONNECTIONS = 800;

void web_add_headers(const struct web *web, struct MHD_Response *response, const char *type)
{
    const char *const(*headers)[2] = web->options.headers;
    for (size_t i = 0; headers[i][0] != NULL; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    (void)MHD_add_response_header(response, "Content-Type", type);
}

struct MHD_Response *web_response(const struct web *web, size_t size, void *content, enum MHD_ResponseMemoryMode mode,
                                  const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, content, mode);
    if (response != NULL)
        web_add_headers(web, response, type);
    return response;
}

const char *web_header(const struct web_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool web_split_path(struct web_request *request, const char *root, const char *parts[WEB_PATH_PARTS])
{
    const size_t length = strlen(root);
    if (strncmp(request->path, root, length) != 0)
        return false;
    char *rest = request->path + length;
    for (size_t i = 0; i < WEB_PATH_PARTS; i++) {
        char *slash = strchr(rest, '/');
        parts[i] = rest;
        if (slash != NULL)
            *slash = '\0';
        if (rest[0] == '\0')
            return false;
        if (slash == NULL)
            return true;
        rest = slash + 1;
    }
    return false;
}

bool web_path_is(const char *const parts[WEB_PATH_PARTS], const char *first, bool second, const char *third)
{
    if (parts[0] == NULL || strcmp(parts[0], first) != 0 || (parts[1] != NULL) != second)
        return false;
    if (third == NULL)
        return parts[2] == NULL;
    return parts[2] != NULL && strcmp(parts[2], third) == 0 && parts[3] == NULL;
}

void web_answer_header(struct web_request *request, const char *name, const char *value)
{
    if (request->response != NULL)
        (void)MHD_add_response_header(request->response, name, value);
}

static void resume(struct web_request *request)
{
    request->waiting = false;
    if (request->suspended) {
        request->suspended = false;
        MHD_resume_connection(request->connection);
    }
}

void web_answer_json(struct web_request *request, unsigned status, const char *type, json_t *body)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    request->status = text != NULL ? status : MHD_HTTP_INTERNAL_SERVER_ERROR;
    request->response = text != NULL ? web_response(request->web, strlen(text), text, MHD_RESPMEM_MUST_FREE, type)
                                     : web_response(request->web, 0, NULL, MHD_RESPMEM_PERSISTENT, type);
    if (request->response == NULL)
        free(text);
    resume(request);
}

void web_wait(struct web_request *request)
{
    request->waiting = true;
}

static struct web_request *request_new(struct web *web, struct MHD_Connection *connection, const char *method,
                                       const char *path)
{
    struct web_request *request = calloc(1, web->options.request_size);
    char *copy = strdup(path);
    if (request == NULL || copy == NULL) {
        free(request);
        free(copy);
        return NULL;
    }
    *request = (struct web_request){.web = web, .connection = connection, .path = copy, .method = ""};
    for (const char *const *taken = web->options.methods; *taken != NULL; taken++) {
        if (strcmp(method, *taken) == 0)
            request->method = *taken;
    }
    return request;
}

/* libmicrohttpd: the exchange is over, however it ended. */
static void request_over(void *user, struct MHD_Connection *connection, void **place,
                         enum MHD_RequestTerminationCode code)
{
    const struct web *web = user;
    (void)connection, (void)code;
    struct web_request *request = *place;
    if (request == NULL)
        return;
    web->options.release(request);
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    free(request->path);
    free(request->body);
    free(request);
    *place = NULL;
}

static void take_body(struct web_request *request, const char *data, size_t size)
{
    if (request->body_too_large || size > request->web->options.largest_body - request->body_size) {
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

/* libmicrohttpd: called for the head, for each piece of the body, for its end, and after a wait. */
static enum MHD_Result take_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
                                    const char *version, const char *data, size_t *data_size, void **place)
{
    struct web *web = user;
    struct web_request *request = *place;
    (void)version;
    if (request == NULL) {
        request = request_new(web, connection, method, url);
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
        web->options.handle(request);
    }
    if (request->waiting) {
        request->suspended = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return request->response != NULL ? MHD_queue_response(connection, request->status, request->response) : MHD_NO;
}

/* Paths are compared as they come: none that a program here knows needs an escape. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

static bool start(struct web *web)
{
    const struct web_options *options = &web->options;
    const bool tls = options->certificate != NULL;
    struct MHD_OptionItem keys[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->private_key},
        {MHD_OPTION_END, 0, NULL},
    };
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
                           (tls ? MHD_USE_TLS : 0);
    errno = 0;
    web->daemon = MHD_start_daemon(flags, 0, NULL, NULL, take_request, web, MHD_OPTION_NOTIFY_COMPLETED, request_over,
                                   web, MHD_OPTION_CONNECTION_LIMIT, MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                                   60U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024,
                                   MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                                   MHD_OPTION_ARRAY, tls ? keys : keys + 2, MHD_OPTION_END);
    return web->daemon != NULL;
}

/* ---- Who comes in -----------------------------------------------------------------------------------------------
 *
 * libmicrohttpd's own way is to ask again and again when it may open no more files. */

static bool watch(const struct web *web, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = descriptor}};
    return descriptor >= 0 && epoll_ctl(web->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static bool listen_at(struct web *web, const struct listen_address *address)
{
    const int on = 1;
    const socklen_t length = address->six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    web->listener = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return web->listener >= 0 && setsockopt(web->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           (!address->six || setsockopt(web->listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
           bind(web->listener, (const struct sockaddr *)&address->storage, length) == 0 &&
           listen(web->listener, BACKLOG) == 0;
}

static bool watch_all(struct web *web)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    web->epoll = epoll_create1(EPOLL_CLOEXEC);
    return web->epoll >= 0 && info != NULL && watch(web, info->epoll_fd) && watch(web, web->listener);
}

/* Nobody is let in for a while; whoever comes waits in the backlog. */
static void pause_listening(struct web *web, const char *reason)
{
    if (web->listen_again == 0 && !web->complained)
        fprintf(stderr, "%s: nobody can be let in for now: %s\n", web->options.program, reason);
    web->complained = true;
    web->listen_again = clock_now() + ACCEPT_PAUSE;
    (void)epoll_ctl(web->epoll, EPOLL_CTL_DEL, web->listener, NULL);
}

static bool is_full(const struct web *web)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info != NULL && info->num_connections >= MOST_CONNECTIONS;
}

/* Gave up while nobody was let in. libmicrohttpd would not see that before its time-out, where a beginning of a request
 * is there too. */
static bool has_left(int descriptor)
{
    struct pollfd look = {.fd = descriptor, .events = POLLRDHUP};
    return poll(&look, 1, 0) > 0;
}

static void let_in(struct web *web)
{
    if (web->listen_again > clock_now())
        return;
    if (web->listen_again != 0 && !watch(web, web->listener))
        return;
    web->listen_again = 0;
    for (int i = 0; i < ACCEPT_MOST; i++) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        if (is_full(web)) {
            pause_listening(web, "there are as many connections as it takes");
            return;
        }
        const int descriptor = accept4(web->listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) {
            if (errno == EAGAIN)
                web->complained = false;
            else if (errno != EINTR && errno != ECONNABORTED)
                pause_listening(web, strerror(errno));
            return;
        }
        if (web->complained && has_left(descriptor)) {
            (void)close(descriptor);
            continue;
        }
        (void)MHD_add_connection(web->daemon, descriptor, (struct sockaddr *)&peer, length); /* closes it in any case */
    }
}

static bool take_address(const struct web_options *options, struct listen_address *address)
{
    if (!listen_address_read(options->listen, address)) {
        fprintf(stderr, "%s: listen is written HOST:PORT with a numeric address, not \"%s\"\n", options->program,
                options->listen);
        return false;
    }
    if (!address->loopback && !options->allow_remote) {
        fprintf(stderr, "%s: %s can be reached by others; that needs %s\n", options->program, options->listen,
                options->remote_advice);
        return false;
    }
    return true;
}

bool web_check(const struct web_options *options)
{
    struct listen_address address;
    return take_address(options, &address);
}

bool web_open(struct web *web, const struct web_options *options)
{
    struct listen_address address;
    *web = (struct web){.options = *options, .listener = -1, .epoll = -1};
    if (!take_address(options, &address))
        return false;
    if (listen_at(web, &address) && start(web) && watch_all(web))
        return true;
    fprintf(stderr, "%s: cannot listen on %s: %s\n", options->program, options->listen,
            errno != 0 ? strerror(errno) : "refused");
    web_close(web);
    return false;
}

unsigned web_port(const struct web *web)
{
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    if (getsockname(web->listener, (struct sockaddr *)&own, &length) != 0)
        return 0;
    return own.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&own)->sin6_port)
                                     : ntohs(((const struct sockaddr_in *)&own)->sin_port);
}

int web_descriptor(const struct web *web)
{
    return web->epoll;
}

int web_patience(const struct web *web, int most)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (web->listen_again != 0) {
        const int64_t pause = web->listen_again - clock_now();
        most = pause <= 0 ? 0 : pause < most ? (int)pause : most;
    }
    if (MHD_get_timeout(web->daemon, &wait) != MHD_YES || wait > (unsigned)most)
        return most;
    return (int)wait;
}

void web_run(struct web *web)
{
    if (web->daemon == NULL)
        return;
    let_in(web);
    (void)MHD_run(web->daemon);
}

void web_drain(struct web *web)
{
    const int64_t until = clock_now() + LAST_ANSWERS;
    if (web->daemon == NULL)
        return;
    for (struct pollfd wait = {.fd = web_descriptor(web), .events = POLLIN}; clock_now() < until;) {
        web_run(web);
        if (poll(&wait, 1, web_patience(web, 50)) <= 0)
            return;
    }
}

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        (void)close(*descriptor);
    *descriptor = -1;
}

void web_close(struct web *web)
{
    if (web->options.program == NULL) /* was never opened */
        return;
    if (web->daemon != NULL)
        MHD_stop_daemon(web->daemon);
    web->daemon = NULL;
    close_one(&web->epoll);
    close_one(&web->listener);
}
