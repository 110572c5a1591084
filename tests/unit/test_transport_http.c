/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP transport with servers and proxies that behave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_rig.h"
#include "http_server.h"

static void begin(struct http_rig *rig, struct http_server *server, const char *rest)
{
    http_rig_init(rig);
    http_server_start(server, 1);
    http_rig_open(rig, "x+http://127.0.0.1:%d%s", server->port, rest);
}

static void end(struct http_rig *rig, struct http_server *server)
{
    http_rig_free(rig);
    http_server_stop(server);
}

/* ---- Requests and replies -------------------------------------------------------------------------------------- */

static void test_request(void **state)
{
    static const struct http_field fields[] = {{"Content-Type", "text/xml; charset=utf-8"},
                                               {"SOAPAction", "\"urn:one\""}};
    char body[] = "<a/>";
    const struct http_request request = {.method = "POST",
                                         .path = "/keys?query=7",
                                         .fields = fields,
                                         .field_count = 2,
                                         .body = body,
                                         .body_size = 4,
                                         .answer_ms = RIG_WAIT_MS};
    struct http_rig rig;
    struct http_server server;
    struct http_answer answer = {0};

    (void)state;
    begin(&rig, &server, "/base%20path");
    http_rig_ask(&rig, &request, &answer);
    memset(body, 'z', 4); /* it was copied */
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "POST /base path/keys <a/>");
    assert_string_equal(answer.content_type, "text/plain; charset=utf-8");
    assert_string_equal(answer.location, "");
    assert_int_equal(server.count, 1);
    assert_string_equal(server.seen[0].query, "7");
    assert_string_equal(server.seen[0].content_type, "text/xml; charset=utf-8");
    assert_string_equal(server.seen[0].action, "\"urn:one\"");
    assert_string_equal(server.seen[0].expect, "");
    assert_string_equal(server.seen[0].authorization, "");
    http_answer_free(&answer);
    end(&rig, &server);
}

static void test_methods(void **state)
{
    static const struct http_field empty = {"SOAPAction", " "};
    struct http_request request = {.path = "", .fields = &empty, .field_count = 1, .answer_ms = RIG_WAIT_MS};
    struct http_rig rig;
    struct http_server server;
    struct http_answer answer = {0};
    static const char *const steps[][3] = {{"PUT", "x", "PUT / x"},
                                           {"GET", "", "GET / "},
                                           {"HEAD", "", ""},
                                           {"DELETE", "", "DELETE / "},
                                           {"POST", "", "POST / "}};

    (void)state;
    begin(&rig, &server, "");
    for (size_t i = 0; i < 5; i++) { /* one handle after the other way of use */
        request.method = steps[i][0];
        request.body = steps[i][1];
        request.body_size = strlen(steps[i][1]);
        http_rig_ask(&rig, &request, &answer);
        http_rig_until_answered(&rig, &answer);
        expect_reply(&answer, 200, steps[i][2]);
        assert_string_equal(server.seen[i].method, steps[i][0]);
        assert_string_equal(server.seen[i].content_type, "");
        assert_int_equal(server.seen[i].has_action, 1);
        assert_string_equal(server.seen[i].action, "");
        assert_int_equal(server.seen[i].client_port, server.seen[0].client_port); /* one connection, kept */
    }
    http_answer_free(&answer);
    end(&rig, &server);
}

