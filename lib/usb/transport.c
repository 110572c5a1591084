/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The USB transport: x+usb: and x+usb:0801:0003/SERIAL (libusb). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "transport/tables.h"
#include "usb/bus_private.h"
#include "usb/channel.h"
#include "usb/choose.h"

enum link_state { LINK_NEW, LINK_CONNECTING, LINK_OPEN, LINK_FAILED, LINK_CLOSED };

struct usb_link {
    struct transport transport; /* first */
    struct usb_choice choice;
    const struct driver_usb *usb;
    struct loop *loop;
    struct usb_bus *bus;
    struct transport_events events;
    void *user;
    enum link_state state;
    struct usb_channel *channel; /* NULL: it could not be opened */
    struct usb_device *device;
    struct usb_watch watch;
    struct loop_task task;
    struct kc_error error; /* for `closed` */
};

struct transport_wait {
    struct usb_bus *bus;
    struct usb_choice choice;
    const struct driver_usb *usb;
    struct usb_watch watch;
    void (*possible)(void *user);
    void *user;
};

/* ---- Telling the core ------------------------------------------------------------------------------------------ */

static void fail(struct usb_link *link, const struct kc_error *error)
{
    if (link->state == LINK_FAILED || link->state == LINK_CLOSED)
        return;
    link->error = *error;
    link->state = LINK_FAILED;
    loop_task_queue(link->loop, &link->task);
}

static void on_failed(void *user, bool unplugged, const struct kc_error *error)
{
    struct usb_link *link = user;

    if (unplugged && link->device != NULL)
        usb_bus_lost(link->bus, link->device);
    fail(link, error);
}

static void on_received(void *user, const uint8_t *bytes, size_t count)
{
    struct usb_link *link = user;

    link->events.received(link->user, bytes, count);
}

static void on_interrupt(void *user, const uint8_t *bytes, size_t count)
{
    struct usb_link *link = user;

    link->events.interrupt(link->user, bytes, count);
}

static void on_opened(void *user)
{
    struct usb_link *link = user;

    link->state = LINK_OPEN;
    link->events.connected(link->user);
}

/* From the loop: libusb opens nothing inside its callbacks. */
static void connect(struct usb_link *link)
{
    const struct usb_channel_events events = {on_opened, on_received,
                                              link->events.interrupt != NULL ? on_interrupt : NULL, on_failed};
    struct kc_error error = {0};
    bool absent;

    link->state = LINK_CONNECTING;
    link->device = usb_choose(link->bus, &link->choice, link->usb, &absent, &error);
    if (link->device == NULL ||
        usb_channel_open(link->bus, link->device, link->usb, &events, link, &link->channel, &error) != KC_OK)
        fail(link, &error);
}

static void announce(struct loop_task *task)
{
    struct usb_link *link = (struct usb_link *)(void *)((char *)task - offsetof(struct usb_link, task));

    if (link->state == LINK_NEW) {
        connect(link);
    } else if (link->state == LINK_FAILED) {
        struct kc_error error = link->error; /* the callee frees the link */

        link->state = LINK_CLOSED;
        link->events.closed(link->user, &error);
    }
}

