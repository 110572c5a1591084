/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated FIAS lock system, with bare bytes: its dialogue is that of the document. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "simulator.h"

enum { PATIENCE_MS = 20000 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct simulator *start(const struct simulator_options *options)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator *simulator = simulator_start(options, message);
    if (simulator == NULL) {
        fail_msg("%s", message);
    }
    return simulator;
}

static int listen_here(char where[64])
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
    snprintf(where, 64, "127.0.0.1:%u", (unsigned)ntohs(own.sin_port));
    return fd;
}

static void wait_for(int fd)
{
    struct pollfd slot = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&slot, 1, PATIENCE_MS), 1);
}

static int take_peer(int listener)
{
    wait_for(listener);
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void say(int fd, const char *record)
{
    char frame[512];
    const int length = snprintf(frame, sizeof frame, "\x02%s\x03", record);
    assert_int_equal(send(fd, frame, (size_t)length, 0), length);
}

/* The next record must be this. */
static void expect(int fd, const char *record)
{
    char got[512];
    size_t length = 0;
    do {
        wait_for(fd);
        assert_int_equal(recv(fd, got + length, 1, 0), 1);
        assert_true(++length < sizeof got);
    } while (got[length - 1] != 3);
    assert_int_equal(got[0], 2);
    got[length - 1] = '\0';
    assert_string_equal(got + 1, record);
}

static void expect_description(int fd)
{
    expect(fd, "LD|DA260115|TI093001|V#1.0|IFDL|");
    expect(fd, "LR|RIKR|FLWSKCRNKTG#GAGDDTGNKOSICTIDDATIK#|");
    expect(fd, "LR|RIKD|FLWSKCRNG#|");
    expect(fd, "LR|RIKM|FLWSKCRNROG#GAGDDT|");
    expect(fd, "LR|RIKZ|FLDATIKCWSG#RNGDDTASCT|");
    expect(fd, "LR|RIKA|FLASCTKCWSG#$2|");
    expect(fd, "LA|DA260115|TI093001|");
}

static void expect_done(int fd, const char *beginning)
{
    char got[512];
    size_t length = 0;
    do {
        wait_for(fd);
        assert_int_equal(recv(fd, got + length, 1, 0), 1);
        assert_true(++length < sizeof got);
    } while (got[length - 1] != 3);
    assert_memory_equal(got + 1, beginning, strlen(beginning));
}

static void test_it_dials_in_and_makes_a_key(void **state)
{
    char where[64];
    (void)state;
    const int listener = listen_here(where);
    struct simulator *simulator = start(
        &(struct simulator_options){.driver = "fias", .connect = where, .rooms = (const char *[]){"2781", NULL}});
    int fd = take_peer(listener);
    say(fd, "KR|WS3|KC1|RN2781|KTN|"); /* before the start: not heard */
    say(fd, "LS|DA260115|TI093000|");
    expect_description(fd);
    say(fd, "LA|DA260115|TI093001|");
    say(fd, "KR|WS3|KC1|RN2781|KTN|G#11122|GA260115|GD260118|DT11:00|GNDoe, Jane|KO1 2 1|");
    expect_done(fd, "KA|WS3|KC1|ASOK|CTdone|G#11122|$2");
    say(fd, "KR|WS3|KC1|RN9999|KTN|G#11122|");
    expect(fd, "KA|WS3|KC1|ASNG|CTroom unknown|G#11122|");
    say(fd, "KZ|KC1|WS3|");
    expect(fd, "KZ|WS3|KC1|ASOK|CTdone|");
    say(fd, "KD|WS3|KC1|RN2781|G#11122|");
    expect(fd, "KA|WS3|KC1|ASOK|CTdone|G#11122|");
    assert_false(simulator_occupied(simulator, "2781"));
    say(fd, "LE|DA260115|TI235900|");
    expect(fd, "LE|DA260115|TI235900|");
    close(fd);
    fd = take_peer(listener); /* and again */
    say(fd, "LS|DA260115|TI093000|");
    expect_description(fd);
    close(fd);
    close(listener);
    simulator_stop(simulator);
}

static void test_profiles(void **state)
{
    static const struct {
        const char *profile, *answer;
    } rows[] = {{"off-line", "KA|WS3|KC01|ASOK|\x03"}, {"building", "KA|WS3|KC1|ASOK|CTdone|G#11122|\x03"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char where[64], record[512];
        const int listener = listen_here(where);
        struct simulator *simulator = start(
            &(struct simulator_options){.driver = "fias", .connect = where, .profile = rows[i].profile});
        const int fd = take_peer(listener);
        say(fd, "LS|DA260115|TI093000|");
        say(fd, "LA|DA260115|TI093001|");
        say(fd, "KR|WS3|KC1|RN2781|KTN|G#11122|");
        size_t length = 0;
        do {
            wait_for(fd);
            assert_int_equal(recv(fd, record + length, 1, 0), 1);
            if (record[length] == 2) {
                length = 0;
            } else {
                length++;
            }
        } while (length < 2 || record[length - 1] != 3 || memcmp(record, "KA", 2) != 0);
        assert_memory_equal(record, rows[i].answer, strlen(rows[i].answer));
        close(fd);
        close(listener);
        simulator_stop(simulator);
    }
    char message[SIMULATOR_MESSAGE_SIZE];
    assert_null(simulator_start(&(struct simulator_options){.driver = "fias", .profile = "none"}, message));
    assert_non_null(strstr(message, "no profile"));
    assert_null(simulator_start(&(struct simulator_options){.driver = "fias", .connect = "here"}, message));
    assert_non_null(strstr(message, "HOST:PORT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_dials_in_and_makes_a_key),
        cmocka_unit_test(test_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
