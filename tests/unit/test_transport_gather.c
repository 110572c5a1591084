/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A single byte that may wait for what follows it, over TCP: when it may, that it never waits for ever, and that what
 * came before a request is not taken for the answer to it. setsockopt() is replaced, so that it can refuse. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp_server.h"

enum { LONGER_THAN_QUICK_MS = 30, TRIES = 10000 };

static bool refuse_mark;

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    typedef int function(int, int, int, const void *, socklen_t);
    function *next = (function *)dlsym(RTLD_NEXT, "setsockopt");

    if (refuse_mark && level == SOL_SOCKET && name == SO_RCVLOWAT) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return next(fd, level, name, value, length);
}

/* ---- A link ---------------------------------------------------------------------------------------------------- */

struct line {
    struct rig rig;
    struct server server;
    int peer;
    int fd; /* of the transport */
};

static void line_open(struct line *line)
{
    refuse_mark = false;
    connect_rig(&line->rig, &line->server, &line->peer);
    line->fd = -1;
    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_in name;
        socklen_t length = sizeof name;

        if (getpeername(fd, (struct sockaddr *)&name, &length) == 0 && name.sin_family == AF_INET &&
            ntohs(name.sin_port) == line->server.port)
            line->fd = fd;
    }
    assert_true(line->fd >= 0);
    /* The system of the peer does not wait with the answer until the byte before it has arrived. */
    assert_int_equal(setsockopt(line->peer, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), 0);
    buf_clear(&line->rig.received);
}

static void line_close(struct line *line)
{
    disconnect_rig(&line->rig, &line->server, line->peer);
}

static int mark_of(const struct line *line)
{
    int value = 0;
    socklen_t length = sizeof value;

    assert_int_equal(getsockopt(line->fd, SOL_SOCKET, SO_RCVLOWAT, &value, &length), 0);
    return value;
}

static bool may_ask(struct line *line)
{
    return line->rig.transport->table->may_ask(line->rig.transport);
}

