/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loop and transports when memory is used up: each allocation fails in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "failing_thread.h"
#include "tcp_server.h"

static void test_loop(void **state)
{
    (void)state;
    for (int i = 0;; i++) {
        struct loop_timer timers[40] = {{.expired = NULL}};
        struct loop *loop = NULL;
        struct kc_error error;
        int32_t status;

        allocation_failed = false;
        allocations_left = i;
        status = loop_new(&loop, &error);
        for (size_t t = 0; status == KC_OK && t < 40; t++)
            status = loop_timer_set(loop, &timers[t], 1000);
        allocations_left = -1;
        loop_free(loop);
        if (!allocation_failed)
            break;
        assert_int_equal(status, KC_ERROR_NO_MEMORY);
    }
}

static int expired_count;

static void note_expired(struct loop_timer *timer)
{
    (void)timer;
    expired_count++;
}

static void turn_until(struct loop *loop, int count)
{
    while (expired_count < count) {
        (void)loop_wait(loop, RIG_WAIT_MS);
        assert_int_equal(loop_dispatch(loop), KC_OK);
    }
    assert_int_equal(expired_count, count);
}

/* Timers that must be set are, also where the heap has no place for them; they come, and can be moved and cancelled. */
static void test_timers_that_must_be_set(void **state)
{
    struct loop_timer timers[40] = {{.expired = NULL}};
    struct loop *loop = NULL;

    (void)state;
    expired_count = 0;
    assert_int_equal(loop_new(&loop, NULL), KC_OK);
    allocations_left = 0;
    for (size_t i = 0; i < 40; i++) {
        timers[i].expired = note_expired;
        loop_timer_must(loop, &timers[i], 3600000);
        assert_true(loop_timer_is_set(&timers[i]));
        allocations_left = 0;
    }
    for (size_t i = 0; i < 10; i++) {
        loop_timer_cancel(loop, &timers[i * 4]);
        assert_false(loop_timer_is_set(&timers[i * 4]));
    }
    for (size_t i = 0; i < 10; i++) {
        loop_timer_must(loop, &timers[i * 4 + 1], 10);
        allocations_left = 0;
    }
    turn_until(loop, 10); /* while there is no memory */
    allocations_left = -1;
    for (size_t i = 0; i < 10; i++)
        loop_timer_must(loop, &timers[i * 4 + 2], 10);
    turn_until(loop, 20);
    assert_true(loop_timer_is_set(&timers[3]) && timers[3].homeless_until == 0); /* it has its place now */
    loop_timer_must(loop, &timers[3], 0);
    turn_until(loop, 21);
    loop_free(loop);
}

/* ---- Transports ------------------------------------------------------------------------------------------------ */

struct ending {
    int connected, closed;
    struct kc_error error;
};

static void on_connected(void *user)
{
    ((struct ending *)user)->connected++;
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    (void)user;
    (void)bytes;
    (void)count;
    fail_msg("nothing was sent");
}

static void on_closed(void *user, const struct kc_error *error)
{
    struct ending *ending = user;

    ending->closed++;
    ending->error = *error;
}

static const struct transport_events events = {.connected = on_connected, .received = on_received, .closed = on_closed};

static struct uri uri_of(const char *scheme, const char *host, int32_t port, const char *path)
{
    return (struct uri){.scheme = scheme, .user = "", .password = "", .host = host, .port = port, .path = path};
}

/* A transport whose open() has no memory says so and leaves nothing behind; else it ends in its own time. Returns
 * whether an allocation failed. */
static bool open_once(struct loop *loop, const char *suffix, const struct uri *uri, int allocations, int32_t expected)
{
    struct ending ending = {0};
    struct transport *transport = NULL;
    struct kc_error error;
    int32_t status;

    allocation_failed = false;
    allocations_left = allocations;
    status = transport_find(suffix)->open(loop, uri, -1, &events, &ending, &transport, &error);
    allocations_left = -1;
    if (status == KC_OK) {
        while (ending.connected + ending.closed == 0) {
            assert_int_equal(loop_wait(loop, RIG_WAIT_MS), 1);
            assert_int_equal(loop_dispatch(loop), KC_OK);
        }
        if (ending.closed > 0)
            assert_true(ending.error.code == KC_ERROR_SYSTEM || ending.error.code == expected);
        else
            assert_int_equal(expected, KC_OK);
        transport->table->close(transport);
    } else {
        assert_int_equal(status, KC_ERROR_NO_MEMORY);
        assert_null(transport);
    }
    return allocation_failed;
}

