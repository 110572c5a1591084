/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usbfs as the kernel does it: transfers, and the calls of a host. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/usbdevice_fs.h>

#include "usb_rig_parts.h"

#define MESSAGE_MAX (64 * 1024 + 16)
#define ENDPOINT_IN 0x80

/* ---- Transfers (all under the lock) ---------------------------------------------------------------------------- */

static struct usbdevfs_urb *urb_of(UMockdevIoctlData *data)
{
    return (struct usbdevfs_urb *)(void *)data->data;
}

static UMockdevIoctlData *buffer_of(UMockdevIoctlData *data)
{
    return umockdev_ioctl_data_resolve(data, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer),
                                       (gsize)urb_of(data)->buffer_length, NULL);
}

static struct pipe_state *pipe_of(struct usb_rig_device *device, uint8_t endpoint)
{
    return &device->pipes[(endpoint & 0x0F) | (endpoint >> 3 & 0x10)];
}

void usb_rig_set_gate(struct usb_rig_device *device)
{
    int shut = g_queue_is_empty(&device->done) && !device->gone && !device->kicked;
    char c = 0;

    if (shut != device->shut && (shut ? write(device->gate, &c, 1) : read(device->gate, &c, 1)) == 1)
        device->shut = shut;
}

static void finish(struct usb_rig_device *device, UMockdevIoctlData *data, int status, size_t count)
{
    urb_of(data)->status = status;
    urb_of(data)->actual_length = (int)count;
    g_queue_push_tail(&device->done, data);
}

void usb_rig_vanish(struct usb_rig_device *device)
{
    UMockdevIoctlData *data;

    device->gone = true;
    while ((data = g_queue_pop_head(&device->pending)) != NULL)
        finish(device, data, -ESHUTDOWN, 0);
    while ((data = g_queue_pop_head(&device->held)) != NULL)
        finish(device, data, -ESHUTDOWN, 0);
    usb_rig_set_gate(device);
}

/* Whether this transfer is to fail, and how. */
static enum usb_rig_fault draw(struct usb_rig_device *device, int endpoint)
{
    device->counts.transfers++;
    if (device->fault == USB_RIG_FAULT_NONE || (device->fault_endpoint >= 0 && device->fault_endpoint != endpoint))
        return USB_RIG_FAULT_NONE;
    if (device->fault_nth > 1) {
        device->fault_nth--;
        return USB_RIG_FAULT_NONE;
    }
    enum usb_rig_fault fault = device->fault;
    device->counts.struck++;
    device->counts.struck_at = endpoint;
    if (--device->fault_count <= 0)
        device->fault = USB_RIG_FAULT_NONE;
    return fault;
}

static bool fetch(struct usb_rig_device *device, uint8_t endpoint, struct pipe_state *pipe)
{
    ssize_t count;

    if (pipe->bytes != NULL)
        return true;
    if (pipe->stalled || device->table->next_in == NULL)
        return false;
    pipe->bytes = g_malloc(MESSAGE_MAX);
    count = device->table->next_in(device->model, endpoint, pipe->bytes, MESSAGE_MAX);
    if (count < 0) {
        g_clear_pointer(&pipe->bytes, g_free);
        pipe->stalled = count == USB_RIG_STALL;
        pipe->broken = count == USB_RIG_BREAK;
        return pipe->broken;
    }
    pipe->count = (size_t)count;
    pipe->sent = 0;
    return true;
}

void usb_rig_drop(struct pipe_state *pipe)
{
    g_clear_pointer(&pipe->bytes, g_free);
}

/* One urb gets as much as it holds; the rest waits for the next one. */
static void give(struct usb_rig_device *device, UMockdevIoctlData *data, struct pipe_state *pipe)
{
    g_autoptr(UMockdevIoctlData) buffer = buffer_of(data);
    size_t left = pipe->count - pipe->sent, room = (size_t)urb_of(data)->buffer_length;
    size_t count = left < room ? left : room;
    enum usb_rig_fault fault = pipe->broken ? USB_RIG_FAULT_ERROR : draw(device, urb_of(data)->endpoint);

    pipe->broken = false;
    switch (fault) {
    case USB_RIG_FAULT_STALL:
        pipe->stalled = true;
        finish(device, data, -EPIPE, 0);
        return;
    case USB_RIG_FAULT_ERROR:
        usb_rig_drop(pipe);
        finish(device, data, -EPROTO, 0);
        return;
    case USB_RIG_FAULT_BABBLE:
        usb_rig_drop(pipe);
        finish(device, data, -EOVERFLOW, 0);
        return;
    case USB_RIG_FAULT_VANISH:
        g_queue_push_head(&device->pending, data);
        usb_rig_vanish(device);
        return;
    default:
        break;
    }
    if (fault == USB_RIG_FAULT_SHORT)
        count /= 2;
    if (count > 0)
        umockdev_ioctl_data_update(buffer, 0, pipe->bytes + pipe->sent, (gint)count);
    pipe->sent += count;
    if (pipe->sent >= pipe->count || fault == USB_RIG_FAULT_SHORT)
        usb_rig_drop(pipe);
    if (fault == USB_RIG_FAULT_LONG) {
        const uint8_t more[1] = {0xEE};

        for (; count < room; count++)
            umockdev_ioctl_data_update(buffer, (gulong)count, (guint8 *)more, 1);
    }
    if (fault == USB_RIG_FAULT_LATE) {
        urb_of(data)->status = 0;
        urb_of(data)->actual_length = (int)count;
        g_queue_push_tail(&device->held, data);
        return;
    }
    finish(device, data, 0, count);
}

