/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTPS: who is trusted and who is not, and what is said about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_rig.h"
#include "tls_server.h"

static char folder[TLS_FOLDER_SIZE];

/* What a request to a server with the certificate NAME ends in. `options`: "" or "?name=value&...", with * for the
 * folder. */
static void ask(struct http_answer *answer, const char *name, const char *const *more, const char *host,
                const char *options)
{
    struct tls_server server;
    struct http_rig rig;
    struct kc_error error;
    char uri[1000], *at;
    size_t length;

    tls_server_start(&server, folder, name, more);
    http_rig_init(&rig);
    length = (size_t)snprintf(uri, sizeof uri, "x+https://%s:%d/", host, server.port);
    for (; *options != '\0'; options++) {
        at = uri + length;
        length += (size_t)snprintf(at, sizeof uri - length, "%.*s", *options == '*' ? 100 : 1,
                                   *options == '*' ? folder : options);
    }
    if (http_rig_try(&rig, &error, uri) != KC_OK)
        fail_msg("%s: %s", uri, error.message);
    http_rig_send(&rig, "", NULL, false, answer);
    http_rig_until_answered(&rig, answer);
    http_rig_free(&rig);
    tls_server_stop(&server);
}

static void expect_trust(const char *name, const char *const *more, const char *host, const char *options)
{
    struct http_answer answer = {0};

    ask(&answer, name, more, host, options);
    if (answer.status != 200)
        fail_msg("%s %s: %s", name, options, answer.error.message);
    assert_true(answer.left);
    assert_true(answer.body.length > 0);
    http_answer_free(&answer);
}

static void expect_distrust(const char *name, const char *const *more, const char *options, const char *text)
{
    struct http_answer answer = {0};

    ask(&answer, name, more, "127.0.0.1", options);
    expect_error(&answer, KC_ERROR_CERTIFICATE, false, text);
    assert_null(strstr(answer.error.message, "secret-of-key"));
    assert_null(strstr(answer.error.message, "wrong-one"));
    http_answer_free(&answer);
}

static void test_authority(void **state)
{
    (void)state;
    expect_trust("good", NULL, "127.0.0.1", "?ca-file=*/ca.pem");
    expect_trust("good", NULL, "localhost", "?ca-file=*/ca.pem");
    expect_trust("self-signed", NULL, "127.0.0.1", "?ca-file=*/self-signed.pem");
    expect_distrust("good", NULL, "", "authority that is not trusted");
    expect_distrust("good", NULL, "?ca-file=*/other-ca.pem", "the file that is given there now holds another");
    expect_distrust("self-signed", NULL, "", "or the certificate in ca-file.");
    expect_distrust("self-signed", NULL, "?ca-file=*/ca.pem", "the file that is given there now holds another");
    expect_distrust("expired", NULL, "?ca-file=*/ca.pem", "has expired");
    expect_distrust("elsewhere", NULL, "?ca-file=*/ca.pem", "is for another host");
    expect_distrust("good", NULL, "?ca-file=*/broken.pem", "broken.pem\" of the option ca-file cannot be used");
}

/* The key is trust of its own; with an authority both must be right. */
static void test_pin(void **state)
{
    char good[60], own[60], options[200];

    (void)state;
    certificates_pin(folder, "good", good);
    certificates_pin(folder, "self-signed", own);
    snprintf(options, sizeof options, "?pinned-key=sha256//%s", own);
    expect_trust("self-signed", NULL, "127.0.0.1", options);
    expect_distrust("good", NULL, options, "its key is another one than that of the option pinned-key");
    snprintf(options, sizeof options, "?pinned-key=sha256//%s&ca-file=*/ca.pem", good);
    expect_trust("good", NULL, "127.0.0.1", options);
    snprintf(options, sizeof options, "?pinned-key=sha256//%s&ca-file=*/ca.pem", own);
    expect_distrust("good", NULL, options, "pinned-key");
    expect_distrust("self-signed", NULL, options, "is self-signed");
    snprintf(options, sizeof options, "?pinned-key=sha256//%s&ca-file=*/other-ca.pem", good);
    expect_distrust("good", NULL, options, "authority that is not trusted");
}

