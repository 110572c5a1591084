/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP transport when memory is used up: each allocation fails in turn, of the library and of libcurl. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failing_thread.h"
#include "http_rig.h"
#include "util/arena.h"

/* ---- One exchange after the other ------------------------------------------------------------------------------ */

struct ending {
    int connected, answered;
    int32_t status, code;
};

static void on_connected(void *user)
{
    ((struct ending *)user)->connected++;
}

static void on_answered(void *user, void *tag, const struct http_reply *reply, bool left, const struct kc_error *error)
{
    struct ending *ending = user;

    (void)tag;
    (void)left;
    ending->answered++;
    ending->status = reply != NULL ? reply->status : 0;
    ending->code = error != NULL ? error->code : KC_OK;
}

static const struct transport_events ending_events = {.connected = on_connected, .answered = on_answered};

/* Accepts and answers without reading with care: requests are small. */
static void play_server(const struct server *server, struct loop *loop, struct ending *ending)
{
    int peer = -1;

    while (ending->answered == 0) {
        int saved = allocations_left;
        struct timeval moment = {.tv_usec = 1000};
        fd_set set;
        int waiting = peer >= 0 ? peer : server->listener;

        allocations_left = -1; /* the server has memory */
        FD_ZERO(&set);
        FD_SET(waiting, &set);
        if (select(waiting + 1, &set, NULL, NULL, &moment) > 0) {
            static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nok";
            char request[2000];

            if (peer < 0) {
                peer = server_accept(server);
            } else if (read(peer, request, sizeof request) > 0) {
                assert_true(send(peer, reply, sizeof reply - 1, MSG_NOSIGNAL) > 0);
            } else { /* one that failed earlier had connected */
                close(peer);
                peer = -1;
            }
        }
        allocations_left = saved;
        assert_int_equal(loop_run(loop, 0), KC_OK);
    }
    if (peer >= 0)
        close(peer);
}

/* Returns whether an allocation failed. */
static bool exchange_once(struct loop *loop, const struct server *server, const struct uri *uri, int allocations)
{
    static const struct http_field field = {"SOAPAction", "urn:x"};
    const struct http_request request = {.method = "POST",
                                         .path = "/a",
                                         .fields = &field,
                                         .field_count = 1,
                                         .body = "hello",
                                         .body_size = 5,
                                         .answer_ms = RIG_WAIT_MS};
    const struct transport_table *table = transport_find("http");
    struct transport_exchange *exchange;
    struct transport *transport = NULL;
    struct ending ending = {0};
    struct kc_error error = {0};
    int32_t status;

    allocation_failed = false;
    allocations_left = allocations;
    status = table->open(loop, uri, -1, &ending_events, &ending, &transport, &error);
    if (status == KC_OK)
        status = table->ask(transport, &request, NULL, &exchange, &error);
    if (status == KC_OK) {
        play_server(server, loop, &ending);
        assert_int_equal(ending.connected, 1);
        assert_int_equal(ending.answered, 1);
        if (ending.status != 200)
            assert_true(allocation_failed);
        assert_true(ending.status == 200 || ending.code == KC_ERROR_NO_MEMORY || ending.code == KC_ERROR_SYSTEM ||
                    ending.code == KC_ERROR_UNREACHABLE || ending.code == KC_ERROR_CONNECTION_LOST ||
                    ending.code == KC_ERROR_PROTOCOL);
    } else {
        assert_int_equal(status, KC_ERROR_NO_MEMORY);
        assert_int_equal(ending.answered, 0);
    }
    allocations_left = -1;
    if (transport != NULL)
        table->close(transport);
    return allocation_failed;
}

static void test_exchange(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct server server;
        struct loop *loop = NULL;
        struct kc_error error;
        struct uri uri = {.scheme = "x+http", .user = "", .password = "", .path = "/"};
        int count = 0;

        server_start(&server);
        uri.host = hosts[i];
        uri.port = server.port;
        assert_int_equal(loop_new(&loop, &error), KC_OK);
        assert_false(exchange_once(loop, &server, &uri, -1));
        while (exchange_once(loop, &server, &uri, count))
            count++;
        assert_in_range(count, 60, 2000);
        loop_free(loop);
        close(server.listener);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exchange)};

    /* the first to start libcurl says where its memory comes from */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc, __wrap_strdup, __wrap_calloc) !=
        CURLE_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
