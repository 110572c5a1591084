/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of libmicrohttpd for the tests of the HTTP transport. */
#include "http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LARGE ((uint64_t)100 * 1024 * 1024)

static void note(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static ssize_t pieces(void *user, uint64_t position, char *out, size_t size)
{
    static const char text[] = "one two three";

    (void)user;
    (void)size;
    if (position >= sizeof text - 1)
        return MHD_CONTENT_READER_END_OF_STREAM;
    out[0] = text[position];
    return 1;
}

static ssize_t large(void *user, uint64_t position, char *out, size_t size)
{
    (void)user;
    (void)position;
    memset(out, 'x', size);
    return (ssize_t)size;
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct http_seen *seen)
{
    char text[700];
    unsigned status = MHD_HTTP_OK;
    struct MHD_Response *response;
    enum MHD_Result result;

    if (strcmp(seen->path, "/empty") == 0) {
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else if (strcmp(seen->path, "/chunked") == 0) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 64, pieces, NULL, NULL);
    } else if (strcmp(seen->path, "/large") == 0) {
        response = MHD_create_response_from_callback(LARGE, 32768, large, NULL, NULL);
    } else {
        snprintf(text, sizeof text, "%s %s %s", seen->method, seen->path, seen->body);
        response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
        MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    }
    if (strcmp(seen->path, "/moved") == 0) {
        MHD_add_response_header(response, "Location", "/moved?again");
        status = MHD_HTTP_FOUND;
    }
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static struct http_seen *begin(struct http_server *server, struct MHD_Connection *connection, const char *path,
                               const char *method)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *(*header)(struct MHD_Connection *, enum MHD_ValueKind, const char *) = MHD_lookup_connection_value;
    struct http_seen *seen;
    const char *query = header(connection, MHD_GET_ARGUMENT_KIND, "query");

    pthread_mutex_lock(&server->mutex);
    seen = &server->seen[server->count++ % HTTP_SERVER_MAX];
    pthread_mutex_unlock(&server->mutex);
    note(seen->method, sizeof seen->method, method);
    note(seen->path, sizeof seen->path, path);
    note(seen->query, sizeof seen->query, query);
    note(seen->authorization, sizeof seen->authorization, header(connection, MHD_HEADER_KIND, "Authorization"));
    note(seen->token, sizeof seen->token, header(connection, MHD_HEADER_KIND, "X-Token"));
    note(seen->content_type, sizeof seen->content_type, header(connection, MHD_HEADER_KIND, "Content-Type"));
    note(seen->action, sizeof seen->action, header(connection, MHD_HEADER_KIND, "SOAPAction"));
    note(seen->expect, sizeof seen->expect, header(connection, MHD_HEADER_KIND, "Expect"));
    note(seen->user_agent, sizeof seen->user_agent, header(connection, MHD_HEADER_KIND, "User-Agent"));
    seen->has_action = header(connection, MHD_HEADER_KIND, "SOAPAction") != NULL;
    seen->client_port = ntohs(((const struct sockaddr_in *)(const void *)info->client_addr)->sin_port);
    return seen;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *size, void **state)
{
    struct http_server *server = user;
    struct http_seen *seen = *state;

    (void)version;
    if (seen == NULL) {
        *state = begin(server, connection, path, method);
        return MHD_YES;
    }
    if (*size > 0) {
        size_t have = strlen(seen->body);

        snprintf(seen->body + have, sizeof seen->body - have, "%.*s", (int)*size, upload);
        *size = 0;
        return MHD_YES;
    }
    pthread_mutex_lock(&server->mutex);
    server->present++;
    pthread_cond_broadcast(&server->all_present);
    while (server->present < server->together)
        pthread_cond_wait(&server->all_present, &server->mutex);
    pthread_mutex_unlock(&server->mutex);
    return answer(connection, seen);
}

void http_server_start(struct http_server *server, int together)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    const union MHD_DaemonInfo *info;

    memset(server, 0, sizeof *server);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->all_present, NULL);
    server->together = together;
    server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
                                          (together > 1 ? MHD_USE_THREAD_PER_CONNECTION : 0),
                                      0, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &name, MHD_OPTION_END);
    assert_non_null(server->daemon);
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info->port;
}

void http_server_stop(struct http_server *server)
{
    MHD_stop_daemon(server->daemon);
    pthread_cond_destroy(&server->all_present);
    pthread_mutex_destroy(&server->mutex);
}
