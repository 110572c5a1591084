/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial transport, on a pseudo-terminal that looks like a serial port. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty_shim.h"
#include "transport_rig.h"

/* ---- Options --------------------------------------------------------------------------------------------------- */

static void refused(const char *uri, const char *field, const char *text)
{
    struct kc_error error;

    assert_int_equal(rig_check(uri, &error), KC_ERROR_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
    if (strstr(error.message, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, text);
}

static void test_check(void **state)
{
    static const char *const good[] = {
        "x+serial:/dev/ttyUSB0",
        "x+serial:///dev/ttyUSB0",
        "x+serial:/dev/ttyUSB0?baud=50&data-bits=5&parity=mark&stop-bits=2&flow-control=rts-cts",
        "x+serial:/dev/ttyUSB0?baud=4000000&data-bits=8&parity=space&stop-bits=1&flow-control=xon-xoff",
        "x+serial:067b:2303",
        "x+serial:067b:2303/K42?baud=9600",
        "x+serial:067B:2303@1-4.2~1?dtr=off&rts=off",
        "x+serial:/dev/serial/by-id/usb-Vendor_Model_123-if00-port0?parity=odd&copies=on",
    };
    struct kc_error error;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(rig_check(good[i], &error), KC_OK);
    refused("x+serial:", "uri", "/dev/ttyUSB0");
    refused("x+serial:/", "uri", "/dev/ttyUSB0");
    refused("x+serial:ttyUSB0", "uri", "full name");
    refused("x+serial:067b:230", "uri", "067b:2303@1-4.2");
    refused("x+serial:067b:2303/", "uri", "067b:2303@1-4.2");
    refused("x+serial://10.0.0.5:8090/dev/ttyUSB0", "uri", "no host");
    refused("x+serial://user@host/dev/ttyUSB0", "uri", "no host");
    refused("x+serial:/dev/ttyUSB0?baud=fast", "baud", "\"fast\"");
    refused("x+serial:/dev/ttyUSB0?baud=", "baud", "\"\"");
    refused("x+serial:/dev/ttyUSB0?baud=0", "baud", "\"0\"");
    refused("x+serial:/dev/ttyUSB0?baud=-9600", "baud", "\"-9600\"");
    refused("x+serial:/dev/ttyUSB0?baud=9600x", "baud", "\"9600x\"");
    refused("x+serial:/dev/ttyUSB0?baud=99999999999999999999", "baud", "50 to 4000000");
    refused("x+serial:/dev/ttyUSB0?data-bits=9", "data-bits", "\"9\"");
    refused("x+serial:/dev/ttyUSB0?parity=Even", "parity", "\"Even\"");
    refused("x+serial:/dev/ttyUSB0?stop-bits=1.5", "stop-bits", "\"1.5\"");
    refused("x+serial:/dev/ttyUSB0?flow-control=dtr-dsr", "flow-control", "\"dtr-dsr\"");
    refused("x+serial:/dev/ttyUSB0?dtr=up", "dtr", "\"up\"");
    refused("x+serial:/dev/ttyUSB0?rts=", "rts", "\"\"");
    refused("x+serial:/dev/ttyUSB0?flow-control=rts-cts&rts=off", "rts", "rts-cts");
}

/* ---- Settings -------------------------------------------------------------------------------------------------- */

struct fixture {
    struct rig rig;
    struct pty_port port;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (fixture == NULL || pty_port_open(&fixture->port) != 0)
        return -1;
    rig_init(&fixture->rig);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    rig_free(&fixture->rig);
    pty_port_close(&fixture->port);
    free(fixture);
    return 0;
}

static void start(struct fixture *fixture, const char *options)
{
    struct kc_error error;
    char uri[256];

    snprintf(uri, sizeof uri, "x+serial:%s%s", fixture->port.path, options);
    assert_int_equal(rig_open(&fixture->rig, uri, -1, &error), KC_OK);
    assert_int_equal(fixture->rig.connected + fixture->rig.closed, 0);
}

static void test_usual_settings(void **state)
{
    struct fixture *fixture = *state;
    const struct termios *wanted = &pty_line.wanted;

    assert_int_equal(tcgetattr(fixture->port.master, &pty_line.wanted), 0);
    pty_line.wanted.c_cflag |= PARENB | CSTOPB | CRTSCTS; /* as another program left it */
    pty_line.set = true;
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_true(pty_line.set);
    assert_int_equal(cfgetospeed(wanted), B9600);
    assert_int_equal(wanted->c_cflag & CSIZE, CS8);
    assert_int_equal(wanted->c_cflag & (tcflag_t)(PARENB | CSTOPB | CRTSCTS), 0);
    assert_int_equal(wanted->c_iflag & (IXON | IXOFF), 0);
    assert_int_equal(wanted->c_lflag & (ICANON | ECHO | ISIG), 0); /* raw */
    assert_int_equal(wanted->c_oflag & OPOST, 0);
    assert_true((wanted->c_cflag & CLOCAL) != 0); /* no carrier is needed */
    assert_true((pty_line.modem_lines & TIOCM_DTR) != 0);
    assert_true((pty_line.modem_lines & TIOCM_RTS) != 0);
}

static void test_settings_7e1(void **state)
{
    struct fixture *fixture = *state;
    const struct termios *wanted = &pty_line.wanted;

    start(fixture, "?baud=19200&data-bits=7&parity=even&stop-bits=1&flow-control=xon-xoff");
    rig_until_connected(&fixture->rig);
    assert_int_equal(cfgetospeed(wanted), B19200);
    assert_int_equal(wanted->c_cflag & CSIZE, CS7);
    assert_int_equal(wanted->c_cflag & (tcflag_t)(PARENB | PARODD | CSTOPB), PARENB);
    assert_int_equal(wanted->c_iflag & (IXON | IXOFF), IXON | IXOFF);
}

static void test_settings_odd_two_stop_bits(void **state)
{
    struct fixture *fixture = *state;
    const tcflag_t asked = PARENB | PARODD | CSTOPB | CRTSCTS;

    start(fixture, "?baud=115200&parity=odd&stop-bits=2&flow-control=rts-cts");
    rig_until_connected(&fixture->rig);
    assert_int_equal(cfgetospeed(&pty_line.wanted), B115200);
    assert_int_equal(pty_line.wanted.c_cflag & asked, asked);
}

/* Each value of each option reaches the line. */
static void test_each_setting(void **state)
{
    static const struct {
        const char *option;
        tcflag_t mask, flags;
    } cases[] = {
        {"data-bits=5", CSIZE, CS5},
        {"data-bits=6", CSIZE, CS6},
        {"data-bits=7", CSIZE, CS7},
        {"data-bits=8", CSIZE, CS8},
        {"parity=none", PARENB | PARODD | CMSPAR, 0},
        {"parity=odd", PARENB | PARODD | CMSPAR, PARENB | PARODD},
        {"parity=even", PARENB | PARODD | CMSPAR, PARENB},
        {"parity=mark", PARENB | PARODD | CMSPAR, PARENB | PARODD | CMSPAR},
        {"parity=space", PARENB | PARODD | CMSPAR, PARENB | CMSPAR},
        {"stop-bits=1", CSTOPB, 0},
        {"stop-bits=2", CSTOPB, CSTOPB},
        {"flow-control=none", CRTSCTS, 0},
        {"flow-control=rts-cts", CRTSCTS, CRTSCTS},
        {"flow-control=xon-xoff", CRTSCTS, 0},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char options[64];

        snprintf(options, sizeof options, "?%s", cases[i].option);
        start(fixture, options);
        rig_until_connected(&fixture->rig);
        if ((pty_line.wanted.c_cflag & cases[i].mask) != cases[i].flags)
            fail_msg("%s: %lo", cases[i].option, (unsigned long)(pty_line.wanted.c_cflag & cases[i].mask));
        rig_close(&fixture->rig);
    }
}

static void test_modem_lines(void **state)
{
    struct fixture *fixture = *state;
    const int both = TIOCM_DTR | TIOCM_RTS;

    start(fixture, "?dtr=off");
    assert_int_equal(pty_line.modem_lines & both, TIOCM_RTS);
    rig_close(&fixture->rig);
    start(fixture, "?rts=off");
    assert_int_equal(pty_line.modem_lines & both, TIOCM_DTR);
    rig_close(&fixture->rig);
    start(fixture, "?dtr=off&rts=off&flow-control=xon-xoff");
    assert_int_equal(pty_line.modem_lines & both, 0);
    rig_close(&fixture->rig);
    start(fixture, "?dtr=on&rts=on");
    assert_int_equal(pty_line.modem_lines & both, both);
}

static void test_descriptor(void **state)
{
    struct fixture *fixture = *state;
    char slave[64], name[64], link[64];
    int found = 0;

    start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(ptsname_r(fixture->port.master, slave, sizeof slave), 0);
    for (int fd = 0; fd < 256; fd++) {
        ssize_t length;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, name, sizeof name - 1);
        if (length < 0)
            continue;
        name[length] = '\0';
        if (strcmp(name, slave) != 0)
            continue;
        found++; /* one: the descriptor with which it was tried is closed */
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    }
    assert_int_equal(found, 1);
}

/* ---- Bytes ----------------------------------------------------------------------------------------------------- */

static void read_whole(int fd, char *out, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, out, count);

        assert_true(got > 0);
        out += got;
        count -= (size_t)got;
    }
}

