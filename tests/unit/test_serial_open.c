/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serial ports that cannot be opened, and descriptors that are high, exclusive or used up. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serial_fixture.h"

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
    struct serial_fixture *fixture = *state;
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
    struct serial_fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(other >= 0);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    serial_start(fixture, "?parity=even");
    assert_unreachable(&fixture->rig, fixture->port.path, "this program uses it");
    assert_false(pty_line.set);
    close(other);
    serial_start(fixture, ""); /* free again */
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
    struct serial_fixture *fixture = *state;
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
    serial_start(fixture, "");
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
    struct serial_fixture *fixture = *state;
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
    serial_start(fixture, "");
    rig_until_connected(&fixture->rig);
    assert_int_equal(rig_send(&fixture->rig, "to", 2), KC_OK);
    char got[2];
    serial_read_whole(fixture->port.master, got, sizeof got);
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
    struct serial_fixture *fixture = *state;
    int other = open(fixture->port.link, O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(other >= 0);
    serial_start(fixture, "");
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
    struct serial_fixture *fixture = *state;
    char slave[64];

    if (geteuid() == 0) /* root may open everything */
        skip();
    assert_int_equal(ptsname_r(fixture->port.master, slave, sizeof slave), 0);
    assert_int_equal(chmod(slave, 0), 0);
    serial_start(fixture, "");
    assert_unreachable(&fixture->rig, fixture->port.path, "dialout");
}

static void test_no_descriptors(void **state)
{
    enum { COUNT = 128 };
    struct serial_fixture *fixture = *state;
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
        serial_start(fixture, "");
        rig_until_closed(&fixture->rig);
        assert_int_equal(fixture->rig.error.code, KC_ERROR_SYSTEM);
        rig_close(&fixture->rig);
        close(taken[--count]);
    }
    serial_start(fixture, "");
    rig_until_connected(&fixture->rig);
    while (count > 0)
        close(taken[--count]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERIAL_TEST(test_no_such_port),
        SERIAL_TEST(test_port_in_use),
        SERIAL_TEST(test_port_in_use_names_the_program),
        SERIAL_TEST(test_descriptor_above_1024),
        SERIAL_TEST(test_exclusive_while_open),
        SERIAL_TEST(test_no_permission),
        SERIAL_TEST(test_no_descriptors),
    };

    return cmocka_run_group_tests_name("serial-open", tests, NULL, NULL);
}
