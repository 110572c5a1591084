/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all transports over a descriptor do: bytes both ways, the queue, and every way to end; over TCP, and over an
 * adopted descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp_server.h"

/* ---- Closing --------------------------------------------------------------------------------------------------- */

static void reset_on_close(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
}

static void assert_lost(struct rig *rig)
{
    rig_until_closed(rig);
    assert_int_equal(rig->error.code, KC_ERROR_CONNECTION_LOST);
    rig_settle(rig);
    assert_int_equal(rig->closed, 1);
    assert_int_equal(rig->connected, 1);
}

static void test_peer_closes_at_once(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        struct kc_error error;
        struct server server;
        struct rig rig;
        int peer;

        server_start(&server);
        rig_init(&rig);
        assert_int_equal(rig_open(&rig, server.uri, -1, &error), KC_OK);
        rig_until_connected(&rig);
        peer = server_accept(&server);
        if (reset)
            reset_on_close(peer);
        close(peer);
        assert_lost(&rig);
        assert_non_null(strstr(rig.error.message, "127.0.0.1:"));
        assert_int_equal(rig_send(&rig, "x", 1), KC_ERROR_CONNECTION_LOST);
        rig_settle(&rig);
        assert_int_equal(rig.closed, 1);
        rig_free(&rig);
        close(server.listener);
    }
}

/* What the peer sent before it closed arrives, also if sending to it fails first; and no signal comes. */
static void last_answer(bool unread, bool send_first)
{
    struct server server;
    struct rig rig;
    char request[7];
    int peer;

    connect_rig(&rig, &server, &peer);
    assert_int_equal(rig_send(&rig, "request", 7), KC_OK);
    if (!unread)
        read_whole(peer, request, sizeof request);
    assert_int_equal(write(peer, "answer", 6), 6);
    close(peer); /* with bytes unread: a reset */
    if (send_first)
        while (rig_send(&rig, "more", 4) == KC_OK)
            poll(NULL, 0, 1);
    assert_lost(&rig);
    assert_int_equal(rig.received.length, 6);
    assert_memory_equal(rig.received.data, "answer", 6);
    rig_free(&rig);
    close(server.listener);
}

static void test_last_answer_is_not_lost(void **state)
{
    (void)state;
    last_answer(true, false);
    last_answer(true, true);
    last_answer(false, false);
    last_answer(false, true);
}

static void test_close_inside_callbacks(void **state)
{
    static const enum rig_slot slots[] = {RIG_CONNECTED, RIG_RECEIVED, RIG_CLOSED};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct kc_error error;
        struct server server;
        struct rig rig;
        int peer;

        server_start(&server);
        rig_init(&rig);
        rig.close_in = slots[i];
        assert_int_equal(rig_open(&rig, server.uri, -1, &error), KC_OK);
        rig_until_connected(&rig);
        peer = server_accept(&server);
        assert_int_equal(write(peer, "bytes", 5), 5);
        close(peer);
        if (slots[i] == RIG_RECEIVED)
            rig_until_received(&rig, 5);
        if (slots[i] == RIG_CLOSED)
            rig_until_closed(&rig);
        rig_settle(&rig);
        assert_null(rig.transport);
        assert_int_equal(rig.closed, slots[i] == RIG_CLOSED);
        assert_int_equal(rig.received.length, slots[i] == RIG_CONNECTED ? 0 : 5);
        rig_free(&rig);
        close(server.listener);
    }
}

/* The descriptor of a closed transport is really closed: the peer sees the end. */
static void test_close_closes(void **state)
{
    struct server server;
    struct rig rig;
    char byte;
    int peer;

    (void)state;
    connect_rig(&rig, &server, &peer);
    rig_close(&rig);
    assert_int_equal(read(peer, &byte, 1), 0);
    disconnect_rig(&rig, &server, peer);
}

/* ---- Many bytes ------------------------------------------------------------------------------------------------ */

