/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What URIs and options the HTTP transport takes, and requests that it refuses to send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_rig.h"
#include "transport/http_options.h"

#define PIN "sha256//szDPGf9DpZQDo9JAv%2F53UYPuksSEIzB966HeAQrs1JM="

static void expect_good(const char *uri)
{
    struct kc_error error;

    if (rig_check(uri, &error) != KC_OK)
        fail_msg("%s: %s", uri, error.message);
}

static void expect_refused(const char *uri, const char *field, const char *text)
{
    struct kc_error error;

    assert_int_equal(rig_check(uri, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
    if (strstr(error.message, text) == NULL)
        fail_msg("%s: \"%s\" instead of \"%s\"", uri, error.message, text);
    assert_null(strstr(error.message, "hush")); /* stands for every secret below */
}

static void test_addresses(void **state)
{
    (void)state;
    expect_good("x+http://lock");
    expect_good("x+https://lock.example:1619/Service.asmx");
    expect_good("x+https://[::1]:8443/a/b%20c");
    expect_good("x+http://[fe80::1%25eth0]/");
    expect_refused("x+http://lock:0/", "uri", "port from 1 to 65535");
    expect_refused("x+http:/path", "uri", "needs a host");
    expect_refused("x+http://user:hush@lock/", "uri", "by the driver's own options or");
    expect_refused("x+https://user@lock/", "uri", "http-user");
}

static void test_options(void **state)
{
    (void)state;
    expect_good("x+https://lock/?pinned-key=" PIN);
    expect_refused("x+http://lock/?pinned-key=" PIN, "pinned-key", "use a URI of https");
    expect_refused("x+https://lock/?pinned-key=sha256//abc=", "pinned-key", "sha256//BASE64");
    expect_refused("x+https://lock/?pinned-key=" PIN ";" PIN, "pinned-key", "one key only");
    expect_refused("x+https://lock/?pinned-key=md5//szDPGf9DpZQDo9JAv/53UYPuksSEIzB966HeAQrs1JM=", "pinned-key",
                   "sha256//BASE64");
    expect_refused("x+https://lock/?pinned-key=sha256//szDPGf9DpZQDo9JAv/53UYPuksSEIzB966HeAQrs1JN=", "pinned-key",
                   "sha256//BASE64");
    expect_good("x+http://lock/?http-password=hush"); /* the user may come after it */
    expect_refused("x+http://lock/?http-user=a:b", "http-user", "no ':'");
    char uri[1200];
    (void)snprintf(uri, sizeof uri, "x+http://lock/?http-password=%01000d", 7);
    expect_good(uri);
    (void)snprintf(uri, sizeof uri, "x+http://lock/?http-password=%01001d", 7);
    expect_refused(uri, "http-password", "at most 1000 bytes");
    expect_good("x+http://lock/?http-header=Authorization:%20Bearer%20hush");
    expect_refused("x+http://lock/?http-header=hush", "http-header", "Name: value");
    expect_refused("x+http://lock/?http-header=X%20Y:hush", "http-header", "Name: value");
    expect_refused("x+http://lock/?http-header=X:%20", "http-header", "Name: value");
    expect_refused("x+http://lock/?http-header=Content-length:%205", "http-header", "belongs to the protocol");
    expect_refused("x+http://lock/?http-header=HOST:hush", "http-header", "belongs to the protocol");
    expect_good("x+http://lock/?proxy=http://proxy:3128/");
    expect_refused("x+http://lock/?proxy=http://u:hush@proxy:3128", "proxy", "proxy-user and proxy-password");
    expect_refused("x+http://lock/?proxy=https://proxy:3128", "proxy", "http://host:port");
    expect_refused("x+http://lock/?proxy=socks5://proxy:3128", "proxy", "http://host:port");
    expect_refused("x+http://lock/?proxy=http://proxy", "proxy", "port");
    expect_refused("x+http://lock/?proxy=proxy:3128", "proxy", "http://host:port");
    expect_refused("x+http://lock/?reply-limit=0", "reply-limit", "\"0\"; give a whole number");
    expect_refused("x+http://lock/?reply-limit=99999999999999999999", "reply-limit", "whole number");
    expect_refused("x+http://lock/?reply-timeout=-1", "reply-timeout", "whole number");
    expect_refused("x+http://lock/?reply-timeout=1s", "reply-timeout", "\"1s\"");
}

static void test_files(void **state)
{
    static const char *const names[] = {"ca-file", "client-certificate", "client-key"};
    char path[] = "/tmp/keycard-http-XXXXXX", uri[200];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < 3; i++) {
        snprintf(uri, sizeof uri, "x+https://lock/?%s=%s", names[i], path);
        assert_int_equal(ftruncate(fd, 0), 0);
        expect_refused(uri, names[i], "it is empty");
        assert_int_equal(ftruncate(fd, 100), 0);
        expect_good(uri);
        assert_int_equal(ftruncate(fd, 100 * 1024 * 1024), 0);
        expect_refused(uri, names[i], "too large");
        snprintf(uri, sizeof uri, "x+http://lock/?%s=%s", names[i], path);
        assert_int_equal(ftruncate(fd, 100), 0);
        expect_refused(uri, names[i], "use a URI of https");
        snprintf(uri, sizeof uri, "x+https://lock/?%s=%s.none", names[i], path);
        expect_refused(uri, names[i], "No such file");
        snprintf(uri, sizeof uri, "x+https://lock/?%s=/tmp", names[i]);
        expect_refused(uri, names[i], "no ordinary file");
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody waits for what comes out of it */
    snprintf(uri, sizeof uri, "x+https://lock/?ca-file=%s", path);
    expect_refused(uri, "ca-file", "no ordinary file");
    assert_int_equal(unlink(path), 0);
}

/* What needs another option is looked at when all are set. */
static void test_together(void **state)
{
    static const char *const wrong[][3] = {
        {"http-password=hush", "http-password", "needs the option http-user"},
        {"client-key-password=hush", "client-key-password", "needs the options client-certificate"},
        {"client-key=/etc/passwd", "client-key", "needs the option client-certificate"},
        {"proxy-user=a", "proxy-user", "needs the option proxy"},
        {"proxy=http://p:1&proxy-password=hush", "proxy-password", "needs the option proxy-user"},
        {"http-user=a&http-header=authorization:%20hush", "http-header", "while http-user is set"},
    };
    struct http_rig rig;

    (void)state;
    http_rig_init(&rig);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kc_error error;
        char uri[300];

        snprintf(uri, sizeof uri, "x+https://lock/?%s", wrong[i][0]);
        assert_int_equal(http_rig_try(&rig, &error, uri), KC_ERROR_INVALID_ARGUMENT);
        assert_string_equal(error.field, wrong[i][1]);
        assert_non_null(strstr(error.message, wrong[i][2]));
        assert_null(strstr(error.message, "hush"));
    }
    http_rig_free(&rig);
}

static void test_names(void **state)
{
    static const char *const secret[] = {"client-key-password", "http-password", "http-header", "proxy-password"};
    const struct transport_table *table = transport_find("https");
    size_t count = 0, known = 0;

    (void)state;
    assert_non_null(transport_find("http"));
    for (const char *const *name = table->options; *name != NULL; name++)
        count++;
    assert_int_equal(count, 13);
    for (const char *const *name = table->secrets; *name != NULL; name++)
        for (size_t i = 0; i < 4; i++)
            known += strcmp(*name, secret[i]) == 0;
    assert_int_equal(known, 4);
}

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void expect_not_asked(struct http_rig *rig, const struct http_request *request, const char *text)
{
    struct transport_exchange *exchange = NULL;
    struct kc_error error = {0};

    assert_int_equal(rig->transport->table->ask(rig->transport, request, NULL, &exchange, &error),
                     KC_ERROR_INVALID_ARGUMENT);
    assert_null(exchange);
    if (strstr(error.message, text) == NULL)
        fail_msg("\"%s\" instead of \"%s\"", error.message, text);
    assert_null(strstr(error.message, "hush"));
}

static void test_requests(void **state)
{
    static const struct http_field wrong[] = {{"", "x"},
                                              {"A B", "x"},
                                              {"A:", "x"},
                                              {"A\r\nB", "x"},
                                              {"A", "hush\r\nB: c"},
                                              {"A", "hush\x01"},
                                              {"A", "hush\x7F"},
                                              {"Content-Length", "5"},
                                              {"transfer-encoding", "chunked"},
                                              {"Host", "other"}};
    static const char *const paths[] = {"/a b", "/a\r\nX: y", "/a#b", "/\x80", "/\x7F"};
    struct http_request request = {.method = "POST", .path = "", .answer_ms = 1000};
    struct http_rig rig;
    struct server server;

    (void)state;
    http_rig_init(&rig);
    server_start(&server);
    http_rig_open(&rig, "x+http://127.0.0.1:%d", server.port);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        request.fields = &wrong[i];
        request.field_count = 1;
        expect_not_asked(&rig, &request, "header field");
    }
    request.field_count = 0;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        request.path = paths[i];
        expect_not_asked(&rig, &request, "its path");
    }
    request.path = "";
    request.method = "GET / HTTP/1.1\r\nX:";
    expect_not_asked(&rig, &request, "its method");
    request.method = "GET";
    request.answer_ms = 0;
    expect_not_asked(&rig, &request, "no time");
    expect_nobody(&rig, &server);
    http_rig_free(&rig);
    close(server.listener);
}

/* Names have fewer than 8000 bytes, values at most 8000, and neither what would end a line. */
static void test_names_and_values_of_fields(void **state)
{
    enum { MOST = 8000 };
    static const char *const bad_names[] = {"", "A b", "A:", "A\n", "\xC3\xA9", "(A)"};
    static const char *const bad_values[] = {"a\r\nB: c", "a\t", "a\x7F", "\x01"};
    char text[MOST + 2];
    (void)state;
    memset(text, 'a', sizeof(text));
    text[MOST + 1] = '\0';
    assert_false(http_is_value(text));
    text[MOST] = '\0';
    assert_true(http_is_value(text));
    assert_false(http_is_name(text));
    text[MOST - 1] = '\0';
    assert_true(http_is_name(text));
    assert_true(http_is_value(""));
    assert_true(http_is_value("Gr\xC3\xBC\xC3\x9F, \"dich\"; q=1"));
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
        assert_false(http_is_name(bad_names[i]));
    for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++)
        assert_false(http_is_value(bad_values[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_names_and_values_of_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
