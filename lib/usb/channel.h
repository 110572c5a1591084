/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A claimed interface of one device with its transfers: one is always waiting for input, output goes in order, one
 * after the other. It may outlive who opened it, until the kernel has given everything back; until then the next one
 * for the same device waits. */
#ifndef KEYCARD_USB_CHANNEL_H
#define KEYCARD_USB_CHANNEL_H

#include "usb/bus.h"
#include "usb/choose.h"

struct usb_channel;

/* From the loop. The callee may close the channel inside. */
struct usb_channel_events {
    /* It is claimed, and listens. */
    void (*opened)(void *user);
    void (*received)(void *user, const uint8_t *bytes, size_t count);
    void (*interrupt)(void *user, const uint8_t *bytes, size_t count); /* NULL: the endpoint is not read */
    /* It cannot be used, or not any more; once. Also called from within usb_channel_send(). `unplugged`: the device is
     * gone. */
    void (*failed)(void *user, bool unplugged, const struct kc_error *error);
};

/* Begins to open; `opened` or `failed` follows. Not from within libusb's callbacks. */
int32_t usb_channel_open(struct usb_bus *bus, struct usb_device *device, const struct driver_usb *usb,
                         const struct usb_channel_events *events, void *user, struct usb_channel **channel,
                         struct kc_error *error);
/* One transfer. KC_OK, KC_ERROR_CONNECTION_LOST or KC_ERROR_NO_MEMORY; `failed` was called then. */
int32_t usb_channel_send(struct usb_channel *channel, const uint8_t *bytes, size_t count);
const struct usb_layout *usb_channel_layout(const struct usb_channel *channel);
const struct usb_device *usb_channel_device(const struct usb_channel *channel);
/* The device is gone. */
void usb_channel_unplugged(struct usb_channel *channel);
/* No callback after it. Takes NULL. */
void usb_channel_close(struct usb_channel *channel);

#endif
