/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device on this computer: what is known of it, its state, and the URIs by which drivers reach it. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"
#include "transport/ports.h"

/* ---- What it is ------------------------------------------------------------------------------------------------ */

static const char *transport_of(const struct device_facts *facts)
{
    return facts->usb ? "usb" : "serial";
}

const char *device_scheme(const struct device_facts *facts, const struct driver *driver)
{
    for (const char *const *scheme = driver->schemes; *scheme; scheme++) {
        const char *plus = strchr(*scheme, '+');
        if (plus && strcmp(plus + 1, transport_of(facts)) == 0)
            return *scheme;
    }
    return NULL;
}

static bool has_id(const struct driver_usb_id *ids, size_t count, const struct device_name *id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i].vendor == id->vendor && ids[i].product == id->product)
            return true;
    return false;
}

static bool has_class(const struct device_facts *facts, uint8_t wanted)
{
    for (size_t i = 0; i < facts->class_count; i++)
        if (facts->classes[i] == wanted)
            return true;
    return false;
}

bool device_known_to(const struct device_facts *facts, const struct driver *driver, bool by_ids)
{
    const struct driver_usb *usb = driver->usb;
    if (!facts->has_ids || !device_scheme(facts, driver))
        return false;
    if (!facts->usb)
        return has_id(driver->serial_ids, driver->serial_id_count, &facts->id);
    return usb && (has_id(usb->ids, usb->id_count, &facts->id) ||
                   (!by_ids && usb->any_of_class && has_class(facts, usb->interface_class)));
}

/* ---- Life ------------------------------------------------------------------------------------------------------ */

struct kc_device *device_new(struct kc_context *context, const struct device_facts *facts)
{
    struct kc_device *device = calloc(1, sizeof(*device));
    if (!device)
        return NULL;
    atomic_init(&device->refs, 1);
    device->context = context;
    device->facts = *facts;
    device->listed = true;
    const char *what = *facts->product ? facts->product : *facts->manufacturer ? facts->manufacturer : "";
    snprintf(device->label, sizeof(device->label), "%s%s%s%s",
             *what        ? what
             : facts->usb ? "USB device"
                          : "Serial port",
             *what ? " (" : " ", facts->where, *what ? ")" : "");
    for (size_t i = 0; i < driver_table_count && device->driver_count < DEVICE_DRIVERS_MOST; i++)
        if (device_known_to(facts, driver_table[i], false))
            device->drivers[device->driver_count++] = driver_table[i];
    return device;
}

void device_hold(struct kc_device *device)
{
    atomic_fetch_add_explicit(&device->refs, 1, memory_order_relaxed);
}

void device_drop(struct kc_device *device)
{
    if (atomic_fetch_sub_explicit(&device->refs, 1, memory_order_acq_rel) != 1)
        return;
    while (device->uris) {
        struct device_uri *uri = device->uris;
        device->uris = uri->next;
        free(uri);
    }
    free(device->error);
    free(device);
}

void device_forget_error(struct kc_device *device)
{
    free(device->error);
    device->error = NULL;
}

/* ---- The systems that reach it --------------------------------------------------------------------------------- */

bool device_is_of(const struct kc_device *device, const struct kc_system *system)
{
    const char *path = system->uri.path, *plus = strchr(system->uri.scheme, '+');
    struct device_name wanted;
    char file[PORT_PATH_SIZE];
    if (!plus || strcmp(plus + 1, transport_of(&device->facts)) != 0)
        return false;
    if (device_name_parse(path, &wanted))
        return device->facts.has_ids && device_name_fits(&wanted, &device->facts.id);
    if (device->facts.usb)
        return !*path && device_known_to(&device->facts, system->link.driver, false);
    if (strcmp(path, device->facts.where) == 0)
        return true;
    return device->listed && ports_resolve(path, file, NULL) == KC_OK && strcmp(file, device->facts.where) == 0;
}

struct kc_system *device_system(const struct kc_device *device)
{
    struct kc_system *found = NULL;
    for (struct kc_site *site = device->context->sites; site; site = site->next)
        for (struct kc_system *system = site->systems; system; system = system->next) {
            bool open = system->state == KC_LINK_UP;
            if ((system->removed && !open) || (found && !open) || !device_is_of(device, system))
                continue;
            if (open)
                return system;
            found = system;
        }
    return found;
}

/* KC_DEVICE_..., as it is now. */
static int32_t device_state(const struct kc_device *device)
{
    if (!device->listed)
        return KC_DEVICE_GONE;
    if (device->question.system)
        return KC_DEVICE_ASKING;
    const struct kc_system *system = device_system(device);
    if (system && system->state == KC_LINK_UP)
        return KC_DEVICE_IN_USE;
    if (device->refused)
        return KC_DEVICE_REFUSED;
    return device->answer ? device->answer : KC_DEVICE_PRESENT;
}

void device_tell(struct kc_device *device, bool anew)
{
    int32_t state = device_state(device);
    if (state != device->state) {
        device->state = state;
        device->since_ms = loop_wall_ms(device->context->loop);
    }
    if (devices_wanted(device->context) == KC_DEVICES_OFF)
        return;
    if (state == device->told && !anew)
        return;
    device->told = state;
    event_device(device, state);
}