static void test_peer_never_reads(void **state)
{
    enum { CHUNK = 64 * 1024, BOUND = 1024 * 1024, SYSTEM_MAX = 64 * 1024 * 1024 };
    uint8_t *chunk = calloc(1, CHUNK);
    struct server server;
    struct rig rig;
    size_t total = 0;
    int32_t status;
    int peer;

    (void)state;
    assert_non_null(chunk);
    connect_rig(&rig, &server, &peer);
    while ((status = rig_send(&rig, chunk, CHUNK)) == KC_OK) {
        total += CHUNK;
        assert_true(total < BOUND + SYSTEM_MAX);
    }
    assert_int_equal(status, KC_ERROR_CONNECTION_LOST);
    assert_true(total >= BOUND - CHUNK);
    assert_int_equal(rig.closed, 0); /* never from inside send() */
    assert_int_equal(rig_send(&rig, chunk, 1), KC_ERROR_CONNECTION_LOST);
    assert_lost(&rig);
    assert_non_null(strstr(rig.error.message, "does not take"));
    disconnect_rig(&rig, &server, peer);
    free(chunk);
}

/* What waits for the connection: up to the bound, and not one byte more. */
static void test_the_queue_is_filled_to_its_bound(void **state)
{
    enum { BOUND = 1024 * 1024 };
    uint8_t *bytes = calloc(1, BOUND + 1);
    (void)state;
    assert_non_null(bytes);
    for (size_t more = 0; more < 3; more++) {
        struct kc_error error;
        struct server server;
        struct rig rig;
        rig_init(&rig);
        server_start(&server);
        assert_int_equal(rig_open(&rig, server.uri, -1, &error), KC_OK);
        assert_int_equal(rig_send(&rig, bytes, more == 2 ? BOUND + 1 : BOUND),
                         more == 2 ? KC_ERROR_CONNECTION_LOST : KC_OK);
        if (more == 1)
            assert_int_equal(rig_send(&rig, bytes, 1), KC_ERROR_CONNECTION_LOST);
        if (more > 0) {
            rig_until_closed(&rig);
            assert_int_equal(rig.error.code, KC_ERROR_CONNECTION_LOST);
            assert_non_null(strstr(rig.error.message, "does not take"));
        }
        rig_free(&rig);
        close(server.listener);
    }
    free(bytes);
}

enum { LARGE = 900 * 1024 }; /* fits the queue even if the system takes nothing */

static void *echo(void *user)
{
    int peer = *(int *)user;
    uint8_t *bytes = malloc(LARGE);
    size_t got = 0, sent = 0;

    while (bytes != NULL && got < LARGE) {
        ssize_t count = read(peer, bytes + got, got % 5000 + 1 < LARGE - got ? got % 5000 + 1 : LARGE - got);

        if (count <= 0)
            break;
        got += (size_t)count;
    }
    while (sent < got) {
        ssize_t count = send(peer, bytes + sent, got - sent, MSG_NOSIGNAL);

        if (count <= 0)
            break;
        sent += (size_t)count;
    }
    free(bytes);
    return NULL;
}

/* Sends in parts of all sizes, faster than the peer reads, and gets all of it back. */
static void transfer(struct rig *rig, int peer)
{
    uint8_t *bytes = malloc(LARGE);

    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (int round = 0; round < 3; round++) {
        pthread_t thread;
        size_t sent = 0, part = 1;

        buf_clear(&rig->received);
        while (sent < LARGE) {
            size_t count = part < LARGE - sent ? part : LARGE - sent;

            assert_int_equal(rig_send(rig, bytes + sent, count), KC_OK);
            sent += count;
            part = part < 10000 ? part * 3 + 1 : 1;
        }
        assert_int_equal(pthread_create(&thread, NULL, echo, &peer), 0);
        rig_until_received(rig, LARGE);
        pthread_join(thread, NULL);
        assert_int_equal(rig->received.length, LARGE);
        assert_memory_equal(rig->received.data, bytes, LARGE);
    }
    free(bytes);
}

static void test_large_transfers(void **state)
{
    struct server server;
    struct rig rig;
    int peer;

    (void)state;
    connect_rig(&rig, &server, &peer);
    transfer(&rig, peer);
    disconnect_rig(&rig, &server, peer);
}