/* A handle that is used again does what the request says, however much of it was so before. */
static void test_used_again(void **state)
{
    static const struct {
        const char *method, *path, *action, *body, *seen;
        int32_t status;
    } steps[] = {{"POST", "", "one", "first", "POST / first", KC_OK},
                 {"POST", "", "one", "the second is longer", "POST / the second is longer", KC_OK},
                 {"POST", "", "one", "", "POST / ", KC_OK},
                 {"POST", "", "two", "x", "POST / x", KC_OK},
                 {"POST", "", "t\nwo", "x", "", KC_ERROR_INVALID_ARGUMENT},
                 {"POST", "", "two", "y", "POST / y", KC_OK},
                 {"POST", "keys", "two", "y", "POST /keys y", KC_OK},
                 {"PUT", "keys", "two", "y", "PUT /keys y", KC_OK},
                 {"GET", "keys", "two", "", "GET /keys ", KC_OK},
                 {"GET", "keys", "two", "", "GET /keys ", KC_OK},
                 {"POST", "", "one", "last", "POST / last", KC_OK}};
    struct http_rig rig;
    struct http_server server;
    struct http_answer answer = {0};
    int seen = 0;

    (void)state;
    begin(&rig, &server, "/");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct http_field field = {"SOAPAction", steps[i].action};
        const struct http_request request = {.method = steps[i].method,
                                             .path = steps[i].path,
                                             .fields = &field,
                                             .field_count = 1,
                                             .body = steps[i].body,
                                             .body_size = strlen(steps[i].body),
                                             .answer_ms = RIG_WAIT_MS};

        if (steps[i].status != KC_OK) {
            struct transport_exchange *none = NULL;
            struct kc_error error = {0};

            assert_int_equal(rig.transport->table->ask(rig.transport, &request, NULL, &none, &error), steps[i].status);
            continue;
        }
        http_rig_ask(&rig, &request, &answer);
        http_rig_until_answered(&rig, &answer);
        expect_reply(&answer, 200, steps[i].seen);
        assert_string_equal(server.seen[seen].method, steps[i].method);
        assert_string_equal(server.seen[seen].action, steps[i].action);
        assert_int_equal(server.seen[seen].client_port, server.seen[0].client_port);
        seen++;
    }
    assert_int_equal(server.count, seen);
    http_answer_free(&answer);
    end(&rig, &server);
}

static void test_kinds_of_replies(void **state)
{
    struct http_rig rig;
    struct http_server server;
    struct http_answer answer = {0};

    (void)state;
    begin(&rig, &server, "/");
    http_rig_send(&rig, "empty", "x", false, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "");
    assert_string_equal(answer.content_type, "");
    http_rig_send(&rig, "chunked", "x", false, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "one two three");
    /* a redirect is a reply, and asked once */
    http_rig_send(&rig, "moved", "x", true, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 302, "POST /moved x");
    assert_string_equal(answer.location, "/moved?again");
    assert_int_equal(server.count, 3);
    http_answer_free(&answer);
    end(&rig, &server);
}

static void test_several_at_once(void **state)
{
    struct http_rig rig;
    struct http_server server;
    struct http_answer answers[12];

    (void)state;
    memset(answers, 0, sizeof answers);
    http_rig_init(&rig);
    http_server_start(&server, 12); /* answers nobody before all are there */
    http_rig_open(&rig, "x+http://127.0.0.1:%d/", server.port);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 12; i++) {
            char body[32];

            snprintf(body, sizeof body, "number %d", i);
            http_rig_send(&rig, "", body, false, &answers[i]);
        }
        for (int i = 0; i < 12; i++) {
            char expected[40];

            snprintf(expected, sizeof expected, "POST / number %d", i);
            http_rig_until_answered(&rig, &answers[i]);
            expect_reply(&answers[i], 200, expected);
        }
    }
    assert_int_equal(server.count, 24);
    for (int i = 0; i < 12; i++)
        http_answer_free(&answers[i]);
    end(&rig, &server);
}

/* Far more than the limit: it is neither kept nor read to its end. */
static void test_large_reply(void **state)
{
    struct http_rig rig;
    struct http_server server;
    struct http_answer answer = {0};
    struct rusage before, after;

    (void)state;
    begin(&rig, &server, "/large?reply-limit=50000");
    getrusage(RUSAGE_SELF, &before);
    http_rig_send(&rig, "", "x", false, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_error(&answer, KC_ERROR_PROTOCOL, true, "longer than 50000 bytes (option reply-limit)");
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 30000); /* kB */
    http_rig_send(&rig, "/..", "x", false, &answer);         /* the transport goes on; the path is as it was given */
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "POST /large/.. x");
    http_answer_free(&answer);
    end(&rig, &server);
}

