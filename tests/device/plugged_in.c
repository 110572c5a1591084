/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices for a program that runs beside it: plugged-in [LIST OF DENIED] holds a testbed and obeys lines on its
 * standard input, each answered by "ok", until that ends. plugged_in.py is its other side.
 *
 *     stripe PORT              an MSR605X on USB              reader PORT           an ACR122U on USB
 *     serial PORT NODE SERIAL  an MSR605 behind a bridge      cable PORT NODE       a bridge that no driver knows
 *     port NODE                a port of the computer itself
 *     unplug PORT-OR-NODE      deny PORT-OR-NODE              allow PORT-OR-NODE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/tty_rig.h"
#include "reader_device.h"
#include "stripe_device.h"

enum { DEVICES_MOST = 16, WORD_SIZE = 64 };

struct plugged {
    char place[WORD_SIZE], node[WORD_SIZE], serial[WORD_SIZE];
    struct tty_plug port; /* node is not NULL: a serial port */
    struct stripe_device stripe;
    struct reader_device reader;
    struct usb_rig_device *usb;
    struct simulator *simulator; /* at the far end of the port */
    int line, far_end, stop[2];
    pthread_t pump;
    bool gone;
};

struct desk {
    struct usb_rig *usb;
    struct tty_rig *ports;
    const char *denied; /* the file that plugged_in_shim.c reads */
    struct plugged devices[DEVICES_MOST];
    size_t count;
};

/* ---- A serial encoder ------------------------------------------------------------------------------------------ */

static void carry(int from, int to)
{
    uint8_t bytes[600];
    ssize_t count = read(from, bytes, sizeof(bytes)), sent = count > 0 ? write(to, bytes, (size_t)count) : 0;
    (void)sent; /* one that closed its side hears nothing */
}

/* Between the simulator and the far end of the cable. */
static void *pump(void *user)
{
    struct plugged *device = user;
    struct pollfd slots[3] = {{.fd = device->line, .events = POLLIN},
                              {.fd = device->far_end, .events = POLLIN},
                              {.fd = device->stop[0], .events = POLLIN}};
    while (poll(slots, 3, -1) > 0 && slots[2].revents == 0) {
        if (slots[0].revents)
            carry(device->line, device->far_end);
        if (slots[1].revents & POLLIN)
            carry(device->far_end, device->line);
        else if (slots[1].revents) /* nobody has the port open: look again later */
            poll(&slots[2], 1, 20);
    }
    return NULL;
}

static void start_simulator(struct desk *desk, struct plugged *device)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    const struct simulator_options options = {.driver = "magstripe", .profile = "msr605"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    device->simulator = simulator_start(&options, message);
    if (!device->simulator)
        fail_msg("%s", message);
    address.sin_port = htons(simulator_port(device->simulator));
    device->line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(device->line, (struct sockaddr *)&address, sizeof(address)), 0);
    device->far_end = tty_rig_far_end(desk->ports, device->node);
    assert_int_equal(pipe(device->stop), 0);
    assert_int_equal(pthread_create(&device->pump, NULL, pump, device), 0);
}

static void stop_simulator(struct plugged *device)
{
    assert_int_equal(write(device->stop[1], "", 1), 1);
    pthread_join(device->pump, NULL);
    close(device->stop[0]);
    close(device->stop[1]);
    close(device->line);
    simulator_stop(device->simulator);
    device->simulator = NULL;
}

/* ---- Plugging -------------------------------------------------------------------------------------------------- */

static void plug_port(struct desk *desk, struct plugged *device, const char *ids, const char *product)
{
    device->port = (struct tty_plug){.place = *device->place ? device->place : NULL,
                                     .ids = ids,
                                     .serial = *device->serial ? device->serial : NULL,
                                     .product = product,
                                     .node = device->node};
    tty_rig_plug(desk->ports, &device->port);
}

static void unplug(struct desk *desk, struct plugged *device)
{
    if (device->gone)
        return;
    device->gone = true;
    if (device->simulator)
        stop_simulator(device);
    if (device->port.node)
        tty_rig_unplug(desk->ports, &device->port, true);
    else
        usb_rig_unplug(device->usb);
}

