/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport that listens: one peer after the other on a port that never closes, a second peer, those that are not
 * allowed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop_private.h"
#include "transport.h"
#include "util/buf.h"

#define WAIT_MS 60000 /* "for ever": only reached when something is broken */

enum slot { NEVER, CONNECTED, RECEIVED, CLOSED };

/* In the place of the core, which asks for the next peer when one has gone. */
struct desk {
    struct loop *loop;
    struct transport *transport;
    struct arena arena;
    enum slot again_in, close_in;
    int connected, closed;
    struct buf received;
    struct kc_error error;
    char where[128];
};

static void act(struct desk *desk, enum slot slot)
{
    if (desk->close_in == slot) {
        desk->transport->table->close(desk->transport);
        desk->transport = NULL;
    } else if (desk->again_in == slot) {
        desk->transport->table->again(desk->transport);
    }
}

static void on_connected(void *user)
{
    struct desk *desk = user;
    desk->connected++;
    act(desk, CONNECTED);
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    struct desk *desk = user;
    buf_append(&desk->received, bytes, count);
    act(desk, RECEIVED);
}

static void on_closed(void *user, const struct kc_error *error)
{
    struct desk *desk = user;
    desk->closed++;
    desk->error = *error;
    act(desk, CLOSED);
}

static int32_t try_open(struct desk *desk, const char *text, struct kc_error *error)
{
    static const struct transport_events events = {
        .connected = on_connected, .received = on_received, .closed = on_closed};
    struct uri uri;
    assert_int_equal(uri_parse(&desk->arena, text, &uri, error), KC_OK);
    return transport_find("listen")->open(desk->loop, &uri, -1, &events, desk, &desk->transport, error);
}

static void open_desk(struct desk *desk, const char *text)
{
    memset(desk, 0, sizeof(*desk));
    assert_int_equal(loop_new(&desk->loop, &desk->error), KC_OK);
    desk->again_in = CLOSED;
    if (text) {
        if (try_open(desk, text, &desk->error) != KC_OK)
            fail_msg("%s", desk->error.message);
        desk->transport->table->where(desk->transport, desk->where, sizeof(desk->where));
    }
}

static void close_desk(struct desk *desk)
{
    transport_find("listen")->close(desk->transport);
    loop_free(desk->loop);
    arena_free(&desk->arena);
    buf_free(&desk->received);
}

static void turn_until(struct desk *desk, const int *count, int wanted)
{
    while (*count < wanted) {
        assert_int_equal(loop_wait(desk->loop, WAIT_MS), 1);
        assert_int_equal(loop_dispatch(desk->loop), KC_OK);
    }
}

static void settle(struct desk *desk)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(loop_dispatch(desk->loop), KC_OK);
}

/* From an address of this computer, "127.0.0.1" and its like. */
static int dial_from(const struct desk *desk, const char *from)
{
    struct sockaddr_in to = {.sin_family = AF_INET}, own = {.sin_family = AF_INET};
    const char *colon = strrchr(desk->where, ':');
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && colon);
    assert_int_equal(inet_pton(AF_INET, from, &own.sin_addr), 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
    to.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        fail_msg("%s: %s", desk->where, strerror(errno));
    return fd;
}

static int dial(const struct desk *desk)
{
    return dial_from(desk, "127.0.0.1");
}

static void expect_bytes(int fd, const char *text)
{
    char got[64];
    assert_int_equal(recv(fd, got, strlen(text), MSG_WAITALL), (ssize_t)strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

/* The end, or a reset, which is the end too. */
static void expect_end(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
    close(fd);
}

static void send_to(struct desk *desk, const char *text)
{
    assert_int_equal(desk->transport->table->send(desk->transport, (const uint8_t *)text, strlen(text)), KC_OK);
}

/* ---- One peer -------------------------------------------------------------------------------------------------- */

static void test_one_peer_after_the_other(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, "x+listen:0");
    assert_int_equal(strncmp(desk.where, "127.0.0.1:", 10), 0);
    assert_string_not_equal(desk.where, "127.0.0.1:0");
    for (int i = 1; i <= 5; i++) {
        int fd = dial(&desk);
        turn_until(&desk, &desk.connected, i);
        send_to(&desk, "hello");
        expect_bytes(fd, "hello");
        assert_int_equal(send(fd, "world", 5, 0), 5);
        while (desk.received.length < (size_t)i * 5)
            assert_int_equal(loop_run(desk.loop, WAIT_MS), KC_OK);
        close(fd);
        turn_until(&desk, &desk.closed, i);
        assert_int_equal(desk.error.code, KC_ERROR_CONNECTION_LOST);
        assert_non_null(strstr(desk.error.message, "127.0.0.1:"));
    }
    close_desk(&desk);
}

/* Also in the moment between two peers the port is open. */
static void test_the_port_never_closes(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, "x+listen://127.0.0.1:0");
    desk.again_in = NEVER; /* the core takes its time */
    int first = dial(&desk);
    turn_until(&desk, &desk.connected, 1);
    close(first);
    turn_until(&desk, &desk.closed, 1);
    int second = dial(&desk);
    settle(&desk);
    assert_int_equal(desk.connected, 1);
    desk.transport->table->again(desk.transport);
    turn_until(&desk, &desk.connected, 2);
    send_to(&desk, "ok");
    expect_bytes(second, "ok");
    close(second);
    close_desk(&desk);
}

