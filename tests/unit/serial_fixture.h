/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A serial port that is a pseudo-terminal, and a transport on it. */
#ifndef KEYCARD_TESTS_SERIAL_FIXTURE_H
#define KEYCARD_TESTS_SERIAL_FIXTURE_H

#include "pty_shim.h"
#include "transport_rig.h"

struct serial_fixture {
    struct rig rig;
    struct pty_port port;
};

int serial_setup(void **state);
int serial_teardown(void **state);
#define SERIAL_TEST(name) cmocka_unit_test_setup_teardown(name, serial_setup, serial_teardown)

/* Opens it with these options of its URI. */
void serial_start(struct serial_fixture *fixture, const char *options);
/* So many bytes, however they come. */
void serial_read_whole(int fd, char *out, size_t count);

#endif
