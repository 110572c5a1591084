/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig: usbfs as the kernel does it, over umockdev. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/usbdevice_fs.h>
#include <umockdev.h>

#include "usb_rig.h"
#include "usb_rig_deny.h"

#define MESSAGE_MAX (64 * 1024 + 16)
#define ENDPOINTS   32
#define DEVICES_MAX 1024
#define ENDPOINT_IN 0x80

/* What the model has sent on an endpoint and the host has not fetched. */
struct pipe_state {
    uint8_t *bytes; /* NULL: nothing */
    size_t count, sent;
    bool stalled, broken;
};

struct usb_rig_device {
    struct usb_rig *rig;
    int number; /* of the device on the bus */
    char node[40], path[128], port[32];
    UMockdevIoctlBase *base;
    const struct usb_device_model *table;
    void *model;
    char *driver;               /* of the kernel; NULL: none */
    GQueue pending, done, held; /* IN urbs that wait; urbs to reap; urbs that come late */
    struct pipe_state pipes[ENDPOINTS];
    bool gone, plugged, other, broken;
    bool kicked;    /* the model is to be asked, in the next call of the host: only then its memory can be reached */
    int gate, shut; /* our end of the device node, a FIFO; 1 = nothing to reap */
    enum usb_rig_fault fault;
    int fault_endpoint, fault_nth, fault_count;
    struct usb_rig_counts counts;
};

struct usb_rig {
    UMockdevTestbed *testbed;
    char *root;
    pthread_mutex_t lock;
    struct usb_rig_device *devices[DEVICES_MAX];
    size_t count;
};

/* ---- Descriptors ----------------------------------------------------------------------------------------------- */

static const struct usb_rig_endpoint hid_endpoints[] = {{0x81, 3, 64}};
static const uint8_t hid_extra[] = {0x09, 0x21, 0x00, 0x01, 0x00, 0x01, 0x22, 0x19, 0x00};
const struct usb_rig_interface usb_rig_hid = {0x03, 0, 0, hid_extra, sizeof hid_extra, hid_endpoints, 1};

static const struct usb_rig_endpoint ccid_endpoints[] = {{0x81, 3, 8}, {0x02, 2, 64}, {0x82, 2, 64}};
/* As an ACR122U describes itself: T=1, short APDU, messages of at most 271 bytes. */
static const uint8_t ccid_extra[] = {0x36, 0x21, 0x00, 0x01, 0x00, 0x07, 0x02, 0x00, 0x00, 0x00, 0xA0, 0x0F, 0x00, 0x00,
                                     0xA0, 0x0F, 0x00, 0x00, 0x00, 0xB0, 0x04, 0x00, 0x00, 0xB0, 0x04, 0x00, 0x00, 0x00,
                                     0xFC, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00,
                                     0x02, 0x00, 0x0F, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01};
const struct usb_rig_interface usb_rig_ccid = {0x0B, 0, 0, ccid_extra, sizeof ccid_extra, ccid_endpoints, 3};

static void add(GByteArray *out, const void *bytes, size_t count)
{
    g_byte_array_append(out, bytes, (guint)count);
}

static GByteArray *compose(const struct usb_rig_description *from)
{
    GByteArray *out = g_byte_array_new();
    const uint8_t device[18] = {18,
                                1,
                                0x10,
                                0x01,
                                0,
                                0,
                                0,
                                64,
                                (uint8_t)from->vendor,
                                (uint8_t)(from->vendor >> 8),
                                (uint8_t)from->product,
                                (uint8_t)(from->product >> 8),
                                0x00,
                                0x01,
                                from->manufacturer != NULL ? 1 : 0,
                                from->name != NULL ? 2 : 0,
                                from->serial != NULL ? 3 : 0,
                                1};
    uint8_t configuration[9] = {9, 2, 0, 0, (uint8_t)from->interface_count, 1, 0, 0xA0, 0x32};

    if (from->descriptors != NULL) {
        add(out, from->descriptors, from->descriptors_size);
        return out;
    }
    add(out, device, sizeof device);
    add(out, configuration, sizeof configuration);
    for (size_t i = 0; i < from->interface_count; i++) {
        const struct usb_rig_interface *at = &from->interfaces[i];
        const uint8_t interface[9] = {
            9, 4, (uint8_t)i, 0, (uint8_t)at->endpoint_count, at->class_code, at->subclass, at->protocol, 0};

        add(out, interface, sizeof interface);
        add(out, at->extra, at->extra_size);
        for (size_t k = 0; k < at->endpoint_count; k++) {
            const struct usb_rig_endpoint *end = &at->endpoints[k];
            const uint8_t endpoint[7] = {
                7, 5, end->address, end->attributes, (uint8_t)end->packet, (uint8_t)(end->packet >> 8), 10};

            add(out, endpoint, sizeof endpoint);
        }
    }
    out->data[18 + 2] = (uint8_t)(out->len - 18);
    out->data[18 + 3] = (uint8_t)((out->len - 18) >> 8);
    return out;
}

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

