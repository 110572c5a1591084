/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The recorder of the tests of the HTTP transport. */
#include "http_rig.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/arena.h"
#include "util/uri.h"

static void on_connected(void *user)
{
    struct http_rig *rig = user;

    assert_true(rig->dispatching);
    rig->connected++;
}

static void on_closed(void *user, const struct kc_error *error)
{
    (void)user;
    fail_msg("closed: %s", error->message);
}

static void on_answered(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error)
{
    struct http_rig *rig = user;
    struct http_answer *answer = tag;

    assert_true(rig->dispatching);
    assert_ptr_equal(answer->rig, rig);
    assert_int_equal(answer->count, 0);
    assert_true((reply == NULL) == (error != NULL));
    answer->count++;
    answer->left = left;
    if (reply != NULL) {
        answer->status = reply->status;
        snprintf(answer->content_type, sizeof answer->content_type, "%s", reply->content_type);
        snprintf(answer->location, sizeof answer->location, "%s", reply->location);
        assert_non_null(reply->body);
        buf_append(&answer->body, reply->body, reply->body_size);
    } else {
        answer->error = *error;
    }
    if (answer->inside != NULL)
        answer->inside(answer);
}

static const struct transport_events http_events = {
    .connected = on_connected, .closed = on_closed, .answered = on_answered};

void http_rig_init(struct http_rig *rig)
{
    struct kc_error error;

    memset(rig, 0, sizeof *rig);
    assert_int_equal(loop_new(&rig->loop, &error), KC_OK);
}

void http_rig_close(struct http_rig *rig)
{
    if (rig->transport != NULL)
        rig->transport->table->close(rig->transport);
    rig->transport = NULL;
}

void http_rig_free(struct http_rig *rig)
{
    http_rig_close(rig);
    loop_free(rig->loop);
}

static void turn(struct http_rig *rig)
{
    rig->dispatching = true;
    assert_int_equal(loop_dispatch(rig->loop), KC_OK);
    rig->dispatching = false;
}

void http_rig_settle(struct http_rig *rig)
{
    for (int i = 0; i < 8; i++)
        turn(rig);
}

int32_t http_rig_try(struct http_rig *rig, struct kc_error *error, const char *text)
{
    struct arena arena;
    struct uri uri;
    int32_t status;

    arena_init(&arena);
    memset(error, 0, sizeof *error);
    if (uri_parse(&arena, text, &uri, error) != KC_OK)
        fail_msg("%s: %s", text, error->message);
    rig->connected = 0;
    rig->transport = NULL;
    status = transport_find(strchr(uri.scheme, '+') + 1)
                 ->open(rig->loop, &uri, -1, &http_events, rig, &rig->transport, error);
    arena_free(&arena); /* the URI need not live longer */
    assert_int_equal(status == KC_OK, rig->transport != NULL);
    assert_int_equal(rig->connected, 0);
    if (status == KC_OK) {
        http_rig_settle(rig);
        assert_int_equal(rig->connected, 1);
    }
    return status;
}

void http_rig_open(struct http_rig *rig, const char *format, ...)
{
    struct kc_error error;
    char text[2000];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (http_rig_try(rig, &error, text) != KC_OK)
        fail_msg("%s: %s", text, error.message);
}

void http_answer_free(struct http_answer *answer)
{
    buf_free(&answer->body);
    memset(answer, 0, sizeof *answer);
}

void http_rig_ask(struct http_rig *rig, const struct http_request *request, struct http_answer *answer)
{
    struct kc_error error = {0};

    buf_free(&answer->body);
    *answer = (struct http_answer){.rig = rig, .inside = answer->inside, .next = answer->next};
    if (rig->transport->table->ask(rig->transport, request, answer, &answer->exchange, &error) != KC_OK)
        fail_msg("not asked: %s", error.message);
    assert_int_equal(answer->count, 0);
}