/* The system takes little, so that nearly all of it goes through the queue. */
static void test_large_transfers_through_the_queue(void **state)
{
    struct kc_error error;
    struct rig rig;
    int ends[2], small = 4096;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", ends[0], &error), KC_OK);
    rig_until_connected(&rig);
    transfer(&rig, ends[1]);
    rig_free(&rig);
    close(ends[1]);
}

/* Reads what there is and compares it with what was sent. Returns how far the peer has come. */
static size_t read_and_compare(int peer, size_t at)
{
    uint8_t got[3000];
    ssize_t count = recv(peer, got, sizeof got, MSG_DONTWAIT);

    for (ssize_t i = 0; i < count; i++, at++)
        assert_int_equal(got[i], (uint8_t)(at * 13 + at / 253));
    return at;
}

/* The peer reads a little more slowly than is sent: the queue is never empty, and moves on all the same. */
static void test_queue_moves_on(void **state)
{
    enum { PART = 2000, PARTS = 600 };
    struct kc_error error;
    struct rig rig;
    size_t sent = 0, got = 0;
    int ends[2], small = 4096;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", ends[0], &error), KC_OK);
    rig_until_connected(&rig);
    while (got < (size_t)PART * PARTS) {
        uint8_t part[PART];

        for (size_t i = 0; i < PART; i++)
            part[i] = (uint8_t)((sent + i) * 13 + (sent + i) / 253);
        if (sent < (size_t)PART * PARTS) {
            assert_int_equal(rig_send(&rig, part, PART), KC_OK);
            sent += PART;
        }
        rig_settle(&rig);
        if (sent > (size_t)PART * 40)
            got = read_and_compare(ends[1], got);
    }
    assert_int_equal(got, sent);
    rig_free(&rig);
    close(ends[1]);
}

/* A talkative peer gets only so much of a round. */
static void test_bounded_work_in_a_round(void **state)
{
    struct server server;
    struct rig rig;
    uint8_t *bytes = calloc(1, LARGE);
    pthread_t thread;
    int peer;

    (void)state;
    assert_non_null(bytes);
    connect_rig(&rig, &server, &peer);
    assert_int_equal(rig_send(&rig, bytes, LARGE), KC_OK);
    assert_int_equal(pthread_create(&thread, NULL, echo, &peer), 0);
    while (rig.received.length < LARGE) {
        size_t before = rig.received.length;

        rig_turn(&rig);
        assert_true(rig.received.length - before <= 64 * 1024);
        assert_int_equal(rig.closed, 0);
    }
    pthread_join(thread, NULL);
    disconnect_rig(&rig, &server, peer);
    free(bytes);
}

/* ... and less of it where taking it takes long, so that it does not hold up timers; all of it arrives. */
static void test_bounded_time_in_a_round(void **state)
{
    enum { COUNT = 40000, PIECE = 4096 };
    struct server server;
    struct rig rig;
    uint8_t *bytes = calloc(1, COUNT);
    int peer;

    (void)state;
    assert_non_null(bytes);
    for (int closes = 0; closes < 2; closes++) {
        connect_rig(&rig, &server, &peer);
        assert_int_equal(write(peer, bytes, COUNT), COUNT);
        if (closes)
            close(peer);
        rig.slow_ms = 25;
        while (rig.received.length < COUNT) {
            size_t before = rig.received.length;

            rig_turn(&rig);
            assert_true(rig.received.length - before <= PIECE);
            assert_int_equal(rig.closed, 0);
        }
        if (closes)
            rig_until_closed(&rig);
        else
            close(peer);
        rig_free(&rig);
        close(server.listener);
    }
    free(bytes);
}