/* Usually its transfers have ended before, but not if it left while none was on its way. */
static void device_left(struct usb_watch *watch, struct usb_device *device)
{
    struct usb_link *link = (struct usb_link *)(void *)((char *)watch - offsetof(struct usb_link, watch));

    if (link->device != device)
        return;
    link->device = NULL;
    if (link->channel != NULL)
        usb_channel_unplugged(link->channel);
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

static int32_t usb_check(const struct uri *uri, struct kc_error *error)
{
    struct usb_choice choice;
    int32_t status = usb_need(error);

    return status == KC_OK ? usb_choice_read(uri, &choice, error) : status;
}

static void usb_close(struct transport *transport)
{
    struct usb_link *link = (struct usb_link *)(void *)transport;

    if (link == NULL)
        return;
    loop_task_cancel(link->loop, &link->task);
    usb_bus_unwatch(link->bus, &link->watch);
    usb_channel_close(link->channel);
    usb_bus_drop(link->bus);
    free(link);
}

static int32_t usb_open(struct loop *loop, const struct uri *uri, const struct driver_usb *usb,
                        const struct transport_events *events, void *user, struct transport **transport,
                        struct kc_error *error)
{
    struct usb_link *link = calloc(1, sizeof *link);
    int32_t status;

    if (link == NULL)
        return error_no_memory(error);
    status = usb_choice_read(uri, &link->choice, error);
    if (status == KC_OK)
        status = usb_bus_hold(loop, &link->bus, error);
    if (status != KC_OK) {
        free(link);
        return status;
    }
    link->transport.table = &transport_usb;
    link->usb = usb;
    link->loop = loop;
    link->events = *events;
    link->user = user;
    link->task.run = announce;
    link->watch.left = device_left;
    usb_bus_watch(link->bus, &link->watch);
    loop_task_queue(loop, &link->task);
    *transport = &link->transport;
    return KC_OK;
}

static int32_t usb_send(struct transport *transport, const uint8_t *bytes, size_t count)
{
    struct usb_link *link = (struct usb_link *)(void *)transport;

    if (link->state != LINK_OPEN)
        return KC_ERROR_CONNECTION_LOST;
    return usb_channel_send(link->channel, bytes, count);
}

static const uint8_t *usb_descriptor(const struct transport *transport, size_t *count)
{
    const struct usb_link *link = (const struct usb_link *)(const void *)transport;
    const struct usb_layout *layout = link->channel == NULL ? NULL : usb_channel_layout(link->channel);

    *count = layout == NULL ? 0 : layout->descriptor_size;
    return layout == NULL ? NULL : layout->descriptor;
}

static bool usb_id(const struct transport *transport, struct driver_usb_id *id)
{
    const struct usb_link *link = (const struct usb_link *)(const void *)transport;
    const struct usb_device *device = link->channel == NULL ? NULL : usb_channel_device(link->channel);

    if (device != NULL)
        *id = (struct driver_usb_id){device->vendor, device->product};
    return device != NULL;
}

/* ---- Waiting for a device -------------------------------------------------------------------------------------- */

static void look_again(struct usb_watch *watch, struct usb_device *device)
{
    struct transport_wait *wait = (struct transport_wait *)(void *)((char *)watch -
                                                                    offsetof(struct transport_wait, watch));
    bool absent;

    (void)device;
    if (usb_choose(wait->bus, &wait->choice, wait->usb, &absent, NULL) == NULL)
        return;
    usb_bus_unwatch(wait->bus, &wait->watch);
    wait->possible(wait->user);
}

static void usb_await_end(struct transport_wait *wait)
{
    if (wait == NULL)
        return;
    usb_bus_unwatch(wait->bus, &wait->watch);
    usb_bus_drop(wait->bus);
    free(wait);
}

static int32_t usb_await(struct loop *loop, const struct uri *uri, const struct driver_usb *usb,
                         void (*possible)(void *user), void *user, struct transport_wait **out, bool *needed)
{
    struct transport_wait *wait = calloc(1, sizeof *wait);
    int32_t status;

    if (wait == NULL)
        return KC_ERROR_NO_MEMORY;
    status = usb_choice_read(uri, &wait->choice, NULL);
    if (status == KC_OK)
        status = usb_bus_hold(loop, &wait->bus, NULL);
    if (status != KC_OK) {
        free(wait);
        return status;
    }
    wait->usb = usb;
    wait->possible = possible;
    wait->user = user;
    wait->watch.arrived = look_again;
    wait->watch.left = look_again;
    usb_bus_watch(wait->bus, &wait->watch);
    usb_choose(wait->bus, &wait->choice, usb, needed, NULL);
    *out = wait;
    return KC_OK;
}

static const char *const usb_options[] = {NULL};

const struct transport_table transport_usb = {
    .suffix = "usb",
    .options = usb_options,
    .check = usb_check,
    .open_device = usb_open,
    .descriptor = usb_descriptor,
    .device_id = usb_id,
    .await = usb_await,
    .await_end = usb_await_end,
    .send = usb_send,
    .close = usb_close,
};
