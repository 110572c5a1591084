/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP transport with servers that are silent, break off, talk nonsense or too much; each played byte by byte. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_rig.h"

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

struct scene {
    struct http_rig rig;
    struct server server;
    struct http_answer answer;
    char request[2000];
    int peer;
};

static void begin(struct scene *scene, const char *options)
{
    memset(scene, 0, sizeof *scene);
    scene->peer = -1;
    http_rig_init(&scene->rig);
    server_start(&scene->server);
    http_rig_open(&scene->rig, "x+http://127.0.0.1:%d/%s", scene->server.port, options);
}

static void end(struct scene *scene)
{
    http_rig_free(&scene->rig);
    http_answer_free(&scene->answer);
    if (scene->peer >= 0)
        close(scene->peer);
    close(scene->server.listener);
}

static void hang_up(struct scene *scene)
{
    close(scene->peer);
    scene->peer = -1;
}

/* Asks, and takes the request. */
static void ask(struct scene *scene, bool repeatable)
{
    http_rig_send(&scene->rig, "", "body", repeatable, &scene->answer);
    if (scene->peer < 0)
        scene->peer = peer_accept(&scene->rig, &scene->server);
    assert_true(peer_read(&scene->rig, scene->peer, scene->request, sizeof scene->request) > 0);
    assert_int_equal(count_in(scene->request, "body"), 1);
}

static void answered(struct scene *scene)
{
    http_rig_until_answered(&scene->rig, &scene->answer);
}

/* One exchange after which the connection is kept. */
static void warm_up(struct scene *scene)
{
    ask(scene, false);
    peer_say(&scene->rig, scene->peer, OK_REPLY);
    answered(scene);
    expect_reply(&scene->answer, 200, "ok");
}

/* ---- Pieces ---------------------------------------------------------------------------------------------------- */

static void test_split_at_each_byte(void **state)
{
    static const char reply[] =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Fine\r\nContent-type:  a/b \r\nLOCATION: c d\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: u\r\n\r\n";
    struct scene scene;

    (void)state;
    begin(&scene, "");
    for (size_t at = 1; at < sizeof reply - 1; at++) {
        ask(&scene, false);
        peer_write(&scene.rig, scene.peer, reply, at);
        http_rig_settle(&scene.rig);
        assert_int_equal(scene.answer.count, 0);
        peer_write(&scene.rig, scene.peer, reply + at, sizeof reply - 1 - at);
        answered(&scene);
        expect_reply(&scene.answer, 202, "hello world");
        assert_string_equal(scene.answer.content_type, "a/b");
        assert_string_equal(scene.answer.location, "c d");
    }
    expect_nobody(&scene.rig, &scene.server); /* one connection for all */
    end(&scene);
}

static void test_reply_to_the_end_of_the_connection(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, "");
    ask(&scene, false);
    peer_say(&scene.rig, scene.peer, "HTTP/1.0 500 Oh\r\n\r\nfault");
    hang_up(&scene);
    answered(&scene);
    expect_reply(&scene.answer, 500, "fault");
    end(&scene);
}

/* ---- At most once ---------------------------------------------------------------------------------------------- */

/* A kept connection takes the second request, in whole or half, and is closed: nobody knows what was done with it. */
static void test_kept_connection_drops(void **state)
{
    (void)state;
    for (int half = 0; half < 2; half++) {
        struct scene scene;
        char byte;

        begin(&scene, "");
        warm_up(&scene);
        if (half) {
            http_rig_send(&scene.rig, "", "body", false, &scene.answer);
            peer_wait(&scene.rig, scene.peer);
            assert_int_equal(recv(scene.peer, &byte, 1, 0), 1);
        } else {
            ask(&scene, false);
        }
        hang_up(&scene);
        answered(&scene);
        expect_error(&scene.answer, KC_ERROR_CONNECTION_LOST, true, "was lost");
        expect_nobody(&scene.rig, &scene.server);
        ask(&scene, false); /* by a new connection */
        peer_say(&scene.rig, scene.peer, OK_REPLY);
        answered(&scene);
        expect_reply(&scene.answer, 200, "ok");
        end(&scene);
    }
}

