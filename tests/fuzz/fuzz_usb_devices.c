/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libFuzzer: USB devices that say anything at all of themselves: descriptors of any length and order, interfaces and
 * endpoints without end, texts of any bytes. They stand in a tree of devices of the program's own (umockdev), where the
 * real libusb finds them. What is listed has a printable name of its own, by which a system finds it again; what would
 * be opened has endpoints that exist.
 *
 * The input: how many devices; of each the length of its descriptors (2 bytes), these, and its texts, each with a
 * length in front: configuration, manufacturer, product, serial number. */
#include <fcntl.h>
#include <keycard/keycard.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <umockdev.h>

#include "context.h"
#include "fuzz.h"
#include "usb/bus.h"
#include "usb/choose.h"
#include "util/arena.h"
#include "util/utf8.h"

enum { DEVICES = 4, DESCRIPTORS_MOST = 4096 };

static const char *const attributes[] = {"bConfigurationValue", "manufacturer", "product", "serial"};
static UMockdevTestbed *testbed; /* for the life of the process */
static char *root;

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libusb 1.0.26 itself loses the alternate settings of an interface behind which its own parser stops. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libusb-1.0.so";
}

/* ---- The tree ---------------------------------------------------------------------------------------------------- */

static void plug(int number)
{
    char text[800];
    snprintf(
        text, sizeof(text),
        "P: /devices/pci0000:00/usb1/1-%d\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: BUSNUM=001\nE: DEVNUM=%03d\n"
        "E: DEVNAME=/dev/bus/usb/001/%03d\nA: busnum=1\\n\nA: devnum=%d\\n\nA: speed=12\\n\n"
        "A: bConfigurationValue=1\\n\nA: manufacturer=a\\n\nA: product=a\\n\nA: serial=a\\n\nH: descriptors=00\n",
        number, number, number, number);
    REQUIRE(umockdev_testbed_add_from_string(testbed, text, NULL));
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    testbed = umockdev_testbed_new();
    REQUIRE(umockdev_in_mock_environment());
    root = umockdev_testbed_get_root_dir(testbed);
    for (int i = 1; i <= DEVICES; i++)
        plug(i);
    return 0;
}

static void write_attribute(int number, const char *name, const uint8_t *bytes, size_t count)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/sys/devices/pci0000:00/usb1/1-%d/%s", root, number, name);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
    close(fd);
}

struct input {
    const uint8_t *bytes;
    size_t left;
};

static size_t take_length(struct input *input, size_t bytes)
{
    size_t length = 0;
    for (size_t i = 0; i < bytes && input->left > 0; i++, input->left--)
        length |= (size_t)*input->bytes++ << (8 * i);
    return length;
}

static void take_attribute(struct input *input, int number, const char *name, size_t length_bytes)
{
    size_t length = take_length(input, length_bytes);
    if (length > input->left)
        length = input->left;
    if (length > DESCRIPTORS_MOST)
        length = DESCRIPTORS_MOST;
    write_attribute(number, name, input->bytes, length);
    input->bytes += length;
    input->left -= length;
}

/* Those beyond the number have no descriptors, so that libusb leaves them out. */
static void build_tree(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    size_t devices = take_length(&input, 1) % DEVICES + 1;
    for (int number = 1; number <= DEVICES; number++) {
        struct input nothing = {data, 0};
        struct input *from = (size_t)number <= devices ? &input : &nothing;
        take_attribute(from, number, "descriptors", 2);
        for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
            take_attribute(from, number, attributes[i], 1);
    }
}

/* ---- What must be so ----------------------------------------------------------------------------------------------
 */

static void check_printable(const char *text)
{
    uint32_t character = 0;
    for (size_t count; *text != '\0'; text += count) {
        count = utf8_read(text, &character);
        REQUIRE(count > 0 && !utf8_is_control(character));
    }
}

static void check_endpoint(const struct usb_endpoint *endpoint, bool needed, bool in)
{
    REQUIRE(!needed || endpoint->address != 0);
    REQUIRE(endpoint->address == 0 || (endpoint->packet >= 1 && endpoint->packet <= 1024));
    REQUIRE(endpoint->address == 0 || ((endpoint->address & 0x80) != 0) == in);
}

