/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig: devices on umockdev, plugged in and unplugged, and what a test does with them. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "usb_rig_deny.h"
#include "usb_rig_parts.h"

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
            usb_rig_drop(&device->pipes[k]);
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
    usb_rig_set_gate(device);
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
    g_object_connect(device->base, "signal-after::handle-ioctl", usb_rig_on_ioctl, device, NULL);
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
    usb_rig_vanish(device);
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
    usb_rig_set_gate(device);
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
    usb_rig_set_gate(device);
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

struct usb_rig_counts usb_rig_counts(struct usb_rig_device *device)
{
    pthread_mutex_lock(&device->rig->lock);
    struct usb_rig_counts counts = device->counts;
    counts.open_urbs = (int)(device->pending.length + device->done.length + device->held.length);
    pthread_mutex_unlock(&device->rig->lock);
    return counts;
}
