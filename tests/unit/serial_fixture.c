/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See serial_fixture.h. */
#include "serial_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int serial_setup(void **state)
{
    struct serial_fixture *fixture = calloc(1, sizeof *fixture);

    if (fixture == NULL || pty_port_open(&fixture->port) != 0)
        return -1;
    rig_init(&fixture->rig);
    *state = fixture;
    return 0;
}

int serial_teardown(void **state)
{
    struct serial_fixture *fixture = *state;

    rig_free(&fixture->rig);
    pty_port_close(&fixture->port);
    free(fixture);
    return 0;
}

void serial_start(struct serial_fixture *fixture, const char *options)
{
    struct kc_error error;
    char uri[256];

    snprintf(uri, sizeof uri, "x+serial:%s%s", fixture->port.path, options);
    assert_int_equal(rig_open(&fixture->rig, uri, -1, &error), KC_OK);
    assert_int_equal(fixture->rig.connected + fixture->rig.closed, 0);
}

void serial_read_whole(int fd, char *out, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, out, count);

        assert_true(got > 0);
        out += got;
        count -= (size_t)got;
    }
}
