/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Claiming an interface, and giving it back. */
#include "usb/channel.h"

#include <stdlib.h>
#include <string.h>

#include "usb/channel_private.h"

#define TROUBLES_RESET 2 /* so many bad connections in a row, and the device is reset */

const struct usb_device *usb_channel_device(const struct usb_channel *channel)
{
    return channel->device;
}

const struct usb_layout *usb_channel_layout(const struct usb_channel *channel)
{
    return &channel->layout;
}

/* ---- Failing --------------------------------------------------------------------------------------------------- */

static void fail_with(struct usb_channel *channel, int32_t code, bool unplugged, const char *reason)
{
    struct kc_error error = {0};

    if (channel->failed || channel->closing)
        return;
    channel->failed = true;
    error_set(&error, code, "", "the connection to %.200s was lost: %s", channel->title, reason);
    channel->events.failed(channel->user, unplugged, &error);
}

void usb_channel_fail(struct usb_channel *channel, bool trouble, const char *reason)
{
    if (trouble && !channel->failed && !channel->closing)
        channel->device->troubles++;
    fail_with(channel, KC_ERROR_CONNECTION_LOST, false, reason);
}

void usb_channel_unplugged(struct usb_channel *channel)
{
    fail_with(channel, KC_ERROR_CONNECTION_LOST, true, "it was unplugged");
}

void usb_channel_fail_libusb(struct usb_channel *channel, int result)
{
    if (result == LIBUSB_ERROR_NO_DEVICE)
        usb_channel_unplugged(channel);
    else if (result == LIBUSB_ERROR_NO_MEM)
        fail_with(channel, KC_ERROR_SYSTEM, false, "memory for its transfers is used up");
    else
        usb_channel_fail(channel, true, libusb_strerror(result));
}

/* Says why a device cannot be used, and what to do. */
static int32_t explain(const char *title, int result, struct kc_error *error)
{
    switch (result) {
    case LIBUSB_ERROR_ACCESS:
        return error_set(error, KC_ERROR_UNREACHABLE, "",
                         "%.200s cannot be opened: permission denied; install libkeycard's udev rules "
                         "(60-libkeycard.rules), then plug it in again",
                         title);
    case LIBUSB_ERROR_BUSY:
        return error_set(
            error, KC_ERROR_UNREACHABLE, "",
            "%.200s cannot be used: another program has it (a smart card service such as pcscd, or a second "
            "copy of this one); end that program",
            title);
    case LIBUSB_ERROR_NO_DEVICE:
    case LIBUSB_ERROR_NOT_FOUND:
        return error_set(error, KC_ERROR_UNREACHABLE, "", "%.200s cannot be opened: it was unplugged, or was reset",
                         title);
    case LIBUSB_ERROR_NO_MEM:
        return error_set(error, KC_ERROR_SYSTEM, "", "%.200s cannot be opened: memory is used up", title);
    default:
        return error_set(error, KC_ERROR_UNREACHABLE, "",
                         "%.200s cannot be opened: %s; plug it in again, and see that this program may have more files "
                         "open (ulimit -n)",
                         title, libusb_strerror(result));
    }
}

/* ---- Ending ---------------------------------------------------------------------------------------------------- */

static void open_next(struct usb_device *device);

static void channel_free(struct usb_later *later)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)later;
    struct usb_channel **place = &channel->device->channels;
    bool held = *place == channel;

    while (*place != NULL && *place != channel)
        place = &(*place)->next_for_device;
    if (*place == channel)
        *place = channel->next_for_device;
    if (channel->handle != NULL)
        libusb_close(channel->handle);
    usb_transfers_free(channel);
    usb_layout_free(&channel->layout);
    usb_bus_closed(channel->bus);
    if (held)
        open_next(channel->device);
    usb_device_drop(channel->device);
    free(channel);
}

static void release(struct usb_chore *chore)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)chore - offsetof(struct usb_channel, chore));

    /* the kernel's own driver gets it back, and talks to the device meanwhile */
    (void)libusb_release_interface(channel->handle, channel->layout.interface_number);
}

static void released(struct usb_chore *chore)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)chore - offsetof(struct usb_channel, chore));

    channel->chore_runs = channel->claimed = false;
    usb_channel_end(channel);
}

void usb_channel_end(struct usb_channel *channel)
{
    if (!channel->closing || channel->chore_runs || usb_transfers_active(channel))
        return;
    if (channel->claimed) {
        channel->chore_runs = true;
        channel->chore.run = release;
        channel->chore.done = released;
        usb_chores_add(usb_bus_chores(channel->bus), &channel->chore);
        return;
    }
    usb_bus_later(channel->bus, &channel->later);
}