static void test_it_may_be_closed_or_go_on_inside_a_callback(void **state)
{
    (void)state;
    for (int slot = CONNECTED; slot <= CLOSED; slot++)
        for (int how = 0; how < 2; how++) {
            struct desk desk;
            open_desk(&desk, "x+listen:0");
            desk.close_in = how == 0 ? (enum slot)slot : NEVER;
            desk.again_in = how == 1 ? (enum slot)slot : NEVER;
            int fd = dial(&desk);
            assert_int_equal(send(fd, "12345", 5, MSG_NOSIGNAL), 5);
            turn_until(&desk, &desk.connected, 1);
            if (slot == CLOSED)
                shutdown(fd, SHUT_WR);
            if (slot == CLOSED)
                turn_until(&desk, &desk.closed, 1);
            while (slot == RECEIVED && desk.received.length == 0)
                assert_int_equal(loop_run(desk.loop, WAIT_MS), KC_OK);
            settle(&desk);
            expect_end(fd);
            if (how == 1) {
                desk.again_in = NEVER;
                fd = dial(&desk);
                turn_until(&desk, &desk.connected, 2);
                close(fd);
            }
            close_desk(&desk);
        }
}

/* ---- Two peers ------------------------------------------------------------------------------------------------- */

static void test_a_second_peer_takes_the_place_of_the_first(void **state)
{
    (void)state;
    for (int speaks = 0; speaks < 2; speaks++) {
        struct desk desk;
        open_desk(&desk, "x+listen:0");
        int first = dial(&desk);
        turn_until(&desk, &desk.connected, 1);
        int second = dial(&desk);
        if (speaks)
            assert_int_equal(send(second, "LD", 2, 0), 2);
        turn_until(&desk, &desk.connected, 2);
        assert_int_equal(desk.closed, 1);
        assert_non_null(strstr(desk.error.message, "taken its place"));
        expect_end(first);
        send_to(&desk, "LS");
        expect_bytes(second, "LS");
        while (speaks && desk.received.length < 2)
            assert_int_equal(loop_run(desk.loop, WAIT_MS), KC_OK);
        close(second);
        close_desk(&desk);
    }
}

static void test_of_many_peers_the_last_one_stays(void **state)
{
    (void)state;
    struct desk desk;
    int fds[12];
    open_desk(&desk, "x+listen:0");
    for (int i = 0; i < 12; i++)
        fds[i] = dial(&desk);
    for (int links = 0; links < 2 && desk.closed == 0;)
        if (loop_run(desk.loop, WAIT_MS) == KC_OK)
            links = desk.connected;
    turn_until(&desk, &desk.connected, desk.closed + 1);
    send_to(&desk, "hi");
    expect_bytes(fds[11], "hi");
    for (int i = 0; i < 11; i++)
        expect_end(fds[i]);
    close(fds[11]);
    close_desk(&desk);
}

static void test_a_port_scan_does_no_harm(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, "x+listen:0");
    close(dial(&desk)); /* nobody is there yet, and this one is no peer, either */
    settle(&desk);
    assert_int_equal(desk.connected + desk.closed, 0);
    int fd = dial(&desk);
    turn_until(&desk, &desk.connected, 1);
    for (int i = 0; i < 20; i++) {
        close(dial(&desk)); /* gone before it is met */
        settle(&desk);
    }
    int scanner = dial(&desk);
    assert_int_equal(loop_dispatch(desk.loop), KC_OK);
    assert_int_equal(desk.loop->heap_count, 1); /* met: it would take the link now if this computer took its time */
    desk.loop->heap[0].deadline += WAIT_MS;
    settle(&desk);
    close(scanner); /* and then gone */
    settle(&desk);
    send_to(&desk, "still");
    expect_bytes(fd, "still");
    assert_int_equal(desk.connected, 1);
    assert_int_equal(desk.closed, 0);
    close(fd);
    close_desk(&desk);
}

static void test_a_second_peer_can_be_refused(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, "x+listen:0?second=refuse");
    int first = dial(&desk);
    turn_until(&desk, &desk.connected, 1);
    int second = dial(&desk);
    settle(&desk);
    expect_end(second);
    send_to(&desk, "one");
    expect_bytes(first, "one");
    close(first);
    turn_until(&desk, &desk.closed, 1);
    first = dial(&desk);
    turn_until(&desk, &desk.connected, 2);
    close(first);
    close_desk(&desk);
}

/* ---- Who is allowed -------------------------------------------------------------------------------------------- */

