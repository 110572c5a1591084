/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One original on an MSR605X over USB, ledger off, beside a program on libusb alone that makes the same transfers, as
 * they were recorded before, and waits for each. Both behind the real libusb, on a device each, in a testbed (umockdev)
 * whose part in every transfer is far larger than that of either; the simulated encoders are threads of this process.
 *
 *     bench_exchange_usb */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#include <libusb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../usb/stripe_device.h"
#include "lock_side.h"

enum { ROUNDS = 100, WARM_UP = 5, PACKETS_MOST = 1024, SETTLE_MS = 60, PATIENCE_MS = 10000 };

/* ---- What goes over the cable ------------------------------------------------------------------------------------ */

static struct {
    bool runs;
    size_t count;
    struct {
        bool out;
        uint8_t bytes[MSR_PACKET];
    } packets[PACKETS_MOST];
} tape;
static struct usb_device_model model; /* of the device, which the recorder stands before */

static void keep(bool out, const uint8_t *bytes)
{
    if (!tape.runs)
        return;
    NEED(tape.count < PACKETS_MOST);
    tape.packets[tape.count].out = out;
    memcpy(tape.packets[tape.count++].bytes, bytes, MSR_PACKET);
}

static ssize_t on_control(void *device, const uint8_t setup[8], uint8_t *data, size_t size)
{
    if (size == MSR_PACKET)
        keep(true, data);
    return model.on_control(device, setup, data, size);
}

static ssize_t next_in(void *device, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    const ssize_t count = model.next_in(device, endpoint, bytes, size);
    if (count == MSR_PACKET)
        keep(false, bytes);
    return count;
}

/* The linker puts these before those of the rig: --wrap. */
struct usb_rig_device *__real_usb_rig_plug(struct usb_rig *rig, const char *port,
                                           const struct usb_rig_description *description,
                                           const struct usb_device_model *table, void *device);
static void on_claim(void *device)
{
    model.on_claim(device);
}

struct usb_rig_device *__wrap_usb_rig_plug(struct usb_rig *rig, const char *port,
                                           const struct usb_rig_description *description,
                                           const struct usb_device_model *table, void *device);
struct usb_rig_device *__wrap_usb_rig_plug(struct usb_rig *rig, const char *port,
                                           const struct usb_rig_description *description,
                                           const struct usb_device_model *table, void *device)
{
    static const struct usb_device_model recorder = {
        .on_control = on_control, .next_in = next_in, .on_claim = on_claim};
    model = *table;
    return __real_usb_rig_plug(rig, port, description, &recorder, device);
}

static void set_tape(struct usb_rig *rig, bool runs)
{
    usb_rig_lock(rig);
    tape.runs = runs;
    usb_rig_unlock(rig);
}

/* ---- The bare program -------------------------------------------------------------------------------------------- */

static libusb_device_handle *open_bare(libusb_context *context, uint8_t port)
{
    libusb_device **devices;
    libusb_device_handle *handle = NULL;
    const ssize_t count = libusb_get_device_list(context, &devices);
    for (ssize_t i = 0; i < count && !handle; i++) {
        uint8_t ports[8];
        struct libusb_device_descriptor facts;
        NEED(libusb_get_device_descriptor(devices[i], &facts) == 0);
        if (facts.idVendor == 0x0801 && libusb_get_port_numbers(devices[i], ports, sizeof ports) == 1 &&
            ports[0] == port)
            NEED(libusb_open(devices[i], &handle) == 0);
    }
    libusb_free_device_list(devices, 1);
    NEED(handle && libusb_set_auto_detach_kernel_driver(handle, 1) == 0);
    NEED(libusb_claim_interface(handle, 0) == 0);
    return handle;
}