void usb_channel_close(struct usb_channel *channel)
{
    if (channel == NULL)
        return;
    if (channel->sent && !channel->heard && !channel->failed)
        channel->device->troubles++; /* its user gave up waiting */
    channel->closing = true;
    usb_transfers_cancel(channel);
    usb_channel_end(channel);
}

/* ---- Opening --------------------------------------------------------------------------------------------------- */

static void clear_halts(struct usb_channel *channel)
{
    const struct usb_layout *layout = &channel->layout;
    const uint8_t endpoints[] = {layout->in.address, layout->out.address, layout->interrupt.address};

    for (size_t i = 0; i < sizeof endpoints; i++)
        if (endpoints[i] != 0)
            (void)libusb_clear_halt(channel->handle, endpoints[i]);
}

static void claim(struct usb_chore *chore)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)chore - offsetof(struct usb_channel, chore));

    (void)libusb_set_auto_detach_kernel_driver(channel->handle, 1); /* not on all platforms */
    channel->result = libusb_claim_interface(channel->handle, channel->layout.interface_number);
    if (channel->result != LIBUSB_SUCCESS)
        return;
    if (channel->device->troubles >= TROUBLES_RESET)
        channel->result = libusb_reset_device(channel->handle); /* gives back and claims by itself */
    else if (channel->device->troubles > 0)
        clear_halts(channel);
}

static void fail_opening(struct usb_channel *channel, int result)
{
    struct kc_error error = {0};

    channel->failed = true;
    explain(channel->title, result, &error);
    channel->events.failed(channel->user, result == LIBUSB_ERROR_NO_DEVICE, &error);
}

static void claimed(struct usb_chore *chore)
{
    struct usb_channel *channel = (struct usb_channel *)(void *)((char *)chore - offsetof(struct usb_channel, chore));

    channel->chore_runs = false;
    channel->claimed = channel->result == LIBUSB_SUCCESS;
    if (channel->closing) {
        usb_channel_end(channel);
        return;
    }
    if (channel->failed) /* it was unplugged meanwhile */
        return;
    if (!channel->claimed) {
        fail_opening(channel, channel->result);
        return;
    }
    channel->open = true;
    usb_transfers_listen(channel);
    if (!channel->failed)
        channel->events.opened(channel->user);
}

/* No other channel has the device. */
static void begin(struct usb_channel *channel)
{
    int result = libusb_open(channel->device->handle, &channel->handle);

    if (result == LIBUSB_SUCCESS && (!usb_bus_hears(channel->bus) || !usb_transfers_make(channel)))
        result = LIBUSB_ERROR_NO_MEM;
    if (result != LIBUSB_SUCCESS) {
        fail_opening(channel, result);
        return;
    }
    channel->chore_runs = true;
    channel->chore.run = claim;
    channel->chore.done = claimed;
    usb_chores_add(usb_bus_chores(channel->bus), &channel->chore);
}

static void open_next(struct usb_device *device)
{
    if (device->channels != NULL && !device->channels->closing)
        begin(device->channels);
}

int32_t usb_channel_open(struct usb_bus *bus, struct usb_device *device, const struct driver_usb *usb,
                         const struct usb_channel_events *events, void *user, struct usb_channel **out,
                         struct kc_error *error)
{
    struct usb_channel *channel = calloc(1, sizeof *channel);
    struct usb_channel **place = &device->channels;
    int32_t status;

    if (channel == NULL)
        return error_no_memory(error);
    usb_device_title(bus, device, channel->title);
    status = usb_layout_read(device, usb, channel->title, &channel->layout, error);
    for (; *place != NULL && status == KC_OK; place = &(*place)->next_for_device)
        if (!(*place)->closing)
            status = error_set(error, KC_ERROR_UNREACHABLE, "",
                               "%.200s is used by another system of this program; give each system a device of its own",
                               channel->title);
    if (status != KC_OK) {
        usb_layout_free(&channel->layout);
        free(channel);
        return status;
    }
    usb_bus_opened(bus);
    channel->later.run = channel_free;
    channel->bus = bus;
    channel->loop = usb_bus_loop(bus);
    channel->device = usb_device_hold(device);
    channel->usb = usb;
    channel->events = *events;
    channel->user = user;
    channel->last = &channel->first;
    *out = channel;
    *place = channel;
    if (device->channels == channel)
        begin(channel);
    return KC_OK;
}
