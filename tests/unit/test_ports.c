/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of serial ports and their names, the serial transport by those names, and ports that come and go: real
 * libserialport, in a /sys and /dev of the test's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty_shim.h"
#include "transport/ports.h"
#include "transport_rig.h"
#include "tty_rig.h"

static const struct tty_plug encoder = {.place = "1-4.2",
                                        .ids = "067b:2303",
                                        .serial = "K42",
                                        .manufacturer = "Maker",
                                        .product = "Bridge",
                                        .node = "ttyUSB0"};
static const struct tty_plug left = {.place = "1-1", .ids = "1a86:7523", .node = "ttyUSB1"};
static const struct tty_plug right = {.place = "1-2", .ids = "1a86:7523", .node = "ttyUSB2"};
static const struct tty_plug dual = {.place = "1-3", .ids = "0403:6010", .serial = "FT1", .node = "ttyUSB3"};
static const struct tty_plug dual_second = {
    .place = "1-3", .ids = "0403:6010", .serial = "FT1", .interface = 1, .node = "ttyUSB4"};
static const struct tty_plug dual_third = {
    .place = "1-3", .ids = "0403:6010", .serial = "FT1", .interface = 1, .port = 2, .node = "ttyUSB5"};
static const struct tty_plug native = {.node = "ttyS4", .type = "4"};
static const struct tty_plug no_chip = {.node = "ttyS5", .type = "0"};

static int setup(void **state)
{
    *state = tty_rig_new();
    return 0;
}

static int teardown(void **state)
{
    if (*state)
        tty_rig_free(*state);
    return 0;
}

static struct tty_rig *rig_of(void **state)
{
    if (!*state)
        skip();
    return *state;
}

static const struct serial_port *find(const struct serial_port *ports, size_t count, const char *node)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ports[i].node, node) == 0)
            return &ports[i];
    fail_msg("%s is not listed", node);
    return NULL;
}

static void named(const struct serial_port *port, const char *name)
{
    char text[DEVICE_NAME_TEXT_SIZE];
    assert_true(port->usb);
    assert_string_equal(device_name_print(&port->name, false, text), name);
}

static void lists_ports_with_names(void **state)
{
    struct tty_rig *rig = rig_of(state);
    struct serial_port *ports = NULL;
    size_t count = 9;
    assert_int_equal(ports_list(&ports, &count, NULL), KC_OK);
    assert_int_equal(count, 0); /* no port at all is nothing wrong */
    assert_null(ports);
    const struct tty_plug *const plugs[] = {&encoder,     &left,       &right,  &dual,
                                            &dual_second, &dual_third, &native, &no_chip};
    for (size_t i = 0; i < sizeof(plugs) / sizeof(plugs[0]); i++)
        tty_rig_plug(rig, plugs[i]);
    assert_int_equal(ports_list(&ports, &count, NULL), KC_OK);
    assert_int_equal(count, 7);
    const struct serial_port *port = find(ports, count, "ttyUSB0");
    assert_string_equal(port->file, "/dev/ttyUSB0");
    assert_string_equal(port->manufacturer, "Maker");
    assert_string_equal(port->product, "Bridge");
    assert_string_equal(port->serial_number, "K42");
    assert_true(port->allowed);
    named(port, "067b:2303/K42");
    named(find(ports, count, "ttyUSB1"), "1a86:7523@1-1");
    named(find(ports, count, "ttyUSB2"), "1a86:7523@1-2");
    named(find(ports, count, "ttyUSB3"), "0403:6010/FT1");
    named(find(ports, count, "ttyUSB4"), "0403:6010/FT1~1");
    named(find(ports, count, "ttyUSB5"), "0403:6010/FT1~1.2");
    assert_false(find(ports, count, "ttyS4")->usb);
    free(ports);
}