static void test_bytes_both_ways(void **state)
{
    struct fixture *fixture = *state;
    uint8_t all[256];
    char got[256];

    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(rig_send(&fixture->rig, all, sizeof all), KC_OK);
    read_whole(fixture->port.master, got, sizeof got);
    assert_memory_equal(got, all, sizeof all);
    assert_int_equal(write(fixture->port.master, all, sizeof all), (ssize_t)sizeof all);
    rig_until_received(&fixture->rig, sizeof all);
    assert_memory_equal(fixture->rig.received.data, all, sizeof all);
}

static void test_old_bytes_are_dropped(void **state)
{
    struct fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int waiting = 0;

    assert_true(other >= 0);
    assert_int_equal(write(fixture->port.master, "old\n", 4), 4);
    while (waiting < 4)
        assert_int_equal(ioctl(other, FIONREAD, &waiting), 0);
    start(fixture, "");
    close(other);
    rig_until_connected(&fixture->rig);
    assert_int_equal(write(fixture->port.master, "new", 3), 3);
    rig_until_received(&fixture->rig, 3);
    assert_int_equal(fixture->rig.received.length, 3);
    assert_memory_equal(fixture->rig.received.data, "new", 3);
}

enum { LARGE = 200 * 1024 };

static void *read_large(void *user)
{
    struct fixture *fixture = user;
    char *bytes = malloc(LARGE);

    for (size_t got = 0; bytes != NULL && got < LARGE;) {
        ssize_t count = read(fixture->port.master, bytes + got, LARGE - got);

        if (count <= 0)
            break;
        got += (size_t)count;
    }
    if (write(fixture->port.master, "done", 4) != 4)
        perror("write");
    return bytes;
}

