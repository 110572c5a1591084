/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The web server that answers as badly as a test wants. */
#include "hostile_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define CONNECTIONS_MAX 4096
#define REQUEST_MAX     ((size_t)1 << 20)

struct connection {
    struct hostile_server *server;
    pthread_t thread;
    int fd;
    SSL *tls;
    size_t length;
    char *bytes; /* what came and is no request yet */
};

struct hostile_server {
    int listener, port;
    SSL_CTX *tls;
    pthread_t acceptor;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stopping;
    hostile_play play;
    const void *what;
    size_t requests, connection_count;
    char *last_body;
    struct connection *connections[CONNECTIONS_MAX];
};

/* ---- Bytes ------------------------------------------------------------------------------------------------------ */

static ssize_t take(struct connection *connection, char *out, size_t size)
{
    if (!connection->tls)
        return recv(connection->fd, out, size, 0);
    return SSL_read(connection->tls, out, (int)size);
}

bool hostile_send(const struct hostile_call *call, const void *bytes, size_t count)
{
    struct connection *connection = call->connection;
    const char *at = bytes;
    while (count > 0) {
        ssize_t sent = connection->tls ? SSL_write(connection->tls, at, (int)(count < 16384 ? count : 16384))
                                       : send(connection->fd, at, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        count -= (size_t)sent;
    }
    return true;
}

bool hostile_say(const struct hostile_call *call, const char *text)
{
    return hostile_send(call, text, strlen(text));
}

bool hostile_reply(const struct hostile_call *call, const char *status, const char *type, const char *more,
                   const void *body, size_t size)
{
    char head[1000];
    int length = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
                          status, type, size, more);
    CHECK(length > 0 && (size_t)length < sizeof(head), "the header is too long for the test");
    return hostile_send(call, head, (size_t)length) && hostile_send(call, body, size);
}

bool hostile_pause(const struct hostile_call *call, int milliseconds)
{
    struct hostile_server *server = call->server;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&server->mutex);
    while (!server->stopping && pthread_cond_timedwait(&server->changed, &server->mutex, &until) == 0)
        continue;
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->mutex);
    return !stopping;
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static size_t body_size(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");
    return line ? (size_t)strtoul(line + 17, NULL, 10) : 0;
}

/* The next request is the first so many bytes; 0: there is none any more. */
static size_t read_request(struct connection *connection, size_t *head_size)
{
    for (;;) {
        connection->bytes[connection->length] = '\0';
        const char *end = strstr(connection->bytes, "\r\n\r\n");
        if (end) {
            *head_size = (size_t)(end - connection->bytes) + 4;
            size_t whole = *head_size + body_size(connection->bytes);
            CHECK(whole < REQUEST_MAX, "a request of %zu bytes", whole);
            if (connection->length >= whole)
                return whole;
        }
        CHECK(connection->length < REQUEST_MAX - 1, "a header without end");
        ssize_t got = take(connection, connection->bytes + connection->length, REQUEST_MAX - 1 - connection->length);
        if (got <= 0)
            return 0;
        connection->length += (size_t)got;
    }
}

static void find_operation(struct hostile_call *call)
{
    const char *action = strstr(call->head, "http://tempuri.org/");
    call->operation[0] = '\0';
    if (action)
        snprintf(call->operation, sizeof(call->operation), "%.*s", (int)strcspn(action + 19, "\"\r"), action + 19);
}

/* Returns whether the connection stays open. */
static bool serve(struct connection *connection)
{
    struct hostile_server *server = connection->server;
    size_t head_size = 0, whole = read_request(connection, &head_size);
    if (whole == 0)
        return false;
    char *head = strndup(connection->bytes, head_size),
         *body = strndup(connection->bytes + head_size, whole - head_size);
    char *kept = strdup(body ? body : "");
    CHECK(head && body && kept, "no memory");
    memmove(connection->bytes, connection->bytes + whole, connection->length - whole);
    connection->length -= whole;
    pthread_mutex_lock(&server->mutex);
    struct hostile_call call = {server, connection, ++server->requests, head, body, ""};
    hostile_play play = server->play;
    const void *what = server->what;
    free(server->last_body);
    server->last_body = kept;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    find_operation(&call);
    bool stays = play(&call, what);
    free(head);
    free(body);
    return stays;
}