/* ---- Callbacks ------------------------------------------------------------------------------------------------- */

static void close_inside(struct http_answer *answer)
{
    http_rig_close(answer->rig);
}

static void drop_next_inside(struct http_answer *answer)
{
    struct transport *transport = answer->rig->transport;

    transport->table->drop(transport, answer->next->exchange);
    answer->next->count = 100; /* so that a call would show */
}

static void ask_next_inside(struct http_answer *answer)
{
    http_rig_send(answer->rig, "/next", "y", false, answer->next);
}

static void test_inside(void **state)
{
    struct http_rig rig;
    struct http_server server;
    struct http_answer one = {0}, two = {0};

    (void)state;
    begin(&rig, &server, "");
    one.next = &two;
    one.inside = ask_next_inside;
    http_rig_send(&rig, "", "x", false, &one);
    http_rig_until_answered(&rig, &one);
    http_rig_until_answered(&rig, &two);
    expect_reply(&two, 200, "POST /next y");

    one.inside = drop_next_inside;
    http_rig_send(&rig, "", "x", false, &two);
    http_rig_send(&rig, "", "x", false, &one);
    two.inside = drop_next_inside;
    two.next = &one;
    http_rig_until_answered(&rig, &one); /* one of them was answered and dropped the other */
    assert_int_equal(one.count + two.count, 101);
    http_rig_settle(&rig);

    one.inside = close_inside;
    http_rig_send(&rig, "", "x", false, &one);
    two.inside = NULL;
    http_rig_send(&rig, "/chunked", "x", false, &two);
    http_rig_until_answered(&rig, &one);
    expect_reply(&one, 200, "POST / x");
    http_rig_settle(&rig);
    assert_null(rig.transport);
    http_answer_free(&one);
    http_answer_free(&two);
    end(&rig, &server);
}

/* ---- Credentials, proxies and the environment ------------------------------------------------------------------ */

