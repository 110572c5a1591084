/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of transports, and how TCP connects. getaddrinfo() is replaced, so that names have the addresses that a
 * test needs, and a look-up can be held up. */
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp_server.h"

/* ---- Names ----------------------------------------------------------------------------------------------------- */

typedef int lookup_function(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static sem_t slow_started, slow_released;

static int real_lookup(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
    lookup_function *next = (lookup_function *)dlsym(RTLD_NEXT, "getaddrinfo");

    return next(host, port, hints, found);
}

/* "slow.test" waits; "A-B-C.list" has the addresses A, B and C; "out-of-order.test" fails in the system. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
    size_t length = strlen(host);
    char copy[256];
    char *rest = NULL;

    if ((hints->ai_flags & AI_NUMERICHOST) != 0)
        return real_lookup(host, port, hints, found);
    if (strcmp(host, "slow.test") == 0) {
        sem_post(&slow_started);
        while (sem_wait(&slow_released) != 0)
            ;
        return real_lookup("127.0.0.1", port, hints, found);
    }
    if (strcmp(host, "out-of-order.test") == 0) {
        errno = EMFILE;
        return EAI_SYSTEM;
    }
    if (length < 5 || strcmp(host + length - 5, ".list") != 0)
        return real_lookup(host, port, hints, found);
    snprintf(copy, sizeof copy, "%.*s", (int)(length - 5), host);
    for (char *item = strtok_r(copy, "-", &rest); item != NULL; item = strtok_r(NULL, "-", &rest)) {
        int status = real_lookup(item, port, hints, found);

        if (status != 0)
            return status;
        found = &(*found)->ai_next;
    }
    return 0;
}

static int count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static void wait_for_threads(int count)
{
    while (count_threads() > count)
        poll(NULL, 0, 1);
}

/* ---- Servers that do not answer -------------------------------------------------------------------------------- */

/* A port on which nobody listens. It stays bound, so that nobody else gets it. */
static void server_deaf(struct server *server)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t length = sizeof name;

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&name, length), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&name, &length), 0);
    server->port = ntohs(name.sin_port);
    snprintf(server->uri, sizeof server->uri, "x+tcp://127.0.0.1:%d", server->port);
}

/* Fills the queue of a server that accepts nobody, so that the next who connects waits. Returns how many are in it. */
static int fill_backlog(const struct server *server, int *fds, int max)
{
    struct sockaddr_storage name;
    int count = 0;

    for (;;) {
        socklen_t length = sizeof name;
        struct pollfd entry = {.events = POLLOUT};

        assert_true(count < max);
        assert_int_equal(getsockname(server->listener, (struct sockaddr *)&name, &length), 0);
        fds[count] = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(fds[count] >= 0);
        (void)connect(fds[count], (struct sockaddr *)&name, length);
        entry.fd = fds[count++];
        if (poll(&entry, 1, 200) == 0) /* this one waits: the queue is full */
            return count;
    }
}

/* ---- The table and its check() --------------------------------------------------------------------------------- */

static void test_find(void **state)
{
    (void)state;
    assert_string_equal(transport_find("tcp")->suffix, "tcp");
    assert_string_equal(transport_find("serial")->suffix, "serial");
    assert_string_equal(transport_find("fd")->suffix, "fd");
    assert_null(transport_find("carrier-pigeon"));
    assert_null(transport_find(""));
}

