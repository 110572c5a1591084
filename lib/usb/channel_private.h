/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What channel.c and transfer.c share. */
#ifndef KEYCARD_USB_CHANNEL_PRIVATE_H
#define KEYCARD_USB_CHANNEL_PRIVATE_H

#include "external/usb_calls.h"

#include "usb/bus_private.h"
#include "usb/channel.h"

struct usb_pipe { /* of an IN endpoint */
    struct usb_channel *channel;
    struct libusb_transfer *transfer; /* NULL: not used */
    uint8_t *buffer;
    bool active;   /* libusb has it, or its callback runs */
    bool clearing; /* its halt is being cleared */
    bool interrupt;
    int faults; /* since the last good packet */
    struct usb_chore chore;
    struct loop_timer pause;
};

struct usb_message {
    struct usb_message *next;
    size_t size;
    uint8_t bytes[]; /* with room for the setup packet in front, for reports */
};

struct usb_channel {
    struct usb_later later; /* first: frees it */
    struct usb_bus *bus;
    struct loop *loop;
    struct usb_device *device;
    struct usb_channel *next_for_device; /* opens when this one is gone */
    struct libusb_device_handle *handle;
    const struct driver_usb *usb;
    struct usb_layout layout;
    char title[USB_TITLE_SIZE];
    struct usb_channel_events events;
    void *user;
    bool open, closing, failed, claimed;
    bool sent, heard; /* anything */
    bool chore_runs;  /* claiming or giving back */
    int result;       /* of it */
    struct usb_chore chore;
    struct usb_pipe in, interrupt;
    struct libusb_transfer *out;
    bool out_active;
    struct usb_message *first, **last; /* `first` is on its way if out_active */
    size_t queued;
    struct loop_timer send_timer;
};

/* channel.c: it is lost, for this reason. `trouble`: the device misbehaved. */
void usb_channel_fail(struct usb_channel *channel, bool trouble, const char *reason);
void usb_channel_fail_libusb(struct usb_channel *channel, int result);
/* Goes on with closing, if nothing is under way any more. */
void usb_channel_end(struct usb_channel *channel);

/* transfer.c */
bool usb_transfers_make(struct usb_channel *channel);
void usb_transfers_listen(struct usb_channel *channel);
/* Gives up what is under way; usb_channel_end() follows when it is. */
void usb_transfers_cancel(struct usb_channel *channel);
bool usb_transfers_active(const struct usb_channel *channel);
void usb_transfers_free(struct usb_channel *channel);

#endif
