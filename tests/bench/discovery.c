/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From plugging a device in to KC_EVENT_DEVICE, for devices on USB and serial ports, with none and with 100 listed
 * already; and what a program that watches does while nothing happens. Devices stand in a testbed (umockdev), whose
 * notice of a new device is the last thing that plugging does: the shorter time begins when plugging has returned, the
 * longer one before, with the making of the device's files in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tty_rig.h"
#include "lock_side.h"
#include "usb_rig.h"

enum { PLUGS = 100, WAIT_MS = 20000, IDLE_MS = 2000, SETTLED_MS = 1500 };

static const struct usb_device_model silent = {0};
static const struct usb_rig_description encoder = {
    .vendor = 0x0801, .product = 0x0003, .name = "Encoder", .interfaces = &usb_rig_hid, .interface_count = 1};

/* One kind of device, each with a number. */
struct kind {
    const char *name;
    void *(*open)(void);
    void (*close)(void *rig);
    void *(*plug)(void *rig, int number);
    void (*unplug)(void *rig, int number, void *device);
    int own; /* devices that are there from the beginning */
};

/* ---- USB -------------------------------------------------------------------------------------------------------- */

static void *open_usb(void)
{
    return usb_rig_new();
}

static void close_usb(void *rig)
{
    usb_rig_free(rig);
}

static void *plug_usb(void *rig, int number)
{
    char port[16];
    snprintf(port, sizeof(port), "1-%d", number + 1);
    return usb_rig_plug(rig, port, &encoder, &silent, NULL);
}

static void unplug_usb(void *rig, int number, void *device)
{
    (void)rig;
    (void)number;
    usb_rig_unplug(device);
}

/* ---- Serial ports -------------------------------------------------------------------------------------------------
 */

static void *open_ports(void)
{
    struct tty_rig *rig = tty_rig_new();
    NEED(rig != NULL);
    tty_rig_plug(rig, &(struct tty_plug){.node = "ttyS0", .type = "4"}); /* there is a /dev from now on */
    return rig;
}

static void close_ports(void *rig)
{
    tty_rig_free(rig);
}

struct port {
    char place[16], node[16];
    struct tty_plug plug;
};

static void name_port(struct port *port, int number)
{
    snprintf(port->place, sizeof(port->place), "1-%d", number + 1);
    snprintf(port->node, sizeof(port->node), "ttyUSB%d", number);
    port->plug = (struct tty_plug){.place = port->place, .ids = "067b:2303", .node = port->node};
}

static void *plug_port(void *rig, int number)
{
    struct port port;
    name_port(&port, number);
    tty_rig_plug(rig, &port.plug);
    return NULL;
}

static void unplug_port(void *rig, int number, void *device)
{
    struct port port;
    (void)device;
    name_port(&port, number);
    tty_rig_unplug(rig, &port.plug, true);
}

static const struct kind kinds[] = {
    {"usb", open_usb, close_usb, plug_usb, unplug_usb, 0},
    {"serial", open_ports, close_ports, plug_port, unplug_port, 1},
};

/* ---- Measuring ----------------------------------------------------------------------------------------------------
 */

/* Until a device is told of that has this state. */
static void until_told(kc_context *context, int32_t state)
{
    for (bool told = false; !told;) {
        NEED(kc_context_wait(context, WAIT_MS) == 1);
        NEED(kc_context_dispatch(context) == KC_OK);
        for (kc_event *event; (event = kc_context_next_event(context)) != NULL; kc_event_unref(event))
            told = told || (kc_event_get_type(event) == KC_EVENT_DEVICE && kc_event_get_state(event) == state);
    }
}

/* How often the threads of this process have gone to sleep so far, all together. */
static long sleeps(void)
{
    long count = 0;
    DIR *threads = opendir("/proc/self/task");
    NEED(threads != NULL);
    for (const struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        char path[300], line[200];
        long value = 0;
        snprintf(path, sizeof(path), "/proc/self/task/%s/status", thread->d_name);
        FILE *file = thread->d_name[0] != '.' ? fopen(path, "re") : NULL;
        while (file && fgets(line, sizeof(line), file))
            if (sscanf(line, "voluntary_ctxt_switches: %ld", &value) == 1)
                count += value;
        if (file)
            fclose(file);
    }
    closedir(threads);
    return count;
}

/* Wake-ups while nothing happens; the one sleep of the wait itself is not counted. */
static long idle_wakes(kc_context *context)
{
    while (kc_context_wait(context, SETTLED_MS) == 1) /* what the last plug left behind */
        NEED(kc_context_dispatch(context) == KC_OK);
    long before = sleeps();
    int32_t waited = kc_context_wait(context, IDLE_MS);
    long after = sleeps();
    return after - before - 1 + (waited == 0 ? 0 : 1);
}

static void measure(const struct kind *kind, int listed)
{
    double notice[PLUGS], whole[PLUGS];
    void *rig = kind->open(), *others[PLUGS];
    kc_context *context;
    for (int i = 0; i < listed; i++)
        others[i] = kind->plug(rig, i + 1);
    NEED(kc_context_new(&context) == KC_OK);
    NEED(kc_context_watch_devices(context, KC_DEVICES_LIST) == KC_OK);
    NEED(kc_context_get_device_count(context) == listed + kind->own);
    bench_take_events(context);
    for (int i = 0; i < PLUGS; i++) {
        int64_t start = bench_now_ns();
        void *device = kind->plug(rig, PLUGS + 1 + i); /* each at a place of its own */
        int64_t plugged = bench_now_ns();
        until_told(context, KC_DEVICE_PRESENT);
        int64_t told = bench_now_ns();
        notice[i] = (double)(told - plugged) / 1e6;
        whole[i] = (double)(told - start) / 1e6;
        NEED(kc_context_get_device_count(context) == listed + kind->own + 1);
        kind->unplug(rig, PLUGS + 1 + i, device);
        until_told(context, KC_DEVICE_GONE);
    }
    long wakes = idle_wakes(context);
    printf("{\"benchmark\":\"discovery\",\"kind\":\"%s\",\"listed\":%d,\"plugs\":%d,", kind->name, listed, PLUGS);
    printf("\"notice_to_event_ms\":{\"50\":%.2f,\"90\":%.2f,\"99\":%.2f,\"100\":%.2f},",
           bench_percentile(notice, PLUGS, 50), bench_percentile(notice, PLUGS, 90),
           bench_percentile(notice, PLUGS, 99), bench_percentile(notice, PLUGS, 100));
    printf("\"plug_to_event_ms\":{\"50\":%.2f,\"90\":%.2f,\"99\":%.2f,\"100\":%.2f},",
           bench_percentile(whole, PLUGS, 50), bench_percentile(whole, PLUGS, 90), bench_percentile(whole, PLUGS, 99),
           bench_percentile(whole, PLUGS, 100));
    printf("\"idle_ms\":%d,\"idle_wakes\":%ld}\n", IDLE_MS, wakes);
    fflush(stdout);
    kc_context_unref(context);
    for (int i = 0; i < listed; i++)
        kind->unplug(rig, i + 1, others[i]);
    kind->close(rig);
}

int main(void)
{
    static const int listed[] = {0, 100};
    bench_pin();
    NEED(bench_more_files() >= 500);
    if (!usb_rig_possible())
        return usb_rig_skipped();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t k = 0; k < sizeof(listed) / sizeof(listed[0]); k++)
            measure(&kinds[i], listed[k]);
    return 0;
}