static struct plugged *find(struct desk *desk, const char *word)
{
    for (size_t i = 0; i < desk->count; i++)
        if (!desk->devices[i].gone && (strcmp(desk->devices[i].node, word) == 0 ||
                                       (!desk->devices[i].port.node && strcmp(desk->devices[i].place, word) == 0)))
            return &desk->devices[i];
    fail_msg("nothing is plugged in at %s", word);
    return NULL;
}

/* The file is what the shim of the other program looks into. On USB all nodes: which is whose is known to the bus. */
static void deny(struct desk *desk, const char *node)
{
    FILE *file = fopen(desk->denied, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", node);
    assert_int_equal(fclose(file), 0);
}

static void obey(struct desk *desk, const char *what, const char *const words[3])
{
    struct plugged *device = &desk->devices[desk->count];
    const bool plugs = strcmp(what, "unplug") != 0 && strcmp(what, "deny") != 0 && strcmp(what, "allow") != 0;
    assert_true(desk->count < DEVICES_MOST);
    if (plugs) {
        const bool own = strcmp(what, "port") == 0;
        desk->count++;
        snprintf(device->place, sizeof(device->place), "%s", own ? "" : words[0]);
        snprintf(device->node, sizeof(device->node), "%s", own ? words[0] : words[1]);
        snprintf(device->serial, sizeof(device->serial), "%s", words[2]);
    }
    if (strcmp(what, "stripe") == 0) {
        stripe_plug(&device->stripe, desk->usb, device->place, NULL);
        device->usb = device->stripe.device;
    } else if (strcmp(what, "reader") == 0) {
        reader_init(&device->reader);
        reader_plug(&device->reader, desk->usb, device->place, &reader_description);
        device->usb = device->reader.device;
    } else if (strcmp(what, "serial") == 0) {
        plug_port(desk, device, "067b:2303", "Bridge");
        start_simulator(desk, device);
    } else if (strcmp(what, "cable") == 0) {
        plug_port(desk, device, "0403:6001", "Cable");
    } else if (strcmp(what, "port") == 0) {
        plug_port(desk, device, NULL, NULL);
    } else if (strcmp(what, "unplug") == 0) {
        unplug(desk, find(desk, words[0]));
    } else if (strcmp(what, "deny") == 0) {
        deny(desk, find(desk, words[0])->port.node ? words[0] : "bus/usb/");
    } else if (strcmp(what, "allow") == 0) {
        deny(desk, "nothing");
    } else {
        fail_msg("%s: what is that?", what);
    }
}

static void close_desk(struct desk *desk)
{
    for (size_t i = 0; i < desk->count; i++)
        unplug(desk, &desk->devices[i]);
    for (size_t i = 0; i < desk->count; i++) {
        if (desk->devices[i].stripe.device)
            stripe_close(&desk->devices[i].stripe);
    }
    tty_rig_free(desk->ports);
    usb_rig_free(desk->usb);
    for (size_t i = 0; i < desk->count; i++) {
        if (desk->devices[i].reader.device)
            reader_close(&desk->devices[i].reader);
    }
}

int main(int count, char **arguments)
{
    static struct desk desk;
    char line[300], what[WORD_SIZE];
    if (count != 2 || !usb_rig_possible())
        return usb_rig_skipped();
    desk.denied = arguments[1];
    desk.usb = usb_rig_new();
    desk.ports = tty_rig_in(usb_rig_testbed(desk.usb));
    tty_rig_plug(desk.ports, &(struct tty_plug){.node = "ttyS31", .type = "0"}); /* no chip; there is a /dev now */
    printf("%s\n", getenv("UMOCKDEV_DIR"));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        char words[3][WORD_SIZE] = {"", "", ""};
        if (sscanf(line, "%63s %63s %63s %63s", what, words[0], words[1], words[2]) < 2)
            return 1;
        obey(&desk, what, (const char *const[]){words[0], words[1], words[2]});
        puts("ok");
        fflush(stdout);
    }
    close_desk(&desk);
    return 0;
}
