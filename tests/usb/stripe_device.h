/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An MSR605X on the rig: the simulated encoder behind packets of 64 bytes, and a desk that makes keys on it by the
 * public functions. Needs cmocka's headers before it. */
#ifndef KEYCARD_TESTS_USB_STRIPE_DEVICE_H
#define KEYCARD_TESTS_USB_STRIPE_DEVICE_H

#include <keycard/keycard.h>

#include "magstripe/codec.h"
#include "relay.h"
#include "simulator.h"

#define SITE_KEY "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

/* The packets of 64 bytes; a simulator that listens at a port of the loopback is behind them. */
struct stripe_front {
    struct relay relay;
    struct msr_assembly assembly;
};

void stripe_front_plug(struct stripe_front *front, struct usb_rig *rig, const char *port, uint16_t simulator);

struct stripe_device {
    struct simulator *simulator;
    struct usb_rig_device *device;
    struct stripe_front front;
};

extern const struct usb_rig_description stripe_description;

/* Plugs one in at a port; its simulator has these options, which may be NULL. */
void stripe_plug(struct stripe_device *stripe, struct usb_rig *rig, const char *port,
                 const struct simulator_options *options);
/* After the host has let go of it, before usb_rig_free(). */
void stripe_close(struct stripe_device *stripe);

struct stripe_desk {
    struct usb_rig *rig;
    kc_context *context;
    kc_site *site;
    kc_system *system;
    kc_request *request; /* room 101 */
};

void stripe_desk_open(struct stripe_desk *desk, struct usb_rig *rig, const char *uri);
void stripe_desk_close(struct stripe_desk *desk);
void stripe_desk_option(struct stripe_desk *desk, const char *name, const char *value);
/* To its end. */
kc_op *stripe_desk_run(struct stripe_desk *desk, int32_t (*verb)(kc_request *, kc_op **));

#endif