static void texts_of_devices_are_hostile(void **state)
{
    struct tty_rig *rig = rig_of(state);
    char many[600];
    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    const struct tty_plug plug = {.place = "1-9", .ids = "067b:2303", .node = "ttyUSB9"};
    struct serial_port port;
    tty_rig_plug(rig, &plug);
    tty_rig_say(rig, &plug, "serial", many);
    tty_rig_say(rig, &plug, "manufacturer", "Ma\xC3k\x1B[2Jer\n");
    tty_rig_say(rig, &plug, "product", "B\xC3\xA4r \xF0\x9F\x94\x91  \n");
    assert_true(ports_read("ttyUSB9", &port));
    assert_string_equal(port.manufacturer, "Ma?k?[2Jer");
    assert_string_equal(port.product, "B\xC3\xA4r \xF0\x9F\x94\x91");
    assert_int_equal(strlen(port.serial_number), PORT_TEXT_SIZE - 1);
    assert_false(ports_read("..", &port));
    assert_false(ports_read("", &port));
    assert_false(ports_read("../tty/ttyUSB9", &port));
    assert_false(ports_read("ttyUSB10", &port));
    assert_false(ports_read(many, &port));
}

static void resolve(const char *path, const char *file)
{
    struct kc_error error = {0};
    char out[PORT_PATH_SIZE];
    if (ports_resolve(path, out, &error) != KC_OK)
        fail_msg("%s", error.message);
    assert_string_equal(out, file);
    assert_true(ports_present(path));
}

static void cannot_resolve(const char *path, const char *text)
{
    struct kc_error error = {0};
    char out[PORT_PATH_SIZE];
    assert_int_equal(ports_resolve(path, out, &error), KC_ERROR_UNREACHABLE);
    assert_false(ports_present(path));
    if (!strstr(error.message, text))
        fail_msg("\"%s\" does not say \"%s\"", error.message, text);
}

static void finds_the_port_that_is_meant(void **state)
{
    struct tty_rig *rig = rig_of(state);
    const struct tty_plug *const plugs[] = {&encoder, &left, &right, &dual, &dual_second, &dual_third};
    for (size_t i = 0; i < sizeof(plugs) / sizeof(plugs[0]); i++)
        tty_rig_plug(rig, plugs[i]);
    tty_rig_link(rig, "serial/by-id/usb-Maker_Bridge_K42-if00-port0", "../../ttyUSB0");
    tty_rig_link(rig, "encoder", "ttyUSB1");
    resolve("/dev/ttyUSB0", "/dev/ttyUSB0");
    resolve("/dev/serial/by-id/usb-Maker_Bridge_K42-if00-port0", "/dev/ttyUSB0");
    resolve("/dev/encoder", "/dev/ttyUSB1");
    resolve("067b:2303", "/dev/ttyUSB0");
    resolve("067B:2303/K42", "/dev/ttyUSB0");
    resolve("067b:2303@1-4.2", "/dev/ttyUSB0");
    resolve("1a86:7523@1-2", "/dev/ttyUSB2");
    resolve("0403:6010/FT1~0", "/dev/ttyUSB3");
    resolve("0403:6010@1-3~1", "/dev/ttyUSB4");
    resolve("0403:6010/FT1~1.2", "/dev/ttyUSB5");
    cannot_resolve("1a86:7523", "1a86:7523@1-");
    cannot_resolve("1a86:7523", "name one of them");
    cannot_resolve("067b:2303/K43", "plugged in");
    cannot_resolve("067b:2303@1-4", "plugged in");
    cannot_resolve("/dev/ttyUSB7", "no such port");
    cannot_resolve("/dev/serial/by-id/usb-gone", "no such port");
}

/* ---- Coming and going ------------------------------------------------------------------------------------------ */

struct notes {
    struct ports_watch watch;
    char text[2000];
    int count;
};

static void note(struct ports_watch *watch, const char *node, bool gone)
{
    struct notes *notes = (struct notes *)(void *)watch;
    if (gone)
        strcat(notes->text, "-");
    strncat(notes->text, node ? node : "all", sizeof(notes->text) - strlen(notes->text) - 2);
    strcat(notes->text, " ");
    notes->count++;
}

static void until(struct loop *loop, struct notes *notes, int count)
{
    while (notes->count < count) {
        assert_int_equal(loop_wait(loop, RIG_WAIT_MS), 1);
        assert_int_equal(loop_dispatch(loop), KC_OK);
    }
}