/* HID: SET_REPORT of a feature, and the interrupt endpoint. */
static void run_bare(libusb_device_handle *handle)
{
    uint8_t bytes[MSR_PACKET];
    for (size_t i = 0; i < tape.count; i++) {
        int got = MSR_PACKET;
        if (tape.packets[i].out)
            got = libusb_control_transfer(handle, 0x21, 0x09, 0x0300, 0, tape.packets[i].bytes, MSR_PACKET,
                                          PATIENCE_MS);
        else
            NEED(libusb_interrupt_transfer(handle, 0x81, bytes, MSR_PACKET, &got, PATIENCE_MS) == 0);
        NEED(got == MSR_PACKET);
    }
}

/* ---- Both -------------------------------------------------------------------------------------------------------- */

static void run_library(struct stripe_desk *desk)
{
    kc_op *op = stripe_desk_run(desk, kc_issue_original);
    if (kc_op_get_status(op) != KC_OK)
        fprintf(stderr, "%s\n", kc_error_get_message(kc_op_get_error(op)));
    NEED(kc_op_get_outcome(op) == KC_OUTCOME_WRITTEN);
    kc_op_unref(op);
    bench_take_events(desk->context);
}

static void record(struct usb_rig *rig, struct stripe_desk *desk)
{
    run_library(desk);
    run_library(desk);
    usleep(SETTLE_MS * 1000);
    set_tape(rig, true);
    run_library(desk);
    usleep(SETTLE_MS * 1000);
    set_tape(rig, false);
}

static void report(double *library, double *bare)
{
    double ratios[ROUNDS];
    size_t out = 0;
    for (size_t i = 0; i < ROUNDS; i++)
        ratios[i] = library[i] / bare[i];
    for (size_t i = 0; i < tape.count; i++)
        out += tape.packets[i].out;
    printf("{\"benchmark\":\"exchange-usb\",\"driver\":\"magstripe\",\"rounds\":%d,\"packets_out\":%zu,"
           "\"packets_in\":%zu,\"median_us\":%.1f,\"bare_us\":%.1f,\"ratio_bare\":%.3f,\"ratio_p10\":%.3f,"
           "\"ratio_p90\":%.3f}\n",
           (int)ROUNDS, out, tape.count - out, bench_percentile(library, ROUNDS, 50),
           bench_percentile(bare, ROUNDS, 50), bench_percentile(ratios, ROUNDS, 50),
           bench_percentile(ratios, ROUNDS, 10), bench_percentile(ratios, ROUNDS, 90));
}

static void compete(struct usb_rig *rig, struct stripe_desk *desk, libusb_device_handle *handle)
{
    static double library[ROUNDS], bare[ROUNDS];
    record(rig, desk);
    for (size_t round = 0; round < WARM_UP + ROUNDS; round++) {
        const int64_t start = bench_now_ns();
        run_library(desk);
        const int64_t middle = bench_now_ns();
        run_bare(handle);
        const int64_t end = bench_now_ns();
        if (round < WARM_UP)
            continue;
        library[round - WARM_UP] = (double)(middle - start) / 1000;
        bare[round - WARM_UP] = (double)(end - middle) / 1000;
    }
    report(library, bare);
}

int main(void)
{
    struct stripe_device devices[2];
    struct stripe_desk desk;
    libusb_context *context = NULL;
    if (!usb_rig_possible())
        return usb_rig_skipped();
    bench_pin();
    struct usb_rig *rig = usb_rig_new();
    stripe_plug(&devices[0], rig, "1-1", NULL);
    stripe_plug(&devices[1], rig, "1-2", NULL);
    stripe_desk_open(&desk, rig, "magstripe+usb:0801:0003@1-1");
    NEED(kc_context_set_ledger(desk.context, "none:") == KC_OK);
    NEED(libusb_init(&context) == 0);
    libusb_device_handle *handle = open_bare(context, 2);
    compete(rig, &desk, handle);
    NEED(libusb_release_interface(handle, 0) == 0);
    libusb_close(handle);
    libusb_exit(context);
    stripe_desk_close(&desk);
    stripe_close(&devices[0]);
    stripe_close(&devices[1]);
    usb_rig_free(rig);
    return 0;
}