static void refused(const char *uri, const char *text)
{
    struct kc_error error;

    assert_int_equal(rig_check(uri, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(error.field, "uri");
    assert_non_null(strstr(error.message, text));
    assert_null(strstr(error.message, "secret"));
}

static void test_check(void **state)
{
    struct kc_error error;
    struct rig rig;

    (void)state;
    assert_int_equal(rig_check("x+tcp://10.0.0.5:8090", &error), KC_OK);
    assert_int_equal(rig_check("x+tcp://[::1]:1", &error), KC_OK);
    assert_int_equal(rig_check("x+tcp://locks.hotel.example:65535?mobile=on", &error), KC_OK);
    refused("x+tcp://10.0.0.5", "port from 1 to 65535");
    refused("x+tcp://10.0.0.5:0", "port from 1 to 65535");
    refused("x+tcp:", "host and a port");
    refused("x+tcp:10.0.0.5", "host and a port");
    refused("x+tcp://user:secret@10.0.0.5:8090", "neither user nor password");
    refused("x+tcp://10.0.0.5:8090/secret", "no path");
    assert_int_equal(rig_check("x+fd:", &error), KC_OK);
    refused("x+fd://10.0.0.5:8090", "adopted descriptor");
    refused("x+fd:/dev/secret", "adopted descriptor");
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+tcp://10.0.0.5:0", -1, &error), KC_ERROR_INVALID_ARGUMENT);
    rig_free(&rig);
    transport_find("tcp")->close(NULL);
    transport_find("fd")->close(NULL);
    transport_find("serial")->close(NULL);
}

/* ---- Connecting ------------------------------------------------------------------------------------------------ */

static void connect_and_exchange(const struct server *server, const char *uri)
{
    struct kc_error error;
    struct rig rig;
    int peer;

    rig_init(&rig);
    assert_int_equal(rig_open(&rig, uri, -1, &error), KC_OK);
    assert_int_equal(rig.connected, 0); /* never from inside open() */
    rig_until_connected(&rig);
    peer = server_accept(server);
    exchange(&rig, peer);
    exchange(&rig, peer);
    rig_free(&rig);
    close(peer);
}

static void test_ipv4(void **state)
{
    struct server server;

    (void)state;
    server_start(&server);
    connect_and_exchange(&server, server.uri);
    close(server.listener);
}

static void test_ipv6(void **state)
{
    struct server server;

    (void)state;
    if (server_open(&server, "::1", 8) != 0)
        skip();
    connect_and_exchange(&server, server.uri);
    close(server.listener);
}

static void test_localhost_by_name(void **state)
{
    struct server server;
    char uri[80];
    int threads = count_threads();

    (void)state;
    server_start(&server); /* of IPv4 only: ::1 may come first, and refuse */
    snprintf(uri, sizeof uri, "x+tcp://localhost:%d", server.port);
    connect_and_exchange(&server, uri);
    close(server.listener);
    wait_for_threads(threads);
}

static void assert_failed(struct rig *rig, int32_t code, const char *name, const char *reason)
{
    rig_until_closed(rig);
    assert_int_equal(rig->connected, 0);
    assert_int_equal(rig->error.code, code);
    assert_non_null(strstr(rig->error.message, name));
    assert_non_null(strstr(rig->error.message, reason));
    rig_settle(rig);
    assert_int_equal(rig->closed, 1);
    rig_close(rig);
}

static void assert_unreachable(struct rig *rig, const char *name, const char *reason)
{
    assert_failed(rig, KC_ERROR_UNREACHABLE, name, reason);
}

static void test_refused(void **state)
{
    struct kc_error error;
    struct server server;
    struct rig rig;

    (void)state;
    server_deaf(&server);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, server.uri, -1, &error), KC_OK);
    assert_int_equal(rig.closed, 0);
    assert_unreachable(&rig, server.uri + strlen("x+tcp://"), strerror(ECONNREFUSED));
    rig_free(&rig);
    close(server.listener);
}

static void test_unknown_name(void **state)
{
    /* No label of a name may be so long: no server is asked. */
    static const char uri[] = "x+tcp://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:8090";
    struct kc_error error;
    struct rig rig;
    int threads = count_threads();

    (void)state;
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, uri, -1, &error), KC_OK);
    assert_unreachable(&rig, ":8090", "check the host name");
    assert_int_equal(rig_open(&rig, "x+tcp://out-of-order.test:8090", -1, &error), KC_OK);
    assert_failed(&rig, KC_ERROR_SYSTEM, "out-of-order.test:8090",
                  strerror(EMFILE)); /* that says nothing of the name */
    rig_free(&rig);
    wait_for_threads(threads);
}

/* The first address refuses, the second has no route or refuses too, the third answers. */
static void test_addresses_in_turn(void **state)
{
    struct server server;
    char uri[120];
    int threads = count_threads();

    (void)state;
    assert_int_equal(server_open(&server, "127.0.0.9", 8), 0);
    snprintf(uri, sizeof uri, "x+tcp://127.0.0.1-127.0.0.2-127.0.0.9.list:%d", server.port);
    connect_and_exchange(&server, uri);
    close(server.listener);
    wait_for_threads(threads);
}

