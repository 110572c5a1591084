/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections and calls with libmicrohttpd, driven from outside through its epoll descriptor. A call without an answer
 * is suspended; so is one whose next byte is not due yet. The library does not look at those, so this file finds out
 * which of their clients are gone. */
#include "web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "server.h"
#include "util/buf.h"

enum { BODY_BOUND = 1 << 20, FILE_BOUND = 1 << 20 };

struct link { /* a connection */
    struct link *next;
    struct MHD_Connection *connection;
    bool ended; /* by the client; nothing was done about it yet */
};

struct call {
    struct call *next;
    struct web_server *http;
    uint64_t id;
    struct MHD_Connection *connection;
    struct buf body;
    bool too_long, handed_over, answered, dropped;
    bool suspended;
    struct MHD_Response *response; /* once answered, until it is queued */
    unsigned status;
    /* A body that leaves in pieces. */
    uint8_t *bytes;
    size_t size;
    int64_t gap_ms, drop_at;
    int64_t due; /* of the next byte */
};

struct web_server {
    struct server *server;
    struct MHD_Daemon *daemon;
    struct link *links;
    struct call *calls;
    uint64_t last_id;
    int watch; /* epoll: the library's own descriptor (NULL), and the socket of each link */
    bool secure, drop_all, again;
};

/* ---- Life of connections and calls ------------------------------------------------------------------------------- */

static int descriptor_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL ? info->connect_fd : -1;
}

static struct link *add_link(struct web_server *http, struct MHD_Connection *connection)
{
    struct link *link = calloc(1, sizeof *link);
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = link};
    if (link != NULL) {
        link->connection = connection;
        link->next = http->links;
        http->links = link;
        (void)epoll_ctl(http->watch, EPOLL_CTL_ADD, descriptor_of(connection), &event); /* else it is found out late */
    }
    return link;
}

static void connection_changed(void *user, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode change)
{
    struct web_server *http = user;
    if (change == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = add_link(http, connection);
        http->server->counters[SIMULATOR_OPEN_CONNECTIONS]++;
        server_count(http->server, SIMULATOR_CONNECTIONS);
        return;
    }
    struct link **at = &http->links;
    while (*at != NULL && *at != *context) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct link *link = *at;
        *at = link->next;
        (void)epoll_ctl(http->watch, EPOLL_CTL_DEL, descriptor_of(connection), NULL);
        free(link);
    }
    server_uncount(http->server, SIMULATOR_OPEN_CONNECTIONS);
}

static void free_call(struct call *call)
{
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    buf_free(&call->body);
    free(call->bytes);
    free(call);
}

static void call_ended(void *user, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode how)
{
    struct web_server *http = user;
    struct call **at = &http->calls;
    (void)connection;
    (void)how;
    while (*at != NULL && *at != *context) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        struct call *call = *at;
        *at = call->next;
        free_call(call);
    }
    *context = NULL;
}

static struct call *find_call(struct web_server *http, uint64_t id)
{
    for (struct call *at = http->calls; at != NULL; at = at->next) {
        if (at->id == id) {
            return at;
        }
    }
    return NULL;
}

static void suspend(struct call *call)
{
    call->suspended = true;
    MHD_suspend_connection(call->connection);
}

static void resume(struct call *call)
{
    if (call->suspended) {
        call->suspended = false;
        call->http->again = true;
        MHD_resume_connection(call->connection);
    }
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

/* The next bytes of a body that leaves in pieces or breaks off. */
static ssize_t read_body(void *user, uint64_t position, char *out, size_t room)
{
    struct call *call = user;
    const struct server *server = call->http->server;
    size_t count = call->size - (size_t)position;
    if (call->drop_at >= 0) {
        if (position >= (uint64_t)call->drop_at) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        const size_t left = (size_t)call->drop_at - (size_t)position;
        count = left < count ? left : count;
    }
    if (call->gap_ms >= 0) {
        if (call->dropped) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (call->due > server->now) {
            suspend(call);
            return 0;
        }
        call->due = server->now + call->gap_ms;
        count = 1;
    }
    count = count < room ? count : room;
    memcpy(out, call->bytes + position, count);
    return (ssize_t)count;
}

static struct MHD_Response *make_response(struct call *call, const struct web_reply *reply, const void *body,
                                          size_t size)
{
    struct MHD_Response *response;
    const bool breaks_off = reply->drop_at >= 0 && (uint64_t)reply->drop_at < size;
    if (size == 0 || (reply->gap_ms < 0 && !breaks_off)) {
        /* The library's type wants a writable pointer, but copies from it. */
        response = MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    } else {
        call->bytes = malloc(size);
        if (call->bytes == NULL) {
            return NULL;
        }
        memcpy(call->bytes, body, size);
        call->size = size;
        call->gap_ms = reply->gap_ms;
        call->drop_at = breaks_off ? reply->drop_at : -1;
        response = MHD_create_response_from_callback(size, 4096, read_body, call, NULL);
    }
    if (response != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
        MHD_add_response_header(response, MHD_HTTP_HEADER_SERVER, "Microsoft-IIS/10.0");
        if (reply->status >= 300 && reply->status < 400) {
            MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, "/elsewhere");
        }
        if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
            MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, POST");
        }
    }
    return response;
}