static void test_credentials(void **state)
{
    struct http_rig rig;
    struct server server;
    struct http_answer answer = {0};
    char request[2000];
    int peer;

    (void)state;
    http_rig_init(&rig);
    server_start(&server);
    http_rig_open(&rig, "x+http://127.0.0.1:%d/?http-user=clerk&http-password=a:b%%26c&http-header=X-Token:%%20%%20T7",
                  server.port);
    http_rig_send(&rig, "", "x", false, &answer);
    peer = peer_accept(&rig, &server);
    assert_true(peer_read(&rig, peer, request, sizeof request) > 0);
    assert_int_equal(count_in(request, "\r\nAuthorization: Basic Y2xlcms6YTpiJmM=\r\n"), 1);
    assert_int_equal(count_in(request, "Authorization"), 1);
    assert_int_equal(count_in(request, "\r\nX-Token: T7\r\n"), 1);
    assert_int_equal(count_in(request, "X-Token"), 1);
    peer_say(&rig, peer, "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 401, ""); /* not asked again */
    expect_nobody(&rig, &server);
    http_answer_free(&answer);
    http_rig_free(&rig);
    close(peer);
    close(server.listener);
}

static void test_proxy(void **state)
{
    struct http_rig rig;
    struct server proxy;
    struct http_answer answer = {0};
    char request[2000];
    int peer;

    (void)state;
    http_rig_init(&rig);
    server_start(&proxy);
    http_rig_open(&rig,
                  "x+http://lock.invalid:8000/a?proxy=http://localhost:%d&proxy-user=p&proxy-password=q&http-user=u",
                  proxy.port);
    http_rig_send(&rig, "", "x", false, &answer);
    peer = peer_accept(&rig, &proxy);
    assert_true(peer_read(&rig, peer, request, sizeof request) > 0);
    assert_int_equal(count_in(request, "POST http://lock.invalid:8000/a HTTP/1.1\r\n"), 1);
    assert_int_equal(count_in(request, "\r\nProxy-Authorization: Basic cDpx\r\n"), 1);
    assert_int_equal(count_in(request, "\r\nAuthorization: Basic dTo=\r\n"), 1);
    peer_say(&rig, peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "ok");
    http_rig_send(&rig, "", "x", false, &answer);
    assert_true(peer_read(&rig, peer, request, sizeof request) > 0);
    peer_say(&rig, peer, "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
    http_rig_until_answered(&rig, &answer);
    expect_error(&answer, KC_ERROR_CREDENTIALS, true, "proxy-user");
    http_answer_free(&answer);
    http_rig_free(&rig);
    close(peer);
    close(proxy.listener);
}

/* A tunnel: the proxy's credentials stay with the proxy, the server's with the server. */
static void test_tunnel(void **state)
{
    static const char *const replies[] = {"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n",
                                          "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", ""};
    struct http_rig rig;
    struct server proxy;
    struct http_answer answer = {0};
    char request[2000];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        int peer;

        http_rig_init(&rig);
        server_start(&proxy);
        http_rig_open(&rig,
                      "x+https://lock.invalid/?proxy=http://127.0.0.1:%d&proxy-user=p&proxy-password=q&http-user=u&"
                      "http-header=X-Token:7",
                      proxy.port);
        http_rig_send(&rig, "", "x", false, &answer);
        peer = peer_accept(&rig, &proxy);
        assert_true(peer_read(&rig, peer, request, sizeof request) > 0);
        assert_int_equal(count_in(request, "CONNECT lock.invalid:443 HTTP/1.1\r\n"), 1);
        assert_int_equal(count_in(request, "\r\nProxy-Authorization: Basic cDpx\r\n"), 1);
        assert_int_equal(count_in(request, "\r\nAuthorization"), 0);
        assert_int_equal(count_in(request, "X-Token"), 0);
        peer_say(&rig, peer, replies[i]);
        close(peer);
        http_rig_until_answered(&rig, &answer);
        if (i == 0)
            expect_error(&answer, KC_ERROR_CREDENTIALS, false, "proxy-user");
        else
            expect_error(&answer, KC_ERROR_UNREACHABLE, false, i == 1 ? "status 503" : "closes the connection");
        assert_null(strstr(answer.error.message, "cDpx"));
        http_rig_free(&rig);
        close(proxy.listener);
    }
    http_answer_free(&answer);
}

static void test_environment(void **state)
{
    struct http_rig rig;
    struct http_server server;
    struct server proxy;
    struct http_answer answer = {0};
    char text[100];

    (void)state;
    server_start(&proxy);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", proxy.port);
    setenv("http_proxy", text, 1);
    setenv("all_proxy", text, 1);
    begin(&rig, &server, "");
    http_rig_send(&rig, "", "x", false, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_reply(&answer, 200, "POST / x");
    expect_nobody(&rig, &proxy);
    end(&rig, &server);
    unsetenv("http_proxy");
    unsetenv("all_proxy");

    setenv("NO_PROXY", "*", 1);
    http_rig_init(&rig);
    http_rig_open(&rig, "x+http://127.0.0.1:1/?proxy=http://127.0.0.1:%d", proxy.port);
    http_rig_send(&rig, "", "x", false, &answer);
    close(peer_accept(&rig, &proxy));
    http_rig_until_answered(&rig, &answer);
    unsetenv("NO_PROXY");
    http_answer_free(&answer);
    http_rig_free(&rig);
    close(proxy.listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),         cmocka_unit_test(test_methods),
        cmocka_unit_test(test_used_again),      cmocka_unit_test(test_kinds_of_replies),
        cmocka_unit_test(test_several_at_once), cmocka_unit_test(test_large_reply),
        cmocka_unit_test(test_inside),          cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_proxy),           cmocka_unit_test(test_tunnel),
        cmocka_unit_test(test_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