/* The device node is writable if there is something to reap, and never again otherwise. */
static void set_gate(struct usb_rig_device *device)
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

static void vanish(struct usb_rig_device *device)
{
    UMockdevIoctlData *data;

    device->gone = true;
    while ((data = g_queue_pop_head(&device->pending)) != NULL)
        finish(device, data, -ESHUTDOWN, 0);
    while ((data = g_queue_pop_head(&device->held)) != NULL)
        finish(device, data, -ESHUTDOWN, 0);
    set_gate(device);
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

static void drop(struct pipe_state *pipe)
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
        drop(pipe);
        finish(device, data, -EPROTO, 0);
        return;
    case USB_RIG_FAULT_BABBLE:
        drop(pipe);
        finish(device, data, -EOVERFLOW, 0);
        return;
    case USB_RIG_FAULT_VANISH:
        g_queue_push_head(&device->pending, data);
        vanish(device);
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
        drop(pipe);
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
    set_gate(device);
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
        vanish(device);
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

    if (device->gone || device->broken)
        return device->gone ? ENODEV : ETIMEDOUT;
    device->counts.halts_cleared++;
    pipe_of(device, *data->data)->stalled = false;
    return 0;
}

static int reset(struct usb_rig_device *device)
{
    if (device->gone || device->broken)
        return ENODEV;
    device->counts.resets++;
    for (size_t i = 0; i < ENDPOINTS; i++) {
        device->pipes[i].stalled = false;
        drop(&device->pipes[i]);
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

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, struct usb_rig_device *device)
{
    UMockdevIoctlData *argument = umockdev_ioctl_client_get_arg(client); /* borrowed */
    int error;

    (void)base;
    pthread_mutex_lock(&device->rig->lock);
    error = call(device, umockdev_ioctl_client_get_request(client), argument);
    set_gate(device);
    pthread_mutex_unlock(&device->rig->lock);
    if (error >= 0)
        umockdev_ioctl_client_complete(client, error != 0 ? -1 : 0, error);
    return error >= 0;
}

/* ---- The testbed ----------------------------------------------------------------------------------------------- */

bool usb_rig_possible(void)
{
    UMockdevTestbed *testbed =
        umockdev_testbed_new(); /* the question is answered once for the process, and inside one */
    bool possible = umockdev_in_mock_environment();

    g_object_unref(testbed);
    return possible;
}

int usb_rig_skipped(void)
{
    fputs("umockdev's preload library is not in this program\n", stderr);
    return getenv("CI") != NULL ? 1 : 77;
}

struct usb_rig *usb_rig_new(void)
{
    struct usb_rig *rig = g_new0(struct usb_rig, 1);

    pthread_mutex_init(&rig->lock, NULL);
    rig->testbed = umockdev_testbed_new();
    rig->root = umockdev_testbed_get_root_dir(rig->testbed);
    return rig;
}

void *usb_rig_testbed(struct usb_rig *rig)
{
    return rig->testbed;
}

static void clear_queue(GQueue *queue)
{
    g_queue_clear_full(queue, g_object_unref);
}

void usb_rig_free(struct usb_rig *rig)
{
    for (size_t i = rig->count; i > 0; i--) /* hubs came first */
        usb_rig_unplug(rig->devices[i - 1]);
    for (size_t i = 0; i < rig->count; i++) {
        struct usb_rig_device *device = rig->devices[i];

        g_object_unref(device->base);
        close(device->gate);
        clear_queue(&device->pending);
        clear_queue(&device->done);
        clear_queue(&device->held);
        for (size_t k = 0; k < ENDPOINTS; k++)
            drop(&device->pipes[k]);
        g_free(device->driver);
        g_free(device);
    }
    g_object_unref(rig->testbed);
    pthread_mutex_destroy(&rig->lock);
    g_free(rig->root);
    g_free(rig);
}

/* ---- Plugging -------------------------------------------------------------------------------------------------- */

static void append_attribute(GString *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *escaped = g_strescape(value, NULL);
    g_string_append_printf(out, "A: %s=%s\\n\n", name, escaped);
}

static char *describe(const struct usb_rig_device *device, int bus, const struct usb_rig_description *from)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GByteArray) bytes = compose(from);

    g_string_append_printf(out,
                           "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: BUSNUM=%03d\nE: DEVNUM=%03d\n"
                           "E: DEVNAME=%s\nA: bConfigurationValue=1\\n\nA: busnum=%d\\n\nA: devnum=%d\\n\n"
                           "A: speed=12\\n\nA: idVendor=%04x\\n\nA: idProduct=%04x\\n\n",
                           device->path, bus, device->number, device->node, bus, device->number, from->vendor,
                           from->product);
    append_attribute(out, "manufacturer", from->manufacturer);
    append_attribute(out, "product", from->name);
    append_attribute(out, "serial", from->serial);
    g_string_append(out, "H: descriptors=");
    for (guint i = 0; i < bytes->len; i++)
        g_string_append_printf(out, "%02x", bytes->data[i]);
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