void http_rig_send(struct http_rig *rig, const char *path, const char *body, bool repeatable,
                   struct http_answer *answer)
{
    const struct http_request request = {.method = body != NULL ? "POST" : "GET",
                                         .path = path,
                                         .body = body,
                                         .body_size = body != NULL ? strlen(body) : 0,
                                         .repeatable = repeatable,
                                         .answer_ms = RIG_WAIT_MS};

    http_rig_ask(rig, &request, answer);
}

void http_rig_until_answered(struct http_rig *rig, const struct http_answer *answer)
{
    while (answer->count == 0) {
        assert_int_equal(loop_wait(rig->loop, RIG_WAIT_MS), 1);
        turn(rig);
    }
}

void expect_error(const struct http_answer *answer, int32_t code, bool left, const char *text)
{
    assert_int_equal(answer->count, 1);
    assert_int_equal(answer->status, 0);
    if (answer->error.code != code || strstr(answer->error.message, text) == NULL)
        fail_msg("%d \"%s\" instead of %d \"%s\"", answer->error.code, answer->error.message, code, text);
    assert_int_equal(answer->left, left);
}

void expect_reply(const struct http_answer *answer, int32_t status, const char *body)
{
    assert_int_equal(answer->count, 1);
    if (answer->status == 0)
        fail_msg("no reply: %s", answer->error.message);
    assert_int_equal(answer->status, status);
    assert_true(answer->left);
    assert_int_equal(answer->body.length, strlen(body));
    if (answer->body.length > 0)
        assert_memory_equal(answer->body.data, body, answer->body.length);
}

/* ---- The server's side ----------------------------------------------------------------------------------------- */

/* Dispatches until the descriptor is ready. Returns whether it was within the time. */
static bool wait_for(struct http_rig *rig, int fd, short events, int time_ms)
{
    for (;;) {
        struct pollfd entries[2] = {{.fd = fd, .events = events}, {.fd = loop_fd(rig->loop), .events = POLLIN}};

        assert_true(poll(entries, 2, time_ms) >= 0);
        if (entries[0].revents != 0)
            return true;
        if (entries[1].revents == 0)
            return false;
        turn(rig);
    }
}

void peer_wait(struct http_rig *rig, int fd)
{
    assert_true(wait_for(rig, fd, POLLIN, RIG_WAIT_MS));
}

int peer_accept(struct http_rig *rig, const struct server *server)
{
    int peer, yes = 1;

    peer_wait(rig, server->listener);
    peer = server_accept(server);
    assert_int_equal(setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), 0);
    return peer;
}

void expect_nobody(struct http_rig *rig, const struct server *server)
{
    assert_false(wait_for(rig, server->listener, POLLIN, 20));
}

static size_t whole_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");

    if (end == NULL)
        return SIZE_MAX;
    return (size_t)(end + 4 - text) + (length != NULL && length < end ? (size_t)atoi(length + 17) : 0);
}

size_t peer_read(struct http_rig *rig, int fd, char *out, size_t size)
{
    size_t have = 0;

    out[0] = '\0';
    while (have < whole_size(out)) {
        ssize_t got;

        peer_wait(rig, fd);
        assert_true(have + 1 < size);
        got = recv(fd, out + have, size - 1 - have, 0);
        if (got <= 0)
            return 0;
        have += (size_t)got;
        out[have] = '\0';
    }
    return have;
}

void peer_write(struct http_rig *rig, int fd, const void *bytes, size_t count)
{
    const char *at = bytes;

    while (count > 0) {
        ssize_t done;

        assert_true(wait_for(rig, fd, POLLOUT, RIG_WAIT_MS));
        done = send(fd, at, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0) /* it was closed by the other side, which the test then looks at */
            return;
        at += done;
        count -= (size_t)done;
    }
}

void peer_say(struct http_rig *rig, int fd, const char *text)
{
    peer_write(rig, fd, text, strlen(text));
}

int count_in(const char *text, const char *part)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}
