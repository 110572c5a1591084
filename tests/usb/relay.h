/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device on the rig with a simulator of simulator.h inside: what the host says in transfers goes to the simulator's
 * TCP port, and what comes from there goes to the host. When a host takes the device the simulator is connected anew,
 * as a device that starts from the beginning; when the simulator drops the connection, the bus fails until then. Needs
 * cmocka's headers before it. */
#ifndef KEYCARD_TESTS_USB_RELAY_H
#define KEYCARD_TESTS_USB_RELAY_H

#include <pthread.h>

#include "usb_rig.h"
#include "util/buf.h"

struct relay;

/* How a kind of device packs the bytes of its simulator. */
struct relay_form {
    const struct usb_rig_description *description;
    struct usb_device_model
        table; /* on_control, on_out and next_in, all of which get the relay; the rest is filled in */
    /* Bytes came from the simulator: into `relay->input`. */
    void (*heard)(struct relay *relay, const uint8_t *bytes, size_t count);
    /* The simulator is connected anew. NULL: nothing to forget. */
    void (*begun)(struct relay *relay);
};

struct relay {
    const struct relay_form *form;
    struct usb_device_model table;
    void *owner; /* the form's */
    struct usb_rig *rig;
    struct usb_rig_device *device;
    uint16_t port;
    int line, wake[2]; /* to the simulator, -1: not connected; makes the pump look again, or end */
    bool broken, ending;
    pthread_t pump;
    struct buf input; /* for the host */
    int refused;      /* transfers that are none of such a device */
};

/* Plugs one in, at a port of the rig; the simulator listens at `tcp_port` of the loopback. */
void relay_plug(struct relay *relay, const struct relay_form *form, void *owner, struct usb_rig *rig, const char *port,
                uint16_t tcp_port);
/* After the host has let go of it, before usb_rig_free(). */
void relay_close(struct relay *relay);
/* For a form: to the simulator, whole. With the rig's lock held, as in the functions of the table. */
bool relay_say(struct relay *relay, const uint8_t *bytes, size_t count);
/* For next_in, when there is nothing to be sent: USB_RIG_WAIT or, with the simulator gone, USB_RIG_BREAK. */
ssize_t relay_idle(const struct relay *relay);
/* The next host finds another simulator. */
void relay_turn(struct relay *relay, uint16_t tcp_port);

#endif