void web_answer(struct web_server *http, uint64_t id, const struct web_reply *reply, const void *body, size_t size)
{
    struct call *call = find_call(http, id);
    if (call == NULL || call->answered || call->dropped) {
        return;
    }
    call->status = reply->status;
    call->response = make_response(call, reply, body, size);
    call->answered = call->response != NULL;
    call->dropped = call->response == NULL;
    resume(call);
}

void web_answer_page(struct web_server *http, uint64_t id, const struct web_reply *reply)
{
    struct buf page;
    buf_init(&page);
    buf_append_format(&page,
                      "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
                      "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n"
                      "<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head><title>%u</title></head>\r\n"
                      "<body><div><h2>%u - Server Error</h2>\r\n"
                      "<h3>The resource you are looking for cannot be displayed.<br></h3></div></body>\r\n</html>\r\n",
                      reply->status, reply->status);
    struct web_reply html = *reply;
    html.content_type = "text/html; charset=utf-8";
    if (page.failed) {
        web_drop(http, id);
    } else {
        web_answer(http, id, &html, page.data, page.length);
    }
    buf_free(&page);
}

void web_drop(struct web_server *http, uint64_t id)
{
    struct call *call = find_call(http, id);
    if (call != NULL && !call->answered) {
        call->dropped = true;
        resume(call);
    }
}