/* Nor is it sent again by another connection that is kept too. */
static void test_other_kept_connection(void **state)
{
    struct scene scene;
    struct http_answer other = {0};
    int peers[2];

    (void)state;
    begin(&scene, "");
    http_rig_send(&scene.rig, "", "x", false, &other);
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    for (int i = 0; i < 2; i++) {
        peers[i] = peer_accept(&scene.rig, &scene.server);
        assert_true(peer_read(&scene.rig, peers[i], scene.request, sizeof scene.request) > 0);
    }
    for (int i = 0; i < 2; i++)
        peer_say(&scene.rig, peers[i], OK_REPLY);
    http_rig_until_answered(&scene.rig, &other);
    answered(&scene);

    http_rig_send(&scene.rig, "", "body", false, &scene.answer);
    http_rig_settle(&scene.rig);
    for (int i = 0; i < 2; i++) {
        char byte;

        if (recv(peers[i], &byte, 1, MSG_DONTWAIT) == 1) {
            close(peers[i]);
            peers[i] = -1;
        }
    }
    assert_true((peers[0] < 0) != (peers[1] < 0)); /* it came by one of them */
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_CONNECTION_LOST, true, "not sent again");
    http_rig_settle(&scene.rig);
    for (int i = 0; i < 2; i++) {
        char byte;

        if (peers[i] >= 0) {
            assert_true(recv(peers[i], &byte, 1, MSG_DONTWAIT) <= 0);
            close(peers[i]);
        }
    }
    expect_nobody(&scene.rig, &scene.server);
    http_answer_free(&other);
    end(&scene);
}

/* One that can do no harm is sent again. */
static void test_repeatable(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, "");
    warm_up(&scene);
    ask(&scene, true);
    hang_up(&scene);
    scene.peer = peer_accept(&scene.rig, &scene.server);
    assert_true(peer_read(&scene.rig, scene.peer, scene.request, sizeof scene.request) > 0);
    peer_say(&scene.rig, scene.peer, OK_REPLY);
    answered(&scene);
    expect_reply(&scene.answer, 200, "ok");
    end(&scene);
}

/* A kept connection that the server closed while nothing was asked is not used. */
static void test_closed_while_idle(void **state)
{
    static const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    (void)state;
    for (int hard = 0; hard < 2; hard++) {
        struct scene scene;

        begin(&scene, "");
        warm_up(&scene);
        if (hard)
            assert_int_equal(setsockopt(scene.peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        hang_up(&scene);
        http_rig_settle(&scene.rig);
        assert_int_equal(loop_wait(scene.rig.loop, 0), 0); /* it does not keep the loop awake */
        warm_up(&scene);
        end(&scene);
    }
}

static void test_reset_by_status(void **state)
{
    static const char *const cut[] = {"",
                                      "HTTP/1.1 2",
                                      "HTTP/1.1 200 OK\r\n",
                                      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n",
                                      "HTTP/1.1 100 Go on\r\n\r\n",
                                      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        struct scene scene;

        begin(&scene, "");
        ask(&scene, true);
        peer_say(&scene.rig, scene.peer, cut[i]);
        hang_up(&scene);
        answered(&scene);
        expect_error(&scene.answer, KC_ERROR_CONNECTION_LOST, true, "was lost");
        expect_nobody(&scene.rig, &scene.server);
        end(&scene);
    }
}

/* ---- Nonsense and too much ------------------------------------------------------------------------------------- */

static void test_garbage(void **state)
{
    static const char *const garbage[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x15\x03\x01\x00\x02\x02\x0A",
        "\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n",
        "HTTP/7.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFF\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        struct scene scene;

        begin(&scene, "");
        ask(&scene, false);
        peer_say(&scene.rig, scene.peer, garbage[i]);
        shutdown(scene.peer, SHUT_WR);
        answered(&scene);
        if (scene.answer.error.code != KC_ERROR_PROTOCOL)
            print_message("garbage %zu\n", i);
        expect_error(&scene.answer, KC_ERROR_PROTOCOL, true, "127.0.0.1:");
        end(&scene);
    }
}

static void test_endless_header(void **state)
{
    static const char line[] = "X-Again: and again and again\r\n";

    (void)state;
    for (int one_line = 0; one_line < 2; one_line++) {
        struct scene scene;

        begin(&scene, "");
        ask(&scene, false);
        peer_say(&scene.rig, scene.peer, "HTTP/1.1 200 OK\r\nX-Long: ");
        for (int i = 0; scene.answer.count == 0 && i < 1000000; i++)
            peer_write(&scene.rig, scene.peer, line, sizeof line - (one_line ? 3 : 1));
        answered(&scene);
        expect_error(&scene.answer, KC_ERROR_PROTOCOL, true, "header");
        end(&scene);
    }
}

static void test_endless_body(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene, "?reply-limit=10");
    ask(&scene, false);
    peer_say(&scene.rig, scene.peer, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    answered(&scene);
    expect_reply(&scene.answer, 200, "0123456789");
    ask(&scene, false);
    peer_say(&scene.rig, scene.peer, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a");
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_PROTOCOL, true, "longer than 10 bytes (option reply-limit)");
    end(&scene);
}

/* ---- Nobody there, and silence --------------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    struct scene scene;
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t length = sizeof name;
    int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    /* bound, so that nobody else gets the port, but not listening */
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(deaf, (struct sockaddr *)&name, length), 0);
    assert_int_equal(getsockname(deaf, (struct sockaddr *)&name, &length), 0);
    memset(&scene, 0, sizeof scene);
    http_rig_init(&scene.rig);
    http_rig_open(&scene.rig, "x+http://127.0.0.1:%d/", ntohs(name.sin_port));
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_UNREACHABLE, false, "cannot be reached: Connection refused; check");
    http_answer_free(&scene.answer);
    http_rig_free(&scene.rig);
    close(deaf);
}