/* More than the line takes at once. */
static void test_large_send(void **state)
{
    struct fixture *fixture = *state;
    char *bytes = malloc(LARGE);
    void *got = NULL;
    pthread_t thread;

    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 3 + i / 255);
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    for (size_t sent = 0; sent < LARGE; sent += 1024)
        assert_int_equal(rig_send(&fixture->rig, bytes + sent, 1024), KC_OK);
    assert_int_equal(pthread_create(&thread, NULL, read_large, fixture), 0);
    rig_until_received(&fixture->rig, 4);
    assert_int_equal(pthread_join(thread, &got), 0);
    assert_non_null(got);
    assert_memory_equal(got, bytes, LARGE);
    free(got);
    free(bytes);
}

/* ---- The end --------------------------------------------------------------------------------------------------- */

static void assert_lost(struct rig *rig)
{
    rig_until_closed(rig);
    assert_int_equal(rig->error.code, KC_ERROR_CONNECTION_LOST);
    assert_non_null(strstr(rig->error.message, "serial port "));
    rig_settle(rig);
    assert_int_equal(rig->closed, 1);
}

static void test_unplug(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "");
    rig_until_connected(&fixture->rig);
    pty_port_unplug(&fixture->port);
    assert_lost(&fixture->rig);
    assert_non_null(strstr(fixture->rig.error.message, "unplugged"));
    assert_int_equal(rig_send(&fixture->rig, "x", 1), KC_ERROR_CONNECTION_LOST);
}

