/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One USB device: what it says of itself, and its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usb/bus_private.h"
#include "util/utf8.h"

#define PORTS_MAX       7  /* a device stands behind at most so many, by the standard */
#define NAME_SERIAL_MAX 64 /* a longer serial number is no name */

/* ---- Texts ----------------------------------------------------------------------------------------------------- */

/* Takes what is valid and printable, without blanks at either end. */
static void clean(char *text, size_t length)
{
    size_t used = 0;

    text[length] = '\0';
    for (const char *at = text; *at != '\0';) {
        uint32_t character = 0;
        size_t count = utf8_read(at, &character);

        if (count == 0)
            break; /* not UTF-8, or cut here */
        if (!utf8_is_control(character) && (used > 0 || character != ' ')) {
            memmove(text + used, at, count);
            used += count;
        }
        at += count;
    }
    while (used > 0 && text[used - 1] == ' ')
        used--;
    text[used] = '\0';
}

/* The kernel has read the texts when the device came; asking the device would need permission, and wait for it. */
static void read_text(const char *port, const char *name, char out[USB_TEXT_SIZE])
{
    char path[96];
    size_t length = 0;
    int fd;

    out[0] = '\0';
    snprintf(path, sizeof path, "/sys/bus/usb/devices/%s/%s", port, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    while (length < USB_TEXT_SIZE - 1) {
        ssize_t count = read(fd, out + length, USB_TEXT_SIZE - 1 - length);

        if (count <= 0)
            break;
        length += (size_t)count;
    }
    close(fd);
    clean(out, length);
}

/* ---- Making one ------------------------------------------------------------------------------------------------ */

static bool read_port(libusb_device *handle, char out[USB_PORT_SIZE])
{
    uint8_t ports[PORTS_MAX];
    int count = libusb_get_port_numbers(handle, ports, PORTS_MAX);
    int used = snprintf(out, USB_PORT_SIZE, "%u", (unsigned)libusb_get_bus_number(handle));

    if (count <= 0)
        return false; /* a root hub */
    for (int i = 0; i < count && used < USB_PORT_SIZE; i++)
        used += snprintf(out + used, (size_t)(USB_PORT_SIZE - used), "%c%u", i == 0 ? '-' : '.', (unsigned)ports[i]);
    return used < USB_PORT_SIZE;
}

bool usb_device_new(libusb_device *handle, struct usb_device **out)
{
    struct libusb_device_descriptor descriptor;
    struct usb_device *device;
    char port[USB_PORT_SIZE];

    *out = NULL;
    if (libusb_get_device_descriptor(handle, &descriptor) != LIBUSB_SUCCESS ||
        descriptor.bDeviceClass == LIBUSB_CLASS_HUB || !read_port(handle, port))
        return true;
    device = calloc(1, sizeof *device);
    if (device == NULL)
        return false;
    memcpy(device->port, port, sizeof port);
    device->holds = 1;
    device->handle = libusb_ref_device(handle);
    device->vendor = descriptor.idVendor;
    device->product = descriptor.idProduct;
    device->release = descriptor.bcdDevice;
    read_text(device->port, "manufacturer", device->manufacturer);
    read_text(device->port, "product", device->product_name);
    read_text(device->port, "serial", device->serial);
    *out = device;
    return true;
}

struct usb_device *usb_device_hold(struct usb_device *device)
{
    device->holds++;
    return device;
}

void usb_device_drop(struct usb_device *device)
{
    if (--device->holds > 0)
        return;
    libusb_unref_device(device->handle);
    free(device);
}

size_t usb_device_interfaces(const struct usb_device *device, struct usb_interface *out, size_t size)
{
    struct libusb_config_descriptor *configuration = NULL;
    size_t count = 0;

    if (libusb_get_active_config_descriptor(device->handle, &configuration) != LIBUSB_SUCCESS)
        return 0;
    for (uint8_t i = 0; i < configuration->bNumInterfaces; i++) {
        const struct libusb_interface *from = &configuration->interface[i];

        if (from->num_altsetting < 1)
            continue;
        if (count < size)
            out[count] = (struct usb_interface){
                from->altsetting[0].bInterfaceNumber, from->altsetting[0].bInterfaceClass,
                from->altsetting[0].bInterfaceSubClass, from->altsetting[0].bInterfaceProtocol};
        count++;
    }
    libusb_free_config_descriptor(configuration);
    return count;
}

static bool may(const struct usb_device *device, int how)
{
    char file[40];

    snprintf(file, sizeof file, "/dev/bus/usb/%03u/%03u", (unsigned)libusb_get_bus_number(device->handle),
             (unsigned)libusb_get_device_address(device->handle));
    return access(file, how) == 0;
}

bool usb_device_allowed(const struct usb_device *device)
{
    return may(device, R_OK | W_OK) || errno != EACCES; /* other troubles show when it is opened */
}

bool usb_device_leaves(const struct usb_device *device)
{
    return !may(device, F_OK) && errno == ENOENT;
}

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static bool same_model(const struct usb_device *a, const struct usb_device *b)
{
    return a->vendor == b->vendor && a->product == b->product;
}

/* Makers that save give all their devices the same serial number. */
static bool serial_is_a_name(const struct usb_bus *bus, const struct usb_device *device)
{
    if (device->serial[0] == '\0' || strlen(device->serial) > NAME_SERIAL_MAX)
        return false;
    for (const struct usb_device *other = usb_bus_next(bus, NULL); other != NULL; other = usb_bus_next(bus, other))
        if (other != device && same_model(other, device) && strcmp(other->serial, device->serial) == 0)
            return false;
    return true;
}

/* As it may stand in the path of a URI. */
static void append_escaped(char *out, size_t used, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; *text != '\0' && used + 4 < USB_NAME_SIZE; text++)
        if (strchr(plain, *text) != NULL)
            out[used++] = *text;
        else
            used += (size_t)snprintf(out + used, USB_NAME_SIZE - used, "%%%02X", (unsigned)(uint8_t)*text);
    out[used] = '\0';
}

const char *usb_device_name(const struct usb_bus *bus, const struct usb_device *device, char out[USB_NAME_SIZE])
{
    bool by_serial = serial_is_a_name(bus, device);
    int used = snprintf(out, USB_NAME_SIZE, "%04x:%04x%c", (unsigned)device->vendor, (unsigned)device->product,
                        by_serial ? '/' : '@');

    append_escaped(out, (size_t)used, by_serial ? device->serial : device->port);
    return out;
}

const char *usb_device_title(const struct usb_bus *bus, const struct usb_device *device, char out[USB_TITLE_SIZE])
{
    char name[USB_NAME_SIZE];
    bool named = device->product_name[0] != '\0';

    snprintf(out, USB_TITLE_SIZE, "the USB device %s%s%s%s", usb_device_name(bus, device, name), named ? " (" : "",
             device->product_name, named ? ")" : "");
    return out;
}