static void test_unknown_name(void **state)
{
    struct scene scene;

    (void)state;
    memset(&scene, 0, sizeof scene);
    http_rig_init(&scene.rig);
    http_rig_open(&scene.rig, "x+http://no-such-lock.invalid/");
    for (int i = 0; i < 2; i++) {
        http_rig_send(&scene.rig, "", "x", false, &scene.answer);
        answered(&scene);
        expect_error(&scene.answer, KC_ERROR_UNREACHABLE, false, "no-such-lock.invalid:80 cannot be reached");
        assert_non_null(strstr(scene.answer.error.message, "check the host name"));
    }
    http_rig_send(&scene.rig, "", "x", false, &scene.answer); /* closed while the name is looked up */
    http_rig_free(&scene.rig);
    http_answer_free(&scene.answer);
}

static void test_name(void **state)
{
    struct scene scene;

    (void)state;
    memset(&scene, 0, sizeof scene);
    scene.peer = -1;
    http_rig_init(&scene.rig);
    server_start(&scene.server);
    http_rig_open(&scene.rig, "x+http://localhost:%d/", scene.server.port);
    warm_up(&scene);
    assert_int_equal(count_in(scene.request, "\r\nHost: localhost:"), 1);
    hang_up(&scene);
    warm_up(&scene);
    end(&scene);
}

/* A server whose queue is full: connecting takes for ever. */
static void test_silent_connecting(void **state)
{
    struct scene scene;
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    int fds[4];

    (void)state;
    memset(&scene, 0, sizeof scene);
    http_rig_init(&scene.rig);
    assert_int_equal(server_open(&scene.server, "127.0.0.1", 0), 0);
    assert_int_equal(getsockname(scene.server.listener, (struct sockaddr *)&name, &length), 0);
    for (int i = 0; i < 4; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fds[i], (struct sockaddr *)&name, length);
    }
    http_rig_open(&scene.rig, "x+http://127.0.0.1:%d/?connect-timeout=50", scene.server.port);
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_UNREACHABLE, false, "within 50 ms (option connect-timeout)");
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    http_rig_settle(&scene.rig);
    scene.rig.transport->table->drop(scene.rig.transport, scene.answer.exchange); /* while connecting */
    http_rig_settle(&scene.rig);
    assert_int_equal(scene.answer.count, 0);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    scene.peer = -1;
    end(&scene);
}

static void test_silent_server(void **state)
{
    const struct http_request request = {.method = "POST", .path = "", .body = "x", .body_size = 1, .answer_ms = 40};
    struct scene scene;

    (void)state;
    begin(&scene, "?reply-timeout=60");
    http_rig_ask(&scene.rig, &request, &scene.answer);
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_TIMED_OUT, true, "did not begin to answer within 40 ms");
    scene.peer = peer_accept(&scene.rig, &scene.server);
    assert_true(peer_read(&scene.rig, scene.peer, scene.request, sizeof scene.request) > 0);
    assert_int_equal(peer_read(&scene.rig, scene.peer, scene.request, sizeof scene.request), 0); /* closed */
    hang_up(&scene);

    ask(&scene, false);
    peer_say(&scene.rig, scene.peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nand then");
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_TIMED_OUT, true, "not complete after 60 ms (option reply-timeout)");
    hang_up(&scene);
    warm_up(&scene);
    end(&scene);
}