static void test_all_addresses_refuse(void **state)
{
    /* No connection can go to the broadcast address; what the other one says is better, before or after it. */
    static const char *const lists[] = {"127.0.0.1-255.255.255.255", "255.255.255.255-127.0.0.1"};
    struct kc_error error;
    struct server server;
    struct rig rig;
    char uri[120];
    int threads = count_threads();

    (void)state;
    server_deaf(&server);
    rig_init(&rig);
    for (size_t i = 0; i < 2; i++) {
        snprintf(uri, sizeof uri, "x+tcp://%s.list:%d", lists[i], server.port);
        assert_int_equal(rig_open(&rig, uri, -1, &error), KC_OK);
        assert_unreachable(&rig, uri + strlen("x+tcp://"), strerror(ECONNREFUSED));
    }
    rig_free(&rig);
    close(server.listener);
    wait_for_threads(threads);
}

/* A silent first address does not keep the second from being tried. */
static void test_first_address_is_silent(void **state)
{
    struct kc_error error;
    struct server silent, server = {.listener = -1};
    struct sockaddr_in name = {.sin_family = AF_INET};
    struct rig rig;
    char uri[120];
    int queue[16];
    int threads = count_threads();
    int count, peer;

    (void)state;
    assert_int_equal(server_open(&silent, "127.0.0.1", 0), 0);
    count = fill_backlog(&silent, queue, 16);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    name.sin_port = htons((uint16_t)silent.port);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.2", &name.sin_addr), 1);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(server.listener, 8), 0);
    rig_init(&rig);
    snprintf(uri, sizeof uri, "x+tcp://127.0.0.1-127.0.0.2.list:%d", silent.port);
    assert_int_equal(rig_open(&rig, uri, -1, &error), KC_OK);
    rig_until_connected(&rig);
    peer = server_accept(&server);
    exchange(&rig, peer);
    rig_free(&rig);
    close(peer);
    while (count > 0)
        close(queue[--count]);
    close(silent.listener);
    close(server.listener);
    wait_for_threads(threads);
}

static void test_close_while_connecting(void **state)
{
    struct kc_error error;
    struct server silent;
    struct rig rig;
    int queue[16];
    int count;

    (void)state;
    assert_int_equal(server_open(&silent, "127.0.0.1", 0), 0);
    count = fill_backlog(&silent, queue, 16);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, silent.uri, -1, &error), KC_OK);
    rig_settle(&rig);
    assert_int_equal(rig_send(&rig, "early", 5), KC_OK); /* kept until it stands */
    rig_close(&rig);
    rig_settle(&rig);
    assert_int_equal(rig.connected + rig.closed, 0);
    rig_free(&rig);
    while (count > 0)
        close(queue[--count]);
    close(silent.listener);
}

static void test_close_before_the_first_dispatch(void **state)
{
    struct kc_error error;
    struct server server;
    struct rig rig;

    (void)state;
    server_start(&server);
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, server.uri, -1, &error), KC_OK);
    rig_close(&rig);
    rig_settle(&rig);
    assert_int_equal(rig.connected + rig.closed, 0);
    close(server.listener);
    rig_free(&rig);
}

/* The look-up outlives the transport, and the loop as well. */
static void test_close_while_resolving(void **state)
{
    struct kc_error error;
    struct rig rig;
    int threads = count_threads();

    (void)state;
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+tcp://slow.test:8090", -1, &error), KC_OK);
    assert_int_equal(sem_wait(&slow_started), 0);
    rig_settle(&rig);
    rig_close(&rig);
    rig_settle(&rig);
    assert_int_equal(rig.connected + rig.closed, 0);
    rig_free(&rig);
    sem_post(&slow_released);
    wait_for_threads(threads);
}

/* The result is there, and not yet taken. */
static void test_close_when_resolved(void **state)
{
    struct kc_error error;
    struct rig rig;
    int threads = count_threads();

    (void)state;
    rig_init(&rig);
    assert_int_equal(rig_open(&rig, "x+tcp://slow.test:8090", -1, &error), KC_OK);
    assert_int_equal(sem_wait(&slow_started), 0);
    sem_post(&slow_released);
    wait_for_threads(threads);
    assert_int_equal(loop_wait(rig.loop, 0), 1);
    rig_close(&rig);
    rig_settle(&rig);
    assert_int_equal(rig.connected + rig.closed, 0);
    rig_free(&rig);
}