static void test_only_those_who_are_allowed_come_in(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *from;
        bool good;
    } rows[] = {{"x+listen:0?allow=127.0.0.1", "127.0.0.1", true},
                {"x+listen:0?allow=127.0.0.1", "127.0.0.2", false},
                {"x+listen:0?allow=10.0.0.1,127.0.0.2", "127.0.0.2", true},
                {"x+listen:0?allow=127.0.0.0/30", "127.0.0.3", true},
                {"x+listen:0?allow=127.0.0.0/30", "127.0.0.4", false},
                {"x+listen:0?allow=::1,127.0.0.0/8", "127.9.9.9", true},
                {"x+listen:0?allow=::/96", "127.0.0.1", false},
                {"x+listen:0?allow=0.0.0.0/0", "127.0.0.1", true},
                {"x+listen://[::]:0?allow=127.0.0.2", "127.0.0.2", true},
                {"x+listen://[::]:0?allow=127.0.0.2", "127.0.0.1", false},
                {"x+listen://0.0.0.0:0", "127.0.0.3", true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct desk desk;
        open_desk(&desk, rows[i].uri);
        int fd = dial_from(&desk, rows[i].from);
        if (rows[i].good) {
            turn_until(&desk, &desk.connected, 1);
            close(fd);
        } else {
            assert_int_equal(loop_run(desk.loop, WAIT_MS), KC_OK);
            settle(&desk);
            expect_end(fd);
            assert_int_equal(desk.connected, 0);
        }
        close_desk(&desk);
    }
}

static void test_what_is_no_place_to_listen_at(void **state)
{
    (void)state;
    static const char *const bad[] = {"x+listen:",
                                      "x+listen:65536",
                                      "x+listen:12x",
                                      "x+listen://127.0.0.1",
                                      "x+listen://host.example:5010",
                                      "x+listen://u@127.0.0.1:5010",
                                      "x+listen://127.0.0.1:5010/path",
                                      "x+listen:5010?allow=host.example",
                                      "x+listen:5010?allow=10.0.0.0/33",
                                      "x+listen:5010?allow=10.0.0.0/",
                                      "x+listen:5010?allow=::1/129",
                                      "x+listen:5010?second=both"};
    struct desk desk;
    struct uri uri;
    open_desk(&desk, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct kc_error error = {0};
        assert_int_equal(uri_parse(&desk.arena, bad[i], &uri, &error), KC_OK);
        assert_int_equal(transport_find("listen")->check(&uri, &error), KC_ERROR_INVALID_ARGUMENT);
        assert_true(*error.field && *error.message);
        assert_int_equal(try_open(&desk, bad[i], &error), KC_ERROR_INVALID_ARGUMENT);
        assert_null(desk.transport);
    }
    static const char *const good[] = {"x+listen:5010", "x+listen://localhost:0", "x+listen://[::1]:5010",
                                       "x+listen:1?allow=10.0.0.1,%20fe80::/10&second=replace"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(uri_parse(&desk.arena, good[i], &uri, &desk.error), KC_OK);
        assert_int_equal(transport_find("listen")->check(&uri, &desk.error), KC_OK);
    }
    close_desk(&desk);
}

static void test_a_port_that_is_taken(void **state)
{
    (void)state;
    struct desk desk, other;
    char uri[160];
    open_desk(&desk, "x+listen:0");
    open_desk(&other, NULL);
    snprintf(uri, sizeof(uri), "x+listen://%s", desk.where);
    assert_int_equal(try_open(&other, uri, &other.error), KC_ERROR_SYSTEM);
    assert_non_null(strstr(other.error.message, desk.where));
    close_desk(&desk); /* with nobody connected; then it is free at once */
    assert_int_equal(try_open(&other, uri, &other.error), KC_OK);
    close_desk(&other);
}

/* What a peer does not take is kept up to a bound, then the connection ends; the port stays. */
static void test_a_peer_that_never_reads(void **state)
{
    (void)state;
    struct desk desk;
    static char bytes[65536];
    memset(bytes, 'x', sizeof(bytes));
    open_desk(&desk, "x+listen:0");
    int fd = dial(&desk);
    turn_until(&desk, &desk.connected, 1);
    int32_t status = KC_OK;
    for (int i = 0; i < 10000 && status == KC_OK; i++)
        status = desk.transport->table->send(desk.transport, (const uint8_t *)bytes, sizeof(bytes));
    assert_int_equal(status, KC_ERROR_CONNECTION_LOST);
    turn_until(&desk, &desk.closed, 1);
    int next = dial(&desk);
    turn_until(&desk, &desk.connected, 2);
    send_to(&desk, "fresh");
    expect_bytes(next, "fresh");
    close(next);
    close(fd);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_peer_after_the_other),
        cmocka_unit_test(test_the_port_never_closes),
        cmocka_unit_test(test_it_may_be_closed_or_go_on_inside_a_callback),
        cmocka_unit_test(test_a_second_peer_takes_the_place_of_the_first),
        cmocka_unit_test(test_of_many_peers_the_last_one_stays),
        cmocka_unit_test(test_a_port_scan_does_no_harm),
        cmocka_unit_test(test_a_second_peer_can_be_refused),
        cmocka_unit_test(test_only_those_who_are_allowed_come_in),
        cmocka_unit_test(test_what_is_no_place_to_listen_at),
        cmocka_unit_test(test_a_port_that_is_taken),
        cmocka_unit_test(test_a_peer_that_never_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
