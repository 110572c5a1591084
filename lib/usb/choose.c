/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing a device by URI and by what it is. */
#include "usb/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usb/bus_private.h"

#define PACKET_MAX     1024 /* by the standard */
#define INTERFACES_MAX 32

/* ---- The URI --------------------------------------------------------------------------------------------------- */

static bool read_hex(const char *text, uint16_t *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char c = text[i];
        const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

        if (found == NULL)
            return false;
        value = value << 4 | (unsigned)(found - digits);
    }
    *out = (uint16_t)value;
    return true;
}

static bool read_rest(const char *rest, struct usb_choice *choice)
{
    size_t length = rest[0] == '\0' ? 0 : strlen(rest + 1);

    if (rest[0] == '\0')
        return true;
    if (rest[0] == '/' && length > 0 && length < sizeof choice->serial) {
        memcpy(choice->serial, rest + 1, length + 1);
        return true;
    }
    if (rest[0] == '@' && length > 0 && length < sizeof choice->port && strspn(rest + 1, "0123456789-.") == length) {
        memcpy(choice->port, rest + 1, length + 1);
        return true;
    }
    return false;
}

int32_t usb_choice_read(const struct uri *uri, struct usb_choice *choice, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *path = uri->path;

    memset(choice, 0, sizeof *choice);
    if (uri->user[0] != '\0' || uri->password[0] != '\0' || uri->host[0] != '\0' || uri->port >= 0)
        return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                         "a USB link takes no host, port number or user: write %s: or %s:0801:0003", uri->scheme,
                         uri->scheme);
    if (path[0] == '\0')
        return KC_OK;
    choice->by_id = strlen(path) >= 9 && read_hex(path, &choice->vendor) && path[4] == ':' &&
                    read_hex(path + 5, &choice->product) && read_rest(path + 9, choice);
    if (choice->by_id)
        return KC_OK;
    return error_set(error, KC_ERROR_INVALID_ARGUMENT, "uri",
                     "\"%s\" names no USB device; write nothing for the only one that fits, or vendor and product "
                     "(0801:0003), maybe with serial number (0801:0003/K42) or port (0801:0003@1-4.2)",
                     error_quote(&quoted, path));
}

/* ---- Devices --------------------------------------------------------------------------------------------------- */

static bool has_class(const struct usb_device *device, uint8_t class_code)
{
    struct usb_interface interfaces[INTERFACES_MAX];
    size_t count = usb_device_interfaces(device, interfaces, INTERFACES_MAX);

    for (size_t i = 0; i < count && i < INTERFACES_MAX; i++)
        if (interfaces[i].class_code == class_code)
            return true;
    return false;
}

static bool is_named(const struct usb_choice *choice, const struct usb_device *device)
{
    return device->vendor == choice->vendor && device->product == choice->product &&
           (choice->serial[0] == '\0' || strcmp(choice->serial, device->serial) == 0) &&
           (choice->port[0] == '\0' || strcmp(choice->port, device->port) == 0);
}

static bool is_listed(const struct driver_usb *usb, const struct usb_device *device)
{
    for (size_t i = 0; i < usb->id_count; i++)
        if (usb->ids[i].vendor == device->vendor && usb->ids[i].product == device->product)
            return true;
    return false;
}

static bool fits(const struct usb_choice *choice, const struct driver_usb *usb, const struct usb_device *device)
{
    if (choice->by_id)
        return is_named(choice, device);
    return is_listed(usb, device) || (usb->any_of_class && has_class(device, usb->interface_class));
}

static void explain_absent(const struct usb_choice *choice, struct kc_error *error)
{
    struct error_quoted quoted;
    const char *what = choice->serial[0] != '\0' ? choice->serial : choice->port;

    if (choice->by_id)
        error_set(error, KC_ERROR_UNREACHABLE, "",
                  "the USB device %04x:%04x%s%s is not plugged in; plug it in, or name the one that is there",
                  (unsigned)choice->vendor, (unsigned)choice->product,
                  choice->serial[0] != '\0' ? "/"
                  : choice->port[0] != '\0' ? "@"
                                            : "",
                  error_quote(&quoted, what));
    else
        error_set(
            error, KC_ERROR_UNREACHABLE, "",
            "no USB device that is known to be such an encoder is plugged in; plug it in, or name it by vendor and "
            "product in the URI if it is of another make");
}

static void explain_several(const struct usb_bus *bus, const struct usb_device *first, const struct usb_device *second,
                            size_t count, struct kc_error *error)
{
    char names[2][USB_NAME_SIZE];
    char more[32] = "";

    if (count > 2)
        snprintf(more, sizeof more, " and %zu more", count - 2);
    error_set(error, KC_ERROR_UNREACHABLE, "",
              "several USB devices fit: %.120s and %.120s%s; name the right one in the URI",
              usb_device_name(bus, first, names[0]), usb_device_name(bus, second, names[1]), more);
}