/* How a driver with this interface would talk to it. */
static void check_layout(const struct usb_device *device, uint8_t class_code, bool reports)
{
    static const struct driver_usb_id none[1];
    const struct driver_usb usb = {none, 0, class_code, true, reports};
    struct usb_layout layout = {0};
    struct kc_error error = {0};
    if (usb_layout_read(device, &usb, "the device", &layout, &error) != KC_OK) {
        REQUIRE(error.message[0] != '\0' && layout.descriptor == NULL);
        return;
    }
    check_endpoint(&layout.in, true, true);
    check_endpoint(&layout.out, !reports, false);
    check_endpoint(&layout.interrupt, false, true);
    REQUIRE(layout.descriptor_size == 0 || layout.descriptor != NULL);
    usb_layout_free(&layout);
}

/* Its name, written into a URI, means this very device. */
static void check_name(const struct usb_bus *bus, const struct usb_device *device)
{
    static const struct driver_usb_id none[1];
    const struct driver_usb usb = {none, 0, 0x03, true, true};
    char name[USB_NAME_SIZE], title[USB_TITLE_SIZE], text[USB_NAME_SIZE + 8];
    struct usb_choice choice;
    struct kc_error error = {0};
    struct arena arena;
    struct uri uri;
    bool absent;
    check_printable(usb_device_title(bus, device, title));
    snprintf(text, sizeof(text), "x+usb:%s", usb_device_name(bus, device, name));
    arena_init(&arena);
    REQUIRE(uri_parse(&arena, text, &uri, &error) == KC_OK);
    REQUIRE(usb_choice_read(&uri, &choice, &error) == KC_OK);
    REQUIRE(usb_choose(bus, &choice, &usb, &absent, &error) == device);
    arena_free(&arena);
}

static void check_bus(struct loop *loop)
{
    struct usb_bus *bus = NULL;
    struct kc_error error = {0};
    struct usb_interface interfaces[8];
    REQUIRE(usb_bus_hold(loop, &bus, &error) == KC_OK);
    for (struct usb_device *device = usb_bus_next(bus, NULL); device != NULL; device = usb_bus_next(bus, device)) {
        check_printable(device->manufacturer);
        check_printable(device->product_name);
        check_printable(device->serial);
        (void)usb_device_interfaces(device, interfaces, sizeof(interfaces) / sizeof(interfaces[0]));
        check_name(bus, device);
        check_layout(device, 0x03, true);
        check_layout(device, 0x0B, false);
    }
    usb_bus_drop(bus);
}

/* A system made of it is the system of this device, and of no other. */
static void check_listed(kc_context *context, kc_site *site, int32_t index)
{
    kc_device *device = kc_context_get_device(context, index);
    kc_system *system = NULL;
    check_printable(kc_device_get_name(device));
    check_printable(kc_device_get_label(device));
    check_printable(kc_device_get_manufacturer(device));
    check_printable(kc_device_get_product(device));
    check_printable(kc_device_get_serial_number(device));
    REQUIRE(kc_device_get_driver(device, 0) != NULL && *kc_device_get_uri(device, NULL) != '\0');
    REQUIRE(kc_system_new(site, "desk", kc_device_get_uri(device, NULL), &system) == KC_OK);
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++)
        REQUIRE((kc_device_get_system(kc_context_get_device(context, i)) == system) == (i == index));
    REQUIRE(kc_system_remove(system) == KC_OK);
    kc_system_unref(system);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kc_context *context = NULL;
    kc_site *site = NULL;
    build_tree(data, size);
    REQUIRE(kc_context_new(&context) == KC_OK);
    REQUIRE(kc_site_new(context, "Hotel", &site) == KC_OK);
    REQUIRE(kc_context_watch_devices(context, KC_DEVICES_LIST) == KC_OK);
    check_bus(context->loop);
    REQUIRE(kc_context_get_device_count(context) <= DEVICES);
    for (int32_t i = 0; i < kc_context_get_device_count(context); i++)
        check_listed(context, site, i);
    kc_site_unref(site);
    kc_context_unref(context);
    return 0;
}