/* ---- Dropping -------------------------------------------------------------------------------------------------- */

static void drop(struct scene *scene)
{
    scene->rig.transport->table->drop(scene->rig.transport, scene->answer.exchange);
    http_rig_settle(&scene->rig);
    assert_int_equal(scene->answer.count, 0);
}

static void test_drop(void **state)
{
    static const char *const said[] = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"};
    struct scene scene;

    (void)state;
    begin(&scene, "");
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    drop(&scene); /* before anything happened */
    expect_nobody(&scene.rig, &scene.server);
    for (size_t i = 0; i < 3; i++) {
        ask(&scene, false);
        peer_say(&scene.rig, scene.peer, said[i]);
        http_rig_settle(&scene.rig);
        drop(&scene);
        /* the late reply cannot be taken for that of another request */
        assert_int_equal(peer_read(&scene.rig, scene.peer, scene.request, sizeof scene.request), 0);
        hang_up(&scene);
    }
    warm_up(&scene);
    ask(&scene, false);
    http_rig_close(&scene.rig); /* with one on its way */
    assert_int_equal(scene.answer.count, 0);
    end(&scene);
}

static void test_drop_while_resolving(void **state)
{
    struct scene scene;
    struct http_answer other = {0};

    (void)state;
    memset(&scene, 0, sizeof scene);
    scene.peer = -1;
    http_rig_init(&scene.rig);
    server_start(&scene.server);
    http_rig_open(&scene.rig, "x+http://localhost:%d/", scene.server.port);
    http_rig_send(&scene.rig, "", "x", false, &other);
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    scene.rig.transport->table->drop(scene.rig.transport, scene.answer.exchange);
    scene.peer = peer_accept(&scene.rig, &scene.server);
    assert_true(peer_read(&scene.rig, scene.peer, scene.request, sizeof scene.request) > 0);
    peer_say(&scene.rig, scene.peer, OK_REPLY);
    http_rig_until_answered(&scene.rig, &other);
    expect_reply(&other, 200, "ok");
    assert_int_equal(scene.answer.count, 0);
    http_answer_free(&other);
    end(&scene);
}

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

/* No connection is inherited by programs that the host starts. */
static void test_close_on_exec(void **state)
{
    struct scene scene;
    struct sockaddr_in6 name;
    int connections = 0;

    (void)state;
    begin(&scene, "");
    warm_up(&scene);
    for (int fd = 3; fd < 200; fd++) {
        socklen_t length = sizeof name;

        if (fd == scene.peer || getpeername(fd, (struct sockaddr *)&name, &length) != 0 || name.sin6_family == AF_UNIX)
            continue;
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        connections++;
    }
    assert_int_equal(connections, 1);
    end(&scene);
}

static void test_no_descriptors(void **state)
{
    struct scene scene;
    struct rlimit before, none;

    (void)state;
    begin(&scene, "");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    http_rig_send(&scene.rig, "", "x", false, &scene.answer);
    for (int i = 0; i < 100 && scene.answer.count == 0; i++)
        http_rig_settle(&scene.rig); /* poll(2) has no descriptors either */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    answered(&scene);
    expect_error(&scene.answer, KC_ERROR_SYSTEM, false, "open at a time (ulimit -n)");
    warm_up(&scene);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_at_each_byte),
        cmocka_unit_test(test_reply_to_the_end_of_the_connection),
        cmocka_unit_test(test_kept_connection_drops),
        cmocka_unit_test(test_other_kept_connection),
        cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_closed_while_idle),
        cmocka_unit_test(test_reset_by_status),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_endless_header),
        cmocka_unit_test(test_endless_body),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_silent_connecting),
        cmocka_unit_test(test_silent_server),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_drop_while_resolving),
        cmocka_unit_test(test_close_on_exec),
        cmocka_unit_test(test_no_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