static void test_unplug_before_the_first_dispatch(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "");
    pty_port_unplug(&fixture->port);
    assert_lost(&fixture->rig);
    assert_int_equal(fixture->rig.connected, 1);
}

static void test_unplug_is_noticed_by_writing(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "");
    rig_until_connected(&fixture->rig);
    pty_port_unplug(&fixture->port);
    assert_int_equal(rig_send(&fixture->rig, "x", 1), KC_ERROR_CONNECTION_LOST);
    assert_int_equal(fixture->rig.closed, 0);
    assert_lost(&fixture->rig);
    assert_non_null(strstr(fixture->rig.error.message, "unplugged"));
}

static void test_close_inside_callbacks(void **state)
{
    static const enum rig_slot slots[] = {RIG_CONNECTED, RIG_RECEIVED, RIG_CLOSED};
    struct fixture *fixture = *state;
    struct rig *rig = &fixture->rig;

    for (size_t i = 0; i < 3; i++) {
        rig->close_in = slots[i];
        start(fixture, "");
        rig_until_connected(rig);
        if (slots[i] == RIG_RECEIVED) {
            assert_int_equal(write(fixture->port.master, "bytes", 5), 5);
            rig_until_received(rig, 5);
        }
        if (slots[i] == RIG_CLOSED) {
            pty_port_unplug(&fixture->port);
            rig_until_closed(rig);
        }
        rig_settle(rig);
        assert_null(rig->transport);
        assert_int_equal(rig->closed, slots[i] == RIG_CLOSED);
    }
}

/* ---- Ports that cannot be opened ------------------------------------------------------------------------------- */