static void match(struct usb_rig_device *device)
{
    for (GList *at = device->pending.head, *next; at != NULL && !device->gone; at = next) {
        UMockdevIoctlData *data = at->data;
        struct pipe_state *pipe = pipe_of(device, urb_of(data)->endpoint);

        next = at->next;
        if (fetch(device, urb_of(data)->endpoint, pipe)) {
            g_queue_delete_link(&device->pending, at);
            give(device, data, pipe);
        } else if (pipe->stalled) {
            g_queue_delete_link(&device->pending, at);
            finish(device, data, -EPIPE, 0);
        }
    }
    usb_rig_set_gate(device);
}

/* Standard requests that are not of the rig's interest succeed or stall; those of class and vendor are the model's. */
static ssize_t control(struct usb_rig_device *device, const uint8_t *setup, uint8_t *data, size_t size)
{
    if ((setup[0] & 0x60) == 0)
        return USB_RIG_STALL;
    if (device->table->on_control == NULL)
        return USB_RIG_STALL;
    return device->table->on_control(device->model, setup, data, size);
}

static void send(struct usb_rig_device *device, UMockdevIoctlData *data)
{
    g_autoptr(UMockdevIoctlData) buffer = buffer_of(data);
    struct usbdevfs_urb *urb = urb_of(data);
    bool is_control = urb->type == USBDEVFS_URB_TYPE_CONTROL;
    size_t front = is_control ? 8 : 0, size = (size_t)urb->buffer_length - front;
    bool in = is_control && (buffer->data[0] & ENDPOINT_IN) != 0;
    enum usb_rig_fault fault = draw(device, is_control ? 0 : urb->endpoint);
    ssize_t count = USB_RIG_STALL;

    if (fault == USB_RIG_FAULT_VANISH) {
        g_queue_push_head(&device->pending, data);
        usb_rig_vanish(device);
        return;
    }
    if (fault == USB_RIG_FAULT_STALL || fault == USB_RIG_FAULT_ERROR || fault == USB_RIG_FAULT_BABBLE) {
        finish(device, data,
               fault == USB_RIG_FAULT_STALL   ? -EPIPE
               : fault == USB_RIG_FAULT_ERROR ? -EPROTO
                                              : -EOVERFLOW,
               0);
        return;
    }
    if (is_control)
        count = control(device, buffer->data, buffer->data + 8, size);
    else if (device->table->on_out != NULL)
        count = device->table->on_out(device->model, urb->endpoint, buffer->data, size,
                                      (urb->flags & USBDEVFS_URB_ZERO_PACKET) != 0);
    if (count >= 0 && in)
        umockdev_ioctl_data_update(buffer, 8, buffer->data + 8, (gint)count);
    if (fault == USB_RIG_FAULT_SHORT && count > 0)
        count /= 2;
    if (fault == USB_RIG_FAULT_LATE) {
        urb->status = count < 0 ? -EPIPE : 0;
        urb->actual_length = count < 0 ? 0 : (int)count;
        g_queue_push_tail(&device->held, data);
        return;
    }
    finish(device, data, count < 0 ? -EPIPE : 0, count < 0 ? 0 : (size_t)count);
}

static void submit(struct usb_rig_device *device, UMockdevIoctlData *argument)
{
    UMockdevIoctlData *data = umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_urb), NULL);

    urb_of(data)->actual_length = 0;
    if (urb_of(data)->type != USBDEVFS_URB_TYPE_CONTROL && (urb_of(data)->endpoint & ENDPOINT_IN) != 0)
        g_queue_push_tail(&device->pending, data);
    else
        send(device, data);
    match(device);
}

static bool discard_from(struct usb_rig_device *device, GQueue *queue, gulong address)
{
    for (GList *at = queue->head; at != NULL; at = at->next) {
        UMockdevIoctlData *data = at->data;

        if (data->client_addr != address)
            continue;
        g_queue_delete_link(queue, at);
        finish(device, data, -ENOENT, 0);
        return true;
    }
    return false;
}

/* ---- The kernel's calls ---------------------------------------------------------------------------------------- */

static int claim(struct usb_rig_device *device, bool detach)
{
    if (device->gone)
        return ENODEV;
    if (device->other || (device->counts.kernel_driver && !detach))
        return EBUSY;
    if (device->counts.kernel_driver) {
        device->counts.kernel_driver = false;
        device->counts.detaches++;
    }
    device->counts.claimed = true;
    device->counts.claims++;
    if (device->table->on_claim)
        device->table->on_claim(device->model);
    return 0;
}

