/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That device and that desk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stripe_device.h"

const struct usb_rig_description stripe_description = {.vendor = 0x0801,
                                                       .product = 0x0003,
                                                       .manufacturer = "DEFTUN",
                                                       .name = "MSR Reader in FS Mode",
                                                       .interfaces = &usb_rig_hid,
                                                       .interface_count = 1,
                                                       .kernel_driver = "usbhid"};

/* ---- The device
 * ------------------------------------------------------------------------------------------------------ */

/* A packet whose header says exactly what is in it, the rest zeros. */
static bool is_exact(const uint8_t *packet, size_t size)
{
    size_t count = packet[0] & 0x3F;
    if (size != MSR_PACKET)
        return false;
    for (size_t i = 1 + count; i < size; i++)
        if (packet[i] != 0)
            return false;
    return count > 0;
}

static ssize_t on_control(void *model, const uint8_t setup[8], uint8_t *data, size_t size)
{
    static const uint8_t set_report[8] = {0x21, 0x09, 0x00, 0x03, 0x00, 0x00, 0x40, 0x00};
    struct stripe_device *stripe = model;
    if (memcmp(setup, set_report, sizeof(set_report)) != 0 || !is_exact(data, size)) {
        stripe->refused++;
        return USB_RIG_STALL;
    }
    if (msr_take_packet(&stripe->assembly, data, size)) {
        ssize_t sent = send(stripe->line, stripe->assembly.message, stripe->assembly.count, MSG_NOSIGNAL);
        (void)sent; /* a simulator that closed its side is a device that hears nothing */
    }
    return (ssize_t)size;
}

static ssize_t next_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct stripe_device *stripe = model;
    if (endpoint != 0x81 || size < MSR_PACKET || stripe->packets.length < MSR_PACKET)
        return USB_RIG_WAIT;
    memcpy(bytes, stripe->packets.data, MSR_PACKET);
    buf_consume(&stripe->packets, MSR_PACKET);
    return MSR_PACKET;
}

const struct usb_device_model stripe_model = {.on_control = on_control, .next_in = next_in};

/* From the simulator to the host. */
static void *pump(void *user)
{
    struct stripe_device *stripe = user;
    struct pollfd slots[2] = {{.fd = stripe->line, .events = POLLIN}, {.fd = stripe->stop[0], .events = POLLIN}};
    while (poll(slots, 2, -1) > 0 && slots[1].revents == 0) {
        uint8_t bytes[600];
        ssize_t count = recv(stripe->line, bytes, sizeof(bytes), 0);
        if (count <= 0)
            break;
        usb_rig_lock(stripe->rig);
        msr_put_packets(&stripe->packets, bytes, (size_t)count, false);
        usb_rig_unlock(stripe->rig);
        usb_rig_kick(stripe->device);
    }
    return NULL;
}

void stripe_plug(struct stripe_device *stripe, struct usb_rig *rig, const char *port,
                 const struct simulator_options *wanted)
{
    const int on = 1;
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator_options options = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (wanted)
        options = *wanted;
    options.driver = "magstripe";
    options.profile = "msr605x";
    memset(stripe, 0, sizeof(*stripe));
    stripe->rig = rig;
    stripe->simulator = simulator_start(&options, message);
    if (!stripe->simulator)
        fail_msg("%s", message);
    address.sin_port = htons(simulator_port(stripe->simulator));
    stripe->line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(stripe->line >= 0);
    assert_int_equal(connect(stripe->line, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setsockopt(stripe->line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    assert_int_equal(pipe(stripe->stop), 0);
    stripe->device = usb_rig_plug(rig, port, &stripe_description, &stripe_model, stripe);
    assert_int_equal(pthread_create(&stripe->pump, NULL, pump, stripe), 0);
}

void stripe_close(struct stripe_device *stripe)
{
    assert_int_equal(write(stripe->stop[1], "", 1), 1);
    pthread_join(stripe->pump, NULL);
    close(stripe->stop[0]);
    close(stripe->stop[1]);
    close(stripe->line);
    simulator_stop(stripe->simulator);
    buf_free(&stripe->packets);
}

/* ---- The desk
 * -------------------------------------------------------------------------------------------------------- */

void stripe_desk_option(struct stripe_desk *desk, const char *name, const char *value)
{
    if (kc_system_set_option(desk->system, name, value) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_system_get_error(desk->system)));
}

void stripe_desk_open(struct stripe_desk *desk, struct usb_rig *rig, const char *uri)
{
    memset(desk, 0, sizeof(*desk));
    desk->rig = rig;
    assert_int_equal(kc_context_new(&desk->context), KC_OK);
    assert_int_equal(kc_site_new(desk->context, "Hotel", &desk->site), KC_OK);
    if (kc_system_new(desk->site, "stripes", uri, &desk->system) != KC_OK)
        fail_msg("%s", kc_error_get_message(kc_site_get_error(desk->site)));
    stripe_desk_option(desk, "site-number", "1");
    stripe_desk_option(desk, "site-key", SITE_KEY);
    stripe_desk_option(desk, "back-off", "0");
    assert_int_equal(kc_request_new(desk->site, &desk->request), KC_OK);
    kc_request_set_booking(desk->request, "B1");
    kc_request_add_room(desk->request, "101");
    kc_request_set_station(desk->request, "desk-1");
    kc_request_set_encoder(desk->request, "stripes");
    assert_int_equal(kc_request_set_validity(desk->request, NULL, "2040-06-18T11:30"), KC_OK);
}

void stripe_desk_close(struct stripe_desk *desk)
{
    kc_request_unref(desk->request);
    kc_system_unref(desk->system);
    kc_site_unref(desk->site);
    kc_context_unref(desk->context);
}

kc_op *stripe_desk_run(struct stripe_desk *desk, int32_t (*verb)(kc_request *, kc_op **))
{
    kc_op *op = NULL;
    assert_int_equal(verb(desk->request, &op), KC_OK);
    assert_int_equal(kc_op_wait(op, 60000), KC_OK);
    return op;
}