static void assert_unreachable(struct rig *rig, const char *name, const char *text)
{
    assert_int_equal(rig->closed, 0);
    rig_until_closed(rig);
    assert_int_equal(rig->connected, 0);
    assert_int_equal(rig->error.code, KC_ERROR_UNREACHABLE);
    assert_non_null(strstr(rig->error.message, name));
    if (strstr(rig->error.message, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", rig->error.message, text);
    rig_settle(rig);
    assert_int_equal(rig->closed, 1);
    rig_close(rig);
}

static void test_no_such_port(void **state)
{
    struct fixture *fixture = *state;
    struct kc_error error;

    assert_int_equal(rig_open(&fixture->rig, "x+serial:/dev/ttyNoSuchPort7", -1, &error), KC_OK);
    assert_unreachable(&fixture->rig, "/dev/ttyNoSuchPort7", "no such port");
    assert_int_equal(rig_open(&fixture->rig, "x+serial:/dev/null", -1, &error), KC_OK);
    assert_unreachable(&fixture->rig, "/dev/null", "not a serial port");
    assert_int_equal(rig_open(&fixture->rig, "x+serial:/dev/ptmx", -1, &error), KC_OK);
    assert_unreachable(&fixture->rig, "/dev/ptmx", "not a serial port");
}

/* A port that another program has locked is left alone: its settings are not touched. */
static void test_port_in_use(void **state)
{
    struct fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(other >= 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    start(fixture, "?parity=even");
    assert_unreachable(&fixture->rig, fixture->port.path, "this program uses it");
    assert_false(pty_line.set);
    close(other);
    start(fixture, ""); /* free again */
    rig_until_connected(&fixture->rig);
}

/* The child of fork(): has the port until it is told to end. */
static void hold_port(const char *link, int ready, int end)
{
    int port = open(link, O_RDWR | O_NOCTTY | O_CLOEXEC);
    char byte = port >= 0 && flock(port, LOCK_EX | LOCK_NB) == 0 ? 'y' : 'n';

    prctl(PR_SET_NAME, "modem\nwatcher");
    if (write(ready, &byte, 1) == 1)
        (void)!read(end, &byte, 1);
    _exit(0);
}

static void test_port_in_use_names_the_program(void **state)
{
    struct fixture *fixture = *state;
    int ready[2], end[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(end[1]);
        hold_port(fixture->port.link, ready[1], end[0]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    start(fixture, "");
    assert_unreachable(&fixture->rig, fixture->port.path, "modem, process ");
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(end[i]);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* The descriptor is beyond what select() can take. */
static void test_descriptor_above_1024(void **state)
{
    enum { COUNT = 1100 };
    struct fixture *fixture = *state;
    struct rlimit before, high;
    int taken[COUNT], count = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    high = before;
    high.rlim_cur = COUNT + 200;
    if (before.rlim_max != RLIM_INFINITY && before.rlim_max < high.rlim_cur)
        skip();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &high), 0);
    while (count < COUNT && (taken[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_int_equal(count, COUNT);
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(rig_send(&fixture->rig, "to", 2), KC_OK);
    char got[2];
    read_whole(fixture->port.master, got, sizeof got);
    assert_memory_equal(got, "to", 2);
    assert_int_equal(write(fixture->port.master, "from", 4), 4);
    rig_until_received(&fixture->rig, 4);
    pty_port_unplug(&fixture->port);
    rig_until_closed(&fixture->rig);
    assert_int_equal(fixture->rig.error.code, KC_ERROR_CONNECTION_LOST);
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void test_exclusive_while_open(void **state)
{
    struct fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(other >= 0);
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    if (geteuid() != 0) { /* root may open it all the same */
        assert_int_equal(open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC), -1);
        assert_int_equal(errno, EBUSY);
    }
    rig_close(&fixture->rig);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC); /* and others may open it again */
    assert_true(other >= 0);
    close(other);
}

static void test_no_permission(void **state)
{
    struct fixture *fixture = *state;
    char slave[64];

    if (geteuid() == 0) /* root may open everything */
        skip();
    assert_int_equal(ptsname_r(fixture->port.master, slave, sizeof slave), 0);
    assert_int_equal(chmod(slave, 0), 0);
    start(fixture, "");
    assert_unreachable(&fixture->rig, fixture->port.path, "dialout");
}

static void test_no_descriptors(void **state)
{
    enum { COUNT = 128 };
    struct fixture *fixture = *state;
    struct rlimit before, low;
    int taken[COUNT];
    int count = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = COUNT;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < COUNT && (taken[count] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_in_range(count, 2, COUNT - 1);
    for (int given = 0; given < 2; given++) { /* it needs two while it opens */
        start(fixture, "");
        rig_until_closed(&fixture->rig);
        assert_int_equal(fixture->rig.error.code, KC_ERROR_SYSTEM);
        rig_close(&fixture->rig);
        close(taken[--count]);
    }
    start(fixture, "");
    rig_until_connected(&fixture->rig);
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        TEST(test_usual_settings),
        TEST(test_settings_7e1),
        TEST(test_settings_odd_two_stop_bits),
        TEST(test_each_setting),
        TEST(test_modem_lines),
        TEST(test_descriptor),
        TEST(test_bytes_both_ways),
        TEST(test_old_bytes_are_dropped),
        TEST(test_large_send),
        TEST(test_unplug),
        TEST(test_unplug_before_the_first_dispatch),
        TEST(test_unplug_is_noticed_by_writing),
        TEST(test_close_inside_callbacks),
        TEST(test_no_such_port),
        TEST(test_port_in_use),
        TEST(test_port_in_use_names_the_program),
        TEST(test_descriptor_above_1024),
        TEST(test_exclusive_while_open),
        TEST(test_no_permission),
        TEST(test_no_descriptors),
    };

    return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