static void open_with_failures(const char *suffix, const struct uri *uri, int32_t expected, int at_least)
{
    struct loop *loop = NULL;
    struct kc_error error;
    int count = 0;

    assert_int_equal(loop_new(&loop, &error), KC_OK);
    while (open_once(loop, suffix, uri, count, expected))
        count++;
    assert_in_range(count, at_least, 100);
    loop_free(loop);
}

static void test_tcp(void **state)
{
    struct server server;
    struct uri uri;

    (void)state;
    server_start(&server);
    uri = uri_of("x+tcp", "127.0.0.1", server.port, "");
    open_with_failures("tcp", &uri, KC_OK, 3);
    uri.host = "localhost";
    open_with_failures("tcp", &uri, KC_OK, 4);
    close(server.listener);
}

static void test_serial(void **state)
{
    const struct uri uri = uri_of("x+serial", "", -1, "/dev/ttyNoSuchPort7");

    (void)state;
    open_with_failures("serial", &uri, KC_ERROR_UNREACHABLE, 3);
}

/* The descriptor is the transport's on failure too, and bytes that cannot be queued end the connection. */
static void test_adopted(void **state)
{
    static uint8_t bytes[600 * 1024];
    const struct uri uri = uri_of("x+fd", "", -1, "");

    (void)state;
    for (int i = 0;; i++) {
        struct ending ending = {0};
        struct transport *transport = NULL;
        struct loop *loop = NULL;
        struct kc_error error;
        int32_t status;
        int ends[2];

        assert_int_equal(loop_new(&loop, &error), KC_OK);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        allocation_failed = false;
        allocations_left = i;
        status = transport_find("fd")->open(loop, &uri, ends[0], &events, &ending, &transport, &error);
        if (status == KC_OK) {
            assert_int_equal(loop_dispatch(loop), KC_OK);
            assert_int_equal(ending.connected, 1);
            status = transport->table->send(transport, bytes, sizeof bytes);
            assert_int_equal(loop_dispatch(loop), KC_OK);
            assert_int_equal(ending.closed, status != KC_OK);
            transport->table->close(transport);
        }
        allocations_left = -1;
        assert_int_equal(status, allocation_failed ? KC_ERROR_NO_MEMORY : KC_OK);
        while (recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
            ;
        assert_int_equal(recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT), 0); /* the end: it was closed */
        close(ends[1]);
        loop_free(loop);
        if (!allocation_failed)
            break;
        assert_true(i < 20);
    }
}

/* A listener without memory says so; one that has a port loses at most the peer that came. */
static void test_listening(void **state)
{
    (void)state;
    const struct uri uri = uri_of("x+listen", "127.0.0.1", 0, "");
    const struct transport_table *table = transport_find("listen");
    struct loop *loop = NULL;
    struct kc_error error;
    int without = 0;

    assert_int_equal(loop_new(&loop, &error), KC_OK);
    for (int i = 0; without < 2; i++) {
        struct ending ending = {0};
        struct transport *transport = NULL;
        char where[128];
        unsigned port = 0;
        int32_t status;

        allocation_failed = false;
        allocations_left = i % 12;
        status = table->open(loop, &uri, -1, &events, &ending, &transport, &error);
        if (status != KC_OK) {
            allocations_left = -1;
            assert_int_equal(status, KC_ERROR_NO_MEMORY);
            assert_null(transport);
            continue;
        }
        table->where(transport, where, sizeof where);
        assert_int_equal(sscanf(where, "127.0.0.1:%u", &port), 1);
        struct sockaddr_in to = {
            .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
        assert_int_equal(loop_wait(loop, RIG_WAIT_MS), 1);
        for (int round = 0; round < 3; round++)
            assert_int_equal(loop_dispatch(loop), KC_OK);
        allocations_left = -1;
        assert_true(ending.connected <= 1 && ending.closed == 0);
        without += !allocation_failed;
        table->again(transport);
        close(fd);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
        for (int before = ending.connected; ending.connected == before;) {
            assert_int_equal(loop_wait(loop, RIG_WAIT_MS), 1);
            assert_int_equal(loop_dispatch(loop), KC_OK);
        }
        close(fd);
        table->close(transport);
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loop),      cmocka_unit_test(test_timers_that_must_be_set),
        cmocka_unit_test(test_tcp),       cmocka_unit_test(test_serial),
        cmocka_unit_test(test_listening), cmocka_unit_test(test_adopted),
    };

    return cmocka_run_group_tests_name("transport-memory", tests, NULL, NULL);
}
