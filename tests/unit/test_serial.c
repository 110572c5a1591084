/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial transport, on a pseudo-terminal that looks like a serial port. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "serial_fixture.h"

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

static void test_usual_settings(void **state)
{
    struct serial_fixture *fixture = *state;
    const struct termios *wanted = &pty_line.wanted;

    assert_int_equal(tcgetattr(fixture->port.master, &pty_line.wanted), 0);
    pty_line.wanted.c_cflag |= PARENB | CSTOPB | CRTSCTS; /* as another program left it */
    pty_line.set = true;
    serial_start(fixture, "");
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
    struct serial_fixture *fixture = *state;
    const struct termios *wanted = &pty_line.wanted;

    serial_start(fixture, "?baud=19200&data-bits=7&parity=even&stop-bits=1&flow-control=xon-xoff");
    rig_until_connected(&fixture->rig);
    assert_int_equal(cfgetospeed(wanted), B19200);
    assert_int_equal(wanted->c_cflag & CSIZE, CS7);
    assert_int_equal(wanted->c_cflag & (tcflag_t)(PARENB | PARODD | CSTOPB), PARENB);
    assert_int_equal(wanted->c_iflag & (IXON | IXOFF), IXON | IXOFF);
}

static void test_settings_odd_two_stop_bits(void **state)
{
    struct serial_fixture *fixture = *state;
    const tcflag_t asked = PARENB | PARODD | CSTOPB | CRTSCTS;

    serial_start(fixture, "?baud=115200&parity=odd&stop-bits=2&flow-control=rts-cts");
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
    struct serial_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char options[64];

        snprintf(options, sizeof options, "?%s", cases[i].option);
        serial_start(fixture, options);
        rig_until_connected(&fixture->rig);
        if ((pty_line.wanted.c_cflag & cases[i].mask) != cases[i].flags)
            fail_msg("%s: %lo", cases[i].option, (unsigned long)(pty_line.wanted.c_cflag & cases[i].mask));
        rig_close(&fixture->rig);
    }
}

static void test_modem_lines(void **state)
{
    struct serial_fixture *fixture = *state;
    const int both = TIOCM_DTR | TIOCM_RTS;

    serial_start(fixture, "?dtr=off");
    assert_int_equal(pty_line.modem_lines & both, TIOCM_RTS);
    rig_close(&fixture->rig);
    serial_start(fixture, "?rts=off");
    assert_int_equal(pty_line.modem_lines & both, TIOCM_DTR);
    rig_close(&fixture->rig);
    serial_start(fixture, "?dtr=off&rts=off&flow-control=xon-xoff");
    assert_int_equal(pty_line.modem_lines & both, 0);
    rig_close(&fixture->rig);
    serial_start(fixture, "?dtr=on&rts=on");
    assert_int_equal(pty_line.modem_lines & both, both);
}

static void test_descriptor(void **state)
{
    struct serial_fixture *fixture = *state;
    char slave[64], name[64], link[64];
    int found = 0;

    serial_start(fixture, "");
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

static void test_bytes_both_ways(void **state)
{
    struct serial_fixture *fixture = *state;
    uint8_t all[256];
    char got[256];

    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    serial_start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(rig_send(&fixture->rig, all, sizeof all), KC_OK);
    serial_read_whole(fixture->port.master, got, sizeof got);
    assert_memory_equal(got, all, sizeof all);
    assert_int_equal(write(fixture->port.master, all, sizeof all), (ssize_t)sizeof all);
    rig_until_received(&fixture->rig, sizeof all);
    assert_memory_equal(fixture->rig.received.data, all, sizeof all);
}

static void test_old_bytes_are_dropped(void **state)
{
    struct serial_fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);
    int waiting = 0;

    assert_true(other >= 0);
    assert_int_equal(write(fixture->port.master, "old\n", 4), 4);
    while (waiting < 4)
        assert_int_equal(ioctl(other, FIONREAD, &waiting), 0);
    serial_start(fixture, "");
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
    struct serial_fixture *fixture = user;
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
    struct serial_fixture *fixture = *state;
    char *bytes = malloc(LARGE);
    void *got = NULL;
    pthread_t thread;

    assert_non_null(bytes);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 3 + i / 255);
    serial_start(fixture, "");
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
    struct serial_fixture *fixture = *state;

    serial_start(fixture, "");
    rig_until_connected(&fixture->rig);
    pty_port_unplug(&fixture->port);
    assert_lost(&fixture->rig);
    assert_non_null(strstr(fixture->rig.error.message, "unplugged"));
    assert_int_equal(rig_send(&fixture->rig, "x", 1), KC_ERROR_CONNECTION_LOST);
}

static void test_unplug_before_the_first_dispatch(void **state)
{
    struct serial_fixture *fixture = *state;

    serial_start(fixture, "");
    pty_port_unplug(&fixture->port);
    assert_lost(&fixture->rig);
    assert_int_equal(fixture->rig.connected, 1);
}

static void test_unplug_is_noticed_by_writing(void **state)
{
    struct serial_fixture *fixture = *state;

    serial_start(fixture, "");
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
    struct serial_fixture *fixture = *state;
    struct rig *rig = &fixture->rig;

    for (size_t i = 0; i < 3; i++) {
        rig->close_in = slots[i];
        serial_start(fixture, "");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        SERIAL_TEST(test_usual_settings),
        SERIAL_TEST(test_settings_7e1),
        SERIAL_TEST(test_settings_odd_two_stop_bits),
        SERIAL_TEST(test_each_setting),
        SERIAL_TEST(test_modem_lines),
        SERIAL_TEST(test_descriptor),
        SERIAL_TEST(test_bytes_both_ways),
        SERIAL_TEST(test_old_bytes_are_dropped),
        SERIAL_TEST(test_large_send),
        SERIAL_TEST(test_unplug),
        SERIAL_TEST(test_unplug_before_the_first_dispatch),
        SERIAL_TEST(test_unplug_is_noticed_by_writing),
        SERIAL_TEST(test_close_inside_callbacks),
    };

    return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