static void test_byte_by_byte(void **state)
{
    static const char text[] = "one byte after the other";
    struct server server;
    struct rig rig;
    int peer;

    (void)state;
    connect_rig(&rig, &server, &peer);
    for (size_t i = 0; i < sizeof text; i++) {
        assert_int_equal(write(peer, text + i, 1), 1);
        rig_until_received(&rig, i + 1);
    }
    assert_memory_equal(rig.received.data, text, sizeof text);
    assert_int_equal(rig_send(&rig, text, 0), KC_OK);
    disconnect_rig(&rig, &server, peer);
}

/* ---- Adopted descriptors --------------------------------------------------------------------------------------- */

static void test_adopted_socket(void **state)
{
    struct kc_error error;
    struct rig rig;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", ends[0], &error), KC_OK);
    assert_true((fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(ends[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(rig.connected, 0);
    rig_turn(&rig);
    assert_int_equal(rig.connected, 1);
    exchange(&rig, ends[1]);
    close(ends[1]);
    assert_lost(&rig);
    assert_non_null(strstr(rig.error.message, "descriptor"));
    rig_free(&rig);
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
}

/* The peer is gone before the first dispatch: connected, then what it said, then closed. */
static void test_adopted_after_the_end(void **state)
{
    struct kc_error error;
    struct rig rig;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], "bye", 3), 3);
    close(ends[1]);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", ends[0], &error), KC_OK);
    assert_lost(&rig);
    assert_int_equal(rig.received.length, 3);
    rig_free(&rig);
}

/* Writing to a peer that is gone neither raises a signal nor loses its answer. */
static void test_adopted_write_fails(void **state)
{
    struct kc_error error;
    struct rig rig;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", ends[0], &error), KC_OK);
    rig_until_connected(&rig);
    assert_int_equal(write(ends[1], "answer", 6), 6);
    close(ends[1]);
    assert_int_equal(rig_send(&rig, "late", 4), KC_ERROR_CONNECTION_LOST);
    assert_int_equal(rig.closed, 0);
    assert_lost(&rig);
    assert_int_equal(rig.received.length, 6);
    rig_free(&rig);
}

static void test_adopted_terminal(void **state)
{
    struct kc_error error;
    struct rig rig;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[64];
    int slave;

    (void)state;
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, name, sizeof name), 0);
    slave = open(name, O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", slave, &error), KC_OK);
    rig_until_connected(&rig);
    assert_int_equal(write(master, "line\n", 5), 5);
    rig_until_received(&rig, 5);
    close(master);
    assert_lost(&rig);
    rig_free(&rig);
}

static void unfit(int fd, const char *text)
{
    struct kc_error error;
    struct rig rig;

    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+fd:", fd, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(error.field, "fd");
    assert_non_null(strstr(error.message, text));
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* it was ours */
    rig_free(&rig);
}

static void test_unfit_descriptors(void **state)
{
    struct server server;
    int ends[2];

    (void)state;
    unfit(-1, "not open");
    unfit(open("/dev/null", O_RDWR | O_CLOEXEC), "cannot be a link");
    unfit(open("/proc/self/status", O_RDONLY | O_CLOEXEC), "neither socket nor terminal");
    unfit(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "not connected");
    unfit(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "not a stream socket");
    server_start(&server);
    unfit(server.listener, "not connected");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    unfit(ends[0], "both read and written");
    unfit(ends[1], "both read and written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peer_closes_at_once),     cmocka_unit_test(test_last_answer_is_not_lost),
        cmocka_unit_test(test_close_inside_callbacks),  cmocka_unit_test(test_close_closes),
        cmocka_unit_test(test_peer_never_reads),        cmocka_unit_test(test_the_queue_is_filled_to_its_bound),
        cmocka_unit_test(test_large_transfers),         cmocka_unit_test(test_large_transfers_through_the_queue),
        cmocka_unit_test(test_queue_moves_on),          cmocka_unit_test(test_bounded_work_in_a_round),
        cmocka_unit_test(test_bounded_time_in_a_round), cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_adopted_socket),          cmocka_unit_test(test_adopted_after_the_end),
        cmocka_unit_test(test_adopted_write_fails),     cmocka_unit_test(test_adopted_terminal),
        cmocka_unit_test(test_unfit_descriptors),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