/* A signal of a broken pipe is for the library's thread to show. */
static void hide_broken_pipes(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *run_connection(void *user)
{
    struct connection *connection = user;
    hide_broken_pipes();
    if (connection->server->tls) {
        connection->tls = SSL_new(connection->server->tls);
        CHECK(connection->tls && SSL_set_fd(connection->tls, connection->fd) == 1, "no TLS");
    }
    if (!connection->tls || SSL_accept(connection->tls) == 1)
        while (serve(connection))
            continue;
    SSL_free(connection->tls);
    shutdown(connection->fd, SHUT_RDWR);
    pthread_mutex_lock(&connection->server->mutex);
    close(connection->fd);
    connection->fd = -1;
    pthread_mutex_unlock(&connection->server->mutex);
    free(connection->bytes);
    return NULL;
}

/* ---- The server ------------------------------------------------------------------------------------------------- */

static void *run_acceptor(void *user)
{
    struct hostile_server *server = user;
    for (int fd, on = 1; (fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        struct connection *connection = calloc(1, sizeof(*connection));
        CHECK(connection && (connection->bytes = malloc(REQUEST_MAX)), "no memory");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        connection->server = server;
        connection->fd = fd;
        pthread_mutex_lock(&server->mutex);
        CHECK(server->connection_count < CONNECTIONS_MAX, "too many connections");
        server->connections[server->connection_count++] = connection;
        if (server->stopping)
            shutdown(fd, SHUT_RDWR);
        pthread_mutex_unlock(&server->mutex);
        CHECK(pthread_create(&connection->thread, NULL, run_connection, connection) == 0, "no thread");
    }
    return NULL;
}

static SSL_CTX *make_tls(const char *folder, const char *name)
{
    char certificate[RIG_PATH_SIZE], key[RIG_PATH_SIZE];
    snprintf(certificate, sizeof(certificate), "%s/%s.pem", folder, name);
    snprintf(key, sizeof(key), "%s/%s.key", folder, name);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    CHECK(tls && SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1,
          "%s of %s cannot be used", name, folder);
    return tls;
}

struct hostile_server *hostile_start(const char *folder, const char *name)
{
    struct hostile_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    CHECK(server, "no memory");
    if (folder)
        server->tls = make_tls(folder, name);
    server->play = hostile_good;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(server->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
              listen(server->listener, 64) == 0 &&
              getsockname(server->listener, (struct sockaddr *)&address, &length) == 0,
          "no port");
    server->port = ntohs(address.sin_port);
    CHECK(pthread_create(&server->acceptor, NULL, run_acceptor, server) == 0, "no thread");
    return server;
}

void hostile_stop(struct hostile_server *server)
{
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->mutex);
    for (size_t i = 0; i < server->connection_count; i++)
        if (server->connections[i]->fd >= 0)
            shutdown(server->connections[i]->fd, SHUT_RDWR);
    pthread_mutex_unlock(&server->mutex);
    for (size_t i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i]->thread, NULL);
        free(server->connections[i]);
    }
    SSL_CTX_free(server->tls);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->mutex);
    free(server->last_body);
    free(server);
}

int hostile_port(const struct hostile_server *server)
{
    return server->port;
}

void hostile_set(struct hostile_server *server, hostile_play play, const void *what)
{
    pthread_mutex_lock(&server->mutex);
    server->play = play;
    server->what = what;
    pthread_mutex_unlock(&server->mutex);
}

size_t hostile_requests(struct hostile_server *server)
{
    pthread_mutex_lock(&server->mutex);
    size_t count = server->requests;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

size_t hostile_connections(struct hostile_server *server)
{
    pthread_mutex_lock(&server->mutex);
    size_t count = server->connection_count;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

void hostile_wait_requests(struct hostile_server *server, size_t count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RIG_WAIT_MS / 1000;
    pthread_mutex_lock(&server->mutex);
    while (server->requests < count)
        CHECK(pthread_cond_timedwait(&server->changed, &server->mutex, &until) == 0, "request %zu does not come",
              count);
    pthread_mutex_unlock(&server->mutex);
}

char *hostile_last_body(struct hostile_server *server)
{
    pthread_mutex_lock(&server->mutex);
    char *copy = strdup(server->last_body ? server->last_body : "");
    pthread_mutex_unlock(&server->mutex);
    CHECK(copy, "no memory");
    return copy;
}

void hostile_cut_all(struct hostile_server *server)
{
    struct linger at_once = {1, 0};
    pthread_mutex_lock(&server->mutex);
    for (size_t i = 0; i < server->connection_count; i++) {
        int fd = server->connections[i]->fd;
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        shutdown(fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&server->mutex);
}

/* ---- Good answers ----------------------------------------------------------------------------------------------- */

char *hostile_success(const struct hostile_call *call)
{
    const char *name = call->operation;
    char *text = NULL;
    bool plain = strcmp(name, "HelloWorldTest") == 0;
    int length = asprintf(&text,
                          "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "
                          "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><%sResponse "
                          "xmlns=\"http://tempuri.org\"><%sResult>%s</%sResult></%sResponse></s:Body></s:Envelope>",
                          name, name,
                          plain
                              ? "hello"
                              : "<CMessengerResponse xmlns=\"\"><bSuccess>true</bSuccess><ResponseCode>0</ResponseCode>"
                                "<ResponseMessage>Success</ResponseMessage></CMessengerResponse>",
                          name, name);
    CHECK(length > 0, "no memory");
    return text;
}

bool hostile_good(const struct hostile_call *call, const void *what)
{
    (void)what;
    char *body = hostile_success(call);
    bool sent = hostile_reply(call, "200 OK", "text/xml; charset=utf-8", "", body, strlen(body));
    free(body);
    return sent;
}