/* The node is a FIFO of one page: full, and so not writable, as long as there is nothing to reap. */
static void make_node(struct usb_rig_device *device)
{
    g_autofree char *node = g_build_filename(device->rig->root, device->node, NULL);
    g_autofree char *folder = g_path_get_dirname(node);

    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_int_equal(mkfifo(node, 0600), 0);
    device->gate = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    assert_true(device->gate >= 0);
    assert_true(fcntl(device->gate, F_SETPIPE_SZ, 4096) > 0);
    set_gate(device);
}

/* The kernel has a device for each hub on the way. */
static void set_path(struct usb_rig_device *device, const char *port)
{
    GString *path = g_string_new("/devices/pci0000:00/usb");

    g_string_append_len(path, port, (gssize)strcspn(port, "-"));
    for (const char *at = port; (at = strpbrk(at, ".")) != NULL; at++) {
        g_string_append_c(path, '/');
        g_string_append_len(path, port, at - port);
    }
    g_string_append_printf(path, "/%s", port);
    assert_true(path->len < sizeof device->path);
    strcpy(device->path, path->str);
    g_string_free(path, TRUE);
}

/* The hubs on the way, each once; they stay. */
static void plug_hubs(struct usb_rig *rig, const char *port)
{
    static const uint8_t hub[] = {18, 1, 0x00, 0x02, 9, 0, 0, 64, 0x6b, 0x1d, 0x02, 0x00, 0x00, 0x01,
                                  0,  0, 0,    1,    9, 2, 9, 0,  0,    1,    0,    0xE0, 0};
    static const struct usb_rig_description description = {
        .vendor = 0x1d6b, .product = 2, .descriptors = hub, .descriptors_size = sizeof hub};
    static const struct usb_device_model silent = {0};

    for (const char *at = port; (at = strchr(at, '.')) != NULL; at++) {
        g_autofree char *name = g_strndup(port, (gsize)(at - port));
        bool there = false;

        for (size_t i = 0; i < rig->count; i++)
            there = there || (rig->devices[i]->plugged && strcmp(rig->devices[i]->port, name) == 0);
        if (!there)
            usb_rig_plug(rig, name, &description, &silent, NULL);
    }
}