static void tell(const struct line *line, const char *text)
{
    assert_int_equal(send(line->peer, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
}

static void ask(struct line *line)
{
    char byte;

    assert_true(may_ask(line));
    assert_int_equal(rig_send(&line->rig, "?", 1), KC_OK);
    read_whole(line->peer, &byte, 1);
    buf_clear(&line->rig.received);
}

static void assert_heard(struct line *line, const char *text)
{
    rig_until_received(&line->rig, strlen(text));
    assert_int_equal(line->rig.received.length, strlen(text));
    assert_memory_equal(line->rig.received.data, text, strlen(text));
}

/* The byte and the answer come one after the other. */
static void exchange_in_two(struct line *line)
{
    ask(line);
    tell(line, "A");
    assert_heard(line, "A");
    tell(line, "answer");
    assert_heard(line, "Aanswer");
}

/* On a busy computer an exchange may take too long to be quick, but not each time. */
static void raise_mark(struct line *line)
{
    for (int i = 0; i < TRIES && mark_of(line) == 1; i++)
        exchange_in_two(line);
    assert_int_equal(mark_of(line), 2);
}

/* Until the bytes lie in the socket; nothing is read. */
static void wait_for_bytes(const struct line *line, int count)
{
    int there = 0;

    while (there < count) {
        assert_int_equal(ioctl(line->fd, FIONREAD, &there), 0);
        poll(NULL, 0, 1);
    }
}

/* ---- When the mark is raised ----------------------------------------------------------------------------------- */

static void test_quick_exchanges(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    assert_int_equal(mark_of(&line), 1);
    exchange_in_two(&line);
    assert_int_equal(mark_of(&line), 1); /* one alone is not worth it */
    raise_mark(&line);
    for (int i = 0; i < 100; i++) {
        ask(&line);
        tell(&line, "Aanswer");
        assert_heard(&line, "Aanswer");
    }
    line_close(&line);
}

/* Nothing is to be gained where both come together anyway. */
static void test_answers_in_one(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    for (int i = 0; i < 10; i++) {
        ask(&line);
        tell(&line, "Aanswer");
        wait_for_bytes(&line, 7);
        assert_heard(&line, "Aanswer");
        assert_int_equal(mark_of(&line), 1);
    }
    line_close(&line);
}

/* A person is waited for: the byte is heard when it comes, and nothing is done about it. */
static void test_slow_answers(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    for (int i = 0; i < 4; i++) {
        ask(&line);
        tell(&line, "A");
        assert_heard(&line, "A");
        poll(NULL, 0, LONGER_THAN_QUICK_MS);
        tell(&line, "answer");
        assert_heard(&line, "Aanswer");
        assert_int_equal(mark_of(&line), 1);
    }
    line_close(&line);
}

/* Without requests of this kind nothing waits. */
static void test_nobody_asks(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    for (int i = 0; i < 4; i++) {
        buf_clear(&line.rig.received);
        tell(&line, "A");
        assert_heard(&line, "A");
        tell(&line, "answer");
        assert_heard(&line, "Aanswer");
        assert_int_equal(mark_of(&line), 1);
    }
    line_close(&line);
}

/* ---- What a raised mark must not hold up ----------------------------------------------------------------------- */

static void test_one_byte_alone(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    ask(&line);
    tell(&line, "A");
    assert_heard(&line, "A");
    assert_int_equal(mark_of(&line), 1); /* it had something to tell by itself */
    tell(&line, "B");
    assert_heard(&line, "AB");
    line_close(&line);
}

/* What is left of an answer may be one byte, too. */
static void test_last_byte_alone(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    ask(&line);
    tell(&line, "Aanswe");
    assert_heard(&line, "Aanswe");
    tell(&line, "r");
    assert_heard(&line, "Aanswer");
    line_close(&line);
}

/* After the last exchange the link is as it was before the first, and wakes nobody. */
static void test_idle(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    while (mark_of(&line) == 2)
        rig_turn(&line.rig);
    assert_int_equal(loop_wait(line.rig.loop, 100), 0);
    buf_clear(&line.rig.received);
    tell(&line, "A");
    assert_heard(&line, "A");
    raise_mark(&line); /* and again */
    line_close(&line);
}

static void test_end(void **state)
{
    (void)state;
    for (int byte = 0; byte < 2; byte++) {
        struct line line;

        line_open(&line);
        raise_mark(&line);
        ask(&line);
        if (byte)
            tell(&line, "A");
        assert_int_equal(shutdown(line.peer, SHUT_WR), 0);
        rig_until_closed(&line.rig);
        assert_int_equal(line.rig.received.length, byte);
        assert_int_equal(line.rig.error.code, KC_ERROR_CONNECTION_LOST);
        line_close(&line);
    }
}

static void test_reset(void **state)
{
    const struct linger at_once = {.l_onoff = 1};
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    ask(&line);
    assert_int_equal(setsockopt(line.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    assert_int_equal(close(line.peer), 0);
    rig_until_closed(&line.rig);
    assert_int_equal(line.rig.error.code, KC_ERROR_CONNECTION_LOST);
    line.peer = dup(STDIN_FILENO);
    line_close(&line);
}

/* ---- What came before a request -------------------------------------------------------------------------------- */

static void test_stray_byte(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    buf_clear(&line.rig.received);
    tell(&line, "N");
    wait_for_bytes(&line, 1);
    assert_int_equal(mark_of(&line), 2);
    assert_false(may_ask(&line));
    assert_int_equal(line.rig.received.length, 0); /* not from inside the call */
    assert_heard(&line, "N");
    exchange_in_two(&line);
    line_close(&line);
}

static void test_ended_before_a_request(void **state)
{
    struct line line;
    struct pollfd entry = {.events = POLLIN};

    (void)state;
    line_open(&line);
    raise_mark(&line);
    assert_int_equal(shutdown(line.peer, SHUT_WR), 0);
    entry.fd = line.fd;
    assert_int_equal(poll(&entry, 1, RIG_WAIT_MS), 1);
    assert_false(may_ask(&line));
    assert_int_equal(line.rig.closed, 0);
    rig_until_closed(&line.rig);
    line_close(&line);
}

static void test_reset_before_a_request(void **state)
{
    const struct linger at_once = {.l_onoff = 1};
    struct line line;
    struct pollfd entry = {.events = POLLIN};

    (void)state;
    line_open(&line);
    raise_mark(&line);
    assert_int_equal(setsockopt(line.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    assert_int_equal(close(line.peer), 0);
    entry.fd = line.fd;
    assert_int_equal(poll(&entry, 1, RIG_WAIT_MS), 1);
    assert_false(may_ask(&line));
    rig_until_closed(&line.rig);
    assert_non_null(strstr(line.rig.error.message, strerror(ECONNRESET)));
    line.peer = dup(STDIN_FILENO);
    line_close(&line);
}

static void test_close_while_raised(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    tell(&line, "N");
    wait_for_bytes(&line, 1);
    assert_false(may_ask(&line));
    rig_close(&line.rig);
    int wakes = 0;
    for (rig_settle(&line.rig); loop_wait(line.rig.loop, 100) == 1; wakes++)
        rig_settle(&line.rig);
    assert_in_range(wakes, 0, 1); /* the timer of the system was set */
    line_close(&line);
}

/* ---- A system that refuses ------------------------------------------------------------------------------------- */

static void test_mark_cannot_be_raised(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    refuse_mark = true;
    for (int i = 0; i < 10; i++)
        exchange_in_two(&line);
    assert_int_equal(mark_of(&line), 1);
    rig_settle(&line.rig);
    assert_int_equal(loop_wait(line.rig.loop, 100), 0);
    line_close(&line);
}

/* Then the timer goes on, and no byte stays there. */
static void test_mark_cannot_be_lowered(void **state)
{
    struct line line;

    (void)state;
    line_open(&line);
    raise_mark(&line);
    refuse_mark = true;
    for (int i = 0; i < 3; i++) {
        ask(&line);
        tell(&line, "A");
        assert_heard(&line, "A");
    }
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quick_exchanges),
        cmocka_unit_test(test_answers_in_one),
        cmocka_unit_test(test_slow_answers),
        cmocka_unit_test(test_nobody_asks),
        cmocka_unit_test(test_one_byte_alone),
        cmocka_unit_test(test_last_byte_alone),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_stray_byte),
        cmocka_unit_test(test_ended_before_a_request),
        cmocka_unit_test(test_reset_before_a_request),
        cmocka_unit_test(test_close_while_raised),
        cmocka_unit_test(test_mark_cannot_be_raised),
        cmocka_unit_test(test_mark_cannot_be_lowered),
    };

    return cmocka_run_group_tests_name("transport-gather", tests, NULL, NULL);
}
