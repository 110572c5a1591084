/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That device and that desk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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
    struct relay *relay = model;
    struct stripe_front *front = relay->owner;
    if (memcmp(setup, set_report, sizeof(set_report)) != 0 || !is_exact(data, size)) {
        relay->refused++;
        return USB_RIG_STALL;
    }
    if (msr_take_packet(&front->assembly, data, size))
        (void)relay_say(relay, front->assembly.message, front->assembly.count); /* or nobody hears it */
    return (ssize_t)size;
}

static ssize_t next_in(void *model, uint8_t endpoint, uint8_t *bytes, size_t size)
{
    struct relay *relay = model;
    if (endpoint != 0x81 || size < MSR_PACKET || relay->input.length < MSR_PACKET)
        return relay->input.length < MSR_PACKET ? relay_idle(relay) : USB_RIG_WAIT;
    memcpy(bytes, relay->input.data, MSR_PACKET);
    buf_consume(&relay->input, MSR_PACKET);
    return MSR_PACKET;
}

static void heard(struct relay *relay, const uint8_t *bytes, size_t count)
{
    msr_put_packets(&relay->input, bytes, count, false);
}

static void begun(struct relay *relay)
{
    struct stripe_front *front = relay->owner;
    msr_assembly_reset(&front->assembly);
}

static const struct relay_form form = {.description = &stripe_description,
                                       .table = {.on_control = on_control, .next_in = next_in},
                                       .heard = heard,
                                       .begun = begun};

void stripe_front_plug(struct stripe_front *front, struct usb_rig *rig, const char *port, uint16_t simulator)
{
    memset(front, 0, sizeof(*front));
    relay_plug(&front->relay, &form, front, rig, port, simulator);
}

void stripe_plug(struct stripe_device *stripe, struct usb_rig *rig, const char *port,
                 const struct simulator_options *wanted)
{
    char message[SIMULATOR_MESSAGE_SIZE];
    struct simulator_options options = {0};
    if (wanted)
        options = *wanted;
    options.driver = "magstripe";
    options.profile = "msr605x";
    stripe->simulator = simulator_start(&options, message);
    if (!stripe->simulator)
        fail_msg("%s", message);
    stripe_front_plug(&stripe->front, rig, port, simulator_port(stripe->simulator));
    stripe->device = stripe->front.relay.device;
}

void stripe_close(struct stripe_device *stripe)
{
    relay_close(&stripe->front.relay);
    simulator_stop(stripe->simulator);
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
    stripe_desk_option(desk, "quiet", "2000"); /* between two packets the encoder may get no processor */
    stripe_desk_option(desk, "answer-timeout", "20000");
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
