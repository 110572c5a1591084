/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock system's side of encoders on USB: the simulator of the driver inside a device that the real libusb finds. */
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "../usb/reader_front.h"
#include "../usb/stripe_device.h"

/* The device stays plugged in from the first hotel to the end of the program; each hotel has a simulator of its own. */
static struct usb_rig *rig;
static struct stripe_front stripe;
static struct reader_front reader;

typedef void plugger(uint16_t simulator);

static void plug_stripe(uint16_t simulator)
{
    stripe_front_plug(&stripe, rig, "1-1", simulator);
}

static void plug_reader(uint16_t simulator)
{
    reader_front_plug(&reader, rig, "1-1", simulator);
}

static void start(struct hotel *hotel, char address[NAME_SIZE], struct relay *relay, plugger *plug)
{
    if (!rig && !usb_rig_possible())
        exit(usb_rig_skipped());
    simulated_start(hotel, address);
    if (rig) {
        relay_turn(relay, simulator_port(hotel->simulator));
        return;
    }
    rig = usb_rig_new();
    plug(simulator_port(hotel->simulator));
}

/* A simulator that hung up is a bus that fails. Over TCP the end of the connection comes with its last byte; here the
 * program hears of it a moment later, and must have before it is asked for more. */
static void settle(struct hotel *hotel)
{
    simulated_settle(hotel);
    while (simulator_count(hotel->simulator, SIMULATOR_OPEN_CONNECTIONS) == 0 &&
           kc_system_get_state(hotel->system) == KC_LINK_UP) {
        EXPECT(kc_context_wait(hotel->context, PATIENCE_MS) == 1, "the loss of the connection is not noticed");
        EXPECT_OK(kc_context_dispatch(hotel->context));
    }
}

static void start_stripe(struct hotel *hotel, char address[NAME_SIZE])
{
    start(hotel, address, &stripe.relay, plug_stripe);
}

static void start_reader(struct hotel *hotel, char address[NAME_SIZE])
{
    start(hotel, address, &reader.relay, plug_reader);
}

const struct side side_usb_stripe = {
    .start = start_stripe, .prepare = simulated_names, .stop = simulated_stop, SIMULATED_SIDE, .settle = settle};
const struct side side_usb_reader = {
    .start = start_reader, .prepare = simulated_names, .stop = simulated_stop, SIMULATED_SIDE, .settle = settle};