struct usb_device *usb_choose(const struct usb_bus *bus, const struct usb_choice *choice, const struct driver_usb *usb,
                              bool *absent, struct kc_error *error)
{
    struct usb_device *found[2] = {NULL, NULL}; /* the first of its kind, then one that only has the right id */
    struct usb_device *second = NULL;
    size_t count = 0;

    for (struct usb_device *device = usb_bus_next(bus, NULL); device != NULL; device = usb_bus_next(bus, device)) {
        if (!fits(choice, usb, device))
            continue;
        if (!has_class(device, usb->interface_class)) {
            found[1] = device;
            continue;
        }
        count++;
        if (count == 1)
            found[0] = device;
        else if (count == 2)
            second = device;
    }
    *absent = true;
    if (count > 1) {
        explain_several(bus, found[0], second, count, error);
        return NULL;
    }
    if (count == 0 && found[1] == NULL) {
        explain_absent(choice, error);
        return NULL;
    }
    *absent = false;
    return count == 1 ? found[0] : found[1]; /* it has the id: why it cannot be used is told when it is opened */
}

/* ---- Interfaces and endpoints ---------------------------------------------------------------------------------- */

static const struct libusb_interface_descriptor *find_interface(const struct libusb_config_descriptor *configuration,
                                                                uint8_t class_code)
{
    for (uint8_t i = 0; i < configuration->bNumInterfaces; i++)
        if (configuration->interface[i].num_altsetting > 0 &&
            configuration->interface[i].altsetting[0].bInterfaceClass == class_code)
            return &configuration->interface[i].altsetting[0];
    return NULL;
}

/* The first endpoint of its kind that can carry anything. */
static struct usb_endpoint find_endpoint(const struct libusb_interface_descriptor *interface, uint8_t type,
                                         uint8_t direction)
{
    /* libusb leaves the list out if the lengths of other descriptors end before it */
    for (uint8_t i = 0; interface->endpoint != NULL && i < interface->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *endpoint = &interface->endpoint[i];
        uint16_t packet = endpoint->wMaxPacketSize & 0x7ff;

        if ((endpoint->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK) == type &&
            (endpoint->bEndpointAddress & LIBUSB_ENDPOINT_DIR_MASK) == direction &&
            (endpoint->bEndpointAddress & LIBUSB_ENDPOINT_ADDRESS_MASK) != 0 && packet > 0 && packet <= PACKET_MAX)
            return (struct usb_endpoint){endpoint->bEndpointAddress, packet};
    }
    return (struct usb_endpoint){0, 0};
}

static int32_t lacks(const char *title, const char *what, struct kc_error *error)
{
    return error_set(
        error, KC_ERROR_UNREACHABLE, "",
        "%.200s has %s, so it is something else than this driver can talk to; name another device in the URI", title,
        what);
}

static int32_t read_interface(const struct libusb_interface_descriptor *interface, const struct driver_usb *usb,
                              const char *title, struct usb_layout *layout, struct kc_error *error)
{
    struct usb_endpoint interrupt = find_endpoint(interface, LIBUSB_TRANSFER_TYPE_INTERRUPT, LIBUSB_ENDPOINT_IN);

    layout->interface_number = interface->bInterfaceNumber;
    if (usb->reports) {
        layout->in = interrupt;
        if (interrupt.address == 0)
            return lacks(title, "no endpoint that its reports could come from", error);
    } else {
        layout->interrupt = interrupt;
        layout->in = find_endpoint(interface, LIBUSB_TRANSFER_TYPE_BULK, LIBUSB_ENDPOINT_IN);
        layout->out = find_endpoint(interface, LIBUSB_TRANSFER_TYPE_BULK, LIBUSB_ENDPOINT_OUT);
        if (layout->in.address == 0 || layout->out.address == 0)
            return lacks(title, "no pair of bulk endpoints", error);
    }
    if (interface->extra == NULL || interface->extra_length <= 0)
        return KC_OK;
    layout->descriptor_size = (size_t)interface->extra_length;
    layout->descriptor = malloc(layout->descriptor_size);
    if (layout->descriptor == NULL)
        return error_no_memory(error);
    memcpy(layout->descriptor, interface->extra, layout->descriptor_size);
    return KC_OK;
}

int32_t usb_layout_read(const struct usb_device *device, const struct driver_usb *usb, const char *title,
                        struct usb_layout *layout, struct kc_error *error)
{
    struct libusb_config_descriptor *configuration = NULL;
    const struct libusb_interface_descriptor *interface;
    char what[48];
    int32_t status;

    if (libusb_get_active_config_descriptor(device->handle, &configuration) != LIBUSB_SUCCESS)
        return lacks(title, "no configuration that can be read", error);
    interface = find_interface(configuration, usb->interface_class);
    if (interface != NULL) {
        status = read_interface(interface, usb, title, layout, error);
    } else {
        snprintf(what, sizeof what, "no interface of the class %02X", (unsigned)usb->interface_class);
        status = lacks(title, what, error);
    }
    libusb_free_config_descriptor(configuration);
    if (status != KC_OK)
        usb_layout_free(layout);
    return status;
}

void usb_layout_free(struct usb_layout *layout)
{
    free(layout->descriptor);
    layout->descriptor = NULL;
    layout->descriptor_size = 0;
}