static int get_driver(struct usb_rig_device *device, UMockdevIoctlData *argument)
{
    const char *name = device->other || device->counts.claimed ? "usbfs"
                       : device->counts.kernel_driver          ? device->driver
                                                               : NULL;

    if (name == NULL)
        return ENODATA;
    g_autoptr(UMockdevIoctlData)
        data = umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_getdriver), NULL);
    struct usbdevfs_getdriver *out = (struct usbdevfs_getdriver *)(void *)data->data;
    struct usbdevfs_getdriver filled = *out;

    snprintf(filled.driver, sizeof filled.driver, "%s", name);
    umockdev_ioctl_data_update(data, 0, (guint8 *)&filled, sizeof filled);
    return 0;
}

/* USBDEVFS_CONNECT and _DISCONNECT come inside it. */
static int driver_call(struct usb_rig_device *device, UMockdevIoctlData *argument)
{
    g_autoptr(UMockdevIoctlData) data = umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_ioctl), NULL);
    const struct usbdevfs_ioctl *call = (const struct usbdevfs_ioctl *)(void *)data->data;

    if (device->gone)
        return ENODEV;
    if ((unsigned)call->ioctl_code == USBDEVFS_CONNECT) {
        if (device->driver == NULL)
            return ENODATA;
        device->counts.kernel_driver = true;
        device->counts.attaches++;
        return 0;
    }
    if (!device->counts.kernel_driver)
        return ENODATA;
    device->counts.kernel_driver = false;
    device->counts.detaches++;
    return 0;
}

static int reap(struct usb_rig_device *device, UMockdevIoctlData *argument)
{
    if (device->kicked)
        match(device);
    device->kicked = false;
    g_autoptr(UMockdevIoctlData) data = g_queue_pop_head(&device->done);

    if (data == NULL)
        return device->gone ? ENODEV : EAGAIN;
    g_autoptr(UMockdevIoctlData) result = umockdev_ioctl_data_resolve(argument, 0, sizeof(gpointer), NULL);
    umockdev_ioctl_data_set_ptr(result, 0, data);
    return 0;
}

static int clear_halt(struct usb_rig_device *device, UMockdevIoctlData *argument)
{
    g_autoptr(UMockdevIoctlData) data = umockdev_ioctl_data_resolve(argument, 0, sizeof(unsigned), NULL);

    if (device->gone)
        return device->gone ? ENODEV : ETIMEDOUT;
    device->counts.halts_cleared++;
    pipe_of(device, *data->data)->stalled = false;
    return 0;
}

static int reset(struct usb_rig_device *device)
{
    if (device->gone)
        return ENODEV;
    device->counts.resets++;
    for (size_t i = 0; i < ENDPOINTS; i++) {
        device->pipes[i].stalled = false;
        usb_rig_drop(&device->pipes[i]);
    }
    return 0;
}

static int call(struct usb_rig_device *device, gulong request, UMockdevIoctlData *argument)
{
    switch (request) {
    case USBDEVFS_GET_CAPABILITIES: {
        g_autoptr(UMockdevIoctlData) data = umockdev_ioctl_data_resolve(argument, 0, 4, NULL);
        *(guint32 *)(void *)data->data = USBDEVFS_CAP_BULK_SCATTER_GATHER | USBDEVFS_CAP_BULK_CONTINUATION |
                                         USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT |
                                         USBDEVFS_CAP_ZERO_PACKET;
        return 0;
    }
    case USBDEVFS_CLAIMINTERFACE:
        return claim(device, false);
    case USBDEVFS_DISCONNECT_CLAIM:
        return claim(device, true);
    case USBDEVFS_RELEASEINTERFACE:
        device->counts.claimed = false;
        device->counts.releases++;
        return 0;
    case USBDEVFS_GETDRIVER:
        return get_driver(device, argument);
    case USBDEVFS_IOCTL:
        return driver_call(device, argument);
    case USBDEVFS_SETCONFIGURATION:
    case USBDEVFS_SETINTERFACE:
        return 0;
    case USBDEVFS_CLEAR_HALT:
        return clear_halt(device, argument);
    case USBDEVFS_RESET:
        return reset(device);
    case USBDEVFS_SUBMITURB:
        if (device->gone)
            return ENODEV;
        submit(device, argument);
        return 0;
    case USBDEVFS_DISCARDURB: {
        gulong address = *(gulong *)(void *)argument->data;
        bool found = discard_from(device, &device->pending, address) || discard_from(device, &device->held, address);
        return found ? 0 : EINVAL;
    }
    case USBDEVFS_REAPURB:
    case USBDEVFS_REAPURBNDELAY:
        return reap(device, argument);
    default:
        return -1;
    }
}

gboolean usb_rig_on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, struct usb_rig_device *device)
{
    UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client); /* borrowed */
    int error;

    (void)base;
    pthread_mutex_lock(&device->rig->lock);
    error = call(device, umockdev_ioctl_client_get_request(client), argument);
    usb_rig_set_gate(device);
    pthread_mutex_unlock(&device->rig->lock);
    if (error >= 0)
        umockdev_ioctl_client_complete(client, error != 0 ? -1 : 0, error);
    return error >= 0;
}