static void test_client_certificate(void **state)
{
    static const char *const wanted[] = {"-Verify", "1", "-CAfile", "ca.pem", NULL};
    static const char *const wanted_before[] = {"-Verify", "1", "-CAfile", "ca.pem", "-tls1_2", NULL};
    static const char *const other[] = {"-Verify", "1", "-CAfile", "other-ca.pem", "-verify_return_error", NULL};
    static const char given[] =
        "?ca-file=*/ca.pem&client-certificate=*/client.pem&client-key=*/client-locked.key&client-key-password=";
    static const char plain[] = "?ca-file=*/ca.pem&client-certificate=*/client.pem&client-key=*/client.key";
    struct http_answer answer = {0};
    char options[300];

    (void)state;
    snprintf(options, sizeof options, "%ssecret-of-key", given);
    expect_trust("good", wanted, "127.0.0.1", options);
    expect_trust("good", wanted_before, "127.0.0.1", options);
    expect_trust("good", wanted, "127.0.0.1", plain);
    expect_trust("good", NULL, "127.0.0.1", plain); /* not wanted, not given */
    /* the wrong password, or none, is neither asked for at the terminal nor shown */
    snprintf(options, sizeof options, "%swrong-one", given);
    expect_distrust("good", NULL, options, "client-key-password");
    expect_distrust("good", NULL, given, "client-key-password");
    expect_distrust("good", NULL, "?ca-file=*/ca.pem&client-certificate=*/client.pem&client-key=*/good.key",
                    "client.pem\" cannot be used");

    expect_distrust("good", wanted_before, "?ca-file=*/ca.pem", "certificate of this side");
    /* TLS 1.3 says so only after the request has left */
    ask(&answer, "good", wanted, "127.0.0.1", "?ca-file=*/ca.pem");
    expect_error(&answer, KC_ERROR_CERTIFICATE, true, "wants a certificate of this side");
    ask(&answer, "good", other, "127.0.0.1", plain);
    expect_error(&answer, KC_ERROR_CERTIFICATE, true, "does not know the authority of the client certificate");
    http_answer_free(&answer);
}

static void test_old_versions(void **state)
{
    static const char *const old[] = {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0", NULL};
    static const char *const good[] = {"-tls1_2", NULL};

    (void)state;
    expect_distrust("good", old, "?ca-file=*/ca.pem", "versions of TLS before 1.2");
    expect_trust("good", good, "127.0.0.1", "?ca-file=*/ca.pem");
}

/* Something else than TLS on the port, said after the client's greeting. */
static void test_no_tls(void **state)
{
    static const struct {
        const char *said, *text;
        int32_t code;
    } cases[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS on this port", KC_ERROR_CERTIFICATE},
                 {"\x16\x03\x03\x00\x04xxxx", "No safe connection", KC_ERROR_CERTIFICATE},
                 {"", "closes the connection while TLS is set up", KC_ERROR_UNREACHABLE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_answer answer = {0};
        struct server server;
        struct http_rig rig;
        char bytes[4096];
        int peer;

        http_rig_init(&rig);
        server_start(&server);
        http_rig_open(&rig, "x+https://127.0.0.1:%d/", server.port);
        http_rig_send(&rig, "", "secret body", false, &answer);
        peer = peer_accept(&rig, &server);
        peer_wait(&rig, peer);
        assert_true(recv(peer, bytes, sizeof bytes, 0) > 0);
        peer_write(&rig, peer, cases[i].said, i == 1 ? 9 : strlen(cases[i].said));
        shutdown(peer, SHUT_WR);
        http_rig_until_answered(&rig, &answer);
        expect_error(&answer, cases[i].code, false, cases[i].text);
        http_rig_free(&rig);
        close(peer);
        close(server.listener);
        http_answer_free(&answer);
    }
}

static void test_silent_handshake(void **state)
{
    struct http_answer answer = {0};
    struct server server;
    struct http_rig rig;

    (void)state;
    http_rig_init(&rig);
    server_start(&server);
    http_rig_open(&rig, "x+https://127.0.0.1:%d/?connect-timeout=60", server.port);
    http_rig_send(&rig, "", "x", false, &answer);
    http_rig_until_answered(&rig, &answer);
    expect_error(&answer, KC_ERROR_UNREACHABLE, false, "within 60 ms (option connect-timeout)");
    http_rig_send(&rig, "", "x", false, &answer);
    close(peer_accept(&rig, &server));
    close(peer_accept(&rig, &server));
    rig.transport->table->drop(rig.transport, answer.exchange); /* in the middle of it */
    http_rig_settle(&rig);
    http_rig_free(&rig);
    close(server.listener);
    http_answer_free(&answer);
}

static int make(void **state)
{
    (void)state;
    certificates_make(folder);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    certificates_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_authority),    cmocka_unit_test(test_pin),    cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_old_versions), cmocka_unit_test(test_no_tls), cmocka_unit_test(test_silent_handshake),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