static void tells_what_comes_and_goes(void **state)
{
    struct tty_rig *rig = rig_of(state);
    struct notes notes = {.watch.changed = note}, others = {.watch.changed = note};
    struct loop *loop = NULL;
    struct serial_port port;
    tty_rig_plug(rig, &native);
    assert_int_equal(loop_new(&loop, NULL), KC_OK);
    assert_int_equal(ports_watch_add(loop, &notes.watch, NULL), KC_OK);
    assert_int_equal(loop_wait(loop, 0), 0); /* nothing happens: nothing is told */
    tty_rig_plug(rig, &encoder);
    until(loop, &notes, 1);
    assert_true(strncmp(notes.text, "ttyUSB0 ", 8) == 0);
    assert_true(ports_read("ttyUSB0", &port));
    while (loop_wait(loop, 50) == 1)
        loop_dispatch(loop);
    int before = notes.count;
    assert_int_equal(mkfifo(tty_rig_path(rig, "random"), 0600), 0); /* what is no port is not told */
    assert_int_equal(mkfifo(tty_rig_path(rig, "tty7"), 0600), 0);
    assert_int_equal(mkfifo(tty_rig_path(rig, "ttyACM0"), 0600), 0);
    until(loop, &notes, before + 1);
    assert_non_null(strstr(notes.text, "ttyACM0 "));
    assert_null(strstr(notes.text, "tty7 "));
    assert_null(strstr(notes.text, "random "));
    before = notes.count;
    assert_int_equal(chmod(tty_rig_path(rig, "ttyACM0"), 0660), 0); /* other permissions */
    until(loop, &notes, before + 1);
    before = notes.count;
    tty_rig_unplug(rig, &encoder, true);
    until(loop, &notes, before + 1);
    assert_false(ports_read("ttyUSB0", &port));
    assert_non_null(strstr(notes.text, "-ttyUSB0 "));
    assert_int_equal(ports_watch_add(loop, &others.watch, NULL), KC_OK);
    ports_watch_remove(loop, &notes.watch);
    ports_watch_remove(loop, &notes.watch);
    before = notes.count;
    tty_rig_plug(rig, &left);
    until(loop, &others, 1);
    assert_int_equal(notes.count, before);
    ports_watch_remove(loop, &others.watch);
    assert_int_equal(ports_watch_add(loop, &others.watch, NULL), KC_OK);
    loop_free(loop); /* with a watch that was forgotten */
}

/* The same name opens it, wherever the kernel puts it. */
static void transport_follows_the_device(void **state)
{
    struct tty_rig *ttys = rig_of(state);
    struct rig rig;
    struct tty_plug moved = encoder;
    char bytes[2];
    moved.node = "ttyUSB6";
    rig_init(&rig);
    for (int round = 0; round < 2; round++) {
        const struct tty_plug *plug = round ? &moved : &encoder;
        tty_rig_plug(ttys, plug);
        int far_end = tty_rig_far_end(ttys, plug->node);
        assert_int_equal(rig_open(&rig, "x+serial:067b:2303/K42?baud=19200", -1, NULL), KC_OK);
        rig_until_connected(&rig);
        assert_int_equal(rig_send(&rig, "to", 2), KC_OK);
        assert_int_equal(read(far_end, bytes, 2), 2);
        assert_memory_equal(bytes, "to", 2);
        assert_int_equal(write(far_end, "from", 4), 4);
        rig_until_received(&rig, 4);
        tty_rig_unplug(ttys, plug, true);
        rig_until_closed(&rig);
        assert_int_equal(rig.error.code, KC_ERROR_CONNECTION_LOST);
        rig_close(&rig);
        assert_int_equal(rig_open(&rig, "x+serial:067b:2303/K42", -1, NULL), KC_OK);
        rig_until_closed(&rig);
        assert_int_equal(rig.error.code, KC_ERROR_UNREACHABLE);
        assert_non_null(strstr(rig.error.message, "plugged in"));
        rig_close(&rig);
    }
    rig_free(&rig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_ports_with_names),    TEST(texts_of_devices_are_hostile), TEST(finds_the_port_that_is_meant),
        TEST(tells_what_comes_and_goes), TEST(transport_follows_the_device),
    };
    return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