struct usb_rig_device *usb_rig_plug(struct usb_rig *rig, const char *port,
                                    const struct usb_rig_description *description, const struct usb_device_model *table,
                                    void *model)
{
    struct usb_rig_device *device = g_new0(struct usb_rig_device, 1);
    int bus = atoi(port);
    GError *error = NULL;

    plug_hubs(rig, port);
    assert_true(rig->count < DEVICES_MAX);
    rig->devices[rig->count++] = device;
    device->rig = rig;
    device->number = (int)rig->count + 1;
    device->table = table;
    device->model = model;
    device->driver = g_strdup(description->kernel_driver);
    device->counts.kernel_driver = description->kernel_driver != NULL;
    snprintf(device->port, sizeof device->port, "%s", port);
    snprintf(device->node, sizeof device->node, "/dev/bus/usb/%03d/%03d", bus, device->number);
    set_path(device, port);
    device->base = umockdev_ioctl_base_new();
    g_object_connect(device->base, "signal-after::handle-ioctl", on_ioctl, device, NULL);
    if (!umockdev_testbed_attach_ioctl(rig->testbed, device->node, device->base, &error))
        fail_msg("umockdev: %s", error->message);
    make_node(device);
    g_autofree char *text = describe(device, bus, description);
    device->plugged = true;
    if (!umockdev_testbed_add_from_string(rig->testbed, text, &error))
        fail_msg("umockdev: %s", error->message);
    return device;
}

void usb_rig_unplug(struct usb_rig_device *device)
{
    struct usb_rig *rig = device->rig;
    g_autofree char *node = g_build_filename(rig->root, device->node, NULL);
    g_autofree char *path = g_strconcat("/sys", device->path, NULL);

    if (!device->plugged)
        return;
    device->plugged = false;
    pthread_mutex_lock(&rig->lock);
    vanish(device);
    pthread_mutex_unlock(&rig->lock);
    umockdev_testbed_uevent(rig->testbed, path, "remove");
    umockdev_testbed_remove_device(rig->testbed, path);
    (void)unlink(node);
}

/* ---- What a test does ------------------------------------------------------------------------------------------- */

void usb_rig_lock(struct usb_rig *rig)
{
    pthread_mutex_lock(&rig->lock);
}

void usb_rig_unlock(struct usb_rig *rig)
{
    pthread_mutex_unlock(&rig->lock);
}

void usb_rig_kick(struct usb_rig_device *device)
{
    pthread_mutex_lock(&device->rig->lock);
    device->kicked = true;
    set_gate(device);
    pthread_mutex_unlock(&device->rig->lock);
}

void usb_rig_fault(struct usb_rig_device *device, enum usb_rig_fault fault, int endpoint, int nth, int count)
{
    pthread_mutex_lock(&device->rig->lock);
    device->fault = fault;
    device->fault_endpoint = endpoint;
    device->fault_nth = nth;
    device->fault_count = count;
    pthread_mutex_unlock(&device->rig->lock);
}

void usb_rig_release(struct usb_rig_device *device)
{
    UMockdevIoctlData *data;

    pthread_mutex_lock(&device->rig->lock);
    while ((data = g_queue_pop_head(&device->held)) != NULL)
        g_queue_push_tail(&device->done, data);
    set_gate(device);
    pthread_mutex_unlock(&device->rig->lock);
}

#define SET(device, member, value)                                                                                     \
    do {                                                                                                               \
        pthread_mutex_lock(&(device)->rig->lock);                                                                      \
        (device)->member = (value);                                                                                    \
        pthread_mutex_unlock(&(device)->rig->lock);                                                                    \
    } while (0)

void usb_rig_claim_by_other(struct usb_rig_device *device, bool claimed)
{
    SET(device, other, claimed);
}

void usb_rig_deny(struct usb_rig_device *device, bool denied)
{
    usb_rig_deny_node(device->node, denied);
}

void usb_rig_break(struct usb_rig_device *device, bool broken)
{
    SET(device, broken, broken);
}

struct usb_rig_counts usb_rig_counts(struct usb_rig_device *device)
{
    pthread_mutex_lock(&device->rig->lock);
    struct usb_rig_counts counts = device->counts;
    counts.open_urbs = (int)(device->pending.length + device->done.length + device->held.length);
    pthread_mutex_unlock(&device->rig->lock);
    return counts;
}