static void test_slow_name_connects(void **state)
{
    struct kc_error error;
    struct server server;
    struct rig rig;
    char uri[80];
    char got[5];
    int threads = count_threads();
    int peer;

    (void)state;
    server_start(&server);
    rig_init(&rig);
    snprintf(uri, sizeof uri, "x+tcp://slow.test:%d", server.port);
    assert_int_equal(rig_open(&rig, uri, -1, &error), KC_OK);
    assert_int_equal(rig_send(&rig, "hel", 3), KC_OK); /* is sent when it stands */
    assert_int_equal(rig_send(&rig, "lo", 2), KC_OK);
    assert_int_equal(sem_wait(&slow_started), 0);
    sem_post(&slow_released);
    rig_until_connected(&rig);
    peer = server_accept(&server);
    rig_settle(&rig);
    read_whole(peer, got, sizeof got);
    assert_memory_equal(got, "hello", 5);
    exchange(&rig, peer);
    wait_for_threads(threads);
    disconnect_rig(&rig, &server, peer);
}

/* Uses up all descriptors up to a low limit. */
static int use_up_descriptors(struct rlimit *before, int *taken, int max)
{
    struct rlimit low;
    int count = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    low = *before;
    low.rlim_cur = (rlim_t)max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < max && (taken[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_in_range(count, 1, max - 1);
    return count;
}

static void test_no_descriptors(void **state)
{
    static const char *const uris[] = {"x+tcp://127.0.0.1:8090", "x+tcp://slow.test:8090"};
    struct kc_error error;
    struct rlimit before;
    struct rig rig;
    int taken[128];
    int count;

    (void)state;
    rig_init(&rig);
    count = use_up_descriptors(&before, taken, 128);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rig_open(&rig, uris[i], -1, &error), KC_OK);
        assert_int_equal(rig.closed, 0);
        rig_until_closed(&rig);
        assert_int_equal(rig.error.code, KC_ERROR_SYSTEM);
        assert_non_null(strstr(rig.error.message, strerror(EMFILE)));
        assert_non_null(strstr(rig.error.message, uris[i] + strlen("x+tcp://")));
        rig_close(&rig);
    }
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    rig_free(&rig);
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;

    assert_int_equal(getsockopt(fd, level, name, &value, &length), 0);
    return value;
}

static void test_socket_options(void **state)
{
    struct server server;
    struct rig rig;
    int peer, found = 0;

    (void)state;
    connect_rig(&rig, &server, &peer);
    for (int fd = 0; fd < 256; fd++) {
        struct sockaddr_in name;
        socklen_t length = sizeof name;

        if (getpeername(fd, (struct sockaddr *)&name, &length) != 0 || name.sin_family != AF_INET ||
            ntohs(name.sin_port) != server.port)
            continue;
        found++;
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
        assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
        assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
        assert_in_range(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1, 60);
        assert_in_range(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1, 30);
        assert_in_range(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 1, 6);
        assert_in_range(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 1000, 60000);
    }
    assert_int_equal(found, 1);
    disconnect_rig(&rig, &server, peer);
}

static void *do_nothing(void *user)
{
    return user;
}

int main(void)
{
    pthread_t first;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_localhost_by_name),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_addresses_in_turn),
        cmocka_unit_test(test_all_addresses_refuse),
        cmocka_unit_test(test_first_address_is_silent),
        cmocka_unit_test(test_close_while_connecting),
        cmocka_unit_test(test_close_before_the_first_dispatch),
        cmocka_unit_test(test_close_while_resolving),
        cmocka_unit_test(test_close_when_resolved),
        cmocka_unit_test(test_slow_name_connects),
        cmocka_unit_test(test_no_descriptors),
        cmocka_unit_test(test_socket_options),
    };

    /* The first thread may bring another one with it, of a sanitizer; it must not be counted as ours. */
    if (pthread_create(&first, NULL, do_nothing, NULL) != 0 || pthread_join(first, NULL) != 0)
        return 1;
    if (sem_init(&slow_started, 0, 0) != 0 || sem_init(&slow_released, 0, 0) != 0)
        return 1;
    return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