/* ---- For the host ---------------------------------------------------------------------------------------------- */

kc_device *kc_device_ref(kc_device *device)
{
    if (device) {
        device_hold(device);
        context_handle(device->context);
    }
    return device;
}

kc_device *kc_device_unref(kc_device *device)
{
    if (device) {
        struct kc_context *context = device->context;
        device_drop(device);
        context_handle_back(context);
    }
    return NULL;
}

const char *kc_device_get_name(const kc_device *device)
{
    return device ? device->name : "";
}

const char *kc_device_get_label(const kc_device *device)
{
    return device ? device->label : "";
}

const char *kc_device_get_transport(const kc_device *device)
{
    return device ? transport_of(&device->facts) : "";
}

const char *kc_device_get_place(const kc_device *device)
{
    return device ? device->facts.where : "";
}

int32_t kc_device_get_vendor_id(const kc_device *device)
{
    return device && device->facts.has_ids ? device->facts.id.vendor : -1;
}

int32_t kc_device_get_product_id(const kc_device *device)
{
    return device && device->facts.has_ids ? device->facts.id.product : -1;
}

const char *kc_device_get_manufacturer(const kc_device *device)
{
    return device ? device->facts.manufacturer : "";
}

const char *kc_device_get_product(const kc_device *device)
{
    return device ? device->facts.product : "";
}

const char *kc_device_get_serial_number(const kc_device *device)
{
    return device ? device->facts.serial_number : "";
}

const char *kc_device_get_model(const kc_device *device)
{
    return device ? device->model : "";
}

const char *kc_device_get_firmware(const kc_device *device)
{
    return device ? device->firmware : "";
}

int32_t kc_device_get_state(const kc_device *device)
{
    return device ? device_state(device) : 0;
}

/* In the zone of the site whose system it is, else of the first one. */
const char *kc_device_get_since(const kc_device *device)
{
    if (!device || !device->since_ms)
        return "";
    struct kc_device *mutable_device = (struct kc_device *)(uintptr_t)device;
    const struct kc_system *system = device_system(device);
    const struct kc_site *site = system ? system->site : device->context->sites;
    if (site)
        moment_format(site->zone, device->since_ms / 1000, mutable_device->since);
    else
        moment_format_utc(device->since_ms / 1000, mutable_device->since);
    return device->since;
}

kc_system *kc_device_get_system(const kc_device *device)
{
    return device && device->listed ? device_system(device) : NULL;
}

const kc_error *kc_device_get_error(const kc_device *device)
{
    return device ? device->error : NULL;
}

/* The one to which it answered comes first. */
const kc_driver *kc_device_get_driver(const kc_device *device, int32_t index)
{
    if (!device || index < 0)
        return NULL;
    const struct driver *encoder = device->encoder;
    if (encoder && index == 0)
        return (const kc_driver *)(const void *)encoder;
    int32_t at = encoder ? 1 : 0;
    for (size_t i = 0; i < device->driver_count; i++)
        if (device->drivers[i] != encoder && at++ == index)
            return (const kc_driver *)(const void *)device->drivers[i];
    return NULL;
}

const char *kc_device_get_uri(const kc_device *device, const kc_driver *handle)
{
    if (!device)
        return "";
    if (!handle)
        handle = kc_device_get_driver(device, 0);
    const struct driver *driver = (const struct driver *)(const void *)handle;
    const char *scheme = driver ? device_scheme(&device->facts, driver) : NULL;
    if (!scheme || (device->facts.usb && !driver->usb))
        return "";
    const char *name = device->facts.has_ids ? device->name : device->facts.where;
    const char *options = driver == device->encoder ? device->options : "";
    size_t size = strlen(scheme) + strlen(name) + strlen(options) + 3;
    struct kc_device *mutable_device = (struct kc_device *)(uintptr_t)device; /* texts are made when asked for */
    struct device_uri *uri = malloc(sizeof(*uri) + size);
    if (!uri)
        return "";
    snprintf(uri->text, size, "%s:%s%s%s", scheme, name, *options ? "?" : "", options);
    for (struct device_uri *other = device->uris; other; other = other->next)
        if (strcmp(other->text, uri->text) == 0) {
            free(uri);
            return other->text;
        }
    uri->next = device->uris;
    mutable_device->uris = uri;
    return uri->text;
}

int32_t kc_device_identify(kc_device *device, const char *driver, const char *options)
{
    if (!device)
        return KC_ERROR_INVALID_ARGUMENT;
    struct error_quoted quoted;
    struct kc_error error = {0};
    const kc_driver *found = driver ? kc_driver_find(driver) : NULL;
    int32_t status;
    if (driver && !found)
        status = error_set(&error, KC_ERROR_NOT_FOUND, "driver", "There is no driver \"%s\".",
                           error_quote(&quoted, driver));
    else
        status = device_ask(device, (const struct driver *)(const void *)found, options ? options : "", &error);
    return status == KC_OK ? KC_OK : error_keep(&device->context->error, &error);
}