bool web_same(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

const char *web_behind(const char *text, const char *start)
{
    const size_t length = strlen(start);
    return strncasecmp(text, start, length) == 0 ? text + length : NULL;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result look_for_description(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    bool *wanted = user;
    (void)kind;
    (void)value;
    *wanted = *wanted || strcasecmp(name, "wsdl") == 0;
    return MHD_YES;
}

static void hand_over(struct call *call, const char *method, const char *path)
{
    struct web_server *http = call->http;
    struct web_call whole = {.server = http->server,
                             .id = call->id,
                             .method = method,
                             .path = path,
                             .host = header_of(call->connection, MHD_HTTP_HEADER_HOST),
                             .content_type = header_of(call->connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                             .soap_action = header_of(call->connection, "SOAPAction"),
                             .secure = http->secure,
                             .body = call->body.data,
                             .body_size = call->body.length};
    call->handed_over = true;
    MHD_get_connection_values(call->connection, MHD_GET_ARGUMENT_KIND, look_for_description, &whole.wants_description);
    if (call->too_long || call->body.failed) {
        const struct web_reply reply = {.status = MHD_HTTP_CONTENT_TOO_LARGE, .gap_ms = -1, .drop_at = -1};
        web_answer_page(http, call->id, &reply);
        return;
    }
    http->server->protocol->asked(&whole);
}

static struct call *begin_call(struct web_server *http, struct MHD_Connection *connection)
{
    struct call *call = calloc(1, sizeof *call);
    if (call != NULL) {
        call->http = http;
        call->id = ++http->last_id;
        call->connection = connection;
        buf_init(&call->body);
        call->next = http->calls;
        http->calls = call;
    }
    return call;
}

static enum MHD_Result on_call(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                               const char *version, const char *bytes, size_t *count, void **context)
{
    struct call *call = *context;
    (void)version;
    if (call == NULL) {
        *context = begin_call(user, connection);
        return *context != NULL ? MHD_YES : MHD_NO;
    }
    if (*count > 0) {
        call->too_long = call->too_long || *count > BODY_BOUND - call->body.length;
        if (!call->too_long) {
            buf_append(&call->body, bytes, *count);
        }
        *count = 0;
        return MHD_YES;
    }
    if (!call->handed_over) {
        hand_over(call, method, path);
    }
    if (call->dropped) {
        return MHD_NO;
    }
    if (!call->answered) {
        suspend(call);
        return MHD_YES;
    }
    struct MHD_Response *response = call->response;
    call->response = NULL;
    const enum MHD_Result result = MHD_queue_response(connection, call->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- The server ---------------------------------------------------------------------------------------------------
 */

/* The whole file as text; NULL with a message for people. To be freed. */
static char *read_file(const char *path, char *message)
{
    char *text = malloc(FILE_BOUND + 1);
    FILE *file = fopen(path, "re");
    if (text == NULL || file == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot read \"%.200s\": %s", path, strerror(errno));
        free(text);
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    text[fread(text, 1, FILE_BOUND, file)] = '\0';
    fclose(file);
    return text;
}

static struct MHD_Daemon *start_daemon(struct web_server *http, int listener, const char *certificate, const char *key)
{
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (http->secure ? MHD_USE_TLS : 0u);
    const struct MHD_OptionItem secure[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
                                            {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
                                            {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags, 0, NULL, NULL, on_call, http, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
                            MHD_OPTION_NOTIFY_COMPLETED, call_ended, http, MHD_OPTION_NOTIFY_CONNECTION,
                            connection_changed, http, MHD_OPTION_ARRAY, http->secure ? secure : none, MHD_OPTION_END);
}

void web_close(struct web_server *http)
{
    if (http == NULL) {
        return;
    }
    for (struct call *at = http->calls; at != NULL; at = at->next) {
        at->dropped = true;
        resume(at);
    }
    if (http->daemon != NULL) {
        MHD_stop_daemon(http->daemon);
    }
    if (http->watch >= 0) {
        close(http->watch);
    }
    free(http);
}

static int daemon_descriptor(const struct web_server *http)
{
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

static bool watch_daemon(struct web_server *http)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    return epoll_ctl(http->watch, EPOLL_CTL_ADD, daemon_descriptor(http), &event) == 0;
}

struct web_server *web_open(struct server *server, int listener, const struct simulator_options *options,
                            char message[SIMULATOR_MESSAGE_SIZE])
{
    bool started = false;
    char *certificate = NULL, *key = NULL;
    struct web_server *http = calloc(1, sizeof *http);
    snprintf(message, SIMULATOR_MESSAGE_SIZE, "out of memory");
    if (http == NULL) {
        goto out;
    }
    http->server = server;
    http->watch = -1;
    http->secure = options->tls_certificate != NULL;
    if (http->secure != (options->tls_key != NULL)) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "HTTPS needs both: a certificate and its key");
        goto out;
    }
    if (http->secure && ((certificate = read_file(options->tls_certificate, message)) == NULL ||
                         (key = read_file(options->tls_key, message)) == NULL)) {
        goto out;
    }
    http->watch = epoll_create1(EPOLL_CLOEXEC);
    if (http->watch < 0) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot make an epoll descriptor: %s", strerror(errno));
        goto out;
    }
    http->daemon = start_daemon(http, listener, certificate, key);
    listener = -1; /* the library closes it, also when it cannot start */
    if (http->daemon == NULL) {
        snprintf(message, SIMULATOR_MESSAGE_SIZE, "cannot serve %s",
                 http->secure ? "HTTPS: is that a certificate and its key, both PEM?" : "HTTP");
        goto out;
    }
    started = watch_daemon(http);
out:
    free(certificate);
    free(key);
    if (started) {
        return http;
    }
    web_close(http);
    if (listener >= 0) {
        close(listener);
    }
    return NULL;
}

int web_descriptor(const struct web_server *http)
{
    return http->watch;
}

/* Which clients have ended their connections? */
static void look_for_ended(struct web_server *http)
{
    struct epoll_event events[32];
    const int count = epoll_wait(http->watch, events, 32, 0);
    for (int i = 0; i < count; i++) {
        struct link *link = events[i].data.ptr;
        if (link != NULL) {
            link->ended = true;
        }
    }
}

/* After the library had its turn with what they sent before: nobody waits for an answer any more. It would not notice
 * by itself, as the end may have come together with the last bytes. */
static void drop_ended(struct web_server *http)
{
    for (struct link *link = http->links; link != NULL; link = link->next) {
        if (!link->ended) {
            continue;
        }
        link->ended = false;
        http->again = true;
        for (struct call *at = http->calls; at != NULL; at = at->next) {
            if (at->connection == link->connection && at->suspended) {
                at->dropped = true;
                resume(at);
            }
        }
        shutdown(descriptor_of(link->connection), SHUT_RDWR);
    }
}

/* The sockets end both ways, so that the library finds them ended. */
static void drop_all(struct web_server *http)
{
    http->drop_all = false;
    for (struct call *at = http->calls; at != NULL; at = at->next) {
        at->dropped = !at->answered;
        resume(at);
    }
    for (const struct link *at = http->links; at != NULL; at = at->next) {
        shutdown(descriptor_of(at->connection), SHUT_RDWR);
    }
}

void web_run(struct web_server *http)
{
    if (http->drop_all) {
        drop_all(http);
    }
    look_for_ended(http);
    for (struct call *at = http->calls; at != NULL; at = at->next) {
        if (at->suspended && at->answered && at->due <= http->server->now) {
            resume(at);
        }
    }
    http->again = false;
    MHD_run(http->daemon);
    drop_ended(http);
}

int64_t web_next_time(const struct web_server *http)
{
    const int64_t now = http->server->now;
    int64_t next = INT64_MAX;
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    if (http->again || http->drop_all) {
        return now;
    }
    if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES) {
        next = now + (int64_t)(timeout_ms < INT32_MAX ? timeout_ms : INT32_MAX);
    }
    for (const struct call *at = http->calls; at != NULL; at = at->next) {
        if (at->suspended && at->answered && at->due < next) {
            next = at->due;
        }
    }
    return next;
}

void web_drop_all(struct web_server *http)
{
    http->drop_all = true;
}
